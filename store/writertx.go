package store

import (
	"context"
	"database/sql/driver"
	"errors"
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
	_, err := w.stmts.exec(w.ctx, `SELECT pg_notify(?, ?)`, []any{w.s.listener.channel, strings.Join(slices.Compact(names), " ")})
	return err
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
	err := w.exec("COMMIT")
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
	for _, query := range w.s.dialect.beginWrite() {
		if _, err := w.stmts.exec(ctx, query, nil); err != nil {
			w.unusable = w.s.dialect.lost(err)
			return err
		}
	}
	query := w.s.dialect.clock()
	if query == "" || w.s.cfg.Now != nil {
		return nil
	}
	var micros int64
	if err := w.stmts.one(ctx, query, nil, []any{&micros}); err != nil {
		return err
	}
	w.clock = time.UnixMicro(micros)
	w.s.ahead.Store(int64(time.Until(w.clock)))
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
	w.conn, w.stmts = conn, newStatements(conn.PrepareContext, w.s.dialect)
	return nil
}

// rollback ends what is open. The database may already have ended it, and then returns an error.
func (w *writer) rollback() {
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
	_, err := w.stmts.exec(w.ctx, query, nil)
	return err
}
