package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// logMost is the log's length in pages, 64 MB, from which the writer itself waits for a
// checkpoint: one that runs beside it never finishes.
const logMost = 16384

// A checkpoint is requested after so many groups or members: one or two megabytes of log.
const (
	checkpointGroups  = 128
	checkpointMembers = 2048
)

// writer owns the one connection that writes. It commits in groups: all waiting deliveries, then
// background work, each of which has a savepoint so that it fails alone. When a group cannot be
// committed, every member is tried alone, so that success is never reported because of another
// member's commit.
type writer struct {
	s     *Store
	conn  *sql.Conn
	stmts *statements
	// pipe sends statements of one group together; nil on SQLite, which has no round trips.
	pipe *pipeline
	// ids are the highest ones in use. On PostgreSQL, where other replicas draw some too, they are
	// read from the sequences when a group begins, and stored there when it ends.
	ids, stored map[sequence]int64
	// clock is the database's time of the current group; zero for a database without a clock.
	clock time.Time
	// retracting are commits of which nobody knew whether they happened, and whose senders were
	// answered that nothing was accepted.
	retracting []*op
	// unusable means that the connection was lost and must be replaced.
	unusable bool
	// base never ends: once begun, a write runs to its end. ctx is that of the current group; on
	// PostgreSQL it ends when the server does not answer in time.
	base   context.Context //nolint:containedctx // the writer lives as long as the store
	ctx    context.Context //nolint:containedctx // of the current group
	cancel context.CancelFunc

	mu         sync.Mutex
	intake     []*op
	waiting    int // bytes of intake
	background []*op
	closed     bool
	signal     chan struct{}
	over       chan struct{}

	// Groups and members committed since the last checkpoint was requested.
	groups, members int
	checkpoint      chan struct{}
	checkpointed    chan struct{}
	others          time.Time   // when a group last included other work than deliveries
	long            atomic.Bool // the log is longer than logMost

	// txn is locked while a transaction is open: the log changes.
	txn sync.Mutex

	since  atomic.Pointer[time.Time] // when the current group began; nil for none
	failed atomic.Bool               // the last commit failed

	// commitHook simulates a failing disk in tests; nil otherwise.
	commitHook func(members int) error
}

func newWriter(ctx context.Context, s *Store, conn *sql.Conn) (*writer, error) {
	w := &writer{
		base: context.WithoutCancel(ctx), ctx: context.WithoutCancel(ctx), cancel: func() {}, s: s, conn: conn, stmts: newStatements(conn.PrepareContext, s.dialect),
		ids: make(map[sequence]int64), stored: make(map[sequence]int64), signal: make(chan struct{}, 1), over: make(chan struct{}),
		checkpoint: make(chan struct{}, 1), checkpointed: make(chan struct{}),
	}
	if s.lite == nil {
		w.pipe = newPipeline(conn, s.dialect)
	}
	for _, q := range sequences {
		if s.lite == nil {
			break
		}
		var top int64
		if err := conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) FROM "+string(q)).Scan(&top); err != nil {
			return nil, err
		}
		w.ids[q] = top
	}
	go w.loop() //nolint:contextcheck // once begun, a write runs to its end
	go w.checkpoints()
	return w, nil
}

// checkpoints moves commits from the log into the database, beside the writer: within a commit it
// would delay every caller.
func (w *writer) checkpoints() {
	defer close(w.checkpointed)
	for range w.checkpoint {
		w.shorten()
	}
}

func (w *writer) shorten() {
	pages, err := w.s.checkpoint(w.base)
	if err != nil {
		w.s.cfg.Logger.Warn("the database's log could not be checkpointed now", "error", err)
	}
	w.long.Store(pages > logMost)
}

// ended reports whether the writer accepts no more work.
func (w *writer) ended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	notify(w.signal)
	<-w.over
	close(w.checkpoint)
	<-w.checkpointed
	return errors.Join(w.stmts.close(), w.conn.Close())
}

func (w *writer) loop() {
	defer close(w.over)
	for range w.signal {
		for w.group() {
			if w.long.Load() {
				w.shorten()
			}
			if !w.intakeWaiting() { // answered callers, above all acknowledgements, run before the next group
				runtime.Gosched()
			}
		}
		w.mu.Lock()
		end := w.closed && len(w.intake) == 0 && len(w.background) == 0
		w.mu.Unlock()
		if end {
			return
		}
	}
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
