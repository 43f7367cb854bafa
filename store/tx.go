package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"bouncer/moderation"
)

// querier is what reads need, within a transaction and without.
type querier interface {
	// one reads a single row; moderation.ErrNotFound when there is none.
	one(query string, args ...any) func(dest ...any) error
	source
}

// readConnections is how many connections reads have.
const readConnections = 4

// errLost means that a connection was lost in the middle of a read.
var errLost = errors.New("the connection was lost in the middle of a read")

// limited ends a query with a bound number of rows. With a bare parameter the planner would plan
// the query again at each call.
const limited = ` LIMIT ? + 0`

// perRow ends a subquery of EXISTS that PostgreSQL runs for each row, by an index, and does not join: a
// plan that was made when the tables were empty joins by reading all rows.
const perRow = ` LIMIT 1 OFFSET 0`

// statements caches prepared statements by their text.
type statements struct {
	prepare func(context.Context, string) (*sql.Stmt, error)
	dialect dialect
	mu      sync.Mutex
	known   map[string]*sql.Stmt
}

func newStatements(prepare func(context.Context, string) (*sql.Stmt, error), d dialect) *statements {
	return &statements{prepare: prepare, dialect: d, known: make(map[string]*sql.Stmt)}
}

func (s *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.known[query]; ok {
		return st, nil
	}
	st, err := s.prepare(ctx, s.dialect.rebind(query)) //nolint:sqlclosecheck // kept, and closed with all others
	if err != nil {
		return nil, err
	}
	s.known[query] = st
	return st, nil
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, st := range s.known {
		errs = append(errs, st.Close())
	}
	clear(s.known)
	return errors.Join(errs...)
}

// exec returns the number of changed rows.
func (s *statements) exec(ctx context.Context, query string, args []any) (int64, error) {
	st, err := s.get(ctx, query) //nolint:sqlclosecheck // kept, and closed with all others
	if err != nil {
		return 0, err
	}
	r, err := st.ExecContext(ctx, s.dialect.bind(args)...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (s *statements) one(ctx context.Context, query string, args []any, dest []any) error {
	st, err := s.get(ctx, query) //nolint:sqlclosecheck // kept, and closed with all others
	if err != nil {
		return err
	}
	err = st.QueryRowContext(ctx, s.dialect.bind(args)...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return moderation.ErrNotFound
	}
	return err
}

func (s *statements) each(ctx context.Context, query string, args []any, row func(scan func(dest ...any) error) error) error {
	st, err := s.get(ctx, query) //nolint:sqlclosecheck // kept, and closed with all others
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, s.dialect.bind(args)...)
	return walk(rows, err, row)
}

// reader reads what is committed, on a connection of its own.
type reader struct {
	ctx context.Context //nolint:containedctx // lives for one call
	s   *Store
}

// read returns a reader for a few rows. Its reads are not cancelled with ctx: watching it would
// cost each of them a goroutine.
func (s *Store) read(ctx context.Context) reader {
	return reader{ctx: context.WithoutCancel(ctx), s: s}
}

func (r reader) one(query string, args ...any) func(dest ...any) error {
	return func(dest ...any) error {
		return r.s.explain(r.again(r.ctx, func(ctx context.Context) error { return r.s.readers.one(ctx, query, args, dest) }))
	}
}

// again repeats a read whose connection was lost: the server may have closed an idle one long
// ago, and each of the others too.
func (r reader) again(ctx context.Context, read func(context.Context) error) (err error) {
	if r.s.lite != nil {
		return read(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, otherGroupWithin)
	defer cancel()
	for range readConnections + 1 {
		if err = read(ctx); err == nil || !r.s.dialect.lost(err) {
			return err
		}
	}
	return err
}

func (r reader) each(query string, args []any, row func(scan func(dest ...any) error) error) error {
	began := false
	return r.s.explain(r.again(r.ctx, func(ctx context.Context) error {
		if began { // rows were passed on already
			return errLost
		}
		return r.s.readers.each(ctx, query, args, func(scan func(dest ...any) error) error {
			began = true
			return row(scan)
		})
	}))
}

// sequence is a table whose rows get increasing ids.
type sequence string

const (
	seqJobs     sequence = "jobs"
	seqEntries  sequence = "entries"
	seqCalls    sequence = "calls"
	seqPosts    sequence = "posts"
	seqNotes    sequence = "notes"
	seqEvidence sequence = "evidence"
)

var sequences = []sequence{seqJobs, seqEntries, seqCalls, seqPosts, seqNotes, seqEvidence}

// tx is one member's part of a transaction. It does not use its caller's context: once begun, a
// write runs to its end.
type tx struct {
	w     *writer
	s     *Store
	began time.Time // by this process's monotonic clock
	now   int64     // Unix milliseconds by the store's clock
	clock time.Time
	woken map[moderation.Queue]bool
	posts bool
	// handed are jobs that were claimed as they were written.
	handed []handed
}

// handed is a job with the worker's slot that was reserved for it.
type handed struct {
	slots *moderation.Slots
	job   moderation.Job
}

func (t *tx) reset(w *writer) {
	t.handOverJobs(false)
	began := time.Now()
	now := w.s.now()
	if !w.clock.IsZero() {
		now = w.clock
	}
	*t = tx{w: w, s: w.s, began: began, now: now.UnixMilli(), clock: now}
}

// next returns the id of a new row. They are counted in memory, because no other process writes
// while a group is open; ids of failed transactions are not reused on SQLite.
func (t *tx) next(q sequence) (id int64) {
	t.w.ids[q]++
	return t.w.ids[q]
}

// count increases a counter by n and returns its new value.
func (t *tx) count(name string, n int) (v int64, err error) {
	err = t.one(`UPDATE counters SET value = value + ? WHERE name = ? RETURNING value`, n, name)(&v)
	return v, err
}

// run runs a statement, not necessarily at once: see writer.later.
func (t *tx) run(query string, args ...any) error { return t.w.later(nil, query, args...) }

// exec returns the number of changed rows.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.w.flush(); err != nil {
		return 0, err
	}
	return t.w.stmts.exec(t.w.ctx, query, args)
}

func (t *tx) one(query string, args ...any) func(dest ...any) error {
	return func(dest ...any) error {
		if err := t.w.flush(); err != nil {
			return err
		}
		return t.w.stmts.one(t.w.ctx, query, args, dest)
	}
}

func (t *tx) each(query string, args []any, row func(scan func(dest ...any) error) error) error {
	if err := t.w.flush(); err != nil {
		return err
	}
	return t.w.stmts.each(t.w.ctx, query, args, row)
}

// wakes records that a queue has work; its workers are woken after the commit.
func (t *tx) wakes(q moderation.Queue) {
	if t.woken == nil {
		t.woken = make(map[moderation.Queue]bool, 2)
	}
	t.woken[q] = true
}

// handOverJobs hands over claimed jobs after the commit, or releases their slots.
func (t *tx) handOverJobs(committed bool) {
	for _, h := range t.handed {
		if committed {
			h.slots.HandOver(h.job)
		} else {
			h.slots.Release()
		}
	}
	t.handed = nil
}

func (t *tx) wake() {
	for q := range t.woken {
		if c, ok := t.s.wake[q]; ok {
			notify(c)
		}
	}
	if t.posts {
		notify(t.s.posts)
	}
}
