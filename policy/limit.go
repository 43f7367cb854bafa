package policy

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"bouncer/commands"
	"bouncer/moderation"
)

// PeopleLimit is on how many distinct people a moderator may act within ten minutes before
// approval is required. 0 is off.
type PeopleLimit int

// MaxPeopleLimit is the highest number that a limit may have.
const MaxPeopleLimit = 100_000

// countWindow is the time over which max_targets and the setting of the people limit count people.
const countWindow = 10 * time.Minute

// maxWithin bounds how far back a limit counts.
const maxWithin = 24 * time.Hour

// limit is one entry of people_limit.
type limit struct {
	people     int
	within     time.Duration
	withinText string
	verbs      map[moderation.Verb]bool // nil for all verbs that act on people
	roles      map[string]bool          // nil for everybody
	refuse     bool
	approvers  []string // nil for the policy's approvers
}

// list returns the setting as a policy's only limit.
func (b PeopleLimit) list() []limit {
	if b <= 0 {
		return nil
	}
	return []limit{{people: int(b), within: countWindow, withinText: commands.FormatDuration(countWindow)}}
}

// acts reports whether a verb acts on people and so counts.
func acts(s moderation.VerbSpec) bool {
	return s.Takes.Users && (s.Effect == moderation.EffectRestrict || s.Effect == moderation.EffectLift || s.Effect == moderation.EffectEvent)
}

func (l *loader) peopleLimit(e entry) {
	l.policy.limits = nil
	if e.value != nil && e.value.GetToken().Value == "off" {
		l.policy.counts = false
		return
	}
	l.policy.counts = true
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok {
		l.add(l.valuePlace(e.value, e.key.at), "people_limit must be a list of limits, or off")
		return
	}
	if len(seq.Values) == 0 {
		l.add(nodePlace(seq), "people_limit is an empty list; write off for none")
	}
	if len(seq.Values) > maxRules {
		l.add(nodePlace(seq), "more than %d limits", maxRules)
		return
	}
	for _, n := range seq.Values {
		l.policy.limits = append(l.policy.limits, l.oneLimit(n, e.key.at))
	}
}

func (l *loader) oneLimit(n ast.Node, list place) limit {
	at := map[string]entry{}
	for _, f := range l.mapping(n, list, "a limit", "people", "within", "verbs", "roles", "then", "approvers") {
		at[f.key.text] = f
	}
	b, here := limit{}, l.valuePlace(n, list)
	if f, ok := at["people"]; ok {
		b.people = l.number(f, "people", MaxPeopleLimit)
	} else {
		l.add(here, "a limit requires people")
	}
	if f, ok := at["within"]; ok {
		if b.within, b.withinText = l.duration(f, "within"); b.within > maxWithin {
			l.add(f.key.at, "within is longer than %s", commands.FormatDuration(maxWithin))
		}
	} else {
		l.add(here, "a limit requires within")
	}
	if f, ok := at["verbs"]; ok {
		b.verbs = l.limitVerbs(f)
	}
	if f, ok := at["roles"]; ok {
		b.roles = l.roleSet(f, "roles")
	}
	if f, ok := at["then"]; ok {
		if s, ok := l.scalar(f.value, f.key.at, "then"); ok {
			if b.refuse = s.text == "refuse"; !b.refuse && s.text != "approval" {
				l.add(s.at, "then is %q; it must be approval or refuse", s.text)
			}
		}
	}
	switch f, ok := at["approvers"]; {
	case ok && b.refuse:
		l.add(f.key.at, "approvers has no effect with then: refuse")
	case ok:
		b.approvers = l.approverRoles(f, "approvers")
		l.checkLimitApprovers(f.key.at, b)
	case !b.refuse && len(l.policy.approvers) == 0:
		l.add(here, "a limit requires approvers, in the limit or at the top level, or then: refuse")
	}
	return b
}

// checkLimitApprovers refuses a limit whose approvers could not approve what a rule requires too:
// above the limit, the approvers of that rule would decide without them.
func (l *loader) checkLimitApprovers(at place, b limit) {
	p := l.policy
	if len(p.idsOf(b.approvers)) == 0 {
		return // Warnings reports it
	}
	for i := range p.rules {
		r := &p.rules[i]
		applies := slices.ContainsFunc(slices.Collect(maps.Keys(r.verbs)), func(v moderation.Verb) bool {
			s, _ := v.Spec()
			return acts(s) && (b.verbs == nil || b.verbs[v])
		}) && (b.roles == nil || intersects(slices.Collect(maps.Keys(p.holders(b.roles))), slices.Collect(maps.Keys(p.holders(r.roles)))))
		if !applies || len(p.idsOf(r.approval.approvers)) == 0 || len(p.commonRoles(r.approval.approvers, b.approvers)) > 0 {
			continue
		}
		l.add(at, "no role may approve both this limit and rule %s: name an approver of that rule here too", r.name)
		return
	}
}

