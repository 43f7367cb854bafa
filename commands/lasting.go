package commands

import (
	"strings"
	"unicode/utf8"

	"bouncer/moderation"
)

// lasting answers a verb that takes a duration where none stands in its place.
// The default must not run while one was typed elsewhere, so a duration among
// the unquoted words of the reason is asked about; so is a clock time. A verb
// without a default gets a day offered.
func (p *parser) lasting() *Mistake {
	if !p.spec.Takes.Duration || p.timed || p.switched {
		return nil
	}
	if word := p.clock(); word != "" {
		return p.choose(mistake(CodeDurationClock, word, "verb", string(p.spec.Verb)), p.asItStands()...)
	}
	if from, to, state := p.stray(); state != spanNone {
		return p.misplacedDuration(from, to, state)
	}
	if p.mayBeOpen() {
		return nil
	}
	m := mistake(CodeDurationMissing, "", "verb", string(p.spec.Verb))
	if m := p.replace(p.i, p.i, m, " "+FormatDuration(offerDuration)+" "); m != nil {
		return m
	}
	return p.options()
}

// stray finds the first duration among the words of the reason, whatever is
// quoted left out.
func (p *parser) stray() (from, to int, state spanState) {
	for at := p.i; at < len(p.s); {
		r, n := utf8.DecodeRuneInString(p.s[at:])
		if parted(r) {
			at += n
			continue
		}
		if isQuote(r) {
			_, end, ok := quoted(p.s, at)
			if ok {
				at = end
				continue
			}
			if at == p.i {
				break // the open quote is the mistake
			}
		}
		_, end, state := readDuration(p.s, at)
		if state == spanOK || state == spanPerm || state == spanTooLong {
			return at, end, state
		}
		at = itemEnd(p.s, at)
	}
	return 0, 0, spanNone
}

// misplacedDuration offers the readings of a reason with a duration in it: the
// duration in its place; more users before it, whose commas are missing; or a
// reason and nothing else.
func (p *parser) misplacedDuration(from, to int, state spanState) *Mistake {
	piece := strings.TrimRightFunc(p.s[from:to], parted)
	said := piece
	if state == spanTooLong || state == spanPerm && !moderation.Supports(p.spec.Verb, p.act.Room.Kind).Perm {
		said = FormatDuration(moderation.MaxDuration)
	}
	before := strings.TrimRightFunc(p.s[p.i:from], parted)
	cut := strings.LastIndexFunc(before, parted) + 1
	switch fold(before[cut:]) {
	case "for", "by", "to": // "for 10 minutes"
		before = strings.TrimRightFunc(before[:cut], parted)
	}
	after := p.s[to:]
	ids := "" // never made of a Slack person
	edits := []edit{{p.i, len(p.s), said + " " + before + " " + after}}
	if _, mention := p.formAt(p.i, from); !mention {
		ids = p.plainIDs(before)
	}
	if ids != "" {
		edits = append(edits, edit{p.usersEnd, len(p.s), "," + ids + " " + said + " " + after})
	}
	edits = append(edits, p.asItStands()...)
	start := p.i
	m := p.choose(mistake(CodeDurationPlace, piece, "verb", string(p.spec.Verb)), edits...)
	if m == nil && p.i < start { // a comma was put behind the users
		m = p.users(false)
	}
	if m != nil {
		return m
	}
	return p.options()
}

// asItStands quotes the reason, where the verb can do without a duration.
func (p *parser) asItStands() []edit {
	if !p.mayBeOpen() {
		return nil
	}
	return []edit{{p.i, len(p.s), enquote(strings.TrimRightFunc(p.s[p.i:], isBlank))}}
}

// plainIDs gives one or two words as a list of users, "" when they are more,
// or could hardly be users.
func (p *parser) plainIDs(words string) string {
	ids := strings.FieldsFunc(words, parted)
	if !p.takes.Users || len(ids) == 0 || len(ids) > 2 {
		return ""
	}
	for _, id := range ids {
		odd := strings.ContainsFunc(id, func(r rune) bool {
			return !isLetter(r) && (r < '0' || r > '9') && !strings.ContainsRune("_-.@", r)
		})
		if odd || moderation.CheckUserID(id) != nil || strings.HasSuffix(id, ".") {
			return ""
		}
	}
	return strings.Join(ids, ",")
}

// clock gives the clock time that a reason begins with, as in "until 18:00".
func (p *parser) clock() string {
	word := p.s[p.i:wordEnd(p.s, p.i)]
	at := p.i + len(word)
	switch fold(word) {
	case "until", "till", "til", "直到", "到":
		at = skipSpaces(p.s, at)
	default:
		rest, ok := strings.CutPrefix(word, "直到")
		if !ok {
			rest, ok = strings.CutPrefix(word, "到")
		}
		if !ok {
			return ""
		}
		at -= len(rest)
	}
	if at >= len(p.s) || !isDigit(firstRune(p.s[at:])) {
		return ""
	}
	if _, _, state := readDuration(p.s, at); state != spanNone {
		return "" // "until 30m" is a length
	}
	return p.s[p.i:wordEnd(p.s, at)]
}
