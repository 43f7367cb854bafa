package say

import (
	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// stopFrom is how many targets must be left before a case can be stopped.
const stopFrom = 20

// Bounds of a confirm dialog, in characters.
const (
	confirmTitle = 100
	confirmText  = 300
	confirmWord  = 30
)

// cardButtons are the steps that are open. named says that the button is
// in a list, must tell which case it is about, and that nothing of the case but
// a line can be read there: what runs is approved in a modal then.
func (s *speech) cardButtons(v moderation.CaseView, named bool) []slack.BlockElement {
	c := v.Case
	button := func(key, step string, style slack.Style) *slack.ButtonBlockElement {
		return s.stepButton(c, named, key, step, style)
	}
	switch c.State {
	case moderation.AwaitingApproval:
		if named {
			return []slack.BlockElement{button("view", commands.StepShowAll, slack.StylePrimary), button("deny", commands.StepDeny, "")}
		}
		return s.waitingButtons(v, button)
	case moderation.AwaitingConfirmation:
		return []slack.BlockElement{button("now", commands.StepRun, slack.StylePrimary), button("drop", commands.StepAbandon, "")}
	case moderation.Open:
		if n := c.Counts[moderation.Pending]; n > stopFrom {
			stop := button("stop", commands.StepStop, slack.StyleDanger)
			stop.Confirm = s.confirm("stop", c.No, s.unanswered(c, n))
			return []slack.BlockElement{stop}
		}
		return nil
	}
	var out []slack.BlockElement
	if c.Counts[moderation.Unknown] > 0 {
		out = append(out, button("again", commands.StepTryAgain, ""))
	}
	if v.Undoable > 0 && !named {
		out = append(out, s.undoButton(c))
		if spec, _ := c.Action.Verb.Spec(); spec.Effect == moderation.EffectRestrict && spec.Takes.Duration {
			out = append(out, button("extend", commands.StepExtend, ""))
		}
	}
	return out
}

// stepButton is the button of a step about one case.
func (s *speech) stepButton(c moderation.Case, named bool, key, step string, style slack.Style) *slack.ButtonBlockElement {
	text := s.say("button."+key, nil)
	if named {
		text = s.say("button."+key+".of", vals{"no": c.No})
	}
	return press(text, commands.Step{Kind: commands.StepCase, ID: c.Token, Step: step, Digest: seal(c, step)}, style)
}

// seal ties the clicks that make something run to what the card showed.
func seal(c moderation.Case, step string) string {
	switch step {
	case commands.StepApprove, commands.StepShowAll, commands.StepOverride:
		return c.ContentDigest()
	}
	return ""
}

func (s *speech) waitingButtons(v moderation.CaseView, button func(key, step string, style slack.Style) *slack.ButtonBlockElement) []slack.BlockElement {
	approve := button("view", commands.StepShowAll, slack.StylePrimary)
	if what, ok := s.readable(v.Case.Action); ok {
		approve = button("approve", commands.StepApprove, slack.StylePrimary)
		approve.Confirm = s.confirm("approve", v.Case.No, what)
	}
	out := []slack.BlockElement{approve, button("deny", commands.StepDeny, ""), button("withdraw", commands.StepWithdraw, "")}
	if len(v.Case.Approval.Requirement.OverrideRoles) > 0 {
		out = append(out, button("glass", commands.StepOverride, slack.StyleDanger))
	}
	return out
}

// undoButton undoes a single target after a confirm dialog, and carries its digest
// then; several are chosen from in a modal.
func (s *speech) undoButton(c moderation.Case) slack.BlockElement {
	step := commands.Step{Kind: commands.StepCase, ID: c.Token, Step: commands.StepUndo}
	what, ok := s.readable(c.Action)
	if !ok || len(c.Action.TargetRows()) > 1 || several(c.Action) {
		return press(s.say("button.undo.some", nil), step, "")
	}
	step.Digest = c.ContentDigest()
	b := press(s.say("button.undo", nil), step, "")
	b.Confirm = s.confirm("undo", c.No, what)
	return b
}

// unanswered is how much of a running case has no outcome, before it is stopped.
func (s *speech) unanswered(c moderation.Case, n int) phrase {
	if several(c.Action) {
		return s.say("confirm.stop.rooms", vals{"n": n, "all": rowCount(c.Action), "where": s.extentOf(c.Action)})
	}
	return s.say("confirm.stop.text", vals{"n": n})
}

// readable repeats everything that an action would do, where it is short
// enough to be read in a confirm dialog: nothing of it is cut.
func (s *speech) readable(a moderation.Action) (phrase, bool) {
	if len(a.Targets) > titleTargets || len(a.Rooms()) > titleRooms {
		return nil, false
	}
	what := fields(s.act(a, titleTargets), s.relation(a))
	if reason := s.label("label.reason", suppliedLine(s.reason(a), confirmText*4)); len(reason) > 0 {
		what = cat(what, own("\n"), reason)
	}
	return what, what.weight() <= confirmText
}

// confirm is the question before a click counts. text is shown raw.
func (s *speech) confirm(key string, no int64, text phrase) *slack.ConfirmationBlockObject {
	plain := func(p phrase, most int) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, clip(p.plain(), most), false, false)
	}
	out := slack.NewConfirmationBlockObject(
		plain(s.say("confirm."+key, vals{"no": no}), confirmTitle), plain(text, confirmText),
		plain(s.say("button."+key, nil), confirmWord), plain(s.say("button.cancel", nil), confirmWord))
	if key == "stop" {
		return out.WithStyle(slack.StyleDanger)
	}
	return out
}

// press makes a button. Its words are ours alone.
func press(text phrase, step commands.Step, style slack.Style) *slack.ButtonBlockElement {
	plain := slack.NewTextBlockObject(slack.PlainTextType, clip(text.plain(), 75), false, false)
	b := slack.NewButtonBlockElement(step.ActionID(), step.Value(), plain)
	b.Style = style
	return b
}
