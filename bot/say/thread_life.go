package say

import (
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// approvalLost says that an approval no longer counts.
func (s *speech) approvalLost(_ moderation.CaseView, t readEntry) phrase {
	b := t.body
	if b.Code == "" {
		return nil
	}
	key, v := "mods.vote.lost", vals{"person": supplied(b.Values["person"], 80)}
	if b.Values["why"] == string(moderation.RefuseChanged) {
		key = "mods.vote.changed"
	}
	if b.Actor != nil {
		v["by"] = s.person(*b.Actor)
	}
	return s.say(key, v)
}

// suspendedOff says that a suspension withdrew a request.
func (s *speech) suspendedOff(_ moderation.CaseView, t readEntry) phrase {
	if t.body.Code != moderation.CodeSuspended {
		return nil
	}
	return s.why(string(t.body.Code), t.body.Values, t.body.Action)
}

func (s *speech) overridden(v moderation.CaseView, t readEntry) phrase {
	return s.because(s.say("thread.glass", s.threadVals(v, t)).strong(), t.body.Detail)
}

// those are the people whom an entry is about; the room where it names none. Of a case in several
// rooms they are those of the entry's room.
func (s *speech) those(v moderation.CaseView, b moderation.Body) phrase {
	a, whole := v.Case.Action, len(b.Targets) == 0 || len(b.Targets) == 1 && b.Targets[0] == ""
	switch {
	case whole && several(a) && b.Room != "":
		return s.room(a.RoomOf(b.Room))
	case whole && several(a):
		return s.rooms(a, titleRooms)
	case whole:
		return s.say("thread.room", nil)
	}
	return join(s.gap, s.some(b.Targets, threadTargets), s.at(a, b.Room))
}

// ofRoom is the action that a code of an entry is about: in the entry's room, where it has one.
func ofRoom(v moderation.CaseView, b moderation.Body) *moderation.Action {
	a := b.Action
	if b.Room == "" || !several(v.Case.Action) {
		return a
	}
	of := or(a, v.Case.Action)
	of = of.In(v.Case.Action.RoomOf(b.Room))
	return &of
}

func (s *speech) dropped(v moderation.CaseView, t readEntry) phrase {
	key := "thread.dropped"
	if s.has(key + "." + t.body.Outcome) {
		key += "." + t.body.Outcome
	}
	return s.say(key, vals{"list": s.those(v, t.body), "why": s.why(string(t.body.Code), t.body.Values, ofRoom(v, t.body))})
}

func (s *speech) ended(v moderation.CaseView, t readEntry) phrase {
	a := v.Case.Action
	counts := s.counts(a, t.body.Counts, one(t.body.Counts))
	if len(counts) == 0 {
		counts = s.say("state.done", nil)
	}
	return s.say("thread.done", vals{"list": cat(counts, s.ofRooms(a))})
}

// stopped counts what a stop of a case in several rooms left unsent; for one room a sentence does.
func (s *speech) stopped(v moderation.CaseView, t readEntry) phrase {
	if !several(v.Case.Action) {
		return nil
	}
	row := s.threadVals(v, t)
	row["all"] = rowCount(v.Case.Action)
	what := s.say("thread.stopped.rooms", row)
	if t.body.Detail == commands.StepStop {
		return what
	}
	return s.because(what, t.body.Detail)
}

func (s *speech) lifted(v moderation.CaseView, t readEntry) phrase {
	how := "ended.lifted"
	if s.has("ended." + t.body.Outcome) {
		how = "ended." + t.body.Outcome
	}
	return s.say("thread.lifted", vals{"how": s.say(how, nil), "list": s.those(v, t.body)})
}

func (s *speech) overdue(v moderation.CaseView, t readEntry) phrase {
	return s.say("thread.overdue", vals{"list": s.those(v, t.body), "why": s.retrying(t.body)})
}

// retrying returns what happens about a late end.
func (s *speech) retrying(b moderation.Body) phrase {
	code := vendorCode(b)
	switch {
	case b.Code == moderation.CodeLiftFault:
		return s.say("line.trying.fault", nil)
	case code != "":
		return s.say("line.trying", vals{"code": supplied(code, 60)})
	case b.Outcome != "":
		return s.say("line.ended", nil)
	}
	return s.say("line.trying.none", nil)
}

func (s *speech) askedAgain(_ moderation.CaseView, t readEntry) phrase {
	b := t.body
	switch {
	case b.Actor != nil && b.Actor.Kind == moderation.ActorPerson && b.Code == moderation.CodeRepeated:
		return s.say("thread.repeated", vals{"person": s.person(*b.Actor)})
	case b.Actor != nil && b.Actor.Kind == moderation.ActorPerson:
		return s.say("thread.pressed", vals{"person": s.person(*b.Actor), "what": s.pressed(b)})
	case b.Code == moderation.CodeApprovalRequiredNow:
		return s.why(string(b.Code), nil, nil)
	}
	return s.say("thread.again", nil)
}

// approvalsUntil counts the approvals up to an entry.
func approvalsUntil(r moderation.ApprovalRequest, t readEntry) int {
	n := 0
	for _, v := range r.Approvals {
		if !v.At.After(t.At) {
			n++
		}
	}
	return max(1, n)
}

// added is a piece of evidence: the words of a message with their
// author and the way there, or a typed link.
func (s *speech) added(v moderation.CaseView, t readEntry) phrase {
	row, b, what := s.threadVals(v, t), t.body, phrase(nil)
	if said := supplied(b.Detail, 700); len(said) > 0 {
		what = quoted(said)
	}
	if b.Person == "" { // a typed link: it must not be clickable
		return fields(s.say("thread.evidence", row), what, exactText(b.Link, 300))
	}
	from := s.say("thread.author", vals{"author": supplied(b.Person, 60)})
	return fields(s.say("thread.evidence", row), from, what, links(b.Link, s.own("modal.evidence.link", nil)))
}

// reported is the vendor's list, read back after a change: as it was
// asked, or until when for those whom it holds differently.
func (s *speech) reported(v moderation.CaseView, t readEntry) phrase {
	b := t.body
	where := s.atChunk(v, b.Room, b.Chunk)
	end := func(t time.Time) phrase { return s.ends(t, "card.until", "list.noend") }
	switch {
	case b.Code != "":
		return fields(join(s.gap, s.say("thread.held.not", nil), where), s.why(string(b.Code), b.Values, ofRoom(v, b)))
	case b.Outcome != moderation.ReportedOther:
		return s.say("thread.held", vals{"n": join(s.gap, s.people(b.Count), where), "end": end(b.Until)})
	}
	list := s.few(len(b.Targets), threadTargets, func(i int) phrase {
		now := s.say("thread.held.none", nil)
		if at, err := time.Parse(time.RFC3339, b.Values[b.Targets[i]]); err == nil {
			now = end(at)
		}
		return cat(id(b.Targets[i]), own(" "), now)
	})
	return s.say("thread.held.other", vals{"list": join(s.gap, list, where), "end": end(b.Until)})
}

// allowed says which rule decided, and how many approvals there are of how many
// that it requires.
func (s *speech) allowed(c moderation.Case, rule string, n moderation.ApprovalRequirement) phrase {
	row := vals{"rule": supplied(rule, 80), "got": len(c.Approval.Approvals), "n": n.Approvals}
	key := "thread.allowed"
	switch {
	case c.Action.Relation == moderation.RelActNow: // the case that it runs ahead of asks for approval
		key = "thread.allowed.ahead"
		row["length"] = own(s.length(c.Action.Duration))
	case !n.Required():
		key = "thread.allowed.free"
	case overrideOf(c) != nil:
		key = "thread.allowed.alone"
	case c.Approval.State != moderation.ApprovalApproved:
		key = "thread.asks"
	}
	return s.say(key, row)
}

// People returns the messages that list all people of a case. They go into its
// thread if Slack does not accept the list as a file.
func (s *Speaker) People(v moderation.CaseView) []Message {
	sp := s.in(s.cfg.Lang)
	const most = 9000 // weight of one message's list
	parts := sp.known(v, len(v.Case.Action.Targets), v.NeverSeen()...)
	about := sp.people(len(v.Case.Action.Targets))
	if several(v.Case.Action) {
		about = sp.extentOf(v.Case.Action)
	}
	var out []Message
	for len(parts) > 0 {
		n, used := 0, 0
		for n < len(parts) && (n == 0 || used+parts[n].weight()+2 <= most) {
			used += parts[n].weight() + 2
			n++
		}
		sh := sp.sheet()
		sh.para(sp.say("thread.people", vals{"no": v.Case.No, "n": about}).strong())
		if several(v.Case.Action) && len(out) == 0 {
			sh.para(sp.label("label.rooms", sp.rooms(v.Case.Action, moderation.MaxRooms)))
		}
		sh.spread(parts[:n])
		out, parts = append(out, sh.message()), parts[n:]
	}
	return out
}
