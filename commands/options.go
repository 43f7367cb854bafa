package commands

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bouncer/moderation"
)

// options reads the medium and the duration.
func (p *parser) options() *Mistake {
	for {
		p.blanks()
		if p.end() || quoteAt(p.s, p.i) {
			return p.needDuration()
		}
		if p.medium() {
			continue
		}
		more, m := p.duration()
		if m != nil {
			return m
		}
		if !more {
			if p.needsDuration() {
				return p.needDuration()
			}
			return nil
		}
	}
}

// medium reads audio, video or both. Behind a duration the word is a medium
// only when nothing follows: "30m video spam" gives a reason.
func (p *parser) medium() bool {
	if !p.takes.Media {
		return false
	}
	end := wordEnd(p.s, p.i)
	media := mediaIn(fold(trimPunct(p.s[p.i:end])))
	if len(media) == 0 || (p.timed && (p.mediaSaid || strings.TrimFunc(p.s[end:], isBlank) != "")) {
		return false
	}
	switch {
	case !p.mediaSaid && len(media) == 1:
		p.act.Media = media
	case p.mediaSaid && len(p.act.Media) == 1 && len(media) == 1 && media[0] == p.act.Media[0]:
		return false // said twice: the second is part of the reason
	case p.mediaSaid && len(p.act.Media) == 0:
		return false
	default:
		p.act.Media = nil // both
	}
	p.mediaSaid = true
	p.i = end
	return true
}

// mediaIn gives the media that a folded word names: one, both, or none.
func mediaIn(word string) []moderation.Medium {
	switch word {
	case "audio", "音频":
		return []moderation.Medium{moderation.Audio}
	case "video", "视频":
		return []moderation.Medium{moderation.Video}
	case "audio+video", "video+audio", "audio,video", "video,audio", "audio/video", "video/audio",
		"audio&video", "video&audio", "audio、video", "音视频", "音频视频", "音频+视频", "音频、视频":
		return []moderation.Medium{moderation.Audio, moderation.Video}
	}
	return nil
}

// duration reads a duration at p.i; more is false when there is none.
func (p *parser) duration() (more bool, m *Mistake) {
	if p.timed {
		return false, nil
	}
	from := p.i
	d, to, state := readDuration(p.s, from)
	if state == spanNone {
		return p.number(from)
	}
	piece := p.s[from:to]
	signed := state == spanZero && !isDigit(firstRune(piece))
	switch {
	case !p.takes.Duration && signed:
		return false, nil // a reason that begins with a dash
	case !p.takes.Duration:
		return true, p.notTaken(from, to, piece, state == spanPerm)
	case state == spanZero && signed:
		return true, p.replace(from, to, mistake(CodeDurationZero, piece), FormatDuration(d)+" ")
	case state == spanZero:
		return true, p.zero(to, piece)
	case state == spanTooLong:
		most := FormatDuration(moderation.MaxDuration)
		return true, p.replace(from, to, mistake(CodeDurationTooLong, piece, "most", most), most+" ")
	case state == spanPerm && !p.switched && !moderation.Supports(p.spec.Verb, p.act.Room.Kind).Perm:
		most := FormatDuration(moderation.MaxDuration)
		return true, p.replace(from, to, mistake(CodePermNotPossible, piece, "verb", string(p.spec.Verb),
			"room", p.act.Room.String(), "kind", string(p.act.Room.Kind), "most", most), most+" ")
	}
	p.act.Duration, p.act.Perm = d, state == spanPerm
	p.timed, p.i = true, to
	return true, nil
}

// zero answers a duration of nothing: only the lifting verbs lift.
func (p *parser) zero(to int, piece string) *Mistake {
	n, lift := 0, moderation.Verb("")
	for _, spec := range moderation.Verbs() {
		if spec.Lifts == p.spec.Verb {
			n, lift = 1, spec.Verb
		}
	}
	if _, m := p.fault(n, mistake(CodeDurationZero, piece)); m != nil {
		return m
	}
	p.become(lift, 0)
	p.timed, p.i = true, to
	return nil
}

// notTaken answers a duration behind a verb that has none: never silently a
// reason, since somebody meant it to end something.
func (p *parser) notTaken(from, to int, piece string, perm bool) *Mistake {
	ban := !perm && p.spec.Verb == moderation.Kick && moderation.Supports(moderation.Ban, p.act.Room.Kind).OK
	n := 2
	if ban {
		n = 3
	}
	k, m := p.fault(n, mistake(CodeDurationNotTaken, piece, "verb", string(p.spec.Verb)))
	if m != nil {
		return m
	}
	if ban {
		if k--; k < 0 {
			p.become(moderation.Ban, 0)
			return nil
		}
	}
	if k == 0 {
		p.put(from, to, "")
	} else {
		p.quoteRest(from)
	}
	return nil
}

