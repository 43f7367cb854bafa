package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func config(path string) store.Config {
	return store.Config{URL: path, App: 1400000001, Team: "T1"}
}

func open(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.New(t.Context(), config(path))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func accept(s *store.Store, key string) error {
	done := make(chan error, 1)
	s.Accept(moderation.Delivery{Key: key, Kind: "command", Payload: []byte(`{}`)}, func(_ bool, err error) { done <- err })
	return <-done
}

func TestDatabaseURL(t *testing.T) {
	dir := storetest.TempDir(t)
	for raw, want := range map[string]string{
		filepath.Join(dir, "a.db"):               "a.db",
		"file:" + filepath.Join(dir, "b.db"):     "b.db",
		"file://" + filepath.Join(dir, "c.db"):   "c.db",
		"sqlite:" + filepath.Join(dir, "d.db"):   "d.db",
		"sqlite://" + filepath.Join(dir, "e.db"): "e.db",
		filepath.Join(dir, "f ?#%41ü.db"):        "f ?#%41ü.db",
		"file:" + filepath.Join(dir, "g%20h.db"): "g h.db",
	} {
		open(t, raw)
		_, err := os.Stat(filepath.Join(dir, want))
		require.NoError(t, err, raw)
	}
	for _, raw := range []string{
		"", ":memory:", "file::memory:", "postgres://u:secret@h/db", "mysql://x", "file:x.db?mode=ro", "file://host/x.db", "file:", dir + "/", "file:%zz",
	} {
		_, err := store.New(t.Context(), config(raw))
		require.ErrorContains(t, err, "DATABASE_URL", raw)
		require.NotContains(t, err.Error(), "secret")
	}
	_, err := store.New(t.Context(), store.Config{URL: filepath.Join(dir, "x.db")})
	require.ErrorContains(t, err, "App")
}

func TestBadDatabases(t *testing.T) {
	one := func(t *testing.T, path, says string) {
		t.Helper()
		_, err := store.New(t.Context(), config(path))
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, path)
		require.NotContains(t, err.Error(), "\n", "one sentence")
	}
	t.Run("in use", func(t *testing.T) {
		path := filepath.Join(storetest.TempDir(t), "b.db")
		s := open(t, path)
		one(t, path, "is used by a running bot: stop it first")
		require.NoError(t, accept(s, "a"), "the first goes on")
	})
	t.Run("no folder", func(t *testing.T) {
		one(t, filepath.Join(storetest.TempDir(t), "none", "b.db"), "cannot be opened for writing")
	})
	t.Run("a folder", func(t *testing.T) {
		one(t, storetest.TempDir(t), "is a folder: name a file in it")
	})
	t.Run("no database", func(t *testing.T) {
		path := filepath.Join(storetest.TempDir(t), "b.db")
		require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("this is a diary\n", 1000)), 0o600))
		one(t, path, "damaged or not a SQLite file")
	})
	t.Run("damaged", func(t *testing.T) {
		path := filepath.Join(storetest.TempDir(t), "b.db")
		s := open(t, path)
		for i := range 2000 {
			s.Accept(moderation.Delivery{Key: strconv.Itoa(i), Kind: "command", Payload: []byte(strings.Repeat("x", 200))}, func(bool, error) {})
		}
		require.NoError(t, accept(s, "last"))
		require.NoError(t, s.Close())
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		for i := len(raw) / 2; i < len(raw)/2+8192; i++ {
			raw[i] = 0xa5
		}
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		one(t, path, "damaged")
	})
	t.Run("newer", func(t *testing.T) {
		path := filepath.Join(storetest.TempDir(t), "b.db")
		require.NoError(t, open(t, path).Close())
		db := raw(t, path)
		_, err := db.ExecContext(t.Context(), `INSERT INTO migrations (version_id, is_applied) VALUES (99, 1)`)
		require.NoError(t, err)
		_, err = store.New(t.Context(), config(path))
		require.ErrorContains(t, err, "newer version")
	})
}

