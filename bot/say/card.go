package say

import (
	"slices"

	"bouncer/moderation"
)

// How much of a case a card shows before it counts instead.
const (
	titleTargets = 5
	cardTargets  = 20
	cardGroups   = 5
	cardReason   = 1500 // weight
)

// Card returns the message that shows a case, in the channels' language.
func (s *Speaker) Card(v moderation.CaseView) Message {
	sp := s.in(s.cfg.Lang)
	sh := sp.sheet()
	sp.card(sh, v)
	if p := sp.mention(v); len(p) > 0 {
		sh.mention(p)
	}
	return sh.buttons(sp.cardButtons(v, false)...).message()
}

// card writes what a case is and what became of it.
func (s *speech) card(sh *sheet, v moderation.CaseView) {
	c, a := v.Case, v.Case.Action
	title := cat(own(icon(c)+" "), s.say("card.title", vals{"no": c.No, "verb": s.verb(a.Verb)}).strong())
	look := phrase(nil)
	waits := c.State == moderation.AwaitingApproval
	if waits {
		look = s.inside(c)
	}
	lines := []phrase{fields(title, s.rooms(a, titleRooms), s.targets(a.Targets, titleTargets), s.media(a), s.lasts(v), look, s.relation(a))}
	if waits && len(a.Rooms()) > titleRooms {
		lines = append(lines, s.label("label.rooms", s.rooms(a, moderation.MaxRooms)))
	}
	if n := len(a.Targets); n > titleTargets {
		lines = append(lines, s.label("label.people", s.first(s.known(v, cardTargets), n)).cut(2000))
	}
	if waits {
		lines = append(lines, s.roomFaults(c)...)
	}
	lines = append(lines, s.neverSeen(v), s.owner(c), s.label("label.reason", suppliedLine(s.reason(a), cardReason)))
	lines = append(lines, s.requestedBy(c))
	lines = append(append(append(lines, s.request(v)...), s.related(v)...), s.outcome(v)...)
	if n := len(v.Evidence); n > 0 {
		lines = append(lines, s.say("card.evidence", vals{"n": n}))
	}
	lines = append(lines, s.review(c))
	if v.Earlier.Cases > 0 {
		lines = append(lines, s.before(c, v.Earlier))
	}
	lines = append(lines, s.absent(v)...)
	sh.para(lines...)
}

// neverSeen names the targets of whom nothing is known, for it may be a typing
// mistake: Tencent accepts ids that do not exist. Where a room has no list,
// everybody is new at first, and that is no warning.
func (s *speech) neverSeen(v moderation.CaseView) phrase {
	ids := v.NeverSeen()
	if len(ids) == 0 {
		return nil
	}
	key := "card.unseen"
	if len(unlisted(v.Case.Action)) > len(v.Case.Action.MoreRooms) {
		key = "card.unseen.unlisted"
	}
	return s.say(key, vals{"who": s.some(ids, titleTargets)})
}

// absent says, after people were removed from a room, who was not there, or
// that it is unknown.
func (s *speech) absent(v moderation.CaseView) (lines []phrase) {
	a := v.Case.Action
	if spec, _ := a.Verb.Spec(); !spec.RemovesPeople || v.Case.Counts[moderation.Accepted] == 0 {
		return nil
	}
	hidden := unlisted(a)
	switch {
	case len(hidden) > len(a.MoreRooms): // no room has a list
		lines = append(lines, s.say("card.kick.note", nil))
	case len(hidden) > 0:
		lines = append(lines, s.say("card.kick.note.some", vals{"rooms": s.roomList(hidden, titleRooms)}))
	}
	where := pairs(v, v.Absent())
	if !several(a) && len(where) > 0 && len(hidden) == 0 {
		return append(lines, s.say("card.absent", vals{"who": s.some(where[0].ids, titleTargets)}))
	}
	if several(a) {
		lines = append(lines, s.capped(len(where), cardGroups, "status.more", func(i int) phrase {
			return s.say("card.absent.in", vals{"who": s.some(where[i].ids, titleTargets), "rooms": s.roomList(where[i].rooms, titleRooms)})
		})...)
	}
	return lines
}

// unlisted returns the rooms of an action of which Tencent does not say who is inside.
func unlisted(a moderation.Action) []moderation.Room {
	return slices.DeleteFunc(append([]moderation.Room{a.Room}, a.MoreRooms...), func(r moderation.Room) bool {
		return moderation.Supports(moderation.Who, r.Kind).Supported
	})
}

