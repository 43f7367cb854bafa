package main

import (
	"go/constant"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/policy"
)

// pages returns the text of README.md and of each page in docs, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	text := map[string]string{}
	for _, p := range append(paths, "../../README.md") {
		raw, err := os.ReadFile(p)
		require.NoError(t, err)
		text[p] = string(raw)
	}
	return text
}

var mdLink = regexp.MustCompile(`\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)`)

// Every link to a page of the project leads somewhere.
func TestDocsLinks(t *testing.T) {
	for from, text := range pages(t) {
		for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
			if to := m[1]; strings.HasSuffix(to, ".md") || strings.HasSuffix(to, ".yaml") {
				require.FileExists(t, filepath.Join(filepath.Dir(from), to), "%s links to %s", from, to)
			}
		}
	}
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The policies on the pages are valid, and docs/policy.md shows the tested
// example.
func TestDocsPolicyExample(t *testing.T) {
	for from, text := range pages(t) {
		for _, b := range yamlBlock.FindAllStringSubmatch(text, -1) {
			_, err := policy.Load(from, []byte(b[1]), policy.Options{})
			require.NoError(t, err)
		}
	}
	blocks := yamlBlock.FindAllStringSubmatch(pages(t)["../../docs/policy.md"], -1)
	require.NotEmpty(t, blocks)
	example := blocks[len(blocks)-1][1]
	p, err := policy.Load("policy.md", []byte(example), policy.Options{})
	require.NoError(t, err)
	require.Equal(t, "live:show1", p.ChannelRoom("C0GALA").String())
	require.Equal(t, []string{"C0GALA", "C0MOD"}, p.Channels())

	raw, err := os.ReadFile("../../policy/testdata/example.yaml")
	require.NoError(t, err)
	require.Equal(t, withoutComments(string(raw)), withoutComments(example), "the page shows the tested example")
}

// withoutComments returns the lines of a policy without comments and blank
// lines.
func withoutComments(text string) []string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, " \n"); line != "" && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			kept = append(kept, line)
		}
	}
	return kept
}

// The settings that the pages speak of exist.
func TestDocsNameSettings(t *testing.T) {
	known := map[string]bool{}
	for _, n := range append(settingNames(), secretFileNames()...) {
		known[n] = true
	}
	name := regexp.MustCompile("`((?:SLACK|TENCENT|TENCENTCLOUD|TRTC|CHAT|CASE|AUDIT|SDK|DATABASE|HTTP|LOG|SEND)_[A-Z_]+)`")
	for from, text := range pages(t) {
		for _, m := range name.FindAllStringSubmatch(text, -1) {
			require.True(t, known[m[1]], "%s speaks of %s", from, m[1])
		}
	}
}

var quoted = regexp.MustCompile("`([^`]+)`")

// table returns the rows of the README's table under a heading, cell by cell.
func table(t *testing.T, heading string) [][]string {
	t.Helper()
	raw, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(raw), "\n"+heading+"\n")
	require.True(t, ok, "README has no %q", heading)
	section, _, _ = strings.Cut(section, "\n#")
	var rows [][]string
	for line := range strings.Lines(section) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	require.Greater(t, len(rows), 2)
	return rows[2:] // without its head
}

var mdMarkup = regexp.MustCompile("`|\\[([^\\]]*)\\]\\([^)]*\\)")

// The README's table has exactly the current settings, with the defaults and
// descriptions of bouncer run --help.
func TestReadmeSettings(t *testing.T) {
	defaults, about := map[string]string{}, map[string]string{}
	for _, row := range table(t, "### Settings") {
		require.Len(t, row, 3, "%v", row)
		require.NotEmpty(t, row[2], "%v", row)
		for _, m := range quoted.FindAllStringSubmatch(row[0], -1) {
			require.NotContains(t, defaults, m[1], "listed twice")
			defaults[m[1]] = row[1]
			about[m[1]], _, _ = strings.Cut(mdMarkup.ReplaceAllString(row[2], "$1"), ": docs/")
		}
	}
	for f := range settingFields() {
		name := f.Get("envconfig")
		cell, ok := defaults[name]
		require.Equal(t, f.Get("replaced") == "", ok, "README lists %s", name)
		require.True(t, strings.HasPrefix(f.Get("desc"), about[name]), "%s is described in README as\n%s\nand in the help as\n%s", name, about[name], f.Get("desc"))
		delete(defaults, name)
		first := quoted.FindStringSubmatch(cell)
		switch {
		case f.Get("must") == "yes":
			require.Equal(t, "required", cell, name)
		case f.Get("default") != "":
			require.NotNil(t, first, "%s: %s", name, cell)
			require.Equal(t, f.Get("default"), first[1], name)
		default:
			require.NotEqual(t, "required", cell, name)
		}
	}
	require.Empty(t, defaults, "README lists settings that do not exist")
}

// The README's tables of commands have a row for every verb.
func TestReadmeVerbs(t *testing.T) {
	_, section, ok := strings.Cut(pages(t)["../../README.md"], "\n## Commands\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "|") {
			cell, _, _ := strings.Cut(strings.Trim(line, "| \n"), "|")
			listed = append(listed, strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(" ,`!…", r) })...)
		}
	}
	for _, spec := range moderation.Verbs() {
		require.Contains(t, listed, string(spec.Verb), "README has no row for this verb")
	}
}

// constants returns the values of the constants of a type in package
// moderation, read from the compiler's export data, so that a new one cannot
// be forgotten.
func constants(t *testing.T, typ string) (values []string) {
	t.Helper()
	p, err := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		file, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-f", "{{.Export}}", path).Output()
		if err != nil {
			return nil, err
		}
		return os.Open(strings.TrimSpace(string(file)))
	}).Import("bouncer/moderation")
	require.NoError(t, err)
	for _, name := range p.Scope().Names() {
		if c, ok := p.Scope().Lookup(name).(*types.Const); ok && c.Type().String() == p.Path()+"."+typ {
			values = append(values, constant.StringVal(c.Val()))
		}
	}
	require.NotEmpty(t, values, typ)
	return values
}

// The pages list every kind of entry and every refusal, each in the first
// cell of a row. Tests of bot and store check metrics and tables.
func TestDocsListEntriesAndRefusals(t *testing.T) {
	refusals := slices.DeleteFunc(constants(t, "Code"), func(c string) bool { return !strings.HasPrefix(c, "refuse-") })
	for page, names := range map[string][]string{"../../docs/operation.md": constants(t, "EntryKind"), "../../docs/policy.md": refusals} {
		var listed []string
		for line := range strings.Lines(pages(t)[page]) {
			if strings.HasPrefix(line, "| `") {
				cell, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
				for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
					listed = append(listed, m[1])
				}
			}
		}
		require.NotEmpty(t, names)
		for _, name := range names {
			require.Contains(t, listed, name, "not listed in %s", page)
		}
	}
}
