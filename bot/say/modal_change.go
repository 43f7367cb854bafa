package say

import (
	"strconv"

	"slices"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// How many options Slack takes.
const (
	boxesMost  = 10
	choiceMost = 100
	optionText = 75
)

// UndoModal returns the view that asks what of a case is undone. Up to 100
// people can be chosen from, all of them at first; more are typed, and nothing
// typed means all. A case about the whole room has no choice.
func (s *Speaker) UndoModal(v moderation.CaseView, undoable []moderation.Target, lang Lang, meta string) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	sp.subject(sh, v)
	ids := make([]string, 0, len(undoable))
	for _, t := range undoable {
		if t.ID != "" && !slices.Contains(ids, t.ID) { // once, whatever rooms they are restricted in
			ids = append(ids, t.ID)
		}
	}
	if n := len(v.Case.Action.Targets) - len(ids); n > 0 && len(ids) > 0 && !several(v.Case.Action) {
		sh.para(sp.say("modal.undo.part", vals{"n": len(ids), "all": len(v.Case.Action.Targets)}))
	}
	if several(v.Case.Action) && len(undoable) < rowCount(v.Case.Action) {
		sh.para(sp.say("modal.undo.rooms", vals{"n": len(undoable), "all": rowCount(v.Case.Action)}))
		sh.para(sp.pairLines(pairs(v, undoable), titleTargets, moderation.MaxRooms)...)
	}
	label := sp.say("input.targets", nil)
	odd := slices.ContainsFunc(ids, func(x string) bool { return moderation.CheckUserID(x) != nil })
	switch n := len(ids); {
	case n == 0:
	case odd: // no vendor's id is; it may not fit into an option
		sh.input(targetsTyped)
	case n <= boxesMost:
		boxes := slack.NewCheckboxGroupsBlockElement(InputValue, sp.options(ids)...)
		boxes.InitialOptions = sp.options(ids)
		sh.field(InputTargets, label, "", false, boxes)
	case n <= choiceMost:
		some := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, nil, InputValue, sp.options(ids)...)
		some.InitialOptions = sp.options(ids)
		sh.field(InputTargets, label, "", false, some)
	default:
		sh.input(targetsTyped)
	}
	sh.input(whyOptional)
	return sp.modal(sp.say("title.undo", vals{"no": v.Case.No}), "button.undo", sh).of(commands.StepUndo, meta)
}

var targetsTyped = input{block: InputTargets, label: "input.targets.typed", hint: "tip.targets.typed", most: targetMost, lines: true, optional: true}

// options are people to choose from: their ids verbatim as values. A text is
// cut before it is isolated, so that no isolate stays open.
func (s *speech) options(ids []string) []*slack.OptionBlockObject {
	out := make([]*slack.OptionBlockObject, len(ids))
	for i, x := range ids {
		text := slack.NewTextBlockObject(slack.PlainTextType, id(x).cut(optionText-2).plain(), false, false)
		out[i] = slack.NewOptionBlockObject(x, text, nil)
	}
	return out
}

// EvidenceModal returns the modal that asks which case a message is added to:
// one of those offered, or another by its number. excerpt is the message's text
// and link its address.
func (s *Speaker) EvidenceModal(excerpt, link string, offered []moderation.Case, lang Lang, meta string) Modal {
	sp := s.in(lang)
	sh := sp.sheet()
	sh.para(sp.say("modal.evidence", vals{"n": moderation.MaxEvidenceLength}), suppliedLine(excerpt, 600), links(link, sp.own("modal.evidence.link", nil)))
	if len(offered) > 0 {
		var options []*slack.OptionBlockObject
		for _, c := range offered[:min(len(offered), choiceMost)] {
			what := fields(sp.say("card.title", vals{"no": c.No, "verb": sp.verb(c.Action.Verb)}), sp.roomsIn(c.Action, fold{named: true}), sp.targets(c.Action.Targets, 2))
			text := slack.NewTextBlockObject(slack.PlainTextType, clip(what.plain(), optionText), false, false)
			options = append(options, slack.NewOptionBlockObject(strconv.FormatInt(c.No, 10), text, nil))
		}
		sh.field(InputPick, sp.say("input.case.pick", nil), "", true, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, InputValue, options...))
	}
	number := "input.case"
	if len(offered) > 0 {
		number = "input.case.other"
	}
	sh.input(input{block: InputCase, label: number, hint: "tip.case", most: 20, optional: len(offered) > 0})
	sh.input(input{block: InputNote, label: "input.note", most: MaxNote, lines: true, optional: true})
	return sp.modal(sp.say("title.evidence", nil), "button.submit.evidence", sh).of(commands.StepEvidence, meta)
}
