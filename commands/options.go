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
		if p.spec.Verb == moderation.Extend && p.more(addBefore) {
			p.act.Count = moderation.CountAdd
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

// fromNow takes "from now" behind the length of an extension.
func (p *parser) fromNow() *Mistake {
	if p.spec.Verb != moderation.Extend {
		return nil
	}
	if p.more(addBehind) {
		p.act.Count = moderation.CountAdd
		return nil
	}
	for _, words := range []string{"from now", "from now on", "从现在起", "從現在起"} {
		rest := p.s[p.i:min(len(p.s), p.i+len(words))]
		end := p.i + len(rest)
		if strings.EqualFold(rest, words) && (end == len(p.s) || parted(firstRune(p.s[end:]))) {
			p.act.Count, p.i = moderation.CountFromNow, end
			p.blanks()
			return nil
		}
	}
	return nil
}

// addBefore and addBehind say that the length of an extension is added to the
// present end.
var (
	addBefore = wordSet("by another plus + 再 增加 加 延长 延長 再加")
	addBehind = wordSet("more longer extra")
)

// more takes a word that says so.
func (p *parser) more(words map[string]bool) bool {
	end := shortWordEnd(p.s, p.i)
	word := strings.TrimRight(p.s[p.i:end], ".,;:!?")
	next := skipParted(p.s, end)
	if !words[fold(word)] || words["by"] && (next == end || p.timeAt(next).kind != spanClear) {
		return false
	}
	p.i = next
	return true
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

// medium reads audio, video or both. Behind a duration the word is a medium
// only when nothing follows: "30m video spam" gives a reason.
func (p *parser) medium() bool {
	if !p.takes.Media {
		return false
	}
	end := shortWordEnd(p.s, p.i)
	for end < len(p.s) && isComma(firstRune(p.s[end:])) {
		end += utf8.RuneLen(firstRune(p.s[end:])) // "audio,video"
		end = shortWordEnd(p.s, end)
	}
	media := mediaIn(fold(trimPunct(p.s[p.i:end])))
	if len(media) == 0 || (p.here && (p.mediaSaid || strings.TrimFunc(p.s[end:], isBlank) != "")) {
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
	if word == "音视频" || word == "音频视频" || word == "音視頻" {
		return []moderation.Medium{moderation.Audio, moderation.Video}
	}
	at := strings.IndexAny(word, "+,/&、")
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

// trimPunct drops the punctuation that people put behind a word.
func trimPunct(s string) string {
	if s == "" || isLetter(rune(s[len(s)-1])) {
		return s
	}
	return strings.TrimRight(s, ".;:!。；：！,，、")
}
