package storetest

import (
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var undoTests = map[string]func(*bench){
	"an undo lifts": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		still, newer := b.undoable(c.No)
		require.Equal(b.t, []string{"a"}, still)
		require.Zero(b.t, newer)
		before := b.caseNo(c.No)
		u, jobs := b.undoes(c, "a")
		require.Empty(b.t, b.inForce(room))
		was := b.caseNo(c.No)
		require.Equal(b.t, "undone", was.Ended)
		require.True(b.t, was.EndedAt.Equal(b.clock.Now()))
		require.Greater(b.t, was.Version, before.Version, "its card is due")
		require.Equal(b.t, "undone", b.view(c.No).Targets[0].Lift)
		running := was.Version
		r := b.sendsAccepted(jobs[0])
		require.Greater(b.t, b.caseNo(c.No).Version, running, "its card is due with its end")
		require.Equal(b.t, moderation.Unmute, r.Verb)
		require.Equal(b.t, moderation.MuteNone, r.IsMute)
		require.Equal(b.t, moderation.Done, b.caseNo(u.No).State)
		require.Empty(b.t, b.allDone(2*time.Hour), "the lift of what was undone is over")
		require.Equal(b.t, "undone", b.caseNo(c.No).Ended)
		still, newer = b.undoable(c.No)
		require.Empty(b.t, still)
		require.Equal(b.t, u.No, newer)
		rel := b.view(c.No).Related
		require.Len(b.t, rel, 1)
		require.Equal(b.t, moderation.Related{No: u.No, Rel: moderation.RelUndo, State: moderation.Done, Outcome: moderation.Accepted, Targets: 1, Rooms: 1, Actor: rogue, Reason: u.Action.Reason, At: u.AskedAt}, rel[0])
		rel = b.view(u.No).Related
		require.Len(b.t, rel, 1)
		require.Equal(b.t, c.No, rel[0].No)
		require.Equal(b.t, moderation.RelUndo, rel[0].Rel)
	},
	"an undo that finds one of its people lifted meanwhile ends": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 20, last: time.Hour})
		undo := b.change(c, moderation.RelUndo, 0, "a", "b") // prepared before
		b.done(asks{verb: moderation.Unban, room: live, on: []string{"a"}})
		u, err := b.s.OpenCase(b.ctx, b.command(), undo)
		b.ok(err)
		j := b.claim(moderation.QueueCall)
		b.answers(j, b.works(j).Call, yes, accepted)
		u = b.caseNo(u.No)
		require.Equal(b.t, moderation.Done, u.State)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 1, moderation.Superseded: 1}, u.Counts)
	},
	"an undo restores an older restriction": func(b *bench) {
		video := b.done(asks{verb: moderation.Mute, on: []string{"a"}, media: []moderation.Medium{moderation.Video}, last: 2 * time.Hour})
		since := b.clock.Now()
		b.clock.Add(time.Minute)
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		_, jobs := b.undoes(c, "a")
		require.Equal(b.t, map[string]int64{"a/video": video.No}, b.inForce(room))
		require.Equal(b.t, moderation.MuteVideo, b.sendsAccepted(jobs[0]).IsMute)
		f := b.facts(moderation.Action{Verb: moderation.Unmute, Room: room, Targets: []string{"a"}})
		require.Len(b.t, f.Existing, 2)
		require.True(b.t, f.Existing[0].Ended, "audio is lifted, and still counts")
		require.False(b.t, f.Existing[1].Ended)
		require.True(b.t, f.Existing[1].Since.Equal(since), f.Existing[1].Since)
		said := b.allDone(2 * time.Hour)
		require.Len(b.t, said, 1)
		require.Equal(b.t, moderation.MuteNone, said[0].IsMute)
		require.Empty(b.t, b.inForce(room))
	},
	"an undo sends each target's earlier state, in chunks of equal states": func(b *bench) {
		long := b.done(asks{verb: moderation.Ban, room: live, on: []string{"b", "d"}, chunk: 20, last: 10 * time.Hour})
		forever := b.done(asks{verb: moderation.Ban, room: live, on: []string{"c"}})
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b", "c", "d", "e"}, chunk: 20, last: time.Hour})
		u, jobs := b.undoes(c, "a", "b", "c", "d", "e")
		require.Equal(b.t, map[string]int64{"b/entrance": long.No, "d/entrance": long.No, "c/entrance": forever.No}, b.inForce(live))
		require.Len(b.t, jobs, 3)
		said := make(map[string]moderation.Request)
		for _, j := range jobs {
			r := b.sendsAccepted(j)
			said[r.Targets[0]] = r
		}
		require.Equal(b.t, []string{"a", "e"}, said["a"].Targets)
		require.Equal(b.t, moderation.Unban, said["a"].Verb)
		require.Equal(b.t, []string{"b", "d"}, said["b"].Targets)
		require.Equal(b.t, moderation.Ban, said["b"].Verb)
		require.Equal(b.t, 10*time.Hour, said["b"].Left)
		require.True(b.t, said["c"].Permanent)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 5}, b.caseNo(u.No).Counts)
		require.Empty(b.t, b.allDone(2*time.Hour), "the end of the undone ban needs no call")
		require.Len(b.t, b.inForce(live), 3)
	},
	"some targets are undone, the others stay restricted": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2, last: time.Hour})
		_, jobs := b.undoes(c, "b")
		require.Equal(b.t, []string{"b"}, b.sendsAccepted(jobs[0]).Targets)
		require.Equal(b.t, map[string]int64{"a/entrance": c.No}, b.inForce(live))
		require.Empty(b.t, b.caseNo(c.No).Ended)
		still, newer := b.undoable(c.No)
		require.Equal(b.t, []string{"a"}, still)
		require.NotZero(b.t, newer)
		b.undoes(c, "a")
		require.Equal(b.t, "undone", b.caseNo(c.No).Ended)
	},
	"a whole room is undone": func(b *bench) {
		c := b.done(asks{verb: moderation.Freeze, room: live, last: time.Hour})
		still, _ := b.undoable(c.No)
		require.Equal(b.t, []string{""}, still)
		_, jobs := b.undoes(c)
		require.Equal(b.t, moderation.Unfreeze, b.sendsAccepted(jobs[0]).Verb)
		require.Empty(b.t, b.inForce(live))
		require.Empty(b.t, b.allDone(time.Hour))
	},
	"nothing is undone where a newer case decides": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		newer := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: 2 * time.Hour})
		u, jobs := b.undoes(c, "a")
		require.Empty(b.t, jobs)
		require.Equal(b.t, moderation.Done, u.State)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Superseded: 1}, u.Counts)
		g := b.view(u.No).Targets[0]
		require.Equal(b.t, moderation.CodeSuperseded, g.Code)
		require.Equal(b.t, map[string]string{"case": "2"}, g.Values)
		require.Equal(b.t, newer.No, b.inForce(room)["a/audio"])
		require.Empty(b.t, b.caseNo(c.No).Ended)
		require.Equal(b.t, 1, b.count(u.No, moderation.EntryDone))
	},
	"an expired restriction cannot be undone": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Minute})
		b.clock.Add(time.Minute)
		u, _ := b.undoes(c, "a")
		require.Equal(b.t, moderation.CodeTooLate, b.view(u.No).Targets[0].Code)
		require.Empty(b.t, b.view(u.No).Targets[0].Values)
	},
	"a failed undo restores everything": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		u, jobs := b.undoes(c, "a")
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, no, failed)
		require.Equal(b.t, moderation.Failed, b.view(u.No).Targets[0].Outcome)
		require.Equal(b.t, c.No, b.inForce(room)["a/audio"])
		require.Empty(b.t, b.caseNo(c.No).Ended)
		require.Empty(b.t, b.view(c.No).Targets[0].Lift)
		still, _ := b.undoable(c.No)
		require.Equal(b.t, []string{"a"}, still)
		require.Len(b.t, b.allDone(time.Hour), 1, "and it is lifted at its time")
		require.Equal(b.t, "lifted", b.caseNo(c.No).Ended)
	},
	"an undo that fails after the restriction ended leaves no mute": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		b.undoes(c, "a")
		_, more := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		b.clock.Add(time.Minute)
		b.allDone(0)
		jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		require.Len(b.t, jobs, 2)
		require.True(b.t, b.begin(jobs[0], 1).Done, "a newer mute decides")
		b.answers(jobs[1], b.sends(jobs[1], 1).Call, no, failed)
		require.Equal(b.t, more[0].ID, jobs[1].ID)
		require.Equal(b.t, moderation.MuteNone, b.allDone(0)[0].IsMute)
		require.Empty(b.t, b.inForce(room))
	},
	"an undo that may not have landed does not cancel the end of the mute": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		_, jobs := b.undoes(c, "a")
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentEnd)
		require.Empty(b.t, b.inForce(room))
		said := b.allDone(time.Hour)
		require.NotEmpty(b.t, said)
		require.Equal(b.t, moderation.MuteNone, said[len(said)-1].IsMute)
	},
	"after an undo that may not have landed, the older restriction is resynced when the vendor ends the ban": func(b *bench) {
		forever := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}})
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, jobs := b.undoes(c, "a")
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentEnd)
		said := b.allDone(time.Hour)
		require.NotEmpty(b.t, said)
		require.True(b.t, said[len(said)-1].Permanent)
		require.Equal(b.t, map[string]int64{"a/entrance": forever.No}, b.inForce(live))
	},
	"after an undo in flight at the vendor's end of the ban, the older restriction is resynced": func(b *bench) {
		forever := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}})
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, jobs := b.undoes(c, "a")
		require.Empty(b.t, b.allDone(time.Hour), "its own call is still to come")
		j := b.claim(moderation.QueueCall)
		require.Equal(b.t, jobs[0].ID, j.ID)
		b.answers(j, b.sends(j, 1).Call, silent, silentEnd)
		said := b.allDone(moderation.UncertainFor)
		require.Len(b.t, said, 1)
		require.True(b.t, said[0].Permanent)
		require.Equal(b.t, map[string]int64{"a/entrance": forever.No}, b.inForce(live))
	},
	"a target with another desired state gets a call of its own": func(b *bench) {
		older := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		between, unsent := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"b"}, last: time.Hour})
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2, last: 2 * time.Hour})
		_, jobs := b.undoes(c, "a", "b")
		require.Len(b.t, jobs, 1, "both get the same state")
		_, err := b.s.AbandonPending(b.ctx, unsent[0], between.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeDropped})
		b.ok(err)
		first := b.sendsAccepted(jobs[0])
		require.Equal(b.t, []string{"a"}, first.Targets)
		require.Equal(b.t, time.Hour, first.Left)
		second := b.sendsAccepted(b.claim(moderation.QueueCall))
		require.Equal(b.t, []string{"b"}, second.Targets)
		require.Equal(b.t, moderation.Unban, second.Verb)
		require.Equal(b.t, map[string]int64{"a/entrance": older.No}, b.inForce(live))
	},
	"a restored restriction may end before the undo is sent": func(b *bench) {
		b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}})
		u, _ := b.undoes(c, "a")
		require.Len(b.t, b.allDone(time.Minute), 1)
		require.Empty(b.t, b.inForce(room))
		r := b.sendsAccepted(b.claim(moderation.QueueCall))
		require.Equal(b.t, moderation.MuteNone, r.IsMute)
		require.Equal(b.t, moderation.Accepted, b.view(u.No).Targets[0].Outcome)
		b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		require.Equal(b.t, moderation.MuteNone, b.allDone(time.Minute)[0].IsMute, "what was undone never comes back")
	},
	"desired states may differ while an undo waits": func(b *bench) {
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2, last: time.Minute})
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2})
		u, jobs := b.undoes(c, "a", "b")
		require.Len(b.t, jobs, 1, "both get the same state")
		b.done(asks{verb: moderation.Unban, room: live, on: []string{"a"}})
		banned := b.done(asks{verb: moderation.Ban, room: live, on: []string{"b"}, last: time.Hour})
		require.True(b.t, b.begin(jobs[0], 1).Done)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Superseded: 2}, b.caseNo(u.No).Counts)
		require.Equal(b.t, map[string]int64{"b/entrance": banned.No}, b.inForce(live))
	},
	"repetition does not lift an older restriction": func(b *bench) {
		c := b.votes(b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: 30 * 24 * time.Hour}, oneMust()), lead)
		b.sendsAccepted(b.chunks(c)[0])
		for range 101 {
			again, jobs := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: 31 * 24 * time.Hour})
			b.sendsAccepted(jobs[0])
			_, jobs = b.undoes(again, "a")
			require.Equal(b.t, moderation.Ban, b.sendsAccepted(jobs[0]).Verb)
		}
		require.Equal(b.t, c.No, b.inForce(live)["a/entrance"])
		existing := b.facts(moderation.Action{Verb: moderation.Unban, Room: live, Targets: []string{"a"}}).Existing
		require.Equal(b.t, oneMust(), existing[0].Requirement)
		require.True(b.t, existing[0].Until.Equal(c.Until))
	},
	"an undo can need its own approval": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}})
		o := b.change(c, moderation.RelUndo, 0, "a")
		n := oneMust()
		n.ActNow = time.Minute
		o.Evaluate = func(f moderation.Facts) moderation.Decision {
			require.Len(b.t, f.Existing, 1)
			require.Equal(b.t, c.No, f.Existing[0].Case)
			return moderation.Decision{Allowed: true, Requirement: n}
		}
		u := b.opened(o)
		require.Equal(b.t, moderation.AwaitingApproval, u.State)
		require.Zero(b.t, u.Approval.Requirement.ActNow)
		require.Equal(b.t, c.No, b.inForce(live)["a/entrance"], "nothing moves while it waits")
		require.Empty(b.t, b.caseNo(c.No).Ended)
		u = b.votes(u, lead)
		require.Empty(b.t, b.inForce(live))
		require.Equal(b.t, moderation.Unban, b.sendsAccepted(b.chunks(u)[0]).Verb)
	},
	"an older ban is resynced even if the case between had no effect": func(b *bench) {
		forever := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}})
		_, between := b.opens(asks{verb: moderation.Unban, room: live, on: []string{"a"}})
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		require.True(b.t, b.begin(between[0], 1).Done)
		said := b.allDone(time.Hour)
		require.Len(b.t, said, 1)
		require.True(b.t, said[0].Permanent)
		require.Equal(b.t, map[string]int64{"a/entrance": forever.No}, b.inForce(live))
	},
}
