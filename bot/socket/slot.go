package socket

import (
	"context"
	"errors"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/semaphore"

	"bouncer/hosts"
)

// slot keeps one connection open: it opens it, replaces it before it ends if
// possible, and backs off after failures.
type slot struct {
	client   *Client
	i        int
	failures failures
}

// run returns nil when ctx ends, or a *FatalError. It keeps a connection only
// while the client's allowance covers this slot.
func (s *slot) run(ctx context.Context) error {
	for s.client.allowed.await(ctx, s.i) {
		if err := s.serve(ctx); err != nil {
			return err
		}
	}
	return nil
}

// serve keeps a connection until ctx ends or the allowance covers this slot no
// more.
func (s *slot) serve(ctx context.Context) error {
	s.client.keep(+1)
	defer s.client.keep(-1)
	covered, stop := s.covered(ctx)
	defer stop()
	var current *conn
	var wait time.Duration
	for {
		next, err := s.establish(covered, wait)
		if err != nil {
			if f, ok := errors.AsType[*FatalError](err); ok {
				return f
			}
			s.yield(ctx, current)
			return nil // if ctx ended, the drain sees to the current one
		}
		if current != nil {
			s.client.retire(current)
		}
		current = next
		if wait = s.attend(covered, current); covered.Err() != nil {
			s.yield(ctx, current)
			return nil
		}
	}
}

// covered returns a context that ends when the allowance covers this slot no
// more, or with ctx.
func (s *slot) covered(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.client.cfg.Budget == nil {
		return ctx, func() {}
	}
	covered, stop := context.WithCancel(ctx)
	go func() {
		for covered.Err() == nil {
			n, changed := s.client.allowed.get()
			if s.i >= n {
				stop()
			}
			select {
			case <-covered.Done():
			case <-changed:
			}
		}
	}()
	return covered, stop
}

// yield closes a connection that another process may open instead, unless ctx
// ended.
func (s *slot) yield(ctx context.Context, c *conn) {
	if c == nil || ctx.Err() != nil {
		return
	}
	c.part(s.client.cfg.DrainTimeout-min(s.client.cfg.CloseTimeout, s.client.cfg.DrainTimeout/4), endYielded) //nolint:contextcheck // it uses the connection's own
	<-c.ctx.Done()                                                                                            // CloseTimeout bounds it
}

// attend returns when the connection should be replaced, and how long to wait
// before that.
func (s *slot) attend(ctx context.Context, c *conn) time.Duration {
	select {
	case <-ctx.Done():
		return 0
	case <-c.leaving:
	case <-c.ctx.Done():
	}
	if closed(c.leaving) && c.reason == crowded {
		// One socket fewer is what Slack asks for. It is still read till the end.
		c.closeOpen(crowded)
		return s.failures.failed(s.client.cfg.CrowdedBackoff)
	}
	if time.Since(c.opened) < s.client.cfg.YoungAfter {
		return s.failures.failed(0)
	}
	s.failures.reset()
	return 0
}

// establish returns a connection that received a hello. It tries until ctx
// ends or Slack refuses permanently.
func (s *slot) establish(ctx context.Context, wait time.Duration) (*conn, error) {
	for {
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
		c, err := s.open(ctx)
		if err == nil {
			s.client.cfg.Hooks.OnOpen("ok")
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		code := "dial"
		var floor time.Duration
		if refused, ok := errors.AsType[*OpenError](err); ok {
			code = refused.Code
		}
		if left, ok := errors.AsType[*leftError](err); ok {
			if code = left.reason; code == crowded {
				floor = s.client.cfg.CrowdedBackoff
			}
		}
		s.client.cfg.Hooks.OnOpen(code)
		if f, ok := errors.AsType[*FatalError](s.refusal(err)); ok {
			return nil, f
		}
		wait = s.failures.failed(floor)
		s.client.log.Warn("no socket mode connection", "slot", s.i+1, "err", err, "retry_in", wait.String())
	}
}

// refusal turns an error that lasts into a FatalError.
func (s *slot) refusal(err error) error {
	refused, ok := errors.AsType[*OpenError](err)
	if !ok {
		return err
	}
	f := fatal(refused.Code)
	if refused.Code == "http_404" && !closed(s.client.ready) {
		// After a hello the address is right, and 404 some proxy's hiccup.
		f = &FatalError{Code: refused.Code, Subject: SubjectAPIURL, Advice: "apps.connections.open was not found: check the API URL"}
	}
	if f == nil {
		return err
	}
	f.Needed, f.Provided = refused.Needed, refused.Provided
	return f
}

// leftError: Slack, or the link, ended a connection before its hello.
type leftError struct{ reason string }

func (e *leftError) Error() string { return "connection ended before hello: " + e.reason }

// open gets a URL, dials it and waits for the hello.
func (s *slot) open(ctx context.Context) (*conn, error) {
	cfg := &s.client.cfg
	var url string
	err := s.client.gate.pass(ctx, func() (err error) {
		ctx, cancel := context.WithTimeout(ctx, cfg.OpenTimeout)
		defer cancel()
		url, err = cfg.Opener.Open(ctx)
		return err
	})
	if err != nil {
		if _, ok := errors.AsType[*OpenError](err); !ok {
			return nil, &OpenError{Code: "network", Err: hosts.Unaddressed(err)}
		}
		return nil, err
	}
	dialling, cancel := context.WithTimeout(ctx, cfg.OpenTimeout)
	defer cancel()
	s.client.count(+1)
	ws, l, err := dial(dialling, cfg.Dialer, url)
	if err != nil {
		s.client.count(-1)
		return nil, err
	}
	c := s.client.adopt(ws, l)
	hello := time.NewTimer(cfg.HelloTimeout)
	defer hello.Stop()
	reason := endNoHello
	select {
	case <-c.hello:
		return c, nil
	case <-c.leaving:
		reason = c.reason
	case <-c.ctx.Done():
		reason = endLost
		if closed(c.leaving) {
			reason = c.reason
		}
	case <-hello.C:
	case <-ctx.Done():
		c.closeOpen(endShutdown)
		return nil, ctx.Err()
	}
	c.closeOpen(reason)
	return nil, &leftError{reason}
}

// count counts connections that are being dialled as open, because Slack may
// count them first.
func (c *Client) count(n int) {
	c.mu.Lock()
	c.dialling += n
	c.mu.Unlock()
}

// adopt starts a connection that was dialled.
func (c *Client) adopt(ws *websocket.Conn, l *link) *conn {
	ctx, kill := context.WithCancel(context.Background())
	c.mu.Lock()
	c.dialling--
	c.last++
	conn := &conn{
		client: c, log: c.log.With("connection", c.last),
		ws: ws, link: l, out: newWriter(ws),
		hello: make(chan struct{}), leaving: make(chan struct{}),
		ctx: ctx, kill: kill, places: semaphore.NewWeighted(int64(c.cfg.OpenEnvelopes)), released: make(chan struct{}, 1),
	}
	c.conns = append(c.conns, conn)
	c.mu.Unlock()
	c.group.Go(conn.run)
	return conn
}

// retire closes a connection whose replacement is open, unless Slack, which
// announced to close it, does so within Linger. Until then it is read.
func (c *Client) retire(old *conn) {
	c.group.Go(func() {
		ctx, cancel := context.WithTimeout(old.ctx, c.cfg.Linger)
		defer cancel()
		<-ctx.Done()
		old.closeOpen(endReplaced)
	})
}
