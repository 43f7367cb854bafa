package storetest

import (
	"testing"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// day is how often bodies become due.
const day = 24 * time.Hour

// retentionTests run on stores that erase bodies after 400 days.
var retentionTests = map[string]func(*bench){
	"a clock that was ahead stops no erasure": func(b *bench) {
		first := b.old(asks{verb: moderation.Kick, on: []string{"alice"}})
		b.clock.Add(300 * day)
		b.publishes()
		b.clock.Add(365 * day)
		b.publishes()
		b.clock.Add(-365 * day)
		b.publishes()
		b.exports()
		b.clock.Add(110 * day)
		b.publishes()
		b.publishes()
		require.NotContains(b.t, b.logged(first.No), "alice")
		b.holds()
	},
	"a clock that was behind erases nothing that is young": func(b *bench) {
		first := b.old(asks{verb: moderation.Kick, on: []string{"alice"}})
		b.clock.Add(500 * day)
		second := b.done(asks{verb: moderation.Kick, on: []string{"bob"}})
		b.clock.Add(-450 * day)
		third := b.done(asks{verb: moderation.Kick, on: []string{"carol"}})
		for range 5 {
			b.done(asks{verb: moderation.Kick, on: []string{"carol"}})
		}
		b.clock.Add(450 * day)
		b.publishes()
		b.exports()
		b.clock.Add(day)
		b.publishes()
		b.publishes()
		all := b.logged(third.No)
		require.NotContains(b.t, all, "alice")
		require.Contains(b.t, all, "bob")
		require.Zero(b.t, b.view(second.No).LogPruned)
		require.NotZero(b.t, b.view(first.No).LogPruned)
		b.holds()
	},
	"a clock that was far ahead delays no erasure for longer than the age": func(b *bench) {
		first := b.old(asks{verb: moderation.Kick, on: []string{"alice"}})
		b.clock.Add(100 * 365 * day)
		b.done(asks{verb: moderation.Kick, on: []string{"bob"}})
		b.clock.Add(-100 * 365 * day)
		second := b.done(asks{verb: moderation.Kick, on: []string{"carol"}})
		b.clock.Add(450 * day)
		b.done(asks{verb: moderation.Kick, on: []string{"dave"}})
		b.publishes()
		b.exports()
		b.clock.Add(day)
		b.publishes()
		b.publishes()
		require.NotZero(b.t, b.view(first.No).LogPruned)
		require.NotZero(b.t, b.view(second.No).LogPruned)
		b.holds()
	},
}

// retentionSuite runs them.
func retentionSuite(t *testing.T, open Database) {
	for name, test := range retentionTests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, open)
			b.retention = 400 * day
			b.restart()
			test(b)
		})
	}
}
