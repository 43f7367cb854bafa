package commands

import (
	"strconv"
	"strings"

	"bouncer/moderation"
)

// caseNumber reads the number of the case that the verb is about.
func (p *parser) caseNumber() *Mistake {
	for {
		p.blanks()
		from, to := p.i, wordEnd(p.s, p.i)
		piece := p.s[from:to]
		n, ok := caseNumber(fold(piece))
		if ok {
			p.act.Number, p.i = n, to
			return nil
		}
		if spec, named := verbNamed(fold(piece)); named && spec.Verb == moderation.ShowCase {
			next := skipSpaces(p.s, to)
			end := wordEnd(p.s, next)
			if n, ok := caseNumber(fold(p.s[next:end])); ok { // "undo case 12"
				if m := p.replace(from, end, mistake(CodeCaseNumber, piece, "verb", string(p.spec.Verb)), strconv.FormatInt(n, 10)); m != nil {
					return m
				}
				continue
			}
		}
		var readings []string
		if bare := strings.Trim(fold(piece), "#.,:;!?()[]\"'第号"); bare != "" {
			if n, ok := caseNumber(bare); ok {
				readings = []string{strconv.FormatInt(n, 10)}
			}
		}
		if m := p.replace(from, to, mistake(CodeCaseNumber, piece, "verb", string(p.spec.Verb)), readings...); m != nil {
			return m
		}
	}
}

// caseNumber reads 12 or #12.
func caseNumber(word string) (int64, bool) {
	word = strings.TrimPrefix(word, "#")
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil && n > 0 && word[0] != '+'
}

// someUsers reads whom of the case's people it is about: "all", nothing, or a
// list. A quoted text with a blank in it that nothing follows is a reason.
func (p *parser) someUsers() *Mistake {
	for {
		p.separate()
		if p.end() {
			return nil
		}
		from := p.i
		if quoteAt(p.s, from) {
			text, end, ok := quoted(p.s, from)
			if ok && strings.ContainsFunc(text, isBlank) && strings.TrimFunc(p.s[end:], isBlank) == "" {
				return nil
			}
			break
		}
		to := itemEnd(p.s, from)
		if !isAll(p.s[from:to]) {
			break
		}
		next := skipSpaces(p.s, to)
		rest := strings.TrimLeftFunc(p.s[next:], parted)
		if p.i = to; rest == "" {
			p.i = len(p.s)
		}
		if rest == "" || !isComma(firstRune(p.s[next:])) {
			return nil
		}
		m := p.choose(mistake(CodeAllAndUsers, strings.TrimRightFunc(p.s[from:len(p.s)-len(rest)], isBlank), "verb", string(p.spec.Verb)),
			edit{to, len(p.s) - len(rest), " "}, edit{from, to, enquote(p.s[from:to])})
		if m != nil {
			return m
		}
		p.i = from
	}
	p.takes.Users = true
	return p.users(true)
}

// isAll reports the word that stands for everybody in a case.
func isAll(word string) bool {
	switch fold(trimPunct(word)) {
	case "all", "全部":
		return true
	}
	return false
}
