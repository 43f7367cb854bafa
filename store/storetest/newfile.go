package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"bouncer/store"

	"github.com/stretchr/testify/require"
)

// tables is a SQLite file with all tables and no rows.
var tables = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "bouncer-test-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "bouncer.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return nil, err
	}
	if _, _, err := store.Migrate(context.Background(), store.Config{URL: path, App: 1}); err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // written above
})

// NewFile writes a SQLite database that no bot has used yet. Its tables are made once for all tests
// of a process, which takes longer than most of them.
func NewFile(tb testing.TB, path string) {
	tb.Helper()
	file, err := tables()
	require.NoError(tb, err)
	require.NoError(tb, os.WriteFile(path, file, 0o600))
}
