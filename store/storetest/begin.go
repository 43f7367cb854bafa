package storetest

import (
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var beginTests = map[string]func(*bench){
	"a call is announced, sent and answered": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2, last: time.Hour})
		b.clock.Add(1500 * time.Millisecond)
		began := b.sends(jobs[0], 1)
		require.Equal(b.t, moderation.Request{
			Verb: moderation.Ban, Room: live, Targets: []string{"a", "b"}, Left: 3599 * time.Second, Reason: "case",
		}, began.Request)
		require.Equal(b.t, 1, began.Attempt)
		require.True(b.t, began.First.Equal(b.clock.Now()))
		require.True(b.t, began.RequestedAt.Equal(c.AskedAt))
		v := b.view(c.No)
		require.Len(b.t, v.Calls, 1)
		require.Zero(b.t, v.Calls[0].Answered)
		e := v.Entries[len(v.Entries)-1]
		require.Equal(b.t, v.Calls[0].Entry, e.ID)
		announced := body(b.t, e)
		require.Equal(b.t, moderation.EntryCall, e.Kind)
		require.Equal(b.t, []string{"a", "b"}, announced.Targets)
		require.Equal(b.t, "api.ban", announced.API)
		require.JSONEq(b.t, `{"targets":2}`, string(announced.Request))
		require.Equal(b.t, moderation.PurposeAct, announced.Purpose)
		b.clock.Add(212 * time.Millisecond)
		b.answers(jobs[0], began.Call, yes, accepted)
		v = b.view(c.No)
		require.Equal(b.t, moderation.Done, v.Case.State)
		require.True(b.t, v.Case.DoneAt.Equal(b.clock.Now()))
		require.Equal(b.t, moderation.VendorAccepted, v.Calls[0].Outcome)
		require.Equal(b.t, "req-1", v.Calls[0].RequestID)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryCall, moderation.EntryAnswer, moderation.EntryDone}, b.kinds(c.No))
		answer := body(b.t, v.Entries[2])
		require.Equal(b.t, "req-1", answer.Vendor.RequestID)
		require.Equal(b.t, int64(212), answer.TookMS)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 2}, body(b.t, v.Entries[3]).Counts)
		require.Greater(b.t, v.Case.Version, c.Version)
		require.ErrorIs(b.t, b.s.Renew(b.ctx, jobs[0]), moderation.ErrLeaseLost, "its job is finished")
	},
	"an answer that is not final is tried again": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a"}})
		began := b.sends(jobs[0], 1)
		retry := moderation.Answer{Class: moderation.VendorRetry, Code: "InternalError", Err: moderation.NewError(moderation.CodeVendorRetry)}
		b.answers(jobs[0], began.Call, retry, moderation.Verdict{Outcome: moderation.Pending, Err: retry.Err, Wait: time.Second})
		b.none(moderation.QueueCall)
		b.clock.Add(time.Second)
		j := b.claim(moderation.QueueCall)
		require.Equal(b.t, 2, j.Attempt)
		second := b.sends(j, 1)
		require.Equal(b.t, 2, second.Attempt)
		require.True(b.t, second.First.Equal(began.First))
		b.answers(j, second.Call, yes, accepted)
		require.Equal(b.t, moderation.Done, b.caseNo(c.No).State)
	},
	"a lost lease keeps the answer and leaves the targets": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		began := b.sends(jobs[0], 1)
		b.clock.Add(moderation.LeaseTime)
		again := b.claim(moderation.QueueCall)
		_, err := b.s.AnnounceCall(b.ctx, jobs[0], moderation.CallInput{Case: c.No, Work: moderation.SyncWork{Chunk: 1}, Timeout: flight})
		require.ErrorIs(b.t, err, moderation.ErrLeaseLost)
		require.ErrorIs(b.t, b.s.RecordAnswer(b.ctx, jobs[0], began.Call, yes, accepted), moderation.ErrLeaseLost)
		v := b.view(c.No)
		require.Equal(b.t, moderation.VendorAccepted, v.Calls[0].Outcome)
		require.Equal(b.t, moderation.EntryAnswer, v.Entries[len(v.Entries)-1].Kind)
		require.Equal(b.t, moderation.Pending, v.Targets[0].Outcome)
		b.answers(again, b.sends(again, 1).Call, yes, accepted)
	},
	"a missing answer is recorded as unanswered": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		b.sends(jobs[0], 1)
		b.restart()
		j := b.claim(moderation.QueueCall)
		require.Equal(b.t, 2, b.sends(j, 1).Attempt)
		v := b.view(c.No)
		require.Equal(b.t, moderation.VendorNoAnswer, v.Calls[0].Outcome)
		require.False(b.t, v.Calls[0].Answered.IsZero())
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryCall, moderation.EntryAnswer, moderation.EntryCall}, b.kinds(c.No))
	},
	"an event is not repeated late": func(b *bench) {
		for _, a := range []struct {
			answer  moderation.Answer
			outcome moderation.Outcome
			code    moderation.Code
		}{
			{silent, moderation.Unknown, moderation.CodeEventOld},
			{moderation.Answer{Class: moderation.VendorRetry, Code: "Busy", RequestID: "r9"}, moderation.Failed, moderation.CodeVendorRetry},
		} {
			c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}, chunk: 2})
			b.answers(jobs[0], b.sends(jobs[0], 1).Call, a.answer, moderation.Verdict{Outcome: moderation.Pending})
			b.claim(moderation.QueueCall)
			b.clock.Add(timing.EventRepeat)
			j := b.claim(moderation.QueueCall)
			b.answers(j, b.sends(j, 1).Call, a.answer, moderation.Verdict{Outcome: moderation.Pending})
			j = b.claim(moderation.QueueCall)
			b.clock.Add(time.Millisecond)
			require.True(b.t, b.begin(j, 1).Done)
			v := b.view(c.No)
			require.Equal(b.t, moderation.Done, v.Case.State)
			require.Equal(b.t, a.outcome, v.Targets[0].Outcome)
			require.Equal(b.t, a.code, v.Targets[1].Code)
			if a.outcome == moderation.Failed {
				require.Equal(b.t, "Busy", v.Targets[0].Values["code"])
			}
			require.Len(b.t, v.Calls, 2)
		}
	},
	"a newer case supersedes": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a", "b"}, last: time.Hour})
		newer := b.done(asks{verb: moderation.Unmute, on: []string{"a"}})
		require.True(b.t, b.begin(jobs[0], 1).Done)
		v := b.view(c.No)
		require.Equal(b.t, moderation.Superseded, v.Targets[0].Outcome)
		require.Equal(b.t, moderation.CodeSuperseded, v.Targets[0].Code)
		require.Equal(b.t, map[string]string{"case": "2"}, v.Targets[0].Values)
		require.Equal(b.t, int64(2), newer.No)
		require.Equal(b.t, moderation.EntryDropped, v.Entries[len(v.Entries)-1].Kind)
		require.Equal(b.t, moderation.Open, v.Case.State, "the other target is still to come")
		b.answers(jobs[1], b.sends(jobs[1], 2).Call, yes, accepted)
		require.Equal(b.t, map[string]int64{"b/audio": c.No, "b/video": c.No}, b.inForce(room))
		require.Equal(b.t, moderation.Accepted, moderation.OverallOutcome(b.caseNo(c.No).Counts))
	},
	"a case supersedes only what it changes": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		video, more := b.opens(asks{verb: moderation.Unmute, on: []string{"a"}, media: []moderation.Medium{moderation.Video}})
		first := b.sends(jobs[0], 1)
		require.Equal(b.t, moderation.MuteAudio, first.Request.IsMute, "computed from what is in force now")
		b.answers(jobs[0], first.Call, yes, accepted)
		second := b.sends(more[0], 1)
		require.Equal(b.t, moderation.MuteAudio, second.Request.IsMute)
		b.answers(more[0], second.Call, yes, accepted)
		require.Equal(b.t, map[string]int64{"a/audio": c.No}, b.inForce(room))
		require.Equal(b.t, moderation.Done, b.caseNo(video.No).State)
	},
	"an expired restriction is not sent": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, last: 5 * time.Second})
		b.clock.Add(4 * time.Second)
		require.Equal(b.t, time.Second, b.sends(jobs[0], 1).Request.Left)
		b.clock.Add(time.Millisecond)
		require.True(b.t, b.begin(jobs[1], 2).Done)
		g := b.view(c.No).Targets[1]
		require.Equal(b.t, moderation.Failed, g.Outcome)
		require.Equal(b.t, moderation.CodeTooLate, g.Code)
		require.NotContains(b.t, b.inForce(live), "b/entrance")
	},
	"calls on one target follow each other": func(b *bench) {
		_, first := b.opens(asks{verb: moderation.Silence, room: live, on: []string{"a"}, last: time.Hour})
		call := b.sends(first[0], 1).Call
		_, second := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		busy := b.begin(second[0], 1)
		require.True(b.t, busy.TargetBusy)
		require.Equal(b.t, 50*time.Millisecond, busy.Wait)
		_, other := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"b"}, last: time.Hour})
		b.sends(other[0], 1)
		b.clock.Add(flight - 20*time.Millisecond)
		require.Equal(b.t, 20*time.Millisecond, b.begin(second[0], 1).Wait)
		b.answers(first[0], call, yes, accepted)
		b.sends(second[0], 1)
	},
	"no turn, no call": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		begin := func(i int) moderation.AnnouncedCall {
			began, err := b.s.AnnounceCall(b.ctx, jobs[i], moderation.CallInput{
				Case: c.No, Work: moderation.SyncWork{Chunk: i + 1}, Timeout: flight,
				Turns: kicks(moderation.Turn{Key: "api", PerSecond: 10, Burst: 1}),
			})
			b.ok(err)
			return began
		}
		require.NotZero(b.t, begin(0).Call)
		none := begin(1)
		require.Equal(b.t, 100*time.Millisecond, none.Wait)
		require.False(b.t, none.TargetBusy)
		require.Len(b.t, b.view(c.No).Calls, 1)
		b.clock.Add(100 * time.Millisecond)
		require.NotZero(b.t, begin(1).Call)
	},
	"the rest of an interrupted kick is not sent late": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b", "c"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
		b.clock.Add(moderation.StartWithin - time.Second)
		b.restart()
		jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		b.answers(jobs[0], b.sends(jobs[0], 2).Call, yes, accepted)
		b.clock.Add(moderation.StartWithin + time.Second)
		b.restart()
		jobs, err = b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		require.True(b.t, b.begin(jobs[0], 3).Done)
		last := b.view(c.No).Targets[2]
		require.Equal(b.t, moderation.Unknown, last.Outcome)
		require.Equal(b.t, moderation.CodeEventOld, last.Code)
	},
	"a call whose turn lies ahead is delayed": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		begin := func(i int) moderation.AnnouncedCall {
			began, err := b.s.AnnounceCall(b.ctx, jobs[i], moderation.CallInput{
				Case: c.No, Work: moderation.SyncWork{Chunk: i + 1}, Timeout: flight,
				Turns: kicks(moderation.Turn{Key: "api", PerSecond: 20, Burst: 1, Ahead: 60 * time.Millisecond}),
			})
			b.ok(err)
			return began
		}
		require.Zero(b.t, begin(0).Delay)
		next := begin(1)
		require.NotZero(b.t, next.Call)
		require.Equal(b.t, 50*time.Millisecond, next.Delay)
		require.Zero(b.t, next.Wait)
	},
	"a request that cannot be described takes no turn": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a"}})
		turn := moderation.Turn{Key: "api", PerSecond: 1, Burst: 1}
		_, err := b.s.AnnounceCall(b.ctx, jobs[0], moderation.CallInput{Case: c.No, Work: moderation.SyncWork{Chunk: 1}, Turns: kicks(turn), Reason: undescribed})
		require.ErrorIs(b.t, err, errUndescribed)
		wait, err := b.s.TakeTurn(b.ctx, turn)
		b.ok(err)
		require.Zero(b.t, wait)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened}, b.kinds(c.No))
	},
	"a certain failure restores the earlier restriction": func(b *bench) {
		before := b.done(asks{verb: moderation.Mute, on: []string{"a"}})
		c, jobs := b.opens(asks{verb: moderation.Unmute, on: []string{"a"}})
		require.Empty(b.t, b.inForce(room))
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, no, failed)
		require.Equal(b.t, map[string]int64{"a/audio": before.No, "a/video": before.No}, b.inForce(room))
		g := b.view(c.No).Targets[0]
		require.Equal(b.t, moderation.CodeVendorInput, g.Code)
		require.Equal(b.t, "InvalidParameter", g.Values["code"])
		c, jobs = b.opens(asks{verb: moderation.Unmute, on: []string{"a"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown, Err: silent.Err})
		require.Empty(b.t, b.inForce(room), "unknown keeps the desired state")
		require.Equal(b.t, moderation.Unknown, moderation.OverallOutcome(b.caseNo(c.No).Counts))
	},
	"a failure of one case does not affect a newer one": func(b *bench) {
		_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		call := b.sends(jobs[0], 1).Call
		newer, more := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, media: []moderation.Medium{moderation.Audio}})
		b.answers(jobs[0], call, no, failed)
		require.Equal(b.t, map[string]int64{"a/audio": newer.No}, b.inForce(room))
		require.Equal(b.t, moderation.MuteAudio, b.sends(more[0], 1).Request.IsMute)
	},
	"a state computed with a failed move is sent again": func(b *bench) {
		mute, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		_, more := b.opens(asks{verb: moderation.Unmute, on: []string{"a"}, media: []moderation.Medium{moderation.Video}})
		first := b.sends(jobs[0], 1)
		require.Equal(b.t, moderation.MuteAudio, first.Request.IsMute)
		b.answers(jobs[0], first.Call, yes, accepted)
		b.answers(more[0], b.sends(more[0], 1).Call, no, failed)
		j := b.claim(moderation.QueueLift)
		require.Equal(b.t, moderation.JobSync, j.Kind)
		require.Equal(b.t, mute.No, j.Case)
		require.Equal(b.t, moderation.MuteBoth, b.works(j).Request.IsMute)
	},
	"a state that an older call may still change is sent again": func(b *bench) {
		_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown, Err: silent.Err})
		b.clock.Add(time.Second)
		c := b.done(asks{verb: moderation.Unmute, on: []string{"a"}})
		b.none(moderation.QueueLift)
		b.clock.Add(moderation.UncertainFor - time.Second)
		j := b.claim(moderation.QueueLift)
		require.Equal(b.t, moderation.JobSync, j.Kind)
		require.Equal(b.t, c.No, j.Case)
		began := b.works(j)
		require.Equal(b.t, moderation.Unmute, began.Request.Verb)
		require.Equal(b.t, moderation.MuteNone, began.Request.IsMute)
		b.answers(j, began.Call, silent, moderation.Verdict{Outcome: moderation.Pending, Wait: time.Second})
		b.clock.Add(time.Second)
		j = b.claim(moderation.QueueLift)
		b.answers(j, b.works(j).Call, yes, accepted)
		b.none(moderation.QueueLift)
		require.Equal(b.t, moderation.Accepted, b.view(c.No).Targets[0].Outcome)
	},
	"a restriction no longer in force is not sent again": func(b *bench) {
		for media, calls := range map[moderation.Medium]int{"": 0, moderation.Audio: 1} {
			_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
			b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown})
			unmute := b.done(asks{verb: moderation.Unmute, on: []string{"a"}})
			newest := asks{verb: moderation.Mute, on: []string{"a"}}
			if media != "" { // otherwise the lost call is followed by a resync
				newest.media = []moderation.Medium{media}
			}
			b.done(newest)
			b.clock.Add(moderation.UncertainFor)
			all, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
			b.ok(err)
			require.Len(b.t, all, 1+calls)
			require.Equal(b.t, unmute.No, all[0].Case)
			for i, j := range all {
				began := b.works(j)
				require.Equal(b.t, i >= calls, began.Done, "queued twice, it runs once")
				if !began.Done {
					require.Equal(b.t, moderation.MuteAudio, began.Request.IsMute)
					b.answers(j, began.Call, yes, accepted)
				}
			}
		}
	},
	"the next case treats a call of a dead process as uncertain": func(b *bench) {
		_, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}})
		b.sends(jobs[0], 1)
		b.restart()
		c, err := b.s.OpenCase(b.ctx, b.command(), b.opening(asks{verb: moderation.Unmute, on: []string{"a"}}))
		b.ok(err)
		all, err := b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		require.Len(b.t, all, 2)
		b.clock.Add(flight)
		b.answers(all[1], b.sends(all[1], 1).Call, yes, accepted)
		b.clock.Add(moderation.UncertainFor)
		j := b.claim(moderation.QueueLift)
		require.Equal(b.t, moderation.JobSync, j.Kind)
		require.Equal(b.t, c.No, j.Case)
	},
	"the later accepted case decides, even if it was decided first": func(b *bench) {
		jobs := b.commands(2)
		_, after := b.opensBy(jobs[1], asks{verb: moderation.Unmute, on: []string{"a"}, media: []moderation.Medium{moderation.Audio}})
		b.answers(after[0], b.sends(after[0], 1).Call, yes, accepted)
		first, before := b.opensBy(jobs[0], asks{verb: moderation.Mute, on: []string{"a", "b"}, last: time.Hour})
		require.Equal(b.t, map[string]int64{"a/video": first.No, "b/audio": first.No, "b/video": first.No}, b.inForce(room))
		require.Equal(b.t, moderation.MuteVideo, b.sends(before[0], 1).Request.IsMute)

		jobs = b.commands(2)
		second, _ := b.opensBy(jobs[1], asks{verb: moderation.Unmute, on: []string{"c"}})
		first, before = b.opensBy(jobs[0], asks{verb: moderation.Mute, on: []string{"c"}})
		require.True(b.t, b.begin(before[0], 1).Done)
		v := b.view(first.No)
		require.Equal(b.t, moderation.Superseded, v.Targets[0].Outcome)
		require.Equal(b.t, map[string]string{"case": strconv.FormatInt(second.No, 10)}, v.Targets[0].Values)
	},
	"a whole room is one target": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Freeze, room: live, last: time.Minute})
		require.Equal(b.t, map[string]int64{"/everyone": c.No}, b.inForce(live))
		began := b.sends(jobs[0], 1)
		require.Equal(b.t, []string{""}, began.Request.Targets)
		require.Zero(b.t, began.Request.IsMute)
		b.answers(jobs[0], began.Call, yes, accepted)
		b.done(asks{verb: moderation.Unfreeze, room: live})
		require.Empty(b.t, b.inForce(live))
	},
}

// kicks returns the rate limit of the kick API.
func kicks(t moderation.Turn) map[string]moderation.Turn {
	return map[string]moderation.Turn{"api." + string(moderation.Kick): t}
}
