package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"bouncer/moderation"
)

// copyingRow is in meta of a database that Copy has not finished: no bot starts on it.
const copyingRow = "copying"

// errUnfinishedCopy means that a database is a copy that was interrupted.
var errUnfinishedCopy = errors.New("the database is a copy that was not finished: run bouncer store copy again")

// checkFinished returns errUnfinishedCopy for a copy that was interrupted.
func checkFinished(q querier) error {
	var of string
	err := q.one(`SELECT value FROM meta WHERE name = ?`, copyingRow)(&of)
	switch {
	case err == nil:
		return errUnfinishedCopy
	case errors.Is(err, moderation.ErrNotFound):
		return nil
	}
	return err
}

// Copy copies a SQLite database, on which no bot runs, into an empty PostgreSQL database: all rows,
// with their ids, the log with its chain, and the published head. The copy is verified before a bot
// can start on it. One that was interrupted is begun again by the next call. It returns the head of
// the copy and how many entries its chain has; its errors are one sentence each.
func Copy(ctx context.Context, from, to Config) (head moderation.LogHead, entries int64, err error) {
	from.MustExist = true
	source, err := newUnopened(from)
	if err != nil {
		return head, 0, sourceError{err}
	}
	if source.lite == nil || !isPostgres(to.URL) {
		return head, 0, errors.New("FROM must be a SQLite file and TO a PostgreSQL database, postgres://user:password@host/database; bouncer backup copies a SQLite file to another")
	}
	defer func() { err = errors.Join(err, source.release()) }()
	if err := source.takeFile(); err != nil {
		return head, 0, sourceError{source.nameError(err)}
	}
	if err := source.openForReading(ctx); err != nil {
		return head, 0, sourceError{source.nameError(err)}
	}
	target, err := newUnopened(to)
	if err != nil {
		return head, 0, err
	}
	defer func() { err = errors.Join(err, target.release()) }()
	if err := target.receive(ctx, source); err != nil {
		return head, 0, target.nameError(target.explain(err))
	}
	if head, entries, err = target.verifyReceived(ctx, source); err != nil {
		return head, entries, target.nameError(fmt.Errorf("the copy is not valid: %w", err))
	}
	if _, err := target.db.ExecContext(ctx, target.dialect.rebind(`DELETE FROM meta WHERE name = ?`), copyingRow); err != nil {
		return head, entries, target.nameError(target.explain(err))
	}
	return head, entries, nil
}

// sourceError is an error about the database that is copied, which is not that of DATABASE_URL.
type sourceError struct{ err error }

func (e sourceError) Error() string { return strings.ReplaceAll(e.err.Error(), "DATABASE_URL", "FROM") }

func (e sourceError) Unwrap() error { return e.err }

