package moderation

import "time"

// Facts are what the store knows that bears on a decision, read in the
// transaction that decides.
type Facts struct {
	// At is the moment of the decision.
	At time.Time
	// Recent are the people on whom this person acted before, within Lookback.
	// Nil when nobody counts.
	Recent []Acted
	// Stands is what is bound on the action's targets now.
	Stands []Stand
	// Suspended says that the person's rights are suspended; nil for not.
	Suspended *Suspension
}

// Acted is one person on whom somebody acted with a verb, and when last.
type Acted struct {
	Verb   Verb
	Target string
	At     time.Time
}

// Stand is a target's binding that an action would move.
type Stand struct {
	Target string
	Medium Medium
	// Case is the one that binds; Action what it asked, without its targets.
	Case   int64
	Action Action
	// Since is when the binding began, through all cases that went on with it;
	// Until its end, zero for none.
	Since, Until time.Time
	// Need is what that case needed.
	Need Need
}

// Freer reports whether an action that is counted from a moment makes the
// target freer than the binding does.
func (s Stand) Freer(a Action, from time.Time) bool {
	switch a.Effect() {
	case EffectFree:
		return true
	case EffectBind:
		end := until(a, from)
		return !end.IsZero() && (s.Until.IsZero() || end.Before(s.Until))
	}
	return false
}

// Total is how long the target would be bound in all, from the binding's
// beginning to the action's end; 0 for no end.
func (s Stand) Total(a Action, from time.Time) time.Duration {
	if end := until(a, from); !end.IsZero() {
		return end.Sub(s.Since)
	}
	return 0
}

// Suspension is somebody's rights taken away for a time.
type Suspension struct {
	ID int64
	// Person is the Actor.Key.
	Person string
	User   string // the Slack user that was named
	Name   string // foreign text; empty when Slack could not say
	By     Actor
	Reason string
	At     time.Time
	Until  time.Time // zero for no end
}
