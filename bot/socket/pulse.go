package socket

import (
	"context"
	"sync"
	"time"
)

const (
	pulseEvery = 500 * time.Millisecond
	// stoodStill is the shortest standstill that counts: a busy machine may delay a tick by less.
	stoodStill = 2 * time.Second
	// backlog is how long after a standstill the reader may still find messages from before its end.
	backlog = time.Second
)

// pulse notices that this process stood still (SIGSTOP, a paused virtual machine). What Slack sent
// meanwhile waits in the socket, and its authors were already shown a failure.
type pulse struct {
	mu      sync.Mutex
	last    time.Time // the latest beat
	stopped time.Time // the beat before the latest standstill
	resumed time.Time // and the one after it
}

// run beats until ctx ends.
func (p *pulse) run(ctx context.Context) {
	every := time.NewTicker(pulseEvery)
	defer every.Stop()
	for {
		p.arrival(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// arrival returns the earliest time at which a message that is read now may have arrived: now, or
// the begin of a standstill that has just ended.
func (p *pulse) arrival(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.last.IsZero() && now.Sub(p.last) > stoodStill {
		p.stopped, p.resumed = p.last, now
	}
	p.last = now
	if !p.resumed.IsZero() && now.Sub(p.resumed) < backlog {
		return p.stopped
	}
	return now
}
