package commands

import (
	"slices"
	"strings"

	"bouncer/moderation"
)

// FormState is what a person entered into the form that builds a command. An empty field was left
// empty. Fields that the verb does not take are ignored: the form does not show them.
type FormState struct {
	Verb moderation.Verb
	// Rooms are kind:id, the names of rooms or of groups, or lists of them with commas.
	Rooms []string
	// People are the UserIDs that were chosen; Typed is a list that was typed or pasted besides.
	People []string
	Typed  string
	// FromFile says that the people are in a file, which is read later. Action has none then.
	FromFile bool
	// Medium narrows a mute; empty means audio and video.
	Medium moderation.Medium
	// Length is the chosen duration and LengthTyped the typed one, which wins.
	Length, LengthTyped string
	// Preset is the code of a preset reason, Reason a typed text.
	Preset, Reason string
	// Override asks to run without approval, Dry for a preview only.
	Override, Dry bool
}

// FormField is a field of the form.
type FormField string

// The fields.
const (
	FieldVerb   FormField = "verb"
	FieldRoom   FormField = "room"
	FieldPeople FormField = "people"
	FieldTyped  FormField = "typed"
	FieldFile   FormField = "file"
	FieldMedia  FormField = "media"
	FieldLength FormField = "lasts"
	FieldOther  FormField = "length"
	FieldPreset FormField = "preset"
	FieldReason FormField = "reason"
	FieldFlags  FormField = "flags"
)

// FormVerbs returns the verbs that the form offers: those about rooms.
func FormVerbs() []moderation.VerbSpec {
	return slices.DeleteFunc(moderation.Verbs(), func(s moderation.VerbSpec) bool { return !s.Takes.Room })
}

// RoomText returns a room as the form and a command write it: by its name where it has one that
// can be typed.
func RoomText(r moderation.Room) string { return writeNamed(r) }

// RoomsText returns rooms as one command writes them.
func RoomsText(rooms []moderation.Room) string {
	if len(rooms) == 1 {
		return writeNamed(rooms[0])
	}
	return writeRooms(rooms)
}

// ParseRoom returns the one room that a text of Slack's is: kind:id or a name of the policy.
func ParseRoom(text string, s ParseContext) (moderation.Room, *Mistake) {
	shown, forms := plain(text)
	rooms, m := roomsOf(&reader{s: shown, forms: forms}, s, moderation.VerbSpec{})
	if m != nil {
		return moderation.Room{}, m
	}
	return rooms[0], nil
}

// ParseRooms returns the rooms that a text of Slack's is: kind:id, the name of a room or of a group,
// or a list of them with commas. Several have no names.
func ParseRooms(text string, s ParseContext) ([]moderation.Room, *Mistake) {
	shown, forms := plain(text)
	return roomsOf(&reader{s: shown, forms: forms}, s, roomList)
}

// plainRooms is ParseRooms of a text without Slack's escaping.
func plainRooms(text string, s ParseContext) ([]moderation.Room, *Mistake) {
	return roomsOf(&reader{s: text}, s, roomList)
}

// roomList is what a list of rooms is read for: no people follow it.
var roomList = moderation.VerbSpec{Effect: moderation.EffectEvent, Takes: moderation.Takes{Room: true}}

// roomsOf returns the rooms of a text that has nothing else; at least one without a mistake.
func roomsOf(text *reader, s ParseContext, spec moderation.VerbSpec) ([]moderation.Room, *Mistake) {
	s.setDefaults()
	s.ChannelRoom = nil
	p := &parser{set: s, reader: text, spec: spec, listing: true}
	m := p.room()
	if m == nil {
		m = p.nothingMore()
	}
	if m != nil {
		return nil, withoutOffers(m)
	}
	return p.act.Rooms(), nil
}

// withoutOffers is a mistake without its offers, which are of another text than the person typed.
func withoutOffers(m *Mistake) *Mistake {
	if m != nil {
		m.offers, m.Offers, m.from = nil, nil, nil
	}
	return m
}

// Action returns the action that the form describes, with the verb's default duration filled in, as
// Parse does for FormText of it; or the first mistake of each field.
func (f FormState) Action(s ParseContext) (moderation.Action, map[FormField]*Mistake) {
	s.setDefaults()
	wrong := map[FormField]*Mistake{}
	spec, ok := f.Verb.Spec()
	if !ok || !spec.Takes.Room {
		return moderation.Action{}, map[FormField]*Mistake{FieldVerb: mistake(CodeVerbUnknown, string(f.Verb))}
	}
	p := &parser{set: s, reader: &reader{}, spec: spec, takes: spec.Takes, typed: string(spec.Verb)}
	p.act.Verb, p.act.Dry, p.act.Override = spec.Verb, f.Dry && spec.Verb.Acts(), f.Override && spec.Verb.Acts()
	note := func(field FormField, m *Mistake) {
		if m != nil && wrong[field] == nil {
			m.Verb = spec.Verb
			wrong[field] = withoutOffers(m)
		}
	}
	note(FieldRoom, p.formRooms(f))
	switch {
	case spec.Takes.Users && f.FromFile && (len(f.People) > 0 || strings.TrimFunc(f.Typed, isBlank) != ""):
		note(FieldFile, mistake(CodeFileOrPeople, ""))
	case spec.Takes.Users && !f.FromFile:
		note(p.formPeople(f))
	}
	if spec.Takes.Media && f.Medium != "" {
		p.act.Media = []moderation.Medium{f.Medium}
	}
	if spec.Takes.Duration {
		note(p.formLength(f, wrong[FieldRoom] == nil))
	}
	if spec.Takes.Reason {
		p.act.Reason = cleanReason(f.Reason)
		if f.Preset != "" {
			p.act.Reason = strings.TrimSuffix(f.Preset+": "+p.act.Reason, ": ")
		}
	}
	if wrong[FieldRoom] == nil {
		note(FieldRoom, p.checkPairs())
	}
	note(FieldReason, p.finish())
	if len(wrong) > 0 {
		return moderation.Action{}, wrong
	}
	if f.FromFile && spec.Takes.Users {
		return p.act, nil
	}
	if _, ok := p.formText(); !ok { // such as a list that is too long for a command
		return moderation.Action{}, map[FormField]*Mistake{FieldTyped: mistake(CodeTextTooLong, "", "most", number(s.MaxText), "got", number(len([]rune(Format(p.act)))))}
	}
	return p.act, nil
}

