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
	}, Excerpt(text, "gala-night"))
	require.Nil(t, Excerpt(text, "nobody"))
	require.Nil(t, Excerpt(text, ""))
	require.Nil(t, Excerpt("rules: [", "x"))
	require.Nil(t, Excerpt("", "x"))
	require.Nil(t, Excerpt("rules: 3", "x"))
	require.Equal(t, []string{"- {name: a, roles: [m], verbs: [all]}"}, Excerpt("rules:\n- {name: a, roles: [m], verbs: [all]}\n- {name: b}\n", "a"))
	require.Equal(t, []string{`- roles: [m]`, `  name: "a b"`}, Excerpt("rules:\n  - name: c\n\n  - roles: [m]\n    name: \"a b\" \n", "a b"))
	p, err := FromLists([]string{"U1"}, []string{"U2"}, nil, 0)
	require.NoError(t, err)
	require.Contains(t, Excerpt(p.Text(), "bans"), "  max_duration: 7d")
}
