package say

import (
	"strconv"

	"bouncer/moderation"
)

// glassLine is a case that one person ran alone: loud, with who did it and his
// reason, until somebody else has reviewed it.
func (s *speech) glassLine(c moderation.Case, g moderation.Glass, counts, call, tail phrase, f fold) phrase {
	a := c.Action
	asker := phrase(nil)
	if !c.Actor.Same(g.By) {
		asker = s.say("card.who", vals{"person": s.personIn(c.Actor, f.name)})
	}
	seen := s.say("line.unreviewed", nil)
	switch c.Review.State {
	case moderation.ReviewReviewed:
		seen = s.say("review.reviewed", vals{"person": s.personIn(c.Review.By, f.name)})
	case moderation.ReviewFlagged:
		seen = s.say("review.flagged", vals{"person": s.personIn(c.Review.By, f.name)})
	}
	return s.aloneLine(c.No, a, g, []phrase{counts, seen, asker, call}, tail, f)
}

// aloneLine begins with what ran, who ran it alone and why.
func (s *speech) aloneLine(no int64, a moderation.Action, g moderation.Glass, more []phrase, tail phrase, f fold) phrase {
	head := join(" ", own("🔥"), s.say("line.case", vals{"no": no, "what": s.verb(a.Verb)}), s.media(a), s.span(a))
	parts := []phrase{
		s.room(moderation.Room{Kind: a.Room.Kind, ID: a.Room.ID}), s.targets(a.Targets, f.targets),
		s.say("decided.glass", vals{"person": s.personIn(g.By, f.name)}), theirs(g.Reason, f.reason),
	}
	if a.Reason != "" && a.Reason != g.Reason {
		parts = append(parts, s.label("label.reason", theirs(a.Reason, f.reason)))
	}
	return squeeze(f.weight, head, append(parts, more...), 2, tail)
}

// reviewCall mentions those who can review what was run alone; its message is
// posted once, and a mention in a changed one pushes nothing again.
func (s *speech) reviewCall(no int64, ids []string) phrase {
	who := s.called(ids)
	if len(who) == 0 {
		return nil
	}
	return s.say("line.call.review", vals{"list": who, "no": no})
}

// entryIcons stand before entries that the audit channel must not overlook.
var entryIcons = map[moderation.EntryKind]string{moderation.EntryErased: "🧽"}

// otherLine is an entry without a form of its own: its kind, whom it is about,
// who did it, what it says.
func (s *speech) otherLine(it LineItem, who, act, detail, tail phrase, f fold) phrase {
	b, icon := it.Body, phrase(nil)
	if it.Kind == moderation.EntryGlass && b.Actor != nil && b.Action != nil {
		call := phrase(nil)
		if b.Need != nil {
			call = s.reviewCall(it.Case, b.Need.Mention)
		}
		return s.aloneLine(it.Case, *b.Action, moderation.Glass{By: *b.Actor, Reason: b.Detail}, []phrase{s.say("line.unreviewed", nil), call}, tail, f)
	}
	if x := entryIcons[it.Kind]; x != "" {
		icon = own(x)
	}
	if it.Kind == moderation.EntryNote { // a remark is for those who ask for it
		detail = nil
	} else if len(detail) == 0 && (b.Code != "" || b.Count > 1) {
		detail = s.detail(b).cut(f.weight)
	}
	parts := []phrase{caseOf(it), theirs(b.Person, 40), s.by(who), act, s.change(b), detail}
	if len(fields(parts...)) == 0 {
		parts = append(parts, s.say("missing.detail", nil))
	}
	return squeeze(f.weight, join(" ", icon, s.kind(it.Kind)), parts, -1, tail)
}

// by names who did what a line tells.
func (s *speech) by(who phrase) phrase {
	if len(who) == 0 {
		return nil
	}
	return s.say("line.by", vals{"person": who})
}

// change is what was before, and until when something holds.
func (s *speech) change(b moderation.Body) phrase {
	before, until := phrase(nil), phrase(nil)
	if b.Before != "" {
		before = s.say("line.before", vals{"before": theirs(b.Before, 60)})
	}
	if !b.Until.IsZero() {
		until = s.say("card.until", vals{"at": own(utc(b.Until, layoutMinute))})
	}
	return fields(before, until)
}

// decidedBy tells a line's reader who the second person was, or that there was
// none. What ran alone has a line of its own.
func (s *speech) decidedBy(c moderation.Case, f fold) phrase {
	r := c.Approval
	switch {
	case r.State == moderation.ApprovalApproved && len(r.Votes) > 0:
		first := s.say("line.approved", vals{"person": s.personIn(r.Votes[0].By, f.name)})
		if n := len(r.Votes) - 1; n > 0 {
			return join(" ", first, own("+"+strconv.Itoa(n)))
		}
		return first
	case unrun(c):
		return s.say("line."+string(r.State), vals{"person": s.personIn(r.By, f.name)})
	}
	return nil
}
