package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bouncer/bot/say"
	"bouncer/moderation"
	"bouncer/policy"
)

// groupsEvery is how often role groups are read in addition to events.
const groupsEvery = time.Minute

// A rejected policy file is reported with its first problems.
const (
	toldProblems = 5
	toldProblem  = 200
)

// applyPolicy makes this process's policy the one in force. The audit channel
// gets the previous policy and, the first time, the warnings about the new
// one.
func (b *Bot) applyPolicy(ctx context.Context, p *policy.Policy) error {
	for _, warning := range p.Warnings() {
		b.log.Warn("policy warning", "policy", p.Hash(), "warning", warning)
	}
	now, err := b.cfg.Store.SetPolicyInForce(ctx, moderation.PolicyText{Hash: p.Hash(), Text: p.Text()}, moderation.PolicyChange{
		OnReplace: func(before string) moderation.Change {
			return b.policyChange(moderation.Body{Outcome: say.PolicyReplaced, Policy: p.Hash(), Before: before})
		},
		OnFirst: func() moderation.Change {
			if len(p.Warnings()) == 0 {
				return moderation.Change{}
			}
			return b.policyChange(moderation.Body{Outcome: say.PolicyWarned, Policy: p.Hash(), Detail: strings.Join(p.Warnings(), "; ")})
		},
	})
	if err != nil {
		return err
	}
	b.turn = now.Sequence
	if now.Previous != "" {
		b.log.Warn("policy changed", "policy", p.Hash(), "before", now.Previous)
	}
	return b.scheduleDigest(ctx, p)
}

// policyChange is an entry about the policy with its line.
func (b *Bot) policyChange(body moderation.Body) moderation.Change {
	body.Actor = &moderation.Actor{Kind: moderation.ActorSystem}
	body.Origin = &moderation.Origin{Bot: b.cfg.Version}
	return moderation.Change{
		Entries: []moderation.NewEntry{{Kind: moderation.EntryPolicy, Body: body}},
		Lines: []moderation.Line{{
			Key: "policy:" + moderation.NewToken(), Channel: b.cfg.AuditChannel, Due: b.cfg.Now(),
			Kind: moderation.EntryPolicy, Body: body.JSON(), Count: 1,
		}},
	}
}

// Reload puts the policy returned by load into force and reads its groups at
// once. If it cannot be loaded, the log and the audit channel say so and the
// old policy stays in force. Its error is the store's; the old policy stays in
// force then too.
func (b *Bot) Reload(ctx context.Context, load func() (*policy.Policy, error)) error {
	b.policyMu.Lock()
	defer b.policyMu.Unlock()
	p, err := load()
	if err != nil {
		b.log.Error("changed policy rejected, the old one stays in force", "policy", b.cfg.Policy().Hash(), "err", err)
		return b.cfg.Store.Append(ctx, b.policyChange(moderation.Body{
			Outcome: say.PolicyRefused, Policy: b.cfg.Policy().Hash(), Detail: firstProblems(err),
		}))
	}
	if p.Hash() == b.cfg.Policy().Hash() {
		b.log.Info("policy unchanged", "policy", p.Hash())
		return nil
	}
	if err := b.applyPolicy(ctx, p); err != nil {
		return err
	}
	b.cfg.UsePolicy(p)
	b.checkGroups(ctx)
	return nil
}

// firstProblems are the first lines of what is wrong, each of bounded length.
func firstProblems(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	var shown []string
	for i, line := range lines {
		if i == toldProblems {
			shown = append(shown, fmt.Sprintf("… (%d)", len(lines)))
			break
		}
		if r := []rune(strings.TrimSpace(line)); len(r) > toldProblem {
			line = string(r[:toldProblem]) + "…"
		}
		shown = append(shown, strings.TrimSpace(line))
	}
	return strings.Join(shown, "; ")
}

// follow adopts a policy that another process on this database has put into
// force.
func (b *Bot) follow(ctx context.Context) error {
	b.policyMu.Lock()
	defer b.policyMu.Unlock()
	now, err := b.cfg.Store.PolicyInForce(ctx)
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	if err != nil || now.Sequence == b.turn {
		return err
	}
	if now.Hash != b.cfg.Policy().Hash() {
		text, err := b.cfg.Store.PolicyText(ctx, now.Hash)
		if err != nil {
			return err
		}
		p, err := policy.Load("the policy in force", []byte(text.Text), b.cfg.PolicyOptions)
		if err != nil {
			return fmt.Errorf("the policy %s that another process put into force: %w", now.Hash, err)
		}
		b.log.Warn("policy of another process adopted", "policy", now.Hash)
		b.cfg.UsePolicy(p)
	}
	b.turn = now.Sequence
	return nil
}

// watchGroups watches the policy in force and the role groups until ctx ends.
func (b *Bot) watchGroups(ctx context.Context) {
	follow, groups := time.NewTicker(b.cfg.Timing.PolicyCheckEvery), time.NewTicker(groupsEvery)
	defer follow.Stop()
	defer groups.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-follow.C:
			if err := b.follow(ctx); err != nil && ctx.Err() == nil {
				b.log.Error("cannot read the policy in force", "err", err)
			}
			b.cacheSuspended(ctx)
		case <-groups.C:
			b.checkGroups(ctx)
		case <-b.groups:
			b.checkGroups(ctx)
		}
	}
}

// triggerGroupCheck requests a check of the role groups soon; it never
// blocks.
func (b *Bot) triggerGroupCheck() {
	select {
	case b.groups <- struct{}{}:
	default: // one check covers both
	}
}
