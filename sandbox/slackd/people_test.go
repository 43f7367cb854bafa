package slackd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsersInfo(t *testing.T) {
	s := start(t, Config{Limits: free, EnterpriseID: "E1"})
	s.SetUser(User{ID: "U0STR", TeamID: "T9OTHER", Name: "stranger"})
	user := func(id string) map[string]any {
		a := form(t, s, "users.info", "user", id, "include_locale", "true")
		require.Empty(t, a.err())
		return a.get("user").(m)
	}
	mei := user("U07MEI")
	require.Equal(t, "T0ACME", mei["team_id"])
	require.Equal(t, "zh-CN", mei["locale"])
	require.Equal(t, "Asia/Shanghai", mei["tz"])
	require.EqualValues(t, 8*3600, mei["tz_offset"])
	require.Equal(t, "E1", mei["enterprise_user"].(m)["enterprise_id"])
	require.Equal(t, false, mei["is_restricted"])
	require.NotContains(t, form(t, s, "users.info", "user", "U07MEI").get("user"), "locale")

	require.Equal(t, true, user("U07GUS")["is_restricted"])
	require.Equal(t, true, user("U07ONE")["is_ultra_restricted"])
	require.Equal(t, true, user("U07OUT")["deleted"])
	require.Equal(t, true, user("U07BOT")["is_bot"])
	require.Equal(t, false, user("USLACKBOT")["is_bot"], "Slack's trap: Slackbot is no bot")
	eve := user("U0EVE")
	require.Equal(t, "T9OTHER", eve["team_id"])
	require.NotContains(t, eve, "is_stranger", "Slack's trap: she shares a channel with the app")
	require.NotContains(t, eve, "enterprise_user")
	require.Equal(t, true, user("U0STR")["is_stranger"])
	require.Equal(t, "user_not_found", form(t, s, "users.info", "user", "U404").err())

	all := form(t, s, "users.list", "limit", "5")
	require.Len(t, all.get("members"), 5)
	require.NotEmpty(t, all.str("response_metadata", "next_cursor"))
}

func TestUserGroups(t *testing.T) {
	s := start(t, Config{Limits: free})
	s.SetGroup(Group{ID: "S9OLD", Handle: "old", Disabled: true})
	a := form(t, s, "usergroups.list", "include_users", "true")
	require.Len(t, a.get("usergroups"), 2)
	require.Contains(t, a.Raw, `"users":["U07MEI","U07SAM"]`)
	require.NotContains(t, form(t, s, "usergroups.list").Raw, `"users"`)
	require.Len(t, form(t, s, "usergroups.list", "include_disabled", "true").get("usergroups"), 3)
	require.Equal(t, l{"U07RAJ"}, form(t, s, "usergroups.users.list", "usergroup", "S2LEADS").get("users"))
	require.Equal(t, "no_such_subteam", form(t, s, "usergroups.users.list", "usergroup", "S9OLD").err())
	require.Equal(t, "team_not_found", form(t, s, "usergroups.list", "team_id", "acme").err())

	org := start(t, Config{EnterpriseID: "E1", OrgInstall: true})
	require.Equal(t, "missing_argument", form(t, org, "usergroups.list").err())
	require.Empty(t, form(t, org, "usergroups.list", "team_id", org.TeamID()).err())
}

