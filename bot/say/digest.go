package say

import (
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/chart"
	"bouncer/moderation"
)

// digest is the message that sums up a day, without its chart.
func (s *speech) digest(it LineItem) Message {
	d := *it.Body.Digest
	sh := s.sheet()
	cases := s.say("unit.cases", vals{"n": d.Cases})
	sh.para(cat(own("📊 "), s.say("digest.title", vals{"day": own(d.Until.Format(time.DateOnly)), "cases": cases}).strong()))
	sh.note(s.say("digest.span", vals{"from": moment(d.From), "until": moment(d.Until)}))
	lines := []phrase{
		s.label("digest.verbs", s.tallies(d.Verbs, func(t moderation.Tally) phrase { return s.verb(moderation.Verb(t.Key)) })),
		s.label("digest.actors", s.tallies(d.Actors, s.actorTally)),
		s.label("digest.rooms", s.tallies(d.Rooms, s.roomTally)),
		s.label("digest.outcomes", s.orNone(s.counts(d.Outcomes, false))),
		s.label("digest.refusals", s.refusals(d)),
		s.label("digest.approvals", s.approvals(d)),
		s.label("digest.lifts", s.lateness(d)),
		s.label("digest.reviews", s.looks(d)),
	}
	sh.para(level(lines, maxWeight-2500)...)
	if it.Number > 0 {
		sh.para(s.label("digest.head", command(strconv.FormatInt(it.Number, 10)+":"+it.Head, 120)))
	}
	sh.note(s.say("digest.hold", vals{"command": own(s.cfg.Command)}))
	return sh.message()
}

func (s *speech) orNone(p phrase) phrase {
	if len(p) == 0 {
		return s.say("digest.none", nil)
	}
	return p
}

// tallies writes "ban 12 · mute 5 · others 2".
func (s *speech) tallies(rows []moderation.Tally, name func(moderation.Tally) phrase) phrase {
	parts := make([]phrase, len(rows))
	for i, r := range rows {
		who := s.say("digest.rest", nil)
		if r.Key != "" {
			who = name(r)
		}
		parts[i] = cat(who, own(" "+number(int64(r.N))))
	}
	return s.orNone(fields(parts...))
}

func (s *speech) actorTally(t moderation.Tally) phrase {
	if s.has("actor." + t.Key) {
		return s.say("actor."+t.Key, nil)
	}
	return s.personIn(moderation.Actor{Kind: moderation.ActorPerson, User: t.Key, Name: t.Name}, 40)
}

func (s *speech) roomTally(t moderation.Tally) phrase {
	r, ok := moderation.RoomFromKey(t.Key)
	if !ok {
		return theirs(t.Key, 80)
	}
	r.Name = t.Name
	return s.room(r).cut(90)
}

func (s *speech) refusals(d moderation.Digest) phrase {
	if d.Refusals == 0 {
		return s.say("digest.none", nil)
	}
	parts := make([]phrase, len(d.Refused))
	for i, r := range d.Refused {
		why := s.say("digest.counted", nil)
		if r.Key != "" {
			why = s.shortWhy(moderation.Body{Code: moderation.Code(r.Key)})
		}
		parts[i] = cat(why, own(" "+number(int64(r.N))))
	}
	return cat(own(number(int64(d.Refusals))), s.brackets(s.list(parts...)))
}

func (s *speech) approvals(d moderation.Digest) phrase {
	var parts []phrase
	for _, how := range []moderation.EntryKind{moderation.EntryApproved, moderation.EntryDenied, moderation.EntryWithdrawn, moderation.EntryExpired, moderation.EntryGlass} {
		if n := d.Approvals[string(how)]; n > 0 {
			parts = append(parts, s.say("how."+string(how), vals{"n": n}))
		}
	}
	if d.Longest > 0 {
		parts = append(parts, s.say("digest.waited", vals{
			"median": own(s.length(d.Median)), "longest": own(s.length(d.Longest)), "no": d.LongestOf,
		}))
	}
	return s.orNone(fields(parts...))
}

