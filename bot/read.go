package bot

import (
	"context"
	"fmt"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// read requests a list from the vendor. The entry that records who reads it
// is committed before the first call.
func (b *Bot) read(ctx context.Context, h *moderation.LeasedJob, from asker, action moderation.Action, body moderation.Body, lang say.Lang) error {
	err := b.cfg.Store.Append(ctx, moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryRead, Body: body}}})
	if err != nil {
		return err
	}
	r := b.cfg.Vendor.Read(ctx, action, b.service.TakeTurn)
	a := r.Answer
	answer := moderation.Body{
		Actor: body.Actor, Action: body.Action, Origin: body.Origin, Outcome: string(a.Class), Count: len(r.Rows),
		Vendor: &moderation.VendorResponse{Code: a.Code, Message: a.Message, RequestID: a.RequestID}, TookMS: a.Took.Milliseconds(),
	}
	if a.Class != moderation.VendorAccepted {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		no := a.Err
		if no == nil {
			no = moderation.NewError(moderation.CodeVendorUnexpected)
		}
		if no.Code == moderation.CodeVendorNoAnswer { // nothing was to be done
			no = &moderation.Error{Code: moderation.CodeVendorReadFailed, Values: no.Values}
		}
		answer.Code, answer.Values = no.Code, no.Values
		c := b.toAsker(h, from, b.cfg.Speaker.Refusal(no, lang))
		c.Entries = []moderation.NewEntry{{Kind: moderation.EntryAnswer, Body: answer}}
		return b.finish(ctx, h, c)
	}
	now := b.cfg.Now()
	list := moderation.List{
		Token: moderation.NewToken(), Team: b.cfg.Workspace.Team, User: from.User, Action: action,
		Reading: r, At: now, Expires: now.Add(moderation.ListLifetime),
	}
	c := b.toAsker(h, from, b.cfg.Speaker.ListPage(list, 0, lang))
	c.List = &list
	c.Entries = []moderation.NewEntry{{Kind: moderation.EntryAnswer, Body: answer}}
	return b.finish(ctx, h, c)
}

// turnListPage turns a page of a list.
func (b *Bot) turnListPage(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.list.Action.Verb == moderation.ReviewAll {
		return b.turnReviewPage(ctx, h, cl)
	}
	page := answerTo(cl.asker, b.cfg.Speaker.ListPage(cl.list, cl.step.Page, cl.lang))
	page.Replace = true
	return b.finish(ctx, h, moderation.Change{Jobs: []moderation.NewJob{b.answerJob(h, page, "")}})
}

// sendList sends a list whole.
func (b *Bot) sendList(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.list.Action.Verb == moderation.ReviewAll {
		return b.turnReviewPage(ctx, h, cl)
	}
	actor, list := cl.verdict.actor(), cl.list
	return b.runOnSlowQueue(ctx, h, actor, func() error {
		name := fmt.Sprintf("%s-%s.csv", list.Action.Verb, list.At.UTC().Format("20060102-150405"))
		return b.sendFile(ctx, h, cl, name, b.cfg.Speaker.CSVTitle(list, cl.lang), b.cfg.Speaker.CSV(list), moderation.Body{
			Actor: &actor, Action: &list.Action, Count: len(list.Reading.Rows), Detail: "csv",
		})
	})
}

// sendFile sends a file in a direct message and commits the entry about the reading.
func (b *Bot) sendFile(ctx context.Context, h *moderation.LeasedJob, cl click, name, title string, content []byte, body moderation.Body) error {
	channel, err := b.slack.openDirect(ctx, cl.User)
	if err == nil {
		err = b.slack.upload(ctx, channel, "", name, title, content)
	}
	if err != nil {
		if h.Attempt < 5 {
			return fmt.Errorf("send %s: %w", name, err)
		}
		b.log.Error("list not sent", "job", h.ID, "user", cl.User, "err", err)
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.CSVFailed, cl.lang)))
	}
	c := b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.CSVSent, cl.lang))
	c.Entries = []moderation.NewEntry{{Kind: moderation.EntryRead, Body: body}}
	return b.finish(ctx, h, c)
}