func TestConversations(t *testing.T) {
	s := start(t, Config{Limits: free, Scopes: append(DefaultScopes(), "im:read", "team:read")})
	s.SetChannel(Channel{ID: "C0PEND", Name: "pending", BotIn: true, PendingExtShared: true, OrgShared: true})
	info := func(id string) map[string]any {
		a := form(t, s, "conversations.info", "channel", id)
		require.Empty(t, a.err())
		return a.get("channel").(m)
	}
	require.Equal(t, true, info("C0SHARED")["is_ext_shared"])
	require.Equal(t, true, info("C0PEND")["is_pending_ext_shared"])
	require.Equal(t, true, info("C0PEND")["is_org_shared"])
	require.Equal(t, true, info("C0AUDIT")["is_private"])
	require.Equal(t, false, info("C0RANDOM")["is_member"])
	require.Equal(t, true, info("C0OLD")["is_archived"])
	require.Equal(t, "channel_not_found", form(t, s, "conversations.info", "channel", "C0SECRET").err())

	dm := form(t, s, "conversations.open", "users", "U07MEI", "return_im", "true")
	require.Equal(t, true, dm.get("channel", "is_im"))
	require.Equal(t, dm.str("channel", "id"), form(t, s, "conversations.open", "users", "U07MEI").str("channel", "id"))
	require.Equal(t, "user_not_found", form(t, s, "conversations.open", "users", "U404").err())
	require.Equal(t, "users_list_not_supplied", form(t, s, "conversations.open").err())
	require.Equal(t, "cannot_dm_bot", form(t, s, "conversations.open", "users", "U07BOT").err())

	a := form(t, s, "conversations.members", "channel", "C0LIVE", "limit", "4")
	require.Len(t, a.get("members"), 4)
	a = form(t, s, "conversations.members", "channel", "C0LIVE", "limit", "4", "cursor", a.str("response_metadata", "next_cursor"))
	require.Contains(t, a.get("members"), s.BotUserID())

	require.Equal(t, "invalid_types", form(t, s, "conversations.list", "types", "nonsense").err())
	list := form(t, s, "conversations.list", "types", "public_channel,private_channel", "exclude_archived", "true")
	require.Contains(t, list.Raw, "C0AUDIT")
	require.NotContains(t, list.Raw, "C0SECRET")
	require.NotContains(t, list.Raw, "C0OLD")

	require.Equal(t, "missing_scope", form(t, s, "conversations.open", "users", "U07MEI,U07RAJ").err())
	require.Equal(t, "user_disabled", form(t, s, "conversations.open", "users", "U07OUT").err())
	require.Equal(t, "channel_not_found", form(t, s, "conversations.open", "channel", "C0LIVE").err())
	require.Equal(t, true, form(t, s, "conversations.open", "channel", dm.str("channel", "id")).get("already_open"))
	require.Equal(t, "channel_not_found", form(t, s, "conversations.info", "channel", "C404").err())
	require.EqualValues(t, 6, form(t, s, "conversations.info", "channel", "C0LIVE", "include_num_members", "true").get("channel", "num_members"))
	require.Equal(t, "team_not_found", form(t, s, "team.info", "team", "T404").err())
	require.Equal(t, "bot_not_found", form(t, s, "bots.info", "bot", "B404").err())
	require.Equal(t, "acme", form(t, s, "team.info").str("team", "domain"))
	require.Equal(t, s.BotUserID(), form(t, s, "bots.info").str("bot", "user_id"))
}

func TestListings(t *testing.T) {
	s := start(t, Config{Seed: &Seed{
		Users:    []User{{ID: "U1"}},
		Groups:   []Group{{ID: "S1", Members: []string{"U1"}}},
		Channels: []Channel{{ID: "C1", Members: []string{"U1"}}},
	}})
	users := s.Users()
	require.Len(t, users, 3)
	require.Equal(t, []string{slackbot, s.BotUserID(), "U1"}, []string{users[0].ID, users[1].ID, users[2].ID})
	groups := s.Groups()
	groups[0].Members[0] = "changed"
	require.Equal(t, []string{"U1"}, s.Groups()[0].Members, "what is read is a copy")
	require.Equal(t, "c1", s.Channels()[0].Name)
	_, ok := s.User("U404")
	require.False(t, ok)
	_, ok = s.Channel("C404")
	require.False(t, ok)
	require.Equal(t, "/mod", s.CommandName())
}

func TestChangesSendEvents(t *testing.T) {
	s := start(t, Config{Limits: free, Events: []string{
		"subteam_members_changed", "subteam_created", "user_change", "team_join", "channel_shared",
	}})
	a := keeping(t, s)
	event := func() map[string]any {
		w := a.next()
		require.Equal(t, "events_api", w.Type)
		return w.Payload["event"].(m)
	}
	require.NoError(t, s.SetGroupMembers("S1MODS", "U07MEI", "U07ANA"))
	e := event()
	require.Equal(t, "subteam_members_changed", e["type"])
	require.Equal(t, l{"U07ANA"}, e["added_users"])
	require.Equal(t, l{"U07SAM"}, e["removed_users"])
	require.NoError(t, s.SetGroupMembers("S1MODS", "U07MEI", "U07ANA"), "nothing changed: no event")
	require.Error(t, s.SetGroupMembers("S404"))

	mei, ok := s.User("U07MEI")
	require.True(t, ok)
	mei.Deactivated = true
	s.SetUser(mei)
	e = event()
	require.Equal(t, "user_change", e["type"])
	require.Equal(t, true, e["user"].(m)["deleted"])
	s.SetUser(User{ID: "U0NEW"})
	require.Equal(t, "team_join", event()["type"])

	live, _ := s.Channel("C0LIVE")
	live.ExtShared = true
	s.SetChannel(live)
	require.Equal(t, "channel_shared", event()["type"])
	s.SetGroup(Group{ID: "S3NEW", Handle: "new"})
	require.Equal(t, "subteam_created", event()["type"])

	quiet := start(t, Config{Events: []string{}})
	b := keeping(t, quiet)
	quiet.SetUser(User{ID: "U0NEW"})
	_, err := quiet.Command(within(t), "U07MEI", "C0LIVE", "x")
	require.NoError(t, err)
	require.Equal(t, "slash_commands", b.next().Type, "an event that was not subscribed does not come")
}
