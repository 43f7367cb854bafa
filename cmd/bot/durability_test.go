package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// unlimited is a Slack without limits, so that a test is not slowed down and
// sees only the bot's own behaviour.
func unlimited(sc *slackd.Config, _ *tencentd.Config) { sc.Limits = noLimits }

var noLimits = slackd.Limits{
	MessageBurst: -1, MessagesPerMinute: -1, Tier1: -1, Tier2: -1, Tier3: -1, Tier4: -1, ConnectionsOpenPerMinute: -1,
}

// Mute, then unmute 50 ms apart, for hundreds of people: each ends unmuted, whatever the
// workers do.
func TestTheNewestWins(t *testing.T) {
	t.Parallel()
	people := soak(100, 500)
	s := newStage(t, unlimited, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Cloud = -1 })
	s.asksNobody()
	s.env["TENCENT_QUOTA"] = "100%"
	ids := make([]string, people)
	for i := range ids {
		ids[i] = fmt.Sprintf("p%03d", i)
	}
	require.NoError(t, s.tencent.Join(tencentd.KindRoom, "10006", ids...))
	s.start()
	var wg sync.WaitGroup
	pace := time.NewTicker(4 * time.Millisecond)
	defer pace.Stop()
	for _, id := range ids {
		<-pace.C
		wg.Go(func() {
			sends(s, mod, "mute room:10006 "+id+" 1h")
			time.Sleep(50 * time.Millisecond) // as the promise names it
			sends(s, mod, "unmute room:10006 "+id)
		})
	}
	wg.Wait()
	s.idle(3 * time.Minute)
	require.NoError(t, s.stop())
	require.Zero(t, s.pending())
	require.Equal(t, 2*people, s.asked())
	room, ok := s.tencent.Room(tencentd.KindRoom, "10006")
	require.True(t, ok)
	for _, m := range room.Members {
		require.False(t, m.AudioBlocked || m.VideoBlocked, "%s ended muted", m.User)
	}
}

// Two people's commands about one person are decided concurrently, and the
// lookup of the first author takes longest. The command that was accepted
// last is in force.
func TestTheNewestWinsIfDecidedFirst(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(lead, "help") // now that person is cached
	s.idle(patience)
	hold := make(chan struct{})
	s.slack.Fail("users.info", slackd.Fault{Hold: hold})
	s.say(mod, "mute room:10006 alice 1h")
	s.say(lead, "unmute room:10006 alice")
	s.await("the second one decided", patience, func() bool { return s.asked() == 1 })
	s.slack.Heal("users.info")
	close(hold)
	s.idle(patience)
	require.Equal(t, 1, s.newest(storetest.Cases{Verb: moderation.Unmute}))
	require.False(t, s.muted("10006", "alice"))
	require.Equal(t, 1, s.called("SetUserBlocked"))
	s.message(live, "#2 ", "alice", "#1 is newer and decides now")
	require.NoError(t, s.stop())
}

func sends(s *stage, user, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	d, err := s.slack.Command(ctx, user, live, text)
	if err != nil || !d.Acked {
		s.tb.Errorf("%s: %v %s", text, err, d.Failure)
	}
}

// All connections are refreshed, several times, under 100 commands: none is lost.
func TestRefreshLosesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) { sc.Timing.Warning = 4 * time.Second })
	s.asksNobody()
	s.start()
	require.NoError(t, s.slack.WaitConnections(t.Context(), 2))
	var wg sync.WaitGroup
	wg.Go(func() {
		pace := time.NewTicker(80 * time.Millisecond)
		defer pace.Stop()
		for i := range 100 {
			<-pace.C
			wg.Go(func() { sends(s, mod, fmt.Sprintf("silence live:show1 user%d 10m", i)) })
		}
	})
	// Both at once, as the worst Slack could do; it warns before it closes.
	for range 2 {
		s.slack.RefreshConnections("warning")
		s.await("the old connections to be gone", 30*time.Second, func() bool {
			old := 0
			for _, c := range s.slack.Connections() {
				if c.State != "open" && c.State != "closed" {
					old++
				}
			}
			return old == 0
		})
	}
	wg.Wait()
	s.idle(time.Minute)
	require.NoError(t, s.stop())
	require.Equal(t, 100, s.asked())
	require.Equal(t, 100, s.outcomes(moderation.Accepted))
}

