package moderation

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Turn is one use of a shared rate limit (GCRA, one row per Key).
type Turn struct {
	Key       string
	PerSecond float64
	// Burst is how many may go at once after a pause; at least 1.
	Burst int
	// Ahead is how far ahead a turn may be taken: a wait of at most Ahead is returned together
	// with the turn, which is to be used after it. So a queue keeps the limit's pace however late
	// its workers wake.
	Ahead time.Duration
}

// Backlog is how much waits, and for how long.
type Backlog struct {
	Jobs       map[Queue]int           // unfinished and due
	Oldest     map[Queue]time.Duration // how long the oldest due one waits
	Posts      int                     // messages that are due
	OldestPost time.Duration           // how long the oldest due message waits
	Lifts      int                     // lifts still to come
	Overdue    int                     // lifts whose time has passed
	Unsealed   int
}

// Delivery is a delivery that must not be lost.
type Delivery struct {
	Key      string // "source:id", such as "slack:<envelope id>"
	Kind     JobKind
	Payload  []byte
	ReplyURL string // see NewJob.ReplyURL
	// Waited is how long ago it was received. Its age counts from then, and it is not accepted
	// more than AckWithin after that.
	Waited time.Duration
}

// Draft is a corrected command with a Run button.
type Draft struct {
	Token   string // opaque
	Team    string
	User    string // its author, who alone may run it
	Channel string
	Text    string // without the slash command
	Expires time.Time
	// Quote is the token of the message that becomes evidence of its case, Report that of the report
	// that its case comes of; empty for none.
	Quote, Report string
	// Case is the number of the resulting case; 0 while unused.
	Case int64
	// Filed is what the draft does where its people came from a file; nil where Text says all. It
	// is not kept once the draft was used.
	Filed *FiledPeople
}

// FiledPeople is an action whose people came from a file.
type FiledPeople struct {
	Action Action `json:"action"`
	// File is the file's name, user-supplied, and Digest the SHA-256 of its content in hex.
	File   string `json:"file"`
	Digest string `json:"digest"`
}

// DraftLifetime is how long a draft can be run.
const DraftLifetime = 5 * time.Minute

// Change is rows that are written together.
type Change struct {
	Entries []NewEntry
	Jobs    []NewJob
	Lines   []Line
	List    *List
	// Refusal, when set, is counted and folded (see Refusal); the store writes its entry and line.
	Refusal *Refusal
	// Note is a remark about a target. The store sets its id and time and writes its EntryNote.
	Note *Note
	// Evidence is attached to its case. The store sets its id and time, and writes its
	// EntryEvidence for the case's thread. A link that the case already has is not attached again.
	// ErrNotFound when there is no such case.
	Evidence      *Evidence
	SavedSearch   *SavedSearch
	EvidenceDraft *EvidenceDraft
	// Draft is stored for its author; DropDraft is the token of an unused one that is deleted.
	Draft     *Draft
	DropDraft string
	// ShowReport is the token of a report whose card is updated; empty for none.
	ShowReport string
}

// NewEntry is an entry to be written.
type NewEntry struct {
	Case int64
	Kind EntryKind
	Body Body
}

// Line is a line for the audit channel other than the end of a case: a refusal, a notice. While
// the first Line with a Key is not posted, a second one adds its Count to it. Once it is posted,
// the next one is kept under the same key with ":more" appended, due at Due.
type Line struct {
	Key     string
	Channel string
	Due     time.Time
	Kind    EntryKind
	Case    int64
	Body    json.RawMessage // a Body
	Count   int
}

// Refusal is a refused request. In one transaction it gets a number; up to RefusalsKept a minute
// and person are entries of their own, beyond that they are counted, and one EntryFolded with the
// count is written after the minute; equal ones (same person, code and channel) fold into one line
// a minute. Curious clicks get one line per person and CuriousWindow, at its end.
type Refusal struct {
	Body    Body   // actor, typed, action, origin, code, values
	Channel string // the audit channel; empty for no line
}

// CuriousWindow is the time over which the clicks of one person without any role (see
// CuriousClick) are counted. One audit line at its end reports them (see Body.FoldClick).
const CuriousWindow = 10 * time.Minute

