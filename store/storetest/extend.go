package storetest

import (
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// An extension is a case of its own that replaces the restriction of another.
var extendTests = map[string]func(*bench){
	"an extension replaces what it extends": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		since := b.clock.Now()
		b.clock.Add(time.Minute)
		e, jobs := b.extends(c, 2*time.Hour, "a")
		require.Equal(b.t, map[string]int64{"a/audio": e.No, "a/video": e.No}, b.inForce(room))
		b.sendsAccepted(jobs[0])
		f := b.facts(moderation.Action{Verb: moderation.Unmute, Room: room, Targets: []string{"a"}})
		require.True(b.t, f.Existing[0].Since.Equal(since), "through the chain")
		require.True(b.t, f.Existing[0].Until.Equal(b.clock.Now().Add(2*time.Hour)))
		require.Empty(b.t, b.allDone(time.Hour), "the old end is over")
		require.Equal(b.t, "superseded", b.caseNo(c.No).Ended)
		require.Equal(b.t, moderation.MuteNone, b.allDone(time.Hour)[0].IsMute)
		require.Empty(b.t, b.inForce(room))
		require.Equal(b.t, moderation.RelExtend, b.view(c.No).Related[0].Rel)
	},
	"an extension may shorten, and its end does not restore the old one": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: 3 * time.Hour})
		e, jobs := b.extends(c, 2*time.Hour, "a")
		b.sendsAccepted(jobs[0])
		_, jobs = b.extends(e, time.Hour, "a")
		b.sendsAccepted(jobs[0])
		said := b.allDone(time.Hour)
		require.Len(b.t, said, 1)
		require.Equal(b.t, moderation.MuteNone, said[0].IsMute)
		require.Empty(b.t, b.inForce(room))
		require.Empty(b.t, b.allDone(3*time.Hour))

		ban := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: 3 * time.Hour})
		_, jobs = b.extends(ban, time.Hour, "a")
		require.Equal(b.t, time.Hour, b.sendsAccepted(jobs[0]).Left)
		require.Empty(b.t, b.allDone(time.Hour), "it is not banned again")
		require.Empty(b.t, b.inForce(live))
	},
	"a failed extension restores the old end": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		_, jobs := b.extends(c, time.Hour, "a")
		b.clock.Add(time.Minute)
		b.allDone(0)
		require.Equal(b.t, "superseded", b.caseNo(c.No).Ended)
		j := b.claim(moderation.QueueCall)
		require.Equal(b.t, jobs[0].ID, j.ID)
		b.answers(j, b.sends(j, 1).Call, no, failed)
		require.Empty(b.t, b.caseNo(c.No).Ended)
		require.Equal(b.t, c.No, b.inForce(room)["a/audio"])
		require.Equal(b.t, moderation.MuteNone, b.allDone(0)[0].IsMute)
		require.Empty(b.t, b.inForce(room))
	},
	"a changed end is read back where the vendor ends it": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		require.Empty(b.t, b.timers(moderation.JobReadBack))
		e, jobs := b.extends(c, 2*time.Hour, "a")
		b.sendsAccepted(jobs[0])
		b.none(moderation.QueueTimer)
		b.clock.Add(2 * time.Second)
		back := b.timers(moderation.JobReadBack)
		require.Len(b.t, back, 1)
		require.Equal(b.t, e.No, back[0].Case)
		require.JSONEq(b.t, `{"chunk":1}`, string(back[0].Payload))
		mute := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		_, jobs = b.extends(mute, 2*time.Hour, "a")
		b.sendsAccepted(jobs[0])
		b.clock.Add(2 * time.Second)
		require.Empty(b.t, b.timers(moderation.JobReadBack), "the bot ends it itself")
	},
	"an undo of an extension restores the old end": func(b *bench) {
		for _, verb := range []moderation.Verb{moderation.Ban, moderation.Freeze} {
			on := []string{"a"}
			if verb == moderation.Freeze {
				on = nil
			}
			c := b.done(asks{verb: verb, room: live, on: on, last: time.Hour})
			e, jobs := b.extends(c, 5*time.Hour, on...)
			b.sendsAccepted(jobs[0])
			b.clock.Add(30 * time.Minute)
			_, jobs = b.undoes(e, on...)
			require.Len(b.t, b.inForce(live), 1)
			require.Contains(b.t, values(b.inForce(live)), c.No)
			r := b.sendsAccepted(jobs[0])
			require.Equal(b.t, verb, r.Verb)
			require.Equal(b.t, 30*time.Minute, r.Left)
			b.allDone(30 * time.Minute)
			require.Empty(b.t, b.inForce(live))
		}
	},
	"an undo of a later extension restores the earlier one": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: 9 * time.Hour})
		first, jobs := b.extends(c, 2*time.Hour, "a")
		b.sendsAccepted(jobs[0])
		second, jobs := b.extends(first, 5*time.Hour, "a")
		b.sendsAccepted(jobs[0])
		_, jobs = b.undoes(second, "a")
		require.Equal(b.t, first.No, b.inForce(live)["a/entrance"])
		require.Equal(b.t, 2*time.Hour, b.sendsAccepted(jobs[0]).Left)
	},
	"an extension of an ended case restricts nobody": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2})
		o := b.change(c, moderation.RelExtend, time.Hour, "a", "b")
		o.Evaluate = func(moderation.Facts) moderation.Decision {
			return moderation.Decision{Allowed: true, Requirement: oneMust()}
		}
		e := b.opened(o)
		freed := b.done(asks{verb: moderation.Unban, room: live, on: []string{"a"}})
		e = b.votes(e, lead)
		require.Equal(b.t, map[string]int64{"b/entrance": e.No}, b.inForce(live))
		g := b.view(e.No).Targets[0]
		require.Equal(b.t, moderation.Superseded, g.Outcome)
		require.Equal(b.t, strconv.FormatInt(freed.No, 10), g.Values["case"])
		require.Equal(b.t, []string{"b"}, b.sendsAccepted(b.chunks(e)[0]).Targets)
	},
}
