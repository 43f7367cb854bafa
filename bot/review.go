package bot

import (
	"context"
	"errors"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/policy"
)

// reviewed records that a case was reviewed.
func (b *Bot) reviewed(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	return b.review(ctx, h, cl, moderation.ReviewReviewed, "")
}

// flag asks what is wrong with a case, and writes it down.
func (b *Bot) flag(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	switch c := cl.of; {
	case cl.in != nil:
		note, _ := commands.ParseReason(cl.in.one(inputNote))
		return b.review(ctx, h, cl, moderation.ReviewFlagged, note)
	case c.Review.State == moderation.ReviewFlagged, !c.Reviewable():
		return b.reviewStale(ctx, h, cl, c)
	}
	return b.stepModal(ctx, h, cl, commands.StepFlag)
}

func (b *Bot) review(ctx context.Context, h *moderation.LeasedJob, cl click, state moderation.ReviewState, note string) error {
	body := b.clickBody(cl)
	body.Action, body.Detail, body.Person = nil, note, cl.of.Actor.User
	then := cl.of
	then.Review = moderation.Review{State: state, By: cl.verdict.actor(), At: b.cfg.Now(), Note: note}
	now, err := b.cfg.Store.Review(ctx, h.Job, moderation.ReviewInput{
		No: cl.of.No, State: state, Note: note, Body: body, Change: b.toAsker(h, cl.asker, b.cfg.Speaker.Reviewed(then, cl.lang)),
	})
	if errors.Is(err, moderation.ErrStale) {
		return b.reviewStale(ctx, h, cl, now)
	}
	if err == nil {
		b.refreshList(ctx, cl)
	}
	return b.clicked(ctx, h, cl, now, err)
}

// reviewStale answers with what was already done with a case, or what it
// waits for.
func (b *Bot) reviewStale(ctx context.Context, h *moderation.LeasedJob, cl click, c moderation.Case) error {
	if !c.Reviewable() {
		if cl.within != "" { // keep a list that contains the button open
			cl.view = ""
		}
		return b.clicked(ctx, h, cl, c, moderation.ErrStale)
	}
	if cl.within == "" { // keep a list that contains the button open
		if _, err := b.fillModal(ctx, cl.view, b.cfg.Speaker.ReviewStaleModal(c, cl.lang)); err != nil {
			b.log.Warn("modal not filled", "job", h.ID, "err", err)
		}
	} else {
		b.refreshList(ctx, cl)
	}
	return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.ReviewStale(c, cl.lang)))
}

// refreshList renders the list that contains the pressed button again. An
// outdated list does no harm: each button is authorized against the current
// case.
func (b *Bot) refreshList(ctx context.Context, cl click) {
	step, _, err := commands.ParseMetadata(cl.within)
	if err != nil || step.Kind != commands.StepLine {
		return
	}
	if m, err := b.linePage(ctx, step, cl.Channel, cl.verdict.actor(), cl.lang); err == nil {
		_, err = b.fillModal(ctx, cl.view, m)
		if err != nil {
			b.log.Warn("list not updated", "err", err)
		}
	}
}

// showLine shows the cases behind an audit message.
func (b *Bot) showLine(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	v := cl.verdict
	m, err := b.linePage(ctx, cl.step, cl.Channel, v.actor(), cl.lang)
	gone := errors.Is(err, moderation.ErrNotFound)
	if gone {
		m, err = b.cfg.Speaker.DoneModal(b.cfg.Speaker.ReviewsGone(cl.lang), cl.lang), nil
	}
	if err != nil {
		return err
	}
	open, err := b.fillModal(ctx, cl.view, m)
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case gone:
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.ReviewsGone(cl.lang)))
	case !open:
		b.log.Warn("modal not filled", "job", h.ID, "err", err)
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.ModalFailed, cl.lang)))
	}
	actor := v.actor()
	return b.finish(ctx, h, moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryRead, Body: moderation.Body{
		Actor: &actor, Action: &moderation.Action{Verb: moderation.ReviewAll}, Policy: v.decision.Policy,
		Origin: &moderation.Origin{Channel: cl.Channel, Envelope: cl.Envelope, Source: "button", Bot: b.cfg.Version},
	}}}})
}

