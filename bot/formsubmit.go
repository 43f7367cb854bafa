package bot

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/bot/socket"
	"bouncer/commands"
	"bouncer/moderation"
)

// submitWithin is how long a submission may be checked before it is answered: Slack waits 3 s.
const submitWithin = 2300 * time.Millisecond

// submitForm checks a submitted form in the acknowledgement, so that a refusal keeps what was
// entered, and queues the command that it is. It does not wait.
func (b *Bot) submitForm(ctx context.Context, env socket.Envelope, ack socket.Ack, from asker, view viewPayload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), submitWithin-time.Since(env.Received))
	b.modals.Go(func() error {
		defer cancel()
		t, answer := b.checkForm(ctx, from, view)
		if answer != nil {
			b.acked(env, ack(b.answerForm(ctx, from, view, answer)))
			return nil
		}
		kind := jobCommand
		if t.File != "" {
			kind = jobFile
		}
		b.accept(context.WithoutCancel(ctx), env, ack, kind, t.asker, t, "")
		return nil
	})
}

// answerForm returns the answer to a submission that keeps the form open. A form that is too large for
// the answer is updated instead, and the answer asks to fill it in.
func (b *Bot) answerForm(ctx context.Context, from asker, view viewPayload, answer map[string]any) map[string]any {
	shown, ok := answer["view"].(slack.ModalViewRequest)
	if !ok || ackFits(answer) {
		return answer
	}
	if _, err := b.cfg.Slack.UpdateViewContext(ctx, shown, "", view.Hash, view.ID); err != nil {
		b.log.Warn("form not updated", "user", from.User, "err", err)
	}
	return formErrors(map[string]string{string(commands.FieldVerb): b.cfg.Speaker.FixedText(say.FormFields, b.lang(from.User))})
}

// ackFits reports whether an ack may carry a payload: Slack ignores one that is too large.
func ackFits(payload any) bool {
	raw, err := json.Marshal(payload)
	return err == nil && len(raw) <= socket.MaxPayload
}

// checkForm returns the command that a form is, or the answer that keeps the form open.
func (b *Bot) checkForm(ctx context.Context, from asker, view viewPayload) (t typed, answer map[string]any) {
	in, ok := readFormView(view)
	if !ok {
		return t, formErrors(map[string]string{say.InputCommand: b.cfg.Speaker.FixedText(say.FormFailed, b.lang(from.User))})
	}
	refuse := func(text string) map[string]any {
		return formErrors(map[string]string{in.block(commands.FieldVerb): text})
	}
	v, err := b.clicker(ctx, from)
	if err != nil {
		return t, refuse(b.cfg.Speaker.RefusalText(moderation.NewError(moderation.RefuseUnknownPerson), b.lang(from.User)))
	}
	lang := b.langOf(v.person)
	if v = b.decide(v, moderation.Action{Verb: moderation.ShowCase}); v.decision.Refusal != nil {
		b.recordFormRefusal(ctx, from, v, nil)
		return t, refuse(b.cfg.Speaker.RefusalText(v.decision.Refusal, lang))
	}
	if no, err := b.notThere(ctx, from); no != nil || err != nil {
		if no == nil {
			no = moderation.NewError(moderation.RefuseUnknownChannel)
		}
		v = v.refused(no)
		b.recordFormRefusal(ctx, from, v, nil)
		return t, refuse(b.cfg.Speaker.RefusalText(no, lang))
	}
	t = in.typed(from)
	if t.Quote != "" {
		if _, err := b.cfg.Store.EvidenceDraft(ctx, t.Quote); errors.Is(err, moderation.ErrNotFound) {
			return t, refuse(b.cfg.Speaker.FixedText(say.FormQuoteGone, lang))
		}
	}
	set := b.parseContext(v, t)
	if in.isCommand {
		t.setForm(in.step.ID, cut(in.command, mostTyped))
		if _, m := commands.Parse(t.Text, set); m != nil {
			return t, refuse(b.cfg.Speaker.MistakeText(m, lang))
		}
		return t, nil
	}
	if f := (say.Form{State: in.state}); !in.shown(f) { // an update was lost: show the fields of this verb first
		if f, err = b.formOf(ctx, v, from, view, in); err == nil {
			return t, map[string]any{"response_action": "update", "view": b.cfg.Speaker.FormModal(f, lang).View}
		}
	}
	action, wrong := in.state.Action(set)
	if len(wrong) > 0 {
		return t, b.formWrong(in, wrong, lang)
	}
	if in.file != "" {
		t.setForm(in.step.ID, commands.Format(action)+"\x00"+in.file)
		t.Text, t.Action, t.File = commands.Format(action), &action, in.file
		if v = b.decide(v, action); v.decision.Refusal != nil {
			b.recordFormRefusal(ctx, from, v, &action)
			return t, refuse(b.cfg.Speaker.RefusalText(v.decision.Refusal, lang))
		}
		return t, nil
	}
	t.setForm(in.step.ID, commands.FormText(action, set))
	t.Fields = true
	if !action.Dry {
		if would, err := b.wouldDo(ctx, b.decide(v, action), action); err == nil && would.Decision.Refusal != nil {
			v.decision = would.Decision
			b.recordFormRefusal(ctx, from, v, &action)
			return t, refuse(b.cfg.Speaker.RefusalText(would.Decision.Refusal, lang))
		}
	}
	return t, nil // what could not be known in time is decided as for a typed command
}

// notThere returns a refusal if a person is not a member of the channel in which the form acts. A form
// stays open when its person leaves the channel, and rights depend on the channel.
func (b *Bot) notThere(ctx context.Context, from asker) (*moderation.Error, error) {
	in, err := b.cfg.People.IsMember(ctx, from.Channel, from.User)
	var no *moderation.Error
	switch {
	case errors.As(err, &no):
		return no, nil
	case err != nil:
		return nil, err
	case !in:
		return moderation.NewError(moderation.RefuseChannel), nil
	}
	return nil, nil
}

// formWrong answers with the mistakes beside their fields.
func (b *Bot) formWrong(in formView, wrong map[commands.FormField]*commands.Mistake, lang say.Lang) map[string]any {
	out := map[string]string{}
	for field, m := range wrong {
		out[in.block(field)] = b.cfg.Speaker.FieldText(m, lang)
	}
	return formErrors(out)
}

func formErrors(errs map[string]string) map[string]any {
	return map[string]any{"response_action": "errors", "errors": errs}
}

// recordFormRefusal writes a refusal down, as for a typed command. A refusal by the vendor's rules
// is none.
func (b *Bot) recordFormRefusal(ctx context.Context, from asker, v verdict, action *moderation.Action) {
	if !refusal(v.decision.Refusal.Code) {
		return
	}
	said := moderation.Body{}
	if action != nil {
		said.Typed = commands.Format(*action)
	}
	c := moderation.Change{Refusal: b.refusalOf(from, v, action, said)}
	if err := b.cfg.Store.Append(context.WithoutCancel(ctx), c); err != nil {
		b.log.Error("refusal not written", "user", from.User, "err", err)
	}
}
