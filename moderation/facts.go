package moderation

import "time"

// Facts are what the store knows that bears on a decision, read in the
// transaction that decides.
type Facts struct {
	// At is the moment of the decision.
	At time.Time
	// Recent are the people on whom this person acted before, within Lookback.
	// Nil when nobody counts.
	Recent []PastAction
	// Existing is what is bound on the action's targets now, and what a new
	// restriction would go on with.
	Existing []ExistingRestriction
	// ActNowUsed says that one of the targets was restricted at once before, by
	// an act-now that nobody has approved, within the time that was asked for.
	ActNowUsed bool
	// Suspended says that the person's rights are suspended; nil for not.
	Suspended *Suspension
}

// PastAction is one person on whom somebody acted with a verb, and when last.
type PastAction struct {
	Verb   Verb
	Target string
	At     time.Time
}

// ExistingRestriction is a restriction of a target that an action would move. A target has one
// for each case that still has a say in it: what lies above another one, or
// continues it, does not take that one's approval requirement away.
type ExistingRestriction struct {
	Target string
	Medium Medium
	// Case is the one that restricts; Action what it asked, without its targets.
	Case   int64
	Action Action
	// At is when that case took effect. Since is when the restriction would have
	// begun without its pauses, through all cases that went on with it; Until is
	// its end, zero for none.
	At, Since, Until time.Time
	// Requirement is what that case needed.
	Requirement ApprovalRequirement
	// Ended says that it restricts nobody any more, and only counts towards the
	// duration of what is imposed now.
	Ended bool
}

// LiftedOrShortenedBy reports whether an action that is counted from a moment makes the
// target freer than the restriction does.
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

// Total is how long the target would be restricted in all, what was served
// already included; 0 for no end.
func (s ExistingRestriction) Total(a Action, from time.Time) time.Duration {
	if end := effectEnd(a, from); !end.IsZero() {
		return end.Sub(s.Since)
	}
	return 0
}

// Suspension is somebody's rights taken away for a time.
type Suspension struct {
	ID     int64
	Who    Actor // User is the one that was named
	By     Actor
	Reason string
	At     time.Time
	Until  time.Time // zero for no end
}
