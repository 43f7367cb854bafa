package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/bot/people"
	"bouncer/policy"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// said is one line of bouncer check.
type said struct{ mark, name, text string }

// Names longer than their column run on into the text.
var checkLine = regexp.MustCompile(`^(ok|note|FAIL) +(mute in rooms \(SetUserBlocked\)|bans in Chat groups \(edition and console switch\)|.{22}) (.*)$`)

// check runs bouncer check as a separate process and returns its lines. It
// must have changed nothing anywhere.
func (s *stage) check() (lines []said, status int, all string) {
	s.tb.Helper()
	rooms, files := s.tencent.Rooms(), len(s.slack.Files())
	s.env["DATABASE_URL"] = filepath.Join(s.tb.TempDir(), "none.db")
	cmd := s.command("check")
	var errs tail
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		require.Equal(s.tb, 1, cmd.ProcessState.ExitCode(), "%s\n%s%s", err, out, &errs)
	}
	for line := range strings.Lines(string(out)) {
		m := checkLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		require.NotNil(s.tb, m, "a line that is neither ok, note nor FAIL: %q", line)
		lines = append(lines, said{m[1], strings.TrimSpace(m[2]), m[3]})
	}
	require.NotContains(s.tb, errs.String(), "DATA RACE")
	s.untouched(rooms, files)
	return lines, cmd.ProcessState.ExitCode(), string(out) + errs.String()
}

// reading are the methods that only read; apps.connections.open returns an
// address that check never dials.
var reading = map[string]bool{
	"auth.test": true, "bots.info": true, "users.info": true, "usergroups.list": true, "conversations.info": true, "apps.connections.open": true,
}

// untouched requires that nothing was posted, opened or changed.
func (s *stage) untouched(rooms []tencentd.Room, files int) {
	s.tb.Helper()
	for _, c := range s.slack.Calls("") {
		require.True(s.tb, reading[c.Method], "check called %s", c.Method)
	}
	for _, c := range s.slack.Channels() {
		require.Empty(s.tb, s.slack.Messages(c.ID), "check posted in %s", c.ID)
	}
	require.Len(s.tb, s.slack.Files(), files)
	require.Empty(s.tb, s.slack.Connections(), "check opened a socket")
	require.Equal(s.tb, rooms, s.tencent.Rooms(), "check changed rooms")
	require.NoFileExists(s.tb, s.env["DATABASE_URL"])
}

func TestCheckAllWell(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.env["MODERATORS"] = "S1MODS,U07SAM"
	lines, status, all := s.check()
	require.Zero(t, status, all)
	ok := map[string]string{}
	for _, l := range lines {
		require.NotEqual(t, "FAIL", l.mark, all)
		if l.mark == "ok" {
			ok[l.name] = l.text
		}
	}
	for name, text := range map[string]string{
		"settings": "", "policy": "0 named rooms", "slack bot token": "team T0ACME, app " + s.slack.AppID(),
		"slack scopes": "usergroups:read", "slack app token": "Socket Mode is on",
		"group S1MODS": "@mods, 2 members", "group S2LEADS": "@leads, 1 members", "user U07SAM": "sam",
		"AUDIT_CHANNEL": "#audit", "CASE_CHANNEL": "#cases", "cloud credentials": "RemoveUser answered",
		"mute in rooms (SetUserBlocked)": "", "chat credentials": "", "bans in Chat groups (edition and console switch)": "",
		"Live rooms": "", "clock": "within",
	} {
		require.Contains(t, ok, name, all)
		require.Contains(t, strings.ToLower(ok[name]), strings.ToLower(text), name)
	}
	require.NotContains(t, all, s.slack.BotToken())
	require.NotContains(t, all, s.slack.AppToken())
	require.NotContains(t, all, s.env["TENCENTCLOUD_SECRET_KEY"])
	require.NotContains(t, all, stageKey)
}

