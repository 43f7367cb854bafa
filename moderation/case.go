package moderation

import "time"

// State is a case's place in its life cycle.
type State string

// The states. A case begins as Open, AwaitingApproval or AwaitingConfirmation and ends as Done.
//
//	Open                 -> Done
//	AwaitingApproval     -> Open, or Done (denied, withdrawn, expired)
//	AwaitingConfirmation -> Open, AwaitingApproval, or Done (dropped)
const (
	// AwaitingApproval: other people must approve it first.
	AwaitingApproval State = "waiting"
	// AwaitingConfirmation: it did not start within StartWithin of its acknowledgement. The
	// requester must confirm it.
	AwaitingConfirmation State = "asking"
	// Open: its calls are being made.
	Open State = "open"
	// Done: every target has its outcome. A timed restriction that the bot ends may still be in
	// force.
	Done State = "done"
)

// StartWithin is how long after its acknowledgement an action may start without a new confirmation
// by the requester. ConfirmWithin is when that confirmation expires.
const (
	StartWithin   = 2 * time.Minute
	ConfirmWithin = 10 * time.Minute
)

// DuplicateWithin is how long the same command counts as the same case: Slack may have shown its
// author an error, or two people were equally quick.
const DuplicateWithin = 2 * time.Minute

// RetryWithin is how long after its end a case can be tried again.
const RetryWithin = 10 * time.Minute

// Outcome is the result for one target of a case.
type Outcome string

// The outcomes. Only Pending is not final.
const (
	Pending    Outcome = "pending"
	Accepted   Outcome = "accepted"   // accepted by the vendor
	Failed     Outcome = "failed"     // refused by the vendor, or not sendable
	Unknown    Outcome = "unknown"    // no answer, and too late to repeat
	Superseded Outcome = "superseded" // a newer case decides this target
	Dropped    Outcome = "dropped"    // never sent: abandoned by the requester, or the right was lost
)

// Final reports whether the outcome no longer changes.
func (o Outcome) Final() bool { return o != Pending && o != "" }

// EndedUndone is the value of Case.Ended of a restriction that was taken back.
const EndedUndone = "undone"

// Case is one action that one actor requested.
type Case struct {
	No    int64  // short, shown to people, from 1 upward
	Token string // opaque, 128 random bits in hex; carried by buttons
	App   uint32 // SDKAppID
	Team  string // the Slack team of the request

	Action Action
	Actor  Actor
	State  State
	// Typed is the command as it was typed, unescaped, without the response_url.
	Typed string
	// Origin says where it was requested: channel, envelope, source.
	Origin Origin

	Decision Decision // Refusal is nil: refusals are not cases

	AskedAt time.Time // when the command was accepted (acknowledged)
	OpenAt  time.Time // when the decision was committed
	DoneAt  time.Time // zero until Done
	// Until is when the effect ends; zero for none.
	Until time.Time

	// Card is the message that shows the case; zero until posted.
	Card Posted
	// Counts of targets by outcome.
	Counts map[Outcome]int
	// Version increases with every change; cards and clicks carry it.
	Version int64
	// Ended is how a timed restriction ended: "" while in force or permanent, "lifted", "gone" (no
	// such room or user: counts as lifted), "superseded" or EndedUndone.
	Ended   string
	EndedAt time.Time

	// Approval is its approval request; its State is "" where none was needed.
	Approval ApprovalRequest
	// Override is set when the case was run without its approvals.
	Override *Override
	// Review is its review by other people.
	Review Review
}

// clocksApart is the tolerated difference between the vendor's clock and ours.
const clocksApart = 5 * time.Second

// Recreated returns the first room that is now another one than the case was requested for: created
// at another time than the room seen first, or after the request. The room seen first may already
// be the new one, or none may have been seen. It returns false when there is none.
func (c Case) Recreated(now RoomInfo) (Room, bool) {
	for i, r := range c.Action.Rooms() {
		was, is := c.Approval.RoomInfo.of(i), now.of(i)
		switch {
		case is.Created.IsZero():
		case !was.Created.IsZero() && !was.Created.Equal(is.Created), is.Created.After(c.AskedAt.Add(clocksApart)):
			return r, true
		}
	}
	return Room{}, false
}

