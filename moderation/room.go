// Package moderation guarantees that no call is made without a committed entry, and that of two
// cases on one target the newer one wins. It is the domain: the types that all packages share
// (room, action, case, entry, restriction, job), the life cycle of a case, and the service and
// workers that run it. It imports no other package of this module but backoff.
package moderation

import (
	"strconv"
	"strings"
)

// Room is a Tencent room. ID is compared byte for byte.
type Room struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
	// Name is the policy's name of the room; empty when it was typed as kind:id.
	Name string `json:"name,omitempty"`
}

// String returns kind:id, the stored and shown form. The name does not identify a room.
func (r Room) String() string { return string(r.Kind) + ":" + r.ID }

// RoomFromKey parses what String returned; false when it is not a valid room key.
func RoomFromKey(key string) (Room, bool) {
	kind, id, ok := strings.Cut(key, ":")
	r := Room{Kind: Kind(kind), ID: id}
	return r, ok && r.Kind.Valid() && r.ID != ""
}

// MaxUserID is the vendor's documented maximum length of a UserID, in bytes.
const MaxUserID = 32

// Check returns what is wrong with the room's id, or nil. The error is always an *Error:
// CodeRoomKind for an unknown kind, else the error of the kind's check.
func (r Room) Check() error {
	spec, ok := r.Kind.Spec()
	if !ok {
		return NewError(CodeRoomKind, "room", r.String(), "kind", string(r.Kind))
	}
	return spec.Check(r)
}

// Lookalike returns the room of another kind that has the same id and is easily confused with this
// one; false where there is none, or where it cannot exist.
func (r Room) Lookalike() (Room, bool) {
	spec, _ := r.Kind.Spec()
	if spec.LookalikeKind == "" {
		return Room{}, false
	}
	other := Room{Kind: spec.LookalikeKind, ID: r.ID}
	return other, other.Check() == nil
}

func printable(c byte) bool { return c >= 0x20 && c <= 0x7e }

// CheckUserID returns what is wrong with a Tencent UserID, or nil: it must be 1 to 32 bytes of
// printable ASCII. The error's code is CodeUserLength or CodeUserCharacter.
func CheckUserID(id string) error {
	if id == "" || len(id) > MaxUserID {
		return NewError(CodeUserLength, "user", id, "most", strconv.Itoa(MaxUserID))
	}
	for i := range len(id) {
		if !printable(id[i]) {
			return NewError(CodeUserCharacter, "user", id, "at", strconv.Itoa(i+1))
		}
	}
	return nil
}
