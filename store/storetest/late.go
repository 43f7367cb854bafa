package storetest

import (
	"slices"
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// A late case asks for confirmation, and is decided once it is confirmed.
var lateTests = map[string]func(*bench){
	"an end is reported when a newer case came long after it, and not when it came in time": func(b *bench) {
		n := 0
		for _, verb := range []moderation.Verb{moderation.Mute, moderation.Unmute} {
			for after, want := range map[time.Duration]int{-10 * time.Second: 0, 3 * time.Second: 0, 10 * time.Second: 1} {
				n++
				on := []string{"late" + strconv.Itoa(n)}
				c := b.done(asks{verb: moderation.Mute, on: on, last: time.Minute})
				b.clock.Add(time.Minute + after) // nothing ended it meanwhile
				newer := asks{verb: verb, on: on}
				if verb == moderation.Mute {
					newer.last = time.Minute
				}
				b.done(newer)
				b.allDone(0)
				b.allDone(11 * time.Second) // its own end comes now, if it had not come
				got := 0
				for _, kind := range b.kinds(c.No) {
					if kind == moderation.EntryOverdue {
						got++
					}
				}
				require.Equal(b.t, want, got, "%s %s after the end", verb, after)
				b.allDone(2 * time.Minute)
			}
		}
	},
	"an end is reported when what was requested before it was sent long after it": func(b *bench) {
		n := 0
		for after, want := range map[time.Duration]bool{-10 * time.Second: false, 3 * time.Second: false, 10 * time.Second: true} {
			for _, verb := range []moderation.Verb{moderation.Unmute, moderation.Undo} {
				n++
				on := []string{"slow" + strconv.Itoa(n)}
				c := b.done(asks{verb: moderation.Mute, on: on, last: time.Minute})
				b.clock.Add(10 * time.Second)
				var jobs []moderation.Job
				if verb == moderation.Undo {
					_, jobs = b.undoes(c, on...)
				} else {
					_, jobs = b.opens(asks{verb: verb, on: on})
				}
				b.clock.Add(50*time.Second + after) // it waits for Tencent's limit
				b.sendsAccepted(jobs[0])
				b.allDone(0)
				require.Equal(b.t, want, slices.Contains(b.kinds(c.No), moderation.EntryOverdue), "%s %s after the end", verb, after)
				b.allDone(2 * time.Minute)
			}
		}
	},
	"what a call set for a case that comes too late is ended, and reported as late": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Minute})
		other := b.done(asks{verb: moderation.Mute, on: []string{"a"}, media: []moderation.Medium{moderation.Audio}, last: time.Hour})
		require.Contains(b.t, b.view(other.No).Calls[0].Request, "1", "with the video of the first")
		b.clock.Add(time.Minute + 20*time.Second)
		require.True(b.t, b.works(jobs[0]).Done)
		require.Equal(b.t, moderation.Unknown, b.view(c.No).Targets[0].Outcome, "it was in force until now")
		ends, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		require.Len(b.t, ends, 2, "its own, and that of the call")
		began := b.works(ends[0])
		require.Equal(b.t, moderation.MuteAudio, began.Request.IsMute)
		require.Equal(b.t, c.Until, began.Due, "by which it is reported as late")
		b.answers(ends[0], began.Call, yes, accepted)
		require.True(b.t, b.works(ends[1]).Done)
		require.Equal(b.t, map[string]int64{"a/audio": other.No}, b.inForce(room))
	},
	"a restriction that a call without an answer shortened is set again, though the bot was away when that ended": func(b *bench) {
		for _, lift := range []bool{false, true} {
			on := []string{"shortened"}
			if lift {
				on = []string{"lifted"}
			}
			long := b.done(asks{verb: moderation.Silence, room: live, on: on, last: 6 * time.Hour})
			if lift { // it waits for Tencent's limit, and is superseded
				b.opens(asks{verb: moderation.Unsilence, room: live, on: on})
			}
			short, jobs := b.opens(asks{verb: moderation.Silence, room: live, on: on, last: time.Minute})
			b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentLeft)
			b.clock.Add(90 * time.Second)
			due, err := b.s.Claim(b.ctx, moderation.QueueCall, 2)
			b.ok(err)
			slices.SortFunc(due, func(a, b moderation.Job) int { return int(a.Case - b.Case) })
			for _, j := range due {
				require.True(b.t, b.works(j).Done)
			}
			outcome := b.view(short.No).Targets[0].Outcome
			said := b.allDone(2 * time.Minute)
			require.NotEmpty(b.t, said, "with a lift: %t", lift)
			require.Equal(b.t, []string{on[0]}, said[len(said)-1].Targets)
			require.Greater(b.t, said[len(said)-1].Left, 5*time.Hour, "as long as the first one lasts")
			require.Equal(b.t, long.No, b.inForce(live)[on[0]+"/text"])
			require.Equal(b.t, moderation.Unknown, outcome, "its time has passed, and it may have been in force")
		}
	},
	"a late override runs once it is confirmed": func(b *bench) {
		o := b.deciding(asks{verb: moderation.Kick, on: []string{"a"}, asking: true}, moderation.Decision{Allowed: true, Requirement: twoMust, Override: true})
		c, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingConfirmation, c.State)
		require.Nil(b.t, c.Override, "nothing ran")
		_, keys := b.due(audit)
		require.Empty(b.t, keys)
		c, err = b.s.Confirm(b.ctx, b.command(), b.voting(c, rogue).Confirmation)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
		require.Equal(b.t, moderation.ApprovalOverridden, c.Approval.State)
		require.Equal(b.t, rogue, c.Override.By)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryOverride, moderation.EntryConfirmation}, b.kinds(c.No))
		b.claim(moderation.QueueCall)
	},
	"a late case that needs approval waits once it is confirmed": func(b *bench) {
		c, err := b.s.OpenCase(b.ctx, b.command(), b.deciding(asks{verb: moderation.Kick, on: []string{"a"}, asking: true}, moderation.Decision{Allowed: true, Requirement: oneMust()}))
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingConfirmation, c.State)
		b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.Approve(b.ctx, j, b.voting(c, lead)) })
		b.clock.Add(5 * time.Minute)
		c, err = b.s.Confirm(b.ctx, b.command(), b.voting(c, rogue).Confirmation)
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingApproval, c.State)
		require.True(b.t, c.Approval.Expires.Equal(b.clock.Now().Add(10*time.Minute)))
		b.none(moderation.QueueCall)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryConfirmation}, b.kinds(c.No))
		c = b.votes(c, lead)
		require.Equal(b.t, moderation.Open, c.State)
		// After an outage between approval and run the requester confirms, not the approvers.
		c, err = b.s.RequestConfirmation(b.ctx, b.claim(moderation.QueueCall), c.No, nil)
		b.ok(err)
		c, err = b.s.Confirm(b.ctx, b.command(), b.voting(c, rogue).Confirmation)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
		require.Equal(b.t, 1, b.count(c.No, moderation.EntryApproved))
	},
	"a late case is decided again when it is confirmed": func(b *bench) {
		c, _ := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour, asking: true})
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: 24 * time.Hour})
		cf := b.voting(c, rogue).Confirmation
		no := &moderation.Error{Code: moderation.RefuseLifting}
		cf.Reevaluation = moderation.Reevaluation{Lookback: time.Hour, Evaluate: func(f moderation.Facts) moderation.Decision {
			require.Len(b.t, f.Existing, 1)
			require.NotEmpty(b.t, f.Recent)
			return moderation.Decision{Refusal: no}
		}}
		press := b.command()
		_, err := b.s.Confirm(b.ctx, press, cf)
		require.Equal(b.t, moderation.RefuseLifting, moderation.CodeOf(err))
		require.Equal(b.t, moderation.AwaitingConfirmation, b.caseNo(c.No).State, "nothing was changed")
		cf.Evaluate = func(moderation.Facts) moderation.Decision {
			return moderation.Decision{Allowed: true, Requirement: oneMust()}
		}
		c, err = b.s.Confirm(b.ctx, press, cf)
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingApproval, c.State)
		require.True(b.t, c.Decision.Requirement.Required())
		require.Equal(b.t, c, b.caseNo(c.No))
		c = b.votes(c, lead)
		require.Equal(b.t, moderation.Open, c.State)
	},
	"an approved case that awaits confirmation needs approval again": func(b *bench) {
		c := b.votes(b.requests(asks{verb: moderation.Close, room: live}, oneMust()), lead)
		c, err := b.s.RequestConfirmation(b.ctx, b.claim(moderation.QueueCall), c.No, nil)
		b.ok(err)
		cf := b.voting(c, rogue).Confirmation
		cf.RoomInfo = moderation.RoomInfo{Created: c.AskedAt.Add(time.Minute)}
		b.refuses(moderation.RefuseRecreated, func(j moderation.Job) error { _, err := b.s.Confirm(b.ctx, j, cf); return err })
		cf.RoomInfo = moderation.RoomInfo{}
		cf.Evaluate = func(moderation.Facts) moderation.Decision {
			return moderation.Decision{Allowed: true, Requirement: oneMust()}
		}
		c, err = b.s.Confirm(b.ctx, b.command(), cf)
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingApproval, c.State)
		require.Empty(b.t, c.Approval.Approvals)
		b.none(moderation.QueueCall)
		c = b.votes(c, lead)
		require.Equal(b.t, moderation.Open, c.State)
		require.Equal(b.t, 2, b.count(c.No, moderation.EntryApproved))
		b.verifies()
	},
	"an overridden case that awaits confirmation needs that right again": func(b *bench) {
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, oneMust())
		c, err := b.s.Override(b.ctx, b.command(), b.voting(c, lead))
		b.ok(err)
		c, err = b.s.RequestConfirmation(b.ctx, b.claim(moderation.QueueCall), c.No, nil)
		b.ok(err)
		cf := b.voting(c, rogue).Confirmation
		cf.Evaluate = func(moderation.Facts) moderation.Decision {
			return moderation.Decision{Allowed: true, Requirement: oneMust()}
		}
		c, err = b.s.Confirm(b.ctx, b.command(), cf)
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingApproval, c.State)
		require.Nil(b.t, c.Override)
		require.Equal(b.t, c, b.caseNo(c.No))
	},
	"a retry is decided like a new request of the person who asks": func(b *bench) {
		c := b.votes(b.requests(asks{verb: moderation.Kick, on: []string{"a", "b"}, chunk: 1}, oneMust()), lead)
		jobs := b.chunks(c)
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
		b.answers(jobs[1], b.sends(jobs[1], 2).Call, silent, silentEnd)
		cf := b.voting(c, other).Confirmation
		var judged moderation.Decision
		cf.Lookback = time.Hour
		cf.Evaluate = func(f moderation.Facts) moderation.Decision {
			require.Empty(b.t, f.Recent, "of the person who tries it, not of its requester")
			return judged
		}
		judged = moderation.Decision{Refusal: moderation.NewError(moderation.RefuseLimit)}
		b.refuses(moderation.RefuseLimit, func(j moderation.Job) error { _, err := b.s.TryAgain(b.ctx, j, cf); return err })
		judged = moderation.Decision{Allowed: true, Requirement: oneMust()}
		j := b.command()
		_, err := b.s.TryAgain(b.ctx, j, cf)
		require.ErrorIs(b.t, err, moderation.ErrApprovalRequired)
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
		require.Equal(b.t, moderation.Done, b.caseNo(c.No).State, "nothing was changed")
		b.none(moderation.QueueCall)
		judged = moderation.Decision{Allowed: true}
		c, err = b.s.TryAgain(b.ctx, b.command(), cf)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
		f, err := b.s.Facts(b.ctx, other, moderation.Action{Verb: moderation.Kick}, time.Hour)
		b.ok(err)
		require.Len(b.t, f.Recent, 1, "the person who tries it again acts on its targets")
		require.Equal(b.t, "b", f.Recent[0].Target)
	},
	"a newer approved restriction is not shortened": func(b *bench) {
		first := b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, oneMust())
		chiefs := oneMust()
		chiefs.Approvers, chiefs.OverrideRoles, chiefs.EscalateTo = []string{"chiefs"}, []string{"chiefs"}, nil
		b.clock.Add(time.Second)
		since := b.votes(b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a"}}, chiefs), other)
		b.sendsAccepted(b.chunks(since)[0])
		ana := lead
		ana.Roles = []string{"leads"}
		b.refuses(moderation.RefuseSuperseded, func(j moderation.Job) error { _, err := b.s.Approve(b.ctx, j, b.voting(first, ana)); return err })
		b.refuses(moderation.RefuseSuperseded, func(j moderation.Job) error { _, err := b.s.Override(b.ctx, j, b.voting(first, ana)); return err })
		ana.Roles = append(ana.Roles, "chiefs")
		require.Equal(b.t, moderation.Open, b.votes(first, ana).State)
	},
	"an unknown undo is tried again, whatever it restored": func(b *bench) {
		under := b.votes(b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, oneMust()), lead)
		b.sendsAccepted(b.chunks(under)[0])
		longer := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: 2 * time.Hour})
		u, jobs := b.undoes(longer, "a")
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentEnd)
		cf := b.voting(u, rogue).Confirmation
		cf.Evaluate = func(f moderation.Facts) moderation.Decision {
			d := moderation.Decision{Allowed: true}
			if len(f.Existing) > 0 { // lifting it would lift the approved restriction
				d.Requirement = oneMust()
			}
			return d
		}
		u, err := b.s.TryAgain(b.ctx, b.command(), cf)
		b.ok(err)
		said := b.sendsAccepted(b.chunks(u)[0])
		require.Equal(b.t, moderation.Ban, said.Verb, "it shows what it restored")
		require.Equal(b.t, under.No, b.inForce(live)["a/entrance"])
	},
	"an old case, or one of a room that was created again, is not tried again": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Close, room: live})
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, silent, silentEnd)
		cf := b.voting(c, rogue).Confirmation
		cf.RoomInfo = moderation.RoomInfo{Created: c.AskedAt.Add(time.Minute)}
		b.refuses(moderation.RefuseRecreated, func(j moderation.Job) error { _, err := b.s.TryAgain(b.ctx, j, cf); return err })
		cf.RoomInfo = moderation.RoomInfo{Gone: true}
		b.clock.Add(moderation.RetryWithin + time.Second)
		b.refuses(moderation.RefuseTooOld, func(j moderation.Job) error { _, err := b.s.TryAgain(b.ctx, j, cf); return err })
		require.Equal(b.t, moderation.Done, b.caseNo(c.No).State)
	},
	"a case that newly needs approval waits for it, and continues": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a", "b", "c"}, last: time.Hour})
		until := c.Until
		b.answers(jobs[0], b.sends(jobs[0], 1).Call, yes, accepted)
		b.answers(jobs[1], b.sends(jobs[1], 2).Call, silent, silentLeft)
		d := moderation.Decision{Allowed: true, Rule: "asks", Requirement: oneMust()}
		call := b.sends(jobs[2], 3)
		_, err := b.s.RequireApproval(b.ctx, jobs[2], c.No, d, b.clock.Now())
		require.ErrorIs(b.t, err, moderation.ErrStale, "a call is in flight")
		b.answers(jobs[2], call.Call, no, moderation.Verdict{Outcome: moderation.Pending, Err: no.Err})
		var third moderation.Job
		b.clock.Add(time.Second)
		again, err := b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		for _, j := range again {
			if chunkOf(b.t, j) == 3 {
				third = j
			}
		}
		c, err = b.s.RequireApproval(b.ctx, third, c.No, d, b.clock.Now())
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingApproval, c.State)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 1, moderation.Unknown: 1, moderation.Pending: 1}, c.Counts)
		require.Equal(b.t, oneMust(), c.Approval.Requirement)
		require.NotContains(b.t, b.inForce(room), "c/audio", "it does not restrict while it waits")
		require.Contains(b.t, b.inForce(room), "a/audio")
		b.none(moderation.QueueCall)
		b.clock.Add(time.Minute)
		c = b.votes(c, lead)
		require.Equal(b.t, moderation.Open, c.State)
		require.True(b.t, c.Until.Equal(until), "it ends when the part that ran ends")
		b.sendsAccepted(b.chunks(c)[0])
		require.Contains(b.t, b.inForce(room), "c/audio")
		require.NotEmpty(b.t, b.allDone(time.Hour))
		require.Empty(b.t, b.inForce(room))
	},
	"valid approvals are kept when the policy requires more": func(b *bench) {
		ana := lead
		ana.Roles = []string{"leads"}
		c := b.votes(b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, oneMust()), ana)
		c, err := b.s.RequireApproval(b.ctx, b.claim(moderation.QueueCall), c.No, moderation.Decision{Allowed: true, Requirement: twoMust}, b.clock.Now())
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingApproval, c.State)
		require.Len(b.t, c.Approval.Approvals, 1)
		c = b.votes(c, other)
		require.Equal(b.t, moderation.Open, c.State)
		b.verifies()
		c, err = b.s.RequireApproval(b.ctx, b.claim(moderation.QueueCall), c.No, moderation.Decision{Allowed: true, Requirement: moderation.ApprovalRequirement{
			Approvals: 1, Approvers: []string{"chiefs"}, TTL: time.Hour,
		}}, b.clock.Now())
		b.ok(err)
		require.Empty(b.t, c.Approval.Approvals, "none of them counts now")
		b.verifies()
	},
}

// verifies checks the log, and the rows that people read against it.
func (b *bench) verifies() {
	b.t.Helper()
	_, err := b.s.Seal(b.ctx)
	b.ok(err)
	_, err = b.s.Verify(b.ctx)
	b.ok(err)
}
