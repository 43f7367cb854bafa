package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// opensHome opens a person's Home tab.
func (s *stage) opensHome(user string) {
	s.tb.Helper()
	d, err := s.slack.OpenHome(s.tb.Context(), user)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, d.Failure)
}

// home waits until a person's Home tab shows a text.
func (s *stage) home(user, text string) (found slackd.View) {
	s.tb.Helper()
	s.await("the Home tab of "+user+" with "+text, 2*patience, func() bool {
		for _, v := range s.slack.Views(user) {
			if v.Type == "home" && strings.Contains(everyText(v.JSON), text) {
				found = v
				return true
			}
		}
		return false
	})
	return found
}

// Fifty people open their Home tabs at once, within Slack's limit of views. Who loses the role keeps
// no list, and a button that an old screen still shows does nothing.
func TestHomeTabsOfFiftyPeople(t *testing.T) {
	t.Parallel()
	users, add := moderators(50)
	s := began(t, unlimited, add, func(sc *slackd.Config, _ *tencentd.Config) { sc.Limits.Tier4 = 100 })
	s.say(mod, "ban live:show1 troll7 1h")
	s.message(live, "#1 ", "troll7")
	for _, user := range users {
		s.opensHome(user)
	}
	for _, user := range users {
		s.home(user, "1 restriction in force in your rooms")
	}
	for _, c := range s.slack.Calls("views.publish") {
		require.Empty(t, c.Error)
	}
	lost := users[7]
	old := s.home(lost, "troll7")
	block, action, _ := button(slackd.Message{Blocks: viewBlocks(t, old)}, "Undo")
	require.NoError(t, s.slack.SetGroupMembers("S1MODS", mod, mod2))
	s.heard()
	d, err := s.slack.Press(t.Context(), lost, slackd.Ref{View: old.ID}, block, action)
	require.NoError(t, err)
	require.True(t, d.Acked)
	s.refused(lost, moderation.RefuseNoRole)
	require.True(t, s.isBanned("troll7"))
	require.NotContains(t, everyText(s.home(lost, "You are not a moderator").JSON), "troll7")
	require.NoError(t, s.stop())
}

// viewBlocks are the blocks of a view.
func viewBlocks(t *testing.T, v slackd.View) json.RawMessage {
	t.Helper()
	var view struct {
		Blocks json.RawMessage `json:"blocks"`
	}
	require.NoError(t, json.Unmarshal(v.JSON, &view))
	return view.Blocks
}
