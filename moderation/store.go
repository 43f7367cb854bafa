package moderation

import (
	"encoding/json"
	"time"
)

// Turn asks for one use of a shared limit (GCRA, one row per Key).
type Turn struct {
	Key       string
	PerSecond float64
	// Burst is how many may go at once after a pause; at least 1.
	Burst int
	// Ahead is how far ahead a turn may be taken: a wait of no more than it is
	// answered together with the turn, which is to be used when the wait is
	// over. So a line keeps the limit's pace however late its members wake.
	Ahead time.Duration
}

// Backlog is how much waits, and for how long.
type Backlog struct {
	Jobs     map[Queue]int           // unfinished and due
	Oldest   map[Queue]time.Duration // how long the oldest due one waits
	Posts    int                     // messages that are due
	Behind   time.Duration           // how long the oldest due message waits
	Lifts    int                     // lifts still to come
	Overdue  int                     // lifts whose time has passed
	Unsealed int
}

// Delivery is a delivery that must not be lost.
type Delivery struct {
	Key      string // "source:id", such as "slack:<envelope id>"
	Kind     JobKind
	Payload  []byte
	ReplyURL string // see NewJob.ReplyURL
	// Waited is how long ago it was received: its age counts from then, and it
	// is not taken in once that is more than AckWithin ago.
	Waited time.Duration
}

// Draft is a corrected command with a Run button.
type Draft struct {
	Token   string // opaque
	Team    string
	User    string // its author: nobody else may run it
	Channel string
	Text    string // without the slash command
	Expires time.Time
	// Case is the number of the case that it became; 0 while unused.
	Case int64
}

// DraftLifetime is how long a draft can be run.
const DraftLifetime = 5 * time.Minute

// Change is rows that are written together.
type Change struct {
	Entries []NewEntry
	Jobs    []NewJob
	Lines   []Line
	List    *List
	// Refusal, when set, counts and folds a refusal (see Refusal); its entry
	// and line are the store's to write.
	Refusal *Refusal
	// Note is a remark about a target. Its id and time are the store's, and so
	// is its EntryNote.
	Note *Note
	// Evidence is put to its case; its id and time are the store's, and so is
	// its EntryEvidence, told in the case's thread. What the case has already,
	// by its link, is not put to it again. ErrNotFound when there is no such case.
	Evidence      *Evidence
	SavedSearch   *SavedSearch
	EvidenceDraft *EvidenceDraft
}

// NewEntry is an entry to be written.
type NewEntry struct {
	Case int64
	Kind EntryKind
	Body Body
}

// Line is a line for the audit channel that belongs to no case's end: a
// refusal, a notice. A second Line with a Key whose first was not yet posted
// adds its Count to it; once that was posted a further one is kept under the
// same key with ":more" behind it, due at Due.
type Line struct {
	Key     string
	Channel string
	Due     time.Time
	Kind    EntryKind
	Case    int64
	Body    json.RawMessage // a Body
	Count   int
}

// Refusal is somebody being refused. In one transaction: it gets a number; up
// to RefusalsKept a minute and person are entries of their own, beyond that
// they are counted, and one EntryFolded with the count is written after the
// minute; equal ones (same person, code and channel) fold into one line a
// minute. Curious clicks have one line for a person's CuriousWindow, at its end.
type Refusal struct {
	Body    Body   // actor, typed, action, origin, code, values
	Channel string // the audit channel; empty for no line
}

// CuriousWindow is how long curious clicks of a person are counted for one line.
const CuriousWindow = 10 * time.Minute

// CuriousClick reports whether a refusal is of a person without any role who pressed a
// button. Everybody in a channel sees its buttons, so a line for each would be noise.
func (b Body) CuriousClick() bool {
	if b.Detail == "" || b.Typed != "" {
		return false
	}
	switch b.Code {
	case RefuseExternalPerson, RefuseGuest, RefuseNoRole:
		return true
	case RefuseNotApprover, RefuseNotReviewer:
		return b.Actor != nil && len(b.Actor.Roles) == 0
	}
	return false
}

// RefusalsKept is how many refusals a minute and person get entries of their own.
const RefusalsKept = 10

// List is what a read found, kept for its Next, Previous and CSV buttons.
type List struct {
	Token   string // opaque
	Team    string
	User    string // who may turn its pages
	Action  Action
	Reading Reading // without Answer
	At      time.Time
	Expires time.Time
}

// ListLifetime is how long a list can be paged through.
const ListLifetime = 30 * time.Minute

// NewCase is a new case with all that belongs to it.
type NewCase struct {
	Case    Case // No, Counts, Version: the store's
	Targets []Target
	// Evaluate decides; nil keeps Case.Decision. Lookback is how far back
	// Facts.Recent reaches, 0 when nobody counts.
	Evaluate func(Facts) Decision
	Lookback time.Duration
	// Jobs are queued with the case's number, whatever is decided. It goes before
	// their keys too, which need be unique in the case alone.
	Jobs []NewJob
	SendPlan
	// ReviewShare is the share of ordinary cases, from 0 to 1, that is marked for a
	// second look.
	ReviewShare float64
	// OnDuplicate, when set, are the jobs that are queued instead of everything else
	// when a case does the same already: see Open.
	OnDuplicate []NewJob
	// Draft is the token of the draft it came from; empty for none.
	Draft string
	// CardChannel is where the card goes, AuditChannel where its line goes.
	CardChannel, AuditChannel string
}

