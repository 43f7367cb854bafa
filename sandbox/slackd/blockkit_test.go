package slackd

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what was found to the file anew")

// fullElements are all elements with all their fields.
func fullElements() []m {
	confirm := m{"title": plainText("a"), "text": plainText("b"), "confirm": plainText("c"), "deny": plainText("d"), "style": "danger"}
	full := m{"text": m{"type": "plain_text", "text": "x", "emoji": true, "verbatim": false}, "value": "v", "description": plainText("d"), "url": "https://a.example"}
	box := set(set(full, "text", m{"type": "mrkdwn", "text": "x", "verbatim": true}), "description", plainText("d"))
	filter := m{"include": l{"im"}, "exclude_bot_users": true, "exclude_external_shared_channels": true}
	when := m{"trigger_actions_on": l{"on_enter_pressed"}}
	of := func(kind string, fields m) m {
		out := m{"type": kind, "action_id": "a"}
		maps.Copy(out, fields)
		return out
	}
	pick := func(kind string, fields m) m {
		out := of(kind, fields)
		maps.Copy(out, m{"confirm": confirm, "focus_on_load": true, "placeholder": plainText("p")})
		return out
	}
	typing := func(kind string, fields m) m {
		out := of(kind, m{"initial_value": "x", "placeholder": plainText("p"), "dispatch_action_config": when, "focus_on_load": true})
		maps.Copy(out, fields)
		return out
	}
	without := func(o m, key string) m { delete(o, key); return o }
	return []m{
		of("button", m{"text": plainText("x"), "value": "v", "url": "x", "style": "primary", "accessibility_label": "x", "confirm": confirm}),
		of("icon_button", m{"icon": "trash", "text": plainText("x"), "value": "v", "accessibility_label": "x", "visible_to_user_ids": l{"U1"}, "confirm": confirm}),
		{"type": "image", "image_url": "https://a.example", "alt_text": "x"},
		of("overflow", m{"options": l{full, full}, "confirm": confirm}),
		without(pick("checkboxes", m{"options": l{box}, "initial_options": l{box}}), "placeholder"),
		without(pick("radio_buttons", m{"options": l{box}, "initial_option": box}), "placeholder"),
		pick("static_select", m{"options": l{full}, "initial_option": full}),
		pick("multi_static_select", m{"option_groups": l{m{"label": plainText("g"), "options": l{full}}}, "initial_options": l{full}, "max_selected_items": 2}),
		pick("external_select", m{"initial_option": full, "min_query_length": 1}),
		pick("multi_external_select", m{"initial_options": l{full}, "min_query_length": 1, "max_selected_items": 2}),
		pick("users_select", m{"initial_user": "U1"}),
		pick("multi_users_select", m{"initial_users": l{"U1"}, "max_selected_items": 2}),
		pick("conversations_select", m{"initial_conversation": "C1", "default_to_current_conversation": true, "filter": filter, "response_url_enabled": true}),
		pick("multi_conversations_select", m{"initial_conversations": l{"C1"}, "default_to_current_conversation": true, "filter": filter, "max_selected_items": 2}),
		pick("channels_select", m{"initial_channel": "C1", "response_url_enabled": true}),
		pick("multi_channels_select", m{"initial_channels": l{"C1"}, "max_selected_items": 2}),
		pick("datepicker", m{"initial_date": "2026-11-30"}),
		pick("timepicker", m{"initial_time": "23:59", "timezone": "Asia/Singapore"}),
		without(pick("datetimepicker", m{"initial_date_time": 1720710212}), "placeholder"),
		typing("plain_text_input", m{"multiline": true, "min_length": 1, "max_length": 2}),
		typing("email_text_input", nil),
		typing("url_text_input", nil),
		typing("number_input", m{"is_decimal_allowed": true, "min_value": "1", "max_value": "2"}),
		typing("rich_text_input", m{"initial_value": rich(line(m{"type": "text", "text": "x"}))}),
		of("file_input", m{"filetypes": l{"pdf"}, "max_files": 1}),
	}
}

