package policy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheLinesOfARule(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "example.yaml"))
	require.NoError(t, err)
	text := string(raw)
	require.Equal(t, []string{
		"- name: gala-night", "  roles: [moderators]", "  verbs: [freeze]", `  rooms: [gala, "gala-*", "live:show*"]`, "  channels: [C0GALA]", "  max_duration: 30m",
	}, RuleText(text, "gala-night"))
	require.Nil(t, RuleText(text, "nobody"))
	require.Nil(t, RuleText(text, ""))
	require.Nil(t, RuleText("rules: [", "x"))
	require.Nil(t, RuleText("", "x"))
	require.Nil(t, RuleText("rules: 3", "x"))
	require.Equal(t, []string{"- {name: a, roles: [m], verbs: [all]}"}, RuleText("rules:\n- {name: a, roles: [m], verbs: [all]}\n- {name: b}\n", "a"))
	require.Equal(t, []string{`- roles: [m]`, `  name: "a b"`}, RuleText("rules:\n  - name: c\n\n  - roles: [m]\n    name: \"a b\" \n", "a b"))
	p, err := FromLists([]string{"U1"}, []string{"U2"}, nil, 0)
	require.NoError(t, err)
	require.Contains(t, RuleText(p.Text(), "bans"), "  max_duration: 7d")
}
