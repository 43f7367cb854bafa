package bot

import (
	"context"
	"errors"
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

// rights is a store that knows whose rights are taken away.
type rights struct {
	moderation.Store
	suspended string
	err       error
}

func (r rights) Suspended(_ context.Context, who moderation.Actor) (*moderation.Suspension, error) {
	if who.User != r.suspended || r.err != nil {
		return nil, r.err
	}
	return &moderation.Suspension{User: who.User, By: moderation.Actor{User: "U9LEAD"}}, nil
}

// Just before a call person and channel are looked at by an answer that is at
// most five seconds old; for a decision a minute is enough.
func TestRightsForACallAreFiveSecondsOldAtMost(t *testing.T) {
	pol, err := policy.FromLists([]string{"U1MOD"}, nil, nil, 0)
	require.NoError(t, err)
	dir := &answers{}
	b := &Bot{cfg: Config{Store: rights{}, People: dir, Policy: func() *policy.Policy { return pol }, AppID: "A1", Home: policy.Home{Team: "T1"}}}
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

// Who is suspended loses the right to what he has under way, gets help and
// nothing else; when the store cannot say nothing is decided.
func TestWhoIsSuspendedMayNothingButHelp(t *testing.T) {
	pol, err := policy.FromLists([]string{"U1MOD", "U2MOD"}, nil, nil, 0)
	require.NoError(t, err)
	dir := &answers{}
	b := &Bot{cfg: Config{Store: rights{suspended: "U1MOD"}, People: dir, Policy: func() *policy.Policy { return pol }, AppID: "A1", Home: policy.Home{Team: "T1"}}}
	kick := moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"alice"}}
	c := moderation.Case{Action: kick, Origin: moderation.Origin{Channel: "C1"}}
	who := func(user string) moderation.Actor { return moderation.Actor{Kind: moderation.ActorPerson, User: user} }
	require.Equal(t, moderation.RefuseSuspended, moderation.CodeOf(b.Recheck(t.Context(), c, who("U1MOD"))))
	require.NoError(t, b.Recheck(t.Context(), c, who("U2MOD")))

	v, err := b.identify(t.Context(), asker{App: "A1", Team: "T1", Channel: "C1", User: "U1MOD"}, decideFresh)
	require.NoError(t, err)
	require.Equal(t, moderation.RefuseSuspended, v.decision.Refusal.Code, "whoever asks for less than a decision is refused too")
	for text, allowed := range map[string]bool{"help": true, "help kick": true, "kick room:1 alice": false, "rooms": false, "kick": false, "kick nonsense": false, "case 1": false} {
		heard, _, mistake := b.hear(v, typed{Text: text})
		require.Equal(t, allowed, heard.decision.Allowed, text)
		require.Nil(t, mistake, "%s: a mistake is explained to who may", text)
	}

	b.cfg.Store = rights{err: errors.New("the store is away")}
	require.ErrorContains(t, b.Recheck(t.Context(), c, who("U2MOD")), "away")
}
