package say

import (
	"go/constant"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// constants returns the values of all constants of a package that have a type, or
// whose name begins with a word: a new code without a sentence fails.
// They are those of the compiled package.
func constants(t *testing.T, path, typ string) (out []string) {
	t.Helper()
	for name, value := range constantsOf(t, path) {
		if value.Type().String() == path+"."+typ || value.Type().String() == "bouncer/moderation."+typ || strings.HasPrefix(name, typ) && value.Type() == types.Typ[types.UntypedString] {
			out = append(out, constant.StringVal(value.Val()))
		}
	}
	require.NotEmpty(t, out, typ)
	return out
}

var compiled = map[string]map[string]*types.Const{}

func constantsOf(t *testing.T, path string) map[string]*types.Const {
	t.Helper()
	if compiled[path] == nil {
		p, err := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
			list := []string{"list", "-export", "-f", "{{.Export}}"}
			if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
				list = append(list, "-race") // these packages are built already
			}
			file, err := exec.CommandContext(t.Context(), "go", append(list, path)...).Output()
			if err != nil {
				return nil, err
			}
			return os.Open(strings.TrimSpace(string(file)))
		}).Import(path)
		require.NoError(t, err)
		compiled[path] = map[string]*types.Const{}
		for _, name := range p.Scope().Names() {
			if c, ok := p.Scope().Lookup(name).(*types.Const); ok {
				compiled[path][name] = c
			}
		}
	}
	return compiled[path]
}

func TestEveryWordOfTheDomainHasASentence(t *testing.T) {
	const domain = "bouncer/moderation"
	has := func(key string) {
		t.Helper()
		for _, l := range Langs() {
			require.True(t, New(Config{}).in(l).has(key), "%s in %s", key, l)
		}
	}
	for typ, groups := range map[string][]string{
		"Verb": {"verb.", "what."}, "Kind": {"kind."}, "Medium": {"medium."}, "State": {"state."},
		"Outcome": {"outcome."}, "VendorClass": {"class."}, "Purpose": {"purpose."}, "EntryKind": {"entry."},
	} {
		for _, value := range constants(t, domain, typ) {
			if value == string(moderation.PurposeAct) { // goes without saying
				continue
			}
			for _, g := range groups {
				has(g + value)
			}
		}
	}
	for _, c := range constants(t, domain, "Code") {
		if kind, ok := strings.CutPrefix(c, "notice-"); ok {
			has("notice." + kind)
			continue
		}
		has("code." + c)
		if strings.HasPrefix(c, "refuse-") {
			has("short." + c)
		}
	}
	for _, o := range constants(t, domain, "Outcome") {
		if o != string(moderation.Pending) {
			has("stale." + o)
			has("answer." + o)
		}
	}
	for _, v := range moderation.Verbs() {
		if v.Effect == moderation.EffectRead {
			has("list." + string(v.Verb))
		}
	}
	for _, c := range constants(t, "bouncer/commands", "Code") {
		if _, ok := catalogue(EN)["code."+c]; !ok {
			has("mistake." + c)
		}
	}
	for _, h := range constants(t, "bouncer/tencent", "Hint") {
		if h != "other-kind" { // its sentence names the other room
			has("hint." + h)
		}
	}
	require.Len(t, entryRows, len(constants(t, domain, "EntryKind")), "a row for each kind of entry")
}

// source is a sentence as it is written in the file.
func (t template) source() (text string, names []string) {
	for _, p := range t {
		if p.name == "" {
			text += p.ours
			continue
		}
		text, names = text+"{"+p.name+"}", append(names, p.name)
	}
	slices.Sort(names)
	return text, slices.Compact(names)
}

