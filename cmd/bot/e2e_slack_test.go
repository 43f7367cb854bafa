package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// Slack refuses, fails or is silent during a case: in the end the card, its
// thread and the audit line are posted once; after a lost answer perhaps
// twice, with the same number.
func TestSlackTroubles(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	for i, c := range []struct {
		name, method string
		fault        slackd.Fault
		twice        bool
	}{
		{"429", "chat.postMessage", slackd.Fault{Times: 2, Status: 429, RetryAfter: time.Second}, false},
		{"500", "chat.postMessage", slackd.Fault{Times: 2, Status: 500}, false},
		{"html", "chat.postMessage", slackd.Fault{Times: 1, Status: 502, Body: "<html>Bad Gateway</html>"}, false},
		{"cut", "chat.postMessage", slackd.Fault{Times: 2, DropRequest: true}, false},
		{"lost", "chat.postMessage", slackd.Fault{Times: 1, DropAnswer: true}, true},
		{"code", "chat.postMessage", slackd.Fault{Times: 2, Error: "internal_error"}, false},
		{"service", "chat.postMessage", slackd.Fault{Times: 1, Error: "service_unavailable"}, false},
	} {
		user := fmt.Sprintf("quiet%d", i)
		title := fmt.Sprintf("#%d ", i+1)
		hold := make(chan struct{})
		if c.twice { // a running case has no line yet: the fault can only affect its card
			s.posted()
			require.NoError(t, s.tencent.Fail("live_engine_http_srv/mute_member", tencentd.Fault{HoldAnswer: hold}))
		}
		s.slack.Fail(c.method, c.fault)
		s.say(mod, "silence live:show1 "+user+" 10m")
		first := ""
		if c.twice {
			first = s.message(live, title, user).TS
			s.await("the second card", patience, func() bool { return holding(s.slack.Messages(live), title) == 2 })
			s.tencent.ClearFaults()
		}
		close(hold)
		card := s.message(live, title, user, "Accepted by Tencent")
		require.NotEqual(t, first, card.TS, "the one whose answer came is the case's, and has the thread")
		s.thread(card, title, "accepted after")
		s.message(auditRoom, title, user)
		require.True(t, s.silenced(user), c.name)
		require.LessOrEqual(t, holding(s.slack.Messages(live), title), 1+btoi(c.twice), "%s: cards", c.name)
		require.LessOrEqual(t, holding(s.slack.Messages(auditRoom), title), 1+btoi(c.twice), "%s: lines", c.name)
	}
	s.idle(patience)
	s.posted()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// posted waits until nothing waits to be posted.
func (s *stage) posted() {
	s.tb.Helper()
	s.await("everything posted", patience, func() bool {
		return s.postsDue(storetest.Posts{}) == 0
	})
}

// A card's update that Slack refuses, loses or cannot find is brought in the end.
func TestSlackUpdateTroubles(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	for i, f := range []slackd.Fault{
		{Times: 2, Status: 429}, {Times: 2, Status: 500}, {Times: 1, DropAnswer: true}, {Times: 1, DropRequest: true}, {Times: 1, Error: "message_not_found"}, {Times: 1, Error: "invalid_blocks"},
	} {
		hold := make(chan struct{})
		// Every attempt is delayed, so that the card shows "running" until
		// the test ends it.
		require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{HoldBefore: hold}))
		s.slack.Fail("chat.update", f)
		user := fmt.Sprintf("slow%d", i)
		require.NoError(t, s.tencent.Join(tencentd.KindRoom, "10006", user))
		s.say(mod, "mute room:10006 "+user+" 10m")
		title := fmt.Sprintf("#%d ", i+1)
		s.message(live, title, "Running: waiting for Tencent")
		s.tencent.ClearFaults()
		close(hold)
		s.message(live, title, "Accepted by Tencent")
		s.await("the card is known to exist", patience, func() bool { // otherwise its next update gets the next fault
			return s.postsDue(storetest.Posts{Kind: moderation.PostCard}) == 0
		})
		s.slack.Heal("")
	}
	require.Equal(t, "1", s.metric(`bouncer_post_faults_total{kind="shape"}`), "an update in a form that Slack refuses is counted")
}

