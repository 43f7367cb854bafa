package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// These tests check that people are identified before they get an answer.

// named starts with a policy in which a room has a confidential name.
func (s *stage) named() {
	s.tb.Helper()
	file := filepath.Join(s.tb.TempDir(), "policy.yaml")
	require.NoError(s.tb, os.WriteFile(file, []byte(`roles:
  mods: [S1MODS]
rules:
  - {name: all, roles: [mods], verbs: [all]}
rooms:
  secretgala: live:show1
channel_rooms:
  C0CASES: secretgala
`), 0o600))
	delete(s.env, "MODERATORS")
	delete(s.env, "APPROVERS")
	s.env["POLICY_FILE"] = file
}

// allAnswersTo returns everything that the bot ever sent privately to a person.
func (s *stage) allAnswersTo(user string) string {
	var all strings.Builder
	for _, m := range s.slack.Ephemerals(user, "") {
		all.WriteString(shownIn(m) + "\n" + string(m.Blocks) + "\n")
	}
	return all.String()
}

// A typing mistake does not bypass authorization: guests, external people and
// shared channels get a recorded refusal without suggestions or buttons;
// people without a role learn no room names.
func TestAMistakeIsAuthorizedToo(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.named()
	s.start()
	refusals := func(n int, what string) {
		s.await(what, patience, func() bool {
			return s.entries(moderation.EntryRefused, moderation.EntryFolded) == n
		})
	}
	for i, text := range []string{"who secretgal", "who secretgal x", "help", "kik room:1234 test1"} { // the later ones are remembered
		s.say(guest, text)
		refusals(1+i, text)
		s.message(auditRoom, "guest")
	}
	s.idle(patience)
	require.NotContains(t, s.allAnswersTo(guest), "secret")
	require.Equal(t, 4, holding(s.slack.Ephemerals(guest, ""), "You can’t do this as a guest"))
	for i, c := range []struct {
		user, channel, answer string
		fields                map[string]any
	}{
		{mod, shared, "shared with another organization", nil},
		{mod, shared, "shared with another organization", nil},
		{mod, live, "", map[string]any{"team_id": "T9OTHER"}},
		{"U07OUT", live, "", nil},
		{"U07BOT", live, "", nil},
	} {
		d, err := s.slack.ForgeCommand(t.Context(), c.user, c.channel, "who secretgal", c.fields)
		require.NoError(t, err)
		require.True(t, d.Acked)
		require.Empty(t, d.AckPayload)
		refusals(5+i, c.user)
		if c.answer != "" {
			s.private(c.user, c.answer)
		}
	}
	require.NotContains(t, s.allAnswersTo(mod), "secret")

	// Without a role a room's name and any other word are refused alike, also
	// where the channel has a room, and other mistakes are explained.
	for i, c := range [][2]string{
		{live, "who secretgal"}, {live, "who secretgala"}, {live, "who nosuch"}, {live, "mute secretgala alice 30"}, {cas, "silence alice 5m"},
	} {
		s.sayIn(noRole, c[0], c[1])
		refusals(10+i, c[1])
	}
	s.idle(patience)
	require.NotContains(t, s.allAnswersTo(noRole), "secret")
	require.Equal(t, 5, holding(s.slack.Ephemerals(noRole, ""), "You are not a moderator"))
	require.Zero(t, s.rows(storetest.Drafts))
	s.say(noRole, "who")
	s.private(noRole, "who needs a room")
	s.say(noRole, "help")
	s.private(noRole, "who ROOM")

	// A moderator gets the answer in the ack while the lookup is cached,
	// which is for a minute; an earlier one may have expired.
	inAck := func(typed, answer string) {
		s.await(typed+" answered in the ack", patience, func() bool {
			return strings.Contains(string(s.say(mod, typed).AckPayload), answer)
		})
	}
	s.say(mod, "who secretgal")
	s.private(mod, "Did you mean", "secretgala")
	inAck("who secretgal", "secretgala")
	inAck("help", "who")
	require.Equal(t, 14, s.entries(moderation.EntryRefused, moderation.EntryFolded))
}

