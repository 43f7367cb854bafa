package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// One person's hanging lists neither take workers from other people's mutes
// nor more than two of the slots for lists.
func TestSlowReadsDelayNoOthers(t *testing.T) {
	t.Parallel()
	const who = "live_engine_http_srv/get_member_list"
	s := began(t, unlimited)
	goOn := make(chan struct{})
	require.NoError(t, s.tencent.Fail(who, tencentd.Fault{HoldAnswer: goOn}))
	for range 17 {
		s.say(mod, "who live:show1")
	}
	s.await("two lists under way", patience, func() bool { return s.called(who) >= 2 })
	s.say(lead, "mute room:10006 alice 10m")
	s.message(live, "#1 ", "Accepted by Tencent")
	s.say(mod2, "who live:test")
	s.await("someone else's list", patience, func() bool { return s.called(who) >= 3 })
	require.LessOrEqual(t, s.called(who), 6, "two at once of one person, and one of another")
	close(goOn)
	s.await("all lists", patience, func() bool { return s.called(who) == 18 })
	s.private(mod2, "user1")
	require.NoError(t, s.stop())
	require.Contains(t, s.audit(), "the chain is intact")
}

// A database that is taken away from a running bot stops the acks: commands are
// answered that nothing was taken, and nothing runs.
func TestADatabaseThatIsTakenAwayStopsTheAcks(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(lead, "mute room:10006 bob 10m")
	s.message(live, "#1 ", "Accepted by Tencent")
	s.idle(patience)
	path := s.env["DATABASE_URL"]
	require.NoError(t, os.Rename(path, path+".old"))
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	s.say(lead, "mute room:10006 alice 10m")
	s.private(lead, "othing was done")
	require.Equal(t, http.StatusServiceUnavailable, s.get("/readyz"))
	require.False(t, s.muted("10006", "alice"))
	require.NoError(t, os.Rename(path+".old", path))
	s.say(lead, "mute room:10006 alice 10m")
	s.message(live, "#2 ", "Accepted by Tencent")
	require.NoError(t, s.stop())
}

// SIGTERM ends the bot within Docker's ten seconds while Slack and Tencent do
// not answer; running work continues at the next start.
func TestAStopFitsIntoTenSeconds(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	held := make(chan struct{})
	defer close(held)
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, HoldAnswer: held}))
	s.slack.Fail("chat.postMessage", slackd.Fault{Delay: time.Minute})
	s.say(lead, "ban live:show1 troll7 10m")
	s.say(mod, "mute room:10006 alice 10m")
	s.await("both are under way", patience, func() bool {
		return s.called("SetUserBlocked") == 1 && s.postsDue(storetest.Posts{Leased: true}) > 0
	})
	began := time.Now()
	require.NoError(t, s.stop())
	require.Less(t, time.Since(began), 10*time.Second)
	s.slack.Heal("")
	s.start()
	s.message(live, "#1 ", "Accepted by Tencent")
	s.message(live, "#2 ", "Accepted by Tencent")
}

// Undecodable deliveries beyond a few a minute are only counted, and events
// about Slack itself are reported as such.
func TestUndecodableEventsAreBounded(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	send := func(payload string) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		d, err := s.slack.SendEnvelope(ctx, "events_api", json.RawMessage(payload), false)
		require.NoError(t, err)
		require.True(t, d.Acked)
	}
	team, app := s.slack.TeamID(), s.slack.AppID()
	before := s.entries()
	odd := fmt.Sprintf(`{"token":"x","type":"event_callback","team_id":%q,"api_app_id":%q,"event":{"type":"emoji_changed%s"}}`, team, app, strings.Repeat("x", 50_000))
	for range 60 {
		send(odd)
	}
	for range 3 {
		send(fmt.Sprintf(`{"token":"x","type":"app_rate_limited","team_id":%q,"minute_rate_limited":1700000000,"api_app_id":%q}`, team, app))
	}
	s.message(auditRoom, "Slack delays events of 2023-11-14 22:13 UTC")
	s.message(auditRoom, "cannot read")
	require.Contains(t, s.metrics(), "bouncer_slack_events_delayed_total 3")
	require.Contains(t, s.metrics(), "bouncer_undecodable_total 60")
	require.Contains(t, s.metrics(), `bouncer_panics_total{kind="chunk"} 0`, "each kind of job is exported before it panics")
	require.NoError(t, s.stop())
	require.LessOrEqual(t, s.entries(moderation.EntryNotice)-before, 10*3+3+1, "some of each minute, how many more, and one of Slack's own")
	require.Equal(t, 1, s.coded(moderation.EntryNotice, "notice-events-held", ""))
	require.Less(t, s.longestBody(), 8000, "and not at length")
	require.Contains(t, s.audit(), "the chain is intact")
}

