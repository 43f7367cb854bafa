package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/tencentd"
)

// The typed reason is not sent to Tencent, which may show it to the target,
// unless the operator chose so.
func TestReasonsStayInside(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{"": `"case 1"`, "false": `"case 1"`, "true": `"selling things"`} {
		t.Run("SEND_REASON="+setting, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, unlimited)
			if setting != "" {
				s.env["SEND_REASON"] = setting
			}
			s.start()
			s.say(mod, "ban live:show1 troll7 1h selling things")
			s.await("banned", patience, func() bool { return s.outcomes(moderation.Accepted) == 1 })
			require.Equal(t, 1, s.called("live_engine_http_srv/ban_member"))
			for _, c := range s.tencent.Calls() {
				if c.API == "live_engine_http_srv/ban_member" {
					require.Contains(t, c.Body, `"Reason":`+want)
				}
			}
		})
	}
}

// What was asked, and approved, is what is sent, whatever becomes of the reason
// while it is tried again.
func TestTheReasonThatIsSentIsTheOneThatWasApproved(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.env["SEND_REASON"] = "true"
	s.start()
	require.NoError(t, s.tencent.Fail("live_engine_http_srv/ban_member", tencentd.Fault{DropRequest: true}))
	s.say(mod, "ban live:show1 troll7 1h selling things")
	s.await("tried", patience, func() bool { return s.called("live_engine_http_srv/ban_member") > 0 })
	s.say(mod, "reason 1 his phone number is 555")
	s.await("changed", patience, func() bool { return s.entries(moderation.EntryReason) == 1 })
	tries := s.called("live_engine_http_srv/ban_member")
	s.await("tried again", patience, func() bool { return s.called("live_engine_http_srv/ban_member") > tries })
	s.tencent.ClearFaults()
	s.await("banned", patience, func() bool { return s.outcomes(moderation.Accepted) == 1 })
	for _, c := range s.tencent.Calls() {
		if strings.Contains(c.Body, "troll7") {
			require.Contains(t, c.Body, `"Reason":"selling things"`)
		}
	}
	s.message(live, "his phone number is 555")
}

// TENCENT_QUOTA is the share of Tencent's limits: at 10 % of 20 a second no
// two mutes begin within half a second. The test counts when the bot took its
// turns, because a slow machine cannot compress those.
func TestTheQuotaPacesTheCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.env["TENCENT_QUOTA"] = "10%"
	s.start()
	// A turn is taken up to 60 ms before its use, and times are whole milliseconds.
	const calls, perSecond, ahead = 7, 2, 61 * time.Millisecond
	for i := range calls {
		s.say(mod, fmt.Sprintf("mute room:10006 nobody%d 10m", i))
	}
	s.await("all called", patience, func() bool { return s.called("SetUserBlocked") >= calls })
	s.idle(patience)
	require.NoError(t, s.stop())
	made := s.callsFor(0)
	require.GreaterOrEqual(t, len(made), calls, "more on a machine so slow that a call was given back")
	for i := range made { // no window in them is denser
		for n := 1; i+n < len(made); n++ {
			require.GreaterOrEqual(t, made[i+n].At.Sub(made[i].At), time.Duration(n)*time.Second/perSecond-ahead)
		}
	}
}
