package commands

import (
	"strings"

	"bouncer/moderation"
)

// oneUser reads the one user that the verb is about. What follows is a text of
// its own, or nothing.
func (p *parser) oneUser() *Mistake {
	if p.gap(true); p.end() {
		return mistake(CodeUserMissing, "", "verb", string(p.spec.Verb))
	}
	id, m := p.user()
	if m != nil {
		return m
	}
	p.act.Targets, p.usersEnd = []string{id}, p.i
	return p.onlyOne()
}

// onlyOne makes sure that no comma begins a second user.
func (p *parser) onlyOne() *Mistake {
	next := skipSpaces(p.s, p.i)
	if next == len(p.s) || !partsUsers(firstRune(p.s[next:])) {
		return nil
	}
	from := p.i
	if p.gap(true); p.end() {
		return nil
	}
	to := p.i
	m := mistake(CodeUserOne, p.s[to:p.itemEnd(to)], "verb", string(p.spec.Verb))
	if p.takes.Reason { // the comma was punctuation
		return p.replace(from, to, m, " ")
	}
	return p.replace(from, len(p.s), m, "")
}

// place reads a room or a user, or takes the channel's room. A quoted word is
// a user, unless it is the name of a room.
func (p *parser) place() *Mistake {
	p.gap(true)
	switch {
	case p.end() && p.implyRoom():
		return nil
	case p.end():
		return mistake(CodePlaceMissing, "", "verb", string(p.spec.Verb))
	case p.quoteAt(p.i):
		return p.oneUser()
	}
	from, to := p.i, p.itemEnd(p.i)
	word := p.s[from:to]
	_, _, isKind := splitKind(word)
	if _, isName := p.named(word); isKind || isName {
		return p.onlyRoom()
	}
	prefix, id, isKey := cutColon(word)
	next := skipSpaces(p.s, to)
	switch {
	case isKey && id != "" && kindLike(prefix):
		var readings []string
		near := nearest(fold(prefix), kindNames())
		for _, kind := range near {
			readings = append(readings, kind+":"+id)
		}
		m := mistake(CodeRoomKind, word, "room", word, "kind", prefix, "nearest", strings.Join(near[:min(1, len(near))], ""))
		return p.replace(from, to, m, append(readings, enquote(word))...)
	case moderation.Kind(fold(word)).Valid() && p.itemEnd(next) > next: // "room 10006"
		return p.replace(from, next, mistake(CodeRoomUnknown, word), fold(word)+":")
	}
	return p.oneUser()
}

// onlyRoom reads a room, and never the channel's in the place of one.
func (p *parser) onlyRoom() *Mistake {
	room := p.set.ChannelRoom
	p.set.ChannelRoom = nil
	m := p.room()
	p.set.ChannelRoom = room
	return m
}

// person reads the Slack person that the verb is about: a mention, since a
// name that is only typed may be anybody's.
func (p *parser) person() *Mistake {
	p.gap(true)
	word := p.word(p.i)
	f, ok := p.mentionAt(p.i)
	if !ok {
		if f, ok := p.formAt(p.i, p.i+len(word)); ok {
			word = f.raw
		}
		return mistake(CodePersonNeeded, word, "verb", string(p.spec.Verb))
	}
	p.act.Person, p.i = mentioned(f), f.to
	end := p.i
	for p.i < len(p.s) && (parted(firstRune(p.s[p.i:])) || isColon(firstRune(p.s[p.i:]))) {
		p.i += len(string(firstRune(p.s[p.i:])))
	}
	second, two := p.mentionAt(p.i)
	if two {
		return p.replace(end, second.to, mistake(CodePersonOne, second.raw, "verb", string(p.spec.Verb)), " ")
	}
	return nil
}

// mentionAt returns the mention of a Slack person that begins at p.s[i].
func (p *parser) mentionAt(i int) (form, bool) {
	for _, f := range p.forms {
		if f.from == i && f.kind == formPerson && slackUser(mentioned(f)) {
			return f, true
		}
	}
	return form{}, false
}

// mentioned returns the id in a mention.
func mentioned(f form) string {
	id, _, _ := strings.Cut(strings.Trim(f.raw, "<@>"), "|")
	return id
}

// slackUser reports whether an id is one of a person: U…, or W… in an
// enterprise.
func slackUser(id string) bool {
	return slackID(id) && (id[0] == 'U' || id[0] == 'W')
}