// limitVerbs reads the verbs of a limit.
func (l *loader) limitVerbs(f entry) map[moderation.Verb]bool {
	set := map[moderation.Verb]bool{}
	for _, s := range l.scalars(f.value, f.key.at, "verbs", false) {
		specs, bad := verbsOf(l.renamed(s))
		if bad != "" {
			l.add(s.at, "%q %s", s.text, bad)
			continue
		}
		some := false
		for _, spec := range specs {
			if acts(spec) {
				set[spec.Verb], some = true, true
			}
		}
		if !some {
			l.add(s.at, "%s does not act on people, so a limit cannot count it", s.text)
		}
	}
	return set
}

// checkLimits applies the limits to an action. Above a limit the action is refused, or requires
// approval and does not apply at once.
func (p *Policy) checkLimits(q moderation.PolicyInput, spec moderation.VerbSpec, roles []string, n moderation.ApprovalRequirement) (moderation.ApprovalRequirement, *moderation.Error) {
	if !acts(spec) || len(q.Action.Targets) == 0 {
		return n, nil
	}
	for _, b := range p.limits {
		if b.verbs != nil && !b.verbs[spec.Verb] || b.roles != nil && !slices.ContainsFunc(roles, func(name string) bool { return b.roles[name] }) {
			continue
		}
		counts := func(v moderation.Verb) bool { s, _ := v.Spec(); return acts(s) && (b.verbs == nil || b.verbs[v]) }
		got := p.countPeople(q, b.within, counts)
		if got <= b.people {
			continue
		}
		values := []string{"most", strconv.Itoa(b.people), "got", strconv.Itoa(got), "within", b.withinText}
		if b.refuse {
			return n, moderation.NewError(moderation.RefuseLimit, values...)
		}
		above := moderation.ApprovalRequirement{
			Approvals: 1, Rule: n.Rule, Approvers: p.approversFor(b.approvers),
			TTL: p.times.ttl, RemindAfter: p.times.remind,
			Why: moderation.RequireForLimit, Values: moderation.NewError("", values...).Values,
		}
		if len(q.Action.MoreRooms) > 0 && !p.canApproveBoth(n, above, q.Action, roles) {
			// The rule of one room decides there, and the limit in another without such a rule.
			return n, moderation.NewError(moderation.RefuseRoomApprovers)
		}
		if n = p.combine(n, above); n.Why != moderation.RequireForLimit {
			n.Why, n.Values = above.Why, above.Values
		}
		n.ActNow = 0
	}
	return n, nil
}

// countPeople returns how many distinct people the requester acts on: those of the action, and
// those within a time with verbs that count.
func (p *Policy) countPeople(q moderation.PolicyInput, within time.Duration, counts func(moderation.Verb) bool) int {
	all := make(map[string]struct{}, len(q.Action.Targets))
	for _, id := range q.Action.Targets {
		all[id] = struct{}{}
	}
	if !p.counts {
		return len(all)
	}
	since := q.Facts.At.Add(-within)
	for _, r := range q.Facts.Recent {
		if r.At.After(since) && counts(r.Verb) {
			all[r.Target] = struct{}{}
		}
	}
	return len(all)
}

// approversFor returns the roles, else the policy's approvers, else the approvers of any rule or
// limit.
func (p *Policy) approversFor(roles []string) []string {
	switch {
	case len(roles) > 0:
		return slices.Clone(roles)
	case len(p.approvers) > 0:
		return slices.Clone(p.approvers)
	}
	return p.Approvers()
}

// Lookback returns how far back Facts.Recent must reach; 0 when people are not counted across
// commands.
func (p *Policy) Lookback() time.Duration {
	if !p.counts {
		return 0
	}
	var most time.Duration
	for _, b := range p.limits {
		most = max(most, b.within)
	}
	if slices.ContainsFunc(p.rules, func(r rule) bool { return r.most > 0 }) {
		most = max(most, countWindow)
	}
	return most
}
