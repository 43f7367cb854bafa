package socket

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	testToken = "xapp-1-A111-222-secret"
	answerOK  = `{"ok":true,"url":"wss://wss-primary.slack.com/link/?ticket=secret-ticket&app_id=A111"}`
)

func TestOpenerRequest(t *testing.T) {
	for _, path := range []string{"/api", "/api/"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, http.MethodPost, r.Method)
			require.Equal(t, "/api/apps.connections.open", r.URL.Path)
			require.Empty(t, r.URL.RawQuery)
			require.Equal(t, "Bearer "+testToken, r.Header.Get("Authorization"))
			require.NoError(t, r.ParseForm())
			require.Empty(t, r.PostForm, "the token is an error as a parameter")
			_, _ = w.Write([]byte(answerOK))
		}))
		got, err := NewOpener(server.Client(), server.URL+path, testToken).Open(t.Context())
		server.Close()
		require.NoError(t, err)
		require.Equal(t, "wss://wss-primary.slack.com/link/?ticket=secret-ticket&app_id=A111", got)
	}
}

func TestOpenerRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header string
		body   string
		want   OpenError
	}{
		"slack's code":         {200, "", `{"ok":false,"error":"invalid_auth"}`, OpenError{Code: "invalid_auth"}},
		"missing scope":        {200, "", `{"ok":false,"error":"missing_scope","needed":"connections:write","provided":"x"}`, OpenError{Code: "missing_scope", Needed: "connections:write", Provided: "x"}},
		"code with 403":        {403, "", `{"ok":false,"error":"forbidden_team"}`, OpenError{Code: "forbidden_team"}},
		"429":                  {429, "7", `{"ok":false,"error":"ratelimited"}`, OpenError{Code: "ratelimited", RetryAfter: 7 * time.Second}},
		"429 without a time":   {429, "", ``, OpenError{Code: "ratelimited", RetryAfter: unstatedRetry}},
		"429 with nonsense":    {429, "9999999999", ``, OpenError{Code: "ratelimited", RetryAfter: time.Hour}},
		"503 with a time":      {503, "12", `<html>`, OpenError{Code: "http_503", RetryAfter: 12 * time.Second}},
		"500":                  {500, "", ``, OpenError{Code: "http_500"}},
		"404":                  {404, "", `not here`, OpenError{Code: "http_404"}},
		"redirect":             {302, "", ``, OpenError{Code: "http_302"}},
		"no json":              {200, "", `<html>secret-ticket`, OpenError{Code: "bad_answer"}},
		"no url":               {200, "", `{"ok":true}`, OpenError{Code: "bad_answer"}},
		"a code that is none":  {200, "", `{"ok":false,"error":"secret-ticket!\n"}`, OpenError{Code: "bad_answer"}},
		"a giant answer":       {200, "", `{"ok":true,"url":"wss://x/` + strings.Repeat("x", 100<<10) + `"}`, OpenError{Code: "bad_answer"}},
		"url, but not ok":      {200, "", `{"ok":false,"url":"wss://x/secret-ticket"}`, OpenError{Code: "bad_answer"}},
		"wrong kinds of value": {200, "", `{"ok":"yes","url":7,"x":"secret-ticket"}`, OpenError{Code: "bad_answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls++
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer server.Close()
			_, err := NewOpener(server.Client(), server.URL, testToken).Open(t.Context())
			var got *OpenError
			require.ErrorAs(t, err, &got)
			require.NotContains(t, err.Error(), "secret")
			require.Equal(t, 1, calls, "asked once, no redirect followed")
			got.Err = nil
			require.Equal(t, c.want, *got)
		})
	}
}

func TestOpenerNetworkErrorsHoldNoSecrets(t *testing.T) {
	const unused = "http://127.0.0.1:1" // a free port may be in use later
	_, err := NewOpener(nil, unused+"/secret-path", testToken).Open(t.Context())
	var got *OpenError
	require.ErrorAs(t, err, &got)
	require.Equal(t, "network", got.Code)
	require.NotContains(t, err.Error(), "secret")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = NewOpener(nil, unused, testToken).Open(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestOpenerRefusesBadSettings(t *testing.T) {
	for name, c := range map[string]struct{ url, token string }{
		"plain http":      {"http://slack.com/api/", testToken},
		"no scheme":       {"slack.com/api", testToken},
		"user in url":     {"https://user:secret@slack.com/api", testToken},
		"query":           {"https://slack.com/api/?token=secret", testToken},
		"no url":          {"", testToken},
		"no token":        {"https://slack.com/api/", ""},
		"token with line": {"https://slack.com/api/", "xapp-secret\r\nX-Evil: 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(t.Context(), Config{Opener: NewOpener(nil, c.url, c.token), Handler: ackAtOnce})
			require.Error(t, err)
			require.NotContains(t, err.Error(), "secret")
			_, err = NewOpener(nil, c.url, c.token).Open(t.Context())
			require.Error(t, err)
			require.NotContains(t, err.Error(), "secret")
		})
	}
	for _, url := range []string{"https://slack.com/api/", "https://slack-gov.com/api", "http://127.0.0.1:9/api/", "http://localhost/", "http://[::1]:80"} {
		_, err := New(t.Context(), Config{Opener: NewOpener(nil, url, testToken), Handler: ackAtOnce})
		require.NoError(t, err, url)
	}
}

func TestConfigListsAllMistakes(t *testing.T) {
	_, err := New(t.Context(), Config{
		Connections: 5, OpenEnvelopes: -1, ReadLimit: 10, PingEvery: 10 * time.Second, OpenGap: time.Millisecond,
		BackoffMin: time.Minute, BackoffMax: time.Second, Linger: -1,
	})
	for _, part := range []string{"opener is required", "handler is required", "connections", "open envelopes", "read limit",
		"silent after", "open gap", "backoff max", "linger"} {
		require.ErrorContains(t, err, part)
	}
}

func TestFatalErrorsSayWhatToDo(t *testing.T) {
	for _, code := range []string{"invalid_auth", "missing_scope", linkDisabled, "token_expired", "forbidden_team", "insecure_request"} {
		f := fatal(code)
		require.NotNil(t, f, code)
		require.Contains(t, f.Error(), "("+code+")")
		require.NotEmpty(t, f.Subject)
	}
	for _, code := range []string{"internal_error", "fatal_error", "ratelimited", "service_unavailable", "request_timeout", "team_added_to_org", "network", "something_new", "warning", "too_many_websockets"} {
		require.Nil(t, fatal(code), code)
	}
	require.ErrorIs(t, &OpenError{Code: "network", Err: errBinary}, errBinary)
}
