package slackd

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// feedBacklog is how many changes wait for a slow reader before they are
// dropped in favour of one Resync.
const feedBacklog = 8192

// feed informs subscribers and waiters of changes. Publishing never blocks.
type feed struct {
	mu     sync.Mutex
	subs   map[*subscriber]struct{}
	pulse  chan struct{}
	done   chan struct{}
	closed bool
}

type subscriber struct {
	queue []Change
	wake  chan struct{}
}

func newFeed() *feed {
	return &feed{subs: map[*subscriber]struct{}{}, done: make(chan struct{})}
}

// publish is called with or without Server.mu held; it takes only its own
// lock.
func (f *feed) publish(c Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pulse != nil {
		close(f.pulse)
		f.pulse = nil
	}
	for sub := range f.subs {
		if len(sub.queue) >= feedBacklog {
			sub.queue = []Change{{Kind: Resync, At: c.At}}
		} else {
			sub.queue = append(sub.queue, c)
		}
		select {
		case sub.wake <- struct{}{}:
		default:
		}
	}
}

// changed is closed at the next change.
func (f *feed) changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pulse == nil {
		f.pulse = make(chan struct{})
	}
	return f.pulse
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.done)
	}
}

// Subscribe returns a channel of changes until ctx ends or the server is closed; then the channel
// is closed. A reader that falls behind loses changes and gets a Resync in their place.
func (s *Server) Subscribe(ctx context.Context) <-chan Change {
	out := make(chan Change, 64)
	sub := &subscriber{wake: make(chan struct{}, 1)}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if s.feed.closed {
		close(out)
		return out
	}
	s.feed.subs[sub] = struct{}{}
	s.wg.Go(func() {
		defer close(out)
		defer func() {
			s.feed.mu.Lock()
			delete(s.feed.subs, sub)
			s.feed.mu.Unlock()
		}()
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.feed.done:
				return
			case <-sub.wake:
			}
			s.feed.mu.Lock()
			batch := sub.queue
			sub.queue = nil
			s.feed.mu.Unlock()
			for _, c := range batch {
				select {
				case out <- c:
				case <-ctx.Done():
					return
				case <-s.feed.done:
					return
				}
			}
		}
	})
	return out
}

func (s *Server) publishMessage(kind ChangeKind, m *Message) {
	c := *m
	s.feed.publish(Change{Kind: kind, At: s.now(), Message: &c})
}

// waitFor calls look after changes until it finds something. look copies
// everything that was said, so under load waitFor pauses in proportion to its
// cost.
func waitFor[T any](ctx context.Context, s *Server, what string, look func() (T, bool)) (T, error) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		changed := s.feed.changed()
		began := time.Now()
		if v, ok := look(); ok {
			return v, nil
		}
		pause.Reset(min(4*time.Since(began), 100*time.Millisecond))
		var none T
		for _, next := range []<-chan struct{}{changed, nil} {
			var rested <-chan time.Time
			if next == nil {
				rested = pause.C
			}
			select {
			case <-next:
			case <-rested:
			case <-ctx.Done():
				return none, fmt.Errorf("slackd: waiting for %s: %w", what, ctx.Err())
			case <-s.feed.done:
				return none, ErrClosed
			}
		}
	}
}

// WaitMessage returns the first message of the channel, top level or in a thread, that matches, as
// soon as there is one; nil matches all. The error is the context's when that ends first, or
// ErrClosed.
func (s *Server) WaitMessage(ctx context.Context, channelID string, match func(Message) bool) (Message, error) {
	return waitFor(ctx, s, "a message in "+channelID, func() (Message, bool) {
		return find(s.all(channelID), match)
	})
}

// WaitEphemeral returns the first message that only the person sees and that matches, as soon as
// there is one; replaced and deleted ones do not count. A nil match matches all. The error is the
// context's when that ends first, or ErrClosed.
func (s *Server) WaitEphemeral(ctx context.Context, userID string, match func(Message) bool) (Message, error) {
	return waitFor(ctx, s, "an ephemeral message for "+userID, func() (Message, bool) {
		return find(s.Ephemerals(userID, ""), func(m Message) bool {
			return !m.Replaced && !m.Deleted && (match == nil || match(m))
		})
	})
}

// WaitView returns an open view of the person that matches, as soon as there is one; nil matches
// all. The error is the context's when that ends first, or ErrClosed.
func (s *Server) WaitView(ctx context.Context, userID string, match func(View) bool) (View, error) {
	return waitFor(ctx, s, "a view of "+userID, func() (View, bool) { return find(s.Views(userID), match) })
}

// WaitCall returns an answered call of the method ("" for any) that matches, as soon as there is
// one; nil matches all. The error is the context's when that ends first, or ErrClosed.
func (s *Server) WaitCall(ctx context.Context, method string, match func(Call) bool) (Call, error) {
	return waitFor(ctx, s, "a call of "+method, func() (Call, bool) { return find(s.Calls(method), match) })
}

// WaitConnections returns when exactly n connections are open, ghosts not counted. The error is the
// context's when that ends first, or ErrClosed.
func (s *Server) WaitConnections(ctx context.Context, n int) error {
	_, err := waitFor(ctx, s, fmt.Sprintf("%d connections", n), func() (struct{}, bool) {
		open := 0
		for _, c := range s.Connections() {
			if !c.Ghost && c.State != stateClosing {
				open++
			}
		}
		return struct{}{}, open == n
	})
	return err
}

func find[T any](all []T, match func(T) bool) (T, bool) {
	for _, v := range all {
		if match == nil || match(v) {
			return v, true
		}
	}
	var none T
	return none, false
}
