package saytest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeysAreThoseThatWereShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "en.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`
a:
  ban: "ban"
  close: "Close"
  ended: {one: "1 ban ended", other: "{n} bans ended"}
  until: "until {at}"
  by: "Requested by {person}, {at}"
  never: "Ask {person}"
  bare: "{what}, {at}"
  number: "Write {piece}s or {piece}m"
b:
  close: "close"
`), 0o600))
	c, err := Read(file)
	require.NoError(t, err)
	require.NotContains(t, c.Keys(), "a.bare", "it has no words of its own")
	for _, row := range []struct {
		json string
		want []string
	}{
		{`"2,000 bans ended"`, []string{"a.ended"}},
		{`"1 ban ended"`, []string{"a.ended"}}, // its words are not those of the verb
		{`"1 ban ended: ban troll7"`, []string{"a.ban", "a.ended"}},
		{`"banned"`, nil},
		{`[{"type": "button", "text": {"type": "plain_text", "text": "Close"}}]`, []string{"a.close", "b.close"}},
		{`[{"type": "button", "value": "Close"}]`, nil}, // no person sees it
		{`{"type": "rich_text_section", "elements": [{"type": "text", "text": "Requested by "}, {"type": "user", "user_id": "U1"}, {"type": "text", "text": ", "}, {"type": "date", "fallback": "noon"}]}`, []string{"a.by"}},
		{"Write 30s or 30m", []string{"a.number"}},
		{"until 12:00", []string{"a.until"}},
	} {
		var s Shown
		s.AddJSON(row.json)
		require.Equal(t, row.want, s.Keys(c), row.json)
	}
}

func TestReadRefusesWhatIsNoCatalogue(t *testing.T) {
	_, err := Read(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	file := filepath.Join(t.TempDir(), "en.yaml")
	require.NoError(t, os.WriteFile(file, []byte("- a"), 0o600))
	_, err = Read(file)
	require.ErrorContains(t, err, file)
}
