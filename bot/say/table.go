package say

import (
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// Bounds of a table. What else a message shows must fit beside it.
const (
	// maxTable is how many characters of JSON a table has. It may be more than in all other blocks,
	// maxWeight, because Slack allows 10,000 characters in the cells alone. Where Slack refuses the
	// message nevertheless, it gets the columns of text.
	maxTable    = 18000
	besideTable = 2600 // characters of JSON of what else the message shows
	cellWeight  = 200  // of text in a cell
	leastCell   = 12   // of text in a cell of a crowded table
	rowText     = 40   // of text in an option to choose a row, and at least in a first cell: no UserID is longer
)

// table is rows that people can act on: Slack's data_table, or two columns of text where a workspace
// has none.
type table struct {
	caption phrase
	head    []phrase // of the cells
	time    phrase   // the head of the column of times, which is there where a row has one
	acts    []phrase // the heads of the columns of buttons
	// early puts the buttons after the first cell, where a phone shows them without a swipe.
	early bool
	rows  []tableRow
	timed bool
}

// tableRow is one row. Its first cell identifies it.
type tableRow struct {
	cells []phrase // may contain user-supplied text
	// when is the column of the time, in the viewer's own zone: our own words and dates only.
	when phrase
	// buttons are one for each column of buttons, nil where the row has none. Two columns of text have
	// room for the first.
	buttons []*slack.ButtonBlockElement
}

// table adds a table; its texts are cut as far as they must be for the message to keep its weight,
// with the options to choose from. A message takes one table.
func (sh *sheet) table(t table, options []*slack.OptionBlockObject) {
	most := maxWeight - besideTable // for the columns of text
	if len(options) > 0 {
		most -= jsonWeight([]slack.Block{chooser("", nil, options)})
	}
	t.timed = slices.ContainsFunc(t.rows, func(r tableRow) bool { return len(r.when) > 0 })
	for _, r := range t.rows {
		sh.lines = append(sh.lines, r.line())
	}
	var block *slack.DataTableBlock
	var plain []slack.Block
	for cell := cellWeight; ; cell = max(cell*2/3, leastCell) {
		block, plain = t.block(cell), t.sections(cell)
		if cell == leastCell || jsonWeight([]slack.Block{block}) <= maxTable && jsonWeight(plain) <= most {
			break
		}
	}
	sh.at, sh.plain = len(sh.blocks), plain
	sh.blocks = append(sh.blocks, block)
}

// line is a row as a line of text.
func (r tableRow) line() phrase { return cat(own("• "), fields(r.texts(cellWeight), r.when)) }

// texts are the cells of a row in one text.
func (r tableRow) texts(cell int) phrase { return fields(r.cut(cell)...) }

// cut are the cells with so much text. The first one, which identifies the row, is never cut short.
func (r tableRow) cut(cell int) []phrase {
	out := make([]phrase, len(r.cells))
	for i, c := range r.cells {
		if i == 0 {
			out[i] = c.cut(max(cell, rowText))
		} else {
			out[i] = c.cut(cell)
		}
	}
	return out
}

func (t table) block(cell int) *slack.DataTableBlock {
	block := slack.NewDataTableBlock(clip(t.caption.plain(), 250)).WithPageSize(max(1, len(t.rows)))
	var head, acts []slack.DataTableCell
	for _, h := range t.head {
		head = append(head, rawCell(h))
	}
	if t.timed {
		head = append(head, rawCell(t.time))
	}
	for _, h := range t.acts {
		acts = append(acts, rawCell(h))
	}
	block.AddRow(t.withActs(head, acts)...)
	for _, r := range t.rows {
		var cells, acts []slack.DataTableCell
		for _, c := range r.cut(cell) {
			cells = append(cells, rawCell(c))
		}
		if t.timed {
			cells = append(cells, timeCell(r.when))
		}
		for _, b := range r.buttons {
			if b == nil {
				acts = append(acts, rawCell(nil))
				continue
			}
			acts = append(acts, slack.NewDataTableActionCell(b).WithFallback(slack.NewDataTableRawTextCell("–"))) // for old clients
		}
		block.AddRow(t.withActs(cells, acts)...)
	}
	return block
}

// withActs are the cells of a row with those of its buttons.
func (t table) withActs(cells, acts []slack.DataTableCell) []slack.DataTableCell {
	if t.early {
		return slices.Insert(cells, 1, acts...)
	}
	return append(cells, acts...)
}

// rawCell is text that Slack does not parse.
func rawCell(p phrase) slack.DataTableCell {
	if len(p) == 0 {
		return slack.NewDataTableRawTextCell("–")
	}
	return slack.NewDataTableRawTextCell(p.plain())
}

// timeCell shows a time in the viewer's own zone.
func timeCell(when phrase) slack.DataTableCell {
	if when.dates() == 0 {
		return rawCell(when)
	}
	return slack.NewDataTableRichTextCell(rich([]phrase{when}).Elements...)
}

// sections are the rows as two columns of text.
func (t table) sections(cell int) []slack.Block {
	blocks := make([]slack.Block, len(t.rows))
	for i, r := range t.rows {
		blocks[i] = r.section(cell)
	}
	return blocks
}

// section is a row as two columns of text: one as plain_text, which parses nothing, and the time as
// mrkdwn, which contains nothing user-supplied.
func (r tableRow) section(cell int) *slack.SectionBlock {
	columns := []*slack.TextBlockObject{slack.NewTextBlockObject(slack.PlainTextType, r.texts(cell).plain(), false, false)}
	if len(r.when) > 0 {
		columns = append(columns, slack.NewTextBlockObject(slack.MarkdownType, r.when.mrkdwn(), false, false))
	}
	section := slack.NewSectionBlock(nil, columns, nil)
	for _, b := range r.buttons {
		if b != nil {
			section.Accessory = slack.NewAccessory(b)
			break
		}
	}
	return section
}

// heads are the heads of columns.
func (s *speech) heads(keys ...string) []phrase {
	out := make([]phrase, len(keys))
	for i, key := range keys {
		out[i] = s.say(key, nil)
	}
	return out
}

// rowButton is the button of a row.
func (s *speech) rowButton(kind commands.StepKind, token, step, row string) *slack.ButtonBlockElement {
	return press(s.say("button."+step, nil), commands.Step{Kind: kind, ID: token, Step: step, Row: row}, "")
}

// rowOption is a row to be chosen together with others.
func (s *speech) rowOption(row string, text phrase) *slack.OptionBlockObject {
	o, _ := s.option(row, text.cut(rowText))
	return o
}

// choose adds a select of a page's rows, and the buttons of what can be done with those chosen. The
// block's id differs from page to page, so that a choice on one does not count on another.
func (s *speech) choose(sh *sheet, kind commands.StepKind, token string, page int, rows []*slack.OptionBlockObject, verbs []moderation.Verb) {
	block := chooser(s.say("rows.choose", nil).mrkdwn(), s.plainText(s.say("rows.find", nil), 150), rows)
	block.BlockID = InputPick + "." + strconv.Itoa(page)
	sh.blocks = append(sh.blocks, block)
	var buttons []slack.BlockElement
	for _, v := range verbs {
		buttons = append(buttons, press(cat(s.doing(v), own("…")), commands.Step{Kind: kind, ID: token, Step: string(v)}, ""))
	}
	if len(verbs) == 0 {
		buttons = append(buttons, press(s.say("button.act.chosen", nil), commands.Step{Kind: kind, ID: token, Step: commands.StepAct}, ""))
	}
	sh.buttons(append(buttons, press(s.say("button.history.chosen", nil), commands.Step{Kind: kind, ID: token, Step: commands.StepHistory}, ""))...)
	sh.note(s.say("rows.note", nil))
}

func chooser(text string, hint *slack.TextBlockObject, rows []*slack.OptionBlockObject) *slack.SectionBlock {
	el := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, hint, InputValue, rows...)
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, slack.NewAccessory(el))
}

// doing is a verb as a button has it.
func (s *speech) doing(v moderation.Verb) phrase {
	if key := "button.lift." + string(v); s.has(key) {
		return s.say(key, nil)
	}
	return s.word("report.do.", string(v), 20)
}
