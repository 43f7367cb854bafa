package commands

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// checkMissingDuration handles a verb with a duration when none is in its
// position. The default must not apply if a length was typed elsewhere, so an
// expression of time among the unquoted words of the reason is a question. A
// verb without a default gets an offer of one day.
func (p *parser) checkMissingDuration() *Mistake {
	if !p.spec.Takes.Duration || p.timed || p.twist.verb != "" && p.twist.d == 0 && !p.twist.perm && !p.takes.Duration {
		return nil
	}
	if m := p.findStrayDuration(); m != nil {
		return m
	}
	if p.mayBeOpen() || p.twist.verb != "" {
		return nil
	}
	if permVerbs[fold(strings.TrimRight(p.typed, mark+"！ "))] {
		if p.mayBePermanent() {
			p.act.Permanent = true
			return nil
		}
		return p.fail(p.noPerm(p.typed), offer{twist: twist{d: moderation.MaxDuration}})
	}
	m := mistake(CodeDurationMissing, "", "verb", string(p.spec.Verb))
	if p.possibleReason == "" {
		return p.fail(m, offer{twist: twist{d: offerDuration}})
	}
	reason, people := p.reasonOffer(p.strangeFrom), offer{twist: twist{d: offerDuration}, does: OfferPeople}
	reason.twist.d = offerDuration
	return p.fail(m, reason, people)
}

// permVerbs are names of verbs that mean permanent.
var permVerbs = wordSet("permaban permban 永封")

// findStrayDuration finds what speaks of time among the words of the reason, whatever is
// quoted left out.
func (p *parser) findStrayDuration() *Mistake {
	start := p.i
	before, numbers := "", false
	for at := p.i; at < len(p.s); {
		r, n := utf8.DecodeRuneInString(p.s[at:])
		if parted(r) {
			at += n
			continue
		}
		if isQuote(r) {
			if _, end, ok := p.quotedAt(at); ok {
				at, before = end, ""
				continue
			}
			if at == start {
				return nil // the open quote is the mistake
			}
		}
		end := p.itemEnd(at)
		if m := p.strayAtWord(start, at, end, before, numbers); m != nil {
			return m
		}
		before = fold(p.s[at:min(end, at+wordBytes)])
		numbers = numbers || strings.ContainsAny(before, "0123456789")
		at = end
	}
	return nil
}

// strayAtWord looks for time in one word of the reason and after it.
func (p *parser) strayAtWord(start, at, end int, before string, numbers bool) *Mistake {
	sp := p.timeAt(at)
	last := skipParted(p.s, punctuation(p.s, sp.to)) >= len(p.s)
	alone := last && skipSpaces(p.s, start+len(before)) == at // "after 10m", "in 2h" and nothing else
	if (pastBefore[before] || before == "in" && numbers) && (!alone || before != "after" && before != "within") {
		return nil
	}
	switch sp.kind {
	case spanClear, spanTooLong, spanCalendar, spanOdd:
		return p.misplacedDuration(start, sp)
	case spanZero:
		if sp.sign == '-' && sp.d > 0 { // "spam -10m"
			return p.misplacedDuration(start, sp)
		}
	case spanPerm:
		if last || sp.to-sp.from > sp.end-sp.core && strings.HasPrefix(fold(p.s[sp.from:sp.core]), "for") {
			return p.misplacedDuration(start, sp)
		}
	case spanMoment:
		if !sp.weak && (last || sp.core == sp.from && untilLike(p.s[sp.from:sp.to])) && before != "at" && before != "the" {
			return p.strayMoment(start, sp)
		}
	}
	return p.strayInWord(start, at, end)
}

// untilLike reports an expression that begins with until: there is more of it.
func untilLike(piece string) bool {
	word, _, _ := strings.Cut(fold(piece), " ")
	if untilWords[word] {
		return true
	}
	return slices.ContainsFunc(chineseUntil, func(w string) bool { return strings.HasPrefix(piece, w) })
}

// strayMoment answers a moment in the reason.
func (p *parser) strayMoment(start int, sp span) *Mistake {
	piece := p.quoted(sp)
	return p.fail(mistake(CodeDurationClock, piece, "verb", string(p.spec.Verb)), p.usualDuration(start)...)
}

