package commands

import (
	"strings"
	"unicode/utf8"
)

// joinedUser handles "and" before a word that may belong to the reason: it
// joins people if there is a comma too, or if the next word looks like an id.
func (p *parser) joinedUser(g gap) *Mistake {
	if !g.joined || g.comma || g.lines > 0 || p.quoteAt(p.i) {
		return nil
	}
	word := p.s[p.i:p.userEnd(p.i)]
	if idLike(p, p.i, word) {
		return nil
	}
	m := mistake(CodeUserOrReason, word, "verb", string(p.spec.Verb))
	return p.fail(m, p.peopleOffer(g.from, p.i), p.reasonOffer(g.from))
}

// reasonWords are reasons that people write behind a comma.
var reasonWords = wordSet("spam spammer spammers troll trolling bot bots abuse abusive rude raid scam scammer nudity racist racism hate porn insults harassment afk noise echo underage advertising ads")

// commaReason answers a word behind a comma and a blank that may be the reason:
// "troll7, spam". Where it could also be a person, it is left in doubt.
func (p *parser) commaReason(g gap) *Mistake {
	if len(p.act.Targets) == 0 || !g.comma || g.joined || g.tab || g.lines > 0 || p.quoteAt(p.i) || !isBlank(lastRune(p.s[:p.i])) {
		return nil
	}
	end := p.userEnd(p.i)
	word := p.s[p.i:end]
	folded := fold(word)
	if p.set.UserID != nil && !p.set.patternTooBroad() || idLike(p, p.i, word) || end < len(p.s) && partsUsers(firstRune(p.s[end:])) || hasOddPunctuation(word) {
		return nil
	}
	m := mistake(CodeUserOrReason, word, "verb", string(p.spec.Verb))
	people, reason := p.peopleOffer(g.from, p.i), p.reasonOffer(g.from)
	if sp := p.timeAt(skipParted(p.s, end)); sp.kind == spanClear || sp.kind == spanPerm { // "test1, bot 1d"
		rest := strings.TrimFunc(word+" "+strings.TrimFunc(p.s[sp.to:], parted), isBlank)
		reason = offer{edits: []edit{{g.from, end, " "}, {sp.to, len(p.s), " " + enquote(rest)}}, does: OfferReason, literal: true}
	}
	switch {
	case stopWords[folded] && folded != "all":
		return p.fail(m, reason, people)
	case reasonWords[folded] || len(folded) > 5 && strings.HasSuffix(folded, "ing"), p.idsOnly():
		p.possibleReason, p.reasonQuestion, p.strangeFrom = word, p.fail(m, people, reason), g.from
	}
	return nil
}

