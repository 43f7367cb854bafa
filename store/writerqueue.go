package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"bouncer/moderation"
)

// Bounds of the deliveries that wait. A working disk commits them in a tenth of a second; more are
// rejected.
const (
	intakeMost  = 4096
	intakeBytes = 16 << 20
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
	// answer is who answers a delivery: the writer, or the clock that its sender waits by.
	answer atomic.Int32
}

const (
	unanswered = iota
	answeredByWriter
	answeredByClock
)

// late reports whether its sender has been shown an error by now.
func (o *op) late(now time.Time) bool {
	return o.answer.Load() == answeredByClock || !o.arrived.IsZero() && now.Sub(o.arrived) > moderation.AckWithin
}

const (
	opWaiting = iota
	opTaken
	opGivenUp
)

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