func TestBothLanguagesHaveTheSameSentences(t *testing.T) {
	en, zh := catalogue(EN), catalogue(ZH)
	require.Equal(t, slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(zh)))
	for key := range en {
		english, names := en[key].other.source()
		chinese, same := zh[key].other.source()
		one, some := en[key].one.source()
		require.Nil(t, zh[key].one, "%s: Chinese has one form", key)
		require.Equal(t, names, same, key)
		for _, n := range some {
			require.Contains(t, names, n, key)
		}
		if en[key].one != nil {
			require.Contains(t, names, "n", "%s: one of what?", key)
			require.NotEqual(t, english, one, key)
		}
		if !slices.Contains([]string{"missing.trace", "missing.until", "missing.newer"}, key) { // a clause that may be left out
			require.NotEmpty(t, english, key)
			require.NotEmpty(t, chinese, key)
		}
		for _, s := range []string{english, one, chinese} {
			require.NotContains(t, s, "!", key)
			require.NotContains(t, s, "！", key)
			require.False(t, strings.ContainsAny(s, "*~`<"), key)
			require.NotRegexp(t, emojiCode, s, key)
			require.Equal(t, strings.Count(s, "{"), len(placeholder.FindAllString(s, -1)), key)
			require.NotRegexp(t, `(?i)\b(lease|envelope|outbox|job)s?\b`, s, key)
		}
		require.False(t, strings.ContainsFunc(english+one, func(r rune) bool { return unicode.Is(unicode.Han, r) }), key)
		// Chinese in Chinese: the same text in both is a name, a unit or a form.
		if english == chinese && regexp.MustCompile(`[a-z]{3}`).MatchString(placeholder.ReplaceAllString(english, "")) {
			require.Contains(t, []string{"thread.reqid", "thread.bot", "actor.system"}, key)
		}
	}
}

// A catalogue with a mistake in it is refused, whichever it is.
func TestACatalogueIsReadStrictly(t *testing.T) {
	good, err := parseCatalogue([]byte("a:\n  x.y: \"Hello, {n}.\"\n  z: {one: \"one\", other: \"{n}\"}\nmissing:\n  n: \"some\""))
	require.NoError(t, err)
	sp := &speech{Speaker: New(Config{}), says: func() map[string]sentence { return good }}
	require.Equal(t, "Hello, some.", sp.own("a.x.y", nil))
	require.Equal(t, []string{"one", "2", "some"}, []string{sp.own("a.z", vals{"n": 1}), sp.own("a.z", vals{"n": 2}), sp.own("a.z", nil)})
	for _, text := range []string{
		"a:\n  x: \"1\"\n  x: \"2\"", "a:\n  x: \"1\"\na:\n  y: \"2\"", "a:\n  x: {one: \"1\", others: \"2\"}", "a:\n  x: {one: \"1\"}",
		"a:\n  x: {other: \"1\"}", "a:\n  x: [\"1\"]", "a: \"1\"", "- a", "a:\n  x: \"{N}\"", "a:\n  x: \"{n\"",
	} {
		_, err := parseCatalogue([]byte(text))
		assert.Error(t, err, text)
	}
}

// Every sentence is said by some message, no message says one that is not there,
// and each value that a sentence has a place for is supplied.
func TestEverySentenceIsSaid(t *testing.T) {
	said, supplied := map[string]bool{}, map[string]map[string]bool{}
	for lang, s := range speakers() {
		examples := map[string]vals{}
		s.onSay = func(l Lang, key string, v vals) {
			said[key] = true
			if supplied[key] == nil {
				supplied[key] = map[string]bool{}
			}
			for name, x := range v {
				if _, ok := value(x); ok {
					supplied[key][name] = true
				}
			}
			if l == lang && len(v) >= len(examples[key]) {
				examples[key] = v
			}
		}
		calm().everything(t, s, lang)
		s.onSay = nil
		writeSheet(t, s, lang, examples)
	}
	none := map[string]bool{} // the words for a missing value
	for _, key := range slices.Sorted(maps.Keys(catalogue(EN))) {
		name, missing := strings.CutPrefix(key, "missing.")
		if missing {
			none[name] = true
		} else {
			assert.True(t, said[key], "%s is never said", key)
		}
		_, names := catalogue(EN)[key].other.source()
		for _, name := range names {
			assert.True(t, supplied[key][name], "%s: nothing supplies {%s}", key, name)
		}
	}
	for key := range said {
		assert.True(t, New(Config{}).in(EN).has(key), "%s is said, and is not there", key)
		_, names := catalogue(EN)[key].other.source()
		for _, name := range names {
			delete(none, name)
		}
	}
	for name := range none {
		assert.True(t, said["missing."+name], "missing.%s is for no value", name)
	}
}

func TestNoSentenceHasAHole(t *testing.T) {
	for lang, s := range speakers() {
		for key := range catalogue(lang) {
			require.NotContains(t, s.in(lang).say(key, vals{}).plain(), "{", key)
		}
	}
	got := New(Config{}).Refusal(moderation.NewError(moderation.CodeVendorRoomGone), EN)
	require.Equal(t, "Tencent doesn’t know this room. It has ended, or its id is different.", got.Text)
}
