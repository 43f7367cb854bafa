package bot

import (
	"context"
	"errors"
	"maps"
	"slices"

	"bouncer/moderation"
	"bouncer/policy"
)

// maxApproverLookups limits how many people are looked up to find out whether
// a request can be approved. With more candidates it is assumed to be.
const maxApproverLookups = 50

// evaluateApprovable is evaluate, and also refuses a request that no one
// could approve. It looks up possible approvers here, outside the deciding
// transaction.
func (b *Bot) evaluateApprovable(ctx context.Context, v verdict, a moderation.Action) (moderation.Reevaluation, error) {
	w := b.evaluate(v, a)
	facts, err := b.cfg.Store.Facts(ctx, v.actor(), a, w.Lookback)
	if err != nil {
		return w, err
	}
	foreseen := w.Evaluate(facts)
	if !asksOthers(foreseen) {
		return w, nil
	}
	able, err := b.canBeApproved(ctx, v, foreseen.Requirement)
	if err != nil {
		return w, err
	}
	duty, enough, err := b.onDuty(ctx, v, foreseen.Requirement)
	if err != nil || able && duty && enough {
		return w, err
	}
	judge := w.Evaluate
	w.Evaluate = func(f moderation.Facts) moderation.Decision {
		d := judge(f)
		if !duty {
			d.Requirement.OnDuty = nil
		}
		d.Requirement.Quiet = d.Requirement.Quiet && enough
		if !able && asksOthers(d) && sameApprovers(d.Requirement, foreseen.Requirement) {
			d.Allowed, d.Refusal = false, moderation.NewError(moderation.RefuseNoApprovers)
		}
		return d
	}
	return w, nil
}

// forOthers is the refusal of evaluateAlone. Nobody reads it.
var forOthers = moderation.NewError(moderation.RefuseNoApprovers)

// evaluateAlone is evaluate, and refuses with forOthers what needs an approval: who could approve it
// must be looked up first. Most commands need none, and nothing is read for them twice.
func (b *Bot) evaluateAlone(v verdict, a moderation.Action) moderation.Reevaluation {
	w := b.evaluate(v, a)
	judge := w.Evaluate
	w.Evaluate = func(f moderation.Facts) moderation.Decision {
		d := judge(f)
		if asksOthers(d) {
			d.Allowed, d.Refusal = false, forOthers
		}
		return d
	}
	return w
}

// isForOthers reports whether evaluateAlone refused.
func isForOthers(err error) bool {
	var refused *moderation.RefusedError
	return errors.As(err, &refused) && refused.Decision.Refusal == forOthers
}

func asksOthers(d moderation.Decision) bool {
	return d.Allowed && d.Requirement.Required() && !d.Override
}

func sameApprovers(a, b moderation.ApprovalRequirement) bool {
	return a.Approvals >= b.Approvals && slices.Equal(a.Mention, b.Mention) && slices.Equal(a.MentionNext, b.MentionNext)
}

// onDuty reports whether a person on duty, other than the requester, could approve: otherwise the
// approvers are mentioned at once. enough says whether those on duty could give all approvals:
// otherwise the reminder mentions the approvers in quiet hours too.
func (b *Bot) onDuty(ctx context.Context, asker verdict, need moderation.ApprovalRequirement) (some, enough bool, err error) {
	if len(need.OnDuty) == 0 {
		return true, true, nil
	}
	need.Mention, need.MentionNext = need.OnDuty, nil
	if enough, err = b.canBeApproved(ctx, asker, need); err != nil || enough || need.Approvals == 1 {
		return enough, enough, err
	}
	need.Approvals = 1
	some, err = b.canBeApproved(ctx, asker, need)
	return some, false, err
}

// canBeApproved reports whether enough people other than the requester could
// approve now: people with an active account and the right to approve.
// Someone whom Slack cannot look up counts as able.
func (b *Bot) canBeApproved(ctx context.Context, asker verdict, need moderation.ApprovalRequirement) (bool, error) {
	ids := make(map[string]bool)
	groups, err := b.cfg.People.Groups(ctx)
	if err != nil {
		return true, ctx.Err()
	}
	for _, id := range slices.Concat(need.Mention, need.MentionNext) {
		ids[id] = true
		for _, g := range groups {
			if g.ID == id {
				delete(ids, id)
				maps.Copy(ids, g.Members)
			}
		}
	}
	var found []moderation.Actor
	for i, id := range slices.Sorted(maps.Keys(ids)) {
		if i == maxApproverLookups {
			return true, nil
		}
		who, can, err := b.canApprove(ctx, id, need)
		if err != nil {
			return false, err
		}
		if !can || who.Same(asker.actor()) || slices.ContainsFunc(found, who.Same) {
			continue
		}
		if found = append(found, who); len(found) >= need.Approvals {
			return true, nil
		}
	}
	return false, nil
}

func (b *Bot) canApprove(ctx context.Context, id string, need moderation.ApprovalRequirement) (who moderation.Actor, can bool, err error) {
	p, err := b.cfg.People.Person(ctx, id, decideFresh)
	if ctx.Err() != nil {
		return who, false, ctx.Err()
	}
	if err != nil {
		return moderation.Actor{User: id}, true, nil //nolint:nilerr // unknown: count the person as able
	}
	who = verdict{person: p}.actor()
	if b.cfg.Workspace.CheckMember(p) != nil || !b.cfg.Policy().Authorize(policy.RightApprove, p, need, true).Allowed {
		return who, false, nil
	}
	s, err := b.cfg.Store.ActiveSuspension(ctx, who)
	return who, s == nil, err
}
