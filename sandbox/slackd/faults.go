package slackd

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// Fail makes calls of a method fail; "*" means every method, "response_url"
// and "upload" are methods here too. Several faults of a method are used in
// order.
func (s *Server) Fail(method string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], &f)
}

// Heal ends the faults of a method, of all with "".
func (s *Server) Heal(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if method == "" {
		clear(s.faults)
	}
	delete(s.faults, method)
}

// strike takes the next fault for a call, the zero Fault for none, and
// applies its part before the method: the delay, the cut, and the status
// instead of an answer. over reports whether that ended the call.
func (s *Server) strike(w http.ResponseWriter, r *http.Request, method string, args map[string]string, start time.Time) (f Fault, over bool) {
	f = s.takeFault(method)
	if !s.stall(r.Context(), f) {
		return f, true
	}
	if f.DropRequest {
		s.record(method, args, start, 0, "", nil)
		panic(http.ErrAbortHandler)
	}
	if f.Status != 0 {
		body := f.write(w)
		s.record(method, args, start, f.Status, errorOf(body), body)
		return f, true
	}
	return f, false
}

func (s *Server) takeFault(method string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{method, "*"} {
		list := s.faults[name]
		if len(list) == 0 {
			continue
		}
		f := *list[0]
		switch list[0].Times {
		case 0:
		case 1:
			s.faults[name] = list[1:]
		default:
			list[0].Times--
		}
		return f
	}
	return Fault{}
}

// stall reports that a fault was reached and waits for its delay and hold; false if the client or
// the server has gone.
func (s *Server) stall(ctx context.Context, f Fault) bool {
	if f.Reached != nil {
		select {
		case f.Reached <- struct{}{}:
		case <-ctx.Done():
			return false
		case <-s.ctx.Done():
			return false
		}
	}
	var delay <-chan time.Time
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		delay = timer.C
	}
	hold := f.Hold
	for delay != nil || hold != nil {
		select {
		case <-delay:
			delay = nil
		case <-hold:
			hold = nil
		case <-ctx.Done():
			return false
		case <-s.ctx.Done():
			return false
		}
	}
	return true
}

// write answers with the fault's status and returns the body.
func (f Fault) write(w http.ResponseWriter) json.RawMessage {
	body := f.Body
	if f.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", seconds(cmp.Or(f.RetryAfter, time.Second)))
		body = cmp.Or(body, `{"ok":false,"error":"ratelimited"}`)
	}
	body = cmp.Or(body, http.StatusText(f.Status))
	if !strings.HasPrefix(body, "{") {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, body) // the client has disconnected
	return json.RawMessage(body)
}

// RefreshConnections sends disconnect to all connections: with reason
// "warning" refresh_requested and the close follow after Timing.Warning, with
// "refresh_requested" the close follows after Timing.Grace.
func (s *Server) RefreshConnections(reason string) {
	for _, c := range s.hub.pick(0) {
		if reason == "warning" {
			s.hub.warn(c)
		} else {
			s.hub.refresh(c, reason)
		}
	}
}

// DropConnections cuts all TCP connections without a word. None of them gets an
// envelope after it returned.
func (s *Server) DropConnections() { s.DropConnection(0) }

// DropConnection cuts one (0: all).
func (s *Server) DropConnection(id int) {
	conns := s.hub.pick(id)
	for _, c := range conns {
		c.cut()
	}
	for _, c := range conns {
		<-c.done
	}
}

func (c *conn) cut() {
	if c.tap != nil {
		c.tap.cut()
		return
	}
	c.hangUp()
}

// Freeze makes a connection (0: all) silent like a dead link: it stays up and
// gets its share of the envelopes, but nothing is read or written until Thaw.
func (s *Server) Freeze(id int) { s.freeze(id, true) }

// Thaw ends a Freeze; delayed data is sent.
func (s *Server) Thaw(id int) { s.freeze(id, false) }

func (s *Server) freeze(id int, on bool) {
	for _, c := range s.hub.pick(id) {
		if c.tap == nil {
			continue
		}
		c.tap.freeze(on)
		if on {
			// Slack drops a connection that was silent for so long; a frozen
			// link cannot notice it.
			s.hub.later(c, s.cfg.Timing.Silence, func() {
				if c.tap.isFrozen() {
					c.cut()
				}
			})
		}
	}
}

// later runs f unless the connection ends before.
func (h *hub) later(c *conn, d time.Duration, f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.info.State != stateClosed {
		c.timers = append(c.timers, time.AfterFunc(d, f))
	}
}

func (t *tap) isFrozen() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.frozen
}

// pick lists real connections: the one with the id, or all for 0.
func (h *hub) pick(id int) []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*conn
	for _, c := range h.conns {
		if c.ws != nil && (id == 0 || c.info.ID == id) {
			out = append(out, c)
		}
	}
	return out
}

// AddGhosts registers n half-open connections that swallow their share of the
// envelopes; a negative n removes them all.
func (s *Server) AddGhosts(n int) {
	h := s.hub
	h.mu.Lock()
	if n < 0 {
		kept := h.conns[:0:0]
		for _, c := range h.conns {
			if c.ws != nil {
				kept = append(kept, c)
			}
		}
		h.conns = kept
	}
	for ; n > 0; n-- {
		h.nextConn++
		now := time.Now()
		h.conns = append(h.conns, &conn{h: h, info: Connection{ID: h.nextConn, OpenAt: now, State: stateOpen, Ghost: true}})
	}
	h.mu.Unlock()
	s.feed.publish(Change{Kind: PeopleChanged, At: s.now()})
}

// SetLinkDisabled switches Socket Mode off or on. Off, open connections get
// disconnect "link_disabled" and new ones get it instead of hello.
func (s *Server) SetLinkDisabled(off bool) {
	s.hub.mu.Lock()
	s.hub.disabled = off
	s.hub.mu.Unlock()
	if off {
		for _, c := range s.hub.pick(0) {
			s.hub.refresh(c, "link_disabled")
		}
	}
}

// SetMaxConnections changes how many connections are accepted; open ones
// stay.
func (s *Server) SetMaxConnections(n int) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.most = n
}