// If rights cannot be read nothing runs: the command is refused with the
// reason.
func TestRightsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, name string
		fault        slackd.Fault
	}{
		{"users.info", "500", slackd.Fault{Status: 500}},
		{"users.info", "odd", slackd.Fault{Status: 200, Body: "{}"}},
		{"usergroups.list", "lost", slackd.Fault{DropAnswer: true}},
		{"usergroups.list", "odd", slackd.Fault{Status: 200, Body: "{}"}},
		{"conversations.info", "cut", slackd.Fault{DropRequest: true}},
		{"conversations.info", "code", slackd.Fault{Error: "fatal_error"}},
	} {
		t.Run(c.method+" "+c.name, func(t *testing.T) {
			t.Parallel()
			s := began(t, unlimited)
			s.slack.Fail(c.method, c.fault)
			if c.method == "usergroups.list" { // they were read at the start; a change makes that old
				require.NoError(t, s.slack.SetGroupMembers("S1MODS", mod, mod2, noRole))
				s.await("the event read", patience, func() bool {
					return slices.ContainsFunc(s.slack.Deliveries(), func(d slackd.Delivery) bool { return d.Type == "events_api" && d.Acked })
				})
			}
			s.sayIn(mod, cas, "mute room:10006 alice 10m")
			s.private(mod, "Slack can’t say")
			require.Zero(t, s.called("SetUserBlocked"))
			s.slack.Heal("")
			s.message(auditRoom, "refusal 1", "nothing was done")
			s.sayIn(mod, cas, "mute room:10006 alice 10m") // and it recovers by itself
			s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
		})
	}
}

// A private answer is retried if Slack fails, and goes out as an ephemeral
// message if the response_url is used up or dead.
func TestPrivateAnswersArrive(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.slack.Fail("response_url", slackd.Fault{Times: 1, Status: 500})
	s.say(noRole, "mute room:10006 alice 10m")
	s.private(noRole, "not a moderator")
	require.Empty(t, s.slack.Calls("chat.postEphemeral"))
	s.slack.Fail("response_url", slackd.Fault{Status: 404, Body: `{"ok":false,"error":"used_url"}`, Times: 1})
	s.say(noRole, "kick room:10006 alice")
	s.await("an ephemeral message", patience, func() bool { return len(s.slack.Calls("chat.postEphemeral")) == 1 })
	s.slack.Fail("response_url", slackd.Fault{Status: 500}) // dead for good
	s.slack.Fail("chat.postEphemeral", slackd.Fault{Times: 1, Status: 429, RetryAfter: time.Second})
	s.say(mod, "case 99")
	s.private(mod, "There is no case #99.")
	// Without the bot in the channel even that is refused: then direct
	// messages.
	s.sayIn(mod, "C0RANDOM", "mute room:10006 alice 10m")
	s.private(mod, "in this channel")
	s.injected()
}

// A response_url on an unknown host is never called and never stored; the
// answer is sent another way.
func TestUnknownResponseURL(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	for _, url := range []string{"https://evil.example/x", "http://hooks.slack.com/commands/x", "https://hooks.slack.com.evil.example/", "https://u@hooks.slack.com/", "file:///etc/passwd"} {
		d, err := s.slack.ForgeCommand(t.Context(), mod, live, "case 99", map[string]any{"response_url": url})
		require.NoError(t, err)
		require.True(t, d.Acked)
	}
	s.await("five answers", patience, func() bool { return len(s.slack.Calls("chat.postEphemeral")) == 5 })
	require.Zero(t, s.countJobs(storetest.Jobs{Linked: true}))
	require.Equal(t, "5", s.metric("bouncer_rejected_reply_urls_total"))
	require.NotContains(t, s.proc.log.String(), "evil.example")
}

// Deliveries for another app or from another workspace are refused, and so
// are people who are not members.
func TestOtherAppsAndExternalPeople(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "rooms") // so that the language is known and nothing else is asked
	for name, c := range map[string]struct {
		user, channel string
		fields        map[string]any
		line          string
	}{
		"app":         {mod, live, map[string]any{"api_app_id": "A0OTHER"}, "another app or workspace"},
		"team":        {mod, live, map[string]any{"team_id": "T9OTHER"}, "another app or workspace"},
		"outsider":    {outsider, cas, nil, "from another organization"},
		"deactivated": {"U07OUT", live, nil, "deactivated account"},
		"guest":       {guest, live, nil, "guest"},
		"bot":         {"U07BOT", live, nil, "bot"},
		"slackbot":    {"USLACKBOT", live, nil, "bot"},
		"nobody":      {"U0NOSUCH", live, nil, "Slack could not say who this is"},
		"no channel":  {mod, "C0SECRET", nil, "Slack could not describe the channel"},
		"shared":      {mod, shared, nil, "external people can read this channel"},
	} {
		d, err := s.slack.ForgeCommand(t.Context(), c.user, c.channel, "mute room:10006 alice 10m "+strings.ReplaceAll(name, " ", ""), c.fields)
		require.NoError(t, err)
		require.True(t, d.Acked, name)
		s.message(auditRoom, c.line)
	}
	s.idle(patience)
	require.Zero(t, s.called("SetUserBlocked"))
	require.Zero(t, s.asked())
	require.Empty(t, s.slack.Messages(shared))
	require.Empty(t, s.slack.Messages(live))
}

