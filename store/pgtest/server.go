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
	"time"
)

// Server is a PostgreSQL server of its own, with its data on disk, that can be stopped and started
// again. It ends with this process.
type Server struct {
	// URL is the DATABASE_URL of its empty database.
	URL string

	bin, dir, options string
	once              bool // the data is removed when the server ends
	as                func(*exec.Cmd)
	cmd               *exec.Cmd
	// alive is the pipe that the server lives by; it closes with this process.
	alive io.WriteCloser
}

// NewServer returns a running server. The error says what is missing.
func NewServer() (*Server, error) { return newServer(os.TempDir(), "-c listen_addresses=", false) }

// newServer returns a running server with its data in a new folder below one.
func newServer(below, options string, once bool) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(below, "pgtest")
	if err != nil {
		return nil, err
	}
	as, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync") //nolint:gosec,noctx // programs of the system, which end by themselves
	as(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	s := &Server{URL: "postgres://postgres@/postgres?host=" + url.QueryEscape(dir), bin: bin, dir: dir, options: options, once: once, as: as}
	return s, s.Start()
}

// Start starts a stopped server and waits until it answers. The error says that it does not.
func (s *Server) Start() error {
	// The shell outlives this process by a moment: it ends the server when the pipe
	// to its standard input is closed, however this process ended.
	const script = `"$1" -D "$2" -k "$3" $4 -c max_connections=400 -c log_min_messages=panic >>"$3/log" 2>&1 &
cat >/dev/null
kill -QUIT $!
wait
test "$5" = true && rm -rf "$3"
exit 0`
	s.cmd = exec.Command("sh", "-c", script, "sh", filepath.Join(s.bin, "postgres"), filepath.Join(s.dir, "data"), s.dir, s.options, fmt.Sprint(s.once)) //nolint:gosec,noctx // it lives as long as this process
	s.as(s.cmd)
	var err error
	if s.alive, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		err := run(ctx, s.URL, "SELECT 1")
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the throw-away PostgreSQL server does not answer: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Stop ends the server at once, as a crash does: what was committed is there after Start. Its error
// is the process's.
func (s *Server) Stop() error {
	return errors.Join(s.alive.Close(), s.cmd.Wait())
}

// Close stops the server and removes its data. Its error is that of Stop, or of the removal.
func (s *Server) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.dir)) }
