package say

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"bouncer/moderation"
)

// digest is the message that sums up a day. What its chart shows is in the
// text, too, for where the blocks are not shown.
func (s *speech) digest(it LineItem) Message {
	d := *it.Body.Digest
	sh := s.sheet()
	cases := s.say("unit.cases", vals{"n": d.Cases})
	sh.para(cat(own("📊 "), s.say("digest.title", vals{"day": own(d.Until.Format(time.DateOnly)), "cases": cases}).strong()))
	sh.note(s.say("digest.span", vals{"from": moment(d.From), "until": moment(d.Until)}))
	charts, numbers := s.charts(d)
	sh.blocks = append(sh.blocks, charts...)
	lines := []phrase{
		s.label("digest.verbs", s.tallies(d.Verbs, func(t moderation.Tally) phrase { return s.verb(moderation.Verb(t.Key)) })),
		s.label("digest.actors", s.tallies(d.Actors, s.actorTally)),
		s.label("digest.rooms", s.tallies(d.Rooms, s.roomTally)),
		s.reasonTallies(d),
		s.label("digest.outcomes", s.outcomes(d)),
		s.label("digest.refusals", s.refusals(d)),
		s.label("digest.approvals", s.approvals(d)),
		s.label("digest.lifts", s.lateness(d)),
		s.label("digest.reviews", s.reviews(d)),
		s.label("digest.reports", s.reports(d)),
	}
	sh.para(level(lines, maxWeight-1500-jsonWeight(charts))...)
	if it.Number > 0 {
		sh.para(s.label("digest.head", command(strconv.FormatInt(it.Number, 10)+":"+it.Head, 120)))
	}
	sh.note(s.say("digest.hold", vals{"command": own(s.cfg.Command)}))
	if len(numbers) > 0 {
		sh.lines = append(sh.lines, cat(s.chartOver(d), own(s.colon), numbers))
	}
	return sh.message()
}

// jsonWeight is the size of blocks.
func jsonWeight(blocks []slack.Block) int {
	raw, err := json.Marshal(blocks)
	if err != nil { // only strings and numbers: cannot fail
		panic("say: " + err.Error())
	}
	return len(raw)
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
		parts[i] = cat(s.tallied(r, name), own(" "+number(int64(r.N))))
	}
	return s.orNone(fields(parts...))
}

// tallied is what a number is about; all others have no key.
func (s *speech) tallied(r moderation.Tally, name func(moderation.Tally) phrase) phrase {
	if r.Key == "" {
		return s.say("digest.rest", nil)
	}
	return name(r)
}

