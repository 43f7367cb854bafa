package commands

import (
	"strings"
	"unicode/utf8"
)

// maxNumber is the value of all longer numbers: beyond any bound, and far
// from overflow.
const maxNumber = 1e12

// countKind is how a number is written.
type countKind int

const (
	countNone countKind = iota
	countDigits
	countChinese // 三, 十五, 一百, 半
	countWord    // a, half an, twenty-five
	countSome    // a few, 几: unspecified
)

// A count is a number as it was typed, in thousandths.
type count struct {
	milli int64
	end   int
	how   countKind
	odd   bool // it may be another number
}

// countAt reads a number at s[i]; how is countNone when there is none.
func countAt(s string, i int) count {
	n, at, digits := readNumber(s, i)
	if digits == 0 {
		if i < len(s) && s[i] == '.' { // .5h
			if frac, after, places := readNumber(s, i+1); places > 0 && places < 4 {
				return count{milli: thousandths(frac, places), end: after, how: countDigits}
			}
		}
		if half, end := halfAt(s, i); half > 0 {
			return count{milli: half, end: end, how: countChinese}
		}
		if c := chineseCount(s, i); c.how != countNone {
			return c
		}
		return wordCount(s, i)
	}
	c := count{milli: n * 1000, end: at, how: countDigits}
	if at < len(s) && (s[at] == '.' || s[at] == ',') {
		frac, after, places := readNumber(s, at+1)
		switch {
		case places == 3 && digits <= 3 && n > 0: // 1,000 or 1.000: a thousand, most likely
			c.milli, c.end, c.odd = min(n*1000+frac, maxNumber)*1000, after, true
		case s[at] == ',':
		case places == 0 || places > 3:
			return count{}
		default:
			c.milli, c.end = c.milli+thousandths(frac, places), after
		}
	}
	for _, w := range []string{"多", "来", "來", "余", "餘"} { // 10多分钟
		if strings.HasPrefix(s[c.end:], w) {
			c.end, c.how = c.end+len(w), countSome
			return c
		}
	}
	if over, after := overAt(s, skipSpaces(s, c.end)); over > 0 && skipSpaces(s, c.end) > c.end { // 1 1/2 hours
		c.milli, c.end = c.milli+over, after
	}
	if half, end := fractionAt(s, c.end); half > 0 {
		c.milli, c.end = c.milli+half, end
	}
	return c
}

// thousandths is a decimal fraction of so many places.
func thousandths(frac int64, places int) int64 {
	for ; places < 3; places++ {
		frac *= 10
	}
	return frac
}

// overAt reads 1/2 or 3/4.
func overAt(s string, i int) (milli int64, end int) {
	n, at, digits := readNumber(s, i)
	if digits != 1 || at >= len(s) || s[at] != '/' {
		return 0, i
	}
	of, end, digits := readNumber(s, at+1)
	if digits != 1 || n < 1 || n >= of || of > 4 {
		return 0, i
	}
	return n * 1000 / of, end
}

// fractionAt reads ½, ¼ or ¾.
func fractionAt(s string, i int) (milli int64, end int) {
	for name, m := range map[string]int64{"½": 500, "¼": 250, "¾": 750} {
		if strings.HasPrefix(s[i:], name) {
			return m, i + len(name)
		}
	}
	return 0, i
}

func halfAt(s string, i int) (milli int64, end int) {
	if strings.HasPrefix(s[i:], "半") {
		return 500, i + len("半")
	}
	return fractionAt(s, i)
}

func readNumber(s string, i int) (value int64, end, digits int) {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		d := digitOf(r)
		if d < 0 {
			break
		}
		value = min(value*10+int64(d), maxNumber)
		digits++
		i += n
	}
	return value, i, digits
}

// chineseDigit returns the value of a Chinese digit, or -1.
func chineseDigit(r rune) int64 {
	switch r {
	case '零', '〇':
		return 0
	case '一', '壹':
		return 1
	case '二', '两', '兩':
		return 2
	case '三':
		return 3
	case '四':
		return 4
	case '五':
		return 5
	case '六':
		return 6
	case '七':
		return 7
	case '八':
		return 8
	case '九':
		return 9
	}
	return -1
}

