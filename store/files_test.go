package store_test

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// openElsewhere opens the database in another process of this test (STORE_TEST_OPEN names the
// database) and returns its output.
func openElsewhere(t *testing.T, path string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "STORE_TEST_OPEN="+path, "GORACE=atexit_sleep_ms=0") // the detector would sleep a second at each end
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// Only one process runs on a database, whatever name a second one uses for it, and also when the
// lock file of earlier versions is gone.
func TestOneProcessOnADatabaseByAnyName(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the lock of the database itself is made for Linux")
	}
	dir := storetest.TempDir(t)
	path := filepath.Join(dir, "b.db")
	s := open(t, path)
	require.NoError(t, accept(s, "a"))
	link := filepath.Join(storetest.TempDir(t), "link.db")
	require.NoError(t, os.Symlink(path, link))
	folder := filepath.Join(storetest.TempDir(t), "folder")
	require.NoError(t, os.Symlink(dir, folder))
	for _, name := range []string{path, link, filepath.Join(folder, "b.db"), "file:" + link} {
		require.Contains(t, openElsewhere(t, name), "is used by a running bot: stop it first", name)
		require.NotContains(t, openElsewhere(t, name), "DATABASE_URL", name)
	}
	require.NoError(t, os.Remove(path+".lock"))
	require.Contains(t, openElsewhere(t, path), "is used by a running bot: stop it first", "its lock file was deleted")
	require.NoError(t, accept(s, "b"), "the first goes on")

	hard := filepath.Join(dir, "hard.db")
	require.NoError(t, os.Link(path, hard))
	require.Contains(t, openElsewhere(t, hard), "names (hard links)")
	require.NoError(t, s.Close())
	require.Contains(t, openElsewhere(t, path), "2 names (hard links)", "also by itself: its log is beside another name")
	require.NoError(t, os.Remove(hard))
	require.Equal(t, "opened\n", openElsewhere(t, link), "a link by itself is allowed")
	_, err := os.Stat(link + "-wal")
	require.ErrorIs(t, err, os.ErrNotExist, "everything is beside the file itself")
}

// The lock is on the file, and outlasts what SQLite does with its own descriptors.
func TestTheLockOutlastsConnections(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the lock of the database itself is made for Linux")
	}
	path := filepath.Join(storetest.TempDir(t), "b.db")
	s := open(t, path)
	for range 3 { // each opens and closes descriptors of the file in this process
		r, err := store.OpenReadOnly(t.Context(), config(path))
		require.NoError(t, err)
		_, err = r.Verify(t.Context())
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	require.NoError(t, os.Remove(path+".lock"))
	require.Contains(t, openElsewhere(t, path), "is used by a running bot: stop it first")
	require.NoError(t, accept(s, "a"))
}

// Damage to the files under a running process stops acknowledgements: nothing is accepted that
// would be lost at the next start.
func TestADamagedDatabaseAcceptsNothing(t *testing.T) {
	t.Parallel()
	damage := map[string]func(t *testing.T, path string){
		"deleted":         func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"its log deleted": func(t *testing.T, path string) { require.NoError(t, os.Remove(path+"-wal")) },
		"its index gone":  func(t *testing.T, path string) { require.NoError(t, os.Remove(path+"-shm")) },
		"its folder moved": func(t *testing.T, path string) {
			require.NoError(t, os.Rename(filepath.Dir(path), filepath.Dir(path)+".old"))
		},
		"its log emptied": func(t *testing.T, path string) { require.NoError(t, os.Truncate(path+"-wal", 0)) },
		"its log cut": func(t *testing.T, path string) {
			require.NoError(t, os.Truncate(path+"-wal", 32+2*(24+4096)+100))
		},
		"its log overwritten with rubbish": func(t *testing.T, path string) {
			info, err := os.Stat(path + "-wal")
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path+"-wal", []byte(strings.Repeat("\xa5", int(info.Size()))), 0o600))
		},
		"one page of its log overwritten": func(t *testing.T, path string) {
			f, err := os.OpenFile(path+"-wal", os.O_RDWR, 0)
			require.NoError(t, err)
			defer f.Close() //nolint:errcheck // written to
			_, err = f.WriteAt([]byte("rubbish"), 32+24+100)
			require.NoError(t, err)
		},
		"emptied": func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 0)) },
		"cut in half": func(t *testing.T, path string) {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.NoError(t, os.Truncate(path, info.Size()/2))
		},
		"overwritten with rubbish": func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			require.NoError(t, err)
			defer f.Close() //nolint:errcheck // written to
			info, err := f.Stat()
			require.NoError(t, err)
			_, err = f.WriteAt([]byte(strings.Repeat("\xa5", int(info.Size())/2)), info.Size()/4)
			require.NoError(t, err)
		},
		"replaced by another file": func(t *testing.T, path string) {
			other := path + ".other"
			o, err := store.New(t.Context(), config(other))
			require.NoError(t, err)
			require.NoError(t, o.Close())
			require.NoError(t, os.Rename(other, path))
		},
		"another one copied over it": func(t *testing.T, path string) {
			other := path + ".other"
			o, err := store.New(t.Context(), config(other))
			require.NoError(t, err)
			require.NoError(t, o.Close())
			raw, err := os.ReadFile(other)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, raw, 0o600))
		},
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(storetest.TempDir(t), "data")
			require.NoError(t, os.Mkdir(dir, 0o700))
			path := filepath.Join(dir, "b.db")
			s, err := store.New(t.Context(), config(path))
			require.NoError(t, err)
			for range 40 {
				require.NoError(t, s.Append(t.Context(), moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice, Body: moderation.Body{Detail: strings.Repeat("x", 2000)}}}}))
			}
			_, err = s.Seal(t.Context())
			require.NoError(t, err)
			require.NoError(t, s.Checkpoint(t.Context()))
			for range 4 { // these are only in the log
				require.NoError(t, accept(s, "before"+rand.Text()))
			}
			require.NoError(t, s.Ping(t.Context()))
			do(t, path)
			err = accept(s, "after")
			require.Error(t, err)
			require.ErrorContains(t, err, "DATABASE_URL")
			require.NotContains(t, err.Error(), "\n")
			require.Error(t, s.Ping(t.Context()))
			_, err = s.Claim(t.Context(), moderation.QueueCommand, 1)
			require.Error(t, err, "and nothing that was taken before runs on what is lost")
			_ = s.Close()
		})
	}
}

