package say

import (
	"slices"

	"bouncer/commands"
	"bouncer/moderation"
)

// DryRun is what a command would do.
type DryRun struct {
	Action   moderation.Action
	Decision moderation.Decision
	Facts    moderation.Facts
	// Proposal is what the ladder of the preset reason proposes; its Step is 0 for none.
	Proposal moderation.Proposal
	// Calls is how many calls of API would be made.
	API   string
	Calls int
}

// DryRun returns the message that says what a command would do: who is meant,
// whether it is allowed and by which rule, who would have to approve, what is
// in force now, and the calls.
func (s *Speaker) DryRun(d DryRun, lang Lang) Message {
	sp := s.in(lang)
	a := d.Action
	lines := []phrase{
		sp.say("dry.title", nil).strong(),
		fields(sp.act(a, titleTargets), sp.relation(a)),
	}
	if n := len(a.Targets); n > titleTargets {
		lines = append(lines, sp.label("label.people", sp.some(a.Targets, cardTargets)).cut(2000))
	}
	lines = append(lines, sp.label("label.reason", suppliedLine(sp.reason(a), cardReason)))
	if d.Proposal.Step > 0 {
		lines = append(lines, sp.proposed(d.Proposal))
	}
	switch n := d.Decision.Requirement; {
	case d.Decision.Refusal != nil:
		lines = append(lines, cat(sp.say("dry.refused", nil), own(sp.gap), sp.why(string(d.Decision.Refusal.Code), d.Decision.Refusal.Values, &a)))
	case n.Required() && d.Decision.Override:
		lines = append(lines, sp.say("dry.alone", vals{"rule": supplied(d.Decision.Rule, 80)}))
	case n.Required():
		lines = append(lines,
			sp.say("dry.needs", vals{"n": n.Approvals, "roles": sp.roles(n.Approvers), "rule": supplied(d.Decision.Rule, 80)}),
			sp.label("label.why", sp.why(string(n.Why), n.Values, &a)))
		if n.ActNow > 0 {
			lines = append(lines, sp.say("dry.actnow", vals{"length": own(sp.length(n.ActNow))}))
		}
	default:
		lines = append(lines, sp.say("dry.allowed", vals{"rule": supplied(d.Decision.Rule, 80)}))
	}
	now := inForce(d.Facts.Existing)
	lines = append(lines, sp.capped(len(now), titleTargets, "dry.more", func(i int) phrase {
		st, who := now[i], sp.say("thread.room", nil)
		if st.Target != "" {
			who = id(st.Target)
		}
		return sp.say("dry.inforce", vals{
			"user": who, "medium": sp.say("medium."+string(st.Medium), nil), "no": st.Case,
			"end": sp.ends(st.Until, "card.until", "unit.perm"),
		})
	})...)
	if d.Decision.Refusal == nil {
		lines = append(lines, sp.say("dry.calls", vals{"n": d.Calls, "api": supplied(d.API, 80)}))
	}
	return sp.answer(level(append(lines, sp.say("dry.nothing", nil)), maxWeight-800)...)
}

// inForce keeps the restrictions in force of what bears on a decision: of each
// target and medium the first is what does.
func inForce(all []moderation.ExistingRestriction) (now []moderation.ExistingRestriction) {
	for _, st := range all {
		same := func(x moderation.ExistingRestriction) bool { return x.Target == st.Target && x.Medium == st.Medium }
		if !st.Ended && !slices.ContainsFunc(now, same) {
			now = append(now, st)
		}
	}
	return now
}

// MistakeText returns the sentence about something that was typed into a modal,
// as Slack shows it beside the input.
func (s *Speaker) MistakeText(m *commands.Mistake, lang Lang) string {
	return clip(s.in(lang).wrong(m).plain(), 150)
}
