package commands

import (
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// options reads the medium and the duration.
func (p *parser) options() *Mistake {
	for {
		p.blanks()
		if p.end() {
			return nil
		}
		if p.quoteAt(p.i) {
			if more, m := p.quotedTime(); m != nil || !more {
				return m
			}
			continue
		}
		if p.medium() {
			continue
		}
		if p.timed {
			return p.fromNow()
		}
		if p.spec.Verb == moderation.Extend && (p.readPlus(addBefore) || p.readPlusGlued()) {
			p.act.CountFrom = moderation.FromPresentEnd
		}
		if m := p.laterTime(); m != nil {
			return m
		}
		sp := p.timeAt(p.i)
		if sp.kind == spanNone || sp.kind == spanZero && sp.sign == '-' && !p.takes.Duration {
			return p.number()
		}
		if more, m := p.duration(sp); m != nil || !more {
			return m
		}
	}
}

// fromNow skips "from now" after the length of an extension.
func (p *parser) fromNow() *Mistake {
	if p.spec.Verb != moderation.Extend {
		return nil
	}
	if p.readPlus(addBehind) {
		p.act.CountFrom = moderation.FromPresentEnd
		return nil
	}
	for _, words := range []string{"from now", "from now on", "从现在起", "從現在起"} {
		rest := p.s[p.i:min(len(p.s), p.i+len(words))]
		end := p.i + len(rest)
		if strings.EqualFold(rest, words) && (end == len(p.s) || parted(firstRune(p.s[end:]))) {
			p.act.CountFrom, p.i = moderation.FromNow, end
			p.blanks()
			return nil
		}
	}
	return nil
}

// addBefore and addBehind mean that the length of an extension is added to
// the current end.
var (
	addBefore = wordSet("by another plus + 再 增加 加 延长 延長 再加")
	addBehind = wordSet("more longer extra")
)

// readPlus skips such a word.
func (p *parser) readPlus(words map[string]bool) bool {
	end := shortWordEnd(p.s, p.i)
	word := strings.TrimRight(p.s[p.i:end], ".,;:!?")
	next := skipParted(p.s, end)
	if !words[fold(word)] || words["by"] && (next == end || p.timeAt(next).kind != spanClear) {
		return false
	}
	p.i = next
	return true
}

// readPlusGlued skips 加 or 再 directly before the length: 再加2小时.
func (p *parser) readPlusGlued() bool {
	for _, w := range []string{"再加", "增加", "延长", "延長", "多加", "加", "再", "多"} {
		rest := strings.TrimPrefix(p.s[p.i:], w)
		if rest != p.s[p.i:] && p.timeAt(p.i+len(w)).kind == spanClear {
			p.i += len(w)
			return true
		}
	}
	return false
}

// laterLeads may come before the time at which something should be done.
var laterLeads = wordSet("in at after")

// laterTime handles a future time after a verb that acts at once and has no
// duration: close in 5 minutes.
func (p *parser) laterTime() *Mistake {
	if p.takes.Duration || !p.spec.Takes.Room || !p.takes.Reason {
		return nil
	}
	end := shortWordEnd(p.s, p.i)
	word := fold(p.s[p.i:end])
	next := skipSpaces(p.s, end)
	if !laterLeads[word] || next == end {
		return nil
	}
	sp := p.timeAt(next)
	to := sp.end
	switch {
	case word == "after" && p.stretchEnd(next) > next:
		to = p.stretchEnd(next)
	case sp.kind != spanMoment && (word == "at" || sp.kind != spanClear):
		return nil
	case word == "after" && skipParted(p.s, sp.to) < len(p.s):
		return nil // after 2 hours of spam
	}
	return p.fail(mistake(CodeNotLater, p.s[p.i:to], "verb", string(p.spec.Verb)), p.reasonOffer(p.i))
}

// quotedTime reads a duration in quotation marks, where one belongs and none was
// read.
func (p *parser) quotedTime() (more bool, m *Mistake) {
	if p.timed || !p.takes.Duration {
		return false, nil
	}
	text, end, ok := p.quotedAt(p.i)
	if !ok || len(text) > 4*wordBytes {
		return false, nil
	}
	inner := reader{s: strings.TrimFunc(text, isBlank)}
	if inner.s == "" {
		return false, nil
	}
	sp := inner.timeAt(0)
	p.steps += inner.steps
	if sp.kind == spanNone || sp.to != len(inner.s) || sp.kind == spanMoment && sp.weak {
		return false, nil
	}
	sp.from, sp.core, sp.end, sp.to = p.i, p.i, end, end
	return p.duration(sp)
}

// medium reads audio, video or both. After a duration the word is a medium
// only if nothing follows: in "30m video spam" it begins the reason.
func (p *parser) medium() bool {
	if !p.takes.Media {
		return false
	}
	from := p.i
	if end := shortWordEnd(p.s, from); mediaLeads[fold(p.s[from:end])] { // only audio, his video
		if next := skipSpaces(p.s, end); next > end && p.optionEnds(shortWordEnd(p.s, next)) {
			from = next
		}
	}
	end := shortWordEnd(p.s, from)
	for end < len(p.s) && isComma(firstRune(p.s[end:])) {
		end += utf8.RuneLen(firstRune(p.s[end:])) // "audio,video"
		end = shortWordEnd(p.s, end)
	}
	word := fold(trimPunct(strings.TrimLeft(p.s[from:end], "-([")))
	word = strings.TrimRight(word, ")]")
	media := mediaIn(word)
	if soft := softMedia[fold(trimPunct(p.s[from:end]))]; len(media) == 0 && soft != nil && p.optionEnds(end) {
		media = soft
	}
	if and := skipSpaces(p.s, end); len(media) == 1 { // audio and video
		joint := shortWordEnd(p.s, and)
		second := skipSpaces(p.s, joint)
		to := shortWordEnd(p.s, second)
		if joiners[fold(p.s[and:joint])] {
			if other := mediaIn(fold(trimPunct(p.s[second:to]))); len(other) == 1 && other[0] != media[0] {
				media, end = append(media, other...), to
			}
		}
	}
	if len(media) > 0 && from > p.i && softMedia[word] == nil && !p.optionEnds(end) {
		return false
	}
	if len(media) == 0 || (p.here && (p.mediaSaid || strings.TrimFunc(p.s[end:], isBlank) != "")) {
		return false
	}
	switch {
	case !p.mediaSaid && len(media) == 1:
		p.act.Media = media
	case p.mediaSaid && len(p.act.Media) == 1 && len(media) == 1 && media[0] == p.act.Media[0]:
		return false // repeated: the second is part of the reason
	case p.mediaSaid && len(p.act.Media) == 0:
		return false
	default:
		p.act.Media = nil // both
	}
	p.mediaSaid = true
	p.i = end
	if next := skipSpaces(p.s, end); next > end { // audio only
		if only := shortWordEnd(p.s, next); fold(p.s[next:only]) == "only" && p.optionEnds(only) {
			p.i = only
		}
	}
	return true
}

// mediaLeads may come before a medium that only a duration follows, and
// softMedia are words for media there.
var (
	mediaLeads = wordSet("only just the his her their")
	softMedia  = map[string][]moderation.Medium{
		"voice": {moderation.Audio}, "sound": {moderation.Audio}, "声音": {moderation.Audio}, "聲音": {moderation.Audio}, "语音": {moderation.Audio}, "語音": {moderation.Audio},
		"-a": {moderation.Audio}, "-v": {moderation.Video}, "麦": {moderation.Audio}, "麥": {moderation.Audio}, "话筒": {moderation.Audio}, "話筒": {moderation.Audio}, "画面": {moderation.Video}, "畫面": {moderation.Video}, "webcam": {moderation.Video},
		"both": {moderation.Audio, moderation.Video}, "av": {moderation.Audio, moderation.Video}, "a/v": {moderation.Audio, moderation.Video},
	}
)

// optionEnds reports whether only "only" or a duration follows an option that
// ends at i.
func (p *parser) optionEnds(i int) bool {
	next := skipParted(p.s, i)
	if end := shortWordEnd(p.s, next); fold(p.s[next:end]) == "only" {
		next = skipParted(p.s, end)
	}
	if next >= len(p.s) {
		return true
	}
	sp := p.timeAt(next)
	return sp.kind == spanClear || sp.kind == spanPerm
}

// mediaIn returns the media that a folded word names: one, both, or none.
func mediaIn(word string) []moderation.Medium {
	if m := mediumNamed(word); m != "" {
		return []moderation.Medium{m}
	}
	if word == "音视频" || word == "音频视频" || word == "音視頻" {
		return []moderation.Medium{moderation.Audio, moderation.Video}
	}
	at := strings.IndexAny(word, "+,/&、和与與")
	if at < 0 || len(word) > 2*wordBytes {
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
	case "audio", "mic", "microphone", "音频", "音頻", "麦克风", "麥克風":
		return moderation.Audio
	case "video", "cam", "camera", "视频", "視頻", "摄像头", "攝像頭":
		return moderation.Video
	}
	return ""
}

// trimPunct removes punctuation after a word.
func trimPunct(s string) string {
	if s == "" || isLetter(rune(s[len(s)-1])) {
		return s
	}
	return strings.TrimRight(s, ".;:!。；：！,，、")
}
