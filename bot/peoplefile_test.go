package bot

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/commands"
)

// filesAPI is files.info, and where its files can be downloaded.
type filesAPI struct {
	*httptest.Server
	info map[string]any
	get  http.HandlerFunc
	// elsewhere counts requests to another host with a token.
	elsewhere *httptest.Server
	leaked    bool
}

func newFilesAPI(t *testing.T) *filesAPI {
	t.Helper()
	f := &filesAPI{}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/files.info", func(w http.ResponseWriter, _ *http.Request) {
		answer := map[string]any{"ok": true, "file": f.info}
		if f.info == nil {
			answer = map[string]any{"ok": false, "error": "file_not_found"}
		}
		_ = json.NewEncoder(w).Encode(answer) // a client that went away fails its test
	})
	mux.HandleFunc("/download", func(w http.ResponseWriter, r *http.Request) { f.get(w, r) })
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	f.elsewhere = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		f.leaked = f.leaked || r.Header.Get("Authorization") != ""
	}))
	t.Cleanup(f.elsewhere.Close)
	return f
}

func (f *filesAPI) bot() *Bot {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Bot{cfg: Config{Slack: slack.New("xoxb-secret", slack.OptionAPIURL(f.URL+"/api/"), slack.OptionHTTPClient(client))}}
}

// The token goes to Slack and the API's host only, and no more is read than a file may have.
func TestDownloadOfAFile(t *testing.T) {
	mine := func(f *filesAPI, more map[string]any) map[string]any {
		out := map[string]any{"id": "F1", "name": "bans.csv", "user": "U1", "size": 7, "mode": "hosted", "url_private_download": f.URL + "/download"}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	send := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	for name, tc := range map[string]struct {
		info    func(*filesAPI) map[string]any
		get     http.HandlerFunc
		content string
		code    commands.Code
		err     string // part of it
		gone    bool
	}{
		"a file":            {info: func(f *filesAPI) map[string]any { return mine(f, nil) }, get: send("troll7\n"), content: "troll7\n"},
		"deleted":           {info: func(*filesAPI) map[string]any { return nil }, err: "file_not_found", gone: true},
		"another person's":  {info: func(f *filesAPI) map[string]any { return mine(f, map[string]any{"user": "U2"}) }, err: "no such file", gone: true},
		"outside Slack":     {info: func(f *filesAPI) map[string]any { return mine(f, map[string]any{"is_external": true}) }, err: "no such file", gone: true},
		"50 MB":             {info: func(f *filesAPI) map[string]any { return mine(f, map[string]any{"size": 50 << 20}) }, code: commands.CodeFileTooLarge},
		"more than it says": {info: func(f *filesAPI) map[string]any { return mine(f, nil) }, get: send(strings.Repeat("x", commands.MaxFileBytes+1)), code: commands.CodeFileTooLarge},
		"another host": {info: func(f *filesAPI) map[string]any {
			return mine(f, map[string]any{"url_private_download": f.elsewhere.URL + "/x"})
		}, err: "cannot be downloaded"},
		"Slack without TLS": {info: func(f *filesAPI) map[string]any {
			return mine(f, map[string]any{"url_private_download": "http://files.slack.com/x"})
		}, err: "cannot be downloaded"},
		"a host that looks like": {info: func(f *filesAPI) map[string]any {
			return mine(f, map[string]any{"url_private_download": "https://files.slack.com.evil.example/x"})
		}, err: "cannot be downloaded"},
		"an error page": {info: func(f *filesAPI) map[string]any { return mine(f, nil) }, get: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, err: "cannot be downloaded"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFilesAPI(t)
			f.info, f.get = tc.info(f), tc.get
			_, content, wrong, err := f.bot().download(t.Context(), "F1", "U1")
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				require.NotContains(t, err.Error(), "xoxb-")
			} else {
				require.NoError(t, err)
			}
			if tc.gone {
				require.ErrorIs(t, err, errFileGone)
			}
			if tc.code != "" {
				require.Equal(t, tc.code, wrong.Code)
			}
			require.Equal(t, tc.content, string(content))
			require.False(t, f.leaked, "the token left")
		})
	}
	t.Run("a redirect", func(t *testing.T) {
		f := newFilesAPI(t)
		f.info = mine(f, nil)
		f.get = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, f.elsewhere.URL+"/x", http.StatusFound)
		}
		_, _, _, err := f.bot().download(t.Context(), "F1", "U1")
		require.Error(t, err)
		require.False(t, f.leaked)
	})
}
