package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bouncer/moderation"
)

// approvalOf reads a case's approval request.
func approvalOf(q querier, c *storedCase) (moderation.ApprovalRequest, error) {
	a := moderation.ApprovalRequest{State: c.Approval.State}
	err := q.one(`SELECT need, look, expires_at, reminded_at, escalated_at, listed_at, decided_by, decided_at, reason FROM approvals WHERE case_no = ?`, c.No)(
		asJSON(&a.Requirement), asJSON(&a.RoomInfo), asTime(&a.Expires), asTime(&a.Reminded), asTime(&a.Escalated), asTime(&a.ListPosted), asJSON(&a.By), asTime(&a.DecidedAt), &a.Reason)
	if err == nil {
		a.Approvals, err = rows(q, `SELECT actor, at FROM votes WHERE case_no = ? ORDER BY at, person`, []any{c.No}, func(v *moderation.Approval) []any {
			return []any{asJSON(&v.By), asTime(&v.At)}
		})
	}
	if err != nil {
		return a, fmt.Errorf("the approval of case %d cannot be read: %w", c.No, err)
	}
	return a, nil
}

// createApproval stores the approval requirement of a case, and queues its reminder, escalation
// and expiry while it waits.
func (t *tx) createApproval(c *storedCase, n moderation.ApprovalRequirement, s moderation.SendPlan) error {
	if err := t.run(`INSERT INTO approvals (case_no, app, team, need, look, expires_at, reminded_at, escalated_at, listed_at, decided_by, decided_at, reason)
		VALUES (?, ?, ?, ?, '{}', ?, 0, 0, 0, '{}', 0, '')`, c.No, c.App, c.Team, asJSON(n), t.now+n.TTL.Milliseconds()); err != nil {
		return err
	}
	if c.State != moderation.AwaitingApproval || s.At.IsZero() {
		return nil
	}
	return t.queue(c.No, moderation.ApprovalJobs(n, s.At)...)
}

// waitForApproval turns a late confirmed case into a waiting one, when it needs an approval that
// it never got. A requested override takes effect here.
func (t *tx) waitForApproval(c *storedCase, cf moderation.Confirmation) (bool, error) {
	d := c.Decision
	if !d.Requirement.Required() || c.Approval.State == moderation.ApprovalApproved || c.Approval.State == moderation.ApprovalOverridden {
		return false, nil
	}
	if d.Override {
		if err := t.createApproval(c, d.Requirement, cf.SendPlan); err != nil {
			return false, err
		}
		return false, t.recordOverride(c, c.Actor, c.Action.Reason, moderation.Body{Actor: &c.Actor, Detail: c.Action.Reason})
	}
	full, err := c.full(t)
	if err == nil {
		err = t.checkAlreadyWaits(full)
	}
	if err != nil {
		return false, err
	}
	c.State, c.Approval.State = moderation.AwaitingApproval, moderation.ApprovalWaiting
	if err := t.createApproval(c, d.Requirement, cf.SendPlan); err != nil {
		return false, err
	}
	return true, t.continueCase(c, cf, moderation.EntryConfirmation)
}

// takeUnexpired is takeWaiting for clicks that run the case: an expired request no longer counts,
// even if its expiry was not yet processed.
func (t *tx) takeUnexpired(j moderation.Job, no int64) (*storedCase, moderation.Case, error) {
	c, full, err := t.takeWaiting(j, no)
	if err == nil && full.Approval.Expires.UnixMilli() <= t.now {
		err = moderation.ErrStale
	}
	return c, full, err
}

// takeWaiting finishes the job of a click on a waiting case and loads it with its request. A case
// that no longer waits is ErrStale.
func (t *tx) takeWaiting(j moderation.Job, no int64) (*storedCase, moderation.Case, error) {
	c, err := t.finishAndLoad(j, no)
	if err != nil {
		return nil, moderation.Case{}, err
	}
	if c.State != moderation.AwaitingApproval {
		return c, moderation.Case{}, moderation.ErrStale
	}
	full, err := c.full(t)
	return c, full, err
}

