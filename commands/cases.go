package commands

import (
	"strconv"
	"strings"

	"bouncer/moderation"
)

// caseNumber reads the number of the case that the verb is about.
func (p *parser) caseNumber() *Mistake {
	p.blanks()
	from, to := p.i, p.wordEnd(p.i)
	piece := p.s[from:to]
	n, ok := caseNumber(fold(piece))
	if ok {
		p.act.Number, p.i = n, to
		return nil
	}
	m := mistake(CodeCaseNumber, piece, "verb", string(p.spec.Verb))
	if spec, named := verbNamed(fold(piece)); named && spec.Verb == moderation.ShowCase {
		next := skipSpaces(p.s, to)
		end := p.wordEnd(next)
		if n, ok := caseNumber(fold(p.s[next:end])); ok { // "undo case 12"
			return p.replace(from, end, m, strconv.FormatInt(n, 10))
		}
	}
	var readings []string
	if bare := strings.Trim(fold(piece), "#.,:;!?()[]\"'第号"); bare != "" {
		if n, ok := caseNumber(bare); ok {
			readings = []string{strconv.FormatInt(n, 10)}
		}
	}
	return p.replace(from, to, m, readings...)
}

// caseNumber reads 12 or #12.
func caseNumber(word string) (int64, bool) {
	word = strings.TrimPrefix(word, "#")
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil && n > 0 && word[0] != '+'
}

// someUsers reads which people of the case are meant: "all", nothing, or a
// list. A quoted text with a blank in it and nothing after it is a reason.
func (p *parser) someUsers() *Mistake {
	if p.gap(true); p.end() {
		return nil
	}
	from := p.i
	p.takes.Users = true
	if p.quoteAt(from) {
		text, end, ok := p.quotedAt(from)
		if ok && strings.ContainsFunc(text, isBlank) && strings.TrimFunc(p.s[end:], isBlank) == "" {
			p.takes.Users = false
			return nil
		}
		return p.users()
	}
	to := p.itemEnd(from)
	if !isAll(p.s[from:to]) {
		return p.usersOrReason(from)
	}
	p.takes.Users = false
	next := skipSpaces(p.s, to)
	behind := skipParted(p.s, next)
	p.i = to
	if behind >= len(p.s) {
		p.i = len(p.s)
		return nil
	}
	if !isComma(firstRune(p.s[next:])) {
		return nil
	}
	m := mistake(CodeAllAndUsers, strings.TrimRightFunc(p.s[from:behind], isBlank), "verb", string(p.spec.Verb))
	return p.fail(m, offer{edits: []edit{{to, behind, " "}}}, offer{edits: []edit{{from, behind, ""}}, does: OfferPeople})
}

// usersOrReason reads which people of a case are meant, unless the text has
// no character of a UserID: a dash before the reason, or a Chinese reason.
func (p *parser) usersOrReason(from int) *Mistake {
	word := p.s[from:p.userEnd(from)]
	if neverUsers[fold(word)] && (p.set.UserID == nil || !p.set.UserID.MatchString(word)) { // "by mistake"
		p.takes.Users, p.i = false, from
		return nil
	}
	for _, r := range word {
		if r < 0x2e80 && !strings.ContainsRune("-–—:", r) || narrow(r) != r || isQuote(r) {
			return p.users()
		}
	}
	if _, form := p.formAt(from, from+len(word)); form || everyoneWords[word] || p.set.UserID != nil && p.set.UserID.MatchString(word) {
		return p.users()
	}
	p.takes.Users = false
	if p.i = from; firstRune(word) < 0x2e80 {
		p.i += len(word)
	}
	return nil
}

// isAll reports whether the word means everyone in a case.
func isAll(word string) bool {
	switch fold(trimPunct(word)) {
	case "all", "全部":
		return true
	}
	return false
}
