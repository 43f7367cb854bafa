package commands

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// MaxSearchWords is how many words one search may ask for.
const MaxSearchWords = 10

// A findKey is what can be asked for by name in a search.
type findKey struct {
	key     string
	aliases []string
	read    func(p *parser, f *moderation.SearchQuery) *Mistake // the value at p.i
	asked   func(f moderation.SearchQuery) bool
}

// findKeys is the table of them, in the order Format writes them.
func findKeys() []findKey {
	return []findKey{
		{"user", []string{"用户"}, (*parser).findUser, func(f moderation.SearchQuery) bool { return f.Target != "" }},
		{"by", []string{"发起人", "操作人"}, (*parser).findActor, func(f moderation.SearchQuery) bool { return f.Actor != "" }},
		{"verb", []string{"操作"}, (*parser).findVerb, func(f moderation.SearchQuery) bool { return f.Verb != "" }},
		{"room", []string{"房间"}, (*parser).findRoom, func(f moderation.SearchQuery) bool { return f.Room != "" }},
		{"in", []string{"last", "within", "时间", "最近"}, (*parser).findWithin, func(f moderation.SearchQuery) bool { return f.Within != 0 }},
	}
}

// findKeyNamed finds a key by its folded name.
func findKeyNamed(word string) (findKey, bool) {
	for _, k := range findKeys() {
		if k.key == word || slices.Contains(k.aliases, word) {
			return k, true
		}
	}
	return findKey{}, false
}

// find reads a question about cases: keys with their values, and words.
func (p *parser) find() *Mistake {
	f := &p.act.Search
	for {
		if p.gap(true); p.end() {
			break
		}
		if m := p.findOne(f); m != nil {
			return m
		}
	}
	switch n := len(f.Words); {
	case n > MaxSearchWords:
		return mistake(CodeSearchWords, "", "most", strconv.Itoa(MaxSearchWords), "got", strconv.Itoa(n))
	case n == 0 && !slices.ContainsFunc(findKeys(), func(k findKey) bool { return k.asked(*f) }):
		return mistake(CodeSearchEmpty, "", "example", Usage(p.spec.Verb).Example)
	}
	return nil
}

// findOne reads one key with its value, or one word.
func (p *parser) findOne(f *moderation.SearchQuery) *Mistake {
	from := p.i
	if _, ok := p.mentionAt(from); ok { // a mention without a key can only be the requester
		k, _ := findKeyNamed("by")
		return p.findValue(f, k, from, from)
	}
	if p.quoteAt(from) {
		text, to, ok := p.quotedAt(from)
		if !ok {
			_, n := utf8.DecodeRuneInString(p.s[from:])
			return p.fail(mistake(CodeQuoteOpen, p.s[from:]), offer{edits: []edit{{from, len(p.s), enquote(p.s[from+n:])}}}, offer{edits: []edit{{from, from + n, ""}}})
		}
		p.i = to
		addWord(f, text)
		return nil
	}
	to := p.itemEnd(from)
	word := p.s[from:to]
	if key, value, ok := cutColon(word); ok {
		k, known := findKeyNamed(fold(key))
		kind, id, isKind := splitKind(word)
		switch {
		case isKind && (!known || numeric(kind) && strings.Trim(narrowDigits(id), "0123456789") == "" && id != ""):
			k, _ = findKeyNamed("room") // kind:id is a room in any position
			return p.findValue(f, k, from, from)
		case known:
			return p.findValue(f, k, from, to-len(value))
		case kindLike(key):
			return p.unknownFindKey(from, to, key, value)
		}
	}
	if at, ok := p.lastAt(from, to); ok {
		k, _ := findKeyNamed("in")
		return p.findValue(f, k, from, at)
	}
	if sp := p.timeAt(from); sp.kind == spanClear && sp.core == from && sp.sign == 0 {
		piece := strings.TrimRightFunc(p.s[from:sp.to], parted)
		return p.replace(from, sp.to, mistake(CodeSearchTime, piece), "in:"+piece+" ", enquote(piece)+" ")
	}
	p.i = to
	addWord(f, word)
	return nil
}

// lastAt finds the length in "last 7d" and 最近7天, whose first word is
// p.s[from:to].
func (p *parser) lastAt(from, to int) (at int, ok bool) {
	switch fold(p.s[from:to]) {
	case "in", "last", "within", "past", "最近", "过去":
		at = skipSpaces(p.s, to)
	default:
		rest, cut := strings.CutPrefix(p.s[from:to], "最近")
		if !cut {
			return 0, false
		}
		at = to - len(rest)
	}
	if at >= len(p.s) {
		return 0, false
	}
	sp := p.timeAt(at)
	return at, sp.core == at && (sp.kind == spanClear || sp.kind == spanTooLong || sp.kind == spanCalendar)
}

