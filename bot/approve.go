package bot

import (
	"context"
	"strings"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/policy"
)

const rfc3339 = time.RFC3339

func joined(roles []string) string { return strings.Join(roles, ", ") }

// refusal reports whether a code says that somebody may not, and not that
// something went wrong.
func refusal(c moderation.Code) bool { return strings.HasPrefix(string(c), "refuse-") }

// onWaiting is a step of a case that waits for an approval, for whom the judge
// lets take it. A case that waits no more is told as it stands.
func (b *Bot) onWaiting(judge func(context.Context, click, moderation.Case) (verdict, error), do caseStep) caseStep {
	return func(ctx context.Context, h *moderation.Held, cl click, c moderation.Case) error {
		if c.State != moderation.Waiting {
			return b.clicked(ctx, h, cl, c, c, moderation.ErrStale)
		}
		return b.judged(judge, do)(ctx, h, cl, c)
	}
}

// judged is a step of a case for whom the judge lets take it.
func (b *Bot) judged(judge func(context.Context, click, moderation.Case) (verdict, error), do caseStep) caseStep {
	return func(ctx context.Context, h *moderation.Held, cl click, c moderation.Case) error {
		v, err := judge(ctx, cl, c)
		if err != nil {
			return err
		}
		if cl.verdict = v; v.decision.Refusal != nil {
			return b.refusedClick(ctx, h, cl, v.decision.Refusal, &c.Action)
		}
		return do(ctx, h, cl, c)
	}
}

// decider is somebody who is to decide about a case of another person.
func (b *Bot) decider(ctx context.Context, cl click, c moderation.Case) (verdict, error) {
	v, err := b.may(ctx, cl, c, policy.Approve)
	if err != nil || v.decision.Refusal != nil && v.decision.Refusal.Code != moderation.RefuseNotApprover {
		return v, err
	}
	// His own case first: a requester who is an approver, too, reads why he
	// cannot, and one who is none reads who can.
	if c.Actor.Same(v.actor()) {
		v = v.refused(about(moderation.NewError(moderation.RefuseOwnCase), c))
	}
	return v, nil
}

// breaker is somebody who may run a waiting case alone; it may be his own.
func (b *Bot) breaker(ctx context.Context, cl click, c moderation.Case) (verdict, error) {
	return b.may(ctx, cl, c, policy.Glass)
}

// requester is who asked for a case.
func (b *Bot) requester(ctx context.Context, cl click, c moderation.Case) (verdict, error) {
	v, err := b.there(ctx, cl, c)
	if err == nil && v.decision.Refusal == nil && !c.Actor.Same(v.actor()) {
		v = v.refused(about(moderation.NewError(moderation.RefuseNotRequester), c))
	}
	return v, err
}

// approve agrees to a case: at once when everything that runs stood on the card,
// else in a modal that shows all of it.
func (b *Bot) approve(ctx context.Context, h *moderation.Held, cl click, c moderation.Case) error {
	if cl.step.Step == commands.StepView && cl.in == nil {
		return b.showModal(ctx, h, cl, c, b.cfg.Speaker.ApproveModal, commands.StepApprove)
	}
	told, err := b.answersOf(ctx, h, cl, c)
	if err != nil {
		return err
	}
	now, err := b.service.Approve(ctx, h.Job, c, cl.saw(), b.clickBody(cl, cl.verdict, c), told...)
	return b.clicked(ctx, h, cl, now, c, err)
}

// deny says no to a case, with a reason.
func (b *Bot) deny(ctx context.Context, h *moderation.Held, cl click, c moderation.Case) error {
	if cl.in == nil {
		return b.showModal(ctx, h, cl, c, b.cfg.Speaker.DenyModal, commands.StepDeny)
	}
	body := b.clickBody(cl, cl.verdict, c)
	body.Detail, _ = commands.ParseReason(cl.in.one(inputReason))
	actor := cl.verdict.actor()
	body.Values = map[string]string{"by": actor.Label(), "reason": body.Detail}
	now, err := b.service.TurnDown(ctx, h.Job, c, moderation.ApprovalDenied, body, b.stepAnswer(h, cl))
	return b.clicked(ctx, h, cl, now, c, err)
}

// withdraw takes a request back.
func (b *Bot) withdraw(ctx context.Context, h *moderation.Held, cl click, c moderation.Case) error {
	body := b.clickBody(cl, cl.verdict, c)
	body.Detail = ""
	now, err := b.service.TurnDown(ctx, h.Job, c, moderation.ApprovalWithdrawn, body, b.stepAnswer(h, cl))
	return b.clicked(ctx, h, cl, now, c, err)
}

// breakGlass runs a waiting case alone, with a reason.
func (b *Bot) breakGlass(ctx context.Context, h *moderation.Held, cl click, c moderation.Case) error {
	if cl.in == nil {
		return b.showModal(ctx, h, cl, c, b.cfg.Speaker.GlassModal, commands.StepGlass)
	}
	body := b.clickBody(cl, cl.verdict, c)
	body.Detail, _ = commands.ParseReason(cl.in.one(inputReason))
	told, err := b.answersOf(ctx, h, cl, c)
	if err != nil {
		return err
	}
	now, err := b.service.RunAlone(ctx, h.Job, c, cl.saw(), body.Detail, body, told...)
	return b.clicked(ctx, h, cl, now, c, err)
}

// saw is what somebody saw of a case when he agreed to it: a modal shows all of
// it, a card not more people than are read there.
func (cl click) saw() moderation.Seen {
	return moderation.Seen{Seal: cl.step.Seal, Whole: cl.in != nil}
}
