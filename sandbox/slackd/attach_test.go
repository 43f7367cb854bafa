package slackd

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func fileModal(more m) m {
	el := m{"type": "file_input", "action_id": "file"}
	for k, x := range more {
		el[k] = x
	}
	return modal(m{"blocks": l{m{"type": "input", "block_id": "list", "label": plainText("A file"), "element": el}}})
}

func TestFileInput(t *testing.T) {
	s := start(t, Config{Limits: free})
	keeping(t, s)
	v := open(t, s, fileModal(m{"max_files": 1}))
	in := func(ids ...string) Input { return Input{Block: "list", Action: "file", Values: ids} }
	submit := func(ids ...string) error { _, err := s.SubmitView(within(t), "U07MEI", v.ID, in(ids...)); return err }

	_, err := s.Attach("U07MEI", "large.csv", make([]byte, 10<<20+1))
	require.ErrorIs(t, err, ErrRefused, "Slack takes 10 MB")
	_, err = s.Attach("U07MEI", "empty.csv", nil)
	require.ErrorIs(t, err, ErrRefused)
	theirs, err := s.Attach("U07RAJ", "b.csv", []byte("x"))
	require.NoError(t, err)
	mine, err := s.Attach("U07MEI", "Bans 1.csv", []byte("user_id\ntroll7\n"))
	require.NoError(t, err)
	require.ErrorIs(t, submit(), ErrRefused, "a required input")
	require.ErrorIs(t, submit(theirs.ID), ErrRefused, "another person's file")
	require.ErrorIs(t, submit(mine.ID, mine.ID), ErrRefused, "max_files")
	d, err := s.SubmitView(within(t), "U07MEI", v.ID, in(mine.ID))
	require.NoError(t, err)

	var p struct {
		View struct {
			State struct {
				Values map[string]map[string]struct {
					Type  string       `json:"type"`
					Files []slack.File `json:"files"`
				} `json:"values"`
			} `json:"state"`
		} `json:"view"`
	}
	require.NoError(t, json.Unmarshal(d.Payload, &p))
	got := p.View.State.Values["list"]["file"]
	require.Equal(t, "file_input", got.Type)
	require.Len(t, got.Files, 1)
	require.Equal(t, mine.ID, got.Files[0].ID)

	api := slack.New(s.BotToken(), slack.OptionAPIURL(s.URL()))
	f, _, _, err := api.GetFileInfoContext(within(t), mine.ID, 1, 1)
	require.NoError(t, err)
	require.Equal(t, []any{"Bans 1.csv", "U07MEI", 15}, []any{f.Name, f.User, f.Size})
	var content bytes.Buffer
	require.NoError(t, api.GetFileContext(within(t), f.URLPrivateDownload, &content))
	require.Equal(t, "user_id\ntroll7\n", content.String())

	s.Detach(mine.ID)
	_, _, _, err = api.GetFileInfoContext(within(t), mine.ID, 1, 1)
	require.ErrorContains(t, err, "file_not_found")
}

func TestFilesNeedTheirScope(t *testing.T) {
	s := start(t, Config{Limits: free, Scopes: []string{"commands", "files:write"}})
	denied := call(t, s, "views.open", m{"trigger_id": triggerOf(t, s), "view": fileModal(nil)})
	require.Equal(t, []string{"missing_scope", "files:read"}, []string{denied.err(), denied.str("needed")})
	f, err := s.Attach("U07MEI", "a.csv", []byte("x"))
	require.NoError(t, err)
	require.Equal(t, "missing_scope", form(t, s, "files.info", "file", f.ID).err())
	s.SetScopes("files:read")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, token := range []string{"", "xoxb-other", s.BotToken()} {
		req, err := http.NewRequestWithContext(within(t), http.MethodGet, s.origin()+s.downloadPath(&f), nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := client.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		if token == s.BotToken() {
			require.Equal(t, "x", string(body))
		} else {
			require.Equal(t, http.StatusFound, res.StatusCode)
			require.True(t, strings.HasPrefix(res.Header.Get("Location"), s.origin()+"/?redir=%2Ffiles-pri%2F"), "the sign-in page")
		}
	}
}
