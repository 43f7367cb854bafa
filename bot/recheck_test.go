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

// answers is a directory that records how old an answer it was allowed to
// return.
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

// rights is a store that knows who is suspended.
type rights struct {
	Store
	suspended string
	err       error
}

func (r rights) ActiveSuspension(_ context.Context, who moderation.Actor) (*moderation.Suspension, error) {
	if who.User != r.suspended || r.err != nil {
		return nil, r.err
	}
	return &moderation.Suspension{Who: who, By: moderation.Actor{User: "U9LEAD"}}, nil
}

// Just before a call, person and channel are checked with answers that are at
// most five seconds old; for a decision a minute is enough.
func TestRightsForACallAreFiveSecondsOldAtMost(t *testing.T) {
	pol, err := policy.FromLists([]string{"U1MOD"}, nil, nil, 0)
	require.NoError(t, err)
	dir := &answers{}
	b := &Bot{cfg: Config{Store: rights{}, People: dir, Policy: func() *policy.Policy { return pol }, AppID: "A1", Workspace: policy.Workspace{Team: "T1"}}}
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
	require.Empty(t, moderation.CodeOf(err), "a failed lookup neither removes a right nor grants one")
}

// A suspended person loses the right to running work, and gets nothing but
// help. If the store cannot answer, nothing is decided.
func TestSuspendedPeopleGetOnlyHelp(t *testing.T) {
	pol, err := policy.FromLists([]string{"U1MOD", "U2MOD"}, nil, nil, 0)
	require.NoError(t, err)
	dir := &answers{}
	b := &Bot{cfg: Config{Store: rights{suspended: "U1MOD"}, People: dir, Policy: func() *policy.Policy { return pol }, AppID: "A1", Workspace: policy.Workspace{Team: "T1"}}}
	kick := moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"alice"}}
	c := moderation.Case{Action: kick, Origin: moderation.Origin{Channel: "C1"}}
	who := func(user string) moderation.Actor { return moderation.Actor{Kind: moderation.ActorPerson, User: user} }
	require.Equal(t, moderation.RefuseSuspended, moderation.CodeOf(b.Recheck(t.Context(), c, who("U1MOD"))))
	require.NoError(t, b.Recheck(t.Context(), c, who("U2MOD")))

	v, err := b.identify(t.Context(), asker{App: "A1", Team: "T1", Channel: "C1", User: "U1MOD"}, decideFresh)
	require.NoError(t, err)
	require.Equal(t, moderation.RefuseSuspended, v.decision.Refusal.Code, "a request without a decision is refused too")
	for text, allowed := range map[string]bool{"help": true, "help kick": true, "kick room:1 alice": false, "rooms": false, "kick": false, "kick nonsense": false, "case 1": false} {
		heard, _, mistake := b.parse(v, typed{Text: text})
		require.Equal(t, allowed, heard.decision.Allowed, text)
		require.Nil(t, mistake, "%s: a mistake is explained to who may", text)
	}

	b.cfg.Store = rights{err: errors.New("the store is away")}
	require.ErrorContains(t, b.Recheck(t.Context(), c, who("U2MOD")), "away")
}

// loaded returns a policy with two roles.
func loaded(t *testing.T, rules string) *policy.Policy {
	t.Helper()
	p, err := policy.Load("p.yaml", []byte("roles: {mods: [U1MOD], leads: [U7LEAD, U8LEAD], chiefs: [U9CHIEF]}\napprovers: [leads]\nrules:\n"+rules), policy.Options{})
	require.NoError(t, err)
	return p
}

// requests is a store that knows one case.
type requests struct {
	rights
	c moderation.Case
}

func (r requests) Case(context.Context, int64) (moderation.Case, error) { return r.c, nil }

