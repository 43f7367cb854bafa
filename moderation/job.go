package moderation

import "time"

// Queue is a queue of jobs with its own workers.
type Queue string

// The queues.
const (
	QueueCommand Queue = "command" // commands and clicks, committed before they are acknowledged
	QueueCall    Queue = "call"    // single actions
	QueueBulk    Queue = "bulk"    // chunks of large actions, which yield to the others
	QueueLift    Queue = "lift"    // ends of timed restrictions
	QueueRead    Queue = "read"    // commands that wait for a vendor's lists
	QueueAnswer  Queue = "answer"  // private answers through a response_url
	QueueTimer   Queue = "timer"   // everything else that is due at a time
)

// Queues returns all queues.
func Queues() []Queue {
	return []Queue{QueueCommand, QueueCall, QueueBulk, QueueLift, QueueRead, QueueAnswer, QueueTimer}
}

// LeaseTime is how long a claimed job is reserved for its worker.
const LeaseTime = 10 * time.Second

// StallLimit is how long a process may have stalled before it abandons the jobs that it claimed.
const StallLimit = 3 * time.Second

// JobKind selects the handler of a job.
type JobKind string

// The kinds of jobs that the domain queues itself.
const (
	JobChunk          JobKind = "chunk"   // send one chunk of an event
	JobPortion        JobKind = "portion" // begin the next targets of a case of many
	JobSync           JobKind = "sync"    // make the applied state of some targets equal to the desired one
	JobConfirmTimeout JobKind = "expire"  // a late case was not confirmed in time
	JobAnswer         JobKind = "answer"  // answer the requester privately

	JobRoomInfo        JobKind = "look"     // look up the room of a case that awaits approval
	JobRemind          JobKind = "remind"   // remind the approvers
	JobEscalate        JobKind = "escalate" // ask the next roles
	JobApprovalTimeout JobKind = "over"     // an approval request expired
	JobShowEnd         JobKind = "showend"  // update the card of a restriction that the vendor ended
	JobRemindReports   JobKind = "reports"  // remind of the reports that wait in a channel
	JobReadBack        JobKind = "readback" // read back what the vendor has after an end was changed
)

// NewJob is work that is queued in the transaction that requires it.
type NewJob struct {
	// Key is unique while the job is unfinished and for seven days after: a second job with it is
	// not queued.
	Key   string
	Queue Queue
	Kind  JobKind
	RunAt time.Time
	// Queued is when it was requested; zero for the time of its commit.
	Queued  time.Time
	Case    int64
	Payload []byte // JSON, defined by the kind
	// ReplyURL is a response_url, the only secret that is stored: its column is cleared when the
	// job is finished, and reads as empty ReplyLifetime after the job was queued. It must not be
	// in a payload.
	ReplyURL string
}

// AckWithin is how long after its receipt a delivery may still be accepted: after 3 s Slack shows
// its sender an error.
const AckWithin = 2500 * time.Millisecond

// ReplyLifetime is how long Slack accepts answers at a response_url.
const ReplyLifetime = 30 * time.Minute

// Job is claimed work.
type Job struct {
	ID      int64
	Key     string
	Queue   Queue
	Kind    JobKind
	Case    int64
	Payload []byte
	// ReplyURL is the delivery's response_url; empty when there is none, or when it is too old.
	ReplyURL string
	Attempt  int // 1 at the first claim; fences every write
	Queued   time.Time
	// Due is when it was first to run; retries do not change it.
	Due time.Time
	// Claimed is this process's monotonic time of the claim or last renewal.
	Claimed time.Time
}

// SyncWork is the payload of JobSync and JobChunk: either a chunk of its case that is still to be
// sent, or targets in one room, whichever case restricts them.
type SyncWork struct {
	Chunk int  `json:"chunk,omitempty"`
	Bulk  bool `json:"bulk,omitempty"`
	// Many says that it is a chunk of a case that begins in portions: see Service.cleared.
	Many bool `json:"many,omitempty"`
	// By is who started this run, when it was not the case's actor.
	By *Actor `json:"by,omitempty"`

	// Room is the key of the room that the targets are in; empty for the case's first one.
	Room    string   `json:"room,omitempty"`
	Targets []string `json:"targets,omitempty"`
}

// ManyTargets is up to how many targets of a case begin together: more begin in portions. An undo
// and an extension, which read what each target has, begin in portions from PortionSize on, which is
// a multiple of every size of chunk. The next portion begins while up to PortionAhead targets have no
// outcome: as many as the vendor's limit lets through, in chunks of 20, until an answer comes.
// PortionWait is how long it waits before it looks again.
const (
	ManyTargets  = 1000
	PortionSize  = 200
	PortionAhead = 3 * PortionSize
	PortionWait  = 50 * time.Millisecond
)

// PortionWork is the payload of JobPortion: how the case is sent, and the delivery that started it.
type PortionWork struct {
	Job       int64   `json:"job"`
	ChunkSize int     `json:"chunk_size"`
	Kind      JobKind `json:"kind"`
	Round     int64   `json:"round"`
	By        *Actor  `json:"by,omitempty"`
	// Left is how many targets have not begun.
	Left int `json:"left"`
	// Card and Thread are when they were last made due, in Unix milliseconds.
	Card   int64 `json:"card"`
	Thread int64 `json:"thread"`
}

// While a case begins in portions, its card and its thread are updated this often.
const (
	PortionCard   = 5 * time.Second
	PortionThread = time.Minute
)
