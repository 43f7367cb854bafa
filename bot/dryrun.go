package bot

import (
	"context"
	"fmt"

	"bouncer/moderation"
)

// dryRun answers what a command would do: its targets, calls and approval
// requirement. It decides like the command itself, on the current data, and
// calls nothing.
func (b *Bot) dryRun(ctx context.Context, h *moderation.LeasedJob, r request, body moderation.Body) error {
	out, err := b.wouldDo(ctx, r.verdict, r.action)
	if err != nil {
		return err
	}
	if out.Proposal, _, err = b.proposal(ctx, r.action); err != nil {
		return err
	}
	c := b.toAsker(h, r.asker, b.cfg.Speaker.DryRun(out, r.lang))
	body.Detail = "dry-run"
	c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
	return b.finish(ctx, h, c)
}

// describeCalls returns the name of the calls that an action would be, and how many.
func (b *Bot) describeCalls(plan moderation.Plan, a moderation.Action) (api string, calls int, err error) {
	size := max(plan.ChunkSize, 1)
	targets := a.TargetRows()
	if len(targets) == 0 {
		return "", 0, nil
	}
	api, _, err = b.cfg.Vendor.Describe(moderation.Request{
		Verb: a.Verb, Room: a.Room, Targets: targets[:min(size, len(targets))],
		Left: a.Duration, Permanent: a.Permanent, Reason: b.service.ReasonSent(a, "…"),
	})
	if err != nil {
		return "", 0, fmt.Errorf("a dry run that cannot be described: %w", err)
	}
	return api, (len(targets) + size - 1) / size, nil
}
