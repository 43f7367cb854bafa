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

// errUnused means that a database is empty.
var errUnused = errors.New("no bot has used this database yet, so it has no log: name the one that the bot uses")

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
	switch err := q.one(`SELECT COALESCE(MAX(version_id), 0) FROM migrations`)(&at); {
	case err != nil && strings.Contains(err.Error(), "DATABASE_URL") && !noTable(err):
		return err
	case err != nil:
		return fmt.Errorf("%s is not a database of this program: name the one that the bot uses (%w)", s.dialect.name(), err)
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
		return errUnused
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

// pastPage is how many cases EachCaseSince reads at once.
const pastPage = 500

// EachCaseSince calls visit for the cases requested since a time, in that order, and returns its
// first error, or the database's. The cases have the state of their approval and no more of it, no
// verdicts and no review. Only one page of them is in memory.
func (s *Store) EachCaseSince(ctx context.Context, since time.Time, visit func(moderation.Case) error) error {
	q := s.read(ctx)
	at, no := millis(since), int64(-1)
	for n := pastPage; n == pastPage; {
		page, err := rows(q, `SELECT `+caseColumns+` FROM cases WHERE app = ? AND (asked_at, no) > (?, ?) ORDER BY asked_at, no`+limited,
			[]any{s.app, at, no, pastPage}, (*storedCase).fieldsWithoutVerdicts)
		if err != nil {
			return err
		}
		n = len(page)
		nos := make([]int64, n)
		for i := range page {
			nos[i] = page[i].No
		}
		targets, err := targetIDs(q, nos)
		if err != nil {
			return err
		}
		for i := range page {
			c := page[i].Case
			c.Action.Targets = targets[c.No]
			at, no = millis(c.AskedAt), c.No
			if err := visit(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// targetIDs returns the targets of cases, in their order.
func targetIDs(q querier, nos []int64) (map[int64][]string, error) {
	type target struct {
		no int64
		id string
	}
	of := make(map[int64][]string, len(nos))
	if len(nos) == 0 {
		return of, nil
	}
	args := make([]any, len(nos))
	for i, no := range nos {
		args[i] = no
	}
	found, err := rows(q, `SELECT case_no, target FROM targets WHERE case_no IN (?`+strings.Repeat(`, ?`, len(nos)-1)+`) AND room = '' AND target <> '' ORDER BY case_no, seq`,
		args, func(t *target) []any { return []any{&t.no, &t.id} })
	for _, t := range found {
		of[t.no] = append(of[t.no], t.id)
	}
	return of, err
}
