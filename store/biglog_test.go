package store_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"bouncer/store"

	"github.com/stretchr/testify/require"
)

// bigLog returns a database with a log of 1,000,000 entries (BIG_LOG: another number), which is
// kept in the folder for temporary files.
func bigLog(b *testing.B) store.Config {
	b.Helper()
	entries := int64(1_000_000)
	if n, err := strconv.ParseInt(os.Getenv("BIG_LOG"), 10, 64); err == nil {
		entries = n
	}
	path := filepath.Join(os.TempDir(), "bouncer-log-"+strconv.FormatInt(entries, 10)+".db")
	c := store.Config{URL: path, App: 1400000001, Team: "T1", Describer: muting{}}
	if _, err := os.Stat(path); err == nil {
		return c
	}
	made := c
	made.URL = path + ".new"
	_ = os.Remove(made.URL)
	s, err := store.New(b.Context(), made)
	require.NoError(b, err)
	for i := range 1000 {
		require.NoError(b, oneCase(b.Context(), s, i))
	}
	_, err = s.Seal(b.Context())
	require.NoError(b, err)
	require.NoError(b, s.MultiplyLog(b.Context(), entries))
	require.NoError(b, s.Checkpoint(b.Context()))
	require.NoError(b, s.Close())
	require.NoError(b, os.Rename(made.URL, path))
	return c
}

// peak returns the largest memory of the process so far, in MB.
func peak(b *testing.B) float64 {
	b.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys-m.HeapReleased) / (1 << 20)
}

// BenchmarkVerify verifies a log of 1,000,000 entries.
func BenchmarkVerify(b *testing.B) {
	s, err := store.OpenReadOnly(b.Context(), bigLog(b))
	require.NoError(b, err)
	defer func() { require.NoError(b, s.Close()) }()
	var n int64
	for b.Loop() {
		n, err = s.Verify(b.Context())
		require.NoError(b, err)
	}
	b.ReportMetric(float64(n), "entries")
	b.ReportMetric(peak(b), "MB")
}

// BenchmarkExport reads a log of 1,000,000 entries for an export.
func BenchmarkExport(b *testing.B) {
	s, err := store.OpenReadOnly(b.Context(), bigLog(b))
	require.NoError(b, err)
	defer func() { require.NoError(b, s.Close()) }()
	n := 0
	for b.Loop() {
		for _, byCase := range []bool{false, true} {
			require.NoError(b, s.Export(b.Context(), store.LogRange{ByCase: byCase}, func(store.LogExcerpt) error { return nil }, func(*store.LoggedEntry) error {
				n++
				return nil
			}))
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(peak(b), "MB")
}