// formRooms reads the chosen rooms, each once.
func (p *parser) formRooms(f FormState) *Mistake {
	for _, text := range f.Rooms {
		if strings.TrimFunc(text, isBlank) == "" {
			continue
		}
		rooms, m := plainRooms(text, p.set)
		if m != nil {
			return m
		}
		p.roomRead(0, 0, rooms...)
	}
	p.setRooms()
	switch n := len(p.rooms); {
	case n == 0:
		return mistake(CodeRoomMissing, "", "verb", string(p.spec.Verb))
	case n > 1 && !p.severalRooms():
		return mistake(CodeRoomsOne, RoomsText(p.rooms), "verb", string(p.spec.Verb))
	case n > moderation.MaxRooms:
		return tooManyRooms(n)
	}
	return p.supported()
}

// formText writes the action so that Parse reads the same one.
func (p *parser) formText() (string, bool) {
	steps := 0
	return canonical(p.act, &p.set, false, &steps)
}

// FormText returns an action of a form as the command that would be typed for it; "" where none
// can be.
func FormText(a moderation.Action, s ParseContext) string {
	s.setDefaults()
	text, _ := (&parser{set: s, act: a}).formText()
	return text
}

// formPeople reads the chosen people, then the typed ones.
func (p *parser) formPeople(f FormState) (FormField, *Mistake) {
	for _, id := range f.People {
		if m := p.checkUser(0, 0, id, true); m != nil {
			return FieldPeople, m
		}
		if !slices.Contains(p.act.Targets, id) {
			p.act.Targets = append(p.act.Targets, id)
		}
	}
	if strings.TrimFunc(f.Typed, isBlank) != "" {
		typed, m := userList(f.Typed, p.set, p.spec)
		if m != nil {
			return FieldTyped, m
		}
		for _, id := range typed {
			if !slices.Contains(p.act.Targets, id) {
				p.act.Targets = append(p.act.Targets, id)
			}
		}
	}
	switch n := len(p.act.Targets); {
	case n == 0:
		return FieldTyped, mistake(CodeUsersMissing, "", "verb", string(p.spec.Verb))
	case n > p.set.MaxTargets:
		return FieldTyped, mistake(CodeUsersTooMany, "", "most", number(p.set.MaxTargets), "got", number(n))
	}
	return FieldTyped, nil
}

// formLength reads the duration. roomKnown says that the rooms can tell whether it may be permanent.
func (p *parser) formLength(f FormState, roomKnown bool) (FormField, *Mistake) {
	words, field := strings.TrimFunc(f.LengthTyped, isBlank), FieldOther
	if words == "" && f.Length != "" {
		words, field = f.Length, FieldLength
	}
	if words == "" {
		if p.mayBeOpen() {
			return field, nil
		}
		return field, mistake(CodeDurationMissing, "", "verb", string(p.spec.Verb))
	}
	d, perm, m := ParseDuration(words)
	if m == nil && perm && roomKnown && !p.mayBePermanent() {
		m = p.noPerm(words)
	}
	p.act.Duration, p.act.Permanent = d, perm
	return field, m
}

// LengthText returns a length as it is typed; "" for none.
func LengthText(l moderation.Length) string {
	switch {
	case l.Permanent:
		return "perm"
	case l.Duration > 0:
		return FormatDuration(l.Duration)
	}
	return ""
}

// UserList returns UserIDs as a list that is typed.
func UserList(ids []string) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = writeUser(id)
	}
	return strings.Join(words, ",")
}

// userList reads people that were typed as a list.
func userList(text string, s ParseContext, spec moderation.VerbSpec) ([]string, *Mistake) {
	shown, forms := plain(text)
	p := &parser{set: s, reader: &reader{s: shown, forms: forms}, spec: spec, takes: moderation.Takes{Users: true}}
	m := p.users()
	if m == nil {
		m = p.nothingMore()
	}
	return p.act.Targets, m
}

// TypedPeople returns the people that a text lists; none if it is anything else.
func TypedPeople(text string, s ParseContext) []string {
	s.setDefaults()
	ids, m := userList(text, s, moderation.VerbSpec{})
	if m != nil {
		return nil
	}
	return ids
}
