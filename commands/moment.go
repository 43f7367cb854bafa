package commands

import (
	"strings"
	"time"
	"unicode/utf8"
)

// momentAt reads a moment, a clock time or a length that nobody can count.
func (t *reader) momentAt(i int, lead string) span {
	s := t.s
	end := shortWordEnd(s, i)
	word := momentWord(s[i:end])
	sp := span{kind: spanMoment, core: i, end: end, to: end}
	next := skipSpaces(s, end)
	second := momentWord(s[next:shortWordEnd(s, next)])
	switch {
	case endWords[word]:
		return sp
	case startWords[word]:
		sp.weak = lead != "for"
		return sp
	case months[word] && isDigit(firstRune(second)), (word == "this" || word == "next") && theWords[second] && units[second] > 0,
		word == "this" && (second == "evening" || second == "weekend" || second == "morning"):
		sp.weak = true
	case word == "today" && lead == "" && next >= len(s):
		sp.weak = true
		return sp
	case word == "a" && (second == "while" || second == "bit") && skipSpaces(s, next+len(second)) >= len(s):
		sp.weak = true
	case word == "a" && (second == "while" || second == "bit" || second == "moment") && lead == "for":
		sp.weak = true
	case word == "further" && second == "notice":
	case word == "rest" && second == "of", word == "the" && (second == "rest" || second == "remainder"):
	case lead == "for" && (word == "now" || word == "today"):
		sp.weak = word == "now"
		return sp
	case lead == "for" && units[word] > 0 && len(word) > 3 && strings.HasSuffix(word, "s"):
		sp.weak = true
		return sp
	case units[word] >= minute && len(word) > 2 && !strings.HasSuffix(word, "s") && word[0] < utf8.RuneSelf && (lead == "for" || end >= len(s)):
		sp.weak, sp.d = true, time.Duration(units[word])*time.Second
		return sp
	case (lead == "for" || lead == "over") && word == "the" && theWords[second]:
	case t.clockAt(i) > i:
		sp.end = t.clockAt(i)
		sp.to, sp.weak = sp.end, true
		return sp
	default:
		return span{}
	}
	sp.end = next + len(s[next:shortWordEnd(s, next)])
	sp.to = sp.end
	return sp
}

// clockAt gives the end of a clock time or a date; i when there is none.
func (t *reader) clockAt(i int) int {
	s := t.s
	n, at, digits := readNumber(s, i)
	if digits == 0 || digits > 4 || at >= len(s) {
		return i
	}
	if digits == 4 && s[at] == '-' { // 2026-12-01
		_, after, two := readNumber(s, at+1)
		if two > 0 && two < 3 && after < len(s) && s[after] == '-' {
			if _, end, d := readNumber(s, after+1); d > 0 && t.ends(end) {
				return end
			}
		}
		return i
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
	case strings.HasPrefix(s[end:], "点"), strings.HasPrefix(s[end:], "點"):
		return end + len("点")
	case end == at:
		return i
	}
	if !t.ends(end) {
		return i
	}
	return end
}
