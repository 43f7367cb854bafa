package moderation

import (
	"context"
	"sync"
)

// priorityLimiter orders the calls of this process that wait for an API's rate limit. One at a
// time asks the store for a turn, so that waiting is cheap; single actions and lifts go before
// bulk work.
type priorityLimiter struct {
	mu   *sync.Mutex
	apis map[string]*apiGate
}

type apiGate struct {
	place  chan struct{} // has one token: the call that asks the store
	bulk   chan struct{} // has one token: the bulk chunk that is next
	single int           // how many single calls wait or ask
	free   chan struct{} // closed when no single call waits
}

func newPriorityLimiter() priorityLimiter {
	return priorityLimiter{mu: new(sync.Mutex), apis: make(map[string]*apiGate)}
}

func (t priorityLimiter) gate(api string) *apiGate {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.apis[api]
	if g == nil {
		g = &apiGate{place: make(chan struct{}, 1), bulk: make(chan struct{}, 1)}
		t.apis[api] = g
	}
	return g
}

// enter waits for the place and returns a function that frees it again, to be called as soon as
// the turn is taken.
func (t priorityLimiter) enter(ctx context.Context, api string, bulk bool) (leave func(), err error) {
	g := t.gate(api)
	if bulk {
		return t.enterBulk(ctx, g)
	}
	t.wait(g)
	select {
	case g.place <- struct{}{}:
		return func() { <-g.place; t.done(g) }, nil
	case <-ctx.Done():
		t.done(g)
		return nil, ctx.Err()
	}
}

// wait and done count single calls.
func (t priorityLimiter) wait(g *apiGate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g.single == 0 {
		g.free = make(chan struct{})
	}
	g.single++
}

func (t priorityLimiter) done(g *apiGate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g.single--; g.single == 0 {
		close(g.free)
	}
}

// enterBulk waits behind every single call.
func (t priorityLimiter) enterBulk(ctx context.Context, g *apiGate) (leave func(), err error) {
	select {
	case g.bulk <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		t.mu.Lock()
		waiting, free := g.single > 0, g.free
		t.mu.Unlock()
		if !waiting {
			select {
			case g.place <- struct{}{}:
				return func() { <-g.place; <-g.bulk }, nil
			case <-ctx.Done():
				<-g.bulk
				return nil, ctx.Err()
			}
		}
		select {
		case <-free:
		case <-ctx.Done():
			<-g.bulk
			return nil, ctx.Err()
		}
	}
}
