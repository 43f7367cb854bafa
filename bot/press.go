package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bouncer/commands"
	"bouncer/moderation"
)

// press does one accepted click. Who clicked is asked first, before anything
// is told of what the button leads to; the button itself only says which case
// and which step.
func (b *Bot) press(ctx context.Context, h *moderation.Held) error {
	var p pressed
	if err := json.Unmarshal(h.Payload, &p); err != nil {
		return fmt.Errorf("press job %d: %w", h.ID, err)
	}
	v, err := b.identify(ctx, p.asker, decideFresh)
	if err != nil {
		return err
	}
	if v.decision.Refusal == nil && v.channel.Outsiders() {
		v = v.refused(moderation.NewError(moderation.RefuseOutsiders))
	}
	if v.decision.Refusal != nil {
		return b.refused(ctx, h, p.asker, v, nil, "")
	}
	step, err := commands.ParseStep(p.ActionID, p.Value)
	if err != nil {
		return b.forged(ctx, h, p, v)
	}
	switch step.Kind {
	case commands.StepDraft:
		return b.pressDraft(ctx, h, p, v, step)
	case commands.StepList:
		return b.pageList(ctx, h, p, v, step)
	case commands.StepCase:
		return b.pressCase(ctx, h, p, v, step)
	}
	return b.forged(ctx, h, p, v)
}

// forged answers a button that this bot never made.
func (b *Bot) forged(ctx context.Context, h *moderation.Held, p pressed, v verdict) error {
	return b.refused(ctx, h, p.asker, v.refused(moderation.NewError(refuseForged)), nil, "")
}

// pressDraft runs a stored draft: once, by its author, within its time.
func (b *Bot) pressDraft(ctx context.Context, h *moderation.Held, p pressed, v verdict, step commands.Step) error {
	d, err := b.cfg.Store.Draft(ctx, step.ID, h.Queued)
	switch {
	case errors.Is(err, moderation.ErrNotFound):
		return b.finish(ctx, h, b.toAsker(h, p.asker, b.cfg.Speaker.DraftGone(b.langOf(v.person))))
	case err != nil:
		return err
	case d.User != p.User || d.Channel != p.Channel:
		return b.refused(ctx, h, p.asker, v.refused(moderation.NewError(moderation.RefuseNotYours)), nil, d.Text)
	case d.Case != 0:
		return b.finish(ctx, h, b.toAsker(h, p.asker, b.cfg.Speaker.DraftUsed(d.Case, b.langOf(v.person))))
	}
	return b.run(ctx, h, typed{asker: p.asker, Text: d.Text}, "draft", d.Token)
}

// pressCase answers a question that a card asks. The right to it is judged by
// the place where the case was asked, since its card may stand elsewhere.
func (b *Bot) pressCase(ctx context.Context, h *moderation.Held, p pressed, v verdict, step commands.Step) error {
	c, err := b.cfg.Store.CaseByToken(ctx, step.ID)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.forged(ctx, h, p, v)
	}
	if err != nil {
		return err
	}
	asked := p.asker
	asked.Channel = c.Origin.Channel
	if v, err = b.judge(ctx, asked, c.Action, callFresh); err != nil {
		return err
	}
	if v.decision.Allowed && step.Step != commands.StepAgain && p.User != c.Actor.User {
		v = v.refused(moderation.NewError(moderation.RefuseNotYours))
	}
	if !v.decision.Allowed {
		return b.refused(ctx, h, p.asker, v, &c.Action, "")
	}
	lang, actor := b.langOf(v.person), v.actor()
	body := moderation.Body{
		Actor: &actor, Action: &c.Action, Rule: v.decision.Rule, Policy: v.decision.Policy, Detail: step.Step,
		Origin: &moderation.Origin{Channel: p.Channel, Envelope: p.Envelope, Source: "button", Bot: b.cfg.Version},
	}
	var now moderation.Case
	switch step.Step {
	case commands.StepRun:
		now, err = b.service.Confirm(ctx, h.Job, c, body, b.caseAnswer(h, p.asker, lang))
	case commands.StepDrop:
		now, err = b.service.Drop(ctx, h.Job, c, body)
	case commands.StepAgain:
		now, err = b.service.Again(ctx, h.Job, c, body, b.caseAnswer(h, p.asker, lang))
	default:
		return b.forged(ctx, h, p, v)
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
