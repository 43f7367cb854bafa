package tencentd

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// The types of Chat groups that differ in what they allow.
const (
	GroupAVChatRoom = "AVChatRoom"
	GroupPublic     = "Public"
	GroupWork       = "Work" // "Private" in the vendor's older texts
	GroupMeeting    = "Meeting"
	GroupCommunity  = "Community"
)

// What Join, Leave and the makers of rooms refuse.
var (
	ErrNoRoom   = errors.New("no such room")
	ErrExists   = errors.New("the room exists already")
	ErrBanned   = errors.New("the user is banned from the room")
	ErrInside   = errors.New("the user is in the room already")
	ErrNotThere = errors.New("the user is not in the room")
	ErrInvalid  = errors.New("not a valid id")
)

// forever is the vendor's 4294967295: as a duration it means without end, and
// no instant is shown that lies behind it.
const forever = 1<<32 - 1

type roomKey struct {
	kind Kind
	id   string
}

type member struct {
	user      string
	seq       uint64 // order of arrival in the whole world: pages go by it
	joined    time.Time
	micOff    bool // switched off by the user
	cameraOff bool
}

// block is what SetUserBlocked blocked for a user.
type block struct{ audio, video bool }

type room struct {
	roomKey
	groupType, name, owner string
	created                time.Time
	frozen                 bool
	views                  int
	members                map[string]*member
	bans, mutes            terms
	blocks                 map[string]block
}

// arrivals returns the members in the order of arrival.
func (r *room) arrivals() []*member {
	return slices.SortedFunc(maps.Values(r.members), func(a, b *member) int { return cmp.Compare(a.seq, b.seq) })
}

// past is a TRTC room in the history of DescribeRoomInfo.
type past struct {
	roomKey
	owner          string
	created, ended time.Time
}

// world is the state of the application.
type world struct {
	now          func() time.Time
	forgetBlocks bool

	mu      sync.Mutex
	rooms   map[roomKey]*room
	born    map[roomKey]time.Time // when each id was last used for a room
	history []*past
	seq     uint64 // of arrivals
	effects int    // calls that took effect
	noBans  bool   // the console's switch for bans in audio-video groups is off

	subMu       sync.Mutex
	subscribers map[*subscriber]struct{}
	closed      bool
}

func newWorld(now func() time.Time, forgetBlocks bool) *world {
	return &world{
		now: now, forgetBlocks: forgetBlocks,
		rooms: map[roomKey]*room{}, born: map[roomKey]time.Time{}, subscribers: map[*subscriber]struct{}{},
	}
}

// do applies a call atomically at one moment, and numbers it unless it was
// refused.
func (w *world) do(act func() (result, *refusal)) (result, *refusal, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	res, refused := act()
	if refused != nil {
		return nil, refused, 0
	}
	w.effects++
	return res, nil, w.effects
}

// CreateRoom opens a TRTC room: KindRoom with an id from "1" to "4294967294",
// or KindStrRoom. Unlike the vendor's, it does not end when the last one
// leaves: only DismissRoom ends it. The error is ErrInvalid or ErrExists.
func (s *Server) CreateRoom(kind Kind, id string) error {
	switch kind {
	case KindRoom:
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil || n < 1 || n > forever-1 || strconv.FormatUint(n, 10) != id {
			return fmt.Errorf("%w: %s:%s", ErrInvalid, kind, id)
		}
	case KindStrRoom:
		if !validStrRoom(id) {
			return fmt.Errorf("%w: %s:%s", ErrInvalid, kind, id)
		}
	default:
		return fmt.Errorf("%w: %s is not a kind of TRTC room", ErrInvalid, kind)
	}
	return s.world.create(&room{roomKey: roomKey{kind, id}})
}

// CreateLive opens a Live room with a name and an owner. Its id is also the id
// of its audio-video group, which the Chat commands reach. The error is
// ErrInvalid or ErrExists.
func (s *Server) CreateLive(id, name, owner string) error {
	if !validID(id) || !validUser(owner) {
		return fmt.Errorf("%w: live:%s of %q", ErrInvalid, id, owner)
	}
	return s.world.create(&room{roomKey: roomKey{KindLive, id}, groupType: GroupAVChatRoom, name: name, owner: owner})
}

// CreateGroup opens a Chat group of one of the Group types. The error is
// ErrInvalid or ErrExists.
func (s *Server) CreateGroup(id, groupType, name string) error {
	types := []string{GroupAVChatRoom, GroupPublic, GroupWork, GroupMeeting, GroupCommunity}
	if !validID(id) || !slices.Contains(types, groupType) {
		return fmt.Errorf("%w: chat:%s of type %q", ErrInvalid, id, groupType)
	}
	return s.world.create(&room{roomKey: roomKey{KindChat, id}, groupType: groupType, name: name})
}

// Recreate closes a room and opens another one with its id, name, owner and
// type, as when a host starts again: it is empty, without bans and silences,
// and CreateTime is another second. The error is ErrNoRoom.
func (s *Server) Recreate(kind Kind, id string) error {
	return s.world.within(kind, id, func(r *room) error {
		s.world.close(r)
		s.world.open(&room{roomKey: r.roomKey, groupType: r.groupType, name: r.name, owner: r.owner})
		return nil
	})
}

func (w *world) create(r *room) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rooms[r.roomKey] != nil {
		return fmt.Errorf("%w: %s:%s", ErrExists, r.kind, r.id)
	}
	w.open(r)
	return nil
}

// open puts a new room in its place. The vendor reports the creation time in
// whole seconds, and only that distinguishes a room from an earlier one with
// the same id; so no two rooms of an id begin in the same second.
func (w *world) open(r *room) {
	r.created = w.now()
	if before, there := w.born[r.roomKey]; there && r.created.Unix() <= before.Unix() {
		r.created = time.Unix(before.Unix()+1, 0)
	}
	w.born[r.roomKey] = r.created
	r.members, r.blocks = map[string]*member{}, map[string]block{}
	w.rooms[r.roomKey] = r
	if r.kind.Media() {
		w.history = append(w.history, &past{roomKey: r.roomKey, created: r.created})
	}
	w.changed(r, "created")
}

// close closes a room; its members are outside.
func (w *world) close(r *room) {
	delete(w.rooms, r.roomKey)
	for _, p := range w.history {
		if p.roomKey == r.roomKey && p.ended.IsZero() {
			p.ended = w.now()
		}
	}
	w.changed(r, "closed")
}

// SetGroupBans is the console's switch for bans in audio-video groups; it is
// on at first.
func (s *Server) SetGroupBans(on bool) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.noBans = !on
}

func (w *world) within(kind Kind, id string, do func(*room) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.rooms[roomKey{kind, id}]
	if r == nil {
		return fmt.Errorf("%w: %s:%s", ErrNoRoom, kind, id)
	}
	return do(r)
}

// group finds what the Chat commands call a group: a Chat group, or the
// audio-video group of a Live room.
func (w *world) group(id string) *room {
	if r := w.rooms[roomKey{KindChat, id}]; r != nil {
		return r
	}
	return w.rooms[roomKey{KindLive, id}]
}
