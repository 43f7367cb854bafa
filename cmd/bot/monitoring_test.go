package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

// alertRule is one rule of docs/alerts.yaml.
type alertRule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	raw, err := os.ReadFile("../../docs/alerts.yaml")
	require.NoError(t, err)
	var file struct {
		Groups []struct {
			Name  string      `yaml:"name"`
			Rules []alertRule `yaml:"rules"`
		} `yaml:"groups"`
	}
	require.NoError(t, yaml.UnmarshalWithOptions(raw, &file, yaml.Strict()))
	require.Len(t, file.Groups, 1)
	return file.Groups[0].Rules
}

// Each alert has a section in docs/monitoring.md, with the same expression and
// severity, and links to it; the page describes no other.
func TestEachAlertHasItsSection(t *testing.T) {
	page := pages(t)["../../docs/monitoring.md"]
	_, section, ok := strings.Cut(page, "\n## Recommended alerts\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	sections := map[string]string{}
	for _, part := range strings.Split(section, "\n### ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		sections[name] = text
	}
	for _, r := range alertRules(t) {
		text, ok := sections[r.Alert]
		require.True(t, ok, "docs/monitoring.md does not describe %s", r.Alert)
		delete(sections, r.Alert)
		require.Contains(t, text, "`"+r.Expr+"`", r.Alert)
		if r.For != "0m" {
			require.Contains(t, text, "` for "+r.For+"\n", r.Alert)
		}
		require.Contains(t, []string{"critical", "warning", "info"}, r.Labels["severity"], r.Alert)
		require.Contains(t, text, "**"+r.Labels["severity"]+"**", r.Alert)
		require.NotEmpty(t, r.Annotations["summary"], r.Alert)
		require.NotEmpty(t, r.Annotations["description"], r.Alert)
		require.Equal(t, "docs/monitoring.md#"+strings.ToLower(r.Alert), r.Annotations["runbook_url"])
	}
	require.Empty(t, sections, "described, but not in docs/alerts.yaml")
}

// The dashboard can be imported: it has a fixed uid, asks for the data source,
// and each panel has a title, a unit and at least one query.
func TestTheDashboard(t *testing.T) {
	raw, err := os.ReadFile("../../docs/grafana.json")
	require.NoError(t, err)
	type source struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	var d struct {
		UID        string `json:"uid"`
		Title      string `json:"title"`
		Templating struct {
			List []struct {
				Name string `json:"name"`
				Type string `json:"type"`
			} `json:"list"`
		} `json:"templating"`
		Panels []struct {
			ID         int    `json:"id"`
			Type       string `json:"type"`
			Title      string `json:"title"`
			Datasource source `json:"datasource"`
			GridPos    struct{ X, Y, W, H int }
			Targets    []struct {
				Expr       string `json:"expr"`
				Datasource source `json:"datasource"`
			} `json:"targets"`
			FieldConfig struct {
				Defaults struct {
					Unit string `json:"unit"`
				} `json:"defaults"`
			} `json:"fieldConfig"`
		} `json:"panels"`
	}
	require.NoError(t, json.Unmarshal(raw, &d))
	require.Equal(t, "bouncer", d.UID)
	require.Equal(t, "datasource", d.Templating.List[0].Type)
	want := source{"prometheus", "${" + d.Templating.List[0].Name + "}"}
	var rows []string
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		require.False(t, ids[p.ID], "two panels have the id %d", p.ID)
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				require.Empty(t, taken[[2]int{x, y}], "%s overlaps", p.Title)
				taken[[2]int{x, y}] = p.Title
			}
		}
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		if p.Type == "row" {
			rows = append(rows, p.Title)
			continue
		}
		require.NotEmpty(t, p.FieldConfig.Defaults.Unit, p.Title)
		require.Equal(t, want, p.Datasource, p.Title)
		require.NotEmpty(t, p.Targets, p.Title)
		for _, q := range p.Targets {
			require.Equal(t, want, q.Datasource, p.Title)
			require.Contains(t, q.Expr, `{job=~"$job"`, p.Title)
		}
	}
	require.Equal(t, []string{"Is it working", "Slack", "Tencent", "Queues", "Storage and process"}, rows)
}

// loggedFields returns the names of the fields that the program logs, read
// from its source.
func loggedFields(t *testing.T) map[string]bool {
	t.Helper()
	first := map[string]int{"Debug": 1, "Info": 1, "Warn": 1, "Error": 1, "Log": 3, "With": 0} // the argument that is the first field's name
	found := map[string]bool{}
	require.NoError(t, filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"sandbox", "bench", "testdata", ".git"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := first[method.Sel.Name]
			if !ok || from > 0 && (len(call.Args) < from || text(call.Args[from-1]) == "") {
				return true
			}
			for i := from; i < len(call.Args); i += 2 {
				if name := text(call.Args[i]); name != "" {
					found[name] = true
				}
			}
			return true
		})
		return nil
	}))
	return found
}

// text returns the value of a string literal; "" for any other expression.
func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value)
	return s
}

// docs/monitoring.md lists exactly the fields of the log.
func TestMonitoringListsEveryLogField(t *testing.T) {
	_, section, ok := strings.Cut(pages(t)["../../docs/monitoring.md"], "\n## Logs\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(section, -1) {
		for _, m := range quoted.FindAllStringSubmatch(row[1], -1) {
			listed[m[1]] = true
		}
	}
	require.Equal(t, loggedFields(t), listed)
}
