package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// moderators adds so many moderators to the stage's people, and returns them.
func moderators(n int) (users []string, add func(*slackd.Config, *tencentd.Config)) {
	seed := slackd.Demo()
	for i := range n {
		id := fmt.Sprintf("U08CROWD%02d", i)
		users = append(users, id)
		seed.Users = append(seed.Users, slackd.User{ID: id, Name: fmt.Sprint("crowd", i), RealName: fmt.Sprint("Crowd ", i)})
	}
	for i, c := range seed.Channels {
		if c.ID == live || c.ID == cas {
			seed.Channels[i].Members = append(slices.Clone(c.Members), users...)
		}
	}
	for i, g := range seed.Groups {
		if g.ID == "S1MODS" {
			seed.Groups[i].Members = append(slices.Clone(g.Members), users...)
		}
	}
	return users, func(sc *slackd.Config, _ *tencentd.Config) { sc.Seed = &seed }
}

// Two quick choices in a form reach two replicas, and the update of the older one reaches Slack after
// that of the newer one. The form ends with the fields of the newer one, and keeps what was typed.
func TestQuickChoicesAtTwoReplicas(t *testing.T) {
	t.Parallel()
	users, add := moderators(10) // of ten forms some have their choices at different replicas
	all := replicated(t, 2, add)
	s := all[0]
	for i, r := range all {
		r.start()
		s.connected(2 * (i + 1))
	}
	apart := 0
	var views []slackd.View
	for _, user := range users {
		v := s.form(user, "", "typed")
		require.NoError(t, s.slack.EnterInputs(user, v.ID, entered("typed", "test1")))
		reached, held := make(chan struct{}), make(chan struct{})
		s.slack.Fail("views.update", slackd.Fault{Reached: reached, Hold: held, Times: 1})
		first := s.picks(user, v, "verb", "mute")
		<-reached
		second := s.picks(user, v, "verb", "kick")
		if (first.Connection > 2) != (second.Connection > 2) {
			apart++
			s.await("the newer one shown", patience, func() bool {
				now, _ := s.slack.View(v.ID)
				return now.Hash != v.Hash
			})
		}
		close(held)
		views = append(views, v)
	}
	t.Logf("%d of %d at different replicas", apart, len(users))
	for _, r := range all {
		require.NoError(t, r.stop()) // each has ended its updates
	}
	for _, v := range views {
		now, _ := s.slack.View(v.ID)
		require.NotContains(t, fields(s, now), "media", "those of a mute")
		require.Contains(t, fields(s, now), "reason")
		require.Contains(t, string(now.JSON), `"value":"test1"`)
	}
}
