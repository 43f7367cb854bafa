package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"bouncer/moderation"
	"bouncer/policy"
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
	// suspended says that the person's rights are taken away; nil for not.
	suspended *moderation.Suspension
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

// identify looks up who asks and where, and refuses who is none of ours, whose
// rights are suspended, and what Slack cannot say. Its errors are that the
// process is to end, or that the store cannot say who is suspended: then the
// job is left for later.
func (b *Bot) identify(ctx context.Context, from asker, fresh time.Duration) (verdict, error) {
	if no := b.checkTeam(from); no != nil {
		return b.unidentified(from, no), nil
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
		return b.unidentified(from, asRefusal(personErr, moderation.RefuseUnknownPerson)), nil
	}
	if v = b.checkMember(v); v.decision.Refusal == nil && channelErr != nil {
		v = v.refused(asRefusal(channelErr, moderation.RefuseUnknownChannel))
	}
	return b.unlessSuspended(ctx, v)
}

// cachedIdentity is identify from memory alone, for an answer in the ack; known is
// false when a look-up would be needed.
func (b *Bot) cachedIdentity(from asker) (v verdict, known bool) {
	if no := b.checkTeam(from); no != nil {
		return b.unidentified(from, no), true
	}
	person, known := b.cfg.People.CachedPerson(from.User)
	channel, seen := b.cfg.People.CachedChannel(from.Channel)
	return b.checkMember(verdict{person: person, channel: channel}), known && seen && !b.cachedSuspended(person)
}

// unidentified is a verdict on somebody of whom nothing is known but what the
// delivery says.
func (b *Bot) unidentified(from asker, no *moderation.Error) verdict {
	v := verdict{person: moderation.Person{User: from.User, Team: from.Team}}
	v.decision.Policy = b.cfg.Policy().Hash()
	return v.refused(no)
}

// checkMember refuses a person who is none of ours.
func (b *Bot) checkMember(v verdict) verdict {
	v.decision.Policy = b.cfg.Policy().Hash()
	if no := b.cfg.Workspace.CheckMember(v.person); no != nil {
		return v.refused(no)
	}
	return v
}

// decide lets the policy decide on an action, unless the person was refused.
// Who is suspended still gets help.
func (b *Bot) decide(v verdict, a moderation.Action) verdict {
	if v.decision.Refusal == nil || v.suspended != nil && a.Verb == moderation.Help {
		v.decision = b.cfg.Policy().Evaluate(moderation.PolicyInput{Person: v.person, Channel: v.channel, Action: a})
	}
	return v
}

// authorize is identify and then decide.
func (b *Bot) authorize(ctx context.Context, from asker, a moderation.Action, fresh time.Duration) (verdict, error) {
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

// Recheck implements moderation.Rights: the right to a case, and of those whose
// leave it has, by answers that are at most five seconds old, under the policy of
// now. That Slack cannot say is no answer. What others did meanwhile counts no
// more: it was weighed when the case was decided.
func (b *Bot) Recheck(ctx context.Context, c moderation.Case, by moderation.Actor) error {
	var v verdict
	if by.Kind == moderation.ActorPerson {
		var err error
		if v, err = b.authorize(ctx, b.askerOf(c, by), c.Action, callFresh); err != nil {
			return err
		}
		if no := v.decision.Refusal; no != nil {
			return rightLost(by, no)
		}
	}
	leave, right := approversOf(c)
	for _, who := range leave {
		if err := b.recheckApprover(ctx, c, who, right); err != nil {
			return err
		}
	}
	if by.Kind != moderation.ActorPerson {
		return nil
	}
	return b.recheckRequirement(ctx, c, v)
}

// approversOf gives by whose leave a case runs, and which right that takes.
func approversOf(c moderation.Case) (leave []moderation.Actor, right policy.Right) {
	switch {
	case c.Approval.State == moderation.ApprovalApproved:
		for _, vote := range c.Approval.Approvals {
			leave = append(leave, vote.By)
		}
	case c.Approval.State == moderation.ApprovalOverridden && c.Override != nil:
		return []moderation.Actor{c.Override.By}, policy.RightOverride
	}
	return leave, policy.RightApprove
}

// recheckRequirement holds what the policy asks for now against what a case has: as many
// approvals of those whom it names now, an override, or the leave to run at once
// while its request waits.
func (b *Bot) recheckRequirement(ctx context.Context, c moderation.Case, v verdict) error {
	if c.Action.Relation == moderation.RelActNow {
		request, err := b.cfg.Store.Case(ctx, c.Action.RelatedCase)
		if err != nil {
			return err
		}
		d := b.decide(v, request.Action).decision
		if d.Allowed && (!d.Requirement.Required() || d.Requirement.ActNow >= c.Action.Duration) {
			return nil
		}
		if d.Refusal != nil {
			return d.Refusal
		}
		return moderation.NewError(moderation.RefuseNoActNow)
	}
	need := v.decision.Requirement
	if !need.Required() {
		return nil
	}
	leave, right := approversOf(c)
	got := len(leave)
	if c.Decision.Policy != v.decision.Policy { // another one names its people anew
		got = 0
		for _, who := range leave {
			now, err := b.identify(ctx, b.askerOf(c, who), callFresh)
			if err != nil {
				return err
			}
			if b.cfg.Policy().Authorize(right, now.person, need, true).Allowed {
				got++
			}
		}
	}
	if got >= need.Approvals || right == policy.RightOverride && got > 0 {
		return nil
	}
	return &moderation.ApprovalRequiredError{Decision: v.decision}
}

// recheckApprover asks whether somebody could still give the leave that he gave.
func (b *Bot) recheckApprover(ctx context.Context, c moderation.Case, by moderation.Actor, r policy.Right) error {
	v, err := b.identify(ctx, b.askerOf(c, by), callFresh)
	if err != nil {
		return err
	}
	no := v.decision.Refusal
	if no == nil {
		no = b.cfg.Policy().Authorize(r, v.person, c.Decision.Requirement, true).Refusal
	}
	if no == nil {
		return nil
	}
	err = rightLost(by, no)
	var said *moderation.Error
	if errors.As(err, &said) {
		return moderation.NewError(moderation.CodeApproverLostRight, "why", string(said.Code), "user", by.User)
	}
	return err
}

// rightLost is a refusal just before a call; that Slack cannot say is none.
func rightLost(by moderation.Actor, no *moderation.Error) error {
	if no.Code == moderation.RefuseUnknownPerson || no.Code == moderation.RefuseUnknownChannel {
		return fmt.Errorf("rights of %s cannot be read: %w", by.User, errors.New(no.Error()))
	}
	return no
}

func (b *Bot) askerOf(c moderation.Case, by moderation.Actor) asker {
	return asker{
		App: b.cfg.AppID, Team: b.cfg.Workspace.Team, Enterprise: b.cfg.Workspace.Enterprise,
		User: by.User, Channel: c.Origin.Channel,
	}
}
