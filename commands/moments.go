package commands

import (
	"strings"
	"time"
	"unicode/utf8"
)

// momentAt reads a moment, a clock time or a length that cannot be computed.
func (t *reader) momentAt(i int, lead string) span {
	s := t.s
	end := shortWordEnd(s, i)
	word := momentWord(s[i:end])
	sp := span{kind: spanMoment, core: i, end: end, to: end}
	next := skipSpaces(s, end)
	second := momentWord(s[next:shortWordEnd(s, next)])
	last := next >= len(s)
	to := func(end int) span {
		sp.end, sp.to = end, end
		return sp
	}
	switch {
	case endWords[word]:
		return sp
	case startWords[word]:
		sp.weak = lead != "for"
		return sp
	case word == "for" || word == "the" && (second == "show" || second == "stream") && lead == "":
		return span{}
	case months[word] && isDigit(firstRune(second)):
		sp.weak = true
		return to(shortWordEnd(s, next))
	case weekdays[word] && (last || t.clockAt(next) > next):
		sp.weak = true
		return to(max(end, t.clockAt(next)))
	case word == "this" || word == "next" || word == "the" && (second == "next" || wholeWords[second]) || wholeWords[word]:
		sp.weak = lead == ""
		if noun := t.stretchEnd(next); noun > next && (lead == "for" || word == "the" || wholeWords[word] || t.unitLike(next) || t.nothingFollows(noun)) {
			return to(noun)
		}
		return span{}
	case word == "today" && (lead == "" || lead == "only" || lead == "just") && (last || second == "only"):
		sp.weak = true
		return sp
	case t.vagueEnd(i, lead) > i:
		sp.weak = true
		return to(t.vagueEnd(i, lead))
	case (word == "a" || word == "as") && second == "long" || word == "long" && second == "time":
		sp.weak = true
		return to(shortWordEnd(s, next))
	case word == "a" && (second == "while" || second == "bit" || second == "moment"):
		if sp.weak = true; lead != "for" && (second == "moment" || skipSpaces(s, next+len(second)) < len(s)) {
			return span{}
		}
		return to(shortWordEnd(s, next))
	case word == "no" && strings.HasPrefix(fold(s[next:min(len(s), next+10)]), "time limit"):
		sp.weak = true
		return to(min(len(s), next+10))
	case word == "over" && second == "night", word == "the" && second == "night" && lead == "" && t.nothingFollows(shortWordEnd(s, next)):
		sp.weak = true
		return to(shortWordEnd(s, next))
	case whileWords[word]:
		noun := t.stretchEnd(next)
		behind := skipSpaces(s, noun)
		if verb := momentWord(s[behind:shortWordEnd(s, behind)]); noun == next || verb != "" && !endsWords[verb] {
			return span{}
		}
		sp.weak = true
		return to(noun)
	case word == "further" && second == "notice":
		return to(shortWordEnd(s, next))
	case word == "rest" || word == "remainder" || word == "end" && second == "of", word == "the" && (second == "rest" || second == "remainder"):
		if noun := t.stretchEnd(end); noun > end {
			return to(noun)
		}
		return span{}
	case lead == "for" && (word == "now" || word == "today"):
		return sp
	case (word == "always" || word == "none" || word == "never") && last:
		sp.weak = true
		return sp
	case units[word] > 0 && len(word) > 3 && strings.HasSuffix(word, "s") && (lead == "for" || lead == "" && last):
		sp.weak = true
		return sp
	case units[word] >= minute && len(word) > 2 && !strings.HasSuffix(word, "s") && word[0] < utf8.RuneSelf && (lead == "for" || end >= len(s)):
		sp.weak, sp.d = true, time.Duration(units[word])*time.Second
		return sp
	case (lead == "for" || lead == "over" || lead == "during") && word == "the" && theWords[second]:
		return to(shortWordEnd(s, next))
	case t.clockAt(i) > i:
		sp.weak = true
		return to(t.clockAt(i))
	case t.softAt(i) > i:
		sp.weak = true
		return to(t.softAt(i))
	case firstRune(word) > 0x2fff && t.futureWordEnd(i) > i:
		sp.weak = true
		return to(t.futureWordEnd(i))
	}
	return span{}
}

// vagueEnd returns the end of a long or short time without a length, such as
// "ages" and "a good while", or i if there is none.
func (t *reader) vagueEnd(i int, lead string) int {
	at := i
	for n := 0; n < 5; n++ {
		from := skipSpaces(t.s, at)
		end := shortWordEnd(t.s, from)
		word := momentWord(t.s[from:end])
		switch closes := lead == "for" || t.nothingFollows(end); {
		case closes && (vagueTimes[word] || n > 0 && vagueNouns[word]), word == "long" && lead == "for" && t.nothingFollows(end):
			return end
		case vagueSizes[word]:
			at = end
		default:
			return i
		}
	}
	return i
}

// stretchEnd returns the end of a period after "rest", "whole" or "end" (of
// the show), or i if there is none.
func (t *reader) stretchEnd(i int) int {
	at := i
	for n := 0; n < 5; n++ {
		from := skipSpaces(t.s, at)
		end := shortWordEnd(t.s, from)
		switch word := strings.TrimSuffix(momentWord(t.s[from:end]), "'s"); {
		case word == "of" || word == "the" || word == "this" || word == "that" || word == "today" || word == "current" || wholeWords[word] || word == "rest" || word == "next":
			at = end
		case theWords[word] || units[word] >= minute && len(word) > 2:
			return end
		default:
			return i
		}
	}
	return i
}

