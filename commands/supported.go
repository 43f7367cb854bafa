package commands

import (
	"slices"

	"bouncer/moderation"
)

// supported makes sure that the kinds of all rooms have the verb.
func (p *parser) supported() *Mistake {
	rooms := p.act.Rooms()
	i := slices.IndexFunc(rooms, func(r moderation.Room) bool { return !moderation.Supports(p.spec.Verb, r.Kind).Supported })
	if i < 0 && len(rooms) > 0 {
		return nil
	}
	var room moderation.Room
	if i >= 0 {
		room = rooms[i]
	}
	sup := moderation.Supports(p.spec.Verb, room.Kind)
	if sup.Supported {
		return nil
	}
	if q := *p; p.implied && p.takes.Users && q.users() == nil { // it may have been meant for another room
		q.blanks()
		if m := q.lateRoom(q.i); m != nil {
			return m
		}
	}
	m := mistake(Code(sup.Why), p.typed, "verb", string(p.spec.Verb), "room", room.String(),
		"kind", string(room.Kind), "instead", string(sup.Instead))
	var offers []offer
	if sup.Instead != "" {
		offers = append(offers, offer{twist: twist{verb: sup.Instead, lasts: sup.InsteadFor}})
	}
	if rest := p.supporting(rooms); len(rest) > 0 && p.roomsEnd > p.roomsFrom {
		offers = append(offers, offer{edits: []edit{{p.roomsFrom, p.roomsEnd, writeRooms(rest)}}})
	}
	return p.fail(m, offers...)
}

// supporting returns the rooms whose kinds have the verb.
func (p *parser) supporting(rooms []moderation.Room) (out []moderation.Room) {
	for _, r := range rooms {
		if moderation.Supports(p.spec.Verb, r.Kind).Supported {
			out = append(out, r)
		}
	}
	return out
}

// permRoom returns the first room in which the verb cannot be permanent; ok is false when it can be
// in all.
func (p *parser) permRoom() (room moderation.Room, ok bool) {
	for _, r := range p.act.Rooms() {
		if !moderation.Supports(p.spec.Verb, r.Kind).Permanent {
			return r, true
		}
	}
	if p.act.Room.Kind == "" {
		return moderation.Room{}, !moderation.Supports(p.spec.Verb, "").Permanent
	}
	return moderation.Room{}, false
}

// mayBePermanent reports whether the verb can be permanent in all rooms.
func (p *parser) mayBePermanent() bool {
	_, not := p.permRoom()
	return !not
}

// noPerm is the mistake of a permanent length where that is not possible.
func (p *parser) noPerm(piece string) *Mistake {
	room, _ := p.permRoom()
	return mistake(CodePermNotPossible, piece, "verb", string(p.spec.Verb), "room", room.String(),
		"kind", string(room.Kind), "most", FormatDuration(moderation.MaxDuration))
}
