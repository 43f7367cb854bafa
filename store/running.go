package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"bouncer/moderation"
)

// startRun appends the moves of a case that runs, and queues the jobs that send it and end it. The
// job is the delivery that started it.
func (t *tx) startRun(c *storedCase, j moderation.Job, s moderation.SendPlan) error {
	if s.Kind != "" && c.Counts[moderation.Pending] > c.most() {
		return t.startInPortions(c, moderation.PortionWork{Job: j.ID, ChunkSize: s.ChunkSize, Kind: s.Kind, Round: s.Round, By: s.By})
	}
	return t.startPart(c, j.ID, s, wholeCase)
}

// startPart is startRun for some targets of a case.
func (t *tx) startPart(c *storedCase, job int64, s moderation.SendPlan, in span) error {
	if err := t.recordActed(c, in); err != nil {
		return err
	}
	moves, _ := c.moves()
	if moves {
		if err := t.startMoves(c, job, s, in); err != nil {
			return err
		}
	}
	pending, err := t.pendingIn(c, in)
	if err != nil {
		return err
	}
	if moves {
		if err := t.scheduleEnds(c, pending); err != nil {
			return err
		}
	}
	return t.send(c, s, pending)
}

// send queues the jobs that send pending targets.
func (t *tx) send(c *storedCase, s moderation.SendPlan, pending []target) error {
	if s.Kind == "" {
		return nil
	}
	out := make([]moderation.Target, len(pending))
	for i, g := range pending {
		out[i] = g.Target
	}
	return t.queue(c.No, s.Chunks(out)...)
}

func (t *tx) startMoves(c *storedCase, job int64, s moderation.SendPlan, in span) error {
	if c.Action.Relation == moderation.RelUndo || c.Action.Relation == moderation.RelExtend {
		return t.replaceMoves(c, job, s.ChunkSize, in)
	}
	return t.moveTargets(c, job, in)
}

// RequestConfirmation turns an Open case without any announced call back into
// AwaitingConfirmation: its moves had no effect, EntryConfirmation is written, its unfinished jobs
// are deleted (their workers lose the lease), jobs (its JobConfirmTimeout) are queued; the job is
// finished. When a call was already announced, or the case is not Open, it returns ErrStale.
func (s *Store) RequestConfirmation(ctx context.Context, j moderation.Job, no int64, jobs []moderation.NewJob) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, err := t.finishAndLoad(j, no)
		if err != nil {
			return nil, err
		}
		var calls int
		if err := t.one(`SELECT COUNT(*) FROM calls WHERE case_no = ?`, no)(&calls); err != nil {
			return nil, err
		}
		if c.State != moderation.Open || calls > 0 {
			return c, moderation.ErrStale
		}
		var seqs []target
		if seqs, err = t.targetsWhere(c, `outcome = 'pending'`); err != nil {
			return nil, err
		}
		for _, kind := range []moderation.JobKind{moderation.JobChunk, moderation.JobSync, moderation.JobPortion} {
			if err := t.deleteJobs(no, kind); err != nil {
				return nil, err
			}
		}
		if err := t.recordNoEffect(c, seqs); err != nil {
			return nil, err
		}
		c.State = moderation.AwaitingConfirmation
		if err := t.queue(no, jobs...); err != nil {
			return nil, err
		}
		if err := t.caseEntry(c, moderation.EntryConfirmation, moderation.Body{
			Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Code: moderation.CodeTooLate, Detail: "asked again",
		}); err != nil {
			return nil, err
		}
		return c, t.caseChanged(c)
	})
}

// finishAndLoad finishes the job and loads the case.
func (t *tx) finishAndLoad(j moderation.Job, no int64) (*storedCase, error) {
	if err := t.finish(j); err != nil {
		return nil, err
	}
	return loadCase(t, no)
}

