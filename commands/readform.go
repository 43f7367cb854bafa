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
	f := FormState{Verb: a.Verb, People: a.Targets, Reason: a.Reason, Override: a.Override, Dry: a.Dry}
	f.Rooms = roomTexts(a, s)
	if len(a.Media) == 1 {
		f.Medium = a.Media[0]
	}
	f.Length = LengthText(moderation.Length{Duration: a.Duration, Permanent: a.Permanent})
	if preset, ok := s.Reasons.Preset(a.ReasonCode); ok {
		f.Preset, f.Reason = preset.Code, preset.Detail(a.Reason)
	}
	return f
}

// roomTexts returns the rooms of an action as the form writes them, several by their names too.
func roomTexts(a moderation.Action, s ParseContext) (out []string) {
	for _, r := range a.Rooms() {
		if len(a.MoreRooms) > 0 {
			r = named(r, s)
		}
		out = append(out, RoomText(r))
	}
	return out
}

// named returns a room with the policy's first name of it, if it has one.
func named(r moderation.Room, s ParseContext) moderation.Room {
	for name, other := range s.Rooms {
		if other.Kind == r.Kind && other.ID == r.ID && (r.Name == "" || name < r.Name) {
			r.Name = name
		}
	}
	return r
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

// formRoom reads the rooms. A word that is none stays in the field, which is then refused.
func (p *parser) formRoom(f *FormState) {
	from := p.i
	if p.room() == nil {
		f.Rooms = roomTexts(p.act, p.set)
		return
	}
	p.act.Room, p.act.MoreRooms, p.i = moderation.Room{}, nil, from
	for at := skipParted(p.s, from); at < len(p.s); at = skipParted(p.s, p.i) {
		if room, _, _ := p.roomAt(at); room == "" && len(f.Rooms) > 0 || len(f.Rooms) > 0 && !strings.ContainsFunc(p.s[p.i:at], isComma) {
			return
		}
		p.i = p.formRoomEnd(at)
		f.Rooms = append(f.Rooms, p.s[at:p.i])
	}
}

// formRoomEnd returns the offset behind the piece of a room at p.s[i].
func (p *parser) formRoomEnd(i int) int {
	end := p.itemEnd(i)
	if at := strings.IndexFunc(p.s[i:end], isQuote); at >= 0 {
		if _, to, ok := p.quotedAt(i + at); ok {
			return to
		}
	}
	return end
}

// upTo returns the text from an offset to the end of the word at another, and the offset behind it.
func (p *parser) upTo(from, at int) (string, int) {
	to := p.wordEnd(skipSpaces(p.s, at))
	return strings.TrimFunc(p.s[from:to], isBlank), to
}
