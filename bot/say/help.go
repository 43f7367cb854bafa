package say

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"bouncer/commands"
	"bouncer/moderation"
)

// Help returns the message with all verbs, or with more about one.
func (s *Speaker) Help(topic moderation.Verb, lang Lang) Message {
	sp := s.in(lang)
	if spec, ok := topic.Spec(); ok {
		return sp.answer(sp.helpVerb(spec)...)
	}
	command := vals{"command": own(s.cfg.Command)}
	sh := sp.sheet()
	sh.para(sp.say("help.title", command).strong())
	var lines []phrase
	for _, spec := range moderation.Verbs() {
		lines = append(lines, sp.helpRow(spec.Verb))
	}
	sh.para(lines...)
	sh.para(sp.say("help.rooms", command), sp.say("help.users", nil), sp.say("help.topic", command))
	return sh.message()
}

func (s *speech) helpRow(v moderation.Verb) phrase {
	what := s.say("what."+string(v), nil)
	if s.verb(v).plain() != string(v) { // this language's own name, which can be typed as well
		what = s.label("verb."+string(v), what)
	}
	usage := usageWord.ReplaceAllStringFunc(commands.Usage(v).Line, func(w string) string { return s.own("usage."+w, nil) })
	return s.say("help.row", vals{"usage": s.slash(usage), "what": what})
}

// usageWord is a word of a usage line that has a form in each language, such as ROOM.
var usageWord = regexp.MustCompile("[A-Z]{4,}|audio|video")

// helpVerb is everything about one verb. Its other names are those in the language of the help.
func (s *speech) helpVerb(spec moderation.VerbSpec) []phrase {
	v := spec.Verb
	lines := []phrase{s.helpRow(v)}
	usage := commands.Usage(v)
	if usage.Typed != "" {
		lines = append(lines, s.say("help.example", vals{"example": s.slash(usage.Typed)}))
	}
	if spec.Takes.Duration {
		lines = append(lines, s.helpLength(spec)...)
	}
	for key, takes := range map[string]bool{"help.some": spec.Takes.TargetsOptional, "help.find": spec.Takes.Search, "help.mention": spec.Takes.Person} {
		if takes { // no verb has two of them
			lines = append(lines, s.say(key, nil))
		}
	}
	if usage.Override != "" {
		lines = append(lines, s.say("help.alone", vals{"example": s.slash(usage.Override)}))
	}
	if spec.Takes.Room {
		lines = append(lines, s.helpKinds(v)...)
	}
	var aliases []phrase
	for _, a := range spec.Aliases {
		if chinese := strings.ContainsFunc(a, isHan); chinese == (s.lang == ZH) {
			aliases = append(aliases, own(a))
		}
	}
	if len(aliases) > 0 {
		lines = append(lines, s.say("help.names", vals{"list": s.list(aliases...)}))
	}
	return lines
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// helpLength says how long it lasts and who ends it.
func (s *speech) helpLength(spec moderation.VerbSpec) []phrase {
	// Where kinds differ, the bot sees to it that it ends.
	botEnds := func(k moderation.Kind) bool {
		su := moderation.Supports(spec.Verb, k)
		return su.Supported && !su.VendorEnds
	}
	lines := []phrase{s.withoutLength(spec)}
	switch {
	case spec.Takes.Person, slices.ContainsFunc(moderation.Kinds(), botEnds):
		lines = append(lines, s.say("help.bot", nil))
	case spec.Takes.Room:
		lines = append(lines, s.say("help.vendor", nil))
	}
	return lines
}

// helpKinds says where a verb works, and why not elsewhere.
func (s *speech) helpKinds(v moderation.Verb) []phrase {
	var works, perm []phrase
	var whys []moderation.Code
	not := map[moderation.Code][]phrase{}
	for _, k := range moderation.Kinds() {
		name := s.say("kind."+string(k), nil)
		su := moderation.Supports(v, k)
		if su.Supported {
			works = append(works, name)
		} else {
			if len(not[su.Why]) == 0 {
				whys = append(whys, su.Why)
			}
			not[su.Why] = append(not[su.Why], name)
		}
		if su.Permanent {
			perm = append(perm, name)
		}
	}
	out := []phrase{s.say("help.works", vals{"list": s.list(works...)})}
	if len(perm) > 0 {
		out = append(out, s.say("help.perm", vals{"list": s.list(perm...)}))
	}
	for _, why := range whys {
		out = append(out, s.say("help.not", vals{"kind": s.list(not[why]...), "why": s.whyNot(why, v)}))
	}
	return out
}

// whyNot is the sentence for what a kind cannot do, about the kind and not
// about one room.
func (s *speech) whyNot(code moderation.Code, v moderation.Verb) phrase {
	room := s.say("thisroom.mark", nil)
	p := s.say("code."+string(code), vals{"room": room, "verb": s.verb(v)})
	if s.lang == ZH && len(p) > 1 { // a blank parts ids from Chinese, not Chinese from Chinese
		p[1].text = strings.TrimPrefix(p[1].text, " ")
	}
	return p
}

// withoutLength says how long a verb lasts when no duration is given, or that it needs one.
func (s *speech) withoutLength(spec moderation.VerbSpec) phrase {
	switch {
	case spec.Default > 0:
		return s.say("help.default", vals{"length": own(s.length(spec.Default))})
	case spec.Takes.PermanentByDefault:
		return s.say("help.open", nil)
	}
	return s.say("help.must", nil)
}
