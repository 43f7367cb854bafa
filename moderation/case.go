package moderation

import "time"

// State is where a case stands in its life.
type State string

// The states. A case begins in Open, Waiting or Asking and comes to an end in
// Done.
//
//	Waiting -> Open -> Done
//	Waiting -> Done (denied, withdrawn, expired)
//	Asking  -> Open, Waiting or Done (dropped)
const (
	// AwaitingApproval: somebody else must agree before it runs.
	AwaitingApproval State = "waiting"
	// AwaitingConfirmation: it did not begin within StartWithin of its ack; the requester is
	// asked again before it runs.
	AwaitingConfirmation State = "asking"
	// Open: its calls are on their way.
	Open State = "open"
	// Done: every target has its outcome. A timed action that the bot ends
	// itself still has its lift before it.
	Done State = "done"
)

// StartWithin is how long after its ack an action may begin without asking the
// requester again; ConfirmWithin is how long that question then stands.
const (
	StartWithin   = 2 * time.Minute
	ConfirmWithin = 10 * time.Minute
)

// DuplicateWithin is for how long the same command is the same case: Slack may have
// told its author that it failed, or somebody else was as quick.
const DuplicateWithin = 2 * time.Minute

// RetryWithin is how long after its end a case can be tried again.
const RetryWithin = 10 * time.Minute

// Outcome is what became of one target of a case.
type Outcome string

// The outcomes. Pending alone is no end.
const (
	Pending    Outcome = "pending"
	Accepted   Outcome = "accepted"   // the vendor said yes
	Failed     Outcome = "failed"     // the vendor said no, or it could not be sent
	Unknown    Outcome = "unknown"    // no answer, and it must not be repeated any more
	Superseded Outcome = "superseded" // a newer case stands on this target
	Dropped    Outcome = "dropped"    // never sent: the requester let it go, or lost the right
)

// Final reports whether the outcome is final.
func (o Outcome) Final() bool { return o != Pending && o != "" }

// Case is one action that one actor asked for.
type Case struct {
	No    int64  // short, shown to people, from 1 upward
	Token string // opaque, 128 random bits in hex; what buttons carry
	App   uint32 // SDKAppID
	Team  string // the Slack team it was asked in

	Action Action
	Actor  Actor
	State  State
	// Typed are the words as they were typed, unescaped, without the response_url.
	Typed string
	// Origin tells where it was asked: channel, envelope, source.
	Origin Origin

	Decision Decision // Refusal is nil: refusals are no cases

	AskedAt time.Time // when the command was accepted (acked)
	OpenAt  time.Time // when the decision was committed
	DoneAt  time.Time // zero until Done
	// Until is when the effect ends; zero for none.
	Until time.Time

	// Card is where the case is shown; zero until posted.
	Card Posted
	// Counts of targets by outcome.
	Counts map[Outcome]int
	// Version rises with every change; cards and clicks carry it.
	Version int64
	// Ended says how a timed action ended: "" while it stands or has no end,
	// "lifted", "gone" (room or user no longer there: counts as lifted),
	// "superseded" or "undone".
	Ended   string
	EndedAt time.Time

	// Approval is its request for approval; its State is "" where none was needed.
	Approval ApprovalRequest
	// Override is set when somebody ran it alone.
	Override *Override
	// Review is whether others have looked at it afterwards.
	Review Review
}

// clocksApart is how far the vendor's clock and ours may be from each other.
const clocksApart = 5 * time.Second

// Recreated reports whether the room that is there now is not the one that the
// case was asked about: made at another time than the one that was seen, or
// later than it was asked. What was seen first may be the new room already, or
// nothing.
func (c Case) Recreated(now RoomInfo) bool {
	was := c.Approval.RoomInfo
	switch {
	case now.Created.IsZero():
		return false
	case !was.Created.IsZero() && !was.Created.Equal(now.Created):
		return true
	}
	return now.Created.After(c.AskedAt.Add(clocksApart))
}

// Origin tells where and by which delivery something was asked.
type Origin struct {
	Channel  string `json:"channel,omitempty"`
	Envelope string `json:"envelope,omitempty"`
	// Source is "command", "draft", "again" or "button".
	Source string `json:"source,omitempty"`
	// Bot is the version of the bot that decided.
	Bot string `json:"bot,omitempty"`
}

// Posted is a message that stands in Slack.
type Posted struct{ Channel, TS string }

// Target is one row of a case: one person (or the whole room, when ID is
// empty), the chunk it is sent in, and what became of it.
type Target struct {
	Seq     int
	Chunk   int
	ID      string
	Outcome Outcome
	// Code and Values are the Error that stands behind an outcome other than
	// Accepted; Code is empty for none.
	Code   Code
	Values map[string]string
	// Inside is whether the target was in the room just before the first call.
	Inside Inside
	// Lift is "" (nothing to lift, or not yet due), "lifted", "gone" or
	// "superseded".
	Lift string
}

// Call is one request to the vendor as the log knows it: announced before it
// leaves, its answer added when it came.
type Call struct {
	Case    int64
	Chunk   int
	Attempt int
	// Purpose is "act", "lift" or "settle".
	Purpose Purpose
	API     string
	Request string // without secrets
	At      time.Time
	// Answered is zero while no answer came.
	Answered  time.Time
	Outcome   VendorClass // "" while it is under way
	Code      string      // the vendor's
	Message   string      // the vendor's own words, foreign text
	RequestID string      // the vendor's, or our random and time for Chat
	Entry     int64       // the entry that announced it
}

// Purpose says what a call is for.
type Purpose string

// The purposes.
const (
	PurposeAct    Purpose = "act"
	PurposeLift   Purpose = "lift"
	PurposeResync Purpose = "settle" // says again what stands, after an older call's answer was lost
)

// EarlierCases sums up the earlier cases on the targets of a case.
type EarlierCases struct {
	Cases    int
	LastNo   int64
	LastVerb Verb
	LastFor  time.Duration
	LastAt   time.Time
}

// CaseView is everything that is known of a case, for cards and audit messages.
type CaseView struct {
	Case    Case
	Targets []Target
	Calls   []Call
	Entries []Entry
	Earlier EarlierCases
	// Related are the cases that belong to it, and the one it belongs to.
	Related  []Related
	Evidence []Evidence
	// CasesBefore are those of its targets that had cases before, with how many; at
	// most MaxSeen of them.
	CasesBefore map[string]int
	// UnknownTargets are those of its targets whom no earlier case reached and about
	// whom there is no note, at most MaxSeen.
	UnknownTargets map[string]bool
	// Again is what older cases still want of an undo's targets, which stands
	// again because of it.
	Again []StillRestricted
	// GroupHandles are the handles, without @, of the role groups that are known, by id.
	GroupHandles map[string]string
	// Notes is how many notes there are about its targets.
	Notes int
	// Undoable is how many targets an undo would free now.
	Undoable int
}

// StillRestricted is a target that an older case still binds.
type StillRestricted struct {
	Target string
	Case   int64
	Until  time.Time // zero for no end
}

// MaxSeen bounds View.Seen.
const MaxSeen = 100

// OverallOutcome sums up the counts of a case that is done: Accepted only when all
// were accepted (superseded ones do not spoil it unless all are), Unknown when
// any is unknown, Failed when any failed.
func OverallOutcome(counts map[Outcome]int) Outcome {
	switch {
	case counts[Pending] > 0:
		return Pending
	case counts[Unknown] > 0:
		return Unknown
	case counts[Failed] > 0:
		return Failed
	case counts[Accepted] > 0:
		return Accepted
	case counts[Superseded] > 0:
		return Superseded
	}
	return Dropped
}