// With -dm one message is sent, and the line says whether it was.
func TestCheckDirectMessage(t *testing.T) {
	for name, c := range map[string]struct {
		home slackd.AppHome
		says string
	}{
		"an app with a Messages tab": {slackd.DefaultAppHome(), "ok    direct message         sent to " + mod},
		"an app without one":         {slackd.AppHome{}, "the app has no Messages tab: add features.app_home from manifest.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) { sc.AppHome = &c.home })
			out, _ := s.command("check", "-dm", mod).Output()
			require.Contains(t, string(out), c.says)
		})
	}
}

// wrongThing is one problem, and the lines that report it.
type wrongThing struct {
	name   string
	config func(*slackd.Config, *tencentd.Config)
	change func(*testing.T, *stage)
	// fails are the names of the lines that must be FAIL, each with words of
	// its text; all others must be ok.
	fails map[string]string
	// notes are lines that must be notes: they need nothing.
	notes map[string]string
}

func setting(pairs ...string) func(*testing.T, *stage) {
	return func(_ *testing.T, s *stage) {
		for i := 0; i < len(pairs); i += 2 {
			s.env[pairs[i]] = pairs[i+1]
		}
	}
}

func wrongInSlack() []wrongThing {
	needsAll := []string{"commands", "chat:write", "users:read", "usergroups:read", "channels:read", "groups:read"}
	const bot, app = "slack bot token", "slack app token"
	return []wrongThing{
		{name: "bot token unknown", change: setting("SLACK_BOT_TOKEN", "xoxb-1-2-hush"),
			fails: map[string]string{bot: "SLACK_BOT_TOKEN is not valid (Slack says invalid_auth)"}},
		{name: "bot token revoked", change: func(_ *testing.T, s *stage) { s.slack.RevokeToken(s.slack.BotToken()) },
			fails: map[string]string{bot: "SLACK_BOT_TOKEN was revoked"}},
		{name: "scope missing", change: func(_ *testing.T, s *stage) {
			s.slack.SetScopes("commands", "chat:write", "users:read", "channels:read", "groups:read")
		},
			fails: map[string]string{bot: "lacks the scopes usergroups:read: add them"}},
		{name: "useful scopes missing, one too many", change: func(_ *testing.T, s *stage) {
			s.slack.SetScopes(append(needsAll, "reactions:read", "channels:history")...)
		},
			notes: map[string]string{"files:write": "is missing: Bouncer cannot send lists", "im:write": "is missing: Bouncer cannot send files", "reactions:read": "is not used by Bouncer"}},
		{name: "app token unknown", change: setting("SLACK_APP_TOKEN", "xapp-1-A1-2-hush"),
			fails: map[string]string{app: "SLACK_APP_TOKEN"}},
		{name: "app token revoked", change: func(_ *testing.T, s *stage) { s.slack.RevokeToken(s.slack.AppToken()) },
			fails: map[string]string{app: "token_revoked"}},
		{name: "app token without connections:write", config: func(sc *slackd.Config, _ *tencentd.Config) { sc.AppScopes = []string{"authorizations:read"} },
			fails: map[string]string{app: "connections:write"}},
		{name: "group gone", change: setting("MODERATORS", "S9GONE"),
			fails: map[string]string{"group S9GONE": "it is not in the workspace, or is disabled: it grants no rights"}},
		{name: "group disabled", change: func(_ *testing.T, s *stage) {
			s.slack.SetGroup(slackd.Group{ID: "S1MODS", Handle: "mods", Members: []string{mod}, Disabled: true})
		}, fails: map[string]string{"group S1MODS": "it is not in the workspace, or is disabled: it grants no rights"}},
		{name: "group empty", change: func(t *testing.T, s *stage) { require.NoError(t, s.slack.SetGroupMembers("S2LEADS")) },
			fails: map[string]string{"group S2LEADS": "@leads has no members"}},
		{name: "user groups cannot be read", change: func(_ *testing.T, s *stage) { s.slack.Fail("usergroups.list", slackd.Fault{Error: "internal_error"}) },
			fails: map[string]string{"user groups": "usergroups.list: "}},
		{name: "people who cannot have rights", change: setting("MODERATORS", "U07OUT,U07GUS,U0EVE,U07BOT,U0NOBODY"),
			fails: map[string]string{
				"user U07OUT": "cannot have rights", "user U07GUS": "cannot have rights", "user U0EVE": "cannot have rights",
				"user U07BOT": "cannot have rights", "user U0NOBODY": "user_not_found",
			}},
		{name: "channels unknown", change: setting("AUDIT_CHANNEL", "C0NONE", "CASE_CHANNEL", "C0SECRET", "CHANNELS", "C0LIVE,C0NIL"),
			fails: map[string]string{"AUDIT_CHANNEL": "no channel C0NONE", "CASE_CHANNEL": "no channel C0SECRET", "CHANNELS": "no channel C0NIL"}},
		{name: "channels may not be read", change: func(_ *testing.T, s *stage) {
			s.slack.Fail("conversations.info", slackd.Fault{Error: "missing_scope"})
		}, fails: map[string]string{
			"AUDIT_CHANNEL": "Slack cannot look up C0AUDIT: conversations.info: missing_scope",
			"CASE_CHANNEL":  "Slack cannot look up C0CASES: conversations.info: missing_scope",
		}},
		{name: "channels cannot be read now", change: func(_ *testing.T, s *stage) {
			s.slack.Fail("conversations.info", slackd.Fault{Error: "internal_error"})
		}, fails: map[string]string{
			"AUDIT_CHANNEL": "Slack cannot look up C0AUDIT now: conversations.info: internal_error",
			"CASE_CHANNEL":  "Slack cannot look up C0CASES now: conversations.info: internal_error",
		}},
		{name: "the workspace is moved", change: func(_ *testing.T, s *stage) {
			s.slack.Fail("auth.test", slackd.Fault{Error: "org_login_required"})
		}, fails: map[string]string{bot: "SLACK_BOT_TOKEN could not be checked: org_login_required"}},
		{name: "channels shared", change: func(t *testing.T, s *stage) {
			c, ok := s.slack.Channel(auditRoom)
			require.True(t, ok)
			c.PendingExtShared = true
			s.slack.SetChannel(c)
			s.env["CASE_CHANNEL"], s.env["CHANNELS"] = shared, shared
		}, fails: map[string]string{"AUDIT_CHANNEL": "#audit is shared with external people, or will be", "CASE_CHANNEL": "#partners is", "CHANNELS": "#partners is"}},
		{name: "channels archived", change: setting("AUDIT_CHANNEL", "C0OLD", "CHANNELS", "C0OLD"),
			fails: map[string]string{"AUDIT_CHANNEL": "#old-news is archived", "CHANNELS": "#old-news is archived"}},
		{name: "channels without the bot", change: setting("AUDIT_CHANNEL", "C0RANDOM", "CHANNELS", "C0RANDOM"),
			fails: map[string]string{"AUDIT_CHANNEL": "the bot is not in #random: invite it"},
			notes: map[string]string{"CHANNELS": "its cards go to CASE_CHANNEL"}},
		{name: "Slack away", change: setting("SLACK_API_URL", "http://127.0.0.1:1/api/"),
			fails: map[string]string{bot: "connection refused"}},
	}
}

