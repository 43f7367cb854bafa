package policy

import (
	"maps"
	"slices"
	"time"

	"bouncer/moderation"
)

const (
	keyTTL      = "approval_ttl"
	keyRemind   = "remind_after"
	keyEscalate = "escalate_after"
)

// maxApprovals is the highest number of required approvals.
const maxApprovals = 5

// times are the steps of an approval request.
type times struct{ ttl, remind, escalate time.Duration }

var defaultTimes = times{ttl: 10 * time.Minute, remind: 2 * time.Minute, escalate: 4 * time.Minute}

// approvalRule is the approval part of a rule.
type approvalRule struct {
	approvals             int
	approvers, escalateTo []string // roles, in the order of the text
	actNow                time.Duration
	times
}

// approval reads the approval keys of a rule.
func (l *loader) approval(r *rule, at map[string]entry) {
	approvals, asks := at["approvals"]
	if !asks {
		for _, key := range []string{"approvers", "escalate_to", "act_now", keyTTL, keyRemind, keyEscalate} {
			if f, ok := at[key]; ok {
				l.add(f.key.at, "%s has no effect without approvals", key)
			}
		}
		return
	}
	a := approvalRule{approvals: l.number(approvals, "approvals", maxApprovals), approvers: l.policy.approvers, times: l.policy.times}
	if f, ok := at["approvers"]; ok {
		a.approvers = l.approverRoles(f, "approvers")
	} else if len(a.approvers) == 0 {
		l.add(approvals.key.at, "approvals requires approvers, in the rule or at the top level")
	}
	ids := l.policy.idsOf(a.approvers)
	if f, ok := at["escalate_to"]; ok {
		a.escalateTo = l.roleList(f, "escalate_to")
		more := l.policy.idsOf(a.escalateTo)
		if !slices.ContainsFunc(more, func(id string) bool { return !slices.Contains(ids, id) }) {
			l.add(f.key.at, "escalate_to adds nobody: all of its roles' members are approvers already")
		}
		ids = append(ids, more...)
	}
	l.checkReachable(approvals.key.at, a.approvals, ids)
	if f, ok := at["act_now"]; ok {
		l.actNow(r, &a, f)
	}
	l.times(&a, at, approvals.key.at)
	r.approval = a
}

// checkReachable refuses a number of approvals that the named people can never reach. Members of a
// group are not known here, and Warnings reports an empty list.
func (l *loader) checkReachable(at place, approvals int, ids []string) {
	slices.Sort(ids)
	named := slices.Compact(slices.Clone(ids))
	if len(named) == 0 || len(named) >= approvals || slices.ContainsFunc(named, isGroup) {
		return
	}
	l.add(at, "%d approvals are impossible: the number of approvers is %d", approvals, len(named))
}

func (l *loader) actNow(r *rule, a *approvalRule, f entry) {
	a.actNow, _ = l.duration(f, "act_now")
	for v := range r.verbs {
		if spec, _ := v.Spec(); !canBeShorter(spec) {
			l.add(f.key.at, "act_now does not work with %s: only restrictions with a duration can apply for a shorter time", v)
			return
		}
	}
	if r.longest > 0 && a.actNow >= r.longest {
		l.add(f.key.at, "act_now is not shorter than max_duration, so the approval would decide nothing")
	}
}

// canBeShorter reports whether a verb can apply for a short time first.
func canBeShorter(s moderation.VerbSpec) bool {
	return s.Effect == moderation.EffectRestrict && s.Takes.Duration
}

// times reads a rule's own times. A step that would come no sooner than the expiry is an error
// where it was written, and is skipped where it is inherited.
func (l *loader) times(a *approvalRule, at map[string]entry, asked place) {
	for _, own := range []struct {
		key string
		d   *time.Duration
	}{{keyTTL, &a.ttl}, {keyRemind, &a.remind}, {keyEscalate, &a.escalate}} {
		if f, ok := at[own.key]; ok {
			*own.d, _ = l.duration(f, own.key)
		}
	}
	if f, ok := at[keyRemind]; ok && a.remind >= a.ttl {
		l.add(f.key.at, "%s is not shorter than %s, so there would be no reminder", keyRemind, keyTTL)
	}
	if f, ok := at[keyEscalate]; ok && len(a.escalateTo) == 0 {
		l.add(f.key.at, "%s has no effect without escalate_to", keyEscalate)
	} else if len(a.escalateTo) > 0 && a.escalate >= a.ttl {
		if ok {
			asked = f.key.at
		}
		l.add(asked, "%s is not shorter than %s, so escalate_to would never be asked", keyEscalate, keyTTL)
	}
}