// Confirm moves an AwaitingConfirmation case to Open, or to AwaitingApproval when it needs an
// approval: moves, jobs, EntryConfirmation; its unfinished JobConfirmTimeout is deleted. It is
// decided like a new request: an earlier approval no longer counts. RefuseRecreated as for
// Approve. In any other state it returns ErrStale, with the case as it is.
func (s *Store) Confirm(ctx context.Context, j moderation.Job, cf moderation.Confirmation) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, err := t.finishAndLoad(j, cf.No)
		if err != nil {
			return nil, err
		}
		if c.State != moderation.AwaitingConfirmation {
			return c, moderation.ErrStale
		}
		if err := t.deleteJobs(cf.No, moderation.JobConfirmTimeout); err != nil {
			return nil, err
		}
		if err := t.reevaluate(c, cf); err != nil {
			return nil, err
		}
		waits, err := t.waitForApproval(c, cf)
		if err != nil || waits {
			return c, err
		}
		return c, t.runNow(c, j, cf, moderation.EntryConfirmation)
	})
}

// TryAgain makes the Unknown targets of a Done case Pending again and queues them. It is decided
// like a new request of the person who asks: *RefusedError when that is refused,
// ErrApprovalRequired when it needs approval, and then nothing is changed. RefuseRecreated as for
// Approve; RefuseTooOld when it ended longer ago than RetryWithin. Without an unknown target it
// returns ErrStale, with the case as it is.
func (s *Store) TryAgain(ctx context.Context, j moderation.Job, cf moderation.Confirmation) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, err := t.finishAndLoad(j, cf.No)
		if err != nil {
			return nil, err
		}
		n := c.Counts[moderation.Unknown]
		if c.State != moderation.Done || n == 0 {
			return c, moderation.ErrStale
		}
		if err := t.authorizeRetry(c, cf); err != nil {
			return nil, err
		}
		if err := t.run(`UPDATE targets SET outcome = 'pending', code = '', vals = '{}', call_id = 0, call_ends = 0
			WHERE case_no = ? AND outcome = 'unknown'`, c.No); err != nil {
			return nil, err
		}
		if err := t.run(`DELETE FROM stops WHERE case_no = ?`, c.No); err != nil {
			return nil, err
		}
		c.moveCount(moderation.Unknown, moderation.Pending, n)
		c.State, c.DoneAt = moderation.Open, time.Time{}
		c.round++
		if cf.Body.Actor != nil { // the person who asks acts on them now
			if err := t.recordActedBy(c, cf.Body.Actor.Key(), wholeCase); err != nil {
				return nil, err
			}
		}
		pending, err := t.pendingIn(c, wholeCase)
		if err != nil {
			return nil, err
		}
		if err := t.send(c, cf.SendPlan, pending); err != nil {
			return nil, err
		}
		return c, t.continueCase(c, cf, moderation.EntryConfirmation)
	})
}

// authorizeRetry decides a case that is to be tried again like a new request of the person who
// asks, for what ended unknown.
func (t *tx) authorizeRetry(c *storedCase, cf moderation.Confirmation) error {
	full, err := c.full(t)
	if err != nil {
		return err
	}
	if moment(t.now).Sub(c.DoneAt) > moderation.RetryWithin {
		return moderation.NewError(moderation.RefuseTooOld, "case", itoa(c.No), "most", strconv.Itoa(int(moderation.RetryWithin.Minutes())))
	}
	if err := sameRoom(full, cf.RoomInfo); err != nil || cf.Evaluate == nil {
		return err
	}
	a := full.Action
	if len(a.Targets) > 0 {
		unknown, err := t.targetsWhere(c, `outcome = 'unknown'`)
		if err != nil {
			return err
		}
		a.Targets = names(unknown)
	}
	var by moderation.Actor
	if cf.Body.Actor != nil {
		by = *cf.Body.Actor
	}
	facts, err := t.facts(by, a, cf.Lookback)
	if err != nil {
		return err
	}
	if c.Action.Relation == moderation.RelUndo {
		facts.Existing = nil // what it brought back is in force without it too, and is only sent again
	}
	switch d := cf.Evaluate(facts); {
	case !d.Allowed:
		return &moderation.RefusedError{Decision: d}
	case d.Requirement.Required():
		return moderation.ErrApprovalRequired
	}
	return nil
}

