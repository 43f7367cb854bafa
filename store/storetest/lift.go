package storetest

import (
	"encoding/json"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

func work(t require.TestingT, j moderation.Job) (w moderation.SyncWork) {
	require.NoError(t, json.Unmarshal(j.Payload, &w))
	return w
}

// lifts claims and announces the lift that is due.
func (b *bench) lifts() (moderation.Job, moderation.AnnouncedCall) {
	b.t.Helper()
	j := b.claim(moderation.QueueLift)
	require.Equal(b.t, moderation.JobSync, j.Kind)
	return j, b.works(j)
}

// again tries again what ended unknown, and claims the job.
func (b *bench) again(c moderation.Case) moderation.Job {
	b.t.Helper()
	b.clock.Add(time.Minute)
	_, err := b.s.TryAgain(b.ctx, b.command(), moderation.Confirmation{No: c.No, Jobs: chunkJobs(1, 7)})
	b.ok(err)
	return b.claim(moderation.QueueCall)
}

// isLifted lets an hour pass and does what is due: a lift of the case must be among it, since the
// vendor may still restrict its target.
func (b *bench) isLifted(c moderation.Case) {
	b.t.Helper()
	require.Contains(b.t, b.inForce(room), "a/audio", "it may be applied, so it is in force")
	b.clock.Add(time.Hour)
	for {
		jobs, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		require.NotEmpty(b.t, jobs, "no lift of case %d was sent", c.No)
		for _, j := range jobs {
			began := b.works(j)
			require.Zero(b.t, began.Wait)
			if began.Done {
				continue
			}
			b.answers(j, began.Call, yes, accepted)
			if began.Purpose == moderation.PurposeLift {
				require.Equal(b.t, c.No, j.Case)
				require.Equal(b.t, moderation.MuteNone, began.Request.IsMute)
				require.Equal(b.t, "lifted", b.caseNo(c.No).Ended)
				require.Empty(b.t, b.inForce(room))
				return
			}
		}
	}
}

var silentLeft = moderation.Verdict{Outcome: moderation.Pending, Err: silent.Err, Wait: time.Second}
var silentEnd = moderation.Verdict{Outcome: moderation.Unknown, Err: silent.Err}

// A mute that may have landed is lifted, whatever the outcome of its case.
var landedTests = map[string]func(*bench){
	"the next attempt knows of an earlier mute that may have landed": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentEnd)
		j := b.again(c)
		began := b.sends(j, 1)
		require.True(b.t, began.EarlierUncertain)
		require.True(b.t, began.First.Equal(b.clock.Now()), "its time starts again")
		b.answers(j, began.Call, no, moderation.Verdict{Outcome: moderation.Unknown, Err: no.Err})
		b.isLifted(c)
	},
	"a mute that may have landed before its right was lost is lifted": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentEnd)
		got, err := b.s.AbandonPending(b.ctx, b.again(c), c.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeRightLost})
		b.ok(err)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Unknown: 1}, got.Counts)
		b.isLifted(c)
	},
	"a mute that may have landed under a newer case that failed is lifted": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentLeft)
		_, newer := b.opens(asks{verb: moderation.Unmute, on: []string{"a"}})
		b.clock.Add(time.Second)
		require.True(b.t, b.begin(b.claim(moderation.QueueCall), 1).Done)
		require.Equal(b.t, moderation.Superseded, b.view(c.No).Targets[0].Outcome)
		b.answers(newer[0], b.sends(newer[0], 1).Call, no, failed)
		b.isLifted(c)
	},
	"a mute that may have landed under a newer case that was dropped is lifted": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentLeft)
		newer, more := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: 2 * time.Hour})
		b.clock.Add(time.Second)
		require.True(b.t, b.begin(b.claim(moderation.QueueCall), 1).Done)
		_, err := b.s.AbandonPending(b.ctx, more[0], newer.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeRightLost})
		b.ok(err)
		b.isLifted(c)
	},
	"an unmute that may not have landed does not cancel the end of a mute, though it was superseded": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		_, jobs := b.opens(asks{verb: moderation.Unmute, on: []string{"a"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentLeft)
		_, newer := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: 2 * time.Hour})
		b.clock.Add(time.Second)
		require.True(b.t, b.begin(b.claim(moderation.QueueCall), 1).Done)
		b.answers(newer[0], b.sends(newer[0], 1).Call, no, failed)
		b.clock.Add(time.Hour)
		jobs, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		for _, j := range jobs {
			if j.Kind == moderation.JobSync && j.Case == c.No {
				require.NotZero(b.t, b.works(j).Call)
				return
			}
		}
		b.t.Fatal("no lift is due")
	},
	"the next attempt knows of an acceptance that came after the lease": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		call := b.sends(jobs[0], 1).Call
		b.clock.Add(moderation.LeaseTime)
		j := b.claim(moderation.QueueCall)
		require.ErrorIs(b.t, b.s.RecordAnswer(b.ctx, jobs[0], call, yes, accepted), moderation.ErrLeaseLost)
		began := b.sends(j, 1)
		require.True(b.t, began.EarlierUncertain)
		b.answers(j, began.Call, no, moderation.Verdict{Outcome: moderation.Unknown, Err: no.Err})
		b.isLifted(c)
	},
	"an unknown call is not repeated because another one was refused": func(b *bench) {
		_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentEnd)
		_, jobs = b.opens(asks{verb: moderation.Unmute, on: []string{"a"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, no, failed)
		require.Empty(b.t, b.allDone(time.Minute), "its requester was informed, and may try again")
		require.Len(b.t, b.allDone(time.Hour), 1)
	},
	"a call under which the process ended may have landed, also when it was never tried again": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		b.sends(jobs[0], 1)
		b.restart()
		b.clock.Add(flight)
		got, err := b.s.AbandonPending(b.ctx, b.claim(moderation.QueueCall), c.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeRightLost})
		b.ok(err)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Unknown: 1}, got.Counts)
		b.isLifted(c)
	},
	"an acceptance after the lease is not reported as not sent": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		call := b.sends(jobs[0], 1).Call
		b.clock.Add(moderation.LeaseTime)
		j := b.claim(moderation.QueueCall)
		require.ErrorIs(b.t, b.s.RecordAnswer(b.ctx, jobs[0], call, yes, accepted), moderation.ErrLeaseLost)
		got, err := b.s.AbandonPending(b.ctx, j, c.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeRightLost})
		b.ok(err)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Unknown: 1}, got.Counts)
		b.isLifted(c)
	},
}

