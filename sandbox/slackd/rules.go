package slackd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rule checks one value; at is its JSON pointer.
type rule func(c *checker, at string, v any)

// shape is the rule of an object: which fields it may and must have.
type shape struct {
	fields   map[string]rule
	required []string
	also     func(c *checker, at string, o object)
}

func (c *checker) say(at, format string, a ...any) {
	c.problems = append(c.problems, "[ERROR] "+fmt.Sprintf(format, a...)+" [json-pointer:"+at+"]")
}

func (sh shape) check(c *checker, at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.say(at, "must be an object")
		return
	}
	for _, k := range sortedKeys(o) {
		r, known := sh.fields[k]
		if !known {
			c.say(at, "invalid additional property: %s", k)
			continue
		}
		r(c, at+"/"+k, o[k])
	}
	for _, k := range sh.required {
		if _, there := o[k]; !there {
			c.say(at, "missing required field: %s", k)
		}
	}
	if sh.also != nil {
		sh.also(c, at, o)
	}
}

// str is a string of lo to hi characters.
func str(lo, hi int) rule {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		if !ok {
			c.say(at, "must be a string")
			return
		}
		c.length(at, s, lo, hi)
	}
}

func (c *checker) length(at, s string, lo, hi int) {
	switch n := utf8.RuneCountInString(s); {
	case n < lo:
		c.say(at, "must be more than %d characters", lo-1)
	case n > hi:
		c.say(at, "must be less than %d characters", hi+1)
	}
}

// id is a block_id or action_id.
func id(c *checker, at string, v any) { str(1, 255)(c, at, v) }

func whole(lo, hi int64) rule {
	return func(c *checker, at string, v any) {
		n, ok := v.(json.Number)
		i, err := n.Int64()
		if !ok || err != nil {
			c.say(at, "must be an integer")
			return
		}
		if i < lo || i > hi {
			c.say(at, "must be from %d to %d", lo, hi)
		}
	}
}

func flag(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.say(at, "must be a boolean")
	}
}

func oneOf(values ...string) rule {
	return func(c *checker, at string, v any) {
		if s, _ := v.(string); !slices.Contains(values, s) {
			c.say(at, "must be one of %s", strings.Join(values, ", "))
		}
	}
}

// list is an array of lo to hi items.
func list(lo, hi int, each rule) rule {
	return func(c *checker, at string, v any) {
		items, ok := v.([]any)
		if !ok {
			c.say(at, "must be an array")
			return
		}
		if len(items) < lo {
			c.say(at, "no fewer than %d items allowed", lo)
		}
		if len(items) > hi {
			c.say(at, "no more than %d items allowed", hi)
			return
		}
		for i, item := range items {
			each(c, at+"/"+strconv.Itoa(i), item)
		}
	}
}

// typed is an object whose type picks its shape.
func typed(what string, shapes func(*kit) map[string]shape) rule {
	return func(c *checker, at string, v any) {
		o, ok := v.(object)
		if !ok {
			c.say(at, "must be an object")
			return
		}
		kind, ok := o["type"].(string)
		if !ok {
			c.say(at, "missing required field: type")
			return
		}
		sh, known := shapes(c.kit)[kind]
		if !known {
			c.say(at+"/type", "unsupported type: %s%s", kind, what)
			return
		}
		sh.check(c, at, o)
	}
}

// text is a text object; mrkdwn says whether it may be one.
func text(hi int, mrkdwn bool) rule {
	return func(c *checker, at string, v any) {
		o, ok := v.(object)
		if !ok {
			c.say(at, "must be an object")
			return
		}
		fields := map[string]rule{"type": str(1, 20), "text": str(1, hi)}
		switch kind, _ := o["type"].(string); {
		case kind == "plain_text":
			fields["emoji"] = flag
		case kind == "mrkdwn" && mrkdwn:
			fields["verbatim"] = flag
		default:
			c.say(at+"/type", "unsupported type: %v", o["type"])
			return
		}
		if o["verbatim"] == false {
			delete(o, "verbatim") // Slack takes it on both kinds when it is false
		}
		shape{fields: fields, required: []string{"type", "text"}}.check(c, at, o)
		c.read(o["text"])
	}
}

func plain(hi int) rule   { return text(hi, false) }
func anyText(hi int) rule { return text(hi, true) }

// read counts what people read towards the limit on a whole message.
func (c *checker) read(v any) {
	s, _ := v.(string)
	c.chars += utf8.RuneCountInString(s)
}
