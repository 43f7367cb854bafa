package slackd

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSlashCommandPayload(t *testing.T) {
	s := start(t, Config{Limits: free})
	a := keeping(t, s)
	d, err := s.Command(within(t), "U07MEI", "C0LIVE", "mute room:10006 29376 30m loud")
	require.NoError(t, err)
	require.True(t, d.Acked)
	require.GreaterOrEqual(t, d.AckedAfter, time.Duration(0))
	w := a.next()
	require.Equal(t, "slash_commands", w.Type)
	require.True(t, w.Accepts)
	require.Nil(t, w.Attempt, "only events carry retry_attempt")
	require.Equal(t, d.EnvelopeID, w.ID)
	require.NotEmpty(t, w.Payload["token"])
	require.NotEmpty(t, w.Payload["trigger_id"])
	require.True(t, strings.HasPrefix(w.Payload["response_url"].(string), "http://127.0.0.1:"))
	want := m{
		"team_id": "T0ACME", "team_domain": "acme", "channel_id": "C0LIVE", "channel_name": "live", "user_id": "U07MEI",
		"user_name": "mei", "command": "/mod", "text": "mute room:10006 29376 30m loud", "api_app_id": s.AppID(), "is_enterprise_install": "false",
	}
	for k, v := range want {
		require.Equal(t, v, w.Payload[k], k)
	}
	require.NotContains(t, w.Payload, "enterprise_id")
	require.NotContains(t, w.Payload, "thread_ts")

	_, err = s.Command(within(t), "U07MEI", "C0AUDIT", "x")
	require.NoError(t, err)
	require.Equal(t, "privategroup", a.next().Payload["channel_name"])

	grid := start(t, Config{EnterpriseID: "E1", OrgInstall: true, Command: "/bounce"})
	b := keeping(t, grid)
	_, err = grid.Command(within(t), "U07MEI", "C0LIVE", "x")
	require.NoError(t, err)
	w = b.next()
	require.Equal(t, "E1", w.Payload["enterprise_id"])
	require.Equal(t, "true", w.Payload["is_enterprise_install"])
	require.Equal(t, "/bounce", w.Payload["command"])
}

func TestShouldEscape(t *testing.T) {
	for _, tc := range []struct{ typed, want string }{
		{"ban live:show1 troll7 24h \"a b\"", "ban live:show1 troll7 24h \"a b\""},
		{"kick @mei", "kick <@U07MEI>"},
		{"kick @mei, @raj.", "kick <@U07MEI>, <@U07RAJ>."},
		{"kick @nobody", "kick @nobody"},
		{"bans chat:@TGS#aJRGC4MH6", "bans chat:@TGS#aJRGC4MH6"},
		{"in #live and #secret", "in <#C0LIVE|live> and <#C0SECRET|>"},
		{"ask @leads @here", "ask <!subteam^S2LEADS|@leads> <!here>"},
		{"a & b < c > d", "a &amp; b &lt; c &gt; d"},
		{"<@U07MEI>", "&lt;@U07MEI&gt;"},
		{"see https://a.example/x?y=1&z=@mei#live", "see <https://a.example/x?y=1&amp;z=@mei#live>"},
		{"mail troll@a.example now", "mail <mailto:troll@a.example|troll@a.example> now"},
		{"user.name.com", "<http://user.name.com|user.name.com>"},
		{"v1.2.3 10.5", "v1.2.3 10.5"},
	} {
		t.Run(tc.typed, func(t *testing.T) {
			s := start(t, Config{})
			p, err := s.CommandAsync("U07MEI", "C0LIVE", tc.typed)
			require.NoError(t, err)
			d, err := p.Wait(within(t))
			require.NoError(t, err)
			require.Equal(t, tc.want, d.Text)
		})
	}
	named := start(t, Config{MentionNames: true})
	d, err := named.Command(within(t), "U07MEI", "C0LIVE", "kick @mei")
	require.NoError(t, err)
	require.Equal(t, "kick <@U07MEI|mei>", d.Text)
	plain := start(t, Config{PlainText: true})
	d, err = plain.Command(within(t), "U07MEI", "C0LIVE", "kick @mei <b>")
	require.NoError(t, err)
	require.Equal(t, "kick @mei &lt;b&gt;", d.Text)
}

