package moderation

import (
	"slices"
	"strconv"
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

// CaseRestrictions is what one case restricts for one target in one room, and whether Tencent has
// applied it.
type CaseRestrictions struct {
	Room   Room
	Target string // "" for the whole room
	Media  []Medium
	Until  time.Time // zero for permanent
	Case   Case
	// Lag is how Tencent's state differs; VendorUntil and LiftedBy are as in Behind.
	Lag         Lag
	VendorUntil time.Time
	LiftedBy    int64
}

// Row returns the number of the case and the target's place in it, counted room by room, with a dash
// between them; "" where the case names no such target or room.
func (r CaseRestrictions) Row() string {
	ids := r.Case.Action.TargetRows()
	place := slices.Index(ids, r.Target)
	room := 0
	if rooms := r.Case.Action.Rooms(); len(rooms) > 1 {
		room = slices.IndexFunc(rooms, func(of Room) bool { return of.Kind == r.Room.Kind && of.ID == r.Room.ID })
	}
	if place < 0 || room < 0 {
		return ""
	}
	return strconv.FormatInt(r.Case.No, 10) + "-" + strconv.Itoa(room*len(ids)+place)
}

// SavedSearch is a stored search with its results, for the buttons of its pages: later cases do
// not shift the pages. Restrictions in force are read again for each page, and Results is empty.
type SavedSearch struct {
	Token   string // opaque
	Team    string
	User    string // who may turn its pages
	Action  Action
	Results []int64
	At      time.Time
	Expires time.Time
}

// OverdueLift is a late end of a restriction.
type OverdueLift struct {
	Case    int64
	Room    Room
	Target  string
	Due     time.Time
	Attempt int
	// Last is its newest call; zero when none was made yet.
	Last Call
}

// ErasureRequest names the person whose data is erased. Exactly one of Target and User is set.
type ErasureRequest struct {
	Target string // a Tencent UserID
	User   string // a Slack user
	By     Actor
}

// ErasureResult is the result of an erasure.
type ErasureResult struct {
	// Marker replaces the id. It is made with a key that is not kept.
	Marker    string
	Entries   int // rewritten bodies
	Cases     int
	Notes     int
	OtherRows int // rows of other kinds
}

// ErasedBody is an entry whose body was rewritten, with the hex hash of the new body.
type ErasedBody struct {
	Entry int64  `json:"entry"`
	Hash  string `json:"hash"`
}

// ErasedPlaceholder replaces what people wrote about an erased person.
const ErasedPlaceholder = "[erased]"
