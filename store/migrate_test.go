package store_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// older takes a database back to the version before the newest, and returns that.
func older(t *testing.T, url string) int64 {
	t.Helper()
	at, err := store.MigrateDown(t.Context(), config(url))
	require.NoError(t, err)
	return at
}

// During a rolling restart the older version still runs on PostgreSQL: a start of the newer one
// changes no table, and says what does.
func TestOnlyMigrateUpgradesPostgres(t *testing.T) {
	c, ctx := config(pgtest.URL(t)), t.Context()
	from, newest, err := store.Migrate(ctx, c)
	require.NoError(t, err)
	require.Zero(t, from, "an empty database")
	before := older(t, c.URL)
	require.Less(t, before, newest)
	for range 2 { // the first changed nothing
		_, err = store.New(ctx, c)
		require.ErrorContains(t, err, fmt.Sprintf("its tables are at %d, this one needs %d): run bouncer migrate", before, newest))
		_, err = store.OpenReadOnly(ctx, c)
		require.ErrorIs(t, err, store.ErrOlder)
	}
	from, to, err := store.Migrate(ctx, c)
	require.NoError(t, err)
	require.Equal(t, []int64{before, newest}, []int64{from, to})
	s, err := store.New(ctx, c)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	c.App++
	_, _, err = store.Migrate(ctx, c)
	require.ErrorContains(t, err, "belongs to application")
}

func TestMigrateUpgradesSQLite(t *testing.T) {
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	_, _, err := store.Migrate(ctx, config(path))
	require.ErrorContains(t, err, "no database")
	s, err := store.New(ctx, config(path))
	require.NoError(t, err)
	_, _, err = store.Migrate(ctx, config(path))
	require.ErrorContains(t, err, "is used by a running bot", "a bot runs on it")
	require.NoError(t, s.Close())
	before := older(t, path)
	from, newest, err := store.Migrate(ctx, config(path))
	require.NoError(t, err)
	require.Equal(t, before, from)
	from, to, err := store.Migrate(ctx, config(path))
	require.NoError(t, err)
	require.Equal(t, []int64{newest, newest}, []int64{from, to}, "nothing to do")
	older(t, path)
	s, err = store.New(ctx, config(path))
	require.NoError(t, err, "one process: its start upgrades")
	require.NoError(t, s.Close())
}

// Reports that an older version queued come after what belongs to a case, too.
func TestReportsOfAnOlderVersionGetTheirRank(t *testing.T) {
	for _, url := range []string{pgtest.URL(t), filepath.Join(storetest.TempDir(t), "a.db")} {
		s, err := store.New(t.Context(), config(url))
		require.NoError(t, err)
		_, err = s.AcceptReports(t.Context(), []moderation.NewReport{{ID: "r1", Target: "troll", Room: oldLive, Reason: "hate", Channel: "C1"}}, 0)
		require.NoError(t, err)
		rank := func() int {
			posts, err := s.DuePosts(t.Context(), "C1", "", 1)
			require.NoError(t, err)
			return posts[0].Rank
		}
		now := rank()
		require.Greater(t, now, moderation.RankSeparate)
		require.NoError(t, s.Close())
		for older(t, url) >= 28 { // 0028_reports_rank.sql
		}
		_, _, err = store.Migrate(t.Context(), config(url))
		require.NoError(t, err)
		storetest.Tamper(t, url, `UPDATE posts SET leased_until = 0`)
		s, err = store.New(t.Context(), config(url))
		require.NoError(t, err)
		require.Equal(t, now, rank())
		require.NoError(t, s.Close())
	}
}

func TestTablesOfTheFutureAreNotTouched(t *testing.T) {
	for _, url := range []string{pgtest.URL(t), filepath.Join(storetest.TempDir(t), "a.db")} {
		s, err := store.New(t.Context(), config(url))
		require.NoError(t, err)
		require.NoError(t, s.Close())
		storetest.Tamper(t, url, `INSERT INTO migrations (version_id, is_applied) VALUES (99, true)`)
		_, err = store.New(t.Context(), config(url))
		require.ErrorContains(t, err, "newer version of this program (its tables are at 99")
		_, _, err = store.Migrate(t.Context(), config(url))
		require.ErrorContains(t, err, "newer version of this program (its tables are at 99")
	}
}

// Replicas that start together on an empty database wait for each other.
func TestReplicasCreateTheTablesOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := store.New(t.Context(), config(url))
			if err == nil {
				err = s.Close()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
