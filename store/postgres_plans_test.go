package store_test

import (
	"database/sql"
	"strconv"
	"strings"
	"testing"
	"time"

	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

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

// A statement is planned when its table is empty, and nothing of it is known before the server analyses
// it: a plan that then reads all rows of a room or all open cases makes each command slower than the
// one before.
func TestACommandReadsNoMoreRowsTheMoreThereAre(t *testing.T) {
	t.Parallel()
	empty := pgtest.URL(t)
	_, _, err := store.Migrate(t.Context(), store.Config{URL: empty, App: 1})
	require.NoError(t, err)
	pgtest.Run(t, empty, `DO $$ DECLARE r regclass; BEGIN
		FOR r IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
			EXECUTE 'ALTER TABLE ' || r || ' SET (autovacuum_enabled = false)';
		END LOOP; END $$`)
	perCommand := func(n int) float64 {
		url := pgtest.Copy(t, empty)
		t.Run(strconv.Itoa(n), func(t *testing.T) { storetest.Work(t, onPostgres(func(testing.TB) string { return url }), n) })
		return float64(rowsRead(t, url)) / float64(n)
	}
	few, many := perCommand(20), perCommand(120)
	require.Less(t, many, 1.2*few, "rows read for a command")
}

// rowsRead returns how many rows the connections to a database have read by now, once all are closed.
func rowsRead(t *testing.T, url string) (n int64) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.Eventually(t, func() bool { // a server's process counts at its end what it read
		var others int
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&others))
		return others == 0
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT SUM(seq_tup_read + COALESCE(idx_tup_fetch, 0)) FROM pg_stat_user_tables
		WHERE relname <> 'acted'`).Scan(&n)) // the actions of a moderator that count against a limit
	return n
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
