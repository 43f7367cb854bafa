package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store/storetest"
)

// A moderator whose ban of two weeks a lead approved cannot lift it alone:
// not by the opposite verb, not by undo, not by a shorter ban over it, and
// two short bans do not add up to a long one.
func TestARogueCannotLiftAlone(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	s.press(lead, s.request(mod, "ban live:show1 troll7 14d spam"), "Approve")
	s.await("banned", patience, func() bool { return s.isBanned("troll7") })
	for i, text := range []string{"unban live:show1 troll7", "ban live:show1 troll7 1s oops", "undo 1", "ban live:show1 troll7 3d less"} {
		s.request(mod, text)
		require.Equal(t, i+1, s.in(moderation.AwaitingApproval), text)
	}
	s.idle(patience)
	until, ok := s.banned("troll7")
	require.True(t, ok)
	require.Greater(t, time.Until(until), 13*24*time.Hour)

	s.say(mod, "ban live:show1 alice 6d rude")
	s.await("banned", patience, func() bool { return s.isBanned("alice") })
	no := s.newest(storetest.Cases{})
	s.say(mod, fmt.Sprintf("extend %d perm", no))
	s.private(mod, fmt.Sprintf("#%d can’t be permanent", no))
	s.say(mod, fmt.Sprintf("extend %d 7d", no))
	s.await("waiting", patience, func() bool { return s.in(moderation.AwaitingApproval) == 5 })
	until, _ = s.banned("alice")
	require.Less(t, time.Until(until), 7*24*time.Hour-time.Hour)
	s.say(lead, fmt.Sprintf("case %d", no+1))
	s.press(lead, s.private(lead, fmt.Sprintf("#%d ", no+1), "Deny…"), "Approve")
	s.await("longer", patience, func() bool { until, _ = s.banned("alice"); return time.Until(until) > 7*24*time.Hour-time.Hour })
}

// Fifty people in ten commands are fifty; the next one is more than fifty.
func TestFiftyPeopleInTenCommands(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	person := 0
	next := func(n int) string {
		ids := make([]string, n)
		for i := range ids {
			person++
			ids[i] = fmt.Sprintf("p%d", person)
		}
		return "kick room:1234 " + strings.Join(ids, ",")
	}
	for i := range 10 {
		if i == 5 { // a restart forgets none of them
			s.idle(patience)
			require.NoError(t, s.stop())
			s.begin()
		}
		s.say(mod, next(5))
	}
	s.await("all of them run", patience, func() bool { return s.outcomes(moderation.Accepted)+s.outcomes(moderation.Failed) == 50 })
	s.say(mod, next(1))
	s.say(mod, "kick room:1234 p7") // a person who was already counted is not counted again
	s.await("run", patience, func() bool { return s.in(moderation.Done) == 11 })
	s.idle(patience)
	// The two are opened side by side: either may have the lower number.
	no := s.newest(storetest.Cases{State: moderation.AwaitingApproval})
	s.say(lead, fmt.Sprintf("case %d", no))
	s.press(lead, s.private(lead, fmt.Sprintf("#%d ", no), "Deny…"), "Approve")
	s.await("run as well", patience, func() bool { return s.in(moderation.Done) == 12 })
}

// One protected person among forty causes a refusal of all, in any position,
// and is named.
func TestAProtectedPersonAmongForty(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.policy(`roles:
  leads: [S2LEADS]
  moderators: [S1MODS]
protected:
  - targets: ["staff_*"]
    except: [leads]
rules:
  - {name: all, roles: [moderators, leads], verbs: [all]}
`)
	s.begin()
	ids := make([]string, 40)
	for i := range ids {
		ids[i] = fmt.Sprintf("p%d", i+1)
	}
	ids[36] = "staff_ben"
	s.say(mod, "kick room:1234 "+strings.Join(ids, ",")+" raid")
	s.private(mod, "staff_ben is protected")
	s.await("refused", patience, func() bool { return s.entries(moderation.EntryRefused) == 1 })
	require.Zero(t, s.called("RemoveUser"))
	s.say(lead, "kick room:1234 "+strings.Join(ids, ",")+" raid")
	s.await("run", patience, func() bool { return s.outcomes(moderation.Accepted)+s.outcomes(moderation.Failed) == 40 })
}

// The approvers' group is deleted while a case waits: no one can approve it,
// and each attempt gets the reason; once the group is back it can be
// approved.
func TestAnApproverGroupThatWasDeleted(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	card := s.request(mod, "ban live:show1 troll7 14d spam")
	groups := s.slack.Groups()
	require.NoError(t, s.slack.DeleteGroup("S2LEADS"))
	s.heard()
	s.press(lead, card, "Approve")
	s.private(lead, "You can’t decide about #1")
	s.refused(lead, "refuse-not-approver")
	require.False(t, s.isBanned("troll7"))
	for _, g := range groups {
		if g.ID == "S2LEADS" {
			s.slack.SetGroup(g)
		}
	}
	s.heard()
	s.press(lead2, card, "Approve")
	s.await("banned", patience, func() bool { return s.isBanned("troll7") })
}
