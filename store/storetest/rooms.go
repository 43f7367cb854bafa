package storetest

import (
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/policy"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// roomsTest: whatever is requested, approved, denied, undone and extended in any order, in one room
// or in two, and whatever the network does, each room's state is the one of the cases, and what has
// an end ends.
func roomsTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	n := open.rounds(8)
	n.check(t, func(rt *rapid.T) {
		b := newBench(t, open)
		r := newFaultyRoom(rt, b, p, rapid.Bool().Draw(rt, "mutes"))
		rt.Repeat(map[string]func(*rapid.T){
			"":          func(*rapid.T) {},
			"restricts": func(rt *rapid.T) { r.asksFor(rt, moderation.Action{Verb: r.verb}) },
			"again":     func(rt *rapid.T) { r.asksFor(rt, moderation.Action{Verb: r.verb}) },
			"lifts":     func(rt *rapid.T) { r.asksFor(rt, moderation.Action{Verb: moderation.LiftingVerb(r.verb)}) },
			"undoes":    func(rt *rapid.T) { r.goesOn(rt, moderation.RelUndo) },
			"extends":   func(rt *rapid.T) { r.goesOn(rt, moderation.RelExtend) },
			"approves":  r.approves,
			"denies":    func(rt *rapid.T) { r.refuses(rt, moderation.ApprovalDenied) },
			"withdraws": func(rt *rapid.T) { r.refuses(rt, moderation.ApprovalWithdrawn) },
			"fails": func(rt *rapid.T) {
				r.recheck = nil
				r.faults = rapid.SliceOfN(rapid.SampledFrom([]string{"retry", "lost", "late", "taken", "", "dies", "diesLate", "diesTaken"}), 1, 3).Draw(rt, "faults")
			},
			// Not beside lost answers: what is dropped then ends unknown.
			"loses": func(rt *rapid.T) {
				r.settleAll(rt)
				r.faults = nil
				r.recheck = []error{moderation.NewError(moderation.RefuseNoRole)}
			},
			"asks": func(rt *rapid.T) {
				r.settleAll(rt)
				r.faults = nil
				r.recheck = []error{&moderation.ApprovalRequiredError{Decision: moderation.Decision{
					Allowed: true, Rule: "long", Requirement: moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}, TTL: 30 * time.Minute},
				}}}
			},
			"waits": func(rt *rapid.T) {
				r.settleAll(rt) // otherwise calls without an answer end unknown
				r.faults = nil
				r.ticks(rt, time.Minute, times(rapid.SampledFrom([]int{1, 9, 10, 31, 59, 60, 61, 125}).Draw(rt, "minutes")))
				r.settleAll(rt)
			},
			"settles": func(rt *rapid.T) { r.settleAll(rt) },
		})
		r.faults = nil
		r.ticks(rt, 20*time.Minute, times(40))
		r.settleAll(rt)
		for _, room := range []moderation.Room{r.room, r.other} {
			all, err := b.s.RestrictionsInForce(b.ctx, room)
			require.NoError(rt, err)
			for _, s := range all {
				require.True(rt, s.Until.IsZero(), "%s by case %d has never ended, its end was %s", s.Target, s.Case, s.Until)
			}
		}
	})
}

// asksFor opens a case, and sends it at once, or later together with others.
func (r *faultyRoom) asksFor(rt *rapid.T, a moderation.Action) {
	if a.Relation == "" {
		a.Room = r.room
		switch rapid.IntRange(0, 4).Draw(rt, "rooms") {
		case 0:
			a.Room = r.other
		case 1, 2:
			a.MoreRooms = []moderation.Room{r.other}
		}
	}
	if len(a.Targets) == 0 {
		a.Targets = rapid.SampledFrom([][]string{{"a"}, {"a"}, {"a", "b"}}).Draw(rt, "targets")
	}
	if a.Relation == "" && r.verb == moderation.Mute {
		a.Media = rapid.SampledFrom([][]moderation.Medium{nil, nil, {moderation.Audio}, {moderation.Video}}).Draw(rt, "media")
	}
	r.lasts(rt, &a)
	j := r.command()
	c, err := r.s.OpenCase(r.ctx, j, r.request(a, "U1"))
	if err != nil {
		require.NotEmpty(rt, moderation.CodeOf(err), "%v", err)
		require.NoError(rt, r.bench.s.Finish(r.ctx, j, moderation.Change{}))
		return
	}
	r.cases = append(r.cases, c.No)
	for _, rel := range r.view(c.No).Related {
		if rel.Rel == moderation.RelActNow && rel.No != c.No {
			r.cases = append(r.cases, rel.No)
		}
	}
	r.mayWork(rt)
}

func (r *faultyRoom) mayWork(rt *rapid.T) {
	switch rapid.IntRange(0, 3).Draw(rt, "works") {
	case 0:
	case 1:
		r.runDue(rt)
	default:
		r.settleAll(rt)
	}
}

func (r *faultyRoom) goesOn(rt *rapid.T, rel moderation.Relation) {
	r.asksFor(rt, r.changeOfAny(rt, rel))
}

// waiting draws one of the waiting cases.
func (r *faultyRoom) waiting(rt *rapid.T) moderation.Case {
	var all []moderation.Case
	for _, no := range r.cases {
		if c := r.caseNo(no); c.State == moderation.AwaitingApproval {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		rt.Skip("nothing waits")
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(rt, "waiting")]
}

func (r *faultyRoom) approves(rt *rapid.T) {
	c, by := r.waiting(rt), actor("U7")
	by.Roles = []string{"leads", "mods"}
	j := r.command()
	if _, err := r.s.Approve(r.ctx, j, c, moderation.ShownCase{Digest: c.ContentDigest()}, moderation.Body{Actor: &by}); err != nil {
		if moderation.CodeOf(err) == "" {
			require.ErrorIs(rt, err, moderation.ErrStale)
		}
		require.NoError(rt, r.bench.s.Finish(r.ctx, j, moderation.Change{}))
	}
	r.mayWork(rt)
}

func (r *faultyRoom) refuses(rt *rapid.T, to moderation.ApprovalState) {
	c, by := r.waiting(rt), actor("U7")
	_, err := r.s.Reject(r.ctx, r.command(), c, to, moderation.Body{Actor: &by})
	require.NoError(rt, err)
	for _, rel := range r.view(c.No).Related {
		if rel.Rel == moderation.RelActNow && rel.No != c.No {
			r.rejected[rel.No] = true
		}
	}
	r.mayWork(rt)
}
