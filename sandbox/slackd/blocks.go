package slackd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds on a whole message.
const (
	maxMarkdown = 12_000 // characters in all markdown blocks
	maxCharts   = 2
	maxCells    = 10_000 // characters in all cells of data_table blocks
)

// checker collects what Slack would reject in blocks. Rules about a single
// value are in blockkit.json; those about several are here. It also adds the
// ids that Slack adds.
type checker struct {
	picture  func(id string) bool // an upload that can be shown; nil accepts none
	noCharts bool
	noTables bool // of the kind data_table
	problems []string
	chars    int // all text that people read
	markdown int // characters in markdown blocks
	tables   int
	charts   int
	cells    int // characters in cells of data_table blocks
}

func (c *checker) say(at, format string, a ...any) {
	c.problems = append(c.problems, "[ERROR] "+fmt.Sprintf(format, a...)+" [json-pointer:"+at+"]")
}

// refused returns the problems as an error; nil for none. Their order is not
// defined.
func (c *checker) refused(code string) *apiError {
	if len(c.problems) == 0 {
		return nil
	}
	slices.Sort(c.problems)
	return fail(code, c.problems...)
}

// checkBlocks validates a message's blocks and returns them as Slack stores
// them; nil for an empty list.
func (s *Server) checkBlocks(raw string) (json.RawMessage, *apiError) {
	blocks, _ := decode(raw)
	items, ok := blocks.([]any)
	if !ok {
		return nil, fail("invalid_blocks_format")
	}
	if len(items) == 0 {
		return nil, nil
	}
	c := &checker{picture: s.picture, noCharts: s.cfg.NoCharts, noTables: s.cfg.NoTables}
	c.conform("/blocks", blockKit().message, blocks)
	if err := c.refused("invalid_blocks"); err != nil {
		return nil, err
	}
	c.blocks("/blocks", items)
	if c.tables > 1 {
		return nil, fail("invalid_attachments", "[ERROR] only_one_table_allowed")
	}
	if c.charts > maxCharts {
		c.say("/blocks", "no more than %d data_visualization blocks allowed", maxCharts)
	}
	if c.cells > maxCells {
		c.say("/blocks", "must be less than %d characters in all cells of data_table blocks", maxCells+1)
	}
	if err := c.refused("invalid_blocks"); err != nil {
		return nil, err
	}
	if c.chars > s.cfg.Limits.BlockChars {
		return nil, fail("msg_blocks_too_long")
	}
	return encode(blocks), nil
}

// decode reads JSON keeping numbers as they are written.
func decode(raw string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return nil, false
	}
	return v, true
}

// encode writes what decode read, without HTML escapes.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("slackd: encode what was decoded: %v", err)) // cannot happen: it came from JSON
	}
	return bytes.TrimSpace(b.Bytes())
}

// blocks checks blocks that conform to their schema.
func (c *checker) blocks(at string, blocks []any) {
	ids := map[string]bool{}
	for i, x := range blocks {
		b, at := x.(object), at+"/"+strconv.Itoa(i)
		c.read(at, b)
		c.identify(at, b, "block_id", ids)
		actions := map[string]bool{}
		for _, key := range []string{"accessory", "element"} {
			if e, ok := b[key].(object); ok && e["type"] != "image" {
				c.identify(at+"/"+key, e, "action_id", actions)
			}
		}
		if b["type"] == "actions" || b["type"] == "context_actions" {
			for n, e := range b["elements"].([]any) {
				c.identify(at+"/elements/"+strconv.Itoa(n), e.(object), "action_id", actions)
			}
		}
		if b["type"] == "data_table" {
			c.table(at, b, actions)
		}
	}
}

// table checks what several cells of a data_table have to do with each other, and counts their
// characters.
func (c *checker) table(at string, b object, actions map[string]bool) {
	if c.noTables {
		c.say(at+"/type", "unsupported type: data_table")
	}
	rows := b["rows"].([]any)
	columns := len(rows[0].([]any))
	if index, ok := number(b["row_header_column_index"]); ok && int(index) >= columns {
		c.say(at+"/row_header_column_index", "must be one of the columns")
	}
	for i, x := range rows {
		row, at := x.([]any), at+"/rows/"+strconv.Itoa(i)
		if len(row) != columns {
			c.say(at, "must have as many cells as the header")
		}
		before := c.chars
		c.read(at, row)
		c.cells += c.chars - before
		c.chars = before // counted with the block
		for n, cell := range row {
			if e, ok := cell.(object)["element"].(object); ok {
				c.identify(at+"/"+strconv.Itoa(n)+"/element", e, "action_id", actions)
			}
		}
	}
}

