package store_test

import (
	"context"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

func TestConformance(t *testing.T) {
	storetest.Suite(t, func(t testing.TB, dir string, now func() time.Time) (moderation.Store, error) {
		s, err := store.New(t.Context(), store.Config{URL: filepath.Join(dir, "bouncer.db"), App: 1400000001, Team: "T1", Now: now})
		return planned{Store: s, t: t}, err
	})
}

// planned looks at the plan of every statement that a test used.
type planned struct {
	*store.Store
	t testing.TB
}

// wholeTable is a plan's step through all rows of a table that grows with the
// cases: what costs nothing in a test takes seconds after a year.
var wholeTable = regexp.MustCompile(`^SCAN (jobs|cases|c|targets|g|moves|m|applied|a|calls|entries|e|bodies|b|posts|p|notes|n|evidence|approvals|votes|acted|suspensions|stops|policies|role_groups|reviews|r|line_cases|digests)$`)

func (p planned) Close() error {
	plans, err := p.Plans(context.Background())
	require.NoError(p.t, err)
	for query, steps := range plans {
		for _, step := range steps {
			require.NotRegexp(p.t, wholeTable, step, query)
		}
	}
	return p.Store.Close()
}
