package say

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// verb names a verb.
func (s *speech) verb(v moderation.Verb) phrase {
	return s.word("verb.", string(v), 20)
}

// word is the domain's word in this language; itself where another version
// wrote it.
func (s *speech) word(group, word string, most int) phrase {
	if s.has(group + word) {
		return s.say(group+word, nil)
	}
	return supplied(word, most)
}

// room shows a room by its name and full id.
func (s *speech) room(r moderation.Room) phrase {
	full := own(string(r.Kind) + ":")
	if !r.Kind.Valid() {
		full = cat(supplied(string(r.Kind), 20), own(":"))
	}
	full = atomise(full, r.ID)
	if r.Name == "" {
		return full
	}
	return cat(supplied(personName(r.Name), 60), own(" ("), full, own(")"))
}

// bare is a room by its full id alone.
func (s *speech) bare(r moderation.Room) phrase {
	return s.room(moderation.Room{Kind: r.Kind, ID: r.ID})
}

// atomise keeps kind:id one atom, so that fallback text puts it into one code
// span.
func atomise(kind phrase, roomID string) phrase {
	return phrase{{kind: userText, text: kind.plain() + id(roomID).text()}}
}

// text is the text of a phrase without isolates: it becomes part of
// another user-supplied atom.
func (p phrase) text() string {
	var b strings.Builder
	for _, a := range p {
		b.WriteString(a.text)
	}
	return b.String()
}

// people counts.
func (s *speech) people(n int) phrase { return s.say("unit.people", vals{"n": n}) }

// targets names up to most people, then counts them. An action about the whole
// room has none.
func (s *speech) targets(ids []string, most int) phrase {
	if len(ids) == 0 || (len(ids) == 1 && ids[0] == "") {
		return nil
	}
	if len(ids) > most {
		return s.people(len(ids))
	}
	return s.ids(ids)
}

func (s *speech) ids(ids []string) phrase {
	parts := make([]phrase, len(ids))
	for i, x := range ids {
		parts[i] = id(x)
	}
	return s.list(parts...)
}

// some names the first few and counts the rest.
func (s *speech) some(ids []string, most int) phrase {
	if len(ids) == 1 && ids[0] == "" {
		return s.say("thread.room", nil)
	}
	if len(ids) <= most {
		return s.ids(ids)
	}
	return s.say("card.more", vals{"list": s.ids(ids[:most]), "n": len(ids) - most})
}

// first returns the first few of a list of n, and counts the rest.
func (s *speech) first(parts []phrase, n int) phrase {
	if len(parts) >= n {
		return s.list(parts...)
	}
	return s.say("card.more", vals{"list": s.list(parts...), "n": n - len(parts)})
}

// span is how long an action lasts; empty when it has no duration.
func (s *speech) span(a moderation.Action) phrase {
	switch {
	case a.Permanent:
		return s.say("unit.perm", nil)
	case a.Duration > 0:
		return own(s.length(a.Duration))
	}
	return nil
}

// media names what a mute is narrowed to.
func (s *speech) media(a moderation.Action) phrase {
	if len(a.Media) == 0 {
		return nil
	}
	parts := make([]phrase, len(a.Media))
	for i, m := range a.Media {
		parts[i] = s.say("medium."+string(m), nil)
	}
	return s.list(parts...)
}

// act sums up an action in one line: verb, rooms, targets, media, duration. It names one room more
// than people, up to titleRooms.
func (s *speech) act(a moderation.Action, most int) phrase {
	var where, number phrase
	if a.Room.ID != "" || a.Room.Kind != "" {
		where = s.rooms(a, min(most+1, titleRooms))
	}
	if a.Number > 0 {
		number = hashed(a.Number)
	}
	return fields(s.verb(a.Verb), number, where, s.targets(a.Targets, most), s.media(a), s.span(a))
}

// summary is an action in one line as act is, with when it ends or ended.
func (s *speech) summary(v moderation.CaseView) phrase {
	a := v.Case.Action
	return fields(s.verb(a.Verb), s.rooms(a, titleRooms), s.targets(a.Targets, titleTargets), s.media(a), s.lasts(v), s.relation(a))
}

// person shows an actor: the name before the id, unlinked.
func (s *speech) person(a moderation.Actor) phrase { return s.personIn(a, 60) }

// personIn is a person with a name of at most some weight; the id stays whole.
func (s *speech) personIn(a moderation.Actor, most int) phrase {
	if a.Kind == moderation.ActorSystem || a.Kind == moderation.ActorCommand {
		return s.say("actor."+string(a.Kind), nil)
	}
	who := supplied(a.User, 40)
	if a.Name == "" {
		return who
	}
	return cat(supplied(personName(a.Name), most), own(" ("), who, own(")"))
}

// ends says until when something holds by one of two rows: none where it has no
// end, else key, which has a place for {at}. Without a row it says nothing.
func (s *speech) ends(t time.Time, key, none string) phrase {
	switch {
	case !t.IsZero():
		return s.say(key, vals{"at": moment(t)})
	case none == "":
		return nil
	}
	return s.say(none, nil)
}

// capped is a line for each of n things, or for the first of them and one that
// counts the rest.
func (s *speech) capped(n, most int, more string, row func(i int) phrase) []phrase {
	lines := make([]phrase, 0, min(n, most)+1)
	for i := range min(n, most) {
		lines = append(lines, row(i))
	}
	if n > most {
		lines = append(lines, s.say(more, vals{"n": n - most}))
	}
	return lines
}

// few is a list of the first of some things, and how many more there are.
func (s *speech) few(n, most int, one func(i int) phrase) phrase {
	parts := make([]phrase, 0, min(n, most)+1)
	for i := range min(n, most) {
		parts = append(parts, one(i))
	}
	if n > most {
		parts = append(parts, own("+"+number(int64(n-most))))
	}
	return s.list(parts...)
}