// number answers a word that begins with a digit and is no duration.
func (p *parser) number(from int) (more bool, m *Mistake) {
	n, at, digits := readNumber(p.s, from)
	if digits == 0 {
		return false, nil
	}
	to := wordEnd(p.s, from)
	word := p.s[from:to]
	if trimPunct(p.s[at:to]) == "" {
		return true, p.bareNumber(from, at, to, n, digits)
	}
	if !p.takes.Duration {
		return false, nil
	}
	var edits []edit
	if d, rest := longestDuration(word); rest != "" {
		edits = append(edits, edit{from, to, FormatDuration(d) + " " + rest})
	}
	if _, end, state := readDuration(word+"m", 0); state == spanOK && end == len(word)+1 { // 1h30
		edits = append(edits, edit{from, to, word + "m "})
	}
	if guess := guessDuration(n, p.s[at:to]); guess != "" && digits <= maxNumberLen {
		edits = append(edits, edit{from, to, guess + " "})
	}
	edits = append(edits, edit{from, len(p.s), enquote(p.s[from:])})
	return true, p.choose(mistake(CodeDurationUnknown, word), edits...)
}

// bareNumber answers a number without a unit: minutes, one more user whose
// comma is missing, or a reason that begins with it.
func (p *parser) bareNumber(from, at, to int, n int64, digits int) *Mistake {
	var edits []edit
	next := skipSpaces(p.s, at)
	nextEnd := wordEnd(p.s, next)
	follows := spanNone
	if next < nextEnd {
		_, _, follows = readDuration(p.s, next)
	}
	one := edit{p.usersEnd, from, ","} // a user whose comma is missing
	guess := guessDuration(n, p.s[next:nextEnd])
	switch {
	case !p.takes.Duration:
		edits = append(edits, one)
	case follows == spanOK || follows == spanPerm || digits >= 5:
		edits = append(edits, one)
	case guess != "":
		edits = append(edits, edit{from, nextEnd, guess + " "}) // "10 minuts"
	case n > 0:
		edits = append(edits, edit{from, to, strconv.FormatInt(n, 10) + "m "})
	}
	if !p.takes.Users {
		edits = slices.DeleteFunc(edits, func(e edit) bool { return e == one })
	}
	if !p.takes.Duration {
		edits = append(edits, edit{from, len(p.s), enquote(p.s[from:])})
	}
	m := p.choose(mistake(CodeNumberBare, p.s[from:at], "number", p.s[from:at]), edits...)
	if m == nil && p.i < from { // a comma was put behind the users
		return p.users(false)
	}
	return m
}

// quoteRest makes everything from here on a reason.
func (p *parser) quoteRest(from int) {
	p.put(from, len(p.s), enquote(p.s[from:]))
}

func (p *parser) needsDuration() bool {
	return p.spec.Takes.Duration && p.spec.Default == 0 && !p.timed && !p.switched
}

// needDuration answers a verb that must have a duration and has none. People
// put it last: then it is moved, else a day is offered.
func (p *parser) needDuration() *Mistake {
	if !p.needsDuration() {
		return nil
	}
	m := mistake(CodeDurationMissing, "", "verb", string(p.spec.Verb))
	rest := strings.TrimRightFunc(p.s[p.i:], isBlank)
	cut := strings.LastIndexFunc(rest, isBlank)
	if cut >= 0 {
		_, n := utf8.DecodeRuneInString(rest[cut:])
		cut += n
		if d, end, state := readDuration(rest, cut); state == spanOK && end == len(rest) {
			if m := p.replace(p.i, len(p.s), m, FormatDuration(d)+" "+rest[:cut]); m != nil {
				return m
			}
			return p.options()
		}
	}
	if m := p.replace(p.i, p.i, m, " "+FormatDuration(offerDuration)+" "); m != nil {
		return m
	}
	return p.options()
}

// longestDuration splits a word into the duration that it begins with and
// text in another script that is stuck to it, as in 30分钟刷屏.
func longestDuration(word string) (time.Duration, string) {
	for cut := min(len(word)-1, maxOptionWord); cut > 0; cut-- {
		if !utf8.RuneStart(word[cut]) || word[cut] < utf8.RuneSelf && unicode.IsLetter(rune(word[cut])) || isDigit(rune(word[cut])) {
			continue
		}
		if d, end, state := readDuration(word[:cut], 0); state == spanOK && end == cut {
			return d, word[cut:]
		}
	}
	return 0, ""
}

// guessDuration reads misspelt units, months and years: "" when nothing fits.
func guessDuration(n int64, unit string) string {
	unit = fold(trimPunct(unit))
	days := int64(0)
	switch unit {
	case "mo", "mon", "month", "months", "月", "个月":
		days = 30
	case "y", "yr", "yrs", "year", "years", "年":
		days = 365
	}
	if days > 0 && n > 0 && n <= int64(moderation.MaxDuration/(24*time.Hour))/days {
		return FormatDuration(time.Duration(n*days) * 24 * time.Hour)
	}
	near := nearest(unit, []string{"seconds", "minutes", "hours", "days", "weeks", "second", "minute", "hour", "week", "secs", "mins", "hrs", "sec", "min"})
	if len(near) == 0 || n <= 0 {
		return ""
	}
	text := strconv.FormatInt(n, 10) + near[0][:1]
	if _, _, state := readDuration(text, 0); state != spanOK {
		return ""
	}
	return text
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
