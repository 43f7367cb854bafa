package storetest

import (
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var digestTests = map[string]func(*bench){
	"a day is summed up": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"before"}})
		from := b.clock.Now()
		b.clock.Add(30 * time.Minute)
		b.done(asks{verb: moderation.Kick, on: []string{"a"}, sample: 1})
		b.clock.Add(2 * time.Hour)
		flagged := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"b"}, last: time.Hour})
		_, err := b.reviews(flagged.No, reviewer, moderation.ReviewFlagged, "x")
		b.ok(err)
		for range moderation.RefusalsKept + 3 {
			b.ok(b.s.Append(b.ctx, moderation.Change{Refusal: &moderation.Refusal{Channel: audit, Body: moderation.Body{
				Actor: &another, Code: moderation.RefuseNoRule, Origin: &moderation.Origin{Channel: here},
			}}}))
		}
		b.clock.Add(time.Minute)
		_, err = b.s.Seal(b.ctx) // the minute is over: counted refusals are an entry
		b.ok(err)
		until := from.Add(24 * time.Hour)
		b.clock.Add(21 * time.Hour)
		d, err := b.s.Digest(b.ctx, from, until)
		b.ok(err)
		require.Equal(b.t, 3, d.Cases)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 3}, d.Outcomes)
		require.Equal(b.t, []moderation.Tally{{Key: "ban", N: 2}, {Key: "kick", N: 1}}, d.Verbs)
		require.Equal(b.t, []moderation.Tally{{Key: "live:show1", N: 2}, {Key: "room:10006", N: 1}}, d.Rooms)
		require.Equal(b.t, []moderation.Tally{{Key: "U1", Name: "Mei Lin", N: 3}}, d.Actors)
		require.Equal(b.t, moderation.RefusalsKept+3, d.Refusals)
		require.Equal(b.t, []moderation.Tally{{Key: string(moderation.RefuseNoRule), N: moderation.RefusalsKept}, {N: 3}}, d.Refused)
		require.Equal(b.t, map[string]int{moderation.ReviewSample: 1, moderation.ReviewFlag: 1}, d.Waiting)
		require.Len(b.t, d.Bars, 24)
		require.Equal(b.t, map[moderation.Verb]int{moderation.Kick: 1}, d.Bars[0].Verbs)
		require.Equal(b.t, map[moderation.Verb]int{moderation.Ban: 2}, d.Bars[2].Verbs)
		rest, err := b.s.Digest(b.ctx, until, until.Add(24*time.Hour))
		b.ok(err)
		require.Zero(b.t, rest.Cases+rest.Refusals)
		require.Equal(b.t, 2, rest.Waiting[moderation.ReviewSample]+rest.Waiting[moderation.ReviewFlag], "what waits is what waits now")
		require.Zero(b.t, rest.UnreviewedAll, "not for a day yet")
		b.clock.Add(24 * time.Hour)
		rest, err = b.s.Digest(b.ctx, until, until.Add(24*time.Hour))
		b.ok(err)
		require.Equal(b.t, 2, rest.UnreviewedAll)
		require.Len(b.t, rest.Unreviewed, 2, "an unreviewed case is repeated after a day")
	},
	"the largest are named, the others are summed up": func(b *bench) {
		from := b.clock.Now()
		b.clock.Add(time.Minute)
		for i := range 11 {
			b.done(asks{verb: moderation.Kick, room: moderation.Room{Kind: moderation.KindLive, ID: "r" + strconv.Itoa(i)}, on: []string{"a"}})
		}
		d, err := b.s.Digest(b.ctx, from, b.clock.Now())
		b.ok(err)
		require.Len(b.t, d.Rooms, moderation.DigestGroups+1)
		require.Equal(b.t, moderation.Tally{N: 3}, d.Rooms[moderation.DigestGroups])
	},
	"what waits for a decision is no outcome": func(b *bench) {
		from := b.clock.Now()
		b.clock.Add(time.Minute)
		b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, last: time.Hour, asking: true})
		b.opens(asks{verb: moderation.Kick, on: []string{"c"}})
		d, err := b.s.Digest(b.ctx, from, b.clock.Now())
		b.ok(err)
		require.Equal(b.t, 2, d.Undecided)
		st, err := b.s.Statistics(b.ctx, moderation.SearchQuery{}, from, b.clock.Now())
		b.ok(err)
		require.Zero(b.t, st.Restrictions, "it restricted nobody")
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Pending: 1}, d.Outcomes)
	},
	"approvals are listed with their waits": func(b *bench) {
		from := b.clock.Now()
		b.clock.Add(time.Minute)
		for _, wait := range []time.Duration{time.Minute, 5 * time.Minute, 2 * time.Minute} {
			c, _ := b.opens(asks{verb: moderation.Kick, on: []string{"a"}, asking: true})
			b.clock.Add(wait)
			b.ok(b.s.Append(b.ctx, moderation.Change{Entries: []moderation.NewEntry{{Case: c.No, Kind: moderation.EntryApproved}}}))
		}
		c, _ := b.opens(asks{verb: moderation.Kick, on: []string{"a"}, asking: true})
		b.ok(b.s.Append(b.ctx, moderation.Change{Entries: []moderation.NewEntry{{Case: c.No, Kind: moderation.EntryDenied}}}))
		d, err := b.s.Digest(b.ctx, from, b.clock.Now())
		b.ok(err)
		require.Equal(b.t, map[string]int{"approved": 3, "denied": 1}, d.Approvals)
		require.Equal(b.t, 2*time.Minute, d.Median)
		require.Equal(b.t, 5*time.Minute, d.Longest)
		require.EqualValues(b.t, 2, d.LongestOf)
	},
	"a day has one digest": func(b *bench) {
		last, err := b.s.LastDigest(b.ctx)
		b.ok(err)
		require.Zero(b.t, last)
		until := b.clock.Now()
		d := moderation.Digest{From: until.Add(-24 * time.Hour), Until: until, Cases: 7}
		line := moderation.Change{Lines: []moderation.Line{{
			Key: "digest:2026-11-22", Channel: audit, Due: until, Kind: moderation.EntryDigest, Body: moderation.Body{Digest: &d}.JSON(),
		}}}
		j := b.command()
		b.ok(b.s.SaveDigest(b.ctx, j, "2026-11-22", d, line))
		require.ErrorIs(b.t, b.s.Finish(b.ctx, j, moderation.Change{}), moderation.ErrLeaseLost, "its job is finished")
		j = b.command()
		require.ErrorIs(b.t, b.s.SaveDigest(b.ctx, j, "2026-11-22", d, line), moderation.ErrStale)
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
		require.Len(b.t, b.lines("9.1"), 1)
		last, err = b.s.LastDigest(b.ctx)
		b.ok(err)
		require.True(b.t, last.Equal(until))
	},
	"the hash of an entry": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		head, err := b.s.Seal(b.ctx)
		b.ok(err)
		hash, err := b.s.HashOf(b.ctx, head.Number)
		b.ok(err)
		require.Equal(b.t, head.Hash, hash)
		_, err = b.s.HashOf(b.ctx, head.Number+1)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		b.ok(b.s.SavePublishedHead(b.ctx, head))
	},
}
