package commands

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// A gap is what separates two users.
type gap struct {
	from               int
	comma, tab, joined bool // joined: by and, &, +, / or 和
	lines              int  // line breaks
}

// parts reports whether the gap separates users: a blank alone does not.
func (g gap) parts() bool { return g.comma || g.tab || g.joined || g.lines > 0 }

// joiners are separate words between users.
var joiners = wordSet("and & + / ＆ ＋ 和 与 與 及 以及 跟")

// gap skips what parts users.
func (p *parser) gap(first bool) gap {
	g := gap{from: p.i}
	for !p.end() {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		switch {
		case r == '\n' || r != '\r' && isNewline(r):
			g.lines++
		case r == '\r':
			if !strings.HasPrefix(p.s[p.i+n:], "\n") {
				g.lines++
			}
		case r == '\t':
			g.tab = true
		case isBlank(r):
		case partsUsers(r):
			g.comma = true
		default:
			word := p.s[p.i:p.userEnd(p.i)]
			if first || g.joined || len(word) > len("以及") || !joiners[fold(word)] || p.i+len(word) == len(p.s) {
				return g
			}
			g.joined, n = true, len(word)
		}
		p.steps++
		p.i += n
	}
	return g
}

// userEnd returns the offset of what ends the user at s[i].
func (p *parser) userEnd(i int) int {
	return p.runTo(i, func(r rune) bool { return isBlank(r) || partsUsers(r) })
}

// users reads the list of users.
func (p *parser) users() *Mistake {
	seen := make(map[string]bool)
	for _, odd := range []func() *Mistake{p.table, p.header, p.labelBeforeUser} {
		if m := odd(); m != nil {
			return m
		}
	}
	for first := true; ; first = false {
		g := p.gap(first)
		if p.end() || !first && !g.parts() {
			break
		}
		// A single star means everyone; do not read it as the bracket of a
		// length.
		if first && p.s[p.i:p.userEnd(p.i)] == "*" {
			return p.fail(mistake(CodeUserReserved, "*", "user", "*", "verb", string(p.spec.Verb)))
		}
		// A duration or a medium ends the list.
		if !first && p.optionAt(p.i) {
			break
		}
		if g.joined && !g.comma && g.lines == 0 && stopWords[fold(p.s[p.i:p.userEnd(p.i)])] { // "and his friends"
			p.i = g.from
			break
		}
		if m := p.joinedUser(g); m != nil {
			return m
		}
		if m := p.commaReason(g); m != nil {
			return m
		}
		from := p.i
		id, m := p.user()
		if m != nil {
			return m
		}
		if m := p.column(g, from, first); m != nil {
			return m
		}
		p.usersEnd = p.i
		if !seen[id] {
			seen[id] = true
			p.act.Targets = append(p.act.Targets, id)
		}
	}
	switch n := len(p.act.Targets); {
	case n == 0:
		return p.noUsers()
	case n > p.set.MaxTargets:
		return mistake(CodeUsersTooMany, "", "most", strconv.Itoa(p.set.MaxTargets), "got", strconv.Itoa(n))
	}
	return nil
}

// noUsers answers a list without anybody. Where the channel has a room, the
// configured name that was taken for the room may have been meant as a user.
func (p *parser) noUsers() *Mistake {
	m := mistake(CodeUsersMissing, "", "verb", string(p.spec.Verb))
	from := skipSpaces(p.s, p.args)
	to := p.itemEnd(from)
	if p.firstName == "" || p.set.ChannelRoom == nil {
		return p.fail(m)
	}
	return p.replace(from, to, m, enquote(p.s[from:to]))
}

// user reads one user.
func (p *parser) user() (id string, m *Mistake) {
	from := p.i
	if p.quoteAt(from) {
		id, to, m := p.quotedUser(from)
		if m == nil {
			m = p.checkUser(from, to, id, true)
		}
		p.i = max(to, p.i)
		return id, m
	}
	to := p.userEnd(from)
	id = p.s[from:to]
	if m := p.plainUser(from, to); m != nil {
		return "", m
	}
	if m := p.checkUser(from, to, id, false); m != nil {
		return "", m
	}
	p.i = to
	return id, nil
}

// quotedUser reads a quoted user.
func (p *parser) quotedUser(from int) (id string, to int, m *Mistake) {
	id, to, ok := p.quotedAt(from)
	if !ok {
		return "", 0, p.openUser(from)
	}
	if to < len(p.s) {
		if r := firstRune(p.s[to:]); !isBlank(r) && !partsUsers(r) {
			m := mistake(CodeQuoteFollowed, p.s[from:p.itemEnd(to)])
			return "", 0, p.replace(from, to, m, p.s[from:to]+" ")
		}
	}
	return id, to, nil
}

