package socket

import (
	"context"
	"errors"
	"time"

	"bouncer/backoff"
)

// openGate serializes the calls of apps.connections.open. The gap runs from
// the end of one call to the start of the next, so that Slack sees them that
// far apart whatever the network does.
type openGate struct {
	turn  chan struct{} // contains one token
	gap   time.Duration
	after time.Time // no call before this; guarded by the token
}

func newGate(gap time.Duration) *openGate {
	g := &openGate{turn: make(chan struct{}, 1), gap: gap}
	g.turn <- struct{}{}
	return g
}

// pass calls open in its turn. A Retry-After delays all callers, because the
// limit applies to the app.
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
