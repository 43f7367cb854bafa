package bot

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
)

// A response_url is a bearer capability from outside: only hosts of Slack,
// and the API's host, are ever called.
func TestWhichReplyURLsAreCalled(t *testing.T) {
	r, err := newReplier("http://127.0.0.1:9000/api/", http.DefaultClient)
	require.NoError(t, err)
	for url, ok := range map[string]bool{
		"https://hooks.slack.com/commands/T1/2/x":     true,
		"https://hooks.slack-gov.com/commands/T1/2/x": true,
		"https://slack-gov.com/x":                     true,
		"http://127.0.0.1:9000/response/x":            true,
		"http://hooks.slack.com/commands/T1/2/x":      false, // plain http off loopback
		"http://127.0.0.1:9001/response/x":            false, // another port is another host
		"https://hooks.slack.com.evil.example/x":      false,
		"https://hooks.slack.com@evil.example/x":      false,
		"https://user:pass@hooks.slack.com/x":         false,
		"https://evil.example/hooks.slack.com":        false,
		"https://hooks.slack.com:8443/x":              false,
		"ftp://hooks.slack.com/x":                     false,
		"//hooks.slack.com/x":                         false,
		"http://169.254.169.254/latest/meta-data":     false,
		"": false,
		"https://hooks.slack.com%2eevil.example/x":      false,
		"https://HOOKS.slack.com.evil.example/services": false,
	} {
		require.Equal(t, ok, r.check(url) == nil, url)
	}
}

func TestReplyURLAnswers(t *testing.T) {
	require.NoError(t, replyOutcome(200, "ok"))
	require.NoError(t, replyOutcome(200, `{"ok":true}`))
	require.ErrorIs(t, replyOutcome(404, `{"ok":false,"error":"used_url"}`), errReplyGone)
	require.ErrorIs(t, replyOutcome(200, `{"ok":false,"error":"expired_url"}`), errReplyGone)
	require.ErrorContains(t, replyOutcome(200, `{"ok":false,"error":"invalid_blocks"}`), "invalid_blocks")
	for _, body := range []string{"invalid_blocks", `{"ok":false,"error":"invalid_blocks"}`} {
		require.True(t, refusedForm(replyOutcome(400, body)), body)
	}
	require.False(t, refusedForm(replyOutcome(400, `{"ok":false,"error":"channel_not_found"}`)))
	require.False(t, refusedForm(replyOutcome(500, "oops")))
	require.Error(t, replyOutcome(500, "oops"))
	require.NotErrorIs(t, replyOutcome(500, "oops"), errReplyGone)
}

// Neither a redirect nor an error may carry the address on.
func TestErrorsContainNoReplyURL(t *testing.T) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	const secret = "T1-SECRET-PATH"
	send := func(ctx context.Context, h http.HandlerFunc) error {
		server := httptest.NewServer(h)
		defer server.Close()
		r, err := newReplier(server.URL+"/api/", client)
		require.NoError(t, err)
		return r.send(ctx, server.URL+"/response/"+secret, say.Message{Text: "x"}, false)
	}
	for name, h := range map[string]http.HandlerFunc{
		"cut off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"moved": func(w http.ResponseWriter, _ *http.Request) {
			http.Redirect(w, &http.Request{}, "https://evil.example/", http.StatusFound)
		},
		"refused": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
	} {
		err := send(context.Background(), h)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), secret, name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := send(ctx, func(http.ResponseWriter, *http.Request) {})
	require.True(t, errors.Is(err, context.Canceled))
	require.False(t, strings.Contains(err.Error(), secret))
}
