package slackd

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func repeat(n int, f func(i int) any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func plainText(s string) m { return m{"type": "plain_text", "text": s} }

func opt(v string) m { return m{"text": plainText(v), "value": v} }

func sel(options int) m {
	return m{"type": "static_select", "action_id": "s", "options": repeat(options, func(i int) any { return opt(fmt.Sprint(i)) })}
}

func rich(elements ...any) m { return m{"type": "rich_text", "elements": elements} }

func line(elements ...any) m { return m{"type": "rich_text_section", "elements": elements} }

func set(o m, key string, v any) m {
	out := m{}
	for k, x := range o {
		out[k] = x
	}
	out[key] = v
	return out
}

func TestBlocksInMessages(t *testing.T) {
	x := strings.Repeat
	confirm := m{"title": plainText("Sure?"), "text": plainText("Really?"), "confirm": plainText("Yes"), "deny": plainText("No")}
	for _, tc := range []struct {
		name   string
		blocks []any
		want   string // part of the message, empty for accepted
	}{
		{"50 blocks", repeat(50, func(int) any { return m{"type": "divider"} }), ""},
		{"51 blocks", repeat(51, func(int) any { return m{"type": "divider"} }), "no more than 50 items allowed [json-pointer:/blocks]"},
		{"no object", l{"x"}, "must be an object"},
		{"no type", l{m{}}, "missing required field: type"},
		{"unknown type", l{m{"type": "banner"}}, "unsupported type: banner [json-pointer:/blocks/0/type]"},
		{"a card is not rolled out", l{m{"type": "card"}}, "unsupported type: card"},
		{"unknown field", l{m{"type": "divider", "colour": "red"}}, "invalid additional property: colour [json-pointer:/blocks/0]"},
		{"block_id 255", l{m{"type": "divider", "block_id": x("b", 255)}}, ""},
		{"block_id 256", l{m{"type": "divider", "block_id": x("b", 256)}}, "must be less than 256 characters"},
		{"block_id empty", l{m{"type": "divider", "block_id": ""}}, "must be more than 0 characters"},
		{"same block_id", l{m{"type": "divider", "block_id": "b"}, m{"type": "divider", "block_id": "b"}}, "block_id already exists: b"},
		{"section 3000", l{section(x("é", 3000))}, ""},
		{"section 3001", l{section(x("é", 3001))}, "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{"section empty text", l{section("")}, "must be more than 0 characters"},
		{"section without text", l{m{"type": "section"}}, "missing required field: text"},
		{"section 10 fields", l{m{"type": "section", "fields": repeat(10, func(int) any { return plainText("f") })}}, ""},
		{"section 11 fields", l{m{"type": "section", "fields": repeat(11, func(int) any { return plainText("f") })}}, "no more than 10 items"},
		{"field 2001", l{m{"type": "section", "fields": l{plainText(x("x", 2001))}}}, "must be less than 2001"},
		{"emoji on mrkdwn", l{m{"type": "section", "text": m{"type": "mrkdwn", "text": "x", "emoji": true}}}, "invalid additional property: emoji"},
		{"verbatim on plain_text", l{m{"type": "section", "text": m{"type": "plain_text", "text": "x", "verbatim": true}}}, "must be one of false [json-pointer:/blocks/0/text/verbatim]"},
		{"text type", l{m{"type": "section", "text": m{"type": "markdown", "text": "x"}}}, "unsupported type: markdown"},
		{"header 150", l{m{"type": "header", "text": plainText(x("x", 150))}}, ""},
		{"header 151", l{m{"type": "header", "text": plainText(x("x", 151))}}, "must be less than 151"},
		{"header mrkdwn", l{m{"type": "header", "text": m{"type": "mrkdwn", "text": "x"}}}, "unsupported type: mrkdwn"},
		{"context 10", l{m{"type": "context", "elements": repeat(10, func(int) any { return plainText("c") })}}, ""},
		{"context 11", l{m{"type": "context", "elements": repeat(11, func(int) any { return plainText("c") })}}, "no more than 10 items"},
		{"context with a button", l{m{"type": "context", "elements": l{button("b")}}}, "unsupported type: button"},
		{"actions 25", l{actionsBlock("a", repeat(25, func(i int) any { return button(fmt.Sprint(i)) })...)}, ""},
		{"actions 26", l{actionsBlock("a", repeat(26, func(i int) any { return button(fmt.Sprint(i)) })...)}, "no more than 25 items"},
		{"actions empty", l{actionsBlock("a")}, "must be an array"},
		{"same action_id", l{actionsBlock("a", button("b"), button("b"))}, "action_id already exists: b"},
		{"same action_id in two blocks", l{actionsBlock("a", button("b")), actionsBlock("c", button("b"))}, ""},
		{"button text 75", l{actionsBlock("a", set(button("b"), "text", plainText(x("x", 75))))}, ""},
		{"button text 76", l{actionsBlock("a", set(button("b"), "text", plainText(x("x", 76))))}, "must be less than 76"},
		{"button value 2000", l{actionsBlock("a", set(button("b"), "value", x("x", 2000)))}, ""},
		{"button value 2001", l{actionsBlock("a", set(button("b"), "value", x("x", 2001)))}, "must be less than 2001"},
		{"button value number", l{actionsBlock("a", set(button("b"), "value", 1))}, "must be a string"},
		{"button style", l{actionsBlock("a", set(button("b"), "style", "warning"))}, "must be one of primary, danger"},
		{"action_id 256", l{actionsBlock("a", button(x("x", 256)))}, "must be less than 256"},
		{"confirm", l{actionsBlock("a", set(button("b"), "confirm", confirm))}, ""},
		{"confirm title 101", l{actionsBlock("a", set(button("b"), "confirm", set(confirm, "title", plainText(x("x", 101)))))}, "must be less than 101"},
		{"confirm text 301", l{actionsBlock("a", set(button("b"), "confirm", set(confirm, "text", plainText(x("x", 301)))))}, "must be less than 301"},
		{"confirm deny 31", l{actionsBlock("a", set(button("b"), "confirm", set(confirm, "deny", plainText(x("x", 31)))))}, "must be less than 31"},
		{"confirm without text", l{actionsBlock("a", set(button("b"), "confirm", m{"title": plainText("x")}))}, "missing required field: text"},
		{"select 100", l{actionsBlock("a", sel(100))}, ""},
		{"select 101", l{actionsBlock("a", sel(101))}, "no more than 100 items"},
		{"select without options", l{actionsBlock("a", m{"type": "static_select", "action_id": "s"})}, "missing required field: options"},
		{"select with options and groups", l{actionsBlock("a", set(sel(1), "option_groups", l{m{"label": plainText("G"), "options": l{opt("1")}}}))}, "invalid additional property: options [json-pointer:/blocks/0/elements/0]"},
		{"option text 76", l{actionsBlock("a", set(sel(1), "options", l{m{"text": plainText(x("x", 76)), "value": "v"}}))}, "must be less than 76"},
		{"option value 75", l{actionsBlock("a", set(sel(1), "options", l{m{"text": plainText("x"), "value": x("v", 75)}}))}, ""},
		{"option value 76", l{actionsBlock("a", set(sel(1), "options", l{m{"text": plainText("x"), "value": x("v", 76)}}))}, "must be less than 76"},
		{"option description 76", l{actionsBlock("a", set(sel(1), "options", l{m{"text": plainText("x"), "value": "v", "description": plainText(x("x", 76))}}))}, "must be less than 76"},
		{"placeholder 151", l{actionsBlock("a", set(sel(1), "placeholder", plainText(x("x", 151))))}, "must be less than 151"},
		{"overflow 5", l{m{"type": "section", "text": plainText("x"), "accessory": set(sel(5), "type", "overflow")}}, ""},
		{"overflow 6", l{m{"type": "section", "text": plainText("x"), "accessory": set(sel(6), "type", "overflow")}}, "no more than 5 items"},
		{"radio 11", l{actionsBlock("a", set(sel(11), "type", "radio_buttons"))}, "no more than 10 items"},
		{"checkboxes 10", l{actionsBlock("a", set(sel(10), "type", "checkboxes"))}, ""},
		{"option groups", l{actionsBlock("a", m{"type": "static_select", "action_id": "s", "option_groups": l{m{"label": plainText("G"), "options": l{opt("1")}}}})}, ""},
		{"option group label 76", l{actionsBlock("a", m{"type": "static_select", "action_id": "s", "option_groups": l{m{"label": plainText(x("x", 76)), "options": l{opt("1")}}}})}, "must be less than 76"},
		{"conversation filter", l{actionsBlock("a", m{"type": "conversations_select", "action_id": "s", "filter": m{"include": l{"public"}, "exclude_bot_users": true}})}, ""},
		{"conversation filter kind", l{actionsBlock("a", m{"type": "conversations_select", "action_id": "s", "filter": m{"include": l{"secret"}}})}, "must be one of im, mpim"},
		{"date", l{actionsBlock("a", m{"type": "datepicker", "action_id": "s", "initial_date": "22.11.2026"})}, "must be a date"},
		{"date that is none", l{actionsBlock("a", m{"type": "datepicker", "action_id": "s", "initial_date": "2026-02-30"})}, "must be a date"},
		{"time that is none", l{actionsBlock("a", m{"type": "timepicker", "action_id": "s", "initial_time": "24:00"})}, "must match"},
		{"confirm on a text input", l{m{"type": "input", "label": plainText("L"), "element": m{"type": "plain_text_input", "confirm": confirm}}}, "invalid additional property: confirm"},
		{"focus on a button", l{actionsBlock("a", set(button("b"), "focus_on_load", true))}, "invalid additional property: focus_on_load"},
		{"when a text input sends", l{m{"type": "input", "label": plainText("L"), "element": m{"type": "plain_text_input", "dispatch_action_config": m{"trigger_actions_on": l{"on_blur"}}}}}, "must be one of on_enter_pressed"},
		{"flag that is none", l{m{"type": "input", "optional": "yes", "label": plainText("L"), "element": m{"type": "plain_text_input"}}}, "must be a boolean"},
		{"text input in actions", l{actionsBlock("a", m{"type": "plain_text_input", "action_id": "i"})}, "unsupported type: plain_text_input"},
		{"input", l{m{"type": "input", "label": plainText("L"), "element": m{"type": "plain_text_input", "action_id": "i", "max_length": 3000}}}, ""},
		{"input max_length", l{m{"type": "input", "label": plainText("L"), "element": m{"type": "plain_text_input", "action_id": "i", "max_length": 3001}}}, "must be at most 3000"},
		{"initial value of a text input", l{m{"type": "input", "label": plainText("L"), "element": m{"type": "plain_text_input", "action_id": "i", "max_length": 3, "initial_value": "字字字"}}}, ""},
		{"initial value above max_length", l{m{"type": "input", "label": plainText("L"), "element": m{"type": "plain_text_input", "action_id": "i", "max_length": 3, "initial_value": "1234"}}}, "must be less than 4 characters [json-pointer:/blocks/0/element/initial_value]"},
		{"initial options above max_selected_items", l{m{"type": "input", "label": plainText("L"), "element": m{"type": "multi_external_select", "action_id": "i", "max_selected_items": 1, "initial_options": l{opt("0"), opt("1")}}}}, "no more than 1 items allowed [json-pointer:/blocks/0/element/initial_options]"},
		{"initial options twice", l{m{"type": "input", "label": plainText("L"), "element": m{"type": "multi_external_select", "action_id": "i", "initial_options": l{opt("0"), opt("0")}}}}, "must be unique"},
		{"input label 2001", l{m{"type": "input", "label": plainText(x("x", 2001)), "element": m{"type": "plain_text_input", "action_id": "i"}}}, "must be less than 2001"},
		{"input without label", l{m{"type": "input", "element": m{"type": "plain_text_input"}}}, "missing required field: label"},
		{"button in input", l{m{"type": "input", "label": plainText("L"), "element": button("b")}}, "unsupported type: button"},
		{"image", l{m{"type": "image", "image_url": "https://a.example/x.png", "alt_text": "x"}}, ""},
		{"image by a file that is none", l{m{"type": "image", "slack_file": m{"id": "F1"}, "alt_text": "x"}}, "invalid slack file [json-pointer:/blocks/0/slack_file]"},
		{"confirm with mrkdwn", l{actionsBlock("a", set(button("b"), "confirm", set(confirm, "text", m{"type": "mrkdwn", "text": "*Really?*"})))}, "unsupported type: mrkdwn"},
		{"initial option", l{actionsBlock("a", set(sel(2), "initial_option", opt("1")))}, ""},
		{"initial option that is none", l{actionsBlock("a", set(sel(2), "initial_option", opt("7")))}, "initial option must be one of the options: 7"},
		{"initial option with another text", l{actionsBlock("a", set(sel(2), "initial_option", m{"text": plainText("x"), "value": "1"}))}, "initial option must be one of"},
		{"checked boxes", l{actionsBlock("a", set(set(sel(3), "type", "checkboxes"), "initial_options", l{opt("0"), opt("2")}))}, ""},
		{"checked boxes that are none", l{actionsBlock("a", set(set(sel(3), "type", "checkboxes"), "initial_options", l{opt("0"), opt("3")}))}, "initial option must be one of the options: 3"},
		{"image without source", l{m{"type": "image", "alt_text": "x"}}, "missing required field: image_url"},
		{"image with both sources", l{m{"type": "image", "image_url": "https://a.example/x.png", "slack_file": m{"url": "https://a.example/x.png"}, "alt_text": "x"}}, "invalid additional property: image_url [json-pointer:/blocks/0]"},
		{"image alt 2001", l{m{"type": "image", "image_url": "https://a.example/x.png", "alt_text": x("x", 2001)}}, "must be less than 2001"},
		{"image url 3001", l{m{"type": "image", "image_url": "https://" + x("x", 3000), "alt_text": "x"}}, "must be less than 3001"},
		{"image url scheme", l{m{"type": "image", "image_url": "javascript:x", "alt_text": "x"}}, "must match ^https?://"},
		{"markdown 12000", l{m{"type": "markdown", "text": x("x", 12000)}}, ""},
		{"markdown together", l{m{"type": "markdown", "text": x("x", 6000)}, m{"type": "markdown", "text": x("x", 6001)}}, "must be less than 12001"},
		{"table", l{m{"type": "table", "rows": l{l{m{"type": "raw_text", "text": "a"}, rich(line(m{"type": "text", "text": "b"}))}}}}, ""},
		{"table columns", l{m{"type": "table", "column_settings": l{m{"align": "right"}, nil}, "rows": l{l{m{"type": "raw_text", "text": "a"}}}}}, ""},
		{"table column align", l{m{"type": "table", "column_settings": l{m{"align": "up"}}, "rows": l{l{m{"type": "raw_text", "text": "a"}}}}}, "must be one of left"},
		{"table 101 rows", l{m{"type": "table", "rows": repeat(101, func(int) any { return l{m{"type": "raw_text", "text": "a"}} })}}, "no more than 100 items"},
		{"table 21 columns", l{m{"type": "table", "rows": l{repeat(21, func(int) any { return m{"type": "raw_text", "text": "a"} })}}}, "no more than 20 items"},
		{"two tables", l{m{"type": "table", "rows": l{l{m{"type": "raw_text", "text": "a"}}}}, m{"type": "table", "rows": l{l{m{"type": "raw_text", "text": "a"}}}}}, "only_one_table_allowed"},
		{"table cell", l{m{"type": "table", "rows": l{l{m{"type": "raw_html", "text": "a"}}}}}, "unsupported type: raw_html [json-pointer:/blocks/0/rows/0/0/type]"},
		{"a number that is too large for one", l{m{"type": "table", "rows": l{l{m{"type": "raw_number", "value": json.Number("1e9999999")}}}}, m{"type": "header", "text": plainText("x"), "level": json.Number("1e9999999")}}, "must be an integer [json-pointer:/blocks/1/level]"},

		{"rich text", l{rich(
			line(m{"type": "text", "text": "a", "style": m{"bold": true, "code": true}}, m{"type": "user", "user_id": "U1"}, m{"type": "usergroup", "usergroup_id": "S1"},
				m{"type": "channel", "channel_id": "C1"}, m{"type": "link", "url": "https://a.example", "text": "t"}, m{"type": "emoji", "name": "tada"},
				m{"type": "broadcast", "range": "here"}, m{"type": "date", "timestamp": 1720710212, "format": "{date_num}", "fallback": "x"}, m{"type": "color", "value": "#F405B3"}),
			m{"type": "rich_text_list", "style": "bullet", "elements": l{line(m{"type": "text", "text": "i"})}},
			m{"type": "rich_text_preformatted", "elements": l{m{"type": "text", "text": "p"}}, "border": 0},
			m{"type": "rich_text_quote", "elements": l{m{"type": "text", "text": "q"}}},
		)}, ""},
		{"rich text empty run", l{rich(line(m{"type": "text", "text": ""}))}, "must be more than 0 characters"},
		{"rich text unknown element", l{rich(m{"type": "rich_text_table", "elements": l{}})}, "unsupported type: rich_text_table [json-pointer:/blocks/0/elements/0/type]"},
		{"rich text unknown run", l{rich(line(m{"type": "mrkdwn", "text": "x"}))}, "unsupported type: mrkdwn"},
		{"rich text unknown style", l{rich(line(m{"type": "text", "text": "x", "style": m{"blink": true}}))}, "invalid additional property: blink"},
		{"rich text list style", l{rich(m{"type": "rich_text_list", "style": "dash", "elements": l{line()}})}, "must be one of bullet, ordered"},
		{"rich text list of runs", l{rich(m{"type": "rich_text_list", "style": "bullet", "elements": l{m{"type": "text", "text": "x"}}})}, "unsupported type: text [json-pointer:/blocks/0/elements/0/elements/0/type]"},
		{"rich text without elements", l{m{"type": "rich_text"}}, "missing required field: elements"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := start(t, Config{Limits: free})
			a := form(t, s, "chat.postMessage", "channel", "C0LIVE", "text", "x", "blocks", j(tc.blocks))
			if tc.want == "" {
				require.Empty(t, a.err(), a.Raw)
				return
			}
			require.Contains(t, []string{"invalid_blocks", "invalid_attachments"}, a.err(), a.Raw)
			require.Contains(t, strings.Join(toStrings(a.get("response_metadata", "messages")), "\n"), tc.want)
		})
	}
}

// A refusal names the innermost thing that is wrong, and nothing around it.
func TestTheInnermostProblem(t *testing.T) {
	s := start(t, Config{Limits: free})
	for _, tc := range []struct {
		blocks l
		want   []string
	}{
		{l{m{"type": "section", "text": plainText("x"), "accessory": set(sel(1), "options", l{m{"text": m{"type": "html", "text": "x"}, "value": "v"}})}},
			[]string{"[ERROR] unsupported type: html [json-pointer:/blocks/0/accessory/options/0/text/type]"}},
		{l{m{"type": "divider"}, actionsBlock("a", button("b"), m{"type": "slider"})},
			[]string{"[ERROR] unsupported type: slider [json-pointer:/blocks/1/elements/1/type]"}},
		{l{m{"type": "header"}, m{"type": "context", "elements": l{m{"type": "mrkdwn", "text": strings.Repeat("x", 2001)}, m{"type": "image"}}}},
			[]string{
				"[ERROR] missing required field: alt_text [json-pointer:/blocks/1/elements/1]",
				"[ERROR] missing required field: image_url [json-pointer:/blocks/1/elements/1]",
				"[ERROR] missing required field: text [json-pointer:/blocks/0]",
				"[ERROR] must be less than 2001 characters [json-pointer:/blocks/1/elements/0/text]",
			}},
	} {
		a := form(t, s, "chat.postMessage", "channel", "C0LIVE", "text", "x", "blocks", j(tc.blocks))
		require.Equal(t, "invalid_blocks", a.err(), a.Raw)
		require.Equal(t, tc.want, toStrings(a.get("response_metadata", "messages")))
	}
}

func toStrings(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, x := range list {
		s, _ := x.(string)
		out = append(out, s)
	}
	return out
}

func TestBlockTotal(t *testing.T) {
	s := start(t, Config{Limits: free})
	post := func(n int) string {
		blocks := l{section(strings.Repeat("x", 3000)), section(strings.Repeat("x", 3000)), section(strings.Repeat("x", 3000)), section(strings.Repeat("x", 3000)), section(strings.Repeat("x", n-12_000))}
		return form(t, s, "chat.postMessage", "channel", "C0LIVE", "text", "x", "blocks", j(blocks)).err()
	}
	require.Empty(t, post(13_200))
	require.Equal(t, "msg_blocks_too_long", post(13_201))
	titled := l{section(strings.Repeat("x", 3000)), section(strings.Repeat("x", 3000)), section(strings.Repeat("x", 3000)), section(strings.Repeat("x", 3000)), section(strings.Repeat("x", 1190)), chart(nil)}
	require.Equal(t, "msg_blocks_too_long", form(t, s, "chat.postMessage", "channel", "C0LIVE", "blocks", j(titled)).err(), "a chart's title counts")
	long := rich(line(repeat(2, func(int) any { return m{"type": "text", "text": strings.Repeat("x", 7000)} })...))
	require.Equal(t, "msg_blocks_too_long", form(t, s, "chat.postMessage", "channel", "C0LIVE", "blocks", j(l{long})).err())
}

func TestBlockIDsAreFilledIn(t *testing.T) {
	s := start(t, Config{})
	b := button("x")
	delete(b, "action_id")
	ts := post1(t, s, "channel", "C0LIVE", "text", "x", "blocks", j(l{m{"type": "actions", "elements": l{b}},
		m{"type": "section", "text": plainText("x"), "accessory": m{"type": "image", "image_url": "https://a.example", "alt_text": "x"}}}))
	msg, _ := s.Message("C0LIVE", ts)
	blocks, _ := decode(string(msg.Blocks))
	found := elements(blocks)
	require.Len(t, found, 1, "an image has none")
	require.NotEmpty(t, found[0].block["block_id"])
	require.NotEmpty(t, found[0].str("action_id"))
}

// A card as the bot posts it is checked in well under a millisecond, so that
// measurements of the bot are not those of its simulator.
func BenchmarkCheckBlocks(b *testing.B) {
	s := start(b, Config{Limits: free})
	confirm := m{"title": plainText("Sure?"), "text": plainText("Really?"), "confirm": plainText("Yes"), "deny": plainText("No")}
	field := func(int) any { return m{"type": "mrkdwn", "text": "*Room*\nroom:10006"} }
	raw := j(l{
		m{"type": "header", "text": plainText("#12 mute")},
		section("*Mei Lin* asks to mute `29376` in `room:10006`"),
		m{"type": "section", "fields": repeat(8, field)},
		rich(line(m{"type": "text", "text": "Reason: "}, m{"type": "text", "text": "loud music", "style": m{"italic": true}}),
			m{"type": "rich_text_list", "style": "bullet", "elements": repeat(10, func(int) any {
				return line(m{"type": "user", "user_id": "U07MEI"}, m{"type": "text", "text": " did it"})
			})}),
		actionsBlock("b", set(button("approve"), "confirm", confirm), button("deny"), button("glass"), set(sel(10), "placeholder", plainText("More"))),
		m{"type": "context", "elements": repeat(3, field)},
	})
	for b.Loop() {
		if _, err := s.checkBlocks(raw); err != nil {
			b.Fatal(err)
		}
	}
}
