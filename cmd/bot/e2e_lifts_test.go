package main

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// Very many timed actions wait for their ends (in make soak a hundred thousand), and one that falls due
// now ends at its time all the same.
func TestManyLiftsPending(t *testing.T) {
	t.Parallel()
	pending := soak(5_000, 100_000)
	s := newStage(t, unlimited, func(_ *slackd.Config, c *tencentd.Config) { c.Limits.Cloud = -1 })
	s.asksNobody()
	s.start()
	s.connected(2)
	s.say(mod, "mute room:10006 alice 30d")
	s.await("muted", patience, func() bool { return s.outcomes(moderation.Accepted) == 1 })
	s.idle(patience)
	require.NoError(t, s.stop())
	storetest.Multiply(t, s.env["DATABASE_URL"], pending-1)

	s.start()
	s.connected(2)
	s.await("all of them counted", patience, func() bool {
		n, _ := strconv.ParseFloat(s.metric("bouncer_lifts_pending"), 64)
		return n == float64(pending)
	})
	s.say(mod, "mute room:10006 bob 6s")
	s.await("muted", patience, func() bool { return s.muted("10006", "bob") })
	s.await("ended", patience, func() bool { return !s.muted("10006", "bob") })
	require.True(t, s.muted("10006", "alice"), "one that is not due was ended")
	s.await("none overdue", patience, func() bool { return s.metric("bouncer_lifts_overdue") == "0" })
}

// A lift that fails for an internal reason, here an unreadable row, is
// reported like one that Tencent refuses.
func TestAnInternallyFailedLiftIsReported(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(testing.TB, string){"the case": storetest.CorruptCase, "the job": storetest.CorruptEnd} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := began(t, unlimited)
			s.say(mod, "mute room:10006 alice 10s")
			s.await("muted", patience, func() bool { return s.outcomes(moderation.Accepted) == 1 })
			require.NoError(t, s.stop())
			spoil(t, s.env["DATABASE_URL"])
			s.start()
			s.connected(2)
			s.message(auditRoom, "⏰", "Bouncer itself fails")
			s.await("counted", patience, func() bool { return s.metric("bouncer_lifts_overdue") != "0" })
		})
	}
}
