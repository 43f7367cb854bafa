package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// dryCalls is how many calls a dry run writes out; the rest are counted.
const dryCalls = 3

// dryRun answers what a command would do: its targets, calls and approval
// requirement. It decides like the command itself, on the current data, and
// calls nothing.
func (b *Bot) dryRun(ctx context.Context, h *moderation.LeasedJob, r request, body moderation.Body) error {
	weigh, err := b.evaluateApprovable(ctx, r.verdict, r.action)
	if err != nil {
		return err
	}
	facts, err := b.cfg.Store.Facts(ctx, r.verdict.actor(), r.action, weigh.Lookback)
	if err != nil {
		return err
	}
	d := weigh.Evaluate(facts)
	out := say.DryRun{Action: r.action, Decision: d, Facts: facts}
	plan, err := b.cfg.Vendor.Plan(r.action)
	var no *moderation.Error
	switch {
	case errors.As(err, &no):
		out.Decision.Refusal = no
	case err != nil:
		return err
	default:
		if out.Calls, out.All, err = b.describeCalls(plan, r.action); err != nil {
			return err
		}
	}
	c := b.toAsker(h, r.asker, b.cfg.Speaker.DryRun(out, r.lang))
	body.Detail = "dry-run"
	c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
	return b.finish(ctx, h, c)
}

// describeCalls writes out the first calls that an action would be, and counts all.
// What is computed only when a call leaves, such as a mute beside another one,
// is as it would be with nothing else standing.
func (b *Bot) describeCalls(plan moderation.Plan, a moderation.Action) (calls []say.DryCall, all int, err error) {
	size := max(plan.ChunkSize, 1)
	targets := a.TargetRows()
	all = (len(targets) + size - 1) / size
	mute := moderation.MuteNone
	if spec, _ := a.Verb.Spec(); spec.Takes.Media && spec.Effect == moderation.EffectRestrict {
		audio, video := len(a.Media) == 0, len(a.Media) == 0
		for _, m := range a.Media {
			audio, video = audio || m == moderation.Audio, video || m == moderation.Video
		}
		mute = moderation.IsMute(audio, video)
	}
	for i := 0; i < len(targets) && len(calls) < dryCalls; i += size {
		api, request, err := b.cfg.Vendor.Describe(moderation.Request{
			Verb: a.Verb, Room: a.Room, Targets: targets[i:min(i+size, len(targets))], IsMute: mute,
			Left: a.Duration, Permanent: a.Permanent, Reason: b.service.ReasonSent(a, "…"),
		})
		if err != nil {
			return nil, 0, fmt.Errorf("a dry run that cannot be described: %w", err)
		}
		calls = append(calls, say.DryCall{API: api, Request: json.RawMessage(request)})
	}
	return calls, all, nil
}
