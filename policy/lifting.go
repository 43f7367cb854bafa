package policy

import (
	"slices"
	"strconv"
	"time"

	"bouncer/moderation"
)

// liftedKey tells apart what the rules may say of the bindings that are made freer.
type liftedKey struct {
	no      int64
	length  time.Duration
	endless bool
}

// checkLifting judges whom an action makes freer: the asker must be allowed what the
// standing case did, from where he asks, and as many must agree as agreed to it
// or would have to today. Its own number of targets plays no part. Nothing that
// makes somebody freer runs at once.
func (p *Policy) checkLifting(q moderation.PolicyInput, roles []string, n moderation.ApprovalRequirement) (moderation.ApprovalRequirement, *moderation.Error) {
	judged := map[liftedKey]bool{}
	for _, s := range q.Facts.Existing {
		if !s.LiftedOrShortenedBy(q.Action, q.Facts.At) {
			continue
		}
		n.ActNow = 0
		b := liftedKey{no: s.Case, endless: s.Until.IsZero()}
		if !b.endless {
			b.length = s.Until.Sub(s.Since)
		}
		if judged[b] {
			continue
		}
		judged[b] = true
		spec, _ := s.Action.Verb.Spec()
		m := p.match(ruleInput{
			spec: spec, room: s.Action.Room, channel: q.Channel.ID, roles: roles, length: b.length, endless: b.endless || b.length <= 0,
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
	first := q.Action
	first.Duration, first.Permanent = n.ActNow, false
	// The short try would end what restricts somebody for longer, or follow one
	// that nobody has approved: asked again and again that would have no end.
	if q.Facts.ActNowUsed || n.ActNow > 0 && slices.ContainsFunc(q.Facts.Existing, func(s moderation.ExistingRestriction) bool {
		return s.LiftedOrShortenedBy(first, q.Facts.At)
	}) {
		n.ActNow = 0
	}
	return n, nil
}

// withCurrentRoles is a need that an earlier policy gave, as its roles are now. Roles that
// are gone ask nobody: then the policy's approvers agree.
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

// rolesWithMembers gives the roles that somebody can hold.
func (p *Policy) rolesWithMembers(roles []string) []string {
	return slices.DeleteFunc(slices.Clone(roles), func(name string) bool { return len(p.idsOf([]string{name})) == 0 })
}

// combine is what satisfies two needs: as many approvals as the greater asks for,
// by people who may agree to each. Where no role may, those of the second do.
// The reason is the greater's, of equal ones the second's.
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
		approvers, next = b.Approvers, b.EscalateTo
	}
	n := b
	if a.Approvals > b.Approvals {
		n = a
	}
	if n.EscalateAfter == 0 {
		n.EscalateAfter = max(a.EscalateAfter, b.EscalateAfter)
	}
	n.Approvers = slices.Clone(approvers)
	n.EscalateTo = slices.DeleteFunc(slices.Clone(next), func(name string) bool { return slices.Contains(approvers, name) })
	return n
}

// commonRoles gives the roles of each list whose members all hold one of the other,
// in the order of the text.
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

// inOrder gives the roles of a set in the order of the text.
func (p *Policy) inOrder(set map[string]bool) []string {
	var list []string
	for _, r := range p.roles {
		if set[r.name] {
			list = append(list, r.name)
		}
	}
	return list
}
