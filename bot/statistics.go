package bot

import (
	"context"
	"fmt"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/policy"
)

// statistics answers with the numbers of a period, to people who may approve: they are about other
// moderators.
func (b *Bot) statistics(ctx context.Context, h *moderation.LeasedJob, ask request, body moderation.Body) error {
	if d := b.statisticsRight(ask.verdict); d.Refusal != nil {
		ask.verdict.decision = d
		return b.refused(ctx, h, ask.asker, ask.verdict, &ask.action, moderation.Body{Typed: ask.Text})
	}
	return b.runOnSlowQueue(ctx, h, ask.verdict.actor(), func() error {
		q := b.savedSearch(ctx, ask)
		st, err := b.cfg.Store.Statistics(ctx, q.Action.Search, q.At.Add(-q.Action.Search.Within), q.At)
		if err != nil {
			return err
		}
		body.Count = st.Cases
		return b.answerRead(ctx, h, ask, body, b.cfg.Speaker.Statistics(say.Statistics{Statistics: st, Question: q}, ask.lang), &q)
	})
}

func (b *Bot) statisticsRight(v verdict) moderation.Decision {
	return b.cfg.Policy().Authorize(policy.RightStats, v.person, moderation.ApprovalRequirement{}, false)
}

// sendStatistics sends the numbers behind a message as a file, in a direct message.
func (b *Bot) sendStatistics(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	q := b.withActorName(ctx, cl.found)
	if q.Action.Verb != moderation.Stats {
		return b.forged(ctx, h, cl)
	}
	if d := b.statisticsRight(cl.verdict); d.Refusal != nil {
		return b.refusedClick(ctx, h, cl, d.Refusal)
	}
	actor := cl.verdict.actor()
	return b.runOnSlowQueue(ctx, h, actor, func() error {
		st, err := b.cfg.Store.Statistics(ctx, q.Action.Search, q.At.Add(-q.Action.Search.Within), q.At)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("stats-%s.csv", q.At.UTC().Format("20060102-150405"))
		return b.sendFile(ctx, h, cl, name, b.cfg.Speaker.StatisticsTitle(q, cl.lang), b.cfg.Speaker.StatisticsCSV(st), moderation.Body{
			Actor: &actor, Action: &q.Action, Count: st.Cases, Detail: "csv",
		})
	})
}
