package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// cpu is the processor time that the bot has used so far, in user and system
// mode.
func (s *stage) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.proc.cmd.Process.Pid))
	require.NoError(s.tb, err)
	_, rest, _ := strings.Cut(string(text), ") ") // the name before it may contain blanks
	f := strings.Fields(rest)
	var ticks int64
	for _, field := range f[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.ParseInt(field, 10, 64)
		require.NoError(s.tb, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// BenchmarkSpeedCPU: what a silence costs in processor time, at 200 commands a
// second for five seconds: to the end of its case, and with the minute of messages
// that follows.
func BenchmarkSpeedCPU(b *testing.B) {
	const n = 1000
	for range b.N {
		s := speedStage(b, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1 })
		s.start()
		require.NoError(b, s.slack.WaitConnections(context.Background(), 2))
		before := s.cpu()
		var wg sync.WaitGroup
		tick := time.NewTicker(5 * time.Millisecond)
		for i := range n {
			<-tick.C
			wg.Go(func() { sends(s, mod, fmt.Sprintf("silence live:show1 user%d 1h spam", i)) })
		}
		tick.Stop()
		wg.Wait()
		s.idle(time.Minute)
		b.ReportMetric(ms(s.cpu()-before)/n, "done-cpu-ms")
		time.Sleep(time.Minute)
		b.ReportMetric(ms(s.cpu()-before)/n, "posted-cpu-ms")
		s.kill()
	}
}

// BenchmarkSpeedAckSlow: acks at 20 commands a second for ten seconds.
func BenchmarkSpeedAckSlow(b *testing.B) {
	for range b.N {
		s := speedStage(b, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1 })
		s.start()
		require.NoError(b, s.slack.WaitConnections(context.Background(), 2))
		var acks []time.Duration
		tick := time.NewTicker(50 * time.Millisecond)
		for i := range 200 {
			<-tick.C
			acks = append(acks, s.say(mod, fmt.Sprintf("silence live:show1 user%d 1h spam", i)).AckedAfter)
		}
		tick.Stop()
		b.ReportMetric(ms(percentile(acks, 0.5)), "p50-ms")
		b.ReportMetric(ms(percentile(acks, 0.99)), "p99-ms")
		s.kill()
	}
}