// counts lists outcomes with their numbers, ended ones first, in a fixed order. In several rooms they
// are of people in rooms; bare leaves the numbers out.
func (s *speech) counts(a moderation.Action, c map[moderation.Outcome]int, bare bool) phrase {
	key := "card.count"
	if several(a) {
		key = "card.count.rooms"
	}
	order := []moderation.Outcome{moderation.Accepted, moderation.Failed, moderation.Unknown, moderation.Superseded, moderation.Dropped, moderation.Pending}
	var parts []phrase
	for _, o := range order {
		if c[o] == 0 {
			continue
		}
		word := s.say("outcome."+string(o), nil)
		if bare {
			parts = append(parts, word)
			continue
		}
		parts = append(parts, s.say(key, vals{"outcome": word, "n": c[o]}))
	}
	return fields(parts...)
}

// trace is the vendor's code and request id in brackets, or nothing.
func (s *speech) trace(v map[string]string) phrase {
	inner := s.clauses(supplied(v["code"], 80), supplied(v["request"], 80))
	return s.brackets(inner)
}

// why is the sentence for a code and its values. verb and room are what the
// question was about, for values that the code did not bring.
func (s *speech) why(code string, values map[string]string, a *moderation.Action) phrase {
	return s.whyIn("code", code, values, a)
}

// whyIn is why with the sentence of another group than "code".
func (s *speech) whyIn(group, code string, values map[string]string, a *moderation.Action) phrase {
	if in := values["in"]; in != "" { // of several rooms
		values = maps.Clone(values)
		delete(values, "in")
		return s.say("why.in", vals{"room": roomKey(in), "why": s.whyIn(group, code, values, a)})
	}
	v := vals{}
	for name, x := range values {
		v[name] = supplied(x, 200)
	}
	if verb := moderation.Verb(values["verb"]); verb != "" {
		v["verb"] = s.verb(verb)
	} else if a != nil && a.Verb != "" {
		v["verb"] = s.verb(a.Verb)
	}
	if x, ok := values["user"]; ok {
		v["user"] = id(x)
	}
	room := values["room"]
	switch {
	case room != "" || a == nil || a.Room.Kind == "":
	case several(*a):
		v["room"] = s.roomKeys(*a).cut(200)
	default:
		room = a.Room.String()
	}
	if room != "" {
		v["room"] = roomKey(room)
	}
	for _, name := range []string{"most", "got", "within", "asked", "served"} {
		if d, ok := lengthOf(values[name]); ok {
			v[name] = own(s.length(d))
		} else if values[name] == "perm" {
			v[name] = s.say("unit.perm", nil)
		}
	}
	if names := values["roles"]; names != "" {
		v["others"] = s.roles(strings.Split(names, ","))
	}
	if at, err := time.Parse(time.RFC3339, values["until"]); err == nil {
		v["until"] = s.expiry(at)
	} else {
		delete(v, "until")
	}
	if no, err := strconv.ParseInt(values["newer"], 10, 64); err == nil && no > 0 {
		v["newer"] = s.say("newer.clause", vals{"no": no})
	} else {
		delete(v, "newer")
	}
	v["trace"] = s.trace(values)
	lost := code == string(moderation.CodeRightLost) || code == string(moderation.CodeApproverLostRight)
	if key := "short." + values["why"]; lost && s.has(key) {
		v["trace"] = s.brackets(s.say(key, nil))
	}
	key := group + "." + code
	if code == string(moderation.CodeVendorRoomGone) {
		if other, ok := sibling(room); ok {
			v["other"] = roomKey(other)
			kind, _, _ := strings.Cut(other, ":")
			key += ".as-" + kind
		}
	}
	if _, newer := v["newer"]; newer && s.has(key+".newer") {
		key += ".newer"
	}
	if values["got"] == "perm" && s.has(key+".perm") {
		key += ".perm"
	}
	if values["people"] == "1" && s.has(key+".one") {
		key += ".one"
	}
	if values["served"] != "" && s.has(key+".served") {
		key += ".served"
	}
	if !s.has(key) {
		return supplied(code, 80)
	}
	if names := values["could"]; names != "" {
		return join(s.gap, s.say(key, v), s.say("why.could", vals{"others": s.roles(strings.Split(names, ","))}))
	}
	if !strings.HasPrefix(code, "vendor-") {
		return s.say(key, v)
	}
	return join(s.gap, s.say(key, v), s.hint(code, values))
}

// roomKey is a room as Room.String writes it.
func roomKey(key string) phrase {
	return phrase{{kind: userText, text: clip(clean(key, exact), 200)}}
}

// lengthOf reads a length as people write it, or as the program does ("168h0m0s").
// A number alone counts people.
func lengthOf(text string) (time.Duration, bool) {
	if d, perm, m := commands.ParseDuration(text); m == nil && !perm {
		return d, true
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}

// hint is where to look, when the vendor's code says more than its class.
func (s *speech) hint(code string, values map[string]string) phrase {
	key := "hint." + values["hint"]
	if values["hint"] == "" && code == string(moderation.CodeVendorConfig) {
		key = "hint.none"
	}
	if !s.has(key) {
		return nil
	}
	return s.say(key, vals{"skew": supplied(values["skew"], 20), "site": supplied(values["site"], 20)})
}

// sibling returns the key of the room that reads alike in another kind.
func sibling(key string) (string, bool) {
	r, _ := moderation.RoomFromKey(key)
	other, ok := r.Lookalike()
	return other.String(), ok
}

// short is the first n characters of a hash.
func short(hash string, n int) string {
	if len(hash) > n {
		return hash[:n]
	}
	return hash
}
