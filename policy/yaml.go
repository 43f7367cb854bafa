package policy

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a text. Depth protects the recursive parser from hostile nesting; a policy of the
// documented shape is four deep. The parser's time grows with the square of the keys, so their
// number is bounded too.
const (
	maxText  = 1 << 20
	maxDepth = 16
	maxKeys  = 8000
)

// scalar is one value and its place. The text is as written, so that an id such as 0017 keeps its
// zeros.
type scalar struct {
	text string
	at   place
}

// entry is one key of a mapping with its value.
type entry struct {
	key   scalar
	value ast.Node
}

// parse reads one YAML document without the parts of YAML that a policy does not need and that can
// hide something: anchors, aliases, tags, merges, directives, further documents. nil means that
// errors were reported.
func parse(text []byte, p *problems) ast.Node {
	if len(text) > maxText {
		p.add(start, "the policy is larger than 1 MiB")
		return nil
	}
	src := strings.TrimPrefix(string(text), "\ufeff")
	if !clean(src, p) {
		return nil
	}
	// A bare CR makes the parser's line numbers wrong.
	src = strings.ReplaceAll(src, "\r\n", "\n")
	tokens := lexer.Tokenize(src)
	if !plain(tokens, p) {
		return nil
	}
	// Duplicate keys are reported by mapping, together with all other errors.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, message := start, err.Error()
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			message = syntax.Message
			if syntax.Token != nil {
				at = placeOf(syntax.Token)
			}
		}
		p.add(at, "not YAML: %s", message)
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			p.add(placeOf(doc.Body.GetToken()), "a second document: a policy is one document")
			return nil
		}
		body = doc.Body
	}
	if body == nil || body.Type() == ast.NullType {
		p.add(start, "the policy is empty: roles and rules are required")
		return nil
	}
	return body
}

// clean refuses characters that an editor does not show.
func clean(src string, p *problems) bool {
	at := start
	for i, r := range src {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(src[i:], "\ufffd"):
			p.add(at, "not UTF-8")
			return false
		case r == '\r' && !strings.HasPrefix(src[i:], "\r\n"),
			r < 0x20 && r != '\n' && r != '\t' && r != '\r', r >= 0x7f && r < 0xa0:
			p.add(at, "control character %U", r)
			return false
		case r == 0x061c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff:
			p.add(at, "invisible character %U", r)
			return false
		}
		if r == '\n' {
			at = place{at.line + 1, 1}
		} else {
			at.column++
		}
	}
	return true
}

// plain refuses the tokens that a policy does not use, and deep nesting.
func plain(tokens token.Tokens, p *problems) bool {
	before := len(p.list)
	depth, dashes, line, headers, keys := 0, 0, 0, 0, 0
	var indents []int // of the lines around the current one
	for i, t := range tokens {
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
			// The lexer's own level of indentation never comes back from a deeper line, so that a
			// long text would seem deep.
			for len(indents) > 0 && indents[len(indents)-1] >= t.Position.Column {
				indents = indents[:len(indents)-1]
			}
			indents = append(indents, t.Position.Column)
		}
		at := placeOf(t)
		switch t.Type {
		case token.AnchorType:
			p.add(at, "anchors (&) are not used in a policy")
		case token.AliasType:
			p.add(at, "aliases (*) are not used in a policy; put a pattern that begins with * in quotes")
		case token.TagType:
			p.add(at, "tags (!) are not used in a policy; put such a text in quotes")
		case token.DirectiveType:
			p.add(at, "directives (%%) are not used in a policy")
		case token.MergeKeyType:
			p.add(at, "merges (<<) are not used in a policy")
		case token.MappingKeyType:
			p.add(at, "\"? \" keys are not used in a policy")
		case token.LiteralType, token.FoldedType:
			p.add(at, "texts over several lines (| and >) are not used in a policy")
		case token.DocumentHeaderType:
			if headers++; headers > 1 || i > 0 && content(tokens[:i]) {
				p.add(at, "a second document: a policy is one document")
			}
		case token.MappingValueType:
			if keys++; keys == maxKeys+1 {
				p.add(at, "more than %d keys", maxKeys)
				return false
			}
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			dashes++
		}
		if depth > maxDepth || dashes > maxDepth || len(indents) > maxDepth {
			p.add(at, "nested too deep")
		}
		if len(p.list) > before+20 { // enough to find the cause
			return false
		}
	}
	return len(p.list) == before
}

func content(tokens token.Tokens) bool {
	for _, t := range tokens {
		if t.Type != token.CommentType {
			return true
		}
	}
	return false
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return start
	}
	return place{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

func nodePlace(n ast.Node) place {
	switch n := n.(type) {
	case nil:
		return start
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return placeOf(n.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return placeOf(n.Key.GetToken())
	}
	return placeOf(n.GetToken())
}

// mapping returns a mapping's entries under their present names; duplicate keys are reported and
// dropped. If keys are given, all others are reported and dropped too.
func (p *problems) mapping(n ast.Node, at place, what string, keys ...string) []entry {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		p.add(p.valuePlace(n, at), "%s must be a mapping (key: value)", what)
		return nil
	}
	seen := map[string]place{}
	var entries []entry
	for _, v := range values {
		key := scalar{v.Key.GetToken().Value, placeOf(v.Key.GetToken())}
		if first, double := seen[key.text]; double {
			p.add(key.at, "duplicate key %q: first in line %d", key.text, first.line)
			continue
		}
		seen[key.text] = key.at
		if now := newNames[key.text]; now != "" && contains(keys, now) || contains(keys, key.text) {
			key.text = p.renamed(key)
		} else if len(keys) > 0 {
			p.add(key.at, "unknown key %q in %s; known keys are %s", key.text, what, strings.Join(keys, ", "))
			continue
		}
		entries = append(entries, entry{key, v.Value})
	}
	return entries
}

// scalars returns a list's values; duplicates are reported and dropped.
func (p *problems) scalars(n ast.Node, at place, what string, mayBeEmpty bool) []scalar {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		p.add(p.valuePlace(n, at), "%s must be a list such as [a, b]", what)
		return nil
	}
	if len(seq.Values) == 0 && !mayBeEmpty {
		p.add(p.valuePlace(n, at), "%s is an empty list, which could mean all or none; leave it out or fill it", what)
	}
	seen := map[string]bool{}
	var list []scalar
	for _, v := range seq.Values {
		s, ok := p.scalar(v, nodePlace(n), "each of "+what)
		if !ok {
			continue
		}
		if seen[s.text] {
			p.add(s.at, "%q is twice in %s", s.text, what)
			continue
		}
		seen[s.text] = true
		list = append(list, s)
	}
	return list
}

// scalar returns a single value as it was written.
func (p *problems) scalar(n ast.Node, at place, what string) (scalar, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return scalar{n.Value, placeOf(n.GetToken())}, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return scalar{n.GetToken().Value, placeOf(n.GetToken())}, true
	case *ast.MappingNode, *ast.MappingValueNode: // [live:x] is a list of a mapping
		p.add(p.valuePlace(n, at), "%s must be a single value; put a text with a colon in quotes", what)
		return scalar{}, false
	}
	p.add(p.valuePlace(n, at), "%s must be a single value", what)
	return scalar{}, false
}

// valuePlace returns the place of a value, or that of its key where there is no value.
func (p *problems) valuePlace(n ast.Node, key place) place {
	if n == nil || n.Type() == ast.NullType {
		return key
	}
	return nodePlace(n)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
