package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bouncer/moderation"
)

// jobQuote adds the message from which a form was opened to the case that it became.
const jobQuote moderation.JobKind = "quote"

type quoted struct {
	Token string           `json:"token"`
	By    moderation.Actor `json:"by"`
}

// quoteJob queues the message of a form as evidence of its case; there is none for others.
func (b *Bot) quoteJob(h *moderation.LeasedJob, r request) []moderation.NewJob {
	if r.Quote == "" {
		return nil
	}
	raw, err := json.Marshal(quoted{r.Quote, r.verdict.actor()})
	if err != nil { // strings only: cannot fail
		panic("bot: " + err.Error())
	}
	return []moderation.NewJob{{
		Key: "quote:" + fmt.Sprint(h.ID), Queue: moderation.QueueAnswer, Kind: jobQuote, RunAt: b.cfg.Now(), Payload: raw,
	}}
}

// quote adds the message to the job's case, once.
func (b *Bot) quote(ctx context.Context, h *moderation.LeasedJob) error {
	var p quoted
	if err := json.Unmarshal(h.Payload, &p); err != nil {
		return fmt.Errorf("quote job %d: %w", h.ID, err)
	}
	q, err := b.cfg.Store.EvidenceDraft(ctx, p.Token)
	if errors.Is(err, moderation.ErrNotFound) || err == nil && q.User != p.By.User {
		b.log.Warn("the message of a form is not kept any more", "job", h.ID, "case", h.Case)
		return b.finish(ctx, h, moderation.Change{})
	}
	if err != nil {
		return err
	}
	view, err := b.cfg.Store.CaseView(ctx, h.Case)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(view.Evidence, func(e moderation.Evidence) bool { return e.Link == q.Link }) {
		return b.finish(ctx, h, moderation.Change{})
	}
	return b.finish(ctx, h, moderation.Change{Evidence: &moderation.Evidence{
		Case: h.Case, By: p.By, Author: q.Author, Sent: q.Sent, Text: q.Text, Link: q.Link,
	}})
}
