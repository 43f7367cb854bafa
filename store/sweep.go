package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// cancelBatch is how many cases one transaction ends: few enough that others do not wait for it.
const cancelBatch = 25

// CancelSuspended ends some of the suspended person's cases in progress: waiting ones are
// withdrawn, running ones are stopped after the chunk in flight, all with CodeSuspended, and the
// person's approvals of waiting cases are removed. The job is finished, or due again when there is
// more. Its error is the database's.
func (s *Store) CancelSuspended(ctx context.Context, j moderation.Job, w moderation.SuspensionWork) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.finish(j); err != nil {
			return err
		}
		found, err := suspensionsWhere(t, `id = ?`, w.ID)
		if err == nil && len(found) == 0 {
			err = moderation.ErrNotFound
		}
		if err != nil {
			return err
		}
		r := found[0]
		nos, err := t.unfinishedOf(r.Who, w.After)
		if err != nil {
			return err
		}
		body := moderation.Body{Actor: &r.By, Code: moderation.CodeSuspended, Values: map[string]string{"by": r.By.Label()}}
		for _, no := range nos {
			c, err := loadCase(t, no)
			if err != nil {
				return err
			}
			switch c.State {
			case moderation.Open:
				err = t.stop(c, body)
			case moderation.AwaitingApproval:
				err = t.reject(c, moderation.ApprovalWithdrawn, body)
			default:
				err = t.abandonConfirmation(c, body)
			}
			if err != nil {
				return err
			}
			w.After = no
		}
		if len(nos) < cancelBatch {
			return t.removeApprovals(r, body)
		}
		return t.queue(0, suspensionJob(moderation.JobCancelSuspended, w, time.Time{}))
	})
}

// actorIs is SQL for cases of one person, with either account.
const actorIs = `(actor_key = ? OR actor_key = ? OR actor_user = ?)`

func actorArgs(who moderation.Actor) []any { return []any{who.Key(), who.User, who.User} }

// unfinishedOf returns the next unfinished cases that a person requested.
func (t *tx) unfinishedOf(who moderation.Actor, after int64) (nos []int64, err error) {
	args := append([]any{t.s.app, after}, actorArgs(who)...)
	return column[int64](t, `SELECT no FROM cases WHERE app = ? AND state <> 'done' AND no > ? AND `+actorIs+` ORDER BY no`+limited,
		append(args, cancelBatch)...)
}

// abandonConfirmation ends a case that awaits its requester's confirmation.
func (t *tx) abandonConfirmation(c *storedCase, body moderation.Body) error {
	pending, err := t.targetsWhere(c, `outcome = 'pending'`)
	if err != nil {
		return err
	}
	if err := t.drop(c, pending, moderation.Dropped, moderation.EntryWithdrawn, body); err != nil {
		return err
	}
	c.State = moderation.Open // it ends like every other case
	return t.caseChanged(c)
}

// Stop drops what a case has not sent, with the body's code, and keeps it from sending more: calls
// in flight get their answer and are not repeated. EntryStopped with the body; the job is
// finished. When the case is not Open, or nothing is pending, it returns ErrStale, with the case
// as it is.
func (s *Store) Stop(ctx context.Context, j moderation.Job, no int64, body moderation.Body, jobs []moderation.NewJob) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, err := t.finishAndLoad(j, no)
		if err != nil {
			return nil, err
		}
		if c.State != moderation.Open || c.Counts[moderation.Pending] == 0 {
			return c, moderation.ErrStale
		}
		if err := t.stop(c, body); err != nil {
			return nil, err
		}
		return c, t.queue(no, jobs...)
	})
}

// stop drops what a running case has not sent, and records that calls in flight are not repeated.
// An entry is written also when everything was in flight.
func (t *tx) stop(c *storedCase, body moderation.Body) error {
	if err := t.run(`INSERT INTO stops (case_no, app, team, code, vals, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (case_no) DO NOTHING`, c.No, c.App, c.Team, string(body.Code), asJSON(body.Values), t.now); err != nil {
		return err
	}
	pending, err := t.targetsWhere(c, `outcome = 'pending'`)
	if err != nil {
		return err
	}
	pending = slices.DeleteFunc(pending, func(g target) bool { return g.callEnds.After(t.clock) })
	unsent, err := t.dropStopped(c, pending, body)
	if err != nil {
		return err
	}
	if unsent == 0 {
		if err := t.caseEntry(c, moderation.EntryStopped, body); err != nil {
			return err
		}
	}
	return t.caseChanged(c)
}

