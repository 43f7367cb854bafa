package policy

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// crowd returns n different people.
func crowd(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("p%d", i)
	}
	return ids
}

var inside = moderation.Channel{ID: "C1", Member: true}

func ask1(p *Policy, who moderation.Person, a moderation.Action) moderation.Decision {
	return p.Evaluate(moderation.PolicyInput{Person: who, Channel: inside, Action: a})
}

// The settings alone require one approval for high-impact actions, and none for the rest.
func TestDefaults(t *testing.T) {
	p, err := FromLists([]string{"UMOD"}, []string{"ULEAD", "SLEADS"}, nil, 60)
	require.NoError(t, err)
	require.Empty(t, p.Warnings())
	require.Equal(t, 10*time.Minute, p.Lookback())
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		action moderation.Action
		why    moderation.Code // "" when no approval is needed
		values map[string]string
		actNow time.Duration
	}{
		"close":               {action("close", "room:1", 0), moderation.RequireForVerb, map[string]string{"verb": "close"}, 0},
		"ban of 7 days":       {action("ban", "live:x", 7*day, crowd(5)...), "", nil, 0},
		"ban over 7 days":     {action("ban", "live:x", 7*day+time.Second, "a"), moderation.RequireForDuration, map[string]string{"most": "7d", "got": "7d1s"}, 0},
		"ban without an end":  {perm(action("ban", "chat:x", 0, "a")), moderation.RequireForDuration, map[string]string{"most": "7d", "got": "perm"}, 0},
		"ban of 6":            {action("ban", "live:x", 7*day, crowd(6)...), moderation.RequireForPeople, map[string]string{"most": "5", "got": "6"}, 10 * time.Minute},
		"long ban of 6":       {action("ban", "live:x", 8*day, crowd(6)...), moderation.RequireForDuration, map[string]string{"most": "7d", "got": "8d"}, 0},
		"short ban of 6":      {action("ban", "live:x", time.Minute, crowd(6)...), moderation.RequireForPeople, map[string]string{"most": "5", "got": "6"}, time.Minute},
		"unban of 5":          {action("unban", "live:x", 0, crowd(5)...), "", nil, 0},
		"unban of 6":          {action("unban", "live:x", 0, crowd(6)...), moderation.RequireForPeople, map[string]string{"most": "5", "got": "6"}, 0},
		"mute of 50":          {perm(action("mute", "room:1", 0, crowd(50)...)), "", nil, 0},
		"mute of 51":          {action("mute", "room:1", time.Hour, crowd(51)...), moderation.RequireForPeople, map[string]string{"most": "50", "got": "51"}, 10 * time.Minute},
		"unmute of 51":        {action("unmute", "room:1", 0, crowd(51)...), moderation.RequireForPeople, map[string]string{"most": "50", "got": "51"}, 0},
		"silence of 51":       {action("silence", "live:x", time.Hour, crowd(51)...), moderation.RequireForPeople, map[string]string{"most": "50", "got": "51"}, 10 * time.Minute},
		"unsilence of 51":     {action("unsilence", "live:x", 0, crowd(51)...), moderation.RequireForPeople, map[string]string{"most": "50", "got": "51"}, 0},
		"kick of 50":          {action("kick", "room:1", 0, crowd(50)...), "", nil, 0},
		"kick of 51":          {action("kick", "room:1", 0, crowd(51)...), moderation.RequireForPeople, map[string]string{"most": "50", "got": "51"}, 0},
		"above the limit":     {action("mute", "room:1", time.Hour, crowd(61)...), moderation.RequireForLimit, map[string]string{"most": "60", "got": "61", "within": "10m"}, 0},
		"freeze":              {perm(action("freeze", "live:x", 0)), "", nil, 0},
		"unfreeze":            {action("unfreeze", "live:x", 0), "", nil, 0},
		"who":                 {action("who", "live:x", 0), "", nil, 0},
		"bans":                {action("bans", "live:x", 0), "", nil, 0},
		"case, which is ours": {action("case", "", 0), "", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := ask1(p, person("UMOD"), c.action)
			require.Nil(t, d.Refusal)
			require.True(t, d.Allowed)
			if c.why == "" {
				require.Equal(t, moderation.ApprovalRequirement{}, d.Requirement)
				return
			}
			require.Equal(t, moderation.ApprovalRequirement{
				Approvals: 1, Rule: d.Rule, Approvers: []string{"approvers"}, Mention: []string{"SLEADS", "ULEAD"}, OverrideRoles: []string{"approvers"},
				TTL: 10 * time.Minute, RemindAfter: 2 * time.Minute, ActNow: c.actNow, Why: c.why, Values: c.values,
			}, d.Requirement)
		})
	}
}

