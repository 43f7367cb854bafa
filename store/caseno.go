package store

import (
	"context"
	"errors"

	"bouncer/moderation"
)

// People see case numbers, and an older copy of the database does not know which it used since. So
// the file beside the database stores a number above all used ones, and is written before a case
// reaches it.

// reservedCases is how many numbers are reserved at once: the file is written that rarely, and so
// many numbers may be skipped after a restore.
const reservedCases = 50

// caseNumber returns the number of a new case.
func (t *tx) caseNumber() (int64, error) {
	no, err := t.count("case", 1)
	if err != nil {
		return 0, err
	}
	if t.s.lite == nil { // a restored PostgreSQL database goes back by its own means
		return no, nil
	}
	if err := t.s.headFile.reserve(t.w.ctx, t.s.id, no); err != nil {
		t.s.cfg.Logger.Error("the case number was not written to the file beside the database: after a restore it could be used again", "case", no, "err", err)
	}
	return no, nil
}

// reserve makes sure that the file has at least this number.
func (w *headFile) reserve(ctx context.Context, database string, no int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.load(ctx); err != nil {
		return err
	}
	if no <= w.last.Cases {
		return nil
	}
	next := w.last
	if next.Number == 0 {
		next.Database = database
	}
	next.Cases = no - 1 + reservedCases
	return w.put(ctx, next)
}

// raiseCaseNumber makes the next case's number higher than no.
func (t *tx) raiseCaseNumber(no int64) error {
	err := t.run(`UPDATE counters SET value = ? WHERE name = 'case' AND value < ?`, no, no)
	return err
}

// RaiseNextCase makes the next case's number higher than no, a number that people have seen. Its
// error is the database's.
func (s *Store) RaiseNextCase(ctx context.Context, no int64) error {
	var last int64
	if err := s.read(ctx).one(`SELECT value FROM counters WHERE name = 'case'`)(&last); err != nil || last >= no {
		return err
	}
	return s.write(ctx, func(t *tx) error { return t.raiseCaseNumber(no) })
}

// copyMark is in meta of a database that a backup made, until it is used.
const copyMark = "copied"

// continueAfterRestore continues above all used case numbers when a copy replaces the database
// that it was made from.
func (t *tx) continueAfterRestore() error {
	var at string
	err := t.one(`SELECT value FROM meta WHERE name = ?`, copyMark)(&at)
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := t.s.SavedPublishedHead(t.w.ctx); err != nil {
		return nil //nolint:nilerr // New reports it; the mark stays until it can be read
	}
	if err := t.continueCaseNumbers(); err != nil {
		return err
	}
	err = t.run(`DELETE FROM meta WHERE name = ?`, copyMark)
	return err
}

// continueCaseNumbers continues above all case numbers that the file beside the database knows.
func (t *tx) continueCaseNumbers() error {
	saved, err := t.s.SavedPublishedHead(t.w.ctx)
	if err != nil {
		return nil //nolint:nilerr // New reports it
	}
	return t.raiseCaseNumber(saved.Cases)
}

// NextCase returns the number that the next case gets. Its error is the database's.
func (s *Store) NextCase(ctx context.Context) (no int64, err error) {
	err = s.read(ctx).one(`SELECT value + 1 FROM counters WHERE name = 'case'`)(&no)
	return no, err
}
