package storetest

import (
	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var logTests = map[string]func(*bench){
	"what lines show of several cases is read together": func(b *bench) {
		first, second := b.done(asks{verb: moderation.Kick, on: []string{"a"}}), b.done(asks{verb: moderation.Kick, on: []string{"b"}})
		_, err := b.s.Seal(b.ctx)
		b.ok(err)
		b.ok(b.s.Append(b.ctx, moderation.Change{Entries: []moderation.NewEntry{{Case: first.No, Kind: moderation.EntryRead}}})) // not sealed
		cases, err := b.s.Cases(b.ctx, []int64{second.No, first.No})
		b.ok(err)
		require.Equal(b.t, []moderation.Case{b.caseNo(second.No), b.caseNo(first.No)}, cases)
		_, err = b.s.Cases(b.ctx, []int64{first.No, 99})
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		want := make(map[int64]string)
		for _, no := range []int64{first.No, second.No} {
			entries, err := b.s.Entries(b.ctx, no, 0)
			b.ok(err)
			for _, e := range entries {
				if e.Hash != "" {
					want[no] = e.Hash
				}
			}
		}
		require.Len(b.t, want, 2)
		hashes, err := b.s.NewestHashes(b.ctx, []int64{first.No, second.No, 99})
		b.ok(err)
		require.Equal(b.t, want, hashes)
	},
	"a new database has a start entry": func(b *bench) {
		id, fresh := b.s.Database()
		require.True(b.t, fresh)
		require.Len(b.t, id, 36)
		b.restart()
		_, fresh = b.s.Database()
		require.True(b.t, fresh, "not yet announced")
		b.ok(b.s.Append(b.ctx, moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryStart}}}))
		b.restart()
		again, fresh := b.s.Database()
		require.False(b.t, fresh)
		require.Equal(b.t, id, again)
		b.ok(b.s.Ping(b.ctx))
	},
	"entries are chained in order of commit": func(b *bench) {
		h, err := b.s.Head(b.ctx)
		b.ok(err)
		require.Zero(b.t, h)
		for range 50 {
			b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		}
		backlog, err := b.s.Backlog(b.ctx)
		b.ok(err)
		require.Equal(b.t, 200, backlog.Unsealed)
		h, err = b.s.Seal(b.ctx)
		b.ok(err)
		require.Equal(b.t, int64(200), h.Number)
		require.Len(b.t, h.Hash, 64)
		at, err := b.s.Head(b.ctx)
		b.ok(err)
		require.Equal(b.t, h, at)
		for i, e := range b.view(2).Entries {
			require.Equal(b.t, int64(5+i), e.Number)
			require.Len(b.t, e.Hash, 64)
		}
		n, err := b.s.Verify(b.ctx)
		b.ok(err)
		require.Equal(b.t, int64(200), n)
		b.restart()
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		n, err = b.s.Verify(b.ctx)
		b.ok(err)
		require.Equal(b.t, int64(200), n, "unsealed ones are not counted")
		h, err = b.s.Seal(b.ctx)
		b.ok(err)
		require.Equal(b.t, int64(204), h.Number)
		n, err = b.s.Verify(b.ctx)
		b.ok(err)
		require.Equal(b.t, int64(204), n)
	},
	"an entry of a case makes its thread due": func(b *bench) {
		c := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		posts, _ := b.due(here)
		b.posted("1.1", posts...)
		posts, _ = b.due(here)
		b.posted("1.2", posts...)
		b.ok(b.s.Append(b.ctx, moderation.Change{Entries: []moderation.NewEntry{{Case: c.No, Kind: moderation.EntryNotice, Body: moderation.Body{Detail: "x"}}}}))
		_, keys := b.due(here)
		require.Equal(b.t, "thread:1", keys)
	},
}