// receive copies all rows of another store into this empty database.
func (s *Store) receive(ctx context.Context, source *Store) (err error) {
	if s.db, err = s.dialect.open(ctx, false); err != nil {
		return err
	}
	if err := s.dialect.check(ctx, s.db); err != nil {
		return err
	}
	var tables int
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name <> 'migrations'`).Scan(&tables); err != nil {
		return err
	}
	if tables > 0 { // before anything is changed
		if err := s.checkReceives(plainSQL{ctx, s.db, s.dialect}); err != nil {
			return err
		}
	}
	// The mark is there before the other tables: no bot begins on a part of them.
	if err := migrateUp(ctx, s.dialect, s.db, s.now(), firstTables); err != nil {
		return err
	}
	if err := s.markReceived(ctx, source.id); err != nil {
		return err
	}
	if err := migrateUp(ctx, s.dialect, s.db, s.now(), s.version); err != nil {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	err = conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("%T is not a connection of pgx", raw)
		}
		return pgx.BeginFunc(ctx, c.Conn(), func(t pgx.Tx) error { return s.copyTables(ctx, t, source) })
	})
	return errors.Join(err, conn.Close())
}

// markReceived marks this database, which must be empty, as an unfinished copy of another.
func (s *Store) markReceived(ctx context.Context, of string) error {
	mark, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = mark.Rollback() }() // after the commit it does nothing
	if err := s.lockReceived(func(q string) error { _, err := mark.ExecContext(ctx, q); return err }); err != nil {
		return err
	}
	if err := s.checkReceives(plainSQL{ctx, mark, s.dialect}); err != nil {
		return err
	}
	if _, err := mark.ExecContext(ctx, s.dialect.rebind(`INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`), copyingRow, of); err != nil {
		return err
	}
	return mark.Commit()
}

// lockReceived takes the lock of the application in a transaction: no bot starts meanwhile.
func (s *Store) lockReceived(exec func(string) error) error {
	for _, q := range s.dialect.beginWrite()[1:] { // the transaction has begun
		if err := exec(q); err != nil {
			return err
		}
	}
	return nil
}

// checkReceives returns an error unless the database has no rows yet, or is an unfinished copy.
func (s *Store) checkReceives(q querier) error {
	notEmpty := errors.New("the database is not empty: name a new one, created with ENCODING 'UTF8'")
	var known bool
	if err := q.one(`SELECT to_regclass('meta') IS NOT NULL AND to_regclass('migrations') IS NOT NULL AND to_regclass('entries') IS NOT NULL`)(&known); err != nil {
		return err
	}
	if !known {
		return notEmpty
	}
	switch err := checkFinished(q); {
	case errors.Is(err, errUnfinishedCopy):
		return nil
	case err != nil:
		return err
	}
	var used bool
	if err := q.one(`SELECT EXISTS (SELECT 1 FROM meta) OR EXISTS (SELECT 1 FROM entries)`)(&used); err != nil {
		return err
	}
	if used {
		return notEmpty
	}
	return nil
}

// copyTables copies the rows of all tables, and the published head, which is a file beside SQLite.
func (s *Store) copyTables(ctx context.Context, t pgx.Tx, source *Store) error {
	if err := s.lockReceived(func(q string) error { _, err := t.Exec(ctx, q); return err }); err != nil {
		return err
	}
	names, err := column[string](source.read(ctx), `SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migrations' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return err
	}
	for _, table := range names {
		if err := copyTable(ctx, t, source, table); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	set := func(name string, value any) error {
		_, err := t.Exec(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		return err
	}
	if err := set(copyingRow, source.id); err != nil {
		return err
	}
	head, err := source.SavedPublishedHead(ctx)
	if err != nil || head.Database == "" {
		return err
	}
	raw, err := asJSON(head).Value()
	if err != nil {
		return err
	}
	return set(headRow, raw)
}

// copyTable streams the rows of one table, and lets the server count them.
func copyTable(ctx context.Context, t pgx.Tx, source *Store, table string) (err error) {
	name := pgx.Identifier{table}
	if _, err := t.Exec(ctx, `TRUNCATE `+name.Sanitize()); err != nil {
		return err
	}
	columns, err := column[string](source.read(ctx), `SELECT name FROM pragma_table_info(?) ORDER BY name`, table)
	if err != nil {
		return err
	}
	var quoted []string
	for _, c := range columns {
		quoted = append(quoted, pgx.Identifier{c}.Sanitize())
	}
	rows, err := source.reads.QueryContext(ctx, `SELECT `+strings.Join(quoted, ", ")+` FROM `+name.Sanitize()) //nolint:gosec,rowserrcheck // names of our tables, quoted; CopyFrom checks copiedRows.Err
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	from := &copiedRows{rows: rows, values: make([]any, len(columns)), source: source}
	n, err := t.CopyFrom(ctx, name, columns, from)
	if err != nil {
		return err
	}
	if n != from.n {
		return fmt.Errorf("%d rows were sent and %d arrived", from.n, n)
	}
	// The bot starts at once, and the server would plan without statistics until its next vacuum.
	_, err = t.Exec(ctx, `ANALYZE `+name.Sanitize())
	return err
}

// copiedRows is a result of SQLite as the source of a COPY.
type copiedRows struct {
	rows   *sql.Rows
	source *Store
	values []any
	n      int64
}

// Next implements pgx.CopyFromSource.
func (c *copiedRows) Next() bool { return c.rows.Next() }

// Values implements pgx.CopyFromSource.
func (c *copiedRows) Values() ([]any, error) {
	c.n++
	into := make([]any, len(c.values))
	for i := range into {
		into[i] = &c.values[i]
	}
	if err := c.rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, v := range c.values {
		if text, ok := v.(string); ok { // PostgreSQL stores no NUL
			c.values[i] = strings.ReplaceAll(text, "\x00", "\ufffd")
		}
	}
	return slices.Clone(c.values), nil
}

// Err implements pgx.CopyFromSource.
func (c *copiedRows) Err() error {
	if err := c.rows.Err(); err != nil {
		return c.source.explain(err)
	}
	return nil
}

// verifyReceived verifies the chain and rows of a copy, and that it ends like its source.
func (s *Store) verifyReceived(ctx context.Context, source *Store) (head moderation.LogHead, entries int64, err error) {
	if s.reads, err = s.dialect.openToRead(ctx); err != nil {
		return head, 0, s.explain(err)
	}
	s.readers = newStatements(s.reads.PrepareContext, s.dialect)
	s.id, s.genesis = source.id, source.genesis
	want, err := source.Head(ctx)
	if err != nil {
		return head, 0, err
	}
	if head, err = s.Head(ctx); err != nil {
		return head, 0, err
	}
	if head != want {
		return head, 0, fmt.Errorf("its log ends with entry %d %s, that of the SQLite file with %d %s", head.Number, head.Hash, want.Number, want.Hash)
	}
	if _, err = s.Verify(ctx); err != nil {
		return head, 0, err
	}
	published, err := s.SavedPublishedHead(ctx)
	if err != nil {
		return head, 0, err
	}
	if err := moderation.CheckPublishedHead(ctx, s, published); err != nil {
		return head, 0, err
	}
	anchor, err := s.Anchor(ctx)
	return head, head.Number - anchor.Number, err
}
