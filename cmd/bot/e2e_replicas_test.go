package main

import (
	"fmt"
	"maps"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"
)

// replicated returns a stage on PostgreSQL with so many replicas, of which none
// runs yet; the stage's own bot is the first one.
func replicated(t *testing.T, n int, change ...func(*slackd.Config, *tencentd.Config)) []*stage {
	t.Helper()
	s := newStage(t, append([]func(*slackd.Config, *tencentd.Config){unlimited}, change...)...)
	s.env["DATABASE_URL"] = pgtest.URL(t)
	all := []*stage{s}
	for range n - 1 {
		all = append(all, s.replica())
	}
	return all
}

// replica returns another process of the same bot.
func (s *stage) replica() *stage {
	s.tb.Helper()
	r := &stage{tb: s.tb, slack: s.slack, tencent: s.tencent, timing: s.timing, bin: s.bin, env: maps.Clone(s.env)}
	r.env["HTTP_ADDR"] = freeAddr(s.tb)
	s.tb.Cleanup(func() {
		if r.proc != nil {
			r.end()
		}
	})
	return r
}

// Three replicas keep five connections together, and no start, stop or death of
// one leaves the app without any.
func TestReplicasShareTheConnections(t *testing.T) {
	t.Parallel()
	all := replicated(t, 3)
	s := all[0]
	for i, n := range []int{2, 4, 5} {
		all[i].start()
		s.connected(n)
	}
	for _, r := range all {
		require.Equal(t, "0", r.metric("bouncer_slack_ghost_connections_total"))
	}
	s.say(mod, "mute room:10006 alice 1h")
	s.idle(patience)
	require.NoError(t, all[1].stop())
	s.connected(4)
	fourth := s.replica()
	fourth.start()
	s.connected(5)
	s.say(mod, "mute room:10006 bob 1h")
	s.idle(patience)
	s.posted()
	require.Equal(t, 1, holding(s.slack.Messages(live), "#1 "))
	require.Equal(t, 1, holding(s.slack.Messages(live), "#2 "))
	require.Equal(t, 1, holding(s.slack.Messages(auditRoom), "no earlier cases"), "one new database")
	for _, r := range []*stage{all[0], all[2], fourth} {
		require.Equal(t, "0", r.metric("bouncer_slack_ghost_connections_total"))
		require.NoError(t, r.stop())
	}
	s.audit()
}

// Replicas that start at once on an empty database announce it, and the policy,
// once.
func TestReplicasThatStartAtOnce(t *testing.T) {
	t.Parallel()
	all := replicated(t, 3)
	for _, r := range all {
		r.launch()
	}
	s := all[0]
	s.connected(5)
	s.posted()
	require.Len(t, s.logs(moderation.EntryStart), 1)
	require.Equal(t, 1, holding(s.slack.Messages(auditRoom), "no earlier cases"))
	// Each sees the change of a group; it is reported once.
	require.NoError(t, s.slack.SetGroupMembers("S1MODS", mod, mod2, noRole))
	s.await("the change", patience, func() bool { return len(s.logs(moderation.EntryGroup)) > 0 })
	s.say(mod, "help")
	s.idle(patience)
	s.posted()
	require.Len(t, s.logs(moderation.EntryGroup), 1)
	for _, r := range all {
		require.NoError(t, r.stop())
	}
	s.audit()
}

// A replica that is stopped, wherever it was, finishes nothing that the other
// one took over: each case is called and posted once.
func TestAReplicaThatStandsStill(t *testing.T) {
	t.Parallel()
	all := replicated(t, 2)
	s, other := all[0], all[1]
	s.apart()
	other.bin = s.bin
	s.asksNobody()
	other.env = maps.Clone(s.env)
	other.env["HTTP_ADDR"] = freeAddr(t)
	// A replica may be stopped while Slack carries out a post: then the other one has to look.
	s.slack.SetScopes(append(slackd.DefaultScopes(), "channels:history", "groups:history")...)
	s.start()
	other.start()
	s.connected(4)
	require.NoError(t, s.tencent.Join(tencentd.KindRoom, "1234", userIDs(60)...))
	var pending []*slackd.Pending
	say := func(n int) {
		for range n {
			p, err := s.slack.CommandAsync(mod, live, fmt.Sprintf("kick room:1234 u%d", len(pending)))
			require.NoError(t, err)
			pending = append(pending, p)
		}
	}
	say(50)
	s.await("some work done", patience, func() bool { return s.called("RemoveUser") >= 5 })
	require.NoError(t, other.proc.cmd.Process.Signal(syscall.SIGSTOP))
	taken := takenOf(t, pending)
	// What it was doing is taken over when its leases end.
	s.idle(patience)
	s.posted()
	require.NoError(t, other.proc.cmd.Process.Signal(syscall.SIGCONT))
	before := len(pending)
	say(5)
	taken += takenOf(t, pending[before:])
	s.idle(patience)
	s.posted()
	require.GreaterOrEqual(t, s.asked(), taken)
	require.Zero(t, s.pending())
	for _, no := range s.cases(storetest.Cases{}) {
		require.Equal(t, 1, holding(s.slack.Messages(live), fmt.Sprintf("#%d ", no)), "card %d", no)
	}
	require.LessOrEqual(t, s.called("RemoveUser"), len(s.callsFor(0)), "no call without its entry")
	require.NoError(t, other.stop())
	require.NoError(t, s.stop())
	s.audit()
}

