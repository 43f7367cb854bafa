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
	hyphen, odd bool
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
	p := part{milli: c.milli, how: c.how, odd: c.odd}
	from := skipSpaces(s, at)
	if from == at && at+1 < len(s) && (s[at] == '-' || s[at] == '_') && isLetter(rune(s[at+1])) {
		p.hyphen, from = true, at+1
	}
	unit, end, raw := unitAt(s, from)
	english := (c.how == countWord || c.how == countSome) && isLetter(narrow(firstRune(s[i:])))
	switch {
	case unit == 0, english && !p.hyphen && from == at, english && len(raw) < len("min"):
		return part{} // "am", and "a m" where a is a name
	case raw == "y" && (strings.HasPrefix(s[end:], "/o") || strings.HasPrefix(s[end:], ".o")):
		return part{} // an age
	case raw == "月" && c.how == countDigits && isDigit(firstRune(s[skipSpaces(s, end):])):
		return part{} // 12月1日: a date
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
		if p.end == end && strings.HasPrefix(s[skipSpaces(s, end):], "1/2") || strings.HasPrefix(s[skipSpaces(s, end):], "½") { // 1 day 1/2
			p.milli, p.odd = p.milli+500, true
			p.end = skipSpaces(s, end) + len("1/2")
			if strings.HasPrefix(s[skipSpaces(s, end):], "½") {
				p.end = skipSpaces(s, end) + len("½")
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
		return t.checkEnding(span{kind: spanClear, core: i, end: end, d: 2 * week * time.Second})
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
		if parts > 0 && p.unit == 0 && last == hour {
			p = minutesAt(s, at)
		}
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
		odd = odd || p.hyphen || p.odd || (p.milli*p.unit)%1000 != 0
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
		return t.rangeAt(i)
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
	if sp.kind == spanClear || sp.kind == spanOdd && sp.also == 0 && !sp.more {
		sp = t.ranged(sp, last)
	}
	return t.checkEnding(sp)
}

// minutesAt reads 三十分 after hours; alone it may be another word: 十分吵.
func minutesAt(s string, i int) part {
	c := countAt(s, i)
	if c.how != countChinese || !strings.HasPrefix(s[c.end:], "分") {
		return part{}
	}
	return part{milli: c.milli, unit: minute, end: c.end + len("分"), raw: "分", how: c.how}
}

// rangeJoint skips what separates the ends of a range; it returns i if there
// is none, and whether it is the word "or".
func rangeJoint(s string, i int) (end int, or bool) {
	at := skipSpaces(s, i)
	r, n := utf8.DecodeRuneInString(s[at:])
	if strings.ContainsRune("-–—−~～〜到至或", r) {
		if end = skipSpaces(s, at+n); (at > i) != (end > at+n) { // " -5m" is a sign
			return i, false
		}
		return end, r == '或'
	}
	if word, after := letters(s, at); at > i && (word == "to" || word == "or") {
		return skipSpaces(s, after), word == "or"
	}
	return i, false
}

// rangeAt reads a range whose first number has no unit of its own: 10-20m.
func (t *reader) rangeAt(i int) span {
	c := countAt(t.s, i)
	if c.how != countDigits && c.how != countChinese && c.how != countWord {
		return span{}
	}
	at, _ := rangeJoint(t.s, c.end)
	if word, _ := letters(t.s, i); at == c.end || word == "a" || word == "an" {
		return span{}
	}
	p := partAt(t.s, at)
	if p.unit == 0 || p.how == countSome {
		return span{}
	}
	sp := span{kind: spanOdd, core: i, end: p.end, d: bounded(c.milli, p.unit), also: bounded(p.milli, p.unit)}
	return t.checkEnding(sp)
}

// ranged reads the second end of a range: 5m-10m, an hour or two.
func (t *reader) ranged(sp span, unit int64) span {
	at, or := rangeJoint(t.s, sp.end)
	if at == sp.end {
		return sp
	}
	p := partAt(t.s, at)
	if p.unit == 0 && or {
		c := countAt(t.s, at)
		if c.how == countNone || c.how == countSome || !t.ends(c.end) {
			return sp
		}
		p = part{milli: c.milli, unit: unit, end: c.end}
	}
	if p.unit == 0 {
		return sp
	}
	sp.kind, sp.also, sp.end = spanOdd, bounded(p.milli, p.unit), p.end
	return sp
}

// bounded is so many thousandths of a unit, at most as long as anything lasts.
func bounded(milli, unit int64) time.Duration {
	seconds := min(milli, maxNumber) * unit / 1000
	return time.Duration(min(seconds, int64(moderation.MaxDuration/time.Second))) * time.Second
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
		return t.checkEnding(span{kind: spanOdd, d: time.Duration(h*unit/parts) * time.Second, end: after})
	}
	if s[at] == ',' {
		tenths, end, digits := readNumber(s, at+1)
		unit, after, _ := unitAt(s, skipSpaces(s, end))
		if digits != 1 || unit == 0 || unit >= month {
			return span{}
		}
		return t.checkEnding(span{kind: spanOdd, d: time.Duration(h*unit+tenths*unit/10) * time.Second, end: after})
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
	return t.checkEnding(span{kind: spanOdd, d: d, end: after})
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
