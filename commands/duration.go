package commands

import (
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"
)

// ParseDuration parses words that are one length and nothing else, such as
// "1h30m", "2 days" or "30分钟"; perm is true for "perm", "forever" and 永久. It
// returns a Mistake with a code about durations.
func ParseDuration(words string) (d time.Duration, perm bool, m *Mistake) {
	d, perm, _, m = ParseLength(words)
	return d, perm, m
}

// ParseLength is ParseDuration for a length that may be added to another:
// plus reports a plus sign before it.
func ParseLength(words string) (d time.Duration, perm, plus bool, m *Mistake) {
	words = strings.TrimFunc(words, isBlank)
	if words == "" {
		return 0, false, false, mistake(CodeDurationUnknown, words)
	}
	t := reader{s: words}
	sp := t.timeAt(0)
	whole := sp.to == len(words) && sp.from == 0
	switch {
	case !whole || sp.kind == spanNone || sp.kind == spanGlued || sp.kind == spanOdd || sp.kind == spanMoment:
		if n, at, digits := readNumber(words, 0); digits > 0 && at == len(words) {
			if n == 0 {
				return 0, false, false, mistake(CodeDurationZero, words)
			}
			return 0, false, false, mistake(CodeNumberBare, words, "number", strconv.FormatInt(n, 10))
		}
		return 0, false, false, mistake(CodeDurationUnknown, words)
	case sp.kind == spanCalendar:
		return 0, false, false, mistake(CodeDurationCalendar, words, "days", FormatDuration(sp.d))
	case sp.kind == spanZero:
		return 0, false, false, mistake(CodeDurationZero, words)
	case sp.kind == spanTooLong:
		return 0, false, false, mistake(CodeDurationTooLong, words, "most", FormatDuration(moderation.MaxDuration))
	case sp.kind == spanPerm:
		return 0, true, false, nil
	}
	return sp.d, false, sp.sign == '+', nil
}

// FormatDuration returns whole seconds the way they are typed: 30s, 1h30m, 24h,
// 7d. Hours are used up to two days. Nothing and less is 0s.
func FormatDuration(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	left := int64(d / time.Second)
	var b strings.Builder
	take := func(size int64, unit byte) {
		if n := left / size; n > 0 {
			b.WriteString(strconv.FormatInt(n, 10))
			b.WriteByte(unit)
			left %= size
		}
	}
	if left >= 2*day {
		take(day, 'd')
	}
	take(hour, 'h')
	take(minute, 'm')
	take(1, 's')
	return b.String()
}
