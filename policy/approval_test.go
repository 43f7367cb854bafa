package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

const approvalPolicy = `
roles:
  chiefs: [UCHIEF, SCHIEFS]
  leads: [ULEAD, SLEADS, chiefs]
  mods: [UMOD, UMOD2, leads]
  trial: [UTRIAL]
approvers: [leads]
approval_ttl: 20m
rules:
  - {name: quick, roles: [mods], verbs: [mute, unmute, kick], max_targets: 5, max_duration: 1h}
  - {name: raid, roles: [mods], verbs: [mute], max_duration: 2h, approvals: 1, act_now: 5m, remind_after: 1m}
  - {name: long, roles: [mods], verbs: [mute, kick], approvals: 2, escalate_to: [mods], escalate_after: 6m}
  - {name: bans, roles: [mods], verbs: [ban, unban, freeze], max_duration: 1d}
  - {name: big, roles: [leads], verbs: [ban, unban], approvals: 1, approvers: [chiefs]}
  - {name: trial, roles: [trial], verbs: [unban, kick]}
people_limit:
  - {people: 20, within: 10m}
  - {people: 2, within: 1h, verbs: [kick], roles: [trial], then: refuse}
`

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func loadApproval(t *testing.T) *Policy {
	t.Helper()
	p, err := Load("approval.yaml", []byte(approvalPolicy), Options{})
	require.NoError(t, err)
	require.Empty(t, p.Warnings())
	return p
}

// before returns past actions on people, some time ago.
func before(verb moderation.Verb, ago time.Duration, ids ...string) []moderation.PastAction {
	list := []moderation.PastAction{}
	for _, id := range ids {
		list = append(list, moderation.PastAction{Verb: verb, Target: id, At: now.Add(-ago)})
	}
	return list
}

// existing returns a restriction that began some time ago and has some time left; 0 left is
// permanent.
func existing(no int64, verb moderation.Verb, room string, ago, left time.Duration, need moderation.ApprovalRequirement) moderation.ExistingRestriction {
	s := moderation.ExistingRestriction{Target: "a", Case: no, Action: action(verb, room, ago+left), Since: now.Add(-ago), Until: now.Add(left), Requirement: need}
	if left == 0 {
		s.Action, s.Until = perm(s.Action), time.Time{}
	}
	return s
}

func TestPeopleAreCountedAcrossCommands(t *testing.T) {
	p := loadApproval(t)
	require.Equal(t, time.Hour, p.Lookback())
	for name, c := range map[string]struct {
		recent []moderation.PastAction
		action moderation.Action
		rule   string
		got    string // people in the reason, if approval is required
	}{
		"no people counted":       {nil, action("mute", "room:1", time.Hour, crowd(5)...), "quick", ""},
		"together at the limit":   {before("mute", time.Minute, "p0", "x", "y"), action("mute", "room:1", time.Hour, "p0", "p1", "p2"), "quick", ""},
		"together above it":       {before("mute", time.Minute, "x", "y", "z"), action("mute", "room:1", time.Hour, "p0", "p1", "p2"), "raid", "6"},
		"another verb of it":      {before("kick", time.Minute, "x", "y", "z"), action("mute", "room:1", time.Hour, "p0", "p1", "p2"), "raid", "6"},
		"a verb of another rule":  {before("ban", time.Minute, "x", "y", "z"), action("mute", "room:1", time.Hour, "p0", "p1", "p2"), "quick", ""},
		"nearly ten minutes ago":  {before("mute", 10*time.Minute-1, crowd(5)...), action("mute", "room:1", time.Hour, "x"), "raid", "6"},
		"ten minutes ago":         {before("mute", 10*time.Minute, crowd(5)...), action("mute", "room:1", time.Hour, "x"), "quick", ""},
		"a verb without people":   {before("mute", time.Minute, crowd(9)...), action("freeze", "live:x", time.Hour), "bans", ""},
		"one more, already above": {before("mute", time.Minute, crowd(9)...), action("unmute", "room:1", 0, "p1"), "", "9"},
	} {
		t.Run(name, func(t *testing.T) {
			d := p.Evaluate(moderation.PolicyInput{Person: person("UMOD"), Channel: inside, Action: c.action, Facts: moderation.Facts{At: now, Recent: c.recent}})
			require.Equal(t, c.rule, d.Rule)
			switch {
			case c.rule == "":
				require.Equal(t, moderation.NewError(moderation.RefuseTooMany, "most", "5", "got", c.got), d.Refusal)
			case c.got == "":
				require.False(t, d.Requirement.Required())
			default:
				require.Equal(t, moderation.RequireForPeople, d.Requirement.Why)
				require.Equal(t, map[string]string{"most": "5", "got": c.got}, d.Requirement.Values)
			}
		})
	}
	off, err := Load("off.yaml", []byte(approvalPolicy[:strings.Index(approvalPolicy, "people_limit:")]+"people_limit: off\n"), Options{PeopleLimit: 60})
	require.NoError(t, err)
	require.Zero(t, off.Lookback())
	d := off.Evaluate(moderation.PolicyInput{
		Person: person("UMOD"), Channel: inside, Action: action("mute", "room:1", time.Hour, crowd(5)...),
		Facts: moderation.Facts{At: now, Recent: before("mute", time.Minute, "x", "y")},
	})
	require.Equal(t, "quick", d.Rule, "off counts only the one command")
}

