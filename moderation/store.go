package moderation

import (
	"context"
	"encoding/json"
	"time"
)

// Store keeps everything durable. Each method is one transaction: what it
// describes happens whole or not at all, and is durable when it returns.
// Methods that take a Job are fenced: when the job was claimed by somebody else
// since (its attempt has moved on) they change nothing and return ErrLeaseLost,
// unless they say otherwise. Times are the store's clock.
type Store interface {
	Intake
	Queueing
	Cases
	Approvals
	Outbox
	Reviews
	Digests
	Log
	Records
	Suspending
	Policies
	RoleGroups

	// Turn takes a turn of a shared rate limit and returns how long to wait
	// until it may be used: 0 when it is taken now. When the wait is longer
	// than Turn.Ahead nothing was taken.
	Turn(ctx context.Context, t Turn) (wait time.Duration, err error)
	// Ping tells whether the store answers.
	Ping(ctx context.Context) error
	// Backlog counts what waits, for metrics.
	Backlog(ctx context.Context) (Backlog, error)
	Close() error
}

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

// Intake is the way in. Both join one group commit that goes before all other
// writes; when the group's commit fails each member is tried alone, and done
// gets its own member's error. done is called on a goroutine of the store's,
// in order of commit, after the commit is durable; it must not block.
type Intake interface {
	// Accept queues a delivery in QueueCommand, due at once. fresh is false
	// when the key was known: it was accepted before.
	Accept(in Incoming, done func(fresh bool, err error))
	// KeepDrafts stores corrected commands that can be run with a button: all
	// of them or none.
	KeepDrafts(drafts []Draft, done func(err error))
}