func TestDefaultsWithoutApprovers(t *testing.T) {
	p, err := FromLists([]string{"UMOD"}, nil, nil, 60)
	require.NoError(t, err)
	require.Equal(t, []string{"APPROVERS is empty: what needs an approval is refused"}, p.Warnings())
	require.True(t, ask1(p, person("UMOD"), action("mute", "room:1", time.Hour, crowd(50)...)).Allowed)
	for _, a := range []moderation.Action{
		action("close", "room:1", 0), perm(action("ban", "live:x", 0, "a")), action("mute", "room:1", time.Hour, crowd(51)...),
	} {
		d := ask1(p, person("UMOD"), a)
		require.False(t, d.Allowed)
		require.Equal(t, moderation.RefuseNoApprovers, d.Refusal.Code)
		a.Override = true
		require.Equal(t, moderation.RefuseNoOverride, ask1(p, person("UMOD"), a).Refusal.Code)
	}
}

// The only approver cannot approve their own case, but may override it. Whether a group has other
// members is not known, so then approval is requested.
func TestOnlyApprover(t *testing.T) {
	closing := action("close", "room:1", 0)
	p, err := FromLists([]string{"UMOD"}, []string{"ULEAD"}, nil, 60)
	require.NoError(t, err)
	require.True(t, ask1(p, person("UMOD"), closing).Requirement.Required())
	require.Equal(t, moderation.RefuseNoApprovers, ask1(p, person("ULEAD"), closing).Refusal.Code)
	other := moderation.Person{User: "UX", EnterpriseUser: "ULEAD"}
	require.Equal(t, moderation.RefuseNoApprovers, ask1(p, other, closing).Refusal.Code, "through another account")
	closing.Override = true
	d := ask1(p, person("ULEAD"), closing)
	require.True(t, d.Allowed)
	require.True(t, d.Override)
	require.Equal(t, 1, d.Requirement.Approvals, "the need stays recorded")

	p, err = FromLists([]string{"UMOD"}, []string{"SLEADS"}, nil, 60)
	require.NoError(t, err)
	closing.Override = false
	require.True(t, ask1(p, person("ULEAD", "SLEADS"), closing).Requirement.Required())
}

func TestOverride(t *testing.T) {
	p, err := FromLists([]string{"UMOD"}, []string{"ULEAD", "SLEADS"}, nil, 60)
	require.NoError(t, err)
	a := action("kick", "room:1", 0, "a")
	a.Override = true
	d := ask1(p, person("UMOD"), a)
	require.True(t, d.Allowed)
	require.False(t, d.Override, "nothing is needed")
	a = action("close", "room:1", 0)
	a.Override = true
	require.Equal(t, moderation.RefuseNoOverride, ask1(p, person("UMOD"), a).Refusal.Code)
	require.True(t, ask1(p, person("ULEAD"), a).Override)

	p = load(t, "approvers: [leads, mods]\nbreak_glass: [mods]\npeople_limit: [{people: 1, within: 10m}]")
	a = action("kick", "room:1", 0, "a", "b")
	a.Override = true
	require.Equal(t, moderation.RefuseNoOverride, ask1(p, person("U2"), a).Refusal.Code, "approvers are not named there")
	a.Override = false
	require.Equal(t, []string{"mods"}, ask1(p, person("U2"), a).Requirement.OverrideRoles)
}

func TestPeopleLimitSettingIsADefault(t *testing.T) {
	file := []byte(head + "approvers: [mods]\n")
	load := func(text []byte, b PeopleLimit) *Policy {
		p, err := Load("p.yaml", text, Options{PeopleLimit: b})
		require.NoError(t, err)
		return p
	}
	many := action("kick", "room:1", 0, "a", "b", "c")
	require.Equal(t, moderation.RequireForLimit, ask1(load(file, 2), person("U2"), many).Requirement.Why)
	require.Equal(t, 10*time.Minute, load(file, 2).Lookback())
	require.False(t, ask1(load(file, 0), person("U2"), many).Requirement.Required())
	require.Zero(t, load(file, 0).Lookback())

	off := append(file[:len(file):len(file)], "people_limit: off\n"...)
	require.False(t, ask1(load(off, 2), person("U2"), many).Requirement.Required(), "the file takes precedence")
	require.Zero(t, load(off, 2).Lookback())
	own := append(file[:len(file):len(file)], "people_limit: [{people: 9, within: 1h}]\n"...)
	require.False(t, ask1(load(own, 2), person("U2"), many).Requirement.Required())
	require.Equal(t, time.Hour, load(own, 2).Lookback())
}
