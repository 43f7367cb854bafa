package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/policy"
)

// click is a pressed button of a case, or its submitted modal.
type click struct {
	asker
	verdict verdict // the person who clicked; not yet authorized
	step    commands.Step
	// view is the modal that was opened for it and waits to be filled; empty
	// for none.
	view string
	// within is the metadata of the modal that contains the button; view is
	// then that modal. It is empty for a message.
	within string
	// rows are the chosen rows of the list that the button is in.
	rows []string
	// in is what was entered; nil for a button.
	in   *submitted
	lang say.Lang

	// What the step is about, as the row's read found it: one of these.
	of     moderation.Case
	draft  moderation.Draft
	list   moderation.List
	found  moderation.SavedSearch
	quote  moderation.EvidenceDraft
	report moderation.Report
	// about is the action that a refusal names; nil for none.
	about *moderation.Action
}

// clicker looks up who clicked. It refuses people who may not click anything.
func (b *Bot) clicker(ctx context.Context, from asker) (verdict, error) {
	v, err := b.identify(ctx, from, decideFresh)
	if err == nil && v.decision.Refusal == nil && v.channel.HasExternalPeople() {
		v = v.refused(moderation.NewError(moderation.RefuseExternalChannel))
	}
	return v, err
}

// identifyClicker looks up who clicked, in the channel of the case's request,
// because the card may be elsewhere. Answers of Slack may be a few seconds
// old.
func (b *Bot) identifyClicker(ctx context.Context, cl click) (verdict, error) {
	asked := cl.asker
	asked.Channel = cl.of.Origin.Channel
	return b.identify(ctx, asked, callFresh)
}

// checkRight checks a right to a step that has no verb.
func (b *Bot) checkRight(ctx context.Context, cl click, r policy.Right) (verdict, error) {
	v, err := b.identifyClicker(ctx, cl)
	if err != nil || v.decision.Refusal != nil {
		return v, err
	}
	v.decision = b.cfg.Policy().Authorize(r, v.person, cl.of.Approval.Requirement, !cl.of.Approval.Escalated.IsZero())
	if no := v.decision.Refusal; no != nil {
		v.decision.Refusal = withCase(no, cl.of)
	}
	return v, nil
}

// withCase adds what the refusal's sentence says about the case.
func withCase(no *moderation.Error, c moderation.Case) *moderation.Error {
	out := moderation.NewError(no.Code)
	out.Cause, out.Values = no.Cause, map[string]string{}
	for k, v := range no.Values {
		out.Values[k] = v
	}
	out.Values["case"] = fmt.Sprint(c.No)
	if out.Values["roles"] == "" && len(c.Approval.Requirement.Approvers) > 0 {
		out.Values["roles"] = joined(c.Approval.Requirement.Approvers)
	}
	if c.State == moderation.AwaitingApproval {
		out.Values["until"] = c.Approval.Expires.UTC().Format(rfc3339)
	}
	return out
}

// confirm runs a case whose card asked for confirmation.
func (b *Bot) confirm(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	evaluator, err := b.evaluateApprovable(ctx, cl.verdict, cl.of.Action)
	if err != nil {
		return err
	}
	now, err := b.service.Confirm(ctx, h.Job, cl.of, b.clickBody(cl), evaluator, b.caseAnswer(h, cl.asker, cl.lang))
	return b.clicked(ctx, h, cl, now, err)
}

// abandon ends a case whose card asked for confirmation.
func (b *Bot) abandon(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	now, err := b.service.Abandon(ctx, h.Job, cl.of, b.clickBody(cl))
	return b.clicked(ctx, h, cl, now, err)
}

// tryAgain tries what ended unknown once more.
func (b *Bot) tryAgain(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	now, err := b.service.TryAgain(ctx, h.Job, cl.of, b.clickBody(cl), b.evaluateRest(cl.verdict, cl.of), b.caseAnswer(h, cl.asker, cl.lang))
	if errors.Is(err, moderation.ErrApprovalRequired) {
		return b.requestAgain(ctx, h, cl)
	}
	return b.clicked(ctx, h, cl, now, err)
}

// evaluateRest has the policy decide on what is left of a case: what it
// restricts ends when it was to end, whenever it is tried.
func (b *Bot) evaluateRest(v verdict, c moderation.Case) moderation.Reevaluation {
	w := b.evaluate(v, c.Action)
	if b.decide(v, c.Action).decision.Requirement.Required() { // as is asked again before the call
		return w
	}
	w.Evaluate = func(f moderation.Facts) moderation.Decision {
		a := c.Action
		if !c.Until.IsZero() {
			a.Duration = max(c.Until.Sub(f.At), time.Second)
		}
		return b.evaluate(v, a).Evaluate(f)
	}
	return w
}

