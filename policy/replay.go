package policy

import (
	"iter"
	"slices"

	"bouncer/moderation"
)

// Answer is the policy's answer to an action.
type Answer string

// The answers.
const (
	AnswerAllowed       Answer = "through" // allowed without approval
	AnswerNeedsApproval Answer = "asked"   // allowed with approval
	AnswerRefused       Answer = "refused"
)

// ReplayResult sums up a policy's decisions on past cases.
type ReplayResult struct {
	// Cases is how many were evaluated. Skipped were not: no person requested them, or they are
	// act-nows of another case.
	Cases, Skipped                 int
	Allowed, NeedApproval, Refused int
	// Differences are the cases with another answer than before.
	Differences []Difference
}

// Difference is a past case that a policy would decide otherwise.
type Difference struct {
	Case     moderation.Case
	Was      Answer
	Now      Answer
	Decision moderation.Decision
}

// Replay evaluates past cases in the order in which they were accepted, and compares each decision
// with that of its time. It knows only what the cases record:
//   - A person has the account data of that time. Of the user groups, only those that granted a
//     role are recorded, so a group that only this policy names has no members.
//   - Past actions and restrictions are those of the cases before. Denied, withdrawn and expired
//     cases restrict nothing. Suspensions are not known.
//
// An error of the iterator ends it and is returned.
func (p *Policy) Replay(cases iter.Seq2[moderation.Case, error]) (ReplayResult, error) {
	var sum ReplayResult
	past := history{policy: p, recent: map[string][]moderation.PastAction{}, restrictions: map[targetKey]moderation.ExistingRestriction{}}
	for c, err := range cases {
		if err != nil {
			return sum, err
		}
		if c.Actor.Kind != moderation.ActorPerson || c.Action.Relation == moderation.RelActNow {
			sum.Skipped++
			past.keep(c, moderation.ApprovalRequirement{})
			continue
		}
		d := p.Evaluate(past.question(c))
		would, happened := answer(d), answer(moderation.Decision{Allowed: true, Requirement: c.Decision.Requirement})
		sum.Cases++
		switch would {
		case AnswerAllowed:
			sum.Allowed++
		case AnswerNeedsApproval:
			sum.NeedApproval++
		case AnswerRefused:
			sum.Refused++
		}
		if would != happened {
			sum.Differences = append(sum.Differences, Difference{Case: c, Was: happened, Now: would, Decision: d})
		}
		past.keep(c, d.Requirement)
	}
	return sum, nil
}

func answer(d moderation.Decision) Answer {
	switch {
	case !d.Allowed:
		return AnswerRefused
	case d.Requirement.Required():
		return AnswerNeedsApproval
	}
	return AnswerAllowed
}

// targetKey is one target in one room and medium.
type targetKey struct {
	room, target string
	medium       moderation.Medium
}

// history is the state left by past cases.
type history struct {
	policy       *Policy
	recent       map[string][]moderation.PastAction // by person, in the order of time
	restrictions map[targetKey]moderation.ExistingRestriction
}

func (h *history) question(c moderation.Case) moderation.PolicyInput {
	q := moderation.PolicyInput{
		Person: moderation.Person{
			User: c.Actor.User, Team: c.Actor.Team, Enterprise: c.Actor.Enterprise, EnterpriseUser: c.Actor.EnterpriseUser,
			Groups: slices.DeleteFunc(slices.Clone(c.Actor.Via), func(id string) bool { return !isGroup(id) }),
		},
		Channel: moderation.Channel{ID: c.Origin.Channel, Member: true},
		Action:  c.Action,
		Facts:   moderation.Facts{At: c.AskedAt},
	}
	// Another account of the same enterprise user may have granted the role.
	for _, id := range c.Actor.Via {
		if q.Person.EnterpriseUser == "" && id != q.Person.User && !isGroup(id) {
			q.Person.EnterpriseUser = id
		}
	}
	if back := h.policy.Lookback(); back > 0 {
		key := c.Actor.Key()
		since := c.AskedAt.Add(-back)
		h.recent[key] = slices.DeleteFunc(h.recent[key], func(a moderation.PastAction) bool { return !a.At.After(since) })
		q.Facts.Recent = slices.Clone(h.recent[key])
	}
	for s := range targetKeys(c.Action) {
		if found, ok := h.restrictions[s]; ok {
			if found.Until.IsZero() || c.AskedAt.Before(found.Until) {
				q.Facts.Existing = append(q.Facts.Existing, found)
			} else {
				delete(h.restrictions, s)
			}
		}
	}
	return q
}

// keep records what a case did; need is the approval that it would have needed.
func (h *history) keep(c moderation.Case, need moderation.ApprovalRequirement) {
	switch c.Approval.State {
	case moderation.ApprovalDenied, moderation.ApprovalWithdrawn, moderation.ApprovalExpired:
		return
	}
	if spec, _ := c.Action.Verb.Spec(); acts(spec) && h.policy.Lookback() > 0 && c.Actor.Kind == moderation.ActorPerson {
		for _, id := range c.Action.Targets {
			h.recent[c.Actor.Key()] = append(h.recent[c.Actor.Key()], moderation.PastAction{Verb: c.Action.Verb, Target: id, At: c.AskedAt})
		}
	}
	for s := range targetKeys(c.Action) {
		switch c.Action.Effect() {
		case moderation.EffectLift:
			delete(h.restrictions, s)
		case moderation.EffectRestrict:
			found := moderation.ExistingRestriction{Target: s.target, Room: c.Action.RoomOf(s.room), Medium: s.medium, Case: c.No, Action: c.Action, Since: c.AskedAt, Requirement: need}
			found.Action.Targets = nil
			if !c.Action.Permanent && c.Action.Duration > 0 {
				found.Until = c.AskedAt.Add(c.Action.Duration)
			}
			if before, ok := h.restrictions[s]; ok && (before.Until.IsZero() || c.AskedAt.Before(before.Until)) {
				found.Since = before.Since
			}
			h.restrictions[s] = found
		}
	}
}

// targetKeys returns what an action restricts or lifts.
func targetKeys(a moderation.Action) iter.Seq[targetKey] {
	return func(yield func(targetKey) bool) {
		for _, medium := range a.AffectedMedia() {
			for _, room := range roomsOf(a) {
				for _, target := range a.TargetRows() {
					if !yield(targetKey{room.String(), target, medium}) {
						return
					}
				}
			}
		}
	}
}