// SendPlan is how a case is sent once it runs.
type SendPlan struct {
	// ChunkSize is how many targets one request takes; 0 for the whole room.
	ChunkSize int
	// Kind is that of the jobs that send its chunks; empty where none are queued.
	Kind JobKind
	// At is when it is sent, or begins to wait for an approval; zero where no jobs
	// watch over that.
	At time.Time
	// Round tells the jobs of a case that was confirmed, approved or tried again from
	// earlier ones; By is who did that, nil for its requester.
	Round int64
	By    *Actor
}

// RefusedError is a decision that refused a case in the moment of its opening.
type RefusedError struct{ Decision Decision }

// Error gives the refusal.
func (r *RefusedError) Error() string { return r.Decision.Refusal.Error() }

// Unwrap gives the refusal.
func (r *RefusedError) Unwrap() error { return r.Decision.Refusal }

// Confirmation is somebody answering a question about a case.
type Confirmation struct {
	No    int64
	Body  Body // actor and what was pressed
	Until time.Time
	Jobs  []NewJob // as in Opening
	SendPlan
	// Look is what is seen of the room now; its zero value is held against nothing.
	Look RoomInfo
	// Weighing has a case that runs later than it was asked decided anew; its zero
	// value leaves it as it was decided.
	Reevaluation
}

// Reevaluation is a decision under what the store knows when it is made.
type Reevaluation struct {
	Evaluate func(Facts) Decision
	Lookback time.Duration // as in Opening
}

// ReadBack is the payload of JobReadBack.
type ReadBack struct {
	Chunk int `json:"chunk"`
}

// CallInput asks to send a chunk of a case, or to make what the vendor has of
// some targets what is desired.
type CallInput struct {
	Case int64
	Work SyncWork
	// Turns are the limits of the APIs, by name; what is not among them has none.
	Turns map[string]Turn
	// Timeout is how long the call may take at most: no other call on these
	// targets begins within it.
	Timeout time.Duration
	// Reason is what the vendor gets as the reason; not of a lift.
	Reason string
	// Inside is who of the case's targets is in its room. It is kept unless that
	// is known already; nil when it was not asked.
	Inside map[string]Inside
}

// AnnouncedCall is what came of a Beginning; exactly one of its ways is taken.
// Before anything else, an earlier call of the same chunk (or targets) whose
// answer was never recorded, because the process ended, gets a VendorNoAnswer
// answer and its entry. An Act on an event (EffectEvent) whose chunk was first
// announced over Timing.EventRepeat ago is not sent again: its targets become Unknown
// with CodeEventOld when any earlier call of the chunk may have landed, else
// Failed with the last answer's error (CodeVendorRetry), and Done is answered.
//
//   - Done: nothing is left to send (all superseded, late or already answered).
//     Their outcomes are written, the job is finished.
//   - Wait > 0: not now, because another call on one of these targets is under
//     way or no turn is free. Nothing was written but Inside and the superseded ones.
//   - otherwise: Request must be sent now. Its entry is committed.
type AnnouncedCall struct {
	Done bool
	Wait time.Duration
	// TargetBusy tells that Wait is for another call on the same target, or for the
	// case itself, and not for a turn.
	TargetBusy bool
	// Delay is how long to wait before Request is sent: its turn was taken
	// ahead, by at most Turn.Ahead.
	Delay   time.Duration
	Call    int64
	Purpose Purpose
	Request Request
	Attempt int
	// EarlierUncertain tells that an earlier call of this chunk may have taken effect,
	// whatever later ones are answered: its answer was lost, in this round or in
	// one before "again", or it was a yes that came after the lease.
	EarlierUncertain bool
	// First is when this chunk's first call of this round was announced.
	First time.Time
	// Asked is when the case was asked.
	Asked time.Time
}

// Verdict is what follows from an answer.
type Verdict struct {
	// Outcome of the chunk's targets; Pending means try again after Wait. For
	// Lift, Accepted means lifted, and anything else is tried again; for Settle
	// anything but Pending ends the job.
	Outcome Outcome
	Err     *Error
	Wait    time.Duration
	// Split says that the targets go out again, each in a call of its own: the
	// answer was about one of them, and not said which. The Outcome is for a
	// call with one target.
	Split bool
	// Gone says that a lift counts as done because room or user are gone.
	Gone bool
	// Overdue, on a lift: write EntryOverdue and this line, once per case and target.
	Overdue *Line
}

// UncertainFor is how long a call without an answer may still take effect: what is
// accepted meanwhile is compared again afterwards.
const UncertainFor = 15 * time.Second
