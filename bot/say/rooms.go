package say

import (
	"slices"
	"strings"

	"bouncer/moderation"
)

// How many rooms of a case are named before they are counted.
const (
	titleRooms = 3
	lineRooms  = 2
)

// RoomKeys returns the keys of an action's rooms, separated by commas: for files and logs. It is empty
// for an action that was refused before its room was known.
func RoomKeys(a moderation.Action) string {
	if a.Room == (moderation.Room{}) {
		return ""
	}
	keys := []string{a.Room.String()}
	for _, r := range a.MoreRooms {
		keys = append(keys, r.String())
	}
	return strings.Join(keys, ",")
}

// several reports whether a case has a row for each room and person.
func several(a moderation.Action) bool { return len(a.MoreRooms) > 0 }

// rooms names up to most rooms of an action, and counts the rest.
func (s *speech) rooms(a moderation.Action, most int) phrase {
	return s.roomList(append([]moderation.Room{a.Room}, a.MoreRooms...), most)
}

func (s *speech) roomList(all []moderation.Room, most int) phrase {
	list := s.list(s.roomNames(all[:min(len(all), most)])...)
	if n := len(all) - most; n > 0 {
		return s.say("place.more", vals{"list": list, "n": n})
	}
	return list
}

func (s *speech) roomNames(all []moderation.Room) []phrase {
	names := make([]phrase, len(all))
	for i, r := range all {
		names[i] = s.room(r)
	}
	return names
}

// roomIn is a room in a line: its name where there is space for it, its id always.
func (s *speech) roomIn(r moderation.Room, f fold) phrase {
	if f.named {
		return s.room(r)
	}
	return s.bare(r)
}

// roomsIn are the rooms of an action in a line. Of several it counts them first, because what
// follows may be cut.
func (s *speech) roomsIn(a moderation.Action, f fold) phrase {
	if !several(a) {
		return s.roomIn(a.Room, f)
	}
	all := a.Rooms()
	var names []phrase
	for _, r := range all[:min(len(all), lineRooms)] {
		names = append(names, s.roomIn(r, f))
	}
	if len(all) > lineRooms {
		names = append(names, own("…"))
	}
	return s.say("place.line", vals{"n": len(all), "list": s.list(names...)})
}

// roomKeys are the keys of an action's rooms, without names.
func (s *speech) roomKeys(a moderation.Action) phrase {
	keys := []phrase{s.bare(a.Room)}
	for _, r := range a.MoreRooms {
		keys = append(keys, s.bare(r))
	}
	return s.list(keys...)
}

// extent counts people in rooms, "2 people in 3 rooms", or rooms alone where there are no people.
func (s *speech) extent(people, rooms int) phrase {
	where := s.say("place.rooms", vals{"n": rooms})
	if people == 0 {
		return where
	}
	return s.say("place.people", vals{"people": s.people(people), "rooms": where})
}

func (s *speech) extentOf(a moderation.Action) phrase {
	return s.extent(len(a.Targets), len(a.Rooms()))
}

// at is the room of an entry or a call of a case in several rooms; nothing for one room.
func (s *speech) at(a moderation.Action, key string) phrase {
	if !several(a) || key == "" {
		return nil
	}
	return s.say("place.in", vals{"room": s.room(a.RoomOf(key))})
}

// atChunk is the room that an entry or a call of a case in several rooms is about, by its key or else by
// the chunk.
func (s *speech) atChunk(v moderation.CaseView, key string, chunk int) phrase {
	if several(v.Case.Action) && key == "" {
		key = roomOfChunk(v, chunk)
	}
	return s.at(v.Case.Action, key)
}

// roomOfChunk returns the key of the room that a chunk of a case is about; "" where that is not known.
func roomOfChunk(v moderation.CaseView, chunk int) string {
	for _, t := range v.Targets {
		if t.Chunk == chunk {
			return v.RoomOf(t).String()
		}
	}
	return ""
}

// oneChunk reports whether a chunk is all that a case does in its room.
func oneChunk(v moderation.CaseView, chunk int) bool {
	room := roomOfChunk(v, chunk)
	return !slices.ContainsFunc(v.Targets, func(t moderation.Target) bool { return t.Chunk != chunk && v.RoomOf(t).String() == room })
}

// rowCount is how many targets an action has: people, in each of its rooms where it has several.
func rowCount(a moderation.Action) int {
	if !several(a) {
		return len(a.Targets)
	}
	return len(a.Rooms()) * len(a.TargetRows())
}

// placed are people in rooms: all of them in each.
type placed struct {
	rooms []moderation.Room
	ids   []string
}

// pairs returns who of a case is where; rooms with the same people are one.
func pairs(v moderation.CaseView, targets []moderation.Target) (out []placed) {
	var keys []string
	byRoom := map[string]*placed{}
	for _, t := range targets {
		room := v.RoomOf(t)
		p := byRoom[room.String()]
		if p == nil {
			p = &placed{rooms: []moderation.Room{room}}
			byRoom[room.String()], keys = p, append(keys, room.String())
		}
		p.ids = append(p.ids, t.ID)
	}
	for _, key := range keys {
		p := byRoom[key]
		same := func(o placed) bool { return slices.Equal(o.ids, p.ids) }
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i].rooms = append(out[i].rooms, p.rooms...)
			continue
		}
		out = append(out, *p)
	}
	return out
}

// pairLines say who of a case is where, a line for the rooms with the same people, or which rooms it is
// about where it is about no people.
func (s *speech) pairLines(all []placed, people, most int) []phrase {
	return s.capped(len(all), most, "status.more", func(i int) phrase {
		where := s.roomList(all[i].rooms, moderation.MaxRooms)
		if all[i].ids[0] == "" {
			return where
		}
		return s.say("place.people", vals{"people": s.some(all[i].ids, people), "rooms": where})
	})
}

// affected counts those who have an outcome: people, or rooms where a case is about whole rooms.
func (s *speech) affected(v moderation.CaseView, o moderation.Outcome) phrase {
	n := v.Case.Counts[o]
	if !several(v.Case.Action) {
		return s.people(n)
	}
	if len(v.Case.Action.Targets) == 0 {
		return s.say("place.rooms", vals{"n": n})
	}
	ids := map[string]bool{}
	for _, t := range v.Targets {
		if t.Outcome == o {
			ids[t.ID] = true
		}
	}
	return s.people(len(ids))
}
