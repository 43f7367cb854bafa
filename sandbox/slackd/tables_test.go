package slackd

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func rawText(s string) m { return m{"type": "raw_text", "text": s} }

// actionCell is a button in a cell.
func actionCell(id string) m {
	return m{"type": "action_cell", "element": m{"type": "button", "action_id": id, "value": "v", "text": plainText("Act…")}, "fallback": rawText("–")}
}

// dataTable has the header Person and Act, and rows.
func dataTable(rows ...any) m {
	return m{"type": "data_table", "block_id": "people", "caption": "People", "rows": append(l{l{rawText("Person"), rawText("Act")}}, rows...)}
}

func TestDataTables(t *testing.T) {
	s := start(t, Config{Limits: free})
	row := l{rawText("troll7"), actionCell("act.0")}
	many := func(n, chars int) []any {
		return repeat(n, func(i int) any { return l{rawText(strings.Repeat("x", chars)), rawText("y")} })
	}
	for _, tc := range []struct {
		name   string
		blocks l
		want   string
	}{
		{"a button in a row", l{dataTable(row)}, ""},
		{"a number", l{dataTable(l{rawText("a"), m{"type": "raw_number", "value": 2.5, "text": "2½"}})}, ""},
		{"rich text", l{dataTable(l{rawText("a"), m{"type": "rich_text", "elements": l{m{"type": "rich_text_section", "elements": l{m{"type": "text", "text": "x"}}}}}})}, ""},
		{"100 rows", l{dataTable(many(100, 10)...)}, ""},
		{"101 rows", l{dataTable(many(101, 10)...)}, "no more than 101 items"},
		{"no row", l{dataTable()}, "no fewer than 2 items"},
		{"no caption", l{m{"type": "data_table", "rows": l{row, row}}}, "missing required field: caption"},
		{"21 columns", l{dataTable(repeat(21, func(int) any { return rawText("x") }))}, "no more than 20 items"},
		{"rows of different lengths", l{dataTable(l{rawText("a")})}, "as many cells as the header"},
		{"a button in the header", l{set(dataTable(row), "rows", l{row, row})}, "unsupported type: action_cell"},
		{"an empty cell", l{dataTable(l{rawText(""), rawText("x")})}, "must be more than 0 characters"},
		{"a menu in a row", l{dataTable(l{rawText("a"), set(actionCell("a"), "element", m{"type": "overflow"})})}, "unsupported type: overflow"},
		{"a button without a cell", l{dataTable(l{rawText("a"), actionCell("a")["element"]})}, "unsupported type: button"},
		{"rich text in place of a button", l{dataTable(l{rawText("a"), set(actionCell("a"), "fallback", m{"type": "rich_text"})})}, "unsupported type: rich_text"},
		{"two buttons with one id", l{dataTable(row, row)}, "action_id already exists: act.0"},
		{"a page of 101", l{set(dataTable(row), "page_size", 101)}, "must be at most 100"},
		{"a row header that is not there", l{set(dataTable(row), "row_header_column_index", 2)}, "must be one of the columns"},
		{"10,000 characters", l{dataTable(append(many(90, 100), l{rawText(strings.Repeat("x", 900)), rawText("y")})...)}, ""},
		{"more characters", l{dataTable(append(many(90, 100), l{rawText(strings.Repeat("x", 901)), rawText("y")})...)}, "less than 10001 characters in all cells"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := form(t, s, "chat.postMessage", "channel", "C0LIVE", "text", "x", "blocks", j(tc.blocks))
			if tc.want == "" {
				require.Empty(t, a.err(), a.Raw)
				return
			}
			require.Equal(t, "invalid_blocks", a.err())
			require.Contains(t, a.Raw, tc.want)
		})
	}
	view := modal(m{"blocks": l{dataTable(row)}})
	acking(t, s, nil)
	require.Equal(t, "invalid_arguments", call(t, s, "views.open", m{"trigger_id": triggerOf(t, s), "view": view}).err(), "messages only")
}

func TestAWorkspaceWithoutTables(t *testing.T) {
	s := start(t, Config{Limits: free, NoTables: true})
	a := form(t, s, "chat.postMessage", "channel", "C0LIVE", "text", "x", "blocks", j(l{dataTable(l{rawText("a"), rawText("b")})}))
	require.Equal(t, "invalid_blocks", a.err())
	require.Contains(t, a.Raw, "unsupported type: data_table")
}

// A button in a cell is pressed like any other, with what is chosen elsewhere in the message.
func TestAButtonInACell(t *testing.T) {
	s := start(t, Config{Limits: free})
	acking(t, s, nil)
	cell := slack.NewButtonBlockElement("act.1", "v", slack.NewTextBlockObject(slack.PlainTextType, "Act…", false, false))
	block := slack.NewDataTableBlock("People").
		AddRow(slack.NewDataTableRawTextCell("Person"), slack.NewDataTableRawTextCell("Act")).
		AddRow(slack.NewDataTableRawTextCell("troll7"), slack.NewDataTableActionCell(cell).WithFallback(slack.NewDataTableRawTextCell("–")))
	pick := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, nil, "value", slack.NewOptionBlockObject("0", slack.NewTextBlockObject(slack.PlainTextType, "troll7", false, false), nil))
	section := slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "Choose", false, false), nil, slack.NewAccessory(pick))
	section.BlockID = "pick"
	api := slack.New(s.BotToken(), slack.OptionAPIURL(s.URL()))
	_, ts, err := api.PostMessageContext(t.Context(), "C0LIVE", slack.MsgOptionText("x", false), slack.MsgOptionBlocks(block, section))
	require.NoError(t, err)
	at := Ref{Channel: "C0LIVE", TS: ts}
	_, err = s.SelectOption(t.Context(), "U07MEI", at, "pick", "value", "0")
	require.NoError(t, err)
	d, err := s.Press(t.Context(), "U07MEI", at, "", "act.1")
	require.NoError(t, err)
	var pressed slack.InteractionCallback
	require.NoError(t, json.Unmarshal(d.Payload, &pressed))
	require.Equal(t, "act.1", pressed.ActionCallback.BlockActions[0].ActionID)
	chosen := pressed.BlockActionState.Values["pick"]["value"].SelectedOptions
	require.Len(t, chosen, 1)
	require.Equal(t, "0", chosen[0].Value)
}
