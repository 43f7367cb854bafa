package moderation

import (
	"context"
	"time"
)

// VendorClass classifies an answer of the vendor by what follows from it.
type VendorClass string

// The classes.
const (
	VendorAccepted VendorClass = "accepted" // done
	VendorRetry    VendorClass = "retry"    // certainly not done; try again later
	VendorNoAnswer VendorClass = "silent"   // no answer, or none that can be understood: may have been done
	VendorGone     VendorClass = "gone"     // room or user not there
	VendorConfig   VendorClass = "config"   // the operator must act; retrying now does not help
	VendorRefused  VendorClass = "refused"  // invalid input
)

// MayHaveLanded reports whether a call with this answer may have taken effect, whatever later ones
// are answered. "" is a call without an answer yet.
func (c VendorClass) MayHaveLanded() bool {
	switch c {
	case VendorRetry, VendorGone, VendorConfig, VendorRefused:
		return false
	}
	return true
}

// Answer is the result of one request.
type Answer struct {
	Class     VendorClass
	Err       *Error // code and values for people; nil for VendorAccepted
	Code      string // the vendor's
	Message   string // the vendor's text, not trusted, at most 500 characters
	RequestID string
	// RetryAfter is how long the vendor asks to wait; 0 for none.
	RetryAfter time.Duration
	Took       time.Duration
}

// Plan is how an action will be sent, determined before anything is sent.
type Plan struct {
	API string // such as "trtc.RemoveUser", "live.ban_member"
	// ChunkSize is how many targets one request takes.
	ChunkSize int
}

// Request is one request to be sent, with the chunk's remaining targets.
type Request struct {
	Verb    Verb // lift calls carry the lifting verb
	Room    Room
	Targets []string
	// IsMute is for mute and unmute: one target, computed from the desired state.
	IsMute int
	// Left is what is left of a timed restriction that the vendor ends itself.
	Left      time.Duration
	Permanent bool
	// Reason goes to the vendor, who may show it to the target: "case N", or the typed reason when
	// the operator chose so.
	Reason string
}

// Reading is the result of one read: bans, silenced or who.
type Reading struct {
	Rows []ReadingRow
	// Total is the number that the vendor reports, or len(Rows).
	Total int
	// Cut means that there was more than the bot reads.
	Cut bool
	// Answer is the last page's.
	Answer Answer
}

// ReadingRow is one row of a list.
type ReadingRow struct {
	ID    string    `json:"id"`
	Until time.Time `json:"until,omitzero"`
	Note  string    `json:"note,omitempty"` // role, reason: user-supplied
}

// Vendor is Tencent, as the domain needs it.
type Vendor interface {
	// Plan returns how an action is sent. It is pure. Its error is an *Error.
	Plan(a Action) (Plan, error)
	// Do sends one request, once: the domain decides on retries. Its answer never contains a
	// secret.
	Do(ctx context.Context, r Request) Answer
	// Read reads a whole list, page by page, calling turn before each page with the API's name; an
	// error of turn ends it.
	Read(ctx context.Context, a Action, turn func(context.Context, string) error) Reading
	// RoomInfo returns what is known of a room now: how many are inside, its owner, and when it
	// was created, so that a later room of the same id is recognized as another one. What a kind
	// does not report is zero. turn is as for Read.
	RoomInfo(ctx context.Context, room Room, turn func(context.Context, string) error) RoomInfo
}
