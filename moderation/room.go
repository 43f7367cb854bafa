// Package moderation is the domain: the words that every other room shares
// (room, action, case, entry, standing, job), the states a case moves
// through, and the service that moves it. It guarantees that no call leaves
// without a committed entry, and that of two cases on one target the newer
// one wins. It imports no other room of the house.
package moderation

import (
	"strconv"
	"strings"
)

// Kind says which of the vendor's worlds a room lives in. A numbered room and
// a room with a name are different rooms even when they read the same, so a
// kind is always written out and never guessed.
type Kind string

// The kinds of rooms.
const (
	KindRoom    Kind = "room"    // TRTC room with a number
	KindStrRoom Kind = "strroom" // TRTC room with a string id
	KindLive    Kind = "live"    // Live room
	KindChat    Kind = "chat"    // Chat group
)

// Kinds lists every kind, in the order help shows them.
func Kinds() []Kind { return []Kind{KindRoom, KindStrRoom, KindLive, KindChat} }

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool {
	switch k {
	case KindRoom, KindStrRoom, KindLive, KindChat:
		return true
	}
	return false
}

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

// Bounds of room and user ids, in bytes, as the vendor documents them.
const (
	MaxRoomNumber  = 4294967294
	MaxStrRoomID   = 64
	MaxLiveRoomID  = 48
	MaxChatGroupID = 48
	MaxUserID      = 32
)

// topicMark parts a community's id from that of one of its topics.
const topicMark = "@TOPIC#"

// strRoomChars is the documented character set of a TRTC string room id.
const strRoomChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" +
	" !#$%&()+-:;<=.>?@[]^_{}|~,"

// Check reports what is wrong with the room's id, or nil. The error is always
// an *Error with code CodeRoomKind, CodeRoomNumber, CodeRoomLength,
// CodeRoomCharacter or CodeRoomTopic.
func (r Room) Check() error {
	switch r.Kind {
	case KindRoom:
		n, err := strconv.ParseUint(r.ID, 10, 64)
		if err != nil || n < 1 || n > MaxRoomNumber || strconv.FormatUint(n, 10) != r.ID {
			return NewError(CodeRoomNumber, "room", r.String(), "id", r.ID)
		}
		return nil
	case KindStrRoom:
		return r.checkText(MaxStrRoomID, func(c byte) bool { return strings.IndexByte(strRoomChars, c) >= 0 })
	case KindLive:
		return r.checkText(MaxLiveRoomID, printable)
	case KindChat:
		if strings.Contains(r.ID, topicMark) {
			return NewError(CodeRoomTopic, "room", r.String())
		}
		return r.checkText(MaxChatGroupID, printable)
	}
	return NewError(CodeRoomKind, "room", r.String(), "kind", string(r.Kind))
}

func (r Room) checkText(most int, allowed func(byte) bool) error {
	if r.ID == "" || len(r.ID) > most {
		return NewError(CodeRoomLength, "room", r.String(), "most", strconv.Itoa(most))
	}
	for i := range len(r.ID) {
		if !allowed(r.ID[i]) {
			return NewError(CodeRoomCharacter, "room", r.String(), "at", strconv.Itoa(i+1))
		}
	}
	return nil
}

// Number gives the RoomId of a numbered room; Check has passed before.
func (r Room) Number() uint64 {
	n, err := strconv.ParseUint(r.ID, 10, 64)
	if err != nil {
		return 0
	}
	return n
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
