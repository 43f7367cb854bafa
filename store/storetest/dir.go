package storetest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TempDir returns a folder for databases that is removed with the test: in memory where the system
// has room for files there, since a test with a hundred commands need not wait for a disk. The
// database itself syncs as always.
func TempDir(tb testing.TB) string {
	tb.Helper()
	memory := inMemory()
	if memory == "" {
		return tb.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "bouncer-test-*")
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, os.RemoveAll(dir)) })
	return dir
}
