package commands

import (
	"strings"
	"time"

	"bouncer/moderation"
)

// quoted returns a span as it was typed, without its leading words.
func (p *parser) quoted(sp span) string { return strings.TrimRightFunc(p.s[sp.core:sp.end], parted) }

// duration handles a span in the position of the duration; more is false if
// it is part of the reason.
func (p *parser) duration(sp span) (more bool, m *Mistake) {
	from, to, kind := sp.from, sp.to, sp.kind
	piece := p.quoted(sp)
	signed := kind == spanZero && sp.sign == '-'
	most := FormatDuration(moderation.MaxDuration)
	switch {
	case !p.takes.Duration && (signed || kind == spanMoment && sp.weak || kind == spanGlued && !sp.perm && sp.d == 0):
		return false, nil
	case !p.takes.Duration && kind == spanMoment && !p.spec.Takes.Room:
		return false, nil
	case !p.takes.Duration:
		return false, p.unexpectedDuration(sp, piece)
	case signed:
		return false, p.fail(mistake(CodeDurationZero, piece), p.lengthOffer(from, to, FormatDuration(sp.d), OfferCorrected))
	case kind == spanZero:
		return false, p.zeroDuration(from, to, piece)
	case kind == spanTooLong:
		return false, p.fail(mistake(CodeDurationTooLong, piece, "most", most), p.lengthOffer(from, to, most, OfferCorrected))
	case kind == spanCalendar:
		return false, p.fail(mistake(CodeDurationCalendar, piece, "days", FormatDuration(sp.d)), p.lengthOffer(from, to, FormatDuration(sp.d), OfferCorrected))
	case kind == spanPerm && p.twist.verb == "" && !p.mayBePermanent():
		return false, p.fail(p.noPerm(piece), p.lengthOffer(from, to, most, OfferCorrected))
	case kind == spanGlued:
		return false, p.glued(sp)
	case kind == spanOdd:
		return false, p.oddLength(sp, piece)
	case kind == spanMoment:
		return false, p.moment(sp, piece)
	}
	if m := p.numberBehind(sp, piece); m != nil {
		return false, m
	}
	p.act.Duration, p.act.Permanent = sp.d, kind == spanPerm
	if p.spec.Verb == moderation.Extend && sp.sign == '+' {
		p.act.CountFrom = moderation.FromPresentEnd
	}
	p.timed, p.here, p.i = true, true, to
	return true, nil
}

// numberBehind answers a number without a unit right behind a length: 2h 30.
func (p *parser) numberBehind(sp span, piece string) *Mistake {
	from := skipSpaces(p.s, sp.to)
	n, at, digits := readNumber(p.s, from)
	if sp.kind != spanClear || from == sp.end || digits == 0 || digits > 2 || at < len(p.s) && !parted(firstRune(p.s[at:])) || p.countsThings(skipSpaces(p.s, at), n) {
		return nil
	}
	m := mistake(CodeDurationOrReason, piece+" "+p.s[from:at], "verb", string(p.spec.Verb))
	first := offer{edits: []edit{{sp.from, len(p.s), FormatDuration(sp.d) + " " + enquoteText(p.s[from:])}}, does: OfferTypedDuration}
	if sp.d < time.Hour || sp.d >= day*time.Second || n >= 60 || n == 0 {
		return p.fail(m, first)
	}
	return p.fail(m, p.lengthOffer(sp.from, at, FormatDuration(sp.d+time.Duration(n)*time.Minute), OfferTypedDuration), first)
}

// glued answers a length with text stuck to it, as in 30分钟刷屏.
func (p *parser) glued(sp span) *Mistake {
	end := p.wordEnd(sp.rest)
	said, ok := p.writable(sp)
	m := mistake(CodeDurationUnknown, p.s[sp.from:end])
	if !ok {
		return p.fail(m, p.usualDuration(sp.from)...)
	}
	return p.fail(m, append([]offer{p.lengthOffer(sp.from, sp.rest, said, OfferTypedDuration)}, p.first(sp)...)...)
}

// first offers the parts of a sum before its last one with the rest as the
// reason, or where there are none the verb's own length.
func (p *parser) first(sp span) []offer {
	if sp.head == 0 {
		return p.usualDuration(sp.from)
	}
	rest := enquote(strings.TrimFunc(p.s[sp.headEnd:], parted))
	return []offer{{edits: []edit{{sp.from, len(p.s), FormatDuration(sp.head) + " " + rest}}, does: OfferTypedDuration}}
}

// writable is the length of a span as a command can have it here; false when it
// has none.
func (p *parser) writable(sp span) (string, bool) {
	switch {
	case sp.kind == spanPerm || sp.perm:
		if !p.mayBePermanent() {
			return FormatDuration(moderation.MaxDuration), true
		}
		return "perm", true
	case sp.d <= 0:
		return "", false
	}
	return FormatDuration(sp.d), true
}

