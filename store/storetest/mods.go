package storetest

import (
	"encoding/json"
	"strings"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var (
	chief = moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U9", Name: "Raj"}
	rogue = moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U1", Name: "Mei Lin"} // the requester of a bench's cases
)

// suspends suspends the rogue and cancels the rogue's cases in progress.
func (b *bench) suspends(until time.Time) moderation.Suspension {
	b.t.Helper()
	s, err := b.s.Suspend(b.ctx, b.command(), moderation.NewSuspension{Who: rogue, By: chief, Reason: "raid", Until: until, Channel: audit,
		Body: moderation.Body{Typed: "suspend"}})
	b.ok(err)
	return s
}

// cancelsSuspended does the jobs that cancel cases, and returns how many there were.
func (b *bench) cancelsSuspended() (n int) {
	b.t.Helper()
	for {
		jobs, err := b.s.Claim(b.ctx, moderation.QueueTimer, 10)
		b.ok(err)
		if len(jobs) == 0 {
			return n
		}
		for _, j := range jobs {
			if j.Kind != moderation.JobCancelSuspended { // the timers of requests
				b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
				continue
			}
			n++
			b.ok(b.s.CancelSuspended(b.ctx, j, suspensionWork(b.t, j)))
		}
	}
}

func (b *bench) suspended(who moderation.Actor) *moderation.Suspension {
	b.t.Helper()
	s, err := b.s.ActiveSuspension(b.ctx, who)
	b.ok(err)
	return s
}

// opensWaiting opens a case that waits for approval; by is its requester, empty for the rogue.
func (b *bench) opensWaiting(a asks, by string) moderation.Case {
	b.t.Helper()
	a.asking = true
	o := b.opening(a)
	o.Case.State = moderation.AwaitingApproval
	o.Case.Decision.Requirement = moderation.ApprovalRequirement{Approvals: 2, TTL: 10 * time.Minute}
	if by != "" {
		o.Case.Actor.User = by
	}
	c, err := b.s.OpenCase(b.ctx, b.command(), o)
	b.ok(err)
	return c
}

var modTests = map[string]func(*bench){
	"a room that was created after the request is another one": func(b *bench) {
		for _, first := range []moderation.RoomInfo{{}, {Gone: true}, {Created: b.clock.Now().Add(time.Minute)}} {
			c := b.opensWaiting(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, "")
			first.At = b.clock.Now()
			b.ok(b.s.SetRoomInfo(b.ctx, b.command(), c.No, first, nil))
			vote := func(by string, created time.Time) error {
				who := moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: by}
				_, err := b.s.Approve(b.ctx, b.command(), moderation.ApprovalInput{
					Confirmation: moderation.Confirmation{No: c.No, Body: moderation.Body{Actor: &who}, RoomInfo: moderation.RoomInfo{Created: created}}, By: who, ShownCase: moderation.ShownCase{Digest: c.ContentDigest()},
				})
				return err
			}
			require.Equal(b.t, moderation.RefuseRecreated, moderation.CodeOf(vote("U2", c.AskedAt.Add(time.Minute))))
			if first.Created.IsZero() {
				b.ok(vote("U2", c.AskedAt.Add(-time.Minute)))
				b.ok(vote("U3", c.AskedAt.Add(time.Second))) // clocks differ
			}
		}
	},
	"a suspension takes effect at once and ends at its time": func(b *bench) {
		require.Nil(b.t, b.suspended(rogue))
		until := b.clock.Now().Add(time.Hour)
		s := b.suspends(until)
		require.Equal(b.t, "U1", s.Who.User)
		got := b.suspended(rogue)
		require.Equal(b.t, &s, got)
		require.Equal(b.t, chief, got.By)
		require.Equal(b.t, "raid", got.Reason)
		require.True(b.t, got.Until.Equal(until))
		require.Nil(b.t, b.suspended(chief))
		require.Nil(b.t, b.suspended(moderation.Actor{}))
		require.Equal(b.t, 1, b.cancelsSuspended())
		entries, err := b.s.Entries(b.ctx, 0, 0)
		b.ok(err)
		suspended := entries[len(entries)-1]
		require.Equal(b.t, moderation.EntrySuspended, suspended.Kind)
		require.Equal(b.t, "U1", body(b.t, suspended).Person)
		require.Equal(b.t, "suspend", body(b.t, suspended).Typed)
		require.Equal(b.t, "U9", body(b.t, suspended).Actor.User)
		posts, keys := b.due(audit)
		require.Equal(b.t, "suspended:1", keys)
		b.posted("1.1", posts...)

		b.restart()
		require.NotNil(b.t, b.suspended(rogue), "through a restart")
		b.clock.Add(time.Hour - time.Millisecond)
		require.NotNil(b.t, b.suspended(rogue))
		b.none(moderation.QueueTimer)
		b.clock.Add(time.Millisecond)
		require.Nil(b.t, b.suspended(rogue), "also before anybody has done the job")
		j := b.claim(moderation.QueueTimer)
		require.Equal(b.t, moderation.JobEndSuspension, j.Kind)
		b.ok(b.s.EndSuspension(b.ctx, j, suspensionWork(b.t, j), audit))
		entries, err = b.s.Entries(b.ctx, 0, suspended.ID)
		b.ok(err)
		require.Len(b.t, entries, 1)
		require.Equal(b.t, moderation.EntrySuspensionEnded, entries[0].Kind)
		_, keys = b.due(audit)
		require.Equal(b.t, "restored:1", keys)
	},
	"one person is suspended through all accounts": func(b *bench) {
		both := moderation.Actor{Kind: moderation.ActorPerson, User: "U5", EnterpriseUser: "W5"}
		_, err := b.s.Suspend(b.ctx, b.command(), moderation.NewSuspension{Who: both, By: chief})
		b.ok(err)
		for _, who := range []moderation.Actor{both, {User: "U5"}, {User: "W5"}, {User: "U6", EnterpriseUser: "W5"}} {
			require.NotNil(b.t, b.suspended(who), "%+v", who)
		}
		require.Nil(b.t, b.suspended(moderation.Actor{User: "U6", EnterpriseUser: "W6"}))
	},
	"a newer suspension replaces the older one": func(b *bench) {
		b.suspends(b.clock.Now().Add(time.Hour))
		second := b.suspends(b.clock.Now().Add(2 * time.Hour))
		all, err := b.s.ActiveSuspensions(b.ctx)
		b.ok(err)
		require.Equal(b.t, []moderation.Suspension{second}, all)
		b.cancelsSuspended()
		b.clock.Add(time.Hour)
		first := b.claim(moderation.QueueTimer)
		b.ok(b.s.EndSuspension(b.ctx, first, suspensionWork(b.t, first), audit))
		require.NotNil(b.t, b.suspended(rogue), "the end of the first is not the end of the second")
	},
	"a suspension can end early": func(b *bench) {
		give := moderation.Unsuspension{Who: rogue, Body: moderation.Body{Actor: &chief}, Channel: audit}
		j := b.command()
		_, err := b.s.Unsuspend(b.ctx, j, give)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
		b.suspends(b.clock.Now().Add(time.Hour))
		b.cancelsSuspended()
		was, err := b.s.Unsuspend(b.ctx, b.command(), give)
		b.ok(err)
		require.Equal(b.t, int64(1), was.ID)
		require.Nil(b.t, b.suspended(rogue))
		_, keys := b.due(audit)
		require.Equal(b.t, "suspended:1 restored:1", keys)
		b.clock.Add(time.Hour)
		late := b.claim(moderation.QueueTimer)
		before, err := b.s.Seal(b.ctx)
		b.ok(err)
		b.ok(b.s.EndSuspension(b.ctx, late, suspensionWork(b.t, late), audit))
		after, err := b.s.Seal(b.ctx)
		b.ok(err)
		require.Equal(b.t, before, after, "reported once")
	},
	"a suspended person's cases in progress end": func(b *bench) {
		waits := b.opensWaiting(asks{verb: moderation.Kick, on: []string{"w"}}, "")
		asking, err := b.s.OpenCase(b.ctx, b.command(), b.opening(asks{verb: moderation.Mute, on: []string{"q"}, last: time.Hour, asking: true}))
		b.ok(err)
		over := b.done(asks{verb: moderation.Kick, on: []string{"d"}})
		runs, jobs := b.opens(asks{verb: moderation.Mute, on: []string{"a", "b", "c"}, last: time.Hour})
		call := b.sends(jobs[0], 1)
		o := b.opening(asks{verb: moderation.Kick, on: []string{"x"}})
		o.Case.Actor.User = "U2"
		others, err := b.s.OpenCase(b.ctx, b.command(), o)
		b.ok(err)

		b.suspends(time.Time{})
		require.Equal(b.t, 1, b.cancelsSuspended())
		for _, no := range []int64{waits.No, asking.No} {
			c := b.caseNo(no)
			require.Equal(b.t, moderation.Done, c.State)
			require.Equal(b.t, 1, c.Counts[moderation.Dropped])
			v := b.view(no)
			require.Equal(b.t, moderation.CodeSuspended, v.Targets[0].Code)
			require.Contains(b.t, b.kinds(no), moderation.EntryWithdrawn)
		}
		require.Equal(b.t, moderation.ApprovalWithdrawn, b.caseNo(waits.No).Approval.State)
		require.Equal(b.t, "U9", b.caseNo(waits.No).Approval.By.User)
		c := b.caseNo(runs.No)
		require.Equal(b.t, moderation.Open, c.State, "its chunk in flight gets its answer")
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Pending: 1, moderation.Dropped: 2}, c.Counts)
		require.Contains(b.t, b.kinds(runs.No), moderation.EntryStopped)
		require.NotContains(b.t, b.inForce(room), "b/audio")
		b.answers(jobs[0], call.Call, yes, accepted)
		require.Equal(b.t, moderation.Done, b.caseNo(runs.No).State)
		require.Equal(b.t, runs.No, b.inForce(room)["a/audio"])
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Accepted: 1}, b.caseNo(over.No).Counts)
		require.Equal(b.t, moderation.Open, b.caseNo(others.No).State)

		cases, all, err := b.s.CasesBy(b.ctx, rogue, b.clock.Now().Add(-time.Hour), 2)
		b.ok(err)
		require.Equal(b.t, 4, all)
		require.Equal(b.t, runs.No, cases[0].No)
		require.Len(b.t, cases, 2)
		b.clock.Add(2 * time.Hour)
		_, all, err = b.s.CasesBy(b.ctx, rogue, b.clock.Now().Add(-time.Hour), 2)
		b.ok(err)
		require.Zero(b.t, all)
	},
	"a suspended approver's approvals of waiting cases are removed": func(b *bench) {
		agree := func(c moderation.Case, who moderation.Actor) error {
			_, err := b.s.Approve(b.ctx, b.command(), moderation.ApprovalInput{Confirmation: moderation.Confirmation{No: c.No, Body: moderation.Body{Actor: &who}}, By: who, ShownCase: moderation.ShownCase{Digest: c.ContentDigest()}})
			return err
		}
		second := moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U8"}
		waits := b.opensWaiting(asks{verb: moderation.Kick, on: []string{"w"}}, "U3")
		decided := b.opensWaiting(asks{verb: moderation.Kick, on: []string{"v"}}, "U3")
		for _, c := range []moderation.Case{waits, decided} {
			b.ok(agree(c, rogue))
		}
		b.ok(agree(decided, second))
		b.suspends(time.Time{})
		b.cancelsSuspended()
		c := b.caseNo(waits.No)
		require.Equal(b.t, moderation.AwaitingApproval, c.State)
		require.Empty(b.t, c.Approval.Approvals)
		entries := b.view(waits.No).Entries
		last := body(b.t, entries[len(entries)-1])
		require.Equal(b.t, moderation.CodeApproverLostRight, last.Code)
		require.Equal(b.t, "U1", last.Person)
		require.Greater(b.t, c.Version, waits.Version, "its card is due")
		require.Len(b.t, b.caseNo(decided.No).Approval.Approvals, 2, "what was decided stays so")
		b.ok(agree(c, second))
		require.Equal(b.t, moderation.AwaitingApproval, b.caseNo(waits.No).State, "one of two")
	},
	"many cases are cancelled in several transactions": func(b *bench) {
		for range 60 {
			b.opensWaiting(asks{verb: moderation.Kick, on: []string{"w"}}, "")
		}
		b.suspends(time.Time{})
		require.Greater(b.t, b.cancelsSuspended(), 1)
		for no := range int64(60) {
			require.Equal(b.t, moderation.Done, b.caseNo(no+1).State)
		}
	},
	"a stopped case sends nothing more": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Kick, on: []string{"a", "b", "c"}})
		call := b.sends(jobs[0], 1)
		why := moderation.Body{Actor: &chief, Code: moderation.CodeStopped, Values: map[string]string{"by": "Raj"}}
		got, err := b.s.Stop(b.ctx, b.command(), c.No, why, nil)
		b.ok(err)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Pending: 1, moderation.Dropped: 2}, got.Counts)
		require.Equal(b.t, moderation.Open, got.State)
		require.True(b.t, b.begin(jobs[1], 2).Done)
		// Its call could be repeated, and is not.
		b.answers(jobs[0], call.Call, moderation.Answer{Class: moderation.VendorRetry, Err: no.Err}, moderation.Verdict{Outcome: moderation.Pending, Err: no.Err, Wait: time.Millisecond})
		b.clock.Add(time.Second)
		jobs, err = b.s.Claim(b.ctx, moderation.QueueCall, 10)
		b.ok(err)
		for _, j := range jobs {
			require.True(b.t, b.begin(j, int(j.Case)).Done)
		}
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Dropped: 3}, b.caseNo(c.No).Counts)
		require.Equal(b.t, moderation.Done, b.caseNo(c.No).State)
		press := b.command()
		_, err = b.s.Stop(b.ctx, press, c.No, why, nil)
		require.ErrorIs(b.t, err, moderation.ErrStale)
		b.ok(b.s.Finish(b.ctx, press, moderation.Change{}))
	},
	"what may have landed before a stop is unknown and can be tried again": func(b *bench) {
		c, jobs := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		call := b.sends(jobs[0], 1)
		why := moderation.Body{Actor: &chief, Code: moderation.CodeStopped}
		got, err := b.s.Stop(b.ctx, b.command(), c.No, why, nil)
		b.ok(err)
		require.Equal(b.t, 1, got.Counts[moderation.Pending])
		require.Contains(b.t, b.kinds(c.No), moderation.EntryStopped, "the stop is recorded, also when everything was in flight")
		b.answers(jobs[0], call.Call, silent, moderation.Verdict{Outcome: moderation.Pending, Err: silent.Err, Wait: time.Millisecond})
		b.clock.Add(time.Second)
		require.True(b.t, b.begin(b.claim(moderation.QueueCall), 1).Done)
		require.Equal(b.t, map[moderation.Outcome]int{moderation.Unknown: 1}, b.caseNo(c.No).Counts)
		_, err = b.s.TryAgain(b.ctx, b.command(), moderation.Confirmation{No: c.No, Jobs: chunkJobs(1, 1)})
		b.ok(err)
		b.clock.Add(time.Minute)
		b.sends(b.claim(moderation.QueueCall), 1)
	},
	"the people limit is reported once in ten minutes": func(b *bench) {
		b.clock.Add(time.Minute) // ten minutes begin
		braked := func() int {
			o := b.opening(asks{verb: moderation.Kick, on: []string{"a"}, asking: true})
			o.Case.State = moderation.AwaitingApproval
			o.Case.Decision.Requirement = moderation.ApprovalRequirement{Approvals: 1, Why: moderation.RequireForLimit, Values: map[string]string{"most": "60", "got": "61"}}
			_, err := b.s.OpenCase(b.ctx, b.command(), o)
			b.ok(err)
			posts, _ := b.due(audit)
			n := 0
			for _, p := range posts {
				if p.EntryKind == moderation.EntryLimitReached {
					n += p.Count
				}
			}
			b.clock.Add(time.Minute)
			if len(posts) > 0 {
				b.posted("1."+strings.Repeat("1", len(posts[0].Key)), posts...)
			}
			return n
		}
		require.Equal(b.t, 1, braked())
		require.Zero(b.t, braked())
		b.ok(b.s.Finish(b.ctx, b.command(), moderation.Change{Refusal: &moderation.Refusal{Channel: audit, Body: moderation.Body{
			Actor: &rogue, Code: moderation.RefuseLimit, Values: map[string]string{"most": "60", "got": "70"},
		}}}))
		b.clock.Add(10 * time.Minute)
		require.Equal(b.t, 3, braked(), "the two of before, and a new one")
		head, err := b.s.Seal(b.ctx)
		b.ok(err)
		require.Positive(b.t, head.Number)
		var entries int
		for no := range int64(3) {
			for _, k := range b.kinds(no + 1) {
				if k == moderation.EntryLimitReached {
					entries++
				}
			}
		}
		require.Equal(b.t, 2, entries, "one entry a moderator and ten minutes")
	},
	"the policy in force is a row": func(b *bench) {
		_, err := b.s.PolicyInForce(b.ctx)
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		var changes []string
		change := func(name string) moderation.PolicyChange {
			return moderation.PolicyChange{
				OnReplace: func(before string) moderation.Change {
					changes = append(changes, name+" for "+before)
					return moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryPolicy, Body: moderation.Body{Policy: name, Before: before}}}}
				},
				OnFirst: func() moderation.Change { changes = append(changes, "first "+name); return moderation.Change{} },
			}
		}
		now, err := b.s.SetPolicyInForce(b.ctx, moderation.PolicyText{Hash: "a1", Text: "rules: a"}, change("a1"))
		b.ok(err)
		require.Equal(b.t, moderation.PolicyInForce{Hash: "a1", Since: b.clock.Now(), Sequence: 1}, now)
		b.clock.Add(time.Minute)
		b.restart()
		again, err := b.s.SetPolicyInForce(b.ctx, moderation.PolicyText{Hash: "a1", Text: "rules: a"}, change("a1"))
		b.ok(err)
		require.Equal(b.t, now, again, "the same policy comes into force once")
		_, err = b.s.SetPolicyInForce(b.ctx, moderation.PolicyText{Hash: "b2", Text: "rules: b"}, change("b2"))
		b.ok(err)
		back, err := b.s.SetPolicyInForce(b.ctx, moderation.PolicyText{Hash: "a1", Text: "rules: a"}, change("a1"))
		b.ok(err)
		require.Equal(b.t, int64(3), back.Sequence)
		require.Equal(b.t, "b2", back.Previous)
		require.Equal(b.t, []string{"first a1", "b2 for a1", "first b2", "a1 for b2"}, changes)
		got, err := b.s.PolicyInForce(b.ctx)
		b.ok(err)
		require.Equal(b.t, "a1", got.Hash)
		text, err := b.s.PolicyText(b.ctx, "b2")
		b.ok(err)
		require.Equal(b.t, moderation.PolicyText{Hash: "b2", Text: "rules: b", At: b.clock.Now()}, text)
		_, err = b.s.PolicyText(b.ctx, "c3")
		require.ErrorIs(b.t, err, moderation.ErrNotFound)
		entries, err := b.s.Entries(b.ctx, 0, 0)
		b.ok(err)
		require.Len(b.t, entries, 2)
	},
	"a change in a role group is kept once": func(b *bench) {
		one := moderation.RoleGroup{ID: "S1", Handle: "mods", Members: []string{"U1", "U2"}}
		two := moderation.RoleGroup{ID: "S1", Handle: "mods", Members: []string{"U2", "U3"}}
		b.ok(b.s.SaveRoleGroup(b.ctx, nil, one, moderation.Change{}))
		require.ErrorIs(b.t, b.s.SaveRoleGroup(b.ctx, nil, two, moderation.Change{}), moderation.ErrStale, "another process has saved it first")
		change := moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryGroup}}}
		b.ok(b.s.SaveRoleGroup(b.ctx, &one, two, change))
		require.ErrorIs(b.t, b.s.SaveRoleGroup(b.ctx, &one, two, change), moderation.ErrStale, "reported by another process")
		b.restart()
		known, err := b.s.RoleGroups(b.ctx)
		b.ok(err)
		require.Equal(b.t, map[string]moderation.RoleGroup{"S1": two}, known)
		c := b.opensWaiting(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, "")
		require.Equal(b.t, map[string]string{"S1": "mods"}, b.view(c.No).GroupHandles)
		entries, err := b.s.Entries(b.ctx, 0, 0)
		b.ok(err)
		require.Len(b.t, entries, 1)
		b.ok(b.s.DeleteOtherRoleGroups(b.ctx, []string{"S1"}))
		b.ok(b.s.DeleteOtherRoleGroups(b.ctx, []string{"S2"}))
		known, err = b.s.RoleGroups(b.ctx)
		b.ok(err)
		require.Empty(b.t, known)
	},
}

func suspensionWork(t require.TestingT, j moderation.Job) (w moderation.SuspensionWork) {
	require.NoError(t, json.Unmarshal(j.Payload, &w))
	return w
}
