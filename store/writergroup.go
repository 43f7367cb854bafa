package store

import (
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
	if err == nil && len(w.retracting) > 0 { // before a worker of this process claims it
		err = w.takeBack(nil)
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
	if err == nil && took > 0 && next != nil {
		err = w.flush()
	}
	for n := 1; err == nil && next != nil; n++ { // the first one alone needs no savepoint: without it nothing is left to commit
		o := next
		members = append(members, o)
		if took == 0 && n == 1 && w.pipe == nil {
			if w.call(o); o.err != nil && !w.s.dialect.breaksGroup(o.err) {
				w.rollback()
				w.committed(members, took)
				return true
			}
			err = o.err
		} else {
			err = w.member(o)
		}
		next = nil
		if err == nil && n < groupBackground && time.Since(began) < backgroundTime {
			if next = w.takeBackground(); next != nil {
				err = w.settle(o)
			}
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
	var away error
	for i, o := range members {
		if away == nil {
			away = w.runAlone(o, i < took, lost)
			continue
		}
		w.giveUp(o, i < took && lost, away)
	}
	return true
}

// giveUp answers a member that nothing was done. unknown means that a commit of it may have
// happened; a delivery is then retracted.
func (w *writer) giveUp(o *op, unknown bool, err error) {
	if unknown && o.retract != nil {
		w.retracting = append(w.retracting, o)
	}
	w.refuse([]*op{o}, err)
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
		if (o.late(now) || !o.answer.CompareAndSwap(unanswered, answeredByWriter)) && o.retract != nil {
			late = append(late, o)
		}
	}
	if len(late) > 0 {
		_ = w.takeBack(late) // logged, and tried again before the next group
	}
	w.answer(members)
}

// takeBack undoes what was committed too late, before a worker sees it. What cannot be undone now
// is undone before the next group.
func (w *writer) takeBack(late []*op) error {
	late = append(late, w.retracting...)
	w.retracting = nil
	for _, o := range late {
		o.err = ErrTooLate
	}
	err := w.begin(true)
	for i := 0; err == nil && i < len(late); i++ {
		late[i].tx.reset(w)
		err = late[i].retract(&late[i].tx)
	}
	if err == nil {
		err = w.commit(len(late))
	}
	if err != nil {
		w.rollback()
		w.retracting = late
		w.unusable = w.unusable || w.s.lite == nil && w.s.dialect.lost(err)
		w.s.cfg.Logger.Error("a late commit could not be retracted yet", "count", len(late), "error", err)
	}
	return err
}

// refuse answers all members that nothing was done.
func (w *writer) refuse(members []*op, err error) {
	w.failed.Store(true)
	w.unusable = w.unusable || w.s.lite == nil && w.s.dialect.lost(err)
	err = w.s.explain(err)
	for _, o := range members {
		o.tx.handOverJobs(false)
		o.done(err)
	}
}

// member runs one background op in its savepoint. The returned error is the group's; the op's own
// is in o.err.
func (w *writer) member(o *op) error {
	if err := w.later(nil, "SAVEPOINT member"); err != nil {
		return err
	}
	w.call(o)
	if o.err != nil {
		return w.undo(o.err)
	}
	return w.later(nil, "RELEASE SAVEPOINT member")
}

// settle sends what a successful member has left to be sent, so that an error of it is its own
// and not the next one's.
func (w *writer) settle(o *op) error {
	if o.err != nil || w.pipe == nil {
		return nil
	}
	if o.err = w.flush(); o.err != nil {
		return w.undo(o.err)
	}
	return nil
}

// undo undoes what a member did that failed with an error. The returned error is the group's.
func (w *writer) undo(err error) error {
	if w.s.dialect.breaksGroup(err) {
		return err
	}
	if w.pipe != nil {
		sent := !w.pipe.dropFrom("SAVEPOINT member")
		if !sent {
			return nil
		}
	}
	if err := w.later(nil, "ROLLBACK TO SAVEPOINT member"); err != nil {
		return err
	}
	return w.later(nil, "RELEASE SAVEPOINT member")
}

// call runs an op. A panic of what it calls belongs to its caller, not to the store.
func (w *writer) call(o *op) {
	o.tx.reset(w)
	defer func() {
		if p := recover(); p != nil {
			o.err = moderation.RecoveredPanic(p)
		}
	}()
	o.err = o.run(&o.tx)
}

// runAlone runs one member of a failed group in its own transaction. unknown means that the
// commit of the group may have happened. The returned error means that the database is away.
func (w *writer) runAlone(o *op, intake, unknown bool) (away error) {
	if intake && o.late(w.s.now()) {
		if unknown && o.retract != nil { // the commit may have happened
			_ = w.takeBack([]*op{o}) // logged, and tried again before the next group
		}
		o.done(ErrTooLate)
		return nil
	}
	err := w.begin(intake)
	if err != nil && w.s.dialect.lost(err) {
		away = err
	}
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
		w.giveUp(o, intake && (unknown || w.s.dialect.lost(err)), err)
		return away
	}
	took := 0
	if intake {
		took = 1
	}
	w.committed([]*op{o}, took)
	return nil
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
