package bot

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// A modal is opened empty at the click and filled by the job that the click
// became: the right to open one ends after 3 s, and nothing of a case may be
// shown before its job has judged who clicked.

// opens are the steps that open a modal.
var opens = map[string]bool{
	commands.StepView: true, commands.StepDeny: true, commands.StepGlass: true, commands.StepUndo: true,
	commands.StepExtend: true, commands.StepFlag: true, commands.StepReviews: true,
}

// opensModal reports whether a button opens one: by what it carries alone,
// since nothing may be looked up first. An undo that was confirmed in a dialog
// of its own is sealed, and needs none.
func opensModal(actionID, value string) bool {
	step, err := commands.ParseStep(actionID, value)
	return err == nil && opens[step.Step] && (step.Step != commands.StepUndo || step.Seal == "")
}

// Bounds of opening a modal.
const (
	openWithin = 2500 * time.Millisecond // Slack's right to it ends after 3 s
	openHands  = 32                      // at once; more are told to press again
	fillWithin = 5 * time.Second         // how long a job waits for its modal to stand
)

// openLoading asks for an empty modal and gives the external id by which it is
// filled. It does not wait: the ack must not.
func (b *Bot) openLoading(ctx context.Context, envelope, trigger, user string, above bool) (external string) {
	external = externalID(envelope)
	if trigger == "" {
		return external
	}
	select {
	case b.opening <- struct{}{}:
	default:
		b.log.Error("modal not opened: too many at once", "envelope", envelope)
		return external
	}
	m := b.cfg.Speaker.Loading(b.lang(user), external)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openWithin)
	b.modals.Go(func() error {
		defer func() { cancel(); <-b.opening }()
		open := b.cfg.Slack.OpenViewContext
		if above { // the click came from a modal: the new one stands on it
			open = b.cfg.Slack.PushViewContext
		}
		if _, err := open(ctx, trigger, m.View); err != nil {
			b.metrics.postFaults.WithLabelValues("modal").Inc()
			b.log.Warn("modal not opened", "envelope", envelope, "err", err)
		}
		return nil
	})
	return external
}

func externalID(envelope string) string { return "bouncer-" + envelope }

// fill puts a modal's content in the place of "Loading". The job may be quicker
// than the opening: then it waits. A modal that never came is told privately.
func (b *Bot) fill(ctx context.Context, external string, m say.Modal) (stands bool, err error) {
	if external == "" {
		return false, nil
	}
	m.View.ExternalID = external
	for until := time.Now().Add(fillWithin); ; {
		call, cancel := context.WithTimeout(ctx, slackTimeout)
		_, err = b.cfg.Slack.UpdateViewContext(call, m.View, external, "", "")
		cancel()
		var said slack.SlackErrorResponse
		switch {
		case err == nil:
			return true, nil
		case errors.As(err, &said) && said.Err == "not_found": // not yet, or closed again
			if time.Now().After(until) {
				return false, nil
			}
		case !passes(err):
			return false, err
		case time.Now().After(until):
			return false, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// wrongInputs is what can be said of a submitted modal at once, without looking
// anything up: by block id, as Slack shows it beside the input.
func (b *Bot) wrongInputs(step commands.Step, in submitted) map[string]string {
	wrong := make(map[string]string)
	lang := b.lang(in.User)
	tell := func(block string, m *commands.Mistake) {
		if m != nil {
			wrong[block] = b.cfg.Speaker.MistakeText(m, lang)
		}
	}
	switch step.Step {
	case commands.StepExtend:
		_, _, m := commands.ParseDuration(in.one(inputLength))
		tell(inputLength, m)
	case commands.StepDeny, commands.StepGlass:
		_, m := commands.ParseReason(in.one(inputReason))
		tell(inputReason, m)
	case commands.StepUndo:
		// More people than can be chosen from are typed.
		if typed := in.Inputs[inputTargets]; len(typed) == 1 && typed[0] != "" {
			_, m := commands.ParseUsers(typed[0])
			tell(inputTargets, m)
		}
	case commands.StepEvidence:
		if evidenceCase(in) == 0 {
			wrong[say.InputCase] = b.cfg.Speaker.WrongCase(lang)
		}
	case commands.StepFlag:
		_, m := commands.ParseReason(in.one(inputNote))
		tell(inputNote, m)
	}
	return wrong
}

// The inputs of modals.
const (
	inputReason  = say.InputReason
	inputNote    = say.InputNote
	inputLength  = say.InputLength
	inputTargets = say.InputTargets
)

// modal makes the content of a modal about a case.
type modal func(v moderation.View, lang say.Lang, meta string) say.Modal

// sealed are the steps whose submission must be about what the modal showed.
var sealed = map[string]bool{commands.StepApprove: true, commands.StepGlass: true}

// showModal fills the modal that was opened for a click; its submission is the
// step. One that never came, or was closed again, is told privately.
func (b *Bot) showModal(ctx context.Context, h *moderation.Held, cl click, c moderation.Case, make modal, submits string) error {
	view, err := b.cfg.Store.View(ctx, c.No)
	if err != nil {
		return err
	}
	step := commands.Step{Kind: commands.StepCase, ID: c.Token, Step: submits}
	if sealed[submits] {
		step.Seal = view.Case.Seal()
	}
	stands, err := b.fill(ctx, cl.view, make(view, cl.lang, commands.Metadata(step, cl.Channel)))
	if err != nil && ctx.Err() != nil {
		return err
	}
	if !stands {
		b.log.Warn("modal not filled", "case", c.No, "job", h.ID, "err", err)
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.NoModal(cl.lang)))
	}
	return b.finish(ctx, h, moderation.Change{})
}
