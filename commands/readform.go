package commands

import (
	"slices"
	"strconv"
	"strings"

	"bouncer/moderation"
)

func number(n int) string { return strconv.Itoa(n) }

// FormOf returns the form that describes an action.
func FormOf(a moderation.Action, s ParseContext) FormState {
	f := FormState{Verb: a.Verb, Room: RoomText(a.Room), People: a.Targets, Reason: a.Reason, Override: a.Override, Dry: a.Dry}
	if a.Room.Kind == "" {
		f.Room = ""
	}
	if len(a.Media) == 1 {
		f.Medium = a.Media[0]
	}
	f.Length = LengthText(moderation.Length{Duration: a.Duration, Permanent: a.Permanent})
	if preset, ok := s.Reasons.Preset(a.ReasonCode); ok {
		f.Preset, f.Reason = preset.Code, preset.Detail(a.Reason)
	}
	return f
}

// ReadForm returns the form for a text, also for one with a mistake: what was read of it, with the
// words that were not understood where they may belong, so that none is lost. ok is false for a
// text whose verb is unknown or not one of FormVerbs.
func ReadForm(text string, s ParseContext) (f FormState, ok bool) {
	s.Reasons.Required = nil // a missing reason is asked for when the form is submitted
	a, m := Parse(text, s)
	if m != nil && len(m.Offers) == 1 && reordered[m.Code] {
		a, m = m.Offers[0].Action, nil
	}
	if m == nil {
		if !formVerb(a.Verb) {
			return FormState{}, false
		}
		return FormOf(a, s), true
	}
	s.setDefaults()
	shown, forms := plain(text)
	p := &parser{set: s, reader: &reader{s: shown, forms: forms}}
	if !p.formHead() {
		return FormState{}, false
	}
	f = FormState{Verb: p.act.Verb, Dry: p.act.Dry, Override: p.act.Override}
	p.formRoom(&f)
	from := p.i
	if p.takes.Users {
		if p.users() == nil {
			f.People = p.act.Targets
		} else {
			f.Typed, p.i = p.upTo(from, max(p.i, from))
		}
	}
	before := *p
	if p.options() != nil {
		if p.i <= before.i && !before.end() { // nothing of it was read
			*p = before
		}
	}
	if len(p.act.Media) == 1 {
		f.Medium = p.act.Media[0]
	}
	f.Length = LengthText(moderation.Length{Duration: p.act.Duration, Permanent: p.act.Permanent})
	f.Reason = cleanReason(p.s[min(p.i, len(p.s)):])
	if m.Code == CodeNumberBare || m.Code == CodeDurationUnknown || m.Code == CodeDurationZero || m.Code == CodeDurationTooLong {
		if rest, found := strings.CutPrefix(f.Reason, m.Text); found {
			f.LengthTyped, f.Reason = m.Text, cleanReason(rest)
		}
	}
	if code := s.Reasons.Code(f.Verb, f.Reason); code != "" {
		preset, _ := s.Reasons.Preset(code)
		f.Preset, f.Reason = code, preset.Detail(f.Reason)
	}
	return f, true
}

// reordered are the mistakes whose only offer has the words of the text in another order, or
// another word for the verb.
var reordered = map[Code]bool{CodeVerbUnknown: true, CodeDurationFirst: true, CodeRoomPlace: true}

func formVerb(v moderation.Verb) bool {
	return slices.ContainsFunc(FormVerbs(), func(s moderation.VerbSpec) bool { return s.Verb == v })
}

// formHead reads the verb, and reports whether the form has it.
func (p *parser) formHead() bool {
	p.blanks()
	p.slash()
	spec, m := p.verb()
	if m == nil && spec.Takes.Command {
		spec, m = p.dry(spec)
	}
	if m != nil || !spec.Takes.Room {
		return false
	}
	p.spec, p.takes, p.act.Verb = spec, spec.Takes, spec.Verb
	p.act.Override = p.marked && spec.Verb.Acts()
	return true
}

// formRoom reads the room. A word that is none stays in the field, which is then refused.
func (p *parser) formRoom(f *FormState) {
	from := p.i
	if p.room() == nil {
		f.Room = RoomText(p.act.Room)
		return
	}
	p.act.Room, p.i = moderation.Room{}, from
	from = skipParted(p.s, from)
	p.i = p.itemEnd(from)
	f.Room = p.s[from:p.i]
}

// upTo returns the text from an offset to the end of the word at another, and the offset behind it.
func (p *parser) upTo(from, at int) (string, int) {
	to := p.wordEnd(skipSpaces(p.s, at))
	return strings.TrimFunc(p.s[from:to], isBlank), to
}
