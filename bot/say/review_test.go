package say

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/moderation"
)

// byToken is the id of a message's button.
func byToken([]int) string { return opaque }

// reviewed are lines in every state of a review.
func (w world) reviewed() []LineItem {
	actor := w.actor()
	out := w.lines(4)[:4]
	for i, r := range []moderation.Review{
		{State: moderation.ReviewPending, Why: moderation.ReviewSample}, {State: moderation.ReviewPending, Why: moderation.ReviewOverride},
		{State: moderation.ReviewFlagged, Why: moderation.ReviewFlag, By: actor, At: asked, Note: w.reason},
		{State: moderation.ReviewReviewed, By: actor, At: asked},
	} {
		out[i].Subject.Review = r
	}
	return out
}

// sum is a digest with everything in it.
func (w world) sum() moderation.Digest {
	from := time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	d := moderation.Digest{
		From: from, Until: from.Add(24 * time.Hour), Cases: 240, Refusals: 13, Late: 2, Overdue: 1, Reviewed: 4,
		Undecided: 2, Outcomes: map[moderation.Outcome]int{moderation.Accepted: 400, moderation.Failed: 3, moderation.Unknown: 1},
		Refused:   []moderation.Tally{{Key: "refuse-no-rule", N: 10}, {Key: w.room, N: 1}, {N: 2}},
		Approvals: map[string]int{"approved": 3, "denied": 1, "withdrawn": 1, "expired": 2, "glass": 1},
		Median:    2 * time.Minute, Longest: 5 * time.Minute, LongestOf: 412,
		Waiting: map[string]int{moderation.ReviewOverride: 1, moderation.ReviewFlag: 1, moderation.ReviewSample: 5},
		Verbs:   []moderation.Tally{{Key: "ban", N: 100}, {Key: "mute", N: 80}, {Key: "kick", N: 60}},
	}
	for i := range moderation.DigestGroups {
		d.Actors = append(d.Actors, moderation.Tally{Key: fmt.Sprintf("U0%d", i), Name: w.name, N: 40 - i})
		d.Rooms = append(d.Rooms, moderation.Tally{Key: fmt.Sprintf("live:%s%d", w.room, i), Name: w.roomName, N: 40 - i})
	}
	d.Actors, d.Rooms = append(d.Actors, moderation.Tally{N: 7}), append(d.Rooms, moderation.Tally{N: 7})
	for i := range 24 {
		d.Bars = append(d.Bars, moderation.Bar{At: from.Add(time.Duration(i) * time.Hour), Verbs: map[moderation.Verb]int{moderation.Ban: 5, moderation.Mute: 3, moderation.Kick: 2}})
	}
	return d
}

func (w world) digestLine() LineItem {
	d := w.sum()
	return LineItem{Kind: moderation.EntryDigest, Body: moderation.Body{Digest: &d}, At: asked, Head: strings.Repeat("9f3a61c0", 8), Number: 12345}
}

func (w world) rows(n int) (rows []ReviewRow) {
	items := w.reviewed()
	for i := range n {
		rows = append(rows, ReviewRow{Case: *items[i%3].Subject, Permalink: w.link})
	}
	return rows
}

// reviewMessages are the messages of reviews and days.
func (w world) reviewMessages(s *Speaker, lang Lang) map[string]Message {
	done := w.done().Case
	done.Review = moderation.Review{State: moderation.ReviewReviewed, By: w.actor(), At: asked}
	flagged := done
	flagged.Review = moderation.Review{State: moderation.ReviewFlagged, By: w.actor(), At: asked, Note: w.reason}
	out := map[string]Message{
		"golden.reviews-page": s.ReviewPage(w.rows(3), 0, 3, opaque, lang), "reviews-full": s.ReviewPage(w.rows(ReviewsOnPage), 1, 30, opaque, lang),
		"golden.reviews-none": s.ReviewPage(nil, 0, 0, opaque, lang), "golden.reviews-gone": s.ReviewsGone(lang),
		"golden.answer-reviewed": s.Reviewed(done, lang), "golden.answer-flagged": s.Reviewed(flagged, lang),
		"golden.stale-reviewed": s.ReviewStale(done, lang), "golden.stale-flagged": s.ReviewStale(flagged, lang),
		"lines-again": s.UpdatedLines(w.lines(26)[:26], true, opaque), "lines-again-stacked": s.UpdatedLines(w.lines(12)[:12], false, opaque),
	}
	for i, m := range s.AuditLines(append(w.reviewed(), w.digestLine()), 0, byToken) {
		out[fmt.Sprintf("golden.review-lines-%d", i)] = m.Message
	}
	for i, m := range s.AuditLines(w.lines(1)[:1], 0, byToken) {
		out[fmt.Sprintf("golden.line-alone-%d", i)] = m.Message
	}
	return out
}

func some(items []LineItem, of []int) (out []LineItem) {
	for _, i := range of {
		out = append(out, items[i])
	}
	return out
}

