package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// A new column must be classified: either an erasure searches it, or it contains no personal data.
func TestErasureKnowsEveryColumn(t *testing.T) {
	s := open(t, filepath.Join(storetest.TempDir(t), "a.db"))
	columns, err := s.TextColumns(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, columns)
	for _, c := range columns {
		require.True(t, store.Classified(c[0], c[1]), "what does %s.%s contain about a person? See erasetables.go", c[0], c[1])
	}
}

// Only what an erasure names may differ from the log, and only as the erasure left it.
func TestErasureHidesNothingElse(t *testing.T) {
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s := open(t, path)
	for _, target := range []string{"a", "b"} {
		require.NoError(t, s.Append(ctx, moderation.Change{Note: &moderation.Note{Target: target, Text: "lives in Leeds"}}))
	}
	_, err := s.Erase(ctx, moderation.ErasureRequest{Target: "a"})
	require.NoError(t, err)
	_, err = s.Seal(ctx)
	require.NoError(t, err)
	n, err := s.Verify(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(3), n)
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for change, names := range map[string]string{
		`DELETE FROM bodies WHERE entry_id = 1`:                                             "entry 1 has no body",
		`UPDATE bodies SET body = '{}' WHERE entry_id = 1`:                                  "entry 1 does not match its body",
		`UPDATE bodies SET salt = 'x' WHERE entry_id = 1`:                                   "entry 1 does not match its body",
		`UPDATE bodies SET salt = '', body = '{}' WHERE entry_id = 2`:                       "entry 2 does not match its body",
		`DELETE FROM bodies WHERE entry_id = 2`:                                             "entry 2 has no body",
		`UPDATE bodies SET body = replace(body, ':1,', ':2,') WHERE entry_id = 3`:           "entry ",
		`UPDATE entries SET kind = 'read' WHERE id = 3`:                                     "entry ",
		`INSERT INTO bodies SELECT 9, app, team, salt, body FROM bodies WHERE entry_id = 3`: "",
	} {
		copied := filepath.Join(storetest.TempDir(t), "b.db")
		require.NoError(t, os.WriteFile(copied, whole, 0o600))
		db := raw(t, copied)
		_, err := db.ExecContext(ctx, change)
		require.NoError(t, err, change)
		require.NoError(t, db.Close())
		s := open(t, copied)
		_, err = s.Verify(ctx)
		if names == "" {
			require.NoError(t, err, change)
		} else {
			require.ErrorContains(t, err, names, change)
		}
		require.NoError(t, s.Close())
	}
}

// Erased text is not in any free page of the file either.
func TestErasedIsGoneFromTheFile(t *testing.T) {
	path := filepath.Join(storetest.TempDir(t), "a.db")
	s := open(t, path)
	for range 50 {
		require.NoError(t, s.Append(t.Context(), moderation.Change{Note: &moderation.Note{Target: "troll7unique", Text: "lives in Leeds, they say"}}))
	}
	_, err := s.Seal(t.Context())
	require.NoError(t, err)
	_, err = s.Erase(t.Context(), moderation.ErasureRequest{Target: "troll7unique"})
	require.NoError(t, err)
	_, err = s.Verify(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.False(t, bytes.Contains(raw, []byte("troll7unique")))
	require.False(t, bytes.Contains(raw, []byte("Leeds")))
	_, err = os.Stat(path + "-wal")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// The words of a reason are erased with it, also from the index of words.
func TestErasedReasonIsGoneFromTheFile(t *testing.T) {
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s, err := store.New(ctx, store.Config{URL: path, App: 1, Team: "T1", Describer: naming{}})
	require.NoError(t, err)
	require.NoError(t, runGrowthCase(ctx, s, 1))
	_, err = s.Seal(ctx)
	require.NoError(t, err)
	query := moderation.SearchQuery{Words: []string{"insults"}}
	found, err := s.SearchCaseNumbers(ctx, query, 0)
	require.NoError(t, err)
	require.Len(t, found, 1)
	_, err = s.Erase(ctx, moderation.ErasureRequest{Target: "p0001" + store.OwnPerson})
	require.NoError(t, err)
	found, err = s.SearchCaseNumbers(ctx, query, 0)
	require.NoError(t, err)
	require.Empty(t, found)
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(whole), "insults")
}

// The words of an index that an older version filled are erased too, before this one has read the case.
func TestErasedReasonIsGoneFromAnOlderIndex(t *testing.T) {
	for name, url := range map[string]string{"SQLite": filepath.Join(storetest.TempDir(t), "a.db"), "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			ctx, c := t.Context(), store.Config{URL: url, App: 1, Team: "T1", Describer: naming{}}
			if name == "PostgreSQL" {
				_, _, err := store.Migrate(ctx, c)
				require.NoError(t, err)
			}
			s, err := store.New(ctx, c)
			require.NoError(t, err)
			require.NoError(t, runGrowthCase(ctx, s, 1))
			_, err = s.Seal(ctx)
			require.NoError(t, err)
			require.NoError(t, s.Close())
			for at := int64(29); at >= 29; {
				at, err = store.MigrateDown(ctx, c)
				require.NoError(t, err)
			}
			_, _, err = store.Migrate(ctx, c)
			require.NoError(t, err)
			s, err = store.New(ctx, c)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			words, err := s.IndexedWords(ctx)
			require.NoError(t, err)
			require.Contains(t, words, "insults")
			_, err = s.Erase(ctx, moderation.ErasureRequest{Target: "p0001" + store.OwnPerson})
			require.NoError(t, err)
			words, err = s.IndexedWords(ctx)
			require.NoError(t, err)
			require.NotContains(t, words, "insults")
		})
	}
}
