package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"bouncer/bot/people"
	"bouncer/bot/say"
	"bouncer/moderation"
)

// Limits on how many people of a changed group are looked up for their names,
// and how many are listed.
const (
	namedMembers = 20
	maxListed    = 200
)

// checkGroups compares the role groups with their last known members and
// reports who joined and left, exactly once over restarts and several
// processes. The first reading of a group is not a change.
func (b *Bot) checkGroups(ctx context.Context) {
	if err := b.compareGroups(ctx); err != nil && ctx.Err() == nil {
		b.log.Warn("role groups cannot be compared", "err", err)
	}
}

func (b *Bot) compareGroups(ctx context.Context) error {
	wanted := b.cfg.Policy().Groups()
	known, err := b.cfg.Store.RoleGroups(ctx)
	if err != nil {
		return err
	}
	for id := range known {
		if !slices.Contains(wanted, id) {
			if err := b.cfg.Store.DeleteOtherRoleGroups(ctx, wanted); err != nil {
				return err
			}
			break
		}
	}
	seen, err := b.cfg.People.Groups(ctx)
	if err != nil {
		return err
	}
	for _, g := range seen {
		before, had := known[g.ID]
		now := seenGroup(g, before)
		switch {
		case !had:
			err = b.cfg.Store.SaveRoleGroup(ctx, nil, now, moderation.Change{})
		case !before.Same(now):
			err = b.cfg.Store.SaveRoleGroup(ctx, &before, now, b.groupChanged(ctx, before, now))
		case before.Handle != now.Handle:
			err = b.cfg.Store.SaveRoleGroup(ctx, &before, now, moderation.Change{})
		}
		if err != nil && !errors.Is(err, moderation.ErrStale) { // stale: another process has reported it
			return err
		}
	}
	return nil
}

// seenGroup returns a group as it is stored. One that Slack does not describe
// keeps its name.
func seenGroup(g people.Group, before moderation.RoleGroup) moderation.RoleGroup {
	now := moderation.RoleGroup{
		ID: g.ID, Handle: g.Handle, GrantsNothing: g.WhyNoRights != "",
		Members: slices.AppendSeq([]string{}, maps.Keys(g.Members)),
	}
	if now.Handle == "" {
		now.Handle = before.Handle
	}
	slices.Sort(now.Members)
	return now
}

// groupChanged is the entry and the line of a change.
func (b *Bot) groupChanged(ctx context.Context, before, now moderation.RoleGroup) moderation.Change {
	came, went := before.Compare(now)
	name := now.ID
	if now.Handle != "" {
		name = now.Handle + " (" + now.ID + ")"
	}
	body := moderation.Body{
		Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Person: now.ID, Count: len(came) + len(went), Outcome: say.GroupChanged,
		Values: map[string]string{"group": name, "came": b.names(ctx, came), "went": b.names(ctx, went)},
	}
	switch {
	case now.GrantsNothing && !before.GrantsNothing:
		body.Outcome = say.GroupGone
	case before.GrantsNothing && !now.GrantsNothing:
		body.Outcome = say.GroupBack
	}
	b.log.Warn("role group changed", "group", now.ID, "what", body.Outcome, "came", came, "went", went)
	at := b.cfg.Now()
	return moderation.Change{
		Entries: []moderation.NewEntry{{Kind: moderation.EntryGroup, Body: body}},
		Lines: []moderation.Line{{
			Key: "group:" + now.ID + ":" + moderation.NewToken(), Channel: b.cfg.AuditChannel, Due: at,
			Kind: moderation.EntryGroup, Body: body.JSON(), Count: 1,
		}},
	}
}

// names lists people by name and id. Only the first few are looked up; that
// affects only their names.
func (b *Bot) names(ctx context.Context, users []string) string {
	listed := make([]string, 0, min(len(users), maxListed)+1)
	for i, user := range users {
		if i == maxListed {
			listed = append(listed, "…")
			break
		}
		label := user
		if i < namedMembers {
			if p, err := b.cfg.People.Person(ctx, user, decideFresh); err == nil {
				label = verdict{person: p}.actor().Label()
			}
		}
		listed = append(listed, label)
	}
	return strings.Join(listed, ", ")
}
