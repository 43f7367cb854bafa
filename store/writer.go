package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"bouncer/moderation"
)

// Bounds of one group: deliveries first, then other work for as long as people do not notice it.
const (
	groupIntake     = 512
	groupBackground = 64
	backgroundTime  = time.Millisecond
	// intakeAlone is how long groups with deliveries leave other work out: an acknowledgement then
	// waits for one small commit. After it the other work has a turn.
	intakeAlone = 20 * time.Millisecond
)

// Bounds of the deliveries that wait. A working disk commits them in a tenth of a second; more are
// rejected.
const (
	intakeMost  = 4096
	intakeBytes = 16 << 20
)

// logMost is the log's length in pages, 64 MB, from which the writer itself waits for a
// checkpoint: one that runs beside it never finishes.
const logMost = 16384

// A checkpoint is requested after so many groups or members: one or two megabytes of log.
const (
	checkpointGroups  = 128
	checkpointMembers = 2048
)

// op is one member of a group. run may be called more than once: after a failed group every member
// is tried alone.
type op struct {
	run  func(*tx) error
	done func(error)
	// state keeps the writer from writing to a caller that gave up.
	state atomic.Int32
	err   error
	tx    tx
	// arrived is when a delivery was received; zero for what cannot be too late. size is about how
	// many bytes it has.
	arrived time.Time
	size    int
	// retract undoes a late commit; nil for nothing.
	retract func(*tx) error
}

// late reports whether its sender has been shown an error by now.
func (o *op) late(now time.Time) bool {
	return !o.arrived.IsZero() && now.Sub(o.arrived) > moderation.AckWithin
}

const (
	opWaiting = iota
	opTaken
	opGivenUp
)

// writer owns the one connection that writes. It commits in groups: all waiting deliveries, then
// background work, each of which has a savepoint so that it fails alone. When a group cannot be
// committed, every member is tried alone, so that success is never reported because of another
// member's commit.
type writer struct {
	s     *Store
	conn  *sql.Conn
	stmts *statements
	ids   map[sequence]int64
	// clock is the database's time of the current group; zero for a database without a clock.
	clock time.Time
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
		ids: make(map[sequence]int64), signal: make(chan struct{}, 1), over: make(chan struct{}),
		checkpoint: make(chan struct{}, 1), checkpointed: make(chan struct{}),
	}
	for _, q := range sequences {
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

// submit passes work to the writer; an error means that it was not accepted.
func (w *writer) submit(o *op, intake bool) error {
	if w == nil { // of a store that only reads
		return ErrClosed
	}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return ErrClosed
	}
	if intake {
		if len(w.intake) >= intakeMost || w.waiting+o.size > intakeBytes {
			w.mu.Unlock()
			return ErrBusy
		}
		w.intake = append(w.intake, o)
		w.waiting += o.size
	} else {
		w.background = append(w.background, o)
	}
	w.mu.Unlock()
	notify(w.signal)
	return nil
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

// intakeWaiting reports whether a delivery waits already.
func (w *writer) intakeWaiting() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.intake) > 0
}

func (w *writer) takeIntake() []*op {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.intake), groupIntake)
	members := w.intake[:n:n]
	for _, o := range members {
		w.waiting -= o.size
	}
	if w.intake = w.intake[n:]; len(w.intake) == 0 {
		w.intake = nil // releases the array of a burst
	}
	return members
}

// takeBackground returns the next work whose caller still waits for it.
func (w *writer) takeBackground() *op {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.background) > 0 {
		o := w.background[0]
		w.background[0] = nil
		w.background = w.background[1:]
		if o.state.CompareAndSwap(opWaiting, opTaken) {
			return o
		}
	}
	return nil
}

// group commits once; false when nothing waited.
func (w *writer) group() bool {
	members := w.takeIntake()
	var next *op
	began := time.Now()
	if len(members) == 0 || began.Sub(w.others) > intakeAlone {
		next, w.others = w.takeBackground(), began
	}
	if len(members) == 0 && next == nil {
		return false
	}
	since := began // a copy, as other goroutines read it
	w.since.Store(&since)
	defer w.since.Store(nil)
	if members = w.inTime(members); len(members) == 0 && next == nil {
		return true
	}
	took := len(members)
	err := w.s.intact()
	if err == nil {
		err = w.s.logIntact()
	}
	if err != nil {
		if next != nil {
			members = append(members, next)
		}
		w.refuse(members, err)
		return true
	}
	err = w.begin(took > 0)
	if err != nil && w.s.dialect.lost(err) { // nobody waits in vain for a server that does not answer
		w.rollback()
		if next != nil {
			members = append(members, next)
		}
		w.refuse(append(members, w.takeIntake()...), err)
		return true
	}
	for i := 0; err == nil && i < took; i++ {
		w.call(members[i])
		err = members[i].err
	}
	began = time.Now()
	for n := 1; err == nil && next != nil; n++ {
		members = append(members, next)
		err = w.member(next)
		next = nil
		if err == nil && n < groupBackground && time.Since(began) < backgroundTime {
			next = w.takeBackground()
		}
	}
	if next != nil {
		members = append(members, next)
	}
	if err == nil {
		err = w.announce(members)
	}
	if err == nil {
		err = w.commit(len(members))
	}
	if err == nil {
		w.committed(members, took)
		return true
	}
	w.rollback()
	lost := w.s.dialect.lost(err)
	// After a lost connection the commit may have happened. Running a member again shows it: the
	// key of a delivery is known then, and a job is finished.
	if len(members) == 1 && !lost {
		w.refuse(members, err)
		return true
	}
	w.s.cfg.Logger.Warn("a group of writes failed; each is tried alone", "members", len(members), "error", err)
	for i, o := range members {
		w.runAlone(o, i < took, lost)
	}
	return true
}