func wrongAtTencent() []wrongThing {
	const cloud, mute, chat, bans, rooms = "cloud credentials", "mute in rooms (SetUserBlocked)", "chat credentials",
		"bans in Chat groups (edition and console switch)", "Live rooms"
	key := "check TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY"
	chatKey := "CHAT_SECRET_KEY, CHAT_ADMIN and SDK_APP_ID must belong together"
	return []wrongThing{
		{name: "wrong secret", change: setting("TENCENTCLOUD_SECRET_KEY", "hushother"), fails: map[string]string{cloud: key, mute: key}},
		{name: "unknown key", change: setting("TENCENTCLOUD_SECRET_ID", "AKIDOTHER"), fails: map[string]string{cloud: key, mute: key}},
		{name: "wrong UserSig key", change: setting("CHAT_SECRET_KEY", "hush"+stageKey[4:]), fails: map[string]string{chat: chatKey, bans: chatKey, rooms: chatKey}},
		{name: "no administrator", change: setting("CHAT_ADMIN", "alice"), fails: map[string]string{chat: "CHAT_ADMIN", bans: "CHAT_ADMIN", rooms: "CHAT_ADMIN"}},
		{name: "bans switched off", change: func(t *testing.T, s *stage) {
			require.NoError(t, s.tencent.Fail("group_open_http_svc/get_group_ban_member", tencentd.Fault{Code: "10007"}))
		}, fails: map[string]string{bans: "turn the feature on"}},
		{name: "not allowed by CAM", change: func(t *testing.T, s *stage) {
			require.NoError(t, s.tencent.Fail("RemoveUser", tencentd.Fault{Code: "UnauthorizedOperation.CamNoAuth"}))
		}, fails: map[string]string{cloud: "in CAM"}},
		{name: "site without mute", config: func(_ *slackd.Config, tc *tencentd.Config) { tc.Site = tencentd.SiteCN }, change: setting("TENCENT_SITE", "cn"),
			fails: map[string]string{mute: "this site does not offer the action"}},
		{name: "not Tencent's API", change: func(t *testing.T, s *stage) {
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
			t.Cleanup(other.Close)
			s.env["CHAT_ENDPOINT"] = other.URL
		}, fails: map[string]string{chat: "", bans: "", rooms: ""}},
		{name: "clock far off", config: func(_ *slackd.Config, tc *tencentd.Config) {
			tc.Now = func() time.Time { return time.Now().Add(10 * time.Minute) }
		}, fails: map[string]string{cloud: "clock (NTP)", mute: "clock (NTP)"}},
		{name: "clock a little off", change: func(t *testing.T, s *stage) {
			// Half a minute more, so that no slow answer makes it 1m59s.
			s.env["CHAT_ENDPOINT"] = behind(t, s.tencent.ChatURL(), 150*time.Second)
		}, fails: map[string]string{"clock": "Tencent's clock is 2m"}},
	}
}

