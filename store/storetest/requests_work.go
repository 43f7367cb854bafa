package storetest

import (
	"errors"
	"slices"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// isSuperseded reports whether a case was refused because another one took effect since and needed
// more approvals than it has.
func (w *crowd) isSuperseded(c moderation.Case, err error) bool {
	return moderation.CodeOf(err) == moderation.RefuseSuperseded && slices.ContainsFunc(w.cases, func(no int64) bool {
		return no != c.No && w.known[no].ran != 0 && w.known[no].need > 0
	})
}

func (w *crowd) worksAll(rt *rapid.T) {
	for _, q := range queues {
		w.workCrowd(rt, q)
	}
}

// workCrowd does the jobs that are due in one queue.
func (w *crowd) workCrowd(rt *rapid.T, q moderation.Queue) {
	jobs, err := w.bench.s.Claim(w.ctx, q, 1000)
	require.NoError(rt, err)
	for _, j := range jobs {
		err := w.do(j)
		if errors.Is(err, moderation.ErrStalled) { // a slow machine: released, as the workers do
			err = w.bench.s.Retry(w.ctx, j, 0)
		}
		if errors.Is(err, moderation.ErrLeaseLost) {
			continue // its phase is over: it was deleted
		}
		if err != nil {
			require.ErrorIs(rt, err, errDied, "job %s", j.Key)
			w.restartCrowd()
			break
		}
	}
	w.recounts(rt)
}

// recounts follows what the store did to requests by itself: some expired, were withdrawn with a
// suspension, or lost an approval.
func (w *crowd) recounts(rt *rapid.T) {
	for _, no := range w.cases {
		c, q := w.caseNo(no), w.known[no]
		switch c.Approval.State {
		case moderation.ApprovalExpired, moderation.ApprovalWithdrawn, moderation.ApprovalDenied:
			require.True(rt, len(q.approvedBy) < q.need && !q.overridden, "case %d was decided before", no)
			q.down = true
		case moderation.ApprovalWaiting:
			for who := range q.approvedBy {
				if !c.Approval.ApprovedBy(actor(who)) {
					delete(q.approvedBy, who)
				}
			}
			require.Len(rt, c.Approval.Approvals, len(q.approvedBy))
		}
	}
}

// check checks what must always be true.
func (w *crowd) check(rt *rapid.T) {
	require.Empty(rt, w.faults)
	for _, no := range w.cases {
		v, q := w.view(no), w.known[no]
		decided, ran := 0, 0
		for _, e := range v.Entries {
			switch e.Kind {
			case moderation.EntryApproved, moderation.EntryOverride, moderation.EntryDenied, moderation.EntryExpired:
				decided++
			case moderation.EntryWithdrawn:
				if q.need > 0 && v.Case.Approval.State == moderation.ApprovalWithdrawn {
					decided++
				}
			case moderation.EntryCall:
				ran++
			}
		}
		require.LessOrEqual(rt, decided, 1, "case %d was decided twice", no)
		if q.down {
			require.Zero(rt, ran, "case %d was turned down", no)
			require.Equal(rt, moderation.Done, v.Case.State)
			require.Equal(rt, 1, decided)
		}
		if v.Case.State == moderation.AwaitingApproval {
			require.Zero(rt, ran)
		}
		ended := 0
		for _, g := range v.Targets {
			if g.Outcome.Final() {
				ended++
			}
		}
		require.Equal(rt, v.Case.State == moderation.Done, ended == len(v.Targets), "case %d is %s with %d of %d ended", no, v.Case.State, ended, len(v.Targets))
	}
}
