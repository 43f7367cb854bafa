// Package saytest finds out which sentences of a catalogue people have been shown:
// it compares what Slack received with each sentence. It is for tests only.
package saytest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Shown collects the texts that people saw. The zero Shown has none. It is safe for use by many.
type Shown struct {
	mu    sync.Mutex
	texts map[string]bool
}

var number = regexp.MustCompile(`\d+`)

// Add stores a text, such as a line of a transcript. Texts that differ only in
// numbers other than 1 are one.
func (s *Shown) Add(text string) {
	text = plainNumbers(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts == nil {
		s.texts = map[string]bool{}
	}
	s.texts[text] = true
}

// AddJSON stores each text in a message, a view or an answer. A line of rich text
// is one text. What is no JSON is stored as it is.
func (s *Shown) AddJSON(raw string) {
	var v any
	if json.Unmarshal([]byte(raw), &v) != nil {
		s.Add(raw)
		return
	}
	s.addValue(v)
}

func (s *Shown) addValue(v any) {
	switch v := v.(type) {
	case string:
		s.Add(v)
	case []any:
		for _, x := range v {
			s.addValue(x)
		}
	case map[string]any:
		if kind, _ := v["type"].(string); strings.HasPrefix(kind, "rich_text_") {
			s.Add(line(v["elements"]))
		}
		for name, x := range v {
			if name != "value" && name != "private_metadata" { // no person sees these
				s.addValue(x)
			}
		}
	}
}

// line returns the text of a section of rich text.
func line(elements any) string {
	var b strings.Builder
	list, _ := elements.([]any)
	for _, e := range list {
		e, _ := e.(map[string]any)
		for _, name := range []string{"text", "fallback", "user_id", "usergroup_id", "channel_id", "name", "url"} {
			if text, ok := e[name].(string); ok {
				b.WriteString(text)
				break
			}
		}
	}
	return b.String()
}

// Keys returns the keys of the sentences that are in a stored text, sorted.
func (s *Shown) Keys(c Catalogue) []string {
	s.mu.Lock()
	texts := slices.Sorted(maps.Keys(s.texts))
	s.mu.Unlock()
	found := map[string]bool{}
	for _, text := range texts {
		c.find(text, found)
	}
	return slices.Sorted(maps.Keys(found))
}

// plainNumbers replaces numbers by 0, but for 1: sentences have a form for it.
func plainNumbers(text string) string {
	return number.ReplaceAllStringFunc(text, func(n string) string {
		if n == "1" {
			return n
		}
		return "0"
	})
}