// kill -9 at random points under load, then a restart: each acknowledged
// command has exactly one finished case, and no call was made without its
// entry.
func TestKillAtRandomPoints(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1; tc.Limits.Cloud = -1 })
	s.shipped()
	s.asksNobody()
	s.env["TENCENT_QUOTA"] = "100%"
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	acked, n := 0, 0
	for range 8 {
		s.start()
		seen, first := s.progress(), len(s.slack.Deliveries())
		var pending []*slackd.Pending
		for range 60 {
			p, err := s.slack.CommandAsync(mod, live, fmt.Sprintf("silence live:show1 victim%d 1h", n))
			require.NoError(t, err)
			n++
			pending = append(pending, p)
		}
		point := dice.IntN(2 * len(pending)) // each has an ack and a call ahead of it
		s.await("the point of the kill", patience, func() bool {
			lost := 0 // what Slack gave up on, on a slow machine, may bring neither
			for _, d := range s.slack.Deliveries()[first:] {
				lost += btoi(!d.Acked && d.Failure != "")
			}
			return s.progress()-seen >= point-2*lost
		})
		s.kill()
		for _, p := range pending {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			d, err := p.Wait(ctx)
			cancel()
			require.NoError(t, err)
			if d.Acked {
				acked++
			}
		}
	}
	s.start()
	s.idle(time.Minute)
	require.NoError(t, s.stop())
	cases := s.asked()
	require.GreaterOrEqual(t, cases, acked, "an acked command has no case")
	require.LessOrEqual(t, cases, n)
	require.Positive(t, acked, "the test killed before anything was acked")
	require.Zero(t, s.pending())
	require.Len(t, s.envelopes(), cases, "one command, two cases")
	calls := 0
	for _, c := range s.tencent.Calls() {
		if c.API == "live_engine_http_srv/mute_member" {
			calls++
		}
	}
	require.LessOrEqual(t, calls, s.entries(moderation.EntryCall), "a call without its entry")
	t.Logf("%d sent, %d acked, %d cases, %d calls; %s", n, acked, cases, calls, s.audit())
}

// progress counts what is visible from outside: acks and calls.
func (s *stage) progress() int {
	n := s.tencent.Counters().Total
	for _, d := range s.slack.Deliveries() {
		if d.Acked {
			n++
		}
	}
	return n
}

// A process that was stopped for 5 s drops its work and takes it up again. A command from
// meanwhile, which Slack showed as failed, is not carried out afterwards.
func TestSleepingProcess(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.apart()
	s.start()
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, DelayAnswer: time.Second}))
	sends(s, mod, "mute room:10006 alice 1h")
	s.await("the call", patience, func() bool { return len(s.tencent.Calls()) > 0 })
	require.NoError(t, s.proc.cmd.Process.Signal(syscall.SIGSTOP))
	s.await("it is stopped", patience, func() bool { // the signal takes a moment
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.proc.cmd.Process.Pid))
		return err != nil || strings.Contains(string(stat), ") T ")
	})
	p, err := s.slack.CommandAsync(mod, live, "unmute room:10006 alice")
	require.NoError(t, err)
	time.Sleep(5 * time.Second) // the sleep is what is tested
	require.NoError(t, s.proc.cmd.Process.Signal(syscall.SIGCONT))
	d, err := p.Wait(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, d.Failure, "Slack showed that it failed")
	s.await("back", patience, func() bool { return s.get("/readyz") == 200 })
	// What it reads in the first second may have been sent before.
	s.await("a command is accepted", patience, func() bool {
		p, err := s.slack.CommandAsync(mod, live, "mute room:10006 bob audio 1h")
		require.NoError(t, err)
		return takenOf(t, []*slackd.Pending{p}) == 1
	})
	s.await("bob muted", patience, func() bool {
		room, _ := s.tencent.Room(tencentd.KindRoom, "10006")
		for _, m := range room.Members {
			if m.User == "bob" {
				return m.AudioBlocked && !m.VideoBlocked
			}
		}
		return false
	})
	s.idle(patience)
	room, _ := s.tencent.Room(tencentd.KindRoom, "10006")
	muted := slices.ContainsFunc(room.Members, func(m tencentd.Member) bool { return m.User == "alice" && m.AudioBlocked })
	require.True(t, muted, "the unmute that was shown as failed is not carried out")
	require.NoError(t, s.stop())
	require.Zero(t, s.pending())
}