// fullBlocks are all blocks with all their fields, without elements.
func fullBlocks() []m {
	style := m{"bold": true, "italic": true, "strike": true, "code": true, "underline": true, "highlight": true, "client_highlight": true, "unlink": true}
	run := func(kind string, fields m) m {
		out := m{"type": kind, "style": style}
		maps.Copy(out, fields)
		return out
	}
	plotted := m{
		"type": "line", "axis_config": m{"categories": l{"a"}, "x_label": "x", "y_label": "y"},
		"series": l{m{"name": "n", "data": l{m{"label": "a", "value": 1}}}},
	}
	return []m{
		{"type": "section", "text": m{"type": "mrkdwn", "text": "x"}, "fields": l{plainText("f")}, "expand": true},
		{"type": "divider"},
		{"type": "header", "text": plainText("x"), "level": 1},
		{"type": "context", "elements": l{m{"type": "mrkdwn", "text": "x"}}},
		{"type": "image", "image_url": "https://a.example", "alt_text": "x", "title": plainText("x")},
		{"type": "image", "slack_file": m{"url": "https://a.example"}, "alt_text": "x"},
		{"type": "input", "label": plainText("x"), "element": m{"type": "plain_text_input"}, "hint": plainText("x"), "optional": true, "dispatch_action": true},
		{"type": "video", "title": plainText("x"), "title_url": "https://a.example", "description": plainText("x"), "video_url": "https://a.example", "thumbnail_url": "https://a.example",
			"alt_text": "x", "author_name": "x", "provider_name": "x", "provider_icon_url": "https://a.example"},
		{"type": "markdown", "text": "x"},
		{"type": "table", "rows": l{l{m{"type": "raw_text", "text": "x"}, m{"type": "raw_number", "value": 1, "text": "x"}, rich(line(m{"type": "text", "text": "x"}))}}, "column_settings": l{m{"align": "left", "is_wrapped": true}}},
		rich(
			line(run("text", m{"text": "x"}), run("link", m{"url": "x", "text": "x", "unsafe": true}), run("user", m{"user_id": "U1"}), run("usergroup", m{"usergroup_id": "S1"}),
				run("channel", m{"channel_id": "C1"}), run("team", m{"team_id": "T1"}), run("emoji", m{"name": "x", "unicode": "1f", "skin_tone": 2}), run("broadcast", m{"range": "here"}),
				run("color", m{"value": "#F405B3"}), run("date", m{"timestamp": 1, "format": "f", "url": "https://a.example", "fallback": "x"})),
			m{"type": "rich_text_list", "style": "bullet", "indent": 1, "offset": 1, "border": 1, "elements": l{line(m{"type": "text", "text": "x"})}},
			m{"type": "rich_text_preformatted", "elements": l{}, "border": 0, "language": "go"},
			m{"type": "rich_text_quote", "elements": l{}, "border": 1}),
		{"type": "data_visualization", "title": "x", "chart": m{"type": "pie", "segments": l{m{"label": "a", "value": 1}}}},
		{"type": "data_visualization", "title": "x", "chart": plotted},
		{"type": "data_table", "caption": "x", "page_size": 5, "row_header_column_index": 0, "rows": l{l{rawText("x")}, l{actionCell("a")}, l{m{"type": "raw_number", "value": 1, "text": "x"}}}},
	}
}

// probe records what a workspace accepts, by trying it.
type probe struct {
	t     *testing.T
	s     *Server
	found map[string][]string // what was found out, by the name of a value
}

// messages are what Slack objects to in a message of that block.
func (p probe) messages(block m) []string {
	_, err := p.s.checkBlocks(j(l{block}))
	if err == nil {
		return nil
	}
	require.Equal(p.t, "invalid_blocks", err.code)
	return err.messages
}

// view reports whether a view may contain the block.
func (p probe) view(kind string, block m) bool {
	v := m{"type": kind, "blocks": l{block}}
	if kind == "modal" {
		v["title"], v["submit"] = plainText("x"), plainText("x")
	}
	_, err := p.s.checkView(j(v), kind)
	return err == nil
}

func (p probe) note(name, what string) {
	if !slices.Contains(p.found[name], what) {
		p.found[name] = append(p.found[name], what)
	}
}

// own are objects with a name of their own in any place.
var own = map[string]string{
	"confirm": "confirm", "options": "option", "initial_option": "option", "initial_options": "option", "option_groups": "option_group",
	"filter": "filter", "style": "style", "slack_file": "slack_file", "dispatch_action_config": "dispatch_action_config",
}

var limit = regexp.MustCompile(`^\[ERROR\] (must be (?:more|less) than \d+ characters|no (?:more|fewer) than \d+ items allowed|must be at (?:least|most) -?\d+|must be one of .*|must match .*|must be a date) \[json-pointer:(.*)\]$`)

var lack = regexp.MustCompile(`^\[ERROR\] missing required field: (\w+) \[json-pointer:(.*)\]$`)

