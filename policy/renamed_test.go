package policy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Old names mean the same as the new ones and cause a warning; both in one file are an error.
func TestOldNames(t *testing.T) {
	const now = `roles: {mods: [U1]}
rules:
  - {name: a, roles: [mods], verbs: [restrict, lift]}
people_limit: [{people: 5, within: 1h, then: refuse, verbs: [restrict]}]
`
	old := strings.NewReplacer("people_limit", "brake", "restrict", "bind", "lift", "free").Replace(now)
	want, err := Load("p.yaml", []byte(now), Options{})
	require.NoError(t, err)
	require.Empty(t, want.Warnings())
	got, err := Load("p.yaml", []byte(old), Options{})
	require.NoError(t, err)
	require.Equal(t, []string{
		`line 3: "bind" is now "restrict"; the old name works in this release only`,
		`line 4: "brake" is now "people_limit"; the old name works in this release only`,
		`line 3: "free" is now "lift"; the old name works in this release only`,
	}, got.Warnings())
	require.Equal(t, want.rules[0].verbs, got.rules[0].verbs)
	require.Equal(t, want.limits, got.limits)

	for name, c := range map[string]struct{ text, want string }{
		"key":        {now + "brake: off\n", `p.yaml:5:1: "brake" is the old name of "people_limit": use only "people_limit"`},
		"verb class": {strings.Replace(now, "restrict", "bind", 1), `p.yaml:3:38: "bind" is the old name of "restrict": use only "restrict"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load("p.yaml", []byte(c.text), Options{})
			require.EqualError(t, err, c.want)
		})
	}
}
