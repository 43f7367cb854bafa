package socket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"bouncer/backoff"
)

// Client manages an app's Socket Mode connections. Create it with New; its
// methods may be called from any goroutine.
type Client struct {
	cfg      Config
	log      *slog.Logger
	gate     *openGate
	group    sync.WaitGroup // connections and the goroutines that retire them
	handlers sync.WaitGroup
	started  atomic.Bool
	fail     context.CancelCauseFunc
	ready    chan struct{}

	handling context.Context // what handlers get
	stopAll  context.CancelFunc
	waiting  chan *delivery // whose handler has not begun; each has a goroutine that is about to take one

	pulse   pulse
	allowed *allowance
	standby atomic.Bool   // the other processes have all connections
	yielded chan struct{} // buffers one signal: a slot gave its connection up

	mu         sync.Mutex // guards what follows
	conns      []*conn    // that have not ended, oldest first
	dialling   int
	kept       int   // slots that have a connection, or open one
	recent     []int // connections that other processes had open, the newest last
	suspicions []suspicion
	last       int // number of the newest connection
}

// New checks the configuration and reports all its mistakes in one error. It
// opens no connection and starts no goroutine; Run does. The handlers get the
// values of ctx.
func New(ctx context.Context, cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{
		cfg:   cfg,
		log:   cfg.Logger.With("component", "socket"),
		gate:  newGate(cfg.OpenGap),
		ready: make(chan struct{}), yielded: make(chan struct{}, 1),
		waiting: make(chan *delivery, cfg.OpenEnvelopes),
		allowed: newAllowance(cfg.Connections),
	}
	if cfg.Budget != nil {
		c.allowed = newAllowance(0)
	}
	c.handling, c.stopAll = context.WithCancel(context.WithoutCancel(ctx))
	return c, nil
}

// Ready returns a channel that is closed when the first hello was received.
func (c *Client) Ready() <-chan struct{} { return c.ready }

// Live returns the number of open connections that received a hello. During a
// replacement both connections count.
func (c *Client) Live() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, conn := range c.conns {
		if conn.isOpen() {
			n++
		}
	}
	return n
}

// Standby reports whether this process has no connection because the others
// have all that an app may keep.
func (c *Client) Standby() bool { return c.standby.Load() }

// Run connects and stays connected until ctx ends; then it drains and returns
// nil. It returns a *FatalError, after the same drain, if Slack refuses for a
// reason that a retry cannot fix. It may be called once.
//
// The drain, bounded by DrainTimeout: no more connections are opened, and each
// one is closed with a close frame and Slack's answer to it at a moment when no
// ack is open. An envelope that crosses the close frame is not accepted (Slack
// shows its author that it failed).
func (c *Client) Run(ctx context.Context) error {
	if !c.started.CompareAndSwap(false, true) {
		return errors.New("socket: Run was already called")
	}
	ctx, c.fail = context.WithCancelCause(ctx)
	defer c.fail(nil)
	slots, running := errgroup.WithContext(ctx)
	beating, stop := context.WithCancel(context.WithoutCancel(ctx)) // until the drain is over
	var beat sync.WaitGroup
	beat.Go(func() { c.pulse.run(beating) })
	defer beat.Wait()
	defer stop()
	for i := range c.cfg.Connections {
		s := &slot{client: c, i: i, failures: failures{waits: backoff.Policy{First: c.cfg.BackoffMin, Max: c.cfg.BackoffMax, Rand: c.cfg.Rand}}}
		slots.Go(func() error { return s.run(running) })
	}
	if c.cfg.Budget != nil {
		slots.Go(func() error { c.follow(running); return nil })
	}
	err := slots.Wait()
	if err == nil {
		if f, ok := errors.AsType[*FatalError](context.Cause(ctx)); ok {
			err = f
		}
	}
	if err != nil {
		c.log.Error("socket mode ended", "err", err)
	}
	c.drain() //nolint:contextcheck // ctx has ended; the drain has its own time
	c.leave() //nolint:contextcheck // likewise
	return err
}

// leave lets other processes open the connections that this one closed.
func (c *Client) leave() {
	if c.cfg.Budget == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.CloseTimeout)
	defer cancel()
	if err := c.cfg.Budget.Leave(ctx); err != nil {
		c.log.Warn("the share of socket mode connections was not returned, it ends by itself", "err", err)
	}
}

// drain brings what is open to its end and closes the connections.
func (c *Client) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.DrainTimeout)
	defer cancel()
	c.mu.Lock()
	conns := slices.Clone(c.conns)
	c.mu.Unlock()
	var closing sync.WaitGroup
	for _, conn := range conns {
		closing.Go(func() {
			conn.part(c.cfg.DrainTimeout-min(c.cfg.CloseTimeout, c.cfg.DrainTimeout/4), endShutdown) //nolint:contextcheck // it uses the connection's own
			select {
			case <-conn.ctx.Done():
			case <-ctx.Done():
				conn.abort()
			}
		})
	}
	closing.Wait()
	c.group.Wait()
	ended := make(chan struct{})
	go func() { c.handlers.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
		c.log.Error("handlers still run after the drain")
	}
	c.stopAll()
}

// begin starts the handler of a delivery.
func (c *Client) begin(d *delivery) {
	c.waiting <- d // has room soon: none waits without its goroutine
	c.handlers.Go(c.handleWaiting)
}

// handleWaiting handles deliveries until none waits. In a burst few of the goroutines handle most,
// with stacks that have grown: with a new one for each delivery, growing it was a quarter of the
// handler's time. The others find nothing to do, unless handlers block.
func (c *Client) handleWaiting() {
	for {
		select {
		case d := <-c.waiting:
			c.handle(d)
		default:
			return
		}
	}
}

// handle runs the handler on one delivery.
func (c *Client) handle(d *delivery) {
	env := d.env
	d.env.Payload = nil // a waiting ack must not keep the payload in memory
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		c.log.Error("handler panicked, its envelope is not acknowledged",
			"envelope", shortID(d.env.ID), "type", d.kind, "acked", d.called.Load(), "panic", panicText(v), "stack", string(debug.Stack()))
		c.cfg.Hooks.OnPanic(d.env.ID, d.kind)
		if !d.called.Load() {
			d.release()
		}
	}()
	c.cfg.Handler(c.handling, env, d.ack)
	returned = true
}

// panicText describes a panic without anything that a payload could have put
// into it.
func panicText(v any) string {
	if v == nil {
		return "the handler ended its goroutine"
	}
	if err, ok := v.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("value of type %T", v)
}

// welcome puts a connection into service after its hello.
func (c *Client) welcome(conn *conn, counted int) {
	c.mu.Lock()
	held := len(c.conns) + c.dialling
	if len(c.recent) > 0 {
		held += slices.Max(c.recent)
	}
	if !closed(c.ready) {
		close(c.ready)
	}
	excess := counted - held
	if excess > 0 && c.cfg.Budget != nil { // of replacements of other processes this one hears later
		c.suspicions = append(c.suspicions, suspicion{counted: counted, known: held})
		excess = 0
	}
	c.mu.Unlock()
	conn.log.Info("socket mode connection open", "num_connections", counted, "held", held)
	if excess > 0 {
		c.warnGhosts(excess)
	}
}

// forget drops a connection that ended.
func (c *Client) forget(gone *conn) {
	c.mu.Lock()
	c.conns = slices.DeleteFunc(c.conns, func(held *conn) bool { return held == gone })
	c.mu.Unlock()
}
