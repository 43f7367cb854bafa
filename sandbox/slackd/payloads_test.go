package slackd

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// payloadShape is which keys a payload has, as paths such as "team.id" and "actions[].type".
type payloadShape struct {
	// Source is where the keys are documented.
	Source string `json:"source"`
	// Required are always sent, Optional in some installations or places.
	Required []string `json:"required"`
	Optional []string `json:"optional"`
}

// freeform are objects with arbitrary keys: they are not compared.
var freeform = []string{"message", "event", "view.blocks", "view.state", "view.title", "view.submit", "view.close", "state", "actions[].confirm", "actions[].text", "actions[].selected_option"}

// keysOf lists the paths of an object's keys, two levels deep.
func keysOf(o map[string]any) []string {
	var out []string
	for k, v := range o {
		out = append(out, k)
		if list, ok := v.([]any); ok && len(list) > 0 {
			k, v = k+"[]", list[0]
		}
		inner, ok := v.(map[string]any)
		if !ok || slices.Contains(freeform, k) {
			continue
		}
		for sub := range inner {
			out = append(out, k+"."+sub)
		}
	}
	slices.Sort(out)
	return out
}

// recordedShapes are those of the envelopes that were recorded from Slack: what
// is in them is always sent.
func recordedShapes(t *testing.T) map[string]payloadShape {
	t.Helper()
	f, err := os.Open("../../bot/socket/testdata/envelopes.jsonl")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	out := map[string]payloadShape{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Type    string         `json:"type"`
			Payload map[string]any `json:"payload"`
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e))
		kind, _ := e.Payload["type"].(string)
		if kind == "" {
			kind = e.Type
		}
		if e.Payload["view"] != nil {
			kind += " in a view"
		}
		// The recorded click is one on a select, which has keys that a button
		// lacks.
		keys := slices.DeleteFunc(keysOf(e.Payload), func(k string) bool {
			return k == "actions[].selected_option" || k == "actions[].placeholder"
		})
		out[kind] = payloadShape{Source: "recorded", Required: keys}
	}
	require.NoError(t, lines.Err())
	require.Len(t, out, 4)
	return out
}

// The simulator sends what Slack sends: every key that is always present, and
// none that Slack never sends, so that the bot cannot rely on it.
func TestPayloadsHaveSlacksKeys(t *testing.T) {
	raw, err := os.ReadFile("testdata/payloads.json")
	require.NoError(t, err)
	var documented map[string]payloadShape
	require.NoError(t, json.Unmarshal(raw, &documented))
	recorded := recordedShapes(t)

	for _, enterprise := range []string{"", "E0ACME"} {
		sent := everyPayload(t, enterprise)
		for kind, payload := range sent {
			want, keys := documented[kind], keysOf(payload)
			require.NotEmpty(t, want.Source, "the payload %s has no source", kind)
			if r, ok := recorded[kind]; ok {
				want.Required = slices.Concat(want.Required, r.Required)
			}
			for _, k := range want.Required {
				require.Contains(t, keys, k, "%s: Slack sends it", kind)
			}
			known := slices.Concat(want.Required, want.Optional)
			for _, k := range keys {
				if enterprise == "" && strings.Contains(k, "enterprise_") && k != "is_enterprise_install" && !strings.HasPrefix(k, "authorizations") {
					require.Failf(t, "of an enterprise only", "%s: %s", kind, k)
				}
				require.Contains(t, known, k, "%s: Slack does not send it", kind)
			}
		}
		require.Len(t, sent, len(documented), "each documented payload is sent")
	}
}

// everyPayload does what makes Slack send something, once for each kind.
func everyPayload(t *testing.T, enterprise string) map[string]map[string]any {
	t.Helper()
	s := start(t, Config{
		Limits: free, EnterpriseID: enterprise, AppHome: &AppHome{HomeTab: true, MessagesTab: true},
		Shortcuts: []Shortcut{{Name: "a", CallbackID: "a", Description: "a"}, {Name: "g", CallbackID: "g", Description: "g", Global: true}},
	})
	acking(t, s, nil)
	out := map[string]map[string]any{}
	took := func(d Delivery, err error) {
		t.Helper()
		require.NoError(t, err)
		var payload map[string]any
		require.NoError(t, json.Unmarshal(d.Payload, &payload))
		kind, _ := payload["type"].(string)
		switch {
		case kind == "":
			kind = d.Type
		case kind == "block_actions" && payload["view"] != nil, kind == "block_suggestion" && payload["view"] != nil:
			kind += " in a view"
		}
		if was, twice := out[kind]; twice { // other elements carry other keys
			for k, v := range payload {
				if _, there := was[k]; !there {
					was[k] = v
				}
			}
			return
		}
		out[kind] = payload
	}
	ctx := within(t)
	took(s.Command(ctx, "U07MEI", "C0LIVE", "help"))
	took(s.GlobalShortcut(ctx, "U07MEI", "g"))
	said, err := s.Say("U07MEI", "C0LIVE", "", "hello")
	require.NoError(t, err)
	took(s.MessageAction(ctx, "U07MEI", "C0LIVE", said.TS, "a"))
	took(s.SendEvent(ctx, map[string]any{"type": "user_change", "user": map[string]any{"id": "U07MEI"}}))
	external := m{"type": "external_select", "action_id": "who", "min_query_length": 1}
	at := Ref{Channel: "C0LIVE", TS: post1(t, s, "channel", "C0LIVE", "text", "x", "blocks", j(l{actionsBlock("b", button("go"), external)}))}
	took(s.Press(ctx, "U07MEI", at, "b", "go"))
	took(s.Suggest(ctx, "U07MEI", at, "b", "who", "m"))
	v := open(t, s, modal(m{
		"notify_on_close": true,
		"blocks": l{
			m{"type": "input", "block_id": "why", "optional": true, "label": plainText("Why"), "element": m{"type": "plain_text_input", "action_id": "reason"}},
			actionsBlock("b", button("more"), external),
		},
	}))
	took(s.Press(ctx, "U07MEI", Ref{View: v.ID}, "b", "more"))
	took(s.Suggest(ctx, "U07MEI", Ref{View: v.ID}, "b", "who", "m"))
	took(s.SubmitView(ctx, "U07MEI", v.ID))
	v = open(t, s, modal(m{"notify_on_close": true}))
	took(s.CloseView(ctx, "U07MEI", v.ID, false))
	return out
}
