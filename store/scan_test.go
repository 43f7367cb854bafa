package store

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

type scanned struct {
	Kind  moderation.PostKind
	Flag  bool
	At    time.Time
	Never time.Time
	By    moderation.Actor
	Body  []byte
}

func (s *scanned) fields() []any {
	return []any{&s.Kind, &s.Flag, asTime(&s.At), asTime(&s.Never), asJSON(&s.By), &s.Body}
}

// Columns are scanned into domain types: named strings, flags, times and JSON. An invalid value is
// an error, never a zero value.
func TestScan(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "scan.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.ExecContext(t.Context(), `CREATE TABLE r (kind TEXT, flag BIGINT, at BIGINT, never BIGINT, by TEXT, body TEXT)`)
	require.NoError(t, err)
	read := func(query string) (out []scanned, err error) {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, tx.Rollback()) }()
		return rows(&rowVerifier{ctx: t.Context(), conn: tx, rebind: sqliteDialect{}.rebind, prepared: make(map[string]*sql.Stmt)}, query, nil, (*scanned).fields)
	}

	at := time.UnixMilli(1_700_000_000_123).UTC()
	by := moderation.Actor{User: "U1", Name: `Mei "M" <Lin>`}
	_, err = db.ExecContext(t.Context(), `INSERT INTO r VALUES (?, ?, ?, 0, ?, '{}'), ('card', 0, ?, 0, NULL, NULL)`,
		string(moderation.PostLine), flag(true), millis(at), asJSON(by), millis(at))
	require.NoError(t, err)
	got, err := read(`SELECT * FROM r`)
	require.NoError(t, err)
	require.Equal(t, []scanned{
		{Kind: moderation.PostLine, Flag: true, At: at, By: by, Body: []byte(`{}`)},
		{Kind: moderation.PostCard, At: at},
	}, got)

	for what, query := range map[string]string{
		"a flag that is none":     `SELECT kind, 2, at, never, by, body FROM r`,
		"a time that is text":     `SELECT kind, flag, 'x', never, by, body FROM r`,
		"no time":                 `SELECT kind, flag, NULL, never, by, body FROM r`,
		"empty JSON":              `SELECT kind, flag, at, never, '', body FROM r`,
		"JSON that is cut off":    `SELECT kind, flag, at, never, '{"user":', body FROM r`,
		"JSON of another type":    `SELECT kind, flag, at, never, '[]', body FROM r`,
		"JSON that is a number":   `SELECT kind, flag, at, never, 1, body FROM r`,
		"a row that is too short": `SELECT kind FROM r`,
	} {
		_, err := read(query)
		require.Error(t, err, what)
	}
	none, err := read(`SELECT * FROM r WHERE kind = 'none'`)
	require.NoError(t, err)
	require.Empty(t, none)
}