// outcomes are the outcomes of a period, and what nobody has decided on.
func (s *speech) outcomes(d moderation.Digest) phrase {
	var undecided phrase
	if d.Undecided > 0 {
		undecided = s.say("card.count", vals{"outcome": s.say("outcome.undecided", nil), "n": d.Undecided})
	}
	return s.orNone(fields(s.counts(moderation.Action{}, d.Outcomes, false), undecided))
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
		return supplied(t.Key, 80)
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
	for _, how := range []moderation.EntryKind{moderation.EntryApproved, moderation.EntryDenied, moderation.EntryWithdrawn, moderation.EntryExpired, moderation.EntryOverride} {
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

func (s *speech) reviews(d moderation.Digest) phrase {
	waits := 0
	var why []phrase
	for _, w := range []string{moderation.ReviewOverride, moderation.ReviewFlag, moderation.ReviewSample} {
		if n := d.Waiting[w]; n > 0 {
			waits += n
			why = append(why, s.say("digest.why."+w, vals{"n": n}))
		}
	}
	waiting := s.say("digest.waits", vals{"n": waits})
	if waits > 0 {
		waiting = cat(waiting.strong(), s.brackets(s.list(why...)))
	}
	return fields(waiting, s.say("digest.reviewed", vals{"n": d.Reviewed}), s.unreviewed(d))
}

// reports are those that came in, and that nobody has acted on; none where there are none.
func (s *speech) reports(d moderation.Digest) phrase {
	if d.Reports+d.ReportsOpen == 0 {
		return nil
	}
	return fields(s.say("digest.reports.open", vals{"n": d.ReportsOpen}).strong(), s.say("digest.reports.in", vals{"n": d.Reports}))
}

// unreviewed repeats what is not reviewed for a day.
func (s *speech) unreviewed(d moderation.Digest) phrase {
	if d.UnreviewedAll == 0 {
		return nil
	}
	list := s.few(d.UnreviewedAll, len(d.Unreviewed), func(i int) phrase { return hashed(d.Unreviewed[i]) })
	return s.say("digest.unreviewed", vals{"list": list}).strong()
}

// Slack's bounds of a chart block, of which a message holds two.
const (
	chartTitle  = 50
	chartSeries = 6
	chartPoints = 20
	chartLabel  = 20
)

// charts are a day's cases over its time and by who acted, and the former's
// numbers in words; none for a day without cases, of which Slack takes no chart.
func (s *speech) charts(d moderation.Digest) (blocks []slack.Block, numbers phrase) {
	if d.Cases == 0 || len(d.Bars) == 0 {
		return nil, nil
	}
	verbs, series := s.series(d)
	each := (len(d.Bars) + chartPoints - 1) / chartPoints
	var times []string
	for from := 0; from < len(d.Bars); from += each {
		at := unlike(times, hour(d, d.Bars[from].At), strconv.Itoa(from))
		sums := make([]int, len(series))
		for _, b := range d.Bars[from:min(from+each, len(d.Bars))] {
			for v, n := range b.Verbs {
				if i := slices.Index(verbs, v); i >= 0 {
					sums[i] += n
				} else if len(sums) > len(verbs) {
					sums[len(verbs)] += n
				}
			}
		}
		times = append(times, at)
		var counts []phrase
		for i, n := range sums {
			series[i].Data = append(series[i].Data, slack.NewDataVisualizationDataPoint(at, float64(n)))
			if n > 0 {
				counts = append(counts, cat(supplied(series[i].Name, 40), own(" "+number(int64(n)))))
			}
		}
		if len(counts) > 0 {
			numbers = fields(numbers, cat(own(at+" "), s.list(counts...)))
		}
	}
	var people []string
	who := slack.DataVisualizationDataSeries{Name: s.fit("digest.chart.who", chartLabel)}
	for _, a := range d.Actors {
		people = append(people, unlike(people, s.actorName(a), a.Key))
		who.Data = append(who.Data, slack.NewDataVisualizationDataPoint(people[len(people)-1], float64(a.N)))
	}
	return []slack.Block{s.bars(s.chartOver(d), times, series...), s.bars(s.say("digest.chart.who", nil), people, who)}, numbers
}

// chartOver names the chart over time, with the zone of its hours: a chart has no
// dates.
func (s *speech) chartOver(d moderation.Digest) phrase {
	return s.say("digest.chart", vals{"zone": own(d.Until.Format("MST"))})
}

func (s *speech) bars(title phrase, axis []string, series ...slack.DataVisualizationDataSeries) slack.Block {
	return slack.DataVisualizationBlock{
		Type: slack.MBTDataVisualization, Title: clipRunes(title.plain(), chartTitle),
		Chart: slack.NewDataVisualizationBarChart(slack.NewDataVisualizationAxisConfig(axis...), series...),
	}
}

// fit is one of our sentences as a chart takes it.
func (s *speech) fit(key string, most int) string { return clipRunes(s.own(key, nil), most) }

// series are the verbs of a chart, and one more for all others.
func (s *speech) series(d moderation.Digest) (verbs []moderation.Verb, out []slack.DataVisualizationDataSeries) {
	named := 0
	for _, t := range d.Verbs {
		if t.Key == "" || len(verbs) == chartSeries-1 {
			continue
		}
		v := moderation.Verb(t.Key)
		verbs = append(verbs, v)
		out = append(out, slack.DataVisualizationDataSeries{Name: clipRunes(s.verb(v).plain(), chartLabel)})
		for _, b := range d.Bars {
			named += b.Verbs[v]
		}
	}
	if named < d.Cases {
		out = append(out, slack.DataVisualizationDataSeries{Name: s.fit("digest.rest", chartLabel)})
	}
	return verbs, out
}

// hour names a step of time; a time of more than a day names its day too.
func hour(d moderation.Digest, at time.Time) string {
	if d.Until.Sub(d.From) > 25*time.Hour { // the longest day of a zone
		return at.Format("01-02 15h")
	}
	return at.Format("15:04")
}

// actorName is a moderator as a chart names one: the name, or the id where the
// name is none.
func (s *speech) actorName(t moderation.Tally) string {
	switch name := personName(t.Name); {
	case t.Key == "":
		return s.own("digest.rest", nil)
	case s.has("actor." + t.Key):
		return s.own("actor."+t.Key, nil)
	case name != "":
		return name
	}
	return t.Key
}

// unlike returns a label that fits a chart and differs from the others.
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
