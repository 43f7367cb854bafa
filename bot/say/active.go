package say

import (
	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// Active is one page of restrictions in force.
type Active struct {
	SavedSearch  moderation.SavedSearch
	Page         int
	Total        int
	Restrictions []moderation.CaseRestrictions // of this page
	Notes        []moderation.Note
}

// Active returns the message with the restrictions in force of a target or a room, each with the
// buttons that run the command which lifts it, and that open the form.
func (s *Speaker) Active(a Active, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	what := vals{"n": a.Total, "what": sp.asked(a.SavedSearch.Action)}
	switch {
	case a.Total == 0:
		sh.para(sp.say("active.none", what).strong())
	case a.Total >= moderation.SearchLimit:
		sh.para(sp.say("active.most", what).strong())
	default:
		sh.para(sp.say("active.title", what).strong())
	}
	if len(a.Restrictions) > 0 {
		sp.activeRows(sh, a)
	}
	sp.notes(sh, a.Notes)
	sp.turning(sh, a.SavedSearch, a.Page, a.Total)
	return sh.message()
}

// activeRows shows a page of restrictions: on whom, what, where, by which case, and its end.
func (s *speech) activeRows(sh *sheet, a Active) {
	q := a.SavedSearch
	t := table{
		caption: s.asked(q.Action), head: s.heads("rows.person", "rows.what", "rows.room", "rows.case", "rows.reason"),
		time: s.say("rows.until", nil), acts: s.heads("rows.lift", "button.act", "button.history"),
	}
	var options []*slack.OptionBlockObject
	seen := map[string]bool{}
	for _, x := range a.Restrictions {
		r := s.restrictionRow(x)
		r.buttons = make([]*slack.ButtonBlockElement, 3)
		if row := x.Row(); row != "" && !seen[row] {
			seen[row] = true
			if key := "button.lift." + string(moderation.LiftingVerb(x.Case.Action.Verb)); x.Lag != moderation.LagLift && s.has(key) {
				r.buttons[0] = press(s.say(key, nil), commands.Step{Kind: commands.StepSearch, ID: q.Token, Step: commands.StepLift, Row: row}, "")
			}
			r.buttons[1] = s.rowButton(commands.StepSearch, q.Token, commands.StepAct, row)
			if x.Target != "" {
				r.buttons[2] = s.rowButton(commands.StepSearch, q.Token, commands.StepHistory, row)
			}
			of := fields(r.cells[0], s.caseVerb(x.Case))
			if several(x.Case.Action) { // the person may have one in each
				of = fields(r.cells[0], s.bare(x.Room), s.caseVerb(x.Case))
			}
			options = append(options, s.rowOption(row, of))
		}
		t.rows = append(t.rows, r)
	}
	sh.table(t, options)
	if len(options) > 0 {
		s.choose(sh, commands.StepSearch, q.Token, a.Page, options, nil)
	}
}

// restrictionRow is one restriction: on whom, what, where, by which case, why, and its end.
func (s *speech) restrictionRow(x moderation.CaseRestrictions) tableRow {
	what := s.media(moderation.Action{Media: x.Media})
	who := id(x.Target)
	if x.Target == "" {
		who, what = what, nil // of the whole room its medium says so
	}
	by := s.say("active.by", vals{"case": s.caseVerb(x.Case), "person": s.personIn(x.Case.Actor, 40)})
	until := s.ends(x.Until, "active.until", "active.open")
	if x.Lag != "" {
		until = fields(until, s.lag(x))
	}
	return tableRow{cells: []phrase{who, what, s.room(x.Room), by, supplied(s.reason(x.Case.Action), 80)}, when: until}
}

// caseVerb is a case by its number and verb.
func (s *speech) caseVerb(c moderation.Case) phrase {
	return s.say("line.case", vals{"no": c.No, "what": s.verb(c.Action.Verb)})
}

// lag says how Tencent falls behind what is in force.
func (s *speech) lag(b moderation.CaseRestrictions) phrase {
	if b.Lag == moderation.LagSet && !b.VendorUntil.IsZero() {
		return s.say("active.lag.set.has", vals{"at": moment(b.VendorUntil)})
	}
	return s.say("active.lag."+string(b.Lag), vals{"no": b.LiftedBy})
}