var liftTests = map[string]func(*bench){
	"an unmute that may not have landed does not cancel the end of the mute": func(b *bench) {
		mute := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		_, jobs := b.opens(asks{verb: moderation.Unmute, on: []string{"a"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown, Err: silent.Err})
		b.clock.Add(time.Hour)
		lifts, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		for _, j := range lifts {
			if j.Kind != moderation.JobSync {
				continue
			}
			began := b.works(j)
			require.False(b.t, began.Done, "case %d would never be lifted", mute.No)
			require.NotZero(b.t, began.Call)
			require.Equal(b.t, moderation.MuteNone, began.Request.IsMute)
			return
		}
		b.t.Fatal("no lift is due")
	},
	"a timed action is lifted at its time": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		b.clock.Add(time.Minute - timing.LiftLead - time.Millisecond)
		b.none(moderation.QueueLift)
		b.clock.Add(time.Millisecond)
		j, began := b.lifts()
		require.Equal(b.t, moderation.SyncWork{Room: room.String(), Targets: []string{"a"}}, work(b.t, j))
		require.Equal(b.t, moderation.PurposeLift, began.Purpose)
		require.Equal(b.t, moderation.Unmute, began.Request.Verb)
		require.Equal(b.t, moderation.MuteNone, began.Request.IsMute)
		require.Equal(b.t, []string{"a"}, began.Request.Targets)
		require.Len(b.t, b.inForce(room), 2, "holds until it is done")
		b.answers(j, began.Call, yes, accepted)
		require.Empty(b.t, b.inForce(room))
		v := b.view(c.No)
		require.Equal(b.t, "lifted", v.Case.Ended)
		require.True(b.t, v.Case.EndedAt.Equal(b.clock.Now()))
		require.Equal(b.t, "lifted", v.Targets[0].Lift)
		require.Equal(b.t, moderation.EntryLifted, v.Entries[len(v.Entries)-1].Kind)
		require.Equal(b.t, moderation.PurposeLift, v.Calls[1].Purpose)
		require.Equal(b.t, moderation.Accepted, v.Targets[0].Outcome)
	},
	"a lift leaves the restrictions of other cases": func(b *bench) {
		b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		longer := b.done(asks{verb: moderation.Mute, on: []string{"a"}, media: []moderation.Medium{moderation.Video}})
		b.clock.Add(time.Minute)
		j, began := b.lifts()
		require.Equal(b.t, moderation.MuteVideo, began.Request.IsMute)
		b.answers(j, began.Call, yes, accepted)
		require.Equal(b.t, map[string]int64{"a/video": longer.No}, b.inForce(room))
	},
	"a lift that was superseded does nothing": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		b.done(asks{verb: moderation.Unmute, on: []string{"a"}})
		b.clock.Add(time.Minute)
		j, began := b.lifts()
		require.True(b.t, began.Done)
		require.Equal(b.t, "superseded", b.caseNo(c.No).Ended)
		require.Equal(b.t, "superseded", b.view(c.No).Targets[0].Lift)
		require.ErrorIs(b.t, b.s.Renew(b.ctx, j), moderation.ErrLeaseLost)
	},
	"a lift is done when the case that superseded it had no effect": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		b.clock.Add(time.Minute)
		_, began := b.lifts()
		require.True(b.t, began.Done)
		require.Equal(b.t, "superseded", b.caseNo(c.No).Ended)
		j := b.claim(moderation.QueueCall)
		require.Equal(b.t, jobs[0].ID, j.ID)
		b.answers(j, b.sends(j, 1).Call, no, failed)
		require.Empty(b.t, b.caseNo(c.No).Ended)
		again, began := b.lifts()
		require.Equal(b.t, c.No, again.Case)
		require.Equal(b.t, moderation.MuteNone, began.Request.IsMute)
		b.answers(again, began.Call, yes, accepted)
		require.Empty(b.t, b.inForce(room))
		require.Equal(b.t, "lifted", b.caseNo(c.No).Ended)
	},
	"a lift of a failed restriction does nothing": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, no, failed)
		b.clock.Add(time.Minute)
		_, began := b.lifts()
		require.True(b.t, began.Done)
		require.Empty(b.t, b.caseNo(c.No).Ended)
	},
	"a lift waits for the call that it undoes": func(b *bench) {
		_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: 5 * time.Second})
		call := b.sends(jobs[0], 1).Call
		b.clock.Add(5 * time.Second)
		j, began := b.lifts()
		require.Positive(b.t, began.Wait)
		b.answers(jobs[0], call, yes, accepted)
		require.NotZero(b.t, b.works(j).Call)
	},
	"an older restriction outlasts a newer one": func(b *bench) {
		older := b.done(asks{verb: moderation.Mute, on: []string{"a"}, media: []moderation.Medium{moderation.Audio}})
		newer := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		require.Equal(b.t, map[string]int64{"a/audio": newer.No, "a/video": newer.No}, b.inForce(room))
		b.clock.Add(time.Minute)
		j, began := b.lifts()
		require.Equal(b.t, moderation.MuteAudio, began.Request.IsMute, "the microphone stays off")
		b.answers(j, began.Call, yes, accepted)
		require.Equal(b.t, map[string]int64{"a/audio": older.No}, b.inForce(room))
		require.Equal(b.t, "lifted", b.caseNo(newer.No).Ended)
		_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, no, failed)
		require.Equal(b.t, map[string]int64{"a/audio": older.No}, b.inForce(room), "what was lifted does not come back")
	},
	"a longer older ban applies again after one that the vendor ends": func(b *bench) {
		older := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Minute})
		b.clock.Add(time.Minute)
		j, began := b.lifts()
		require.Equal(b.t, moderation.Ban, began.Request.Verb)
		require.Equal(b.t, 59*time.Minute, began.Request.Left)
		b.answers(j, began.Call, yes, accepted)
		require.Equal(b.t, map[string]int64{"a/entrance": older.No}, b.inForce(live))
	},
	"a failure does not restore what was lifted": func(b *bench) {
		b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		b.clock.Add(time.Minute)
		j, began := b.lifts()
		b.answers(j, began.Call, yes, accepted)
		_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, no, failed)
		require.Empty(b.t, b.inForce(room), "the newest in force was lifted")
	},
	"a late lift is reported even if it succeeds": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		b.clock.Add(2 * time.Minute)
		line := moderation.Line{Key: "overdue:1:ended", Channel: audit, Due: b.clock.Now(), Kind: moderation.EntryOverdue, Count: 1}
		j, began := b.lifts()
		b.answers(j, began.Call, moderation.Answer{Class: moderation.VendorAccepted}, moderation.Verdict{Outcome: moderation.Accepted, Overdue: &line})
		b.none(moderation.QueueLift)
		require.Empty(b.t, b.inForce(room))
		require.Contains(b.t, b.kinds(c.No), moderation.EntryOverdue)
		posts, err := b.s.DuePosts(b.ctx, audit, moderation.PostLine, 10)
		b.ok(err)
		require.Len(b.t, posts, 2) // the case's end, and this
		require.Equal(b.t, moderation.EntryOverdue, posts[1].EntryKind)
	},
	"a lift is retried until it succeeds, and reported once when it is late": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		b.clock.Add(time.Minute)
		line := moderation.Line{Key: "overdue:1:a", Channel: audit, Due: b.clock.Now(), Kind: moderation.EntryOverdue, Count: 1}
		for i := range 4 {
			j, began := b.lifts()
			require.Equal(b.t, i+1, began.Attempt)
			v := moderation.Verdict{Outcome: moderation.Pending, Err: silent.Err, Wait: time.Second, Overdue: &line}
			if i == 2 {
				v.Outcome = moderation.Failed
			}
			b.answers(j, began.Call, silent, v)
			b.clock.Add(time.Second)
		}
		backlog, err := b.s.Backlog(b.ctx)
		b.ok(err)
		require.Equal(b.t, 1, backlog.Overdue)
		count := 0
		for _, k := range b.kinds(c.No) {
			if k == moderation.EntryOverdue {
				count++
			}
		}
		require.Equal(b.t, 1, count)
		posts, err := b.s.DuePosts(b.ctx, audit, moderation.PostLine, 10)
		b.ok(err)
		require.Len(b.t, posts, 2) // the case's end, and this
		require.Equal(b.t, moderation.EntryOverdue, posts[1].EntryKind)
		require.Equal(b.t, 1, posts[1].Count)
		j, began := b.lifts()
		b.answers(j, began.Call, moderation.Answer{Class: moderation.VendorGone}, moderation.Verdict{Outcome: moderation.Accepted, Gone: true})
		require.Equal(b.t, "gone", b.caseNo(c.No).Ended)
		require.Empty(b.t, b.inForce(room))
		b.none(moderation.QueueLift)
	},
	"a case has ended with its last lift": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a", "b", "c"}, last: time.Minute})
		for i, v := range []moderation.Verdict{accepted, accepted, failed} {
			b.answers(jobs[i], b.sends(jobs[i], i+1).Call, []moderation.Answer{yes, yes, no}[i], v)
		}
		b.clock.Add(time.Minute)
		all, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		require.Len(b.t, all, 3)
		began := b.works(all[0])
		b.answers(all[0], began.Call, yes, moderation.Verdict{Outcome: moderation.Accepted, Gone: true})
		require.Empty(b.t, b.caseNo(c.No).Ended)
		began = b.works(all[1])
		b.answers(all[1], began.Call, yes, accepted)
		require.Equal(b.t, "lifted", b.caseNo(c.No).Ended)
		require.True(b.t, b.works(all[2]).Done)
	},
	"a restriction applies again when the unsent lift of it is dropped": func(b *bench) {
		for _, on := range []struct {
			bind, free moderation.Verb
			room       moderation.Room
		}{{moderation.Mute, moderation.Unmute, room}, {moderation.Ban, moderation.Unban, live}} {
			first := b.done(asks{verb: on.bind, room: on.room, on: []string{"a"}})
			free, jobs := b.opens(asks{verb: on.free, room: on.room, on: []string{"a"}})
			last := b.done(asks{verb: on.bind, room: on.room, on: []string{"a"}, last: time.Minute})
			undo, undoing := b.undoes(last, "a")
			b.answers(undoing[0], b.sends(undoing[0], 1).Call, yes, accepted)
			require.Empty(b.t, b.inForce(on.room), "by the call that is still to be sent")
			_, err := b.s.AbandonPending(b.ctx, jobs[0], free.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeDropped})
			b.ok(err)
			for _, no := range b.inForce(on.room) {
				require.Equal(b.t, first.No, no)
			}
			require.NotEmpty(b.t, b.inForce(on.room), "case %d set it free only by case %d", undo.No, free.No)
			j := b.claim(moderation.QueueLift)
			require.Equal(b.t, moderation.JobSync, j.Kind)
			said := b.works(j)
			require.Equal(b.t, on.bind, said.Request.Verb)
			b.answers(j, said.Call, yes, accepted)
		}
	},
	"a lift continues with what came back during its call": func(b *bench) {
		first := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		newer, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, media: []moderation.Medium{moderation.Video}, last: time.Hour})
		b.clock.Add(time.Minute)
		lift, began := b.lifts()
		_, err := b.s.AbandonPending(b.ctx, jobs[0], newer.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeDropped})
		b.ok(err)
		require.Equal(b.t, map[string]int64{"a/audio": first.No, "a/video": first.No}, b.inForce(room))
		b.answers(lift, began.Call, yes, accepted)
		b.isLifted(first)
	},
	"a lift does not end another case's restriction": func(b *bench) {
		b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		audio := asks{verb: moderation.Mute, on: []string{"a"}, media: []moderation.Medium{moderation.Audio}, last: 2 * time.Minute}
		newer := b.done(audio)
		b.clock.Add(time.Minute)
		lift, began := b.lifts()
		require.Equal(b.t, moderation.IsMute(true, false), began.Request.IsMute)
		b.answers(lift, began.Call, yes, accepted)
		audio.last = 0
		last, jobs := b.opens(audio)
		_, err := b.s.AbandonPending(b.ctx, jobs[0], last.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeDropped})
		b.ok(err)
		b.isLifted(newer)
	},
	"an unsent call does not delay the end of a mute": func(b *bench) {
		c := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		_, jobs := b.opens(asks{verb: moderation.Unmute, on: []string{"a"}})
		b.clock.Add(time.Minute)
		j, began := b.lifts()
		require.NotZero(b.t, began.Call, "it is not known when the unmute can be sent")
		require.Equal(b.t, moderation.MuteNone, began.Request.IsMute)
		b.answers(j, began.Call, yes, accepted)
		require.Equal(b.t, moderation.Lifted, b.caseNo(c.No).Ended)
		again := b.claim(moderation.QueueCall)
		require.Equal(b.t, jobs[0].ID, again.ID)
		require.Equal(b.t, moderation.MuteNone, b.sendsAccepted(again).IsMute)
		require.Empty(b.t, b.allDone(time.Minute))
	},
	"targets whose own call was made go first": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a", "b"}, last: time.Minute})
		b.sendsAccepted(jobs[0])
		b.none(moderation.QueueLift)
		b.clock.Add(time.Second)
		j := b.command()
		both := moderation.SyncWork{Room: room.String(), Targets: []string{"b", "a"}}
		began, err := b.s.AnnounceCall(b.ctx, j, moderation.CallInput{Case: c.No, Work: both, Timeout: flight})
		b.ok(err)
		require.True(b.t, began.Done, "of one the vendor has what is desired, of the other it will")
		alone := b.claim(moderation.QueueLift)
		require.Equal(b.t, moderation.SyncWork{Room: room.String(), Targets: []string{"b"}}, work(b.t, alone))
		require.True(b.t, b.works(alone).TargetBusy)
		b.sendsAccepted(jobs[1])
		require.True(b.t, b.works(alone).Done)
	},
	"restrictions that end together need one call, and each has ended": func(b *bench) {
		first := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		newer := b.done(asks{verb: moderation.Mute, on: []string{"a"}, media: []moderation.Medium{moderation.Audio}, last: time.Minute})
		said := b.allDone(time.Minute)
		require.Len(b.t, said, 1)
		require.Equal(b.t, moderation.MuteNone, said[0].IsMute)
		for _, c := range []moderation.Case{first, newer} {
			require.Equal(b.t, moderation.Lifted, b.caseNo(c.No).Ended)
			require.Equal(b.t, 1, b.count(c.No, moderation.EntryLifted))
		}
		require.Empty(b.t, b.inForce(room))
	},
	"a lift after a lost answer is sent again": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: 5 * time.Second})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown})
		b.clock.Add(5 * time.Second)
		j, began := b.lifts()
		b.answers(j, began.Call, yes, accepted)
		b.clock.Add(moderation.UncertainFor)
		again := b.claim(moderation.QueueLift)
		require.Equal(b.t, moderation.JobSync, again.Kind)
		require.Equal(b.t, c.No, again.Case)
		said := b.works(again)
		require.Equal(b.t, moderation.Unmute, said.Request.Verb)
		require.Equal(b.t, moderation.MuteNone, said.Request.IsMute)
	},
	"a restriction that the vendor ends does not outlast its time": func(b *bench) {
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Minute})
		require.Len(b.t, b.inForce(live), 1)
		b.clock.Add(time.Minute)
		require.Empty(b.t, b.inForce(live))
		b.none(moderation.QueueLift)
	},
}
