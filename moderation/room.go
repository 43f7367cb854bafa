// Package moderation is the domain: the words that every other room shares
// (room, action, case, entry, restriction, job), the states a case moves
// through, and the service that moves it. It guarantees that no call leaves
// without a committed entry, and that of two cases on one target the newer
// one wins. It imports no other room of the house.
package moderation

import (
	"strconv"
	"strings"
)

// Room is where people are. ID is compared byte for byte.
type Room struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
	// Name is what the policy calls the room; empty when it was typed as kind:id.
	Name string `json:"name,omitempty"`
}

// String gives kind:id, the form that is stored and shown: its name plays no
// part in what a room is.
func (r Room) String() string { return string(r.Kind) + ":" + r.ID }

// RoomFromKey undoes String.
func RoomFromKey(key string) (Room, bool) {
	kind, id, ok := strings.Cut(key, ":")
	r := Room{Kind: Kind(kind), ID: id}
	return r, ok && r.Kind.Valid() && r.ID != ""
}

// MaxUserID bounds a UserID, in bytes, as the vendor documents it.
const MaxUserID = 32

// Check reports what is wrong with the room's id, or nil. The error is always
// an *Error: CodeRoomKind for an unknown kind, else what the kind says of the id.
func (r Room) Check() error {
	spec, ok := r.Kind.Spec()
	if !ok {
		return NewError(CodeRoomKind, "room", r.String(), "kind", string(r.Kind))
	}
	return spec.Check(r)
}

// Lookalike returns the room of another kind that reads alike and is easily taken
// for this one; false where there is none, or where it cannot exist.
func (r Room) Lookalike() (Room, bool) {
	spec, _ := r.Kind.Spec()
	if spec.LookalikeKind == "" {
		return Room{}, false
	}
	other := Room{Kind: spec.LookalikeKind, ID: r.ID}
	return other, other.Check() == nil
}

func printable(c byte) bool { return c >= 0x20 && c <= 0x7e }

// CheckUserID reports what is wrong with a Tencent UserID, or nil: 1 to 32
// bytes of printable ASCII. The error's code is CodeUserLength or
// CodeUserCharacter.
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
