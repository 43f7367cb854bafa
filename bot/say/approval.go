package say

import (
	"slices"
	"time"

	"bouncer/moderation"
)

// need is what a case needed: its request's, or what it was decided under.
func need(c moderation.Case) moderation.ApprovalRequirement {
	if c.Approval.Requirement.Required() {
		return c.Approval.Requirement
	}
	return c.Decision.Requirement
}

// roles names roles as people write them. They are words of the policy and
// do not mention anybody.
func (s *speech) roles(names []string) phrase {
	return s.few(len(names), 6, func(i int) phrase {
		return phrase{{kind: userText, text: clip("@"+clean(names[i], prose), 60)}}
	})
}

// deciders are the roles that may decide now: those that the policy names, and
// the next ones once they were asked.
func (s *speech) deciders(r moderation.ApprovalRequest) phrase {
	names := slices.Clone(r.Requirement.Approvers)
	if !r.Escalated.IsZero() {
		for _, x := range r.Requirement.EscalateTo {
			if !slices.Contains(names, x) {
				names = append(names, x)
			}
		}
	}
	return s.roles(names)
}

// basis is what a case rests on: its rule, and who approved.
func (s *speech) basis(c moderation.Case) phrase {
	v := vals{"n": need(c).Approvals, "roles": s.deciders(c.Approval), "by": s.deadline(c), "at": near(c.Approval.DecidedAt, c.AskedAt)}
	if rule := supplied(c.Decision.Rule, 80); len(rule) > 0 {
		v["rule"] = rule
	}
	switch c.Approval.State {
	case moderation.ApprovalWaiting:
		return s.say("card.needs", v)
	case moderation.ApprovalApproved:
		v["list"] = s.approvers(c.Approval)
		return s.say("card.rule.approved", v)
	case moderation.ApprovalDenied, moderation.ApprovalWithdrawn, moderation.ApprovalExpired:
		return s.say("card.rule.asks", v)
	}
	switch {
	case c.Approval.State == moderation.ApprovalOverridden || c.Override != nil:
		return s.say("card.rule.alone", v)
	case c.Decision.Rule == "":
		return nil
	case c.Action.Relation == moderation.RelActNow:
		return s.say("card.rule.ahead", v)
	case need(c).Required():
		return s.say("card.rule.asks", v)
	}
	return s.say("card.rule", v)
}

// deadline is by when a request must be decided, as a clause.
func (s *speech) deadline(c moderation.Case) phrase {
	if c.Approval.Expires.IsZero() {
		return nil
	}
	return s.say("card.by", vals{"at": near(c.Approval.Expires, c.AskedAt)})
}

// approvers names everybody who approved.
func (s *speech) approvers(r moderation.ApprovalRequest) phrase {
	if len(r.Approvals) == 0 && r.By.User != "" {
		return s.person(r.By)
	}
	return s.few(len(r.Approvals), 6, func(i int) phrase { return s.person(r.Approvals[i].By) })
}

// request is the state of a case's request for approval.
func (s *speech) request(v moderation.CaseView) []phrase {
	c, r := v.Case, v.Case.Approval
	person := vals{"person": s.person(r.By), "at": near(r.DecidedAt, c.AskedAt)}
	switch r.State {
	case moderation.ApprovalWaiting:
		lines := []phrase{s.label("label.why", s.needWhy(c))}
		if n := len(r.Approvals); n > 0 {
			lines = append(lines, s.say("card.votes", vals{"got": n, "n": r.Requirement.Approvals, "list": s.approvers(r)}))
		}
		return lines
	case moderation.ApprovalDenied:
		return []phrase{s.because(s.say("decided.denied", person), r.Reason)}
	case moderation.ApprovalWithdrawn:
		return []phrase{s.because(s.say("decided.withdrawn", person), r.Reason)}
	case moderation.ApprovalExpired:
		return []phrase{s.say("decided.expired", person)}
	}
	if g := overrideOf(c); g != nil {
		return []phrase{s.because(s.say("decided.glass.at", vals{"person": s.person(g.By), "at": near(g.At, c.AskedAt)}).strong(), g.Reason)}
	}
	return nil
}

// overrideOf returns who ran a case without approval; nil for none.
func overrideOf(c moderation.Case) *moderation.Override {
	if c.Override == nil && c.Approval.State == moderation.ApprovalOverridden {
		return &moderation.Override{By: c.Approval.By, Reason: c.Approval.Reason, At: c.Approval.DecidedAt}
	}
	return c.Override
}

// needWhy says why a case needs approval.
func (s *speech) needWhy(c moderation.Case) phrase {
	n := need(c)
	if n.Why == "" {
		return nil
	}
	return s.why(string(n.Why), n.Values, &c.Action)
}

// because puts a reason behind a sentence.
func (s *speech) because(what phrase, reason string) phrase {
	given := suppliedLine(reason, 700)
	if len(given) == 0 {
		return what
	}
	return cat(what, own(s.colon), given)
}

// review says whether a case was reviewed, or must be.
func (s *speech) review(c moderation.Case) phrase {
	r := c.Review
	person := vals{"person": s.person(r.By)}
	switch r.State {
	case moderation.ReviewPending:
		if r.Why == moderation.ReviewOverride {
			return s.say("review.due.glass", nil)
		}
		return s.say("review.due", nil)
	case moderation.ReviewFlagged:
		return s.because(cat(own("🚩 "), s.say("review.flagged", person)), r.Note)
	case moderation.ReviewReviewed:
		return s.say("review.reviewed", person)
	}
	return nil
}

// expiry is until when a request can be decided, as a clause.
func (s *speech) expiry(t time.Time) phrase { return s.ends(t, "until.clause", "") }
