package store

import (
	"slices"

	"bouncer/moderation"
)

// checkSuperseded refuses to run a case that would lift or shorten a restriction which took effect
// since this case was decided, and needed an approval that this one does not have. An undo and an
// extension concern one case and do not affect newer ones.
func (t *tx) checkSuperseded(c *storedCase, full moderation.Case, leave func(moderation.ApprovalRequirement) bool) error {
	if moves, _ := c.moves(); !moves || c.Action.Relation != "" {
		return nil
	}
	existing, _, err := existingRestrictions(t, t.s.app, t.clock, full.Action)
	if err != nil {
		return err
	}
	for _, s := range existing {
		if s.Case != c.No && !s.At.Before(c.OpenAt) && s.Action.Relation != moderation.RelActNow && s.Requirement.Required() && s.LiftedOrShortenedBy(full.Action, moment(t.now)) && !leave(s.Requirement) {
			return moderation.NewError(moderation.RefuseSuperseded, "case", itoa(c.No), "other", itoa(s.Case))
		}
	}
	return nil
}

// isSufficient reports whether approvals satisfy a requirement.
func isSufficient(n moderation.ApprovalRequirement, votes []moderation.Approval) bool {
	got := 0
	for _, v := range votes {
		if hasRole(v.By, slices.Concat(n.Approvers, n.EscalateTo)) {
			got++
		}
	}
	return got >= n.Approvals
}

// hasRole reports whether a person had one of the roles; an empty list means any.
func hasRole(by moderation.Actor, roles []string) bool {
	return len(roles) == 0 || slices.ContainsFunc(by.Roles, func(r string) bool { return slices.Contains(roles, r) })
}

// reevaluate decides a case again that was confirmed late, or tried again: minutes have passed, in
// which others were restricted and people were acted on. It is decided like a new request; its
// earlier approval no longer counts.
func (t *tx) reevaluate(c *storedCase, cf moderation.Confirmation) error {
	full, err := c.full(t)
	if err != nil {
		return err
	}
	if err := sameRoom(full, cf.RoomInfo); err != nil {
		return err
	}
	if cf.Evaluate == nil {
		switch {
		case c.Approval.State == moderation.ApprovalApproved:
			return t.checkSuperseded(c, full, func(n moderation.ApprovalRequirement) bool { return isSufficient(n, full.Approval.Approvals) })
		case c.Approval.State == moderation.ApprovalOverridden && full.Override != nil:
			return t.checkSuperseded(c, full, func(n moderation.ApprovalRequirement) bool { return hasRole(full.Override.By, n.OverrideRoles) })
		}
		return nil
	}
	facts, err := t.facts(full.Actor, full.Action, cf.Lookback)
	if err != nil {
		return err
	}
	d := cf.Evaluate(facts)
	if !d.Allowed {
		return &moderation.RefusedError{Decision: d}
	}
	d.Requirement.ActNow = 0 // too late for an act-now
	if err := t.dropApprovals(c, &moderation.Actor{Kind: moderation.ActorSystem}, moderation.RefuseChanged, nil); err != nil {
		return err
	}
	c.Override = nil
	if err := t.run(`UPDATE cases SET glass = '' WHERE no = ?`, c.No); err != nil {
		return err
	}
	if err := t.replaceDecision(c, d); err != nil || d.Requirement.Why != moderation.RequireForLimit {
		return err
	}
	return t.recordLimitReached(full.Actor, c.No, d.Requirement.Why, d.Requirement.Values, c.auditChannel)
}

// replaceDecision stores a new decision of a case, in place of the old one with its approval.
func (t *tx) replaceDecision(c *storedCase, d moderation.Decision) error {
	c.Decision, c.Approval = d, moderation.ApprovalRequest{}
	if err := t.run(`UPDATE cases SET decision = ? WHERE no = ?`, asJSON(d), c.No); err != nil {
		return err
	}
	err := t.run(`DELETE FROM approvals WHERE case_no = ?`, c.No)
	return err
}
