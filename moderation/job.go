package moderation

import "time"

// Queue is a line of jobs that one set of workers serves.
type Queue string

// The queues.
const (
	QueueCommand Queue = "command" // what people typed or pressed, committed before its ack
	QueueCall    Queue = "call"    // single actions
	QueueBulk    Queue = "bulk"    // chunks of large actions: step aside for the others
	QueueLift    Queue = "lift"    // ends of timed actions
	QueueRead    Queue = "read"    // commands that wait for a vendor's lists
	QueueAnswer  Queue = "answer"  // private answers through a response_url
	QueueTimer   Queue = "timer"   // everything else that is due at a time
)

// Queues lists them all.
func Queues() []Queue {
	return []Queue{QueueCommand, QueueCall, QueueBulk, QueueLift, QueueRead, QueueAnswer, QueueTimer}
}

// LeaseTime is how long a claimed job is kept from others.
const LeaseTime = 10 * time.Second

// StallLimit is how long a process may have stood still before it drops what it
// had claimed.
const StallLimit = 3 * time.Second

// JobKind says what a job does; each kind has one handler.
type JobKind string

// The kinds of jobs that the domain queues itself.
const (
	JobChunk          JobKind = "chunk"  // send one chunk of an event
	JobSync           JobKind = "sync"   // make what the vendor has of some targets what is desired
	JobConfirmTimeout JobKind = "expire" // nobody answered whether a late case should run
	JobAnswer         JobKind = "answer" // tell the requester privately

	JobRoomInfo        JobKind = "look"     // see what the vendor says of a room that waits for approval
	JobRemind          JobKind = "remind"   // remind the approvers
	JobEscalate        JobKind = "escalate" // ask the next group
	JobApprovalTimeout JobKind = "over"     // a request's time is over
	JobShowEnd         JobKind = "showend"  // a restriction that the vendor ends is over: its card says so
	JobReadBack        JobKind = "readback" // see what the vendor holds after a binding was changed
)

// NewJob is work to be queued in the transaction that makes it necessary.
type NewJob struct {
	// Key is known while the job is unfinished and for seven days after: a
	// second one with it is not queued.
	Key   string
	Queue Queue
	Kind  JobKind
	RunAt time.Time
	// Queued is when it was asked for; zero for the moment of its commit.
	Queued  time.Time
	Case    int64
	Payload []byte // JSON of the kind's own making
	// ReplyURL is a response_url, the one secret that is stored: its column is
	// blanked when the job is finished, and comes back empty ReplyLifetime after
	// it was queued. It never stands in a payload.
	ReplyURL string
}

// AckWithin is how long after a delivery was received it may still be taken in:
// Slack tells its sender after 3 s that it failed.
const AckWithin = 2500 * time.Millisecond

// ReplyLifetime is how long Slack takes answers at a response_url.
const ReplyLifetime = 30 * time.Minute

// Job is claimed work.
type Job struct {
	ID      int64
	Key     string
	Queue   Queue
	Kind    JobKind
	Case    int64
	Payload []byte
	// ReplyURL is the delivery's response_url; empty when there is none, or
	// when it is too old to be used.
	ReplyURL string
	Attempt  int // 1 at the first claim; fences every write
	Queued   time.Time
	// Due is when it was first to run; retries do not move it.
	Due time.Time
	// Claimed is this process's monotonic time of the claim or last renewal.
	Claimed time.Time
}

// SyncWork is the payload of JobSync and JobChunk: a chunk of its case that is
// still to be sent, or else targets in one room, whoever restricts them.
type SyncWork struct {
	Chunk int  `json:"chunk,omitempty"`
	Bulk  bool `json:"bulk,omitempty"`
	// By is who asked for this run when it was not the case's own actor.
	By *Actor `json:"by,omitempty"`

	Room    string   `json:"room,omitempty"`
	Targets []string `json:"targets,omitempty"`
}
