package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

func entryIn(t *testing.T, s *store.Store, detail string) moderation.LogHead {
	t.Helper()
	require.NoError(t, s.Append(t.Context(), moderation.Change{Entries: []moderation.NewEntry{{
		Kind: moderation.EntryNotice, Body: moderation.Body{Detail: detail},
	}}}))
	h, err := s.Seal(t.Context())
	require.NoError(t, err)
	return h
}

// A database that was restored to an earlier day, or replaced, no longer has the published head.
func TestThePublishedHeadIsCompared(t *testing.T) {
	path := filepath.Join(storetest.TempDir(t), "bouncer.db")
	open := func() *store.Store {
		s, err := store.New(t.Context(), store.Config{URL: path, App: 1400000001, Team: "T1"})
		require.NoError(t, err)
		return s
	}
	check := func(s *store.Store) error {
		w, err := s.SavedPublishedHead(t.Context())
		require.NoError(t, err)
		return moderation.CheckPublishedHead(context.Background(), s, w)
	}
	s := open()
	require.NoError(t, check(s), "nothing was published yet")
	first := entryIn(t, s, "one")
	require.NoError(t, s.Close())
	backup, err := os.ReadFile(path)
	require.NoError(t, err)

	s = open()
	second := entryIn(t, s, "two")
	require.NoError(t, s.SavePublishedHead(t.Context(), second))
	require.NoError(t, s.SavePublishedHead(t.Context(), first), "a lower one changes nothing")
	w, err := s.SavedPublishedHead(t.Context())
	require.NoError(t, err)
	require.Equal(t, second.Number, w.Number)
	require.NoError(t, check(s))
	require.NoError(t, s.Close())

	s = open()
	require.NoError(t, check(s), "the file is read again, and fits")
	require.NoError(t, s.Close())

	restore := func() {
		for _, end := range []string{"", "-wal", "-shm"} {
			require.NoError(t, os.RemoveAll(path+end))
		}
		require.NoError(t, os.WriteFile(path, backup, 0o600))
	}
	restore()
	s = open()
	require.ErrorContains(t, check(s), "it ends with entry 1, and entry 2 was published")
	entryIn(t, s, "another two")
	require.ErrorContains(t, check(s), "entry 2 has the hash")
	accepted, err := s.AcceptHead(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, accepted.Number)
	require.NoError(t, check(s))
	require.NoError(t, s.Close())

	for _, end := range []string{"", "-wal", "-shm"} {
		require.NoError(t, os.RemoveAll(path+end))
	}
	s = open()
	require.ErrorContains(t, check(s), "the audit log belongs to another database")
	require.NoError(t, os.WriteFile(path+".head", []byte("x"), 0o600))
	require.NoError(t, s.Close())

	s = open()
	defer s.Close() //nolint:errcheck // only read
	_, err = s.SavedPublishedHead(t.Context())
	require.ErrorContains(t, err, "is not valid")
	require.False(t, strings.Contains(err.Error(), "\n"))
}

// Earlier versions kept the file beside a symbolic link; now it is beside the database file, and
// the earlier head still counts.
func TestTheHeadBesideALinkStillCounts(t *testing.T) {
	path, link := filepath.Join(storetest.TempDir(t), "b.db"), filepath.Join(storetest.TempDir(t), "link.db")
	require.NoError(t, os.Symlink(path, link))
	require.NoError(t, os.WriteFile(link+".head", []byte(`{"database":"x","number":7,"hash":"aa"}`), 0o600))
	s, err := store.New(t.Context(), config(link))
	require.NoError(t, err)
	defer s.Close() //nolint:errcheck // only read
	saved, err := s.SavedPublishedHead(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 7, saved.Number)
	require.Equal(t, path+".head", s.PublishedHeadPath())
}
