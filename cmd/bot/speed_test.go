package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// The figures in README, measured on the real program as a separate process:
// go test -run '^$' -bench Speed -benchtime 1x ./cmd/bot

// speedStage is a stage with the program as it is shipped.
func speedStage(b *testing.B, change ...func(*slackd.Config, *tencentd.Config)) *stage {
	b.Helper()
	s := newStage(b, append([]func(*slackd.Config, *tencentd.Config){unlimited}, change...)...)
	s.shipped()
	s.asksNobody()
	s.env["LOG_LEVEL"] = "warn"
	return s
}

// memory reads VmRSS or VmHWM of the bot, in MB.
func (s *stage) memory(field string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.proc.cmd.Process.Pid))
	require.NoError(s.tb, err)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			require.NoError(s.tb, err)
			return kb / 1024
		}
	}
	s.tb.Fatalf("no %s", field)
	return 0
}

func percentile(d []time.Duration, p float64) time.Duration {
	slices.Sort(d)
	return d[min(len(d)-1, int(p*float64(len(d))))]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkSpeedStart measures from exec to ready, and the memory of an idle
// bot.
func BenchmarkSpeedStart(b *testing.B) {
	for range b.N {
		s := speedStage(b)
		s.start() // makes the database
		require.NoError(b, s.stop())
		began := time.Now()
		s.start()
		b.ReportMetric(ms(time.Since(began)), "start-ms")
		require.NoError(b, s.slack.WaitConnections(context.Background(), 2))
		b.ReportMetric(s.memory("VmRSS"), "idle-MB")
		require.NoError(b, s.stop())
	}
}

// BenchmarkSpeedAck: acks at 200 commands a second for ten seconds.
func BenchmarkSpeedAck(b *testing.B) {
	for range b.N {
		s := speedStage(b, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1 })
		s.start()
		require.NoError(b, s.slack.WaitConnections(context.Background(), 2))
		var mu sync.Mutex
		var acks []time.Duration
		var wg sync.WaitGroup
		tick := time.NewTicker(5 * time.Millisecond)
		for i := range 2000 {
			<-tick.C
			p, err := s.slack.CommandAsync(mod, live, fmt.Sprintf("silence live:show1 user%d 1h spam", i))
			require.NoError(b, err)
			wg.Go(func() {
				d, err := p.Wait(context.Background())
				if err != nil || !d.Acked {
					b.Errorf("not acked: %v %s", err, d.Failure)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				acks = append(acks, d.AckedAfter)
			})
		}
		tick.Stop()
		wg.Wait()
		b.ReportMetric(ms(percentile(acks, 0.5)), "p50-ms")
		b.ReportMetric(ms(percentile(acks, 0.99)), "p99-ms")
		b.ReportMetric(s.memory("VmHWM"), "peak-MB")
		s.kill()
	}
}

// BenchmarkSpeedBurst: 10,000 commands at once.
func BenchmarkSpeedBurst(b *testing.B) {
	const n = 10_000
	for range b.N {
		s := speedStage(b, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1 })
		s.start()
		require.NoError(b, s.slack.WaitConnections(context.Background(), 2))
		began := time.Now()
		pending := make([]*slackd.Pending, n)
		for i := range pending {
			p, err := s.slack.CommandAsync(mod, live, fmt.Sprintf("silence live:show1 user%d 1h spam", i))
			require.NoError(b, err)
			pending[i] = p
		}
		last := began
		for _, p := range pending {
			d, err := p.Wait(context.Background())
			require.NoError(b, err)
			require.True(b, d.Acked, d.Failure)
			if at := d.SentAt.Add(d.AckedAfter); at.After(last) {
				last = at
			}
		}
		b.ReportMetric(n/last.Sub(began).Seconds(), "acks/s")
		b.ReportMetric(s.memory("VmHWM"), "peak-MB")
		s.kill()
	}
}

// BenchmarkSpeedCall: from the ack to the call at Tencent, ten commands a second.
func BenchmarkSpeedCall(b *testing.B) {
	for range b.N {
		s := speedStage(b)
		s.start()
		require.NoError(b, s.slack.WaitConnections(context.Background(), 2))
		acked := map[string]time.Time{}
		tick := time.NewTicker(100 * time.Millisecond)
		for i := range 100 {
			<-tick.C
			user := fmt.Sprintf("user%d", i)
			d := s.say(mod, "silence live:show1 "+user+" 1h")
			acked[user] = d.SentAt.Add(d.AckedAfter)
		}
		tick.Stop()
		s.await("all calls", 30*time.Second, func() bool { return s.tencent.Counters().Total >= 100 })
		var waits []time.Duration
		for _, c := range s.tencent.Calls() {
			for user, at := range acked {
				if strings.Contains(c.Body, `"`+user+`"`) {
					waits = append(waits, c.At.Sub(at))
				}
			}
		}
		b.ReportMetric(ms(percentile(waits, 0.5)), "p50-ms")
		b.ReportMetric(ms(percentile(waits, 0.99)), "p99-ms")
		s.kill()
	}
}

// BenchmarkSpeedKick: 1,000 people, against our share of the quota.
func BenchmarkSpeedKick(b *testing.B) {
	for range b.N {
		s := speedStage(b)
		s.start()
		require.NoError(b, s.slack.WaitConnections(context.Background(), 2))
		users := make([]string, 1000)
		for i := range users {
			users[i] = fmt.Sprintf("u%d", i)
		}
		s.say(mod, "kick room:1234 "+strings.Join(users, ",")+" raid")
		s.await("100 calls", time.Minute, func() bool { return s.tencent.Counters().Total >= 100 })
		calls := s.tencent.Calls()
		took := calls[len(calls)-1].At.Sub(calls[0].At)
		b.ReportMetric(100*99/took.Seconds()/(20*0.95), "%of-share")
		hits := 0
		for _, n := range s.tencent.LimitHits() {
			hits += n
		}
		b.ReportMetric(float64(hits), "limit-hits")
		s.kill()
	}
}

// BenchmarkSpeedLift: 40 mutes that end together.
func BenchmarkSpeedLift(b *testing.B) {
	for range b.N {
		s := speedStage(b)
		users := make([]string, 40)
		for i := range users {
			users[i] = fmt.Sprintf("u%d", i)
		}
		require.NoError(b, s.tencent.Join(tencentd.KindRoom, "10006", users...))
		s.start()
		require.NoError(b, s.slack.WaitConnections(context.Background(), 2))
		d := s.say(mod, "mute room:10006 "+strings.Join(users, ",")+" 6s")
		due := d.SentAt.Add(6 * time.Second)
		s.await("80 calls", time.Minute, func() bool { return s.tencent.Counters().Total >= 80 })
		calls := s.tencent.Calls()
		b.ReportMetric(ms(calls[40].At.Sub(due)), "first-ms")
		b.ReportMetric(ms(calls[79].At.Sub(due)), "last-ms")
		s.kill()
	}
}
