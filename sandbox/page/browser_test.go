package page

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"bouncer/sandbox"
)

const npm = "testdata/npm"

// Everything that Slack draws and this bot may one day send: blocks, mrkdwn,
// a confirm dialog, a modal with its errors and choices, a chart, a picture, a
// message shortcut, an edit.
const showcase = `[
 {"type":"header","text":{"type":"plain_text","text":"Head :tada:"}},
 {"type":"section","text":{"type":"mrkdwn","text":"*bold* _it_ ~gone~ ` + "`code`" + ` <@U07MEI> <!subteam^S1MODS> <!subteam^S2LEADS> <#C0GALA> <https://example.com|site> &lt;b&gt; <javascript:alert(1)|bad> :no_such:\n&gt; quoted <!date^1700000000^{date_num} {time}|long ago>\n` + "```pre *raw* &lt;i&gt;```" + `"},
  "fields":[{"type":"mrkdwn","text":"field one"},{"type":"plain_text","text":"*field* two"}]},
 {"type":"divider"},
 {"type":"rich_text","elements":[
  {"type":"rich_text_section","elements":[{"type":"text","text":"<u>raw</u> *stars*","style":{"bold":true}},{"type":"user","user_id":"U07RAJ"},{"type":"emoji","name":"fire"},{"type":"link","url":"https://example.com/x"}]},
  {"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"first"}]}]},
  {"type":"rich_text_quote","elements":[{"type":"text","text":"said"}]},
  {"type":"rich_text_preformatted","elements":[{"type":"text","text":"as is"}]}]},
 {"type":"context","elements":[{"type":"mrkdwn","text":"small"}]},
 {"type":"actions","block_id":"b1","elements":[
  {"type":"button","action_id":"go","value":"v","style":"danger","text":{"type":"plain_text","text":"Really"},
   "confirm":{"title":{"type":"plain_text","text":"Sure?"},"text":{"type":"plain_text","text":"It runs at once."},"confirm":{"type":"plain_text","text":"Do it"},"deny":{"type":"plain_text","text":"Leave it"}}},
  {"type":"static_select","action_id":"pick","placeholder":{"type":"plain_text","text":"Length"},"options":[{"text":{"type":"plain_text","text":"10 min"},"value":"10m"}]}]},
 {"type":"data_visualization","title":"Cases by day","chart":{"type":"bar","axis_config":{"categories":["Mon","Tue","Wed"],"y_label":"cases"},"series":[
  {"name":"ban","data":[{"label":"Mon","value":4},{"label":"Tue","value":9},{"label":"Wed","value":2}]},
  {"name":"mute","data":[{"label":"Mon","value":11},{"label":"Tue","value":6},{"label":"Wed","value":14}]}]}},
 {"type":"data_table","caption":"Who is inside","page_size":2,"rows":[
  [{"type":"raw_text","text":"Person"},{"type":"raw_text","text":"Until"},{"type":"raw_text","text":"Cases"},{"type":"raw_text","text":"Act"}],
  [{"type":"raw_text","text":"<b>troll7"},{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"date","timestamp":1700000000,"format":"{date_num}","fallback":"long ago"}]}]},{"type":"raw_number","value":3},
   {"type":"action_cell","element":{"type":"button","action_id":"act.0","value":"v","text":{"type":"plain_text","text":"Act…"}},"fallback":{"type":"raw_text","text":"–"}}],
  [{"type":"raw_text","text":"user2"},{"type":"raw_text","text":"–"},{"type":"raw_number","value":0},{"type":"raw_text","text":"–"}],
  [{"type":"raw_text","text":"user3 with a long name that goes on and on"},{"type":"raw_text","text":"–"},{"type":"raw_number","value":12,"text":"a dozen"},{"type":"raw_text","text":"–"}]]},
 {"type":"section","block_id":"pick","text":{"type":"mrkdwn","text":"Choose people"},"accessory":{"type":"multi_static_select","action_id":"value","options":[{"text":{"type":"plain_text","text":"user2"},"value":"1"},{"text":{"type":"plain_text","text":"user3"},"value":"2"}]}}]`

const modal = `{"type":"modal","callback_id":"m","title":{"type":"plain_text","text":"Why?"},"submit":{"type":"plain_text","text":"Send"},
 "blocks":[{"type":"input","block_id":"why","label":{"type":"plain_text","text":"Reason"},"element":{"type":"plain_text_input","action_id":"a"}},
 {"type":"input","block_id":"how","optional":true,"label":{"type":"plain_text","text":"Kind"},"element":{"type":"radio_buttons","action_id":"r","options":[{"text":{"type":"plain_text","text":"Spam"},"value":"spam"}]}},
 {"type":"input","block_id":"whom","optional":true,"label":{"type":"plain_text","text":"Whom"},"hint":{"type":"plain_text","text":"Who is left out stays as he is."},"element":{"type":"checkboxes","action_id":"c",
  "options":[{"text":{"type":"mrkdwn","text":"*host1*"},"value":"0","description":{"type":"plain_text","text":"protected"}},{"text":{"type":"plain_text","text":"troll7"},"value":"1"},{"text":{"type":"plain_text","text":"user1"},"value":"2"}],
  "initial_options":[{"text":{"type":"plain_text","text":"troll7"},"value":"1"}]}},
 {"type":"input","block_id":"also","optional":true,"label":{"type":"plain_text","text":"Tell"},"element":{"type":"multi_users_select","action_id":"m"}},
 {"type":"input","block_id":"ends","optional":true,"label":{"type":"plain_text","text":"For"},"element":{"type":"static_select","action_id":"s","options":[{"text":{"type":"plain_text","text":"10 min"},"value":"10m"},{"text":{"type":"plain_text","text":"1 day"},"value":"1d"}]}}]}`

