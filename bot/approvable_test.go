package bot

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/bot/people"
	"bouncer/moderation"
	"bouncer/policy"
)

// town is a directory of people and one group.
type town struct {
	directory
	people  map[string]moderation.Person
	members map[string]bool
}

func (d town) Person(_ context.Context, user string, _ time.Duration) (moderation.Person, error) {
	p, ok := d.people[user]
	if !ok {
		return p, errors.New("Slack is away")
	}
	p.User, p.Team = user, "T1"
	if d.members[user] {
		p.Groups = []string{"S1LEADS"}
	}
	return p, nil
}

func (d town) Groups(context.Context) ([]people.Group, error) {
	return []people.Group{{ID: "S1LEADS", Members: d.members}}, nil
}

// Another person with an active account, the role and the rights can approve;
// two approvals take two people.
func TestWhoCanApprove(t *testing.T) {
	p, err := policy.Load("p.yaml", []byte("roles: {leads: [S1LEADS, U9LEAD]}\napprovers: [leads]\nrules:\n  - {name: a, roles: [leads], verbs: [kick], approvals: 1}\n"), policy.Options{})
	require.NoError(t, err)
	asker := verdict{person: moderation.Person{User: "U1", EnterpriseUser: "W1", Team: "T1"}}
	fine, gone := moderation.Person{}, moderation.Person{Deactivated: true}
	for name, c := range map[string]struct {
		people    map[string]moderation.Person
		members   []string
		suspended string
		approvals int
		able      bool
	}{
		"someone of the group":             {map[string]moderation.Person{"U2": fine, "U9LEAD": gone}, []string{"U2"}, "", 1, true},
		"someone named":                    {map[string]moderation.Person{"U9LEAD": fine}, nil, "", 1, true},
		"an empty group":                   {map[string]moderation.Person{"U9LEAD": gone}, nil, "", 1, false},
		"deactivated people alone":         {map[string]moderation.Person{"U2": gone, "U9LEAD": gone}, []string{"U2"}, "", 1, false},
		"guests and bots alone":            {map[string]moderation.Person{"U2": {Guest: true}, "U9LEAD": {Bot: true}}, []string{"U2"}, "", 1, false},
		"the asker alone":                  {map[string]moderation.Person{"U1": fine, "U9LEAD": gone}, []string{"U1"}, "", 1, false},
		"another account of the asker":     {map[string]moderation.Person{"U2": {EnterpriseUser: "W1"}, "U9LEAD": gone}, []string{"U2"}, "", 1, false},
		"someone suspended":                {map[string]moderation.Person{"U2": fine, "U9LEAD": gone}, []string{"U2"}, "U2", 1, false},
		"one where two must":               {map[string]moderation.Person{"U2": fine, "U9LEAD": gone}, []string{"U2"}, "", 2, false},
		"one person twice where two must":  {map[string]moderation.Person{"U2": {EnterpriseUser: "W2"}, "U3": {EnterpriseUser: "W2"}, "U9LEAD": gone}, []string{"U2", "U3"}, "", 2, false},
		"two where two must":               {map[string]moderation.Person{"U2": fine, "U9LEAD": fine}, []string{"U2"}, "", 2, true},
		"someone of whom Slack cannot say": {map[string]moderation.Person{"U9LEAD": gone}, []string{"U2"}, "", 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := town{people: c.people, members: map[string]bool{}}
			for _, m := range c.members {
				d.members[m] = true
			}
			b := &Bot{cfg: Config{Store: rights{suspended: c.suspended}, People: d, Policy: func() *policy.Policy { return p }, AppID: "A1", Workspace: policy.Workspace{Team: "T1"}}}
			able, err := b.canBeApproved(t.Context(), asker, moderation.ApprovalRequirement{Approvals: c.approvals, Approvers: []string{"leads"}, Mention: []string{"S1LEADS", "U9LEAD"}})
			require.NoError(t, err)
			require.Equal(t, c.able, able)
		})
	}
}

// People on duty are mentioned alone where one of them could approve, and in quiet hours where enough
// of them could.
func TestWhoIsOnDuty(t *testing.T) {
	p, err := policy.Load("p.yaml", []byte("roles: {leads: [S1LEADS]}\napprovers: [leads]\nrules:\n  - {name: a, roles: [leads], verbs: [kick], approvals: 1}\n"), policy.Options{})
	require.NoError(t, err)
	asker := verdict{person: moderation.Person{User: "U1", Team: "T1"}}
	fine := moderation.Person{}
	for name, c := range map[string]struct {
		onDuty       []string
		people       map[string]moderation.Person
		approvals    int
		some, enough bool
	}{
		"nobody, or a group that was deleted": {nil, nil, 1, false, false},
		"the requester":                       {[]string{"U1"}, map[string]moderation.Person{"U1": fine}, 1, false, false},
		"a deactivated person":                {[]string{"U2"}, map[string]moderation.Person{"U2": {Deactivated: true}}, 1, false, false},
		"the requester and another one":       {[]string{"U1", "U2"}, map[string]moderation.Person{"U1": fine, "U2": fine}, 1, true, true},
		"one of two who must approve":         {[]string{"U1", "U2"}, map[string]moderation.Person{"U1": fine, "U2": fine}, 2, true, false},
		"two of two":                          {[]string{"U2", "U3"}, map[string]moderation.Person{"U2": fine, "U3": fine}, 2, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := town{people: c.people, members: map[string]bool{}}
			for _, m := range c.onDuty {
				d.members[m] = true
			}
			b := &Bot{cfg: Config{Store: rights{}, People: d, Policy: func() *policy.Policy { return p }, AppID: "A1", Workspace: policy.Workspace{Team: "T1"}}}
			some, enough, err := b.onDuty(t.Context(), asker, moderation.ApprovalRequirement{Approvals: c.approvals, Approvers: []string{"leads"}, OnDuty: []string{"S1LEADS"}})
			require.NoError(t, err)
			require.Equal(t, [2]bool{c.some, c.enough}, [2]bool{some, enough})
		})
	}
}
