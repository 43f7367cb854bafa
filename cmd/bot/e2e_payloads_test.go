package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
)

// An event in a channel shared with another organization names that
// organization as its team, and this workspace among those that may see it.
func TestEventsOfConnectedChannelsAreAccepted(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "mute room:10006 alice 10m")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	event := func(authorized string) {
		p := map[string]any{
			"api_app_id": s.slack.AppID(), "type": "event_callback", "team_id": "T0SOURCE", "enterprise_id": "E0SOURCE",
			"context_team_id": s.slack.TeamID(), "is_ext_shared_channel": true,
			"authorizations": []map[string]any{{
				"enterprise_id": nil, "team_id": authorized, "user_id": "U0BOT", "is_bot": true, "is_enterprise_install": false,
			}},
			"event": map[string]any{"type": "user_change", "user": map[string]any{"id": mod}},
		}
		d, err := s.slack.SendEnvelope(t.Context(), "events_api", p, false)
		require.NoError(t, err)
		require.True(t, d.Acked)
	}
	s.idle(patience) // no other lookup may happen between the event and the count
	asked := len(s.slack.Calls("users.info"))
	event(s.slack.TeamID())
	s.say(mod, "case 1")
	s.await("asked anew", patience, func() bool { return len(s.slack.Calls("users.info")) > asked })
	require.NotContains(t, s.proc.log.String(), "delivery cannot be decoded")
	event("T0ELSE")
	s.await("an event for someone else is reported", patience, func() bool {
		return strings.Contains(s.proc.log.String(), "delivery cannot be decoded")
	})
}

// What one person did once is done once, however many envelopes carry it.
func TestOneTriggerIsOneCommand(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	again := func(typ string, d slackd.Delivery) {
		var payload map[string]any
		require.NoError(t, json.Unmarshal(d.Payload, &payload))
		twin, err := s.slack.SendEnvelope(t.Context(), typ, payload, true)
		require.NoError(t, err)
		require.True(t, twin.Acked)
	}
	again("slash_commands", s.say(mod, "close room:1234 enough"))
	card := s.message(live, "#1", "close")
	again("interactive", s.press(lead, card, "Approve"))
	s.await("closed", patience, func() bool { return s.called("DismissRoom") > 0 })
	s.idle(patience)
	require.Equal(t, 1, s.called("DismissRoom"))
	require.Empty(t, s.slack.Ephemerals(lead, live)[1:], "one click, one answer")
	s.say(mod, "case 2")
	s.private(mod, "#2") // there is none
}

// Slack names the app with every connection, and in most payloads too. A
// payload that names another one is refused.
func TestAPayloadOfAnotherAppIsRefused(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	_, err := s.slack.ForgeCommand(t.Context(), mod, live, "kick room:1234 test1 spam", map[string]any{"api_app_id": "A0OTHER"})
	require.NoError(t, err)
	s.private(mod, "from another workspace or app")
	_, err = s.slack.ForgeCommand(t.Context(), mod, live, "kick room:1234 test1 spam", map[string]any{"api_app_id": nil})
	require.NoError(t, err)
	s.await("a payload that names no app is the connection's", patience, func() bool { return s.called("RemoveUser") == 1 })
}

// If a modal could not be opened, the person is informed at once, and the call is
// not repeated.
func TestAModalThatCannotBeOpenedIsReported(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "close room:1234 enough")
	card := s.message(live, "#1", "close")
	s.slack.Fail("views.open", slackd.Fault{Error: "expired_trigger_id", Times: 1})
	s.press(lead, card, "Deny…")
	s.private(lead, "could not be opened")
	require.Empty(t, s.slack.Calls("views.update"))
	s.press(lead, card, "Deny…")
	s.await("the next one opens", patience, func() bool { return len(s.slack.Calls("views.update")) == 1 })
}