// raw opens the file beside the store.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// crash accepts deliveries, prints each acknowledged one, and exits without closing.
func crash(dir string) {
	s, err := store.New(context.Background(), config(filepath.Join(dir, "b.db")))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(2)
	}
	var mu sync.Mutex
	acked := 0
	// A slow disk must not pile up more goroutines than the race detector supports.
	room := make(chan struct{}, 2000)
	for i := 0; ; i++ {
		key := strconv.Itoa(i)
		for range 8 {
			room <- struct{}{}
			go func() {
				defer func() { <-room }()
				_ = s.Append(context.Background(), moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryRead}}})
			}()
		}
		s.Accept(moderation.Delivery{Key: key, Kind: "command", Payload: []byte(`{}`)}, func(_ bool, err error) {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				fmt.Println("error", err)
				os.Exit(2)
			}
			fmt.Println("acked", key)
			if acked++; acked == 300 {
				os.Exit(0) // no Close: what was not committed is gone
			}
		})
	}
}

func TestAcknowledgedDeliveriesSurviveACrash(t *testing.T) {
	t.Parallel()
	dir := storetest.TempDir(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_CRASH="+dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	s := open(t, filepath.Join(dir, "b.db"))
	known := make(map[string]bool)
	for {
		jobs, err := s.Claim(t.Context(), moderation.QueueCommand, 500)
		require.NoError(t, err)
		for _, j := range jobs {
			known[j.Key] = true
		}
		if len(jobs) == 0 {
			break
		}
	}
	acked := 0
	for line := range strings.Lines(string(out)) {
		if key, ok := strings.CutPrefix(strings.TrimSpace(line), "acked "); ok {
			acked++
			require.True(t, known[key], "acked and lost: %s", key)
		}
	}
	require.GreaterOrEqual(t, acked, 300)
	_, err = s.Seal(t.Context())
	require.NoError(t, err)
	_, err = s.Verify(t.Context())
	require.NoError(t, err)
}

func TestFullDisk(t *testing.T) {
	s := open(t, filepath.Join(storetest.TempDir(t), "b.db"))
	ctx := t.Context()
	require.NoError(t, s.MaxPages(ctx, 90))
	big := []byte(strings.Repeat("x", 3000))
	var mu sync.Mutex
	acked := make(map[string]bool)
	full := 0
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Add(1)
		s.Accept(moderation.Delivery{Key: strconv.Itoa(i), Kind: "command", Payload: big}, func(fresh bool, err error) {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				acked[strconv.Itoa(i)] = true
				return
			}
			if !fresh && strings.Contains(err.Error(), "disk of the database is full") {
				full++
			}
		})
	}
	wg.Wait()
	require.Positive(t, full)
	require.NotEmpty(t, acked, "what fits is taken")
	require.Equal(t, 200, full+len(acked))
	err := s.Append(ctx, moderation.Change{Jobs: []moderation.NewJob{{Key: "b", Queue: moderation.QueueTimer, Payload: big}}})
	require.ErrorIs(t, err, store.ErrFull)
	require.NoError(t, s.MaxPages(ctx, 100_000))
	require.NoError(t, accept(s, "after"), "it recovers by itself")
	jobs, err := s.Claim(ctx, moderation.QueueCommand, 500)
	require.NoError(t, err)
	require.Len(t, jobs, len(acked)+1)
	for _, j := range jobs[:len(jobs)-1] {
		require.True(t, acked[j.Key], "stored, but its caller got an error")
	}
}

func TestNoMemberIsAcknowledgedByAnothersCommit(t *testing.T) {
	s := open(t, filepath.Join(storetest.TempDir(t), "b.db"))
	gate, at := make(chan struct{}), make(chan struct{})
	var groups []int
	s.OnCommit(func(members int) error {
		if groups == nil {
			close(at)
		}
		<-gate
		groups = append(groups, members)
		if members > 1 || len(groups) == 4 {
			return fmt.Errorf("the disk went away")
		}
		return nil
	})
	first := make(chan error, 1)
	s.Accept(moderation.Delivery{Key: "first", Kind: "command"}, func(_ bool, err error) { first <- err })
	<-at // the first is a group of its own
	var wg sync.WaitGroup
	got := make([]error, 5)
	for i := range got {
		wg.Add(1)
		s.Accept(moderation.Delivery{Key: strconv.Itoa(i), Kind: "command"}, func(fresh bool, err error) {
			got[i] = err
			require.Equal(t, err == nil, fresh)
			wg.Done()
		})
	}
	close(gate)
	require.NoError(t, <-first)
	wg.Wait()
	s.OnCommit(nil)
	jobs, err := s.Claim(t.Context(), moderation.QueueCommand, 10)
	require.NoError(t, err)
	stored := make(map[string]bool)
	for _, j := range jobs {
		stored[j.Key] = true
	}
	failures := 0
	for i, err := range got {
		require.Equal(t, err == nil, stored[strconv.Itoa(i)], "member %d", i)
		if err != nil {
			require.ErrorContains(t, err, "the disk went away")
			failures++
		}
	}
	require.Equal(t, 1, failures, "groups were %v", groups)
	require.Contains(t, groups, 1)
}

