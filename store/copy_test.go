package store_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// A bot continues on a copy as if nothing had happened.
func TestCopyToPostgres(t *testing.T) {
	t.Parallel()
	to := config(pgtest.URL(t))
	storetest.CopyTest(t, onSQLite(), onPostgres(pgtest.URL), func(dir string) string {
		from := config(filepath.Join(dir, "bouncer.db"))
		raw, err := os.ReadFile(from.URL)
		require.NoError(t, err)
		head, n, err := store.Copy(t.Context(), from, to)
		require.NoError(t, err)
		require.Equal(t, n, head.Number)
		now, err := os.ReadFile(from.URL)
		require.NoError(t, err)
		require.Equal(t, raw, now, "the source is not changed")
		_, _, err = store.Copy(t.Context(), from, to)
		require.ErrorContains(t, err, "the database is not empty")
		return to.URL
	})
}

// filled returns a SQLite database with a few entries.
func filled(t *testing.T) store.Config {
	t.Helper()
	c := config(filepath.Join(storetest.TempDir(t), "a.db"))
	s, err := store.New(t.Context(), c)
	require.NoError(t, err)
	for range 30 {
		entry(t, s, "one")
	}
	_, err = s.Seal(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return c
}

// No bot starts on an unfinished copy, and the next call finishes it.
func TestAnInterruptedCopyIsBegunAgain(t *testing.T) {
	from, to := filled(t), config(pgtest.URL(t))
	stopped, stop := context.WithCancel(t.Context())
	locked, err := sql.Open("pgx", to.URL)
	require.NoError(t, err)
	defer func() { require.NoError(t, locked.Close()) }()
	_, _, err = store.Migrate(t.Context(), to)
	require.NoError(t, err)
	// The copy waits for this transaction, after it has marked the database.
	other, err := locked.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), `LOCK TABLE jobs IN ACCESS SHARE MODE`)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, _, err := store.Copy(stopped, from, to)
		done <- err
	}()
	require.Eventually(t, func() bool {
		var n int
		err := locked.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pg_locks WHERE relation = 'jobs'::regclass AND NOT granted`).Scan(&n)
		return err == nil && n > 0
	}, time.Minute, 5*time.Millisecond)
	stop()
	require.Error(t, <-done)
	require.NoError(t, other.Rollback())

	for _, open := range []func(context.Context, store.Config) (*store.Store, error){store.New, store.OpenReadOnly} {
		_, err = open(t.Context(), to)
		require.ErrorContains(t, err, "a copy that was not finished: run bouncer store copy again")
	}
	_, n, err := store.Copy(t.Context(), from, to)
	require.NoError(t, err)
	require.Equal(t, int64(30), n)
	s, err := store.New(t.Context(), to)
	require.NoError(t, err)
	entry(t, s, "more")
	require.NoError(t, s.Close())
}

// A copy that was interrupted while it created the tables is begun again too.
func TestACopyInterruptedBeforeItsRows(t *testing.T) {
	t.Parallel()
	from, started, some := filled(t), config(pgtest.URL(t)), config(pgtest.URL(t))
	for _, to := range []store.Config{started, some} {
		_, _, err := store.Migrate(t.Context(), to)
		require.NoError(t, err)
	}
	older(t, some.URL)
	pgtest.Run(t, started.URL, `DO $$ DECLARE name text; BEGIN
		FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations' LOOP
			EXECUTE format('DROP TABLE %I', name);
		END LOOP;
		DELETE FROM migrations WHERE version_id > 0;
	END $$`)
	for _, to := range []store.Config{started, some} {
		_, n, err := store.Copy(t.Context(), from, to)
		require.NoError(t, err)
		require.Equal(t, int64(30), n)
	}
}

// A copy that does not verify is not used.
func TestACopyIsVerified(t *testing.T) {
	from, to := filled(t), config(pgtest.URL(t))
	storetest.Tamper(t, from.URL, `UPDATE bodies SET body = replace(body, 'one', 'two') WHERE entry_id = 7`)
	_, _, err := store.Copy(t.Context(), from, to)
	require.ErrorContains(t, err, "the copy is not valid: entry 7 does not match its body")
	_, err = store.New(t.Context(), to)
	require.ErrorContains(t, err, "a copy that was not finished")
}

// What cannot be copied is one sentence, without a password, and changes nothing.
func TestWrongCopies(t *testing.T) {
	t.Parallel()
	from, ctx := filled(t), t.Context()
	empty := pgtest.URL(t)
	foreign := pgtest.URL(t)
	storetest.Tamper(t, foreign, `CREATE TABLE things (a INT)`)
	used := pgtest.URL(t)
	s, err := store.New(ctx, config(used))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	secret, err := url.Parse(empty)
	require.NoError(t, err)
	secret.User = url.UserPassword("nobody", "hushhush")
	old := filled(t)
	older(t, old.URL)
	running := filled(t)
	bot, err := store.New(ctx, running)
	require.NoError(t, err)
	other := from
	other.App++
	for _, k := range []struct {
		from store.Config
		to   string
		why  string
	}{
		{from, foreign, "the database is not empty"},
		{from, used, "the database is not empty"},
		{from, from.URL, "FROM must be a SQLite file and TO a PostgreSQL database"},
		{config(empty), used, "FROM must be a SQLite file and TO a PostgreSQL database"},
		{config(from.URL + ".none"), empty, "FROM: "},
		{old, empty, "run bouncer migrate"},
		{running, empty, "is used by a running bot: stop it first"},
		{other, empty, "belongs to application"},
		{from, secret.String(), "DATABASE_URL: "},
	} {
		to := config(k.to)
		to.App = k.from.App
		_, _, err := store.Copy(ctx, k.from, to)
		require.ErrorContains(t, err, k.why)
		require.NotContains(t, err.Error(), "hushhush")
		require.NotContains(t, err.Error(), "\n")
	}
	require.NoError(t, bot.Close())
	_, n, err := store.Copy(ctx, from, config(empty))
	require.NoError(t, err, "still empty")
	require.Equal(t, int64(30), n)
}

// New rows of a copy get ids above the copied ones.
func TestIDsContinueOnACopy(t *testing.T) {
	from, to := filled(t), config(pgtest.URL(t))
	_, _, err := store.Copy(t.Context(), from, to)
	require.NoError(t, err)
	s, err := store.New(t.Context(), to)
	require.NoError(t, err)
	require.NoError(t, s.Append(t.Context(), moderation.Change{Entries: []moderation.NewEntry{{Case: 0, Kind: moderation.EntryNotice}}}))
	entries, err := s.Entries(t.Context(), 0, 30)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, int64(31), entries[0].ID)
	require.NoError(t, s.Close())
}

// A copy that was interrupted while it created the tables is one already: once they are there, no bot
// starts on it.
func TestACopyIsMarkedBeforeItHasAllTables(t *testing.T) {
	from, to := filled(t), config(pgtest.URL(t))
	pgtest.Run(t, to.URL, `CREATE TYPE approvals AS (n int)`) // in the way of the second migration
	_, _, err := store.Copy(t.Context(), from, to)
	require.ErrorContains(t, err, "approvals")
	pgtest.Run(t, to.URL, `DROP TYPE approvals`)
	_, err = store.New(t.Context(), to)
	require.ErrorContains(t, err, "run bouncer migrate")
	_, _, err = store.Migrate(t.Context(), to)
	require.NoError(t, err)
	_, err = store.New(t.Context(), to)
	require.ErrorContains(t, err, "a copy that was not finished: run bouncer store copy again")
	_, n, err := store.Copy(t.Context(), from, to)
	require.NoError(t, err)
	require.Equal(t, int64(30), n)
}
