package store_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

func onlyFile(t *testing.T, dir string, want ...string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	require.Equal(t, want, names)
}

// A backup is a valid snapshot of the database, taken while others write to it.
func TestBackupWhileItRuns(t *testing.T) {
	openUmask(t)
	path, dir := filepath.Join(storetest.TempDir(t), "b.db"), storetest.TempDir(t)
	s := open(t, path)
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	var first sync.WaitGroup
	first.Add(1)
	writing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_ = s.Append(ctx, moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice, Body: moderation.Body{Detail: fmt.Sprint(i)}}}})
			_, _ = s.Seal(ctx)
			if i == 0 {
				first.Done()
			}
		}
	})
	first.Wait()
	for i := range 5 {
		to := filepath.Join(dir, fmt.Sprint(i))
		head, n, err := store.Backup(t.Context(), config(path), to)
		require.NoError(t, err)
		require.Positive(t, n)
		info, err := os.Stat(to)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		c := open(t, to)
		n, err = c.Verify(t.Context())
		require.NoError(t, err)
		got, err := c.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, head, got)
		require.EqualValues(t, head.Number, n)
		require.NoError(t, c.Close())
	}
	stop()
	writing.Wait()
	require.NoError(t, accept(s, "a"), "the bot goes on")
}

// A failed backup leaves no file and changes no existing one.
func TestABackupThatFails(t *testing.T) {
	path, dir := filepath.Join(storetest.TempDir(t), "b.db"), storetest.TempDir(t)
	s := open(t, path)
	entry(t, s, "one")
	_, err := s.Seal(t.Context())
	require.NoError(t, err)
	to := filepath.Join(dir, "copy.db")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = store.Backup(ctx, config(path), to)
	require.Error(t, err)
	onlyFile(t, dir)

	require.NoError(t, os.WriteFile(to, []byte("mine"), 0o600))
	_, _, err = store.Backup(t.Context(), config(path), to)
	require.ErrorIs(t, err, fs.ErrExist)
	require.ErrorContains(t, err, "not overwritten")
	onlyFile(t, dir, "copy.db")
	mine, err := os.ReadFile(to)
	require.NoError(t, err)
	require.Equal(t, "mine", string(mine))
	require.NoError(t, os.Remove(to))

	require.NoError(t, os.Symlink(filepath.Join(dir, "elsewhere"), to))
	_, _, err = store.Backup(t.Context(), config(path), to)
	require.ErrorIs(t, err, fs.ErrExist, "a link that leads nowhere is not followed")
	require.NoError(t, os.Remove(to))

	_, _, err = store.Backup(t.Context(), config(filepath.Join(dir, "none.db")), to)
	require.ErrorContains(t, err, "DATABASE_URL")
	onlyFile(t, dir)

	db := raw(t, path)
	_, err = db.ExecContext(t.Context(), `UPDATE bodies SET body = '{}'`)
	require.NoError(t, err)
	_, _, err = store.Backup(t.Context(), config(path), to)
	require.ErrorContains(t, err, "does not match its body")
	onlyFile(t, dir)
}

func opensCase(t *testing.T, s *store.Store) int64 {
	t.Helper()
	require.NoError(t, accept(s, moderation.NewToken()))
	jobs, err := s.Claim(t.Context(), moderation.QueueCommand, 1)
	require.NoError(t, err)
	c, err := s.OpenCase(t.Context(), jobs[0], moderation.NewCase{
		Case: moderation.Case{Token: moderation.NewToken(), Actor: moderation.Actor{User: "U1"}, Action: moderation.Action{
			Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"a"}}},
		Targets: []moderation.Target{{Seq: 1, ID: "a", Outcome: moderation.Pending}},
	})
	require.NoError(t, err)
	return c.No
}

// No published case number is reused, however a database was restored: from a backup, from a copy
// of its files, or as a new one.
func TestARestoreContinuesAboveUsedNumbers(t *testing.T) {
	t.Parallel()
	for name, copies := range map[string]func(t *testing.T, path, to string){
		"a backup": func(t *testing.T, path, to string) {
			_, _, err := store.Backup(t.Context(), config(path), to)
			require.NoError(t, err)
		},
		"the file": func(t *testing.T, path, to string) {
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(to, raw, 0o600))
		},
		"nothing": func(*testing.T, string, string) {},
	} {
		t.Run(name, func(t *testing.T) {
			path, to := filepath.Join(storetest.TempDir(t), "b.db"), filepath.Join(storetest.TempDir(t), "copy.db")
			s := open(t, path)
			require.EqualValues(t, 1, opensCase(t, s))
			require.NoError(t, s.Close())
			s = open(t, path)
			require.EqualValues(t, 2, opensCase(t, s), "a restart leaves out none")
			require.NoError(t, s.Close())
			copies(t, path, to)
			s = open(t, path)
			var last int64
			for range 120 {
				last = opensCase(t, s)
			}
			require.EqualValues(t, 122, last)
			require.NoError(t, s.Close())
			for _, end := range []string{"", "-wal", "-shm"} {
				require.NoError(t, os.RemoveAll(path+end))
			}
			if name != "nothing" {
				require.NoError(t, os.Rename(to, path))
			}
			s = open(t, path)
			if name == "the file" { // the others are known to be a copy, or new
				_, err := s.AcceptHead(t.Context())
				require.NoError(t, err)
			}
			no := opensCase(t, s)
			require.Greater(t, no, last)
			require.LessOrEqual(t, no, last+51)
			require.NoError(t, s.Close())
			s = open(t, path)
			require.Equal(t, no+1, opensCase(t, s), "and goes on from there")
		})
	}
}
