package script

import (
	"encoding/json"
	"regexp"
	"strings"

	"bouncer/sandbox/slackd"
)

// naming returns the name for an id of a person, group or channel.
type naming func(id string) string

// The parts of Block Kit that have words in them.
type block struct {
	Type      string          `json:"type"`
	BlockID   string          `json:"block_id"`
	Text      text            `json:"text"`
	Label     text            `json:"label"`
	Hint      text            `json:"hint"`
	Fields    []text          `json:"fields"`
	Elements  json.RawMessage `json:"elements"`
	Accessory *element        `json:"accessory"`
	Element   *element        `json:"element"`
	AltText   string          `json:"alt_text"`
	Title     json.RawMessage `json:"title"` // of a picture an object, of a chart a string
	Chart     *chart          `json:"chart"`
	Rows      [][]cell        `json:"rows"`
}

// cell is one cell of a table.
type cell struct {
	element                  // raw_text, raw_number or rich_text
	Button   *element        `json:"element"`  // of an action_cell
	Fallback json.RawMessage `json:"fallback"` // of an action_cell
}

// tableRow writes the cells of a row that have something in them.
func tableRow(cells []cell, named naming) string {
	var parts []string
	for _, c := range cells {
		text := c.plain(named)
		switch {
		case c.Button != nil:
			text = c.Button.plain(named)
		case c.Type == "rich_text":
			var b strings.Builder
			for _, e := range c.Elements {
				b.WriteString(e.rich(named))
			}
			text = b.String()
		}
		if text != "" && text != "–" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " · ")
}

// chart is the picture of data_visualization.
type chart struct {
	Segments []point `json:"segments"`
	Series   []struct {
		Name string  `json:"name"`
		Data []point `json:"data"`
	} `json:"series"`
}

type point struct {
	Label string      `json:"label"`
	Value json.Number `json:"value"`
}

type element struct {
	Type     string          `json:"type"`
	ActionID string          `json:"action_id"`
	Text     json.RawMessage `json:"text"` // an object, in rich text a string
	AltText  string          `json:"alt_text"`
	Elements []element       `json:"elements"`

	// of what one chooses in
	Placeholder text     `json:"placeholder"`
	Options     []option `json:"options"`
	Groups      []struct {
		Options []option `json:"options"`
	} `json:"option_groups"`
	Initial     *option  `json:"initial_option"`
	InitialMany []option `json:"initial_options"`

	// of rich text
	URL       string `json:"url"`
	UserID    string `json:"user_id"`
	GroupID   string `json:"usergroup_id"`
	ChannelID string `json:"channel_id"`
	Range     string `json:"range"`
	Name      string `json:"name"`
	Fallback  string `json:"fallback"`
}