// CuriousClick reports whether a refusal is of a person without any role who pressed a
// button of a case that they did not request or approve. Everybody in a channel sees its buttons,
// so a line for each would be noise. External people are not included: their click shows that
// another organization can read the channel.
func (b Body) CuriousClick() bool {
	if b.Detail == "" || b.Typed != "" || b.Involved {
		return false
	}
	switch b.Code {
	case RefuseGuest, RefuseNoRole:
		return true
	case RefuseNotApprover, RefuseNotReviewer:
		return b.Actor != nil && len(b.Actor.Roles) == 0
	}
	return false
}

// clickOrder has the buttons whose refused click matters most first.
var clickOrder = []string{"glass", "approve", "deny", "stop", "undo", "extend"}

// FoldClick returns the body of the line for the curious clicks of b and a later one: of the
// button that matters most, with the last "case", all "cases", and "others" when there was
// another button.
func (b Body) FoldClick(next Body) Body {
	order := func(x Body) int { return slices.Index(clickOrder, x.Detail) }
	out := b
	if at := order(next); at >= 0 && (order(b) < 0 || at < order(b)) {
		out = next
	}
	values := map[string]string{}
	maps.Copy(values, out.Values)
	if b.Values["others"] != "" || b.Detail != next.Detail {
		values["others"] = "yes"
	}
	cases := strings.Fields(cmp.Or(b.Values["cases"], b.Values["case"]))
	if no := next.Values["case"]; no != "" && !slices.Contains(cases, no) {
		cases = append(cases, no)
	}
	values["case"] = cmp.Or(next.Values["case"], b.Values["case"])
	values["cases"] = strings.Join(cases, " ")
	out.Values = values
	return out
}

// RefusalsKept is how many refusals a minute and person get entries of their own.
const RefusalsKept = 10

// List is a read list, stored for its Next, Previous and CSV buttons.
type List struct {
	Token   string // opaque
	Team    string
	User    string // who may turn its pages
	Action  Action
	Reading Reading // without Answer
	At      time.Time
	Expires time.Time
}

// FormLifetime is how long the message is kept that a form was opened from: Slack keeps a form open
// for as long as its person leaves it open.
const FormLifetime = 24 * time.Hour

// ListLifetime is how long a list can be paged through.
const ListLifetime = 30 * time.Minute

// NewCase is a new case with all that belongs to it.
type NewCase struct {
	Case    Case // the store sets No, Counts and Version
	Targets []Target
	// Evaluate decides; nil keeps Case.Decision. Lookback is how far back Facts.Recent reaches, 0
	// when people are not counted.
	Evaluate func(Facts) Decision
	Lookback time.Duration
	// Jobs are queued whatever is decided. The store prefixes their keys with the case's number,
	// so keys need only be unique within the case.
	Jobs []NewJob
	SendPlan
	// ReviewShare is the share of ordinary cases, from 0 to 1, that is selected for review.
	ReviewShare float64
	// OnDuplicate, when set, are the jobs queued instead of everything else when a case already
	// does the same.
	OnDuplicate []NewJob
	// Draft is the token of the draft it came from; empty for none.
	Draft string
	// Report is the token of the report that it came of; empty for none.
	Report string
	// CardChannel is the channel of the card, AuditChannel that of its audit line.
	CardChannel, AuditChannel string
}

// SendPlan is how a case is sent once it runs.
type SendPlan struct {
	// ChunkSize is how many targets one request takes; 0 for the whole room.
	ChunkSize int
	// Kind is the kind of the jobs that send its chunks; empty where none are queued.
	Kind JobKind
	// At is when it is sent, or starts to wait for approval; zero where no jobs watch over that.
	At time.Time
	// Round distinguishes the jobs of a case that was confirmed, approved or tried again from
	// earlier ones. By is who did that, nil for its requester.
	Round int64
	By    *Actor
	// Bulk says that its chunks are bulk work however few they are: they are a part of many.
	Bulk bool
}

// RefusedError is a decision that refused a case when it was to be opened.
type RefusedError struct{ Decision Decision }

