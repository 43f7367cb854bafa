package say

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed en.yaml zh.yaml
var files embed.FS

// catalogue returns every sentence of a language that people read, by its group in
// the file, a dot and its name there. Each file is read at its first use. One that
// cannot be read is a panic that only a test can see.
func catalogue(l Lang) map[string]sentence { return catalogues[l]() }

var catalogues = map[Lang]func() map[string]sentence{
	EN: sync.OnceValue(func() map[string]sentence { return readCatalogue(EN) }),
	ZH: sync.OnceValue(func() map[string]sentence { return readCatalogue(ZH) }),
}

func readCatalogue(l Lang) (rows map[string]sentence) {
	text, err := files.ReadFile(string(l) + ".yaml")
	if err == nil {
		rows, err = parseCatalogue(text)
	}
	if err != nil {
		panic(fmt.Sprintf("say: %s.yaml: %v", l, err))
	}
	return rows
}

func parseCatalogue(text []byte) (map[string]sentence, error) {
	var groups map[string]map[string]written
	if err := yaml.UnmarshalWithOptions(text, &groups, yaml.Strict()); err != nil {
		return nil, err
	}
	rows := make(map[string]sentence)
	for group, names := range groups {
		for name, w := range names {
			rows[group+"."+name] = sentence{other: parts(w.Other), one: parts(w.One)}
			if rest := placeholder.ReplaceAllString(w.One+w.Other, ""); strings.ContainsAny(rest, "{}") {
				return nil, fmt.Errorf("%s.%s: a brace that holds no name", group, name)
			}
		}
	}
	for _, row := range rows {
		for _, t := range []template{row.other, row.one} {
			for i, p := range t {
				if none, ok := rows["missing."+p.name]; ok && p.name != "" {
					t[i].none = none.other.text()
				}
			}
		}
	}
	return rows, nil
}

// written is a sentence in the file: a text, or one for {n} = 1 and another for
// all other numbers.
type written struct{ One, Other string }

// UnmarshalYAML reads either form.
func (w *written) UnmarshalYAML(read func(any) error) error {
	if read(&w.Other) == nil {
		return nil
	}
	type both written // without this method
	if err := read((*both)(w)); err != nil {
		return err
	}
	if w.One == "" || w.Other == "" {
		return errors.New("a sentence with a form for one has another for all other numbers")
	}
	return nil
}

// sentence is one row of the catalogue: its text, and where it differs the one
// for exactly one ({n} is 1).
type sentence struct{ other, one template }

// template is a text in parts: our own, or the name of a value.
type template []part

type part struct {
	ours string
	name string // of a value; empty for our own text
	none phrase // shown when the value is missing
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

func parts(text string) template {
	var t template
	for text != "" {
		at := placeholder.FindStringSubmatchIndex(text)
		if at == nil {
			return append(t, part{ours: text})
		}
		if at[0] > 0 {
			t = append(t, part{ours: text[:at[0]]})
		}
		name := text[at[2]:at[3]]
		t, text = append(t, part{name: name, none: own("?")}), text[at[1]:]
	}
	return t
}

func (t template) text() phrase {
	var out phrase
	for _, p := range t {
		out = append(out, atom{text: p.ours})
	}
	return out
}
