package commands

import (
	"strings"

	"bouncer/moderation"
)

// Hint is one way to go on with a command that is being typed.
type Hint struct {
	Word   string // what is offered, such as "ban", "live:", "gala", "30m"
	Text   string // the whole text with the word in it, ready to be typed on
	Detail string // a verb's usage line, a name's full room; may be empty
}

// maxAliases is how many other names of one verb are hinted at.
const maxAliases = 2

// maxHints is how many hints are worth showing at once.
const maxHints = 32

// Hints returns completions for the text typed so far: verbs with their
// usage, kinds and configured rooms that support the verb, media and
// durations. They only help typing; Parse alone decides what is valid.
func Hints(prefix string, s ParseContext) []Hint {
	s.setDefaults()
	if len(prefix) > s.MaxText {
		return nil
	}
	typed, forms := plain(prefix)
	p := parser{set: s, reader: &reader{s: typed, forms: forms}}
	p.blanks()
	h := hinter{typed: prefix}
	to := p.wordEnd(p.i)
	word := p.s[p.i:to]
	if to == len(p.s) {
		h.verbs(word)
		return h.out
	}
	spec, ok := verbNamed(strings.TrimRight(fold(word), mark))
	if !ok {
		return nil
	}
	p.i = to
	p.blanks()
	if spec.Takes.Command {
		if to = p.wordEnd(p.i); to == len(p.s) {
			h.acting(p.s[p.i:])
			return h.out
		}
		if spec, ok = verbNamed(strings.TrimRight(fold(p.s[p.i:to]), mark)); !ok || !spec.Verb.Acts() {
			return nil
		}
		p.i = to
		p.blanks()
	}
	switch {
	case spec.Takes.Verb:
		if p.wordEnd(p.i) == len(p.s) {
			h.verbs(p.s[p.i:])
		}
	case spec.Takes.Room:
		h.inRoom(&p, spec)
	case spec.Takes.RoomOrUser:
		h.rooms(&p, spec)
	case spec.Takes.Search:
		h.find(&p)
	}
	return h.out
}

// hinter collects hints.
type hinter struct {
	typed string
	out   []Hint
}

// add offers a word when it begins with what was typed of it.
func (h *hinter) add(begun, word, after, detail string) {
	if len(h.out) >= maxHints || !strings.HasPrefix(fold(word), fold(begun)) || !strings.HasSuffix(h.typed, begun) {
		return
	}
	h.out = append(h.out, Hint{Word: word, Text: strings.TrimSuffix(h.typed, begun) + word + after, Detail: detail})
}

func (h *hinter) verbs(begun string) {
	for _, spec := range moderation.Verbs() {
		h.add(begun, string(spec.Verb), " ", Usage(spec.Verb).Line)
	}
	if begun == "" {
		return
	}
	for _, spec := range moderation.Verbs() {
		before := len(h.out)
		for _, alias := range spec.Aliases {
			if len(h.out)-before < maxAliases {
				h.add(begun, alias, " ", Usage(spec.Verb).Line)
			}
		}
	}
}

// acting adds hints for the verbs that act on people.
func (h *hinter) acting(begun string) {
	for _, spec := range moderation.Verbs() {
		if spec.Verb.Acts() {
			h.add(begun, string(spec.Verb), " ", Usage(spec.Verb).Line)
		}
	}
}

// find hints at the keys of a search, for the word that is being typed.
func (h *hinter) find(p *parser) {
	begun := p.s[p.i:]
	if at := strings.LastIndexFunc(begun, isBlank); at >= 0 {
		begun = strings.TrimLeftFunc(begun[at:], isBlank)
	}
	for _, k := range findKeys() {
		h.add(begun, k.key+":", "", "")
	}
}

// rooms hints at the configured rooms and the kinds that have the verb, for
// the word that is being typed; false when that word is complete.
func (h *hinter) rooms(p *parser, spec moderation.VerbSpec) bool {
	if p.wordEnd(p.i) != len(p.s) {
		return false
	}
	begun := p.s[p.i:]
	p.spec = spec
	names := p.names()
	if at := strings.LastIndexFunc(begun, isComma); at >= 0 && actsInRooms(spec) {
		if _, m := plainRooms(begun[:at], p.set); m != nil {
			return true // the id goes on, or users follow the comma
		}
		begun, names = strings.TrimLeftFunc(begun[at:], isComma), nil // a name there may be a user
	}
	for _, name := range names {
		rooms, _ := p.named(name)
		if len(rooms) > 1 && !actsInRooms(spec) || len(p.supporting(rooms)) < len(rooms) || len(rooms) == 0 {
			continue
		}
		h.add(begun, name, " ", writeRooms(rooms))
	}
	for _, kind := range moderation.Kinds() {
		if moderation.Supports(spec.Verb, kind).Supported {
			h.add(begun, string(kind)+":", "", "")
		}
	}
	return true
}

// inRoom hints at what follows a verb that acts in a room.
func (h *hinter) inRoom(p *parser, spec moderation.VerbSpec) {
	p.spec, p.takes = spec, spec.Takes
	if h.rooms(p, spec) {
		return
	}
	if p.room() != nil {
		return
	}
	if spec.Takes.Users && (p.users() != nil || p.i == len(p.s) && !h.afterBlank(p)) {
		return // the users are still being typed
	}
	h.options(p)
}

// afterBlank reports whether the text ends in a blank, and not in a comma
// before it.
func (h *hinter) afterBlank(p *parser) bool {
	text := strings.TrimRightFunc(p.s, isBlank)
	return text != p.s && strings.TrimRightFunc(text, isComma) == text
}

// options hints at media and durations, as long as one word of them is begun.
func (h *hinter) options(p *parser) {
	if p.takes.Media && p.blanksThenMedium() {
		h.durations(p, "")
		return
	}
	p.blanks()
	begun := p.s[p.i:]
	if p.wordEnd(p.i) != len(p.s) {
		return
	}
	if p.takes.Media && !p.mediaSaid {
		h.add(begun, string(moderation.Audio), " ", "")
		h.add(begun, string(moderation.Video), " ", "")
	}
	h.durations(p, begun)
}

// blanksThenMedium skips a complete medium.
func (p *parser) blanksThenMedium() bool {
	p.blanks()
	end := p.wordEnd(p.i)
	return end < len(p.s) && p.medium() && strings.TrimFunc(p.s[p.i:], isBlank) == ""
}

func (h *hinter) durations(p *parser, begun string) {
	if !p.takes.Duration {
		return
	}
	for _, d := range []string{"10m", "30m", "1h", "24h", "7d"} {
		h.add(begun, d, " ", "")
	}
	if p.mayBePermanent() {
		h.add(begun, "perm", " ", "")
	}
}
