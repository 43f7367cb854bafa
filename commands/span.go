package commands

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// spanKind is what timeAt found.
type spanKind int

const (
	spanNone     spanKind = iota // nothing that speaks of time
	spanClear                    // a length within bounds
	spanZero                     // nothing, or less
	spanTooLong                  // over moderation.MaxDuration
	spanPerm                     // without an end
	spanCalendar                 // months or years, whose length is asked; d is the length to offer
	spanGlued                    // a length (or perm) with other text stuck to it, from rest on
	spanOdd                      // speaks of time, not clearly; d is a reading, 0 for none
	spanMoment                   // a moment, or a length that cannot be computed; d as above
)

// A span is an expression of time in a text.
type span struct {
	kind spanKind
	d    time.Duration
	also time.Duration // a second reading; 0 for none
	perm bool          // of spanGlued
	sign byte          // '+', '-', or 0
	// from is the begin including leading words; the length itself is
	// s[core:end]; to is after the punctuation and a comma.
	from, core, end, to int
	rest                int  // of spanGlued
	weak                bool // of spanMoment: speaks of time only where a reason begins
	more                bool // for spanOdd: another length follows directly
	// head is the sum without its last part, and headEnd where it ends; 0 where
	// there is but one part.
	head    time.Duration
	headEnd int
}

const (
	maxLeads   = 6  // words and brackets that may lead to a length
	maxParts   = 8  // parts of a sum
	wordBytes  = 48 // longer words are not in the lexicon
	maxClosers = 6
)

// timeAt reads an expression of time at s[i]. It reads at most a few words.
func (t *reader) timeAt(i int) span {
	sp := t.timed(i)
	t.steps += 1 + min(max(sp.to-i, 8), 256)
	return sp
}

func (t *reader) timed(i int) span {
	s := t.s
	none := span{from: i, to: i}
	if !startsTime(s, i) {
		return none
	}
	if word, _ := letters(s, i); word == "for" || word == "no" || word == "without" || word == "never" { // permanent
		if sp := t.permanentAt(i); sp.kind == spanPerm {
			sp.from = i
			return sp
		}
	}
	at, until, lead := t.leads(i)
	if at >= len(s) {
		if until {
			return span{kind: spanMoment, from: i, core: i, end: at, to: at}
		}
		return none
	}
	sp := t.permanentAt(at)
	if sp.kind == spanNone {
		sp = t.sumAt(at)
	}
	if sp.kind == spanNone && at > i {
		if bare := t.momentAt(i, ""); bare.kind == spanMoment && !until { // "last" of a lead word: at least, time
			bare.from = i
			return bare
		}
	}
	if sp.kind == spanNone || sp.kind == spanZero && sp.sign == 0 && until {
		sp = t.momentAt(at, lead)
	}
	sp.from = i
	switch {
	case sp.kind == spanNone && until:
		end := shortWordEnd(s, at)
		word := momentWord(s[at:end])
		sp = span{kind: spanMoment, from: i, core: i, end: end}
		if !momentWords[word] && !beginsMoment(s[at:]) && !isDigit(firstRune(s[at:])) {
			// After other words "until he apologizes" still is a length;
			// "wait until I ask" is not.
			sp.weak = momentWord(s[i:shortWordEnd(s, i)]) != "until" || endsWithWait(s[:i])
			if word != "the" {
				sp.end = shortWordEnd(s, i)
			}
		}
		sp.to = sp.end
		if noun := t.stretchEnd(at); noun > at { // the show, the end of the show
			sp.end, sp.to, sp.weak = noun, noun, false
		} else if word == "the" {
			sp.end = shortWordEnd(s, skipSpaces(s, end))
			sp.to, sp.weak = sp.end, true
		}
	case sp.kind == spanMoment && until:
		sp.core, sp.weak = i, false
	case sp.kind == spanClear && until: // "until 30m"
		sp.kind = spanOdd
	case sp.kind == spanPerm && until:
	case sp.kind == spanNone:
		return none
	}
	return sp
}

// endsWithWait reports whether s ends by telling a person to wait: wait until
// I ask.
func endsWithWait(s string) bool {
	s = fold(strings.TrimRight(s[max(0, len(s)-16):], " "))
	return strings.HasSuffix(s, "wait") || strings.HasSuffix(s, "waits") || strings.HasSuffix(s, "waiting")
}