// A click is authorized before anything behind the button is shown.
func TestClicksAreAuthorizedFirst(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "mut room:10006 alice 10m")
	m := s.private(mod, "Did you mean")
	_, action, value := button(m, "Run")
	s.press(mod, m, "Run")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	s.idle(patience)
	gone := "draft.run/" + strings.Repeat("a", 32)
	list := "list.page.1/" + strings.Repeat("a", 32)
	evil := map[string]any{"team": map[string]any{"id": "T0EVIL", "domain": "evil"}}
	for i, c := range []struct {
		user, channel, action, value, line string
		fields                             map[string]any
	}{
		{mod, live, action, value, "another app or workspace", evil},
		{mod, live, "draft.run", gone, "another app or workspace", evil},
		{mod, live, "list.page.1", list, "another app or workspace", evil},
		{guest, live, action, value, "", nil}, // curious clicks are counted for one line, ten minutes later
		{guest, live, "list.page.1", list, "", nil},
		{outsider, live, "draft.run", gone, "from another organization", nil},
		{"U07OUT", live, "case.run", "mute room:10006 alice", "deactivated account", nil}, // no button of the bot
		{mod, shared, "draft.run", gone, "external people can read this channel", nil},
		{mod2, live, action, value, "another person’s button", nil},
		{mod, live, "link.card", "https://acme.slack.com", "button not made by Bouncer", nil},
	} {
		s.click(c.user, c.channel, c.action, c.value, c.fields)
		s.await(c.line, patience, func() bool {
			return s.entries(moderation.EntryRefused, moderation.EntryFolded) == 1+i
		})
		if c.line != "" {
			s.message(auditRoom, c.line)
		}
	}
	s.idle(patience)
	for _, user := range []string{mod, mod2, guest, outsider} {
		require.NotContains(t, s.allAnswersTo(user), "already run")
		require.NotContains(t, s.allAnswersTo(user), "This suggestion has expired")
	}
	s.click(mod, live, action, value, nil)
	s.private(mod, "This was already run: it is case #1.")
	require.Equal(t, 1, s.asked())
}

// A card that had to be posted in CASE_CHANNEL has buttons that work there,
// with the rights of the original channel. In a shared channel they are
// refused all the same.
func TestACardElsewhereIsAnsweredThere(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.env["CHANNELS"] = "C0RANDOM" // where the bot is not a member
	s.start()
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, DropAnswer: true}))
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, Code: "AuthFailure.SecretIdNotFound"}))
	s.sayIn(mod, "C0RANDOM", "mute room:10006 alice 1h")
	s.await("unknown", patience, func() bool { return s.outcomes(moderation.Unknown) == 1 })
	card := s.message(cas, "#1 ", "may or may not have worked")
	s.private(mod, "The card of #1 is in", "the bot is not a member of the channel")

	share := func(on bool) {
		c, _ := s.slack.Channel(cas)
		c.ExtShared = on
		s.slack.SetChannel(c)
		s.await("the event read", patience, func() bool {
			list := s.slack.Deliveries()
			return len(list) > 0 && list[len(list)-1].Type == "events_api" && list[len(list)-1].Acked
		})
	}
	block, action, value := button(card, "Try again")
	require.NotEmpty(t, block)
	share(true)
	s.click(mod, cas, action, value, nil)
	s.message(auditRoom, "external people can read this channel")
	share(false)
	s.click(noRole, cas, action, value, nil)
	s.refused(noRole, moderation.RefuseNoRole)
	require.Equal(t, 2, s.called("SetUserBlocked"))
	s.press(mod, card, "Try again")
	s.await("accepted", patience, func() bool { return s.outcomes(moderation.Accepted) == 1 })
	require.True(t, s.muted("10006", "alice"))
}

// In an organization-wide installation events name the enterprise: they are
// accepted, so that changed people are looked up again.
func TestEventsOfTheEnterprise(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) { sc.EnterpriseID = "E1ACME" })
	s.say(mod, "mute room:10006 alice 10m")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	for _, from := range []map[string]any{{"team_id": "T0OTHER", "enterprise_id": "E1ACME"}, {"team_id": "", "enterprise_id": "E1ACME"}} {
		p := map[string]any{"api_app_id": s.slack.AppID(), "type": "event_callback", "event": map[string]any{
			"type": "user_change", "user": map[string]any{"id": mod},
		}}
		for k, v := range from {
			p[k] = v
		}
		s.idle(patience) // no other lookup may happen between the event and the count
		asked := len(s.slack.Calls("users.info"))
		d, err := s.slack.SendEnvelope(t.Context(), "events_api", p, false)
		require.NoError(t, err)
		require.True(t, d.Acked)
		s.say(mod, "case 1")
		s.await("asked anew", patience, func() bool { return len(s.slack.Calls("users.info")) > asked })
	}
	require.Zero(t, s.entries(moderation.EntryNotice))
}
