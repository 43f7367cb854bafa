package say

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/moderation"
)

// constants gives the values of all constants of a named string type in a
// folder of the project: nobody can add a code and forget its sentence.
func constants(t *testing.T, dir, typ string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var out []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				name, ok := v.Type.(*ast.Ident)
				if q, qualified := v.Type.(*ast.SelectorExpr); qualified {
					name, ok = q.Sel, true
				}
				if !ok || name.Name != typ {
					continue
				}
				for _, x := range v.Values {
					if lit, ok := x.(*ast.BasicLit); ok {
						s, err := strconv.Unquote(lit.Value)
						require.NoError(t, err)
						out = append(out, s)
					}
				}
			}
		}
	}
	require.NotEmpty(t, out, typ)
	return out
}

func TestEveryWordOfTheDomainHasASentence(t *testing.T) {
	domain := filepath.Join("..", "..", "moderation")
	for typ, groups := range map[string][]string{
		"Code": {"code."}, "Verb": {"verb.", "what."}, "Kind": {"kind."}, "Medium": {"medium."}, "State": {"state."},
		"Outcome": {"outcome."}, "VendorClass": {"class."}, "Purpose": {"purpose."}, "EntryKind": {"entry."}, "ActorKind": {"actor."},
	} {
		for _, value := range constants(t, domain, typ) {
			for _, g := range groups {
				require.Contains(t, catalogue(), g+value, typ)
			}
		}
	}
	for _, c := range constants(t, domain, "Code") {
		if strings.HasPrefix(c, "refuse-") {
			require.Contains(t, catalogue(), "short."+c)
		}
	}
	for _, o := range constants(t, domain, "Outcome") {
		if o != string(moderation.Pending) {
			require.Contains(t, catalogue(), "stale."+o)
			require.Contains(t, catalogue(), "answer."+o)
		}
	}
	for _, v := range moderation.Verbs() {
		if v.Effect == moderation.EffectRead {
			require.Contains(t, catalogue(), "list."+string(v.Verb))
		}
	}
	for _, c := range commands.Codes() {
		if _, ok := catalogue()["mistake."+string(c)]; !ok {
			require.Contains(t, catalogue(), "code."+string(c))
		}
	}
	for _, c := range constants(t, "..", "Code") {
		if kind, ok := strings.CutPrefix(c, "notice-"); ok {
			require.Contains(t, catalogue(), "notice."+kind)
			continue
		}
		require.Contains(t, catalogue(), "code."+c)
		require.Contains(t, catalogue(), "short."+c)
	}
	hints, err := os.ReadFile(filepath.Join("..", "..", "tencent", "codes.go"))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`Hint\w+\s+= "([a-z-]+)"`).FindAllStringSubmatch(string(hints), -1) {
		if m[1] != "other-kind" { // its sentence names the other room
			require.Contains(t, catalogue(), "hint."+m[1])
		}
	}
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	names := func(s string) []string {
		var out []string
		for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
			out = append(out, m[1])
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	seen := map[string]bool{}
	for _, g := range catalogueGroups() {
		for key, row := range g {
			require.False(t, seen[key], "two rows %s", key)
			seen[key] = true
			if slices.Contains([]string{"missing.trace", "missing.until", "missing.newer"}, key) { // a clause that may be left out
				continue
			}
			require.NotEmpty(t, row[0], key)
			require.NotEmpty(t, row[1], key)
			require.Equal(t, names(row[0]), names(row[1]), key)
			if row[2] != "" {
				require.Subset(t, names(row[0]), names(row[2]), key)
				require.NotEqual(t, row[0], row[2], key)
			}
			for _, s := range row {
				require.NotContains(t, s, "!", key)
				require.NotContains(t, s, "！", key)
				require.False(t, strings.ContainsAny(s, "*~`<"), key)
				require.NotRegexp(t, emojiCode, s, key)
				require.Equal(t, strings.Count(s, "{"), len(placeholder.FindAllString(s, -1)), key)
				for _, jargon := range []string{"lease", "envelope", "outbox", "job"} {
					require.NotRegexp(t, `(?i)\b`+jargon+`s?\b`, s, key)
				}
			}
			require.False(t, strings.ContainsFunc(row[0]+row[2], func(r rune) bool { return unicode.Is(unicode.Han, r) }), key)
		}
	}
	// Chinese in Chinese: the same text in both is a name, a unit or a form.
	for key, row := range catalogue() {
		if row[0] == row[1] && regexp.MustCompile(`[a-z]{3}`).MatchString(placeholder.ReplaceAllString(row[0], "")) {
			require.Contains(t, []string{"thread.reqid", "thread.bot"}, key)
		}
	}
}

// TestNoSentenceIsLeftOver looks for the keys that the code asks for, whole or
// by prefix.
func TestNoSentenceIsLeftOver(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	exact, prefixes := map[string]bool{}, []string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "rows_") {
			continue
		}
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`"([a-z]+\.[a-z._-]*)"`).FindAllStringSubmatch(string(src), -1) {
			if strings.HasSuffix(m[1], ".") {
				prefixes = append(prefixes, m[1])
			} else {
				exact[m[1]] = true
			}
		}
	}
	var left []string
	for _, key := range slices.Sorted(maps.Keys(catalogue())) {
		if exact[key] || strings.HasPrefix(key, "missing.") {
			continue
		}
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			left = append(left, key)
		}
	}
	require.Empty(t, left, "never said")
}

func TestNoSentenceHasAHole(t *testing.T) {
	for lang, s := range speakers() {
		for key := range catalogue() {
			require.NotContains(t, s.in(lang).say(key, vals{}).plain(), "{", key)
		}
	}
	got := New(Config{}).Refusal(moderation.NewError(moderation.CodeVendorRoomGone), EN)
	require.Equal(t, "Tencent does not know this room. It has ended, or its id is written differently.", got.Text)
}
