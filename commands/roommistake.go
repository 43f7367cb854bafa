package commands

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// badRoom answers an id that its kind does not allow.
func (p *parser) badRoom(from, to int, room moderation.Room, err error) *Mistake {
	piece := p.s[from:to]
	var e *moderation.Error
	if !errors.As(err, &e) {
		return mistake(CodeRoomUnknown, piece)
	}
	switch e.Code {
	case moderation.CodeRoomNumber:
		var written []string
		if number := (moderation.Room{Kind: room.Kind, ID: strings.TrimLeft(room.ID, "#+0")}); number.Check() == nil {
			written = append(written, writeRoom(number))
		}
		if other, ok := room.Lookalike(); ok {
			written = append(written, writeRoom(other))
		}
		return p.replace(from, to, mistake(CodeRoomNumber, piece, "room", room.String(), "id", room.ID), written...)
	case moderation.CodeRoomTopic:
		return p.fail(mistake(CodeRoomTopic, piece, "room", room.String()))
	case moderation.CodeRoomCharacter:
		// Every byte is printable ASCII here, so bytes count as characters.
		at, _ := strconv.Atoi(e.Values["at"])
		at = min(max(at, 1), len(room.ID))
		return badCharacter(CodeRoomCharacter, "room", piece, room.String(), len(room.Kind)+at, rune(room.ID[at-1]))
	case moderation.CodeRoomLength:
		if room.ID == "" {
			return mistake(CodeRoomEmpty, piece, "kind", string(room.Kind))
		}
		return mistake(CodeRoomLength, piece, "room", room.String(), "most", e.Values["most"])
	}
	return mistake(CodeRoomKind, piece, "room", room.String(), "kind", string(room.Kind))
}

// unknownKind answers a word that reads like kind:id. Where the channel has a
// room it may also be a user.
func (p *parser) unknownKind(from, to int, word, prefix string) *Mistake {
	_, id, _ := cutColon(word)
	var readings []string
	near := nearest(fold(prefix), kindNames())
	for _, kind := range near {
		readings = append(readings, kind+":"+id)
	}
	m := mistake(CodeRoomKind, word, "room", word, "kind", prefix)
	if len(near) > 0 {
		m.Values["nearest"] = near[0]
	}
	if p.set.ChannelRoom != nil && p.takes.Users {
		readings = append(readings, writeNamed(*p.set.ChannelRoom)+" "+enquote(word))
	}
	return p.replace(from, to, m, readings...)
}

// unknownRoom handles a word that is not a room where one is needed.
func (p *parser) unknownRoom(from, to int, word string) *Mistake {
	if f, ok := p.formAt(from, to); ok {
		return slackForm(f)
	}
	if word == "" { // a comma in the position of the room
		_, n := utf8.DecodeRuneInString(p.s[to:])
		return p.replace(from, to+n, mistake(CodeRoomUnknown, p.s[to:to+n]), "")
	}
	folded := fold(word)
	near := nearest(folded, p.names())
	m := mistake(CodeRoomUnknown, word)
	if len(near) > 0 {
		m = mistake(CodeRoomUnknown, word, "nearest", near[0])
	}
	next := skipSpaces(p.s, to)
	nextEnd := p.itemEnd(next)
	for nextEnd < len(p.s) && isComma(firstRune(p.s[nextEnd:])) { // more rooms
		_, end, sure := p.roomAt(nextEnd + utf8.RuneLen(firstRune(p.s[nextEnd:])))
		if !sure {
			break
		}
		nextEnd = end
	}
	if follows := p.s[next:nextEnd]; follows != "" {
		if moderation.Kind(folded).Valid() { // "room 10006"
			return p.replace(from, nextEnd, m, folded+":"+follows)
		}
		_, _, isKind := splitKind(follows)
		if _, isName := p.named(follows); isKind || isName { // the user came first
			return p.replace(from, nextEnd, m, follows+" "+word)
		}
	}
	switch {
	case strings.Trim(folded, "0123456789") == "": // never guessed which of the two
		near = append(near, "room:"+folded, "strroom:"+folded)
	case strings.HasPrefix(word, "@TGS#"):
		near = append(near, "chat:"+word)
	}
	return p.replace(from, to, m, near...)
}

// slackForm is the mistake about a mention where an id belongs.
func slackForm(f form) *Mistake {
	if f.kind == formChannel {
		return mistake(CodeSlackChannel, f.raw)
	}
	return mistake(CodeSlackPerson, f.raw)
}