// idsOnly reports whether all people read so far look like ids.
func (p *parser) idsOnly() bool {
	for _, id := range p.act.Targets {
		if !strings.ContainsAny(id, "0123456789_") {
			return false
		}
	}
	return true
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// peopleOffer makes a user of what follows p.s[from:to].
func (p *parser) peopleOffer(from, to int) offer {
	return offer{edits: []edit{{from, to, ","}}, does: OfferPeople}
}

// reasonOffer makes a reason of everything from here on.
func (p *parser) reasonOffer(from int) offer {
	text := strings.TrimFunc(p.s[from:], parted)
	return offer{edits: []edit{{from, len(p.s), " " + enquote(text)}}, does: OfferReason, literal: true}
}

// headerWords head a column of users.
var headerWords = wordSet("player viewer guest user_id userid user-id uid uids id ids user users username usernames user_name account accounts account_id member members member_id openid handle target targets 用户 用戶 用户id 用戶id 用户名 用戶名 账号 帳號 账户 成员 成員 昵称")

// bullet returns the offset after the bullet of a list line ("- ", "1. "), or
// i if there is none.
func bullet(s string, i int) int {
	at := i
	if _, end, digits := readNumber(s, i); digits > 0 && digits < 4 {
		if end >= len(s) || !strings.ContainsRune(".)、．）", firstRune(s[end:])) {
			return i
		}
		at = end + utf8.RuneLen(firstRune(s[end:]))
	} else if r, n := utf8.DecodeRuneInString(s[i:]); strings.ContainsRune("-–—•·*◦▪●", r) {
		at = i + n
	}
	if next := skipSpaces(s, at); at > i && next > at && next < len(s) && !isNewline(firstRune(s[next:])) {
		return next
	}
	return i
}

// table answers a pasted list with bullets, and a pasted table: several lines of
// several cells, of which the first may be the people.
func (p *parser) table() *Mistake {
	q := *p
	q.gap(true)
	from := q.i
	if q.end() || q.quoteAt(from) {
		return nil
	}
	// A single star in a single line means everyone, as some people type, and
	// is not a list.
	bullets := bullet(p.s, from) > from && (p.s[from] != '*' || strings.ContainsFunc(p.s[from:], isNewline))
	var cells []string
	var marks []edit
	lines, wide := 0, 0
	first := p.s[from:p.runTo(from, func(r rune) bool { return isNewline(r) || r == '\t' || isComma(r) })]
	heads := headerWord(first)
	for at := from; at < len(p.s) && lines <= p.set.MaxTargets; lines++ {
		line := p.runTo(at, isNewline)
		if end := bullet(p.s, at); bullets && end > at {
			marks = append(marks, edit{at, end, ""})
		}
		cell := p.runTo(at, func(r rune) bool { return isNewline(r) || r == '\t' || heads && isComma(r) })
		if cell < line {
			wide++
		}
		if text := strings.TrimFunc(p.s[at:cell], isBlank); text != "" && (lines > 0 || !heads) {
			cells = append(cells, text)
		}
		for at = line; at < len(p.s) && isBlank(firstRune(p.s[at:])); {
			at += utf8.RuneLen(firstRune(p.s[at:]))
		}
	}
	if !bullets && (lines < 2 || wide < 2) || len(cells) == 0 {
		return nil
	}
	row := strings.Join(strings.Fields(p.s[from:p.runTo(from, isNewline)]), " ")
	m := mistake(CodeUserColumn, row, "verb", string(p.spec.Verb))
	if bullets {
		return p.fail(m, offer{edits: marks, does: OfferPeople})
	}
	return p.fail(m, offer{edits: []edit{{from, len(p.s), strings.Join(cells, ",")}}, does: OfferPeople})
}

// headerWord reports the heading of a column.
func headerWord(word string) bool {
	return len(word) <= wordBytes && headerWords[strings.Join(strings.Fields(fold(strings.TrimRight(word, ":："))), "_")]
}

// labelBeforeUser handles a word that announces a UserID: user test1, UserID:
// test1.
func (p *parser) labelBeforeUser() *Mistake {
	q := *p
	q.gap(true)
	from := q.i
	if q.end() || q.quoteAt(from) {
		return nil
	}
	end := p.userEnd(from)
	word := p.s[from:end]
	at := strings.IndexFunc(word, func(r rune) bool { return isColon(r) || r == '=' })
	next := skipSpaces(p.s, end)
	switch {
	case p.set.UserID != nil && p.set.UserID.MatchString(word):
		return nil
	case at > 0 && headerWord(word[:at]):
		if behind := from + at + utf8.RuneLen(firstRune(word[at:])); behind < end {
			next = behind
		}
	case headerWord(word) || fold(word) == "both":
		if next >= len(p.s) || !idLike(p, next, p.s[next:p.userEnd(next)]) && strings.Trim(p.s[next:p.userEnd(next)], "0123456789") != "" {
			return nil
		}
	default:
		return nil
	}
	if next >= len(p.s) {
		return nil
	}
	m := mistake(CodeUserUnusual, strings.TrimFunc(p.s[from:next], isBlank), "verb", string(p.spec.Verb))
	if at < 0 {
		m.Code = CodeUserReserved
	}
	offers := []offer{{edits: []edit{{from, next, ""}}, does: OfferTrimmedID}}
	if at > 0 && from+at < end-1 {
		m.Text = showHidden(word)
		offers = append(offers, offer{edits: []edit{{from, end, enquote(word)}}, does: OfferLiteralID})
	}
	return p.fail(m, offers...)
}

// header answers the heading of a pasted column.
func (p *parser) header() *Mistake {
	p.gap(true)
	from := p.i
	if p.end() || p.quoteAt(from) {
		return nil
	}
	to := p.userEnd(from)
	if line := p.runTo(from, func(r rune) bool { return isNewline(r) || r == '\t' || partsUsers(r) }); line-from <= wordBytes {
		to = line
	}
	word := p.s[from:to]
	if !headerWord(word) {
		return nil
	}
	p.i = to
	g := p.gap(false)
	next := p.i
	if p.i = from; next >= len(p.s) || g.lines == 0 && !g.tab {
		return nil
	}
	m := mistake(CodeUserColumn, word, "verb", string(p.spec.Verb))
	return p.fail(m, offer{edits: []edit{{from, next, ""}}, does: OfferPeople})
}

// column answers what no column of users has: an empty line, and a line or a
// cell of several words. The user has been read; from is where it begins.
func (p *parser) column(g gap, from int, first bool) *Mistake {
	if first || g.comma || g.joined {
		return nil
	}
	next := skipSpaces(p.s, p.i)
	words := next > p.i && next < len(p.s) && !p.quoteAt(next) && !strings.ContainsRune(p.s[p.i:next], '\t') &&
		!partsUsers(firstRune(p.s[next:])) && !isNewline(firstRune(p.s[next:])) && !p.optionAt(next) && !joiners[fold(p.s[next:p.userEnd(next)])]
	if !words && g.lines < 2 || !g.tab && g.lines == 0 {
		return nil
	}
	line := p.runTo(from, func(r rune) bool { return isNewline(r) || r == '\t' })
	m := mistake(CodeUserColumn, p.s[from:line], "verb", string(p.spec.Verb))
	people, reason := p.peopleOffer(g.from, from), p.reasonOffer(g.from)
	if words { // "raid from sheet"
		return p.fail(m, reason, people)
	}
	return p.fail(m, people, reason)
}
