package commands

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bouncer/moderation"
)

// Parse reads the text behind the slash command. It returns the action, with the
// verb's default duration filled in, or the first mistake with its offers. Text
// is as Slack sends it with should_escape on.
func Parse(text string, s ParseContext) (moderation.Action, *Mistake) {
	a, _, m := read(text, s)
	return a, m
}

// Ambiguous returns the word of an accepted text that may be another person,
// and the question to ask if that UserID is known; "" if there is no such
// word.
func Ambiguous(text string, s ParseContext) (word string, question *Mistake) {
	_, p, m := read(text, s)
	if m != nil || p.doubt == nil {
		return "", nil
	}
	m = p.doubt
	verify(m, &p.set)
	return p.doubtful, m
}

// UnknownPerson returns the person of an accepted text who may be the reason,
// as in "troll7, spam", and the question to ask unless that UserID is known;
// "" if there is none.
func UnknownPerson(text string, s ParseContext) (word string, question *Mistake) {
	_, p, m := read(text, s)
	if m != nil || p.reasonQuestion == nil {
		return "", nil
	}
	m = p.reasonQuestion
	verify(m, &p.set)
	return p.possibleReason, m
}

// read is Parse with the parser, for what else it found.
func read(text string, s ParseContext) (moderation.Action, *parser, *Mistake) {
	s.setDefaults()
	p := &parser{set: s, reader: &reader{}}
	m := p.run(text)
	if m != nil {
		verify(m, &p.set)
		p.steps += m.steps
		return moderation.Action{}, p, m
	}
	return p.act, p, nil
}

// run parses a raw text. It reads each piece a bounded number of times.
func (p *parser) run(text string) *Mistake {
	if !utf8.ValidString(text) {
		return mistake(CodeTextNotUTF8, strings.ToValidUTF8(text, "\uFFFD"))
	}
	if len(text) > p.set.MaxText {
		if n := utf8.RuneCountInString(text); n > p.set.MaxText {
			return mistake(CodeTextTooLong, "", "most", strconv.Itoa(p.set.MaxText), "got", strconv.Itoa(n))
		}
	}
	s, forms := plain(text)
	p.reader = &reader{s: s, forms: forms, steps: len(text)}
	return p.start()
}

// start reads the whole text once.
func (p *parser) start() *Mistake {
	m := p.command()
	if m != nil {
		m.Verb = p.act.Verb
		if m.from == nil {
			m.from = p.reader
		}
	}
	return m
}

// parser is one pass over one text.
type parser struct {
	*reader
	set ParseContext
	i   int // byte offset of the next character

	act   moderation.Action
	spec  moderation.VerbSpec
	takes moderation.Takes // what may follow the room
	typed string           // the verb as typed
	args  int              // offset behind the verb

	verbFrom, verbTo int  // offsets of the verb
	marked           bool // it has the mark for an override

	implied   bool              // the room is the channel's
	rooms     []moderation.Room // what was typed, each once, with their names
	seenRooms map[string]bool   // their keys
	roomsFrom int               // offset of the first
	roomsEnd  int               // offset behind the last
	roomFrom  int               // offset of the last piece, which names lastRoom
	lastRoom  moderation.Room
	byName    bool   // that piece is a name of the policy
	firstName string // the first piece, where it is such a name
	listing   bool   // only rooms are read: no user can follow them
	usersEnd  int    // offset behind the last user
	timed     bool   // a duration was read
	here      bool   // and it is in its position
	mediaSaid bool

	// twist is what an offer assumes.
	twist twist

	// doubt is the question about doubtful, the first word of a reason.
	doubt    *Mistake
	doubtful string
	// reasonQuestion is the question about possibleReason, a person who may
	// be the reason.
	reasonQuestion *Mistake
	possibleReason string
	strangeFrom    int // offset of the comma before
}

// A twist is how an offer departs from the text: another verb in the typed one's
// place, lasting this long where nothing was typed; a length that was read
// already.
type twist struct {
	verb  moderation.Verb
	lasts time.Duration
	d     time.Duration
	perm  bool
}

func (p *parser) end() bool { return p.i >= len(p.s) }

