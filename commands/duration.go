package commands

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bouncer/moderation"
)

// spanState says what readDuration found.
type spanState int

const (
	spanNone    spanState = iota // no duration
	spanOK                       // a duration within bounds
	spanZero                     // nothing, or less
	spanTooLong                  // over moderation.MaxDuration
	spanPerm                     // without an end
)

const (
	maxNumber     = 1e12 // what longer numbers count as: beyond any bound, and far from overflow
	maxOptionWord = 64   // bytes: longer than any word that stands for a duration
)

// unitOf gives a unit's length in seconds, 0 for what is no unit.
func unitOf(word string) int64 {
	switch word {
	case "s", "sec", "secs", "second", "seconds", "秒", "秒钟":
		return 1
	case "m", "min", "mins", "minute", "minutes", "分", "分钟":
		return 60
	case "h", "hr", "hrs", "hour", "hours", "小时", "个小时", "钟头", "个钟头":
		return 3600
	case "d", "day", "days", "天", "日":
		return 86400
	case "w", "wk", "wks", "week", "weeks", "周", "星期", "个星期", "礼拜", "个礼拜":
		return 7 * 86400
	}
	return 0
}

func isPerm(word string) bool {
	switch word {
	case "perm", "permanent", "permanently", "forever", "永久":
		return true
	}
	return false
}

// readDuration reads a duration at s[i:], ending at a blank, a comma or the
// end of the text; trailing punctuation goes with it. Parts of a sum stand
// from the longest unit down. A part after a blank belongs to the sum when it
// is written like the first one: "1d 12h", "2 days 3 hours", but "1d" alone in
// "1d 3 hours of spam".
func readDuration(s string, i int) (time.Duration, int, spanState) {
	if c := s[i]; c < utf8.RuneSelf && (c < '0' || c > '9') && c != '-' && c != '+' && strings.IndexByte(wordInitials, c|0x20) < 0 {
		return 0, i, spanNone
	}
	// Looking no further than a short word keeps long lists linear.
	near := s[:min(len(s), i+maxOptionWord)]
	if end := wordEnd(near, i); (end < len(near) || len(near) == len(s)) && isPerm(fold(trimPunct(s[i:end]))) {
		return 0, end, spanPerm
	}
	negative := false
	if r, n := utf8.DecodeRuneInString(s[i:]); r == '-' || r == '−' || r == '–' || r == '+' || r == '－' || r == '＋' {
		negative = r != '+' && r != '＋'
		i += n
	}
	var total, sum, last int64
	spaced, parts := false, 0
	stop, end := -1, i
	for at := i; ; {
		value, unit, next, gap := readPart(s, at)
		if unit == 0 || (last != 0 && unit >= last) {
			break
		}
		if parts > 0 && at != end && gap != spaced {
			break
		}
		if parts == 0 {
			spaced = gap
		}
		sum += value
		last, end = unit, next
		parts++
		if closed, ok := closePunct(s, end); ok {
			total, stop = sum, closed
		}
		at = skipSpaces(s, next)
	}
	if stop < 0 {
		return 0, i, spanNone
	}
	d := time.Duration(min(total, int64(moderation.MaxDuration/time.Second)+1)) * time.Second
	switch {
	case negative || total <= 0:
		return d, stop, spanZero
	case d > moderation.MaxDuration:
		return d, stop, spanTooLong
	}
	return d, stop, spanOK
}

// readUnit reads a unit: Latin letters as a whole run, Chinese ones by the
// longest name, since no blank follows them.
func readUnit(s string, i int) (int64, int) {
	end := i
	for end < len(s) {
		r, n := utf8.DecodeRuneInString(s[end:])
		if r = narrow(r); r > 'z' || !unicode.IsLetter(r) {
			break
		}
		end += n
	}
	if end > i {
		if u := unitOf(fold(s[i:end])); u > 0 {
			return u, end
		}
		return 0, i
	}
	for _, n := range []int{9, 6, 3} { // three, two, one Chinese characters
		if i+n <= len(s) {
			if u := unitOf(s[i : i+n]); u > 0 {
				return u, i + n
			}
		}
	}
	return 0, i
}

// closePunct takes the punctuation that people put after a duration; false
// when something else is stuck to it.
func closePunct(s string, i int) (int, bool) {
	for at := i; ; {
		if at >= len(s) {
			return at, true
		}
		r, n := utf8.DecodeRuneInString(s[at:])
		switch {
		case isComma(r):
			return at + n, true
		case isBlank(r):
			return at, true
		case strings.ContainsRune(".;:!。；：！", r), dropped(r):
			at += n
		default:
			return i, false
		}
	}
}

func trimPunct(s string) string {
	if s == "" || isLetter(rune(s[len(s)-1])) {
		return s
	}
	return strings.TrimRight(s, ".;:!。；：！,，、")
}

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

// ParseDuration reads words that are one duration and nothing else, such as
// "1h30m", "2 days" or "30分钟"; perm is true for "perm", "forever" and 永久.
// It gives a Mistake of the codes about durations.
func ParseDuration(words string) (d time.Duration, perm bool, m *Mistake) {
	words = strings.TrimFunc(words, isBlank)
	if words == "" {
		return 0, false, mistake(CodeDurationUnknown, words)
	}
	d, end, state := readDuration(words, 0)
	switch {
	case end != len(words) || state == spanNone:
		if n, at, digits := readNumber(words, 0); digits > 0 && at == len(words) {
			if n == 0 {
				return 0, false, mistake(CodeDurationZero, words)
			}
			return 0, false, mistake(CodeNumberBare, words, "number", strconv.FormatInt(n, 10))
		}
		return 0, false, mistake(CodeDurationUnknown, words)
	case state == spanZero:
		return 0, false, mistake(CodeDurationZero, words)
	case state == spanTooLong:
		return 0, false, mistake(CodeDurationTooLong, words, "most", FormatDuration(moderation.MaxDuration))
	case state == spanPerm:
		return 0, true, nil
	}
	return d, false, nil
}

// FormatDuration writes whole seconds the way they are typed: 30s, 1h30m,
// 24h, 7d. Hours are used up to two days. Nothing and less is 0s.
func FormatDuration(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	var b strings.Builder
	for _, p := range durationParts(d) {
		b.WriteString(strconv.FormatInt(p.n, 10))
		b.WriteByte(p.unit)
	}
	return b.String()
}

type durationPart struct {
	n    int64
	unit byte
}

func durationParts(d time.Duration) []durationPart {
	left := int64(d / time.Second)
	var out []durationPart
	take := func(size int64, unit byte) {
		if n := left / size; n > 0 {
			out = append(out, durationPart{n, unit})
			left %= size
		}
	}
	if left >= 2*86400 {
		take(86400, 'd')
	}
	take(3600, 'h')
	take(60, 'm')
	take(1, 's')
	return out
}
