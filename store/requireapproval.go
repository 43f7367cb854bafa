package store

import (
	"context"
	"slices"
	"time"

	"bouncer/moderation"
)

// RequireApproval makes an Open case wait for an approval that the policy now requires: unsent
// targets go back to AwaitingApproval with the decision d (EntryConfirmation), their restrictions
// are taken back, approvals that still count are kept; what may have landed is Unknown. The job is
// finished. When the case is not Open, or a call is in flight, it returns ErrStale and changes
// nothing, also not the job.
func (s *Store) RequireApproval(ctx context.Context, j moderation.Job, no int64, d moderation.Decision, at time.Time, jobs ...moderation.NewJob) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, err := t.finishAndLoad(j, no)
		if err != nil {
			return nil, err
		}
		pending, err := t.targetsWhere(c, `outcome = 'pending'`)
		if err != nil {
			return nil, err
		}
		if c.State != moderation.Open || slices.ContainsFunc(pending, func(g target) bool { return g.callEnds.After(t.clock) }) {
			return c, moderation.ErrStale
		}
		return c, t.requireApproval(c, d, pending, at, jobs)
	})
}

func (t *tx) requireApproval(c *storedCase, d moderation.Decision, pending []target, at time.Time, jobs []moderation.NewJob) error {
	landed, err := t.mayHaveLanded(c)
	if err != nil {
		return err
	}
	unsent, unclear := splitByLanded(pending, landed)
	body := moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Code: moderation.CodeApprovalRequiredNow, Rule: d.Rule, Policy: d.Policy}
	if err := t.drop(c, unclear, moderation.Unknown, moderation.EntryDropped, body); err != nil {
		return err
	}
	if err := t.deleteChunkJobs(c.No); err != nil {
		return err
	}
	if len(unsent) == 0 {
		return t.caseChanged(c)
	}
	if err := t.recordNoEffect(c, unsent); err != nil {
		return err
	}
	for _, g := range unsent { // it gets another end when it runs
		if g.Chunk == 0 {
			continue
		}
		if err := t.run(`DELETE FROM jobs WHERE case_no = ? AND case_no > 0 AND kind = ? AND key = ? AND done_at IS NULL`,
			c.No, string(moderation.JobSync), itoa(c.No)+":"+endKey(g.Seq, millis(c.Until))); err != nil {
			return err
		}
	}
	d.Requirement.ActNow, d.Override, d.Refusal = 0, false, nil
	if err := t.keepValidApprovals(c, d.Requirement); err != nil {
		return err
	}
	if err := t.replaceDecision(c, d); err != nil {
		return err
	}
	c.State, c.Approval.State = moderation.AwaitingApproval, moderation.ApprovalWaiting
	if err := t.createApproval(c, d.Requirement, moderation.SendPlan{At: at}); err != nil {
		return err
	}
	if err := t.queue(c.No, jobs...); err != nil {
		return err
	}
	body.Requirement, body.Detail = &d.Requirement, "asked again"
	if err := t.caseEntry(c, moderation.EntryConfirmation, body); err != nil {
		return err
	}
	return t.caseChanged(c)
}

// keepValidApprovals removes the approvals of a case that do not count for a requirement.
func (t *tx) keepValidApprovals(c *storedCase, n moderation.ApprovalRequirement) error {
	full, err := c.full(t)
	if err != nil {
		return err
	}
	for _, v := range full.Approval.Approvals {
		if hasRole(v.By, slices.Concat(n.Approvers, n.EscalateTo)) {
			continue
		}
		if err := t.dropApprovals(c, &moderation.Actor{Kind: moderation.ActorSystem}, moderation.RefuseNotApprover, &v.By); err != nil {
			return err
		}
	}
	return nil
}