// labels returns the words on a message's buttons.
func labels(m Message) (out []string) {
	for _, b := range m.Blocks {
		if a, ok := b.(*slack.ActionBlock); ok {
			for _, e := range a.Elements.ElementSet {
				out = append(out, e.(*slack.ButtonBlockElement).Text.Text)
			}
		}
	}
	return out
}

func TestALineAloneHasItsButtons(t *testing.T) {
	s, w := New(Config{}), calm()
	m := s.AuditLines(w.lines(1)[:1], 0, byToken)
	require.Len(t, m, 1)
	require.False(t, m[0].Folded)
	require.Equal(t, []string{"Mark reviewed", "Flag…"}, labels(m[0].Message))
	refusals := s.AuditLines(w.lines(0)[:2], 0, byToken)
	require.Len(t, refusals, 1)
	require.Empty(t, labels(refusals[0].Message), "no case, nothing to review")
}

func TestFoldedLinesHaveOneButton(t *testing.T) {
	s, w := New(Config{}), calm()
	items := w.lines(4)
	m := s.AuditLines(items, 0, func(of []int) string { require.Len(t, of, len(items)); return opaque })
	require.Len(t, m, 1)
	require.True(t, m[0].Folded)
	require.Equal(t, []string{"Review these"}, labels(m[0].Message))
	for i := range items {
		if items[i].Subject != nil {
			items[i].Subject.Review.State = moderation.ReviewReviewed
		}
	}
	require.Empty(t, labels(s.UpdatedLines(items, true, opaque)), "all were looked at")
}

// What needs a review is never in a fold without its buttons: overrides
// have a message of their own, selected ones buttons of their own.
func TestLinesToReviewAreAlone(t *testing.T) {
	s, w := New(Config{}), calm()
	items := append(w.reviewed(), w.lines(2)[:2]...)
	m := s.AuditLines(items, 0, byToken)
	require.Len(t, m, 4)
	require.Equal(t, []int{3, 4, 5}, m[0].Items)
	require.Equal(t, []string{"Review these"}, labels(m[0].Message))
	require.Equal(t, []int{1}, m[1].Items)
	require.Equal(t, []string{"Mark reviewed", "Flag…"}, labels(m[1].Message))
	require.Equal(t, []int{2}, m[2].Items)
	require.Equal(t, []string{"Mark reviewed"}, labels(m[2].Message), "flagged already")
	require.Equal(t, []int{0}, m[3].Items)
	require.Equal(t, []string{"Mark reviewed", "Flag…"}, labels(m[3].Message))
	items[1].Subject.Review = moderation.Review{State: moderation.ReviewReviewed, By: w.actor()}
	again := s.UpdatedLines(items[1:2], false, "")
	require.Empty(t, labels(again))
	require.Contains(t, again.Text, "reviewed by Mei Lin (U07MEI)")
}

// A thousand cases at once, a fifth of them selected: every line is posted within
// eight messages, and the selected ones ask for their buttons.
func TestSelectedLinesDoNotDelayOthers(t *testing.T) {
	t.Parallel()
	for lang, s := range speakers() {
		w := calm()
		w.name, w.reason = "Konstantin Alexandrowitsch", strings.Repeat("long reason ", 50)
		var items []LineItem
		for i := range 1000 {
			v := w.done()
			v.Case.No = int64(i + 1)
			if i%5 == 0 {
				v.Case.Review = moderation.Review{State: moderation.ReviewPending, Why: moderation.ReviewSample}
			}
			items = append(items, LineItem{Subject: &v.Case, Head: "9f3a61c0ffff", Permalink: w.link})
		}
		messages := s.AuditLines(items, 0, byToken)
		require.LessOrEqual(t, len(messages), 8, lang)
		var shown, later []int
		for _, m := range messages {
			require.Empty(t, faults(m.Message, "", "", w.link))
			shown, later = append(shown, m.Items...), append(later, m.Separate...)
		}
		require.Len(t, shown, 1000)
		require.Len(t, later, 200)
		for i := range later {
			items[later[i]].Separate = true
		}
		own := s.AuditLines(some(items, later), 0, byToken)
		require.LessOrEqual(t, len(own), 14)
		n := 0
		for _, m := range own {
			require.Empty(t, faults(m.Message, "", "", w.link))
			require.False(t, m.Folded)
			require.Empty(t, m.Separate)
			require.Len(t, labels(m.Message), 2*len(m.Items))
			n += len(m.Items)
		}
		require.Equal(t, 200, n)
	}
}

// A message is changed as long as its lines are in it, whatever they say
// them by then.
func TestAMessageOfLinesStaysOneMessage(t *testing.T) {
	t.Parallel()
	for lang, s := range speakers() {
		w := calm()
		w.name, w.reason = "Konstantin Alexandrowitsch", strings.Repeat("long reason ", 50)
		var items []LineItem
		for range 1000 {
			v := w.done()
			items = append(items, LineItem{Subject: &v.Case, Head: "9f3a61c0ffff", Permalink: w.link})
		}
		for _, m := range s.AuditLines(items, time.Minute, byToken) {
			of := some(items, m.Items)
			for i := range of {
				of[i].Subject.Review = moderation.Review{State: moderation.ReviewFlagged, By: w.actor(), Note: w.reason}
			}
			again := s.UpdatedLines(of, true, opaque)
			require.Empty(t, faults(again, "", "", w.link), lang)
			require.Equal(t, len(of), strings.Count(rawText(again), "🚩"))
		}
	}
}

