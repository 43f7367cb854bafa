package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// The pages of a search are for the person who asked; each reading is
// recorded, and the buttons still work after a restart.
func TestPagesAreForTheReader(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	for i := range 12 {
		s.say(mod, fmt.Sprintf("kick room:1234 user%d spam %d", i, i))
	}
	s.await("all asked", patience, func() bool { return s.asked() == 12 })
	s.idle(patience)
	s.say(mod, "search spam")
	page := s.private(mod, "12 cases: reason with “spam”", "page 1 of 2")
	_, next, value := button(page, "Next")
	require.NotEmpty(t, next)
	require.NoError(t, s.stop())
	s.start()
	s.connected(2)
	s.click(lead, live, next, value, nil)
	s.refused(lead, moderation.RefuseNotYours)
	s.click(mod, live, next, value, nil)
	s.private(mod, "page 2 of 2")
	reads := slices.DeleteFunc(s.bodies(moderation.EntryRead), func(b moderation.Body) bool {
		return b.Actor == nil || b.Actor.User != mod || b.Action == nil || b.Action.Verb != moderation.Search
	})
	require.Len(t, reads, 2, "each page that was read is an entry")
	for _, action := range []string{"find.page.1", "find.page.x", "find.run"} {
		s.click(mod, live, action, action+"/"+strings.Repeat("0", 32), nil)
	}
	s.private(mod, "These results have expired")
	s.idle(patience)
	require.Equal(t, 2, s.refusals(mod, "refuse-forged"))
}

// A draft that lifts something is authorized when it is pressed, not when it
// was shown.
func TestLiftButtonsAreAuthorized(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(lead, "ban live:show1 troll7 1h")
	s.await("banned", patience, func() bool { return s.outcomes(moderation.Accepted) == 1 })
	s.say(mod, "active troll7")
	shown := s.private(mod, "1 restriction in force")
	_, unban, value := button(shown, "Unban")
	require.NotEmpty(t, unban)
	require.NoError(t, s.slack.SetGroupMembers("S1MODS", noRole))
	s.await("the event read", patience, func() bool {
		d := s.slack.Deliveries()
		return len(d) > 0 && d[len(d)-1].Type == "events_api" && d[len(d)-1].Acked
	})
	s.click(mod, live, unban, value, nil)
	s.private(mod, "You are not a moderator")
	s.idle(patience)
	require.Zero(t, s.called("unban_member"))
	require.Equal(t, 1, s.asked())
}