func momentWord(word string) string { return strings.Trim(fold(word), ".,;:!?()[]。，！？") }

func beginsMoment(s string) bool {
	for _, w := range chineseMoments {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// leads skips brackets and words that lead to a length.
func (t *reader) leads(i int) (at int, until bool, lead string) {
	s := t.s
	for at = i; at < len(s) && maxLeads > 0; {
		start := at
		if r, n := utf8.DecodeRuneInString(s[at:]); strings.ContainsRune(openers, r) || unicode.IsSymbol(r) && !strings.ContainsRune("+＋−∞", r) || r == '\uFE0F' {
			at = skipSpaces(s, at+n)
		} else if at2, u, w := leadAt(s, at); at2 > at {
			at, until, lead = at2, until || u, w
		}
		if at == start || at-i > wordBytes {
			break
		}
	}
	return at, until, lead
}

// leadAt reads one word that leads to a length.
func leadAt(s string, i int) (at int, until bool, lead string) {
	for dashes := 0; dashes < 2 && i+1 < len(s) && s[i] == '-' && (s[i+1] == '-' || isLetter(rune(s[i+1]))); dashes++ {
		i++ // --duration 7d
	}
	end := shortWordEnd(s, i)
	word := fold(s[i:end])
	if colon := strings.IndexFunc(s[i:end], func(r rune) bool { return isColon(r) || r == '=' || r == '＝' }); colon > 0 {
		if label := fold(s[i : i+colon]); labelWords[label] {
			_, n := utf8.DecodeRuneInString(s[i+colon:])
			return skipSpaces(s, i+colon+n), untilWords[label], label
		}
	}
	if untilWords[word] {
		return skipSpaces(s, end), true, word
	}
	if dash := fold(s[i:end]); dash == "-" || dash == "--" || dash == "–" || dash == "—" {
		if next := skipSpaces(s, end); next > end && next < len(s) {
			return next, false, ""
		}
	}
	if next := skipSpaces(s, end); word == "at" || word == "up" { // at least 10m, up to 1h
		if second := shortWordEnd(s, next); leadPairs[word+" "+fold(s[next:second])] && skipSpaces(s, second) > second {
			return skipSpaces(s, second), false, word
		}
	}
	if next := skipSpaces(s, end); leadWords[word] && next > end {
		if c := firstRune(s[next:]); next < len(s) && isColon(c) && labelWords[word] { // "duration : 7d"
			next = skipSpaces(s, next+utf8.RuneLen(c))
		}
		return next, false, word
	}
	for _, w := range chineseUntil {
		if rest := strings.TrimPrefix(s[i:], w); rest != s[i:] && (isDigit(firstRune(rest)) || beginsMoment(rest) || clockInWords(rest, 0) > 0 || isBlank(firstRune(rest)) && w != "到" && w != "至") {
			return skipSpaces(s, i+len(w)), true, w
		}
	}
	for _, w := range chineseLeads {
		rest := strings.TrimPrefix(s[i:], w)
		if rest == s[i:] || rest == "" {
			continue
		}
		r := firstRune(rest)
		if isDigit(r) || chineseDigit(r) > 0 || r == '十' || r == '半' || strings.HasPrefix(rest, "永") || strings.HasPrefix(rest, "无限") || strings.HasPrefix(rest, "無限") {
			return i + len(w), false, w
		}
	}
	return i, false, ""
}

// leadPairs are two words that lead to a length.
var leadPairs = wordSet("at least,at most,up to")

// shortWordEnd is the end of the word at s[i], looking no further than the
// longest word of the lexicon.
func shortWordEnd(s string, i int) int {
	end := i
	for end < len(s) && end-i < wordBytes {
		r, n := utf8.DecodeRuneInString(s[end:])
		if isBlank(r) || isComma(r) {
			break
		}
		end += n
	}
	return end
}

// permanentAt reads a word that means permanent.
func (t *reader) permanentAt(i int) span {
	s := t.s
	end := shortWordEnd(s, i)
	word := strings.TrimRightFunc(s[i:end], func(r rune) bool { return strings.ContainsRune(closers, r) })
	folded := fold(word)
	if next := skipSpaces(s, end); word == s[i:end] && next > end {
		second := shortWordEnd(s, next)
		if permanentPhrases[folded+" "+momentWord(s[next:second])] {
			return t.checkEnding(span{kind: spanPerm, core: i, end: second})
		}
	}
	joined := folded
	if isLetter(firstRune(folded)) {
		joined = strings.ReplaceAll(folded, "-", "") // perma-ban
	}
	if next := skipSpaces(s, end); endlessWords[joined] && word == s[i:end] && next < len(s) && !parted(firstRune(s[next:])) {
		if second := momentWord(s[next:shortWordEnd(s, next)]); !banWords[second] && isLetter(firstRune(second)) {
			return t.checkEnding(span{kind: spanOdd, perm: true, core: i, end: i + len(word)})
		}
	}
	if permanentWords[joined] || permanentWords[strings.Replace(folded, "−", "-", 1)] {
		return t.checkEnding(span{kind: spanPerm, core: i, end: i + len(word)})
	}
	if isLetter(firstRune(folded)) && len(folded) > 5 && len(nearest(folded, longPermanent)) > 0 { // misspelt
		return t.checkEnding(span{kind: spanOdd, perm: true, core: i, end: i + len(word)})
	}
	if firstRune(word) > 0x2fff { // no blank ends a Chinese word
		for n := 4; n >= 2; n-- {
			at := runeOffset(word, n)
			if at > 0 && permanentWords[word[:at]] {
				return t.checkEnding(span{kind: spanPerm, core: i, end: i + at})
			}
		}
	}
	return span{}
}

// runeOffset is the offset behind the first n characters; 0 when there are fewer.
func runeOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return 0
}

// ends reports whether a word ends at s[i], punctuation left out.
func (t *reader) ends(i int) bool {
	end := punctuation(t.s, i)
	return end >= len(t.s) || parted(firstRune(t.s[end:]))
}

// punctuation skips what closes brackets and sentences.
func punctuation(s string, i int) int {
	for n := 0; i < len(s) && n < maxClosers; n++ {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !strings.ContainsRune(closers, r) && (!dropped(r) || isBlank(r)) {
			break
		}
		i += size
	}
	return i
}

// checkEnding checks what follows a length: nothing, or text that makes it
// ambiguous.
func (t *reader) checkEnding(sp span) span {
	s := t.s
	if firstRune(s[sp.end:]) > 0x2fff {
		for _, w := range actionWords {
			if strings.HasPrefix(s[sp.end:], w) && t.ends(sp.end+len(w)) {
				sp.end += len(w)
				break
			}
		}
	}
	end := punctuation(s, sp.end)
	sp.to = end
	if end < len(s) {
		r := firstRune(s[end:])
		if !parted(r) {
			if sp.kind == spanMoment {
				return span{}
			}
			if isDigit(r) || isLetter(narrow(r)) && end == sp.end {
				return span{}
			}
			sp.rest, sp.perm = end, sp.kind == spanPerm
			if sp.kind == spanClear || sp.kind == spanPerm {
				sp.kind = spanGlued
			} else {
				sp.kind, sp.to = spanOdd, t.wordEnd(end)
			}
			return sp
		}
	}
	next := skipSpaces(s, end)
	if next < len(s) && isComma(firstRune(s[next:])) {
		sp.to = next + utf8.RuneLen(firstRune(s[next:]))
		return sp
	}
	if next == end || next >= len(s) {
		return sp
	}
	word := momentWord(s[next:shortWordEnd(s, next)])
	switch {
	case sp.kind == spanPerm:
	case word == "from" && strings.HasPrefix(fold(s[next:min(len(s), next+8)]), "from now"):
	case word == "in" && !strings.HasPrefix(fold(s[next:min(len(s), next+8)]), "in a row"):
	case pastBehind[word]:
		return span{}
	case (restBehind[word] || thenBehind[word]) && (sp.kind == spanClear || sp.kind == spanCalendar || sp.kind == spanTooLong):
		sp.kind = spanOdd
	}
	return sp
}
