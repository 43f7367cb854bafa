package moderation

import (
	"fmt"
	"slices"
	"time"
)

// Kind says which of the vendor's worlds a room lives in. A numbered room and
// a room with a name are different rooms even when they read the same, so a
// kind is always written out and never guessed.
type Kind string

// The kinds of rooms. What each of them is and supports, package tencent says.
const (
	KindRoom    Kind = "room"    // TRTC room with a number
	KindStrRoom Kind = "strroom" // TRTC room with a string id
	KindLive    Kind = "live"    // Live room
	KindChat    Kind = "chat"    // Chat group
)

// KindSpec is one row of the table of room kinds.
type KindSpec struct {
	Kind Kind
	// Check reports what is wrong with a room's id, or nil. Its error is an *Error.
	Check func(Room) error
	// Numeric says that ids are decimal numbers.
	Numeric bool
	// LookalikeKind is the kind in which the same id names another room that is easily
	// taken for this one; empty for none.
	LookalikeKind Kind
	// ReportsCreation says that the vendor tells when a room was created: one that was
	// ended and created again under its id is another room.
	ReportsCreation bool
	// Example is an id that help shows.
	Example string
	// Verbs has a cell for each verb that takes a room. A verb without one is
	// denied.
	Verbs map[Verb]Support
}

// Support is one cell of the table of verbs and kinds.
type Support struct {
	Supported bool
	// Why is set when OK is false: a Code whose sentence says why, e.g.
	// CodeNoBanInRoom. Never silently something else.
	Why Code
	// Instead names the verb that comes nearest, empty where nothing does.
	Instead Verb
	// InsteadFor is the duration to offer with Instead; 0 for none.
	InsteadFor time.Duration
	// Permanent says that "perm" is possible: the vendor documents it, or the bot
	// itself ends the action.
	Permanent bool
	// VendorEnds says that the vendor itself ends a timed action: it is sent how
	// long the action lasts. Where it does not, the bot ends it.
	VendorEnds bool
}

// kindTable is what RegisterKinds filled; it is never changed afterwards.
var kindTable []KindSpec

// RegisterKinds adds room kinds, in the order in which help shows them. The
// package that reaches the vendor calls it when it is initialized, so that a
// program which imports that package knows its kinds. It panics on a kind that
// is there already or has no check.
func RegisterKinds(specs ...KindSpec) {
	for _, s := range specs {
		if _, twice := s.Kind.Spec(); twice || s.Kind == "" || s.Check == nil {
			panic(fmt.Sprintf("moderation: room kind %q is registered twice, or has no check", s.Kind))
		}
		kindTable = append(kindTable, s)
	}
}

// Kinds lists every kind, in the order help shows them.
func Kinds() []Kind {
	kinds := make([]Kind, len(kindTable))
	for i, s := range kindTable {
		kinds[i] = s.Kind
	}
	return kinds
}

// Spec finds a kind's row; false for a kind that is not in the table.
func (k Kind) Spec() (KindSpec, bool) {
	i := slices.IndexFunc(kindTable, func(s KindSpec) bool { return s.Kind == k })
	if i < 0 {
		return KindSpec{}, false
	}
	return kindTable[i], true
}

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool {
	_, ok := k.Spec()
	return ok
}

// BotEnds reports whether the bot must end a restriction of a medium in a room of
// this kind. It must unless the kind's table says that the vendor does: a
// restriction that is lifted twice does less harm than one that nobody lifts.
func (k Kind) BotEnds(m Medium) bool { return !Supports(RestrictingVerb(m), k).VendorEnds }

// Supports says whether a kind of room has a verb, and what to do instead
// where it has not. Verbs without a room are always fine, and what they have no
// end of is judged by what they lead to. What is not in the table is denied.
func Supports(v Verb, k Kind) Support {
	spec, ok := v.Spec()
	if !ok || !spec.Takes.Room {
		return Support{Supported: ok, Permanent: spec.Takes.Duration}
	}
	kind, _ := k.Spec()
	if s, ok := kind.Verbs[v]; ok {
		return s
	}
	return Support{Why: CodeRoomKind}
}
