package say

import (
	"bouncer/commands"
	"bouncer/moderation"
)

// shownEntries is how many entries of a case are shown, the newest of them.
const shownEntries = 14

// ShowCase returns the private answer to "case N": the card, its open steps,
// what was put to it, the words as typed and the newest of its log.
func (s *Speaker) ShowCase(v moderation.CaseView, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	sp.card(sh, v)
	sh.para(level(sp.pieces(v.Evidence), 1500)...)
	lines := []phrase{sp.label("label.typed", sp.oneLine(commands.PlainText(v.Case.Typed), 400))}
	if v.Notes > 0 {
		example := "history"
		if len(v.Case.Action.Targets) > 0 {
			example += " " + v.Case.Action.Targets[0]
		}
		lines = append(lines, sp.say("notes.count", vals{"n": v.Notes, "example": sp.slash(example)}))
	}
	if n := len(v.Entries) - shownEntries; n > 0 {
		lines = append(lines, sp.say("entries.more", vals{"n": n}))
	}
	for _, t := range read(v, v.Entries[max(0, len(v.Entries)-shownEntries):]) {
		if entryRows[t.Kind].opens {
			lines = append(lines, join(" ", t.stamp(), sp.kind(t.Kind)))
		} else {
			lines = append(lines, join(" ", t.stamp(), sp.entry(v, t)))
		}
	}
	sh.para(level(lines, 3000)...)
	return sh.buttons(sp.cardButtons(v, false)...).message()
}
