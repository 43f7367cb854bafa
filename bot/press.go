package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bouncer/commands"
	"bouncer/moderation"
)

// press does one accepted click. The clicker is judged, by what is true now;
// the button itself only says which case and which step.
func (b *Bot) press(ctx context.Context, h *moderation.Held) error {
	var p pressed
	if err := json.Unmarshal(h.Payload, &p); err != nil {
		return fmt.Errorf("press job %d: %w", h.ID, err)
	}
	step, err := commands.ParseStep(p.ActionID, p.Value)
	if err != nil {
		return b.forged(ctx, h, p)
	}
	switch step.Kind {
	case commands.StepDraft:
		return b.pressDraft(ctx, h, p, step)
	case commands.StepList:
		return b.pageList(ctx, h, p, step)
	case commands.StepCase:
		return b.pressCase(ctx, h, p, step)
	}
	return b.forged(ctx, h, p)
}

// forged answers a button that this bot never made.
func (b *Bot) forged(ctx context.Context, h *moderation.Held, p pressed) error {
	v, err := b.judge(ctx, p.asker, moderation.Action{Verb: moderation.Help}, decideFresh)
	if err != nil {
		return err
	}
	v.decision = b.refuse(moderation.NewError(refuseForged))
	return b.refused(ctx, h, p.asker, v, nil, "", b.langOf(v.person))
}

// pressDraft runs a stored draft: once, by its author, within its time.
func (b *Bot) pressDraft(ctx context.Context, h *moderation.Held, p pressed, step commands.Step) error {
	d, err := b.cfg.Store.Draft(ctx, step.ID)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.finish(ctx, h, b.toAsker(h, p.asker, b.cfg.Speaker.DraftGone(b.lang(p.User))))
	}
	if err != nil {
		return err
	}
	if d.Case != 0 {
		return b.finish(ctx, h, b.toAsker(h, p.asker, b.cfg.Speaker.DraftUsed(d.Case, b.lang(p.User))))
	}
	if d.User != p.User || d.Channel != p.Channel {
		v, err := b.judge(ctx, p.asker, moderation.Action{Verb: moderation.Help}, decideFresh)
		if err != nil {
			return err
		}
		v.decision = b.refuse(moderation.NewError(moderation.RefuseNotYours))
		return b.refused(ctx, h, p.asker, v, nil, d.Text, b.langOf(v.person))
	}
	return b.run(ctx, h, typed{asker: p.asker, Text: d.Text}, "draft", d.Token)
}

// pressCase answers a question that a card asks.
func (b *Bot) pressCase(ctx context.Context, h *moderation.Held, p pressed, step commands.Step) error {
	c, err := b.cfg.Store.CaseByToken(ctx, step.ID)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.forged(ctx, h, p)
	}
	if err != nil {
		return err
	}
	v, err := b.judge(ctx, p.asker, c.Action, callFresh)
	if err != nil {
		return err
	}
	lang := b.langOf(v.person)
	if v.decision.Allowed && step.Step != commands.StepAgain && p.User != c.Actor.User {
		v.decision = b.refuse(moderation.NewError(moderation.RefuseNotYours))
	}
	if !v.decision.Allowed {
		return b.refused(ctx, h, p.asker, v, &c.Action, "", lang)
	}
	actor := v.actor()
	body := moderation.Body{
		Actor: &actor, Action: &c.Action, Rule: v.decision.Rule, Policy: v.decision.Policy, Outcome: step.Step,
		Origin: &moderation.Origin{Channel: p.Channel, Envelope: p.Envelope, Source: "button", Bot: b.cfg.Version},
	}
	var now moderation.Case
	switch step.Step {
	case commands.StepRun:
		now, err = b.service.Confirm(ctx, h.Job, c, body, b.caseAnswer(h, p.asker, lang, false))
	case commands.StepDrop:
		now, err = b.service.Drop(ctx, h.Job, c, body)
	case commands.StepAgain:
		now, err = b.service.Again(ctx, h.Job, c, body, b.caseAnswer(h, p.asker, lang, false))
	default:
		return b.forged(ctx, h, p)
	}
	if errors.Is(err, moderation.ErrStale) {
		view, err := b.cfg.Store.View(ctx, c.No)
		if err != nil {
			return err
		}
		return b.finish(ctx, h, b.toAsker(h, p.asker, b.cfg.Speaker.Stale(view, lang)))
	}
	if err == nil {
		b.log.Info("case answered", "case", now.No, "job", h.ID, "step", step.Step, "user", p.User)
	}
	return err
}
