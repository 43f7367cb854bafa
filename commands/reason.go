package commands

import (
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// reason takes the rest of the text. Quotation marks around all of it are
// removed; others stay as they were typed.
func (p *parser) reason() *Mistake {
	p.blanks()
	from := p.i
	isQuoted := p.quoteAt(from)
	if !p.end() && !isQuoted {
		if m := p.misplaced(from); m != nil {
			return m
		}
	}
	if m := p.checkMissingDuration(); m != nil {
		return m
	}
	if p.end() {
		return nil
	}
	text := p.s[from:]
	if isQuoted {
		inner, end, ok := p.quotedAt(from)
		if !ok {
			rest := strings.TrimRightFunc(text, isBlank)
			return p.replace(from, len(p.s), mistake(CodeQuoteOpen, rest), enquote(rest[utf8.RuneLen(firstRune(rest)):]))
		}
		if strings.TrimFunc(p.s[end:], isBlank) == "" {
			text = inner
		}
	}
	p.act.Reason, p.i = cleanReason(text), len(p.s)
	return nil
}

// misplaced answers a reason that begins like something that belongs
// elsewhere: a room behind the users of the channel's room, one more user, or a
// user behind a verb for whole rooms. Acting on it would do something that was
// not meant.
func (p *parser) misplaced(from int) *Mistake {
	if m := p.lateRoom(from); m != nil {
		return m
	}
	if m := p.lateUser(from); m != nil {
		return m
	}
	instead := wholeRoom[p.spec.Verb]
	if instead == "" || p.timed || p.twist.verb != "" {
		return nil
	}
	to := p.wordEnd(from)
	word := p.s[from:to]
	next := skipSpaces(p.s, to)
	if !idLike(p, from, word) {
		return nil
	}
	sp := p.timeAt(next)
	m := mistake(CodeUsersNotTaken, word, "verb", string(p.spec.Verb), "instead", string(instead))
	if !p.takes.Duration {
		return p.fail(m, offer{twist: twist{verb: instead}}, p.reasonOffer(from))
	}
	if next < len(p.s) && sp.kind != spanClear && sp.kind != spanPerm {
		return nil
	}
	if next >= len(p.s) {
		return p.fail(m, append([]offer{{twist: twist{verb: instead}}}, p.usualDuration(from)...)...)
	}
	said, _ := p.writable(sp)
	return p.fail(m, offer{twist: twist{verb: instead}},
		offer{edits: []edit{{from, sp.to, said + " " + word + " "}}, does: OfferReason})
}

// wholeRoom are the verbs about a whole room, with those that do the like to a
// person.
var wholeRoom = map[moderation.Verb]moderation.Verb{moderation.Freeze: moderation.Silence, moderation.Unfreeze: moderation.Unsilence, moderation.Close: moderation.Kick}

// roomLeads may come before a room.
var roomLeads = wordSet("in at inside from room 在 @")

// lateRoom handles a room that comes after the users.
func (p *parser) lateRoom(from int) *Mistake {
	if !p.implied {
		return nil
	}
	at := from
	if end := shortWordEnd(p.s, at); roomLeads[fold(p.s[at:end])] {
		if next := skipSpaces(p.s, end); next > end {
			at = next
		}
	}
	if p.here && at == from || p.quoteAt(at) || at >= len(p.s) {
		return nil
	}
	to := p.wordEnd(at)
	word := strings.TrimRight(p.s[at:to], ".,;:!?，。")
	to = at + len(word)
	_, id, isKind := splitKind(word)
	_, isName := p.named(word)
	if (!isKind || id == "") && !isName {
		return nil
	}
	m := mistake(CodeRoomPlace, word, "room", word)
	offers := []offer{{edits: []edit{{p.args, p.args, " " + word + " "}, {from, to, ""}}}}
	if p.takes.Users && at == from {
		offers = append(offers, offer{edits: []edit{{from, len(p.s), enquoteText(p.s[from:])}}, does: OfferReason})
	}
	return p.fail(m, offers...)
}

// lateUser handles the first word of a reason, directly after the users, that
// could be another user. A word that is probably not an id is marked
// ambiguous, for a caller that knows the people.
func (p *parser) lateUser(from int) *Mistake {
	if !p.takes.Users || p.twist.d > 0 || p.twist.perm {
		return nil
	}
	if p.timed || p.mediaSaid {
		return p.idsAlone(from)
	}
	word := p.s[from:p.userEnd(from)]
	bare := trimmed(word)
	m := mistake(CodeUserOrReason, word, "verb", string(p.spec.Verb))
	if !idLike(p, from, word) {
		fits := p.set.UserID == nil || p.set.UserID.MatchString(bare)
		if fits && moderation.CheckUserID(bare) == nil && !hasOddPunctuation(bare) && !stopWords[fold(bare)] && isLetter(firstRune(bare)) {
			if _, mention := p.formAt(from, from+len(word)); !mention {
				p.doubtful, p.doubt = bare, p.fail(m, p.peopleOffer(p.usersEnd, from), p.reasonOffer(from))
			}
		}
		return p.lineOfOne(from)
	}
	last := from + len(word)
	edits := []edit{{p.usersEnd, last, "," + bare}}
	for n := 0; n < DefaultMaxTargets; n++ { // all that look like ids
		next := skipSpaces(p.s, last)
		if next == last || next >= len(p.s) || p.quoteAt(next) {
			break
		}
		end := p.userEnd(next)
		if !idLike(p, next, p.s[next:end]) {
			break
		}
		edits = append(edits, edit{last, end, "," + trimmed(p.s[next:end])})
		last = end
	}
	return p.fail(m, offer{edits: edits, does: OfferPeople}, p.reasonOffer(from))
}

// idsAlone answers a reason behind a duration that is nothing but ids.
func (p *parser) idsAlone(from int) *Mistake {
	var ids []string
	for at := from; at < len(p.s); at = skipParted(p.s, at) {
		end := p.userEnd(at)
		if len(ids) == DefaultMaxTargets || p.quoteAt(at) || !idLike(p, at, p.s[at:end]) {
			return nil
		}
		ids = append(ids, trimmed(p.s[at:end]))
		at = end
	}
	if len(ids) == 0 {
		return nil
	}
	m := mistake(CodeUserOrReason, ids[0], "verb", string(p.spec.Verb))
	people := offer{edits: []edit{{p.usersEnd, p.usersEnd, "," + strings.Join(ids, ",")}, {from, len(p.s), ""}}, does: OfferPeople}
	return p.fail(m, people, p.reasonOffer(from))
}

// lineOfOne handles a reason with a line that begins like an id: a column
// that continued after a line of words.
func (p *parser) lineOfOne(from int) *Mistake {
	at := p.runTo(from, isNewline)
	for at < len(p.s) {
		start := at
		for start < len(p.s) && isBlank(firstRune(p.s[start:])) {
			start += utf8.RuneLen(firstRune(p.s[start:]))
		}
		at = p.runTo(start, isNewline)
		line := strings.TrimFunc(p.s[start:at], isBlank)
		line = line[:min(len(line), p.userEnd(start)-start)]
		if line != "" && idLike(p, start, line) {
			m := mistake(CodeUserColumn, line, "verb", string(p.spec.Verb))
			return p.fail(m, p.reasonOffer(from))
		}
	}
	return nil
}
