package say

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/commands"
)

// viewFaults says in what a view breaks Slack's limits or lets user-supplied text
// speak.
func viewFaults(m Modal, sentinel, link string) []string {
	var out []string
	bad := func(s string) { out = append(out, s) }
	whole := jsonOf(m.View)
	if units(whole) > 240_000 || len(whole) > 240_000 {
		bad("the view weighs too much")
	}
	blocks := m.View.Blocks.BlockSet
	if len(blocks) == 0 || len(blocks) > 100 {
		bad("too few or many blocks")
	}
	if len(m.View.CallbackID) > 255 || len(m.View.ExternalID) > 255 || len(m.View.PrivateMetadata) > 3000 {
		bad("an id is too long")
	}
	words := []any{m.View.Title.Text}
	if m.View.Close != nil {
		words = append(words, m.View.Close.Text)
	}
	if m.View.Submit != nil {
		words = append(words, m.View.Submit.Text)
	}
	for _, w := range words {
		if n := units(w.(string)); n == 0 || n > 24 {
			bad("a title or button of the view: " + w.(string))
		}
	}
	var parsed []map[string]any
	if err := json.Unmarshal([]byte(jsonOf(blocks)), &parsed); err != nil {
		bad(err.Error())
	}
	ids := map[any]bool{}
	for _, b := range parsed {
		kind := b["type"]
		if kind == "actions" {
			bad("buttons in a view")
		}
		if id, ok := b["block_id"]; ok {
			if ids[id] {
				bad("two blocks of one id")
			}
			ids[id] = true
		}
		if kind != "input" {
			continue
		}
		if b["block_id"] == nil || m.View.Submit == nil {
			bad("an input without id or submit")
		}
		el, _ := b["element"].(map[string]any)
		if el["action_id"] != InputValue {
			bad("an input's action id")
		}
		options, _ := el["options"].([]any)
		switch el["type"] {
		case "checkboxes":
			if len(options) == 0 || len(options) > 10 {
				bad("checkboxes")
			}
		case "multi_static_select", "static_select":
			if len(options) == 0 || len(options) > 100 {
				bad("a select")
			}
		case "external_select", "multi_external_select":
			if one, ok := el["initial_option"].(map[string]any); ok {
				options = append(options, one)
			}
			some, _ := el["initial_options"].([]any)
			if options = append(options, some...); len(options) > 100 {
				bad("an external select")
			}
		case "file_input":
			if n, _ := el["max_files"].(float64); n != 1 {
				bad("the number of files")
			}
		case "plain_text_input":
			if most, _ := el["max_length"].(float64); most < 1 || most > 3000 {
				bad("a text input")
			}
		default:
			bad("an element")
		}
		for _, o := range options {
			value, _ := o.(map[string]any)["value"].(string)
			text, _ := o.(map[string]any)["text"].(map[string]any)["text"].(string)
			if units(text) > 75 || len(value) > 75 || value == "" {
				bad("an option")
			}
		}
	}
	// Texts are held to the same as those of messages.
	for _, b := range blocks {
		one := Message{Text: "x"}
		one.Blocks = append(one.Blocks, b)
		for _, f := range faults(one, sentinel, "", link) {
			input := b.BlockType() == slack.MBTInput // weighed with the whole, and holds an element, not a list
			if !input || f != "block input" && f != "0 elements in input" && !strings.HasPrefix(f, "blocks weigh") {
				bad(f)
			}
		}
	}
	return out
}

// TestApproversReadEveryTarget holds the worst case to what an approval means:
// what they saw is what runs.
func TestApproversReadEveryTarget(t *testing.T) {
	t.Parallel()
	for lang, s := range speakers() {
		for _, mark := range []string{`"`, "<&>", "x"} {
			w := calm()
			w.targets, w.user, w.reason = 1000, "", strings.Repeat("字", 3000)
			v := w.waitingMany()
			for i := range v.Case.Action.Targets {
				x := number(int64(1000 + i))
				v.Case.Action.Targets[i] = (strings.Repeat(mark, 32))[:32-len(x)] + x
			}
			v.Evidence = nil
			v.CasesBefore = map[string]int{v.Case.Action.Targets[990]: 7}
			for name, m := range map[string]Modal{"approve": s.StepModal(commands.StepApprove, v, lang, "m"), "glass": s.StepModal(commands.StepOverride, v, lang, "m")} {
				require.Empty(t, viewFaults(m, "", w.link), "%s in %s", name, lang)
				text := rawText(Message{Blocks: m.View.Blocks.BlockSet})
				at := -1
				for i, x := range v.Case.Action.Targets {
					where := strings.Index(text, exactID(x))
					require.GreaterOrEqual(t, where, 0, "target %d", i)
					if i == 990 {
						at = where
					}
				}
				require.Less(t, at, strings.Index(text, exactID(v.Case.Action.Targets[0])), "who was seen before comes first")
				require.Equal(t, 3000, strings.Count(text, "字"), "all of the reason")
			}
		}
	}
}