// Before the calls the permissions of a case are checked again too: the right
// to override, the permission to act now, and whether the policy now requires
// more approvals than the case has.
func TestApproversAreCheckedAgain(t *testing.T) {
	const free = "  - {name: free, roles: [mods], verbs: [mute]}\n"
	const asks = "  - {name: asks, roles: [mods], verbs: [mute], approvals: 1}\n"
	const asksTwo = "  - {name: asks, roles: [mods], verbs: [mute], approvals: 2}\n"
	const asksOthers = "  - {name: asks, roles: [mods], verbs: [mute], approvals: 1, approvers: [chiefs]}\n"
	const atOnce = "  - {name: asks, roles: [mods], verbs: [mute], max_duration: 2h, approvals: 1, act_now: 10m}\n"
	const shorter = "  - {name: asks, roles: [mods], verbs: [mute], max_duration: 2h, approvals: 1, act_now: 5m}\n"
	who := func(user string) moderation.Actor { return moderation.Actor{Kind: moderation.ActorPerson, User: user} }
	mute := moderation.Action{
		Verb: moderation.Mute, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"alice"}, Duration: time.Hour,
	}
	plain := moderation.Case{
		No: 2, Action: mute, Actor: who("U1MOD"), Origin: moderation.Origin{Channel: "C1"}, Decision: moderation.Decision{Policy: "before"},
	}
	need := moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}, OverrideRoles: []string{"leads"}}
	approved := plain
	approved.Decision.Requirement = need
	approved.Approval = moderation.ApprovalRequest{State: moderation.ApprovalApproved, Requirement: need, Approvals: []moderation.Approval{{By: who("U7LEAD")}}}
	unanimous, half := approved, approved
	unanimous.Decision.Requirement.Approvals, half.Decision.Requirement.Approvals = 2, 2
	unanimous.Approval.Approvals = []moderation.Approval{{By: who("U7LEAD")}, {By: who("U8LEAD")}}
	half.Approval.Approvals = []moderation.Approval{{By: who("U7LEAD")}, {By: who("U1MOD")}} // no longer a lead
	overridden := approved
	overridden.Approval = moderation.ApprovalRequest{State: moderation.ApprovalOverridden, Requirement: need}
	overridden.Override = &moderation.Override{By: who("U8LEAD")}
	strange := overridden
	strange.Override = &moderation.Override{By: who("U1MOD")} // no longer has that right
	ahead := plain
	ahead.Action.Relation, ahead.Action.RelatedCase, ahead.Action.Duration = moderation.RelActNow, 1, 10*time.Minute
	for name, c := range map[string]struct {
		rules string
		c     moderation.Case
		code  moderation.Code
		asks  bool
	}{
		"nothing is asked for":                  {free, plain, "", false},
		"an approval is asked for by now":       {asks, plain, "", true},
		"it is approved":                        {asks, approved, "", false},
		"two have approved":                     {asksTwo, unanimous, "", false},
		"the second has lost that right":        {asksTwo, half, moderation.CodeApproverLostRight, false},
		"the second was not needed":             {asks, half, moderation.CodeApproverLostRight, false},
		"two must agree by now":                 {asksTwo, approved, "", true},
		"others must agree by now":              {asksOthers, approved, "", true},
		"others may override it by now":         {"break_glass", overridden, "", true},
		"it was overridden":                     {asksTwo, overridden, "", false},
		"who overrode it has lost that right":   {asks, strange, moderation.CodeApproverLostRight, false},
		"it may run at once":                    {atOnce, ahead, "", false},
		"it may run at once, without a request": {free, ahead, "", false},
		"it may run at once for a shorter time": {shorter, ahead, moderation.RefuseNoActNow, false},
		"it may not run at once any more":       {asks, ahead, moderation.RefuseNoActNow, false},
	} {
		t.Run(name, func(t *testing.T) {
			if c.rules == "break_glass" {
				c.rules = asksTwo + "break_glass: [chiefs]\n"
			}
			p := loaded(t, c.rules)
			b := &Bot{cfg: Config{
				Store: requests{c: plain}, People: &answers{}, Policy: func() *policy.Policy { return p }, AppID: "A1", Workspace: policy.Workspace{Team: "T1"},
			}}
			err := b.Recheck(t.Context(), c.c, who("U1MOD"))
			require.Equal(t, c.code, moderation.CodeOf(err), "%v", err)
			var unapproved *moderation.ApprovalRequiredError
			require.Equal(t, c.asks, errors.As(err, &unapproved), "%v", err)
			if c.code == "" && !c.asks {
				require.NoError(t, err)
			}
		})
	}
}