func TestRequirementOfARule(t *testing.T) {
	p := loadApproval(t)
	lead := []string{"SCHIEFS", "SLEADS", "UCHIEF", "ULEAD"}
	for name, c := range map[string]struct {
		action moderation.Action
		need   moderation.ApprovalRequirement
	}{
		"its own times": {action("mute", "room:1", 2*time.Hour, "a"), moderation.ApprovalRequirement{
			Approvals: 1, Rule: "raid", Approvers: []string{"leads"}, Mention: lead, OverrideRoles: []string{"leads"},
			TTL: 20 * time.Minute, RemindAfter: time.Minute, ActNow: 5 * time.Minute,
			Why: moderation.RequireForDuration, Values: map[string]string{"most": "1h", "got": "2h"},
		}},
		"who is asked next": {perm(action("mute", "room:1", 0, "a")), moderation.ApprovalRequirement{
			Approvals: 2, Rule: "long", Approvers: []string{"leads"}, EscalateTo: []string{"mods"}, Mention: lead, MentionNext: []string{"UMOD", "UMOD2"},
			OverrideRoles: []string{"leads"}, TTL: 20 * time.Minute, RemindAfter: 2 * time.Minute, EscalateAfter: 6 * time.Minute,
			Why: moderation.RequireForDuration, Values: map[string]string{"most": "1h", "got": "perm"},
		}},
		"no more at once than asked for": {action("mute", "room:1", time.Minute, crowd(6)...), moderation.ApprovalRequirement{
			Approvals: 1, Rule: "raid", Approvers: []string{"leads"}, Mention: lead, OverrideRoles: []string{"leads"},
			TTL: 20 * time.Minute, RemindAfter: time.Minute, ActNow: time.Minute,
			Why: moderation.RequireForPeople, Values: map[string]string{"most": "5", "got": "6"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := ask1(p, person("UMOD"), c.action)
			require.Nil(t, d.Refusal)
			require.Equal(t, c.need, d.Requirement)
		})
	}
}

// Consecutive restrictions count from the beginning of the first.
func TestConsecutiveRestrictionsCountAsOne(t *testing.T) {
	p := loadApproval(t)
	ask := func(a moderation.Action, existing ...moderation.ExistingRestriction) moderation.Decision {
		return p.Evaluate(moderation.PolicyInput{Person: person("UMOD"), Channel: inside, Action: a, Facts: moderation.Facts{At: now, Existing: existing}})
	}
	ban := action("ban", "live:x", 20*time.Hour, "a")
	require.Equal(t, "bans", ask(ban, existing(7, "ban", "live:x", 4*time.Hour, time.Hour, moderation.ApprovalRequirement{})).Rule)
	d := ask(ban, existing(7, "ban", "live:x", 4*time.Hour+time.Second, time.Hour, moderation.ApprovalRequirement{}))
	require.Equal(t, moderation.NewError(moderation.RefuseTooLong, "most", "1d", "asked", "20h", "served", "4h1s", "could", "leads"), d.Refusal)
	mute := action("mute", "room:1", time.Hour, "a")
	d = ask(mute, existing(7, "mute", "room:1", 30*time.Minute, 10*time.Minute, moderation.ApprovalRequirement{}))
	require.Equal(t, "raid", d.Rule)
	require.Equal(t, map[string]string{"most": "1h", "got": "1h30m", "asked": "1h", "served": "30m"}, d.Requirement.Values)
	require.Equal(t, moderation.RefuseTooLong, ask(perm(ban)).Refusal.Code)
}

func TestLiftingNeedsTheApprovalOfImposing(t *testing.T) {
	p := loadApproval(t)
	one := moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}, TTL: time.Hour}
	for name, c := range map[string]struct {
		by       string
		action   moderation.Action
		existing []moderation.ExistingRestriction
		code     moderation.Code // the refusal's code
		of       string          // the case that requires or refuses
		need     int
		who      []string // approver roles
	}{
		"no restriction":             {"UMOD", action("unban", "live:x", 0, "a"), nil, "", "", 0, nil},
		"a short one of his own":     {"UMOD", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", time.Hour, time.Hour, moderation.ApprovalRequirement{})}, "", "", 0, nil},
		"one that needed approval":   {"UMOD", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", time.Hour, time.Hour, one)}, "", "7", 1, []string{"leads"}},
		"longer than he may":         {"UMOD", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", 24*time.Hour, time.Hour, moderation.ApprovalRequirement{})}, moderation.RefuseLifting, "7", 0, nil},
		"for ever":                   {"UMOD", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", time.Hour, 0, moderation.ApprovalRequirement{})}, moderation.RefuseLifting, "7", 0, nil},
		"what today's rules ask":     {"ULEAD", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", time.Hour, 0, moderation.ApprovalRequirement{})}, "", "7", 1, []string{"chiefs"}},
		"roles that fit both":        {"ULEAD", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", time.Hour, 0, one)}, "", "7", 1, []string{"chiefs"}},
		"a verb he may not use":      {"UTRIAL", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", time.Hour, time.Hour, moderation.ApprovalRequirement{})}, moderation.RefuseLifting, "7", 0, nil},
		"a room he may not use":      {"UMOD", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "nowhere", time.Hour, time.Hour, moderation.ApprovalRequirement{})}, moderation.RefuseLifting, "7", 0, nil},
		"approvers who are gone":     {"UMOD", action("unban", "live:x", 0, "a"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", 0, time.Hour, moderation.ApprovalRequirement{Approvals: 2, Approvers: []string{"old"}})}, "", "7", 2, []string{"leads"}},
		"the greatest of several":    {"UMOD", action("unban", "live:x", 0, "a", "b"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", 0, time.Hour, one), existing(8, "ban", "live:x", 0, time.Hour, moderation.ApprovalRequirement{Approvals: 2, Approvers: []string{"leads"}}), existing(9, "ban", "live:x", 0, time.Hour, moderation.ApprovalRequirement{})}, "", "8", 2, []string{"leads"}},
		"one he may not, of several": {"UMOD", action("unban", "live:x", 0, "a", "b"), []moderation.ExistingRestriction{existing(7, "ban", "live:x", 0, time.Hour, one), existing(8, "ban", "live:x", 0, 0, one)}, moderation.RefuseLifting, "8", 0, nil},
		"a mute of a second":         {"UMOD", action("mute", "room:1", time.Second, "a"), []moderation.ExistingRestriction{existing(7, "mute", "room:1", time.Minute, 10*time.Minute, one)}, "", "7", 1, []string{"leads"}},
		"a longer mute":              {"UMOD", action("mute", "room:1", 20*time.Minute, "a"), []moderation.ExistingRestriction{existing(7, "mute", "room:1", time.Minute, 10*time.Minute, one)}, "", "", 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := p.Evaluate(moderation.PolicyInput{Person: person(c.by), Channel: inside, Action: c.action, Facts: moderation.Facts{At: now, Existing: c.existing}})
			if c.code != "" {
				require.False(t, d.Allowed)
				require.Equal(t, moderation.NewError(c.code, "case", c.of, "verb", string(c.existing[0].Action.Verb)), d.Refusal)
				return
			}
			require.Nil(t, d.Refusal)
			require.Equal(t, c.need, d.Requirement.Approvals)
			require.Equal(t, c.who, d.Requirement.Approvers)
			if c.of != "" {
				require.Equal(t, moderation.RequireForLifting, d.Requirement.Why)
				require.Equal(t, map[string]string{"case": c.of}, d.Requirement.Values)
				require.Positive(t, d.Requirement.TTL)
				require.NotEmpty(t, d.Requirement.Mention)
			}
		})
	}
}

// No lifting or shortening applies at once, and an act-now does not shorten a longer restriction.
func TestActNowDoesNotLift(t *testing.T) {
	p := loadApproval(t)
	ask := func(d time.Duration, s moderation.ExistingRestriction) moderation.ApprovalRequirement {
		return p.Evaluate(moderation.PolicyInput{
			Person: person("UMOD"), Channel: inside, Action: action("mute", "room:1", d, crowd(6)...), Facts: moderation.Facts{At: now, Existing: []moderation.ExistingRestriction{s}},
		}).Requirement
	}
	require.Equal(t, 5*time.Minute, ask(90*time.Minute, existing(7, "mute", "room:1", time.Minute, 5*time.Minute, moderation.ApprovalRequirement{})).ActNow)
	n := ask(90*time.Minute, existing(7, "mute", "room:1", time.Minute, time.Hour, moderation.ApprovalRequirement{}))
	require.True(t, n.Required())
	require.Zero(t, n.ActNow, "the try would end after 5 of 60 minutes")
	n = ask(10*time.Minute, existing(7, "mute", "room:1", time.Minute, time.Hour, moderation.ApprovalRequirement{}))
	require.True(t, n.Required())
	require.Zero(t, n.ActNow, "it shortens the existing restriction")
}

// A repeated request gets no second act-now, which would continue an unapproved restriction.
func TestActNowDoesNotRepeat(t *testing.T) {
	p := loadApproval(t)
	for _, spent := range []bool{false, true} {
		n := p.Evaluate(moderation.PolicyInput{
			Person: person("UMOD"), Channel: inside, Action: action("mute", "room:1", 90*time.Minute, crowd(6)...),
			Facts: moderation.Facts{At: now, ActNowUsed: spent},
		}).Requirement
		require.True(t, n.Required())
		require.Equal(t, spent, n.ActNow == 0)
	}
}

// An ended restriction is not lifted, but counts towards the duration.
func TestEndedRestrictionsCount(t *testing.T) {
	p := loadApproval(t)
	over := existing(7, "ban", "live:x", 23*time.Hour, time.Hour, moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}})
	over.Ended = true
	ask := func(a moderation.Action) moderation.Decision {
		return p.Evaluate(moderation.PolicyInput{Person: person("UMOD"), Channel: inside, Action: a, Facts: moderation.Facts{At: now, Existing: []moderation.ExistingRestriction{over}}})
	}
	require.False(t, ask(action("unban", "live:x", 0, "a")).Requirement.Required())
	require.False(t, ask(action("ban", "live:x", time.Hour, "a")).Requirement.Required())
	require.Equal(t, moderation.RefuseTooLong, ask(action("ban", "live:x", 2*time.Hour, "a")).Refusal.Code)
}

func TestPeopleLimits(t *testing.T) {
	p := loadApproval(t)
	ask := func(by string, a moderation.Action, recent []moderation.PastAction) moderation.Decision {
		return p.Evaluate(moderation.PolicyInput{Person: person(by), Channel: inside, Action: a, Facts: moderation.Facts{At: now, Recent: recent}})
	}
	many := before("unban", time.Minute, crowd(20)...)
	above := map[string]string{"most": "20", "got": "21", "within": "10m"}

	require.False(t, ask("UMOD", action("ban", "live:x", time.Hour, "p3"), many).Requirement.Required(), "the same people again")
	d := ask("UMOD", action("ban", "live:x", time.Hour, "x"), many)
	require.Equal(t, moderation.ApprovalRequirement{
		Approvals: 1, Approvers: []string{"leads"}, Mention: []string{"SCHIEFS", "SLEADS", "UCHIEF", "ULEAD"}, OverrideRoles: []string{"leads"},
		TTL: 20 * time.Minute, RemindAfter: 2 * time.Minute, Why: moderation.RequireForLimit, Values: above,
	}, d.Requirement)
	require.False(t, ask("UMOD", action("freeze", "live:x", time.Hour), many).Requirement.Required(), "a room is not a person")

	d = ask("UMOD", action("mute", "room:1", 2*time.Hour, "x"), many)
	require.Equal(t, "raid", d.Rule)
	require.Equal(t, moderation.RequireForLimit, d.Requirement.Why)
	require.Zero(t, d.Requirement.ActNow, "above a limit nothing applies at once")
	d = ask("UMOD", perm(action("mute", "room:1", 0, "x")), many)
	require.Equal(t, 2, d.Requirement.Approvals, "a rule that asks for more still does")
	require.Equal(t, moderation.RequireForLimit, d.Requirement.Why)
	require.Equal(t, above, d.Requirement.Values)

	kicked := before("kick", 50*time.Minute, "x", "y")
	require.True(t, ask("UTRIAL", action("kick", "room:1", 0, "x"), kicked).Allowed)
	d = ask("UTRIAL", action("kick", "room:1", 0, "z"), kicked)
	require.Equal(t, moderation.NewError(moderation.RefuseLimit, "most", "2", "got", "3", "within", "1h"), d.Refusal)
	require.False(t, d.Allowed)
	require.True(t, ask("UMOD", action("kick", "room:1", 0, "z"), kicked).Allowed, "it limits only the trial role")
	require.True(t, ask("UTRIAL", action("kick", "room:1", 0, "z"), before("unban", time.Minute, "x", "y")).Allowed, "it counts only kicks")
}

// Neither a limit nor an earlier approval lets others approve than the command's own rule names.
func TestOthersDoNotReplaceTheApproversOfARule(t *testing.T) {
	load := func(limit string) *Policy {
		p, err := Load("policy.yaml", []byte(`
roles: {mods: [UMOD], leads: [ULEAD], chiefs: [UCHIEF], all: [chiefs, leads]}
approvers: [leads]
rules:
  - {name: bans, roles: [mods], verbs: [ban, unban], approvals: 1, approvers: [chiefs]}
  - {name: other, roles: [mods], verbs: [silence], approvals: 1}
  - {name: gone, roles: [chiefs], verbs: [mute]}
people_limit:
  - {people: 1, within: 10m`+limit+"}\n"), Options{})
		require.NoError(t, err)
		return p
	}
	for limit, c := range map[string]struct{ ban, silence []string }{
		"":                                       {[]string{"chiefs"}, []string{"leads"}}, // the limit has the policy's approvers
		", approvers: [all]":                     {[]string{"chiefs"}, []string{"leads"}},
		", approvers: [chiefs, leads]":           {[]string{"chiefs"}, []string{"leads"}},
		", approvers: [leads], verbs: [silence]": {[]string{"chiefs"}, []string{"leads"}},
		", approvers: [leads], roles: [leads]":   {[]string{"chiefs"}, []string{"leads"}}, // no rule is theirs
	} {
		p := load(limit)
		ask := func(a moderation.Action, existing ...moderation.ExistingRestriction) []string {
			d := p.Evaluate(moderation.PolicyInput{Person: person("UMOD"), Channel: inside, Action: a, Facts: moderation.Facts{At: now, Existing: existing}})
			require.Nil(t, d.Refusal, limit)
			return d.Requirement.Approvers
		}
		require.Equal(t, c.ban, ask(action("ban", "live:x", time.Hour, "a", "b")), limit)
		require.Equal(t, c.silence, ask(action("silence", "live:x", time.Hour, "a", "b")), limit)
		approved := moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}, TTL: time.Hour}
		require.Equal(t, c.ban, ask(action("unban", "live:x", 0, "a"), existing(7, "ban", "live:x", time.Minute, time.Hour, approved)), limit)
	}
}

func TestSuspended(t *testing.T) {
	p := loadApproval(t)
	ask := func(s moderation.Suspension, c moderation.Channel) moderation.Decision {
		return p.Evaluate(moderation.PolicyInput{Person: person("UMOD"), Channel: c, Action: action("help", "", 0), Facts: moderation.Facts{At: now, Suspended: &s}})
	}
	s := moderation.Suspension{By: moderation.Actor{User: "ULEAD"}, Until: now.Add(time.Hour)}
	require.Equal(t, moderation.NewError(moderation.RefuseSuspended, "until", "2026-11-22T13:00:00Z", "by", "ULEAD"), ask(s, moderation.Channel{}).Refusal, "before any channel is checked")
	s.Until = time.Time{}
	require.Equal(t, moderation.NewError(moderation.RefuseSuspended, "until", "", "by", "ULEAD"), ask(s, inside).Refusal)
	s.Until = now
	require.True(t, ask(s, inside).Allowed, "it is over")
	d := p.Evaluate(moderation.PolicyInput{Person: moderation.Person{User: "UMOD", Bot: true}, Channel: inside, Facts: moderation.Facts{Suspended: &s}})
	require.Equal(t, moderation.RefuseBot, d.Refusal.Code, "an account without rights is refused as such")
}

func TestVerdicts(t *testing.T) {
	p, err := Load("v.yaml", []byte(`
roles: {m: [U1], n: [U2]}
rules:
  - {name: others, roles: [n], verbs: [all]}
  - {name: verbs, roles: [m], verbs: [kick]}
  - {name: rooms, roles: [m], verbs: [mute], rooms: ['room:2']}
  - {name: places, roles: [m], verbs: [mute], channels: [C9]}
  - {name: short, roles: [m], verbs: [mute], max_duration: 1h}
  - {name: few, roles: [m], verbs: [mute], max_targets: 1}
  - {name: fits, roles: [m], verbs: [mute], max_targets: 2}
  - {name: later, roles: [m], verbs: [mute], max_targets: 3}
`), Options{})
	require.NoError(t, err)
	d := ask1(p, person("U1"), action("mute", "room:1", 2*time.Hour, "a", "b"))
	require.Equal(t, "fits", d.Rule)
	require.Equal(t, []moderation.RuleResult{
		{Rule: "others", Verdict: "role"}, {Rule: "verbs", Verdict: "verb"}, {Rule: "rooms", Verdict: "room"}, {Rule: "places", Verdict: "channel"},
		{Rule: "short", Verdict: "duration", Detail: "1h"}, {Rule: "few", Verdict: "targets", Detail: "1"}, {Rule: "fits", Verdict: "allows"}, {Rule: "later", Verdict: "allows"},
	}, d.Verdicts)
	d = ask1(p, person("U1"), action("mute", "live:x", 2*time.Hour, "a"))
	require.Len(t, d.Verdicts, 8, "a refusal has them too")
	require.Equal(t, "room", d.Verdicts[7].Verdict, "no live room has a mute")

	var many strings.Builder
	many.WriteString("roles: {m: [U1]}\nrules:\n")
	for i := range 60 {
		fmt.Fprintf(&many, "  - {name: r%d, roles: [m], verbs: [kick], max_targets: %d}\n", i, i+1)
	}
	p, err = Load("many.yaml", []byte(many.String()), Options{})
	require.NoError(t, err)
	d = ask1(p, person("U1"), action("kick", "room:1", 0, crowd(55)...))
	require.Len(t, d.Verdicts, 50)
	require.Equal(t, moderation.RuleResult{Rule: "r54", Verdict: "allows"}, d.Verdicts[49], "the deciding one is included")
}
