package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Ping reports a database file that was deleted while in use: what is written would be lost.
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

// A database without entries is fresh at each start, so that the first start that works announces
// it.
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

// The jobs of one application never run against another's rooms: a database of another application
// is not opened, even when it has no case yet.
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
