package slackd

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// States of a connection.
const (
	stateOpen    = "open"
	stateWarned  = "warned"
	stateClosing = "closing"
	stateClosed  = "closed"
)

// debugLife is how long a connection lives that asked for debug_reconnects.
const debugLife = 360 * time.Second

// hub manages the Socket Mode connections and the envelopes in flight.
type hub struct {
	s    *Server
	wake chan struct{}

	mu         sync.Mutex
	conns      []*conn // open ones, ghosts included
	tickets    map[string]time.Time
	pending    map[string]*envelope
	due        []*envelope
	deliveries ring[*envelope]
	acks       ring[Ack]
	nextConn   int
	most       int
	disabled   bool
	closed     bool
}

func newHub(s *Server) *hub {
	return &hub{
		s: s, wake: make(chan struct{}, 1), tickets: map[string]time.Time{}, pending: map[string]*envelope{},
		most:       s.cfg.Limits.Connections,
		deliveries: ring[*envelope]{max: s.cfg.Limits.Keep}, acks: ring[Ack]{max: s.cfg.Limits.Keep},
	}
}

// outgoing is one thing to write: an envelope, another frame, or the close.
type outgoing struct {
	data     []byte
	envelope *envelope
	close    bool
}

// conn is one WebSocket of the app. hub.mu guards info and timers.
type conn struct {
	h      *hub
	ws     *websocket.Conn // nil for a ghost
	tap    *tap            // nil for a ghost and when served on a foreign listener
	info   Connection
	timers []*time.Timer
	done   chan struct{} // closed when the connection is gone

	mu  sync.Mutex // guards out; taken after hub.mu
	out []outgoing
	has chan struct{}
}

func (c *conn) queue(o outgoing) {
	if c.ws == nil {
		return // a ghost discards what it receives
	}
	c.mu.Lock()
	c.out = append(c.out, o)
	c.mu.Unlock()
	select {
	case c.has <- struct{}{}:
	default:
	}
}

// ticket makes a WebSocket URL's one-use ticket.
func (h *hub) ticket() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.s.now()
	for t, until := range h.tickets {
		if now.After(until) {
			delete(h.tickets, t)
		}
	}
	t := secret(16)
	h.tickets[t] = now.Add(h.s.cfg.Timing.Ticket)
	return t
}

func (h *hub) redeem(t string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	until, ok := h.tickets[t]
	delete(h.tickets, t)
	return ok && !h.s.now().After(until)
}

// choose picks the connection for an envelope: any open one, at random.
// Callers hold h.mu.
func (h *hub) choose() *conn {
	var open []*conn
	for _, c := range h.conns {
		if c.info.State == stateOpen || c.info.State == stateWarned {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return open[rand.IntN(len(open))] //nolint:gosec // which connection gets an envelope is no secret
}

// serveSocket upgrades, sends the hello and reads acks until the connection
// ends.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	h := s.hub
	if !h.redeem(r.URL.Query().Get("ticket")) {
		http.Error(w, "invalid or used ticket", http.StatusForbidden)
		return
	}
	if !h.enter() {
		http.Error(w, "closing", http.StatusServiceUnavailable)
		return
	}
	defer s.wg.Done()
	up := websocket.Upgrader{ReadBufferSize: 4096, WriteBufferSize: 32 << 10, CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		s.log.Debug("upgrade", "err", err)
		return
	}
	c := &conn{h: h, ws: ws, done: make(chan struct{}), has: make(chan struct{}, 1)}
	spy := &frameSpy{}
	if t, ok := ws.NetConn().(*tap); ok {
		c.tap = t
		spy = t.spy()
	}
	life := s.cfg.Timing.Life
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = min(life, debugLife)
	}
	if !h.admit(c, life) {
		c.hangUp()
		return
	}
	s.wg.Go(c.write)
	c.read(spy)
	h.drop(c)
}

// enter counts a handler that Close must wait for, unless Close was called.
func (h *hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.s.wg.Add(1)
	return true
}

