package moderation

import (
	"time"
)

// Bounds of what is read at once.
const (
	FoundMost = 1000 // cases and restrictions are counted up to this
	FoundPage = 10   // rows of a page
	NotesMost = 50
)

// NoteText is how many characters a note may have.
const NoteText = 3000

// Bound is what stands on one target in one room by one case, and whether Tencent
// has it so.
type Bound struct {
	Room   Room
	Target string // "" for the whole room
	Media  []Medium
	Until  time.Time // zero for no end
	Case   Case
	// Lag says how Tencent falls behind, Has and By as in Behind.
	Lag Lag
	Has time.Time
	By  int64
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
