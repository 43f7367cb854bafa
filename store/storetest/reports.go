package storetest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

const inbox = "C3" // the channel of reports

// remind is how long reports wait for a reminder.
const remind = 10 * time.Minute

// reported returns a report of a target.
func (b *bench) reported(target string) moderation.NewReport {
	b.n++
	return moderation.NewReport{ID: "r" + strconv.Itoa(b.n), Reporter: "kim", Target: target, Room: live, Reason: "hate", Text: "go away",
		At: b.clock.Now(), Channel: inbox}
}

// reports stores reports.
func (b *bench) reports(reports ...moderation.NewReport) {
	b.t.Helper()
	reused, err := b.s.AcceptReports(b.ctx, reports, remind)
	b.ok(err)
	require.NotContains(b.t, reused, true)
}

// unanswered returns the reports that wait.
func (b *bench) unanswered() []moderation.Report {
	b.t.Helper()
	found, all, err := b.s.WaitingReports(b.ctx, inbox, 1000)
	b.ok(err)
	require.Len(b.t, found, all)
	return found
}

// oneReport stores one report and returns it.
func (b *bench) oneReport(target string) moderation.Report {
	b.t.Helper()
	b.reports(b.reported(target))
	found := b.unanswered()
	return found[slices.IndexFunc(found, func(r moderation.Report) bool { return r.Target == target })]
}

func (b *bench) report(token string) moderation.Report {
	b.t.Helper()
	r, err := b.s.Report(b.ctx, token)
	b.ok(err)
	return r
}

// from makes a new case come of a report.
func from(r moderation.Report, o moderation.NewCase) moderation.NewCase {
	o.Report, o.Case.Origin.Source = r.Token, moderation.SourceReport
	return o
}

