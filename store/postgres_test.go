package store_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"

	"github.com/stretchr/testify/require"
)

// replicas opens several stores on one PostgreSQL database.
func replicas(t *testing.T, n int, with ...func(*store.Config)) (all []*store.Store, url string) {
	t.Helper()
	url = pgtest.URL(t)
	for range n {
		c := store.Config{URL: url, App: 1400000001, Team: "T1"}
		for _, set := range with {
			set(&c)
		}
		s, err := store.New(t.Context(), c)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		all = append(all, s)
	}
	return all, url
}

func TestAReplicaWakesTheOthers(t *testing.T) {
	all, _ := replicas(t, 2)
	woken := all[1].JobsWake(moderation.QueueTimer)
	deadline := time.After(10 * time.Second)
	for n := 0; ; n++ { // the other one may not listen yet
		select {
		case <-woken: // what a start wakes
		default:
		}
		require.NoError(t, all[0].Append(t.Context(), moderation.Change{Jobs: []moderation.NewJob{{
			Key: "wake:" + time.Now().String(), Queue: moderation.QueueTimer, Kind: moderation.JobDigest, RunAt: time.Now(),
		}}}))
		select {
		case <-woken:
			return
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			t.Fatal("never woken")
		}
	}
}

// Each job is claimed by one replica, and a shared limit holds for both.
func TestReplicasShareJobsAndLimits(t *testing.T) {
	all, _ := replicas(t, 2)
	const jobs = 100
	var change moderation.Change
	for n := range jobs {
		change.Jobs = append(change.Jobs, moderation.NewJob{Key: "job:" + time.Duration(n).String(), Queue: moderation.QueueTimer, Kind: moderation.JobDigest})
	}
	require.NoError(t, all[0].Append(t.Context(), change))
	var mu sync.Mutex
	claimed := map[int64]int{}
	free := 0
	var wg sync.WaitGroup
	for _, s := range all {
		wg.Go(func() {
			for range jobs {
				list, err := s.Claim(context.Background(), moderation.QueueTimer, 1)
				if err != nil {
					t.Error(err)
					return
				}
				wait, err := s.TakeTurn(context.Background(), moderation.Turn{Key: "k", PerSecond: 0.001, Burst: 50})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, j := range list {
					claimed[j.ID]++
				}
				if wait == 0 {
					free++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Len(t, claimed, jobs)
	for id, n := range claimed {
		require.Equal(t, 1, n, id)
	}
	require.Equal(t, 50, free)
}

// A connection that is lost is replaced; nothing that was answered is missing.
func TestConnectionsThatAreLostAreReplaced(t *testing.T) {
	all, url := replicas(t, 1)
	turn := func() error {
		_, err := all[0].TakeTurn(t.Context(), moderation.Turn{Key: "k", PerSecond: 1, Burst: 1})
		return err
	}
	require.NoError(t, turn())
	for range 3 {
		pgtest.Run(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		require.NoError(t, turn())
		_, err := all[0].Backlog(t.Context())
		require.NoError(t, err)
	}
}

// What is wrong with a DATABASE_URL is one sentence that names it, without the password.
func TestWrongPostgres(t *testing.T) {
	t.Parallel()
	good := pgtest.URL(t)
	change := func(f func(*url.URL)) string {
		u, err := url.Parse(good)
		require.NoError(t, err)
		f(u)
		return u.String()
	}
	weak := pgtest.URL(t)
	role := fmt.Sprintf("weak_%d", os.Getpid())
	pgtest.Run(t, weak, "CREATE ROLE "+role+" LOGIN PASSWORD 'hush'")
	t.Cleanup(func() { pgtest.Run(t, good, "DROP ROLE "+role) })
	pgtest.Run(t, weak, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	u, err := url.Parse(weak)
	require.NoError(t, err)
	u.User = url.UserPassword(role, "hush")
	for name, row := range map[string]struct{ url, says string }{
		"no rights":         {u.String(), "lacks rights"},
		"JDBC":              {"jdbc:postgresql://u:hush@h/db", "DATABASE_URL is neither the path of a file nor a URL"},
		"no scheme":         {"u:hush@h:5432/db", "DATABASE_URL is neither the path of a file nor a URL"},
		"quoted":            {"'postgres://u:hush@h:5432/db'", "begins with 'postgres:"},
		"no such setting":   {change(func(u *url.URL) { u.RawQuery += "&bounce=hush" }), "accepts no connection (FATAL: unrecognized configuration parameter"},
		"not a URL":         {"postgres://u:hush@[", "not a PostgreSQL URL"},
		"no database":       {change(func(u *url.URL) { u.Path = "/none" }), "has no database"},
		"@ in the password": {"postgres://u:hush@hush@127.0.0.1:1/db", "not a PostgreSQL URL"},
		"no server":         {"postgres://u:hush@127.0.0.1:1/db", "cannot be reached"},
		"no such user":      {change(func(u *url.URL) { u.User = url.UserPassword("nobody-here", "hush") }), "does not accept the user"},
		"no schema": {change(func(u *url.URL) {
			q := u.Query()
			q.Set("search_path", "nowhere")
			u.RawQuery = q.Encode()
		}), "has no schema for the tables"},
		"read-only": {change(func(u *url.URL) {
			q := u.Query()
			q.Set("default_transaction_read_only", "on")
			u.RawQuery = q.Encode()
		}), "read-only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := store.New(t.Context(), store.Config{URL: row.url, App: 1400000001, Team: "T1"})
			require.ErrorContains(t, err, row.says)
			require.ErrorContains(t, err, "DATABASE_URL")
			require.NotContains(t, err.Error(), "hush")
			require.NotContains(t, err.Error(), "\n", "one sentence")
			_, err = store.OpenReadOnly(t.Context(), store.Config{URL: row.url, App: 1400000001})
			require.ErrorContains(t, err, "DATABASE_URL")
			require.NotContains(t, err.Error(), "hush")
			require.NotContains(t, err.Error(), "\n", "one sentence")
		})
	}
}

// An address of several servers, of which the one that accepts writes is to be used.
func TestAnAddressThatAsksForThePrimary(t *testing.T) {
	url := pgtest.URL(t) + "&target_session_attrs=read-write"
	s, err := store.New(t.Context(), config(url))
	require.NoError(t, err)
	entry(t, s, "one")
	_, err = s.Seal(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s, err = store.OpenReadOnly(t.Context(), config(url))
	require.NoError(t, err)
	n, err := s.Verify(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(1), n)
	require.NoError(t, s.Close())
}

// A pooler that shares connections among transactions keeps no locks and notifications. It does not
// pass on the settings of a session, or refuses them.
func TestAPoolerIsRefused(t *testing.T) {
	u, err := url.Parse(pgtest.URL(t))
	require.NoError(t, err)
	server := filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432")
	pooler, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pooler.Close()) })
	go func() {
		for {
			c, err := pooler.Accept()
			if err != nil {
				return
			}
			go withoutSettings(c, server)
		}
	}()
	u.Host, u.RawQuery = pooler.Addr().String(), "sslmode=disable"
	for _, open := range []func(context.Context, store.Config) (*store.Store, error){store.New, store.OpenReadOnly} {
		_, err = open(t.Context(), store.Config{URL: u.String(), App: 1400000001, Team: "T1"})
		require.ErrorContains(t, err, "is behind a connection pooler")
	}
}

// withoutSettings passes on a connection, but of its settings only user and database.
func withoutSettings(client net.Conn, path string) {
	defer client.Close() //nolint:errcheck // the test is over with it
	head := make([]byte, 8)
	if _, err := io.ReadFull(client, head); err != nil {
		return
	}
	rest := make([]byte, binary.BigEndian.Uint32(head)-8)
	if _, err := io.ReadFull(client, rest); err != nil {
		return
	}
	out := append([]byte{}, head...)
	for pair := range slices.Chunk(bytes.Split(rest, []byte{0}), 2) {
		if string(pair[0]) == "user" || string(pair[0]) == "database" {
			out = append(append(append(append(out, pair[0]...), 0), pair[1]...), 0)
		}
	}
	out = append(out, 0)
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	server, err := net.Dial("unix", path) //nolint:noctx // it ends with the client
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // the test is over with it
	if _, err := server.Write(out); err != nil {
		return
	}
	go func() { _, _ = io.Copy(server, client) }()
	_, _ = io.Copy(client, server)
}

// Limits that an administrator has set for a role or a database do not end a group that waits for
// another one.
func TestLimitsOfTheDatabaseDoNotApply(t *testing.T) {
	url := pgtest.URL(t)
	name := url[strings.LastIndex(url, "/")+1:]
	name, _, _ = strings.Cut(name, "?")
	pgtest.Run(t, url, `ALTER DATABASE "`+name+`" SET lock_timeout = '1ms'`)
	pgtest.Run(t, url, `ALTER DATABASE "`+name+`" SET statement_timeout = '1ms'`) // last: it limits the next connection
	s, err := store.New(t.Context(), store.Config{URL: url, App: 1400000001, Team: "T1"})
	require.NoError(t, err, "the tables are created")
	require.NoError(t, s.Append(t.Context(), moderation.Change{}))
	require.NoError(t, s.Close())
}

func TestTwoApplicationsOnOneDatabase(t *testing.T) {
	_, url := replicas(t, 1)
	_, err := store.New(t.Context(), store.Config{URL: url, App: 1400000002, Team: "T1"})
	require.ErrorContains(t, err, "belongs to application 1400000001")
}

// A delivery whose commit came too late is taken back, and no other one.
func TestALateCommitOnPostgresIsTakenBack(t *testing.T) {
	url := pgtest.URL(t)
	first := slowStoreAt(t, url)
	require.NoError(t, <-first.accept("acknowledged before the restart", 0))
	s := slowStoreAt(t, url)
	s.hang(3 * time.Minute)
	require.ErrorIs(t, <-s.accept("reported as not stored", 0), store.ErrTooLate)
	require.Equal(t, []string{"acknowledged before the restart"}, s.keys(t))
}

// A commit that happened although its answer was lost is found out: its author does not read
// that nothing was stored.
func TestACommitWhoseAnswerIsLost(t *testing.T) {
	url := pgtest.URL(t)
	s := slowStoreAt(t, url)
	require.NoError(t, <-s.accept("before", 0))
	var once sync.Once
	s.OnCommit(func(int) error {
		once.Do(func() {
			pgtest.Run(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		})
		return nil
	})
	require.NoError(t, <-s.accept("lost", 0))
	require.Equal(t, []string{"before", "lost"}, s.keys(t))
}

// PostgreSQL stores no NUL in a text: it is replaced, also where it comes from outside.
func TestNULOnPostgres(t *testing.T) {
	all, _ := replicas(t, 1)
	require.NoError(t, all[0].Append(t.Context(), moderation.Change{
		Note: &moderation.Note{Target: "a\x00b", Text: "c\x00", By: moderation.Actor{User: "U1"}},
	}))
	notes, err := all[0].Notes(t.Context(), "a\ufffdb")
	require.NoError(t, err)
	require.Len(t, notes, 1)
	require.Equal(t, "c\ufffd", notes[0].Text)
}

// A command for an existing database, such as an erasure, begins no new one at a
// wrong address.
func TestWhatMustExistIsNotBegun(t *testing.T) {
	empty, migrated := config(pgtest.URL(t)), config(pgtest.URL(t))
	_, _, err := store.Migrate(t.Context(), migrated)
	require.NoError(t, err)
	for _, c := range []store.Config{empty, migrated} {
		c.MustExist = true
		for range 2 {
			_, err := store.New(t.Context(), c)
			require.ErrorContains(t, err, "no bot has used this database yet")
		}
	}
	_, n, err := store.Copy(t.Context(), filled(t), migrated)
	require.NoError(t, err, "nothing was written into it")
	require.Equal(t, int64(30), n)
}

// A database of another program is named as such, and not changed.
func TestADatabaseOfAnotherProgram(t *testing.T) {
	for _, table := range []string{"migrations", "jobs"} {
		c := config(pgtest.URL(t))
		pgtest.Run(t, c.URL, `CREATE TABLE `+table+` (id int, name text)`)
		_, err := store.New(t.Context(), c)
		require.ErrorContains(t, err, "has tables of another program: name another database", table)
		_, _, err = store.Migrate(t.Context(), c)
		require.ErrorContains(t, err, "has tables of another program: name another database", table)
		_, _, err = store.Copy(t.Context(), filled(t), c)
		require.Error(t, err, table)
	}
}
