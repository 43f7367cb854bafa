package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// describeCalls returns the names of the calls that an action would be in its rooms, and how many.
// Its error is a *moderation.Error where it cannot be sent in one of them.
func (b *Bot) describeCalls(a moderation.Action) (apis string, calls int, err error) {
	all, err := b.plannedCalls(a)
	if err != nil {
		return "", 0, fmt.Errorf("a dry run that cannot be described: %w", err)
	}
	for _, n := range all {
		calls += n
	}
	return strings.Join(slices.Sorted(maps.Keys(all)), ", "), calls, nil
}

// plannedCalls returns how many calls an action would be, by their name. The chunks are the smallest
// of its rooms.
func (b *Bot) plannedCalls(a moderation.Action) (map[string]int, error) {
	size, targets := len(a.Targets), a.TargetRows()
	for _, room := range a.Rooms() {
		p, err := b.cfg.Vendor.Plan(a.In(room))
		if err != nil {
			return nil, err
		}
		size = min(size, p.ChunkSize)
	}
	size = max(size, 1)
	calls := make(map[string]int)
	for _, room := range a.Rooms() {
		api, _, err := b.cfg.Vendor.Describe(moderation.Request{
			Verb: a.Verb, Room: room, Targets: targets[:min(size, len(targets))],
			Left: a.Duration, Permanent: a.Permanent, Reason: b.service.ReasonSent(a, "…"),
		})
		if err != nil {
			return nil, err
		}
		calls[api] += (len(targets) + size - 1) / size
	}
	return calls, nil
}
