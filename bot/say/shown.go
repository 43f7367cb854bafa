package say

import (
	"slices"

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
	if a := v.Case.Action; len(a.Rooms()) > titleRooms && v.Case.State != moderation.AwaitingApproval { // whose card names all
		lines = append(lines, sp.label("label.rooms", sp.rooms(a, moderation.MaxRooms)))
	}
	if v.Notes > 0 {
		example := "history"
		if len(v.Case.Action.Targets) > 0 {
			example += " " + v.Case.Action.Targets[0]
		}
		lines = append(lines, sp.say("notes.count", vals{"n": v.Notes, "example": sp.slash(example)}))
	}
	entries := sp.entryLines(v)
	if n := len(v.Entries) - len(entries); n > 0 {
		lines = append(lines, sp.say("entries.more", vals{"n": n}))
	}
	sh.para(level(append(lines, entries...), shownWeight+600)...)
	return sh.buttons(sp.cardButtons(v, false)...).message()
}

// shownWeight is how much the entries of a shown case may weigh, in characters.
const shownWeight = 2800

// entryLines returns the newest entries of a case, a line each: whole lines as long as they fit, and
// at least one.
func (s *speech) entryLines(v moderation.CaseView) []phrase {
	var lines []phrase
	left := shownWeight
	for _, t := range slices.Backward(read(v, v.Entries[max(0, len(v.Entries)-shownEntries):])) {
		line := join(" ", t.stamp(), s.entry(v, t))
		if entryRows[t.Kind].opens {
			line = join(" ", t.stamp(), s.kind(t.Kind))
		}
		if left -= line.weight() + line.dates() + 12; left < 0 && len(lines) > 0 {
			break
		}
		lines = append(lines, line)
	}
	slices.Reverse(lines)
	return lines
}