// Long texts of people without rights leave little data behind.
func TestLargeTextsLeaveLittle(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	text := "mute room:10006 alice " + strings.Repeat("很长的文字 ", 15_000)
	for range 12 {
		s.say(guest, text)
	}
	s.idle(patience)
	require.NoError(t, s.stop())
	info, err := os.Stat(s.env["DATABASE_URL"])
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(2<<20), "%d texts of %d bytes", 12, len(text))
	require.Less(t, s.longestBody(), 8000)
}

// Rows shown to people match the entries, after everything that a bot does;
// bouncer audit finds a row changed by hand.
func TestRowsChangedByHandAreFound(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(lead, "mute room:10006 alice,bob 10m very loud")
	s.message(live, "#1 ", "Accepted by Tencent")
	require.NoError(t, s.tencent.Fail("live_engine_http_srv/mute_member", tencentd.Fault{Times: 1, Code: "60010", Message: "no <right> & so on"}))
	s.say(lead, "silence live:show1 troll7 10m 'said \"x\" <b> & more'")
	s.message(live, "#2 ", "60010")
	s.idle(patience)
	require.NoError(t, s.stop())
	require.Contains(t, s.audit(), "the chain is intact")
	whole, err := os.ReadFile(s.env["DATABASE_URL"])
	require.NoError(t, err)
	for _, change := range storetest.Forgeries() {
		require.NoError(t, os.WriteFile(s.env["DATABASE_URL"], whole, 0o600))
		require.NotZero(t, storetest.Tamper(t, s.env["DATABASE_URL"], change), change)
		out, err := s.audits()
		require.Error(t, err, change)
		require.Contains(t, out, "differs from the log", change)
	}
}

// metrics returns the body of /metrics.
func (s *stage) metrics() string {
	s.tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+s.env["HTTP_ADDR"]+"/metrics", nil)
	require.NoError(s.tb, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.tb, err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	raw, err := io.ReadAll(res.Body)
	require.NoError(s.tb, err)
	return string(raw)
}

// An answer larger than any real one is not read to its end, whether it states
// its size or not.
func TestSlacksAnswersAreReadWithABound(t *testing.T) {
	for name, states := range map[string]bool{"stated": true, "not stated": false} {
		t.Run(name, func(t *testing.T) {
			var sent int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if states {
					w.Header().Set("Content-Length", fmt.Sprint(400<<20))
				}
				chunk := make([]byte, 1<<20)
				for range 400 {
					n, err := w.Write(chunk)
					if sent += int64(n); err != nil {
						return
					}
				}
			}))
			defer server.Close()
			client := httpClient()
			defer client.CloseIdleConnections()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			res, err := client.Do(req)
			if err == nil {
				var n int64
				n, err = io.Copy(io.Discard, res.Body)
				require.LessOrEqual(t, n, int64(mostAnswer+1))
				require.NoError(t, res.Body.Close())
			}
			require.ErrorIs(t, err, errTooLarge)
			server.CloseClientConnections()
		})
	}
}

// Of any number of connections to the health page, a bounded number stays
// open, and afterwards it answers again.
func TestTheHealthPageLimitsConnections(t *testing.T) {
	inner, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &limitedListener{Listener: inner}
	server := newServer(http.NotFoundHandler())
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	var conns []net.Conn
	for range 3 * maxConns {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", inner.Addr().String())
		require.NoError(t, err)
		conns = append(conns, c)
	}
	turnedAway := 0
	for _, c := range conns[maxConns:] {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
		if _, err := c.Read(make([]byte, 1)); err != nil {
			turnedAway++
		}
	}
	require.Equal(t, 2*maxConns, turnedAway)
	for _, c := range conns {
		require.NoError(t, c.Close())
	}
	require.Eventually(t, func() bool { return l.open.Load() == 0 }, patience, time.Millisecond)
	require.NoError(t, server.Close())
	require.ErrorIs(t, <-served, http.ErrServerClosed)
}

// Connections to the health page have timeouts.
func TestHTTPHasTimeouts(t *testing.T) {
	s := newServer(http.NotFoundHandler())
	for _, d := range []time.Duration{s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout} {
		require.Positive(t, d)
		require.LessOrEqual(t, d, time.Minute)
	}
	require.LessOrEqual(t, s.MaxHeaderBytes, 64<<10)
}
