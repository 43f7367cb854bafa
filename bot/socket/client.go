package socket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Client holds an app's Socket Mode connections. Make it with New; its methods
// may be called from any goroutine.
type Client struct {
	cfg     Config
	log     *slog.Logger
	gate    *gate
	open    ledger         // envelopes taken and not settled
	running ledger         // workers of all pools
	group   sync.WaitGroup // connections and those who see them off
	started atomic.Bool
	fail    context.CancelCauseFunc
	ready   chan struct{}
	gone    chan struct{} // closed when the drain is over

	handling context.Context // what handlers get
	stopAll  context.CancelFunc

	mu       sync.Mutex // guards what follows
	conns    []*conn    // that have not ended, oldest first
	dialling int
	last     int         // number of the newest connection
	due      []time.Time // for each slot, when its connection is renewed
	stranded []*delivery // acks without a connection, oldest first
	expiry   *time.Timer // of the oldest of them
	final    bool        // no connection will come any more
}

// New checks the configuration; all its mistakes come in one error. It opens no
// connection and starts no goroutine: Run does. ctx is the one whose values the
// handlers see.
func New(ctx context.Context, cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{
		cfg:   cfg,
		log:   cfg.Logger.With("room", "socket"),
		gate:  newGate(cfg.OpenGap),
		ready: make(chan struct{}),
		gone:  make(chan struct{}),
		due:   make([]time.Time, cfg.Connections),
	}
	c.handling, c.stopAll = context.WithCancel(context.WithoutCancel(ctx))
	return c, nil
}

// Ready is closed when the first hello has come.
func (c *Client) Ready() <-chan struct{} { return c.ready }

// Live is how many connections said hello and stand now. While one is being
// replaced it counts together with its replacement.
func (c *Client) Live() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, conn := range c.conns {
		if conn.standing() {
			n++
		}
	}
	return n
}

// Run connects and stays connected until ctx ends; then it drains and returns
// nil. It returns a *FatalError, after the same drain, when Slack refuses for a
// reason that trying again cannot mend. It may be called once.
//
// The drain, within DrainTimeout: no connection is opened any more, envelopes
// are still taken until none is open or half the time is over, then no more are
// taken (Slack tells their senders that it failed), open acks are waited for,
// and each connection ends with a close frame and Slack's answer to it.
func (c *Client) Run(ctx context.Context) error {
	if !c.started.CompareAndSwap(false, true) {
		return errors.New("socket: run was called before")
	}
	ctx, c.fail = context.WithCancelCause(ctx)
	defer c.fail(nil)
	slots, running := errgroup.WithContext(ctx)
	for i := range c.cfg.Connections {
		s := &slot{client: c, i: i, backoff: backoff{min: c.cfg.BackoffMin, max: c.cfg.BackoffMax, rand: c.cfg.Rand}}
		slots.Go(func() error { return s.run(running) })
	}
	err := slots.Wait()
	if err == nil {
		if f, ok := errors.AsType[*FatalError](context.Cause(ctx)); ok {
			err = f
		}
	}
	if err != nil {
		c.log.Error("socket mode ends", "err", err)
	}
	c.drain() //nolint:contextcheck // ctx has ended; the drain has its own time
	return err
}

// drain brings what is open to its end and closes the connections.
func (c *Client) drain() {
	began := time.Now()
	total := c.cfg.DrainTimeout
	within := func(d time.Duration) (context.Context, context.CancelFunc) {
		return context.WithDeadline(context.Background(), began.Add(d))
	}
	c.mu.Lock()
	c.final = true
	conns := append([]*conn(nil), c.conns...)
	c.mu.Unlock()
	c.expire()

	reserve := min(c.cfg.CloseTimeout, total/4)
	if c.Live() > 0 { // else no ack can be written, and waiting for one is idle
		half, cancel := within(total / 2)
		c.open.wait(half)
		cancel()
		c.open.close()
		most, cancel := within(total - reserve)
		c.open.wait(most)
		cancel()
	}
	c.open.close()
	for _, conn := range conns {
		conn.part(endShutdown)
	}
	end, cancel := within(total)
	defer cancel()
	for _, conn := range conns {
		select {
		case <-conn.ctx.Done():
		case <-end.Done():
			conn.abort()
		}
	}
	if !c.running.wait(end) {
		c.log.Error("handlers still run after the drain", "workers", c.running.count())
	}
	c.stopAll()
	close(c.gone) // frees readers that wait for a handler
	c.group.Wait()
	if n := c.open.count(); n > 0 {
		c.log.Error("envelopes were not acked before the end", "count", n)
	}
}

// handle runs the handler on one delivery.
func (c *Client) handle(d *delivery) {
	env := d.env
	d.env.Payload = nil // an ack that waits must not keep it
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		c.log.Error("handler panicked, its envelope is not acked for it",
			"envelope", shortID(d.env.ID), "type", d.kind, "acked", d.called.Load(), "panic", panicText(v), "stack", string(debug.Stack()))
		c.cfg.Hooks.OnPanic(d.env.ID, d.kind)
		if !d.called.Load() {
			d.settle()
		}
	}()
	c.cfg.Handler(c.handling, env, d.ack)
	returned = true
}

// panicText names a panic without what a payload could have put into it.
func panicText(v any) string {
	if v == nil {
		return "the handler ended its goroutine"
	}
	if err, ok := v.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("value of type %T", v)
}

// welcome takes a connection that said hello into service.
func (c *Client) welcome(conn *conn, counted int) {
	c.mu.Lock()
	held := len(c.conns) + c.dialling
	waiting := c.stranded
	c.stranded = nil
	if c.expiry != nil {
		c.expiry.Stop()
	}
	first := !closed(c.ready)
	if first {
		close(c.ready)
	}
	c.mu.Unlock()
	for _, d := range waiting {
		_ = c.send(d) // a loss is reported by send
	}
	conn.log.Info("socket mode connection stands", "life", conn.life.String(), "num_connections", counted, "held", held)
	if counted > held {
		conn.log.Warn("slack counts more connections than this process holds: another process uses the app, or dead ones take envelopes away",
			"num_connections", counted, "held", held)
		c.cfg.Hooks.OnGhosts(counted - held)
	}
}

// forget drops a connection that ended.
func (c *Client) forget(conn *conn) {
	c.mu.Lock()
	for i, other := range c.conns {
		if other == conn {
			c.conns = append(c.conns[:i:i], c.conns[i+1:]...)
			break
		}
	}
	c.mu.Unlock()
}