// findValue reads the value of a key at p.s[at]; the key begins at from.
func (p *parser) findValue(f *moderation.SearchQuery, k findKey, from, at int) *Mistake {
	p.i = at
	if at == p.itemEnd(at) { // nothing behind the colon
		next := skipSpaces(p.s, at)
		m := mistake(CodeSearchValueEmpty, p.s[from:at], "key", k.key)
		if next == at || next == p.itemEnd(next) {
			return p.fail(m)
		}
		return p.replace(from, next, m, p.s[from:at])
	}
	if !k.asked(*f) {
		return k.read(p, f)
	}
	if m := k.read(p, &moderation.SearchQuery{}); m != nil {
		return m
	}
	return p.replace(from, p.i, mistake(CodeSearchKeyTwice, strings.TrimRightFunc(p.s[from:p.i], parted), "key", k.key), "")
}

// unknownFindKey answers a key that there is not, or a word with a colon in it.
func (p *parser) unknownFindKey(from, to int, key, value string) *Mistake {
	var names []string
	for _, k := range findKeys() {
		names = append(names, k.key)
	}
	near := nearest(fold(key), names)
	var written []string
	for _, name := range near {
		written = append(written, name+":"+value)
	}
	written = append(written, enquote(unquote(p.s[from:to])))
	return p.replace(from, to, mistake(CodeSearchKey, p.s[from:to], "key", key, "nearest", strings.Join(near[:min(1, len(near))], "")), written...)
}

func (p *parser) findUser(f *moderation.SearchQuery) *Mistake {
	id, m := p.user()
	if m != nil {
		return m
	}
	f.Target = id
	if p.i < len(p.s) && isComma(firstRune(p.s[p.i:])) {
		next := p.i + utf8.RuneLen(firstRune(p.s[p.i:]))
		if second := p.s[next:p.itemEnd(next)]; second != "" { // "user:a,b"
			return p.replace(p.i, next, mistake(CodeUserOne, second, "verb", string(p.spec.Verb)), " ")
		}
	}
	return nil
}

func (p *parser) findActor(f *moderation.SearchQuery) *Mistake {
	who, ok := p.mentionAt(p.i)
	if !ok {
		return mistake(CodePersonNeeded, p.s[p.i:p.itemEnd(p.i)], "verb", string(p.spec.Verb))
	}
	f.Actor, p.i = mentioned(who), who.to
	return nil
}

func (p *parser) findVerb(f *moderation.SearchQuery) *Mistake {
	from, to := p.i, p.itemEnd(p.i)
	word := p.s[from:to]
	spec, ok := verbNamed(fold(word))
	switch spec.Effect {
	case moderation.EffectRestrict, moderation.EffectLift, moderation.EffectEvent:
		f.Verb, p.i = spec.Verb, to
		return nil
	}
	if ok {
		return mistake(CodeSearchVerb, word, "verb", string(spec.Verb))
	}
	var readings []string
	for _, v := range nearestVerbs(fold(word)) {
		readings = append(readings, string(v))
	}
	return p.replace(from, to, mistake(CodeVerbUnknown, word), readings...)
}

func (p *parser) findRoom(f *moderation.SearchQuery) *Mistake {
	m := p.onlyRoom()
	f.Room, p.act.Room, p.act.MoreRooms = p.act.Room.String(), moderation.Room{}, nil
	return m
}

func (p *parser) findWithin(f *moderation.SearchQuery) *Mistake {
	from, to := p.i, p.itemEnd(p.i)
	piece := p.s[from:to]
	sp := p.timeAt(from)
	n, at, digits := readNumber(p.s, from)
	most := FormatDuration(moderation.MaxDuration)
	switch {
	case sp.kind == spanClear:
		f.Within, p.i = sp.d, sp.to
		return nil
	case sp.kind == spanCalendar: // a search changes nothing, so no question is needed
		f.Within, p.i = sp.d, sp.to
		return nil
	case sp.kind == spanTooLong:
		return p.replace(from, sp.to, mistake(CodeDurationTooLong, p.s[from:sp.end], "most", most), most+" ")
	case digits > 0 && at == to && n > 0:
		return p.replace(from, to, mistake(CodeNumberBare, piece, "number", piece), strconv.FormatInt(n, 10)+"d")
	}
	return p.fail(mistake(CodeDurationUnknown, piece))
}

// addWord asks for a word of the reason, in small letters and once.
func addWord(f *moderation.SearchQuery, text string) {
	word := strings.ToLower(cleanReason(text))
	if word != "" && !slices.Contains(f.Words, word) {
		f.Words = append(f.Words, word)
	}
}
