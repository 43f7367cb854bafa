package policy

import (
	"slices"
	"strings"

	"bouncer/moderation"
)

// Right is something that a person may do to other people's cases.
type Right string

// The rights.
const (
	RightApprove  Right = "approve" // approve or deny a case
	RightOverride Right = "glass"   // run a waiting case without approval
	RightReview   Right = "review"  // review cases
	RightSuspend  Right = "suspend" // suspend a person's rights
	RightStats    Right = "stats"   // read statistics about moderators
)

// Authorize returns whether a person has a right. need is the requirement of the case in question,
// escalated whether its next roles were asked. The caller checks whether it is the person's own
// case and whether they are suspended.
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
	case RightStats:
		holders = p.Approvers()
		no = p.naming(moderation.NewError(moderation.RefuseNoStatistics), setOf(holders))
	default:
		no = moderation.NewError(moderation.RefuseNoRole)
	}
	if d.Allowed = intersects(d.Roles, holders); !d.Allowed {
		d.Refusal = no
	}
	return d
}

// ApproverIDs returns the users (U…) and groups (S…) who approve, sorted.
func (p *Policy) ApproverIDs() []string { return p.idsOf(p.Approvers()) }

// ActsIn reports whether rules allow one of the roles the verb in each room, from whatever channel,
// and with whatever limits.
func (p *Policy) ActsIn(roles []string, a moderation.Action) bool {
	for _, room := range roomsOf(a) {
		if !slices.ContainsFunc(p.rules, func(r rule) bool {
			return r.verbs[a.Verb] && r.rooms.has(room) && slices.ContainsFunc(roles, func(name string) bool { return r.roles[name] })
		}) {
			return false
		}
	}
	return true
}

func setOf(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

func intersects(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// Approvers returns the roles that approve, at the top level, in a rule or in a limit, in the
// order of the text. Roles that are only in escalate_to are not included.
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

// Reviewers returns the roles that review cases.
func (p *Policy) Reviewers() []string {
	if p.reviewerRoles == nil {
		return p.Approvers()
	}
	return slices.Clone(p.reviewerRoles)
}
