package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// What no repetition mends ends the process with status 1 and one sentence
// that names the setting, and never shows a token.
func TestFatalEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config func(*slackd.Config)
		before func(*stage) // the start
		after  func(*stage) // during the start; nil if it must not get so far
		want   []string
	}{
		"bot token revoked":   {before: func(s *stage) { s.slack.RevokeToken(s.slack.BotToken()) }, want: []string{"SLACK_BOT_TOKEN was revoked"}},
		"bot token unknown":   {before: func(s *stage) { s.env["SLACK_BOT_TOKEN"] = "xoxb-wrong" }, want: []string{"SLACK_BOT_TOKEN is not valid"}},
		"bot scopes":          {before: func(s *stage) { s.slack.SetScopes("commands", "chat:write") }, want: []string{"SLACK_BOT_TOKEN lacks the scopes", "users:read", "usergroups:read"}},
		"app token revoked":   {before: func(s *stage) { s.slack.RevokeToken(s.slack.AppToken()) }, want: []string{"SLACK_APP_TOKEN", "revoked"}},
		"app token unknown":   {before: func(s *stage) { s.env["SLACK_APP_TOKEN"] = "xapp-wrong" }, want: []string{"SLACK_APP_TOKEN", "invalid_auth"}},
		"app scopes":          {config: func(c *slackd.Config) { c.AppScopes = []string{"authorizations:read"} }, want: []string{"SLACK_APP_TOKEN", "connections:write"}},
		"audit shared":        {before: func(s *stage) { s.env["AUDIT_CHANNEL"] = shared }, want: []string{"AUDIT_CHANNEL", "shared with external people"}},
		"audit unknown":       {before: func(s *stage) { s.env["AUDIT_CHANNEL"] = "C0NOWHERE" }, want: []string{"AUDIT_CHANNEL", "Slack knows no channel"}},
		"audit without bot":   {before: func(s *stage) { s.env["AUDIT_CHANNEL"] = "C0RANDOM" }, want: []string{"AUDIT_CHANNEL", "the bot is not in"}},
		"audit archived":      {before: func(s *stage) { s.env["AUDIT_CHANNEL"] = "C0OLD" }, want: []string{"AUDIT_CHANNEL", "archived"}},
		"address":             {before: func(s *stage) { s.env["HTTP_ADDR"] = strings.TrimPrefix(s.tencent.CloudURL(), "http://") }, want: []string{"HTTP_ADDR", "in use"}},
		"socket mode off":     {after: func(s *stage) { s.slack.SetLinkDisabled(true) }, want: []string{"SLACK_APP_TOKEN", "socket mode is switched off", "link_disabled"}},
		"app token withdrawn": {after: func(s *stage) { s.slack.RevokeToken(s.slack.AppToken()); s.slack.DropConnections() }, want: []string{"SLACK_APP_TOKEN", "revoked"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) {
				if c.config != nil {
					c.config(sc)
				}
			})
			if c.before != nil {
				c.before(s)
			}
			if c.after != nil {
				s.start()
				c.after(s)
			}
			status, last := s.ends(patience)
			require.Equal(t, 1, status, last)
			require.True(t, strings.HasPrefix(last, "bouncer: "), last)
			for _, w := range c.want {
				require.Contains(t, last, w)
			}
			require.NotContains(t, last, s.env["SLACK_BOT_TOKEN"])
			require.NotContains(t, last, s.env["SLACK_APP_TOKEN"])
		})
	}
}

// A token that is taken back while the bot runs ends it with a sentence; that
// Slack is away does not.
func TestATokenTakenBackEndsTheBot(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	api := slack.New(s.slack.BotToken(), slack.OptionAPIURL(s.slack.URL()))
	s.slack.Fail("auth.test", slackd.Fault{Times: 3, Status: 503})
	ended := make(chan error, 1)
	go func() { ended <- watchToken(t.Context(), api, time.Millisecond) }()
	s.await("asked again after faults", patience, func() bool { return len(s.slack.Calls("auth.test")) > 5 })
	select {
	case err := <-ended:
		t.Fatalf("it ended while Slack was away: %v", err)
	default:
	}
	s.slack.RevokeToken(s.slack.BotToken())
	select {
	case err := <-ended:
		require.ErrorContains(t, err, "SLACK_BOT_TOKEN")
	case <-time.After(patience):
		t.Fatal("it goes on with a token that Slack does not take")
	}
}

