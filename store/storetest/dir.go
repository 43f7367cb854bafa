package storetest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TempDir is a folder for databases that goes with the test: in memory where the
// system has room for files there, since a test that plays a hundred commits need
// not wait for a disk each time. The database itself syncs as it always does.
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