// Forged and foreign buttons: nothing runs, and each is an entry.
func TestForgedButtons(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	for _, v := range [][2]string{
		{"case.run", "mute room:10006 alice"}, {"case.run", "case.run/1"}, {"draft.run", "draft.again/" + strings.Repeat("a", 32)},
		{"list.page.-1", "list.page.-1/" + strings.Repeat("a", 32)}, {"<!channel>", "<!channel>"}, {"", ""}, {"case.again", "case.again/" + strings.Repeat("z", 32)},
	} {
		s.click(mod, live, v[0], v[1], nil)
	}
	s.await("seven refusals", patience, func() bool {
		return s.entries(moderation.EntryRefused, moderation.EntryFolded) == 7
	})
	s.private(mod, "This button was not made by Bouncer")
	s.click(mod, live, "draft.run", "draft.run/"+strings.Repeat("a", 32), nil)
	s.private(mod, "This suggestion has expired")
	s.click(mod, live, "draft.run", "draft.run/"+strings.Repeat("a", 32), map[string]any{"api_app_id": "A0OTHER"})
	require.Zero(t, s.asked())
	s.injected()
}

// A draft belongs to its author, runs once however often and fast it is
// pressed, and not after its time.
func TestDrafts(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "mut room:10006 alice 10m")
	m := s.private(mod, "Did you mean")
	_, action, value := button(m, "Run")
	s.click(mod2, live, action, value, nil)
	s.message(auditRoom, "another person’s button")
	require.Zero(t, s.called("SetUserBlocked"))
	s.click(noRole, live, action, value, nil)
	// Two clicks at the same instant, over both connections.
	done := make(chan slackd.Delivery, 2)
	for range 2 {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			block, action, _ := button(m, "Run")
			d, err := s.slack.Press(ctx, mod, slackd.Ref{Channel: m.Channel, TS: m.TS}, block, action)
			if err != nil || !d.Acked {
				t.Errorf("a click: %v %s", err, d.Failure)
			}
			done <- d
		}()
	}
	<-done
	<-done
	s.private(mod, "This was already run: it is case #1.")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	s.idle(patience)
	require.Equal(t, 1, s.asked())
	require.Equal(t, 1, s.called("SetUserBlocked"))
	// An expired one, with its row set back in time while no bot runs.
	s.say(mod, "mut room:10006 bob 10m")
	old := s.private(mod, "mute room:10006 bob")
	require.NoError(t, s.stop())
	storetest.ExpireDrafts(t, s.env["DATABASE_URL"])
	s.start()
	_, action, value = button(old, "Run")
	s.click(mod, live, action, value, nil)
	s.private(mod, "it is valid for 5 minutes")
	require.False(t, s.muted("10006", "bob"))
}

// A double click on a question is answered once; a person who lost the right
// reads that.
func TestAgainPressedTwice(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	card := s.unknownKick()
	_, action, value := button(card, "Try again")
	s.click(noRole, live, action, value, nil)
	s.refused(noRole, moderation.RefuseNoRole)
	s.click(mod, live, action, value, nil)
	s.click(mod2, live, action, value, nil)
	s.private(mod2, "#1") // mei reads Chinese: look for the number
	s.idle(patience)
	require.Equal(t, 1, s.entries(moderation.EntryConfirmation))
}

