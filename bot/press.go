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
	v, err := b.clicker(ctx, p.asker)
	if err != nil {
		return err
	}
	if v.decision.Refusal != nil {
		return b.refusedView(ctx, h, p.asker, v, nil, p.View)
	}
	step, err := commands.ParseStep(p.ActionID, p.Value)
	if err != nil {
		return b.forged(ctx, h, p.asker, v)
	}
	cl := click{asker: p.asker, verdict: v, step: step, view: p.View, within: p.Within, lang: b.langOf(v.person)}
	switch step.Kind {
	case commands.StepDraft:
		return b.pressDraft(ctx, h, p, v, step)
	case commands.StepList:
		return b.pageList(ctx, h, p, v, step)
	case commands.StepFind:
		return b.pressFind(ctx, h, p, v, step)
	case commands.StepCase:
		return b.pressCase(ctx, h, cl)
	case commands.StepLine:
		return b.pressLine(ctx, h, cl)
	}
	return b.forged(ctx, h, p.asker, v)
}

// forged answers a button that this bot never made.
func (b *Bot) forged(ctx context.Context, h *moderation.Held, from asker, v verdict) error {
	return b.refused(ctx, h, from, v.refused(moderation.NewError(refuseForged)), nil, "")
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