// blanks skips blanks.
func (p *parser) blanks() {
	for p.i < len(p.s) {
		r, n := rune(p.s[p.i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(p.s[p.i:])
		}
		if !isBlank(r) {
			break
		}
		p.i += n
		p.steps++
	}
}

func (p *parser) command() *Mistake {
	p.blanks()
	p.slash()
	if p.end() {
		p.act.Verb = moderation.Help
		return nil
	}
	spec, m := p.verb()
	if m != nil {
		return m
	}
	if spec.Takes.Command {
		if spec, m = p.dry(spec); m != nil {
			return m
		}
	}
	p.spec, p.takes, p.args = spec, spec.Takes, p.i
	p.act.Verb = spec.Verb
	if m := p.checkMark(); m != nil {
		return m
	}
	p.switchVerb()
	return p.arguments()
}

// switchVerb replaces the typed verb by the twist's verb. Options that only
// the typed verb has are still read, and left out at the end. An override of
// the typed verb does not apply to another one.
func (p *parser) switchVerb() {
	if d := p.twist; d.d > 0 || d.perm {
		p.act.Duration, p.act.Permanent, p.timed = d.d, d.perm, true
	}
	if p.twist.verb == "" {
		return
	}
	spec, _ := p.twist.verb.Spec()
	p.act.Override = false
	p.takes.Duration = p.takes.Duration || spec.Takes.Duration
	p.takes.Users = p.takes.Users || spec.Takes.Users
	p.takes.Media = p.takes.Media || spec.Takes.Media
	p.spec, p.act.Verb = spec, p.twist.verb
	if p.twist.lasts == 0 {
		p.twist.lasts = spec.Default
	}
	if p.twist.lasts == 0 {
		p.twist.lasts = offerDuration
	}
}

// offerDuration is the length of an offered ban without a typed one.
const offerDuration = 24 * time.Hour

// slash skips a slash command that was typed or pasted again.
func (p *parser) slash() {
	if end := p.wordEnd(p.i); p.i < end && p.s[p.i] == '/' && strings.EqualFold(p.s[p.i:end], p.set.Command) {
		p.i = end
		p.blanks()
	}
}

// arguments reads what follows the verb.
func (p *parser) arguments() *Mistake {
	var m *Mistake
	switch t := p.takes; {
	case t.Room:
		return p.inRoom()
	case t.Number:
		if m = p.caseNumber(); m == nil && t.TargetsOptional {
			m = p.someUsers()
		}
	case t.Person:
		m = p.person()
	case t.OneTarget:
		m = p.oneUser()
	case t.RoomOrUser:
		m = p.place()
	case t.Search:
		return p.find()
	case t.Statistics:
		return p.statistics()
	case t.Verb:
		m = p.topic()
	}
	if m != nil {
		return m
	}
	return p.tail()
}

// inRoom reads what follows a verb that acts in a room.
func (p *parser) inRoom() *Mistake {
	if m := p.room(); m != nil {
		return m
	}
	if m := p.supported(); m != nil {
		return m
	}
	p.usersEnd = p.i
	if p.takes.Users {
		if m := p.users(); m != nil {
			return m
		}
		if m := p.checkPairs(); m != nil {
			return m
		}
	}
	return p.tail()
}

// tail reads what comes last: media, duration and reason. For a verb with a
// required text, all of it is that text.
func (p *parser) tail() *Mistake {
	if !p.takes.Reason {
		return p.nothingMore()
	}
	if !p.takes.ReasonRequired {
		if m := p.options(); m != nil {
			return m
		}
	}
	if m := p.reason(); m != nil {
		return m
	}
	return p.finish()
}

// nothingMore makes sure that the command ends here.
func (p *parser) nothingMore() *Mistake {
	end := p.i
	if p.blanks(); p.end() {
		return nil
	}
	m := mistake(CodeTooMuch, p.s[p.i:], "verb", string(p.spec.Verb))
	return p.fail(m, offer{edits: []edit{{end, len(p.s), ""}}})
}

// mayBeOpen reports whether the verb can do without a typed duration.
func (p *parser) mayBeOpen() bool { return p.spec.Default > 0 || p.spec.Takes.PermanentByDefault }

// finish sets defaults and checks the reason.
func (p *parser) finish() *Mistake {
	if !p.spec.Takes.Media {
		p.act.Media = nil
	}
	switch {
	case !p.spec.Takes.Duration:
		p.act.Duration, p.act.Permanent = 0, false
	case p.act.Permanent && p.twist.verb != "" && !p.mayBePermanent():
		p.act.Permanent, p.act.Duration = false, moderation.MaxDuration
	case p.act.Duration == 0 && !p.act.Permanent && p.twist.verb != "":
		p.act.Duration = p.twist.lasts
	case p.act.Duration == 0 && !p.act.Permanent && p.spec.Takes.PermanentByDefault:
		p.act.Permanent = true
	case p.act.Duration == 0 && !p.act.Permanent:
		p.act.Duration = p.spec.Default
	}
	if n := utf8.RuneCountInString(p.act.Reason); n > MaxReason {
		return mistake(CodeReasonTooLong, p.act.Reason, "most", strconv.Itoa(MaxReason), "got", strconv.Itoa(n))
	}
	return p.requireReason()
}
