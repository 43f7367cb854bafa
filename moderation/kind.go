package moderation

import (
	"fmt"
	"slices"
	"time"
)

// Kind is the kind of a room. A numbered room and a room with a string id are different rooms even
// when they look the same, so a kind is always written and never guessed.
type Kind string

// The kinds of rooms. Package tencent defines what each of them supports.
const (
	KindRoom    Kind = "room"    // TRTC room with a number
	KindStrRoom Kind = "strroom" // TRTC room with a string id
	KindLive    Kind = "live"    // Live room
	KindChat    Kind = "chat"    // Chat group
)

// KindSpec is one row of the table of room kinds.
type KindSpec struct {
	Kind Kind
	// Check returns what is wrong with a room's id, or nil. Its error is an *Error.
	Check func(Room) error
	// Numeric means that ids are decimal numbers.
	Numeric bool
	// LookalikeKind is the kind in which the same id names another room that is easily confused
	// with this one; empty for none.
	LookalikeKind Kind
	// ReportsCreation means that the vendor reports when a room was created: a room that was ended
	// and created again with its id is another room.
	ReportsCreation bool
	// Example is an id that help shows.
	Example string
	// Verbs has a cell for each verb that takes a room. A verb without one is denied.
	Verbs map[Verb]Support
}

// Support is one cell of the table of verbs and kinds.
type Support struct {
	Supported bool
	// Why is set when Supported is false: a Code whose sentence states the reason, such as
	// CodeNoBanInRoom.
	Why Code
	// Instead is the nearest verb that works; empty for none.
	Instead Verb
	// InsteadFor is the duration to offer with Instead; 0 for none.
	InsteadFor time.Duration
	// Permanent means that "perm" is possible: the vendor documents it, or the bot ends the
	// restriction.
	Permanent bool
	// VendorEnds means that the vendor ends a timed restriction by itself: it gets the duration.
	// Otherwise the bot ends it.
	VendorEnds bool
}

// kindTable is filled by RegisterKinds and not changed afterwards.
var kindTable []KindSpec

// RegisterKinds adds room kinds, in the order in which help shows them. The package that calls the
// vendor does this in its init, so a program that imports that package knows its kinds. It panics
// on a duplicate kind or one without a check.
func RegisterKinds(specs ...KindSpec) {
	for _, s := range specs {
		if _, twice := s.Kind.Spec(); twice || s.Kind == "" || s.Check == nil {
			panic(fmt.Sprintf("moderation: room kind %q is registered twice, or has no check", s.Kind))
		}
		kindTable = append(kindTable, s)
	}
}

// Kinds returns every kind, in the order in which help shows them.
func Kinds() []Kind {
	kinds := make([]Kind, len(kindTable))
	for i, s := range kindTable {
		kinds[i] = s.Kind
	}
	return kinds
}

// Spec returns a kind's row; false for a kind that is not in the table.
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

// BotEnds reports whether the bot must end a restriction of a medium in a room of this kind. It
// must, unless the kind's table says that the vendor does: lifting twice does less harm than never
// lifting.
func (k Kind) BotEnds(m Medium) bool { return !Supports(RestrictingVerb(m), k).VendorEnds }

// Supports returns whether a kind of room supports a verb, and what to do instead. Verbs without a
// room are supported; those about a case depend on the verb of that case. Anything not in the
// table is denied.
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
