package say

import (
	"slices"
	"strings"
	"time"

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
func (s *Speaker) Why(v moderation.View, rule []string, lang Lang) Message {
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
	for i, x := range d.Verdicts {
		if i == whyVerdicts {
			lines = append(lines, s.say("status.more", vals{"n": len(d.Verdicts) - i}))
			break
		}
		word := theirs(x.Verdict, 40)
		if key := "verdict." + x.Verdict; s.has(key) {
			word = s.say(key, nil)
		}
		lines = append(lines, s.say("why.verdict", vals{"rule": theirs(x.Rule, 80), "verdict": word, "detail": s.brackets(theirs(x.Detail, 40))}))
	}
	return lines
}

// whyAgreed tells what had to be agreed and why, who did so and when.
func (s *speech) whyAgreed(c moderation.Case) []phrase {
	r, n := c.Approval, need(c)
	lines := []phrase{s.say("why.free", nil)}
	if c.Action.Rel == moderation.RelActNow {
		lines = []phrase{s.say("why.ahead", vals{"no": c.Action.Of})}
	}
	if n.Asks() {
		lines = []phrase{s.say("why.need", vals{"n": n.Approvals, "roles": s.roles(n.Approvers)}), s.label("label.why", s.needWhy(c))}
	}
	for _, x := range r.Votes[:min(len(r.Votes), 10)] {
		lines = append(lines, s.say("why.vote", vals{"at": own(utc(x.At, layoutMilli)), "person": s.person(x.By)}))
	}
	if r.State != "" && r.State != moderation.ApprovalWaiting && !r.DecidedAt.IsZero() && r.State != moderation.ApprovalGlass {
		what := s.say("why.decided", vals{
			"at": own(utc(r.DecidedAt, layoutMilli)), "how": s.say("approval."+string(r.State), nil),
			"took": own(s.took(max(0, r.DecidedAt.Sub(c.AskedAt)))), "person": s.person(r.By),
		})
		lines = append(lines, s.because(what, r.Reason))
	}
	if g := glass(c); g != nil {
		lines = append(lines, s.because(s.say("why.glass", vals{"at": own(utc(g.At, layoutMilli)), "person": s.person(g.By)}), g.Reason))
	}
	return lines
}

// whyCalls lists every call: when, what, the answer, the vendor's request id,
// and how long it took.
func (s *speech) whyCalls(v moderation.View) []phrase {
	calls := slices.Clone(v.Calls)
	if len(calls) == 0 {
		return []phrase{s.say("why.nocall", nil)}
	}
	lines := []phrase{s.say("why.calls", vals{"n": len(calls)})}
	for i, k := range calls {
		if i == whyCalls {
			lines = append(lines, s.say("why.call.more", vals{"n": len(calls) - i}))
			break
		}
		lines = append(lines, s.whyCall(k))
	}
	return lines
}

func (s *speech) whyCall(k moderation.Call) phrase {
	outcome := s.say("thread.wait", nil)
	b := moderation.Body{}
	var took phrase
	if !k.Answered.IsZero() {
		b = moderation.Body{Outcome: string(k.Outcome), Vendor: &moderation.VendorWords{Code: k.Code, Message: k.Message, RequestID: k.RequestID}}
		outcome, took = s.answered(b), s.say("thread.ms", vals{"n": int(k.Answered.Sub(k.At) / time.Millisecond)})
	}
	api := theirs(k.API, 80)
	if key := "purpose." + string(k.Purpose); k.Purpose != moderation.Act && s.has(key) {
		api = join(" ", api, cat(own("("), s.say(key, nil), own(")")))
	}
	part := phrase(nil)
	if k.Chunk > 1 {
		part = s.say("thread.part", vals{"n": k.Chunk})
	}
	line := s.say("why.call", vals{"at": own(utc(k.At, layoutMilli)), "api": api, "outcome": outcome})
	return s.clauses(line, s.reqid(b), part, s.say("thread.attempt", vals{"n": max(1, k.Attempt)}), took)
}
