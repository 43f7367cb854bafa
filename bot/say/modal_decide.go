package say

import (
	"bouncer/commands"
	"bouncer/moderation"
)

// How much of a case's evidence is read in a modal.
const (
	modalEvidence = 8
	evidenceText  = 400 // weight
	modalList     = 2400
)

// ApproveModal shows everything that would run, every target of it, for
// somebody who may agree to it there.
func (s *Speaker) ApproveModal(v moderation.View, lang Lang, meta string) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	sp.whole(sh, v)
	return sp.modal(sp.say("title.approve", vals{"no": v.Case.No}), "button.approve", sh).of(commands.StepApprove, meta)
}

// DenyModal asks for what reason a case is denied.
func (s *Speaker) DenyModal(v moderation.View, lang Lang, meta string) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	sp.brief(sh, v)
	sh.input(input{block: InputReason, label: "input.reason.deny", hint: "tip.reason.deny", most: ReasonMost, lines: true})
	return sp.modal(sp.say("title.deny", vals{"no": v.Case.No}), "button.submit.deny", sh).of(commands.StepDeny, meta)
}

// GlassModal asks for what reason a case is run alone, and shows everything
// that would run.
func (s *Speaker) GlassModal(v moderation.View, lang Lang, meta string) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	sh.para(sp.say("modal.glass", nil))
	sh.input(input{block: InputReason, label: "input.reason.glass", most: ReasonMost, lines: true})
	sp.whole(sh, v)
	return sp.modal(sp.say("title.glass", vals{"no": v.Case.No}), "button.submit.glass", sh).of(commands.StepGlass, meta)
}

// brief says what a case is about.
func (s *speech) brief(sh *sheet, v moderation.View) {
	c := v.Case
	sh.para(
		fields(s.say("card.title", vals{"no": c.No, "verb": s.verb(c.Action.Verb)}).strong(), s.room(c.Action.Room),
			s.targets(c.Action.Targets, titleTargets), s.media(c.Action), s.span(c.Action), s.relation(c.Action)),
		s.label("label.reason", line(c.Action.Reason, cardReason)),
		s.say("card.who", vals{"person": s.person(c.Actor)}),
	)
}

// whole shows all of what would run, nothing of it cut: the action, each
// target, the reason; and what bears on it.
func (s *speech) whole(sh *sheet, v moderation.View) {
	c, a := v.Case, v.Case.Action
	sh.para(
		fields(s.say("card.title", vals{"no": c.No, "verb": s.verb(a.Verb)}).strong(), s.room(a.Room), s.media(a), s.span(a), s.relation(a)),
		s.owner(c),
	)
	if len(a.Targets) > 0 {
		sh.para(s.label("label.people", s.people(len(a.Targets))))
		sh.spread(s.known(v))
	}
	sh.para(s.label("label.reason", line(a.Reason, 1<<20)))
	l := c.Approval.Look
	room := []phrase{s.look(l)}
	if l.Owner != "" {
		room = append(room, s.say("look.owned", vals{"user": id(l.Owner)}))
	}
	if !l.Created.IsZero() {
		room = append(room, s.say("look.created", vals{"at": minute(l.Created)}))
	}
	lines := []phrase{s.label("label.room", s.clauses(append(room, theirs(l.Title, 120))...))}
	lines = append(lines, fields(s.say("card.who", vals{"person": s.person(c.Actor)}), s.basis(c)))
	lines = append(append(lines, s.request(v)...), s.related(v)...)
	if v.Earlier.Cases > 0 {
		lines = append(lines, s.before(c, v.Earlier))
	}
	sh.para(lines...)
	s.evidence(sh, v.Evidence)
	sh.note(s.moments(c))
}

// spread writes a list over as many blocks as it takes.
func (sh *sheet) spread(parts []phrase) {
	for len(parts) > 0 {
		n, used := 0, 0
		for n < len(parts) && (n == 0 || used+parts[n].weight()+2 <= modalList) {
			used += parts[n].weight() + 2
			n++
		}
		sh.para(sh.speech.list(parts[:n]...))
		parts = parts[n:]
	}
}

// evidence reads out what was put to a case, the newest last.
func (s *speech) evidence(sh *sheet, all []moderation.Evidence) {
	if len(all) == 0 {
		return
	}
	sh.para(append([]phrase{s.say("card.evidence", vals{"n": len(all)}).strong()}, s.pieces(all)...)...)
}

func (s *speech) pieces(all []moderation.Evidence) []phrase {
	return s.capped(len(all), modalEvidence, "evidence.more", func(i int) phrase { return s.piece(all[i], evidenceText) })
}

// piece is one piece of evidence: who put it there, whose words it is, the
// words. A link is kept as it was given, and nobody has read it.
func (s *speech) piece(e moderation.Evidence, most int) phrase {
	by := vals{"person": s.person(e.By)}
	switch {
	case e.Erased:
		return s.say("evidence.erased", by)
	case e.Text == "":
		by["link"] = verbatim(e.Link, most)
		return s.say("evidence.link", by)
	}
	by["text"], by["author"] = line(e.Text, most), theirs(e.Author, 60)
	by["at"] = minute(e.Sent)
	told := s.say("evidence.text", by)
	if e.Note != "" {
		told = cat(told, own(" — "), line(e.Note, most))
	}
	return told
}
