package tencentd

import (
	"fmt"
	"strings"
)

// Kind is the vendor's product that a room belongs to. Equal ids of different
// kinds are different rooms.
type Kind string

// The kinds.
const (
	KindRoom    Kind = "room"    // TRTC, numbered
	KindStrRoom Kind = "strroom" // TRTC, named by a string
	KindLive    Kind = "live"
	KindChat    Kind = "chat"
)

// NewRoom describes a new room. Fields that the kind does not have are
// ignored.
type NewRoom struct {
	Name, Owner string
	GroupType   string
}

// kinds has for each kind how a room of it is opened.
var kinds = map[Kind]func(s *Server, id string, n NewRoom) error{
	KindRoom:    func(s *Server, id string, _ NewRoom) error { return s.CreateRoom(KindRoom, id) },
	KindStrRoom: func(s *Server, id string, _ NewRoom) error { return s.CreateRoom(KindStrRoom, id) },
	KindLive:    func(s *Server, id string, n NewRoom) error { return s.CreateLive(id, n.Name, n.Owner) },
	KindChat:    func(s *Server, id string, n NewRoom) error { return s.CreateGroup(id, n.GroupType, n.Name) },
}

// Media reports whether users of this kind of room have a microphone and a
// camera, which SetMedia switches. Only these have a history in
// DescribeRoomInfo.
func (k Kind) Media() bool { return k == KindRoom || k == KindStrRoom }

// ParseRoom returns the kind and id of kind:id; false for what names no room of
// a kind that there is.
func ParseRoom(text string) (k Kind, id string, ok bool) {
	kind, id, _ := strings.Cut(text, ":")
	_, ok = kinds[Kind(kind)]
	return Kind(kind), id, ok && id != ""
}

// Create opens a room of any kind. The error is ErrInvalid or ErrExists.
func (s *Server) Create(kind Kind, id string, n NewRoom) error {
	create, ok := kinds[kind]
	if !ok {
		return fmt.Errorf("%w: %s is not a kind of room", ErrInvalid, kind)
	}
	return create(s, id, n)
}
