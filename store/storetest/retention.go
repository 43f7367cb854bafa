package storetest

import (
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
	"all cases of a restriction keep their bodies": func(b *bench) {
		ban := b.done(asks{verb: moderation.Ban, room: live, on: []string{"alice"}})
		longer, jobs := b.extends(ban, 2000*day, "alice")
		b.sendsAccepted(jobs[0])
		covered := b.done(asks{verb: moderation.Ban, room: live, on: []string{"bob"}})
		newer := b.done(asks{verb: moderation.Ban, room: live, on: []string{"bob"}, last: 3000 * day})
		b.clock.Add(450 * day)
		b.allDone(0)
		b.publishes()
		b.exports()
		b.clock.Add(day)
		for range 3 {
			b.publishes()
		}
		for _, c := range []moderation.Case{ban, longer, covered, newer} {
			require.Zero(b.t, b.view(c.No).LogPruned, c.No)
		}
		b.holds()
	},
	"what is not posted yet keeps its body": func(b *bench) {
		c := b.old(asks{verb: moderation.Kick, on: []string{"alice"}})
		b.clock.Add(450 * day)
		b.seals()
		b.exports()
		b.clock.Add(day)
		b.seals()
		b.seals()
		require.Contains(b.t, b.logged(c.No), "alice", "its thread waits for Slack")
		b.publishes()
		b.clock.Add(day)
		b.publishes()
		b.publishes()
		require.NotContains(b.t, b.logged(c.No), "alice")
		b.holds()
	},
}
