package storetest

import (
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// The approvers, beside the chief.
var (
	lead  = moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U7", Name: "Ana"}
	other = moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U8", Name: "Bo"}
)

// twoMust is the approval requirement of these tests.
var twoMust = moderation.ApprovalRequirement{
	Approvals: 2, Rule: "asks", Approvers: []string{"leads"}, TTL: 10 * time.Minute, RemindAfter: 2 * time.Minute,
	EscalateAfter: 4 * time.Minute, EscalateTo: []string{"chiefs"},
}

func oneMust() moderation.ApprovalRequirement {
	n := twoMust
	n.Approvals = 1
	return n
}

// sending returns how the service sends a case; the round distinguishes the jobs of different
// runs.
func (b *bench) sending(round int) moderation.SendPlan {
	return moderation.SendPlan{ChunkSize: 20, Kind: moderation.JobChunk, At: b.clock.Now(), Round: int64(round)}
}

// deciding returns a new case with a fixed decision.
func (b *bench) deciding(a asks, d moderation.Decision) moderation.NewCase {
	o := b.opening(a)
	o.Jobs = nil
	o.Evaluate = func(moderation.Facts) moderation.Decision { return d }
	o.SendPlan = b.sending(0)
	return o
}

// requests opens a case that waits for an approval.
func (b *bench) requests(a asks, n moderation.ApprovalRequirement) moderation.Case {
	b.t.Helper()
	c, err := b.s.OpenCase(b.ctx, b.command(), b.deciding(a, moderation.Decision{Allowed: true, Rule: "asks", Requirement: n}))
	b.ok(err)
	require.Equal(b.t, moderation.AwaitingApproval, c.State)
	return c
}

// voting returns a person's click on a case as it is.
func (b *bench) voting(c moderation.Case, who moderation.Actor) moderation.ApprovalInput {
	b.n++
	cf := moderation.Confirmation{No: c.No, Body: moderation.Body{Actor: &who}, SendPlan: b.sending(b.n)}
	if c.Action.Duration > 0 {
		cf.Until = b.clock.Now().Add(c.Action.Duration)
	}
	return moderation.ApprovalInput{Confirmation: cf, By: who, ShownCase: moderation.ShownCase{Digest: c.ContentDigest()}}
}

func (b *bench) votes(c moderation.Case, who moderation.Actor) moderation.Case {
	b.t.Helper()
	got, err := b.s.Approve(b.ctx, b.command(), b.voting(c, who))
	b.ok(err)
	return got
}

// refuses returns the code of a refusal, and checks that its job is not finished.
func (b *bench) refuses(code moderation.Code, do func(moderation.Job) error) {
	b.t.Helper()
	j := b.command()
	require.Equal(b.t, code, moderation.CodeOf(do(j)))
	b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
}

// stale checks that a click came too late and changed nothing.
func (b *bench) stale(do func(moderation.Job) (moderation.Case, error)) moderation.Case {
	b.t.Helper()
	j := b.command()
	c, err := do(j)
	require.ErrorIs(b.t, err, moderation.ErrStale)
	require.Equal(b.t, b.caseNo(c.No), c, "with the case as it is")
	b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
	return c
}

// timers claims the due timer jobs, and finishes those of other kinds.
func (b *bench) timers(kind moderation.JobKind) (out []moderation.Job) {
	b.t.Helper()
	if kind == moderation.JobRoomInfo {
		_, err := b.s.Claim(b.ctx, moderation.QueueCall, 100) // see apart
		b.ok(err)
	}
	jobs, err := b.s.Claim(b.ctx, moderation.QueueTimer, 100)
	b.ok(err)
	for _, j := range jobs {
		if j.Kind == kind {
			out = append(out, j)
			continue
		}
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
	}
	return out
}

// count returns the number of a case's entries of a kind.
func (b *bench) count(no int64, kind moderation.EntryKind) (n int) {
	b.t.Helper()
	for _, k := range b.kinds(no) {
		if k == kind {
			n++
		}
	}
	return n
}

var approvalTests = map[string]func(*bench){
	"a refusal at opening changes nothing": func(b *bench) {
		first, err := b.s.Seal(b.ctx)
		b.ok(err)
		j := b.command()
		o := b.deciding(asks{verb: moderation.Ban, room: live, on: []string{"a"}}, moderation.Decision{
			Refusal: moderation.NewError(moderation.RefuseTooLong, "most", "1h"),
		})
		_, err = b.s.OpenCase(b.ctx, j, o)
		var refused *moderation.RefusedError
		require.ErrorAs(b.t, err, &refused)
		require.Equal(b.t, moderation.RefuseTooLong, moderation.CodeOf(err))
		require.Equal(b.t, "1h", refused.Decision.Refusal.Values["most"])
		b.ok(b.s.Renew(b.ctx, j))
		_, err = b.s.Case(b.ctx, 1)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		require.Empty(b.t, b.inForce(live))
		after, err := b.s.Seal(b.ctx)
		b.ok(err)
		require.Equal(b.t, first, after, "no entry")
		o.Evaluate = func(moderation.Facts) moderation.Decision { return moderation.Decision{Allowed: true} }
		c, err := b.s.OpenCase(b.ctx, j, o)
		b.ok(err)
		require.Equal(b.t, int64(1), c.No, "no number was lost")
	},
	"a request waits and does nothing until it has its approvals": func(b *bench) {
		c := b.requests(asks{verb: moderation.Mute, on: []string{"a", "b"}, last: time.Hour}, twoMust)
		require.True(b.t, c.Until.IsZero(), "its time has not begun")
		require.Equal(b.t, moderation.ApprovalWaiting, c.Approval.State)
		require.Equal(b.t, twoMust, c.Approval.Requirement)
		require.True(b.t, c.Approval.Expires.Equal(b.clock.Now().Add(10*time.Minute)))
		require.Empty(b.t, b.inForce(room))
		b.none(moderation.QueueCall)
		asked := body(b.t, b.view(c.No).Entries[0])
		require.Equal(b.t, twoMust, *asked.Requirement)

		b.clock.Add(time.Minute)
		c = b.votes(c, lead)
		require.Equal(b.t, moderation.AwaitingApproval, c.State)
		require.Equal(b.t, []moderation.Approval{{By: lead, At: b.clock.Now()}}, c.Approval.Approvals)
		b.none(moderation.QueueCall)
		b.refuses(moderation.RefuseApprovedTwice, func(j moderation.Job) error { _, err := b.s.Approve(b.ctx, j, b.voting(c, lead)); return err })
		b.refuses(moderation.RefuseOwnCase, func(j moderation.Job) error { _, err := b.s.Approve(b.ctx, j, b.voting(c, rogue)); return err })
		b.refuses(moderation.RefuseChanged, func(j moderation.Job) error {
			v := b.voting(c, other)
			v.Digest = "other"
			_, err := b.s.Approve(b.ctx, j, v)
			return err
		})
		b.clock.Add(time.Minute)
		c = b.votes(c, other)
		require.Equal(b.t, moderation.Open, c.State)
		require.Equal(b.t, moderation.ApprovalApproved, c.Approval.State)
		require.Equal(b.t, other, c.Approval.By)
		require.True(b.t, c.Approval.DecidedAt.Equal(b.clock.Now()))
		require.True(b.t, c.Until.Equal(b.clock.Now().Add(time.Hour)), "counted from the last yes")
		require.True(b.t, c.OpenAt.Equal(b.clock.Now()))
		require.Len(b.t, b.inForce(room), 4)
		jobs, err := b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		require.Len(b.t, jobs, 2)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryApprovalGiven, moderation.EntryApproved}, b.kinds(c.No))
		b.clock.Add(time.Hour)
		require.Empty(b.t, b.timers(moderation.JobApprovalTimeout), "its timers are deleted")
		late := b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.Approve(b.ctx, j, b.voting(c, chief)) })
		require.Equal(b.t, other, late.Approval.By, "the decider is returned")
	},
	"a person who was shown all targets can approve before the list is posted": func(b *bench) {
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a", "b", "c", "d", "e", "f"}, chunk: 20}, oneMust())
		v := b.voting(c, lead)
		b.refuses(moderation.CodeNotListed, func(j moderation.Job) error { _, err := b.s.Approve(b.ctx, j, v); return err })
		b.refuses(moderation.CodeNotListed, func(j moderation.Job) error { _, err := b.s.Override(b.ctx, j, v); return err })
		v.Complete = true
		c, err := b.s.Approve(b.ctx, b.command(), v)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
		c = b.requests(asks{verb: moderation.Kick, on: []string{"a", "b", "c", "d", "e", "f"}, chunk: 20}, oneMust())
		b.ok(b.s.SetListPosted(b.ctx, c.No))
		require.Equal(b.t, moderation.Open, b.votes(c, lead).State)
	},
	"one person approves once, and never their own case, through all accounts": func(b *bench) {
		o := b.deciding(asks{verb: moderation.Kick, on: []string{"a"}}, moderation.Decision{Allowed: true, Requirement: twoMust})
		o.Case.Actor.EnterpriseUser = "W1"
		c, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)
		for _, who := range []moderation.Actor{{User: "U77", EnterpriseUser: "W1"}, {User: "W1"}} {
			b.refuses(moderation.RefuseOwnCase, func(j moderation.Job) error { _, err := b.s.Approve(b.ctx, j, b.voting(c, who)); return err })
		}
		b.votes(c, moderation.Actor{User: "U80", EnterpriseUser: "W8"})
		b.refuses(moderation.RefuseApprovedTwice, func(j moderation.Job) error {
			_, err := b.s.Approve(b.ctx, j, b.voting(c, moderation.Actor{User: "U81", EnterpriseUser: "W8"}))
			return err
		})
	},
	"a suspended person can neither approve nor override": func(b *bench) {
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, oneMust())
		_, err := b.s.Suspend(b.ctx, b.command(), moderation.NewSuspension{Who: lead, By: chief})
		b.ok(err)
		b.refuses(moderation.RefuseSuspended, func(j moderation.Job) error { _, err := b.s.Approve(b.ctx, j, b.voting(c, lead)); return err })
		b.refuses(moderation.RefuseSuspended, func(j moderation.Job) error { _, err := b.s.Override(b.ctx, j, b.voting(c, lead)); return err })
		require.Equal(b.t, moderation.AwaitingApproval, b.caseNo(c.No).State)
	},
	"two simultaneous approvals start one run": func(b *bench) {
		for range 20 {
			c := b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, oneMust())
			jobs := b.commands(2)
			errs := make(chan error, 2)
			for i, who := range []moderation.Actor{lead, other} {
				v := b.voting(c, who)
				go func() { _, err := b.s.Approve(b.ctx, jobs[i], v); errs <- err }()
			}
			one, two := <-errs, <-errs
			require.True(b.t, (one == nil) != (two == nil), "%v, %v", one, two)
			require.ErrorIs(b.t, map[bool]error{true: two, false: one}[one == nil], moderation.ErrStale)
			j := b.claim(moderation.QueueCall)
			require.Equal(b.t, 1, b.count(c.No, moderation.EntryApproved))
			b.answers(j, b.sends(j, 1).Call, yes, accepted)
			for _, j := range jobs {
				if b.s.Renew(b.ctx, j) == nil {
					b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
				}
			}
		}
	},
	"a request that ends without a run is dropped and reported once": func(b *bench) {
		for to, kind := range map[moderation.ApprovalState]moderation.EntryKind{
			moderation.ApprovalDenied: moderation.EntryDenied, moderation.ApprovalWithdrawn: moderation.EntryWithdrawn, moderation.ApprovalExpired: moderation.EntryExpired,
		} {
			c := b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, chunk: 2, last: time.Hour}, twoMust)
			b.votes(c, other)
			down := func(j moderation.Job) (moderation.Case, error) {
				return b.s.Reject(b.ctx, j, c.No, to, moderation.Body{Actor: &lead, Code: moderation.CodeDenied, Detail: "no proof"},
					moderation.NewJob{Key: "told", Queue: moderation.QueueAnswer, Kind: moderation.JobAnswer, Payload: []byte(`{}`)})
			}
			got, err := down(b.command())
			b.ok(err)
			require.Equal(b.t, moderation.Done, got.State)
			require.Equal(b.t, map[moderation.Outcome]int{moderation.Dropped: 2}, got.Counts)
			require.Equal(b.t, to, got.Approval.State)
			require.Equal(b.t, lead, got.Approval.By)
			require.Equal(b.t, "no proof", got.Approval.Reason)
			require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryApprovalGiven, kind, moderation.EntryDone}, b.kinds(c.No))
			require.Equal(b.t, c.No, b.claim(moderation.QueueAnswer).Case)
			require.Empty(b.t, b.inForce(live))
			b.none(moderation.QueueCall)
			b.stale(down)
			b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.Approve(b.ctx, j, b.voting(c, chief)) })
			b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.Override(b.ctx, j, b.voting(c, chief)) })
			b.stale(func(j moderation.Job) (moderation.Case, error) {
				return b.s.Confirm(b.ctx, j, b.voting(c, chief).Confirmation)
			})
		}
		_, err := b.s.Reject(b.ctx, b.command(), 1, moderation.ApprovalApproved, moderation.Body{})
		require.Error(b.t, err)
	},
	"an expired request cannot be run before its expiry is processed": func(b *bench) {
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, oneMust())
		b.clock.Add(10 * time.Minute)
		b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.Approve(b.ctx, j, b.voting(c, lead)) })
		b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.Override(b.ctx, j, b.voting(c, lead)) })
		over := b.timers(moderation.JobApprovalTimeout)
		require.Len(b.t, over, 1)
		_, err := b.s.Reject(b.ctx, over[0], c.No, moderation.ApprovalExpired, moderation.Body{Code: moderation.CodeExpired})
		b.ok(err)
		require.Equal(b.t, moderation.CodeExpired, b.view(c.No).Targets[0].Code)
	},
	"a card that waits for a person goes before older ones": func(b *bench) {
		first := b.done(asks{verb: moderation.Kick, on: []string{"a"}})
		c := b.requests(asks{verb: moderation.Kick, on: []string{"b"}}, oneMust())
		b.clock.Add(timing.CardDelay)
		posts, _ := b.due(here)
		require.Equal(b.t, c.No, posts[0].Case)
		require.Equal(b.t, first.No, posts[1].Case)
	},
	"a clock that jumps ahead ends requests, and one that is set back ends none sooner": func(b *bench) {
		c := b.requests(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour}, twoMust)
		expires := c.Approval.Expires
		c = b.votes(c, lead)
		b.clock.Add(-3 * time.Hour)
		require.Empty(b.t, b.timers(moderation.JobApprovalTimeout))
		b.refuses(moderation.RefuseApprovedTwice, func(j moderation.Job) error { _, err := b.s.Approve(b.ctx, j, b.voting(c, lead)); return err })
		c = b.votes(c, other)
		require.Equal(b.t, moderation.Open, c.State)
		require.True(b.t, c.Approval.Expires.Equal(expires))
		require.True(b.t, c.Until.Equal(b.clock.Now().Add(time.Hour)), "by the clock of the last yes")
		j := b.claim(moderation.QueueCall)
		b.answers(j, b.sends(j, 1).Call, yes, accepted)
		b.clock.Add(-time.Hour)
		b.none(moderation.QueueLift)
		b.clock.Add(48 * time.Hour)
		lift, began := b.lifts()
		b.answers(lift, began.Call, yes, accepted)
		require.Empty(b.t, b.inForce(room))

		c = b.requests(asks{verb: moderation.Kick, on: []string{"b"}}, oneMust())
		b.clock.Add(48 * time.Hour)
		b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.Approve(b.ctx, j, b.voting(c, lead)) })
		require.Len(b.t, b.timers(moderation.JobApprovalTimeout), 1)
		b.none(moderation.QueueCall)
	},
	"an override is reported at once and by name": func(b *bench) {
		c := b.requests(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour}, twoMust)
		v := b.voting(c, rogue) // the requester may override it too
		v.Reason = "raid"
		v.Digest = "other"
		b.refuses(moderation.RefuseChanged, func(j moderation.Job) error { _, err := b.s.Override(b.ctx, j, v); return err })
		v.Digest = c.ContentDigest()
		got, err := b.s.Override(b.ctx, b.command(), v)
		b.ok(err)
		require.Equal(b.t, moderation.Open, got.State)
		require.Equal(b.t, moderation.ApprovalOverridden, got.Approval.State)
		require.Equal(b.t, &moderation.Override{By: rogue, Reason: "raid", At: b.clock.Now()}, got.Override)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryOverride}, b.kinds(c.No))
		posts, keys := b.due(audit)
		require.Equal(b.t, "glass:1", keys)
		require.Equal(b.t, moderation.EntryOverride, posts[0].EntryKind)
		require.Len(b.t, b.inForce(room), 2)
		b.claim(moderation.QueueCall)
	},
	"a requested override runs, with its entry": func(b *bench) {
		o := b.deciding(asks{verb: moderation.Kick, on: []string{"a"}}, moderation.Decision{Allowed: true, Requirement: twoMust, Override: true})
		o.Case.Action.Override = true
		c, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
		require.Equal(b.t, moderation.ApprovalOverridden, c.Approval.State)
		require.Equal(b.t, rogue, c.Approval.By)
		require.Equal(b.t, "spam", c.Override.Reason)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryOverride}, b.kinds(c.No))
		require.Equal(b.t, c, b.caseNo(c.No))
		b.claim(moderation.QueueCall)
		require.Empty(b.t, b.timers(moderation.JobApprovalTimeout))
	},
	"a room that was created again is not the approved one": func(b *bench) {
		c := b.requests(asks{verb: moderation.Close, room: live}, twoMust)
		made := b.clock.Now().Add(-time.Hour)
		look := b.timers(moderation.JobRoomInfo)
		require.Len(b.t, look, 1)
		saw := moderation.RoomInfo{At: b.clock.Now(), Created: made, People: 30, Owner: "o", Title: "Show"}
		b.ok(b.s.SetRoomInfo(b.ctx, look[0], c.No, saw, nil))
		require.Greater(b.t, b.caseNo(c.No).Version, c.Version, "its card is due")
		c = b.caseNo(c.No)
		require.Equal(b.t, saw, c.Approval.RoomInfo)
		v := b.voting(c, lead)
		v.RoomInfo = moderation.RoomInfo{Created: made.Add(time.Minute)}
		b.refuses(moderation.RefuseRecreated, func(j moderation.Job) error { _, err := b.s.Approve(b.ctx, j, v); return err })
		b.refuses(moderation.RefuseRecreated, func(j moderation.Job) error { _, err := b.s.Override(b.ctx, j, v); return err })
		v.RoomInfo = moderation.RoomInfo{Created: made}
		c, err := b.s.Approve(b.ctx, b.command(), v)
		b.ok(err)
		b.votes(c, other) // a room that was not looked up is not compared
		j := b.command()
		b.ok(b.s.SetRoomInfo(b.ctx, j, c.No, moderation.RoomInfo{Title: "late"}, nil))
		require.Equal(b.t, "Show", b.caseNo(c.No).Approval.RoomInfo.Title)
		require.ErrorIs(b.t, b.s.Renew(b.ctx, j), moderation.ErrLeaseLost)
	},
	"approvers are reminded and the next ones asked while it waits": func(b *bench) {
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, oneMust())
		b.clock.Add(2 * time.Minute)
		b.ok(b.s.RemindApprovers(b.ctx, b.timers(moderation.JobRemind)[0], c.No, moderation.EntryReminded))
		require.True(b.t, b.caseNo(c.No).Approval.Reminded.Equal(b.clock.Now()))
		b.clock.Add(2 * time.Minute)
		b.ok(b.s.RemindApprovers(b.ctx, b.timers(moderation.JobEscalate)[0], c.No, moderation.EntryEscalated))
		got := b.caseNo(c.No)
		require.True(b.t, got.Approval.Escalated.Equal(b.clock.Now()))
		require.Greater(b.t, got.Version, c.Version)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryOpened, moderation.EntryReminded, moderation.EntryEscalated}, b.kinds(c.No))
		b.votes(got, lead)
		j := b.command()
		b.ok(b.s.RemindApprovers(b.ctx, j, c.No, moderation.EntryReminded))
		require.ErrorIs(b.t, b.s.Renew(b.ctx, j), moderation.ErrLeaseLost, "finished also when it waits no more")
		require.Equal(b.t, 1, b.count(c.No, moderation.EntryReminded))
		require.Error(b.t, b.s.RemindApprovers(b.ctx, b.command(), c.No, moderation.EntryDone))
	},
	"another reason keeps the history and removes approvals": func(b *bench) {
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, twoMust)
		c = b.votes(c, lead)
		seal := c.ContentDigest()
		c, err := b.s.SetReason(b.ctx, b.command(), c.No, "hate", "", moderation.Change{}, moderation.Body{Actor: &rogue})
		b.ok(err)
		require.Equal(b.t, "hate", c.Action.Reason)
		require.NotEqual(b.t, seal, c.ContentDigest())
		require.Empty(b.t, c.Approval.Approvals)
		entries := b.view(c.No).Entries
		changed := body(b.t, entries[len(entries)-1])
		require.Equal(b.t, "spam", changed.Before)
		require.Equal(b.t, "hate", changed.Detail)
		require.Equal(b.t, "U1", changed.Actor.User)
		lost := body(b.t, entries[len(entries)-2])
		require.Equal(b.t, moderation.CodeApproverLostRight, lost.Code)
		require.Equal(b.t, lead.User, lost.Person)
		c = b.votes(b.votes(c, lead), other)
		require.Equal(b.t, moderation.Open, c.State)
		j := b.claim(moderation.QueueCall)
		b.answers(j, b.sends(j, 1).Call, yes, accepted)
		done, err := b.s.SetReason(b.ctx, b.command(), c.No, "spam and hate", "", moderation.Change{}, moderation.Body{Actor: &chief})
		b.ok(err)
		require.Equal(b.t, moderation.Done, done.State, "in every state")
		require.Len(b.t, done.Approval.Approvals, 2, "what was decided stays so")
	},
	"an abandoned or stopped case is not a request": func(b *bench) {
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, oneMust())
		b.stale(func(j moderation.Job) (moderation.Case, error) {
			return b.s.AbandonPending(b.ctx, j, c.No, moderation.EntryDropped, moderation.Body{Code: moderation.CodeDropped})
		})
		b.stale(func(j moderation.Job) (moderation.Case, error) {
			return b.s.Stop(b.ctx, j, c.No, moderation.Body{Code: moderation.CodeStopped}, nil)
		})
		b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.RequestConfirmation(b.ctx, j, c.No, nil) })
	},
	"requests survive a restart": func(b *bench) {
		c := b.votes(b.requests(asks{verb: moderation.Kick, on: []string{"a"}}, twoMust), lead)
		b.restart()
		got := b.caseNo(c.No)
		require.Equal(b.t, c, got)
		require.Equal(b.t, moderation.Open, b.votes(got, other).State)
		b.restart()
		j := b.claim(moderation.QueueCall)
		b.answers(j, b.sends(j, 1).Call, yes, accepted)
		require.Equal(b.t, moderation.Done, b.caseNo(c.No).State)
	},
}
