package storetest

import (
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var sprintf = fmt.Sprintf

// quiet does all that is due, from one due time to the next, until nothing is.
func (w *crowd) quiet(rt *rapid.T) {
	for round := 0; ; round++ {
		require.Less(rt, round, 4000, "it never comes to rest")
		next := time.Time{}
		for _, q := range queues {
			w.workCrowd(rt, q)
			at, ok, err := w.bench.s.NextDue(w.ctx, q)
			require.NoError(rt, err)
			if ok && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
		if next.IsZero() {
			return
		}
		w.clock.Add(max(next.Sub(w.clock.Now()), time.Millisecond))
	}
}

// settleCrowd lets everything finish with a vendor that accepts, tries unknown cases again, and
// compares the vendor's state with the expected one.
func (w *crowd) settleCrowd(rt *rapid.T) {
	fine := false
	defer func() {
		if !fine {
			w.logCases()
		}
	}()
	w.answer, w.dies, w.gone = yes, false, map[string]bool{}
	for _, who := range people {
		w.restores(rt, who)
	}
	w.quiet(rt)
	for _, no := range w.cases {
		c := w.caseNo(no)
		if c.Counts[moderation.Unknown] == 0 {
			continue
		}
		by, j := chief, w.command()
		_, err := w.s.TryAgain(w.ctx, j, c, moderation.Body{Actor: &by}, moderation.Reevaluation{})
		if moderation.CodeOf(err) == moderation.RefuseTooOld {
			require.NoError(rt, w.bench.s.Finish(w.ctx, j, moderation.Change{}))
			continue
		}
		require.NoError(rt, err)
		w.known[no].accepted = map[string]int{}
		w.quiet(rt)
	}
	w.clock.Add(2 * time.Hour)
	w.quiet(rt)
	w.check(rt)
	for _, no := range w.cases {
		require.Equal(rt, moderation.Done, w.caseNo(no).State, "case %d never ended", no)
	}
	for _, id := range []string{"a", "b", "c"} {
		until, held := w.banned[id]
		held = held && (until.IsZero() || until.After(w.clock.Now()))
		if muted, sure := w.expected(moderation.Mute, id); sure {
			require.Equal(rt, muted, w.muted[id], "%s is muted by the vendor: %t", id, w.muted[id])
			require.Equal(rt, muted, w.inForce(w.room)[id+"/audio"] != 0, "a mute of %s is in force", id)
		}
		if banned, sure := w.expected(moderation.Ban, id); sure {
			require.Equal(rt, banned, held, "%s is banned by the vendor: %t", id, held)
			require.Equal(rt, banned, w.inForce(w.live)[id+"/entrance"] != 0, "a ban of %s is in force", id)
		}
	}
	_, err := w.bench.s.Seal(w.ctx)
	require.NoError(rt, err)
	_, err = w.bench.s.Verify(w.ctx)
	require.NoError(rt, err)
	fine = true
}

// expected returns whether a permanent restriction is left, by the outcomes of the cases alone:
// from the one that ran last back to the first, without those that had no effect or were undone or
// replaced. It is not sure where a newer case superseded one whose call may have landed.
func (w *crowd) expected(verb moderation.Verb, id string) (bound, sure bool) {
	var ran []*request
	for _, q := range w.known {
		if q.ran != 0 {
			ran = append(ran, q)
		}
	}
	slices.SortFunc(ran, func(a, b *request) int { return int(b.ran - a.ran) })
	undone, replaced := map[int64]bool{}, map[int64]bool{}
	for _, q := range ran {
		v := w.view(q.no)
		a := v.Case.Action
		if a.Verb != verb && a.Verb != moderation.LiftingVerb(verb) {
			continue
		}
		took, sure := tookEffect(v, id)
		if !sure {
			return false, false
		}
		if !took {
			continue
		}
		if a.Relation == moderation.RelUndo {
			undone[a.RelatedCase] = true
			continue
		}
		if a.Relation == moderation.RelExtend && !undone[q.no] {
			replaced[a.RelatedCase] = true
		}
		for _, r := range v.Related {
			if r.Rel == moderation.RelActNow && a.Relation != moderation.RelActNow {
				replaced[r.No] = true
			}
		}
		if undone[q.no] || replaced[q.no] {
			continue
		}
		if a.Effect() == moderation.EffectLift {
			return false, true
		}
		if a.Permanent {
			return true, true
		}
	}
	return false, true
}

// tookEffect reports whether a case had an effect on a target.
func tookEffect(v moderation.CaseView, id string) (took, sure bool) {
	for _, g := range v.Targets {
		if g.ID != id {
			continue
		}
		switch g.Outcome {
		case moderation.Accepted:
			return true, true
		case moderation.Unknown:
			return true, false
		case moderation.Superseded:
			for _, k := range v.Calls {
				if k.Purpose == moderation.PurposeAct && k.Outcome.MayHaveLanded() {
					return true, false
				}
			}
		}
	}
	return false, true
}

// logCases logs the history of every case, to analyse a failure.
func (w *crowd) logCases() {
	for _, no := range w.cases {
		v := w.view(no)
		a := v.Case.Action
		w.t.Logf("case %d %s %s %v %s perm=%t of=%d %s: %v", no, a.Verb, a.Room, a.Targets, a.Duration, a.Permanent, a.RelatedCase, a.Relation, v.Targets)
		for _, e := range v.Entries {
			b := body(w.t, e)
			w.t.Logf("  %s %s %s %s %s %s %v %s", e.At.Format(time.TimeOnly), e.Kind, b.Purpose, b.Outcome, b.Code, b.Request, b.Targets, b.Detail)
		}
	}
}
