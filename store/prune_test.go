package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// pruned returns a database with a log whose first two of five entries were pruned.
func pruned(t *testing.T, c store.Config) store.Config {
	t.Helper()
	ctx := t.Context()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	c.Now = func() time.Time { return now }
	s, err := store.New(ctx, c)
	require.NoError(t, err)
	for range 2 {
		entry(t, s, "old")
	}
	now = now.Add(time.Hour)
	cut := now
	for range 2 {
		entry(t, s, "new")
	}
	exported(t, s)
	_, err = s.Prune(ctx, cut, moderation.Actor{Kind: moderation.ActorCommand})
	require.NoError(t, err)
	n, err := s.Verify(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(5), n)
	require.NoError(t, s.Close())
	return c
}

// exported seals the log, and records that it was published and exported.
func exported(t *testing.T, s *store.Store) {
	t.Helper()
	head, err := s.Seal(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.SavePublishedHead(t.Context(), head))
	var x store.LogExcerpt
	require.NoError(t, s.Export(t.Context(), store.LogRange{}, func(e store.LogExcerpt) error { x = e; return nil }, func(*store.LoggedEntry) error { return nil }))
	done, err := s.RecordExport(t.Context(), x)
	require.NoError(t, err)
	require.Equal(t, head.Number, done.Number)
}

// An attacker with write access can neither move the anchor nor cut the log unnoticed.
func TestTheAnchorIsProven(t *testing.T) {
	t.Parallel()
	anchor := `UPDATE meta SET value = replace(value, '"number":2', '"number":3') WHERE name = 'pruned'`
	body := `UPDATE bodies SET body = replace(body, '"number":2', '"number":3') WHERE body LIKE '%"pruned"%'`
	differs := "the beginning of the log differs from the log"
	for _, k := range []struct {
		why     string
		changes []string
	}{
		{differs, []string{anchor}},
		{differs, []string{`DELETE FROM meta WHERE name = 'pruned'`}},
		{differs, []string{`UPDATE meta SET value = replace(value, '"hash":"', '"hash":"0') WHERE name = 'pruned'`}},
		{differs, []string{body}},
		{differs, []string{`UPDATE entries SET kind = 'notice' WHERE number = 5`}},
		{"entry 4 does not match the chain", []string{anchor, body, `DELETE FROM entries WHERE number = 3`}},
		{"entry 3 is missing: entry 4 follows on 2", []string{`DELETE FROM entries WHERE number = 3`}},
		{"entry 1 is missing", []string{`DELETE FROM meta WHERE name = 'pruned'`, `DELETE FROM entries WHERE number = 5`}},
		{"entry 4 does not match its body", []string{`UPDATE bodies SET salt = '', body = '{"content_erased":true}' WHERE entry_id = 4`}},
	} {
		for _, url := range []string{filepath.Join(storetest.TempDir(t), "a.db"), pgtest.URL(t)} {
			c := pruned(t, config(url))
			for _, q := range k.changes {
				require.NotZero(t, storetest.Tamper(t, c.URL, q), q)
			}
			s, err := store.OpenReadOnly(t.Context(), c)
			require.NoError(t, err)
			_, err = s.Verify(t.Context())
			require.ErrorContains(t, err, k.why, k.changes)
			require.NoError(t, s.Close())
		}
	}
}

// A prune that was written into the table by hand is sealed as forged, and proves nothing.
func TestAForgedPruneHidesNothing(t *testing.T) {
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s, err := store.New(ctx, announcing(path))
	require.NoError(t, err)
	entry(t, s, "sam banned lea")
	entry(t, s, "sam banned mia")
	_, err = s.Seal(ctx)
	require.NoError(t, err)
	hash, err := s.HashOf(ctx, 1)
	require.NoError(t, err)
	forged := string(moderation.Body{Pruned: &moderation.PrunedLog{Number: 1, Hash: hash, Entry: 1}}.JSON())
	for _, q := range []string{
		`INSERT INTO entries SELECT 1000, app, team, NULL, 0, 'pruned', at, '` + store.InnerHash("s", forged) + `', '' FROM entries WHERE id = 1`,
		`INSERT INTO bodies SELECT 1000, app, team, 's', '` + forged + `' FROM bodies WHERE entry_id = 1`,
		`DELETE FROM entries WHERE id = 1`,
		`INSERT INTO meta (name, value) VALUES ('pruned', '{"number":1,"hash":"` + hash + `","entry":1}')`,
	} {
		storetest.Tamper(t, path, q)
	}
	_, err = s.Seal(ctx)
	require.NoError(t, err)
	_, err = s.Verify(ctx)
	require.ErrorContains(t, err, "the beginning of the log differs from the log")
	require.Equal(t, []string{"notice notice-forged"}, auditLines(t, s))
	require.NoError(t, s.Close())
}

// A prune that was interrupted verifies, and is continued.
func TestAnInterruptedPruneIsContinued(t *testing.T) {
	for _, url := range []string{filepath.Join(storetest.TempDir(t), "a.db"), pgtest.URL(t)} {
		c := pruned(t, config(url))
		// As if one entry had not been deleted yet.
		storetest.Tamper(t, url, `INSERT INTO entries SELECT 1, app, team, 1, 0, 'notice', at, inner_hash, hash FROM entries WHERE number = 3`)
		storetest.Tamper(t, url, `INSERT INTO bodies SELECT 1, app, team, salt, body FROM bodies WHERE entry_id = 3`)
		s, err := store.New(t.Context(), c)
		require.NoError(t, err)
		_, err = s.Verify(t.Context())
		require.NoError(t, err)
		_, err = s.Seal(t.Context())
		require.NoError(t, err)
		require.NoError(t, s.Close())
		require.Zero(t, storetest.Tamper(t, url, `DELETE FROM entries WHERE number <= 2`))
		require.Zero(t, storetest.Tamper(t, url, `DELETE FROM bodies WHERE entry_id <= 2`))
	}
}

// A prune is one line in the audit channel, and entries go on behind it.
func TestAPruneIsAnnounced(t *testing.T) {
	c := pruned(t, announcing(filepath.Join(storetest.TempDir(t), "a.db")))
	s, err := store.New(context.WithoutCancel(t.Context()), c)
	require.NoError(t, err)
	require.Equal(t, []string{"pruned "}, auditLines(t, s))
	entry(t, s, "newer")
	_, err = s.Seal(t.Context())
	require.NoError(t, err)
	n, err := s.Verify(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(6), n)
	require.NoError(t, s.Close())
}

// A log that is not the published one is not cut: what is missing must be found first.
func TestALogThatIsNotThePublishedOneIsNotPruned(t *testing.T) {
	for _, url := range []string{filepath.Join(storetest.TempDir(t), "a.db"), pgtest.URL(t)} {
		c := config(url)
		now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
		c.Now = func() time.Time { return now }
		s, err := store.New(t.Context(), c)
		require.NoError(t, err)
		entry(t, s, "old")
		now = now.Add(time.Hour)
		entry(t, s, "new")
		exported(t, s)
		require.NoError(t, s.SavePublishedHead(t.Context(), moderation.LogHead{Number: 9, Hash: "9f3a"})) // of the log before the restore
		_, err = s.Prune(t.Context(), now, moderation.Actor{Kind: moderation.ActorCommand})
		require.ErrorContains(t, err, "nothing was pruned: the audit log is older than its last published head")
		n, err := s.Verify(t.Context())
		require.NoError(t, err)
		require.Equal(t, int64(2), n)
		require.NoError(t, s.Close())
	}
}
