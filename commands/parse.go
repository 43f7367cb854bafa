package commands

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bouncer/moderation"
)

// Bounds of a command where the Setting names none, and of a reason.
const (
	DefaultMaxText    = 8000 // characters
	DefaultMaxTargets = 1000 // users
	MaxReason         = 1000 // characters: what a card can show
)

// defaultCommand is the slash command where the Setting names none.
const defaultCommand = "/mod"

// Setting is what the parser may know: nothing else.
type Setting struct {
	// Command is the slash command; empty means /mod. A command pasted with it
	// is read as if it were not there.
	Command string
	// Rooms are the policy's rooms by name, each with its Name filled; nil
	// means none.
	Rooms map[string]moderation.Room
	// ChannelRoom is the room that the policy gives this channel; nil for none.
	ChannelRoom *moderation.Room
	// MaxText is the longest text, in characters; 0 means 8000.
	MaxText int
	// MaxTargets is how many users one command may name; 0 means 1000.
	MaxTargets int
}

// fill puts the defaults in the place of zeros.
func (s *Setting) fill() {
	if s.Command == "" {
		s.Command = defaultCommand
	}
	if s.MaxText == 0 {
		s.MaxText = DefaultMaxText
	}
	if s.MaxTargets == 0 {
		s.MaxTargets = DefaultMaxTargets
	}
}

// Parse reads the text behind the slash command. It gives the action, with the
// verb's default duration filled in, or the first mistake with its suggested
// corrections. Text is as Slack sends it with should_escape on.
func Parse(text string, s Setting) (moderation.Action, *Mistake) {
	s.fill()
	a, m := run(text, &s, 0, "")
	if m != nil {
		m.Suggest = suggest(text, &s, m)
		return moderation.Action{}, m
	}
	return a, nil
}

// parser is one pass over one text.
type parser struct {
	set   *Setting
	s     string // plain text, Slack's escaping undone
	i     int    // byte offset of what comes next
	forms []form // Slack's mentions and links in s

	act   moderation.Action
	spec  moderation.VerbSpec
	takes moderation.Takes // what may follow the room
	typed string           // the verb as typed
	args  int              // offset behind the verb

	verbFrom, verbTo int  // offsets of the verb
	marked           bool // it is marked to run alone

	implied   bool // the room is the channel's
	usersEnd  int  // offset behind the last user
	timed     bool // a duration was read
	mediaSaid bool

	// A pass that mends (pass > 0) corrects the mistake about, mends times.
	pass  int
	about Code
	mends int
	// switched says that another verb took the typed one's place; fallback is
	// how long it lasts when nothing usable was typed.
	switched bool
	fallback time.Duration
}

func run(text string, set *Setting, pass int, about Code) (moderation.Action, *Mistake) {
	if !utf8.ValidString(text) {
		return moderation.Action{}, mistake(CodeTextBroken, strings.ToValidUTF8(text, "\uFFFD"))
	}
	if len(text) > set.MaxText {
		if n := utf8.RuneCountInString(text); n > set.MaxText {
			return moderation.Action{}, mistake(CodeTextTooLong, "", "most", strconv.Itoa(set.MaxText), "got", strconv.Itoa(n))
		}
	}
	p := parser{set: set, pass: pass, about: about}
	p.s, p.forms = plain(text)
	if m := p.command(); m != nil {
		m.Verb = p.act.Verb
		return moderation.Action{}, m
	}
	return p.act, nil
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
	if m := p.alone(); m != nil {
		return m
	}
	return p.arguments()
}

// slash skips the slash command where somebody typed or pasted it again.
func (p *parser) slash() {
	if end := wordEnd(p.s, p.i); p.i < end && p.s[p.i] == '/' && strings.EqualFold(p.s[p.i:end], p.set.Command) {
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
		if m = p.caseNumber(); m == nil && t.Some {
			m = p.someUsers()
		}
	case t.Person:
		m = p.person()
	case t.One:
		m = p.oneUser()
	case t.Place:
		m = p.place()
	case t.Find:
		return p.find()
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
		if m := p.users(true); m != nil {
			return m
		}
	}
	return p.tail()
}

// tail reads what stands last: media, duration and reason. Where the verb must
// have a text and nothing else, all of it is that text.
func (p *parser) tail() *Mistake {
	if !p.takes.Reason {
		return p.nothingMore()
	}
	if !p.takes.Must {
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
	return p.replace(end, len(p.s), mistake(CodeTooMuch, p.s[p.i:], "verb", string(p.spec.Verb)), "")
}

// supported makes sure that this kind of room has the verb.
func (p *parser) supported() *Mistake {
	kind := p.act.Room.Kind
	sup := moderation.Supports(p.spec.Verb, kind)
	if sup.OK {
		return nil
	}
	n := 0
	if sup.Instead != "" {
		n = 1
	}
	_, m := p.fault(n, mistake(Code(sup.Why), p.typed, "verb", string(p.spec.Verb), "room", p.act.Room.String(),
		"kind", string(kind), "instead", string(sup.Instead)))
	if m != nil {
		return m
	}
	p.become(sup.Instead, sup.InsteadFor)
	return nil
}

// become puts another verb in the typed one's place. What only the typed one
// takes is still read, and left out at the end. That the typed one was to run
// alone says nothing about another.
func (p *parser) become(v moderation.Verb, lasts time.Duration) {
	spec, _ := v.Spec()
	p.act.Alone = false
	p.takes.Duration = p.takes.Duration || spec.Takes.Duration
	p.takes.Users = p.takes.Users || spec.Takes.Users
	p.spec, p.act.Verb, p.switched = spec, v, true
	if p.fallback = lasts; lasts == 0 {
		p.fallback = spec.Default
	}
	if p.fallback == 0 {
		p.fallback = offerDuration
	}
}

// offerDuration is what a suggested ban lasts when nothing was said.
const offerDuration = 24 * time.Hour

// mayBeOpen reports whether the verb can do without a typed duration.
func (p *parser) mayBeOpen() bool { return p.spec.Default > 0 || p.spec.Takes.Open }

// finish fills in what was not said, and makes sure of the reason.
func (p *parser) finish() *Mistake {
	if !p.spec.Takes.Media {
		p.act.Media = nil
	}
	if p.act.Perm && p.switched && !moderation.Supports(p.spec.Verb, p.act.Room.Kind).Perm {
		p.act.Perm = false
	}
	switch {
	case !p.spec.Takes.Duration:
		p.act.Duration, p.act.Perm = 0, false
	case p.act.Duration == 0 && !p.act.Perm && p.switched:
		p.act.Duration = p.fallback
	case p.act.Duration == 0 && !p.act.Perm:
		p.act.Duration = p.spec.Default
	}
	if n := utf8.RuneCountInString(p.act.Reason); n > MaxReason {
		return mistake(CodeReasonTooLong, p.act.Reason, "most", strconv.Itoa(MaxReason), "got", strconv.Itoa(n))
	}
	return p.reasoned()
}
