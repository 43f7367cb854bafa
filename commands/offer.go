package commands

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// OfferEffect describes what an offer makes of the text, if the command alone
// does not show it.
type OfferEffect string

// What offers do.
const (
	OfferCorrected       OfferEffect = ""         // the command shows it
	OfferPeople          OfferEffect = "people"   // the doubtful words are people
	OfferReason          OfferEffect = "reason"   // they are the reason
	OfferTypedDuration   OfferEffect = "last"     // the typed length counts
	OfferDefaultDuration OfferEffect = "usual"    // the verb's own length counts, the rest is the reason
	OfferTrimmedID       OfferEffect = "plain"    // the id without what is stuck to it
	OfferLiteralID       OfferEffect = "literal"  // the id exactly as typed
	OfferFromPresentEnd  OfferEffect = "add"      // the length is added to the present end
	OfferFromNow         OfferEffect = "from-now" // the length counts from now
	OfferPreset          OfferEffect = "preset"   // a preset reason is added
	OfferLadder          OfferEffect = "ladder"   // the ladder of the preset reason proposes the length
)

// Offer is a command that may have been meant.
type Offer struct {
	// Command has no slash command; Parse accepts it as it is.
	Command string
	Effect  OfferEffect
	// Action is what it means.
	Action moderation.Action
	// Proposal is why it lasts so long, with OfferLadder.
	Proposal moderation.Proposal
}

// maxOffers is how many commands a question offers.
const maxOffers = 2

// maxFollowed is how often an offer may run into the same mistake again, such as
// a second id with a dash in it, and mend that likewise.
const maxFollowed = 8

// An offer is one reading of a text: the text with edits, and a twist.
type offer struct {
	edits []edit
	twist twist
	does  OfferEffect
	// literal writes the reason in quotation marks.
	literal bool
}

// fail returns the mistake with its offers, the likelier first.
func (p *parser) fail(m *Mistake, offers ...offer) *Mistake {
	m.Verb, m.from = p.act.Verb, p.reader
	for _, o := range offers {
		if o.twist.verb == "" {
			o.twist.verb, o.twist.lasts = p.twist.verb, p.twist.lasts
		}
		if o.twist.d == 0 && !o.twist.perm {
			o.twist.d, o.twist.perm = p.twist.d, p.twist.perm
		}
		m.offers = append(m.offers, o)
	}
	return m
}

// replace offers readings in the place of p.s[from:to].
func (p *parser) replace(from, to int, m *Mistake, readings ...string) *Mistake {
	var offers []offer
	for _, r := range readings {
		offers = append(offers, offer{edits: []edit{{from, to, r}}})
	}
	return p.fail(m, offers...)
}

// verify makes the offers commands: each is read with its edits, written
// canonically, and must be read back as the very same action. Anything else is
// not offered.
func verify(m *Mistake, set *ParseContext) {
	for k := 0; k < len(m.offers) && len(m.Offers) < maxOffers; k++ {
		a, ok := follow(m, k, set)
		if !ok {
			continue
		}
		line, ok := canonical(a, set, m.offers[k].literal, &m.steps)
		if ok && !slices.ContainsFunc(m.Offers, func(o Offer) bool { return o.Command == line }) {
			m.Offers = append(m.Offers, Offer{Command: line, Effect: m.offers[k].does, Action: a})
		}
	}
	m.offers, m.from = nil, nil
}

// follow reads an offer. The same mistake again is mended likewise.
func follow(m *Mistake, k int, set *ParseContext) (moderation.Action, bool) {
	steps := 0
	defer func() { m.steps += steps }()
	at := m
	for range maxFollowed {
		o := at.offers[min(k, len(at.offers)-1)]
		p := parser{set: *set, reader: at.from.edited(o.edits), twist: o.twist}
		next := p.start()
		steps += p.steps
		if next == nil {
			return p.act, true
		}
		if next.Code != at.Code || len(next.offers) == 0 {
			return moderation.Action{}, false
		}
		at = next
	}
	return moderation.Action{}, false
}

// canonical writes an action so that it reads back as the same: by the room's
// name, or where the name does not lead there by kind:id.
func canonical(a moderation.Action, set *ParseContext, literal bool, steps *int) (string, bool) {
	for {
		line := formatted(a, literal)
		p := parser{set: *set}
		m := p.run(line)
		if p.reader != nil {
			*steps += p.steps
		}
		if m == nil && reflect.DeepEqual(a, p.act) {
			return line, true
		}
		if a.Room.Name == "" {
			return "", false
		}
		a.Room.Name = ""
	}
}

// nearestVerbs returns the verbs whose names are closest to what was typed,
// at most two, none if nothing is close.
func nearestVerbs(word string) []moderation.Verb {
	word = strings.TrimFunc(word, func(r rune) bool { return r < utf8.RuneSelf && !isLetter(r) })
	out := slices.Clone(triedVerbs[word])
	for _, v := range namedLike(word) {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out[:min(len(out), maxOffers)]
}

// namedLike are the verbs with a name that is closest to a word.
func namedLike(word string) []moderation.Verb {
	best := limit(word) + 1
	if best == 0 {
		return nil
	}
	var out []moderation.Verb
	for _, spec := range moderation.Verbs() {
		d := maxWord
		for _, name := range append([]string{string(spec.Verb)}, spec.Aliases...) {
			if !opposite(word, name) {
				d = min(d, distance(word, name))
			}
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
	return out[:min(len(out), maxOffers)]
}

// opposite reports a name with the contrary meaning: one of the two begins
// with "un" and the other with nothing similar.
func opposite(word, name string) bool {
	if strings.HasPrefix(name, "un") {
		return word == "" || word[0] != 'u' && word[0] != 'n'
	}
	return strings.HasPrefix(word, "un") && name[0] < utf8.RuneSelf
}

// begunVerbs returns the verbs that begin with word, none if there are too
// many to choose from.
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
	if len(out) > maxOffers {
		return nil
	}
	return out
}

// nearest returns the candidates closest to word, in their order.
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
	return out[:min(len(out), maxOffers)]
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
