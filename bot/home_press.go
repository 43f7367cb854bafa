package bot

import (
	"context"
	"errors"

	"bouncer/commands"
	"bouncer/moderation"
)

// homeChannel returns the channel in which a button of the Home tab acts: that of the case's card,
// where the person could press the same button. Rights depend on the channel, so the person must be
// a member of it. An error is a refusal, or says that the job must be repeated.
func (b *Bot) homeChannel(ctx context.Context, from asker, s commands.Step) (string, error) {
	if s.Kind != commands.StepCase || s.Step != commands.StepUndo && s.Step != commands.StepExtend {
		return "", moderation.NewError(moderation.RefuseForged)
	}
	c, err := b.cfg.Store.CaseByToken(ctx, s.ID)
	if errors.Is(err, moderation.ErrNotFound) {
		return "", moderation.NewError(moderation.RefuseForged)
	}
	if err != nil {
		return "", err
	}
	in, err := b.cfg.People.IsMember(ctx, c.Card.Channel, from.User)
	if err == nil && !in {
		err = moderation.NewError(moderation.RefuseChannel)
	}
	return c.Card.Channel, err
}

// refusedAtHome records a refusal of a button in the Home tab. Its answer is a direct message, since
// there is no channel where only the person would see it.
func (b *Bot) refusedAtHome(ctx context.Context, h *moderation.LeasedJob, from asker, err error) error {
	var no *moderation.Error
	if !errors.As(err, &no) {
		return err
	}
	v, err := b.identifyPerson(ctx, from.User)
	if err != nil {
		return err
	}
	if v.decision.Refusal == nil {
		v = v.refused(no)
	}
	channel, err := b.slack.openDirect(ctx, from.User)
	if err != nil {
		return err
	}
	from.Channel = channel
	return b.refused(ctx, h, from, v, nil, moderation.Body{Detail: "home"})
}
