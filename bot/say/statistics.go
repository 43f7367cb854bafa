package say

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// Statistics are the numbers of a period for an approver. The saved search is their question.
type Statistics struct {
	moderation.Statistics
	Question moderation.SavedSearch
}

// Statistics returns the message with the numbers of a period, as charts, a table and lines, and a
// button for the file with all rows.
func (s *Speaker) Statistics(st Statistics, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	d := st.Digest
	sh.para(cat(own("📊 "), sp.say("stats.title", vals{"what": sp.asked(st.Question.Action), "cases": sp.say("unit.cases", vals{"n": d.Cases})}).strong()))
	sh.note(sp.say("digest.span", vals{"from": moment(d.From), "until": moment(d.Until)}))
	charts, _ := sp.charts(d)
	sh.blocks = append(sh.blocks, charts...)
	if t := sp.tallyTable(d); len(t.rows) > 0 {
		sh.table(t, nil)
	}
	lines := []phrase{
		sp.label("digest.outcomes", sp.outcomes(d)),
		sp.label("digest.approvals", sp.approvals(d)),
		sp.label("stats.reports", sp.decidedReports(st.Statistics)),
		sp.label("stats.undone", sp.share(st.Undone, st.Restrictions, "stats.restrictions")),
		sp.label("stats.flagged", sp.share(st.Flagged, d.Cases, "stats.cases")),
	}
	sh.para(level(lines, maxWeight-1500-jsonWeight(charts))...)
	if d.Cases > 0 {
		sh.buttons(press(sp.say("button.csv", nil), commands.Step{Kind: commands.StepSearch, ID: st.Question.Token, Step: commands.StepCSV}, ""))
	}
	return sh.message()
}

// tallyTable has a row for each action, reason, room and moderator with cases.
func (s *speech) tallyTable(d moderation.Digest) table {
	t := table{caption: s.say("stats.table", nil), head: s.heads("rows.what", "stats.name", "stats.count")}
	for _, group := range []struct {
		of   string
		rows []moderation.Tally
		name func(moderation.Tally) phrase
	}{
		{"digest.verbs", d.Verbs, func(t moderation.Tally) phrase { return s.verb(moderation.Verb(t.Key)) }},
		{"digest.reasons", d.Reasons, s.reasonTally}, {"digest.rooms", d.Rooms, s.roomTally}, {"digest.actors", d.Actors, s.actorTally},
	} {
		for _, r := range group.rows {
			t.rows = append(t.rows, tableRow{cells: []phrase{s.say(group.of, nil), s.tallied(r, group.name), own(number(int64(r.N)))}})
		}
	}
	return t
}

// decidedReports are the reports that were decided on, and how long they had waited.
func (s *speech) decidedReports(st moderation.Statistics) phrase {
	if st.Decided == 0 {
		return s.say("digest.none", nil)
	}
	return s.say("stats.decided", vals{
		"n": st.Decided, "dismissed": st.Dismissed, "median": own(s.length(st.DecidedMedian)), "longest": own(s.length(st.DecidedLongest)),
	})
}

// share is a part of a number, also in percent.
func (s *speech) share(part, of int, key string) phrase {
	if of == 0 {
		return s.say("digest.none", nil)
	}
	return s.say(key, vals{"n": part, "all": of, "percent": own(strconv.FormatFloat(100*float64(part)/float64(of), 'f', 1, 64) + "%")})
}

// StatisticsCSV returns all rows of the numbers of a period.
func (s *Speaker) StatisticsCSV(st moderation.Statistics) []byte {
	d := st.Digest
	rows := [][]string{{"from_utc", "until_utc", "number", "of", "name", "count"}}
	add := func(number, of, name string, n int) {
		rows = append(rows, []string{iso(d.From), iso(d.Until), number, of, name, strconv.Itoa(n)})
	}
	add("cases", "", "", d.Cases)
	for _, x := range []struct {
		number string
		rows   []moderation.Tally
	}{{"cases_by_verb", st.ByVerb}, {"cases_by_reason", st.ByReason}, {"cases_by_room", st.ByRoom}, {"cases_by_moderator", st.ByActor}} {
		for _, t := range x.rows {
			add(x.number, t.Key, t.Name, t.N)
		}
	}
	for _, o := range slices.Sorted(maps.Keys(d.Outcomes)) {
		add("targets_by_outcome", string(o), "", d.Outcomes[o])
	}
	if d.Undecided > 0 {
		add("targets_by_outcome", "undecided", "", d.Undecided)
	}
	for _, how := range []moderation.ApprovalState{moderation.ApprovalApproved, moderation.ApprovalDenied, moderation.ApprovalWithdrawn, moderation.ApprovalExpired, moderation.ApprovalOverridden} {
		if n := d.Approvals[string(how)]; n > 0 {
			add("approvals", string(how), "", n)
		}
	}
	add("approval_wait_median_s", "", "", int(d.Median/time.Second))
	add("approval_wait_longest_s", "", "", int(d.Longest/time.Second))
	add("reports_decided", "", "", st.Decided)
	add("reports_dismissed", "", "", st.Dismissed)
	add("report_wait_median_s", "", "", int(st.DecidedMedian/time.Second))
	add("report_wait_longest_s", "", "", int(st.DecidedLongest/time.Second))
	add("restrictions", "", "", st.Restrictions)
	add("restrictions_undone", "", "", st.Undone)
	add("cases_flagged", "", "", st.Flagged)
	return sheetOf(rows)
}

// StatisticsTitle returns the title of the file.
func (s *Speaker) StatisticsTitle(q moderation.SavedSearch, lang Lang) string {
	sp := s.in(lang)
	return clip(sp.say("stats.file", vals{"what": sp.asked(q.Action)}).plain(), 200)
}
