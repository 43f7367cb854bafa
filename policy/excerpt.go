package policy

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// RuleText returns the lines of a policy's text that define a rule, without their common
// indentation; nil when the text has no such rule or is invalid.
func RuleText(text, rule string) []string {
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || rule == "" || len(file.Docs) == 0 {
		return nil
	}
	rules, ok := valueOf(file.Docs[0].Body, "rules").(*ast.SequenceNode)
	if !ok {
		return nil
	}
	for _, item := range rules.Values {
		name := valueOf(item, "name")
		if name == nil || name.GetToken().Value != rule {
			continue
		}
		s := extent{}
		ast.Walk(&s, item)
		lines := strings.Split(text, "\n")
		if s.from == 0 || s.to > len(lines) {
			return nil
		}
		return outdent(lines[s.from-1 : s.to])
	}
	return nil
}

// valueOf returns the value of a mapping's key; nil for none.
func valueOf(n ast.Node, key string) ast.Node {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	}
	for _, v := range values {
		if v.Key.GetToken().Value == key {
			return v.Value
		}
	}
	return nil
}

// extent is the range of lines of a node's tokens.
type extent struct{ from, to int }

// Visit implements ast.Visitor.
func (s *extent) Visit(n ast.Node) ast.Visitor {
	if t := n.GetToken(); t != nil && t.Position != nil {
		line := t.Position.Line
		if s.from == 0 || line < s.from {
			s.from = line
		}
		s.to = max(s.to, line+strings.Count(strings.TrimRight(t.Value, "\n"), "\n"))
	}
	return s
}

func outdent(lines []string) []string {
	least := -1
	for _, l := range lines {
		if blank := len(l) - len(strings.TrimLeft(l, " ")); strings.TrimSpace(l) != "" && (least < 0 || blank < least) {
			least = blank
		}
	}
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			out = append(out, strings.TrimRight(l[min(max(least, 0), len(l)):], " \r"))
		}
	}
	return out
}
