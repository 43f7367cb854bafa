package moderation

import (
	"context"
	"sync"
)

// turnstile lets single actions and lifts pass before bulk work at an API's
// limit: at most one bulk chunk stands at the limit at a time, and none while
// a single one waits.
type turnstile struct {
	mu   *sync.Mutex
	apis map[string]*apiGate
}

type apiGate struct {
	bulk   chan struct{} // holds one token
	single int           // how many single ones wait
	free   chan struct{} // closed when no single one waits any more
}

func newTurnstile() turnstile {
	return turnstile{mu: new(sync.Mutex), apis: make(map[string]*apiGate)}
}

// enter waits for its place and returns how to leave it again; leave it as
// soon as the turn is taken.
func (t turnstile) enter(ctx context.Context, api string, bulk bool) (leave func(), err error) {
	t.mu.Lock()
	g := t.apis[api]
	if g == nil {
		g = &apiGate{bulk: make(chan struct{}, 1)}
		t.apis[api] = g
	}
	if !bulk {
		if g.single == 0 {
			g.free = make(chan struct{})
		}
		g.single++
		t.mu.Unlock()
		return func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			if g.single--; g.single == 0 {
				close(g.free)
			}
		}, nil
	}
	t.mu.Unlock()
	select {
	case g.bulk <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return func() { <-g.bulk }, t.waitForSingles(ctx, g)
}

// waitForSingles holds a bulk chunk back while single ones wait.
func (t turnstile) waitForSingles(ctx context.Context, g *apiGate) error {
	for {
		t.mu.Lock()
		waiting, free := g.single > 0, g.free
		t.mu.Unlock()
		if !waiting {
			return nil
		}
		select {
		case <-free:
		case <-ctx.Done():
			<-g.bulk
			return ctx.Err()
		}
	}
}