// chineseCount reads a Chinese number below ten thousand, and 几 or 数 as
// unspecified.
func chineseCount(s string, i int) count {
	var total, digit int64 = 0, -1
	end := i
	for n := 0; end < len(s) && n < 9; n++ {
		r, size := utf8.DecodeRuneInString(s[end:])
		if r == '几' || r == '幾' || r == '数' || r == '數' {
			for end += size; strings.ContainsRune("十百千", firstRune(s[end:])) && end < len(s); { // 几十分钟
				end += len("十")
			}
			return count{end: end, how: countSome}
		}
		if end > i && strings.ContainsRune("多来來余餘", r) { // 十多分钟
			return count{milli: (total + max(digit, 0)) * 1000, end: end + size, how: countSome}
		}
		scale := map[rune]int64{'十': 10, '百': 100, '千': 1000}[r]
		switch d := chineseDigit(r); {
		case r == '廿' && end == i:
			total = 20
		case d >= 0 && digit > 0 && total == 0: // 两三天
			return count{milli: digit * 1000, end: end + size, how: countSome}
		case d >= 0 && digit > 0:
			return count{}
		case d >= 0:
			digit = d
		case scale > 0:
			total += max(digit, 1) * scale
			digit = -1
		default:
			n = 9
			size = 0
		}
		end += size
	}
	if digit > 0 {
		total += digit
	}
	if end == i || total == 0 {
		return count{}
	}
	return count{milli: total * 1000, end: end, how: countChinese}
}

// wordCount reads a number that is written out in English.
func wordCount(s string, i int) count {
	word, end := letters(s, i)
	if word == "" {
		return count{}
	}
	next := func() (string, int) { return letters(s, countGap(s, end)) }
	switch {
	case word == "half" || word == "quarter":
		milli := map[string]int64{"half": 500, "quarter": 250}[word]
		if of, after := next(); of == "of" {
			end = after
		}
		if article, after := next(); article == "a" || article == "an" {
			end = after
		}
		if dozen, after := next(); dozen == "dozen" && word == "half" {
			return count{milli: 6000, end: after, how: countWord}
		}
		return count{milli: milli, end: end, how: countWord}
	case someWords[word]:
		if of, after := next(); of == "of" {
			end = after
		}
		return count{milli: 2000, end: end, how: countSome}
	}
	n := countWords[word]
	if n == 0 {
		return count{}
	}
	switch then, after := next(); {
	case n == 3 && then == "quarters": // three quarters of an hour
		end = after
		for of, behind := next(); of == "of" || of == "an" || of == "a"; of, behind = next() {
			end = behind
		}
		return count{milli: 750, end: end, how: countWord}
	case n == 1 && (then == "half" || then == "quarter"): // a half hour
		end = after
		for of, behind := next(); then == "quarter" && (of == "of" || of == "an" || of == "a"); of, behind = next() {
			end = behind
		}
		return count{milli: map[string]int64{"half": 500, "quarter": 250}[then], end: end, how: countWord}
	case n == 1 && someWords[then]: // a couple of
		end = after
		if of, behind := next(); of == "of" {
			end = behind
		}
		return count{milli: 2000, end: end, how: countSome}
	case tens[word] && countWords[then] > 0 && countWords[then] < 10 && then != "a" && then != "an":
		n, end = n+countWords[then], after
	case n < 10 && then == "hundred":
		n, end = n*100, after
	case n == 1 && then == "dozen":
		n, end = 12, after
	}
	c := count{milli: n * 1000, end: end, how: countWord}
	if and, after := next(); and == "and" {
		end = after
		if a, behind := next(); a == "a" {
			end = behind
			if half, behind := next(); half == "half" {
				c.milli, c.end = c.milli+500, behind
			}
		} else if more := countWords[a]; n >= 100 && more > 1 { // a hundred and twenty
			c.milli, c.end = c.milli+more*1000, behind
		}
	}
	return c
}

// countGap skips what separates the words of a number: twenty-five.
func countGap(s string, i int) int {
	if i < len(s) && s[i] == '-' {
		return i + 1
	}
	return skipSpaces(s, i)
}
