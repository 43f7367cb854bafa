package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Manual changes of a database while no bot runs on it, for tests that simulate an attacker,
// damage, or passed time.

// Tamper runs a statement on a database and returns how many rows it changed.
func Tamper(tb testing.TB, url, statement string, args ...any) int {
	tb.Helper()
	db, err := openDatabase(url, false)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, db.Close()) }()
	r, err := db.exec(context.WithoutCancel(tb.Context()), statement, args...)
	require.NoError(tb, err, statement)
	n, err := r.RowsAffected()
	require.NoError(tb, err)
	return int(n)
}

// Forgeries returns statements by which an attacker changes what a case did. Verify must detect
// each. Each changes a row where case 1 acted on alice and bob with the reason "very loud" and
// case 2 failed.
func Forgeries() []string {
	return []string{
		`UPDATE calls SET request = replace(request, 'alice', 'carol')`,
		`UPDATE calls SET request_id = 'another'`,
		`UPDATE calls SET code = '0' WHERE case_no = 2`,
		`UPDATE calls SET message = 'fine' WHERE case_no = 2`,
		`UPDATE calls SET case_no = 1 WHERE case_no = 2`,
		`UPDATE calls SET api = 'trtc.RemoveUser'`,
		`UPDATE calls SET purpose = 'lift'`,
		`UPDATE calls SET class = 'accepted' WHERE case_no = 2`,
		`UPDATE calls SET at = at - 1`,
		`UPDATE calls SET answered_at = answered_at + 1 WHERE case_no = 1`,
		`UPDATE calls SET answered_at = 0 WHERE case_no = 1`,
		`DELETE FROM calls WHERE case_no = 2`,
		`UPDATE cases SET until_at = until_at + 1 WHERE no = 1`,
		`UPDATE cases SET done_at = done_at + 1 WHERE no = 1`,
		`UPDATE cases SET state = 'open' WHERE no = 1`,
		`UPDATE targets SET outcome = 'failed' WHERE target = 'alice'`,
		`UPDATE targets SET outcome = 'accepted' WHERE case_no = 2`,
		`UPDATE policies SET text = replace(text, 'S2LEADS', 'S1MODS')`,
		`UPDATE cases SET accepted = 1, failed = 0 WHERE no = 2`,
		`UPDATE cases SET action = replace(action, 'loud', 'rude')`,
		`UPDATE targets SET target = 'carol' WHERE target = 'alice'`,
		`UPDATE targets SET room = 'live:other' WHERE target = 'alice'`,
		`DELETE FROM cases WHERE no = 2`,
		`UPDATE cases SET app = app + 1 WHERE no = 1`,
		`UPDATE targets SET app = app + 1 WHERE target = 'alice'`,
		`UPDATE moves SET app = app - 1`,
		`UPDATE applied SET app = app + 1`,
	}
}

// CorruptCase makes case 1 unreadable.
func CorruptCase(tb testing.TB, url string) {
	require.Equal(tb, 1, Tamper(tb, url, `UPDATE cases SET action = '{' WHERE no = 1`))
}

// CorruptEnd makes the job that ends a restriction unreadable.
func CorruptEnd(tb testing.TB, url string) {
	require.Equal(tb, 1, Tamper(tb, url, `UPDATE jobs SET payload = '{' WHERE queue = 'lift'`))
}

// AgeCommands makes commands that have not begun older.
func AgeCommands(tb testing.TB, url string, by time.Duration) {
	require.NotZero(tb, Tamper(tb, url, `UPDATE jobs SET queued_at = queued_at - ?, due_at = due_at - ? WHERE kind = 'command'`, by.Milliseconds(), by.Milliseconds()))
}

// DigestDue makes all cases older, and the next digest due.
func DigestDue(tb testing.TB, url string, due time.Time, by time.Duration) {
	require.NotZero(tb, Tamper(tb, url, `UPDATE cases SET asked_at = asked_at - ?`, by.Milliseconds()))
	payload := `json_set(payload, '$.due', ?)`
	if strings.HasPrefix(url, "postgres") {
		payload = `jsonb_set(payload::jsonb, '{due}', to_jsonb(?::text))::text`
	}
	require.Equal(tb, 1, Tamper(tb, url, `UPDATE jobs SET key = 'digest:today', run_at = 1, payload = `+payload+` WHERE kind = 'digest'`,
		due.Format(time.RFC3339)))
}

// Multiply copies case 1 n times, each for another person. Case 1 must be the only one, and its
// end must be pending.
func Multiply(tb testing.TB, url string, n int) {
	tb.Helper()
	db, err := openDatabase(url, false)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, db.Close()) }()
	for table, changed := range map[string]map[string]string{
		"cases":   {"no": "no + i", "token": "token || i"},
		"targets": {"case_no": "case_no + i", "target": "target || i"},
		"moves":   {"generation": "generation + 10 * i", "case_no": "case_no + i", "target": "target || i"},
		"applied": {"target": "target || i"},
		"jobs":    {"id": "id + 1000 * i", "key": "key || i", "case_no": "case_no + i"},
	} {
		_, err := db.exec(tb.Context(), copying(tb, db, table, changed), n)
		require.NoError(tb, err, table)
	}
	_, err = db.exec(tb.Context(), "UPDATE counters SET value = value + 10 * ? WHERE name IN ('case', 'generation')", n)
	require.NoError(tb, err)
}

// copying returns the statement that copies case 1's rows of a table.
func copying(tb testing.TB, db *database, table string, changed map[string]string) string {
	tb.Helper()
	names := "SELECT name FROM pragma_table_info(?)"
	if db.postgres {
		names = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?"
	}
	rows, err := db.query(tb.Context(), names, table)
	require.NoError(tb, err)
	defer rows.Close() //nolint:errcheck // read to its end
	var columns, values []string
	for rows.Next() {
		var name string
		require.NoError(tb, rows.Scan(&name))
		value := name
		if v, ok := changed[name]; ok {
			value = v
		}
		columns, values = append(columns, name), append(values, value)
	}
	require.NoError(tb, rows.Err())
	own := "case_no = 1"
	switch table {
	case "cases":
		own = "no = 1"
	case "applied":
		own = "target = (SELECT target FROM targets WHERE case_no = 1)"
	case "jobs":
		own += " AND queue = 'lift' AND done_at IS NULL"
	}
	return fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO %s (%s) SELECT %s FROM %s, n WHERE %s",
		table, strings.Join(columns, ", "), strings.Join(values, ", "), table, own)
}

// ExpireDrafts makes all drafts expire.
func ExpireDrafts(tb testing.TB, url string) {
	require.NotZero(tb, Tamper(tb, url, `UPDATE drafts SET expires_at = 1`))
}

// ExpireLists sets the end of every list and saved search back in time. No bot may run.
func ExpireLists(tb testing.TB, url string) {
	tb.Helper()
	require.NotZero(tb, Tamper(tb, url, `UPDATE lists SET expires_at = 1`)+Tamper(tb, url, `UPDATE enquiries SET expires_at = 1`))
}
