package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// The suites of both databases run beside each other: that of PostgreSQL mostly waits for its server.
func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Suite(t, onSQLite())
}

func onSQLite() storetest.Database {
	return storetest.Database{Open: func(t testing.TB, dir string, cfg store.Config) (*store.Store, func(*store.Store), error) {
		cfg.URL = filepath.Join(dir, "bouncer.db")
		if _, err := os.Stat(cfg.URL); errors.Is(err, fs.ErrNotExist) {
			storetest.NewFile(t, cfg.URL)
		}
		s, err := store.New(t.Context(), cfg)
		return s, func(s *store.Store) { noWholeTable(t, s) }, err
	}}
}

// wholeTable matches a plan step through all rows of a table that grows with the cases: cheap in a
// test, seconds after a year.
var wholeTable = regexp.MustCompile(`^SCAN (jobs|cases|c|targets|g|moves|m|applied|a|calls|entries|e|bodies|b|posts|p|notes|n|evidence|approvals|votes|acted|suspensions|stops|policies|role_groups|reviews|r|line_cases|digests|w|x[0-9]+)$`)

// noWholeTable checks the plan of every statement that a test used.
func noWholeTable(tb testing.TB, s *store.Store) {
	tb.Helper()
	plans, err := s.Plans(context.Background())
	require.NoError(tb, err)
	for query, steps := range plans {
		for _, step := range steps {
			require.NotRegexp(tb, wholeTable, step, query)
		}
	}
}

func TestConformanceOnPostgres(t *testing.T) {
	t.Parallel()
	empty := pgtest.URL(t)
	_, _, err := store.Migrate(t.Context(), store.Config{URL: empty, App: 1})
	require.NoError(t, err)
	storetest.Suite(t, onPostgres(func(t testing.TB) string { return pgtest.Copy(t, empty) }))
}

// onPostgres opens databases by the folder that a test names, or by their own URL; create creates one.
func onPostgres(create func(testing.TB) string) storetest.Database {
	var mu sync.Mutex
	urls := map[string]string{} // by the folder
	url := func(t testing.TB, dir string) string {
		t.Helper()
		if strings.HasPrefix(dir, "postgres") {
			return dir
		}
		mu.Lock()
		defer mu.Unlock()
		if urls[dir] == "" {
			urls[dir] = create(t)
		}
		return urls[dir]
	}
	return storetest.Database{
		RoundTrips: true,
		Open: func(t testing.TB, dir string, cfg store.Config) (*store.Store, func(*store.Store), error) {
			cfg.URL = url(t, dir)
			s, err := store.New(t.Context(), cfg)
			return s, nil, err
		},
		EndLeases: func(tb testing.TB, dir string, now time.Time) {
			tb.Helper()
			pgtest.Run(tb, url(tb, dir), "UPDATE jobs SET leased = 0, run_at = $1 WHERE done_at IS NULL AND leased = 1 AND run_at > $1", now.UnixMilli())
			pgtest.Run(tb, url(tb, dir), "UPDATE posts SET leased_until = 0 WHERE sending = 1")
		},
	}
}
