package script

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"bouncer/sandbox"
	"bouncer/sandbox/tencentd"
)

// asking is a card with everything that one can press and choose.
const asking = `[{"type":"section","text":{"type":"mrkdwn","text":"*#8* waits <!subteam^S2LEADS>"}},
 {"type":"actions","block_id":"b","elements":[
  {"type":"button","action_id":"approve","value":"8","text":{"type":"plain_text","text":"Approve"},
   "confirm":{"title":{"type":"plain_text","text":"Ban troll7?"},"text":{"type":"plain_text","text":"For 30 days."},"confirm":{"type":"plain_text","text":"Ban"},"deny":{"type":"plain_text","text":"Back"}}},
  {"type":"button","action_id":"withdraw","value":"8","text":{"type":"plain_text","text":"Withdraw"}},
  {"type":"users_select","action_id":"who","placeholder":{"type":"plain_text","text":"Moderator"}}]}]`

const undo = `{"type":"modal","title":{"type":"plain_text","text":"Undo #8"},"submit":{"type":"plain_text","text":"Undo"},"blocks":[
 {"type":"input","block_id":"t","label":{"type":"plain_text","text":"Whom"},"element":{"type":"checkboxes","action_id":"a",
  "options":[{"text":{"type":"plain_text","text":"troll7"},"value":"0"},{"text":{"type":"plain_text","text":"user1"},"value":"1","description":{"type":"plain_text","text":"host"}}],
  "initial_options":[{"text":{"type":"plain_text","text":"troll7"},"value":"0"}]}}]}`

// bot is a minimal bot: it acknowledges, opens the modal at Withdraw, and
// records what it received.
type bot struct {
	w    *sandbox.World
	got  chan map[string]any
	done chan struct{}
}

func connect(t *testing.T, w *sandbox.World) *bot {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Slack.URL()+"apps.connections.open", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+w.Slack.AppToken())
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	var a struct{ URL string }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&a))
	require.NoError(t, res.Body.Close())
	ws, res, err := websocket.DefaultDialer.DialContext(t.Context(), a.URL, nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	b := &bot{w: w, got: make(chan map[string]any, 100), done: make(chan struct{})}
	go func() {
		defer close(b.done)
		for {
			var e struct {
				ID      string         `json:"envelope_id"`
				Payload map[string]any `json:"payload"`
			}
			if ws.ReadJSON(&e) != nil {
				return
			}
			if e.ID == "" {
				continue
			}
			if trigger, ok := e.Payload["trigger_id"].(string); ok && strings.Contains(string(raw(e.Payload["actions"])), `"action_id":"withdraw"`) {
				post(t, w, "views.open", url.Values{"trigger_id": {trigger}, "view": {undo}})
			}
			b.got <- e.Payload
			if ws.WriteJSON(map[string]any{"envelope_id": e.ID}) != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = ws.Close(); <-b.done })
	return b
}

