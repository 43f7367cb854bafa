package commands

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// How suggestions come about: a strict pass finds the first mistake. Mending
// passes then read the same text again and, wherever that mistake (and no
// other) turns up, replace the wrong piece by the first, second … reading of
// it. What comes out is written canonically and must be read back strictly as
// the very same action; anything else is not offered.

const (
	maxSuggest = 2
	maxPasses  = 4  // readings tried for two suggestions
	maxMends   = 64 // replacements in one pass: bounds the work on hostile text
)

// suggest gives the corrected commands for a mistake.
func suggest(text string, set *Setting, about *Mistake) []string {
	var out []string
	for pass := 1; pass <= maxPasses && len(out) < maxSuggest; pass++ {
		meant, m := run(text, set, pass, about.Code)
		if m != nil {
			continue
		}
		line, ok := canonical(meant, set)
		if ok && len(out) > 0 && out[0] == line {
			break // there was but one reading
		}
		if ok {
			out = append(out, line)
		}
	}
	return out
}

// canonical writes an action so that it reads back as the same: by the room's
// name, or where the name does not lead there by kind:id.
func canonical(a moderation.Action, set *Setting) (string, bool) {
	for {
		line := Format(a)
		if back, m := run(line, set, 0, ""); m == nil && reflect.DeepEqual(a, back) {
			return line, true
		}
		if a.Room.Name == "" {
			return "", false
		}
		a.Room.Name = ""
	}
}

// fault is called where the text is wrong and has n readings. In the strict
// pass, and where this pass must not mend, it gives the mistake back.
func (p *parser) fault(n int, m *Mistake) (int, *Mistake) {
	m.Verb = p.act.Verb
	if p.pass == 0 || n == 0 || family(m.Code) != family(p.about) || p.mends >= maxMends {
		return 0, m
	}
	p.mends++
	return min(p.pass, n) - 1, nil
}

// replace mends by putting a reading in the place of p.s[from:to]; the parser
// then goes on at from.
func (p *parser) replace(from, to int, m *Mistake, readings ...string) *Mistake {
	k, m := p.fault(len(readings), m)
	if m != nil {
		return m
	}
	p.put(from, to, readings[k])
	return nil
}

// An edit puts text in the place of p.s[from:to].
type edit struct {
	from, to int
	text     string
}

// choose mends by one of several edits in different places.
func (p *parser) choose(m *Mistake, edits ...edit) *Mistake {
	k, m := p.fault(len(edits), m)
	if m != nil {
		return m
	}
	p.put(edits[k].from, edits[k].to, edits[k].text)
	return nil
}

func (p *parser) put(from, to int, text string) {
	p.s = p.s[:from] + text + p.s[to:]
	p.i = from
	shift := len(text) - (to - from)
	kept := p.forms[:0:0]
	for _, f := range p.forms {
		switch {
		case f.from >= to:
			f.from, f.to = f.from+shift, f.to+shift
			kept = append(kept, f)
		case f.to <= from:
			kept = append(kept, f)
		}
	}
	p.forms = kept
}

// family keeps a pass from mending what the person was not told about;
// characters in ids are one family, as a phone spoils several at once.
func family(c Code) Code {
	if c == CodeRoomCharacter {
		return CodeUserCharacter
	}
	return c
}

// nearestVerbs gives the verbs whose names are closest to what was typed, at
// most two, none when nothing is close.
func nearestVerbs(word string) []moderation.Verb {
	word = strings.TrimFunc(word, func(r rune) bool { return r < utf8.RuneSelf && !isLetter(r) })
	best := limit(word) + 1
	if best == 0 {
		return nil
	}
	var out []moderation.Verb
	for _, spec := range moderation.Verbs() {
		d := distance(word, string(spec.Verb))
		for _, alias := range spec.Aliases {
			d = min(d, distance(word, alias))
		}
		switch {
		case d < best:
			best, out = d, append(out[:0], spec.Verb)
		case d == best && d <= limit(word):
			out = append(out, spec.Verb)
		}
	}
	if len(out) == 0 {
		return begunVerbs(word)
	}
	return out[:min(len(out), maxSuggest)]
}

// begunVerbs gives the verbs that word is the beginning of, none when they are
// too many to tell which was meant.
func begunVerbs(word string) []moderation.Verb {
	if len(word) < len("封") { // one Chinese character, three letters
		return nil
	}
	var out []moderation.Verb
	for _, spec := range moderation.Verbs() {
		for _, name := range slices.Concat(spec.Aliases, []string{string(spec.Verb)}) {
			if strings.HasPrefix(name, word) {
				out = append(out, spec.Verb)
				break
			}
		}
	}
	if len(out) > maxSuggest {
		return nil
	}
	return out
}

// nearest gives the candidates closest to word, in their order.
func nearest(word string, candidates []string) []string {
	best := limit(word) + 1
	if best == 0 {
		return nil
	}
	var out []string
	for _, c := range candidates {
		switch d := distance(word, fold(c)); {
		case d < best:
			best, out = d, append(out[:0], c)
		case d == best && d <= limit(word):
			out = append(out, c)
		}
	}
	return out[:min(len(out), maxSuggest)]
}

// limit is the distance up to which a word may be a misspelling. Two Chinese
// characters that share one are different words.
func limit(word string) int {
	n := utf8.RuneCountInString(word)
	switch {
	case n > maxWord:
		return -1
	case n < len(word) && n < 3, n < 2:
		return 0
	case n < len(word), n < 5:
		return 1
	}
	return maxEdits
}

// maxEdits is the largest limit.
const maxEdits = 2

// maxWord is longer than any verb, kind or name that is worth comparing.
const maxWord = 64

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }

// distance counts the edits (change, add, drop, swap neighbours) between two
// words: the restricted Damerau-Levenshtein distance.
func distance(a, b string) int {
	m, n := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if m > maxWord || n > maxWord || max(m, n)-min(m, n) > maxEdits {
		return maxWord // further than any limit
	}
	x, y := []rune(a), []rune(b)
	var rows [3][maxWord + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range n + 1 {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
