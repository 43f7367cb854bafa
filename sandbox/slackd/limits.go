package slackd

import (
	"math"
	"time"
)

func (l Limits) resolved() Limits {
	number := func(p *int, def int) {
		switch {
		case *p == 0:
			*p = def
		case *p < 0:
			*p = math.MaxInt
		}
	}
	number(&l.MessageBurst, 3)
	number(&l.MessagesPerMinute, 300)
	number(&l.Tier1, 1)
	number(&l.Tier2, 20)
	number(&l.Tier3, 50)
	number(&l.Tier4, 100)
	number(&l.ConnectionsOpenPerMinute, 10)
	number(&l.Connections, 10)
	number(&l.AckBytes, 20_000)
	number(&l.BlockChars, 13_200)
	number(&l.MetadataBytes, 8_192)
	number(&l.ResponseURLUses, 5)
	if l.Keep <= 0 {
		l.Keep = 50_000
	}
	return l
}

func (t Timing) resolved() Timing {
	length := func(p *time.Duration, def time.Duration) {
		if *p == 0 {
			*p = def
		}
	}
	length(&t.Ack, 3*time.Second)
	length(&t.Trigger, 3*time.Second)
	length(&t.ResponseURL, 30*time.Minute)
	length(&t.Ticket, 30*time.Second)
	length(&t.Warning, 10*time.Second)
	length(&t.Grace, 100*time.Millisecond)
	length(&t.Life, time.Hour)
	length(&t.Ping, 5*time.Second)
	length(&t.Silence, time.Minute)
	if t.EventRetries == nil {
		t.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	return t
}

// tier is how often a method may be called.
type tier int

const (
	tierNone tier = iota // no limit of its own
	tierPost             // chat.postMessage: by channel and by workspace
	tier1
	tier2
	tier3
	tier4
	tierOpen // apps.connections.open
)

// limiter counts calls a method and messages a channel. Slack counts by
// method, workspace and app; here there is one of the latter two.
type limiter struct {
	limits  Limits
	methods map[string]*window
	posts   map[string]*bucket
}

func newLimiter(l Limits) limiter {
	return limiter{limits: l, methods: map[string]*window{}, posts: map[string]*bucket{}}
}

// call counts a call and returns how long the method is closed, 0 if the call may run.
func (l *limiter) call(name string, t tier, now time.Time) time.Duration {
	max := math.MaxInt
	switch t {
	case tierPost:
		max = l.limits.MessagesPerMinute
	case tier1:
		max = l.limits.Tier1
	case tier2:
		max = l.limits.Tier2
	case tier3:
		max = l.limits.Tier3
	case tier4:
		max = l.limits.Tier4
	case tierOpen:
		max = l.limits.ConnectionsOpenPerMinute
	case tierNone:
	}
	if max == math.MaxInt {
		return 0
	}
	w := l.methods[name]
	if w == nil {
		w = &window{}
		l.methods[name] = w
	}
	return w.take(now, max)
}

// post takes a channel's turn: one message a second after a short burst.
func (l *limiter) post(channel string, now time.Time) time.Duration {
	if l.limits.MessageBurst == math.MaxInt {
		return 0
	}
	b := l.posts[channel]
	if b == nil {
		b = &bucket{}
		l.posts[channel] = b
	}
	return b.take(now, l.limits.MessageBurst)
}

// window allows max calls in any minute. A refused call is not counted, and
// the method opens again when the oldest one is a minute old.
type window struct{ times []time.Time }

func (w *window) take(now time.Time, max int) time.Duration {
	old := 0
	for old < len(w.times) && now.Sub(w.times[old]) >= time.Minute {
		old++
	}
	w.times = w.times[old:]
	if len(w.times) >= max {
		return w.times[len(w.times)-max].Add(time.Minute).Sub(now)
	}
	w.times = append(w.times, now)
	return 0
}

// bucket fills by one token a second up to its burst.
type bucket struct {
	full time.Time // when it will be full again
}

func (b *bucket) take(now time.Time, burst int) time.Duration {
	if b.full.Before(now) {
		b.full = now
	}
	next := b.full.Add(time.Second)
	if wait := next.Sub(now) - time.Duration(burst)*time.Second; wait > 0 {
		return wait
	}
	b.full = next
	return 0
}