// Approve records a person's approval (EntryApprovalGiven). The last one required opens the case
// (EntryApproved), as Confirm does. It returns the case as it is then. Errors: RefuseOwnCase,
// RefuseApprovedTwice, RefuseChanged when the digest differs, RefuseRecreated when the Live room is
// not the one of the request; ErrStale when it no longer waits.
func (s *Store) Approve(ctx context.Context, j moderation.Job, v moderation.ApprovalInput) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, full, err := t.takeUnexpired(j, v.No)
		if err != nil {
			return c, err
		}
		number := itoa(c.No)
		switch {
		case full.Actor.Same(v.By):
			return nil, moderation.NewError(moderation.RefuseOwnCase, "case", number)
		case full.Approval.ApprovedBy(v.By):
			return nil, moderation.NewError(moderation.RefuseApprovedTwice, "case", number)
		}
		if err := t.checkUnchanged(full, v); err != nil {
			return nil, err
		}
		if err := t.run(`INSERT INTO votes (case_no, person, app, team, actor, at) VALUES (?, ?, ?, ?, ?, ?)`,
			c.No, v.By.Key(), c.App, c.Team, asJSON(v.By), t.now); err != nil {
			return nil, err
		}
		if len(full.Approval.Approvals)+1 < full.Approval.Requirement.Approvals {
			return c, t.continueCase(c, moderation.Confirmation{Body: v.Body, Jobs: v.Jobs}, moderation.EntryApprovalGiven)
		}
		if err := t.checkSuperseded(c, full, func(n moderation.ApprovalRequirement) bool {
			return isSufficient(n, append(full.Approval.Approvals, moderation.Approval{By: v.By}))
		}); err != nil {
			return nil, err
		}
		if err := t.closeApproval(c, moderation.ApprovalApproved, v.By, ""); err != nil {
			return nil, err
		}
		return c, t.runNow(c, j, v.Confirmation, moderation.EntryApproved)
	})
}

// Override opens a waiting case without its approvals (EntryOverride, and a line at once), and
// marks it for review. It returns the case as it is then. Errors are RefuseChanged, RefuseRecreated
// and ErrStale, as for Approve.
func (s *Store) Override(ctx context.Context, j moderation.Job, v moderation.ApprovalInput) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, full, err := t.takeUnexpired(j, v.No)
		if err != nil {
			return c, err
		}
		if err := t.checkUnchanged(full, v); err != nil {
			return nil, err
		}
		if err := t.checkSuperseded(c, full, func(n moderation.ApprovalRequirement) bool { return hasRole(v.By, n.OverrideRoles) }); err != nil {
			return nil, err
		}
		if err := t.recordOverride(c, v.By, v.Reason, v.Body); err != nil {
			return nil, err
		}
		return c, t.runNow(c, j, v.Confirmation, "")
	})
}

// recordOverride records that a case runs without its approvals.
func (t *tx) recordOverride(c *storedCase, by moderation.Actor, reason string, body moderation.Body) error {
	if err := t.closeApproval(c, moderation.ApprovalOverridden, by, reason); err != nil {
		return err
	}
	c.Override = &moderation.Override{By: by, Reason: reason, At: moment(t.now)}
	if err := t.run(`UPDATE cases SET glass = ? WHERE no = ?`, asJSON(c.Override), c.No); err != nil {
		return err
	}
	if err := t.caseEntry(c, moderation.EntryOverride, body); err != nil {
		return err
	}
	return t.announceOverride(c)
}

// checkUnchanged compares what a person approves with what would run, and checks the person's
// suspensions.
func (t *tx) checkUnchanged(c moderation.Case, v moderation.ApprovalInput) error {
	number := itoa(c.No)
	switch s, err := t.suspensionOf(v.By); {
	case err != nil:
		return err
	case s != nil:
		until := ""
		if !s.Until.IsZero() {
			until = s.Until.UTC().Format(time.RFC3339)
		}
		return moderation.NewError(moderation.RefuseSuspended, "until", until, "by", s.By.User)
	}
	if v.Digest != c.ContentDigest() {
		return moderation.NewError(moderation.RefuseChanged, "case", number)
	}
	if c.NeedsListInThread() && !v.Complete && c.Approval.ListPosted.IsZero() {
		return moderation.NewError(moderation.CodeNotListed, "case", number)
	}
	return sameRoom(c, v.RoomInfo)
}

