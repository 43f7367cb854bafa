package socket

import (
	"context"
	"errors"
	"time"

	"bouncer/backoff"
)

// openGate is the one line in which everybody waits who wants to call
// apps.connections.open. The gap runs from the end of one call to the start of
// the next: whatever the network does to them, Slack sees them that far apart.
type openGate struct {
	turn  chan struct{} // holds one token
	gap   time.Duration
	after time.Time // no call before this; guarded by the token
}

func newGate(gap time.Duration) *openGate {
	g := &openGate{turn: make(chan struct{}, 1), gap: gap}
	g.turn <- struct{}{}
	return g
}

// pass calls open when its turn has come. A Retry-After of Slack's holds
// everybody back, since the limit is the app's, not a connection's.
func (g *openGate) pass(ctx context.Context, open func() error) error {
	select {
	case <-g.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { g.turn <- struct{}{} }()
	if err := sleep(ctx, time.Until(g.after)); err != nil {
		return err
	}
	err := open()
	wait := g.gap
	if refused, ok := errors.AsType[*OpenError](err); ok {
		wait = max(wait, refused.RetryAfter)
	}
	g.after = time.Now().Add(wait)
	return err
}

// sleep waits for d, or fails when ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// failures counts the failures of one slot in a row.
type failures struct {
	waits backoff.Policy
	n     int
}

// failed counts a failure and returns the wait. Where that is below floor it is
// drawn from floor to one and a half times floor.
func (f *failures) failed(floor time.Duration) time.Duration {
	f.n++
	if wait := f.waits.Wait(f.n); wait >= floor {
		return wait
	}
	return floor + time.Duration(f.waits.Rand()*float64(floor/2))
}

func (f *failures) reset() { f.n = 0 }