// behind is a proxy in front of an API with a wrong clock.
func behind(t *testing.T, to string, skew time.Duration) string {
	target, err := url.Parse(to)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// Each problem causes its own line and no other one, and exit status 1.
func TestCheckFindsEachProblem(t *testing.T) {
	t.Parallel()
	for _, w := range append(wrongInSlack(), wrongAtTencent()...) {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, func(sc *slackd.Config, tc *tencentd.Config) {
				if w.config != nil {
					w.config(sc, tc)
				}
			})
			if w.change != nil {
				w.change(t, s)
			}
			lines, status, all := s.check()
			failed := map[string]bool{}
			for _, l := range lines {
				if l.mark != "FAIL" {
					continue
				}
				words, expected := w.fails[l.name]
				require.True(t, expected, "%s fails: %s\n%s", l.name, l.text, all)
				require.Contains(t, l.text, words)
				failed[l.name] = true
			}
			require.Len(t, failed, len(w.fails), all)
			require.Equal(t, min(1, len(w.fails)), status, all)
			if status == 1 {
				require.Contains(t, all, "failed")
			}
			for name, words := range w.notes {
				require.Regexp(t, `(?m)^note .*`+regexp.QuoteMeta(name)+`.*`+regexp.QuoteMeta(words), all)
			}
			require.NotContains(t, all, "hush")
		})
	}
}

// Wrong settings are reported one per line, without any request.
func TestCheckReportsWrongSettings(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.env["AUDIT_CHANNEL"], s.env["SLACK_CONNECTIONS"] = "audit", "9"
	delete(s.env, "SDK_APP_ID")
	lines, status, all := s.check()
	require.Equal(t, 1, status)
	require.Len(t, lines, 3, all)
	for _, l := range lines {
		require.Equal(t, "FAIL", l.mark)
		require.Equal(t, "settings", l.name)
	}
	require.Contains(t, all, "3 checks failed")
	require.Empty(t, s.slack.Calls(""))
	require.Zero(t, s.tencent.Counters().Total)
}

// groupsOnly is a Slack that is asked only for user groups.
type groupsOnly struct {
	people.API
	groups []slack.UserGroup
}

func (g groupsOnly) GetUserGroupsContext(context.Context, ...slack.GetUserGroupsOption) ([]slack.UserGroup, error) {
	return g.groups, nil
}

