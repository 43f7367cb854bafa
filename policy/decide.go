package policy

import (
	"slices"
	"time"

	"bouncer/moderation"
)

// Evaluate returns the policy's decision on an action. It refuses, in this order: accounts that
// can have no rights (bots, external, deactivated and invited people, guests), suspended people,
// channels that external people can read or soon will, channels that are archived or not listed,
// people without a role, actions that no rule allows, protected targets, lifting or shortening a
// restriction without the right to impose it, and what a limit refuses. Membership of our
// workspace is checked before, by Workspace.CheckMember.
//
// An action in several rooms must be allowed in each of them, and requires what the strictest of
// them requires; see evaluateRooms. Limits count its people once.
//
// An allowed action may need approvals: then Requirement says how many and whose. If no approver
// could give them it is refused. A requested override is granted only with that right; where no
// approval is needed Override stays false.
//
// help needs no role. Other local verbs need any role and no rule: they show what the bot knows
// and act on nobody. Every other verb needs a rule.
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

// evaluateRules decides by rules, protection, existing restrictions and limits, in all rooms.
func (p *Policy) evaluateRules(d *moderation.Decision, q moderation.PolicyInput, spec moderation.VerbSpec) {
	all, no := p.evaluateRooms(d, q, spec)
	if d.Refusal = no; no != nil {
		return
	}
	need, no := p.checkLimits(q, spec, d.Roles, all.need)
	if d.Refusal = no; no != nil {
		return
	}
	if need.Required() {
		need = p.withPeople(need, q.Facts.At)
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
	d.Allowed, d.Rule, d.Requirement = true, all.rule, need
	d.Protected = p.protectedOf(spec, q.Action.Targets)
}

// evaluateRoom decides by rules, protection and existing restrictions, in the one room of an action.
// Its verdicts are set where it is refused, too.
func (p *Policy) evaluateRoom(q moderation.PolicyInput, spec moderation.VerbSpec, roles []string) (r roomDecision, no *moderation.Error) {
	length, endless := totalDuration(q)
	served := time.Duration(0)
	if !endless && q.Action.Duration > 0 {
		served = length - q.Action.Duration
	}
	m := p.match(ruleInput{
		spec: spec, room: q.Action.Room, channel: q.Channel.ID, roles: roles, length: length, endless: endless, served: served,
		targets: len(q.Action.Targets),
		people: func(r *rule) int {
			return p.countPeople(q, countWindow, func(v moderation.Verb) bool { return r.verbs[v] })
		},
	})
	r.room, r.verdicts = q.Action.Room, m.verdicts
	if m.refusal != nil {
		return r, m.refusal
	}
	if no = p.checkProtected(spec, roles, q.Action.Targets); no != nil {
		return r, no
	}
	r.rule, r.need = m.rule.name, p.requirementOf(m.rule.name, m.rule.approval)
	if r.need.Required() {
		r.need.Why, r.need.Values = m.why, m.values
	}
	if r.need.ActNow > 0 && !endless {
		r.need.ActNow = min(r.need.ActNow, q.Action.Duration)
	}
	r.need, no = p.checkLifting(q, roles, r.need)
	return r, no
}

// totalDuration returns how long an action restricts in total, from the beginning of the
// restriction that it continues. A missing duration counts as permanent.
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

// checkSuspended refuses a person who is suspended at that time.
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

// rolesOf returns a person's roles in the order of the text, and the ids that granted them.
func (p *Policy) rolesOf(person moderation.Person) (roles, via []string) {
	mine := []string{person.User}
	if person.EnterpriseUser != "" && person.EnterpriseUser != person.User {
		mine = append(mine, person.EnterpriseUser)
	}
	for _, g := range person.Groups {
		// Only a group's id may be a group.
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

// checkChannel returns why the channel cannot be used, or nil.
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

// protectedOf returns the protected targets of a restricting or event verb, at most MaxSeen.
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

// Unprotected splits targets into those that people with these roles may act on with a verb, and
// the protected ones.
func (p *Policy) Unprotected(verb moderation.Verb, roles, targets []string) (rest, protected []string) {
	spec, _ := verb.Spec()
	for _, target := range targets {
		if p.checkProtected(spec, roles, []string{target}) == nil {
			rest = append(rest, target)
		} else {
			protected = append(protected, target)
		}
	}
	return rest, protected
}

// checkProtected refuses the first protected target that the person may not act on.
func (p *Policy) checkProtected(spec moderation.VerbSpec, roles, targets []string) *moderation.Error {
	if spec.Effect != moderation.EffectRestrict && spec.Effect != moderation.EffectEvent {
		return nil
	}
	for _, target := range targets {
		for _, shield := range p.protected {
			excepted := slices.ContainsFunc(roles, func(name string) bool { return shield.except[name] })
			if !excepted && slices.ContainsFunc(shield.targets, func(g glob) bool { return g.matches(target) }) {
				no := moderation.NewError(moderation.RefuseProtected, "user", target)
				if len(targets) == 1 {
					no.Values["people"] = "1"
				}
				return p.naming(no, shield.except)
			}
		}
	}
	return nil
}
