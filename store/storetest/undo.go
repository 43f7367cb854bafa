package storetest

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// change describes an undo or an extension of a case.
func (b *bench) change(c moderation.Case, rel moderation.Relation, last time.Duration, on ...string) moderation.NewCase {
	a := asks{verb: c.Action.Verb, room: c.Action.Room, media: c.Action.Media, on: on, last: last, chunk: 20}
	if rel == moderation.RelUndo {
		a.verb = moderation.LiftingVerb(c.Action.Verb)
	}
	if c.Action.Verb == moderation.Mute {
		a.chunk = 1
	}
	o := b.deciding(a, moderation.Decision{Allowed: true, Rule: "mods"})
	o.Case.Action.RelatedCase, o.Case.Action.Relation, o.ChunkSize = c.No, rel, a.chunk
	return o
}

func (b *bench) opened(o moderation.NewCase) moderation.Case {
	b.t.Helper()
	c, err := b.s.OpenCase(b.ctx, b.command(), o)
	b.ok(err)
	return c
}

// undoes opens an undo of a case, and claims its chunks.
func (b *bench) undoes(c moderation.Case, on ...string) (moderation.Case, []moderation.Job) {
	b.t.Helper()
	u := b.opened(b.change(c, moderation.RelUndo, 0, on...))
	return u, b.chunks(u)
}

func (b *bench) extends(c moderation.Case, last time.Duration, on ...string) (moderation.Case, []moderation.Job) {
	b.t.Helper()
	e := b.opened(b.change(c, moderation.RelExtend, last, on...))
	return e, b.chunks(e)
}

// chunks claims the chunks of a case.
func (b *bench) chunks(c moderation.Case) []moderation.Job {
	b.t.Helper()
	jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 1000)
	b.ok(err)
	bulk, err := b.s.Claim(b.ctx, moderation.QueueBulk, 1000)
	b.ok(err)
	jobs = append(jobs, bulk...)
	for _, j := range jobs {
		require.Equal(b.t, c.No, j.Case)
	}
	return jobs
}

// sendsAccepted announces a chunk, records it as accepted, and returns the request.
func (b *bench) sendsAccepted(j moderation.Job) moderation.Request {
	b.t.Helper()
	began := b.sends(j, chunkOf(b.t, j))
	b.answers(j, began.Call, yes, accepted)
	return began.Request
}

// allDone lets hours pass and accepts all lifts that come due; it returns their requests.
func (b *bench) allDone(d time.Duration) (said []moderation.Request) {
	b.t.Helper()
	b.clock.Add(d)
	for range 50 {
		jobs, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		if len(jobs) == 0 {
			return said
		}
		for _, j := range jobs {
			began := b.works(j)
			switch {
			case began.Done:
			case began.Wait > 0:
				b.ok(b.s.Retry(b.ctx, j, began.Wait))
			default:
				said = append(said, began.Request)
				b.answers(j, began.Call, yes, accepted)
			}
		}
	}
	b.t.Fatal("lifts never come to an end")
	return nil
}

func (b *bench) undoable(no int64) (still []string, newer int64) {
	b.t.Helper()
	still, newer, err := b.s.UndoableTargets(b.ctx, no)
	b.ok(err)
	require.Equal(b.t, len(still), b.view(no).Undoable)
	return still, newer
}

