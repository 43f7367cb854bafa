package slackd

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewRefuses(t *testing.T) {
	for name, cfg := range map[string]Config{
		"public address":     {Addr: "0.0.0.0:0"},
		"no port":            {Addr: "127.0.0.1"},
		"org without a grid": {OrgInstall: true},
		"unknown member":     {Seed: &Seed{Channels: []Channel{{ID: "C1", Members: []string{"U404"}}}}},
		"user without id":    {Seed: &Seed{Users: []User{{Name: "x"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(context.Background(), cfg)
			require.Error(t, err)
		})
	}
}

func TestTokens(t *testing.T) {
	s := start(t, Config{Limits: free})
	const formType = "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		name, method, token, contentType, body, want string
	}{
		{"no token", "auth.test", "", formType, "", "not_authed"},
		{"wrong token", "auth.test", "xoxb-1", formType, "", "invalid_auth"},
		{"bot token in the form", "auth.test", "", formType, "token=" + s.BotToken(), ""},
		{"token in a JSON body does not count", "auth.test", "", "application/json", j(m{"token": s.BotToken()}), "not_authed"},
		{"app token for a bot method", "auth.test", s.AppToken(), formType, "", "not_allowed_token_type"},
		{"bot token for the app method", "apps.connections.open", s.BotToken(), formType, "", "not_allowed_token_type"},
		{"app token in the form", "apps.connections.open", "", formType, "token=" + s.AppToken(), "not_allowed_token_type"},
		{"app token", "apps.connections.open", s.AppToken(), formType, "", ""},
		{"unknown method", "chat.shout", s.BotToken(), formType, "", "unknown_method"},
		{"broken JSON", "auth.test", s.BotToken(), "application/json", "{", "invalid_json"},
		{"JSON array", "auth.test", s.BotToken(), "application/json", "[]", "json_not_object"},
		{"no content type", "auth.test", s.BotToken(), "", "x", "missing_post_type"},
		{"odd content type", "auth.test", s.BotToken(), "text/html", "x", "invalid_post_type"},
		{"api.test needs none", "api.test", "", formType, "", ""},
		{"api.test echoes errors", "api.test", "", formType, "error=my_error", "my_error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, err := send(t, http.MethodPost, s.URL()+tc.method, tc.token, tc.contentType, []byte(tc.body))
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, a.Status)
			require.Equal(t, tc.want, a.err(), a.Raw)
			require.Equal(t, tc.want == "", a.get("ok"))
		})
	}
	s.RevokeToken(s.BotToken())
	require.Equal(t, "token_revoked", form(t, s, "auth.test").err())
}

func TestScopes(t *testing.T) {
	s := start(t, Config{Limits: free, Scopes: []string{"commands", "channels:read"}})
	a := form(t, s, "auth.test")
	require.Equal(t, "commands,channels:read", a.Header.Get("X-OAuth-Scopes"))
	require.Equal(t, s.TeamID(), a.str("team_id"))
	require.Equal(t, s.BotUserID(), a.str("user_id"))

	for method, needed := range map[string]string{
		"chat.postMessage": "chat:write", "users.info": "users:read", "usergroups.list": "usergroups:read",
		"files.getUploadURLExternal": "files:write", "conversations.open": "im:write", "team.info": "team:read",
	} {
		a := form(t, s, method, "channel", "C0LIVE")
		require.Equal(t, "missing_scope", a.err(), method)
		require.Equal(t, needed, a.str("needed"), method)
		require.Equal(t, "commands,channels:read", a.str("provided"), method)
	}
	require.Empty(t, form(t, s, "conversations.info", "channel", "C0LIVE").err())
	a = form(t, s, "conversations.info", "channel", "C0AUDIT")
	require.Equal(t, "missing_scope", a.err())
	require.Equal(t, "groups:read", a.str("needed"))
	a = form(t, s, "conversations.history", "channel", "C0LIVE")
	require.Equal(t, "channels:history", a.str("needed"))

	s.SetScopes("chat:write")
	require.Equal(t, "chat:write", form(t, s, "auth.test").Header.Get("X-OAuth-Scopes"))

	bad := start(t, Config{AppScopes: []string{"authorizations:read"}})
	r, err := send(t, http.MethodPost, bad.URL()+"apps.connections.open", bad.AppToken(), "", nil)
	require.NoError(t, err)
	require.Equal(t, "missing_scope", r.err())
	require.Equal(t, "connections:write", r.str("needed"))
}

func TestArguments(t *testing.T) {
	s := start(t, Config{Limits: free})
	a := form(t, s, "chat.postMessage", "text", "x")
	require.Equal(t, "invalid_arguments", a.err())
	require.Contains(t, a.Raw, "missing required field: channel")

	// Read methods accept only forms: JSON arguments are ignored.
	require.Equal(t, "invalid_arguments", call(t, s, "users.info", m{"user": "U07MEI"}).err())
	require.Empty(t, form(t, s, "users.info", "user", "U07MEI").err())
	require.Equal(t, "invalid_arguments", call(t, s, "files.getUploadURLExternal", m{"filename": "a", "length": 1}).err())

	raw := []byte(j(m{"channel": "C0LIVE", "text": "x"}))
	r, err := send(t, http.MethodPost, s.URL()+"chat.postMessage", s.BotToken(), "application/json", raw)
	require.NoError(t, err)
	require.Equal(t, "missing_charset", r.str("warning"))

	calls := s.Calls("chat.postMessage")
	require.Len(t, calls, 2)
	require.Equal(t, "invalid_arguments", calls[0].Error)
	require.Equal(t, "x", calls[1].Args["text"])
	r, err = send(t, http.MethodPost, s.URL()+"auth.test", "", "application/x-www-form-urlencoded", []byte("token="+s.BotToken()))
	require.NoError(t, err)
	require.Equal(t, true, r.get("ok"))
	for _, c := range s.Calls("") {
		require.NotContains(t, j(c), s.BotToken())
	}
}
