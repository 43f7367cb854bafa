package say

import (
	"strconv"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// ReportsInList is how many reports one message lists, each with its button.
const ReportsInList = 30

// ReportList returns one message in place of the cards of several reports while the queue is behind,
// in the channels' language: a row each, in their order, with a button that shows its card. Pass at
// most ReportsInList.
func (s *Speaker) ReportList(reports []moderation.Report) Message {
	sp := s.in(s.cfg.Lang)
	sh := sp.sheet()
	title := sp.say("report.list", vals{"n": len(reports)})
	sh.para(title.strong())
	t := table{caption: title, head: sp.heads("rows.person", "rows.room", "rows.reason", "rows.count", "rows.state"), acts: sp.heads("button.show"), early: true}
	for i, r := range reports {
		show := sp.rowButton(commands.StepReport, r.Token, commands.StepShow, strconv.Itoa(i))
		t.rows = append(t.rows, tableRow{
			cells:   []phrase{id(r.Target), sp.room(r.Room), sp.reportReason(r.Reason), own(number(int64(r.Count)) + "×"), sp.rowState(r)},
			buttons: []*slack.ButtonBlockElement{show},
		})
	}
	sh.table(t, nil)
	sh.note(sp.say("report.list.note", nil))
	return sh.message()
}

// rowState is what became of a report, in a few words.
func (s *speech) rowState(r moderation.Report) phrase {
	v := vals{"no": r.Case}
	if r.By != nil {
		v["person"] = s.personIn(*r.By, 24)
	}
	return cat(own(reportIcon(r)+" "), s.say("report.row."+string(r.State), v))
}