// sameRoom refuses a case one of whose rooms is another one by now.
func sameRoom(c moderation.Case, now moderation.RoomInfo) error {
	room, recreated := c.Recreated(now)
	if !recreated {
		return nil
	}
	return moderation.NewError(moderation.RefuseRecreated, "case", itoa(c.No), "room", room.String())
}

// closeApproval records how a request was decided, and deletes the jobs that watch over it.
func (t *tx) closeApproval(c *storedCase, to moderation.ApprovalState, by moderation.Actor, reason string) error {
	if err := t.run(`UPDATE approvals SET decided_by = ?, decided_at = ?, reason = ? WHERE case_no = ?`,
		asJSON(by), t.now, reason, c.No); err != nil {
		return err
	}
	for _, kind := range []moderation.JobKind{moderation.JobApprovalTimeout, moderation.JobRemind, moderation.JobEscalate, moderation.JobRoomInfo} {
		if err := t.deleteJobs(c.No, kind); err != nil {
			return err
		}
	}
	c.Approval.State = to
	return nil
}

// announceOverride posts a line about an override at once and requires a review of the case.
func (t *tx) announceOverride(c *storedCase) error {
	if err := t.requireReview(c, moderation.ReviewOverride); err != nil {
		return err
	}
	if c.auditChannel == "" {
		return nil
	}
	body := moderation.Body{Actor: &c.Override.By, Action: &c.Action, Detail: c.Override.Reason, Requirement: &moderation.ApprovalRequirement{Mention: c.Reviewers()}}
	return t.line(moderation.Line{
		Key: overrideKey(c.No), Channel: c.auditChannel, Kind: moderation.EntryOverride, Case: c.No, Body: body.JSON(), Count: 1,
	})
}

// rejectionEntries are the entries of requests that ended without a run.
var rejectionEntries = map[moderation.ApprovalState]moderation.EntryKind{
	moderation.ApprovalDenied: moderation.EntryDenied, moderation.ApprovalWithdrawn: moderation.EntryWithdrawn,
	moderation.ApprovalExpired: moderation.EntryExpired,
}

// Reject ends a waiting case without running it: ApprovalDenied, ApprovalWithdrawn or
// ApprovalExpired, with the entry of that name. What an act-now applied is taken back by a JobSync
// when the request was denied or withdrawn. It returns the case as it is then, and ErrStale when it
// no longer waits.
func (s *Store) Reject(ctx context.Context, j moderation.Job, no int64, to moderation.ApprovalState, body moderation.Body, jobs ...moderation.NewJob) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, _, err := t.takeWaiting(j, no)
		if err != nil {
			return c, err
		}
		if err := t.queue(no, jobs...); err != nil {
			return nil, err
		}
		return c, t.reject(c, to, body)
	})
}

func (t *tx) reject(c *storedCase, to moderation.ApprovalState, body moderation.Body) error {
	kind, ok := rejectionEntries[to]
	if !ok {
		return fmt.Errorf("case %d: an approval request cannot end as %q", c.No, to)
	}
	var by moderation.Actor
	if body.Actor != nil {
		by = *body.Actor
	}
	if err := t.closeApproval(c, to, by, body.Detail); err != nil {
		return err
	}
	pending, err := t.targetsWhere(c, `outcome = 'pending'`)
	if err != nil {
		return err
	}
	if err := t.drop(c, pending, moderation.Dropped, kind, body); err != nil {
		return err
	}
	c.State = moderation.Open // it ends like every other case
	if err := t.caseChanged(c); err != nil || to == moderation.ApprovalExpired {
		return err
	}
	return t.takeBackActNow(c)
}

