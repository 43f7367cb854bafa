package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A database that was deleted under its process is told by Ping: what is
// written goes nowhere.
func TestPingSeesThatTheFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.db")
	s, err := New(t.Context(), Config{URL: path, App: 1})
	require.NoError(t, err)
	require.NoError(t, s.Ping(t.Context()))
	require.NoError(t, os.Rename(path, path+".moved"))
	require.ErrorContains(t, s.Ping(t.Context()), "moved or deleted")
	require.NoError(t, os.Rename(path+".moved", path))
	require.NoError(t, s.Ping(t.Context()))
	require.NoError(t, s.Close())
}

// A database that nothing was ever written to is fresh at each start, so that
// the first start that works tells of it.
func TestAnEmptyDatabaseIsFreshUntilItHoldsAnEntry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.db")
	for range 2 {
		s, err := New(t.Context(), Config{URL: path, App: 1})
		require.NoError(t, err)
		_, fresh := s.Database()
		require.True(t, fresh)
		require.NoError(t, s.Close())
	}
}

// The jobs of one application never run against another's rooms: a database
// that is not this application's is not opened, also when it holds no case yet.
func TestADatabaseBelongsToItsApplication(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.db")
	s, err := New(t.Context(), Config{URL: path, App: 1400000001})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	_, err = New(t.Context(), Config{URL: path, App: 1400000002})
	require.ErrorContains(t, err, "1400000001")
	require.ErrorContains(t, err, "SDK_APP_ID")
	s, err = New(t.Context(), Config{URL: path, App: 1400000001})
	require.NoError(t, err)
	require.NoError(t, s.Close())
}
