package main

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store/storetest"
)

// A process that was stopped while waiting for its turn does not send its
// call: it returns the job, claims it again, and only then sends it.
func TestACallDelayedByASleepIsClaimedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.apart()
	s.env["TENCENT_QUOTA"] = "3%" // a mute every 1.7 s: the second of two waits for its turn
	s.start()
	for try := range 10 {
		calls := s.called("SetUserBlocked")
		s.say(mod, fmt.Sprintf("mute room:10006 first%d 1h", try))
		s.await("the first call", patience, func() bool { return s.called("SetUserBlocked") == calls+1 })
		s.say(mod, fmt.Sprintf("mute room:10006 second%d 1h", try))
		s.await("the second one is with a worker", patience, func() bool {
			return s.countJobs(storetest.Jobs{Queues: []moderation.Queue{moderation.QueueCall}, Leased: true}) > 0 || s.called("SetUserBlocked") > calls+1
		})
		require.NoError(t, s.proc.cmd.Process.Signal(syscall.SIGSTOP))
		stopped := time.Now()
		second := 2*try + 2
		jobs := s.jobs(storetest.Jobs{Queues: []moderation.Queue{moderation.QueueCall}, Leased: true, Case: int64(second)})
		held := len(jobs) == 1 && jobs[0].Attempt == 1 && s.called("SetUserBlocked") == calls+1 && len(s.callsFor(second)) == 0
		if held {
			s.await("four seconds of sleep", patience, func() bool { return time.Since(stopped) > 4*time.Second })
		}
		require.NoError(t, s.proc.cmd.Process.Signal(syscall.SIGCONT))
		s.await("both called", patience, func() bool { return s.called("SetUserBlocked") == calls+2 })
		s.idle(patience)
		if !held { // too slow to stop it in time: once more
			continue
		}
		require.NoError(t, s.stop())
		require.GreaterOrEqual(t, s.jobs(storetest.Jobs{Queues: []moderation.Queue{moderation.QueueCall}, Case: int64(second)})[0].Attempt, 2, "what was held went out after the sleep")
		// One that was announced in the instant of the stop is written down as not sent.
		require.Len(t, slices.DeleteFunc(s.callsFor(second), func(c storetest.Call) bool { return c.Class == moderation.VendorRetry }), 1)
		require.Equal(t, calls+2, s.called("SetUserBlocked"))
		return
	}
	t.Fatal("the bot could not be stopped between the claim and the call")
}
