package commands

import (
	"slices"
	"strconv"
	"strings"
)

// number handles a word that begins with a number and is not a duration.
func (p *parser) number() *Mistake {
	from := p.i
	n, at, digits := readNumber(p.s, from)
	if digits == 0 || p.isAge(from) {
		return nil
	}
	to := p.wordEnd(from)
	tail := strings.TrimRight(trimPunct(p.s[at:to]), "'′’")
	switch {
	case tail == "":
		return p.bareNumber(from, at, to, n, digits)
	case !p.takes.Duration || p.timed || !isLetter(narrow(firstRune(tail))):
		return nil // 24/7, 100%, 12岁以下
	}
	guess := guessDuration(n, tail)
	if guess == "" {
		return nil
	}
	m := mistake(CodeDurationUnknown, p.s[from:to])
	return p.fail(m, append([]offer{p.lengthOffer(from, to, guess, OfferTypedDuration)}, p.usualDuration(from)...)...)
}

// isAge reports whether a length says how old or how late something is.
func (p *parser) isAge(i int) bool {
	_, at, _ := readNumber(p.s, i)
	unit := skipSpaces(p.s, at)
	if age := fold(strings.TrimRight(p.s[unit:shortWordEnd(p.s, unit)], ".")); age == "y/o" || age == "yo" || age == "y.o" {
		return true
	}
	part := partAt(p.s, i)
	if part.unit == 0 {
		return false
	}
	next := skipSpaces(p.s, part.end)
	return pastBehind[momentWord(p.s[next:shortWordEnd(p.s, next)])]
}

// allNumbers reports whether all people read so far are numbers.
func (p *parser) allNumbers() bool {
	return !slices.ContainsFunc(p.act.Targets, func(id string) bool { return strings.Trim(id, "0123456789") != "" })
}

// bareNumber handles a number without a unit: minutes, or another user
// without a comma. A number that counts things is part of the reason.
func (p *parser) bareNumber(from, at, to int, n int64, digits int) *Mistake {
	next := skipSpaces(p.s, to)
	follows := p.s[next:shortWordEnd(p.s, next)]
	m := mistake(CodeNumberBare, p.s[from:at], "number", p.s[from:at])
	long := digits >= longNumber
	person := p.takes.Users && p.usersEnd > 0 && skipSpaces(p.s, p.usersEnd) == from
	switch {
	case person && (digits > 3 || digits > 1 && !p.takes.Duration) && p.allNumbers() && !p.countsThings(next, n) && units[momentWord(follows)] == 0: // 1001 1002 1003
		m.Code = CodeUserOrReason
		last := to
		edits := []edit{{p.usersEnd, from, ","}}
		for len(edits) < DefaultMaxTargets {
			at := skipSpaces(p.s, last)
			end := p.userEnd(at)
			if word := p.s[at:end]; at == last || word == "" || strings.Trim(word, "0123456789") != "" {
				break
			}
			edits = append(edits, edit{last, at, ","})
			last = end
		}
		return p.fail(m, append([]offer{{edits: edits, does: OfferPeople}}, p.numberReason(from)...)...)
	case p.timed, !long && p.countsThings(next, n) && guessDuration(n, follows) == "":
		return nil
	case person && (long || p.timeAt(next).kind == spanClear):
		m.Code = CodeUserOrReason
		return p.fail(m, append([]offer{p.peopleOffer(p.usersEnd, from)}, p.numberReason(from)...)...)
	case !p.takes.Duration && person && follows == "":
		return p.fail(m, p.peopleOffer(p.usersEnd, from), p.reasonOffer(from))
	case !p.takes.Duration || long:
		return nil
	}
	if guess := guessDuration(n, follows); guess != "" { // "10 minuts"
		m := mistake(CodeDurationUnknown, p.s[from:next+len(follows)])
		return p.fail(m, append([]offer{p.lengthOffer(from, next+len(follows), guess, OfferTypedDuration)}, p.usualDuration(from)...)...)
	}
	if n == 0 {
		return p.zeroDuration(from, to, p.s[from:at])
	}
	return p.fail(m, p.lengthOffer(from, to, strconv.FormatInt(n, 10)+"m", OfferCorrected))
}

// numberReason offers a number as the reason where the verb's own length is
// known or none is needed.
func (p *parser) numberReason(from int) []offer {
	o := p.reasonOffer(from)
	if p.takes.Duration && !p.mayBeOpen() {
		return nil
	}
	return []offer{o}
}

// oneThing are things that may be one.
var oneThing = wordSet("msg warning strike report complaint time message offence offense ban mute kick post comment account link word more another last other too spammer bot alt raid")

// perWords after a noun mean a rate: 3 messages a minute.
var perWords = wordSet("per every each a an")

// countsThings reports whether one of the next words is what is counted: 3
// strikes, 5 spam messages.
func (p *parser) countsThings(at int, many int64) bool {
	for n := 0; n < 2 && at < len(p.s) && !isNewline(firstRune(p.s[at:])); n++ {
		end := shortWordEnd(p.s, at)
		word, _, _ := strings.Cut(momentWord(p.s[at:end]), "/") // msgs/min
		if word == "" || !isLetter(firstRune(word)) {
			return firstRune(word) > 0x2fff && n == 0 && units[word] == 0
		}
		if len(word) > 3 && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") || oneThing[word] && (many == 1 || perWords[momentWord(p.s[skipSpaces(p.s, end):shortWordEnd(p.s, skipSpaces(p.s, end))])]) || word == "of" || word == "out" || word == "people" {
			_, unit := units[word]
			return !unit
		}
		at = skipSpaces(p.s, end)
	}
	return false
}

// guessDuration reads misspelt units: "" when nothing fits.
func guessDuration(n int64, unit string) string {
	unit = fold(trimPunct(unit))
	if len(unit) < 2 || n <= 0 || countLike("1"+unit) {
		return ""
	}
	near := nearest(unit, []string{"seconds", "minutes", "hours", "days", "weeks", "second", "minute", "hour", "week", "secs", "mins", "hrs", "sec", "min"})
	if len(near) == 0 || near[0][0] != unit[0] || len(unit) < 6 && distance(unit, near[0]) > 1 {
		return ""
	}
	t := reader{s: strconv.FormatInt(n, 10) + near[0][:1]}
	if t.timeAt(0).kind != spanClear {
		return ""
	}
	return t.s
}
