package commands

import (
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

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

// roomOrReason asks whether kind:id behind a room is one more room or the reason, where the verb is
// about no people: close live:a live:b.
func (p *parser) roomOrReason(at int) *Mistake {
	at = skipParted(p.s, at) // the end of a line too
	if p.takes.Users || p.listing || !p.severalRooms() || p.quoteAt(at) {
		return nil
	}
	end := p.itemEnd(at)
	if _, id, ok := splitKind(p.s[at:end]); !ok || id == "" {
		return nil
	}
	m := mistake(CodeRoomComma, p.s[at:end], "room", p.lastRoom.String())
	return p.fail(m, offer{edits: []edit{{p.i, at, ","}}},
		offer{edits: []edit{{at, len(p.s), enquote(strings.TrimFunc(p.s[at:], isBlank))}}, does: OfferReason})
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
		if !strings.ContainsRune(";；﹔+＋&＆/／|｜和与與及", r) {
			continue
		}
		n := utf8.RuneLen(r)
		if _, _, ok := splitKind(id[at+n:]); ok {
			return at, n
		}
	}
	return -1, 0
}
