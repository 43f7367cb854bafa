package bot

import (
	"context"
	"slices"

	"bouncer/commands"
	"bouncer/moderation"
)

// Bounds of what a ladder looks at: people of the action, and newest cases of each.
const (
	ladderPeople = 20
	ladderCases  = 100
)

// ladderOf returns the preset reason with a ladder of the first command that a mistake about a
// missing duration offers.
func (b *Bot) ladderOf(m *commands.Mistake) (moderation.PresetReason, bool) {
	if m.Code != commands.CodeDurationMissing || len(m.Offers) == 0 {
		return moderation.PresetReason{}, false
	}
	preset, ok := b.cfg.Policy().Reasons().Preset(m.Offers[0].Action.ReasonCode)
	return preset, ok && len(preset.Ladder) > 0
}

// proposes reports whether a worker can propose a length for a command without one.
func (b *Bot) proposes(m *commands.Mistake) bool {
	_, ok := b.ladderOf(m)
	return ok
}

// withProposal replaces the lengths that a mistake offers by what the ladder of its preset reason
// proposes.
func (b *Bot) withProposal(ctx context.Context, m *commands.Mistake) error {
	if !b.proposes(m) {
		return nil
	}
	for i := range m.Offers {
		o := &m.Offers[i]
		p, ok, err := b.proposal(ctx, o.Action)
		if err != nil || !ok {
			return err
		}
		o.Action.Duration, o.Action.Permanent = p.Length.Duration, p.Length.Permanent
		o.Command, o.Effect, o.Proposal = commands.Format(o.Action), commands.OfferLadder, p
	}
	return nil
}

// proposal returns the length that the ladder of an action's preset reason proposes: the step of
// the person with the most earlier cases. ok is false where there is none.
func (b *Bot) proposal(ctx context.Context, a moderation.Action) (p moderation.Proposal, ok bool, err error) {
	preset, ok := b.cfg.Policy().Reasons().Preset(a.ReasonCode)
	spec, _ := a.Verb.Spec()
	if !ok || len(preset.Ladder) == 0 || !spec.Takes.Duration || a.Relation != "" {
		return p, false, nil
	}
	p.Code, p.Within = preset.Code, preset.Within
	for _, id := range a.Targets[:min(len(a.Targets), ladderPeople)] {
		cases, _, err := b.cfg.Store.SearchCases(ctx, moderation.SearchQuery{Target: id, TookEffect: true, Within: preset.Within}, 0, ladderCases)
		if err != nil {
			return p, false, err
		}
		n := 0
		for _, c := range cases {
			if c.Action.ReasonCode == preset.Code && c.CountsAgain() {
				n++
			}
		}
		if n > p.Earlier || p.Target == "" {
			p.Earlier, p.Target = n, id
		}
	}
	p.Length, p.Step, _ = preset.Step(p.Earlier)
	if p.Length.Permanent && slices.ContainsFunc(a.Rooms(), func(r moderation.Room) bool { return !moderation.Supports(a.Verb, r.Kind).Permanent }) {
		p.Length = moderation.Length{Duration: moderation.MaxDuration}
	}
	return p, true, nil
}
