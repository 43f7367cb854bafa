package say

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func jsonOf(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

var allowed = map[string]bool{"header": true, "section": true, "context": true, "actions": true, "divider": true, "rich_text": true, "data_visualization": true, "data_table": true}

// faults says in what a message breaks Slack's limits or lets user-supplied text
// speak. sentinel is in every user-supplied text; who may be mentioned.
func faults(m Message, sentinel, who, link string) []string {
	var out []string
	if m.Plain != nil {
		out = faults(Message{Text: m.Text, Blocks: m.Plain}, sentinel, who, link)
	}
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if m.Text == "" || units(m.Text) > 4000 {
		bad("text has %d characters", units(m.Text))
	}
	out = append(out, marked("text", m.Text, who, link)...)
	whole := jsonOf(m.Blocks)
	most := 13000
	if slices.ContainsFunc(m.Blocks, func(b slack.Block) bool { return b.BlockType() == slack.MBTDataTable }) {
		most = 22000 // Slack allows 10,000 characters in the cells alone
	}
	if n := units(whole); n > most {
		bad("blocks weigh %d", n)
	}
	if len(m.Blocks) == 0 || len(m.Blocks) > 50 {
		bad("%d blocks", len(m.Blocks))
	}
	var blocks []map[string]any
	if err := json.Unmarshal([]byte(whole), &blocks); err != nil {
		bad("%v", err)
	}
	charts := 0
	for _, b := range m.Blocks {
		if c, ok := b.(slack.DataVisualizationBlock); ok {
			if err := c.Validate(); err != nil {
				bad("%v", err)
			}
			charts++
		}
	}
	if charts > 2 {
		bad("%d charts", charts)
	}
	for _, b := range blocks {
		kind, _ := b["type"].(string)
		if !allowed[kind] {
			bad("block %s", kind)
		}
		if f, ok := b["fields"].([]any); ok && len(f) > 10 {
			bad("%d fields", len(f))
		}
		es, _ := b["elements"].([]any)
		if (kind == "context" && len(es) > 10) || (kind == "actions" && len(es) > 25) || (kind != "section" && kind != "data_visualization" && kind != "data_table" && len(es) == 0) {
			bad("%d elements in %s", len(es), kind)
		}
		ids := map[any]bool{}
		walk(b, func(o map[string]any) {
			text, _ := o["text"].(string)
			for _, shown := range []string{"title", "label", "name"} { // of a chart
				if x, ok := o[shown].(string); ok {
					out = append(out, unseen(shown, x)...)
				}
			}
			switch o["type"] {
			case "mrkdwn":
				out = append(out, marked("mrkdwn", text, who, link)...)
				if sentinel != "" && strings.Contains(text, sentinel) {
					bad("user-supplied text in mrkdwn: %s", text)
				}
				if n := units(text); n == 0 || n > 2000 {
					bad("mrkdwn of %d", n)
				}
			case "plain_text":
				if o["emoji"] != false {
					bad("emoji in plain_text")
				}
				out = append(out, unseen("plain_text", text)...)
				if n := units(text); n == 0 || n > 2000 {
					bad("plain_text of %d", n)
				}
			case "data_table":
				out = append(out, tableFaults(o)...)
			case "raw_text":
				out = append(out, unseen("cell", text)...)
			case "multi_static_select":
				options, _ := o["options"].([]any)
				values := map[any]bool{}
				for _, x := range options {
					values[x.(map[string]any)["value"]] = true
				}
				if len(options) == 0 || len(options) > 100 || len(values) != len(options) {
					bad("%d options, %d of them different", len(options), len(values))
				}
			case "text":
				out = append(out, unseen("rich text", text)...)
				if n := units(text); n == 0 || n > 3000 {
					bad("rich text of %d", n)
				}
			case "date":
				if !dateToken.MatchString(fmt.Sprintf("<!date^%.0f^%s|%s>", o["timestamp"], o["format"], o["fallback"])) {
					bad("date %v", o)
				}
			case "user":
				if o["user_id"] != who {
					bad("mentions %v", o["user_id"])
				}
			case "link":
				if o["url"] != link {
					bad("links %v", o["url"])
				}
			case "button":
				label, _ := o["text"].(map[string]any)["text"].(string)
				if ids[o["action_id"]] {
					bad("two buttons %v in a block", o["action_id"])
				}
				ids[o["action_id"]] = true
				value, _ := o["value"].(string)
				if units(label) > 75 || units(value) > 2000 || value == "" {
					bad("button %v", o)
				}
				if sentinel != "" && strings.Contains(label, sentinel) {
					bad("user-supplied text on a button")
				}
				if c, ok := o["confirm"].(map[string]any); ok {
					for part, most := range map[string]int{"title": 100, "text": 300, "confirm": 30, "deny": 30} {
						said, _ := c[part].(map[string]any)
						if text, _ := said["text"].(string); said["type"] != "plain_text" || units(text) == 0 || units(text) > most {
							bad("confirm: %v", said)
						}
					}
				}
			case "channel":
				if o["channel_id"] != typedIn {
					bad("channel %v", o["channel_id"])
				}
			case "emoji", "broadcast", "usergroup", "team":
				bad("element %v", o["type"])
			}
		})
	}
	return out
}

// tableFaults says in what a table breaks Slack's limits.
func tableFaults(o map[string]any) (out []string) {
	rows, _ := o["rows"].([]any)
	if n := len(rows); n < 2 || n > 101 {
		out = append(out, fmt.Sprintf("%d rows", n))
	}
	columns, chars := 0, 0
	for i, row := range rows {
		cells, _ := row.([]any)
		if i == 0 {
			columns = len(cells)
		}
		if len(cells) != columns || columns == 0 || columns > 20 {
			out = append(out, fmt.Sprintf("row %d has %d cells", i, len(cells)))
		}
		for _, c := range cells {
			cell, _ := c.(map[string]any)
			if text, _ := cell["text"].(string); cell["type"] == "raw_text" && text == "" || i == 0 && cell["type"] != "raw_text" {
				out = append(out, fmt.Sprintf("cell %v", cell))
			}
		}
	}
	walk(rows, func(o map[string]any) {
		text, _ := o["text"].(string)
		chars += units(text)
	})
	if caption, _ := o["caption"].(string); caption == "" || units(caption) > 255 || chars > 10_000 {
		out = append(out, fmt.Sprintf("a table of %d characters with the caption %q", chars, caption))
	}
	return out
}

func walk(v any, f func(map[string]any)) {
	switch x := v.(type) {
	case map[string]any:
		f(x)
		for _, y := range x {
			walk(y, f)
		}
	case []any:
		for _, y := range x {
			walk(y, f)
		}
	}
}

var (
	dateToken  = regexp.MustCompile(`<!date\^\d+\^(\{date_short_pretty\} )?\{time(_secs)?\}\|[0-9: -]+UTC>`)
	crowdToken = regexp.MustCompile(`<!subteam\^(S[A-Z0-9]+)>`)
	userToken  = regexp.MustCompile(`<@([UW][A-Z0-9]+)>`)
	linkToken  = regexp.MustCompile(`<(https://[^<>|]+)\|[^<>|]+>`)
	codeSpan   = regexp.MustCompile("`[^`\n]*`")
	entity     = regexp.MustCompile(`&(amp|lt|gt);`)
	emojiCode  = regexp.MustCompile(`:[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:`)
)

// Those whom a waiting case may mention beside its requester.
const approver, approvers, heads = "U07RAJ", "S1LEADS", "S1HEADS"

// typedIn is the one channel that a message may name.
const typedIn = "C0LIVE"

// marked checks text that Slack parses.
func marked(where, s, who, link string) []string {
	out := unseen(where, s)
	if !strings.ContainsAny(s, "<>&`*~:") { // nothing that could be alive
		return out
	}
	bad := func(what string) { out = append(out, where+": "+what+": "+s) }
	rest := s
	if strings.Contains(s, "<") {
		rest = dateToken.ReplaceAllString(s, "")
		for _, m := range userToken.FindAllStringSubmatch(rest, -1) {
			if m[1] != who && m[1] != approver {
				bad("mentions " + m[1])
			}
		}
		for _, m := range crowdToken.FindAllStringSubmatch(rest, -1) {
			if m[1] != approvers && m[1] != heads {
				bad("mentions " + m[1])
			}
		}
		rest = crowdToken.ReplaceAllString(rest, "")
		rest = strings.ReplaceAll(rest, "<#"+typedIn+">", "")
		rest = userToken.ReplaceAllString(rest, "")
		for _, m := range linkToken.FindAllStringSubmatch(rest, -1) {
			if strings.ReplaceAll(m[1], "&amp;", "&") != link {
				bad("links " + m[1])
			}
		}
		rest = linkToken.ReplaceAllString(rest, "")
	}
	if strings.ContainsAny(rest, "<>") {
		bad("an angle that is not ours")
	}
	if strings.Contains(rest, "&") && strings.Contains(entity.ReplaceAllString(rest, ""), "&") {
		bad("an open &")
	}
	if strings.Count(rest, "`")%2 != 0 {
		bad("an open code span")
	}
	if strings.Contains(rest, "`") {
		rest = codeSpan.ReplaceAllString(rest, "x")
	}
	if strings.ContainsAny(rest, "*~`") || strings.Contains(rest, "://") || strings.Contains(rest, ":") && emojiCode.MatchString(rest) {
		bad("something that Slack would draw")
	}
	return out
}

// unseen checks for invisible characters.
func unseen(where, s string) []string {
	depth := 0
	for _, r := range s {
		switch {
		case r == '\n', r == '\uFE0F': // our own lines, our own icons
		case r == '\u2068':
			depth++
		case r == '\u2069':
			depth--
		case hidden(r):
			return []string{fmt.Sprintf("%s: U+%04X", where, r)}
		}
		if depth < 0 || depth > 1 {
			return []string{where + ": isolates out of order"}
		}
	}
	if depth != 0 {
		return []string{where + ": an open isolate"}
	}
	return nil
}

func speakers() map[Lang]*Speaker {
	return map[Lang]*Speaker{EN: New(Config{Lang: EN, Version: "0.3.1"}), ZH: New(Config{Lang: ZH, Version: "0.3.1"})}
}

func check(t testing.TB, w world, sentinel string) {
	t.Helper()
	w.made = map[string]moderation.CaseView{}
	for lang, s := range speakers() {
		for name, m := range w.messages(s, lang) {
			require.Empty(t, faults(m, sentinel, "U07MEI", w.link), "%s in %s", name, lang)
		}
		for name, m := range w.modals(s, lang) {
			require.Empty(t, viewFaults(m, sentinel, w.link), "%s in %s", name, lang)
		}
	}
}

func TestEveryMessageKeepsTheLimits(t *testing.T) {
	tests := map[string]func(*world){
		"calm":         func(*world) {},
		"many targets": func(w *world) { w.targets = 1000 },
		"long reason":  func(w *world) { w.reason = strings.Repeat("word ", 600) },
		"emoji": func(w *world) {
			w.reason, w.name, w.vendor = strings.Repeat("👩‍👩‍👧🔥", 400), strings.Repeat("🔥", 90), strings.Repeat("🔥", 500)
		},
		"quotes": func(w *world) {
			w.reason, w.typed, w.vendor, w.user = strings.Repeat(`"\`, 1500), strings.Repeat(`"\`, 4000), strings.Repeat(`"\`, 250), strings.Repeat(`"\`, 15)
		},
		"right to left": func(w *world) {
			w.reason, w.name, w.note, w.vendor = strings.Repeat("مرحبا ", 500), "محمد", "عربي", "خطأ"
		},
		"longest": func(w *world) {
			long := strings.Repeat("W&<>*", 700)
			*w = world{reason: long[:3000], name: long[:200], room: strings.Repeat("[]", 32), roomName: long[:100], user: strings.Repeat("<&\"", 10), typed: long,
				vendor: long[:500], code: long[:200], reqID: long[:200], rule: long[:200], note: long[:200], targets: 1000, link: "https://acme.slack.com/archives/C0LIVE/p1?a=b&c=d"}
		},
		"a crowd": func(w *world) {
			long := strings.Repeat("W&<>*字🔥", 500)
			w.crowd, w.targets, w.reason, w.name, w.rule, w.note, w.link = 50, 1000, strings.Repeat("👩‍👩‍👧مر", 400), long[:150], long[:300], long[:900], "https://acme.slack.com/archives/C0LIVE/p1"
			w.user = strings.Repeat("\"", 28)
		},
		"empty": func(w *world) { *w = world{targets: 1} },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := calm()
			change(&w)
			check(t, w, "")
		})
	}
}

// TestTooManyBlocksAreCountedNotDropped fills a sheet as no message of today
// does: whatever is added later must neither be refused nor be lost in silence.
func TestTooManyBlocksAreCountedNotDropped(t *testing.T) {
	for lang, want := range map[Lang]string{EN: "11 more parts of this message do not fit into Slack.", ZH: "另有 11 段超出 Slack 的限制，未能显示。"} {
		sp := New(Config{}).in(lang)
		full := func(n int) Message {
			sh := sp.sheet()
			for i := range n {
				sh.para(own("part " + number(int64(i+1))))
			}
			return sh.message()
		}
		m := full(50)
		require.Len(t, m.Blocks, 50)
		require.Contains(t, jsonOf(m.Blocks[49]), "part 50")
		m = full(60)
		require.Empty(t, faults(m, "", "", ""))
		require.Len(t, m.Blocks, 50)
		require.Contains(t, jsonOf(m.Blocks[48]), "part 49")
		require.Contains(t, jsonOf(m.Blocks[49]), want)
		require.Contains(t, m.Text, want)
	}
}
