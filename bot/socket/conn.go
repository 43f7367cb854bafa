package socket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/semaphore"
)

// Reasons of the end of a connection, if Slack named none.
const (
	endClosed   = "closed"   // Slack's close frame
	endLost     = "lost"     // TCP or TLS failed, or the peer broke the protocol
	endSilent   = "silent"   // nothing was received
	endStalled  = "stalled"  // nothing could be written
	endTooBig   = "too_big"  // a message beyond all limits
	endNoHello  = "no_hello" // Slack sent no hello
	endReplaced = "replaced" // a replacement is open
	endShutdown = "shutdown" // the client drains
	endYielded  = "yielded"  // another process of the app gets it
)

// crowded is Slack's reason when the app has more than its ten connections.
const crowded = "too_many_websockets"

// announced are the reasons that Slack names in a disconnect. All others count
// as endOther.
var announced = []string{"warning", "refresh_requested", crowded, linkDisabled}

const endOther = "other"

// EndReasons returns every reason that Hooks.OnDisconnect can get.
func EndReasons() []string {
	return append(slices.Clone(announced), endOther,
		endClosed, endLost, endSilent, endStalled, endTooBig, endNoHello, endReplaced, endShutdown, endYielded)
}

// keepFrame is the largest read buffer that is reused for the next message.
const keepFrame = 256 << 10

// closeGrace is how long Slack's close frame may wait for our half of it.
const closeGrace = 700 * time.Millisecond

// conn is one WebSocket from its handshake to its end.
type conn struct {
	client *Client
	log    *slog.Logger
	ws     *websocket.Conn
	link   *link
	out    *writer
	places *semaphore.Weighted // one for each envelope without its ack
	// released buffers one signal: a place was released.
	released chan struct{}

	hello   chan struct{} // closed by Slack's hello; opened and app are set then
	opened  time.Time
	app     string        // the app id of the hello
	leaving chan struct{} // closed by Slack's disconnect; reason is set then
	reason  string

	stalled atomic.Bool // the reader waits for a place
	parting atomic.Bool // no more envelopes are taken
	parted  sync.Once
	timer   *time.Timer // of parted
	ended   sync.Once   // the end was reported

	ctx  context.Context // ends with the connection
	kill context.CancelFunc
}

// run reads and writes until the connection ends.
func (c *conn) run() {
	c.ws.SetReadLimit(16 * c.client.cfg.ReadLimit)
	c.ws.SetPingHandler(func(data string) error { c.out.answer(data); return nil })
	c.ws.SetCloseHandler(func(code int, _ string) error {
		c.awaitAcks(closeGrace)
		c.out.refuse()
		// The echo may find that a close frame was already sent; either is
		// fine.
		_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Time{})
		return nil
	})
	c.link.watch(c.client.cfg.SilentAfter)

	var group sync.WaitGroup
	group.Go(c.write)
	c.finish(c.read())
	c.kill()
	group.Wait()
	_ = c.ws.Close() // with TLS's close notification, if the link still accepts it
	c.parted.Do(func() {})
	if c.timer != nil {
		c.timer.Stop()
	}
}

// awaitAcks rejects new envelopes and waits until the received ones are
// acknowledged. This must happen before either side closes, because Slack may
// accept those acks only on this connection.
func (c *conn) awaitAcks(most time.Duration) {
	c.parting.Store(true)
	ctx, stop := context.WithTimeout(c.ctx, most)
	defer stop()
	all := int64(c.client.cfg.OpenEnvelopes)
	if c.places.Acquire(ctx, all) == nil { // else those that are left are lost, and reported
		c.places.Release(all)
	}
}

// part closes the connection at a moment when every envelope that was read is
// acknowledged, so that only one that crosses the close frame is lost. Where no
// such moment comes within half of most, new envelopes are rejected until one
// does.
func (c *conn) part(most time.Duration, reason string) {
	all := int64(c.client.cfg.OpenEnvelopes)
	ctx, stop := context.WithTimeout(c.ctx, most/2)
	defer stop()
	for ctx.Err() == nil {
		if c.places.TryAcquire(all) {
			c.closeOpen(reason)
			c.places.Release(all)
			return
		}
		select {
		case <-ctx.Done():
		case <-c.released:
		}
	}
	c.awaitAcks(most / 2)
	c.closeOpen(reason)
}

// write runs the writer. It ends with the connection even while the reader waits
// for a place, so it is also where the client learns that the connection is gone.
func (c *conn) write() {
	hooks := c.client.cfg.Hooks
	left, err := c.out.run(c.ctx, c.client.cfg.PingEvery, c.stalled.Load, func(d *delivery) {
		hooks.OnAcked(d.kind, time.Since(d.env.Received))
		d.release()
	})
	if err != nil && c.ctx.Err() == nil && !errors.Is(err, websocket.ErrCloseSent) {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.end(endStalled, err)
		} else {
			c.end(endLost, err)
		}
		c.abort()
	}
	c.client.forget(c)
	for _, d := range left {
		d.reportLost(ErrConnectionLost)
	}
}

// abort ends the connection without ceremony.
func (c *conn) abort() {
	c.kill()
	_ = c.link.Close() // the connection is abandoned
}

