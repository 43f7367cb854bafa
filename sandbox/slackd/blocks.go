package slackd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// surface is where blocks stand.
type surface int

const (
	surfaceMessage surface = 1 << iota
	surfaceModal
	surfaceHome
	surfaceAll = surfaceMessage | surfaceModal | surfaceHome
)

// checker walks blocks and gathers what Slack would object to. It also fills
// in the ids that Slack fills in.
type checker struct {
	kit      *kit
	limits   Limits
	picture  func(id string) bool // an upload that can be shown; nil takes none
	surface  surface
	problems []string
	chars    int // all text that people read
	markdown int // characters in markdown blocks
	tables   int
	charts   int
	inputs   int
	blockIDs map[string]bool
	actions  map[string]bool // of the block at hand
}

// kit holds the tables of everything that blocks are made of.
type kit struct {
	blocks   map[string]blockRow
	elements map[string]elementRow
	rich     map[string]shape // elements of rich_text
	sections map[string]shape // those that a list holds
	inline   map[string]shape // pieces of a line
	cells    map[string]shape // of a table
	document map[string]shape // rich_text as a value
	charts   map[string]shape // of data_visualization
}

// newKit makes the tables; charts says that the workspace takes them.
func newKit(charts bool) *kit {
	k := &kit{blocks: blockTable(), elements: elementTable(), rich: richShapes(), inline: inlineShapes(), cells: cellShapes()}
	k.sections = map[string]shape{"rich_text_section": k.rich["rich_text_section"]}
	if charts {
		k.blocks["data_visualization"], k.charts = chartRow(), chartShapes()
	}
	k.document = map[string]shape{"rich_text": richDocument()}
	return k
}

// checkBlocks validates a message's blocks and returns them as Slack stores
// them; nil for an empty list.
func (s *Server) checkBlocks(raw string, where surface) (json.RawMessage, *apiError) {
	blocks, ok := decode(raw)
	if !ok {
		return nil, fail("invalid_blocks_format")
	}
	items, ok := blocks.([]any)
	if !ok {
		return nil, fail("invalid_blocks_format")
	}
	if len(items) == 0 {
		return nil, nil
	}
	c := &checker{kit: s.kit, limits: s.cfg.Limits, picture: s.picture, surface: where, blockIDs: map[string]bool{}}
	list(1, 50, block)(c, "/blocks", blocks)
	if c.tables > 1 {
		return nil, fail("invalid_attachments", "[ERROR] only_one_table_allowed")
	}
	if len(c.problems) > 0 {
		return nil, fail("invalid_blocks", c.problems...)
	}
	if c.charts > maxCharts {
		return nil, fail("invalid_blocks", "[ERROR] no more than 2 data_visualization blocks allowed [json-pointer:/blocks]")
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

// block checks one block by its row in the table and fills in its block_id.
func block(c *checker, at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.say(at, "must be an object")
		return
	}
	kind, _ := o["type"].(string)
	row, known := c.kit.blocks[kind]
	switch {
	case kind == "":
		c.say(at, "missing required field: type")
		return
	case !known || row.surfaces&c.surface == 0:
		c.say(at+"/type", "unsupported type: %s", kind)
		return
	}
	c.actions = map[string]bool{}
	row.check(c, at, o)
	c.identify(at, o, "block_id", c.blockIDs)
}

// element checks an interactive element or image by its row and fills in its action_id.
func element(where place) rule {
	return func(c *checker, at string, v any) {
		o, ok := v.(object)
		if !ok {
			c.say(at, "must be an object")
			return
		}
		kind, _ := o["type"].(string)
		row, known := c.kit.elements[kind]
		switch {
		case kind == "":
			c.say(at, "missing required field: type")
			return
		case !known || row.places&where == 0:
			c.say(at+"/type", "unsupported type: %s", kind)
			return
		}
		row.check(c, at, o)
		if row.acts {
			c.identify(at, o, "action_id", c.actions)
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
