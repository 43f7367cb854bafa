package policy

import (
	"slices"
	"strings"

	"bouncer/moderation"
)

// Right is something that a person may do to other people's cases, beside the
// verbs.
type Right string

// The rights.
const (
	RightApprove  Right = "approve" // agree to a case, or deny it
	RightOverride Right = "glass"   // run a waiting case alone
	RightReview   Right = "review"  // look at cases afterwards
	RightSuspend  Right = "suspend" // take somebody's rights away for a time
)

// Authorize answers whether a person has a right; need is what the case in question
// waits for, escalated whether its next group has been asked. Whether the case
// is the person's own, and whether his rights are suspended, the caller knows.
func (p *Policy) Authorize(r Right, person moderation.Person, need moderation.ApprovalRequirement, escalated bool) moderation.Decision {
	d := moderation.Decision{Policy: p.hash}
	if d.Refusal = checkAccount(person); d.Refusal != nil {
		return d
	}
	d.Roles, d.Via = p.rolesOf(person)
	var holders []string
	var no *moderation.Error
	switch r {
	case RightApprove:
		holders = need.Approvers
		if escalated {
			holders = slices.Concat(need.Approvers, need.EscalateTo)
		}
		no = moderation.NewError(moderation.RefuseNotApprover, "roles", strings.Join(holders, ","))
	case RightOverride:
		holders, no = need.OverrideRoles, moderation.NewError(moderation.RefuseNoOverride)
	case RightReview:
		holders, no = p.Reviewers(), moderation.NewError(moderation.RefuseNotReviewer)
	case RightSuspend:
		holders, no = p.Approvers(), moderation.NewError(moderation.RefuseNotSuspender)
	default:
		no = moderation.NewError(moderation.RefuseNoRole)
	}
	if d.Allowed = intersects(d.Roles, holders); !d.Allowed {
		d.Refusal = no
	}
	return d
}

func intersects(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// Approvers gives the roles that agree to something, at the top, in a rule or
// above a brake, in the order of the text. Who is asked next only is in none.
func (p *Policy) Approvers() []string {
	set := map[string]bool{}
	add := func(roles []string) {
		for _, name := range roles {
			set[name] = true
		}
	}
	add(p.approvers)
	for _, r := range p.rules {
		add(r.approval.approvers)
	}
	for _, b := range p.limits {
		add(b.approvers)
	}
	return p.inOrder(set)
}

// Reviewers gives the roles that review cases.
func (p *Policy) Reviewers() []string {
	if p.reviewerRoles == nil {
		return p.Approvers()
	}
	return slices.Clone(p.reviewerRoles)
}
