package socket

import (
	"context"
	"sync"
)

// ledger counts the envelopes that were taken and not yet settled, and is the
// one place that decides whether another may be taken.
type ledger struct {
	mu     sync.Mutex
	open   int
	closed bool
	zero   chan struct{} // made when somebody waits, closed at zero
}

// begin takes an envelope, or says that none is taken any more.
func (l *ledger) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.open++
	return true
}

// end settles one.
func (l *ledger) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.open == 0 && l.zero != nil {
		close(l.zero)
		l.zero = nil
	}
}

// close takes no more.
func (l *ledger) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// wait returns true when nothing was open at some moment, false when ctx ended
// before.
func (l *ledger) wait(ctx context.Context) bool {
	l.mu.Lock()
	if l.open == 0 {
		l.mu.Unlock()
		return true
	}
	if l.zero == nil {
		l.zero = make(chan struct{})
	}
	zero := l.zero
	l.mu.Unlock()
	select {
	case <-zero:
		return true
	case <-ctx.Done():
		return false
	}
}
