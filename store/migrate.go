package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"bouncer/moderation"
)

// Migrate brings the tables of an existing database up to date, and returns their version before
// and after. The tables of an empty PostgreSQL database are created: from is 0. Its errors are one
// sentence each, like those of New.
func Migrate(ctx context.Context, cfg Config) (from, to int64, err error) {
	cfg.MustExist = true
	s, err := newUnopened(cfg)
	if err != nil {
		return 0, 0, err
	}
	if from, to, err = s.migrateOnly(ctx); err != nil {
		return from, to, s.nameError(errors.Join(err, s.release()))
	}
	return from, to, s.release()
}

func (s *Store) migrateOnly(ctx context.Context) (from, to int64, err error) {
	if s.lite != nil {
		if err := s.takeFile(); err != nil {
			return 0, 0, err
		}
	}
	if s.db, err = s.dialect.open(ctx, false); err != nil {
		return 0, 0, s.explain(err)
	}
	if err := s.dialect.check(ctx, s.db); err != nil {
		return 0, 0, err
	}
	p, err := migrator(s.dialect, s.db, s.now())
	if err != nil {
		return 0, 0, err
	}
	if from, to, err = versions(ctx, p); err != nil {
		return from, to, s.explain(err)
	}
	if from > 0 {
		if err := s.checkApp(plainSQL{ctx, s.db, s.dialect}); err != nil && !errors.Is(err, moderation.ErrNotFound) {
			return from, to, s.explain(err)
		}
	}
	_, err = p.Up(ctx)
	return from, to, s.explain(err)
}

// migrator returns what knows the versions of the tables.
func migrator(d dialect, db *sql.DB, now time.Time) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("embedded migrations: %w", err)
	}
	options, err := d.gooseOptions()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(d.goose(), db, rewritten{FS: sub, rewrite: d.schema}, append(options,
		goose.WithVerbose(false), goose.WithDisableGlobalRegistry(true), goose.WithTableName("migrations"),
		goose.WithGoMigrations(toApplied(now, d.rebind)))...)
}

// versions returns the version of the tables and the one that this program knows. Tables of a newer
// version are an error.
func versions(ctx context.Context, p *goose.Provider) (at, newest int64, err error) {
	known := p.ListSources()
	newest = known[len(known)-1].Version
	if at, err = p.GetDBVersion(ctx); err == nil && at > newest {
		err = newerTables(at, newest)
	}
	return at, newest, err
}

func newerTables(at, newest int64) error {
	return fmt.Errorf("the database was written by a newer version of this program (its tables are at %d, this one knows %d): run that version, or restore a backup from before its upgrade", at, newest)
}

// migrate brings the tables up to date at a start. Tables that are newer than this program are not
// changed, and older ones are not where only Migrate may do it. With mustExist there must be some.
func migrate(ctx context.Context, d dialect, db *sql.DB, now time.Time, mustExist bool) error {
	p, err := migrator(d, db, now)
	if err != nil {
		return err
	}
	at, newest, err := versions(ctx, p)
	switch {
	case err != nil:
		return err
	case at == newest:
		return nil // to find nothing to do, Up would read all files, each into megabytes of its own
	case at == 0 && mustExist:
		return errUnused
	case at > 0 && !d.upgradesAtStart():
		return fmt.Errorf("the database was last used by an older version of this program (its tables are at %d, this one needs %d): run bouncer migrate of this version, then start again", at, newest)
	}
	_, err = p.Up(ctx)
	return err
}

// firstTables is the version that has the tables meta and entries.
const firstTables = 1

// migrateUp brings the tables up to date, or to a version, unless they are newer than this program.
func migrateUp(ctx context.Context, d dialect, db *sql.DB, now time.Time, version int64) error {
	p, err := migrator(d, db, now)
	if err != nil {
		return err
	}
	at, newest, err := versions(ctx, p)
	if err != nil || at >= min(version, newest) {
		return err
	}
	_, err = p.UpTo(ctx, min(version, newest))
	return err
}

// plainSQL reads without a Store that is open.
type plainSQL struct {
	ctx context.Context //nolint:containedctx // lives for one start
	db  interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
		QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	}
	dialect dialect
}

func (p plainSQL) each(query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := p.db.QueryContext(p.ctx, p.dialect.rebind(query), args...)
	return walk(rows, err, row)
}

func (p plainSQL) one(query string, args ...any) func(dest ...any) error {
	return func(dest ...any) error {
		err := p.db.QueryRowContext(p.ctx, p.dialect.rebind(query), args...).Scan(dest...)
		if errors.Is(err, sql.ErrNoRows) {
			return moderation.ErrNotFound
		}
		return err
	}
}
