package moderation

import "time"

// Facts are what the store knows that affects a decision, read in the transaction that decides.
type Facts struct {
	// At is the time of the decision.
	At time.Time
	// Recent are the people that this person acted on within Lookback; nil when people are not
	// counted.
	Recent []PastAction
	// Existing are the restrictions of the action's targets now, and those that a new restriction
	// would continue.
	Existing []ExistingRestriction
	// ActNowUsed means that an unapproved act-now restricted one of the targets within its
	// requested duration.
	ActNowUsed bool
	// Suspended is the person's suspension; nil for none.
	Suspended *Suspension
}

// PastAction is one person acted on with a verb, and when last.
type PastAction struct {
	Verb   Verb
	Target string
	At     time.Time
}

// ExistingRestriction is a restriction that an action would change. A target has one for each case
// that still counts: a case above or after another one does not remove that one's approval
// requirement.
type ExistingRestriction struct {
	Target string
	Room   Room // where it is: one of the case's rooms
	Medium Medium
	// Case is the restricting case; Action is its action without targets.
	Case   int64
	Action Action
	// At is when that case took effect. Since is its start minus the pauses, across all cases that
	// it continues. Until is its end, zero for permanent.
	At, Since, Until time.Time
	// Requirement is the approval that the case needed.
	Requirement ApprovalRequirement
	// Ended means that it no longer restricts, and only counts towards the duration of a new
	// restriction.
	Ended bool
}

// LiftedOrShortenedBy reports whether an action, counted from a time, would lift or shorten the
// restriction.
func (s ExistingRestriction) LiftedOrShortenedBy(a Action, from time.Time) bool {
	if s.Ended {
		return false
	}
	switch a.Effect() {
	case EffectLift:
		return true
	case EffectRestrict:
		end := effectEnd(a, from)
		return !end.IsZero() && (s.Until.IsZero() || end.Before(s.Until))
	}
	return false
}

// Total returns how long the target would be restricted in total, including the time already
// served; 0 for permanent.
func (s ExistingRestriction) Total(a Action, from time.Time) time.Duration {
	if end := effectEnd(a, from); !end.IsZero() {
		return end.Sub(s.Since)
	}
	return 0
}

// Suspension is a person's rights taken away for a time.
type Suspension struct {
	ID     int64
	Who    Actor // User is the account that was named
	By     Actor
	Reason string
	At     time.Time
	Until  time.Time // zero for no end
}
