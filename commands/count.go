package commands

import (
	"strings"
	"unicode/utf8"
)

// readPart reads how many of which unit stand at s[i]: seconds, the unit's
// length (0: no part here), where it ends, and whether a blank stands between
// the two.
func readPart(s string, i int) (seconds, unit int64, end int, gap bool) {
	whole, milli, at, how := readCount(s, i)
	if how == countNone {
		return 0, 0, i, false
	}
	if how != countWord && strings.HasPrefix(s[at:], "个半") { // 一个半小时
		milli += 500
		at += len("个半")
	}
	from := skipSpaces(s, at)
	unit, end = readUnit(s, from)
	switch {
	case how == countWord && (from == at || end-from < len("min")):
		return 0, 0, i, false // "am", and "a m" of somebody named a
	case how == countChinese && s[from:end] == "分":
		return 0, 0, i, false // 十分吵: "very"
	}
	if after := end + len("半"); how != countWord && strings.HasPrefix(s[end:], "半") {
		if _, ok := closePunct(s, after); ok { // 三天半
			milli += 500
			end = after
		}
	}
	if unit == 0 || (milli*unit)%1000 != 0 {
		return 0, 0, i, false
	}
	return whole*unit + milli*unit/1000, unit, end, from > at
}

// countKind says how a number is written.
type countKind int

const (
	countNone countKind = iota
	countDigits
	countChinese // 三, 十五, 半
	countWord    // a, half an, two
)

// readCount reads a number, in wholes and thousandths.
func readCount(s string, i int) (whole, milli int64, end int, how countKind) {
	whole, at, digits := readNumber(s, i)
	if digits == 0 {
		return readWords(s, i)
	}
	if at < len(s) && s[at] == '.' {
		frac, after, n := readNumber(s, at+1)
		if n == 0 || n > 3 {
			return 0, 0, i, countNone
		}
		for ; n < 3; n++ {
			frac *= 10
		}
		milli, at = frac, after
	}
	return whole, milli, at, countDigits
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

// wordInitials are the first letters of perm, forever and all countWords.
const wordInitials = "pfahotsen"

// countWords are the numbers that people write out before a unit.
var countWords = map[string]int64{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
	"nine": 9, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30,
}

// readWords reads a number that is written out, in English or Chinese.
func readWords(s string, i int) (whole, milli int64, end int, how countKind) {
	if strings.HasPrefix(s[i:], "半") {
		return 0, 500, i + len("半"), countChinese
	}
	if n, end := chineseNumber(s, i); n > 0 {
		return n, 0, end, countChinese
	}
	word, end := letters(s, i)
	if word == "half" {
		article, after := letters(s, skipSpaces(s, end))
		if article == "a" || article == "an" {
			end = after
		}
		return 0, 500, end, countWord
	}
	if n := countWords[word]; n > 0 {
		return n, 0, end, countWord
	}
	return 0, 0, i, countNone
}

// letters gives the folded run of ASCII letters at s[i], if it is short enough
// for a number, and where it ends.
func letters(s string, i int) (string, int) {
	end := i
	for end < len(s) && isLetter(rune(s[end])) {
		if end++; end-i > len("fifteen") {
			return "", i
		}
	}
	return fold(s[i:end]), end
}

// chineseNumber reads 1 to 99.
func chineseNumber(s string, i int) (n int64, end int) {
	one := func() int64 {
		for d, names := range [][]string{{"一"}, {"二", "两"}, {"三"}, {"四"}, {"五"}, {"六"}, {"七"}, {"八"}, {"九"}} {
			for _, name := range names {
				if strings.HasPrefix(s[i:], name) {
					i += len(name)
					return int64(d + 1)
				}
			}
		}
		return 0
	}
	n = one()
	if strings.HasPrefix(s[i:], "十") {
		i += len("十")
		n = max(n, 1)*10 + one()
	}
	return n, i
}