// inTime drops what waited so long that its sender was shown an error.
func (w *writer) inTime(members []*op) []*op {
	now, kept := w.s.now(), members[:0]
	for _, o := range members {
		if o.late(now) {
			o.done(ErrTooLate)
			continue
		}
		kept = append(kept, o)
	}
	return kept
}

// committed answers a group whose commit is durable. Deliveries, the first took members, count
// only when the file is still the one that was opened, and when the commit did not take longer
// than their senders wait.
func (w *writer) committed(members []*op, took int) {
	w.failed.Store(false)
	if took > 0 {
		if err := w.s.intact(); err != nil {
			w.refuse(members, err)
			return
		}
	}
	now := w.s.now()
	var late []*op
	for _, o := range members[:took] {
		if o.late(now) && o.retract != nil {
			late = append(late, o)
		}
	}
	if len(late) > 0 {
		w.takeBack(late)
	}
	w.answer(members)
}

// takeBack undoes what was committed too late, before a worker sees it.
func (w *writer) takeBack(late []*op) {
	err := w.begin(true)
	for i := 0; err == nil && i < len(late); i++ {
		late[i].tx.reset(w)
		err = late[i].retract(&late[i].tx)
	}
	if err == nil {
		err = w.commit(len(late))
	}
	if err != nil { // it stays, and runs or asks by its age
		w.rollback()
		w.s.cfg.Logger.Error("a late commit could not be retracted", "count", len(late), "error", err)
		return
	}
	for _, o := range late {
		o.err = ErrTooLate
	}
}

// refuse answers all members that nothing was done.
func (w *writer) refuse(members []*op, err error) {
	w.failed.Store(true)
	err = w.s.explain(err)
	for _, o := range members {
		o.tx.handOverJobs(false)
		o.done(err)
	}
}

// member runs one background op in its savepoint. The returned error is the group's; the op's own
// is in o.err.
func (w *writer) member(o *op) error {
	if err := w.exec("SAVEPOINT member"); err != nil {
		return err
	}
	w.call(o)
	if o.err == nil {
		return w.exec("RELEASE SAVEPOINT member")
	}
	if w.s.dialect.breaksGroup(o.err) {
		return o.err
	}
	if err := w.exec("ROLLBACK TO SAVEPOINT member"); err != nil {
		return err
	}
	return w.exec("RELEASE SAVEPOINT member")
}

// call runs an op. A panic of what it calls belongs to its caller, not to the store.
func (w *writer) call(o *op) {
	o.tx.reset(w)
	defer func() {
		if p := recover(); p != nil {
			o.err = moderation.RecoveredPanic(p)
		}
	}()
	if o.err = o.run(&o.tx); o.err == nil {
		o.err = o.tx.noID
	}
}

// runAlone runs one member of a failed group in its own transaction. unknown means that the
// commit of the group may have happened.
func (w *writer) runAlone(o *op, intake, unknown bool) {
	if intake && o.late(w.s.now()) {
		if unknown && o.retract != nil { // the commit may have happened
			w.takeBack([]*op{o})
		}
		o.done(ErrTooLate)
		return
	}
	err := w.begin(intake)
	if err == nil {
		w.call(o)
		err = o.err
	}
	if err == nil {
		err = w.announce([]*op{o})
	}
	if err == nil {
		err = w.commit(1)
	}
	if err != nil {
		w.rollback()
		w.refuse([]*op{o}, err)
		return
	}
	took := 0
	if intake {
		took = 1
	}
	w.committed([]*op{o}, took)
}

// answer answers all members, and wakes those who wait for what was committed.
func (w *writer) answer(members []*op) {
	w.groups++
	w.members += len(members)
	if w.groups >= checkpointGroups || w.members >= checkpointMembers {
		w.groups, w.members = 0, 0
		notify(w.checkpoint)
	}
	for _, o := range members {
		o.tx.handOverJobs(o.err == nil)
		if o.err == nil {
			o.tx.wake()
		}
		o.done(w.s.explain(o.err))
	}
}

// write runs a background transaction and waits until it is durable. When ctx ends before it was
// begun, it is not run. A panic of run is raised in its caller.
func (s *Store) write(ctx context.Context, run func(*tx) error) error {
	if s.w == nil {
		return ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	result := make(chan error, 1)
	o := &op{run: run, done: func(err error) { result <- err }}
	if err := s.w.submit(o, false); err != nil {
		return err
	}
	var err error
	select {
	case err = <-result:
	case <-ctx.Done():
		if o.state.CompareAndSwap(opWaiting, opGivenUp) {
			return ctx.Err()
		}
		err = <-result
	}
	var p *moderation.PanicError
	if errors.As(err, &p) {
		panic(p)
	}
	return err
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
