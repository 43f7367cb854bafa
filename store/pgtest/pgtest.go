// Package pgtest provides tests with databases on a throw-away PostgreSQL server, which it
// starts from the installed programs and which ends with the test process. With
// TEST_POSTGRES_URL it uses that server instead. Where there is neither, tests
// fail; they are never skipped.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// server is one for all tests of a process.
var server = sync.OnceValues(func() (*instance, error) { return start(shortDir(), "-c fsync=off -c full_page_writes=off") })

type instance struct {
	url string
	// alive is the pipe that the server lives by; it closes with this process.
	alive io.WriteCloser
}

var databases atomic.Int64

// URL returns the DATABASE_URL of a new, empty database, which is dropped when the
// test ends.
func URL(tb testing.TB) string {
	tb.Helper()
	return create(tb, "template0 ENCODING 'UTF8'")
}

// Copy returns the URL of a new database, a copy of another that nobody is connected to. It is
// dropped after the test.
func Copy(tb testing.TB, of string) string {
	tb.Helper()
	u, err := url.Parse(of)
	require.NoError(tb, err)
	return create(tb, strings.TrimPrefix(u.Path, "/"))
}

func create(tb testing.TB, template string) string {
	tb.Helper()
	s, err := server()
	require.NoError(tb, err)
	base := s.url
	name := fmt.Sprintf("bouncer_%d_%d", os.Getpid(), databases.Add(1))
	require.NoError(tb, run(context.Background(), base, "CREATE DATABASE "+name+" TEMPLATE "+template))
	tb.Cleanup(func() {
		_ = run(context.Background(), base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") // the server ends anyway
	})
	u, err := url.Parse(base)
	require.NoError(tb, err)
	u.Path = "/" + name
	return u.String()
}

// Durable starts a server that keeps its data on disk like one in production, for measurements,
// and returns the DATABASE_URL of its empty database. It ends with this process. The error says
// what is missing.
func Durable() (string, error) {
	s, err := start(os.TempDir(), "")
	if err != nil {
		return "", err
	}
	durable = append(durable, s)
	return s.url, nil
}

// durable keeps the servers of Durable alive.
var durable []*instance

// Run runs a statement on a database.
func Run(tb testing.TB, url, statement string, args ...any) {
	tb.Helper()
	require.NoError(tb, run(context.Background(), url, statement, args...))
}

// ReadOnly makes new connections to the database at a URL read-only ("on") or not ("off").
func ReadOnly(tb testing.TB, database, how string) {
	tb.Helper()
	u, err := url.Parse(database)
	require.NoError(tb, err)
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	require.NoError(tb, run(context.Background(), u.String(), "ALTER DATABASE "+name+" SET default_transaction_read_only = "+how))
}

func run(ctx context.Context, url, statement string, args ...any) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement, args...)
	return errors.Join(err, conn.Close(ctx))
}

// start starts a server with its data in a new folder below one, unless TEST_POSTGRES_URL names a
// server.
func start(below, options string) (*instance, error) {
	if url := os.Getenv("TEST_POSTGRES_URL"); url != "" {
		return &instance{url: url}, nil
	}
	s, err := newServer(below, options+" -c listen_addresses=", true)
	if err != nil {
		return nil, err
	}
	return &instance{s.URL, s.alive}, nil
}

// programs returns the folder of the newest installed server's programs.
func programs() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errors.New("these tests need PostgreSQL: install the server's programs (Debian: postgresql), or name a server with TEST_POSTGRES_URL")
	}
	slices.SortFunc(found, func(a, b string) int { return strings.Compare(b, a) })
	return filepath.Dir(found[0]), nil
}

// shortDir is a folder whose path leaves room for a socket's name.
func shortDir() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return "/tmp"
}
