package people

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/slack-go/slack"

	"bouncer/moderation"
)

const slackbot = "USLACKBOT"

// readUser calls users.info. An answer about another person, or an empty one,
// is an error: slack-go returns an empty body as success.
func (d *Directory) readUser(ctx context.Context, id string) (slack.User, error) {
	var found slack.User
	err := d.reader.read(ctx, "users.info", func(ctx context.Context) error {
		u, err := d.cfg.API.GetUserInfoContext(ctx, id)
		switch {
		case err != nil:
			return err
		case u == nil || u.ID != id && u.Enterprise.ID != id:
			return &failure{detail: "an empty answer"}
		}
		found = trimmed(u)
		return nil
	})
	return found, err
}

// trimmed returns the used fields of a user, so that the cache has no picture
// URLs and no private fields.
func trimmed(u *slack.User) slack.User {
	return slack.User{
		ID: u.ID, TeamID: u.TeamID, Name: u.Name, RealName: u.RealName, TZ: u.TZ, Locale: u.Locale,
		Deleted: u.Deleted, IsBot: u.IsBot, IsWorkflowBot: u.IsWorkflowBot, IsConnectorBot: u.IsConnectorBot,
		IsRestricted: u.IsRestricted, IsUltraRestricted: u.IsUltraRestricted,
		IsStranger: u.IsStranger, IsInvitedUser: u.IsInvitedUser,
		Profile: slack.UserProfile{DisplayName: u.Profile.DisplayName, RealName: u.Profile.RealName, BotID: u.Profile.BotID},
		Enterprise: slack.EnterpriseUser{
			ID: u.Enterprise.ID, EnterpriseID: u.Enterprise.EnterpriseID, Teams: slices.Clone(u.Enterprise.Teams),
		},
	}
}

// person reads a user as the domain has it.
func person(u *slack.User) moderation.Person {
	return moderation.Person{
		User: u.ID, Team: u.TeamID,
		Enterprise: u.Enterprise.EnterpriseID, EnterpriseUser: u.Enterprise.ID,
		EnterpriseTeams: slices.Clone(u.Enterprise.Teams),
		Name:            cmp.Or(u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name),
		Locale:          u.Locale, TZ: u.TZ,
		Guest: u.IsRestricted || u.IsUltraRestricted,
		// is_bot is false for Slackbot, and a profile with a bot id is a bot's.
		Bot:         u.IsBot || u.IsWorkflowBot || u.IsConnectorBot || u.ID == slackbot || u.Profile.BotID != "",
		Deactivated: u.Deleted, Invited: u.IsInvitedUser, External: u.IsStranger,
	}
}

// readChannel asks conversations.info.
func (d *Directory) readChannel(ctx context.Context, id string) (slack.Channel, error) {
	var found slack.Channel
	err := d.reader.read(ctx, "conversations.info", func(ctx context.Context) error {
		c, err := d.cfg.API.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		switch {
		case err != nil:
			return err
		case c == nil || c.ID != id:
			return &failure{detail: "an answer about another channel"}
		}
		found.ID, found.Name, found.IsMember, found.IsArchived = c.ID, c.Name, c.IsMember, c.IsArchived
		found.IsIM, found.IsMpIM, found.IsPrivate = c.IsIM, c.IsMpIM, c.IsPrivate
		found.IsShared, found.IsOrgShared, found.IsGlobalShared = c.IsShared, c.IsOrgShared, c.IsGlobalShared
		found.IsExtShared, found.IsPendingExtShared = c.IsExtShared, c.IsPendingExtShared
		found.PendingShared = slices.Clone(c.PendingShared)
		return nil
	})
	return found, err
}

// channel reads a conversation as the domain has it.
func channel(c *slack.Channel) moderation.Channel {
	return moderation.Channel{
		ID: c.ID, Name: c.Name,
		// Slack describes direct messages only to their participants, and
		// then without is_member.
		Member:   c.IsMember || c.IsIM || c.IsMpIM,
		Archived: c.IsArchived,
		Private:  c.IsPrivate || c.IsIM || c.IsMpIM,
		// is_shared without the other parties counts as external.
		Shared:        c.IsExtShared || c.IsShared && !c.IsOrgShared && !c.IsGlobalShared,
		PendingShared: c.IsPendingExtShared || len(c.PendingShared) > 0,
	}
}

// memberPages bounds the reading of a channel's members: pages of a thousand.
const memberPages = 20