func (b *bench) reportKinds() (kinds []moderation.EntryKind) {
	b.t.Helper()
	entries, err := b.s.Entries(b.ctx, 0, 0)
	b.ok(err)
	for _, e := range entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

var banTroll = asks{verb: moderation.Ban, room: live, on: []string{"troll"}, last: time.Hour}

var reportTests = map[string]func(*bench){
	"equal reports fold until they are decided": func(b *bench) {
		first, second := b.reported("troll"), b.reported("troll")
		second.Reporter, second.Text, second.Links = "lee", "louder", []string{"https://example.com/1"}
		other, elsewhere := b.reported("other"), b.reported("troll")
		elsewhere.Room = room
		b.reports(first, second, other)
		b.reports(elsewhere)
		found := b.unanswered()
		require.Len(b.t, found, 3)
		r := found[slices.IndexFunc(found, func(r moderation.Report) bool { return r.Target == "troll" && r.Room == live })]
		require.Equal(b.t, 2, r.Count)
		require.Equal(b.t, []string{"kim", "lee"}, r.Reporters)
		require.Equal(b.t, []moderation.ReportedText{
			{Reporter: "kim", Text: "go away", At: first.At.UTC()}, {Reporter: "lee", Text: "louder", Links: second.Links, At: second.At.UTC()},
		}, r.Texts)
		_, err := b.s.OpenCase(b.ctx, b.command(), from(r, b.opening(banTroll)))
		b.ok(err)
		b.reports(b.reported("troll"))
		require.Len(b.t, b.unanswered(), 3, "after a decision it is a new report")
		require.Equal(b.t, 2, b.report(r.Token).Count)
	},
	"a report that is sent twice counts once": func(b *bench) {
		r := b.reported("troll")
		b.reports(r, r)
		b.reports(r)
		require.Equal(b.t, 1, b.unanswered()[0].Count)
		b.restart()
		later := r
		later.At = later.At.Add(time.Minute)
		b.reports(later)
		require.Equal(b.t, 1, b.unanswered()[0].Count)
	},
	"another report with the id of one is named, and changes nothing": func(b *bench) {
		r := b.reported("troll")
		other, fine := r, b.reported("troll")
		other.Target = "innocent"
		reused, err := b.s.AcceptReports(b.ctx, []moderation.NewReport{r, other, fine}, remind)
		b.ok(err)
		require.Equal(b.t, []bool{false, true, false}, reused)
		other.Target, other.Text = r.Target, "something else"
		reused, err = b.s.AcceptReports(b.ctx, []moderation.NewReport{other}, remind)
		b.ok(err)
		require.Equal(b.t, []bool{true}, reused)
		require.Len(b.t, b.unanswered(), 1)
		require.Equal(b.t, 2, b.unanswered()[0].Count)
	},
	"a flood is one row, one entry, one message and few updates": func(b *bench) {
		const n, size = 2000, 100
		for range n / size {
			group := make([]moderation.NewReport, size)
			for i := range group {
				group[i] = b.reported("troll")
				group[i].Reporter = fmt.Sprint("u", b.n)
			}
			b.reports(group...)
		}
		r := b.unanswered()[0]
		require.Equal(b.t, n, r.Count)
		require.Len(b.t, r.Reporters, moderation.MaxReporters)
		require.Len(b.t, r.Texts, moderation.MaxReportTexts)
		posts, keys := b.due(inbox)
		require.Equal(b.t, "report:"+r.Token, keys)
		b.posted("1.1", posts...)
		b.reports(b.reported("troll"))
		posts, _ = b.due(inbox)
		require.Empty(b.t, posts, "an update waits for more")
		b.clock.Add(10 * time.Second)
		posts, _ = b.due(inbox)
		require.Len(b.t, posts, 1)
		entries := 0
		_, err := b.s.Seal(b.ctx)
		b.ok(err)
		for _, k := range b.reportKinds() {
			if k == moderation.EntryReport {
				entries++
			}
		}
		require.Equal(b.t, 1, entries)
	},
	"what belongs to a case comes before a flood of reports": func(b *bench) {
		flood := make([]moderation.NewReport, 30)
		for i := range flood {
			flood[i] = b.reported(fmt.Sprint("troll", i))
			flood[i].Channel = here
		}
		b.reports(flood...)
		b.clock.Add(10 * time.Second)
		_, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
		b.clock.Add(timing.CardDelay)
		next := func(n int) (posts []moderation.Post) {
			posts, err := b.s.DuePosts(b.ctx, here, "", n)
			b.ok(err)
			return posts
		}
		backlog, err := b.s.DueChannels(b.ctx, map[string]bool{audit: true})
		b.ok(err)
		require.Equal(b.t, []moderation.ChannelBacklog{{Channel: here, Posts: 31, Reports: 30, Oldest: b.clock.Now(), OldestReport: backlog[0].OldestReport}}, backlog)
		require.GreaterOrEqual(b.t, b.clock.Now().Sub(backlog[0].OldestReport), 10*time.Second)
		b.posted("1.1", next(1)...)
		b.answers(jobs[1], b.sends(jobs[1], 2).Call, yes, accepted)
		posts := next(3)
		require.Equal(b.t, []string{"card:1", "thread:1"}, []string{posts[0].Key, posts[1].Key}, "an update, and a thread")
		_, isReport := posts[2].Report()
		require.True(b.t, isReport)
	},
	"who acted on a report is shown before new reports": func(b *bench) {
		r := b.oneReport("troll")
		posts, _ := b.due(inbox)
		b.posted("1.1", posts...)
		b.reports(b.reported("a"), b.reported("b"))
		b.clock.Add(time.Second)
		b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
		posts, _ = b.due(inbox)
		require.Len(b.t, posts, 3)
		require.Equal(b.t, "report:"+r.Token, posts[0].Key)
	},
	"a report that grows while it is shown waits for more": func(b *bench) {
		r := b.oneReport("troll")
		for _, delay := range []time.Duration{10 * time.Second, 0} {
			posts, _ := b.due(inbox)
			require.Len(b.t, posts, 1)
			if b.reports(b.reported("troll")); delay == 0 {
				b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
			}
			b.posted("1.1", posts...)
			if posts, _ = b.due(inbox); delay == 0 {
				require.Len(b.t, posts, 1, "who acted on it is shown at once")
				return
			}
			require.Empty(b.t, posts)
			b.clock.Add(delay)
		}
	},
	"reports that share a message are read at once": func(b *bench) {
		b.reports(b.reported("once"), b.reported("often"), b.reported("often"), b.reported("troll"))
		posts, _ := b.due(inbox)
		b.posted("1.1", posts...)
		posts, err := b.s.PostsIn(b.ctx, moderation.Posted{Channel: inbox, TS: "1.1"})
		b.ok(err)
		require.Len(b.t, posts, 3)
		var tokens []string
		for _, p := range posts {
			require.True(b.t, p.Folded)
			token, _ := p.Report()
			tokens = append(tokens, token)
		}
		b.erases(moderation.ErasureRequest{Target: "troll"})
		found, err := b.s.Reports(b.ctx, tokens)
		b.ok(err)
		require.Len(b.t, found, 2, "an erased one is none")
		require.Equal(b.t, []string{"often", "once"}, []string{found[0].Target, found[1].Target})
		require.Equal(b.t, moderation.Posted{Channel: inbox, TS: "1.1"}, found[0].Card)
		// The one that was erased is not shown again, and keeps no other from it.
		b.reports(b.reported("once"))
		b.clock.Add(10 * time.Second)
		posts, _ = b.due(inbox)
		require.Len(b.t, posts, 1)
	},
	"a case about other people leaves the report open, and an erased report is none": func(b *bench) {
		r := b.oneReport("troll")
		c, err := b.s.OpenCase(b.ctx, b.command(), from(r, b.opening(asks{verb: moderation.Ban, room: live, on: []string{"other"}, last: time.Hour})))
		b.ok(err)
		require.Equal(b.t, moderation.ReportOpen, b.report(r.Token).State)
		b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &c.Actor}, moderation.Change{}))
		_, err = b.s.OpenCase(b.ctx, b.command(), from(r, b.opening(asks{verb: moderation.Kick, room: live, on: []string{"other"}})))
		b.ok(err)
		_, err = b.s.OpenCase(b.ctx, b.command(), from(r, b.opening(banTroll)))
		require.ErrorAs(b.t, err, new(*moderation.ReportTakenError))
		r.Token = moderation.NewToken()
		_, err = b.s.OpenCase(b.ctx, b.command(), from(r, b.opening(banTroll)))
		b.ok(err)
	},
	"the first who acts on a report decides it": func(b *bench) {
		r := b.oneReport("troll")
		c, err := b.s.OpenCase(b.ctx, b.command(), from(r, b.opening(banTroll)))
		b.ok(err)
		got := b.report(r.Token)
		require.Equal(b.t, moderation.ReportDecided, got.State)
		require.Equal(b.t, c.No, got.Case)
		require.Equal(b.t, "Mei Lin", got.By.Name)
		require.Contains(b.t, b.kinds(c.No), moderation.EntryReportDecided)
		j := b.command()
		_, err = b.s.OpenCase(b.ctx, j, from(r, b.opening(asks{verb: moderation.Kick, on: []string{"troll"}})))
		var taken *moderation.ReportTakenError
		require.ErrorAs(b.t, err, &taken)
		require.Equal(b.t, c.No, taken.Report.Case)
		require.ErrorAs(b.t, b.s.DismissReport(b.ctx, j, r.Token, moderation.Body{Actor: &another}, moderation.Change{}), &taken)
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
		_, err = b.s.Case(b.ctx, c.No+1)
		require.ErrorIs(b.t, err, moderation.ErrNotFound, "no second case")
	},
	"a dismissed report is over": func(b *bench) {
		r := b.oneReport("troll")
		b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
		got := b.report(r.Token)
		require.Equal(b.t, moderation.ReportDismissed, got.State)
		require.Equal(b.t, reviewer.Name, got.By.Name)
		require.Empty(b.t, b.unanswered())
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryReport, moderation.EntryReportDismissed}, b.reportKinds())
		require.ErrorIs(b.t, b.s.DismissReport(b.ctx, b.command(), "none", moderation.Body{Actor: &reviewer}, moderation.Change{}), moderation.ErrNotFound)
	},
	"statistics say how long decided reports had waited": func(b *bench) {
		since := b.clock.Now().Add(-time.Second)
		for i, wait := range []time.Duration{time.Minute, 5 * time.Minute, 2 * time.Minute} {
			r := b.oneReport(fmt.Sprint("troll", i))
			b.clock.Add(wait)
			b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
		}
		_, err := b.s.OpenCase(b.ctx, b.command(), from(b.oneReport("troll"), b.opening(banTroll)))
		b.ok(err)
		b.oneReport("other")
		of := func(q moderation.SearchQuery) moderation.Statistics {
			st, err := b.s.Statistics(b.ctx, q, since, b.clock.Now().Add(time.Second))
			b.ok(err)
			return st
		}
		st := of(moderation.SearchQuery{})
		require.Equal(b.t, []int{4, 3}, []int{st.Decided, st.Dismissed})
		require.Equal(b.t, []time.Duration{90 * time.Second, 5 * time.Minute}, []time.Duration{st.DecidedMedian, st.DecidedLongest})
		require.Equal(b.t, 3, of(moderation.SearchQuery{Actor: reviewer.User}).Decided)
		require.Equal(b.t, 4, of(moderation.SearchQuery{Room: live.String()}).Decided)
		require.Zero(b.t, of(moderation.SearchQuery{Room: room.String()}).Decided)
	},
	"a report is open again when its case is denied": func(b *bench) {
		r := b.oneReport("troll")
		o := b.opening(asks{verb: moderation.Ban, room: live, on: []string{"troll"}, last: time.Hour, asking: true})
		o.Case.State = moderation.AwaitingApproval
		o.Case.Decision.Requirement = moderation.ApprovalRequirement{Approvals: 1, TTL: 10 * time.Minute}
		c, err := b.s.OpenCase(b.ctx, b.command(), from(r, o))
		b.ok(err)
		got := b.report(r.Token)
		require.Equal(b.t, moderation.ReportTaken, got.State)
		require.Equal(b.t, c.No, got.Case)
		require.Contains(b.t, b.kinds(c.No), moderation.EntryReportTaken)
		b.reports(b.reported("troll"))
		require.Equal(b.t, 2, b.report(r.Token).Count, "further ones still fold")
		_, err = b.s.Reject(b.ctx, b.command(), c.No, moderation.ApprovalDenied, moderation.Body{Actor: &reviewer, Detail: "no"})
		b.ok(err)
		got = b.report(r.Token)
		require.Equal(b.t, moderation.ReportOpen, got.State)
		require.Nil(b.t, got.By)
		require.Contains(b.t, b.kinds(c.No), moderation.EntryReportReopened)
		require.Len(b.t, b.unanswered(), 1)
		b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
	},
	"unanswered reports are reminded of once in a while": func(b *bench) {
		b.reports(b.reported("a"), b.reported("b"))
		b.none(moderation.QueueTimer)
		posts, _ := b.due(inbox)
		b.posted("1.1", posts[0])
		b.posted("1.2", posts[1])
		b.clock.Add(remind + time.Minute)
		b.ok(b.s.RemindReports(b.ctx, b.claim(moderation.QueueTimer), inbox, remind))
		posts, _ = b.due(inbox)
		require.Len(b.t, posts, 1, "one message for all")
		_, card := posts[0].Report()
		require.False(b.t, card)
		b.posted("1.3", posts...)
		b.none(moderation.QueueTimer)
		for _, r := range b.unanswered() {
			b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
		}
		b.clock.Add(remind + time.Minute)
		b.ok(b.s.RemindReports(b.ctx, b.claim(moderation.QueueTimer), inbox, remind))
		posts, _ = b.due(inbox)
		require.Len(b.t, posts, 2, "only the two cards, which show that they were dismissed")
		b.clock.Add(remind + time.Minute)
		b.none(moderation.QueueTimer)
	},
	"the digest counts reports": func(b *bench) {
		began := b.clock.Now()
		b.clock.Add(time.Minute)
		b.ok(b.s.DismissReport(b.ctx, b.command(), b.oneReport("a").Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
		b.reports(b.reported("b"), b.reported("b"))
		d, err := b.s.Digest(b.ctx, began, b.clock.Now())
		b.ok(err)
		require.Equal(b.t, 2, d.Reports)
		require.Equal(b.t, 1, d.ReportsOpen)
	},
	"reports of an erased person are gone": func(b *bench) {
		r, other := b.oneReport("troll"), b.reported("other")
		other.Reporter, other.Text = "troll", "troll writes this"
		b.reports(other)
		b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
		b.reports(b.reported("troll"))
		did := b.erases(moderation.ErasureRequest{Target: "troll"})
		_, err := b.s.Report(b.ctx, r.Token)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		left := b.unanswered()
		require.Len(b.t, left, 1)
		require.Equal(b.t, []string{did.Marker}, left[0].Reporters)
		require.NotContains(b.t, left[0].Texts[0].Text, "troll")
		require.NotContains(b.t, b.logged(0), "troll")
	},
	"what is over is deleted in time": func(b *bench) {
		r, open := b.oneReport("troll"), b.oneReport("open")
		b.ok(b.s.DismissReport(b.ctx, b.command(), r.Token, moderation.Body{Actor: &reviewer}, moderation.Change{}))
		posts, _ := b.due(inbox)
		for i, p := range posts {
			b.posted(fmt.Sprint("1.", i), p)
		}
		b.clock.Add(91 * 24 * time.Hour)
		_, err := b.s.Seal(b.ctx) // deletes it
		b.ok(err)
		_, err = b.s.Report(b.ctx, r.Token)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		require.Equal(b.t, open.Token, b.unanswered()[0].Token)
		require.NotEmpty(b.t, b.report(open.Token).Card.TS)
	},
}
