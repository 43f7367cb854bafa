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

// refusal reports whether a code means "not allowed" rather than an error.
func refusal(c moderation.Code) bool { return strings.HasPrefix(string(c), "refuse-") }

// approve approves a case: at once if the card showed everything that will
// run, otherwise through a modal that shows it.
func (b *Bot) approve(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.step.Step == commands.StepShowAll && cl.in == nil {
		return b.stepModal(ctx, h, cl, commands.StepApprove)
	}
	answers, err := b.answersOf(ctx, h, cl, cl.of)
	if err != nil {
		return err
	}
	now, err := b.service.Approve(ctx, h.Job, cl.of, cl.shown(), b.clickBody(cl), answers...)
	return b.clicked(ctx, h, cl, now, err)
}

// deny denies a case, with a reason.
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

// withdraw withdraws a request.
func (b *Bot) withdraw(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	body := b.clickBody(cl)
	body.Detail = ""
	now, err := b.service.Reject(ctx, h.Job, cl.of, moderation.ApprovalWithdrawn, body, b.stepAnswer(h, cl))
	return b.clicked(ctx, h, cl, now, err)
}

// override runs a waiting case without its approval ("Break glass"), with a
// reason.
func (b *Bot) override(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.in == nil {
		return b.stepModal(ctx, h, cl, commands.StepOverride)
	}
	body := b.clickBody(cl)
	body.Detail, _ = commands.ParseReason(cl.in.one(inputReason))
	answers, err := b.answersOf(ctx, h, cl, cl.of)
	if err != nil {
		return err
	}
	now, err := b.service.Override(ctx, h.Job, cl.of, cl.shown(), body.Detail, body, answers...)
	return b.clicked(ctx, h, cl, now, err)
}

// shown returns what the person saw of a case when approving it. A modal
// shows everything, unless it is about more people than it can list; a card
// lists only so many people.
func (cl click) shown() moderation.ShownCase {
	return moderation.ShownCase{Digest: cl.step.Digest, Complete: cl.in != nil && len(cl.of.Action.Targets) <= moderation.ManyTargets}
}
