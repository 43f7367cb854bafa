package policy

import (
	"slices"
	"strconv"

	"bouncer/moderation"
)

// Decide answers a question. It refuses, in this order: who is unfit (bots,
// strangers, deactivated and invited people, guests), a channel that outsiders
// read or soon will, a channel that is archived or not for this, who holds no
// role, what no rule allows, a protected target. Whether the person is of our
// team is asked of Home.Ours, before.
//
// help needs no role. rooms and case need any role and no rule: they show what
// the bot knows and reach nobody in a room. Every other verb needs a rule.
func (p *Policy) Decide(q moderation.Question) moderation.Decision {
	d := moderation.Decision{Policy: p.hash}
	if d.Refusal = unfit(q.Person); d.Refusal != nil {
		return d
	}
	d.Roles, d.Via = p.held(q.Person)
	if d.Refusal = p.usable(q.Channel); d.Refusal != nil {
		return d
	}
	spec, known := q.Action.Verb.Spec()
	switch {
	case !known:
		d.Refusal = noRule(q.Action.Verb)
		return d
	case spec.Verb == moderation.Help:
		d.Allowed = true
		return d
	case len(d.Roles) == 0:
		d.Refusal = moderation.NewError(moderation.RefuseNoRole)
		return d
	case spec.Effect == moderation.EffectLocal:
		d.Allowed = true
		return d
	}
	found, refusal := p.match(spec, d.Roles, q)
	if refusal == nil {
		refusal = p.shield(spec, d.Roles, q.Action.Targets)
	}
	if refusal != nil {
		d.Refusal = refusal
		return d
	}
	d.Allowed, d.Rule = true, found.name
	return d
}

// held gives the roles of a person in the order of the text, and the ids that
// gave them.
func (p *Policy) held(person moderation.Person) (roles, via []string) {
	mine := []string{person.User}
	if person.EnterpriseUser != "" && person.EnterpriseUser != person.User {
		mine = append(mine, person.EnterpriseUser)
	}
	for _, g := range person.Groups {
		// Only a group's id may come in as a group.
		if slackID(g, groupLetters) {
			mine = append(mine, g)
		}
	}
	for _, r := range p.roles {
		holds := false
		for _, id := range mine {
			if r.ids[id] {
				holds = true
				if !slices.Contains(via, id) {
					via = append(via, id)
				}
			}
		}
		if holds {
			roles = append(roles, r.name)
		}
	}
	slices.Sort(via)
	return roles, via
}

// usable says why nothing may run in a channel, or nil.
func (p *Policy) usable(c moderation.Channel) *moderation.Error {
	switch {
	case c.ID == "":
		return moderation.NewError(moderation.RefuseUnknownChannel, "detail", "no channel id")
	case c.Outsiders():
		return moderation.NewError(moderation.RefuseOutsiders)
	case c.Archived,
		p.channels != nil && !p.channels[c.ID],
		p.channels == nil && !c.Member:
		return moderation.NewError(moderation.RefuseChannel)
	}
	return nil
}

// match gives the first rule that allows the action, or what the nearest rule
// lacks. Nearest is the rule for this verb and room that fails in the fewest
// conditions; of equally near ones a limit is more help than a place, and the
// higher limit is told.
func (p *Policy) match(spec moderation.VerbSpec, roles []string, q moderation.Question) (*rule, *moderation.Error) {
	a := q.Action
	if !moderation.Supports(spec.Verb, a.Room.Kind).OK || a.Room.Check() != nil {
		return nil, noRule(spec.Verb)
	}
	var nearest *rule
	var lack lacks
	for i := range p.rules {
		r := &p.rules[i]
		if !r.verbs[spec.Verb] || !r.rooms.has(a.Room) || !slices.ContainsFunc(roles, func(name string) bool { return r.roles[name] }) {
			continue
		}
		found := r.lacks(spec, q)
		if found == (lacks{}) {
			return r, nil
		}
		if nearest == nil || found.nearer(lack, r, nearest) {
			nearest, lack = r, found
		}
	}
	if nearest == nil {
		return nil, noRule(spec.Verb)
	}
	return nil, lack.refusal(nearest)
}

// lacks is what a rule for this verb and room does not allow.
type lacks struct{ time, targets, place bool }

func (r *rule) lacks(spec moderation.VerbSpec, q moderation.Question) lacks {
	a := q.Action
	// No duration where there must be one counts as no end.
	endless := a.Perm || a.Duration <= 0
	return lacks{
		time:    r.longest > 0 && spec.Takes.Duration && (endless || a.Duration > r.longest),
		targets: r.most > 0 && len(a.Targets) > r.most,
		place:   r.within != nil && !r.within[q.Channel.ID],
	}
}

func (l lacks) nearer(other lacks, mine, others *rule) bool {
	if a, b := l.weight(), other.weight(); a != b {
		return a < b
	}
	if l.time {
		return mine.longest > others.longest
	}
	return l.targets && mine.most > others.most
}

// weight orders by the number of conditions that fail, then by which.
func (l lacks) weight() int {
	n := 0
	for i, failed := range []bool{l.time, l.targets, l.place} {
		if failed {
			n += 10 + i
		}
	}
	return n
}

func (l lacks) refusal(r *rule) *moderation.Error {
	switch {
	case l.time:
		return moderation.NewError(moderation.RefuseTooLong, "most", r.longestText)
	case l.targets:
		return moderation.NewError(moderation.RefuseTooMany, "most", strconv.Itoa(r.most))
	}
	return moderation.NewError(moderation.RefuseChannel)
}

// shield refuses the first protected target that a verb would bind or move.
func (p *Policy) shield(spec moderation.VerbSpec, roles, targets []string) *moderation.Error {
	if spec.Effect != moderation.EffectBind && spec.Effect != moderation.EffectEvent {
		return nil
	}
	for _, target := range targets {
		for _, shield := range p.protected {
			excepted := slices.ContainsFunc(roles, func(name string) bool { return shield.except[name] })
			if !excepted && slices.ContainsFunc(shield.targets, func(g glob) bool { return g.matches(target) }) {
				return moderation.NewError(moderation.RefuseProtected, "user", target)
			}
		}
	}
	return nil
}

func noRule(v moderation.Verb) *moderation.Error {
	return moderation.NewError(moderation.RefuseNoRule, "verb", string(v))
}
