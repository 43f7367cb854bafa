package storetest

import (
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"

	"github.com/stretchr/testify/require"
)

var operator = moderation.Actor{Kind: moderation.ActorCommand}

// exports exports the whole log and records it.
func (b *bench) exports() store.Exported {
	b.t.Helper()
	var x store.LogExcerpt
	b.ok(b.s.Export(b.ctx, store.LogRange{}, func(e store.LogExcerpt) error { x = e; return nil }, func(*store.LoggedEntry) error { return nil }))
	done, err := b.s.RecordExport(b.ctx, x)
	b.ok(err)
	return done
}

// publishes posts what is due, seals the log and records that its head was published.
func (b *bench) publishes() moderation.LogHead {
	b.t.Helper()
	for posts := b.everythingDue(); len(posts) > 0; posts = b.everythingDue() {
		for _, p := range posts {
			b.posted("1."+p.Key, p)
		}
	}
	return b.seals()
}

// seals is publishes while Slack takes no messages of cases.
func (b *bench) seals() moderation.LogHead {
	b.t.Helper()
	head, err := b.s.Seal(b.ctx)
	b.ok(err)
	b.ok(b.s.SavePublishedHead(b.ctx, head))
	return head
}

// old opens a case of one chunk, which is accepted, a day ago.
func (b *bench) old(a asks) moderation.Case {
	b.t.Helper()
	c := b.done(a)
	b.clock.Add(24 * time.Hour)
	return c
}

// notPruned opens a case, and expects that its entries stay.
func (b *bench) notPruned(why string, open func()) {
	b.t.Helper()
	b.old(asks{verb: moderation.Kick, on: []string{"zoe"}})
	open()
	b.clock.Add(24 * time.Hour)
	b.old(asks{verb: moderation.Kick, on: []string{"yan"}})
	b.publishes()
	b.exports()
	before := b.holds()
	_, err := b.s.Prune(b.ctx, b.clock.Now().Add(-24*time.Hour), operator)
	require.ErrorContains(b.t, err, "entry 5 belongs to case 2, which "+why)
	require.Equal(b.t, before, b.holds())
}

