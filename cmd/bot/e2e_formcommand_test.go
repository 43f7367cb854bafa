package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// commands submits a form as one that has a field for a whole command.
func (s *stage) commands(user string, v slackd.View, text string) {
	s.tb.Helper()
	d, err := s.slack.SendEnvelope(s.tb.Context(), "interactive", map[string]any{
		"type": "view_submission", "api_app_id": s.slack.AppID(), "team": map[string]any{"id": s.slack.TeamID()}, "user": map[string]any{"id": user},
		"trigger_id": "1." + v.ID, "view": map[string]any{
			"type": "modal", "id": v.ID, "hash": v.Hash, "callback_id": v.CallbackID, "external_id": v.ExternalID, "private_metadata": v.PrivateMetadata,
			"state": map[string]any{"values": map[string]any{"command": map[string]any{"value": map[string]any{"type": "plain_text_input", "value": text}}}},
		},
	}, true)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, d.Failure)
	require.Empty(s.tb, d.AckPayload, "it is accepted")
}

// A whole command that is submitted in a form is read like a typed one: a word that may be another
// person is asked about. The answer is still about the report, and has the message as evidence.
func TestACommandInTheFormIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.takesReports()
	s.asksNobody()
	s.start()
	s.connected(2)
	s.say(mod, "mute room:10006 alice 1m first") // so alice has a case
	s.message(live, "#1 ")

	said, err := s.slack.Say(noRole, live, "", "bob floods the stage")
	require.NoError(t, err)
	_, err = s.slack.MessageAction(t.Context(), mod, live, said.TS, "moderate")
	require.NoError(t, err)
	s.commands(mod, s.shown(mod, "verb"), "kick room:10006 bob alice")
	s.press(mod, s.private(mod, "Is “alice” another person, or part of the reason?"), "1 person, with this reason")
	s.message(live, "#2 kick", "bob", "Reason: alice", "Evidence: 1 piece")
	require.Empty(t, s.member(tencentd.KindRoom, "10006", "bob").User, "bob is outside")
	require.NotEmpty(t, s.member(tencentd.KindRoom, "10006", "alice").User)

	s.reports("r1", "troll7")
	s.press(mod, s.message(cas, "Report: hate", "troll7"), "Edit…")
	s.commands(mod, s.shown(mod, "length"), "silence live:show1 troll7 alice")
	s.press(mod, s.private(mod, "Is “alice” another person, or part of the reason?", "troll7"), "1 person, with this reason")
	s.await("troll7 silenced", patience, func() bool { return s.silenced("troll7") })
	require.False(t, s.silenced("alice"))
	s.message(cas, "acted on this report with #3")
	s.message(cas, "#3 silence", "Reason: alice")
	require.NoError(t, s.stop())
}
