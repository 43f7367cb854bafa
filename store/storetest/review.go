package storetest

import (
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var (
	reviewer = moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U2", Name: "Wei"}
	another  = moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U3", Name: "Ada"}
)

// reviews reviews a case as a person.
func (b *bench) reviews(no int64, by moderation.Actor, state moderation.ReviewState, note string) (moderation.Case, error) {
	b.t.Helper()
	return b.s.Review(b.ctx, b.command(), moderation.ReviewInput{
		No: no, State: state, Note: note, Body: moderation.Body{Actor: &by, Detail: note},
	})
}

// waiting returns the numbers of the cases that wait for review.
func (b *bench) waiting() (nos []int64) {
	b.t.Helper()
	page, all, err := b.s.PendingReviews(b.ctx, 0, 1000)
	b.ok(err)
	require.Len(b.t, page, all)
	for _, it := range page {
		nos = append(nos, it.Case.No)
	}
	return nos
}

// lines returns the keys of the due posts in the audit channel, and marks them as posted in one
// message.
func (b *bench) lines(ts string) (keys []string) {
	b.t.Helper()
	posts, _ := b.due(audit)
	for _, p := range posts {
		keys = append(keys, p.Key)
	}
	if len(posts) > 0 {
		b.posted(ts, posts...)
	}
	return keys
}

var reviewTests = map[string]func(*bench){
	"a share of cases is sampled by the hash": func(b *bench) {
		none := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		every := b.done(asks{verb: moderation.Kick, on: []string{"a"}, sample: 1})
		require.Zero(b.t, b.caseNo(none.No).Review.State)
		got := b.caseNo(every.No).Review
		require.Equal(b.t, moderation.ReviewPending, got.State)
		require.Equal(b.t, moderation.ReviewSample, got.Why)
		const n = 200
		chosen := 0
		for range n {
			c := b.done(asks{verb: moderation.Kick, on: []string{"a"}, sample: 0.25})
			if c.Review.State == moderation.ReviewPending {
				chosen++
			}
		}
		require.InDelta(b.t, n/4, chosen, 25, "a quarter of %d", n) // four standard deviations
		require.Len(b.t, b.waiting(), chosen+1)
	},
	"a case without calls needs no review": func(b *bench) {
		c, _ := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour, asking: true, sample: 1})
		require.Empty(b.t, b.waiting(), "nothing to review before its end")
		_, err := b.s.AbandonPending(b.ctx, b.command(), c.No, moderation.EntryConfirmation, moderation.Body{Code: moderation.CodeDropped})
		b.ok(err)
		require.Empty(b.t, b.waiting())
		require.Zero(b.t, b.caseNo(c.No).Review.State)
	},
	"a waiting case is not reviewed": func(b *bench) {
		asking, _ := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"b"}, last: time.Hour, asking: true})
		for _, c := range []moderation.Case{b.opensWaiting(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, ""), asking} {
			require.False(b.t, c.Reviewable())
			_, err := b.reviews(c.No, reviewer, moderation.ReviewReviewed, "")
			require.ErrorIs(b.t, err, moderation.ErrStale)
			require.Zero(b.t, b.caseNo(c.No).Review)
		}
	},
	"a review is recorded once, and by another person": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}, sample: 1})
		_, err := b.reviews(c.No, c.Actor, moderation.ReviewReviewed, "")
		require.Equal(b.t, moderation.RefuseOwnCase, moderation.CodeOf(err))
		require.Equal(b.t, []int64{c.No}, b.waiting(), "a refusal changes nothing")
		got, err := b.reviews(c.No, reviewer, moderation.ReviewReviewed, "")
		b.ok(err)
		require.Equal(b.t, moderation.ReviewReviewed, got.Review.State)
		require.Equal(b.t, reviewer.User, got.Review.By.User)
		require.Equal(b.t, moderation.ReviewSample, got.Review.Why)
		require.Greater(b.t, got.Version, c.Version)
		require.Empty(b.t, b.waiting())
		kinds := b.kinds(c.No)
		require.Equal(b.t, moderation.EntryReviewed, kinds[len(kinds)-1])
		late, err := b.reviews(c.No, another, moderation.ReviewReviewed, "")
		require.ErrorIs(b.t, err, moderation.ErrStale)
		require.Equal(b.t, reviewer.User, late.Review.By.User)
		require.Equal(b.t, kinds, b.kinds(c.No))
	},
	"a flagged case is first until another person reviews it": func(b *bench) {
		first := b.done(asks{verb: moderation.Kick, on: []string{"a"}, sample: 1})
		second := b.done(asks{verb: moderation.Kick, on: []string{"b"}})
		require.Equal(b.t, []int64{first.No}, b.waiting())
		got, err := b.reviews(second.No, reviewer, moderation.ReviewFlagged, "wrong person")
		b.ok(err)
		require.Equal(b.t, "wrong person", got.Review.Note)
		require.Equal(b.t, []int64{second.No, first.No}, b.waiting())
		_, err = b.reviews(second.No, reviewer, moderation.ReviewReviewed, "")
		require.Equal(b.t, moderation.RefuseOwnFlag, moderation.CodeOf(err))
		_, err = b.reviews(second.No, another, moderation.ReviewReviewed, "")
		b.ok(err)
		require.Equal(b.t, []int64{first.No}, b.waiting())
		b.restart()
		require.Equal(b.t, another.User, b.caseNo(second.No).Review.By.User)
	},
	"pages of pending reviews": func(b *bench) {
		for range 5 {
			b.done(asks{verb: moderation.Kick, on: []string{"a"}, sample: 1})
		}
		page, all, err := b.s.PendingReviews(b.ctx, 2, 2)
		b.ok(err)
		require.Equal(b.t, 5, all)
		require.Len(b.t, page, 2)
		require.EqualValues(b.t, 3, page[0].Case.No)
		page, _, err = b.s.PendingReviews(b.ctx, 6, 2)
		b.ok(err)
		require.Empty(b.t, page)
	},
	"a line is changed by its review": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		key := "line:" + strconv.FormatInt(c.No, 10)
		require.Equal(b.t, []string{key}, b.lines("9.1"))
		require.Empty(b.t, b.lines("9.2"))
		_, err := b.reviews(c.No, reviewer, moderation.ReviewFlagged, "why")
		b.ok(err)
		posts, _ := b.due(audit)
		require.Len(b.t, posts, 1)
		require.Equal(b.t, "9.1", posts[0].TS, "it was on its own: its message is updated")
		b.posted("9.1", posts...)
		_, err = b.reviews(c.No, another, moderation.ReviewReviewed, "")
		b.ok(err)
		require.Equal(b.t, []string{key}, b.lines("9.1"))
	},
	"a flagged line in a list gets one of its own": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		b.done(asks{verb: moderation.Kick, on: []string{"b"}})
		require.Len(b.t, b.lines("9.1"), 2)
		_, err := b.reviews(c.No, reviewer, moderation.ReviewFlagged, "why")
		b.ok(err)
		posts, _ := b.due(audit)
		require.Len(b.t, posts, 2)
		require.Equal(b.t, "9.1", posts[0].TS)
		require.Empty(b.t, posts[1].TS)
		require.Equal(b.t, moderation.EntryFlagged, posts[1].EntryKind)
		require.Equal(b.t, c.No, posts[1].Case)
		in, err := b.s.PostsIn(b.ctx, moderation.Posted{Channel: audit, TS: "9.1"})
		b.ok(err)
		require.Len(b.t, in, 2, "a message is posted again as a whole")
	},
	"a case's line is kept for its review": func(b *bench) {
		notice := func(key string) {
			b.ok(b.s.Append(b.ctx, moderation.Change{Lines: []moderation.Line{{
				Key: key, Channel: audit, Due: b.clock.Now(), Kind: moderation.EntryNotice, Body: moderation.Body{Detail: "x"}.JSON(),
			}}}))
		}
		in := func(ts string) int {
			posts, err := b.s.PostsIn(b.ctx, moderation.Posted{Channel: audit, TS: ts})
			b.ok(err)
			return len(posts)
		}
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		notice("with it")
		require.Len(b.t, b.lines("9.1"), 2)
		b.done(asks{verb: moderation.Kick, on: []string{"b"}})
		require.Len(b.t, b.lines("9.2"), 1)
		notice("alone")
		require.Len(b.t, b.lines("9.3"), 1)
		b.clock.Add(8 * 24 * time.Hour)
		_, err := b.s.Seal(b.ctx)
		b.ok(err)
		require.Equal(b.t, 2, in("9.1"), "posts of the same message are posted again with it")
		require.Equal(b.t, 1, in("9.2"))
		require.Zero(b.t, in("9.3"))
	},
	"listed lines are posted again with buttons, after all others": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}, sample: 1})
		posts, _ := b.due(audit)
		b.ok(b.s.PostLinesSeparately(b.ctx, posts...))
		b.ok(b.s.PostLinesSeparately(b.ctx, posts...))
		b.posted("9.1", posts...)
		b.done(asks{verb: moderation.Kick, on: []string{"b"}})
		posts, _ = b.due(audit)
		require.Len(b.t, posts, 2)
		require.Equal(b.t, c.No, posts[1].Case)
		require.Equal(b.t, moderation.RankSeparate, posts[1].Rank)
		require.Empty(b.t, posts[1].Body)
	},
	"a message's cases are found by its token": func(b *bench) {
		b.ok(b.s.SaveLineCases(b.ctx, "t1", []int64{3, 1, 2}))
		b.ok(b.s.SaveLineCases(b.ctx, "t1", []int64{9}))
		b.restart()
		got, err := b.s.LineCases(b.ctx, "t1")
		b.ok(err)
		require.Equal(b.t, []int64{3, 1, 2}, got)
		_, err = b.s.LineCases(b.ctx, "t2")
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
	},
}