type option struct {
	Text        text   `json:"text"`
	Value       string `json:"value"`
	Description text   `json:"description"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

func decode(raw json.RawMessage) []block {
	var list []block
	if json.Unmarshal(raw, &list) != nil {
		return nil // the simulator stores only valid blocks, so there are none
	}
	return list
}

func viewBlocks(v slackd.View) json.RawMessage {
	var body struct {
		Blocks json.RawMessage `json:"blocks"`
	}
	if json.Unmarshal(v.JSON, &body) != nil {
		return nil
	}
	return body.Blocks
}

// plainBlocks writes blocks as lines of plain text.
func plainBlocks(raw json.RawMessage, named naming) string {
	var lines []string
	add := func(s string) {
		if strings.TrimSpace(s) != "" {
			lines = append(lines, strings.TrimRight(s, "\n"))
		}
	}
	for _, b := range decode(raw) {
		add(b.Label.plain(named))
		add(b.Text.plain(named))
		for _, f := range b.Fields {
			add(f.plain(named))
		}
		if b.Type == "image" {
			add(b.AltText)
		}
		if b.Chart != nil {
			add(b.Chart.plain(b.Title))
		}
		for _, cells := range b.Rows {
			add(tableRow(cells, named))
		}
		list := b.elements()
		if b.Type == "data_table" {
			continue
		}
		if b.Type == "rich_text" {
			for _, e := range list {
				add(e.rich(named))
			}
			continue
		}
		var parts []string
		for _, e := range list {
			if p := e.plain(named); p != "" {
				parts = append(parts, p)
			}
		}
		add(strings.Join(parts, " "))
		add(b.Hint.plain(named))
	}
	return strings.Join(lines, "\n")
}

// elements returns all elements of a block.
func (b block) elements() []element {
	var list []element
	if len(b.Elements) > 0 && json.Unmarshal(b.Elements, &list) != nil {
		return nil
	}
	for _, e := range []*element{b.Accessory, b.Element} {
		if e != nil {
			list = append(list, *e)
		}
	}
	for _, cells := range b.Rows {
		for _, c := range cells {
			if c.Button != nil {
				list = append(list, *c.Button)
			}
		}
	}
	return list
}

func (c *chart) plain(title json.RawMessage) string {
	var name string
	if json.Unmarshal(title, &name) != nil {
		return ""
	}
	lines := []string{name}
	row := func(name string, points []point) {
		parts := make([]string, len(points))
		for i, p := range points {
			parts[i] = p.Label + " " + p.Value.String()
		}
		lines = append(lines, strings.TrimPrefix(name+": "+strings.Join(parts, ", "), ": "))
	}
	if len(c.Segments) > 0 {
		row("", c.Segments)
	}
	for _, s := range c.Series {
		row(s.Name, s.Data)
	}
	return strings.Join(lines, "\n")
}

// choices are the options of a select, radio buttons or checkboxes.
func (e element) choices() []option {
	list := e.Options
	for _, g := range e.Groups {
		list = append(list, g.Options...)
	}
	return list
}

// offer is what one can choose, and what is chosen at first.
func (e element) offer(named naming) string {
	first := map[string]bool{}
	for _, o := range e.InitialMany {
		first[o.Value] = true
	}
	if e.Initial != nil {
		first[e.Initial.Value] = true
	}
	var parts []string
	if p := e.Placeholder.plain(named); p != "" {
		parts = append(parts, p)
	}
	for _, o := range e.choices() {
		mark := "☐ "
		if first[o.Value] {
			mark = "☑ "
		}
		line := mark + o.Text.plain(named)
		if d := o.Description.plain(named); d != "" {
			line += " (" + d + ")"
		}
		parts = append(parts, line)
	}
	return strings.Join(parts, "\n")
}

func (t text) plain(named naming) string {
	if t.Type == "mrkdwn" {
		return plainMrkdwn(t.Text, named)
	}
	return t.Text
}

// plain is an element outside of rich text.
func (e element) plain(named naming) string {
	if e.Type == "image" {
		return e.AltText
	}
	if len(e.choices()) > 0 {
		return e.offer(named)
	}
	var t text
	if len(e.Text) > 0 && e.Text[0] == '{' {
		if json.Unmarshal(e.Text, &t) != nil {
			return ""
		}
	} else if len(e.Text) > 0 {
		t.Type = e.Type
		if json.Unmarshal(e.Text, &t.Text) != nil {
			return ""
		}
	}
	if e.Type == "button" {
		return "[" + t.plain(named) + "]"
	}
	return t.plain(named)
}

// rich is an element of rich text.
func (e element) rich(named naming) string {
	switch e.Type {
	case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		var b strings.Builder
		for _, x := range e.Elements {
			b.WriteString(x.rich(named))
		}
		return b.String()
	case "rich_text_list":
		var lines []string
		for _, x := range e.Elements {
			lines = append(lines, "• "+x.rich(named))
		}
		return strings.Join(lines, "\n")
	case "user":
		return "@" + nameOf(named, e.UserID)
	case "usergroup":
		return "@" + nameOf(named, e.GroupID)
	case "channel":
		return "#" + nameOf(named, e.ChannelID)
	case "broadcast":
		return "@" + e.Range
	case "emoji":
		return ":" + e.Name + ":"
	case "date":
		return e.Fallback
	}
	var s string
	if len(e.Text) > 0 && json.Unmarshal(e.Text, &s) != nil {
		return ""
	}
	if s == "" {
		return e.URL
	}
	return s
}

func nameOf(named naming, id string) string {
	if named == nil {
		return id
	}
	return named(id)
}

var (
	angled   = regexp.MustCompile(`<([^<>|]+)(?:\|([^<>]*))?>`)
	emphasis = regexp.MustCompile(`(^|[\s(·])([*_~])(\S(?:[^\n]*?\S)?)([*_~])($|[\s).,:;·])`)
	entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// plainMrkdwn removes the markup.
func plainMrkdwn(s string, named naming) string {
	s = emphasis.ReplaceAllStringFunc(s, func(m string) string {
		p := emphasis.FindStringSubmatch(m)
		if p[2] != p[4] {
			return m
		}
		return p[1] + p[3] + p[5]
	})
	s = angled.ReplaceAllStringFunc(s, func(m string) string {
		p := angled.FindStringSubmatch(m)
		target, label := p[1], p[2]
		switch {
		case strings.HasPrefix(target, "@"):
			return "@" + nameOf(named, target[1:])
		case strings.HasPrefix(target, "#"):
			return "#" + nameOf(named, target[1:])
		case strings.HasPrefix(target, "!subteam^"):
			return "@" + nameOf(named, strings.TrimPrefix(target, "!subteam^"))
		case label != "":
			return label // links and dates carry one
		case strings.HasPrefix(target, "!"):
			return "@" + target[1:]
		}
		return target
	})
	return entities.Replace(s)
}