// runNow lets a case run from now on.
func (t *tx) runNow(c *storedCase, j moderation.Job, cf moderation.Confirmation, kind moderation.EntryKind) error {
	c.State, c.OpenAt = moderation.Open, moment(t.now)
	if c.Counts[moderation.Accepted]+c.Counts[moderation.Unknown] == 0 { // otherwise a part of it has run, and keeps its end
		c.Until = moment(millis(cf.Until))
	}
	// Presence is read again: it was read when the request was made.
	if err := t.run(`UPDATE targets SET inside = '' WHERE case_no = ? AND inside <> ''`, c.No); err != nil {
		return err
	}
	if err := t.startRun(c, j, cf.SendPlan); err != nil {
		return err
	}
	return t.continueCase(c, cf, kind)
}

// continueCase writes what every case that continues has in common; an empty kind where its entry
// is already written.
func (t *tx) continueCase(c *storedCase, cf moderation.Confirmation, kind moderation.EntryKind) error {
	if err := t.queue(c.No, cf.Jobs...); err != nil {
		return err
	}
	if kind != "" {
		if err := t.caseEntry(c, kind, cf.Body); err != nil {
			return err
		}
	}
	return t.caseChanged(c)
}

// AbandonPending ends a case: unsent targets become Dropped, with the code of body, and their
// moves had no effect; possibly delivered ones become Unknown. Each outcome has an entry of the
// given kind. When nothing is pending, or only calls in flight, it returns ErrStale. On success
// the job is finished.
func (s *Store) AbandonPending(ctx context.Context, j moderation.Job, no int64, kind moderation.EntryKind, body moderation.Body) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		if err := t.checkClaim(j); err != nil {
			return nil, err
		}
		c, err := loadCase(t, no)
		if err != nil {
			return nil, err
		}
		pending, err := t.targetsWhere(c, `outcome = 'pending'`)
		if err != nil {
			return nil, err
		}
		if c.State == moderation.AwaitingApproval {
			return c, moderation.ErrStale // a request is rejected, with the person who did it
		}
		all := len(pending)
		pending = slices.DeleteFunc(pending, func(g target) bool { return g.callEnds.After(t.clock) })
		if len(pending) == 0 {
			return c, moderation.ErrStale
		}
		landed, err := t.mayHaveLanded(c)
		if err != nil {
			return nil, err
		}
		if err := t.deleteJobs(no, moderation.JobPortion); err != nil {
			return nil, err
		}
		unsent, unclear := splitByLanded(pending, landed)
		if err := t.drop(c, unsent, moderation.Dropped, kind, body); err != nil {
			return nil, err
		}
		if err := t.drop(c, unclear, moderation.Unknown, kind, body); err != nil {
			return nil, err
		}
		if c.State == moderation.AwaitingConfirmation {
			c.State = moderation.Open // it ends like every other case
		}
		if err := t.caseChanged(c); err != nil {
			return nil, err
		}
		if (j.Kind == moderation.JobChunk || j.Kind == moderation.JobSync) && len(pending) < all {
			// The call in flight may be this job's own, from before a restart: no other job would
			// finish it.
			return c, t.retry(j, time.Second)
		}
		return c, t.finish(j)
	})
}

// mayHaveLanded returns the chunks of a case with a call, in any round, that may have taken
// effect.
func (t *tx) mayHaveLanded(c *storedCase) (map[int]bool, error) {
	chunks := make(map[int]bool)
	type call struct {
		chunk int
		class moderation.VendorClass
	}
	calls, err := rows(t, `SELECT DISTINCT chunk, class FROM calls WHERE case_no = ? AND purpose = 'act'`, []any{c.No}, func(c *call) []any {
		return []any{&c.chunk, &c.class}
	})
	for _, c := range calls {
		chunks[c.chunk] = chunks[c.chunk] || c.class.MayHaveLanded()
	}
	return chunks, err
}