// admit registers a connection and sends the hello, or returns why it cannot.
func (h *hub) admit(c *conn, life time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	refuse := func(reason string) bool {
		_ = c.ws.WriteMessage(websocket.TextMessage, disconnectFrame(reason, h.s.listener.Addr().String())) // it is closed next anyway
		return false
	}
	switch {
	case h.closed:
		return false
	case h.disabled:
		return refuse("link_disabled")
	case len(h.conns) >= h.most:
		return refuse("too_many_websockets")
	}
	h.nextConn++
	now := time.Now()
	c.info = Connection{ID: h.nextConn, OpenAt: now, LastHeard: now, State: stateOpen}
	h.conns = append(h.conns, c)
	c.queue(outgoing{data: rawJSON(object{
		"type": "hello", "num_connections": len(h.conns),
		"connection_info": object{"app_id": h.s.cfg.AppID},
		"debug_info": object{
			"host": "applink-" + strings.ToLower(code(6)), "started": now.UTC().Format("2006-01-02 15:04:05.000"),
			"build_number": 100, "approximate_connection_time": int(life.Seconds()),
		},
	})})
	warning := min(h.s.cfg.Timing.Warning, life)
	c.timers = append(c.timers, time.AfterFunc(life-warning, func() { h.warn(c) }))
	info := c.info
	h.s.feed.publish(Change{Kind: ConnectionUp, At: h.s.now(), Connection: &info})
	return true
}

func disconnectFrame(reason, host string) []byte {
	return rawJSON(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": host}})
}

// warn announces to the app that the connection will be refreshed, and
// refreshes it after Timing.Warning.
func (h *hub) warn(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.info.State != stateOpen {
		return
	}
	c.info.State = stateWarned
	c.queue(outgoing{data: disconnectFrame("warning", "applink")})
	c.timers = append(c.timers, time.AfterFunc(h.s.cfg.Timing.Warning, func() { h.refresh(c, "refresh_requested") }))
	info := c.info
	h.s.feed.publish(Change{Kind: ConnectionWarned, At: h.s.now(), Connection: &info})
}

// refresh sends the final disconnect and closes after Timing.Grace. Until
// then the connection receives envelopes.
func (h *hub) refresh(c *conn, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.info.State != stateOpen && c.info.State != stateWarned {
		return
	}
	c.info.State = stateWarned
	c.queue(outgoing{data: disconnectFrame(reason, "applink")})
	c.timers = append(c.timers, time.AfterFunc(h.s.cfg.Timing.Grace, func() { h.close(c) }))
}

// close ends a connection properly: everything that was queued is written
// first, and acks are read until the app closes too.
func (h *hub) close(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.info.State == stateOpen || c.info.State == stateWarned {
		c.info.State = stateClosing
		c.queue(outgoing{close: true})
	}
}

// drop forgets a connection that ended.
func (h *hub) drop(c *conn) {
	h.mu.Lock()
	for i, x := range h.conns {
		if x == c {
			h.conns = append(h.conns[:i:i], h.conns[i+1:]...)
			break
		}
	}
	c.info.State = stateClosed
	c.info.ClosedAt = time.Now()
	for _, t := range c.timers {
		t.Stop()
	}
	info := c.info
	close(c.done)
	h.mu.Unlock()
	c.hangUp()
	h.s.feed.publish(Change{Kind: ConnectionDown, At: h.s.now(), Connection: &info})
}

func (c *conn) hangUp() {
	if err := c.ws.Close(); err != nil {
		c.h.s.log.Debug("close socket", "err", err)
	}
}

func (h *hub) closeAll() {
	h.mu.Lock()
	h.closed = true
	conns := append([]*conn(nil), h.conns...)
	h.mu.Unlock()
	for _, c := range conns {
		if c.ws != nil {
			c.hangUp()
		}
	}
}

// Connections returns the WebSockets that are not closed, ghosts included.
func (s *Server) Connections() []Connection {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	out := make([]Connection, 0, len(s.hub.conns))
	for _, c := range s.hub.conns {
		info := c.info
		if c.tap != nil {
			info.Frozen = c.tap.isFrozen()
		}
		out = append(out, info)
	}
	return out
}

// SendRaw sends any bytes as one text frame on one connection, without
// expecting an ack. It returns an error if no connection is open.
func (s *Server) SendRaw(raw []byte) error {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	c := s.hub.choose()
	if c == nil {
		return errors.New("slackd: no connection is open")
	}
	c.queue(outgoing{data: append(json.RawMessage(nil), raw...)})
	return nil
}
