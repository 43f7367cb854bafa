package people

import (
	"container/list"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// maxOvertaken bounds how often one caller asks again because events arrived
// during the request.
const maxOvertaken = 4

// errOvertaken: an event overtook every answer.
var errOvertaken = errors.New("people: changed repeatedly during the lookup")

// reading is a value of Slack and when it was asked for.
type reading[V any] struct {
	value V
	asked time.Time
}

// cached is an answer in memory. A stale one was overtaken by an event and
// serves as a hint only.
type cached[V any] struct {
	key string
	reading[V]
	stale bool
}

// inflight is one request under way. Its fields but stale are read only after
// done is closed; stale is under the cache's lock.
type inflight[V any] struct {
	asked time.Time
	done  chan struct{}
	value V
	err   error
	// left says that err is the cancellation of the leading caller, which is
	// not an answer for the others.
	left  bool
	stale bool
}

// cache caches answers and lets callers share requests. It starts no
// goroutines: the first caller makes the request, the others wait for it.
type cache[V any] struct {
	now  func() time.Time
	most int

	mu      sync.Mutex
	byKey   map[string]*list.Element  // of *cached[V]
	oldest  *list.List                // front is the longest unread
	flights map[string][]*inflight[V] // newest last
}

func newCache[V any](most int, now func() time.Time) *cache[V] {
	return &cache[V]{
		now: now, most: most,
		byKey: map[string]*list.Element{}, oldest: list.New(), flights: map[string][]*inflight[V]{},
	}
}

// get returns an answer that was requested at most maxAge before this call,
// that no event has overtaken, and for which fits is true.
func (c *cache[V]) get(ctx context.Context, key string, maxAge time.Duration, fits func(V) bool, read func(context.Context) (V, error)) (reading[V], error) {
	came := c.now()
	for range maxOvertaken {
		if err := ctx.Err(); err != nil {
			return reading[V]{}, err
		}
		c.mu.Lock()
		if found, ok := c.good(key, came, maxAge, fits); ok {
			c.mu.Unlock()
			return found, nil
		}
		if f := c.newest(key); f != nil && !f.stale && c.fresh(came, f.asked, maxAge) {
			c.mu.Unlock()
			found, settled, err := c.follow(ctx, f, fits)
			if settled {
				return found, err
			}
			continue
		}
		f := &inflight[V]{asked: c.now(), done: make(chan struct{})}
		c.flights[key] = append(c.flights[key], f)
		c.mu.Unlock()
		c.lead(ctx, key, f, read)
		if f.err != nil {
			return reading[V]{}, f.err
		}
		if !c.overtaken(f) {
			return reading[V]{f.value, f.asked}, nil
		}
	}
	return reading[V]{}, errOvertaken
}

// lead makes a request, stores its answer and wakes the waiting callers.
func (c *cache[V]) lead(ctx context.Context, key string, f *inflight[V], read func(context.Context) (V, error)) {
	f.err = errors.New("people: the request was interrupted") // should read panic
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		rest := slices.DeleteFunc(c.flights[key], func(o *inflight[V]) bool { return o == f })
		if c.flights[key] = rest; len(rest) == 0 {
			delete(c.flights, key)
		}
		if f.err == nil && !f.stale {
			c.keep(key, reading[V]{f.value, f.asked})
		}
		f.left = f.err != nil && ctx.Err() != nil
		close(f.done)
	}()
	f.value, f.err = read(ctx)
}

// follow waits for another caller's request. settled is false if that caller
// was cancelled, or an event overtook the answer.
func (c *cache[V]) follow(ctx context.Context, f *inflight[V], fits func(V) bool) (found reading[V], settled bool, err error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		return reading[V]{}, true, ctx.Err()
	}
	switch {
	case f.left, c.overtaken(f):
		return reading[V]{}, false, nil
	case f.err != nil:
		return reading[V]{}, true, f.err
	case !fits(f.value):
		return reading[V]{}, false, nil
	}
	return reading[V]{f.value, f.asked}, true, nil
}

func (c *cache[V]) overtaken(f *inflight[V]) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return f.stale
}

func (c *cache[V]) newest(key string) *inflight[V] {
	all := c.flights[key]
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// keep stores an answer, unless a newer one is stored, and evicts the longest
// unread beyond the limit. An answer from the future of a clock that was set
// back is not newer.
func (c *cache[V]) keep(key string, a reading[V]) {
	if e, ok := c.byKey[key]; ok {
		k := e.Value.(*cached[V])
		if k.stale || !a.asked.Before(k.asked) || age(c.now(), k.asked) < 0 {
			k.reading, k.stale = a, false
			c.oldest.MoveToBack(e)
		}
		return
	}
	c.byKey[key] = c.oldest.PushBack(&cached[V]{key: key, reading: a})
	for len(c.byKey) > c.most {
		front := c.oldest.Front()
		delete(c.byKey, front.Value.(*cached[V]).key)
		c.oldest.Remove(front)
	}
}

// forget marks what was asked before now as overtaken, requests under way too.
func (c *cache[V]) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		e.Value.(*cached[V]).stale = true
	}
	for _, f := range c.flights[key] {
		f.stale = true
	}
}

// good returns the cached answer if it is fresh enough. The lock must be
// held.
func (c *cache[V]) good(key string, came time.Time, maxAge time.Duration, fits func(V) bool) (reading[V], bool) {
	if e, ok := c.byKey[key]; ok {
		if k := e.Value.(*cached[V]); !k.stale && c.fresh(came, k.asked, maxAge) && fits(k.value) {
			return k.reading, true
		}
	}
	return reading[V]{}, false
}

// peek returns what get would, if that needs no request.
func (c *cache[V]) peek(key string, maxAge time.Duration, fits func(V) bool) (reading[V], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.good(key, c.now(), maxAge, fits)
}

// remembered returns the cached answer of any age.
func (c *cache[V]) remembered(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		return e.Value.(*cached[V]).value, true
	}
	var none V
	return none, false
}

// fresh reports whether something requested at then is at most maxAge older
// than a caller who came earlier or now.
func (c *cache[V]) fresh(came, then time.Time, maxAge time.Duration) bool {
	// What lies ahead of both clocks was written by a clock that was set back.
	return age(c.now(), then) >= 0 && age(came, then) <= maxAge
}

// age returns how much older then is than now. It uses the larger value of
// both clocks: the monotonic one stops while a machine sleeps, the other can
// be set back.
func age(now, then time.Time) time.Duration {
	return max(now.Sub(then), now.Round(0).Sub(then.Round(0)))
}
