package policy

import (
	"maps"
	"slices"

	"bouncer/moderation"
)

// Rights returns what a person may do. Accounts that can have no rights, and people without a
// role, get the zero value.
func (p *Policy) Rights(person moderation.Person) moderation.Rights {
	if checkAccount(person) != nil {
		return moderation.Rights{}
	}
	var out moderation.Rights
	out.Roles, out.Via = p.rolesOf(person)
	for i := range p.rules {
		if r := &p.rules[i]; slices.ContainsFunc(out.Roles, func(name string) bool { return r.roles[name] }) {
			out.Grants = append(out.Grants, r.grant())
		}
	}
	approvers := slices.Clone(p.Approvers())
	for i := range p.rules {
		approvers = append(approvers, p.rules[i].approval.escalateTo...)
	}
	override := p.overrideRoles
	if override == nil {
		override = p.Approvers()
	}
	out.Approve, out.Override = intersects(out.Roles, approvers), intersects(out.Roles, override)
	out.Review, out.Suspend = intersects(out.Roles, p.Reviewers()), intersects(out.Roles, p.Approvers())
	return out
}

func (r *rule) grant() moderation.Grant {
	g := moderation.Grant{
		Rule: r.name, Rooms: r.roomWords, Kinds: r.kindWords, Channels: slices.Sorted(maps.Keys(r.within)),
		Longest: r.longest, MostTargets: r.most, Approvals: r.approval.approvals, Approvers: r.approval.approvers, ActNow: r.approval.actNow,
	}
	for _, spec := range moderation.Verbs() {
		if r.verbs[spec.Verb] {
			g.Verbs = append(g.Verbs, spec.Verb)
		}
	}
	return g
}
