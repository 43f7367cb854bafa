package say

import (
	"github.com/slack-go/slack"

	"bouncer/moderation"
)

// CardsInList is how many cards one list shows; the rest are counted.
const CardsInList = 50

// listButtons is how many buttons a list of cards has at most; "case N" shows
// a case with its own.
const listButtons = 20

// CardList returns one message in place of several cards while the queue is
// behind: a line each, one mention for each person who must act, and the
// buttons that are open. Pass at most CardsInList.
func (s *Speaker) CardList(vs []moderation.CaseView) Message {
	sp := s.in(s.cfg.Lang)
	sh := sp.sheet()
	sh.para(sp.say("cards.title", vals{"cases": sp.say("unit.cases", vals{"n": len(vs)})}).strong())
	shown := vs[:min(len(vs), CardsInList)]
	var lines []phrase
	var wanted mentionList
	var buttons [][]slack.BlockElement // a block for each case: their action ids are alike
	pressable, unpressed := 0, 0
	for _, v := range shown {
		line := sp.caseLine(v.Case, LineItem{}, fold{weight: 135, targets: 3, reason: 40, name: 24})
		if len(shown) > listButtons { // so many dates do not fit
			line = line.inUTC()
		}
		lines = append(lines, line)
		wanted.add(v.Case.No, sp.mention(v))
		switch more := sp.cardButtons(v, true); {
		case len(more) == 0:
		case pressable+len(more) > listButtons:
			unpressed++
		default:
			buttons, pressable = append(buttons, more), pressable+len(more)
		}
	}
	for len(lines) > 0 {
		n := min(len(lines), 20)
		sh.para(lines[:n]...)
		lines = lines[n:]
	}
	if n := len(vs) - len(shown); n > 0 {
		sh.para(sp.say("cards.more", vals{"n": n, "command": own(s.cfg.Command)}))
	}
	if unpressed > 0 {
		sh.para(sp.say("cards.unpressed", vals{"n": unpressed, "command": own(s.cfg.Command)}))
	}
	sh.mention(wanted.sentence(sp))
	for _, row := range buttons {
		sh.buttons(row...)
	}
	return sh.message()
}
