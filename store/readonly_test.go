package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// A database is read beside the process that runs on it: nothing is locked or changed, and
// committed rows are visible at once.
func TestReadOnlyBesideARunningProcess(t *testing.T) {
	c := store.Config{URL: filepath.Join(storetest.TempDir(t), "b.db"), App: 1400000001, Team: "T1"}
	runs, err := store.New(t.Context(), c)
	require.NoError(t, err)
	defer func() { require.NoError(t, runs.Close()) }()
	reads, err := store.OpenReadOnly(t.Context(), c)
	require.NoError(t, err)
	defer func() { require.NoError(t, reads.Close()) }()
	mine, _ := runs.Database()
	id, _ := reads.Database()
	require.Equal(t, mine, id)

	note := moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice}}}
	require.NoError(t, runs.Append(t.Context(), note))
	n, err := reads.Unsealed(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = runs.Seal(t.Context())
	require.NoError(t, err)
	sealed, err := reads.Verify(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, sealed)

	require.ErrorIs(t, reads.Append(t.Context(), note), store.ErrReadOnly)
	_, err = reads.Seal(t.Context())
	require.ErrorIs(t, err, store.ErrReadOnly)
	reads.Accept(moderation.Delivery{Key: "k"}, func(_ bool, err error) { require.Error(t, err) })
	require.NoError(t, runs.Append(t.Context(), note))
}

// A file that is not our database, or is of another version or application, is refused.
func TestReadOnlyRefusals(t *testing.T) {
	c := store.Config{URL: filepath.Join(storetest.TempDir(t), "b.db"), App: 1400000001}
	_, err := store.OpenReadOnly(t.Context(), c)
	require.ErrorContains(t, err, "no database")
	s, err := store.New(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	other := c
	other.App = 2
	_, err = store.OpenReadOnly(t.Context(), other)
	require.ErrorContains(t, err, "belongs to application 1400000001")

	db, err := sql.Open("sqlite", c.URL)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	for version, want := range map[int]string{-1: "older version", 999: "newer version"} {
		_, err = db.ExecContext(context.Background(), `UPDATE migrations SET version_id = ? WHERE id = (SELECT MAX(id) FROM migrations)`, version)
		require.NoError(t, err)
		_, err = store.OpenReadOnly(t.Context(), c)
		require.ErrorContains(t, err, want)
	}
}

// Cases since a time come in the order in which they were requested, with their targets.
func TestEachCaseSince(t *testing.T) {
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	c := store.Config{URL: filepath.Join(storetest.TempDir(t), "b.db"), App: 1400000001, Now: func() time.Time { return now }}
	s, err := store.New(t.Context(), c)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for i, ago := range []time.Duration{3 * time.Hour, time.Minute, time.Hour} {
		fresh := make(chan error, 1)
		s.Accept(moderation.Delivery{Key: string(rune('a' + i)), Kind: "command", Payload: []byte("{}")}, func(_ bool, err error) { fresh <- err })
		require.NoError(t, <-fresh)
		jobs, err := s.Claim(t.Context(), moderation.QueueCommand, 1)
		require.NoError(t, err)
		_, err = s.OpenCase(t.Context(), jobs[0], moderation.NewCase{
			Case:    moderation.Case{Token: string(rune('a' + i)), Action: moderation.Action{Verb: moderation.Kick}, AskedAt: now.Add(-ago)},
			Targets: []moderation.Target{{Seq: 1, ID: "z" + string(rune('a'+i))}, {Seq: 2, ID: "b"}},
		})
		require.NoError(t, err)
	}
	var nos []int64
	require.NoError(t, s.EachCaseSince(t.Context(), now.Add(-time.Hour), func(c moderation.Case) error {
		nos = append(nos, c.No)
		require.Equal(t, []string{"z" + string(rune('a'+c.No-1)), "b"}, c.Action.Targets)
		return nil
	}))
	require.Equal(t, []int64{3, 2}, nos)
	require.ErrorIs(t, s.EachCaseSince(t.Context(), now.Add(-time.Hour), func(moderation.Case) error { return store.ErrClosed }), store.ErrClosed)
}

// A database whose tables were created before any bot ran has nothing to verify.
func TestADatabaseWithoutALogSaysSo(t *testing.T) {
	c := config(pgtest.URL(t))
	_, _, err := store.Migrate(t.Context(), c)
	require.NoError(t, err)
	_, err = store.OpenReadOnly(t.Context(), c)
	require.ErrorContains(t, err, "no bot has used this database yet")
}
