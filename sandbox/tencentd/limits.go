package tencentd

import (
	"maps"
	"sync"
	"time"
)

// Limits are requests a second. In each field zero is the vendor's number and
// a negative one is no limit.
type Limits struct {
	// Cloud is for each action of the cloud API; the vendor's is 20.
	Cloud int
	// Rest is for each v4 command; the vendor's is 200.
	Rest int
	// RoomList is for get_room_list; the vendor's is 10.
	RoomList int
}

func (l *Limits) complete() {
	for _, f := range []struct {
		n    *int
		zero int
	}{{&l.Cloud, 20}, {&l.Rest, 200}, {&l.RoomList, 10}} {
		if *f.n == 0 {
			*f.n = f.zero
		}
	}
}

// limiter passes at most n requests of one API in any second. A refused
// request does not delay the next one.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex
	windows map[string]*window
	hits    map[string]int
}

// window is a ring of the instants at which the last n requests passed.
type window struct {
	passed []time.Time
	next   int
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, windows: map[string]*window{}, hits: map[string]int{}}
}

// take passes one request or counts a refusal.
func (l *limiter) take(api string, n int) bool {
	if n < 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.windows[api]
	if w == nil {
		w = &window{passed: make([]time.Time, n)}
		l.windows[api] = w
	}
	now := l.now()
	// The ring's next slot has the oldest of the last n: if that is younger
	// than a second, n have passed within this second.
	if oldest := w.passed[w.next]; !oldest.IsZero() && now.Sub(oldest) < time.Second {
		l.hits[api]++
		return false
	}
	w.passed[w.next] = now
	w.next = (w.next + 1) % n
	return true
}

// LimitHits returns how often each API refused a request because its rate was
// exceeded. An API that never did is not in it.
func (s *Server) LimitHits() map[string]int {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	return maps.Clone(s.limits.hits)
}

func (l *limiter) resetHits() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.hits)
}
