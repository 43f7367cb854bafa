package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bouncer/moderation"
)

// files are the database's files as this process opened them. SQLite continues with a file that
// was deleted, replaced or overwritten, and what it writes then is lost at the next start: so
// nothing more is accepted.
type files struct {
	names  []string // of the database, its log and the log's index
	opened []os.FileInfo
	// seen is the database's file after the last write of this process. Any other change comes
	// from another program.
	seen atomic.Pointer[stamp]
	// damaged is why the file cannot be used until the next start.
	damaged atomic.Pointer[error]
	// writing is locked during a checkpoint, which alone writes to the database's file.
	writing sync.Mutex
	// sealed is the newest entry that this process sealed or found.
	sealed atomic.Pointer[moderation.LogHead]
	// log is the log after the last write of this process, used by the owner of the writer's
	// transaction. index is the log's index.
	log   stamp
	index *os.File
}

type stamp struct {
	size int64
	at   time.Time
}

func stampOf(i os.FileInfo) stamp { return stamp{i.Size(), i.ModTime()} }

// realPath returns the path of a file without symbolic links, also of one that does not exist yet:
// all its names must lead to one lock and one log.
func realPath(path string) (string, error) {
	for range 40 {
		target, err := os.Readlink(path)
		if err != nil { // not a link, or no file
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, os.ErrNotExist) {
		return path, nil // opening it will report it
	}
	if err != nil {
		return "", fmt.Errorf("DATABASE_URL: its folder cannot be found: %w", err)
	}
	return filepath.Join(dir, filepath.Base(path)), nil
}

// restrictModes removes the access of other users to files that an earlier version, or a restore,
// left readable. SQLite creates its own files with the mode of the database.
func (s *Store) restrictModes() {
	for _, end := range []string{"", "-wal", "-shm", ".lock", ".head"} {
		name := s.lite.path + end
		info, err := os.Lstat(name)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(name, info.Mode().Perm()&0o700); err != nil {
			s.cfg.Logger.Warn("others on this machine can read a file of the database (DATABASE_URL)", "file", name, "err", err)
		}
	}
}

// watchFiles remembers the files as they are now.
func (s *Store) watchFiles() error {
	path := s.lite.path
	f := &files{names: []string{path, path + "-wal", path + "-shm"}}
	for _, name := range f.names {
		info, err := os.Stat(name)
		if err != nil {
			return s.explain(err)
		}
		f.opened = append(f.opened, info)
	}
	locked, err := s.lock.opened()
	if err != nil {
		return s.explain(err)
	}
	if !os.SameFile(locked, f.opened[0]) {
		return s.replaced()
	}
	if f.index, err = os.Open(f.names[2]); err != nil {
		return s.explain(err)
	}
	now := stampOf(f.opened[0])
	f.seen.Store(&now)
	f.log = stampOf(f.opened[1])
	s.files = f
	return nil
}

func (s *Store) replaced() error {
	return fmt.Errorf("DATABASE_URL: the database %s was moved or deleted while it was in use, or replaced, so nothing is accepted any more: "+
		"put it and its -wal and -shm files back, or restart on the one that is to be used", s.lite.path)
}

// sameFiles returns nil when the database's files are the ones that were opened.
func (s *Store) sameFiles() error {
	if s.files == nil { // not yet opened
		return nil
	}
	for i, name := range s.files.names {
		if info, err := os.Stat(name); err != nil || !os.SameFile(info, s.files.opened[i]) {
			return s.replaced()
		}
	}
	return nil
}

// intact returns nil when the database's files are the ones that were opened, and no other program
// damaged them. It is called before each transaction and after each that accepted a delivery.
func (s *Store) intact() error {
	f := s.files
	if f == nil { // not yet opened, or only read
		return nil
	}
	if err := f.damaged.Load(); err != nil {
		return *err
	}
	var now stamp
	for i, name := range f.names {
		info, err := os.Stat(name)
		if err != nil || !os.SameFile(info, f.opened[i]) {
			return s.replaced()
		}
		if i == 0 {
			now = stampOf(info)
		}
	}
	if now == *f.seen.Load() {
		return nil
	}
	f.writing.Lock() // our own checkpoint may have changed it
	defer f.writing.Unlock()
	info, err := os.Stat(f.names[0])
	if err != nil {
		return s.replaced()
	}
	if now = stampOf(info); now == *f.seen.Load() {
		return nil
	}
	if err := s.recheck(); err != nil {
		s.stopWrites(err)
		return err
	}
	s.cfg.Logger.Warn("another program wrote to the database's file; it is intact", "database", s.lite.path)
	f.seen.Store(&now)
	return nil
}

// recheck reads the database through a new connection: existing ones answer from memory.
func (s *Store) recheck() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	db, err := s.dialect.openToRead(ctx)
	if err != nil {
		return s.dialect.explain(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := s.dialect.check(ctx, db); err != nil {
		return err
	}
	var id string
	if err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'id'`).Scan(&id); err != nil || id != s.id {
		return s.replaced()
	}
	head := s.files.sealed.Load()
	if head == nil || head.Number == 0 {
		return nil
	}
	var hash string
	if err := db.QueryRowContext(ctx, `SELECT hash FROM entries WHERE number = ?`, head.Number).Scan(&hash); err != nil || hash != head.Hash {
		return s.replaced()
	}
	return nil
}

// stopWrites stops all writes until the next start.
func (s *Store) stopWrites(err error) {
	if s.files != nil && s.files.damaged.CompareAndSwap(nil, &err) {
		s.cfg.Logger.Error("the database is damaged; nothing is accepted until the next start", "err", err)
	}
}

// explain returns one sentence for an error of the database or the file system. It stops writes to
// a database that is damaged.
func (s *Store) explain(err error) error {
	explained := s.dialect.explain(err)
	var e *sqlite.Error
	if errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		s.stopWrites(explained)
	}
	return explained
}

// checkpoint moves commits from the log into the database, as far as no reader needs them, and
// returns the log's length in pages.
func (s *Store) checkpoint(ctx context.Context) (pages int, err error) {
	if s.lite == nil { // PostgreSQL does this itself
		return 0, nil
	}
	if s.files == nil {
		return s.lite.checkpoint(ctx, s.reads)
	}
	s.files.writing.Lock()
	defer s.files.writing.Unlock()
	before := *s.files.seen.Load()
	info, err := os.Stat(s.files.names[0])
	if err != nil {
		return 0, s.replaced()
	}
	if stampOf(info) != before {
		return 0, nil // the next transaction checks it first
	}
	pages, err = s.lite.checkpoint(ctx, s.reads)
	if info, err := os.Stat(s.files.names[0]); err == nil {
		now := stampOf(info)
		s.files.seen.Store(&now)
	}
	return pages, err
}