// icon shows the present state of a case, as the first thing one sees of it: a
// question, waiting, running, then how the request ended, or how its effect did,
// or what came of its calls.
func icon(c moderation.Case) string {
	switch c.State {
	case moderation.AwaitingConfirmation:
		return "❓"
	case moderation.AwaitingApproval:
		return "⏳"
	case moderation.Open:
		return "▶️"
	}
	switch {
	case c.Approval.State == moderation.ApprovalDenied:
		return "⛔"
	case notRun(c): // withdrawn or expired
		return "🚫"
	}
	switch c.Ended {
	case endedUndone:
		return "↩️"
	case string(moderation.Superseded):
		return "↪️"
	case "":
	default:
		return "⌛"
	}
	switch moderation.OverallOutcome(c.Counts) {
	case moderation.Accepted:
		if overrideOf(c) != nil {
			return "🔥"
		}
		return "✅"
	case moderation.Pending:
		return "▶️"
	case moderation.Failed:
		if c.Counts[moderation.Accepted] > 0 {
			return "⚠️"
		}
		return "❌"
	case moderation.Unknown:
		return "⚠️"
	case moderation.Superseded:
		return "↪️"
	}
	return "🚫"
}

// notRun reports whether a case ended because it was not approved.
func notRun(c moderation.Case) bool {
	switch c.Approval.State {
	case moderation.ApprovalDenied, moderation.ApprovalWithdrawn, moderation.ApprovalExpired:
		return c.State == moderation.Done
	}
	return false
}

// before sums up earlier cases on the same people.
func (s *speech) before(c moderation.Case, e moderation.EarlierCases) phrase {
	what := s.verb(e.LastVerb)
	if e.LastFor > 0 {
		what = join(" ", what, own(s.length(e.LastFor)))
	}
	return s.say("card.before", vals{
		"cases": s.say("unit.cases", vals{"n": e.Cases}), "no": e.LastNo,
		"what": what, "ago": own(s.ago(c.AskedAt.Sub(e.LastAt))),
	})
}

// requestedBy is who requested a case and when, and what it rests on.
func (s *speech) requestedBy(c moderation.Case) phrase {
	return fields(s.say("card.who", vals{"person": s.person(c.Actor), "at": moment(c.AskedAt)}), s.basis(c))
}

// lasts is how long a case applies, and when that ends or how it ended.
func (s *speech) lasts(v moderation.CaseView) phrase {
	c := v.Case
	length := s.span(c.Action)
	switch {
	case c.Ended == endedUndone:
		return s.undone(v)
	case c.Ended != "":
		return s.clauses(length, s.say("card.ended", vals{"how": s.word("ended.", c.Ended, 40), "at": moment(c.EndedAt)}))
	case ends(c):
		return s.clauses(length, s.say("card.ends", vals{"at": moment(c.Until)}))
	}
	return length
}

const endedUndone = "undone"

// undone is who undid a case, when and why.
func (s *speech) undone(v moderation.CaseView) phrase {
	by, ok := undoneBy(v)
	if !ok {
		return s.say("card.ended", vals{"how": s.say("ended.undone", nil), "at": moment(v.Case.EndedAt)})
	}
	what := s.say("card.undone", vals{"person": s.person(by.Actor), "no": by.No, "at": near(v.Case.EndedAt, v.Case.AskedAt)})
	return s.because(what, by.Reason)
}

// undoneBy returns the case that undid all of another one.
func undoneBy(v moderation.CaseView) (by moderation.Related, ok bool) {
	for _, r := range v.Related {
		if r.Rel == moderation.RelUndo && r.No != v.Case.Action.RelatedCase && r.Outcome == moderation.Accepted {
			by, ok = r, v.Case.Ended == endedUndone
		}
	}
	return by, ok
}

// ends reports whether a case has an end that is still to come: it has none while it
// waits for approval, or when it came to nothing.
func ends(c moderation.Case) bool {
	nothing := c.State == moderation.Done && c.Counts[moderation.Accepted]+c.Counts[moderation.Unknown]+c.Counts[moderation.Pending] == 0
	return !c.Until.IsZero() && !nothing && c.State != moderation.AwaitingApproval
}
