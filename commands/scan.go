package commands

import (
	"strings"
	"unicode/utf8"
)

// quoted reads the quoted piece that opens at s[i]: its text and the offset
// behind its closing mark. Straight marks double to stand for themselves.
// People mix marks, so one of another style closes where none of the same
// style follows.
func quoted(s string, i int) (text string, end int, ok bool) {
	open, n := utf8.DecodeRuneInString(s[i:])
	body := i + n
	own, other := `"`, "”‟＂"
	switch open {
	case '“', '„':
		own, other = "”‟", "\"＂“"
	case '”', '‟':
		own, other = "”‟“", "\"＂"
	case '＂':
		own, other = "＂", "\"”"
	}
	for _, marks := range []string{own, other} {
		if text, end, ok = closing(s, body, marks); ok {
			return text, end, true
		}
	}
	return "", 0, false
}

func closing(s string, body int, marks string) (string, int, bool) {
	doubled := false
	for at := body; ; {
		next := strings.IndexAny(s[at:], marks)
		if next < 0 {
			return "", 0, false
		}
		at += next
		if strings.HasPrefix(s[at:], `""`) && marks == `"` {
			doubled = true
			at += 2
			continue
		}
		_, n := utf8.DecodeRuneInString(s[at:])
		text := s[body:at]
		if doubled {
			text = strings.ReplaceAll(text, `""`, `"`)
		}
		return text, at + n, true
	}
}

// enquote writes text between straight marks.
func enquote(text string) string {
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// quoteAt reports whether a quotation mark stands at s[i].
func quoteAt(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return isQuote(r)
}

// unquote drops every quotation mark.
func unquote(s string) string {
	return strings.Map(func(r rune) rune {
		if isQuote(r) {
			return -1
		}
		return r
	}, s)
}

func (p *parser) end() bool { return p.i >= len(p.s) }

// blanks skips blanks and tells whether a line ended among them.
func (p *parser) blanks() (line bool) {
	for p.i < len(p.s) {
		r, n := rune(p.s[p.i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(p.s[p.i:])
		}
		if !isBlank(r) {
			break
		}
		line = line || isNewline(r)
		p.i += n
	}
	return line
}

// formAt gives the mention that touches p.s[from:to]; links are text.
func (p *parser) formAt(from, to int) (form, bool) {
	for _, f := range p.forms {
		if f.kind != formLink && f.from < to && f.to > from {
			return f, true
		}
	}
	return form{}, false
}

// wordEnd gives the offset of the blank that ends the word at s[i].
func wordEnd(s string, i int) int {
	for i < len(s) && s[i] > ' ' && s[i] < utf8.RuneSelf { // the common text
		i++
	}
	return runTo(s, i, isBlank)
}

// itemEnd gives the offset of the blank or comma that ends the item at s[i].
func itemEnd(s string, i int) int {
	for i < len(s) && s[i] > ' ' && s[i] < utf8.RuneSelf && s[i] != ',' {
		i++
	}
	return runTo(s, i, parted)
}

// parted reports what parts items.
func parted(r rune) bool { return isBlank(r) || isComma(r) }

// runTo gives the offset of the first character at or behind s[i] that stops.
func runTo(s string, i int, stop func(rune) bool) int {
	for i < len(s) {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if stop(r) {
			break
		}
		i += n
	}
	return i
}