// unitLike reports a stretch of time that "this" and "next" name without
// anything else being meant.
func (t *reader) unitLike(i int) bool {
	word := momentWord(t.s[i:shortWordEnd(t.s, i)])
	return units[word] > 0 && len(word) > 2 || word == "evening" || word == "weekend" || word == "morning" || word == "afternoon"
}

// nothingFollows reports whether the period ends the text.
func (t *reader) nothingFollows(i int) bool {
	next := skipSpaces(t.s, i)
	return next >= len(t.s) || momentWord(t.s[next:shortWordEnd(t.s, next)]) == "only"
}

// softAt returns the end of a number of nights or shows, or i if there is
// none.
func (t *reader) softAt(i int) int {
	c := countAt(t.s, i)
	if c.how == countNone {
		return i
	}
	from := skipSpaces(t.s, c.end)
	end := shortWordEnd(t.s, from)
	if word, _ := letters(t.s, i); word == "half" || !softUnits[momentWord(t.s[from:end])] {
		return i
	}
	return end
}

// futureWordEnd returns the end of a Chinese word for a future time, or of a
// clock time after a part of the day; i if there is none.
func (t *reader) futureWordEnd(i int) int {
	rest := t.s[i:]
	end := shortWordEnd(t.s, i)
	for _, w := range laterWords {
		if strings.HasPrefix(rest, w) {
			return end
		}
	}
	for _, w := range tempWords {
		for _, act := range actionWords {
			if strings.HasPrefix(rest, w+act) {
				return end
			}
		}
	}
	if end := clockInWords(t.s, i); end > i && t.ends(end) {
		return end
	}
	for at, n := i, 0; n < 2; n++ {
		for _, w := range dayParts {
			if strings.HasPrefix(t.s[at:], w) {
				at += len(w)
				c := countAt(t.s, at)
				if c.how != countNone && (strings.HasPrefix(t.s[c.end:], "点") || strings.HasPrefix(t.s[c.end:], "點") || strings.HasPrefix(t.s[c.end:], "时") || strings.HasPrefix(t.s[c.end:], "時")) {
					return end
				}
				break
			}
		}
	}
	return i
}

// clockInWords returns the end of 八点, or i if there is none.
func clockInWords(s string, i int) int {
	if c := countAt(s, i); c.how == countChinese && (strings.HasPrefix(s[c.end:], "点") || strings.HasPrefix(s[c.end:], "點")) {
		return c.end + len("点")
	}
	return i
}

// clockAt returns the end of a clock time or a date, or i if there is none.
func (t *reader) clockAt(i int) int {
	s := t.s
	n, at, digits := readNumber(s, i)
	if digits == 0 || digits > 4 || at >= len(s) {
		return i
	}
	if end := t.dateAt(i, n, at); end > i {
		return end
	}
	if n > 24 {
		return i
	}
	end := at
	if isColon(firstRune(s[at:])) {
		colon := utf8.RuneLen(firstRune(s[at:]))
		_, after, two := readNumber(s, at+colon)
		if two != 2 {
			return i
		}
		end = after
		if end < len(s) && isColon(firstRune(s[end:])) {
			if _, after, two := readNumber(s, end+1); two == 2 {
				end = after
			}
		}
	}
	from := skipSpaces(s, end)
	word, after := letters(s, from)
	switch {
	case word == "am" || word == "pm":
		end = after
	case word == "o" && (strings.HasPrefix(s[after:], "'clock") || strings.HasPrefix(s[after:], "’clock")), word == "oclock":
		end = shortWordEnd(s, from)
	case strings.HasPrefix(s[end:], "点"), strings.HasPrefix(s[end:], "點"), strings.HasPrefix(s[end:], "时"), strings.HasPrefix(s[end:], "時"):
		return end + len("点")
	case end == at:
		return i
	}
	if !t.ends(end) {
		return i
	}
	return end
}

// dateAt returns the end of a date that begins with the number n, which ends
// at at, or i if there is none.
func (t *reader) dateAt(i int, n int64, at int) int {
	s := t.s
	if strings.HasPrefix(s[at:], "月") && n < 13 { // 12月1日
		if _, end, d := readNumber(s, at+len("月")); d > 0 && d < 3 {
			return shortWordEnd(s, end)
		}
	}
	for _, day := range []string{"号", "號"} {
		if strings.HasPrefix(s[at:], day) && n < 32 && t.ends(at+len(day)) {
			return at + len(day)
		}
	}
	if sep := s[at]; sep == '-' || sep == '/' || sep == '.' { // 2026-12-01, 1/12/2026
		_, after, two := readNumber(s, at+1)
		if two > 0 && two < 3 && after < len(s) && s[after] == sep {
			if _, end, d := readNumber(s, after+1); d > 0 && (d == 4 || at-i == 4 || d == 2 && sep != '.') && t.ends(end) {
				return end
			}
		}
		return i
	}
	if n > 31 {
		return i
	}
	from := at
	for _, nth := range []string{"st", "nd", "rd", "th"} {
		if word, after := letters(s, at); word == nth {
			from = after
		}
	}
	next := skipSpaces(s, from)
	if word, after := letters(s, next); word == "of" {
		next = skipSpaces(s, after)
	}
	if word, after := letters(s, next); next > from && months[word] && t.ends(after) {
		return after
	}
	return i
}
