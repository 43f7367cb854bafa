package sandbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"bouncer/sandbox/tencentd"
)

// galaRoom is the name of #gala's room in demoPolicy.
const galaRoom = "gala"

// namedRooms are the rooms that demoPolicy names.
var namedRooms = map[string]string{galaRoom: "live:show1", "gala-chat": "chat:@TGS#aJRGC4MH6", "lobby": "strroom:lobby"}

// stage is a room and the people in it at the start.
type stage struct {
	RoomRef
	tencentd.NewRoom
	people []string
}

// stages are the demo's rooms. One that names no room is a panic that only a test
// can see.
func stages() []stage {
	const host = "host1"
	at := func(room string, n tencentd.NewRoom, people ...string) stage {
		kind, id, err := RoomOf(room)
		if err != nil {
			panic(err)
		}
		return stage{RoomRef{kind, id}, n, people}
	}
	return []stage{
		at("live:show1", tencentd.NewRoom{Name: "Friday Gala", Owner: host}, host, "troll7", "user1", "user2", "alice", "bob"),
		at("room:10006", tencentd.NewRoom{}, "29376", "alice", "bob", "carol"),
		at("room:1234", tencentd.NewRoom{}, "test1", "test2", "dave"),
		at("strroom:lobby", tencentd.NewRoom{}, "29376", "test1", "erin"),
		at("live:test", tencentd.NewRoom{Name: "Rehearsal", Owner: host}, host, "user1", "user2"),
		at("chat:@TGS#aJRGC4MH6", tencentd.NewRoom{Name: "Gala chat", GroupType: tencentd.GroupAVChatRoom}, "troll7", "user1", "alice", "frank"),
		at("chat:@TGS#2FANCLUB", tencentd.NewRoom{Name: "Fan club", GroupType: tencentd.GroupPublic}, "user2", "bob", "grace"),
	}
}

// furnish opens the demo's rooms.
func furnish(t *tencentd.Server) error {
	for _, s := range stages() {
		if err := s.open(t); err != nil {
			return err
		}
	}
	return nil
}

// open makes the room, with everybody inside.
func (s stage) open(t *tencentd.Server) error {
	if err := t.Create(s.Kind, s.ID, s.NewRoom); err != nil {
		return err
	}
	return t.Join(s.Kind, s.ID, s.people...)
}

// Reopen opens one of the demo's rooms again after it was closed, with
// everyone back inside. It returns tencentd's ErrNoRoom for any other room,
// and ErrExists while the room is open.
func (w *World) Reopen(kind tencentd.Kind, id string) error {
	for _, s := range stages() {
		if s.RoomRef == (RoomRef{kind, id}) {
			return s.open(w.Tencent)
		}
	}
	return tencentd.ErrNoRoom
}

// Recreate closes a room and creates it again with the demo's people inside. It
// looks the same but is a different room. The error is tencentd.ErrNoRoom when
// there is none.
func (w *World) Recreate(kind tencentd.Kind, id string) error {
	if err := w.Tencent.Recreate(kind, id); err != nil {
		return err
	}
	for _, s := range stages() {
		if s.RoomRef == (RoomRef{kind, id}) {
			return w.Tencent.Join(kind, id, s.people...)
		}
	}
	return nil
}

// The audience that joins and leaves. It contains no one named in an example,
// so that examples work at any time.
func audience() []string {
	return []string{"ivy", "jules", "kim", "leo", "mona", "nils", "olga", "pete", "quinn", "rosa"}
}

// runEvents makes people join, leave and switch devices until ctx ends.
func (w *World) runEvents(ctx context.Context) {
	dice := rand.New(rand.NewPCG(w.cfg.Seed, w.cfg.Seed+1)) //nolint:gosec // who joins a demo is no secret
	if w.cfg.Seed == 0 {
		dice = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // as above
	}
	for {
		wait := w.cfg.EventInterval/2 + time.Duration(dice.Int64N(int64(w.cfg.EventInterval)+1))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		w.randomEvent(dice)
	}
}

// randomEvent makes one random event. If it is not possible (a ban, a closed room),
// nothing happens this time.
func (w *World) randomEvent(dice *rand.Rand) {
	rooms := w.Tencent.Rooms()
	if len(rooms) == 0 {
		return
	}
	room := rooms[dice.IntN(len(rooms))]
	who := audience()[dice.IntN(len(audience()))]
	inside, there := room.Member(who)
	var err error
	switch {
	case !there && len(room.Members) < 9:
		err = w.Tencent.Join(room.Kind, room.ID, who)
	case !there:
		return
	case dice.IntN(3) == 0 && room.Kind.Media():
		err = w.Tencent.SetMedia(room.Kind, room.ID, who, !inside.Audio, inside.Video)
	default:
		err = w.Tencent.Leave(room.Kind, room.ID, who)
	}
	if err != nil {
		w.cfg.Logger.Debug("room event skipped", "room", string(room.Kind)+":"+room.ID, "user", who, "err", err)
	}
}

// RoomRef names one of the demo's rooms.
type RoomRef struct {
	Kind tencentd.Kind
	ID   string
}

// Rooms returns the demo's, in the order in which they are shown, open or not.
func Rooms() []RoomRef {
	var out []RoomRef
	for _, s := range stages() {
		out = append(out, s.RoomRef)
	}
	return out
}

// RoomOf returns the kind and id of kind:id, or of a name of the demo's policy.
// The error says that the text is neither.
func RoomOf(word string) (tencentd.Kind, string, error) {
	text := word
	if room, ok := namedRooms[word]; ok {
		text = room
	}
	kind, id, ok := tencentd.ParseRoom(text)
	if !ok {
		return "", "", fmt.Errorf("%q is not a room: write kind:id, such as room:10006", word)
	}
	return kind, id, nil
}
