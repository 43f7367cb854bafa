package bot

import (
	"context"
	"strings"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

const rfc3339 = time.RFC3339

func joined(roles []string) string { return strings.Join(roles, ", ") }

// refusal reports whether a code says that somebody may not, and not that
// something went wrong.
func refusal(c moderation.Code) bool { return strings.HasPrefix(string(c), "refuse-") }

// approve agrees to a case: at once when everything that runs stood on the card,
// else in a modal that shows all of it.
func (b *Bot) approve(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.step.Step == commands.StepShowAll && cl.in == nil {
		return b.stepModal(ctx, h, cl, commands.StepApprove)
	}
	told, err := b.answersOf(ctx, h, cl, cl.of)
	if err != nil {
		return err
	}
	now, err := b.service.Approve(ctx, h.Job, cl.of, cl.shown(), b.clickBody(cl), told...)
	return b.clicked(ctx, h, cl, now, err)
}

// deny says no to a case, with a reason.
func (b *Bot) deny(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.in == nil {
		return b.stepModal(ctx, h, cl, commands.StepDeny)
	}
	body := b.clickBody(cl)
	body.Detail, _ = commands.ParseReason(cl.in.one(inputReason))
	actor := cl.verdict.actor()
	body.Values = map[string]string{"by": actor.Label(), "reason": body.Detail}
	now, err := b.service.Reject(ctx, h.Job, cl.of, moderation.ApprovalDenied, body, b.stepAnswer(h, cl))
	return b.clicked(ctx, h, cl, now, err)
}

// withdraw takes a request back.
func (b *Bot) withdraw(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	body := b.clickBody(cl)
	body.Detail = ""
	now, err := b.service.Reject(ctx, h.Job, cl.of, moderation.ApprovalWithdrawn, body, b.stepAnswer(h, cl))
	return b.clicked(ctx, h, cl, now, err)
}

// override runs a waiting case alone, with a reason.
func (b *Bot) override(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.in == nil {
		return b.stepModal(ctx, h, cl, commands.StepOverride)
	}
	body := b.clickBody(cl)
	body.Detail, _ = commands.ParseReason(cl.in.one(inputReason))
	told, err := b.answersOf(ctx, h, cl, cl.of)
	if err != nil {
		return err
	}
	now, err := b.service.Override(ctx, h.Job, cl.of, cl.shown(), body.Detail, body, told...)
	return b.clicked(ctx, h, cl, now, err)
}

// shown is what somebody saw of a case when he agreed to it: a modal shows all of
// it, a card not more people than are read there.
func (cl click) shown() moderation.ShownCase {
	return moderation.ShownCase{Digest: cl.step.Digest, Complete: cl.in != nil}
}
