package moderation

import "time"

// Timing is how long Bouncer waits where the wait is its own choice or keeps to
// another's limit. Zero in a field means the default that its line names, which
// is what production runs with; no setting changes it. Tests wait less.
type Timing struct {
	// MessagePace is the time between two messages to one channel. Slack allows
	// about one a second. Zero: 1 s.
	MessagePace time.Duration
	// UpdatePace is the time between two updates of messages, in the long run.
	// Slack allows 50 a minute. Zero: 1.25 s.
	UpdatePace time.Duration
	// PrivatePace is the time between two private messages in channels, in the
	// long run. Zero: 667 ms.
	PrivatePace time.Duration
	// CardDelay is how long a card waits for the outcome before it is posted.
	// Zero: 800 ms.
	CardDelay time.Duration
	// LineDelay is how long an audit line waits before it goes, ahead of any
	// card: until then others join it, and its case's card comes to stand, which
	// it links to. Zero: 1.5 s.
	LineDelay time.Duration
	// FoldAfter is how far a channel's queue may be behind before its cards fold
	// into a list. Zero: 5 s.
	FoldAfter time.Duration
	// LiftLead is how much before its time a lift is begun: many that end together
	// are spread around that time and not behind it. Zero: 200 ms.
	LiftLead time.Duration
	// ListWithin is how long a room's member list may take to settle what a command
	// means. It is a help, and no command waits for it longer. Zero: 1.5 s.
	ListWithin time.Duration
	// InsideWithin is how long an action waits for the room's list: what the card
	// can tell is worth less than the action. Zero: 700 ms.
	InsideWithin time.Duration
	// EventRepeat is how long after its first try an event may still be repeated.
	// Zero: 30 s.
	EventRepeat time.Duration
	// FollowEvery is how often the policy in force is looked at beside what events
	// tell. Zero: 5 s.
	FollowEvery time.Duration
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
		{&t.FollowEvery, 5 * time.Second},
	} {
		if *f.value == 0 {
			*f.value = f.zero
		}
	}
	return t
}