// SIGTERM under load: it ends within 10 s with status 0 and proper close
// frames, and after the next start each acked command has its one case.
func TestSigtermUnderLoad(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.asksNobody()
	s.start()
	s.connected(2)
	var pending []*slackd.Pending
	for i := range 60 {
		p, err := s.slack.CommandAsync(mod, live, fmt.Sprintf("silence live:show1 load%d 1h", i))
		require.NoError(t, err)
		pending = append(pending, p)
	}
	s.await("the first ones kept", patience, func() bool { return s.countJobs(storetest.Jobs{Kind: "command"}) > 0 })
	began := time.Now()
	require.NoError(t, s.stop())
	require.Less(t, time.Since(began), 10*time.Second)
	acked := 0
	for _, p := range pending {
		d, err := p.Wait(t.Context())
		require.NoError(t, err)
		acked += btoi(d.Acked)
	}
	require.Positive(t, acked)
	// An ack that a slow machine wrote too late for Slack still counts as
	// written by the bot, which had accepted that command. All acks have
	// arrived once the sockets are read to their ends.
	s.await("the sockets closed", patience, func() bool { return len(s.slack.Connections()) == 0 })
	taken := map[string]bool{}
	for _, a := range s.slack.Acks() {
		taken[a.EnvelopeID] = true
	}
	require.GreaterOrEqual(t, len(taken), acked)
	s.start()
	s.idle(3 * time.Minute)
	require.NoError(t, s.stop())
	cases := s.envelopes()
	for _, p := range pending {
		require.Equal(t, btoi(taken[p.EnvelopeID]), cases[p.EnvelopeID], "cases of one command, and whether it was acked")
	}
	require.Equal(t, len(taken), s.asked())
	require.Zero(t, s.pending())
	require.Contains(t, s.audit(), "the chain is intact")
}

// What is written while the process stops is sealed at its end, including the
// answer to a call in progress.
func TestTheEndIsSealed(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, HoldAnswer: hold}))
	s.say(mod, "mute room:10006 alice 1h")
	s.await("the call", patience, func() bool { return s.called("SetUserBlocked") == 1 })
	s.proc.stop()
	// Without its sockets it is ending, and what runs has four seconds from then.
	s.await("the sockets closed", patience, func() bool { return len(s.slack.Connections()) == 0 })
	close(hold)
	status, last := s.ends(patience)
	require.Zero(t, status, last)
	require.Equal(t, 1, s.entries(moderation.EntryDone), "the call came to its end before the process")
	for _, e := range s.logs() {
		require.NotZero(t, e.Number, "an entry that is not sealed")
	}
}

// Hundreds of undecodable deliveries, and the stop directly after them: each
// acknowledged one is recorded or counted.
func TestUndecodableDeliveriesAtTheEnd(t *testing.T) {
	t.Parallel()
	const many = 200
	s := began(t, unlimited)
	for i := range many {
		require.NoError(t, s.slack.SendRaw(fmt.Appendf(nil, `{"envelope_id":"raw-%d","type":"mystery","payload":{}}`, i)))
	}
	acked := func() (n int) {
		for _, a := range s.slack.Acks() {
			n += btoi(strings.HasPrefix(a.EnvelopeID, "raw-"))
		}
		return n
	}
	s.await("acks", patience, func() bool { return acked() == many })
	require.NoError(t, s.stop())
	alone, counted := 0, 0
	for _, b := range s.bodies(moderation.EntryNotice) {
		var n int
		switch {
		case b.Code != "notice-undecodable":
		case strings.HasSuffix(b.Detail, " more within a minute"):
			_, err := fmt.Sscanf(b.Detail, "%d more", &n)
			require.NoError(t, err)
			counted += n
		default:
			alone++
		}
	}
	require.Equal(t, many, alone+counted)
	require.LessOrEqual(t, alone, 20, "ten a minute")
}

// Slack counts connections that are not open here: they are counted and
// logged.
func TestGhosts(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	require.Equal(t, "0", s.metric("bouncer_slack_ghost_connections_total"))
	s.slack.AddGhosts(2)
	s.slack.DropConnections()
	s.await("ghosts counted", patience, func() bool { return s.metric("bouncer_slack_ghost_connections_total") != "0" })
	s.await("ghosts logged", patience, func() bool {
		return strings.Contains(s.proc.log.String(), "Slack counts more connections than")
	})
}

// too_many_websockets: it asks again with a back-off, never more than once a
// second, and is there again when there is room.
func TestTooManyWebsockets(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	opens := func() []slackd.Call { return s.slack.Calls("apps.connections.open") }
	n := len(opens()) // before anything makes it try again
	s.slack.SetMaxConnections(0)
	s.slack.DropConnections()
	s.await("three more tries", 2*patience, func() bool { return len(opens()) >= n+3 })
	s.slack.SetMaxConnections(10)
	s.await("connected again", 2*patience, func() bool { return s.get("/readyz") == 200 })
	list := opens()
	for i := 1; i < len(list); i++ {
		require.GreaterOrEqual(t, list[i].At.Sub(list[i-1].At), 990*time.Millisecond)
	}
	s.say(mod, "mute room:10006 alice 10m")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
}

