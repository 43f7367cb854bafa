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
			return nil
		}
		if p.medium() {
			continue
		}
		if more, m := p.duration(); m != nil || !more {
			return m
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
	if m := mediumNamed(word); m != "" {
		return []moderation.Medium{m}
	}
	if word == "音视频" || word == "音频视频" {
		return []moderation.Medium{moderation.Audio, moderation.Video}
	}
	at := strings.IndexAny(word, "+,/&、")
	if at < 0 {
		return nil
	}
	_, n := utf8.DecodeRuneInString(word[at:])
	one, two := mediumNamed(word[:at]), mediumNamed(word[at+n:])
	if one == "" || two == "" || one == two {
		return nil
	}
	return []moderation.Medium{moderation.Audio, moderation.Video}
}

func mediumNamed(word string) moderation.Medium {
	switch word {
	case "audio", "mic", "microphone", "音频", "麦克风":
		return moderation.Audio
	case "video", "cam", "camera", "视频", "摄像头":
		return moderation.Video
	}
	return ""
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
	switch p.spec.Verb {
	case moderation.Extend:
		n, lift = 1, moderation.Undo
	case moderation.Suspend:
		n, lift = 1, moderation.Unsuspend
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

// stuck reports whether a word begins with a duration in Chinese numerals
// that something else is stuck to, as in 半小时刷屏.
func (p *parser) stuck(word string) bool {
	if _, _, _, how := readCount(word, 0); how != countChinese {
		return false
	}
	_, rest := longestDuration(word)
	return rest != ""
}

// number answers a word that begins with a number and is no duration.
func (p *parser) number(from int) (more bool, m *Mistake) {
	n, at, digits := readNumber(p.s, from)
	to := wordEnd(p.s, from)
	word := p.s[from:to]
	if digits == 0 && !p.stuck(word) {
		return false, nil
	}
	if digits > 0 && trimPunct(p.s[at:to]) == "" {
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
	if guess := guessDuration(n, p.s[at:to]); guess != "" {
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
	case guess != "": // "10 minuts", "1 month"
		return p.replace(from, nextEnd, mistake(CodeDurationUnknown, p.s[from:nextEnd]), guess+" ")
	case n == 0:
		return p.zero(to, p.s[from:at])
	default:
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
