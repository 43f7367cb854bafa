package commands

import (
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// room reads the rooms, or takes the channel's.
func (p *parser) room() *Mistake {
	if p.blanks(); p.end() {
		if p.implyRoom() {
			return nil
		}
		return mistake(CodeRoomMissing, "", "verb", string(p.spec.Verb))
	}
	return p.readRooms()
}

// implyRoom takes the channel's room; false if it has none.
func (p *parser) implyRoom() bool {
	if p.set.ChannelRoom == nil {
		return false
	}
	p.act.Room, p.implied = *p.set.ChannelRoom, true
	return true
}

// readRoom reads the room at p.i, which is the first one.
func (p *parser) readRoom() *Mistake {
	from := p.i
	if p.quoteAt(from) {
		return p.quotedRoom(from)
	}
	to := p.itemEnd(from)
	word := p.s[from:to]
	if kind, id, ok := splitKind(word); ok {
		return p.kindRoom(from, to, kind, id)
	}
	if rooms, ok := p.named(word); ok {
		// A configured name wins over a user of that name even where the
		// channel has a room: what it means must not depend on the channel.
		// Behind it a comma could mean either, so it is asked.
		p.firstName = word
		p.roomRead(from, to, rooms...)
		p.byName = true
		return nil
	}
	if p.set.ChannelRoom == nil {
		if m := p.lengthFirst(from); m != nil {
			return m
		}
	}
	if prefix, _, ok := cutColon(word); ok && kindLike(prefix) && !labelWords[fold(prefix)] {
		return p.unknownKind(from, to, word, prefix)
	}
	if p.implyRoom() {
		return nil
	}
	return p.unknownRoom(from, to, word)
}

// lengthFirst handles a duration before the room.
func (p *parser) lengthFirst(from int) *Mistake {
	sp := p.timeAt(from)
	next := skipParted(p.s, sp.to)
	if sp.kind != spanClear && sp.kind != spanPerm || !p.takes.Duration || next >= len(p.s) {
		return nil
	}
	m := mistake(CodeDurationFirst, strings.TrimRightFunc(p.s[from:sp.end], parted), "verb", string(p.spec.Verb))
	return p.fail(m, offer{edits: []edit{{from, next, ""}}, twist: twist{d: sp.d, perm: sp.kind == spanPerm}})
}

func (p *parser) quotedRoom(from int) *Mistake {
	text, to, ok := p.quotedAt(from)
	if ok {
		if kind, id, ok := splitKind(text); ok {
			return p.checkRoom(from, to, kind, id, true)
		}
	}
	if p.implyRoom() {
		return nil // a quoted word is a user
	}
	if !ok {
		_, n := utf8.DecodeRuneInString(p.s[from:])
		return p.replace(from, from+n, mistake(CodeQuoteOpen, p.s[from:]), "")
	}
	var readings []string
	if _, ok := p.named(text); ok {
		readings = []string{text}
	}
	return p.replace(from, to, mistake(CodeRoomUnknown, p.s[from:to]), readings...)
}

// kindRoom reads kind:id, where the id alone may be quoted.
func (p *parser) kindRoom(from, to int, kind moderation.Kind, id string) *Mistake {
	idFrom := to - len(id)
	switch {
	case p.quoteAt(idFrom):
		text, end, ok := p.quotedAt(idFrom)
		if !ok {
			return p.replace(from, to, mistake(CodeQuoteOpen, p.s[from:]), string(kind)+":"+unquote(id))
		}
		return p.checkRoom(from, end, kind, text, true)
	case strings.ContainsFunc(id, isQuote):
		return p.replace(from, to, mistake(CodeQuoteOpen, p.s[from:to]), string(kind)+":"+unquote(id))
	case id == "":
		var readings []string
		next := skipSpaces(p.s, to)
		if next > to && next < len(p.s) {
			readings = []string{string(kind) + ":"}
		}
		return p.replace(from, next, mistake(CodeRoomEmpty, p.s[from:to], "kind", string(kind)), readings...)
	}
	return p.checkRoom(from, to, kind, id, false)
}

// checkRoom checks an id against what its kind allows.
func (p *parser) checkRoom(from, to int, kind moderation.Kind, id string, quoted bool) *Mistake {
	piece := p.s[from:to]
	if f, ok := p.formAt(from, to); ok {
		return slackForm(f)
	}
	if !quoted {
		if m := p.joinedRooms(from, to, kind, id); m != nil {
			return m
		}
	}
	if numeric(kind) {
		id = narrowDigits(id) // the digits of a number are syntax
	}
	room := moderation.Room{Kind: kind, ID: id}
	if at, r := foreignChar(id); at >= 0 {
		var written []string
		for _, reading := range readings(id) {
			written = append(written, writeRoom(moderation.Room{Kind: kind, ID: reading}))
		}
		return p.replace(from, to, badCharacter(CodeRoomCharacter, "room", piece, room.String(), len(kind)+1+at, r), written...)
	}
	if err := room.Check(); err != nil {
		return p.badRoom(from, to, room, err)
	}
	p.roomRead(from, to, room)
	return nil
}

func numeric(kind moderation.Kind) bool {
	spec, _ := kind.Spec()
	return spec.Numeric
}

// Reserved reports whether a word means something of its own in a command, in
// any case and width: a verb, a kind, a medium, "permanent", or "all".
// A room of that name would change what a command means.
func Reserved(word string) bool {
	word = fold(trimPunct(word))
	_, verb := verbNamed(word)
	return verb || moderation.Kind(word).Valid() || len(mediaIn(word)) > 0 || permanentWords[word] || isAll(word)
}

func kindNames() []string {
	var names []string
	for _, k := range moderation.Kinds() {
		names = append(names, string(k))
	}
	return names
}

// splitKind splits kind:id where the kind is a known one.
func splitKind(word string) (moderation.Kind, string, bool) {
	prefix, id, ok := cutColon(word)
	if !ok {
		return "", "", false
	}
	kind := moderation.Kind(fold(prefix))
	return kind, id, kind.Valid()
}

func cutColon(word string) (before, after string, ok bool) {
	at := strings.IndexFunc(word, isColon)
	if at < 0 {
		return word, "", false
	}
	_, n := utf8.DecodeRuneInString(word[at:])
	return word[:at], word[at+n:], true
}

// kindLike reports whether the text before a colon looks like a kind.
func kindLike(prefix string) bool {
	folded := fold(prefix)
	return folded != "" && strings.Trim(folded, "abcdefghijklmnopqrstuvwxyz") == ""
}

func narrowDigits(id string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return narrow(r)
		}
		return r
	}, id)
}
