package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"bouncer/bot"
	"bouncer/sandbox/slackd"
)

// manifest is what the checks below read of manifest.yaml.
type manifest struct {
	Metadata struct {
		Major int `yaml:"major_version"`
	} `yaml:"_metadata"`
	Display struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
		Color       string `yaml:"background_color"`
	} `yaml:"display_information"`
	Features struct {
		Home struct {
			Home     bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
			ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		Bot struct {
			Name   string `yaml:"display_name"`
			Always bool   `yaml:"always_online"`
		} `yaml:"bot_user"`
		Commands []struct {
			Command     string `yaml:"command"`
			Description string `yaml:"description"`
			Hint        string `yaml:"usage_hint"`
			Escape      bool   `yaml:"should_escape"`
		} `yaml:"slash_commands"`
		Shortcuts []struct {
			Name        string `yaml:"name"`
			Type        string `yaml:"type"`
			Callback    string `yaml:"callback_id"`
			Description string `yaml:"description"`
		} `yaml:"shortcuts"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			On bool `yaml:"is_enabled"`
		} `yaml:"interactivity"`
		Org      bool `yaml:"org_deploy_enabled"`
		Socket   bool `yaml:"socket_mode_enabled"`
		Rotation bool `yaml:"token_rotation_enabled"`
	} `yaml:"settings"`
}

// readManifest decodes it strictly: unknown keys are errors.
func readManifest(t *testing.T) manifest {
	t.Helper()
	raw, err := os.ReadFile("../../manifest.yaml")
	require.NoError(t, err)
	var m manifest
	require.NoError(t, yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(&m))
	return m
}

// schemaPath finds Slack's schema beside the checkout; empty where it is not.
func schemaPath(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "go.mod"))
	shared := filepath.Join(root, "..", "shared")
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	path := filepath.Join(shared, "data", "slack-manifest.schema.2.0.0.json")
	if os.Getenv("CI") != "" {
		require.FileExists(t, path)
	}
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// Slack's own schema accepts the manifest, and rejects a wrong one.
func TestManifestFitsSlacksSchema(t *testing.T) {
	path := schemaPath(t)
	if path == "" {
		t.Log("Slack's manifest schema is not beside this checkout: the manifest is not held against it here")
		return
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(ecma)
	schema, err := c.Compile(path)
	require.NoError(t, err)
	raw, err := os.ReadFile("../../manifest.yaml")
	require.NoError(t, err)
	require.NoError(t, schema.Validate(asJSON(t, raw)))

	for name, change := range map[string][2]string{
		"a key that Slack does not know":  {"should_escape:", "should_escpae:"},
		"a command without its slash":     {"command: /mod", "command: mod"},
		"a name that is too long":         {"name: Bouncer\n  description", "name: Bouncer, who watches the door of every room\n  description"},
		"a scope that is no text":         {"- im:write", "- 7"},
		"a kind of shortcut that is none": {"type: message", "type: channel"},
	} {
		wrong := bytes.Replace(raw, []byte(change[0]), []byte(change[1]), 1)
		require.NotEqual(t, raw, wrong, name)
		require.Error(t, schema.Validate(asJSON(t, wrong)), name)
	}
}

// noDotFirst is the one construct in the schema that Go's expressions lack.
const noDotFirst = `^(?![\.\-])`

// undotted is an expression behind noDotFirst.
type undotted struct{ *regexp.Regexp }

func (u undotted) MatchString(s string) bool {
	return !strings.HasPrefix(s, ".") && !strings.HasPrefix(s, "-") && u.Regexp.MatchString(s)
}

// ecma reads the schema's expressions, which are JavaScript's.
func ecma(expr string) (jsonschema.Regexp, error) {
	rest, found := strings.CutPrefix(expr, noDotFirst)
	if !found {
		return regexp.Compile(expr)
	}
	re, err := regexp.Compile("^" + rest)
	return undotted{re}, err
}

// asJSON converts YAML to what the schema library expects.
func asJSON(t *testing.T, raw []byte) any {
	t.Helper()
	text, err := yaml.YAMLToJSON(raw)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return v
}

// The least scopes: what cannot be done without, and what is useful; each with
// its reason in README, which names no other.
func TestManifestScopes(t *testing.T) {
	want := slices.Clone(needed)
	for s := range useful {
		want = append(want, s)
	}
	have := readManifest(t).OAuth.Scopes.Bot
	require.ElementsMatch(t, want, have)

	var listed []string
	for _, row := range table(t, "### Slack scopes") {
		require.Len(t, row, 2, "%v", row)
		require.Greater(t, len(row[1]), 10, "the reason of %s", row[0])
		for _, m := range quoted.FindAllStringSubmatch(row[0], -1) {
			listed = append(listed, m[1])
		}
	}
	require.ElementsMatch(t, have, listed)
}

// Every subscribed event is handled, because an unknown event is reported as
// undecodable; the events that rights depend on are subscribed; and the scope
// of each event is present.
func TestManifestEvents(t *testing.T) {
	m := readManifest(t)
	events, handled := m.Settings.Events.Bot, bot.Events()
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(events))), len(events), "none twice")
	require.Subset(t, handled, events)
	for _, e := range handled {
		if e != "channel_rename" && e != "group_rename" { // only a name, which is read again within a minute
			require.Contains(t, events, e, "handled, but never sent")
		}
	}
	scopes := map[string]string{
		"user_change": "users:read", "subteam_members_changed": "usergroups:read", "subteam_updated": "usergroups:read",
		"channel_shared": "channels:read", "channel_unshared": "channels:read", "channel_archive": "channels:read",
		"channel_unarchive": "channels:read", "channel_left": "channels:read", "member_joined_channel": "channels:read",
		"group_archive": "groups:read", "group_unarchive": "groups:read", "group_left": "groups:read",
		"channel_rename": "channels:read", "group_rename": "groups:read",
	}
	for _, e := range slices.DeleteFunc(events, func(e string) bool { return e == "app_home_opened" }) { // which needs none
		require.Contains(t, scopes, e)
		require.Contains(t, m.OAuth.Scopes.Bot, scopes[e], "for %s", e)
	}
}

// What Slack documents about manifests, for a clone without the schema.
func TestManifestByItself(t *testing.T) {
	m := readManifest(t)
	within := func(what, text string, most int) {
		require.NotEmpty(t, text, what)
		require.LessOrEqual(t, utf8.RuneCountInString(text), most, what)
	}
	require.Equal(t, 2, m.Metadata.Major)
	within("name", m.Display.Name, 35)
	within("description", m.Display.Description, 140)
	require.Regexp(t, regexp.MustCompile(`^#[0-9a-f]{6}$`), m.Display.Color)
	within("display_name", m.Features.Bot.Name, 80)
	require.True(t, m.Features.Bot.Always)

	require.Len(t, m.Features.Commands, 1)
	c := m.Features.Commands[0]
	require.Equal(t, settingsOf(nil).Command, c.Command, "the command is the default of SLACK_COMMAND")
	within("command", c.Command, 32)
	within("command's description", c.Description, 2000)
	within("usage_hint", c.Hint, 1000)
	require.True(t, c.Escape, "people and channels arrive as ids, not as names that anybody can take")

	var shortcuts []slackd.Shortcut
	for _, s := range m.Features.Shortcuts {
		require.Contains(t, []string{"message", "global"}, s.Type)
		within("shortcut's name", s.Name, 24)
		within("shortcut's description", s.Description, 150)
		within("shortcut's callback_id", s.Callback, 255)
		shortcuts = append(shortcuts, slackd.Shortcut{Name: s.Name, CallbackID: s.Callback, Description: s.Description, Global: s.Type == "global"})
	}
	require.Equal(t, slackd.DefaultShortcuts(), shortcuts, "what is played is what is installed")

	require.Equal(t, slackd.DefaultAppHome(), slackd.AppHome{
		HomeTab: m.Features.Home.Home, MessagesTab: m.Features.Home.Messages, ReadOnly: m.Features.Home.ReadOnly,
	}, "what is played is what is installed")
	require.True(t, m.Features.Home.Messages, "people are written to directly")
	require.ElementsMatch(t, slackd.DefaultScopes(), m.OAuth.Scopes.Bot, "what is played is what is installed")
	require.ElementsMatch(t, slackd.DefaultEvents(), m.Settings.Events.Bot, "what is played is what is installed")

	require.True(t, m.Settings.Socket)
	require.True(t, m.Settings.Interactivity.On, "buttons, modals and shortcuts")
	require.False(t, m.Settings.Rotation, "a rotating token would expire under the bot")
	require.False(t, m.Settings.Org)
	require.LessOrEqual(t, len(m.Settings.Events.Bot), 100)
	require.LessOrEqual(t, len(m.OAuth.Scopes.Bot), 255)
	for _, s := range slices.Concat(m.Settings.Events.Bot, m.OAuth.Scopes.Bot) {
		within("scope or event", s, 50)
	}
	// It can be pasted as JSON too.
	raw, err := os.ReadFile("../../manifest.yaml")
	require.NoError(t, err)
	text, err := yaml.YAMLToJSON(raw)
	require.NoError(t, err)
	require.True(t, json.Valid(text))
}
