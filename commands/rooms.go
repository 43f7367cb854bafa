package commands

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// severalRooms reports whether the verb may be about several rooms: it acts on the vendor, and
// answers nothing.
func (p *parser) severalRooms() bool { return actsInRooms(p.spec) }

// TakesRooms reports whether a verb may be about several rooms; so may one that is not known yet.
func TakesRooms(v moderation.Verb) bool { return v == "" || actsInRooms(verbSpec(v)) }

func actsInRooms(spec moderation.VerbSpec) bool {
	switch spec.Effect {
	case moderation.EffectRestrict, moderation.EffectLift, moderation.EffectEvent:
		return spec.Takes.Room
	}
	return false
}

// readRooms reads the rooms at p.i: the first, and each that follows a comma and begins with a
// known kind.
func (p *parser) readRooms() *Mistake {
	p.roomsFrom, p.rooms, p.seenRooms = p.i, nil, nil
	m := p.readRoom()
	for more := true; m == nil && !p.implied && more; {
		if more, m = p.roomEnds(); more {
			m = p.nextRoom()
		}
	}
	if m != nil || p.implied {
		return m
	}
	p.roomsEnd = p.i
	p.setRooms()
	return p.checkRooms()
}

// nextRoom reads one more room at p.i. Where it is a name, the verb is about no people.
func (p *parser) nextRoom() *Mistake {
	if p.quoteAt(p.i) {
		return p.quotedRoom(p.i)
	}
	from, to := p.i, p.itemEnd(p.i)
	if kind, id, ok := splitKind(p.s[from:to]); ok {
		return p.kindRoom(from, to, kind, id)
	}
	rooms, _ := p.named(p.s[from:to])
	p.roomRead(from, to, rooms...)
	p.byName = true
	return nil
}

// roomRead adds what was read at p.s[from:to] to the rooms, each once.
func (p *parser) roomRead(from, to int, rooms ...moderation.Room) {
	p.roomFrom, p.i, p.byName, p.lastRoom = from, to, false, rooms[len(rooms)-1]
	for _, r := range rooms {
		if !p.seenRooms[r.String()] {
			if p.seenRooms == nil {
				p.seenRooms = map[string]bool{}
			}
			p.seenRooms[r.String()] = true
			p.rooms = append(p.rooms, r)
		}
	}
}

// setRooms makes the action one in the rooms that were read. Several have no names: they are
// written as kind:id.
func (p *parser) setRooms() {
	rooms := slices.Clone(p.rooms)
	for i := range rooms {
		if len(rooms) > 1 {
			rooms[i].Name = ""
		}
	}
	if len(rooms) > 0 {
		p.act.Room, p.act.MoreRooms = rooms[0], slices.Clip(rooms[1:])
	}
	if len(rooms) == 1 {
		p.act.MoreRooms = nil
	}
}

// checkRooms makes sure that the verb may be about as many rooms.
func (p *parser) checkRooms() *Mistake {
	n := len(p.rooms)
	switch {
	case n > 1 && !p.severalRooms():
		m := mistake(CodeRoomsOne, p.s[p.roomsFrom:p.i], "verb", string(p.spec.Verb))
		return p.replace(p.roomsFrom, p.i, m, writeNamed(p.rooms[0]), writeNamed(p.rooms[1]))
	case n > moderation.MaxRooms:
		return tooManyRooms(n)
	}
	return nil
}

func tooManyRooms(n int) *Mistake {
	return mistake(CodeRoomsTooMany, "", "most", strconv.Itoa(moderation.MaxRooms), "got", strconv.Itoa(n))
}

// checkPairs makes sure that rooms and people together are not more than one command may act on.
func (p *parser) checkPairs() *Mistake {
	rooms, people := len(p.act.Rooms()), len(p.act.Targets)
	if rooms > 1 && rooms*people > p.set.MaxTargets {
		return tooManyPairs(p.set.MaxTargets, rooms, people)
	}
	return nil
}

func tooManyPairs(most, rooms, people int) *Mistake {
	return mistake(CodePairsTooMany, "", "most", strconv.Itoa(most), "got", strconv.Itoa(rooms*people),
		"rooms", strconv.Itoa(rooms), "people", strconv.Itoa(people))
}

