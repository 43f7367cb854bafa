package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// An undo and a change of length are cases of their own. They act on the
// targets that the old case still restricts.

// resolved is an undo or an extension as the action that it is. It names its
// refusal where there is nothing to do.
func (b *Bot) resolved(ctx context.Context, c moderation.Case, asked moderation.Action) (moderation.Action, *moderation.Error, error) {
	still, newer, err := b.cfg.Store.UndoableTargets(ctx, c.No)
	if err != nil {
		return moderation.Action{}, nil, err
	}
	for _, id := range asked.Targets {
		if !slices.Contains(c.Action.Targets, id) {
			return moderation.Action{}, moderation.NewError(moderation.CodeNotInCase, "case", fmt.Sprint(c.No), "user", id), nil
		}
	}
	some := len(asked.Targets) > 0
	still = slices.DeleteFunc(still, func(t moderation.Target) bool { return some && !slices.Contains(asked.Targets, t.ID) })
	out := moderation.Action{
		Media: c.Action.Media, Reason: asked.Reason, ReasonCode: asked.ReasonCode, RelatedCase: c.No, Dry: asked.Dry, Override: asked.Override,
	}
	out.Room, out.MoreRooms = c.Action.Room, nil
	for i, r := range roomsOf(still) {
		if i == 0 {
			out.Room = r
		} else {
			out.MoreRooms = append(out.MoreRooms, r)
		}
	}
	if len(c.Action.Targets) > 0 {
		out.Targets = peopleOf(still)
	}
	nothing := moderation.RefuseNothingToUndo
	spec, _ := c.Action.Verb.Spec()
	switch asked.Verb {
	case moderation.Undo:
		out.Relation, out.Verb = moderation.RelUndo, moderation.LiftingVerb(c.Action.Verb)
	case moderation.Extend:
		nothing = moderation.RefuseNotExtendable
		out.Relation, out.Verb, out.Duration, out.Permanent = moderation.RelExtend, c.Action.Verb, asked.Duration, asked.Permanent
		if out.Reason == "" {
			out.Reason, out.ReasonCode = c.Action.Reason, c.Action.ReasonCode
		}
		switch {
		case !spec.Takes.Duration:
			still = nil
		case asked.Permanent && slices.ContainsFunc(out.Rooms(), func(r moderation.Room) bool { return !moderation.Supports(c.Action.Verb, r.Kind).Permanent }):
			nothing, still = moderation.RefuseNotPermanent, nil
		}
	}
	if spec.Effect != moderation.EffectRestrict || len(still) == 0 {
		no := moderation.NewError(nothing, "case", fmt.Sprint(c.No), "verb", string(c.Action.Verb))
		if newer != 0 {
			no.Values["newer"] = fmt.Sprint(newer)
		}
		return out, no, nil
	}
	return out, nil, nil
}

// roomsOf returns the rooms of targets, and peopleOf their people, each once.
func roomsOf(targets []moderation.Target) (rooms []moderation.Room) {
	for _, t := range targets {
		if !slices.Contains(rooms, t.Room) {
			rooms = append(rooms, t.Room)
		}
	}
	return rooms
}

func peopleOf(targets []moderation.Target) (ids []string) {
	seen := make(map[string]bool, len(targets))
	for _, t := range targets {
		if !seen[t.ID] {
			ids, seen[t.ID] = append(ids, t.ID), true
		}
	}
	return ids
}

// changeTyped is "undo N" and "extend N".
func (b *Bot) changeTyped(ctx context.Context, h *moderation.LeasedJob, r request) error {
	c, err := b.cfg.Store.Case(ctx, r.action.Number)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.finish(ctx, h, b.toAsker(h, r.asker, b.cfg.Speaker.Fixed(say.NotFoundCase, r.lang, r.action.Number)))
	}
	if err != nil {
		return err
	}
	return b.change(ctx, h, r, c)
}

// change opens the case of an undo or an extension, authorized by what it
// does.
func (b *Bot) change(ctx context.Context, h *moderation.LeasedJob, r request, c moderation.Case) error {
	action, no, err := b.resolved(ctx, c, r.action)
	if err != nil {
		return err
	}
	asked := r.action
	if no != nil && no.Code == moderation.CodeNotInCase && r.source != "button" {
		return b.explain(ctx, h, r.typed, r.verdict, commands.NotInCase(asked, c.Action.Targets))
	}
	if no == nil && action.Relation == moderation.RelExtend {
		var question *commands.Mistake
		if action, question, no = newEnd(asked, action, c, h.Queued, r.source != "button"); question != nil {
			return b.explain(ctx, h, r.typed, r.verdict, question)
		}
	}
	r.action = action
	if no == nil && action.Relation == moderation.RelExtend && !action.Dry {
		// An extension must be about the same room, not one created anew
		// under its id.
		if err := b.service.SameRoom(ctx, c); err != nil && !errors.As(err, &no) {
			return err
		}
	}
	if no == nil {
		if r.verdict = b.decide(r.verdict, action); r.verdict.decision.Refusal != nil {
			no = r.verdict.decision.Refusal
		}
	}
	if no != nil {
		if asked.Verb != "" && action.Verb == "" {
			action = asked
		}
		r.verdict = r.verdict.refused(no)
		var said moderation.Body
		if r.source != "button" {
			said.Typed = r.Text
		}
		return b.refusedView(ctx, h, r.asker, r.verdict, &action, r.view, said)
	}
	if action.Dry {
		return b.dryRun(ctx, h, r, b.bodyOf(r.verdict, r.typed, action, r.source))
	}
	return b.open(ctx, h, r)
}