// RemindApprovers records that approvers were reminded (EntryReminded), or the next ones asked
// (EntryEscalated). The job is finished also when the case no longer waits. Its error is the
// database's.
func (s *Store) RemindApprovers(ctx context.Context, j moderation.Job, no int64, kind moderation.EntryKind) error {
	column := map[moderation.EntryKind]string{moderation.EntryReminded: "reminded_at", moderation.EntryEscalated: "escalated_at"}[kind]
	if column == "" {
		return fmt.Errorf("case %d: %q is not a reminder", no, kind)
	}
	return s.write(ctx, func(t *tx) error {
		c, _, err := t.takeWaiting(j, no)
		if errors.Is(err, moderation.ErrStale) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.run(`UPDATE approvals SET `+column+` = ? WHERE case_no = ?`, t.now, no); err != nil {
			return err
		}
		if err := t.caseEntry(c, kind, moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorSystem}}); err != nil {
			return err
		}
		return t.caseChanged(c)
	})
}

// SetRoomInfo stores the looked-up rooms of a waiting case, and who of its targets is inside each,
// by the room's key. The job is finished also when the case no longer waits. Its error is the
// database's.
func (s *Store) SetRoomInfo(ctx context.Context, j moderation.Job, no int64, info moderation.RoomInfo, inside map[string]map[string]moderation.Inside) error {
	return s.write(ctx, func(t *tx) error {
		c, _, err := t.takeWaiting(j, no)
		if errors.Is(err, moderation.ErrStale) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.run(`UPDATE approvals SET look = ? WHERE case_no = ?`, asJSON(info), no); err != nil {
			return err
		}
		for room, of := range inside {
			if err := t.setInside(c, room, of); err != nil {
				return err
			}
		}
		return t.caseChanged(c)
	})
}

// SetReason changes a case's reason, and the code of its preset reason, and returns the case as it is then. The earlier reason stays in
// its entries. It returns ErrNotFound when there is no such case.
func (s *Store) SetReason(ctx context.Context, j moderation.Job, no int64, reason, code string, ch moderation.Change, body moderation.Body) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, err := t.finishAndLoad(j, no)
		if err != nil {
			return nil, err
		}
		a := &c.Action
		if c.State == moderation.AwaitingApproval && a.Reason != reason {
			// Earlier approvers saw another reason.
			if err := t.dropApprovals(c, body.Actor, moderation.RefuseChanged, nil); err != nil {
				return nil, err
			}
		}
		body.Before, body.Detail = a.Reason, reason
		if began := c.State == moderation.Open || c.State == moderation.Done; began && a.ReasonSent == nil {
			sent := a.Reason
			a.ReasonSent = &sent
		}
		a.Reason, a.ReasonCode = reason, code
		if err := t.run(`UPDATE cases SET action = ?, reason = ? WHERE no = ?`, asJSON(a), reason, no); err != nil {
			return nil, err
		}
		if err := t.reindexReason(no, body.Before, reason); err != nil {
			return nil, err
		}
		if err := t.change(ch); err != nil {
			return nil, err
		}
		if err := t.caseEntry(c, moderation.EntryReason, body); err != nil {
			return nil, err
		}
		by := moderation.Actor{Kind: moderation.ActorSystem}
		if body.Actor != nil {
			by = *body.Actor
		}
		if err := t.linksIn(c, by, reason, body.Typed); err != nil {
			return nil, err
		}
		return c, t.caseChanged(c)
	})
}

// SetListPosted records that the full list of a waiting case's targets is in its thread. Before
// that, a case that NeedsListInThread can only be approved by people who were shown the whole list.
// Its error is the database's.
func (s *Store) SetListPosted(ctx context.Context, no int64) error {
	return s.write(ctx, func(t *tx) error {
		err := t.run(`UPDATE approvals SET listed_at = ? WHERE case_no = ? AND listed_at = 0`, t.now, no)
		return err
	})
}
