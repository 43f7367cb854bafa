package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// The design page lists every table, in the first cell of a row.
func TestDesignDocListsEveryTable(t *testing.T) {
	page, err := os.ReadFile("../docs/design.md")
	require.NoError(t, err)
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+)\\|").FindAllStringSubmatch(string(page), -1) {
		for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[1], -1) {
			listed[name[1]] = true
		}
	}
	s := open(t, filepath.Join(storetest.TempDir(t), "b.db"))
	columns, err := s.TextColumns(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, columns)
	for _, c := range columns {
		require.Contains(t, listed, c[0], "missing in docs/design.md")
	}
	require.NoError(t, s.Close())
}
