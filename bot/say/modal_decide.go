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

// form is the view of a step about one case.
type form struct {
	submit string // the row of its button
	lead   string // a sentence before all else
	whole  bool   // it shows what bears on the decision, and everybody whom it is about
	inputs []input
}

var whyOptional = input{block: InputReason, label: "input.reason", most: MaxReason, lines: true, optional: true}

var forms = map[string]form{
	commands.StepApprove: {submit: "button.approve", whole: true},
	commands.StepDeny: {submit: "button.submit.deny", inputs: []input{
		{block: InputReason, label: "input.reason.deny", hint: "tip.reason.deny", most: MaxReason, lines: true}}},
	commands.StepOverride: {submit: "button.submit.glass", lead: "modal.glass", whole: true, inputs: []input{
		{block: InputReason, label: "input.reason.glass", most: MaxReason, lines: true}}},
	commands.StepExtend: {submit: "button.submit.extend", inputs: []input{
		{block: InputLength, label: "input.length", hint: "tip.length", most: 40}, whyOptional}},
	commands.StepFlag: {submit: "button.submit.flag", inputs: []input{
		{block: InputNote, label: "input.note.flag", hint: "tip.note.flag", most: MaxNote, lines: true}}},
}

// StepModal returns the view of a step about one case: what is decided, who
// requested it and why, then what is asked. The list of everybody whom it is
// about, where a step shows that, follows, so that no long list is between the
// reader and the question.
func (s *Speaker) StepModal(step string, v moderation.CaseView, lang Lang, meta string) Modal {
	sp, f := s.in(lang), forms[step]
	sh := sp.sheet()
	if f.lead != "" {
		sh.para(sp.say(f.lead, nil))
	}
	sp.subject(sh, v)
	if f.whole {
		sp.context(sh, v)
	}
	for _, in := range f.inputs {
		sh.input(in)
	}
	if f.whole {
		sp.everybody(sh, v)
	}
	return sp.modal(sp.say("title."+step, vals{"no": v.Case.No}), f.submit, sh).of(step, meta)
}

// everybody lists the rooms and the people of a case; all people are meant in all rooms.
func (s *speech) everybody(sh *sheet, v moderation.CaseView) {
	a := v.Case.Action
	if several(a) {
		sh.para(s.label("label.rooms", s.say("place.rooms", vals{"n": len(a.Rooms())})))
		sh.spread(s.roomNames(a.Rooms()))
	}
	if len(a.Targets) == 0 {
		return
	}
	people := s.people(len(a.Targets))
	if several(a) {
		people = s.say("modal.rooms.each", vals{"people": people, "n": rowCount(a)})
	}
	sh.para(s.label("label.people", people))
	if len(a.Targets) > moderation.ManyTargets {
		sh.para(s.say("modal.people.file", nil))
	}
	sh.spread(s.known(v, moderation.ManyTargets, v.NeverSeen()...))
}

// subject is what a case does, why, and who requested it.
func (s *speech) subject(sh *sheet, v moderation.CaseView) {
	c := v.Case
	sh.para(
		fields(s.say("card.title", vals{"no": c.No, "verb": s.verb(c.Action.Verb)}).strong(), s.rooms(c.Action, titleRooms),
			s.targets(c.Action.Targets, titleTargets), s.media(c.Action), s.lasts(v), s.relation(c.Action)),
		s.label("label.reason", suppliedLine(s.reason(c.Action), 1<<20)),
		s.requestedBy(c),
	)
}

// context is what bears on a decision: why it is asked, related and earlier cases,
// the room, and the evidence.
func (s *speech) context(sh *sheet, v moderation.CaseView) {
	c := v.Case
	lines := append(append([]phrase{s.neverSeen(v), s.owner(c)}, s.request(v)...), s.related(v)...)
	if v.Earlier.Cases > 0 {
		lines = append(lines, s.before(c, v.Earlier))
	}
	sh.para(append(lines, s.roomLines(c)...)...)
	s.evidence(sh, v.Evidence)
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
// words. A link is kept as it was typed, and is not checked.
func (s *speech) piece(e moderation.Evidence, most int) phrase {
	by := vals{"person": s.person(e.By)}
	switch {
	case e.Erased:
		return s.say("evidence.erased", by)
	case e.Text == "":
		by["link"] = exactText(e.Link, most)
		return s.say("evidence.link", by)
	}
	by["text"], by["author"] = suppliedLine(e.Text, most), supplied(e.Author, 60)
	by["at"] = moment(e.Sent)
	said := s.say("evidence.text", by)
	if e.Note != "" {
		said = cat(said, own(" — "), suppliedLine(e.Note, most))
	}
	return said
}
