package commands

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// MaxFindWords is how many words one search may ask for.
const MaxFindWords = 10

// A findKey is what can be asked for by name in a search.
type findKey struct {
	key     string
	aliases []string
	read    func(p *parser, f *moderation.Find) *Mistake // the value at p.i
	asked   func(f moderation.Find) bool
}

// findKeys is the table of them, in the order Format writes them.
func findKeys() []findKey {
	return []findKey{
		{"user", []string{"用户"}, (*parser).findUser, func(f moderation.Find) bool { return f.Target != "" }},
		{"by", []string{"发起人", "操作人"}, (*parser).findActor, func(f moderation.Find) bool { return f.Actor != "" }},
		{"verb", []string{"操作"}, (*parser).findVerb, func(f moderation.Find) bool { return f.Verb != "" }},
		{"room", []string{"房间"}, (*parser).findRoom, func(f moderation.Find) bool { return f.Room != "" }},
		{"in", []string{"last", "within", "时间", "最近"}, (*parser).findWithin, func(f moderation.Find) bool { return f.Within != 0 }},
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
	f := &p.act.Find
	for {
		p.separate()
		if p.end() {
			break
		}
		if m := p.findOne(f); m != nil {
			return m
		}
	}
	switch n := len(f.Words); {
	case n > MaxFindWords:
		return mistake(CodeFindWords, "", "most", strconv.Itoa(MaxFindWords), "got", strconv.Itoa(n))
	case n == 0 && !slices.ContainsFunc(findKeys(), func(k findKey) bool { return k.asked(*f) }):
		return mistake(CodeFindNothing, "", "example", Usage(p.spec.Verb).Example)
	}
	return nil
}

// findOne reads one key with its value, or one word. It mends at most once and
// is then called again.
func (p *parser) findOne(f *moderation.Find) *Mistake {
	from := p.i
	if _, ok := p.mentionAt(from); ok { // a person alone can only be who asked
		k, _ := findKeyNamed("by")
		return p.findValue(f, k, from, from)
	}
	if quoteAt(p.s, from) {
		text, to, ok := quoted(p.s, from)
		if !ok {
			_, n := utf8.DecodeRuneInString(p.s[from:])
			return p.choose(mistake(CodeQuoteOpen, p.s[from:]), edit{from, len(p.s), enquote(p.s[from+n:])}, edit{from, from + n, ""})
		}
		p.i = to
		addWord(f, text)
		return nil
	}
	to := itemEnd(p.s, from)
	word := p.s[from:to]
	if key, value, ok := cutColon(word); ok {
		k, known := findKeyNamed(fold(key))
		kind, id, isKind := splitKind(word)
		switch {
		case isKind && (!known || kind == moderation.KindRoom && strings.Trim(narrowDigits(id), "0123456789") == "" && id != ""):
			k, _ = findKeyNamed("room") // kind:id is a room wherever it stands
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
	if _, end, state := readDuration(p.s, from); state == spanOK {
		return p.replace(from, end, mistake(CodeFindTime, strings.TrimRightFunc(p.s[from:end], parted)),
			"in:"+p.s[from:end]+" ", enquote(strings.TrimRightFunc(p.s[from:end], parted))+" ")
	}
	p.i = to
	addWord(f, word)
	return nil
}

// lastAt finds the length in "last 7d" and 最近7天, whose first word is p.s[from:to].
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
	_, _, state := readDuration(p.s, at)
	return at, state == spanOK || state == spanTooLong
}

// findValue reads the value of a key at p.s[at]; the key begins at from.
func (p *parser) findValue(f *moderation.Find, k findKey, from, at int) *Mistake {
	p.i = at
	if at == itemEnd(p.s, at) { // nothing behind the colon
		next := skipSpaces(p.s, at)
		m := mistake(CodeFindEmpty, p.s[from:at], "key", k.key)
		if next == at || next == itemEnd(p.s, next) {
			return m
		}
		if m := p.replace(from, next, m, p.s[from:at]); m != nil {
			return m
		}
		return nil // read again, from the key on
	}
	if !k.asked(*f) {
		return k.read(p, f)
	}
	if m := k.read(p, &moderation.Find{}); m != nil {
		return m
	}
	return p.replace(from, p.i, mistake(CodeFindTwice, strings.TrimRightFunc(p.s[from:p.i], parted), "key", k.key), "")
}

// unknownFindKey answers a key that there is not, or a word with a colon in it.
func (p *parser) unknownFindKey(from, to int, key, value string) *Mistake {
	var names []string
	for _, k := range findKeys() {
		names = append(names, k.key)
	}
	near := nearest(fold(key), names)
	var edits []edit
	for _, name := range near {
		edits = append(edits, edit{from, to, name + ":" + value})
	}
	edits = append(edits, edit{from, to, enquote(unquote(p.s[from:to]))})
	return p.choose(mistake(CodeFindKey, p.s[from:to], "key", key, "nearest", strings.Join(near[:min(1, len(near))], "")), edits...)
}

func (p *parser) findUser(f *moderation.Find) *Mistake {
	mends := p.mends
	id, ok, m := p.user(p.i, false)
	if m != nil || !ok {
		if m == nil && p.mends > mends {
			m = mistake(CodeFindEmpty, "", "key", "user")
		}
		return m
	}
	f.Target = id
	if p.i < len(p.s) && isComma(firstRune(p.s[p.i:])) {
		next := p.i + len(string(firstRune(p.s[p.i:])))
		if second := p.s[next:itemEnd(p.s, next)]; second != "" { // "user:a,b"
			return p.replace(p.i, next, mistake(CodeUserOne, second, "verb", string(p.spec.Verb)), " ")
		}
	}
	return nil
}

func (p *parser) findActor(f *moderation.Find) *Mistake {
	who, ok := p.mentionAt(p.i)
	if !ok {
		return mistake(CodePersonNeeded, p.s[p.i:itemEnd(p.s, p.i)], "verb", string(p.spec.Verb))
	}
	f.Actor, p.i = mentioned(who), who.to
	return nil
}

func (p *parser) findVerb(f *moderation.Find) *Mistake {
	for {
		from, to := p.i, itemEnd(p.s, p.i)
		word := p.s[from:to]
		spec, ok := verbNamed(fold(word))
		switch spec.Effect {
		case moderation.EffectBind, moderation.EffectFree, moderation.EffectEvent:
			f.Verb, p.i = spec.Verb, to
			return nil
		}
		var m *Mistake
		if ok {
			m = mistake(CodeFindVerb, word, "verb", string(spec.Verb))
		} else {
			var readings []string
			for _, v := range nearestVerbs(fold(word)) {
				readings = append(readings, string(v))
			}
			m = p.replace(from, to, mistake(CodeVerbUnknown, word), readings...)
		}
		if m != nil {
			return m
		}
	}
}

func (p *parser) findRoom(f *moderation.Find) *Mistake {
	m := p.onlyRoom()
	f.Room, p.act.Room = p.act.Room.String(), moderation.Room{}
	return m
}

func (p *parser) findWithin(f *moderation.Find) *Mistake {
	for {
		from, to := p.i, itemEnd(p.s, p.i)
		piece := p.s[from:to]
		d, end, state := readDuration(p.s, from)
		if state == spanOK {
			f.Within, p.i = d, end
			return nil
		}
		var m *Mistake
		n, at, digits := readNumber(p.s, from)
		switch {
		case state == spanTooLong:
			most := FormatDuration(moderation.MaxDuration)
			m = p.replace(from, end, mistake(CodeDurationTooLong, p.s[from:end], "most", most), most+" ")
		case digits > 0 && at == to && n > 0:
			m = p.replace(from, to, mistake(CodeNumberBare, piece, "number", piece), strconv.FormatInt(n, 10)+"d")
		default:
			m = mistake(CodeDurationUnknown, piece)
		}
		if m != nil {
			return m
		}
	}
}

// addWord asks for a word of the reason, in small letters and once.
func addWord(f *moderation.Find, text string) {
	word := strings.ToLower(cleanReason(text))
	if word != "" && !slices.Contains(f.Words, word) {
		f.Words = append(f.Words, word)
	}
}