// strayInWord looks for a length at the end of a Chinese word, without a
// blank before it.
func (p *parser) strayInWord(start, at, end int) *Mistake {
	word := p.s[at:end]
	if strings.Contains(word, "//") || strings.Contains(word, "?") || !nonASCII(word) && !strings.ContainsAny(word, "([{=:~/;*") {
		return nil
	}
	last := rune(0)
	for i := at; i < end; {
		r, n := utf8.DecodeRuneInString(p.s[i:])
		begins := isDigit(r) || chineseDigit(r) > 0 || strings.ContainsRune("半十永无無终終到直", r)
		behind := last > 0x2fff && !isDigit(last) && chineseDigit(last) < 0 && !strings.ContainsRune("第十过個个", last) || last != 0 && strings.ContainsRune("([{=:~/;*", last)
		if i > at && begins && behind {
			sp := p.timeAt(i)
			closes := sp.kind == spanClear || sp.kind == spanCalendar || sp.kind == spanTooLong || sp.kind == spanPerm
			if closes && sp.end <= end && p.ends(sp.end) {
				return p.misplacedDuration(start, sp)
			}
			if sp.kind == spanMoment && !sp.weak && skipParted(p.s, sp.to) >= len(p.s) {
				return p.strayMoment(start, sp)
			}
		}
		last = r
		i += n
	}
	return nil
}

// misplacedDuration offers the readings of a reason with a duration in it:
// the duration in its position; more users before it, whose commas are
// missing; or only a reason.
func (p *parser) misplacedDuration(start int, sp span) *Mistake {
	piece := p.quoted(sp)
	said, ok := p.writable(sp)
	m := mistake(CodeDurationPlace, piece, "verb", string(p.spec.Verb))
	if sp.kind == spanCalendar {
		m = mistake(CodeDurationCalendar, piece, "days", said)
	}
	if !ok {
		return p.fail(m, p.usualDuration(start)...)
	}
	before := strings.TrimRightFunc(p.s[start:sp.from], parted)
	cut := strings.LastIndexFunc(before, parted) + 1
	switch fold(before[cut:]) {
	case "for", "by", "to", "until": // "for 10 minutes"
		before = strings.TrimRightFunc(before[:cut], parted)
	}
	before = strings.TrimRightFunc(before, func(r rune) bool {
		return isBlank(r) || strings.ContainsRune(openers+"-–—", r) && r != '\'' && r != '’'
	})
	reason := strings.TrimFunc(before+" "+strings.TrimLeftFunc(p.s[sp.to:], parted), isBlank)
	if reason != "" && p.mustQuote(reason) {
		reason = enquote(reason)
	}
	offers := []offer{{edits: []edit{{start, len(p.s), said + " " + reason}}, does: OfferTypedDuration}}
	if p.possibleReason != "" { // "troll7, spamming links 1d"
		whole := p.possibleReason + " " + strings.TrimFunc(before+" "+strings.TrimLeftFunc(p.s[sp.to:], parted), isBlank)
		offers[0].does = OfferPeople
		offers = append([]offer{{edits: []edit{{p.strangeFrom, len(p.s), " " + said + " " + enquote(whole)}}, does: OfferReason}}, offers...)
	}
	if p.takes.Users && !p.mediaSaid && p.idsBetween(start, sp.from) {
		ids := strings.FieldsFunc(p.s[start:sp.from], parted)
		offers = append(offers, offer{edits: []edit{{p.usersEnd, len(p.s), "," + strings.Join(ids, ",") + " " + said + " " + strings.TrimLeftFunc(p.s[sp.to:], parted)}}, does: OfferPeople})
	}
	return p.fail(m, append(offers, p.usualDuration(start)...)...)
}

// mustQuote reports whether a reason must be quoted to stay whole after an
// offered length.
func (p *parser) mustQuote(reason string) bool {
	return mustQuote(reason) || p.quoteInside(reason)
}

func (p *parser) quoteInside(reason string) bool {
	return isQuote(firstRune(reason)) && strings.Count(reason, `"`)%2 == 1
}

// idsBetween reports whether p.s[from:to] has one or two words that all look
// like ids.
func (p *parser) idsBetween(from, to int) bool {
	n := 0
	for at := from; at < to; at = skipParted(p.s, at) {
		end := p.userEnd(at)
		if n++; n > 2 || end > to || !idLike(p, at, p.s[at:end]) {
			return false
		}
		at = end
	}
	return n > 0
}
