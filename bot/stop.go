package bot

import (
	"context"
	"slices"

	"bouncer/moderation"
	"bouncer/policy"
)

// stop stops a running case: its requester may, and whoever may agree to cases.
// That less happens needs no right to the action itself.
func (b *Bot) stop(ctx context.Context, h *moderation.Held, cl click, c moderation.Case) error {
	v, err := b.there(ctx, cl, c)
	if err != nil {
		return err
	}
	if v.decision.Refusal == nil && !v.actor().Same(c.Actor) {
		pol, need := b.cfg.Policy(), c.Decision.Need
		need.Approvers = slices.Concat(need.Approvers, need.EscalateTo, pol.Approvers())
		slices.Sort(need.Approvers)
		need.Approvers = slices.Compact(need.Approvers)
		if v.decision = pol.May(policy.Approve, v.person, need, false); v.decision.Refusal != nil {
			v.decision.Refusal = about(v.decision.Refusal, c)
		}
	}
	cl.verdict = v
	if v.decision.Refusal != nil {
		return b.refusedClick(ctx, h, cl, v.decision.Refusal, &c.Action)
	}
	body := b.clickBody(cl, v, c)
	body.Detail = "" // it is told as the reason
	now, err := b.service.Stop(ctx, h.Job, c, body, b.caseAnswer(h, cl.asker, cl.lang))
	return b.clicked(ctx, h, cl, now, c, err)
}
