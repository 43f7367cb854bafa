package say

import (
	"bouncer/commands"
	"bouncer/moderation"
)

// StepDone returns the message to who pressed a button, with the result. v is
// the case as it is after the click; for an undo and another length it is the
// new case.
func (s *Speaker) StepDone(v moderation.CaseView, step string, lang Lang) Message {
	sp := s.in(lang)
	c := v.Case
	row := vals{
		"no": c.No, "what": fields(sp.act(c.Action, titleTargets), sp.relation(c.Action)), "got": len(c.Approval.Approvals), "n": need(c).Approvals,
		"until": sp.expiry(c.Approval.Expires),
	}
	switch step {
	case commands.StepApprove, commands.StepShowAll:
		if c.State == moderation.AwaitingApproval {
			return sp.answer(sp.say("thanks.voted", row))
		}
		return sp.answer(sp.say("thanks.approve", row))
	case commands.StepDeny, commands.StepWithdraw, commands.StepOverride, commands.StepStop:
		return sp.answer(sp.say("thanks."+step, row))
	}
	return s.CaseAnswer(v, lang, "")
}

// staleRequest says who decided about a request, when and how; nil for a case
// that asked for none.
func (s *speech) staleRequest(c moderation.Case) []phrase {
	r := c.Approval
	row := vals{"no": c.No, "person": s.person(r.By), "at": moment(r.DecidedAt), "roles": s.deciders(r), "until": s.expiry(r.Expires)}
	if r.State == "" {
		return nil
	}
	key := "answer.stale." + string(r.State)
	if r.State == moderation.ApprovalApproved || r.State == moderation.ApprovalOverridden {
		o := moderation.OverallOutcome(c.Counts)
		if c.State != moderation.Done || o == moderation.Pending {
			key += ".open"
		} else {
			row["outcome"] = s.say("stale."+string(o), nil)
		}
		if r.State == moderation.ApprovalApproved {
			row["person"] = s.approvers(r)
		}
	}
	lines := []phrase{s.say(key, row)}
	if r.State == moderation.ApprovalDenied {
		lines = append(lines, s.label("label.reason", suppliedLine(r.Reason, 700)))
	}
	return lines
}