// Origin says where, and by which delivery, something was requested.
type Origin struct {
	Channel  string `json:"channel,omitempty"`
	Envelope string `json:"envelope,omitempty"`
	// Source is "command", "draft", "again", "button", SourceFile or SourceReport.
	Source string `json:"source,omitempty"`
	// File is the name of the file that the people came from, user-supplied, and FileDigest the
	// SHA-256 of its content in hex; empty for none.
	File       string `json:"file,omitempty"`
	FileDigest string `json:"file_digest,omitempty"`
	// Bot is the version of the bot that decided.
	Bot string `json:"bot,omitempty"`
}

// SourceFile is the source of a case whose people came from a file.
const SourceFile = "file"

// Posted identifies a message in Slack.
type Posted struct{ Channel, TS string }

// Target is one row of a case: one person in one room (or the whole room, when ID is empty), its
// chunk and its outcome.
type Target struct {
	Seq   int
	Chunk int
	// Room is where the target is: one of Action.Rooms. All targets of a chunk are in one room.
	Room    Room
	ID      string
	Outcome Outcome
	// Code and Values are the Error behind an outcome; Code is empty for none.
	Code   Code
	Values map[string]string
	// Inside is whether the target was in the room just before the first call.
	Inside Inside
	// Lift is "" (nothing to lift, or not yet due), "lifted", "gone" or "superseded".
	Lift string
}

// Call is one request to the vendor, as logged: announced before it is sent, its answer added
// later.
type Call struct {
	Case    int64
	Chunk   int
	Attempt int
	// Purpose is "act", "lift" or "settle".
	Purpose Purpose
	API     string
	Request string // without secrets
	At      time.Time
	// Answered is zero while there is no answer.
	Answered  time.Time
	Outcome   VendorClass // "" while in flight
	Code      string      // the vendor's
	Message   string      // the vendor's text, not trusted
	RequestID string      // the vendor's; for Chat our random number and time
	Entry     int64       // the entry that announced it
}

// Purpose is what a call is for.
type Purpose string

// The purposes.
const (
	PurposeAct    Purpose = "act"
	PurposeLift   Purpose = "lift"
	PurposeResync Purpose = "settle" // applies the desired state again after an older call's answer was lost
)

// EarlierCases sums up the earlier cases on the targets of a case.
type EarlierCases struct {
	Cases    int
	LastNo   int64
	LastVerb Verb
	LastFor  time.Duration
	LastAt   time.Time
}

// CaseView is everything known about a case, for cards and audit messages.
type CaseView struct {
	Case    Case
	Targets []Target
	Calls   []Call
	Entries []Entry
	Earlier EarlierCases
	// Related are the cases that belong to it, and the one it belongs to.
	Related  []Related
	Evidence []Evidence
	// CasesBefore counts earlier cases by target; at most MaxSeen targets.
	CasesBefore map[string]int
	// UnknownTargets are the targets without earlier cases and without notes, at most MaxSeen.
	UnknownTargets map[string]bool
	// Restored are restrictions of older cases that an undo brought back.
	Restored []StillRestricted
	// GroupHandles are the handles, without @, of the role groups that are known, by id.
	GroupHandles map[string]string
	// Notes is how many notes there are about its targets.
	Notes int
	// Left is about how long a running case of many will take; 0 where that is not known.
	Left time.Duration
	// Undoable is how many targets an undo would lift now.
	Undoable int
	// LogPruned is when entries of the case were cut off the log, or their bodies erased; zero when
	// all are there.
	LogPruned time.Time
}

// StillRestricted is a target that an older case still restricts.
type StillRestricted struct {
	Target string
	Room   Room
	Case   int64
	Until  time.Time // zero for permanent
}

// MaxSeen bounds CasesBefore, UnknownTargets and Decision.Protected.
const MaxSeen = 100

// OverallOutcome returns the sum of a case's outcomes: Pending while any is, else Unknown when any
// is, else Failed when any is. Superseded targets do not count unless all are superseded.
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