// Undecodable deliveries are acknowledged by their id and reported in the
// audit channel, never with their content.
func TestUndecodableDeliveries(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	const secret = "PASSWORD"
	for i, raw := range []string{
		`{"envelope_id":"raw-%d","type":"slash_commands","payload":"` + secret + `","accepts_response_payload":true}`,
		`{"envelope_id":"raw-%d","type":"slash_commands","payload":{"text":{"` + secret + `":1}},"accepts_response_payload":true}`,
		`{"envelope_id":"raw-%d","type":"interactive","payload":[1,2,"` + secret + `"]}`,
		`{"envelope_id":"raw-%d","type":"` + secret + `","payload":{}}`,
		`{"envelope_id":"raw-%d","type":7,"payload":{"a":"` + secret + `"}}`,
		`{"envelope_id":"raw-%d","type":"events_api"}`,
	} {
		require.NoError(t, s.slack.SendRaw(fmt.Appendf(nil, raw, i)))
	}
	require.NoError(t, s.slack.SendRaw([]byte(`{"half":"`+secret)))
	s.await("acks by id", patience, func() bool {
		n := 0
		for i := range 6 {
			if slices.ContainsFunc(s.slack.Acks(), func(a slackd.Ack) bool { return a.EnvelopeID == fmt.Sprintf("raw-%d", i) }) {
				n++
			}
		}
		return n == 6
	})
	// The acks below wait behind nothing of this: Slack waits three seconds for them.
	notices := func() int { return s.entries(moderation.EntryNotice) }
	s.await("the seven written down", patience, func() bool { return notices() == 7 })
	for _, d := range []struct {
		typ     string
		payload any
	}{
		{"mystery", map[string]any{"text": secret}},
		{"interactive", map[string]any{"type": "view_submission", "view": map[string]any{"x": secret}}},
		{"events_api", map[string]any{"api_app_id": s.slack.AppID(), "team_id": s.slack.TeamID(), "event": map[string]any{"type": "weird", "text": secret}}},
		{"mystery", map[string]any{"text": strings.Repeat(secret, 100_000)}},
	} {
		got, err := s.slack.SendEnvelope(t.Context(), d.typ, d.payload, true)
		require.NoError(t, err)
		require.True(t, got.Acked, "%s %s", d.typ, got.Failure)
	}
	// A command longer than the maximum is a mistake, reported as one.
	d := s.say(mod, "mute room:10006 alice 10m "+strings.Repeat(secret, 2000))
	require.True(t, d.Acked)
	s.private(mod, "a command takes at most 8000")
	s.message(auditRoom, "cannot read")
	s.await("all written down", patience, func() bool { return notices() == 11 })
	s.posted()
	for _, m := range s.slack.Messages(auditRoom) {
		require.NotContains(t, shownIn(m), secret)
	}
	require.NotContains(t, s.proc.log.String(), secret)
	for _, e := range s.logs() {
		require.NotContains(t, string(e.Body), secret)
	}
	s.say(mod, "mute room:10006 alice 10m") // it works on
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
}

// Nothing that a target, a moderator or the vendor writes can mention, link or
// forge: names, ids, reasons, rooms, messages, on cards, threads, lines, lists
// and private answers.
func TestInjection(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	u, _ := s.slack.User(lead)
	u.DisplayName = "<!channel> *Raj* <https://evil.example|boss>\u202e <@U07ANA>"
	u.RealName = u.DisplayName
	s.slack.SetUser(u)
	s.start()
	const evil = `<!everyone> <@U07ANA> <https://evil.example|click> <!subteam^S1MODS> @here & *b* ` + "`x`"
	for _, text := range []string{
		`silence live:show1 "<!here>","<@U07ANA>","*x*_y_` + "`z`" + `" 10m ` + evil,
		`silence "live:<!channel>" troll7 10m ` + evil,
		`mute room:10006 "<#C0LIVE|x>" 10m ` + evil,
	} {
		s.say(lead, text)
	}
	require.NoError(t, s.tencent.Fail("live_engine_http_srv/mute_member", tencentd.Fault{Times: 1, Code: "100002", Message: evil}))
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, Code: "InvalidParameter", Message: evil}))
	s.say(lead, "silence live:show1 alice 10m")
	s.say(lead, "mute room:10006 alice 10m")
	require.NoError(t, s.tencent.Join(tencentd.KindLive, "show1", "<!channel>", "<https://evil.example>"))
	s.say(lead, "who live:show1")
	s.private(lead, "Inside live:show1")
	s.say(lead, `silence live:show1 troll7 <!channel> `+evil)
	s.say(lead, evil)
	s.say(lead, "case 1")
	s.say(noRole, `kick room:1234 "<!channel>" `+evil)
	s.private(noRole, "not a moderator")
	s.idle(patience)
	s.posted()
	s.injected()
	require.NotEmpty(t, s.slack.Messages(live))
}