// A program that only touches or checkpoints the file, as backup programs do, stops nothing.
func TestOtherProgramsMayCheckpoint(t *testing.T) {
	path := filepath.Join(storetest.TempDir(t), "b.db")
	s := open(t, path)
	require.NoError(t, accept(s, "a"))
	db := raw(t, path)
	_, err := db.ExecContext(t.Context(), `PRAGMA wal_checkpoint(FULL)`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	require.NoError(t, accept(s, "b"))
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(path, later, later))
	require.NoError(t, os.Chtimes(path+"-wal", later, later))
	require.NoError(t, accept(s, "c"))
	require.NoError(t, s.Ping(t.Context()))
	db = raw(t, path)
	for i, mode := range []string{"PASSIVE", "RESTART", "TRUNCATE"} { // and writes, as such programs keep rows of their own
		_, err = db.ExecContext(t.Context(), `CREATE TABLE IF NOT EXISTS theirs (x)`)
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), `INSERT INTO theirs VALUES (?)`, i)
		require.NoError(t, err)
		require.NoError(t, s.Ping(t.Context()), mode)
		require.NoError(t, accept(s, "d"+mode))
		_, err = db.ExecContext(t.Context(), `PRAGMA wal_checkpoint(`+mode+`)`)
		require.NoError(t, err)
		require.NoError(t, s.Ping(t.Context()), mode)
		require.NoError(t, accept(s, "e"+mode))
	}
	require.NoError(t, db.Close())
	require.NoError(t, accept(s, "f"))
}

// No other user of the machine can read the database or its files.
func TestFileModes(t *testing.T) {
	openUmask(t)
	path := filepath.Join(storetest.TempDir(t), "b.db")
	s := open(t, path)
	entry(t, s, "x")
	head, err := s.Seal(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.SavePublishedHead(t.Context(), head))
	alone := func() {
		t.Helper()
		for _, end := range []string{"", "-wal", "-shm", ".lock", ".head"} {
			info, err := os.Stat(path + end)
			require.NoError(t, err, end)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), end)
		}
	}
	alone()
	require.NoError(t, s.Close())
	for _, end := range []string{"", ".lock", ".head"} { // as earlier versions and careless copies are
		require.NoError(t, os.Chmod(path+end, 0o644))
	}
	s = open(t, path)
	entry(t, s, "y")
	alone()
}

func entry(t *testing.T, s *store.Store, detail string) {
	t.Helper()
	require.NoError(t, s.Append(t.Context(), moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice, Body: moderation.Body{Detail: detail}}}}))
}

// A file that temporarily replaces the database is never read, also not once the database is back:
// a connection opened meanwhile would keep reading the wrong file.
func TestAReplacementFileIsNotRead(t *testing.T) {
	path := filepath.Join(storetest.TempDir(t), "b.db")
	s := open(t, path)
	require.NoError(t, os.Rename(path, path+".old"))
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	many := func() (errs []error) {
		failed := make(chan error)
		for range 50 {
			go func() { _, err := s.Backlog(t.Context()); failed <- err }()
		}
		for range 50 {
			if err := <-failed; err != nil {
				errs = append(errs, err)
			}
		}
		return errs
	}
	for _, err := range many() { // existing connections continue before
		require.ErrorContains(t, err, "moved or deleted while it was in use")
	}
	require.NoError(t, os.Rename(path+".old", path))
	require.Empty(t, many())
}