// finish records why reading ended and makes sure that the writer ends too.
func (c *conn) finish(err error) {
	if _, ok := errors.AsType[*websocket.CloseError](err); ok {
		c.end(endClosed, err)
		// Our echo may still lie in a batch; it gets a moment to leave.
		c.link.limitWrites(time.Second)
		return
	}
	switch {
	case errors.Is(err, errSilent):
		c.end(endSilent, err)
		// If only the way to us is dead, Slack learns that it may forget us.
		c.link.limitWrites(silenceGrace / 2)
		_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(silenceGrace/2))
	case errors.Is(err, websocket.ErrReadLimit):
		c.end(endTooBig, err)
	default:
		c.end(endLost, err)
	}
	_ = c.link.Close() // frees a writer that is stuck in it
}

// end reports the end, the first time that there is a reason for one.
func (c *conn) end(reason string, err error) {
	c.ended.Do(func() {
		attrs := []any{"reason", reason}
		if err != nil {
			attrs = append(attrs, "err", err)
		}
		c.log.Info("socket mode connection ended", attrs...)
		c.client.cfg.Hooks.OnDisconnect(reason)
	})
}

// closeOpen writes what is queued and a close frame, and then waits a while
// for the peer's close frame. Reading continues meanwhile.
func (c *conn) closeOpen(reason string) {
	c.parted.Do(func() {
		c.end(reason, nil)
		c.parting.Store(true)
		c.timer = time.AfterFunc(c.client.cfg.CloseTimeout, c.abort)
		c.out.close()
	})
}

// isOpen reports whether the connection received a hello and can be used.
func (c *conn) isOpen() bool {
	return closed(c.hello) && c.ctx.Err() == nil && !c.parting.Load()
}

// read reads messages until the link fails or is closed.
func (c *conn) read() error {
	limit := c.client.cfg.ReadLimit
	var buf bytes.Buffer
	for {
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return err
		}
		received := c.client.pulse.arrival(time.Now())
		buf.Reset()
		size, err := buf.ReadFrom(io.LimitReader(r, limit+1))
		if err != nil {
			return err
		}
		switch {
		case size > limit:
			id := salvageID(buf.Bytes())
			rest, tail, err := skip(r)
			if err != nil {
				return err
			}
			if id == "" {
				id = salvageLast(tail)
			}
			c.reject(frame{EnvelopeID: id}, kindUndecodable, errTooLarge, int(size+rest), received)
		case kind != websocket.TextMessage:
			c.reject(frame{EnvelopeID: salvageID(buf.Bytes())}, kindUndecodable, errBinary, int(size), received)
		default:
			c.receive(buf.Bytes(), received)
		}
		if buf.Cap() > keepFrame {
			buf = bytes.Buffer{}
		}
	}
}

// receive sorts one message.
func (c *conn) receive(data []byte, received time.Time) {
	f, kind, err := decode(data)
	switch kind {
	case kindHello:
		c.handleHello(f)
	case kindDisconnect:
		c.handleDisconnect(f.Reason)
	case kindEnvelope:
		c.dispatch(f, received)
	default:
		c.reject(f, kind, err, len(data), received)
	}
}

func (c *conn) handleHello(f frame) {
	if closed(c.hello) {
		return
	}
	c.opened = time.Now()
	c.app = f.ConnectionInfo.AppID
	close(c.hello)
	c.client.welcome(c, f.NumConnections)
}

// handleDisconnect notes that Slack announced the end of this connection.
func (c *conn) handleDisconnect(reason string) {
	if !slices.Contains(announced, reason) {
		reason = endOther
	}
	if f := fatal(reason); f != nil {
		c.client.fail(f)
	}
	if closed(c.leaving) {
		return // warning may be followed by another reason
	}
	c.reason = reason
	close(c.leaving)
	c.end(reason, nil)
}

// dispatch passes an envelope to the handler. It blocks while too many are
// open.
func (c *conn) dispatch(f frame, received time.Time) {
	d := &delivery{conn: c, kind: f.Type, env: Envelope{
		ID: f.EnvelopeID, Type: f.Type, Payload: f.Payload, AppID: c.app,
		AcceptsResponse: f.AcceptsResponse, Received: received,
	}}
	if c.reserve(d) {
		c.client.begin(d)
	}
}

// reserve reserves a slot for an envelope, which its ack releases. An
// envelope that arrives while the connection closes gets none, because it
// could not be acknowledged any more: Slack shows its author that it failed.
func (c *conn) reserve(d *delivery) bool {
	if !c.parting.Load() {
		c.stalled.Store(true)
		err := c.places.Acquire(c.ctx, 1)
		c.stalled.Store(false)
		if err == nil && !c.parting.Load() {
			return true
		}
		if err == nil {
			c.places.Release(1)
		}
	}
	c.client.cfg.Hooks.OnAckLost(d.env.ID, ErrClosed)
	return false
}

// reject acknowledges and reports what handlers cannot receive.
func (c *conn) reject(f frame, kind frameKind, err error, size int, received time.Time) {
	c.log.Warn("socket mode frame cannot be decoded", "kind", kind.String(), "envelope", shortID(f.EnvelopeID), "err", err, "size", size)
	c.client.cfg.Hooks.OnUndecodable(f.EnvelopeID, err, size)
	if f.EnvelopeID == "" {
		return
	}
	d := &delivery{conn: c, kind: kind.String(), env: Envelope{ID: f.EnvelopeID, Received: received}}
	d.called.Store(true)
	if c.reserve(d) {
		_ = d.send() // a loss is reported by send
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