// openUser answers a quotation mark that never closes: it may have been meant
// to close at the end of the line, or behind the next word.
func (p *parser) openUser(from int) *Mistake {
	_, n := utf8.DecodeRuneInString(p.s[from:])
	body := from + n
	line := p.runTo(body, isNewline)
	whole := strings.TrimFunc(p.s[body:line], isBlank)
	end := p.itemEnd(body)
	m := mistake(CodeQuoteOpen, p.s[from:line])
	var edits []edit
	if item := p.runTo(body, func(r rune) bool { return isComma(r) || isNewline(r) }); item < line {
		end = item // up to the comma
	} else if before := p.beforeDuration(body, line); before > body {
		edits = append(edits, edit{from, before, enquote(strings.TrimFunc(p.s[body:before], isBlank)) + " "})
	} else if moderation.CheckUserID(whole) == nil && end < line {
		edits = append(edits, edit{from, line, enquote(whole)})
	}
	if word := strings.TrimFunc(p.s[body:end], isBlank); word != "" {
		edits = append(edits, edit{from, end, enquote(word)})
	}
	var offers []offer
	for _, e := range edits {
		offers = append(offers, offer{edits: []edit{e}})
	}
	return p.fail(m, offers...)
}

// beforeDuration returns the offset of the first word in p.s[from:to] that is
// a duration, or from.
func (p *parser) beforeDuration(from, to int) int {
	at := skipSpaces(p.s, p.wordEnd(from))
	for n := 0; n < 8 && at < to; n++ {
		if p.timeAt(at).kind == spanClear {
			return at
		}
		at = skipSpaces(p.s, p.wordEnd(at))
	}
	return from
}

// plainUser answers what cannot be a user unless it is quoted.
func (p *parser) plainUser(from, to int) *Mistake {
	word := p.s[from:to]
	if strings.ContainsFunc(word, isQuote) {
		return p.replace(from, to, mistake(CodeQuoteOpen, word), unquote(word))
	}
	if p.optionAt(from) {
		return p.optionFirst(from, to)
	}
	if kind, id, ok := splitKind(word); ok && id != "" {
		return p.secondRoom(from, to, string(kind), p.seenRooms[moderation.Room{Kind: kind, ID: id}.String()])
	}
	if p.firstName != "" && fold(word) == fold(p.firstName) {
		return p.secondRoom(from, to, string(p.act.Room.Kind), true)
	}
	return nil
}

// secondRoom answers a room where a user belongs. The same room may have been
// typed twice, or the comma between two rooms left out.
func (p *parser) secondRoom(from, to int, kind string, same bool) *Mistake {
	word := p.s[from:to]
	m := mistake(CodeUserRoom, word, "kind", kind)
	next := skipParted(p.s, to)
	if len(p.act.Targets) > 0 || p.roomsEnd == 0 || next >= len(p.s) {
		return p.replace(from, to, m, enquote(word))
	}
	if same {
		return p.replace(from, next, m, "", enquote(word)+p.s[to:next])
	}
	return p.fail(m, offer{edits: []edit{{p.roomsEnd, from, ","}}}, offer{edits: []edit{{from, to, enquote(word)}}})
}

// optionFirst handles a duration, or a medium, in the position of a user. The
// duration may belong after the next word.
func (p *parser) optionFirst(from, to int) *Mistake {
	sp := p.timeAt(from)
	m := mistake(CodeUserOption, p.s[from:to])
	quoted := offer{edits: []edit{{from, to, enquote(p.s[from:to])}}, does: OfferLiteralID}
	if sp.kind == spanNone {
		next := skipParted(p.s, to)
		end := p.userEnd(next)
		if next >= len(p.s) || p.timeAt(next).kind != spanNone {
			return p.fail(m, quoted)
		}
		return p.fail(m, offer{edits: []edit{{from, next, ""}, {end, end, " " + p.s[from:to]}}}, quoted)
	}
	m = mistake(CodeUserOption, strings.TrimRightFunc(p.s[from:sp.end], parted))
	next := skipParted(p.s, sp.to)
	if next >= len(p.s) || !p.takes.Duration || sp.kind != spanClear && sp.kind != spanPerm || stopWords[fold(p.s[next:p.userEnd(next)])] {
		if sp.kind == spanClear && sp.to == to && next >= len(p.s) {
			return p.fail(m, quoted)
		}
		return p.fail(m)
	}
	m.Code = CodeDurationFirst
	moved := offer{edits: []edit{{from, next, ""}}, twist: twist{d: sp.d, perm: sp.kind == spanPerm}}
	return p.fail(m, moved)
}

// optionAt reports whether a duration, or a medium if the verb has media,
// begins at p.s[i].
func (p *parser) optionAt(i int) bool {
	if p.quoteAt(i) {
		return false
	}
	switch sp := p.timeAt(i); sp.kind {
	case spanClear, spanPerm, spanCalendar, spanTooLong, spanOdd:
		return true
	case spanZero:
		return sp.sign == 0
	}
	return p.takes.Media && len(mediaIn(fold(p.s[i:shortWordEnd(p.s, i)]))) > 0
}