func raw(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// next is what the bot gets next, as JSON.
func (b *bot) next() string { return string(raw(<-b.got)) }

func TestDialogsAndChoices(t *testing.T) {
	w := world(t)
	b := connect(t, w)
	ts := post(t, w, "chat.postMessage", url.Values{"channel": {"C0LIVE"}, "text": {"x"}, "blocks": {asking}})
	out, err := play(t, w, `wait notified raj "#8 waits"
wait notified lin "#8"
dismiss raj "Approve"
press raj "Approve"
pick mei "Moderator" "raj"
press mei "Withdraw"
expect modal mei "☑ troll7"
pick mei "Whom" "user1","troll7"
submit mei
expect quiet raj`)
	require.NoError(t, err, out)
	require.Contains(t, out, "raj does not agree to Ban troll7?")
	require.Contains(t, out, "raj agrees to      Ban troll7?\n                   For 30 days.\n                   [Ban] [Back]")
	require.Contains(t, out, "mei's modal        Undo #8\n                   Whom\n                   ☑ troll7\n                   ☐ user1 (host)")
	require.Contains(t, b.next(), `"action_id":"approve"`)
	require.Contains(t, b.next(), `"selected_user":"U07RAJ"`)
	require.Contains(t, b.next(), `"action_id":"withdraw"`)
	require.Contains(t, b.next(), `"selected_options":[{"description":{"text":"host","type":"plain_text"},"text":{"text":"user1","type":"plain_text"},"value":"1"},{"text"`)
	require.Empty(t, b.got, "a dialog that was dismissed sends nothing")

	// A decided or deleted card can still be on a screen.
	_, err = playFor(t, w, `expect no button "Approve"`, 100*time.Millisecond)
	require.ErrorIs(t, err, ErrNotMet)
	s, err := Read("x.txt", strings.NewReader(`mei #live: still there?
expect #live "still there?"
expect #live no button "Approve"
expect no button "Approve"
stale lin "Approve"
slack delete "decided"
stale raj "Approve"`))
	require.NoError(t, err)
	printed := &printed{lines: []string{"#live mei          » still there?"}}
	printed.all = func() {
		post(t, w, "chat.update", url.Values{"channel": {"C0LIVE"}, "ts": {ts}, "text": {"x"}, "blocks": {asking}})
		post(t, w, "chat.update", url.Values{"channel": {"C0LIVE"}, "ts": {ts}, "text": {"x"}, "blocks": {`[{"type":"section","text":{"type":"mrkdwn","text":"*#8* decided"}}]`}})
	}
	require.NoError(t, Run(t.Context(), Config{World: w, Out: printed, Patience: 20 * time.Second}, s), printed.String())
	for _, who := range []string{"U07LIN", "U07RAJ"} {
		payload := b.next()
		require.Contains(t, payload, who)
		require.Contains(t, payload, `"action_id":"approve"`)
	}
	require.Empty(t, w.Slack.Messages("C0LIVE")[1:])
}

func TestShortcutsGroupsAndRooms(t *testing.T) {
	w := world(t)
	b := connect(t, w)
	before, _ := w.Tencent.Room(tencentd.KindLive, "show1")
	out, err := play(t, w, `ana #live: you are all trolls
shortcut mei "Add to case" "all trolls"
shortcut mei "evidence" "all trolls"
slack group leads add raj-2
slack group leads remove raj
slack group mods delete
tencent recreate gala
expect room gala troll7 inside
mei #live: @leads please
expect notified lin "please"
expect quiet raj`)
	require.NoError(t, err, out)
	require.Contains(t, out, "(lin is notified)")
	for range 2 {
		require.Contains(t, b.next(), `"callback_id":"evidence"`)
	}
	require.Contains(t, b.next(), `"added_users":["U07RJ2"]`)
	require.Contains(t, b.next(), `"removed_users":["U07RAJ"]`)
	require.Contains(t, b.next(), `"type":"subteam_updated"`)
	after, _ := w.Tencent.Room(tencentd.KindLive, "show1")
	require.NotEqual(t, before.Created.Unix(), after.Created.Unix())

	for text, want := range map[string]string{
		`shortcut mei "Delete it" "all trolls"`: "no message shortcut",
		"slack group nobody add mei":            "no user group nobody",
		"slack group nobody delete":             "no user group nobody",
		"slack group leads add zoe":             "there is no person zoe",
		"tencent recreate live:none":            "no such room",
		`stale mei "Approve"`:                   "no button \"Approve\" that mei ever saw",
	} {
		_, err := play(t, w, text)
		require.ErrorContains(t, err, want)
		require.NotErrorIs(t, err, ErrNotMet)
	}
	for text, want := range map[string]string{
		"raj #live: @lin hello\nexpect quiet lin": "lin was notified by",
		`expect notified raj "please"`:            "was not met",
		`shortcut mei "Add to case" "never said"`: "no message that shows",
		`slack delete "never said"`:               "no message that shows",
		`pick mei "Whom" "x"`:                     "sees no input with the label",
		`dismiss mei "Approve"`:                   "no button",
		`expect no button "Approve"`:              "was not met",
		`expect #gala no button "Approve"`:        "was not met",
		"mei #live: @leads x\nexpect quiet raj-2": "raj-2 was notified",
	} {
		_, err := playFor(t, w, text, 100*time.Millisecond)
		require.ErrorIs(t, err, ErrNotMet, text)
		require.ErrorContains(t, err, want)
	}
}

// A script runs only in the world that its header describes.
func TestSettingsAreTheWorlds(t *testing.T) {
	s, err := Read("x.txt", strings.NewReader("setting approval_ttl 3s\nslack heal"))
	require.NoError(t, err)
	var out bytes.Buffer
	require.ErrorContains(t, Run(t.Context(), Config{World: world(t), Out: &out}, s), "setting approval_ttl 3s")
	w, err := sandbox.New(context.Background(), sandbox.Config{Policy: s.Settings()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	require.NoError(t, Run(t.Context(), Config{World: w, Out: &out}, s))
}

func TestPlainChart(t *testing.T) {
	const blocks = `[{"type":"data_visualization","title":"Cases","chart":{"type":"bar","axis_config":{"categories":["Mon","Tue"]},
	 "series":[{"name":"ban","data":[{"label":"Mon","value":3},{"label":"Tue","value":0.5}]}]}},
	 {"type":"data_visualization","title":"Share","chart":{"type":"pie","segments":[{"label":"mei","value":2}]}},
	 {"type":"image","alt_text":"a picture","image_url":"https://x.example/a.png"}]`
	require.Equal(t, "Cases\nban: Mon 3, Tue 0.5\nShare\nmei 2\na picture", plainBlocks([]byte(blocks), nil))
}
