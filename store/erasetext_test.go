package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whole words only, and no room, case or other person.
func TestScrub(t *testing.T) {
	for _, c := range []struct{ id, text, want string }{
		{"mal", "mal, malice and mal.", "X, malice and X."},
		{"mal", "mal's mal-2 mal.b b.mal @mal (mal)", "X's mal-2 mal.b b.mal @X (X)"},
		{"431", "kick room:431 431 see #431", "kick room:431 X see #431"},
		{"abc", "ban chat:@TGS#abc abc", "ban chat:@TGS#abc X"},
		{"a b", `"a b", a, b`, `"X", a, b`},
		{"坏人", "坏人 说坏人们", "X 说坏人们"},
		{"x!", "x! xx!", "X xx!"},
		{"u", "", ""},
	} {
		require.Equal(t, c.want, scrub{id: c.id, marker: "X"}.text(c.text), "%s in %s", c.id, c.text)
	}
	for _, c := range []struct {
		id, raw, want string
		slack, whole  bool
	}{
		{id: "ban", raw: `{"verb":"ban","targets":["ban","ban.2"],"reason":"ban it"}`, want: `{"reason":"X it","targets":["X","ban.2"],"verb":"ban"}`},
		{id: "431", raw: `{"values":{"case":"431","user":"431"},"room":{"kind":"room","id":"431"},"n":431}`, want: `{"n":431,"room":{"kind":"room","id":"431"},"values":{"case":"431","user":"X"}}`},
		{id: "U1", raw: `{"actor":{"kind":"person","user":"U1","name":"U1"}}`, want: `{"actor":{"kind":"person","user":"U1","name":"U1"}}`},
		{id: "U1", slack: true, raw: `{"actor":{"kind":"person","user":"U1","name":"Mei","locale":"en","team":"T1"}}`, want: `{"actor":{"kind":"person","team":"T1","user":"X"}}`},
		{id: "U1", slack: true, raw: `{"votes":[{"By":{"kind":"person","user":"U2","enterprise_user":"U1","name":"Mei"}}],"text":"<@U1> and U12"}`, want: `{"votes":[{"By":{"kind":"person","user":"X"}}],"text":"<@X> and U12"}`},
		{id: "a", whole: true, raw: `{"typed":"kick room:1 b","detail":"","targets":["b"]}`, want: `{"typed":"[erased]","detail":"","targets":["b"]}`},
		{id: "a&b", raw: `{"targets":["a\u0026b"]}`, want: `{"targets":["X"]}`},
		{id: "a", raw: `{"b":1}`, want: `{"b":1}`},
	} {
		got, err := scrub{id: c.id, marker: "X", slack: c.slack}.json(c.raw, c.whole)
		require.NoError(t, err)
		require.JSONEq(t, c.want, got, c.raw)
	}
	_, err := scrub{id: "a", marker: "X"}.json(`{"a`, false)
	require.Error(t, err)
}