// oddLength answers a length that may belong to the reason, or be another one.
func (p *parser) oddLength(sp span, piece string) *Mistake {
	code := CodeDurationOrReason
	rest := p.s[sp.to:]
	var offers []offer
	say := func(d span) {
		if said, ok := p.writable(d); ok {
			reason := " " + strings.TrimLeftFunc(rest, parted)
			if behind := skipParted(p.s, sp.to); behind < len(p.s) && !sp.more && restBehind[momentWord(p.s[behind:shortWordEnd(p.s, behind)])] {
				reason = " " + enquote(strings.TrimFunc(p.s[sp.from:], isBlank))
			} else if sp.more {
				reason = " " + enquote(strings.TrimFunc(rest, parted))
			}
			offers = append(offers, offer{edits: []edit{{sp.from, len(p.s), said + reason}}, does: OfferTypedDuration})
		}
	}
	say(sp)
	if sp.also > 0 {
		code = CodeDurationUnknown
		say(span{d: sp.also})
	}
	return p.fail(mistake(code, piece, "verb", string(p.spec.Verb)), append(offers, p.first(sp)...)...)
}

// moment handles a moment, or a length that cannot be computed.
func (p *parser) moment(sp span, piece string) *Mistake {
	m := mistake(CodeDurationClock, piece, "verb", string(p.spec.Verb))
	if sp.d > 0 {
		return p.fail(m, append([]offer{p.lengthOffer(sp.from, sp.to, FormatDuration(sp.d), OfferTypedDuration)}, p.usualDuration(sp.from)...)...)
	}
	return p.fail(m, p.usualDuration(sp.from)...)
}

// lengthOffer writes a length in the place of p.s[from:to]. What follows stays as
// it is, unless it could go on with the length.
func (p *parser) lengthOffer(from, to int, said string, does OfferEffect) offer {
	if r := firstRune(p.s[from:]); p.spec.Verb == moderation.Extend && (r == '+' || r == '＋') {
		said = "+" + said
	}
	next := skipParted(p.s, to)
	if next < len(p.s) && !p.quoteAt(next) && (p.timeAt(next).kind != spanNone || isDigit(firstRune(p.s[next:])) || joint(p.s, next) > next) {
		return offer{edits: []edit{{from, len(p.s), said + " " + enquoteText(p.s[next:])}}, does: does}
	}
	return offer{edits: []edit{{from, to, said + " "}}, does: does}
}

// usualDuration offers the verb's own length with everything from here on as the reason.
func (p *parser) usualDuration(from int) []offer {
	if !p.mayBeOpen() {
		return nil
	}
	own := "perm"
	if p.spec.Default > 0 {
		own = FormatDuration(p.spec.Default)
	}
	return []offer{{edits: []edit{{from, len(p.s), own + " " + enquoteText(p.s[from:])}}, does: OfferDefaultDuration}}
}

func enquoteText(s string) string { return enquote(strings.TrimRightFunc(s, isBlank)) }

// zeroDuration answers a duration of nothing: only the lifting verbs lift.
func (p *parser) zeroDuration(from, to int, piece string) *Mistake {
	var lift moderation.Verb
	for _, spec := range moderation.Verbs() {
		if spec.Lifts == p.spec.Verb {
			lift = spec.Verb
		}
	}
	switch p.spec.Verb {
	case moderation.Extend:
		lift = moderation.Undo
	case moderation.Suspend:
		lift = moderation.Unsuspend
	}
	m := mistake(CodeDurationZero, piece)
	if lift == "" {
		return p.fail(m)
	}
	all := ""
	if lift == moderation.Undo && strings.TrimFunc(p.s[to:], isBlank) != "" {
		all = "all "
	}
	return p.fail(m, offer{edits: []edit{{p.verbFrom, p.verbTo, string(lift)}, {from, to, all}}})
}

// unexpectedDuration handles a duration after a verb that has none. It is
// never silently taken as a reason, because its author meant the action to
// end then.
func (p *parser) unexpectedDuration(sp span, piece string) *Mistake {
	m := mistake(CodeDurationNotTaken, piece, "verb", string(p.spec.Verb))
	var offers []offer
	if sp.kind == spanClear && p.spec.Verb == moderation.Kick { // offered where all rooms have it
		offers = append(offers, offer{twist: twist{verb: moderation.Ban}})
	}
	whole := offer{edits: []edit{{sp.from, len(p.s), enquoteText(p.s[sp.from:])}}, does: OfferReason}
	if sp.kind == spanOdd || sp.kind == spanGlued || sp.kind == spanMoment {
		return p.fail(m, append(offers, whole)...)
	}
	return p.fail(m, append(offers, offer{edits: []edit{{sp.from, sp.to, ""}}}, whole)...)
}
