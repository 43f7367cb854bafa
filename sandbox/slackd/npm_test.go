package slackd

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSlackNpmClients is the proof against clients that others wrote: Slack's
// own @slack/socket-mode, @slack/web-api and @slack/bolt at the versions of
// testdata/npm/package-lock.json.
func TestSlackNpmClients(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // most of it for npm ci
	t.Cleanup(cancel)
	dir := npmClients(ctx, t)
	s := start(t, Config{Timing: Timing{Warning: 200 * time.Millisecond}})

	cmd := exec.CommandContext(ctx, "node", "proof.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"SLACK_API_URL="+s.URL(), "SLACK_BOT_TOKEN="+s.BotToken(), "SLACK_APP_TOKEN="+s.AppToken(),
		"CHANNEL=C0LIVE", "PERSON=U07MEI")
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stderr.Close()) })
	cmd.Stderr = stderr
	complaints := func() string {
		raw, err := os.ReadFile(stderr.Name())
		require.NoError(t, err)
		return string(raw)
	}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	steps := bufio.NewScanner(out)
	await := func(step string) map[string]any {
		t.Helper()
		for steps.Scan() {
			var got map[string]any
			require.NoError(t, json.Unmarshal(steps.Bytes(), &got), steps.Text())
			require.Equal(t, step, got["step"], complaints())
			return got
		}
		_ = cmd.Wait() // its error is on stderr
		require.Failf(t, "the proof ended early", "before %q: %s", step, complaints())
		return nil
	}

	await("connected")
	require.NoError(t, s.WaitConnections(ctx, 1))
	d, err := s.Command(ctx, "U07MEI", "C0LIVE", "help me")
	require.NoError(t, err)
	require.True(t, d.Acked, d.Failure)
	require.Equal(t, []string{"node heard help me"}, texts(s.Ephemerals("U07MEI", "C0LIVE")))

	view, _ := await("opened")["view"].(string)
	fill := func(reason string) Delivery {
		d, err := s.SubmitView(ctx, "U07MEI", view, Input{Block: "why", Action: "reason", Values: []string{reason}})
		require.NoError(t, err)
		require.Empty(t, d.Failure, "%s %s", d.Detail, complaints())
		return d
	}
	require.Equal(t, map[string]string{"why": "say more"}, fill("bad").Errors)
	await("refused")
	fill("flooding")
	require.Empty(t, s.Views("U07MEI"))

	ts, _ := await("posted")["ts"].(string)
	thread := s.Thread("C0LIVE", ts)
	require.Equal(t, []string{"card, changed", "in the thread"}, texts(thread))
	d, err = s.Press(ctx, "U07MEI", Ref{Channel: "C0LIVE", TS: ts}, "b", "go")
	require.NoError(t, err)
	require.True(t, d.Acked)
	_, err = s.WaitMessage(ctx, "C0LIVE", func(m Message) bool { return m.TS == ts && m.Text == "done" })
	require.NoError(t, err)

	require.NotZero(t, await("burst")["limited"], "the client met 429")
	require.Len(t, s.Files(), 1)
	require.Equal(t, "id,why\n1,flooding\n", string(s.Files()[0].Content))
	var burst int
	for _, text := range texts(s.Messages("C0LIVE")) {
		if strings.HasPrefix(text, "burst") {
			burst++
		}
	}
	require.Equal(t, 5, burst, "each once, whatever the limit")

	await("ready for an event")
	mei, _ := s.User("U07MEI")
	mei.Admin = true
	s.SetUser(mei)

	await("ready for a refresh")
	s.RefreshConnections("warning")
	await("reconnected")
	require.NoError(t, s.WaitConnections(ctx, 1))
	d, err = s.Command(ctx, "U07MEI", "C0LIVE", "after the refresh")
	require.NoError(t, err)
	require.True(t, d.Acked, d.Failure)

	await("bolt")
	require.NoError(t, s.WaitConnections(ctx, 1))
	d, err = s.Command(ctx, "U07MEI", "C0LIVE", "bolt")
	require.NoError(t, err)
	require.True(t, d.Acked, d.Failure)
	_, err = s.WaitEphemeral(ctx, "U07MEI", func(m Message) bool { return m.Text == "and responds" && m.Source == "response_url" })
	require.NoError(t, err)
	require.Contains(t, texts(s.Ephemerals("U07MEI", "C0LIVE")), "bolt heard bolt")

	await("bolt form")
	_, err = s.GlobalShortcut(ctx, "U07MEI", "form")
	require.NoError(t, err)
	view, _ = await("bolt opened")["view"].(string)
	at := Ref{View: view}
	_, err = s.SelectOption(ctx, "U07MEI", at, "room", "find", "gala")
	require.ErrorIs(t, err, ErrRefused, "nothing was offered yet")
	d, err = s.Suggest(ctx, "U07MEI", at, "room", "find", "gal")
	require.NoError(t, err)
	require.Contains(t, string(d.AckPayload), "gala")
	require.NotContains(t, string(d.AckPayload), "lobby")
	_, err = s.SelectOption(ctx, "U07MEI", at, "room", "find", "gala")
	require.NoError(t, err)
	await("bolt chosen")
	d, err = s.SubmitView(ctx, "U07MEI", view)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"room": "not here"}, d.Errors)
	d, err = s.SubmitView(ctx, "U07MEI", view)
	require.NoError(t, err)
	require.Empty(t, d.Failure, "%s %s", d.Detail, complaints())
	now, _ := s.View(view)
	require.Equal(t, "many", now.CallbackID, "the same view has become another one")
	d, err = s.Suggest(ctx, "U07MEI", at, "people", "whom", "")
	require.NoError(t, err)
	require.Empty(t, d.Failure, "%s %s", d.Detail, complaints())
	_, err = s.SelectOption(ctx, "U07MEI", at, "people", "whom", "troll7", "troll8", "user1")
	require.ErrorIs(t, err, ErrRefused, "more than max_selected_items")
	_, err = s.SelectOption(ctx, "U07MEI", at, "people", "whom", "troll7", "troll8")
	require.NoError(t, err)
	await("bolt chosen several")
	_, err = s.SelectOption(ctx, "U07MEI", at, "length", "text", "45m")
	require.NoError(t, err)
	ts, _ = await("bolt table")["ts"].(string)
	d, err = s.Press(ctx, "U07MEI", Ref{Channel: "C0LIVE", TS: ts}, "", "act.1")
	require.NoError(t, err)
	require.True(t, d.Acked, complaints())
	await("bolt pressed")
	file, err := s.Attach("U07MEI", "raid.txt", []byte("troll7\n"))
	require.NoError(t, err)
	d, err = s.SubmitView(ctx, "U07MEI", view, Input{Block: "file", Action: "list", Values: []string{file.ID}})
	require.NoError(t, err)
	require.Empty(t, d.Failure, "%s %s", d.Detail, complaints())
	stack := s.Views("U07MEI")
	require.Len(t, stack, 2)
	_, err = s.SubmitView(ctx, "U07MEI", view)
	require.ErrorIs(t, err, ErrRefused, "it is below another one")
	d, err = s.SubmitView(ctx, "U07MEI", stack[1].ID)
	require.NoError(t, err)
	require.Empty(t, d.Failure, "%s %s", d.Detail, complaints())
	require.Empty(t, s.Views("U07MEI"))
	_, err = s.Command(ctx, "U07MEI", "C0LIVE", "end")
	require.NoError(t, err)

	await("done")
	require.NoError(t, cmd.Wait(), complaints())
	for _, a := range s.Acks() {
		require.Empty(t, a.Ignored)
	}
}

// npmClients is a folder with the proof and its installed clients. They are
// installed where the proof lies, once, by npm ci; a machine without npm fails.
func npmClients(ctx context.Context, t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("testdata", "npm"))
	require.NoError(t, err)
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	require.NoError(t, err)
	require.NotContains(t, string(lock), `"resolved"`, "the lock file must not name a registry")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil {
		return dir
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "npm ci: %s", out)
	return dir
}