// Lists have pages, visible only to the person who asked, and are complete as
// a CSV in direct messages, safe to open in a spreadsheet.
func TestLists(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	users := []string{"=1+1", "+cmd", "-2", "@sum"}
	for i := range 40 {
		users = append(users, fmt.Sprintf("guest%02d", i))
	}
	require.NoError(t, s.tencent.Join(tencentd.KindLive, "show1", users...))
	s.say(lead, "who live:show1")
	m := s.private(lead, "Inside live:show1", "page 1 of 3")
	for _, page := range []string{"page 2 of 3", "page 3 of 3"} {
		s.press(lead, m, "Next")
		m = s.private(lead, page)
	}
	_, action, _ := button(m, "Next")
	require.Empty(t, action)
	s.press(lead, m, "Previous")
	m = s.private(lead, "page 2 of 3")
	_, action, value := button(m, "Send me everything as CSV")
	s.click(mod, live, action, value, nil)
	s.message(auditRoom, "another person’s button")
	require.Empty(t, s.slack.Files())
	s.press(lead, m, "Send me everything as CSV")
	s.private(lead, "in your direct messages as a CSV file")
	file := s.slack.Files()[0]
	require.Equal(t, len(users)+2+1, strings.Count(string(file.Content), "\r\n")) // troll7 and alice, and the head
	require.NotRegexp(t, `(?m)^"?[=+@-]`, string(file.Content))
	dm, ok := s.slack.Channel(file.Channels[0])
	require.True(t, ok)
	require.True(t, dm.IM && dm.Members[0] == lead)
	s.say(mod, "ban live:show1 "+strings.Join(users[4:29], ",")+" 1h") // 25 guests, at once for ten minutes
	s.idle(patience)
	s.say(lead, "bans live:show1")
	m = s.private(lead, "Banned in live:show1: 25 people", "page 1 of 2")
	s.press(lead, m, "Next")
	s.private(lead, "page 2 of 2")
	s.say(lead, "silenced live:show1")
	s.private(lead, "Silenced in live:show1: 0 people", "Nobody.")
	require.GreaterOrEqual(t, s.entries(moderation.EntryRead), 3)
}

// Hundreds of cases under Slack's real limits: their audit lines are at most
// 10 s late, and cards fold.
func TestHundredsOfAuditLines(t *testing.T) {
	t.Parallel()
	many := soak(300, 1000)
	s := newStage(t, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1 })
	s.reviewPolicy("review_sample: 20%") // a fifth is to have buttons of its own
	s.env["PEOPLE_LIMIT"] = "off"
	s.start()
	s.connected(2)
	pending := make([]*slackd.Pending, many)
	for i := range pending {
		p, err := s.slack.CommandAsync(mod, live, fmt.Sprintf("silence live:show1 many%d 1h", i))
		require.NoError(t, err)
		pending[i] = p
	}
	for _, p := range pending {
		d, err := p.Wait(t.Context())
		require.NoError(t, err)
		require.True(t, d.Acked)
	}
	s.await("all cases done", 2*patience, func() bool { return s.in(moderation.Done) == many })
	s.await("all lines posted", 12*time.Second, func() bool {
		return s.postsDue(storetest.Posts{Kind: moderation.PostLine, Plain: true}) == 0
	})
	chosen := len(s.cases(storetest.Cases{Sampled: true}))
	s.await("all buttons posted", patience, func() bool {
		return s.postsDue(storetest.Posts{Kind: moderation.PostLine}) == 0
	})
	var buttons int
	for _, m := range s.slack.Messages(auditRoom) {
		buttons += strings.Count(string(m.Blocks), "case.reviewed/")
	}
	require.GreaterOrEqual(t, buttons, chosen)
	require.InDelta(t, many/5, chosen, 1.7*math.Sqrt(float64(many))) // more than four standard deviations
	var all strings.Builder
	for _, m := range s.slack.Messages(auditRoom) {
		all.WriteString(shownIn(m) + "\n")
	}
	text := all.String()
	for no := 1; no <= many; no++ {
		require.True(t, strings.Contains(text, fmt.Sprintf("#%d ", no)), "no line for #%d", no)
	}
	s.message(live, "cases in one message, because many came at once")
	require.NoError(t, s.stop())
	require.Contains(t, s.audit(), "the chain is intact")
}