func (s *speech) lateness(d moderation.Digest) phrase {
	var parts []phrase
	if d.Late > 0 {
		parts = append(parts, s.say("digest.late", vals{"n": d.Late}))
	}
	if d.Overdue > 0 {
		parts = append(parts, s.say("digest.overdue", vals{"n": d.Overdue}).strong())
	}
	if len(parts) == 0 {
		return s.say("digest.ontime", nil)
	}
	return fields(parts...)
}

func (s *speech) looks(d moderation.Digest) phrase {
	waits := 0
	var why []phrase
	for _, w := range []string{moderation.ReviewGlass, moderation.ReviewFlag, moderation.ReviewSample} {
		if n := d.Waiting[w]; n > 0 {
			waits += n
			why = append(why, s.say("digest.why."+w, vals{"n": n}))
		}
	}
	waiting := s.say("digest.waits", vals{"n": waits})
	if waits > 0 {
		waiting = cat(waiting.strong(), s.brackets(s.list(why...)))
	}
	return fields(waiting, s.say("digest.looked", vals{"n": d.Reviewed}), s.unreviewed(d))
}

// unreviewed repeats what nobody has looked at for a day.
func (s *speech) unreviewed(d moderation.Digest) phrase {
	if d.UnreviewedAll == 0 {
		return nil
	}
	var nos []phrase
	for _, no := range d.Unreviewed {
		nos = append(nos, own("#"+strconv.FormatInt(no, 10)))
	}
	if more := d.UnreviewedAll - len(nos); more > 0 {
		nos = append(nos, own("+"+strconv.Itoa(more)))
	}
	return s.say("digest.unreviewed", vals{"list": s.list(nos...)}).strong()
}

// parts are the verbs that a chart tells apart; all others are one more.
func (s *speech) parts(d moderation.Digest) (verbs []moderation.Verb, names []chart.Text) {
	for _, t := range d.Verbs {
		if t.Key != "" && len(verbs) < chart.MaxSeries-1 {
			verbs = append(verbs, moderation.Verb(t.Key))
			names = append(names, chart.Text{Text: s.verb(moderation.Verb(t.Key)).plain(), Else: string(verbWord(moderation.Verb(t.Key)))})
		}
	}
	named := 0
	for _, b := range d.Bars {
		for _, v := range verbs {
			named += b.Verbs[v]
		}
	}
	if named < d.Cases {
		names = append(names, chart.Text{Text: s.own("digest.rest", nil), Else: "others"})
	}
	return verbs, names
}

// split gives a bar's cases in the order of the parts.
func split(b moderation.Bar, verbs []moderation.Verb, parts int) []int {
	out := make([]int, parts)
	for v, n := range b.Verbs {
		at := slices.Index(verbs, v)
		if at < 0 {
			at = parts - 1
		}
		if at >= 0 {
			out[at] += n
		}
	}
	return out
}

// hour names a step of time; a time of more than a day names its day too.
func hour(d moderation.Digest, at time.Time) string {
	if d.Until.Sub(d.From) > 25*time.Hour { // the longest day of a zone
		return at.Format("01-02 15h")
	}
	return at.Format("15:04")
}

// DigestPicture is a digest's chart for where Slack takes no chart blocks.
func (s *Speaker) DigestPicture(d moderation.Digest) chart.Chart {
	sp := s.in(s.cfg.Lang)
	verbs, names := sp.parts(d)
	c := chart.Chart{
		Title:     chart.Text{Text: sp.own("digest.chart", nil), Else: s.in(EN).own("digest.chart", nil)},
		RowsTitle: chart.Text{Text: sp.own("digest.chart.who", nil), Else: s.in(EN).own("digest.chart.who", nil)},
		Series:    names,
	}
	for _, b := range d.Bars {
		c.Bars = append(c.Bars, chart.Bar{Label: hour(d, b.At), Parts: split(b, verbs, len(names))})
	}
	for _, a := range d.Actors {
		c.Rows = append(c.Rows, chart.Row{Label: sp.actorName(a), N: a.N})
	}
	return c
}