// dropStopped ends targets that are no longer sent; those whose call may have landed end unknown.
// unsent is how many were never sent.
func (t *tx) dropStopped(c *storedCase, pending []target, body moderation.Body) (unsent int, err error) {
	landed, err := t.mayHaveLanded(c)
	if err != nil {
		return 0, err
	}
	never, unclear := splitByLanded(pending, landed)
	if err := t.drop(c, never, moderation.Dropped, moderation.EntryStopped, body); err != nil {
		return 0, err
	}
	return len(never), t.drop(c, unclear, moderation.Unknown, moderation.EntryDropped, body)
}

// splitByLanded separates targets that were certainly never sent from the others.
func splitByLanded(targets []target, landed map[int]bool) (unsent, unclear []target) {
	for _, g := range targets {
		if landed[g.Chunk] {
			unclear = append(unclear, g)
		} else {
			unsent = append(unsent, g)
		}
	}
	return unsent, unclear
}

// dropIfStopped ends the targets of a chunk that was to be sent again after its case was stopped.
func (t *tx) dropIfStopped(b *callDraft) error {
	var body moderation.Body
	err := t.one(`SELECT code, vals FROM stops WHERE case_no = ?`, b.c.No)(&body.Code, asJSON(&body.Values))
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	body.Chunk = b.Work.Chunk
	if err != nil {
		return fmt.Errorf("the stop of case %d cannot be read: %w", b.c.No, err)
	}
	on := b.targets
	b.targets = nil
	_, err = t.dropStopped(b.c, on, body)
	return err
}

// CasesBy returns the cases that a person requested since a time, newest first, at most most, and
// how many there are. Its error is the database's.
func (s *Store) CasesBy(ctx context.Context, who moderation.Actor, since time.Time, most int) (cases []moderation.Case, all int, err error) {
	q := s.read(ctx)
	args := append([]any{s.app, millis(since)}, actorArgs(who)...)
	nos, err := column[int64](q, `SELECT no FROM cases WHERE app = ? AND asked_at >= ? AND `+actorIs+` ORDER BY no DESC`, args...)
	if err != nil {
		return nil, 0, err
	}
	for _, no := range nos[:min(most, len(nos))] {
		c, err := s.Case(ctx, no)
		if err != nil {
			return nil, 0, err
		}
		cases = append(cases, c)
	}
	return cases, len(nos), nil
}

// removeApprovals removes the approvals of a suspended approver from waiting cases.
func (t *tx) removeApprovals(r moderation.Suspension, body moderation.Body) error {
	nos, err := column[int64](t, `SELECT c.no FROM cases c JOIN votes v ON v.case_no = c.no
		WHERE c.state = 'waiting' AND c.state <> 'done' AND v.person IN (?, ?) ORDER BY c.no`, r.Who.Key(), r.Who.User)
	if err != nil {
		return err
	}
	for _, no := range nos {
		c, err := loadCase(t, no)
		if err != nil {
			return err
		}
		if err := t.dropApprovals(c, body.Actor, moderation.RefuseSuspended, &r.Who); err != nil {
			return err
		}
		if err := t.caseChanged(c); err != nil {
			return err
		}
	}
	return nil
}

// dropApprovals removes one person's approvals of a waiting case, or everybody's, and records why.
func (t *tx) dropApprovals(c *storedCase, by *moderation.Actor, why moderation.Code, who *moderation.Actor) error {
	full, err := c.full(t)
	if err != nil {
		return err
	}
	for _, v := range full.Approval.Approvals {
		if who != nil && !v.By.Same(*who) {
			continue
		}
		if err := t.run(`DELETE FROM votes WHERE case_no = ? AND person = ?`, c.No, v.By.Key()); err != nil {
			return err
		}
		if err := t.caseEntry(c, moderation.EntryApprovalGiven, moderation.Body{
			Actor: by, Code: moderation.CodeApproverLostRight, Person: v.By.User,
			Values: map[string]string{"why": string(why), "person": v.By.Label()},
		}); err != nil {
			return err
		}
	}
	return nil
}
