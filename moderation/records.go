package moderation

import (
	"context"
	"time"
)

// Records is what is known afterwards, of cases and of people. What it gives
// is as of its own read. Who reads it writes an EntryRead; the store does not.
type Records interface {
	// Numbers gives the numbers of the cases that fit, newest first, of those
	// below before (0 for all), at most FoundMost.
	Numbers(ctx context.Context, f Find, before int64) ([]int64, error)
	// Find gives up to n of them, and how many Numbers gives.
	Find(ctx context.Context, f Find, before int64, n int) (cases []Case, total int, err error)
	// Bound gives up to n of what stands now on a target or in a room, after
	// the first skip, and how much it is, counted up to FoundMost. In a room it
	// is in order of target; on a target in order of room.
	Bound(ctx context.Context, f Find, skip, n int) (bound []Bound, total int, err error)
	// Notes gives the notes about a target, newest first, at most NotesMost.
	Notes(ctx context.Context, target string) ([]Note, error)
	// Enquiry gives a stored question; ErrNotFound also when it is too old.
	Enquiry(ctx context.Context, token string) (Enquiry, error)
	// Quote gives a message that is about to be put to a case; ErrNotFound also
	// when it is too old.
	Quote(ctx context.Context, token string) (Quote, error)
	// Live gives up to n cases in a state that is no end, oldest first, and how
	// many there are.
	Live(ctx context.Context, state State, n int) (cases []Case, total int, err error)
	// Overdue gives up to n lifts whose time has passed, the longest ago first, and
	// how many there are.
	Overdue(ctx context.Context, n int) (late []LateLift, total int, err error)
	// Erase removes somebody's data from everything that is kept, and writes
	// what it did as an entry. See Erasure.
	Erase(ctx context.Context, who Erasure) (Erased, error)
}

// Bounds of what is read at once.
const (
	FoundMost = 1000 // cases and restrictions are counted up to this
	FoundPage = 10   // rows of a page
	NotesMost = 50
)

// NoteText is how many characters a note may have.
const NoteText = 3000

// Bound is what stands on one target in one room by one case.
type Bound struct {
	Room   Room
	Target string // "" for the whole room
	Media  []Medium
	Until  time.Time // zero for no end
	Case   Case
}

// Enquiry is a question about cases, kept for the buttons of its pages, with
// what it found: what comes later moves no page. What stands is looked up anew
// for each page, and finds no numbers.
type Enquiry struct {
	Token   string // opaque
	Team    string
	User    string // who may turn its pages
	Action  Action
	Found   []int64
	At      time.Time
	Expires time.Time
}

// LateLift is the end of a timed action that is late.
type LateLift struct {
	Case    int64
	Room    Room
	Target  string
	Due     time.Time
	Attempt int
	// Last is its newest call; zero when none has left yet.
	Last Call
}

// Erasure says whose data is to be erased: one of its two.
type Erasure struct {
	Target string // a Tencent UserID
	User   string // a Slack user
	By     Actor
}

// Erased is what an erasure did.
type Erased struct {
	// Marker stands where the id stood. It is made with a key that is not kept.
	Marker  string
	Entries int // whose bodies were rewritten
	Cases   int
	Notes   int
	Other   int // rows of other kinds
}

// ErasedBody names an entry whose body was rewritten, and the hash of what
// stands there now, in hex.
type ErasedBody struct {
	Entry int64  `json:"entry"`
	Hash  string `json:"hash"`
}

// ErasedText stands in place of what somebody wrote about an erased person.
const ErasedText = "[erased]"