// requestAgain opens a new request for the unknown outcomes of a case,
// because a retry needs an approval.
func (b *Bot) requestAgain(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	c := cl.of
	if c.Action.Relation == moderation.RelUndo { // a retry of the verb alone would also undo what was restored
		return b.refusedClick(ctx, h, cl, withCase(moderation.NewError(moderation.RefuseNoRetry), c))
	}
	view, err := b.cfg.Store.CaseView(ctx, c.No)
	if err != nil {
		return err
	}
	a := unknownPart(view)
	said := a
	if len(said.Targets) > commands.DefaultMaxTargets { // more than can be typed
		said.Targets = nil
	}
	r := request{typed: typed{asker: cl.asker, Text: commands.Format(said)}, verdict: cl.verdict, action: a, source: "again", lang: cl.lang}
	r.Channel = c.Origin.Channel
	if c.Card.Channel != "" {
		r.card = c.Card.Channel
	}
	return b.open(ctx, h, r)
}

// unknownPart is the action of a case, for the people with an unknown outcome, in the rooms that have
// one. In several rooms it repeats what one of them had, which Tencent accepts.
func unknownPart(v moderation.CaseView) moderation.Action {
	a := v.Case.Action
	a.RelatedCase, a.Relation, a.Override, a.Targets, a.ReasonSent = 0, "", false, nil, nil
	var unknown []moderation.Target
	for _, t := range v.Targets {
		if t.Outcome == moderation.Unknown {
			t.Room = v.RoomOf(t)
			unknown = append(unknown, t)
		}
	}
	if len(v.Case.Action.Targets) > 0 {
		a.Targets = peopleOf(unknown)
	}
	if rooms := roomsOf(unknown); len(rooms) > 0 {
		a = a.In(rooms[0])
		a.MoreRooms = append(a.MoreRooms, rooms[1:]...)
	}
	return a
}

// clickBody is the entry's body of a click.
func (b *Bot) clickBody(cl click) moderation.Body {
	actor, d := cl.verdict.actor(), cl.verdict.decision
	return moderation.Body{
		Actor: &actor, Action: cl.about, Rule: d.Rule, Policy: d.Policy, Detail: cl.step.Step,
		Origin: &moderation.Origin{Channel: cl.Channel, Envelope: cl.Envelope, Source: "button", Bot: b.cfg.Version},
	}
}

// clicked finishes a click: it logs a success, answers a late click with the
// state of the case, and explains a refusal.
func (b *Bot) clicked(ctx context.Context, h *moderation.LeasedJob, cl click, now moderation.Case, err error) error {
	var no *moderation.Error
	var refused *moderation.RefusedError
	switch {
	case errors.As(err, &refused):
		return b.refusedClick(ctx, h, cl, withCase(refused.Decision.Refusal, cl.of))
	case err == nil:
		b.log.Info("case step done", "case", now.No, "job", h.ID, "step", cl.step.Step, "user", cl.User, "state", now.State)
		return nil
	case errors.Is(err, moderation.ErrStale):
		view, err := b.cfg.Store.CaseView(ctx, cl.of.No)
		if err != nil {
			return err
		}
		if _, err := b.fillModal(ctx, cl.view, b.cfg.Speaker.StaleModal(view, cl.lang)); err != nil {
			b.log.Warn("modal not filled", "job", h.ID, "err", err)
		}
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Stale(view, cl.lang)))
	case errors.As(err, &no):
		return b.refusedClick(ctx, h, cl, withCase(no, cl.of))
	}
	return err
}

// refusedClick refuses a click for a reason, with the modal that waits for it.
func (b *Bot) refusedClick(ctx context.Context, h *moderation.LeasedJob, cl click, no *moderation.Error) error {
	said := moderation.Body{Detail: cl.step.Step, Involved: cl.of.Involves(cl.verdict.actor())}
	return b.refusedView(ctx, h, cl.asker, cl.verdict.refused(no), cl.about, cl.view, said)
}

// refusedView refuses a request, also in the open modal. said has the button
// that was pressed; it is empty for a form.
// A lookup that failed at the vendor is not a refusal: it is reported and tried again.
func (b *Bot) refusedView(ctx context.Context, h *moderation.LeasedJob, from asker, v verdict, action *moderation.Action, view string, said moderation.Body) error {
	no := v.decision.Refusal
	lang := b.langOf(v.person)
	if _, err := b.fillModal(ctx, view, b.cfg.Speaker.RefusedModal(no, lang)); err != nil {
		if ctx.Err() != nil {
			return err
		}
		b.log.Warn("modal not filled", "job", h.ID, "err", err)
	}
	if !refusal(no.Code) {
		return b.finish(ctx, h, b.toAsker(h, from, b.cfg.Speaker.Refusal(no, lang)))
	}
	return b.refused(ctx, h, from, v, action, said)
}