// Groups are checked by the rules that rights depend on: one of the
// enterprise grants rights, one that is disabled or belongs to another team
// does not, whatever members it has.
func TestCheckGroups(t *testing.T) {
	api := groupsOnly{groups: []slack.UserGroup{
		{ID: "S1", Handle: "org", TeamID: "E1", Users: []string{"U1"}},
		{ID: "S2", Handle: "gone", TeamID: "T1", Users: []string{"U1"}, DateDelete: 1},
		{ID: "S3", Handle: "partners", TeamID: "T2", Users: []string{"U1"}},
	}}
	dir, err := people.New(t.Context(), people.Config{
		API: api, Workspace: policy.Workspace{Team: "T1", Enterprise: "E1"}, Logger: slog.New(slog.DiscardHandler),
		Groups: func() []string { return []string{"S1", "S2", "S3"} },
	})
	require.NoError(t, err)
	var out bytes.Buffer
	checkGroups(t.Context(), &report{out: &out}, dir)
	require.Equal(t, "ok    group S1               @org, 1 members\n"+
		"FAIL  group S2               @gone is disabled: it grants no rights\n"+
		"FAIL  group S3               @partners belongs to another team: it grants no rights\n", out.String())
}

// At the start Slack's lasting no to the audit channel is a sentence; what may
// pass is waited for.
func TestStartWaitsOnlyForWhatMayPass(t *testing.T) {
	t.Parallel()
	look := func(faults ...slackd.Fault) error {
		s := newStage(t)
		for _, f := range faults {
			s.slack.Fail("conversations.info", f)
		}
		dir, err := people.New(t.Context(), people.Config{
			API: slack.New(s.slack.BotToken(), slack.OptionAPIURL(s.slack.URL())), Workspace: policy.Workspace{Team: "T0ACME"},
		})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return patiently(ctx, slog.New(slog.DiscardHandler), func() {}, func() error { return checkAudit(ctx, dir, auditRoom) })
	}
	require.NoError(t, look(slackd.Fault{Error: "internal_error", Times: 4}))
	for _, code := range []string{"missing_scope", "access_denied"} {
		err := look(slackd.Fault{Error: code})
		require.EqualError(t, err, "AUDIT_CHANNEL: Slack cannot look up C0AUDIT: conversations.info: "+code)
	}
}

// A workspace that moves to another plan returns this error for a while: the
// token is still good, and a running bot continues.
func TestAMigrationDoesNotEndTheBot(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	api := slack.New(s.slack.BotToken(), slack.OptionAPIURL(s.slack.URL()))
	s.slack.Fail("auth.test", slackd.Fault{Times: 3, Error: "org_login_required"})
	s.slack.Fail("auth.test", slackd.Fault{Times: 3, Error: "team_added_to_org"})
	s.slack.Fail("auth.test", slackd.Fault{Error: "token_revoked"})
	err := watchToken(t.Context(), api, time.Millisecond)
	require.ErrorContains(t, err, "SLACK_BOT_TOKEN was revoked")
	require.Len(t, s.slack.Calls("auth.test"), 7)
}

// With a policy file its groups, users and named rooms are checked.
func TestCheckPolicyFile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	s.env["POLICY_FILE"] = path
	delete(s.env, "MODERATORS")
	delete(s.env, "APPROVERS")
	require.NoError(t, os.WriteFile(path, []byte("roles:\n  mods: [S1MODS, U07OUT]\nrooms:\n  gala: live:show1\nrules:\n  - {name: all, roles: [mods], verbs: [all]}\n"), 0o600))
	lines, status, all := s.check()
	require.Equal(t, 1, status, all)
	require.Contains(t, all, "1 named room")
	for _, l := range lines {
		require.Equal(t, l.name == "user U07OUT", l.mark == "FAIL", all)
	}
	require.NoError(t, os.WriteFile(path, []byte("roles:\n  mods: [S1MODS]\nrules:\n  - {name: all, roles: [mod], verbs: [all]}\n"), 0o600))
	lines, status, all = s.check()
	require.Equal(t, 1, status, all)
	require.Len(t, lines, 1, all)
	require.Contains(t, lines[0].text, `policy.yaml:4:25: role "mod" is not defined`)
}
