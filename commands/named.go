package commands

import (
	"slices"
	"strings"

	"bouncer/moderation"
)

// Named returns the rooms and the people that a message of Slack's names: kind:id or a name of the
// policy, and words that match the policy's pattern of UserIDs. Without a pattern it names nobody,
// since any word may be a UserID.
func Named(text string, s ParseContext) (rooms []moderation.Room, people []string) {
	s.setDefaults()
	shown, forms := plain(text)
	p := &parser{set: s, reader: &reader{s: shown, forms: forms}}
	for p.i = skipParted(shown, 0); p.i < len(shown); p.i = skipParted(shown, p.i) {
		from, to := p.i, p.itemEnd(p.i)
		p.i = to
		if _, mention := p.formAt(from, to); mention {
			continue
		}
		word := shown[from:to]
		for _, x := range []string{word, strings.Trim(word, aroundWords)} {
			if found, m := plainRooms(x, s); m == nil {
				for _, room := range found {
					if !slices.Contains(rooms, room) {
						rooms = append(rooms, room)
					}
				}
				break
			}
			if s.UserID != nil && s.UserID.MatchString(x) && moderation.CheckUserID(x) == nil {
				if !slices.Contains(people, x) {
					people = append(people, x)
				}
				break
			}
		}
	}
	return rooms, people
}

// aroundWords are the marks that surround words in a sentence.
const aroundWords = ".,;:!?()[]{}<>\"'`*_~“”‘’…。，；：！？（）【】"

// BareVerb reports whether a text is nothing but a verb that acts in a room, or empty: then it asks
// for the form. The verb of an empty text is "".
func BareVerb(text, command string) (moderation.Verb, bool) {
	s := ParseContext{Command: command}
	s.setDefaults()
	shown, forms := plain(text)
	p := &parser{set: s, reader: &reader{s: shown, forms: forms}}
	p.blanks()
	if p.slash(); p.end() {
		return "", true
	}
	spec, m := p.verb()
	p.blanks()
	if m != nil || p.marked || !p.end() || !spec.Takes.Room || !spec.Verb.Acts() {
		return "", false
	}
	return spec.Verb, true
}
