package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"
)

// ErrReadOnly means that the store was opened read-only.
var ErrReadOnly = errors.New("the store was opened read-only")

// ErrOlder means that a database is of an older version, whose tables only Migrate, or on SQLite a
// writing store, brings up to date.
var ErrOlder = errors.New("the database was last used by an older version of this program: run bouncer migrate of this version")

// OpenReadOnly returns an existing database, opened for reading, also while a bot runs on it: it
// takes no lock, changes nothing and releases no leases. Each read sees what was committed before
// it. Writes get ErrReadOnly. A database of an older version is ErrOlder.
func OpenReadOnly(ctx context.Context, cfg Config) (*Store, error) {
	s, err := newUnopened(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.openForReading(ctx); err != nil {
		return nil, s.nameError(errors.Join(err, s.release()))
	}
	return s, nil
}

func (s *Store) openForReading(ctx context.Context) error {
	if s.lite != nil {
		if _, err := os.Stat(s.lite.path); err != nil {
			return fmt.Errorf("no database: %w", err)
		}
	}
	var err error
	if s.reads, err = s.dialect.openToRead(ctx); err != nil {
		return s.explain(err)
	}
	s.readers = newStatements(s.reads.PrepareContext, s.dialect)
	if err := s.dialect.check(ctx, s.reads); err != nil {
		return err
	}
	q := s.read(ctx)
	var at int64
	if err := q.one(`SELECT COALESCE(MAX(version_id), 0) FROM migrations`)(&at); err != nil {
		return fmt.Errorf("%s is not a database of this program: %w", s.dialect.name(), err)
	}
	newest, err := newestMigration()
	switch {
	case err != nil:
		return err
	case at > newest:
		return newerTables(at, newest)
	case at < newest:
		return ErrOlder
	}
	if err := checkFinished(q); err != nil {
		return err
	}
	switch err := q.one(`SELECT value FROM meta WHERE name = 'id'`)(&s.id); {
	case errors.Is(err, moderation.ErrNotFound):
		return errors.New("no bot has used this database yet, so it has no log")
	case err != nil:
		return err
	}
	s.genesis = genesis(s.id)
	return s.checkApp(q)
}

// newestMigration returns the version of the tables that this program knows.
func newestMigration() (newest int64, err error) {
	newest = appliedVersion
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return 0, fmt.Errorf("embedded migrations: %w", err)
	}
	for _, f := range files {
		number, _, _ := strings.Cut(path.Base(f.Name()), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("embedded migrations: %w", err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}

// Unsealed returns how many entries are not yet in the chain. Its error is the database's.
func (s *Store) Unsealed(ctx context.Context) (n int, err error) {
	err = s.read(ctx).one(`SELECT COUNT(*) FROM entries WHERE number IS NULL`)(&n)
	return n, err
}

// CasesSince returns the numbers of the cases requested since a time, in that order. Its error is
// the database's.
func (s *Store) CasesSince(ctx context.Context, since time.Time) ([]int64, error) {
	return column[int64](s.read(ctx), `SELECT no FROM cases WHERE app = ? AND asked_at >= ? ORDER BY asked_at, no`, s.app, millis(since))
}
