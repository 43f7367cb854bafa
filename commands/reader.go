package commands

import (
	"strings"
	"unicode/utf8"
)

// A reader is one text while it is read. It counts its steps: their number is
// at most a constant times the length of the text.
type reader struct {
	s     string // plain text, Slack's escaping undone
	forms []form // Slack's mentions and links in s
	steps int
	// open has the closing marks that the rest of the text does not contain,
	// so that the search is not repeated.
	open map[string]bool
}

// quotedAt reads the quoted piece that begins at s[i]: its text and the
// offset after its closing mark. Doubled straight marks are literal. Because
// people mix marks, a mark of another style closes if no mark of the same
// style follows.
func (t *reader) quotedAt(i int) (text string, end int, ok bool) {
	opening, n := utf8.DecodeRuneInString(t.s[i:])
	own, other := `"`, "”‟＂"
	switch opening {
	case '“', '„':
		own, other = "”‟", "\"＂“"
	case '”', '‟':
		own, other = "”‟“", "\"＂"
	case '＂':
		own, other = "＂", "\"”"
	}
	for _, marks := range []string{own, other} {
		if t.open[marks] {
			continue
		}
		if text, end, ok = t.closing(i+n, marks); ok {
			return text, end, true
		}
		if t.open == nil {
			t.open = make(map[string]bool, 2)
		}
		t.open[marks] = true
	}
	return "", 0, false
}

func (t *reader) closing(body int, marks string) (string, int, bool) {
	doubled := false
	for at := body; ; {
		next := strings.IndexAny(t.s[at:], marks)
		if next < 0 {
			t.steps += len(t.s) - at
			return "", 0, false
		}
		t.steps += next + 1
		at += next
		if strings.HasPrefix(t.s[at:], `""`) && marks == `"` {
			doubled = true
			at += 2
			continue
		}
		_, n := utf8.DecodeRuneInString(t.s[at:])
		text := t.s[body:at]
		if doubled {
			text = strings.ReplaceAll(text, `""`, `"`)
		}
		return text, at + n, true
	}
}

// quoteAt reports whether there is a quotation mark at s[i].
func (t *reader) quoteAt(i int) bool { return i < len(t.s) && isQuote(firstRune(t.s[i:])) }

// wordEnd returns the offset of the blank that ends the word at s[i].
func (t *reader) wordEnd(i int) int { return t.runTo(i, isBlank) }

// word returns the word at s[i].
func (t *reader) word(i int) string { return t.s[i:t.wordEnd(i)] }

// itemEnd returns the offset of the blank or comma that ends the item at
// s[i].
func (t *reader) itemEnd(i int) int { return t.runTo(i, parted) }

// parted reports what parts items.
func parted(r rune) bool { return isBlank(r) || isComma(r) }

// runTo returns the offset of the first character from s[i] on for which stop
// is true.
func (t *reader) runTo(i int, stop func(rune) bool) int {
	from := i
	for i < len(t.s) {
		r, n := rune(t.s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(t.s[i:])
		}
		if stop(r) {
			break
		}
		i += n
	}
	t.steps += i - from + 1
	return i
}

// formAt returns the mention that touches s[from:to]; links are text.
func (t *reader) formAt(from, to int) (form, bool) {
	for _, f := range t.forms {
		if f.kind != formLink && f.from < to && f.to > from {
			return f, true
		}
	}
	t.steps += len(t.forms)
	return form{}, false
}

// An edit replaces s[from:to] by text.
type edit struct {
	from, to int
	text     string
}

// edited returns the text with edits applied; they must be sorted and must
// not overlap.
func (t *reader) edited(edits []edit) *reader {
	var b strings.Builder
	at := 0
	forms := append([]form(nil), t.forms...)
	kept := forms[:0]
	shift := 0
	for _, f := range forms {
		gone, moved := false, 0
		for _, e := range edits {
			gone = gone || f.from < e.to && f.to > e.from
			if e.to <= f.from {
				moved += len(e.text) - (e.to - e.from)
			}
		}
		if !gone {
			f.from, f.to = f.from+moved, f.to+moved
			kept = append(kept, f)
		}
	}
	for _, e := range edits {
		b.WriteString(t.s[at:e.from])
		b.WriteString(e.text)
		at = e.to
		shift++
	}
	b.WriteString(t.s[at:])
	return &reader{s: b.String(), forms: kept, steps: len(t.s) + len(t.forms)*shift}
}

// enquote writes text between straight marks.
func enquote(text string) string {
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
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

// skipSpaces returns the offset after the blanks at s[i] that are not line
// breaks.
func skipSpaces(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isBlank(r) || isNewline(r) {
			break
		}
		i += n
	}
	return i
}

// skipParted returns the offset after the blanks and commas at s[i].
func skipParted(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !parted(r) {
			break
		}
		i += n
	}
	return i
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
