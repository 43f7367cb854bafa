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
	if end := wordEnd(p.s, p.i); p.i < end && p.s[p.i] == '/' && strings.EqualFold(p.s[p.i:end], p.set.Command) {
		p.i = end
		p.blanks()
	}
	if p.end() {
		p.act.Verb = moderation.Help
		return nil
	}
	spec, m := p.verb()
	if m != nil {
		return m
	}
	p.spec, p.takes, p.args = spec, spec.Takes, p.i
	p.act.Verb = spec.Verb
	switch {
	case spec.Takes.Number:
		m = p.caseNumber()
	case spec.Takes.Verb:
		m = p.topic()
	case spec.Takes.Room:
		return p.inRoom()
	}
	if m != nil {
		return m
	}
	return p.nothingMore()
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
	if !p.takes.Reason {
		return p.nothingMore()
	}
	if m := p.options(); m != nil {
		return m
	}
	if m := p.reason(); m != nil {
		return m
	}
	return p.finish()
}

// verb reads a verb's name. Suggestions name the nearest verbs; a bare number
// may be a case's.
func (p *parser) verb() (moderation.VerbSpec, *Mistake) {
	for {
		p.blanks()
		from, to := p.i, wordEnd(p.s, p.i)
		p.typed, p.i = p.s[from:to], to
		word := fold(p.typed)
		if spec, ok := verbNamed(word); ok {
			return spec, nil
		}
		var readings []string
		near := ""
		for i, v := range nearestVerbs(word) {
			if readings = append(readings, string(v)); i == 0 {
				near = string(v)
			}
		}
		if n, ok := caseNumber(word); ok {
			readings = append(readings, string(moderation.ShowCase)+" "+strconv.FormatInt(n, 10))
		}
		if m := p.replace(from, to, mistake(CodeVerbUnknown, p.typed, "nearest", near), readings...); m != nil {
			return moderation.VerbSpec{}, m
		}
	}
}

// verbNamed finds a verb by its folded name or alias.
func verbNamed(word string) (moderation.VerbSpec, bool) {
	if spec, ok := moderation.Verb(word).Spec(); ok {
		return spec, true
	}
	for _, spec := range moderation.Verbs() {
		for _, alias := range spec.Aliases {
			if alias == word {
				return spec, true
			}
		}
	}
	return moderation.VerbSpec{}, false
}

// topic reads the verb that help is asked about, if there is one.
func (p *parser) topic() *Mistake {
	if p.blanks(); p.end() {
		return nil
	}
	spec, m := p.verb()
	p.act.Topic = spec.Verb
	return m
}

func (p *parser) caseNumber() *Mistake {
	for {
		p.blanks()
		from, to := p.i, wordEnd(p.s, p.i)
		piece := p.s[from:to]
		n, ok := caseNumber(fold(piece))
		if ok {
			p.act.Number, p.i = n, to
			return nil
		}
		var readings []string
		if bare := strings.Trim(fold(piece), "#.,:;!?()[]\"'"); bare != "" {
			if n, ok := caseNumber(bare); ok {
				readings = []string{strconv.FormatInt(n, 10)}
			}
		}
		if m := p.replace(from, to, mistake(CodeCaseNumber, piece), readings...); m != nil {
			return m
		}
	}
}

// caseNumber reads 12 or #12.
func caseNumber(word string) (int64, bool) {
	word = strings.TrimPrefix(word, "#")
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil && n > 0 && word[0] != '+'
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
// takes is still read, and left out at the end.
func (p *parser) become(v moderation.Verb, lasts time.Duration) {
	spec, _ := v.Spec()
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

// finish fills in what was not said.
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
	return nil
}