func TestADigestsChartsKeepSlacksBounds(t *testing.T) {
	t.Parallel()
	for lang, s := range speakers() {
		for name, change := range map[string]func(*world, *moderation.Digest){
			"calm":        func(*world, *moderation.Digest) {},
			"names":       func(w *world, _ *moderation.Digest) { w.name = strings.Repeat("王", 80) },
			"empty names": func(w *world, _ *moderation.Digest) { w.name = "" },
			"a week":      func(_ *world, d *moderation.Digest) { d.From = d.From.AddDate(0, 0, -6) },
			"one bar":     func(_ *world, d *moderation.Digest) { d.Bars = d.Bars[:1] },
			"many verbs": func(_ *world, d *moderation.Digest) {
				d.Verbs = nil
				for _, v := range moderation.Verbs() {
					d.Verbs = append(d.Verbs, moderation.Tally{Key: string(v.Verb), N: 3})
					d.Bars[3].Verbs[v.Verb] = 3
				}
			},
		} {
			w := calm()
			d := w.sum()
			change(&w, &d)
			if w.name != calm().name {
				d = w.sum()
			}
			charts, numbers := s.in(lang).charts(d)
			require.Len(t, charts, 2)
			require.NotEmpty(t, numbers)
			for _, b := range charts {
				require.NoError(t, b.(slack.DataVisualizationBlock).Validate(), "%s in %s", name, lang)
			}
			m := s.AuditLines([]LineItem{{Kind: moderation.EntryDigest, Body: moderation.Body{Digest: &d}, Head: strings.Repeat("9f3a61c0", 8), Number: 7}}, 0, byToken)[0]
			require.Empty(t, faults(m.Message, "", "", ""), "%s in %s", name, lang)
		}
		charts, _ := s.in(lang).charts(moderation.Digest{})
		require.Empty(t, charts, "Slack takes no empty chart")
	}
}

func TestADigestHasItsNumbers(t *testing.T) {
	w := calm()
	m := New(Config{}).AuditLines([]LineItem{w.digestLine()}, 0, byToken)
	require.Len(t, m, 1)
	for _, part := range []string{
		"2026-11-22", "240 cases", "ban 100", "Mei Lin (U00) 40", "others 7", "no rule", "approved 3", "2 min", "5 min", "#412",
		"2 late", "1 is late now", "7 waiting", "break glass 1", "Cases over time (+0800): 09:00 ban 10, mute 6, kick 4 · 11:00 ban 10, mute 6, kick 4", "07:00 ban 10", "12345:" + strings.Repeat("9f3a61c0", 8),
	} {
		require.Contains(t, m[0].Text, part)
	}
	require.True(t, slices.ContainsFunc(m[0].Blocks, func(b slack.Block) bool { return b.BlockType() == slack.MBTRichText }))
}

func TestCuriousClicksAreACount(t *testing.T) {
	eve := moderation.Actor{Kind: moderation.ActorPerson, User: "U0EVE"}
	b := moderation.Body{Actor: &eve, Code: moderation.RefuseNotApprover, Detail: commands.StepDeny, Values: map[string]string{"case": "413"}}
	later := b
	later.Detail, later.Values = commands.StepApprove, map[string]string{"case": "414"}
	external := b
	external.Actor = &moderation.Actor{Kind: moderation.ActorPerson, User: "U0EVE", Team: "T9OTHER"}
	external.Code, external.Refusal = moderation.RefuseExternalPerson, 7
	for _, c := range []struct {
		lang Lang
		body moderation.Body
		want string
	}{
		{EN, b, "⛔ 14 refusals in 10 min: U0EVE (not an approver) pressed Deny on #413 · nothing was done"},
		{ZH, b, "⛔ 10 分钟内 14 次拒绝：U0EVE（不是审批人） 点击了 #413 的“拒绝” · 未执行"},
		{EN, b.FoldClick(later), "⛔ 14 refusals in 10 min: U0EVE (not an approver) pressed Approve and other buttons on 2 cases, last #414 · nothing was done"},
		{ZH, b.FoldClick(later), "⛔ 10 分钟内 14 次拒绝：U0EVE（不是审批人） 点击了 2 个案件（最近 #414）的“批准”等按钮 · 未执行"},
		{EN, external, "⛔ 14 identical refusals, the first is refusal 7 · U0EVE · from another organization · other organization T9OTHER · nothing was done"},
		{ZH, external, "⛔ 14 次相同的拒绝，首次为拒绝 7 · U0EVE · 来自其他组织 · 其他组织 T9OTHER · 未执行"},
	} {
		m := New(Config{Lang: c.lang}).AuditLines([]LineItem{{Kind: moderation.EntryRefused, Body: c.body, Count: 14}}, 0, byToken)
		require.Equal(t, c.want, m[0].Text)
	}
}
