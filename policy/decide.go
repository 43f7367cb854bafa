package policy

import (
	"slices"
	"time"

	"bouncer/moderation"
)

// Evaluate answers a question. It refuses, in this order: who is unfit (bots,
// strangers, deactivated and invited people, guests), whose rights are
// suspended, a channel that outsiders read or soon will, a channel that is
// archived or not for this, who holds no role, what no rule allows, a protected
// target, making somebody freer without the right to bind him so, what a brake
// refuses. Whether the person is of our team is asked of Home.Ours, before.
//
// What is allowed may need approvals: then Need says how many and whose. If
// nobody could give them it is refused. An action that was asked for alone runs
// so only if the asker has that right; where nothing is needed Alone stays false.
//
// help needs no role. Other local verbs need any role and no rule: they show
// what the bot knows and reach nobody in a room. Every other verb needs a rule.
func (p *Policy) Evaluate(q moderation.PolicyInput) moderation.Decision {
	d := moderation.Decision{Policy: p.hash}
	if d.Refusal = checkAccount(q.Person); d.Refusal != nil {
		return d
	}
	d.Roles, d.Via = p.rolesOf(q.Person)
	if d.Refusal = checkSuspended(q.Facts); d.Refusal != nil {
		return d
	}
	if d.Refusal = p.checkChannel(q.Channel); d.Refusal != nil {
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
	p.evaluateRules(&d, q, spec)
	return d
}

// evaluateRules decides by rules, protection, what is bound, and brakes.
func (p *Policy) evaluateRules(d *moderation.Decision, q moderation.PolicyInput, spec moderation.VerbSpec) {
	length, endless := totalDuration(q)
	served := time.Duration(0)
	if !endless && q.Action.Duration > 0 {
		served = length - q.Action.Duration
	}
	m := p.match(ruleInput{
		spec: spec, room: q.Action.Room, channel: q.Channel.ID, roles: d.Roles, length: length, endless: endless, served: served,
		people: func(r *rule) int {
			return p.countPeople(q, countWindow, func(v moderation.Verb) bool { return r.verbs[v] })
		},
	})
	d.Verdicts = m.verdicts
	if d.Refusal = m.refusal; d.Refusal != nil {
		return
	}
	if d.Refusal = p.checkProtected(spec, d.Roles, q.Action.Targets); d.Refusal != nil {
		return
	}
	need := p.requirementOf(m.rule.name, m.rule.approval)
	if need.Required() {
		need.Why, need.Values = m.why, m.values
	}
	if need.ActNow > 0 && !endless {
		need.ActNow = min(need.ActNow, q.Action.Duration)
	}
	if need, d.Refusal = p.checkLifting(q, d.Roles, need); d.Refusal != nil {
		return
	}
	if need, d.Refusal = p.checkLimits(q, spec, d.Roles, need); d.Refusal != nil {
		return
	}
	if need.Required() {
		need = p.withPeople(need)
		switch {
		case q.Action.Override && !intersects(d.Roles, need.OverrideRoles):
			d.Refusal = moderation.NewError(moderation.RefuseNoOverride)
			return
		case !q.Action.Override && !p.reachable(need, q.Person):
			d.Refusal = moderation.NewError(moderation.RefuseNoApprovers)
			return
		}
		d.Override, d.Reviewers = q.Action.Override, p.idsOf(p.Reviewers())
	}
	d.Allowed, d.Rule, d.Requirement = true, m.rule.name, need
	d.Protected = p.protectedOf(spec, q.Action.Targets)
}

// totalDuration is how long an action binds in all: with what it goes on with, from the
// beginning of that. No duration where there must be one counts as no end.
func totalDuration(q moderation.PolicyInput) (length time.Duration, endless bool) {
	length, endless = q.Action.Duration, q.Action.Permanent || q.Action.Duration <= 0
	if q.Action.Effect() != moderation.EffectRestrict || endless {
		return length, endless
	}
	for _, s := range q.Facts.Existing {
		length = max(length, s.Total(q.Action, q.Facts.At))
	}
	return length, false
}

// checkSuspended refuses whose rights are taken away at that time.
func checkSuspended(f moderation.Facts) *moderation.Error {
	s := f.Suspended
	if s == nil || !s.Until.IsZero() && !f.At.Before(s.Until) {
		return nil
	}
	until := ""
	if !s.Until.IsZero() {
		until = s.Until.UTC().Format(time.RFC3339)
	}
	return moderation.NewError(moderation.RefuseSuspended, "until", until, "by", s.By.Label())
}

// rolesOf gives the roles of a person in the order of the text, and the ids that
// gave them.
func (p *Policy) rolesOf(person moderation.Person) (roles, via []string) {
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

// checkChannel says why nothing may run in a channel, or nil.
func (p *Policy) checkChannel(c moderation.Channel) *moderation.Error {
	switch {
	case c.ID == "":
		return moderation.NewError(moderation.RefuseUnknownChannel, "detail", "no channel id")
	case c.HasExternalPeople():
		return moderation.NewError(moderation.RefuseExternalChannel)
	case c.Archived,
		p.channels != nil && !p.channels[c.ID],
		p.channels == nil && !c.Member:
		return moderation.NewError(moderation.RefuseChannel)
	}
	return nil
}

// protectedOf gives the protected ones of the targets that a verb would bind or
// move, as many as a case keeps.
func (p *Policy) protectedOf(spec moderation.VerbSpec, targets []string) []string {
	if len(p.protected) == 0 || spec.Effect != moderation.EffectRestrict && spec.Effect != moderation.EffectEvent {
		return nil
	}
	var out []string
	for _, target := range targets {
		for _, shield := range p.protected {
			if len(out) < moderation.MaxSeen && slices.ContainsFunc(shield.targets, func(g glob) bool { return g.matches(target) }) {
				out = append(out, target)
				break
			}
		}
	}
	return out
}

// checkProtected refuses the first protected target that a verb would bind or move.
func (p *Policy) checkProtected(spec moderation.VerbSpec, roles, targets []string) *moderation.Error {
	if spec.Effect != moderation.EffectRestrict && spec.Effect != moderation.EffectEvent {
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