// try puts a value in a place of the block and records which limit it breaks.
func (p probe) try(block m, name, at string, put func(any), was any, values ...any) {
	for _, v := range values {
		put(v)
		for _, msg := range p.messages(block) {
			if hit := limit.FindStringSubmatch(msg); hit != nil && hit[2] == at {
				p.note(name, hit[1])
			}
		}
	}
	put(was)
}

// walk probes every value in a block: each limit, each required field, and
// that no object accepts an unknown field. as names the objects there, when
// they have a name of their own.
func (p probe) walk(block m, name, as, at string, v any, put func(any)) {
	switch v := v.(type) {
	case map[string]any:
		if as != "" {
			name = as
		}
		if kind, _ := v["type"].(string); kind != "" && kind != "plain_text" && kind != "mrkdwn" {
			name = kind
		}
		v["colour"] = "red"
		require.Contains(p.t, p.messages(block), "[ERROR] invalid additional property: colour [json-pointer:"+at+"]", name)
		delete(v, "colour")
		for _, k := range sortedKeys(v) {
			was := v[k]
			delete(v, k)
			for _, msg := range p.messages(block) {
				if lacks := lack.FindStringSubmatch(msg); lacks != nil && lacks[2] == at && k != "type" {
					p.note(name, "without "+k+" it lacks "+lacks[1])
				}
			}
			if k == "type" {
				require.Contains(p.t, p.messages(block), "[ERROR] missing required field: type [json-pointer:"+at+"]", name)
			}
			v[k] = was
			if k != "type" {
				as := own[k]
				if as == name {
					as = ""
				}
				p.walk(block, name+"."+k, as, at+"/"+k, was, func(x any) { v[k] = x })
			}
		}
	case []any:
		if len(v) > 0 {
			many := 101
			switch {
			case at == "/blocks/0/elements/0/elements" && block["type"] == "rich_text":
				many = 10_001
			case strings.HasPrefix(name, "rich_text"):
				many = 1001
			}
			p.try(block, name, at, put, v, l{}, v[:1], slices.Repeat(v[:1], many))
		}
		for i, x := range v {
			p.walk(block, name, as, at+"/"+strconv.Itoa(i), x, func(n any) { v[i] = n })
		}
	case string:
		p.try(block, name, at, put, v, "", strings.Repeat("é", 12_001))
	case json.Number:
		p.try(block, name, at, put, v, -1, json.Number("99999999999"))
	case bool:
		put("yes")
		require.NotEmpty(p.t, p.messages(block), name)
		put(v)
	}
}

// What the schema accepts is recorded in testdata/blockkit.txt, so that a
// changed limit is noticed. After an intended change: go test
// ./sandbox/slackd -run TestBlockKitRecord -update
func TestBlockKitRecord(t *testing.T) {
	p := probe{t, start(t, Config{}), map[string][]string{}}
	again := func(block m) m {
		v, ok := decode(j(block))
		require.True(t, ok)
		return v.(m)
	}
	probed := func(block m) {
		require.Empty(t, p.messages(block))
		block = again(block)
		p.walk(block, "", "", "/blocks/0", block, nil)
	}
	for _, b := range fullBlocks() {
		name := b["type"].(string)
		p.note(name, "allowed in messages")
		for _, kind := range []string{"modal", "home"} {
			if p.view(kind, b) {
				p.note(name, "allowed in a "+kind)
			}
		}
		b["block_id"] = "b"
		probed(b)
	}
	for _, e := range fullElements() {
		allowed := false
		for place, b := range map[string]m{
			"section": {"type": "section", "text": plainText("x"), "accessory": e}, "actions": {"type": "actions", "elements": l{e}, "block_id": "b"},
			"input": {"type": "input", "label": plainText("x"), "element": e}, "context": {"type": "context", "elements": l{e}},
			"context_actions": {"type": "context_actions", "elements": l{e}, "block_id": "b"},
		} {
			if msgs := p.messages(b); len(msgs) > 0 {
				require.Regexp(t, `^\[ERROR\] unsupported type: `+e["type"].(string)+` \[`, msgs[0], place)
				require.Len(t, msgs, 1)
				continue
			}
			p.note(e["type"].(string), "allowed in "+place)
			if !allowed || place == "actions" || place == "context_actions" { // these two contain only elements
				probed(b)
			}
			allowed = true
		}
		require.True(t, allowed, "%s", e["type"])
	}
	const file = "testdata/blockkit.txt"
	var found strings.Builder
	for _, name := range sortedKeys(p.found) {
		fmt.Fprintf(&found, "%s: %s\n", name, strings.Join(slices.Sorted(slices.Values(p.found[name])), "; "))
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(found.String()), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), found.String())
}
