package policy

import (
	"slices"
	"strconv"
	"time"

	"bouncer/moderation"
)

// liftedKey distinguishes restrictions for which the rules may decide differently.
type liftedKey struct {
	no      int64
	room    string
	length  time.Duration
	endless bool
}

// checkLifting decides on lifting or shortening restrictions: the requester must be allowed what
// the existing case did, from the same channel, and as many people must approve as approved it or
// would have to now. The action's number of targets does not matter. Lifting or shortening never
// applies at once.
func (p *Policy) checkLifting(q moderation.PolicyInput, roles []string, n moderation.ApprovalRequirement) (moderation.ApprovalRequirement, *moderation.Error) {
	judged := map[liftedKey]bool{}
	for _, s := range q.Facts.Existing {
		if !s.LiftedOrShortenedBy(q.Action, q.Facts.At) {
			continue
		}
		n.ActNow = 0
		room := roomOf(s)
		b := liftedKey{no: s.Case, room: room.String(), endless: s.Until.IsZero()}
		if !b.endless {
			b.length = s.Until.Sub(s.Since)
		}
		if judged[b] {
			continue
		}
		judged[b] = true
		spec, _ := s.Action.Verb.Spec()
		m := p.match(ruleInput{
			spec: spec, room: room, channel: q.Channel.ID, roles: roles, length: b.length, endless: b.endless || b.length <= 0,
		})
		no := strconv.FormatInt(s.Case, 10)
		if m.rule == nil {
			return n, moderation.NewError(moderation.RefuseLifting, "case", no, "verb", string(s.Action.Verb))
		}
		needed := p.combine(p.requirementOf(m.rule.name, m.rule.approval), p.withCurrentRoles(s.Requirement))
		if needed.Required() {
			needed.Why, needed.Values = moderation.RequireForLifting, map[string]string{"case": no}
			n = p.combine(n, needed)
		}
		n.ActNow = 0
	}
	n.ActNow = actNow(q, n.ActNow)
	return n, nil
}

// actNow returns how long an action may apply at once, of what its requirement allows: not at all
// where that would shorten an existing restriction, or follow an unapproved one, which could be
// repeated without end.
func actNow(q moderation.PolicyInput, d time.Duration) time.Duration {
	first := q.Action
	first.Duration, first.Permanent = d, false
	if q.Facts.ActNowUsed || d > 0 && slices.ContainsFunc(q.Facts.Existing, func(s moderation.ExistingRestriction) bool {
		return s.LiftedOrShortenedBy(first, q.Facts.At)
	}) {
		return 0
	}
	return d
}

// roomOf returns the room of a restriction.
func roomOf(s moderation.ExistingRestriction) moderation.Room {
	if s.Room.Kind == "" {
		return s.Action.Room
	}
	return s.Room
}

// withCurrentRoles returns a requirement of an earlier policy with the roles of this one. Missing
// roles are replaced by the policy's approvers.
func (p *Policy) withCurrentRoles(n moderation.ApprovalRequirement) moderation.ApprovalRequirement {
	if !n.Required() {
		return moderation.ApprovalRequirement{}
	}
	n.Approvers, n.EscalateTo = p.rolesWithMembers(n.Approvers), p.rolesWithMembers(n.EscalateTo)
	if len(n.Approvers) == 0 {
		n.Approvers, n.EscalateTo = p.approversFor(nil), nil
	}
	if n.TTL <= 0 {
		n.TTL = p.times.ttl
	}
	n.ActNow = 0
	return n
}

// rolesWithMembers returns the roles that have members.
func (p *Policy) rolesWithMembers(roles []string) []string {
	return slices.DeleteFunc(slices.Clone(roles), func(name string) bool { return len(p.idsOf([]string{name})) == 0 })
}

// combine returns a requirement that satisfies both: the greater number of approvals, by people
// who may approve each. Where no role may approve both, those of the first do. The reason is that
// of the greater, of equal ones the second's.
func (p *Policy) combine(a, b moderation.ApprovalRequirement) moderation.ApprovalRequirement {
	switch {
	case !b.Required():
		return a
	case !a.Required():
		return b
	}
	approvers := p.commonRoles(a.Approvers, b.Approvers)
	next := p.commonRoles(slices.Concat(a.Approvers, a.EscalateTo), slices.Concat(b.Approvers, b.EscalateTo))
	if len(approvers) == 0 {
		approvers, next = a.Approvers, a.EscalateTo
	}
	n := b
	if a.Approvals > b.Approvals {
		n = a
	}
	escalate := time.Duration(0) // sooner, one of them would not let the next group approve
	for _, x := range []moderation.ApprovalRequirement{a, b} {
		if len(x.EscalateTo) > 0 {
			escalate = max(escalate, x.EscalateAfter)
		}
	}
	n.EscalateAfter = escalate
	n.Approvers = slices.Clone(approvers)
	n.EscalateTo = slices.DeleteFunc(slices.Clone(next), func(name string) bool { return slices.Contains(approvers, name) })
	return n
}

// commonRoles returns the roles of each list whose members all have one of the other list, in the
// order of the text.
func (p *Policy) commonRoles(a, b []string) []string {
	ok := map[string]bool{}
	for _, side := range [][2][]string{{a, b}, {b, a}} {
		for _, name := range side[0] {
			ids, others := p.idsOf([]string{name}), p.idsOf(side[1])
			if len(ids) > 0 && !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(others, id) }) {
				ok[name] = true
			}
		}
	}
	return p.inOrder(ok)
}

// inOrder returns the roles of a set in the order of the text.
func (p *Policy) inOrder(set map[string]bool) []string {
	var list []string
	for _, r := range p.roles {
		if set[r.name] {
			list = append(list, r.name)
		}
	}
	return list
}