// roomEnds makes sure that a blank follows the room that was read. A comma there may part it from
// another room, from the users, or belong to its id. more is true where another room follows, at
// p.i then.
func (p *parser) roomEnds() (more bool, m *Mistake) {
	from, to := p.roomFrom, p.i
	piece, room := p.s[from:to], p.lastRoom
	next := skipSpaces(p.s, to)
	if next >= len(p.s) {
		return false, nil
	}
	r, n := utf8.DecodeRuneInString(p.s[next:])
	if !isComma(r) {
		if next == to && !isNewline(r) {
			return false, p.replace(from, to, mistake(CodeQuoteFollowed, p.s[from:p.wordEnd(to)]), piece+" ")
		}
		if m := p.joinedByWord(next); m != nil {
			return false, m
		}
		return false, p.roomOrReason(next)
	}
	if strings.TrimLeftFunc(p.s[next:], splits) == "" && !p.quoteAt(next) {
		return false, nil // commas that part it from nothing
	}
	at := skipParted(p.s, next)
	second, secondEnd, sure := p.roomAt(at)
	switch {
	case second != "" && (sure || p.listing || !p.severalRooms()):
		p.i = at
		return true, nil
	case second != "":
		return false, p.roomOrUser(next, secondEnd, second)
	}
	end := p.wordEnd(next)
	m = mistake(CodeRoomComma, p.s[from:end], "room", room.String())
	written := []string{piece + " "}
	stuck := next == to && next+n < end
	switch {
	case p.byName && p.set.ChannelRoom != nil:
		// The list of users may begin with a user of that name.
		written = append(written, writeNamed(*p.set.ChannelRoom)+" "+piece+",")
	case numeric(room.Kind) && stuck && isDigit(firstRune(p.s[next+n:])):
		return false, p.fail(m) // "room:10,006" may be 10006: "006" is not a user
	case !p.byName && stuck && !p.quoteAt(to-1):
		idEnd := p.beforeRoom(next+n, end)
		whole := moderation.Room{Kind: room.Kind, ID: room.ID + p.s[to:idEnd]}
		if whole.Check() == nil {
			return false, p.replace(from, idEnd, m, writeRoom(whole), piece+" "+p.s[next+n:idEnd])
		}
	}
	return false, p.replace(from, next+n, m, written...)
}

// beforeRoom returns the offset of the first comma in p.s[from:to] that kind:id follows; to where none
// does.
func (p *parser) beforeRoom(from, to int) int {
	for at := p.itemEnd(from); at < to; at = p.itemEnd(at + utf8.RuneLen(firstRune(p.s[at:]))) {
		next := skipParted(p.s, at)
		if _, _, ok := splitKind(p.s[next:p.itemEnd(next)]); ok && next < to {
			return at
		}
	}
	return to
}

// roomAt returns the rooms that the piece at p.s[i] names, as they are written, and where it ends;
// "" where it names none. sure means that it can be nothing else: a name or a quoted piece may be a
// user.
func (p *parser) roomAt(i int) (written string, end int, sure bool) {
	if i >= len(p.s) {
		return "", i, false
	}
	if p.quoteAt(i) {
		text, end, ok := p.quotedAt(i)
		if kind, id, isKind := splitKind(text); ok && isKind && id != "" {
			return writeRoom(moderation.Room{Kind: kind, ID: id}), end, false
		}
		return "", i, false
	}
	end = p.itemEnd(i)
	if _, _, ok := splitKind(p.s[i:end]); ok {
		return p.s[i:end], end, true
	}
	rooms, _ := p.named(p.s[i:end])
	return writeRooms(rooms), end, false
}

// named returns the rooms of a configured name, of a room or of a group, in any case and width.
func (p *parser) named(word string) ([]moderation.Room, bool) {
	if word == "" || len(p.set.Rooms)+len(p.set.Groups) == 0 {
		return nil, false
	}
	name := word
	_, isRoom := p.set.Rooms[word]
	_, isGroup := p.set.Groups[word]
	if !isRoom && !isGroup {
		folded, found := fold(word), 0
		same := func(other string) {
			if fold(other) == folded {
				found++
				name = other
			}
		}
		for other := range p.set.Rooms {
			same(other)
		}
		for other := range p.set.Groups {
			same(other)
		}
		if found != 1 {
			return nil, false
		}
	}
	room, ok := p.set.Rooms[name]
	if !ok {
		return p.set.Groups[name], len(p.set.Groups[name]) > 0
	}
	if room.Name == "" {
		room.Name = name
	}
	return []moderation.Room{room}, true
}

// names returns the configured names of rooms and groups, sorted.
func (p *parser) names() []string {
	names := make([]string, 0, len(p.set.Rooms)+len(p.set.Groups))
	for name := range p.set.Rooms {
		names = append(names, name)
	}
	for name := range p.set.Groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
