package commands

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// users reads the list of users; first is false when it goes on with a list
// that was left.
func (p *parser) users(first bool) *Mistake {
	var seen map[string]struct{}
	for ; ; first = false {
		gap := p.i
		comma, line := p.separate()
		if p.end() || (!first && !comma && !line) {
			break
		}
		// On a line of its own a duration or a medium ends the list.
		if !first && !comma && p.optionAt(p.i) {
			break
		}
		id, ok, m := p.user(gap, comma)
		if m != nil {
			return m
		}
		if !ok {
			continue
		}
		p.usersEnd = p.i
		if len(p.act.Targets) < 16 {
			if slices.Contains(p.act.Targets, id) {
				continue
			}
		} else {
			if seen == nil {
				seen = make(map[string]struct{}, 64)
				for _, t := range p.act.Targets {
					seen[t] = struct{}{}
				}
			}
			if _, double := seen[id]; double {
				continue
			}
			seen[id] = struct{}{}
		}
		p.act.Targets = append(p.act.Targets, id)
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
	n, from := 0, skipSpaces(p.s, p.args)
	to := itemEnd(p.s, from)
	if p.act.Room.Name != "" && !p.implied && p.set.ChannelRoom != nil {
		n = 1
	}
	if _, m := p.fault(n, m); m != nil {
		return m
	}
	p.put(from, to, enquote(p.s[from:to]))
	return p.restart()
}

// separate skips what parts users.
func (p *parser) separate() (comma, line bool) {
	for {
		line = p.blanks() || line
		if p.end() {
			return comma, line
		}
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if !isComma(r) {
			return comma, line
		}
		comma = true
		p.i += n
	}
}

// user reads one user; ok is false when mending left none here. gap is where
// the item before ended.
func (p *parser) user(gap int, comma bool) (id string, ok bool, m *Mistake) {
	for {
		if p.end() {
			return "", false, nil
		}
		from, mends := p.i, p.mends
		r, _ := utf8.DecodeRuneInString(p.s[from:])
		if isBlank(r) || isComma(r) {
			return "", false, nil // mended away
		}
		var to int
		if isQuote(r) {
			id, to, m = p.quotedUser(from)
		} else {
			to = itemEnd(p.s, from)
			id = p.s[from:to]
			m = p.plainUser(gap, from, to, comma)
		}
		if m == nil && p.mends == mends {
			m = p.checkUser(from, to, id)
		}
		switch {
		case m != nil:
			return "", false, m
		case p.mends == mends:
			p.i = to
			return id, true, nil
		case p.i < from: // the comma before it was mended away: no user
			return "", false, nil
		}
	}
}

// quotedUser reads a quoted user; to is 0 when the text was mended.
func (p *parser) quotedUser(from int) (id string, to int, m *Mistake) {
	id, to, ok := quoted(p.s, from)
	if !ok {
		return "", 0, p.openUser(from)
	}
	if to < len(p.s) {
		if r, _ := utf8.DecodeRuneInString(p.s[to:]); !isBlank(r) && !isComma(r) {
			m := mistake(CodeQuoteStuck, p.s[from:itemEnd(p.s, to)])
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
	line := runTo(p.s, body, isNewline)
	whole := strings.TrimFunc(p.s[body:line], isBlank)
	end := itemEnd(p.s, body)
	m := mistake(CodeQuoteOpen, p.s[from:line])
	var edits []edit
	if item := runTo(p.s, body, func(r rune) bool { return isComma(r) || isNewline(r) }); item < line {
		end = item // up to the comma
	} else if before := p.beforeDuration(body, line); before > body {
		edits = append(edits, edit{from, before, enquote(strings.TrimFunc(p.s[body:before], isBlank)) + " "})
	} else if moderation.CheckUserID(whole) == nil && end < line {
		edits = append(edits, edit{from, line, enquote(whole)})
	}
	if word := strings.TrimFunc(p.s[body:end], isBlank); word != "" {
		edits = append(edits, edit{from, end, enquote(word)})
	}
	return p.choose(m, edits...)
}

// beforeDuration gives the offset of the first word in p.s[from:to] that is a
// duration, or from.
func (p *parser) beforeDuration(from, to int) int {
	for at := skipSpaces(p.s, wordEnd(p.s, from)); at < to; at = skipSpaces(p.s, wordEnd(p.s, at)) {
		if _, _, state := readDuration(p.s, at); state == spanOK {
			return at
		}
	}
	return from
}

// plainUser answers what cannot be a user unless it is quoted.
func (p *parser) plainUser(gap, from, to int, comma bool) *Mistake {
	word := p.s[from:to]
	switch {
	case strings.ContainsFunc(word, isQuote):
		return p.replace(from, to, mistake(CodeQuoteOpen, word), unquote(word))
	case p.optionAt(from):
		m := mistake(CodeUserOption, word)
		if !comma || len(p.act.Targets) == 0 {
			return p.replace(from, to, m, enquote(word))
		}
		return p.choose(m, edit{gap, from, " "}, edit{from, to, enquote(word)}) // a comma too many, or an id
	}
	if kind, id, ok := splitKind(word); ok && id != "" {
		return p.replace(from, to, mistake(CodeUserRoom, word, "kind", string(kind)), enquote(word))
	}
	return nil
}

// checkUser holds an id against what the vendor allows.
func (p *parser) checkUser(from, to int, id string) *Mistake {
	piece := p.s[from:to]
	if f, ok := p.formAt(from, to); ok {
		return slackForm(f)
	}
	if at, r := foreign(id); at >= 0 {
		var written []string
		for _, reading := range readings(id) {
			written = append(written, enquote(reading))
		}
		if written == nil && strings.TrimFunc(id, hides) == "" {
			written = []string{""} // nothing but what cannot be seen
		}
		return p.replace(from, to, badCharacter(CodeUserCharacter, "user", piece, id, at, r), written...)
	}
	switch err := moderation.CheckUserID(id); {
	case id == "":
		return p.replace(from, to, mistake(CodeUserEmpty, piece), "")
	case err != nil:
		return mistake(CodeUserLength, piece, "user", id, "most", strconv.Itoa(moderation.MaxUserID))
	}
	return nil
}

// optionAt reports whether a duration, or a medium where the verb has media,
// stands at p.s[i].
func (p *parser) optionAt(i int) bool {
	if _, _, state := readDuration(p.s, i); state == spanOK || state == spanPerm {
		return true
	}
	return p.takes.Media && len(mediaIn(fold(p.s[i:itemEnd(p.s, i)]))) > 0
}