func TestABackgroundFailureIsItsOwn(t *testing.T) {
	s := open(t, filepath.Join(storetest.TempDir(t), "b.db"))
	ctx := t.Context()
	gate := make(chan struct{})
	var once sync.Once
	s.OnCommit(func(int) error { once.Do(func() { <-gate }); return nil })
	blocked := make(chan error, 1)
	s.Accept(moderation.Delivery{Key: "first", Kind: "command"}, func(_ bool, err error) { blocked <- err })
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() {
			if i%2 == 0 {
				errs[i] = s.Append(ctx, moderation.Change{Jobs: []moderation.NewJob{{Key: strconv.Itoa(i), Queue: moderation.QueueTimer}}})
				return
			}
			errs[i] = s.Finish(ctx, moderation.Job{ID: 999, Attempt: 1}, moderation.Change{})
		})
	}
	var panicked any
	wg.Go(func() {
		defer func() { panicked = recover() }()
		_ = s.Write(ctx, func() error { panic("odd") })
	})
	close(gate)
	require.NoError(t, <-blocked)
	wg.Wait()
	for i, err := range errs {
		if i%2 == 0 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, moderation.ErrLeaseLost)
		}
	}
	var p *moderation.PanicError
	require.ErrorAs(t, panicked.(error), &p, "a panic is its caller's")
	require.Equal(t, "odd", p.Value)
	require.Contains(t, string(p.Stack), "TestABackgroundFailureIsItsOwn", "where it happened")
	jobs, err := s.Claim(ctx, moderation.QueueTimer, 100)
	require.NoError(t, err)
	require.Len(t, jobs, 10)
}

// A panicking member is not reported as done when its group fails: it is tried again alone, and
// rolled back.
func TestAPanicInAFailedGroupIsNotReportedAsDone(t *testing.T) {
	s := open(t, filepath.Join(storetest.TempDir(t), "b.db"))
	gate, at := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.OnCommit(func(members int) error {
		once.Do(func() { close(at); <-gate })
		if members > 1 {
			return errors.New("the disk went away")
		}
		return nil
	})
	s.Accept(moderation.Delivery{Key: "first", Kind: "command"}, func(bool, error) {})
	<-at
	result := make(chan error, 2)
	runs := 0
	s.Submit(func() error {
		if runs++; runs == 2 {
			panic("odd")
		}
		return nil
	}, func(err error) { result <- err })
	other := make(chan error, 1)
	s.Accept(moderation.Delivery{Key: "other", Kind: "command"}, func(_ bool, err error) { other <- err })
	close(gate)
	var p *moderation.PanicError
	require.ErrorAs(t, <-result, &p)
	require.NoError(t, <-other)
	require.Equal(t, 2, runs)
	s.Submit(func() error { panic("odd") }, func(err error) { result <- err })
	require.ErrorAs(t, <-result, &p, "nor in one that would not")
	require.NoError(t, s.Ping(t.Context()), "the store goes on")
}

