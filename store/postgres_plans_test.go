package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"bouncer/store"
	"bouncer/store/pgtest"

	"github.com/stretchr/testify/require"
)

// What looks for rows that are no longer needed reads no whole table: after some uses of a prepared
// statement the server plans without knowing that nothing is due.
func TestTidyingReadsNoWholeTable(t *testing.T) {
	url := pgtest.URL(t)
	s, err := store.New(t.Context(), store.Config{URL: url, App: 1400000001, Team: "T1"})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	pgtest.Run(t, url, `INSERT INTO jobs (id, app, team, queue, key, kind, case_no, payload, reply_url, attempt, leased, queued_at, due_at, run_at, done_at)
		SELECT n, 1400000001, 'T1', 'command', 'k' || n, 'press', 0, '', '', 1, 0, n, 0, 0, n FROM generate_series(1, 20000) AS n`)
	pgtest.Run(t, url, `ANALYZE`)
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	_, err = conn.ExecContext(t.Context(), `SET plan_cache_mode = force_generic_plan`)
	require.NoError(t, err)
	for _, look := range store.TidyLooks() {
		_, err := conn.ExecContext(t.Context(), `PREPARE look AS `+strings.ReplaceAll(look, "?", "$1"))
		require.NoError(t, err, look)
		require.NotContains(t, plan(t, conn), "Seq Scan on jobs", look)
		_, err = conn.ExecContext(t.Context(), `DEALLOCATE look`)
		require.NoError(t, err)
	}
}

// plan returns the plan of the prepared statement look.
func plan(t *testing.T, conn *sql.Conn) (text string) {
	t.Helper()
	rows, err := conn.QueryContext(t.Context(), `EXPLAIN EXECUTE look(0)`)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		text += line + "\n"
	}
	require.NoError(t, rows.Err())
	return text
}
