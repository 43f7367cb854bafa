package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/store/storetest"
)

// A bot that starts while Slack is down ends timed actions: no one stays
// muted until Slack is available again.
func TestAMuteEndsWhileSlackIsAwayAtTheStart(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "mute room:10006 alice 10s")
	s.await("muted", patience, func() bool { return s.outcomes(moderation.Accepted) == 1 })
	require.NoError(t, s.stop())
	s.slack.Fail("auth.test", slackd.Fault{Status: 503})
	s.launch()
	s.await("free", patience, func() bool { return !s.muted("10006", "alice") })
	require.NotEqual(t, http.StatusOK, s.get("/readyz"))
	s.slack.Heal("auth.test")
	s.await("ready", patience, func() bool { return s.get("/readyz") == http.StatusOK })
	s.say(mod, "mute room:10006 bob 10s")
	s.await("the bot's own workers have taken over", patience, func() bool {
		return s.targets(storetest.Targets{Outcome: moderation.Accepted, Timed: true}) == 2
	})
	s.idle(time.Minute)
	require.NoError(t, s.stop())
}
