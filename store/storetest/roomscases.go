package storetest

import (
	"slices"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/policy"

	"github.com/stretchr/testify/require"
)

// uncertainTest: an older call without an answer takes effect after a newer one, whose own first
// answer was also lost. The newer state is sent again after both.
func uncertainTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, mutes := range []bool{false, true} {
		r := newFaultyRoom(t, newBench(t, open), p, mutes)
		r.faults = []string{"late", "taken"}
		r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: time.Hour}, "U1")
		r.runDue(t)
		r.open(t, moderation.Action{Verb: moderation.LiftingVerb(r.verb), Room: r.room, Targets: []string{"a"}}, "U1")
		r.runDue(t)
		r.settleAll(t)
		require.Empty(t, r.inForce(r.room))
	}
}

// uncertainOlderTest: a call without an answer takes effect after it was sent again and accepted,
// and after the opposite was sent since: that is sent once more, until it is accepted.
func uncertainOlderTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, mutes := range []bool{false, true} {
		for _, fault := range []string{"late", "diesLate"} {
			for _, then := range []string{"", "config", "refused", "retry", "lost"} {
				r := newFaultyRoom(t, newBench(t, open), p, mutes)
				r.faults = []string{fault}
				r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: time.Hour}, "U1")
				r.runDue(t)
				r.ticks(t, time.Second, times(3))
				require.Len(t, r.held, 1, "it was sent again and accepted")
				lifting := r.open(t, moderation.Action{Verb: moderation.LiftingVerb(r.verb), Room: r.room, Targets: []string{"a"}}, "U1")
				r.runDue(t)
				require.Len(t, r.late, 1, "the first call is still to land")
				if then != "" {
					r.faults = slices.Repeat([]string{then}, 9)
				}
				r.settleAll(t)
				require.Empty(t, r.inForce(r.room), then)
				require.Equal(t, min(1, len(then)), r.count(lifting.No, moderation.EntryOverdue), then)
			}
		}
	}
}

// stackTest: the oldest restriction applies again even when one between it and the newest ended
// before the newest.
func stackTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, mutes := range []bool{false, true} {
		r := newFaultyRoom(t, newBench(t, open), p, mutes)
		for _, minutes := range []int{50, 10, 20} {
			r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: time.Duration(minutes) * time.Minute}, "U1")
			r.runDue(t)
		}
		r.ticks(t, time.Minute, times(30))
		r.settleAll(t)
		_, restricted := r.restrictedUntil()
		require.True(t, restricted)
		r.ticks(t, time.Minute, times(20))
		r.settleAll(t)
		require.Empty(t, r.inForce(r.room))
	}
}

// lateUndoTest: an undo without effect, requested when the mute should have ended but had not,
// leaves its end to the bot; an act-now of a denied request is taken back, however late.
func lateUndoTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, denied := range []bool{false, true} {
		r := newFaultyRoom(t, newBench(t, open), p, true)
		mute := moderation.Action{Verb: moderation.Mute, Room: r.room, Targets: []string{"a"}, Duration: 10 * time.Minute}
		if denied {
			mute.Duration = 3 * time.Hour
		}
		c := r.open(t, mute, "U1")
		r.runDue(t)
		require.Equal(t, moderation.MuteBoth, r.held[placed{r.room.String(), "a"}].mute)
		if denied {
			r.clock.Add(time.Minute)
			by := actor("U7")
			_, err := r.s.Reject(r.ctx, r.command(), c, moderation.ApprovalDenied, moderation.Body{Actor: &by})
			require.NoError(t, err)
		} else {
			r.clock.Add(11 * time.Minute) // no worker runs
			r.open(t, moderation.Action{Verb: moderation.Unmute, Room: r.room, Targets: []string{"a"}, RelatedCase: c.No, Relation: moderation.RelUndo}, "U1")
		}
		r.clock.Add(moderation.StartWithin + time.Second) // still none
		r.runDue(t)
		if denied {
			require.Zero(t, r.held[placed{r.room.String(), "a"}].mute)
			require.Equal(t, "undone", r.caseNo(c.No+1).Ended, "no confirmation is requested")
			require.Equal(t, 1, r.count(c.No+1, moderation.EntryLifted))
		}
		r.ticks(t, time.Minute, times(20))
		require.Zero(t, r.held[placed{r.room.String(), "a"}].mute, laterSummary{r})
		require.Empty(t, r.inForce(r.room))
	}
}

// deniedTest: an act-now of a denied request no longer restricts, also when a newer case took
// precedence at that moment, and ends or has no effect.
func deniedTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, mutes := range []bool{false, true} {
		for _, fault := range []string{"", "refused"} {
			r := newFaultyRoom(t, newBench(t, open), p, mutes)
			request := r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: 3 * time.Hour}, "U1")
			require.Equal(t, moderation.AwaitingApproval, request.State)
			r.runDue(t)
			_, restricted := r.restrictedUntil()
			require.True(t, restricted, "it runs at once")
			above := r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: time.Minute}, "U2")
			require.Equal(t, moderation.Open, above.State)
			if fault == "" {
				r.runDue(t)
			}
			by := actor("U7")
			_, err := r.s.Reject(r.ctx, r.command(), request, moderation.ApprovalDenied, moderation.Body{Actor: &by})
			require.NoError(t, err)
			r.faults = []string{fault}
			bans := r.bans
			r.runDue(t)
			step := time.Minute
			if fault != "" {
				step = time.Second
			}
			r.ticks(t, step, times(9))
			_, restricted = r.restrictedUntil()
			require.False(t, restricted, "mutes %v, fault %q", mutes, fault)
			require.Equal(t, bans, r.bans, "no target is restricted again, not for a moment")
			k := r.held[placed{r.room.String(), "a"}]
			require.Zero(t, k.mute, "fault %q", fault)
			require.False(t, k.banned && k.until.After(r.clock.Now()), "fault %q", fault)
		}
	}
}