// IsMember reports whether a person is a member of a channel, by an answer of now. Members
// beyond the first 20,000 are not found. Its error is as with Channel.
func (d *Directory) IsMember(ctx context.Context, channelID, userID string) (is bool, err error) {
	if !isID(channelID) {
		return false, unknown(moderation.RefuseUnknownChannel, &failure{detail: "not a channel id", lasts: true})
	}
	within, done := d.bounded(ctx)
	defer done()
	err = d.reader.read(within, "conversations.members", func(ctx context.Context) error {
		is = false
		cursor := ""
		for range memberPages {
			members, next, err := d.cfg.API.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{ChannelID: channelID, Cursor: cursor, Limit: 1000})
			if err != nil {
				return err
			}
			if is = slices.Contains(members, userID); is || next == "" {
				return nil
			}
			cursor = next
		}
		return nil
	})
	if err != nil {
		return false, d.lookupError(ctx, moderation.RefuseUnknownChannel, err)
	}
	return is, nil
}

// Group is a user group that matters.
type Group struct {
	ID      string
	Handle  string          // without @; empty if Slack knows no such group
	Members map[string]bool // who has its roles; empty if WhyNoRights is set
	// WhyNoRights says why the group grants nothing, as a phrase after its
	// name; empty if it grants roles.
	WhyNoRights string
}

// groups are those that were asked about.
type groups map[string]Group

// covers returns a function that reports whether an answer includes all ids:
// one from before a group was added to the policy does not.
func covers(ids []string) func(groups) bool {
	return func(g groups) bool {
		return !slices.ContainsFunc(ids, func(id string) bool { _, ok := g[id]; return !ok })
	}
}

// of returns the groups that contain one of the ids, sorted.
func (g groups) of(wanted []string, ids ...string) []string {
	var in []string
	for _, group := range wanted {
		if slices.ContainsFunc(ids, func(id string) bool { return id != "" && g[group].Members[id] }) {
			in = append(in, group)
		}
	}
	slices.Sort(in)
	return slices.Compact(in)
}

// readGroups calls usergroups.list once for all groups. Disabled groups are
// not requested, and are ignored if they are returned.
func (d *Directory) readGroups(ctx context.Context, wanted []string) (groups, error) {
	var all []slack.UserGroup
	err := d.reader.read(ctx, "usergroups.list", func(ctx context.Context) (err error) {
		options := []slack.GetUserGroupsOption{slack.GetUserGroupsOptionIncludeUsers(true)}
		if d.cfg.TeamID != "" {
			options = append(options, slack.GetUserGroupsOptionTeamID(d.cfg.TeamID))
		}
		all, err = d.cfg.API.GetUserGroupsContext(ctx, options...)
		if err == nil && all == nil { // slack-go passes an answer without ok as success
			return &failure{detail: "an answer without groups"}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	found := make(groups, len(wanted))
	for _, id := range wanted {
		g := Group{ID: id, Members: map[string]bool{}, WhyNoRights: "is not in the workspace, or is disabled"}
		if at := slices.IndexFunc(all, func(g slack.UserGroup) bool { return g.ID == id }); at >= 0 {
			g.Handle, g.WhyNoRights = all[at].Handle, d.worthless(&all[at])
			if g.WhyNoRights == "" {
				for _, user := range all[at].Users {
					g.Members[user] = true
				}
			}
		}
		d.noted.note(id, g.WhyNoRights)
		found[id] = g
	}
	return found, nil
}

// worthless returns why a group grants nothing, or "".
func (d *Directory) worthless(g *slack.UserGroup) string {
	switch {
	case g.DateDelete != 0:
		return "is disabled"
	case g.IsExternal:
		return "is external"
	case g.TeamID != "" && g.TeamID != d.cfg.Workspace.Team && g.TeamID != d.cfg.TeamID &&
		(d.cfg.Workspace.Enterprise == "" || g.TeamID != d.cfg.Workspace.Enterprise):
		return "belongs to another team"
	}
	return ""
}

// notes logs once about each group, and again when it changed.
type notes struct {
	log  *slog.Logger
	mu   sync.Mutex
	said map[string]string
}

func (n *notes) note(group, why string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.said[group] == why {
		return
	}
	n.said[group] = why
	if why == "" {
		n.log.Info("user group grants its roles again", "group", group)
		return
	}
	n.log.Warn(fmt.Sprintf("user group grants nothing: it %s", why), "group", group)
}