func TestWhoMayType(t *testing.T) {
	s := start(t, Config{})
	for name, who := range map[string][2]string{
		"nobody": {"U404", "C0LIVE"}, "deactivated": {"U07OUT", "C0LIVE"}, "not in the channel": {"U07ANA", "C0AUDIT"},
		"outsider": {"U0EVE", "C0SHARED"}, "no channel": {"U07MEI", "C404"}, "archived": {"U07MEI", "C0OLD"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Command(within(t), who[0], who[1], "help")
			require.ErrorIs(t, err, ErrRefused)
		})
	}
	require.Empty(t, s.Deliveries())
}

func TestAckPayloadOfACommand(t *testing.T) {
	s := start(t, Config{Limits: free})
	payload := any(nil)
	a := connect(t, s, func(a *app, w wire) { a.ack(w.ID, payload) })
	_ = a
	run := func(answer any) Delivery {
		payload = answer
		d, err := s.Command(within(t), "U07MEI", "C0LIVE", "help")
		require.NoError(t, err)
		require.True(t, d.Acked)
		return d
	}
	require.Empty(t, run(m{}).Failure)
	require.Empty(t, s.Ephemerals("U07MEI", ""), "an empty payload says nothing")

	require.Empty(t, run(m{"text": "only you"}).Failure)
	require.Equal(t, []string{"only you"}, texts(s.Ephemerals("U07MEI", "C0LIVE")))
	require.Empty(t, run(m{"text": "all", "response_type": "in_channel", "blocks": l{section("all")}}).Failure)
	require.Equal(t, []string{"/mod help", "all"}, texts(s.Messages("C0LIVE")))

	d := run(m{"blocks": l{m{"type": "nope"}}})
	require.Equal(t, FailResponse, d.Failure)
	require.Contains(t, d.Detail, "unsupported type")
}