// Error returns the refusal.
func (r *RefusedError) Error() string { return r.Decision.Refusal.Error() }

// Unwrap returns the refusal.
func (r *RefusedError) Unwrap() error { return r.Decision.Refusal }

// Confirmation is a person's answer that lets a case continue.
type Confirmation struct {
	No    int64
	Body  Body // actor and what was pressed
	Until time.Time
	Jobs  []NewJob // as in NewCase
	SendPlan
	// RoomInfo is the room as read now; the zero value is not compared.
	RoomInfo RoomInfo
	// Reevaluation decides a case again that runs later than it was requested; the zero value
	// keeps the decision.
	Reevaluation
}

// Reevaluation is a decision with what the store knows when it is made.
type Reevaluation struct {
	Evaluate func(Facts) Decision
	Lookback time.Duration // as in NewCase
}

// ReadBack is the payload of JobReadBack.
type ReadBack struct {
	Chunk int `json:"chunk"`
}

// CallInput requests a call: for a chunk of a case, or for targets whose applied state may differ
// from the desired one.
type CallInput struct {
	Case int64
	Work SyncWork
	// Turns are the rate limits by API name; an API without one is not limited.
	Turns map[string]Turn
	// Timeout bounds the call: no other call on these targets begins within it.
	Timeout time.Duration
	// Reason is the reason for the vendor; not used for lifts.
	Reason string
	// Inside is who of the case's targets is in Work.Room. It is stored unless that is already
	// known; nil when it was not read.
	Inside map[string]Inside
}

// AnnouncedCall is the result of Store.AnnounceCall. Before anything else, an earlier call of the
// same chunk (or targets) whose answer was never recorded, because the process ended, gets a
// VendorNoAnswer answer and its entry. An event (EffectEvent) whose chunk was first announced more
// than Timing.EventRepeat ago is not sent again: its targets become Unknown with CodeEventOld when
// any earlier call of the chunk may have landed, else Failed with the last answer's error
// (CodeVendorRetry), and Done is set. Exactly one of these applies:
//
//   - Done: nothing is left to send (all superseded, late or already answered). Their outcomes are
//     written, the job is finished.
//   - Wait > 0: not now, because another call on one of these targets is in flight or no turn is
//     free. Nothing was written but Inside and superseded targets.
//   - otherwise: Request must be sent now. Its entry is committed.
type AnnouncedCall struct {
	Done bool
	Wait time.Duration
	// TargetBusy means that Wait is for another call on the same target or for the case itself,
	// not for a turn.
	TargetBusy bool
	// Delay is how long to wait before Request is sent: its turn was taken ahead, by at most
	// Turn.Ahead.
	Delay   time.Duration
	Call    int64
	Purpose Purpose
	Request Request
	Attempt int
	// EarlierUncertain means that an earlier call of this chunk may have taken effect, whatever
	// later ones are answered: its answer was lost, in this round or an earlier one, or it was
	// accepted after the lease ended. A round begins with the case and with each Try again.
	EarlierUncertain bool
	// First is when this chunk's first call of this round was announced.
	First time.Time
	// RequestedAt is when the case was requested.
	RequestedAt time.Time
	// Due is when the earliest restriction that the call lifts was to end; zero when none expired.
	Due time.Time
}

// Verdict is what follows from an answer.
type Verdict struct {
	// Outcome of the chunk's targets; Pending means try again after Wait. For PurposeLift,
	// Accepted means lifted, and anything else is tried again; for PurposeResync anything but
	// Pending ends the job.
	Outcome Outcome
	Err     *Error
	Wait    time.Duration
	// Split means that the targets are sent again, each in its own call: the answer was about one
	// of them without naming it. Outcome applies to a call with one target.
	Split bool
	// Gone means that a lift counts as done because room or user no longer exist.
	Gone bool
	// Overdue, on a lift: write EntryOverdue and this line, once per case and target.
	Overdue *Line
}

// UncertainFor is how long a call without an answer may still take effect: a state accepted
// meanwhile is compared again afterwards. Gateways give up after at most 30 s.
const UncertainFor = 30 * time.Second
