package bot

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/policy"
)

// answers is a directory that remembers how old an answer it was let give.
type answers struct {
	directory
	err error

	mu            sync.Mutex
	people, rooms []time.Duration
}

func (a *answers) Person(_ context.Context, user string, maxAge time.Duration) (moderation.Person, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.people = append(a.people, maxAge)
	return moderation.Person{User: user, Team: "T1"}, a.err
}

func (a *answers) Channel(_ context.Context, id string, maxAge time.Duration) (moderation.Channel, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rooms = append(a.rooms, maxAge)
	return moderation.Channel{ID: id, Member: true}, nil
}

// Just before a call person and channel are looked at by an answer that is at
// most five seconds old; for a decision a minute is enough.
func TestRightsForACallAreFiveSecondsOldAtMost(t *testing.T) {
	pol, err := policy.FromLists([]string{"U1MOD"}, nil, nil)
	require.NoError(t, err)
	dir := &answers{}
	b := &Bot{cfg: Config{People: dir, Policy: pol, AppID: "A1", Home: policy.Home{Team: "T1"}}}
	c := moderation.Case{
		Action: moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"alice"}},
		Origin: moderation.Origin{Channel: "C1"},
	}
	who := func(user string) moderation.Actor { return moderation.Actor{Kind: moderation.ActorPerson, User: user} }
	require.NoError(t, b.Recheck(t.Context(), c, who("U1MOD")))
	require.Equal(t, moderation.RefuseNoRole, moderation.CodeOf(b.Recheck(t.Context(), c, who("U2ELSE"))))
	require.Len(t, dir.people, 2)
	require.Len(t, dir.rooms, 2)
	for _, age := range append(dir.people, dir.rooms...) {
		require.LessOrEqual(t, age, 5*time.Second)
	}

	dir.err = moderation.NewError(moderation.RefuseUnknownPerson, "detail", "users.info: 500")
	err = b.Recheck(t.Context(), c, who("U1MOD"))
	require.Error(t, err)
	require.Empty(t, moderation.CodeOf(err), "that Slack cannot say takes nobody's right away, and gives none")
}
