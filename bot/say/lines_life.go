package say

import (
	"strconv"

	"bouncer/moderation"
)

// overrideLine is a case that one person ran without approval: who did it and the
// reason, until another person has reviewed it.
func (s *speech) overrideLine(c moderation.Case, g moderation.Override, counts, call, tail phrase, f fold) phrase {
	a := c.Action
	asker := phrase(nil)
	if !c.Actor.Same(g.By) {
		asker = s.say("found.by", vals{"person": s.personIn(c.Actor, f.name)})
	}
	seen := s.say("line.unreviewed", nil)
	switch c.Review.State {
	case moderation.ReviewReviewed:
		seen = s.say("line.reviewed", vals{"person": s.personIn(c.Review.By, f.name)})
	case moderation.ReviewFlagged:
		seen = s.say("line.flagged", vals{"person": s.personIn(c.Review.By, f.name)})
	}
	head, parts, keep := s.overrideParts(c.No, a, g, f, counts, seen, asker, call)
	return squeeze(f.weight, head, parts, keep, tail)
}

// overrideParts begin with what ran, who ran it without approval and why.
func (s *speech) overrideParts(no int64, a moderation.Action, g moderation.Override, f fold, more ...phrase) (head phrase, parts []phrase, keep int) {
	head = join(" ", own("🔥"), s.say("line.case", vals{"no": no, "what": s.verb(a.Verb)}), s.media(a), s.span(a))
	parts = []phrase{
		s.roomsIn(a, f), s.targets(a.Targets, f.targets),
		s.say("decided.glass", vals{"person": s.personIn(g.By, f.name)}), supplied(g.Reason, f.reason),
	}
	if a.Reason != "" && a.Reason != g.Reason {
		parts = append(parts, s.label("label.reason", supplied(s.reason(a), f.reason)))
	}
	return head, append(parts, more...), 2
}

// reviewMention mentions those who can review an override; its message is
// posted once, and a mention in a changed one pushes nothing again.
func (s *speech) reviewMention(no int64, ids []string) phrase {
	who := s.mentions(ids)
	if len(who) == 0 {
		return nil
	}
	return s.say("line.call.review", vals{"list": who, "no": no})
}

// overrideEntryLine is the entry itself, posted before its case.
func (s *speech) overrideEntryLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	b, call := l.Body, phrase(nil)
	if b.Actor == nil || b.Action == nil {
		return nil, nil, -1
	}
	if b.Requirement != nil {
		call = s.reviewMention(l.Case, b.Requirement.Mention)
	}
	return s.overrideParts(l.Case, *b.Action, moderation.Override{By: *b.Actor, Reason: b.Detail}, l.fold, s.say("line.unreviewed", nil), call)
}

// decidedBy says who the second person was, or that there was
// none. What ran without approval has a line of its own.
func (s *speech) decidedBy(c moderation.Case, f fold) phrase {
	r := c.Approval
	switch {
	case r.State == moderation.ApprovalApproved && len(r.Approvals) > 0:
		first := s.say("line.approved", vals{"person": s.personIn(r.Approvals[0].By, f.name)})
		if n := len(r.Approvals) - 1; n > 0 {
			return join(" ", first, own("+"+strconv.Itoa(n)))
		}
		return first
	case notRun(c):
		return s.say("line."+string(r.State), vals{"person": s.personIn(r.By, f.name)})
	}
	return nil
}
