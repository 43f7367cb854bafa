package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"bouncer/moderation"
)

// How old an answer of Slack may be for a decision, and just before a call.
const (
	decideFresh = time.Minute
	callFresh   = 5 * time.Second
)

// verdict is one judged request: who it was, where, and what the policy said.
type verdict struct {
	person   moderation.Person
	channel  moderation.Channel
	decision moderation.Decision
}

// actor is the person as the case and the entries keep it.
func (v verdict) actor() moderation.Actor {
	p := v.person
	return moderation.Actor{
		Kind: moderation.ActorPerson, Enterprise: p.Enterprise, EnterpriseUser: p.EnterpriseUser,
		Team: p.Team, User: p.User, Name: p.Name, Roles: v.decision.Roles, Via: v.decision.Via,
		ReadAt: p.ReadAt, Locale: p.Locale,
	}
}

// identify looks up who asks and where, and refuses who is none of ours and
// what Slack cannot say. Its one error is that the process is to end: then the
// job is left for the next start.
func (b *Bot) identify(ctx context.Context, from asker, fresh time.Duration) (verdict, error) {
	if no := b.foreign(from); no != nil {
		return b.nobody(from, no), nil
	}
	var v verdict
	var personErr, channelErr error
	var g errgroup.Group
	g.Go(func() error { v.person, personErr = b.cfg.People.Person(ctx, from.User, fresh); return nil })
	g.Go(func() error { v.channel, channelErr = b.cfg.People.Channel(ctx, from.Channel, fresh); return nil })
	_ = g.Wait() // both keep their own error
	if err := ctx.Err(); err != nil {
		return v, err
	}
	for _, err := range []error{personErr, channelErr} {
		var no *moderation.Error
		if errors.Is(err, context.Canceled) && !errors.As(err, &no) {
			return v, err // broken off, which says nothing about anybody
		}
	}
	if personErr != nil {
		return b.nobody(from, asRefusal(personErr, moderation.RefuseUnknownPerson)), nil
	}
	if v = b.ours(v); v.decision.Refusal == nil && channelErr != nil {
		v = v.refused(asRefusal(channelErr, moderation.RefuseUnknownChannel))
	}
	return v, nil
}

// recall is identify from memory alone, for an answer in the ack; known is
// false when a look-up would be needed.
func (b *Bot) recall(from asker) (v verdict, known bool) {
	if no := b.foreign(from); no != nil {
		return b.nobody(from, no), true
	}
	person, known := b.cfg.People.Remembered(from.User)
	channel, seen := b.cfg.People.RememberedChannel(from.Channel)
	return b.ours(verdict{person: person, channel: channel}), known && seen
}

// nobody is a verdict on somebody of whom nothing is known but what the
// delivery says.
func (b *Bot) nobody(from asker, no *moderation.Error) verdict {
	v := verdict{person: moderation.Person{User: from.User, Team: from.Team}}
	v.decision.Policy = b.cfg.Policy.Hash()
	return v.refused(no)
}

// ours refuses a person who is none of ours.
func (b *Bot) ours(v verdict) verdict {
	v.decision.Policy = b.cfg.Policy.Hash()
	if no := b.cfg.Home.Ours(v.person); no != nil {
		return v.refused(no)
	}
	return v
}

// decide lets the policy decide on an action, unless the person was refused.
func (b *Bot) decide(v verdict, a moderation.Action) verdict {
	if v.decision.Refusal == nil {
		v.decision = b.cfg.Policy.Decide(moderation.Question{Person: v.person, Channel: v.channel, Action: a})
	}
	return v
}

// judge is identify and then decide.
func (b *Bot) judge(ctx context.Context, from asker, a moderation.Action, fresh time.Duration) (verdict, error) {
	v, err := b.identify(ctx, from, fresh)
	return b.decide(v, a), err
}

// refused is the verdict with a refusal; what is known of the person stays.
func (v verdict) refused(no *moderation.Error) verdict {
	v.decision.Allowed, v.decision.Rule, v.decision.Refusal = false, "", no
	return v
}

func asRefusal(err error, code moderation.Code) *moderation.Error {
	var no *moderation.Error
	if errors.As(err, &no) {
		return no
	}
	return &moderation.Error{Code: code, Cause: err}
}

// Recheck implements moderation.Rights: the right to a case, by an answer that
// is at most five seconds old. That Slack cannot say is no answer.
func (b *Bot) Recheck(ctx context.Context, c moderation.Case, by moderation.Actor) error {
	if by.Kind != moderation.ActorPerson {
		return nil
	}
	from := asker{
		App: b.cfg.AppID, Team: b.cfg.Home.Team, Enterprise: b.cfg.Home.Enterprise,
		User: by.User, Channel: c.Origin.Channel,
	}
	v, err := b.judge(ctx, from, c.Action, callFresh)
	if err != nil {
		return err
	}
	switch no := v.decision.Refusal; {
	case v.decision.Allowed:
		return nil
	case no.Code == moderation.RefuseUnknownPerson, no.Code == moderation.RefuseUnknownChannel:
		return fmt.Errorf("rights of %s cannot be read: %w", by.User, errors.New(no.Error()))
	default:
		return no
	}
}