func TestGivingUp(t *testing.T) {
	s := open(t, filepath.Join(storetest.TempDir(t), "b.db"))
	gate, at := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.OnCommit(func(int) error { once.Do(func() { close(at); <-gate }); return nil })
	s.Accept(moderation.Delivery{Key: "first", Kind: "command"}, func(bool, error) {})
	<-at
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	ran := false
	go func() { done <- s.Write(ctx, func() error { ran = true; return nil }) }()
	require.Eventually(t, func() bool { return s.Waiting() == 1 }, time.Minute, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	close(gate)
	require.NoError(t, s.Ping(t.Context()))
	require.False(t, ran, "a write without a caller is not run")
}

func TestClose(t *testing.T) {
	path := filepath.Join(storetest.TempDir(t), "b.db")
	s := open(t, path)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Add(1)
		s.Accept(moderation.Delivery{Key: strconv.Itoa(i), Kind: "command"}, func(fresh bool, err error) {
			require.True(t, fresh)
			require.NoError(t, err)
			wg.Done()
		})
	}
	require.NoError(t, s.Close())
	wg.Wait()
	require.NoError(t, s.Close(), "twice is once")
	require.ErrorIs(t, accept(s, "x"), store.ErrClosed)
	require.ErrorIs(t, s.Ping(t.Context()), store.ErrClosed)
	jobs, err := open(t, path).Claim(t.Context(), moderation.QueueCommand, 200)
	require.NoError(t, err)
	require.Len(t, jobs, 100)
}

func TestVerifyNamesWhatWasChanged(t *testing.T) {
	path := filepath.Join(storetest.TempDir(t), "b.db")
	s := open(t, path)
	ctx := t.Context()
	for i := range 5 {
		require.NoError(t, s.Append(ctx, moderation.Change{Entries: []moderation.NewEntry{{Case: int64(i), Kind: moderation.EntryRead, Body: moderation.Body{Typed: "who " + strconv.Itoa(i)}}}}))
	}
	_, err := s.Seal(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Append(ctx, moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryRead}}}))
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for change, names := range map[string]string{
		`UPDATE entries SET number = 9 WHERE number = 3`:                           "entry 3 is missing",
		`UPDATE entries SET case_no = 7 WHERE number = 3`:                          "entry 3 ",
		`UPDATE entries SET kind = 'start' WHERE number = 3`:                       "entry 3 ",
		`UPDATE entries SET at = at + 1 WHERE number = 3`:                          "entry 3 ",
		`UPDATE entries SET app = 1 WHERE number = 3`:                              "entry 3 ",
		`UPDATE entries SET team = 'T2' WHERE number = 3`:                          "entry 3 ",
		`UPDATE entries SET hash = '` + strings.Repeat("0", 64) + `' WHERE id = 3`: "entry 3 ",
		`UPDATE entries SET inner_hash = 'x' WHERE number = 3`:                     "entry 3 ",
		`UPDATE bodies SET body = '{}' WHERE entry_id = 3`:                         "entry 3 does not match its body",
		`UPDATE bodies SET salt = 'x' WHERE entry_id = 3`:                          "entry 3 does not match its body",
		`DELETE FROM bodies WHERE entry_id = 3`:                                    "entry 3 has no body",
		`DELETE FROM entries WHERE id = 3`:                                         "entry 3 is missing",
		`DELETE FROM entries WHERE id = 1`:                                         "entry 1 is missing",
		`DELETE FROM entries WHERE id = 5`:                                         "entry 5 is missing",
		`UPDATE bodies SET body = '[]' WHERE entry_id = 6`:                         "id 6, not yet sealed",
		`UPDATE meta SET value = 'other' WHERE name = 'id'`:                        "entry 1 ",
	} {
		copied := filepath.Join(storetest.TempDir(t), "b.db")
		require.NoError(t, os.WriteFile(copied, whole, 0o600))
		db := raw(t, copied)
		r, err := db.ExecContext(ctx, change)
		require.NoError(t, err, change)
		n, err := r.RowsAffected()
		require.NoError(t, err)
		require.Equal(t, int64(1), n, change)
		require.NoError(t, db.Close())
		s := open(t, copied)
		_, err = s.Verify(ctx)
		require.ErrorContains(t, err, names, change)
		require.NoError(t, s.Close())
	}
}

// Reads during a group do not affect the group's state.
func TestPingBesideWrites(t *testing.T) {
	s := open(t, filepath.Join(storetest.TempDir(t), "a.db"))
	stop := make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		defer close(stop)
		for range 50 {
			if err := s.Append(t.Context(), moderation.Change{Note: &moderation.Note{Target: "a", Text: "again"}}); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		for {
			select {
			case <-stop:
				return nil
			default:
				if err := s.Ping(t.Context()); err != nil {
					return err
				}
			}
		}
	})
	require.NoError(t, g.Wait())
}