// linePage renders a page of the cases behind an audit message.
func (b *Bot) linePage(ctx context.Context, step commands.Step, channel string, reader moderation.Actor, lang say.Lang) (say.Modal, error) {
	nos, err := b.cfg.Store.LineCases(ctx, step.ID)
	if err != nil {
		return say.Modal{}, err
	}
	page := min(step.Page, say.ReviewPages(len(nos))-1)
	from := page * say.ReviewsOnPage
	var rows []say.ReviewRow
	for _, no := range nos[from:min(from+say.ReviewsOnPage, len(nos))] {
		c, err := b.cfg.Store.Case(ctx, no)
		if err != nil {
			return say.Modal{}, err
		}
		rows = append(rows, say.ReviewRow{Case: c, Permalink: b.permalink(c.Card), OthersOnly: c.MayReview(reader) != nil})
	}
	here := commands.Step{Kind: commands.StepLine, ID: step.ID, Step: commands.StepPage, Page: page}
	return b.cfg.Speaker.ReviewsModal(rows, page, len(nos), step.ID, commands.Metadata(here, channel), lang), nil
}

// reviewTyped is "/mod review": the cases to review.
func (b *Bot) reviewTyped(ctx context.Context, h *moderation.LeasedJob, r request, body moderation.Body) error {
	if no := b.mayReview(&r.verdict); no {
		return b.refused(ctx, h, r.asker, r.verdict, &r.action, moderation.Body{Typed: r.Text})
	}
	now := b.cfg.Now()
	list := moderation.List{
		Token: moderation.NewToken(), Team: b.cfg.Workspace.Team, User: r.User, Action: moderation.Action{Verb: moderation.ReviewAll},
		At: now, Expires: now.Add(moderation.ListLifetime),
	}
	m, err := b.reviewPage(ctx, list, 0, r.verdict.actor(), r.lang)
	if err != nil {
		return err
	}
	c := b.toAsker(h, r.asker, m)
	c.List = &list
	c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryRead, Body: body})
	return b.finish(ctx, h, c)
}

// mayReview checks the right to review in general, and reports whether it is
// refused.
func (b *Bot) mayReview(v *verdict) (refused bool) {
	d := b.cfg.Policy().Authorize(policy.RightReview, v.person, moderation.ApprovalRequirement{}, false)
	if d.Refusal != nil {
		*v = v.refused(d.Refusal)
	}
	return d.Refusal != nil
}

// turnReviewPage turns a page of the list of what waits, as it is by now.
func (b *Bot) turnReviewPage(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if b.mayReview(&cl.verdict) {
		return b.refusedClick(ctx, h, cl, cl.verdict.decision.Refusal)
	}
	m, err := b.reviewPage(ctx, cl.list, cl.step.Page, cl.verdict.actor(), cl.lang)
	if err != nil {
		return err
	}
	a := answerTo(cl.asker, m)
	a.Replace = true
	return b.finish(ctx, h, moderation.Change{Jobs: []moderation.NewJob{b.answerJob(h, a, "")}})
}

func (b *Bot) reviewPage(ctx context.Context, list moderation.List, page int, reader moderation.Actor, lang say.Lang) (say.Message, error) {
	items, all, err := b.cfg.Store.PendingReviews(ctx, page*say.ReviewsOnPage, say.ReviewsOnPage)
	if err != nil {
		return say.Message{}, err
	}
	if last := say.ReviewPages(all) - 1; page > last { // others were quicker
		page = last
		if items, all, err = b.cfg.Store.PendingReviews(ctx, page*say.ReviewsOnPage, say.ReviewsOnPage); err != nil {
			return say.Message{}, err
		}
	}
	rows := make([]say.ReviewRow, len(items))
	for i, it := range items {
		rows[i] = say.ReviewRow{Case: it.Case, Permalink: b.permalink(it.Case.Card), OthersOnly: it.Case.MayReview(reader) != nil}
	}
	return b.cfg.Speaker.ReviewPage(rows, page, all, list.Token, lang), nil
}
