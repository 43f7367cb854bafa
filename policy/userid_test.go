package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A pattern is anchored at both ends, whatever it contains, and the file takes precedence over the
// setting.
func TestUserIDPattern(t *testing.T) {
	const file = "roles: {m: [U1]}\nrules:\n  - {name: a, roles: [m], verbs: [kick]}\n"
	for _, p := range []*Policy{
		loadedWith(t, file+"user_id: 'u[0-9]+|guest_.*'\n", Options{UserID: "x"}),
		loadedWith(t, file, Options{UserID: "u[0-9]+|guest_.*"}),
	} {
		for id, want := range map[string]bool{"u1": true, "u12": true, "guest_": true, "guest_ada": true, "xu1": false, "u1:": false, "u1 u2": false, "": false, "au1": false, "u1a": false} {
			require.Equal(t, want, p.UserID().MatchString(id), id)
		}
	}
	require.Nil(t, loadedWith(t, file, Options{}).UserID())
	_, err := Load("p", []byte(file), Options{UserID: "("})
	require.ErrorContains(t, err, "USER_ID_PATTERN is not a regular expression")

	p, err := FromSettings([]string{"U1"}, nil, nil, Options{UserID: `it's\d+`})
	require.NoError(t, err)
	require.True(t, p.UserID().MatchString("it's7"))
	plain, err := FromLists([]string{"U1"}, nil, nil, 0)
	require.NoError(t, err)
	require.Nil(t, plain.UserID())
	require.NotEqual(t, plain.Hash(), p.Hash(), "another pattern is another policy")
	_, err = FromSettings([]string{"U1"}, nil, nil, Options{UserID: "("})
	require.Error(t, err)
}

func loadedWith(t *testing.T, text string, o Options) *Policy {
	t.Helper()
	p, err := Load("p.yaml", []byte(text), o)
	require.NoError(t, err)
	return p
}