// caseText is a case's number as a value of a sentence.
func caseText(no int64) string { return strconv.FormatInt(no, 10) }

func (b *Bot) undoTyped(ctx context.Context, h *moderation.LeasedJob, r request, _ moderation.Body) error {
	return b.changeTyped(ctx, h, r)
}

func (b *Bot) extendTyped(ctx context.Context, h *moderation.LeasedJob, r request, _ moderation.Body) error {
	return b.changeTyped(ctx, h, r)
}

// pressedChange is a request that a button or a modal makes.
func (b *Bot) pressedChange(cl click, a moderation.Action) request {
	c := cl.of
	a.Number = c.No
	r := request{
		typed: typed{asker: cl.asker, Text: commands.Format(a)}, verdict: cl.verdict, action: a, source: "button", lang: cl.lang, view: cl.view,
	}
	r.Channel = c.Origin.Channel
	if c.Card.Channel != "" {
		r.card = c.Card.Channel
	}
	return r
}

// undo undoes a case: with one target at once, with several those chosen in a
// modal.
func (b *Bot) undo(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	a := moderation.Action{Verb: moderation.Undo}
	if cl.in != nil {
		a.Targets = chosen(cl.in, cl.of)
		a.Reason, _ = commands.ParseReason(cl.in.one(inputReason))
	}
	r := b.pressedChange(cl, a)
	if cl.in == nil && cl.view != "" {
		return b.undoModal(ctx, h, cl, r)
	}
	if cl.step.Digest != "" && cl.step.Digest != cl.of.ContentDigest() {
		return b.refusedClick(ctx, h, cl, withCase(moderation.NewError(moderation.RefuseChanged), cl.of))
	}
	return b.change(ctx, h, r, cl.of)
}

// undoModal asks what of a case is to be taken back, when something can be.
func (b *Bot) undoModal(ctx context.Context, h *moderation.LeasedJob, cl click, r request) error {
	action, no, err := b.resolved(ctx, cl.of, r.action)
	if err != nil {
		return err
	}
	if no == nil {
		cl.verdict = b.decide(r.verdict, action)
		no = cl.verdict.decision.Refusal
	}
	if no != nil {
		return b.refusedClick(ctx, h, cl, no)
	}
	targets, _, err := b.cfg.Store.UndoableTargets(ctx, cl.of.No)
	if err != nil {
		return err
	}
	return b.showModal(ctx, h, cl, func(v moderation.CaseView, lang say.Lang, meta string) say.Modal {
		return b.cfg.Speaker.UndoModal(v, targets, lang, meta)
	}, commands.StepUndo)
}

// chosen are the targets that were picked or typed in a modal; none means all.
func chosen(in *submitted, c moderation.Case) []string {
	picked := in.Inputs[inputTargets]
	if len(picked) == 1 && !slices.Contains(c.Action.Targets, picked[0]) {
		users, _ := commands.ParseUsers(picked[0]) // the ack has already reported what is wrong
		return users
	}
	return picked
}

// extend changes the length of a case to what was typed into a modal.
func (b *Bot) extend(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	a := moderation.Action{Verb: moderation.Extend}
	if cl.in == nil {
		return b.extendModal(ctx, h, cl, b.pressedChange(cl, a))
	}
	var m *commands.Mistake
	var plus bool
	if a.Duration, a.Permanent, plus, m = commands.ParseLength(cl.in.one(inputLength)); m != nil {
		return b.forged(ctx, h, cl) // others got this answer in the ack
	}
	if plus {
		a.CountFrom = moderation.FromPresentEnd
	}
	a.Reason, _ = commands.ParseReason(cl.in.one(inputReason))
	return b.change(ctx, h, b.pressedChange(cl, a), cl.of)
}

// extendModal asks for the new length. Before it shows anything it checks
// that the case can have another length at all; the length itself is checked
// on submission.
func (b *Bot) extendModal(ctx context.Context, h *moderation.LeasedJob, cl click, r request) error {
	r.action.Duration = cl.of.Action.Duration
	_, no, err := b.resolved(ctx, cl.of, r.action)
	if err != nil {
		return err
	}
	if no == nil {
		no = b.decide(r.verdict, cl.of.Action).decision.Refusal
	}
	if no != nil {
		return b.refusedClick(ctx, h, cl, no)
	}
	return b.stepModal(ctx, h, cl, commands.StepExtend)
}

// setReason changes the reason of a case. It needs the same right as the
// case.
func (b *Bot) setReason(ctx context.Context, h *moderation.LeasedJob, r request, body moderation.Body) error {
	c, err := b.cfg.Store.Case(ctx, r.action.Number)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.finish(ctx, h, b.toAsker(h, r.asker, b.cfg.Speaker.Fixed(say.NotFoundCase, r.lang, r.action.Number)))
	}
	if err != nil {
		return err
	}
	if r.verdict = b.decide(r.verdict, c.Action); r.verdict.decision.Refusal != nil && !c.Actor.Same(r.verdict.actor()) {
		return b.refused(ctx, h, r.asker, r.verdict, &r.action, moderation.Body{Typed: r.Text})
	}
	code := b.cfg.Policy().Reasons().Code(c.Action.Verb, r.action.Reason)
	_, err = b.cfg.Store.SetReason(ctx, h.Job, c.No, r.action.Reason, code, b.toAsker(h, r.asker, b.cfg.Speaker.Fixed(say.Changed, r.lang, c.No)), body)
	return err
}