// A right lost between the decision and the call drops the case: a role
// removed by an event, a changed person, a channel that becomes shared.
func TestRightsLostBeforeTheCall(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*stage){
		"role": func(s *stage) { require.NoError(s.tb, s.slack.SetGroupMembers("S1MODS", mod2)) },
		"guest": func(s *stage) {
			u, _ := s.slack.User(mod)
			u.Guest = true
			s.slack.SetUser(u)
		},
		"deactivated": func(s *stage) {
			u, _ := s.slack.User(mod)
			u.Deactivated = true
			s.slack.SetUser(u)
		},
		"shared": func(s *stage) {
			c, _ := s.slack.Channel(live)
			c.ExtShared = true
			s.slack.SetChannel(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := began(t, unlimited)
			// The first try fails in passing; the right is lost before the second.
			hold := make(chan struct{})
			require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, HoldBefore: hold, Code: "InternalError"}))
			s.say(mod, "mute room:10006 alice 10m")
			s.await("the call", patience, func() bool { return s.called("SetUserBlocked") == 1 })
			lose(s)
			s.await("the event read", patience, func() bool {
				return slices.ContainsFunc(s.slack.Deliveries(), func(d slackd.Delivery) bool { return d.Type == "events_api" && d.Acked })
			})
			close(hold)
			s.await("dropped", patience, func() bool { return s.outcomes(moderation.Dropped) == 1 })
			s.idle(patience)
			require.Equal(t, 1, s.called("SetUserBlocked"))
			require.False(t, s.muted("10006", "alice"))
			s.message(auditRoom, "#1 ")
		})
	}
}

// A person who leaves the group loses the right within a moment, and one who
// joins gets it.
func TestRolesChange(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "mute room:10006 alice 10m")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	events := func() int {
		n := 0
		for _, d := range s.slack.Deliveries() {
			if d.Type == "events_api" && d.Acked {
				n++
			}
		}
		return n
	}
	require.NoError(t, s.slack.SetGroupMembers("S1MODS", noRole))
	s.await("the event read", patience, func() bool { return events() == 1 })
	s.say(mod, "mute room:10006 bob 10m")
	s.private(mod, "not a moderator")
	s.say(noRole, "mute room:10006 29376 10m")
	s.await("muted by the new one", patience, func() bool { return s.muted("10006", "29376") })
	require.False(t, s.muted("10006", "bob"))
}

// A channel that becomes shared while a case runs gets nothing more of it:
// the card moves to the case channel and its requester gets a direct message.
// Lines wait until the audit channel is internal again.
func TestChannelsBecomeShared(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	share := func(id string, on bool) {
		c, _ := s.slack.Channel(id)
		c.ExtShared = on
		s.slack.SetChannel(c)
		s.await("the event read", patience, func() bool {
			n := s.slack.Deliveries()
			return len(n) > 0 && n[len(n)-1].Acked
		})
	}
	hold := make(chan struct{})
	s.slack.Fail("chat.postMessage", slackd.Fault{Status: 429, RetryAfter: time.Second}) // no card before it is shared
	require.NoError(t, s.tencent.Fail("live_engine_http_srv/mute_member", tencentd.Fault{Times: 1, HoldAnswer: hold}))
	s.say(mod, "silence live:show1 troll7 10m")
	s.await("the call", patience, func() bool { return s.silenced("troll7") })
	share(live, true)
	s.await("its card held back", patience, func() bool { return s.metric("bouncer_posts_withheld_total") != "0" })
	s.slack.Heal("chat.postMessage") // nothing is on its way there any more
	close(hold)
	s.message(cas, "#1 ", "troll7", "Accepted by Tencent")
	s.private(mod, "#1 ", "C0CASES", "external people can read the channel")
	require.Empty(t, s.slack.Messages(live))
	s.posted()
	share(auditRoom, true)
	before := len(s.slack.Messages(auditRoom))
	withheld := s.metric("bouncer_posts_withheld_total") // the other channel's are counted in it
	s.sayIn(mod, cas, "silence live:show1 alice 10m")
	card := s.message(cas, "#2 ", "Accepted by Tencent")
	s.thread(card, "accepted after")
	s.await("held back", patience, func() bool { return s.metric("bouncer_withheld_total") != withheld })
	require.Len(t, s.slack.Messages(auditRoom), before)
	share(auditRoom, false)
	s.await("the line", patience, func() bool { return holding(s.slack.Messages(auditRoom), "#2 ") == 1 })
}

// CHANNELS limits where the command works.
func TestChannelsSetting(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.env["CHANNELS"] = cas
	s.env["LANGUAGE"] = "zh"
	s.start()
	s.say(lead, "mute room:10006 alice 10m")
	s.private(lead, "You can’t do this in this channel")
	s.sayIn(mod, cas, "mute room:10006 alice 10m")
	s.message(cas, "#1 ", "腾讯云已接受") // channels follow LANGUAGE, private answers the person
	s.message(auditRoom, "#1 ", "静音")
	require.Equal(t, 1, s.called("SetUserBlocked"))
}
