package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The writer's transactions and its connection.

// announce makes other replicas wake when a group is committed.
func (w *writer) announce(members []*op) error {
	if w.s.listener == nil {
		return nil
	}
	var names []string
	for _, o := range members {
		if o.err != nil {
			continue
		}
		for q := range o.tx.woken {
			names = append(names, string(q))
		}
		if o.tx.posts {
			names = append(names, postsName)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return w.later(nil, `SELECT pg_notify(?, ?)`, w.s.listener.channel, strings.Join(slices.Compact(names), " "))
}

func (w *writer) commit(members int) error {
	w.mu.Lock()
	hook := w.commitHook
	w.mu.Unlock()
	if hook != nil {
		if err := hook(members); err != nil {
			return err
		}
	}
	err := w.storeIDs()
	if err == nil {
		err = w.exec("COMMIT")
	}
	if err == nil {
		w.end()
	}
	return err
}

// begin begins a transaction. It ends with commit, or with rollback, also where begin or commit
// failed.
func (w *writer) begin(intake bool) error {
	w.txn.Lock()
	w.limit(intake)
	err := w.start()
	if err != nil && w.s.dialect.lost(err) && !errors.Is(err, context.DeadlineExceeded) {
		if err = w.reconnect(); err == nil {
			err = w.start()
		}
	}
	return err
}

// startWithin bounds how long a group waits for its turn among all replicas, and for a server
// that does not answer: Slack waits 3 s.
const startWithin = 2 * time.Second

// How long a group may take on PostgreSQL, where a dead peer is not noticed otherwise: with
// deliveries, whose senders wait 3 s, and without.
const (
	intakeGroupWithin = 2500 * time.Millisecond
	otherGroupWithin  = 20 * time.Second
)

func (w *writer) limit(intake bool) {
	if w.s.lite != nil || w.s.cfg.Now != nil { // by another clock than the server's nothing is late
		return
	}
	within := otherGroupWithin
	if intake {
		within = intakeGroupWithin
	}
	w.ctx, w.cancel = context.WithTimeout(w.base, within)
}

func (w *writer) start() error {
	if w.unusable {
		if err := w.reconnect(); err != nil {
			return err
		}
	}
	ctx, cancel := w.ctx, func() {}
	if w.s.lite == nil && w.s.cfg.Now == nil {
		ctx, cancel = context.WithTimeout(ctx, startWithin)
	}
	defer cancel()
	if w.pipe == nil {
		for _, query := range w.s.dialect.beginWrite() {
			if _, err := w.stmts.exec(ctx, query, nil); err != nil {
				return err
			}
		}
		return nil
	}
	micros, err := w.startPostgres(ctx)
	if err != nil {
		w.unusable = w.s.dialect.lost(err) || errors.Is(err, errAnotherDatabase)
		return err
	}
	if w.s.cfg.Now == nil {
		w.clock = time.UnixMicro(micros)
		w.s.ahead.Store(int64(time.Until(w.clock)))
	}
	return nil
}

// errAnotherDatabase means that a connection leads to another database than the first one did: the
// database was dropped, renamed or restored meanwhile, and its log is another one.
var errAnotherDatabase = errors.New("is not the one that this process started on, so nothing is accepted any more: put that one back, or restart on the one that is to be used")

// startPostgres begins a transaction when no other group of any replica is open, reads the highest
// ids, and returns the server's time in microseconds: all in one round trip. Its error is
// errAnotherDatabase when the database was replaced.
func (w *writer) startPostgres(ctx context.Context) (micros int64, err error) {
	var id, working string
	tops := make([]int64, len(sequences))
	dest := []any{&micros, &id, &working}
	for i := range tops {
		dest = append(dest, &tops[i])
	}
	w.pipe.queued = nil
	for _, query := range w.s.dialect.beginWrite() {
		w.pipe.queued = append(w.pipe.queued, queuedStatement{query: query})
	}
	w.pipe.queued = append(w.pipe.queued, queuedStatement{query: clockAndIDs, dest: dest})
	if err := w.pipe.flush(ctx); err != nil {
		return 0, err
	}
	if w.s.id != "" && id != w.s.id { // the first group reads it
		return 0, fmt.Errorf("DATABASE_URL: the database %s %w", w.s.dialect.name(), errAnotherDatabase)
	}
	w.s.noteWorking(working)
	for i, q := range sequences {
		w.ids[q], w.stored[q] = tops[i], tops[i]
	}
	return micros, nil
}

// storeIDs makes the sequences continue after the ids that this group used.
func (w *writer) storeIDs() error {
	for _, q := range sequences {
		if w.pipe != nil && w.ids[q] > w.stored[q] {
			if err := w.later(nil, `SELECT setval('`+string(q)+`_ids', ?)`, w.ids[q]); err != nil {
				return err
			}
		}
	}
	return nil
}

// reconnect replaces a lost connection. The database rolls back what was open on it.
func (w *writer) reconnect() error {
	w.unusable = true
	_ = w.stmts.close()
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // not back into the pool, where the next one is taken from
	_ = w.conn.Close()
	conn, err := w.s.db.Conn(w.base)
	if err != nil {
		return err
	}
	w.unusable = false
	w.conn, w.stmts, w.pipe = conn, newStatements(conn.PrepareContext, w.s.dialect), newPipeline(conn, w.s.dialect)
	return nil
}

// rollback ends what is open. The database may already have ended it, and then returns an error.
func (w *writer) rollback() {
	if w.pipe != nil {
		w.pipe.queued = nil
	}
	if err := w.exec("ROLLBACK"); err != nil && w.s.lite == nil {
		w.unusable = true // what is open on it ends with the connection
	}
	w.end()
}

func (w *writer) end() {
	w.cancel()
	w.ctx, w.cancel = w.base, func() {}
	if w.s.files != nil {
		w.s.files.logWritten()
	}
	w.txn.Unlock()
}

// logIntact checks the log, unless a transaction is open: the next one checks it.
func (w *writer) logIntact() error {
	if !w.txn.TryLock() {
		return nil
	}
	defer w.txn.Unlock()
	return w.s.logIntact()
}

func (w *writer) exec(query string) error {
	if err := w.later(nil, query); err != nil {
		return err
	}
	return w.flush()
}