// identify objects to an id that is taken already, and fills in a missing one.
func (c *checker) identify(at string, o object, key string, taken map[string]bool) {
	given, there := o[key].(string)
	if !there {
		o[key] = code(5)
		return
	}
	if taken[given] {
		c.say(at+"/"+key, "%s already exists: %s", key, given)
	}
	taken[given] = true
}

// read counts what people read towards the limits on a whole message, and
// checks what refers to something else.
func (c *checker) read(at string, v any) {
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			c.read(at+"/"+strconv.Itoa(i), x)
		}
	case object:
		text, _ := v["text"].(string)
		c.chars += utf8.RuneCountInString(text)
		switch v["type"] {
		case "markdown":
			if c.markdown += utf8.RuneCountInString(text); c.markdown > maxMarkdown {
				c.say(at+"/text", "must be less than %d characters in all markdown blocks", maxMarkdown+1)
			}
		case "table":
			c.tables++
		case "data_visualization":
			if c.noCharts {
				c.say(at+"/type", "unsupported type: data_visualization")
			}
			c.charts++
			c.chars += utf8.RuneCountInString(v["title"].(string))
			c.chart(at+"/chart", v["chart"].(object))
		}
		if file, ok := v["slack_file"].(object); ok {
			if id, ok := file["id"].(string); ok && (c.picture == nil || !c.picture(id)) {
				c.say(at+"/slack_file", "invalid slack file")
			}
		}
		c.initial(at, v)
		for k, x := range v {
			c.read(at+"/"+k, x)
		}
	}
}

// initial: what is entered at first must fit the bounds of what a person may enter, and what is chosen
// must be one of the options, in all its fields.
func (c *checker) initial(at string, o object) {
	chosen, _ := o["initial_options"].([]any)
	if most, ok := number(o["max_selected_items"]); ok && int64(len(chosen)) > most {
		c.say(at+"/initial_options", "no more than %d items allowed", most)
	}
	if _, twice := names(chosen, "value"); twice {
		c.say(at+"/initial_options", "must be unique")
	}
	text, _ := o["initial_value"].(string)
	if most, ok := number(o["max_length"]); ok && int64(utf8.RuneCountInString(text)) > most {
		c.say(at+"/initial_value", "must be less than %d characters", most+1)
	}
	if one, there := o["initial_option"]; there {
		chosen = append(chosen, one)
	}
	if len(chosen) == 0 || o["options"] == nil && o["option_groups"] == nil {
		return // of an external select only the app knows the options
	}
	known := found{element: o}.options()
	for _, x := range chosen {
		value := x.(object)["value"].(string)
		if !reflect.DeepEqual(known[value], x) {
			c.say(at, "initial option must be one of the options: %s", value)
		}
	}
}

// chart checks that a pie has no empty pieces, and that series have distinct
// names and one point for each category.
func (c *checker) chart(at string, chart object) {
	if pie, ok := chart["segments"].([]any); ok {
		for i, x := range pie {
			if f, err := x.(object)["value"].(json.Number).Float64(); err != nil || f <= 0 {
				c.say(at+"/segments/"+strconv.Itoa(i)+"/value", "must be more than 0")
			}
		}
		return
	}
	categories, _ := names(chart["axis_config"].(object)["categories"], "")
	all := chart["series"].([]any)
	if _, twice := names(all, "name"); twice {
		c.say(at+"/series", "names must be unique")
	}
	for i, x := range all {
		labels, twice := names(x.(object)["data"], "label")
		if twice || !reflect.DeepEqual(labels, categories) {
			c.say(at+"/series/"+strconv.Itoa(i)+"/data", "must contain exactly one point for each category")
		}
	}
}

// names collects the strings of a list, or those under a key of its objects,
// and reports duplicates.
func names(v any, key string) (set map[string]bool, twice bool) {
	set = map[string]bool{}
	for _, x := range v.([]any) {
		if o, ok := x.(object); ok {
			x = o[key]
		}
		s := x.(string)
		twice = twice || set[s]
		set[s] = true
	}
	return set, twice
}
