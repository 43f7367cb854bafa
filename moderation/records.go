package moderation

import (
	"time"
)

// Bounds of what is read at once.
const (
	SearchLimit    = 1000 // cases and restrictions are counted up to this
	SearchPageSize = 10   // rows of a page
	MaxNotes       = 50
)

// MaxNoteLength is how many characters a note may have.
const MaxNoteLength = 3000

// CaseRestrictions is what stands on one target in one room by one case, and whether Tencent
// has it so.
type CaseRestrictions struct {
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

// SavedSearch is a question about cases, kept for the buttons of its pages, with
// what it found: what comes later moves no page. What stands is looked up anew
// for each page, and finds no numbers.
type SavedSearch struct {
	Token   string // opaque
	Team    string
	User    string // who may turn its pages
	Action  Action
	Results []int64
	At      time.Time
	Expires time.Time
}

// OverdueLift is the end of a timed action that is late.
type OverdueLift struct {
	Case    int64
	Room    Room
	Target  string
	Due     time.Time
	Attempt int
	// Last is its newest call; zero when none has left yet.
	Last Call
}

// ErasureRequest says whose data is to be erased: one of its two.
type ErasureRequest struct {
	Target string // a Tencent UserID
	User   string // a Slack user
	By     Actor
}

// ErasureResult is what an erasure did.
type ErasureResult struct {
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

// ErasedPlaceholder stands in place of what somebody wrote about an erased person.
const ErasedPlaceholder = "[erased]"