var pruneTests = map[string]func(*bench){
	"a pruned log verifies, and says since when": func(b *bench) {
		first, second := b.old(asks{verb: moderation.Kick, on: []string{"alice"}}), b.old(asks{verb: moderation.Kick, on: []string{"bob"}})
		cut := b.clock.Now()
		b.does(moderation.Change{Note: &moderation.Note{Target: "alice", By: lea, Text: "comes back often"}})
		third := b.old(asks{verb: moderation.Kick, on: []string{"carol"}})
		head := b.publishes()
		b.exports()
		anchor, err := b.s.Prune(b.ctx, cut, operator)
		b.ok(err)
		require.Equal(b.t, int64(8), anchor.Number, "4 entries each")
		require.Equal(b.t, second.No, anchor.Cases)
		n := b.holds()
		require.Equal(b.t, head.Number+1, n, "and the prune itself")
		for range 2 {
			require.Empty(b.t, b.view(first.No).Entries)
			require.True(b.t, b.view(first.No).LogPruned.Equal(b.clock.Now()))
			require.NotEmpty(b.t, b.view(third.No).Entries)
			require.Zero(b.t, b.view(third.No).LogPruned)
			b.restart()
			require.Equal(b.t, n, b.holds())
		}
		hash, err := b.s.HashOf(b.ctx, anchor.Number)
		b.ok(err)
		require.Equal(b.t, anchor.Hash, hash)
		all, err := b.s.Erasures(b.ctx)
		b.ok(err)
		require.Len(b.t, all, 1)
		require.Equal(b.t, anchor.PrunedLog, *all[0].Pruned)
		require.Equal(b.t, 8, all[0].Entries)

		b.done(asks{verb: moderation.Kick, on: []string{"alice"}}) // goes on
		b.erases(moderation.ErasureRequest{Target: "alice"})
		b.clock.Add(24 * time.Hour)
		b.publishes()
		b.exports()
		_, err = b.s.Prune(b.ctx, b.clock.Now().Add(-time.Hour), operator)
		require.ErrorContains(b.t, err, "the last published head is entry")
		b.done(asks{verb: moderation.Kick, on: []string{"dave"}})
		b.publishes()
		again, err := b.s.Prune(b.ctx, b.clock.Now().Add(-time.Hour), operator)
		b.ok(err)
		require.Greater(b.t, again.Number, anchor.Number)
		b.holds()
	},
	"suspensions and reports verify when their entries are pruned": func(b *bench) {
		b.suspends(b.clock.Now().Add(time.Hour))
		b.cancelsSuspended()
		b.clock.Add(time.Hour)
		end := b.claim(moderation.QueueTimer)
		b.ok(b.s.EndSuspension(b.ctx, end, suspensionWork(b.t, end), audit))
		b.suspends(time.Time{})
		b.cancelsSuspended()
		b.oneReport("troll")
		b.clock.Add(24 * time.Hour)
		cut := b.clock.Now()
		b.suspends(b.clock.Now().Add(time.Hour)) // ends one whose entry is cut off
		b.cancelsSuspended()
		b.publishes()
		b.exports()
		_, err := b.s.Prune(b.ctx, cut, operator)
		b.ok(err)
		b.holds()
		_, err = b.s.Unsuspend(b.ctx, b.command(), moderation.Unsuspension{Who: rogue, Body: moderation.Body{Actor: &chief}})
		b.ok(err)
		b.holds()
	},
	"nothing is pruned that was not exported and published": func(b *bench) {
		b.old(asks{verb: moderation.Kick, on: []string{"alice"}})
		cut := b.clock.Now()
		refused := func(why string) {
			b.t.Helper()
			before, err := b.s.Seal(b.ctx)
			b.ok(err)
			_, err = b.s.Prune(b.ctx, cut, operator)
			require.ErrorContains(b.t, err, why)
			after, err := b.s.Seal(b.ctx)
			b.ok(err)
			require.Equal(b.t, before, after)
		}
		refused("none was exported")
		b.exports()
		refused("no head of the log was published yet")
		b.publishes()
		refused("the last published head is entry 4") // which must stay
		b.old(asks{verb: moderation.Kick, on: []string{"bob"}})
		b.publishes()
		cut = b.clock.Now()
		refused("only those up to 4 were exported")
		cut = b.clock.Now().Add(-30 * 24 * time.Hour)
		refused("no entry of the log is older")
		cut = b.clock.Now().Add(-24 * time.Hour)
		_, err := b.s.Prune(b.ctx, cut, operator)
		b.ok(err)
		b.holds()
	},
	"a case that restricts people keeps its entries": func(b *bench) {
		b.notPruned("restricts people", func() {
			b.done(asks{verb: moderation.Ban, room: live, on: []string{"alice"}, last: 1000 * time.Hour})
		})
	},
	"a case that has not ended keeps its entries": func(b *bench) {
		b.notPruned("has not ended", func() {
			_, err := b.s.OpenCase(b.ctx, b.command(), b.opening(asks{verb: moderation.Kick, on: []string{"alice"}, asking: true}))
			b.ok(err)
		})
	},
	"a case that waits for a review keeps its entries": func(b *bench) {
		b.notPruned("waits for a review", func() { b.done(asks{verb: moderation.Kick, on: []string{"alice"}, sample: 1}) })
	},
	"an export with a gap proves nothing": func(b *bench) {
		b.old(asks{verb: moderation.Kick, on: []string{"alice"}})
		since := b.clock.Now()
		b.old(asks{verb: moderation.Kick, on: []string{"bob"}})
		b.publishes()
		var x store.LogExcerpt
		var numbers []int64
		b.ok(b.s.Export(b.ctx, store.LogRange{Since: since}, func(e store.LogExcerpt) error { x = e; return nil }, func(e *store.LoggedEntry) error {
			numbers = append(numbers, e.Number)
			return nil
		}))
		require.Equal(b.t, []int64{5, 6, 7, 8}, numbers)
		previous, err := b.s.HashOf(b.ctx, 4)
		b.ok(err)
		require.Equal(b.t, previous, x.Previous)
		done, err := b.s.RecordExport(b.ctx, x)
		b.ok(err)
		require.Zero(b.t, done.Number)
		b.ok(b.s.Export(b.ctx, store.LogRange{Until: since}, func(e store.LogExcerpt) error { x = e; return nil }, func(*store.LoggedEntry) error { return nil }))
		done, err = b.s.RecordExport(b.ctx, x)
		b.ok(err)
		require.Equal(b.t, int64(4), done.Number)
		require.Equal(b.t, previous, done.Hash)
		require.Equal(b.t, int64(8), b.exports().Number)
	},
}

// retentionTest erases bodies because of their age.
func retentionTest(t *testing.T, open Database) {
	const age = 400 * 24 * time.Hour
	b := newBench(t, open)
	b.retention = age
	b.restart()
	first := b.old(asks{verb: moderation.Kick, on: []string{"alice"}})
	lasting := b.old(asks{verb: moderation.Ban, room: live, on: []string{"bob"}, last: 500 * 24 * time.Hour})
	b.clock.Add(age)
	second := b.done(asks{verb: moderation.Kick, on: []string{"carol"}})
	b.publishes()
	require.Contains(t, b.logged(first.No), "alice", "not exported")
	b.exports()
	b.publishes()
	require.Contains(t, b.logged(first.No), "alice", "a day has not passed")
	b.clock.Add(24 * time.Hour)
	before := b.publishes()
	for range 3 {
		b.publishes()
	}
	all := b.logged(second.No)
	require.NotContains(t, all, "alice")
	require.Contains(t, all, "bob", "the ban is in force")
	require.Contains(t, all, "carol")
	require.Equal(t, before.Number, b.holds(), "hashes stay")
	v := b.view(first.No)
	require.Empty(t, v.Entries)
	require.False(t, v.LogPruned.IsZero())
	require.Equal(t, []string{"alice"}, v.Case.Action.Targets, "the case itself stays")
	require.Zero(t, b.view(lasting.No).LogPruned)
	b.restart()
	b.clock.Add(200 * 24 * time.Hour)
	require.Contains(t, b.logged(second.No), `"bob"`, "the end of the ban is not shown yet")
	b.ok(b.s.ShowEnd(b.ctx, b.claim(moderation.QueueTimer)))
	b.clock.Add(24 * time.Hour)
	for range 3 {
		b.publishes()
	}
	require.NotContains(t, b.logged(second.No), `"bob"`)
	b.holds()
	b.erases(moderation.ErasureRequest{Target: "alice"})
	b.holds()
}
