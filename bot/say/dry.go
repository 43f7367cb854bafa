package say

import (
	"encoding/json"
	"slices"

	"bouncer/commands"
	"bouncer/moderation"
)

// Dry is what a command would do.
type Dry struct {
	Action   moderation.Action
	Decision moderation.Decision
	Facts    moderation.Facts
	// Calls are the first that would go out, All how many.
	Calls []DryCall
	All   int
}

// DryCall is one call that would go out.
type DryCall struct {
	API     string
	Request json.RawMessage
}

// DryRun tells what a command would do: who is meant, whether it is allowed and
// by which rule, who would have to agree, what stands now, and the calls.
func (s *Speaker) DryRun(d Dry, lang Lang) Message {
	sp := s.in(lang)
	a := d.Action
	lines := []phrase{
		sp.say("dry.title", nil).strong(),
		fields(sp.act(a, titleTargets), sp.relation(a)),
	}
	if n := len(a.Targets); n > titleTargets {
		lines = append(lines, sp.label("label.people", sp.some(a.Targets, cardTargets)).cut(2000))
	}
	lines = append(lines, sp.label("label.reason", line(a.Reason, cardReason)))
	switch n := d.Decision.Need; {
	case d.Decision.Refusal != nil:
		lines = append(lines, cat(sp.say("dry.refused", nil), own(sp.gap()), sp.why(string(d.Decision.Refusal.Code), d.Decision.Refusal.Values, &a)))
	case n.Asks() && d.Decision.Alone:
		lines = append(lines, sp.say("dry.alone", vals{"rule": theirs(d.Decision.Rule, 80)}))
	case n.Asks():
		lines = append(lines,
			sp.say("dry.needs", vals{"n": n.Approvals, "roles": sp.roles(n.Approvers), "rule": theirs(d.Decision.Rule, 80)}),
			sp.label("label.why", sp.why(string(n.Why), n.Values, &a)))
		if n.ActNow > 0 {
			lines = append(lines, sp.say("dry.actnow", vals{"length": own(sp.length(n.ActNow))}))
		}
	default:
		lines = append(lines, sp.say("dry.allowed", vals{"rule": theirs(d.Decision.Rule, 80)}))
	}
	now := inForce(d.Facts.Stands)
	for i, st := range now {
		if i == titleTargets {
			lines = append(lines, sp.say("dry.more", vals{"n": len(now) - i}))
			break
		}
		until := sp.say("unit.perm", nil)
		if !st.Until.IsZero() {
			until = moment(st.Until)
		}
		who := sp.say("thread.room", nil)
		if st.Target != "" {
			who = id(st.Target)
		}
		lines = append(lines, sp.say("dry.stands", vals{"user": who, "medium": sp.say("medium."+string(st.Medium), nil), "no": st.Case, "until": until}))
	}
	if d.Decision.Refusal == nil {
		lines = append(lines, sp.say("dry.calls", vals{"n": d.All}))
		for _, c := range d.Calls {
			lines = append(lines, join(" ", theirs(c.API, 80), theirs(compact(c.Request), 400)))
		}
		if n := d.All - len(d.Calls); n > 0 {
			lines = append(lines, sp.say("dry.more.calls", vals{"n": n}))
		}
	}
	return sp.answer(level(append(lines, sp.say("dry.nothing", nil)), maxWeight-800)...)
}

// inForce leaves of what bears on a decision what restricts somebody now: of each
// target and medium the first is what does.
func inForce(all []moderation.Stand) (now []moderation.Stand) {
	for _, st := range all {
		same := func(x moderation.Stand) bool { return x.Target == st.Target && x.Medium == st.Medium }
		if !st.Over && !slices.ContainsFunc(now, same) {
			now = append(now, st)
		}
	}
	return now
}

// MistakeText is the sentence about something that was typed into a modal, as
// Slack shows it beside the input.
func (s *Speaker) MistakeText(m *commands.Mistake, lang Lang) string {
	return clip(s.in(lang).wrong(m).plain(), 150)
}

// NoModal tells that a modal could not be shown.
func (s *Speaker) NoModal(lang Lang) Message { return s.plainly("answer.nomodal", lang) }

// dryRows are read in answers to dry runs.
func dryRows() map[string]sentence {
	return map[string]sentence{
		"dry.title":        {"Dry run: nothing was sent", "试运行：没有发送任何内容"},
		"dry.refused":      {"It would be refused.", "将会被拒绝。"},
		"dry.allowed":      {"It would run at once: rule {rule}, no approval needed.", "会立即执行：规则 {rule}，无需审批。"},
		"dry.needs":        {"It would wait for {n} of {roles}: rule {rule}.", "需要 {roles} 中 {n} 人批准：规则 {rule}。"},
		"dry.alone":        {"It would run alone, without the approval that rule {rule} asks for, and be reviewed afterwards.", "会不经规则 {rule} 要求的审批单独执行，并在事后复核。"},
		"dry.actnow":       {"Until then it would run for {length} at once.", "在批准之前会先立即执行 {length}。"},
		"dry.stands":       {"Stands now: {user}, {medium}, #{no}, until {until}", "目前生效：{user}，{medium}，#{no}，截止 {until}"},
		"dry.more":         {"and {n} more that stand now", "另有 {n} 项目前生效"},
		"dry.calls":        {"{n} calls would go out:", "将发出 {n} 次调用：", "1 call would go out:"},
		"dry.more.calls":   {"and {n} more calls of the same kind", "另有 {n} 次同类调用", "and 1 more call of the same kind"},
		"dry.nothing":      {"To do it, type the command without dry-run.", "要实际执行，请去掉 dry-run 再输入。"},
		"answer.nomodal":   {"The window could not be opened, so nothing changed. Press the button again.", "窗口未能打开，没有任何变更。请再点一次按钮。"},
		"code.not-listed":  {"The people of #{case} are still being put into its thread, and nobody can agree before they can be read there. Press again in a moment.", "#{case} 的名单还在发送到讨论串，名单可读之前不能批准。请稍后再点。"},
		"code.not-in-case": {"“{user}” is not one of the people of #{case}. Nothing was done. A reason for all of them stands behind “all”: undo {case} all REASON.", "“{user}”不在 #{case} 中。没有执行任何操作。要为全部撤销写理由，请写在 all 之后：undo {case} all 理由。"},
	}
}
