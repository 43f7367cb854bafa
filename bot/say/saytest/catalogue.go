package saytest

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
)

// Catalogue is the sentences of a language as patterns.
type Catalogue struct {
	patterns []*pattern // the one with the most words of its own first
	keys     []string
}

// pattern is a sentence in lower case: its own words, and anything in its places. Sentences
// with the same words are one.
type pattern struct {
	keys    []string
	own     int    // the length of its own words
	longest string // the longest piece of them
	re      *regexp.Regexp
}

// Read returns the catalogue of a file. It fails when the file cannot be read.
func Read(file string) (Catalogue, error) {
	raw, err := os.ReadFile(file) //nolint:gosec // a test names it
	if err != nil {
		return Catalogue{}, fmt.Errorf("catalogue: %w", err)
	}
	var groups map[string]map[string]any
	if err := yaml.Unmarshal(raw, &groups); err != nil {
		return Catalogue{}, fmt.Errorf("catalogue %s: %w", file, err)
	}
	var c Catalogue
	same := map[string]*pattern{}
	for group, names := range groups {
		for name, text := range names {
			c.add(group+"."+name, text, same)
		}
	}
	slices.Sort(c.keys)
	c.patterns = slices.Collect(maps.Values(same))
	slices.SortFunc(c.patterns, func(a, b *pattern) int { return cmp.Or(b.own-a.own, strings.Compare(a.longest, b.longest)) })
	return c, nil
}

// Keys returns the keys of all sentences that have words of their own, sorted.
func (c Catalogue) Keys() []string { return slices.Clone(c.keys) }

func (c *Catalogue) add(key string, text any, same map[string]*pattern) {
	forms := []any{text}
	if both, ok := text.(map[string]any); ok {
		forms = []any{both["one"], both["other"]}
	}
	words := false
	for _, f := range forms {
		p := newPattern(fmt.Sprint(f))
		if p.own == 0 {
			continue
		}
		words = true
		if old, ok := same[p.re.String()]; ok {
			p = old
		}
		same[p.re.String()] = p
		p.keys = append(p.keys, key)
	}
	if words {
		c.keys = append(c.keys, key)
	}
}

var (
	place    = regexp.MustCompile(`\{[a-z_]+\}`)
	counts   = []string{"{n}", "{no}", "{got}", "{most}", "{part}", "{attempt}", "{number}"}
	wordEdge = regexp.MustCompile(`^[a-z0-9]`)
	wordEnd  = regexp.MustCompile(`[a-z0-9]$`)
)

func newPattern(text string) *pattern {
	p := &pattern{}
	var re strings.Builder
	at := 0
	for _, i := range append(place.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		if own := strings.ToLower(plainNumbers(text[at:i[0]])); own != "" {
			re.WriteString(group(own, at == 0, i[0] == len(text)))
			p.own += len(strings.TrimFunc(own, notWord))
			if len(own) > len(p.longest) {
				p.longest = own
			}
		}
		switch name := text[i[0]:i[1]]; {
		case name == "":
		case slices.Contains(counts, name):
			re.WriteString(`[\d,.]+[^\n]{0,12}?`) // perhaps with its unit
		default:
			re.WriteString(`[^\n]*?`)
		}
		at = i[1]
	}
	p.re = regexp.MustCompile(re.String())
	return p
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// group matches own words, at the edges of a sentence only where they are not
// part of a longer word.
func group(own string, first, last bool) string {
	re := "(" + regexp.QuoteMeta(own) + ")"
	if first && wordEdge.MatchString(own) {
		re = `\b` + re
	}
	if last && wordEnd.MatchString(own) {
		re += `\b`
	}
	return re
}

// find marks the sentences that a text contains. The longest are looked for
// first: their words are not those of a shorter one.
func (c Catalogue) find(text string, found map[string]bool) {
	text = strings.ToLower(text)
	if !slices.ContainsFunc(c.patterns, func(p *pattern) bool { return !found[p.keys[0]] && strings.Contains(text, p.longest) }) {
		return
	}
	rest := []byte(text)
	var taken [][2]int // by sentences as long as this one
	for i, p := range c.patterns {
		if i > 0 && p.own < c.patterns[i-1].own {
			for _, t := range taken {
				clear(rest[t[0]:t[1]])
			}
			taken = taken[:0]
		}
		if !strings.Contains(text, p.longest) {
			continue
		}
		for _, m := range p.re.FindAllSubmatchIndex(rest, -1) {
			for _, key := range p.keys {
				found[key] = true
			}
			for j := 2; j < len(m); j += 2 {
				taken = append(taken, [2]int{m[j], m[j+1]})
			}
		}
	}
}