// takenOf waits for commands and returns how many were taken: not those that were
// answered that nothing was stored, because the stopped replica kept
// the others from writing.
func takenOf(t *testing.T, pending []*slackd.Pending) (n int) {
	t.Helper()
	for _, p := range pending {
		d, err := p.Wait(t.Context())
		require.NoError(t, err)
		if d.Acked && len(d.AckPayload) == 0 {
			n++
		}
	}
	return n
}

// A person is erased, and the log accepted, while replicas run and work.
func TestErasingBesideReplicas(t *testing.T) {
	t.Parallel()
	all := replicated(t, 2)
	s := all[0]
	s.asksNobody()
	all[1].env["POLICY_FILE"] = s.env["POLICY_FILE"]
	for _, list := range []string{"MODERATORS", "APPROVERS", "CHANNELS"} {
		delete(all[1].env, list)
	}
	for _, r := range all {
		r.start()
	}
	s.say(mod, "kick room:10006 alice spams")
	s.idle(patience)
	s.posted()
	s.say(mod, "mute room:10006 bob 1h")
	for _, args := range [][]string{{"erase", "alice"}, {"audit", "-accept"}, {"audit"}} {
		out, err := s.command(args...).CombinedOutput()
		require.NoError(t, err, "%s: %s", args, out)
	}
	out, err := s.command("erase", "bob").CombinedOutput()
	require.Error(t, err, "%s", out)
	s.say(mod, "mute room:10006 29376 1h")
	s.idle(patience)
	s.posted()
	require.Equal(t, 3, s.targets(storetest.Targets{Outcome: moderation.Accepted}))
	s.message(auditRoom, "🧽")
	for _, r := range all {
		require.NoError(t, r.stop())
	}
	s.audit()
	for _, e := range s.logs() {
		require.NotContains(t, string(e.Body), "alice")
	}
}

// userIDs returns ids of Tencent users.
func userIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("u%d", i)
	}
	return ids
}

// Each replica is replaced by a new process under 50 commands a second: every
// command is acknowledged and carried out once. Only what crosses a close frame
// is lost: Slack sent it before it read that frame, and after the bot wrote it.
// On a loaded machine that is more than one.
func TestARollingRestart(t *testing.T) {
	t.Parallel()
	all := replicated(t, 2, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1 })
	s := all[0]
	s.shipped()
	s.asksNobody()
	s.env["TENCENT_QUOTA"], s.env["LOG_LEVEL"] = "100%", "warn"
	other := s.replica()
	s.start()
	other.start()
	s.connected(4)
	stop, typed := make(chan struct{}), make(chan []*slackd.Pending)
	go func() {
		var pending []*slackd.Pending
		defer func() { typed <- pending }()
		pace := time.NewTicker(20 * time.Millisecond)
		defer pace.Stop()
		for {
			select {
			case <-stop:
				return
			case <-pace.C:
			}
			p, err := s.slack.CommandAsync(mod, live, fmt.Sprintf("silence live:show1 u%d 1h", len(pending)))
			if err != nil {
				t.Error(err)
				return
			}
			pending = append(pending, p)
		}
	}()
	for _, r := range []*stage{s, other} {
		require.NoError(t, r.stop())
		r.start()
		s.connected(4)
	}
	close(stop)
	pending := <-typed
	open := map[int]bool{} // the bots closed all others
	for _, c := range s.slack.Connections() {
		open[c.ID] = c.State == "open"
	}
	crossed, taken := 0, 0
	for _, p := range pending {
		d, err := p.Wait(t.Context())
		require.NoError(t, err)
		switch {
		case d.Acked && len(d.AckPayload) == 0:
			taken++
		case !d.Acked && d.Connection != 0 && !open[d.Connection]:
			crossed++
		default:
			t.Errorf("%s: %s %s %s", d.Text, d.Failure, d.Detail, d.AckPayload)
		}
	}
	require.LessOrEqual(t, crossed, len(pending)/20)
	s.idle(2 * time.Minute)
	require.Equal(t, taken, s.asked())
	require.Equal(t, taken, s.targets(storetest.Targets{Outcome: moderation.Accepted}))
	t.Logf("%d commands, %d crossed a close frame", len(pending), crossed)
	require.NoError(t, other.stop())
	require.NoError(t, s.stop())
	s.audit()
}
