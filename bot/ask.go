package bot

import (
	"context"
	"errors"
	"slices"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/trace"
)

// request is a request for an action that may become a case.
type request struct {
	typed
	verdict verdict
	action  moderation.Action
	source  string // see moderation.Origin
	draft   string // token of the stored draft; empty for none
	lang    say.Lang
	// card is the channel for the card; empty for the channel of the request.
	card string
	// view is the modal that also shows a refusal; empty for none.
	view string
}

// origin says where it was requested, and by what.
func (r request) origin(version string) moderation.Origin {
	o := moderation.Origin{Channel: r.Channel, Envelope: r.Envelope, Source: r.source, Bot: version}
	if r.filed != nil {
		o.File, o.FileDigest = r.filed.File, r.filed.Digest
	}
	return o
}

// open makes a case of it, with the private answer in the same transaction. The
// decision is made in there too, under what the store knows at that moment.
func (b *Bot) open(ctx context.Context, h *moderation.LeasedJob, r request) error {
	card, elsewhere := r.Channel, false
	switch {
	case r.card != "":
		card = r.card
	case !r.verdict.channel.Member:
		card, elsewhere = b.cfg.CaseChannel, true
	}
	// If the card is posted in the same channel, it is the answer. Otherwise
	// the author gets a link at once and the result at the end.
	var also []moderation.NewJob
	if elsewhere || card != r.Channel {
		also = append(also, b.caseAnswer(h, r.asker, r.lang), b.endAnswer(h, r.asker, r.lang))
	}
	if elsewhere && h.ReplyURL != "" {
		also = append(also, b.linkAnswer(h, r.asker, r.lang, "not_in_channel"))
	}
	undone, err := b.undoneAnswer(ctx, h, r.action, r.verdict.actor())
	if err != nil {
		return err
	}
	also = append(also, undone...)
	also = append(also, b.quoteJob(h, r)...)
	again, err := b.repeatAnswer(ctx, h, r)
	if err != nil {
		return err
	}
	if again != nil {
		again = append(again, b.quoteJob(h, r)...)
	}
	opening, span := trace.Start(ctx, "open case", trace.Internal)
	asked := moderation.CaseRequest{
		Action: r.action, Actor: r.verdict.actor(), Typed: r.Text, ReviewShare: b.cfg.Policy().ReviewShare(),
		Origin: r.origin(b.cfg.Version),
		Team:   b.cfg.Workspace.Team, At: h.Queued, CardChannel: card, Draft: r.draft, Report: r.Report, ExtraJobs: also, OnDuplicate: again,
	}
	alone := b.evaluateAlone(r.verdict, r.action)
	asked.Evaluate, asked.Lookback = alone.Evaluate, alone.Lookback
	c, err := b.service.OpenCase(opening, h.Job, asked)
	if isForOthers(err) {
		var evaluator moderation.Reevaluation
		if evaluator, err = b.evaluateApprovable(ctx, r.verdict, r.action); err == nil {
			asked.Evaluate, asked.Lookback = evaluator.Evaluate, evaluator.Lookback
			c, err = b.service.OpenCase(opening, h.Job, asked)
		}
	}
	if err == nil {
		span.SetInt("case", c.No)
		span.Set("verb", string(r.action.Verb))
		span.Set("state", string(c.State))
	}
	span.End(err)
	var refused *moderation.RefusedError
	var no *moderation.Error
	var taken *moderation.ReportTakenError
	switch {
	case err == nil && !c.AskedAt.Equal(h.Queued):
		b.log.Info("command repeated", "case", c.No, "job", h.ID, "user", r.User)
		return nil
	case err == nil:
		b.log.Info("case opened", "case", c.No, "job", h.ID, "verb", r.action.Verb, "room", say.RoomKeys(r.action),
			"targets", len(r.action.Targets), "user", r.User, "state", c.State)
		return nil
	case errors.As(err, &refused):
		r.verdict.decision = refused.Decision
		return b.refusedView(ctx, h, r.asker, r.verdict, &r.action, r.view, moderation.Body{})
	case errors.Is(err, moderation.ErrStale):
		return b.finish(ctx, h, b.toAsker(h, r.asker, b.cfg.Speaker.Fixed(say.DraftUsed, r.lang, c.No)))
	case errors.As(err, &taken):
		return b.reportTaken(ctx, h, r.asker, taken.Report, r.lang)
	case errors.As(err, &no): // the vendor has no such call: no case was opened
		return b.finish(ctx, h, b.toAsker(h, r.asker, b.cfg.Speaker.Refusal(no, r.lang)))
	}
	return err
}

// repeatAnswer answers a command that an existing case already carries out.
// It returns no answer if that case's room was recreated since: no one is
// restricted in the new room, so the command becomes a new case.
func (b *Bot) repeatAnswer(ctx context.Context, h *moderation.LeasedJob, r request) ([]moderation.NewJob, error) {
	answer := []moderation.NewJob{b.answerJob(h, answer{Channel: r.Channel, User: r.User, Lang: r.lang, OfCase: true, Step: stepRepeated}, "")}
	if !slices.ContainsFunc(r.action.Rooms(), func(r moderation.Room) bool { spec, _ := r.Kind.Spec(); return spec.ReportsCreation }) {
		return answer, nil
	}
	c, err := b.cfg.Store.FindDuplicate(ctx, moderation.Case{Action: r.action, Actor: r.verdict.actor(), AskedAt: h.Queued})
	if err != nil {
		if errors.Is(err, moderation.ErrNotFound) {
			err = nil
		}
		return answer, err
	}
	if err := b.service.SameRoom(ctx, c); moderation.CodeOf(err) == moderation.RefuseRecreated {
		return nil, nil
	}
	return answer, ctx.Err()
}

// evaluate has the policy decide under what the store knows at that moment.
func (b *Bot) evaluate(v verdict, a moderation.Action) moderation.Reevaluation {
	policy := b.cfg.Policy()
	return moderation.Reevaluation{
		Evaluate: func(f moderation.Facts) moderation.Decision {
			return policy.Evaluate(moderation.PolicyInput{Person: v.person, Channel: v.channel, Action: a, Facts: f})
		},
		Lookback: policy.Lookback(),
	}
}
