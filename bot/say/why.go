package say

import (
	"strings"

	"bouncer/moderation"
)

// Bounds of what is told of a case's reasons.
const (
	whyRule     = 25 // lines of a rule
	whyVerdicts = 20
	whyCalls    = 20
)

// Why tells why a case ran, or did not: the rule's own lines, what each rule
// said, who asked with which rights, who agreed and when, and every call. rule
// are the lines of the rule as the policy had them; none when they are not kept.
func (s *Speaker) Why(v moderation.CaseView, rule []string, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	c := v.Case
	sh.para(
		fields(cat(own(icon(c)+" "), sp.say("why.title", vals{"no": c.No}).strong()), sp.act(c.Action, titleTargets), sp.relation(c.Action)),
		sp.say("why.asked", vals{"person": sp.auditWho(c, c.Actor, c.Origin)}),
	)
	sh.para(level(sp.whyRule(c, rule), 3200)...)
	sh.para(level(sp.whyAgreed(c), 2600)...)
	sh.para(level(sp.whyCalls(v), 4200)...)
	sh.note(sp.moments(c))
	return sh.message()
}

// whyRule is the rule that decided, in its own words, and what the others said.
func (s *speech) whyRule(c moderation.Case, rule []string) []phrase {
	d := c.Decision
	v := vals{"policy": theirs(short(d.Policy, 7), 7)}
	if name := theirs(d.Rule, 80); len(name) > 0 {
		v["rule"] = name
	}
	var lines []phrase
	if len(rule) == 0 {
		lines = append(lines, s.say("why.rule.lost", v))
	} else {
		lines = append(lines, s.say("why.rule", v))
	}
	for i, text := range rule {
		if i == whyRule {
			lines = append(lines, own("…"))
			break
		}
		if strings.TrimSpace(text) != "" {
			lines = append(lines, command(text, 300))
		}
	}
	if len(d.Verdicts) > 0 {
		lines = append(lines, s.say("why.rules", nil))
	}
	return append(lines, s.capped(len(d.Verdicts), whyVerdicts, "status.more", func(i int) phrase {
		x := d.Verdicts[i]
		return s.say("why.verdict", vals{"rule": theirs(x.Rule, 80), "verdict": s.word("verdict.", x.Verdict, 40), "detail": s.brackets(theirs(x.Detail, 40))})
	})...)
}

// whyAgreed tells what had to be agreed and why, who did so and when.
func (s *speech) whyAgreed(c moderation.Case) []phrase {
	r, n := c.Approval, need(c)
	lines := []phrase{s.say("why.free", nil)}
	if c.Action.Relation == moderation.RelActNow {
		lines = []phrase{s.say("why.ahead", vals{"no": c.Action.RelatedCase})}
	}
	if n.Required() {
		lines = []phrase{s.say("why.need", vals{"n": n.Approvals, "roles": s.roles(n.Approvers)}), s.label("label.why", s.needWhy(c))}
	}
	for _, x := range r.Approvals[:min(len(r.Approvals), 10)] {
		lines = append(lines, s.say("why.vote", vals{"at": dated(x.At, daySecond), "person": s.person(x.By)}))
	}
	if r.State != "" && r.State != moderation.ApprovalWaiting && !r.DecidedAt.IsZero() && r.State != moderation.ApprovalOverridden {
		what := s.say("why.decided", vals{
			"at": dated(r.DecidedAt, daySecond), "how": s.say("approval."+string(r.State), nil),
			"took": own(s.took(max(0, r.DecidedAt.Sub(c.AskedAt)))), "person": s.person(r.By),
		})
		lines = append(lines, s.because(what, r.Reason))
	}
	if g := glass(c); g != nil {
		lines = append(lines, s.because(s.say("why.glass", vals{"at": dated(g.At, daySecond), "person": s.person(g.By)}), g.Reason))
	}
	return lines
}

// whyCalls lists every call: when, what, the answer, the vendor's request id,
// and how long it took.
func (s *speech) whyCalls(v moderation.CaseView) []phrase {
	n := len(v.Calls)
	if n == 0 {
		return []phrase{s.say("why.nocall", nil)}
	}
	rows := s.capped(n, whyCalls, "why.call.more", func(i int) phrase { return s.whyCall(v.Calls[i]) })
	return append([]phrase{s.say("why.calls", vals{"n": n})}, rows...)
}

func (s *speech) whyCall(k moderation.Call) phrase {
	outcome := s.say("thread.wait", nil)
	var reqid, took phrase
	if !k.Answered.IsZero() {
		b := known(k)
		outcome, reqid, took = s.answered(b), s.reqid(b), s.tookMS(b)
	}
	line := s.say("why.call", vals{"at": dated(k.At, daySecond), "api": join(" ", theirs(k.API, 80), s.purpose(k.Purpose)), "outcome": outcome})
	return s.clauses(line, reqid, s.part(k.Chunk), s.say("thread.attempt", vals{"n": max(1, k.Attempt)}), took)
}
