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
	if n := rooms * people; rooms > 1 && n > p.set.MaxTargets {
		return mistake(CodePairsTooMany, "", "most", strconv.Itoa(p.set.MaxTargets), "got", strconv.Itoa(n),
			"rooms", strconv.Itoa(rooms), "people", strconv.Itoa(people))
	}
	return nil
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
		return false, p.joinedByWord(next)
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
		whole := moderation.Room{Kind: room.Kind, ID: room.ID + p.s[to:end]}
		if whole.Check() == nil {
			return false, p.replace(from, end, m, writeRoom(whole), piece+" "+p.s[next+n:end])
		}
	}
	return false, p.replace(from, next+n, m, written...)
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

// roomOrUser asks whether a piece that follows a room and a comma is one more room or a user. The
// comma is at p.s[comma], and the piece ends at end.
func (p *parser) roomOrUser(comma, end int, second string) *Mistake {
	m := mistake(CodeRoomComma, p.s[p.roomFrom:end], "room", p.lastRoom.String())
	behind := skipSpaces(p.s, end)
	tail := " "
	if behind < len(p.s) && isComma(firstRune(p.s[behind:])) {
		// What follows is one more room, or the first user.
		if third, _, _ := p.roomAt(skipParted(p.s, behind)); third == "" {
			end = skipParted(p.s, behind)
		} else {
			tail = ""
		}
	}
	_, n := utf8.DecodeRuneInString(p.s[comma:])
	offers := []offer{{edits: []edit{{comma, end, "," + second + tail}}}, {edits: []edit{{comma, comma + n, " "}}}}
	if p.byName && p.set.ChannelRoom != nil { // both may be users of the channel's room
		offers = append(offers, offer{edits: []edit{{p.roomFrom, p.roomFrom, writeNamed(*p.set.ChannelRoom) + " "}}})
	}
	return p.fail(m, offers...)
}

// joinedByWord asks about a room behind "and" or the like: live:a and live:b.
func (p *parser) joinedByWord(at int) *Mistake {
	end := p.wordEnd(at)
	word := p.s[at:end]
	if len(word) > len("以及") || !joiners[fold(word)] {
		return nil
	}
	from := skipSpaces(p.s, end)
	second, secondEnd, _ := p.roomAt(from)
	if second == "" {
		return nil
	}
	piece := p.s[from:secondEnd]
	return p.replace(p.i, secondEnd, mistake(CodeUserRoom, piece, "kind", kindOf(second)), ","+second+" ")
}

// kindOf returns the kind of a written room.
func kindOf(written string) string {
	kind, _, _ := splitKind(written)
	return string(kind)
}

// joinedRooms asks about an unquoted id that goes on with another room behind a character that ids
// may have: live:a;live:b.
func (p *parser) joinedRooms(from, to int, kind moderation.Kind, id string) *Mistake {
	at, n := joinedRoom(id)
	if at < 0 {
		return nil
	}
	m := mistake(CodeRoomComma, p.s[from:to], "room", moderation.Room{Kind: kind, ID: id[:at]}.String())
	cut := to - len(id) + at
	return p.fail(m,
		offer{edits: []edit{{cut, cut + n, ","}}},
		offer{edits: []edit{{from, to, string(kind) + ":" + enquote(id)}}, does: OfferLiteralID})
}

// joinedRoom returns where in an id a character joins another room to it, and that character's
// length; at is -1 where none does.
func joinedRoom(id string) (at, n int) {
	for at, r := range id {
		if !strings.ContainsRune(";；﹔+＋&＆/／|｜", r) {
			continue
		}
		n := utf8.RuneLen(r)
		if _, _, ok := splitKind(id[at+n:]); ok {
			return at, n
		}
	}
	return -1, 0
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
