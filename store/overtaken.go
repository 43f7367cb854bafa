package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"bouncer/moderation"
)

// overtaken refuses to run a case that would make somebody freer than another
// one does that took effect since this one was decided, and needed a leave that
// this one does not have. An undo and an extension are about one case
// and leave what newer ones do to them.
func (t *tx) overtaken(c *caseRow, full moderation.Case, leave func(moderation.Need) bool) error {
	if moves, _ := c.moves(); !moves || c.rel != "" {
		return nil
	}
	stands, _, err := standsOn(t, c.app, t.clock, full.Action)
	if err != nil {
		return err
	}
	for _, s := range stands {
		if s.Case != c.no && s.At.UnixMilli() >= c.openAt && s.Action.Rel != moderation.RelActNow && s.Need.Asks() && s.Freer(full.Action, moment(t.now)) && !leave(s.Need) {
			return moderation.NewError(moderation.RefuseOvertaken, "case", itoa(c.no), "other", itoa(s.Case))
		}
	}
	return nil
}

// agreed reports whether votes are what a need asks for.
func agreed(n moderation.Need, votes []moderation.Vote) bool {
	got := 0
	for _, v := range votes {
		if holds(v.By, slices.Concat(n.Approvers, n.EscalateTo)) {
			got++
		}
	}
	return got >= n.Approvals
}

// holds reports whether somebody held one of the roles; no roles are anybody's.
func holds(by moderation.Actor, roles []string) bool {
	return len(roles) == 0 || slices.ContainsFunc(by.Roles, func(r string) bool { return slices.Contains(roles, r) })
}

// weighed decides a case anew that nobody has agreed to yet: minutes have passed
// since it was asked, in which others were bound and people were acted on.
func (t *tx) weighed(c *caseRow, w moderation.Weighing) error {
	full, err := c.full(t)
	if err != nil {
		return err
	}
	switch {
	case c.approval == moderation.ApprovalApproved:
		return t.overtaken(c, full, func(n moderation.Need) bool { return agreed(n, full.Approval.Votes) })
	case c.approval == moderation.ApprovalGlass && full.Glass != nil:
		return t.overtaken(c, full, func(n moderation.Need) bool { return holds(full.Glass.By, n.Glass) })
	case w.Judge == nil:
		return nil
	}
	facts, err := t.facts(full.Actor, full.Action, w.Lookback)
	if err != nil {
		return err
	}
	d := w.Judge(facts)
	if !d.Allowed {
		return &moderation.Refused{Decision: d}
	}
	d.Need.ActNow = 0 // it is late for that
	raw, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("a decision that cannot be kept: %w", err)
	}
	c.decision = string(raw)
	if d.Need.Why != moderation.NeedBrake {
		return nil
	}
	return t.braked(full.Actor, c.no, d.Need.Why, d.Need.Values, c.auditChannel)
}
