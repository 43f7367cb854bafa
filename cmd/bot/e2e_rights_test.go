package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// Slack may report a lost role late or never. A call still relies on data
// that is at most five seconds old.
func TestARoleLostWithoutAnEventStopsTheCall(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) { sc.Events = []string{"app_home_opened"} })
	// The first try fails in passing, five seconds after the rights were read.
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, HoldBefore: hold, Code: "InternalError"}))
	s.say(mod, "mute room:10006 alice 10m")
	s.await("the call", patience, func() bool { return s.called("SetUserBlocked") == 1 })
	read := time.Now() // or earlier
	require.NoError(t, s.slack.SetGroupMembers("S1MODS", mod2))
	s.await("what was read is five seconds old", patience, func() bool { return time.Since(read) > 5*time.Second })
	close(hold)
	s.await("dropped", patience, func() bool { return s.outcomes(moderation.Dropped) == 1 })
	s.idle(patience)
	for _, d := range s.slack.Deliveries() {
		require.NotEqual(t, "events_api", d.Type, "an event reported it")
	}
	require.Equal(t, 1, s.called("SetUserBlocked"))
	require.False(t, s.muted("10006", "alice"))
	s.message(auditRoom, "#1 ")
}