func (b *bench) facts(a moderation.Action) moderation.Facts {
	b.t.Helper()
	f, err := b.s.Facts(b.ctx, rogue, a, 10*time.Minute)
	b.ok(err)
	return f
}

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
		require.Equal(b.t, moderation.Related{No: u.No, Rel: moderation.RelUndo, State: moderation.Done, Outcome: moderation.Accepted, Targets: 1, Actor: rogue, Reason: u.Action.Reason, At: u.AskedAt}, rel[0])
		rel = b.view(u.No).Related
		require.Len(b.t, rel, 1)
		require.Equal(b.t, c.No, rel[0].No)
		require.Equal(b.t, moderation.RelUndo, rel[0].Rel)
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
	"an act-now that is denied before it was sent is never sent": func(b *bench) {
		n := oneMust()
		n.ActNow = 10 * time.Minute
		for _, on := range []asks{{verb: moderation.Mute, on: []string{"a"}, last: time.Hour}, {verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}} {
			o := b.deciding(on, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
			request := b.opened(o)
			now := b.caseNo(request.No + 1)
			jobs := b.chunks(now)
			_, err := b.s.Reject(b.ctx, b.command(), request.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
			b.ok(err)
			require.True(b.t, b.begin(jobs[0], 1).Done)
			g := b.view(now.No).Targets[0]
			require.Equal(b.t, moderation.Superseded, g.Outcome)
			require.Equal(b.t, strconv.FormatInt(request.No, 10), g.Values["case"])
			require.Empty(b.t, b.allDone(time.Hour), "nothing is taken back")
			require.Empty(b.t, b.inForce(room))
			require.Empty(b.t, b.inForce(live))
		}
	},
	"denied act-nows of one request are taken back with one call": func(b *bench) {
		n := oneMust()
		n.ActNow = 10 * time.Minute
		ban := asks{verb: moderation.Ban, room: live, on: []string{"a", "b", "c"}, chunk: 3, last: time.Hour}
		o := b.deciding(ban, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
		older := b.done(asks{verb: moderation.Ban, room: live, on: []string{"c"}})
		request := b.opened(o)
		now := b.caseNo(request.No + 1)
		b.sendsAccepted(b.chunks(now)[0])
		_, err := b.s.Reject(b.ctx, b.command(), request.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		require.Len(b.t, b.inForce(live), 3, "until it was done")
		said := b.allDone(0)
		require.Len(b.t, said, 2)
		require.Equal(b.t, moderation.Unban, said[0].Verb)
		require.Equal(b.t, []string{"a", "b"}, said[0].Targets)
		require.Equal(b.t, moderation.Ban, said[1].Verb)
		require.True(b.t, said[1].Permanent)
		require.Equal(b.t, []string{"c"}, said[1].Targets)
		require.Equal(b.t, map[string]int64{"c/entrance": older.No}, b.inForce(live))
		require.Equal(b.t, "undone", b.caseNo(now.No).Ended)
		require.Equal(b.t, 2, b.count(now.No, moderation.EntryLifted))
		require.Empty(b.t, b.allDone(time.Hour))
	},
	"denied act-now mutes are taken back one by one": func(b *bench) {
		n := oneMust()
		n.ActNow = 10 * time.Minute
		mute := asks{verb: moderation.Mute, on: []string{"a", "b"}, last: time.Hour}
		o := b.deciding(mute, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
		request := b.opened(o)
		now := b.caseNo(request.No + 1)
		for _, j := range b.chunks(now) {
			b.sendsAccepted(j)
		}
		_, err := b.s.Reject(b.ctx, b.command(), request.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		b.clock.Add(time.Minute)
		backlog, err := b.s.Backlog(b.ctx)
		b.ok(err)
		require.Equal(b.t, 2, backlog.Overdue, "they restrict for longer than they may")
		said := b.allDone(0)
		require.Len(b.t, said, 2)
		for _, r := range said {
			require.Len(b.t, r.Targets, 1)
			require.Equal(b.t, moderation.MuteNone, r.IsMute)
		}
		require.Equal(b.t, "undone", b.caseNo(now.No).Ended)
	},
	"taking back waits for the answer to an end in flight": func(b *bench) {
		n := oneMust()
		n.ActNow = time.Minute
		mute := asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour}
		o := b.deciding(mute, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
		request := b.opened(o)
		now := b.caseNo(request.No + 1)
		b.sendsAccepted(b.chunks(now)[0])
		b.clock.Add(time.Minute)
		end, began := b.lifts()
		_, err := b.s.Reject(b.ctx, b.command(), request.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		meanwhile, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		require.NotEmpty(b.t, meanwhile)
		for range 2 {
			for _, j := range meanwhile {
				waits := b.works(j)
				require.NotZero(b.t, waits.Wait)
				require.Zero(b.t, waits.Call)
			}
		}
		b.answers(end, began.Call, yes, accepted)
		calls := b.view(now.No).Calls
		require.Equal(b.t, moderation.VendorAccepted, calls[len(calls)-1].Outcome, "the answer came, and is kept")
		for _, j := range meanwhile {
			require.True(b.t, b.works(j).Done)
		}
		require.Empty(b.t, b.inForce(room))
		b.none(moderation.QueueLift)
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
	"act now, confirm later": func(b *bench) {
		n := oneMust()
		n.ActNow = 10 * time.Minute
		ask := func() (waits, now moderation.Case) {
			o := b.deciding(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour}, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
			waits = b.opened(o)
			return waits, b.caseNo(waits.No + 1)
		}
		waits, now := ask()
		require.Equal(b.t, moderation.AwaitingApproval, waits.State)
		require.Equal(b.t, moderation.Open, now.State)
		require.Equal(b.t, waits.No, now.Action.RelatedCase)
		require.Equal(b.t, moderation.RelActNow, now.Action.Relation)
		require.Empty(b.t, now.Approval.State)
		require.Equal(b.t, "raid", now.Decision.Rule)
		require.Equal(b.t, now.No, b.inForce(room)["a/audio"])
		b.sendsAccepted(b.chunks(now)[0])
		require.Equal(b.t, moderation.RelActNow, b.view(waits.No).Related[0].Rel)
		require.Zero(b.t, b.view(now.No).Earlier, "the waiting request has done nothing")

		waits = b.votes(waits, lead)
		shown := b.caseNo(now.No).Version
		b.sendsAccepted(b.chunks(waits)[0])
		require.Greater(b.t, b.caseNo(now.No).Version, shown, "its card has no buttons any more")
		require.Empty(b.t, b.allDone(10*time.Minute), "approval makes it last")
		require.Equal(b.t, waits.No, b.inForce(room)["a/audio"])
		require.NotEmpty(b.t, b.allDone(time.Hour))
		require.Empty(b.t, b.inForce(room))

		waits, now = ask()
		b.sendsAccepted(b.chunks(now)[0])
		_, err := b.s.Reject(b.ctx, b.command(), waits.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		require.Equal(b.t, now.No, b.inForce(room)["a/audio"])
		require.Len(b.t, b.allDone(10*time.Minute), 1, "it ends at its time")
		require.Empty(b.t, b.inForce(room))

		waits, now = ask()
		b.sendsAccepted(b.chunks(now)[0])
		waits = b.votes(waits, lead)
		b.sendsAccepted(b.chunks(waits)[0])
		_, jobs := b.undoes(waits, "a")
		require.Empty(b.t, b.inForce(room), "the whole of it is undone")
		require.Equal(b.t, moderation.MuteNone, b.sendsAccepted(jobs[0]).IsMute)
	},
	"only cases that ran count against a limit": func(b *bench) {
		none := b.facts(moderation.Action{Verb: moderation.Who})
		require.NotNil(b.t, none.Recent)
		require.Empty(b.t, none.Recent)
		require.Nil(b.t, none.Suspended)
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a", "b"}}, oneMust())
		require.Empty(b.t, b.facts(moderation.Action{Verb: moderation.Kick}).Recent)
		d := b.requests(asks{verb: moderation.Kick, on: []string{"x"}}, oneMust())
		_, err := b.s.Reject(b.ctx, b.command(), d.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		b.clock.Add(5 * time.Minute)
		b.votes(c, lead)
		at := b.clock.Now()
		b.leaves(asks{verb: moderation.Kick, on: []string{"a"}})
		b.leaves(asks{verb: moderation.Freeze, room: live})
		require.ElementsMatch(b.t, []moderation.PastAction{
			{Verb: moderation.Kick, Target: "a", At: at}, {Verb: moderation.Kick, Target: "b", At: at},
		}, b.facts(moderation.Action{Verb: moderation.Kick}).Recent, "distinct people, of its requester")
		f, err := b.s.Facts(b.ctx, lead, moderation.Action{Verb: moderation.Kick}, 10*time.Minute)
		b.ok(err)
		require.Empty(b.t, f.Recent, "not of the approvers")
		b.clock.Add(10 * time.Minute)
		require.Empty(b.t, b.facts(moderation.Action{Verb: moderation.Kick}).Recent)
		f, err = b.s.Facts(b.ctx, rogue, moderation.Action{Verb: moderation.Kick}, 0)
		b.ok(err)
		require.Nil(b.t, f.Recent, "people are not counted")
	},
	"a decision gets the existing restrictions, their start and their requirement": func(b *bench) {
		c := b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, oneMust())
		c = b.votes(c, lead)
		b.sendsAccepted(b.chunks(c)[0])
		since := b.clock.Now()
		b.clock.Add(50 * time.Minute)
		longer := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, failing := b.opens(asks{verb: moderation.Unban, room: live, on: []string{"a"}})
		b.answers(failing[0], b.sends(failing[0], 1).Call, no, failed)
		ban := moderation.Action{Verb: moderation.Ban, Room: live, Targets: []string{"a", "free"}, Duration: time.Minute}
		f := b.facts(ban)
		require.Len(b.t, f.Existing, 2, "the continued restriction keeps its requirement")
		require.Equal(b.t, c.No, f.Existing[1].Case)
		require.Equal(b.t, oneMust(), f.Existing[1].Requirement)
		require.True(b.t, f.Existing[1].Until.Equal(b.clock.Now().Add(time.Hour)), "until all of it has ended")
		st := f.Existing[0]
		require.Equal(b.t, "a", st.Target)
		require.Equal(b.t, moderation.RoomEntry, st.Medium)
		require.Equal(b.t, longer.No, st.Case)
		require.True(b.t, st.Since.Equal(since), "a failed lift does not break the chain")
		require.True(b.t, st.Until.Equal(b.clock.Now().Add(time.Hour)))
		require.Zero(b.t, st.Requirement)
		require.True(b.t, st.LiftedOrShortenedBy(ban, b.clock.Now()))
		require.Equal(b.t, 51*time.Minute, st.Total(ban, b.clock.Now()))
		b.clock.Add(30 * time.Minute)
		_, jobs := b.undoes(longer, "a")
		b.sendsAccepted(jobs[0])
		st = b.facts(ban).Existing[0]
		require.True(b.t, st.Ended, "its own hour is over by now")
		require.True(b.t, st.Since.Equal(since), "an undone restriction counts until its planned end")
		b.clock.Add(40 * time.Minute)
		require.Empty(b.t, b.facts(ban).Existing)
		d := b.votes(b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, oneMust()), lead)
		st = b.facts(ban).Existing[0]
		require.Equal(b.t, oneMust(), st.Requirement)
		require.Equal(b.t, d.No, st.Case)
		require.True(b.t, st.Since.Equal(b.clock.Now()), "a new chain")
		require.Empty(b.t, st.Action.Targets)
		b.suspends(time.Time{})
		require.Equal(b.t, "raid", b.facts(ban).Suspended.Reason)
	},
}

// leaves opens a case without sending it.
func (b *bench) leaves(a asks) {
	b.t.Helper()
	o := b.opening(a)
	o.Jobs = nil
	b.opened(o)
}

func values(m map[string]int64) (out []int64) {
	for _, v := range m {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// chunkOf returns the chunk that a job sends.
func chunkOf(t require.TestingT, j moderation.Job) int {
	var w moderation.SyncWork
	require.NoError(t, json.Unmarshal(j.Payload, &w))
	return w.Chunk
}
