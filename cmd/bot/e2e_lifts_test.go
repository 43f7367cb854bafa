package main

import (
	"database/sql"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// A hundred thousand timed actions wait for their ends, and one that falls due
// now ends at its time all the same.
func TestAHundredThousandLiftsPending(t *testing.T) {
	t.Parallel()
	const pending = 100_000
	s := newStage(t, unlimited, func(_ *slackd.Config, c *tencentd.Config) { c.Limits.Cloud = -1 })
	s.shipped()
	s.asksNobody()
	s.start()
	s.connected(2)
	s.say(mod, "mute room:10006 alice 30d")
	s.await("muted", patience, func() bool { return s.outcomes("accepted") == 1 })
	s.idle(patience)
	require.NoError(t, s.stop())
	s.many(pending - 1)

	s.start()
	s.connected(2)
	s.await("all of them counted", patience, func() bool {
		n, _ := strconv.ParseFloat(s.metric("bouncer_lifts_pending"), 64)
		return n == pending
	})
	s.say(mod, "mute room:10006 bob 2s")
	s.await("muted", patience, func() bool { return s.muted("10006", "bob") })
	s.await("ended", patience, func() bool { return !s.muted("10006", "bob") })
	require.True(t, s.muted("10006", "alice"), "one that is not due was ended")
	require.Equal(t, "0", s.metric("bouncer_lifts_overdue"))
}

// A lift that fails for a reason of our own, here a row that cannot be read, is
// told like one that Tencent refuses.
func TestALiftThatFailsHereRaisesTheAlarm(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"the case": "update cases set action = '{' where no = 1",
		"the job":  "update jobs set payload = '{' where kind = 'lift'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := began(t, unlimited)
			s.say(mod, "mute room:10006 alice 4s")
			s.await("muted", patience, func() bool { return s.outcomes("accepted") == 1 })
			require.NoError(t, s.stop())
			db, err := sql.Open("sqlite", s.env["DATABASE_URL"])
			require.NoError(t, err)
			_, err = db.ExecContext(t.Context(), spoil)
			require.NoError(t, err)
			require.NoError(t, db.Close())
			s.start()
			s.connected(2)
			s.message(auditRoom, "⏰", "it fails here and not at Tencent")
			s.await("counted", patience, func() bool { return s.metric("bouncer_lifts_overdue") != "0" })
		})
	}
}

// many gives a bot that is not running n more cases that are case 1 over again,
// each on a person of its own.
func (s *stage) many(n int) {
	s.tb.Helper()
	db, err := sql.Open("sqlite", s.env["DATABASE_URL"])
	require.NoError(s.tb, err)
	defer db.Close() //nolint:errcheck // written by then
	copies := map[string]map[string]string{
		"cases":    {"no": "no + i", "token": "token || i"},
		"targets":  {"case_no": "case_no + i", "target": "target || i"},
		"moves":    {"generation": "generation + 10 * i", "case_no": "case_no + i", "target": "target || i"},
		"standing": {"generation": "generation + 10 * i", "case_no": "case_no + i", "target": "target || i"},
		"jobs":     {"id": "id + 1000 * i", "key": "key || i", "case_no": "case_no + i"},
	}
	for table, changed := range copies {
		_, err := db.ExecContext(s.tb.Context(), s.copying(db, table, changed), n)
		require.NoError(s.tb, err, table)
	}
	_, err = db.ExecContext(s.tb.Context(), "update counters set value = value + 10 * ? where name in ('case', 'generation')", n)
	require.NoError(s.tb, err)
}

// copying is the statement that copies what case 1 has in a table.
func (s *stage) copying(db *sql.DB, table string, changed map[string]string) string {
	s.tb.Helper()
	rows, err := db.QueryContext(s.tb.Context(), "select name from pragma_table_info(?)", table)
	require.NoError(s.tb, err)
	defer rows.Close() //nolint:errcheck // read to its end
	columns, values := "", ""
	for rows.Next() {
		var name string
		require.NoError(s.tb, rows.Scan(&name))
		value := name
		if v, ok := changed[name]; ok {
			value = v
		}
		columns += ", " + name
		values += ", " + value
	}
	require.NoError(s.tb, rows.Err())
	own := "case_no = 1"
	switch table {
	case "cases":
		own = "no = 1"
	case "jobs":
		own += " and kind = 'lift' and done_at is null"
	}
	return fmt.Sprintf("with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) insert into %s (%s) select %s from %s, n where %s",
		table, columns[2:], values[2:], table, own)
}
