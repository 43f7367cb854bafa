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
	// recheckFresh is for a check that several calls may share.
	recheckFresh = callFresh - moderation.BulkCheckEvery
)

// verdict is an authorization result: who, where, and what the policy
// decided.
type verdict struct {
	person   moderation.Person
	channel  moderation.Channel
	decision moderation.Decision
	// suspended is the person's suspension; nil for none.
	suspended *moderation.Suspension
}

// actor returns the person as the case and its entries record it.
func (v verdict) actor() moderation.Actor {
	p := v.person
	return moderation.Actor{
		Kind: moderation.ActorPerson, Enterprise: p.Enterprise, EnterpriseUser: p.EnterpriseUser,
		Team: p.Team, User: p.User, Name: p.Name, Roles: v.decision.Roles, Via: v.decision.Via,
		ReadAt: p.ReadAt, Locale: p.Locale,
	}
}

// identify looks up the person and the channel. It refuses people who are not
// members of this workspace, suspended people, and people or channels that
// Slack cannot look up. An error means that the process is ending or the
// store cannot read suspensions; the job is then retried.
func (b *Bot) identify(ctx context.Context, from asker, fresh time.Duration) (verdict, error) {
	if no := b.checkTeam(from); no != nil {
		return b.unidentified(from, no), nil
	}
	var v verdict
	var personErr, channelErr error
	var g errgroup.Group
	g.Go(func() error { v.person, personErr = b.cfg.People.Person(ctx, from.User, fresh); return nil })
	g.Go(func() error { v.channel, channelErr = b.cfg.People.Channel(ctx, from.Channel, fresh); return nil })
	_ = g.Wait() // each has its own error
	if err := ctx.Err(); err != nil {
		return v, err
	}
	for _, err := range []error{personErr, channelErr} {
		var no *moderation.Error
		if errors.Is(err, context.Canceled) && !errors.As(err, &no) {
			return v, err // cancelled, so nothing is known
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

// identifyPerson is identify for what belongs to no channel, such as the Home tab: it allows only to
// show something.
func (b *Bot) identifyPerson(ctx context.Context, user string) (verdict, error) {
	person, err := b.cfg.People.Person(ctx, user, decideFresh)
	if ctx.Err() != nil {
		return verdict{}, ctx.Err()
	}
	if err != nil {
		return b.unidentified(asker{User: user}, asRefusal(err, moderation.RefuseUnknownPerson)), nil
	}
	return b.unlessSuspended(ctx, b.checkMember(verdict{person: person}))
}

// cachedIdentity is identify from memory only, for an answer in the ack.
// known is false if a lookup would be needed.
func (b *Bot) cachedIdentity(from asker) (v verdict, known bool) {
	if no := b.checkTeam(from); no != nil {
		return b.unidentified(from, no), true
	}
	person, known := b.cfg.People.CachedPerson(from.User)
	channel, seen := b.cfg.People.CachedChannel(from.Channel)
	return b.checkMember(verdict{person: person, channel: channel}), known && seen && !b.cachedSuspended(person)
}

// unidentified returns a refusal for a person of whom only the delivery's
// data is known.
func (b *Bot) unidentified(from asker, no *moderation.Error) verdict {
	v := verdict{person: moderation.Person{User: from.User, Team: from.Team}}
	v.decision.Policy = b.cfg.Policy().Hash()
	return v.refused(no)
}

// checkMember refuses a person who is not a member of this workspace.
func (b *Bot) checkMember(v verdict) verdict {
	v.decision.Policy = b.cfg.Policy().Hash()
	if no := b.cfg.Workspace.CheckMember(v.person); no != nil {
		return v.refused(no)
	}
	return v
}

// decide evaluates the policy for an action, unless the person is already
// refused. Suspended people still get help.
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

// Recheck implements moderation.Authorizer. It checks the requester's right
// to a case and the approvers' right to approve it, under the current policy,
// with answers of Slack that are at most five seconds old. A failed lookup is
// not a refusal. What other people did meanwhile does not count: it was
// evaluated when the case was decided.
func (b *Bot) Recheck(ctx context.Context, c moderation.Case, by moderation.Actor) error {
	var v verdict
	if by.Kind == moderation.ActorPerson {
		var err error
		if v, err = b.authorize(ctx, b.askerOf(c, by), c.Action, recheckFresh); err != nil {
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

// approversOf returns the people whose decision lets a case run, and the
// right that they used.
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

// recheckRequirement compares the current approval requirement with what the
// case has: enough approvals from people who may approve now, an override, or
// the permission to act now while the request waits.
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
	if c.Decision.Policy != v.decision.Policy { // the policy changed: take its approvers
		got = 0
		for _, who := range leave {
			now, err := b.identify(ctx, b.askerOf(c, who), recheckFresh)
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

// recheckApprover checks that a person could still approve.
func (b *Bot) recheckApprover(ctx context.Context, c moderation.Case, by moderation.Actor, r policy.Right) error {
	v, err := b.identify(ctx, b.askerOf(c, by), recheckFresh)
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

// rightLost returns a refusal just before a call. A failed lookup of Slack is
// not one.
func rightLost(by moderation.Actor, no *moderation.Error) error {
	if no.Code == moderation.RefuseUnknownPerson || no.Code == moderation.RefuseUnknownChannel {
		return fmt.Errorf("cannot look up the rights of %s: %w", by.User, errors.New(no.Error()))
	}
	return no
}

func (b *Bot) askerOf(c moderation.Case, by moderation.Actor) asker {
	return asker{
		App: b.cfg.AppID, Team: b.cfg.Workspace.Team, Enterprise: b.cfg.Workspace.Enterprise,
		User: by.User, Channel: c.Origin.Channel,
	}
}
