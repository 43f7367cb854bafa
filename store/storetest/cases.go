package storetest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

func body(t require.TestingT, e moderation.Entry) (b moderation.Body) {
	require.NoError(t, json.Unmarshal(e.Body, &b))
	return b
}

var caseTests = map[string]func(*bench){
	"a job that abandons the others returns for its own call from before a restart": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a", "b"}, last: time.Hour})
		b.sends(jobs[0], 1)
		b.restart()
		again := b.chunks(c) // a start releases all leases; the call may still be in flight
		require.Len(b.t, again, 2)
		lost := moderation.Body{Code: moderation.CodeRightLost}
		_, err := b.s.AbandonPending(b.ctx, again[0], c.No, moderation.EntryDropped, lost)
		b.ok(err)
		require.Equal(b.t, 1, b.caseNo(c.No).Counts[moderation.Pending])
		b.clock.Add(flight)
		_, err = b.s.AbandonPending(b.ctx, b.chunks(c)[0], c.No, moderation.EntryDropped, lost)
		b.ok(err)
		got := b.caseNo(c.No)
		require.Equal(b.t, moderation.Done, got.State)
		require.Equal(b.t, 1, got.Counts[moderation.Unknown], "it may have landed")
		require.Equal(b.t, 1, got.Counts[moderation.Dropped])
	},
	"a restriction that the vendor ends is shown as ended at its end": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		kick := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		b.none(moderation.QueueTimer)
		b.clock.Add(time.Hour)
		b.ok(b.s.ShowEnd(b.ctx, b.claim(moderation.QueueTimer)))
		got := b.caseNo(c.No)
		require.Equal(b.t, moderation.Lifted, got.Ended)
		require.Equal(b.t, c.Until, got.EndedAt)
		require.Greater(b.t, got.Version, c.Version, "its card is rendered again")
		require.Empty(b.t, b.caseNo(kick.No).Ended)
	},
	"the bot ends restrictions unless the room's kind says that the vendor does": func(b *bench) {
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		b.clock.Add(time.Hour)
		b.none(moderation.QueueLift)
		c := b.done(asks{verb: moderation.Ban, room: room, on: []string{"a"}, last: time.Hour})
		b.none(moderation.QueueLift)
		b.clock.Add(time.Hour)
		require.Equal(b.t, c.No, b.claim(moderation.QueueLift).Case)
	},
	"one that was undone before stays undone": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, jobs := b.undoes(c, "a")
		b.sendsAccepted(jobs[0])
		b.clock.Add(time.Hour)
		b.ok(b.s.ShowEnd(b.ctx, b.claim(moderation.QueueTimer)))
		require.Equal(b.t, "undone", b.caseNo(c.No).Ended)
	},
	"a restriction that another case continues was superseded": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, jobs := b.extends(c, 2*time.Hour, "a")
		b.sendsAccepted(jobs[0])
		b.clock.Add(time.Hour)
		for _, j := range b.timers(moderation.JobShowEnd) {
			b.ok(b.s.ShowEnd(b.ctx, j))
		}
		require.Equal(b.t, string(moderation.Superseded), b.caseNo(c.No).Ended)
	},
	"presence, and targets never seen": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		b.does(moderation.Change{Note: &moderation.Note{Target: "c", Text: "again"}})
		c := b.requests(asks{verb: moderation.Ban, on: []string{"a", "b", "c"}, last: time.Hour}, oneMust())
		require.Equal(b.t, map[string]bool{"b": true}, b.view(c.No).UnknownTargets)
		asked := func() bool {
			is, err := b.s.InsideKnown(b.ctx, c.No, room)
			b.ok(err)
			return is
		}
		require.False(b.t, asked())
		version := b.caseNo(c.No).Version
		b.ok(b.s.SetRoomInfo(b.ctx, b.command(), c.No, moderation.RoomInfo{}, map[string]map[string]moderation.Inside{
			room.String(): {"a": moderation.InsideYes, "b": moderation.InsideNo},
		}))
		require.True(b.t, asked())
		require.Equal(b.t, []string{"b"}, b.view(c.No).NeverSeen())
		require.Greater(b.t, b.caseNo(c.No).Version, version, "its card shows it")
		b.votes(c, lead)
		require.False(b.t, asked(), "what was true at the request may no longer be true")
		begins := func(j moderation.Job, chunk int, is moderation.Inside) {
			began, err := b.s.AnnounceCall(b.ctx, j, moderation.CallInput{
				Case: c.No, Work: moderation.SyncWork{Chunk: chunk}, Timeout: flight,
				Inside: map[string]moderation.Inside{"a": is, "b": is, "c": is},
			})
			b.ok(err)
			require.NotZero(b.t, began.Call)
		}
		jobs := b.chunks(c)
		begins(jobs[0], 1, moderation.InsideYes)
		require.True(b.t, asked())
		begins(jobs[1], 2, moderation.InsideNo)
		require.Empty(b.t, b.view(c.No).Absent(), "a list of after the first call is not kept")
	},
	"targets that are sent again alone get their own outcomes": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Ban, on: []string{"a", "b", "c"}, last: time.Hour, chunk: 3})
		apart := failed
		apart.Split = true
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, no, apart)
		require.Equal(b.t, 3, b.caseNo(c.No).Counts[moderation.Pending], "none has failed for another")
		alone := b.chunks(c)
		require.Len(b.t, alone, 3)
		for i, outcome := range []moderation.Verdict{accepted, apart, accepted} {
			j := alone[i]
			began := b.sends(j, 2+i)
			require.Equal(b.t, []string{string("abc"[i])}, began.Request.Targets)
			a := yes
			if outcome.Outcome == moderation.Failed {
				a = no
			}
			b.answers(j, began.Call, a, outcome)
		}
		got := b.caseNo(c.No)
		require.Equal(b.t, moderation.Done, got.State)
		require.Equal(b.t, 2, got.Counts[moderation.Accepted])
		require.Equal(b.t, 1, got.Counts[moderation.Failed])
		b.none(moderation.QueueCall)
	},
	"a case opens with all that belongs to it": func(b *bench) {
		o := b.opening(asks{verb: moderation.Mute, on: []string{"a", "b", "c"}, chunk: 2, last: time.Hour})
		o.Jobs = append(o.Jobs, moderation.NewJob{Key: "answer", Queue: moderation.QueueAnswer, Kind: moderation.JobAnswer, Payload: []byte(`{"no":"{case} %d {no}"}`), ReplyURL: "https://x"})
		j := b.command()
		c, err := b.s.OpenCase(b.ctx, j, o)
		b.ok(err)
		require.Equal(b.t, int64(1), c.No)
		require.Equal(b.t, int64(1), c.Version)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Pending: 3}, c.Counts)
		require.Equal(b.t, o.Case.Action, c.Action)
		require.Equal(b.t, o.Case.Actor, c.Actor)
		require.Equal(b.t, o.Case.Origin, c.Origin)
		require.Equal(b.t, o.Case.Decision, c.Decision)
		require.Equal(b.t, uint32(app), c.App)
		require.Equal(b.t, o.Case.Until, c.Until)
		byToken, err := b.s.CaseByToken(b.ctx, o.Case.Token)
		b.ok(err)
		require.Equal(b.t, c, byToken)
		require.ErrorIs(b.t, b.s.Finish(b.ctx, j, moderation.Change{}), moderation.ErrLeaseLost, "the job is finished")
		v := b.view(1)
		require.Len(b.t, v.Targets, 3)
		require.Equal(b.t, 2, v.Targets[2].Chunk)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened}, b.kinds(1))
		e := body(b.t, v.Entries[0])
		require.Equal(b.t, "as typed", e.Typed)
		require.Equal(b.t, []string{"a", "b", "c"}, e.Action.Targets)
		require.Equal(b.t, "mods", e.Rule)
		require.Len(b.t, b.inForce(room), 6)
		answer := b.claim(moderation.QueueAnswer)
		require.Equal(b.t, "1:answer", answer.Key)
		require.Equal(b.t, int64(1), answer.Case)
		require.JSONEq(b.t, `{"no":"{case} %d {no}"}`, string(answer.Payload), "nothing in a payload is read as anything but itself")
		require.Equal(b.t, "https://x", answer.ReplyURL)
		backlog, err := b.s.Backlog(b.ctx)
		b.ok(err)
		require.Equal(b.t, 3, backlog.Lifts)
		require.Zero(b.t, backlog.Overdue)
		_, err = b.s.Case(b.ctx, 2)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		_, err = b.s.CaseByToken(b.ctx, "none")
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		_, err = b.s.CaseView(b.ctx, 2)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
	},
	"earlier cases of the targets are summed up": func(b *bench) {
		b.done(asks{verb: moderation.Kick, on: []string{"a", "b"}, chunk: 2})
		b.clock.Add(time.Minute)
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		b.done(asks{verb: moderation.Kick, on: []string{"other"}})
		c := b.done(asks{verb: moderation.Kick, on: []string{"a", "b"}, chunk: 2})
		require.Equal(b.t, moderation.EarlierCases{Cases: 2, LastNo: 2, LastVerb: moderation.Ban, LastFor: time.Hour, LastAt: b.clock.Now()}, b.view(c.No).Earlier)
		require.Zero(b.t, b.view(1).Earlier)
		request, _ := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"other"}, last: 24 * time.Hour, asking: true})
		require.Equal(b.t, 1, b.view(request.No).Earlier.Cases)
		require.EqualValues(b.t, 3, b.view(b.done(asks{verb: moderation.Kick, on: []string{"other"}}).No).Earlier.LastNo, "what was only asked for was not done")
		b.done(asks{verb: moderation.Close})
		b.done(asks{verb: moderation.Close, room: live})
		require.Equal(b.t, 1, b.view(b.done(asks{verb: moderation.Close, room: live}).No).Earlier.Cases)
	},
	"a case that awaits confirmation has no moves until it is confirmed": func(b *bench) {
		o := b.opening(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour, asking: true})
		c, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingConfirmation, c.State)
		require.Empty(b.t, b.inForce(room))
		b.none(moderation.QueueCall)
		b.clock.Add(time.Minute)
		until := b.clock.Now().Add(time.Hour)
		cf := moderation.Confirmation{No: c.No, Until: until, Jobs: chunkJobs(1, 1), Body: moderation.Body{Outcome: "run"}}
		c, err = b.s.Confirm(b.ctx, b.command(), cf)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
		require.True(b.t, c.Until.Equal(until))
		require.True(b.t, c.OpenAt.Equal(b.clock.Now()), "BeginWithin counts from here")
		require.Len(b.t, b.inForce(room), 2)
		j := b.claim(moderation.QueueCall)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryConfirmation}, b.kinds(c.No))
		press := b.command()
		now, err := b.s.Confirm(b.ctx, press, cf)
		require.ErrorIs(b.t, err, moderation.ErrStale)
		require.Equal(b.t, c.Version, now.Version)
		b.ok(b.s.Finish(b.ctx, press, moderation.Change{}))
		b.answers(j, b.sends(j, 1).Call, yes, accepted)
		at, _, err := b.s.NextDue(b.ctx, moderation.QueueLift)
		b.ok(err)
		require.True(b.t, at.Equal(until.Add(-timing.LiftLead)))
	},
	"a case without calls can await confirmation again": func(b *bench) {
		first := b.done(asks{verb: moderation.Mute, on: []string{"a"}, last: 10 * time.Hour})
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour})
		expire := []moderation.NewJob{{Key: "expire", Queue: moderation.QueueTimer, Kind: moderation.JobConfirmTimeout, RunAt: b.clock.Now()}}
		got, err := b.s.RequestConfirmation(b.ctx, jobs[0], c.No, expire)
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingConfirmation, got.State)
		require.Greater(b.t, got.Version, c.Version)
		require.Equal(b.t, first.No, b.inForce(room)["a/audio"], "the earlier restriction applies again")
		require.Equal(b.t, c.No, b.claim(moderation.QueueTimer).Case)
		until := b.clock.Now().Add(2 * time.Hour)
		got, err = b.s.Confirm(b.ctx, b.command(), moderation.Confirmation{No: c.No, Until: until, Jobs: chunkJobs(1, 1)})
		b.ok(err)
		require.Equal(b.t, c.No, b.inForce(room)["a/audio"])
		j := b.claim(moderation.QueueCall)
		b.sends(j, 1)
		_, err = b.s.RequestConfirmation(b.ctx, j, c.No, expire)
		require.ErrorIs(b.t, err, moderation.ErrStale, "a call was announced")
		b.ok(b.s.Renew(b.ctx, j))
		at, _, err := b.s.NextDue(b.ctx, moderation.QueueLift)
		b.ok(err)
		require.True(b.t, at.Equal(until.Add(-timing.LiftLead)), "its lift moved with it: %v", at)
		require.Equal(b.t, got.No, c.No)
	},
	"chunks of a case that awaits confirmation are deleted": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		_, err := b.s.RequestConfirmation(b.ctx, jobs[0], c.No, nil)
		b.ok(err)
		_, err = b.s.AnnounceCall(b.ctx, jobs[1], moderation.CallInput{Case: c.No, Work: moderation.SyncWork{Chunk: 2}, Timeout: flight})
		require.ErrorIs(b.t, err, moderation.ErrLeaseLost)
		require.Equal(b.t, moderation.AwaitingConfirmation, b.caseNo(c.No).State)
		require.Equal(b.t, 2, b.caseNo(c.No).Counts[moderation.Pending])
		require.ErrorIs(b.t, b.s.Renew(b.ctx, jobs[1]), moderation.ErrLeaseLost)
	},
	"a case that awaits confirmation is not late": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		_, err := b.s.RequestConfirmation(b.ctx, jobs[0], c.No, nil)
		b.ok(err)
		b.clock.Add(time.Hour)
		b.none(moderation.QueueLift)
		backlog, err := b.s.Backlog(b.ctx)
		b.ok(err)
		require.Zero(b.t, backlog.Lifts)
		require.Zero(b.t, backlog.Overdue)
		_, err = b.s.Confirm(b.ctx, b.command(), moderation.Confirmation{
			No: c.No, Until: b.clock.Now().Add(time.Minute), Jobs: chunkJobs(1, 1),
		})
		b.ok(err)
		j := b.claim(moderation.QueueCall)
		b.answers(j, b.sends(j, 1).Call, yes, accepted)
		b.clock.Add(time.Minute)
		_, began := b.lifts()
		require.NotZero(b.t, began.Call, "its end is queued again")
	},
	"an answered confirmation does not end the next one": func(b *bench) {
		expire := func(n string) []moderation.NewJob {
			return []moderation.NewJob{{Key: "expire:" + n, Queue: moderation.QueueTimer, Kind: moderation.JobConfirmTimeout, RunAt: b.clock.Now().Add(moderation.ConfirmWithin)}}
		}
		o := b.opening(asks{verb: moderation.Kick, on: []string{"a"}, asking: true})
		o.Jobs = expire("1")
		c, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)
		b.clock.Add(moderation.ConfirmWithin / 2)
		_, err = b.s.Confirm(b.ctx, b.command(), moderation.Confirmation{No: c.No, Jobs: chunkJobs(1, 1)})
		b.ok(err)
		_, err = b.s.RequestConfirmation(b.ctx, b.claim(moderation.QueueCall), c.No, expire("2"))
		b.ok(err)
		b.clock.Add(moderation.ConfirmWithin / 2)
		b.none(moderation.QueueTimer)
		b.clock.Add(moderation.ConfirmWithin / 2)
		require.Equal(b.t, strconv.FormatInt(c.No, 10)+":expire:2", b.claim(moderation.QueueTimer).Key)
	},
	"abandoned targets are dropped and their moves have no effect": func(b *bench) {
		before := b.done(asks{verb: moderation.Mute, on: []string{"a"}})
		c, jobs := b.opens(asks{verb: moderation.Unmute, on: []string{"a", "b"}})
		b.answers(jobs[1], b.sends(jobs[1], 2).Call, yes, accepted)
		require.Empty(b.t, b.inForce(room))
		got, err := b.s.AbandonPending(b.ctx, jobs[0], c.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeRightLost, Values: map[string]string{"why": "x"}})
		b.ok(err)
		require.Equal(b.t, moderation.Done, got.State)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 1, moderation.Dropped: 1}, got.Counts)
		require.Equal(b.t, map[string]int64{"a/audio": before.No, "a/video": before.No}, b.inForce(room))
		v := b.view(c.No)
		require.Equal(b.t, moderation.CodeRightLost, v.Targets[0].Code)
		require.Equal(b.t, map[string]string{"why": "x"}, v.Targets[0].Values)
		require.Contains(b.t, b.kinds(c.No), moderation.EntryDropped)
		j := b.command()
		_, err = b.s.AbandonPending(b.ctx, j, c.No, moderation.EntryDropped, moderation.Body{})
		require.ErrorIs(b.t, err, moderation.ErrStale)
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
	},
	"a call in flight is not abandoned": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		call := b.sends(jobs[0], 1).Call
		got, err := b.s.AbandonPending(b.ctx, jobs[1], c.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeRightLost})
		b.ok(err)
		require.Equal(b.t, moderation.Open, got.State)
		b.answers(jobs[0], call, yes, accepted)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 1, moderation.Dropped: 1}, b.caseNo(c.No).Counts)
		require.Equal(b.t, moderation.Done, b.caseNo(c.No).State)
	},
	"what may have landed is not reported as not sent": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a", "b"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentLeft)
		got, err := b.s.AbandonPending(b.ctx, jobs[1], c.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeRightLost, Values: map[string]string{"why": "x"}})
		b.ok(err)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Dropped: 1, moderation.Unknown: 1}, got.Counts)
		outcomes := make(map[string][]string)
		for _, e := range b.view(c.No).Entries {
			if e.Kind == moderation.EntryDropped {
				d := body(b.t, e)
				require.Equal(b.t, moderation.CodeRightLost, d.Code)
				require.Equal(b.t, "x", d.Values["why"])
				outcomes[d.Outcome] = append(outcomes[d.Outcome], d.Targets...)
			}
		}
		require.Equal(b.t, map[string][]string{"dropped": {"b"}, "unknown": {"a"}}, outcomes)
	},
	"an abandoned confirmation ends the case": func(b *bench) {
		c, err := b.s.OpenCase(b.ctx, b.command(), b.opening(asks{verb: moderation.Kick, on: []string{"a"}, asking: true}))
		b.ok(err)
		c, err = b.s.AbandonPending(b.ctx, b.command(), c.No, moderation.EntryConfirmation, moderation.Body{Code: moderation.CodeDropped})
		b.ok(err)
		require.Equal(b.t, moderation.Done, c.State)
		require.True(b.t, c.DoneAt.Equal(b.clock.Now()))
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryConfirmation, moderation.EntryDone}, b.kinds(c.No))
	},
	"unknown targets are tried again": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b"}})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, moderation.Verdict{Outcome: moderation.Unknown, Err: silent.Err})
		b.answers(jobs[1], b.sends(jobs[1], 2).Call, yes, accepted)
		require.Equal(b.t, moderation.Done, b.caseNo(c.No).State)
		b.clock.Add(moderation.RetryWithin)
		got, err := b.s.TryAgain(b.ctx, b.command(), moderation.Confirmation{No: c.No, Jobs: chunkJobs(1, 7), Body: moderation.Body{Outcome: "again"}})
		b.ok(err)
		require.Equal(b.t, moderation.Open, got.State)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Pending: 1, moderation.Accepted: 1}, got.Counts)
		require.True(b.t, got.DoneAt.IsZero())
		j := b.claim(moderation.QueueCall)
		began := b.sends(j, 1)
		require.Equal(b.t, []string{"a"}, began.Request.Targets)
		require.True(b.t, began.First.Equal(b.clock.Now()), "thirty seconds start again")
		require.Equal(b.t, 2, began.Attempt)
		b.answers(j, began.Call, yes, accepted)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 2}, b.caseNo(c.No).Counts)
		_, err = b.s.TryAgain(b.ctx, b.command(), moderation.Confirmation{No: c.No})
		require.ErrorIs(b.t, err, moderation.ErrStale)
	},
	"user input is stored as typed": func(b *bench) {
		odd := []string{"x{case}", "{case}", "{no}", "%s", "x%d", "%", "_", "'", `\"`, "?", "$1", "{{.}}", "${HOME}", "<@U1>"}
		for _, id := range odd {
			strange := moderation.Room{Kind: moderation.KindStrRoom, ID: id}
			c := b.done(asks{verb: moderation.Mute, room: strange, on: []string{id}, last: time.Minute})
			require.Equal(b.t, c.No, b.inForce(strange)[id+"/audio"])
			_, err := b.s.SetReason(b.ctx, b.command(), c.No, "because of "+id, "", moderation.Change{}, moderation.Body{Actor: &rogue})
			b.ok(err)
			b.clock.Add(time.Minute)
			j, began := b.lifts()
			require.Equal(b.t, strange.String(), work(b.t, j).Room)
			require.Equal(b.t, []string{id}, began.Request.Targets)
			b.answers(j, began.Call, yes, accepted)
			require.Empty(b.t, b.inForce(strange))
			require.Equal(b.t, "lifted", b.caseNo(c.No).Ended)
		}
		for _, id := range odd {
			for _, f := range []moderation.SearchQuery{{Target: id}, {Room: "strroom:" + id}, {Words: []string{"of " + id}}} {
				found, total, err := b.s.SearchCases(b.ctx, f, 0, 100)
				b.ok(err)
				want := 1
				if len(f.Words) > 0 {
					want = 0
					for _, other := range odd {
						if strings.HasPrefix(other, id) {
							want++
						}
					}
				}
				require.Equal(b.t, want, total, "%+v: %+v", f, found)
			}
		}
	},
	"a repeated command is the same case while that one is in progress": func(b *bench) {
		again := func(a asks, by moderation.Actor) (moderation.Case, bool) {
			o := b.opening(a)
			o.Case.Actor, o.OnDuplicate = by, []moderation.NewJob{{Key: "told:" + o.Case.Token, Queue: moderation.QueueAnswer, Kind: moderation.JobAnswer, Payload: []byte(`{}`)}}
			c, err := b.s.OpenCase(b.ctx, b.command(), o)
			b.ok(err)
			return c, c.Token != o.Case.Token
		}
		ban := asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2, last: time.Hour}
		c := b.done(ban)
		b.clock.Add(moderation.DuplicateWithin)
		for _, by := range []moderation.Actor{c.Actor, lead} {
			got, same := again(ban, by)
			require.True(b.t, same)
			require.Equal(b.t, c.No, got.No)
			require.Equal(b.t, c.No, b.claim(moderation.QueueAnswer).Case)
			b.none(moderation.QueueCall)
		}
		require.Equal(b.t, 2, b.count(c.No, moderation.EntryConfirmation))
		require.Equal(b.t, c.Until, b.caseNo(c.No).Until)
		for name, other := range map[string]asks{
			"longer": {verb: moderation.Ban, room: live, on: []string{"a", "b"}, last: 2 * time.Hour}, "fewer": {verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour},
			"elsewhere": {verb: moderation.Ban, room: moderation.Room{Kind: moderation.KindLive, ID: "other"}, on: []string{"a", "b"}, last: time.Hour},
			"otherwise": {verb: moderation.Silence, room: live, on: []string{"a", "b"}, last: time.Hour},
		} {
			_, same := again(other, c.Actor)
			require.False(b.t, same, name)
		}
		_, same := again(ban, c.Actor)
		require.False(b.t, same, "the longer one is in force now")
		jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 100)
		b.ok(err)
		for _, j := range jobs {
			b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
		}
		b.clock.Add(moderation.DuplicateWithin + time.Millisecond)
		c = b.done(asks{verb: moderation.Ban, room: live, on: []string{"c"}, last: time.Hour})
		b.clock.Add(moderation.DuplicateWithin + time.Millisecond)
		require.False(b.t, func() bool {
			_, same := again(asks{verb: moderation.Ban, room: live, on: []string{"c"}, last: time.Hour}, c.Actor)
			return same
		}(), "it is too long ago")
		b.ok(b.s.Finish(b.ctx, b.claim(moderation.QueueCall), moderation.Change{}))
		b.done(asks{verb: moderation.Kick, on: []string{"d"}})
		_, same = again(asks{verb: moderation.Kick, on: []string{"d"}}, c.Actor)
		require.False(b.t, same, "a person who rejoined is kicked again")
		_, same = again(asks{verb: moderation.Kick, on: []string{"d"}}, c.Actor)
		require.True(b.t, same, "but not while a kick is on its way")
		_, same = again(asks{verb: moderation.Kick, on: []string{"d"}}, lead)
		require.False(b.t, same, "of another person")
	},
}