func (l *loader) ttl(e entry)      { l.policy.times.ttl, _ = l.duration(e, keyTTL) }
func (l *loader) escalate(e entry) { l.policy.times.escalate, _ = l.duration(e, keyEscalate) }

func (l *loader) remind(e entry) {
	l.policy.times.remind, _ = l.duration(e, keyRemind)
	if l.policy.times.remind >= l.policy.times.ttl {
		l.add(e.key.at, "%s is not shorter than %s, so there would be no reminder", keyRemind, keyTTL)
	}
}

func (l *loader) approvers(e entry)  { l.policy.approvers = l.approverRoles(e, "approvers") }
func (l *loader) breakGlass(e entry) { l.policy.overrideRoles = l.roleList(e, "break_glass") }

// roleList reads a list of existing roles with members, in the order of the text.
func (l *loader) roleList(e entry, what string) []string {
	return l.policy.inOrder(l.roleSet(e, what))
}

// approverRoles reads a list of approver roles. They may have no members: then requests are
// refused, and Warnings reports it.
func (l *loader) approverRoles(e entry, what string) []string {
	var list []string
	for _, s := range l.scalars(e.value, e.key.at, what, false) {
		if l.policy.role(s.text) == nil {
			l.add(s.at, "role %q is not defined", s.text)
			continue
		}
		list = append(list, s.text)
	}
	return list
}

// requirementOf returns a rule's approval requirement, as of now.
func (p *Policy) requirementOf(rule string, a approvalRule) moderation.ApprovalRequirement {
	if a.approvals == 0 {
		return moderation.ApprovalRequirement{}
	}
	return moderation.ApprovalRequirement{
		Approvals: a.approvals, Rule: rule, Approvers: slices.Clone(a.approvers), EscalateTo: slices.Clone(a.escalateTo),
		TTL: a.ttl, RemindAfter: a.remind, EscalateAfter: a.escalate, ActNow: a.actNow,
	}
}

// withPeople adds the people of a requirement's roles as of now, and drops steps that would come
// no sooner than the expiry.
func (p *Policy) withPeople(n moderation.ApprovalRequirement, at time.Time) moderation.ApprovalRequirement {
	if n.OnDuty, n.Quiet = nil, p.quietHours.has(at.Add(n.RemindAfter)); p.onDuty != "" {
		n.OnDuty = []string{p.onDuty}
	}
	n.Mention = p.idsOf(n.Approvers)
	n.MentionNext = slices.DeleteFunc(p.idsOf(n.EscalateTo), func(id string) bool { return slices.Contains(n.Mention, id) })
	if n.OverrideRoles = slices.Clone(p.overrideRoles); p.overrideRoles == nil {
		n.OverrideRoles = slices.Clone(n.Approvers)
	}
	if n.RemindAfter >= n.TTL {
		n.RemindAfter = 0
	}
	if len(n.EscalateTo) == 0 || n.EscalateAfter >= n.TTL {
		n.EscalateTo, n.MentionNext, n.EscalateAfter = nil, nil, 0
	}
	return n
}

// idsOf returns the users and groups that have one of the roles, sorted.
func (p *Policy) idsOf(roles []string) []string {
	set := map[string]bool{}
	for _, name := range roles {
		set[name] = true
	}
	return slices.Sorted(maps.Keys(p.holders(set)))
}

// reachable reports whether enough people other than the requester could approve. Members of
// groups are not known here.
func (p *Policy) reachable(n moderation.ApprovalRequirement, by moderation.Person) bool {
	others := 0
	for _, id := range p.idsOf(slices.Concat(n.Approvers, n.EscalateTo)) {
		switch {
		case isGroup(id):
			return true
		case id != by.User && id != by.EnterpriseUser:
			others++
		}
	}
	return others >= n.Approvals
}

func isGroup(id string) bool { return slackID(id, groupLetters) }
