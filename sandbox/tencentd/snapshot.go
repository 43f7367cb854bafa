package tencentd

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Room is how a room is at one instant, as the vendor sees it.
type Room struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
	// Type is a Chat group's; a Live room's group is an AVChatRoom.
	Type  string `json:"type,omitempty"`
	Name  string `json:"name,omitempty"`
	Owner string `json:"owner,omitempty"`
	// Created is by the application's clock.
	Created time.Time `json:"created"`
	// Frozen says that members cannot write.
	Frozen bool `json:"frozen"`
	// Members are in the order of arrival.
	Members []Member `json:"members"`
	// Banned and Silenced list all users with a ban or silence, inside or
	// not.
	Banned   []Term `json:"banned"`
	Silenced []Term `json:"silenced"`
}

// Member is a user inside.
type Member struct {
	User   string    `json:"user"`
	Joined time.Time `json:"joined"`
	// Audio and Video say whether the user can be heard and seen: not
	// switched off, and not blocked.
	Audio        bool `json:"audio"`
	Video        bool `json:"video"`
	AudioBlocked bool `json:"audio_blocked"`
	VideoBlocked bool `json:"video_blocked"`
	// Silenced says that the user cannot write, alone or with everyone.
	Silenced bool `json:"silenced"`
}

// Term is a user whose ban or silence ends at Until.
type Term struct {
	User  string    `json:"user"`
	Until time.Time `json:"until"`
}

// Member returns a user who is inside.
func (r Room) Member(user string) (Member, bool) {
	for _, m := range r.Members {
		if m.User == user {
			return m, true
		}
	}
	return Member{}, false
}

// Users returns the members' ids in the order of arrival.
func (r Room) Users() []string {
	users := make([]string, len(r.Members))
	for i, m := range r.Members {
		users[i] = m.User
	}
	return users
}

// Room returns one room as it is now; false if there is none.
func (s *Server) Room(kind Kind, id string) (Room, bool) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	r := s.world.rooms[roomKey{kind, id}]
	if r == nil {
		return Room{}, false
	}
	return s.world.snapshot(r), true
}

// Rooms returns all rooms, by kind and id.
func (s *Server) Rooms() []Room {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(s.world.rooms), func(a, b roomKey) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
	})
	rooms := make([]Room, len(keys))
	for i, k := range keys {
		rooms[i] = s.world.snapshot(s.world.rooms[k])
	}
	return rooms
}

// snapshot needs the world's lock.
func (w *world) snapshot(r *room) Room {
	now := w.now()
	snap := Room{
		Kind: r.kind, ID: r.id, Type: r.groupType, Name: r.name, Owner: r.owner,
		Created: r.created, Frozen: r.frozen,
		Members: []Member{}, Banned: r.bans.current(now), Silenced: r.mutes.current(now),
	}
	for _, m := range r.arrivals() {
		b := r.blocks[m.user]
		_, silenced := r.mutes.active(m.user, now)
		snap.Members = append(snap.Members, Member{
			User: m.user, Joined: m.joined,
			Audio: !m.micOff && !b.audio, Video: !m.cameraOff && !b.video,
			AudioBlocked: b.audio, VideoBlocked: b.video,
			Silenced: silenced || r.frozen,
		})
	}
	return snap
}