// actorName is a moderator as a chart names one: the name, or the id where the
// name is none, or cannot be drawn.
func (s *speech) actorName(t moderation.Tally) chart.Text {
	switch name := personName(t.Name); {
	case t.Key == "":
		return chart.Text{Text: s.own("digest.rest", nil), Else: "others"}
	case s.has("actor." + t.Key):
		return chart.Text{Text: s.own("actor."+t.Key, nil), Else: t.Key}
	case name != "":
		return chart.Text{Text: name, Else: t.Key}
	}
	return chart.Text{Text: t.Key, Else: t.Key}
}

// Slack's bounds of a chart block.
const (
	chartPoints = 20
	chartLabel  = 20
)

// DigestCharts are a digest's charts as blocks; none for a day without cases.
func (s *Speaker) DigestCharts(d moderation.Digest) []slack.Block {
	sp := s.in(s.cfg.Lang)
	if d.Cases == 0 || len(d.Bars) == 0 {
		return nil
	}
	verbs, names := sp.parts(d)
	each := (len(d.Bars) + chartPoints - 1) / chartPoints
	var labels []string
	series := make([]slack.DataVisualizationDataSeries, len(names))
	for i, n := range names {
		series[i].Name = clipRunes(n.Text, chartLabel)
	}
	for from := 0; from < len(d.Bars); from += each {
		sums := make([]int, len(names))
		for _, b := range d.Bars[from:min(from+each, len(d.Bars))] {
			for i, n := range split(b, verbs, len(names)) {
				sums[i] += n
			}
		}
		label := unlike(labels, hour(d, d.Bars[from].At), strconv.Itoa(from))
		labels = append(labels, label)
		for i, n := range sums {
			series[i].Data = append(series[i].Data, slack.NewDataVisualizationDataPoint(label, float64(n)))
		}
	}
	var people []string
	var counts []slack.DataVisualizationDataPoint
	for _, a := range d.Actors {
		label := unlike(people, sp.actorName(a).Text, a.Key)
		people = append(people, label)
		counts = append(counts, slack.NewDataVisualizationDataPoint(label, float64(a.N)))
	}
	block := func(title string, axis []string, series ...slack.DataVisualizationDataSeries) slack.Block {
		return slack.DataVisualizationBlock{
			Type: slack.MBTDataVisualization, Title: clipRunes(sp.own(title, nil), 50),
			Chart: slack.NewDataVisualizationBarChart(slack.NewDataVisualizationAxisConfig(axis...), series...),
		}
	}
	return []slack.Block{
		block("digest.chart", labels, series...),
		block("digest.chart.who", people, slack.NewDataVisualizationDataSeries(clipRunes(sp.own("digest.chart.who", nil), chartLabel), counts...)),
	}
}

// unlike gives a label that fits a chart and that none of the others is.
func unlike(others []string, label, instead string) string {
	if label = clipRunes(label, chartLabel); label == "" || slices.Contains(others, label) {
		label = clipRunes(instead, chartLabel)
	}
	return label
}

func clipRunes(s string, most int) string {
	r := []rune(clean(s, prose))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most-1]) + "…"
}

// DigestAlt tells in words what a digest's picture shows.
func (s *Speaker) DigestAlt(d moderation.Digest) string {
	sp := s.in(s.cfg.Lang)
	if d.Cases == 0 {
		return sp.own("digest.alt.none", nil)
	}
	most, at := 0, d.From
	for _, b := range d.Bars {
		n := 0
		for _, x := range b.Verbs {
			n += x
		}
		if n > most {
			most, at = n, b.At
		}
	}
	return clip(sp.say("digest.alt", vals{
		"cases": sp.say("unit.cases", vals{"n": d.Cases}), "at": own(hour(d, at)), "n": most,
		"verbs":  sp.label("digest.verbs", sp.tallies(d.Verbs, func(t moderation.Tally) phrase { return sp.verb(moderation.Verb(t.Key)) })),
		"actors": sp.label("digest.actors", sp.tallies(d.Actors, sp.actorTally)),
	}).plain(), 900)
}
