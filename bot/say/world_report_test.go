package say

import (
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"
)

// report is a report in a state, with hostile text wherever others write.
func (w world) report(state moderation.ReportState) ReportView {
	mei := w.actor()
	r := moderation.Report{
		Token: opaque, Room: moderation.Room{Kind: moderation.KindLive, ID: "show1", Name: "gala"}, Target: "<!channel>", Reason: "hate", State: state,
		Count: 1234, Reporters: []string{"kim", "", "*lee*", "<@U1>", "b", "c", "d"}, FirstAt: asked, LastAt: asked.Add(time.Minute), Channel: "C0REPORTS",
		Texts: []moderation.ReportedText{
			{Reporter: "kim", Text: w.reason, At: asked},
			{Text: "<https://evil.example|click> @here *bold*\n> quoted", At: asked, Links: []string{"https://example.com/a?b=1", "https://example.com/|x>"}},
		},
	}
	if state != moderation.ReportOpen {
		r.By, r.Case = &mei, 412
	}
	v := ReportView{Report: r, Earlier: moderation.EarlierCases{Cases: 3, LastNo: 98, LastVerb: moderation.Ban, LastFor: 24 * time.Hour, LastAt: asked.Add(-72 * time.Hour)}}
	for _, verb := range []moderation.Verb{moderation.Mute, moderation.Silence, moderation.Ban, moderation.Kick} {
		a := moderation.Action{Verb: verb, Room: moderation.Room{Kind: r.Room.Kind, ID: r.Room.ID}, Targets: []string{r.Target}, Reason: r.Reason, Duration: time.Hour}
		if verb == moderation.Kick {
			a.Duration = 0
		}
		v.Actions = append(v.Actions, a)
	}
	return v
}

// reports are so many different reports, in each state.
func (w world) reports(n int) []moderation.Report {
	states := []moderation.ReportState{moderation.ReportOpen, moderation.ReportTaken, moderation.ReportDecided, moderation.ReportDismissed}
	out := make([]moderation.Report, n)
	for i := range out {
		out[i] = w.report(states[i%len(states)]).Report
		out[i].Count = n - i
	}
	return out
}

// crowdedReports are as many as a list takes, each with the longest names that there are.
func (w world) crowdedReports() []moderation.Report {
	out := w.reports(ReportsInList)
	for i := range out {
		out[i].Target = strings.Repeat("W", moderation.MaxUserID-2) + strconv.Itoa(10+i)
		out[i].Room = moderation.Room{Kind: moderation.KindLive, ID: strings.Repeat("R", 64), Name: strings.Repeat(w.roomName+"n", 20)}
		out[i].Reason, out[i].Count = strings.Repeat("r", moderation.MaxReportReason), 1_000_000
		if out[i].By != nil {
			out[i].Case = 1 << 40
			out[i].By.Name, out[i].By.User = strings.Repeat("Łong & *name* ", 30), "U"+strings.Repeat("7", 20)
		}
	}
	return out
}
