package moderation

import (
	"context"
	"time"
)

// VendorClass sorts an answer of the vendor by what follows from it.
type VendorClass string

// The classes.
const (
	VendorAccepted VendorClass = "accepted" // done
	VendorRetry    VendorClass = "retry"    // surely not done; try again later
	VendorNoAnswer VendorClass = "silent"   // no answer, or none that can be understood: may have been done
	VendorGone     VendorClass = "gone"     // room or user not there
	VendorConfig   VendorClass = "config"   // the operator must act; trying again is no use now
	VendorRefused  VendorClass = "refused"  // bad input
)

// MayHaveLanded reports whether a call with such an answer may have taken
// effect, whatever later ones are answered. "" is one without an answer yet.
func (c VendorClass) MayHaveLanded() bool {
	switch c {
	case VendorRetry, VendorGone, VendorConfig, VendorRefused:
		return false
	}
	return true
}

// Answer is what became of one request.
type Answer struct {
	Class     VendorClass
	Err       *Error // code and values for people; nil for VendorAccepted
	Code      string // vendor's
	Message   string // vendor's words, foreign text, at most 500 characters
	RequestID string
	// After is how long the vendor asks to wait; 0 for none.
	After time.Duration
	Took  time.Duration
}

// Plan is how an action will be sent: worked out before anything is sent.
type Plan struct {
	API string // e.g. "trtc.RemoveUser", "live.ban_member"
	// ChunkSize is how many targets one request takes.
	ChunkSize int
}

// Request is one request to be sent: the chunk's targets as they still stand.
type Request struct {
	Verb    Verb // Lift calls carry the lifting verb
	Room    Room
	Targets []string
	// IsMute is for mute and unmute: one target, computed from what is desired.
	IsMute int
	// Left is what is left of a timed action that the vendor ends itself.
	Left      time.Duration
	Permanent bool
	// Reason goes to the vendor, who may show it to the target: "case N", or
	// the typed reason when the operator chose so.
	Reason string
}

// Reading is one read: bans, silenced or who.
type Reading struct {
	Rows []ReadingRow
	// Total is what the vendor says is there, or len(Rows).
	Total int
	// Cut says that there was more than the bot reads.
	Cut bool
	// Answer is the last page's.
	Answer Answer
}

// ReadingRow is one line of a list.
type ReadingRow struct {
	ID    string    `json:"id"`
	Until time.Time `json:"until,omitzero"`
	Note  string    `json:"note,omitempty"` // role, reason: foreign text
}

// Vendor is Tencent, as the domain sees it.
type Vendor interface {
	// Plan is pure. Its error is an *Error.
	Plan(a Action) (Plan, error)
	// Do sends one request, once: repeating is the domain's business. Its
	// answer never holds a secret.
	Do(ctx context.Context, r Request) Answer
	// Read reads a whole list, page by page, calling turn before each page
	// with the API's name; an error of turn ends it.
	Read(ctx context.Context, a Action, turn func(context.Context, string) error) Reading
	// RoomInfo sees what is known of a room now: how many are inside, whose it is,
	// and when it was made, so that a later room of the same id is another one.
	// What a kind does not tell is zero. turn as for Read.
	RoomInfo(ctx context.Context, room Room, turn func(context.Context, string) error) RoomInfo
}
