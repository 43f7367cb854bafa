package say

import (
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
	lines := append([]phrase{sp.say("dry.title", nil).strong()}, sp.wouldDo(d)...)
	if d.Decision.Refusal == nil {
		lines = append(lines, sp.say("dry.calls", vals{"n": d.Calls, "api": supplied(d.API, 80)}))
	}
	return sp.answer(level(append(lines, sp.say("dry.nothing", nil)), maxWeight-800)...)
}

// wouldDo says whom a command would reach, by which rule, whose approval it would need, and what is
// in force now.
func (s *speech) wouldDo(d DryRun) []phrase {
	a := d.Action
	lines := []phrase{fields(s.act(a, titleTargets), s.relation(a))}
	if len(a.Rooms()) > titleRooms {
		lines = append(lines, s.label("label.rooms", s.rooms(a, moderation.MaxRooms)))
	}
	if n := len(a.Targets); n > titleTargets {
		lines = append(lines, s.label("label.people", s.some(a.Targets, cardTargets)).cut(2000))
	}
	lines = append(lines, s.label("label.reason", suppliedLine(s.reason(a), cardReason)))
	if d.Proposal.Step > 0 {
		lines = append(lines, s.proposed(d.Proposal, "ladder.line"))
	}
	switch n := d.Decision.Requirement; {
	case d.Decision.Refusal != nil:
		lines = append(lines, cat(s.say("dry.refused", nil), own(s.gap), s.why(string(d.Decision.Refusal.Code), d.Decision.Refusal.Values, &a)))
	case n.Required() && d.Decision.Override:
		lines = append(lines, s.say("dry.alone", vals{"rule": supplied(d.Decision.Rule, 80)}))
	case n.Required():
		lines = append(lines,
			s.say("dry.needs", vals{"n": n.Approvals, "roles": s.roles(n.Approvers), "rule": supplied(d.Decision.Rule, 80)}),
			s.label("label.why", s.why(string(n.Why), n.Values, &a)))
		if n.ActNow > 0 {
			lines = append(lines, s.say("dry.actnow", vals{"length": own(s.length(n.ActNow))}))
		}
	default:
		lines = append(lines, s.say("dry.allowed", vals{"rule": supplied(d.Decision.Rule, 80)}))
	}
	now := inForce(d.Facts.Existing)
	return append(lines, s.capped(len(now), titleTargets, "dry.more", func(i int) phrase {
		st := now[i]
		who := s.restrictedIn(a, st.Room, []string{st.Target})
		return s.say("dry.inforce", vals{
			"user": who, "medium": s.say("medium."+string(st.Medium), nil), "no": st.Case,
			"end": s.ends(st.Until, "card.until", "unit.perm"),
		})
	})...)
}

// restrictedIn names who is restricted in a room, which is named where an action has several.
func (s *speech) restrictedIn(a moderation.Action, room moderation.Room, ids []string) phrase {
	if several(a) && len(ids) == 1 && ids[0] == "" {
		return s.room(a.RoomOf(room.String()))
	}
	return join(s.gap, s.some(ids, 3), s.at(a, room.String()))
}

// inForce keeps the restrictions in force of what bears on a decision: of each
// room, target and medium the first is what does.
func inForce(all []moderation.ExistingRestriction) (now []moderation.ExistingRestriction) {
	type key struct {
		room   moderation.Room
		target string
		medium moderation.Medium
	}
	seen := make(map[key]bool, len(all))
	for _, st := range all {
		if at := (key{moderation.Room{Kind: st.Room.Kind, ID: st.Room.ID}, st.Target, st.Medium}); !st.Ended && !seen[at] {
			seen[at] = true
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

// FieldText is MistakeText for a field of the form, where people choose and need not type.
func (s *Speaker) FieldText(m *commands.Mistake, lang Lang) string {
	sp := s.in(lang)
	if key := "field." + string(m.Code); sp.has(key) {
		return clip(sp.say(key, nil).plain(), 150)
	}
	return s.MistakeText(m, lang)
}