func TestNoConnection(t *testing.T) {
	s := start(t, Config{})
	d, err := s.Command(within(t), "U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	require.Equal(t, FailDispatch, d.Failure)
	require.Error(t, s.SendRaw([]byte("{}")))
	require.Equal(t, []string{`/mod failed with the error "dispatch_failed"`}, texts(s.Ephemerals("U07MEI", "")))
}

func TestForgeAndRaw(t *testing.T) {
	s := start(t, Config{})
	a := keeping(t, s)
	_, err := s.ForgeCommand(within(t), "U0EVE", "C0SHARED", "help", m{"api_app_id": "AOTHER", "team_id": "T9OTHER", "token": nil})
	require.NoError(t, err)
	w := a.next()
	require.Equal(t, "AOTHER", w.Payload["api_app_id"])
	require.NotContains(t, w.Payload, "token")

	d, err := s.SendEnvelope(within(t), "brand_new", m{"x": 1}, false)
	require.NoError(t, err)
	require.True(t, d.Acked)
	require.Equal(t, "brand_new", a.next().Type)

	require.NoError(t, s.SendRaw([]byte(`{"broken`)))
	require.Equal(t, "undecodable", a.next().Type)
}

func TestEventsAreRetried(t *testing.T) {
	// A slow machine may be late with the ack of the fourth: then one of those
	// that follow is in time.
	retries := append([]time.Duration{0}, slices.Repeat([]time.Duration{time.Millisecond}, 100)...)
	s := start(t, Config{Limits: free, Timing: Timing{Ack: 200 * time.Millisecond, EventRetries: retries}})
	a := connect(t, s, func(a *app, w wire) {
		a.frames <- w
		if w.Attempt != nil && *w.Attempt >= 3 {
			a.ack(w.ID, m{"ignored": true})
		}
	})
	done := make(chan Delivery, 1)
	go func() {
		d, err := s.SendEvent(within(t), m{"type": "team_rename", "name": "x"})
		if err == nil {
			done <- d
		}
	}()
	first := a.next()
	require.Equal(t, "events_api", first.Type)
	require.False(t, first.Accepts)
	require.Equal(t, 0, *first.Attempt)
	require.Equal(t, "", *first.Retry)
	second, third := a.next(), a.next()
	require.Equal(t, 1, *second.Attempt)
	require.Equal(t, "timeout", *second.Retry)
	require.Equal(t, first.Payload["event_id"], third.Payload["event_id"])
	require.NotEqual(t, first.ID, second.ID)
	require.Equal(t, "event_callback", first.Payload["type"])
	require.Equal(t, 3, *a.next().Attempt)
	d := <-done
	require.True(t, d.Acked)
	require.Nil(t, d.AckPayload)
	ack, ok := find(s.Acks(), func(a Ack) bool { return a.EnvelopeID == d.EnvelopeID })
	require.True(t, ok)
	require.True(t, ack.PayloadIgnored)

	// What was acked is not sent again, nor is a command.
	events := d.Attempt + 1
	d, err := s.Command(within(t), "U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	require.Equal(t, FailTimeout, d.Failure)
	require.Len(t, s.Deliveries(), events+1)
}

func TestSubscribe(t *testing.T) {
	s := start(t, Config{Limits: free})
	changes := s.Subscribe(within(t))
	acking(t, s, m{"text": "done"})
	_, err := s.Command(within(t), "U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	ts := post1(t, s, "channel", "C0LIVE", "text", "x")
	require.Empty(t, form(t, s, "chat.delete", "channel", "C0LIVE", "ts", ts).err())
	s.SetUser(User{ID: "U07MEI", Name: "mei", Deactivated: true})
	// A caller that waits for a delivery may continue before its change is
	// published.
	missing := []ChangeKind{ConnectionUp, Delivered, EphemeralPosted, MessagePosted, MessageDeleted, Called, PeopleChanged}
	for c := range changes {
		missing = slices.DeleteFunc(missing, func(k ChangeKind) bool { return k == c.Kind })
		if len(missing) == 0 {
			break
		}
	}
	require.Empty(t, missing)
}

// A reader that does not read loses changes, is informed of it, and delays no
// one.
func TestSlowSubscriber(t *testing.T) {
	s := start(t, Config{})
	changes := s.Subscribe(within(t))
	for range feedBacklog * 3 {
		s.feed.publish(Change{Kind: PeopleChanged})
	}
	for c := range changes {
		if c.Kind == Resync {
			return
		}
	}
	require.Fail(t, "no resync")
}

// burst types n commands, waiting for none, and then for the ack of each.
func burst(t testing.TB, s *Server, n int) {
	t.Helper()
	all := make([]*Pending, 0, n)
	for range n {
		p, err := s.CommandAsync("U07MEI", "C0LIVE", "mute room:10006 29376 30m loud")
		require.NoError(t, err)
		all = append(all, p)
	}
	ctx := within(t)
	for _, p := range all {
		d, err := p.Wait(ctx)
		require.NoError(t, err)
		require.True(t, d.Acked)
	}
}

// Ten thousand commands at once: each acked once, none lost, none stuck.
func TestBurst(t *testing.T) {
	s := start(t, Config{Limits: free, Timing: Timing{Ack: time.Minute}})
	acking(t, s, nil)
	acking(t, s, nil)
	const n = 10_000
	burst(t, s, n)
	require.Len(t, s.Acks(), n)
	require.Len(t, s.Deliveries(), n)
}

func BenchmarkCommands(b *testing.B) {
	s := start(b, Config{Limits: free, Timing: Timing{Ack: time.Minute}})
	acking(b, s, nil)
	acking(b, s, nil)
	b.ResetTimer()
	burst(b, s, b.N)
}