func TestPageInBrowser(t *testing.T) {
	for _, name := range []string{"chromium", "node", "npm"} {
		if _, err := exec.LookPath(name); err != nil && os.Getenv("CI") == "" {
			t.Skipf("%s is not installed: the page is not tried in a browser here", name)
		}
	}
	if _, err := os.Stat(npm + "/node_modules/.package-lock.json"); errors.Is(err, fs.ErrNotExist) {
		node(t, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	}
	browser, err := exec.LookPath("chromium")
	require.NoError(t, err)
	t.Setenv("CHROMIUM", browser)
	s := openWith(t, sandbox.Config{})
	a := &app{site: s}
	a.connect()
	a.begin()
	out := node(t, "node", "blocks.js", s.URL(), os.Getenv("SANDBOX_PICTURES"))
	t.Log(out)
	a.mu.Lock()
	defer a.mu.Unlock()
	require.Equal(t, []string{"10m", "evidence", "because", "spam", "0,1", "U07LIN", "1d"}, a.got)
	require.Equal(t, 2, a.submissions, "the first was refused with an error")
	require.NotNil(t, s.world.Slack.Deliveries()[2].Confirm, "the dialog was agreed to")
}

// begin posts what the browser will see.
func (a *app) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	posted := a.call("chat.postMessage", url.Values{"channel": {live}, "text": {"fallback"}, "blocks": {showcase}})
	a.call("chat.postMessage", url.Values{"channel": {live}, "text": {"a reply"}, "thread_ts": {posted.TS}})
	a.ts = posted.TS
	a.upload(live, "drawing.png", string(drawing(a.t)))
}

// drawing is a PNG.
func drawing(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 240))
	for x := range 640 {
		for y := range 240 {
			c := color.RGBA{250, 251, 251, 255}
			if x%80 > 20 && x%80 < 60 && y > 220-x/4 {
				c = color.RGBA{61, 138, 143, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func node(t *testing.T, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = npm
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// app is the least of a Slack app: it acks, opens a modal, refuses it once.
type app struct {
	*site
	mu          sync.Mutex // guards the rest
	ts          string
	got         []string
	submissions int
}

type answerJSON struct {
	OK    bool
	Error string
	URL   string
	TS    string
}

func (a *app) call(method string, form url.Values) answerJSON {
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.world.Slack.URL()+method, strings.NewReader(form.Encode()))
	require.NoError(a.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	token := a.world.Slack.BotToken()
	if method == "apps.connections.open" {
		token = a.world.Slack.AppToken()
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(a.t, err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	var out answerJSON
	require.NoError(a.t, json.NewDecoder(res.Body).Decode(&out))
	require.True(a.t, out.OK, "%s: %s", method, out.Error)
	return out
}

func (a *app) connect() {
	ws, res, err := websocket.DefaultDialer.DialContext(a.t.Context(), a.call("apps.connections.open", nil).URL, nil)
	require.NoError(a.t, err)
	require.NoError(a.t, res.Body.Close())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for a.answer(ws) {
		}
	}()
	a.t.Cleanup(func() { _ = ws.Close(); <-done })
}

// answer deals with one envelope; false when the connection has ended.
func (a *app) answer(ws *websocket.Conn) bool {
	var e struct {
		Type       string
		EnvelopeID string `json:"envelope_id"`
		Payload    struct {
			Type      string
			Callback  string `json:"callback_id"`
			TriggerID string `json:"trigger_id"`
			Actions   []struct {
				ActionID string                 `json:"action_id"`
				Selected struct{ Value string } `json:"selected_option"`
			}
			View struct {
				State struct {
					Values map[string]map[string]struct {
						Value    string
						Selected struct{ Value string }   `json:"selected_option"`
						Options  []struct{ Value string } `json:"selected_options"`
						Users    []string                 `json:"selected_users"`
					}
				}
			}
		}
	}
	if ws.ReadJSON(&e) != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	ack := map[string]any{"envelope_id": e.EnvelopeID}
	p := e.Payload
	switch {
	case e.EnvelopeID == "":
		return true
	case p.Type == "message_action":
		a.got = append(a.got, p.Callback)
	case p.Type == "block_actions" && p.Actions[0].ActionID == "pick":
		a.got = append(a.got, p.Actions[0].Selected.Value)
	case p.Type == "block_actions":
		a.call("views.open", url.Values{"trigger_id": {p.TriggerID}, "view": {modal}})
	case p.Type == "view_submission":
		if a.submissions++; a.submissions == 1 {
			ack["payload"] = map[string]any{"response_action": "errors", "errors": map[string]string{"why": "Too short <b>"}}
			break
		}
		v := p.View.State.Values
		var whom []string
		for _, o := range v["whom"]["c"].Options {
			whom = append(whom, o.Value)
		}
		a.got = append(a.got, v["why"]["a"].Value, v["how"]["r"].Selected.Value,
			strings.Join(whom, ","), strings.Join(v["also"]["m"].Users, ","), v["ends"]["s"].Selected.Value)
		a.call("chat.update", url.Values{"channel": {live}, "ts": {a.ts}, "text": {"all done"}})
	}
	return ws.WriteJSON(ack) == nil
}
