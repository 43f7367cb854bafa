package say

import (
	"encoding/json"
	"strconv"
	"strings"

	"bouncer/commands"
	"bouncer/moderation"
)

// Bounds of what Why shows.
const (
	whyRule     = 25 // lines of a rule
	whyVerdicts = 20
	whyCalls    = 20
)

// Why returns the message that says why a case ran, or did not: the rule's own lines, what each
// rule said, who requested it with which rights, who approved when, and every call. rule are the
// lines of the rule as the policy had them; none when they are not kept.
func (s *Speaker) Why(v moderation.CaseView, rule []string, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	c := v.Case
	sh.para(
		fields(cat(own(icon(c)+" "), sp.say("why.title", vals{"no": c.No}).strong()), sp.summary(v)),
		sp.say("why.asked", vals{"person": sp.whyAsked(v)}),
	)
	sh.para(level(sp.whyRecord(v), 3000)...)
	sh.para(level(sp.whyRule(c, rule), 3200)...)
	sh.para(level(sp.whyAgreed(c), 2600)...)
	sh.para(level(sp.whyCalls(v), 3600)...)
	return sh.message()
}

// whyAsked is the person as Slack described them when it was decided, and where the
// request came from.
func (s *speech) whyAsked(v moderation.CaseView) phrase {
	c := v.Case
	a, o := c.Actor, c.Origin
	team, when, where, bot := phrase(nil), phrase(nil), phrase(nil), phrase(nil)
	if a.Team != "" {
		team = s.say("thread.team", vals{"team": supplied(a.Team, 40)})
	}
	if !a.ReadAt.IsZero() && !c.OpenAt.IsZero() {
		when = s.say("thread.read", vals{"ago": own(s.length(max(0, c.OpenAt.Sub(a.ReadAt))))})
	}
	if o.Channel != "" {
		where = s.say("thread.in", vals{"channel": channelOf(o.Channel)})
	}
	if o.Bot != "" {
		bot = s.say("thread.bot", vals{"version": supplied(o.Bot, 40)})
	}
	return fields(s.clauses(s.person(a), s.roleOf(a, v.GroupHandles), s.source(o)), dated(c.AskedAt, daySecond), team, when, where, bot)
}

// whyRecord is what was typed, exactly what it became, and where that is in the log.
func (s *speech) whyRecord(v moderation.CaseView) []phrase {
	c, app := v.Case, phrase(nil)
	if c.App != 0 {
		app = s.say("thread.app", vals{"app": own(strconv.FormatUint(uint64(c.App), 10))})
	}
	lines := []phrase{
		s.label("label.typed", exactText(commands.PlainText(c.Typed), 1200)),
		s.label("label.meant", s.clauses(s.meant(c.Action), app)),
	}
	if !v.LogPruned.IsZero() {
		lines = append(lines, s.say("why.pruned", vals{"at": dated(v.LogPruned, daySecond)}))
	}
	if len(v.Entries) > 0 {
		lines = append(lines, s.sealed(v.Entries))
	}
	return lines
}

// whyRule is the rule that decided, in its own words, and what the others said.
func (s *speech) whyRule(c moderation.Case, rule []string) []phrase {
	d := c.Decision
	v := vals{"policy": supplied(short(d.Policy, 7), 7)}
	if name := supplied(d.Rule, 80); len(name) > 0 {
		v["rule"] = name
	}
	var lines []phrase
	if d.Room != "" {
		lines = append(lines, s.say("why.room", vals{"room": roomKey(d.Room)}))
	}
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
		return s.say("why.verdict", vals{"rule": supplied(x.Rule, 80), "verdict": s.word("verdict.", x.Verdict, 40), "detail": s.brackets(supplied(x.Detail, 40))})
	})...)
}

// whyAgreed says what needed approval and why, who approved and when.
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
	if g := overrideOf(c); g != nil {
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
	rows := s.capped(n, whyCalls, "why.call.more", func(i int) phrase { return s.whyCall(v, v.Calls[i]) })
	return append([]phrase{s.say("why.calls", vals{"n": n})}, rows...)
}

func (s *speech) whyCall(v moderation.CaseView, k moderation.Call) phrase {
	outcome := s.say("thread.wait", nil)
	var reqid, took phrase
	if !k.Answered.IsZero() {
		b := known(k)
		outcome, reqid, took = s.answered(b), s.reqid(b), s.tookMS(b)
	}
	row := s.say("why.call", vals{"at": dated(k.At, daySecond), "api": join(s.gap, join(" ", supplied(k.API, 80), s.purpose(k.Purpose)), s.atChunk(v, "", k.Chunk)), "outcome": outcome})
	row = s.clauses(row, reqid, s.part(v, k.Chunk), s.attempt(k.Attempt), took)
	if k.Request == "" {
		return row
	}
	return join(" ", row, command(compact(json.RawMessage(k.Request)), 500))
}

// meant is the action as parsed, exact: ids quoted, the duration in seconds.
func (s *speech) meant(a moderation.Action) phrase {
	ids := make([]string, 0, threadTargets)
	for _, x := range a.Targets[:min(len(a.Targets), threadTargets)] {
		ids = append(ids, `"`+strings.ReplaceAll(clean(x, exact), `"`, `\"`)+`"`)
	}
	who := phrase(nil)
	if len(ids) > 0 {
		text := "[" + strings.Join(ids, ", ")
		if len(a.Targets) > len(ids) {
			text += ", …"
		}
		who = phrase{{kind: userText, text: clip(text, 900) + "]"}}
		if len(a.Targets) > len(ids) {
			who = join(" ", who, cat(own("("), s.people(len(a.Targets)), own(")")))
		}
	}
	length := s.span(a)
	if a.Duration > 0 && !a.Permanent {
		length = s.say("unit.exact", vals{"n": int(a.Duration.Seconds())})
	}
	return join(" ", own(string(verbWord(a.Verb))), s.roomKeys(a), who, s.media(a), length)
}

// verbWord is the verb as it is typed, the same in all languages.
func verbWord(v moderation.Verb) moderation.Verb {
	if _, ok := v.Spec(); ok {
		return v
	}
	return "?"
}
