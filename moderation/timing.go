package moderation

import "time"

// Timing is how long Bouncer waits where the wait is its own choice or follows another's limit.
// Zero in a field means the default that its comment names, which is what production uses; no
// setting changes it. Tests wait less.
type Timing struct {
	// MessagePace is the time between two messages to one channel. Slack allows about one a
	// second. Zero: 1 s.
	MessagePace time.Duration
	// UpdatePace is the time between two updates of messages, on average. Slack allows 50 a
	// minute. Zero: 1.25 s.
	UpdatePace time.Duration
	// PrivatePace is the time between two private messages in channels, on average. Zero: 667 ms.
	PrivatePace time.Duration
	// CardDelay is how long a card waits for the outcome before it is posted. Zero: 800 ms.
	CardDelay time.Duration
	// LineDelay is how long an audit line waits before it is posted: meanwhile others can join it,
	// and the card that it links to is posted. Zero: 1.5 s.
	LineDelay time.Duration
	// FoldAfter is how far a channel's queue may be behind before its cards fold into a list.
	// Zero: 5 s.
	FoldAfter time.Duration
	// LiftLead is how long before its time a lift begins: many lifts that are due together are
	// spread around that time, not after it. Zero: 200 ms.
	LiftLead time.Duration
	// ListWithin is how long a command waits for a room's member list to resolve what it means.
	// Zero: 1.5 s.
	ListWithin time.Duration
	// InsideWithin is how long an action waits for the room's list, which only adds information to
	// the card. Zero: 700 ms.
	InsideWithin time.Duration
	// EventRepeat is how long after its first attempt an event may be repeated. Zero: 30 s.
	EventRepeat time.Duration
	// PolicyCheckEvery is how often the policy in force is checked, in addition to events. Zero: 5 s.
	PolicyCheckEvery time.Duration
}

// Filled returns the timing with a value in every field.
func (t Timing) Filled() Timing {
	for _, f := range []struct {
		value *time.Duration
		zero  time.Duration
	}{
		{&t.MessagePace, time.Second},
		{&t.UpdatePace, time.Minute / 48},
		{&t.PrivatePace, time.Minute / 90},
		{&t.CardDelay, 800 * time.Millisecond},
		{&t.LineDelay, 1500 * time.Millisecond},
		{&t.FoldAfter, 5 * time.Second},
		{&t.LiftLead, 200 * time.Millisecond},
		{&t.ListWithin, 1500 * time.Millisecond},
		{&t.InsideWithin, 700 * time.Millisecond},
		{&t.EventRepeat, 30 * time.Second},
		{&t.PolicyCheckEvery, 5 * time.Second},
	} {
		if *f.value == 0 {
			*f.value = f.zero
		}
	}
	return t
}