// Incoming is a delivery that must not be lost.
type Incoming struct {
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

// DraftLife is how long a draft can be run.
const DraftLife = 5 * time.Minute

// Queueing is the jobs table.
type Queueing interface {
	// Claim takes up to n due jobs of a queue, oldest run_at first, raising
	// their attempt and pushing run_at by Lease.
	Claim(ctx context.Context, q Queue, n int) ([]Job, error)
	// Serve has jobs of a queue that become due as they are committed handed over
	// to this process's workers, already claimed, for as long as they have free
	// slots; nil ends it.
	Serve(q Queue, s *Slots)
	// Wake gets a token whenever other work of that queue was committed, also work
	// that is due later: a sleeper then looks anew how long to sleep. It never
	// blocks the committer. Never closed.
	Wake(q Queue) <-chan struct{}
	// NextDue gives the time at which the queue's earliest job can be claimed, a
	// claimed one at the end of its lease; ok is false when there is none.
	NextDue(ctx context.Context, q Queue) (at time.Time, ok bool, err error)
	// Renew keeps a job for another Lease.
	Renew(ctx context.Context, j Job) error
	// Retry gives a job back, due again after the wait.
	Retry(ctx context.Context, j Job, wait time.Duration) error
	// Move gives a job over to another queue, due at once.
	Move(ctx context.Context, j Job, q Queue) error
	// Finish ends a job together with what follows from it.
	Finish(ctx context.Context, j Job, c Change) error
	// Append writes a change that belongs to no job.
	Append(ctx context.Context, c Change) error
}

// Change is rows that are written together.
type Change struct {
	Entries []NewEntry
	Jobs    []NewJob
	Lines   []Line
	List    *List
	// Refused, when set, counts and folds a refusal (see Refusal); its entry
	// and line are the store's to write.
	Refused *Refusal
	// Note is a remark about a target. Its id and time are the store's, and so
	// is its EntryNote.
	Note *Note
	// Evidence is put to its case; its id and time are the store's, and so is
	// its EntryEvidence, told in the case's thread. What the case has already,
	// by its link, is not put to it again. ErrNotFound when there is no such case.
	Evidence *Evidence
	Enquiry  *Enquiry
	Quote    *Quote
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
// minute.
type Refusal struct {
	Body    Body   // actor, typed, action, origin, code, values
	Channel string // the audit channel; empty for no line
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

// ListLife is how long a list can be paged through.
const ListLife = 30 * time.Minute

// Cases is the life of cases.
type Cases interface {
	// Open decides and opens a case: number, targets, its EntryAsked, its
	// moves (only when its state is Open), what is queued, and its card, due
	// Timing.CardDelay after now. The job is finished. With o.Judge the decision is made in here,
	// under Facts that no other case can change meanwhile: a refusal is returned
	// as *Refused and changes nothing, the job neither; a decision that needs an
	// approval makes the case Waiting, and o.Now, where the need allows it, a
	// second case that runs meanwhile. When o.Draft is set and that draft was used
	// already, ErrStale is returned with the case that it became, and nothing is
	// changed, the job neither. With o.Repeated a command that was given within
	// RepeatWithin, and that a case carries out already, opens none: that case is
	// given back, which has another Token, with an EntryAgain (CodeRepeated).
	Open(ctx context.Context, j Job, o Opening) (Case, error)
	// Repeats gives the case that carries out already what another one would ask,
	// as Open does with o.Repeated; ErrNotFound when none does.
	Repeats(ctx context.Context, in Case) (Case, error)
	// Weigh gives the facts under which an action of somebody would be decided
	// now. It is for telling, not for deciding.
	Weigh(ctx context.Context, by Actor, a Action, lookback time.Duration) (Facts, error)
	// Ask turns an Open case none of whose calls was ever announced back into
	// Asking: its moves came to nothing, EntryAgain is
	// written, its unfinished jobs are taken back (who holds one
	// has lost its lease), the jobs (its JobExpire) are queued; the job is
	// finished. When a call was announced already, or it is not Open: ErrStale.
	Ask(ctx context.Context, j Job, no int64, jobs []NewJob) (Case, error)
	// Reask has an Open case wait for an approval that the policy asks for by now:
	// what was not sent goes back to Waiting with the decision given (EntryAgain),
	// its restrictions are taken back, votes that count are kept; what may have
	// landed is Unknown. The job is finished. Not Open, or something under way:
	// ErrStale, and nothing is changed, the job neither.
	Reask(ctx context.Context, j Job, no int64, d Decision, waits func(Need) []NewJob) (Case, error)
	// Confirm moves an Asking case to Open, or to Waiting when it needs an
	// approval: moves, jobs, EntryAgain; its unfinished JobExpire is taken
	// back. It is decided anew like a new request: an approval that it had is over.
	// RefuseRecreated as Vote. Any other state: ErrStale, with the case as it is.
	Confirm(ctx context.Context, j Job, c Confirmation) (Case, error)
	// Let drops everything of a case that is still pending, which ends it: what
	// was never sent is Dropped, with the code given, and its moves came
	// to nothing; what may have landed is Unknown. Each outcome has an entry of the
	// kind given. Nothing pending, or only what is under way: ErrStale. On
	// success the job is finished.
	Let(ctx context.Context, j Job, no int64, kind EntryKind, body Body) (Case, error)
	// Stop drops what a case has not sent, with the body's code, and keeps it
	// from sending more: what is under way gets its answer and is not repeated.
	// EntryStopped with the body; the job is finished. Not Open, or nothing
	// pending: ErrStale, with the case as it is.
	Stop(ctx context.Context, j Job, no int64, body Body, jobs []NewJob) (Case, error)
	// Again makes the Unknown targets of a Done case Pending once more and
	// queues them. It is decided anew like a new request of whoever asks for it:
	// *Refused when it is a no, ErrNeedsApproval when somebody must agree, and then
	// nothing is changed. RefuseRecreated as Vote; RefuseTooOld when it ended
	// longer ago than AgainFor. No unknown target: ErrStale, with the case as it is.
	Again(ctx context.Context, j Job, c Confirmation) (Case, error)

	// Begin compares what is desired with what was applied, decides what is sent
	// now, takes the turn, and commits the entry that announces the call. The
	// job's lease is renewed. See Began.
	Begin(ctx context.Context, j Job, b Beginning) (Began, error)
	// Answered records what became of a call that Begin announced, and what
	// follows for its targets. The answer is recorded even when the lease was
	// lost (ErrLeaseLost is returned then, and targets are left alone).
	Answered(ctx context.Context, j Job, call int64, a Answer, v Verdict) error
	// LiftFault writes once for a line's key that a lift is late for a reason of
	// our own: EntryOverdue with the body, and the line. It reads no row of the
	// case, since one may be what cannot be read.
	LiftFault(ctx context.Context, j Job, l Line, body Body) error

	// ShowEnd marks the job's case as ended, when its time is over and nothing
	// has ended it before; the job is finished.
	ShowEnd(ctx context.Context, j Job) error
	// InsideAsked reports whether SetInside was called since the case was opened.
	InsideAsked(ctx context.Context, no int64) (bool, error)
	// SetInside keeps who of a case's targets is in the room.
	SetInside(ctx context.Context, no int64, inside map[string]Inside) error

	Case(ctx context.Context, no int64) (Case, error)            // ErrNotFound
	CaseByToken(ctx context.Context, token string) (Case, error) // ErrNotFound
	View(ctx context.Context, no int64) (View, error)            // ErrNotFound
	List(ctx context.Context, token string) (List, error)        // ErrNotFound, also when expired
	// Draft gives a draft that could be run at the time given, which is when its
	// button was pressed, or that was used already; else ErrNotFound.
	Draft(ctx context.Context, token string, at time.Time) (Draft, error)
	// Undoable gives the targets that a case binds now ("" for the whole room), in
	// their order, and the case that stands on the first that it binds no more.
	Undoable(ctx context.Context, no int64) (still []string, newer int64, err error)
	// Standings gives the restrictions in force in a room.
	Standings(ctx context.Context, room Room) ([]Standing, error)
}

// Opening is a new case with all that belongs to it.
type Opening struct {
	Case    Case // No, Counts, Version: the store's
	Targets []Target
	// Judge decides; nil keeps Case.Decision. Lookback is how far back
	// Facts.Recent reaches, 0 when nobody counts.
	Judge    func(Facts) Decision
	Lookback time.Duration
	// Jobs are queued with the case's number, whatever is decided. It goes before
	// their keys too, which need be unique in the case alone.
	Jobs []NewJob
	Sending
	// Now is the case that runs at once while this one waits, for as long as
	// the need allows; nil for none.
	Now func(Need) *Opening
	// Sample is the share of ordinary cases, from 0 to 1, that is marked for a
	// second look.
	Sample float64
	// Repeated, when set, are the jobs that are queued instead of everything else
	// when a case does the same already: see Open.
	Repeated []NewJob
	// Draft is the token of the draft it came from; empty for none.
	Draft string
	// CardChannel is where the card goes, AuditChannel where its line goes.
	CardChannel, AuditChannel string
}

// Sending is how a case is sent once it runs.
type Sending struct {
	// ChunkSize is how many targets one request takes; 0 for the whole room.
	ChunkSize int
	// BotEnds: queue one JobSync per target at Case.Until less Timing.LiftLead, when the
	// case has an end.
	BotEnds bool
	// Run gives the jobs that send these targets, one per chunk.
	Run func([]Target) []NewJob
	// Waits gives the jobs that watch over a request for approval.
	Waits func(Need) []NewJob
}

// Refused is a decision that refused a case in the moment of its opening.
type Refused struct{ Decision Decision }

// Error gives the refusal.
func (r *Refused) Error() string { return r.Decision.Refusal.Error() }

// Unwrap gives the refusal.
func (r *Refused) Unwrap() error { return r.Decision.Refusal }

// Confirmation is somebody answering a question about a case.
type Confirmation struct {
	No    int64
	Body  Body // actor and what was pressed
	Until time.Time
	Jobs  []NewJob // as in Opening
	Sending
	// Look is what is seen of the room now; its zero value is held against nothing.
	Look RoomLook
	// Weighing has a case that runs later than it was asked decided anew; its zero
	// value leaves it as it was decided.
	Weighing
}

// Weighing is a decision under what the store knows when it is made.
type Weighing struct {
	Judge    func(Facts) Decision
	Lookback time.Duration // as in Opening
}

// ReadBack is the payload of JobReadBack.
type ReadBack struct {
	Chunk int `json:"chunk"`
}

// Beginning asks to send a chunk of a case, or to make what the vendor has of
// some targets what is desired.
type Beginning struct {
	Case int64
	Work SyncWork
	// Turn is the limit of an API.
	Turn func(api string) Turn
	// Flight is how long the call may take at most: no other call on these
	// targets begins within it.
	Flight time.Duration
	// Describe gives the API and the body of a request; pure.
	Describe func(Request) (api, body string, err error)
	// Reason is what the vendor gets as the reason; not of a lift.
	Reason string
}

// Began is what came of a Beginning; exactly one of its ways is taken.
// Before anything else, an earlier call of the same chunk (or targets) whose
// answer was never recorded, because the process ended, gets a VendorSilent
// answer and its entry. An Act on an event (EffectEvent) whose chunk was first
// announced over Timing.EventRepeat ago is not sent again: its targets become Unknown
// with CodeEventOld when any earlier call of the chunk may have landed, else
// Failed with the last answer's error (CodeVendorRetry), and Done is answered.
//
//   - Done: nothing is left to send (all superseded, late or already answered).
//     Their outcomes are written, the job is finished.
//   - Wait > 0: not now, because another call on one of these targets is under
//     way or no turn is free. Nothing was written but the superseded ones.
//   - otherwise: Request must be sent now. Its entry is committed.
type Began struct {
	Done bool
	Wait time.Duration
	// Busy tells that Wait is for another call on the same target, or for the
	// case itself, and not for a turn.
	Busy bool
	// Delay is how long to wait before Request is sent: its turn was taken
	// ahead, by at most Turn.Ahead.
	Delay   time.Duration
	Call    int64
	Purpose Purpose
	Request Request
	Attempt int
	// Silent tells that an earlier call of this chunk may have taken effect,
	// whatever later ones are answered: its answer was lost, in this round or in
	// one before "again", or it was a yes that came after the lease.
	Silent bool
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
	// Apart says that the targets go out again, each in a call of its own: the
	// answer was about one of them, and not said which. The Outcome is for a
	// call with one target.
	Apart bool
	// Gone says that a lift counts as done because room or user are gone.
	Gone bool
	// Overdue, on a lift: write EntryOverdue and this line, once per case and target.
	Overdue *Line
}

// DoubtFor is how long a call without an answer may still take effect: what is
// accepted meanwhile is compared again afterwards.
const DoubtFor = 15 * time.Second

// Log is the audit log and its chain.
type Log interface {
	// Seal numbers and chains all entries that are not yet sealed, in order of
	// their commit, and gives the head.
	Seal(ctx context.Context) (Head, error)
	Head(ctx context.Context) (Head, error)
	// Entries gives a case's entries after one id, sealed or not.
	Entries(ctx context.Context, no, after int64) ([]Entry, error)
	// Verify walks the whole chain; err names the first entry that does not fit.
	Verify(ctx context.Context) (entries int64, err error)
	// NumberAbove has the next case get a number above one that people have seen.
	NumberAbove(ctx context.Context, no int64) error
	// Database gives the id of this database and whether it was empty when it
	// was opened.
	Database() (id string, fresh bool)
}
