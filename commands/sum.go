package commands

import (
	"strings"
	"time"
	"unicode/utf8"

	"bouncer/moderation"
)

// part is one number with its unit.
type part struct {
	milli, unit int64
	end         int
	raw         string
	how         countKind
	hyphen      bool
}

// partAt reads one number with its unit; unit is 0 for none.
func partAt(s string, i int) part {
	c := countAt(s, i)
	if c.how == countNone {
		return part{}
	}
	at := c.end
	for _, half := range []string{"个半", "個半"} {
		if c.how != countWord && strings.HasPrefix(s[at:], half) { // 一个半小时
			c.milli += 500
			at += len(half)
		}
	}
	p := part{milli: c.milli, how: c.how}
	from := skipSpaces(s, at)
	if from == at && at+1 < len(s) && (s[at] == '-' || s[at] == '_') && isLetter(rune(s[at+1])) {
		p.hyphen, from = true, at+1
	}
	unit, end, raw := unitAt(s, from)
	english := (c.how == countWord || c.how == countSome) && isLetter(narrow(firstRune(s[i:])))
	switch {
	case unit == 0, english && !p.hyphen && from == at, english && len(raw) < len("min"):
		return part{} // "am", and "a m" of somebody named a
	case c.how == countChinese && (raw == "分" || raw == "月" && c.milli != 500), p.hyphen && len(raw) < 2:
		return part{} // 十分吵: "very"; 三月: March
	}
	p.unit, p.end, p.raw = unit, end, raw
	if c.how != countWord && strings.HasPrefix(s[end:], "半") { // 三天半
		p.milli += 500
		p.end += len("半")
	} else if rest := s[end:min(len(s), end+16)]; c.how != countChinese {
		for _, tail := range []string{" and a half", " and half"} { // an hour and a half
			if strings.HasPrefix(fold(rest), tail) && len(fold(rest)) == len(rest) {
				p.milli += 500
				p.end += len(tail)
				break
			}
		}
	}
	return p
}

// sumAt reads a sum of parts, from the longest unit down.
func (t *reader) sumAt(i int) span {
	s := t.s
	at, sp := i, span{core: i}
	switch r, n := utf8.DecodeRuneInString(s[i:]); r {
	case '-', '−', '–', '－':
		sp.sign, at = '-', i+n
	case '+', '＋':
		sp.sign, at = '+', i+n
	}
	if at > i && (at >= len(s) || !isDigit(firstRune(s[at:]))) {
		return span{}
	}
	if word, end := letters(s, at); word == "fortnight" && at == i {
		return t.closed(span{kind: spanClear, core: i, end: end, d: 2 * week * time.Second})
	}
	if clock := t.clockLength(at); clock.kind != spanNone {
		clock.core, clock.sign = i, sp.sign
		return clock
	}
	var sum, last int64 // thousandths of seconds; seconds
	var first part
	calendar, some, odd, parts := false, false, false, 0
	for parts < maxParts {
		p := partAt(s, at)
		if p.unit == 0 {
			break
		}
		if parts > 0 && p.unit >= last {
			sp.more = t.ends(p.end)
			break
		}
		if parts == 0 {
			first = p
		} else if p.milli > 1000 && len(p.raw) > 3 && isLetter(narrow(firstRune(p.raw))) && !strings.HasSuffix(fold(p.raw), "s") && strings.Trim(s[sp.end:at], " ") == "" {
			odd = true // "1h 5 minute rant"
		}
		odd = odd || p.hyphen || (p.milli*p.unit)%1000 != 0
		if parts > 0 && skipSpaces(s, sp.end) > sp.end {
			sp.head, sp.headEnd = time.Duration(min(sum/1000, int64(moderation.MaxDuration/time.Second)))*time.Second, sp.end
		}
		calendar, some = calendar || p.unit >= month, some || p.how == countSome
		sum = min(sum+min(p.milli, maxNumber)*p.unit, maxNumber*1000)
		sp.end, last = p.end, p.unit
		parts++
		if n, end, digits := readNumber(s, sp.end); digits == 2 && n < 60 && last >= minute && last <= day && t.ends(end) { // 1h30
			smaller := map[int64]int64{day: hour, hour: minute, minute: 1}[last]
			if smaller > 0 && (last != day || n < 24) {
				sum += n * smaller * 1000
				sp.end = end
				break
			}
		}
		at = joint(s, sp.end)
	}
	if parts == 0 {
		return span{}
	}
	seconds := sum / 1000
	longest := int64(moderation.MaxDuration / time.Second)
	sp.d = time.Duration(min(seconds, longest)) * time.Second
	switch {
	case some:
		sp.kind = spanMoment
	case sum > 0 && seconds == 0: // 0.5s
		sp.kind = spanOdd
	case sp.sign == '-' || seconds <= 0:
		sp.kind = spanZero
	case calendar:
		sp.kind = spanCalendar
	case seconds > longest:
		sp.kind = spanTooLong
	case odd || sp.more:
		sp.kind = spanOdd
	default:
		sp.kind = spanClear
	}
	if parts == 1 && first.raw == "M" && first.milli <= 12000 && sp.kind == spanClear {
		sp.kind, sp.also = spanOdd, time.Duration(first.milli*month/1000)*time.Second
	}
	return t.closed(sp)
}

// clockLength reads 1:30h, 1,5h and 1/2 hour.
func (t *reader) clockLength(i int) span {
	s := t.s
	h, at, n := readNumber(s, i)
	if n == 0 || n > 2 || at >= len(s) || strings.IndexByte(":,/", s[at]) < 0 {
		return span{}
	}
	if s[at] == '/' { // 1/2 hour
		parts, end, digits := readNumber(s, at+1)
		unit, after, _ := unitAt(s, skipSpaces(s, end))
		if digits != 1 || parts < 2 || unit == 0 || h*unit%parts != 0 {
			return span{}
		}
		return t.closed(span{kind: spanOdd, d: time.Duration(h*unit/parts) * time.Second, end: after})
	}
	if s[at] == ',' {
		tenths, end, digits := readNumber(s, at+1)
		unit, after, _ := unitAt(s, end)
		if digits != 1 || unit == 0 || unit >= month {
			return span{}
		}
		return t.closed(span{kind: spanOdd, d: time.Duration(h*unit+tenths*unit/10) * time.Second, end: after})
	}
	m, end, digits := readNumber(s, at+1)
	from := skipSpaces(s, end)
	unit, after, _ := unitAt(s, from)
	if digits != 2 || unit == 0 || unit > hour || m > 59 {
		return span{}
	}
	d := time.Duration(h*unit+m*unit/60) * time.Second
	if unit == 1 {
		return span{}
	}
	return t.closed(span{kind: spanOdd, d: d, end: after})
}

// joint skips what joins the parts of a sum.
func joint(s string, i int) int {
	at := i
	for n := 0; n < 4 && at < len(s); n++ {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case isNewline(r):
			return i
		case parted(r), r == '和', r == '与', r == '與', r == '及', r == '&', r == '+', r == '＋', r == '＆', r == '零', r == '又', r == '加':
			at += size
			continue
		}
		word, end := letters(s, at)
		if word != "and" && word != "plus" || end >= len(s) || !isBlank(firstRune(s[end:])) {
			break
		}
		at = end
	}
	return at
}
