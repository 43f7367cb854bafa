package slackd

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// payloadsKept is how many deliveries and calls keep their body for
// inspection.
const payloadsKept = 512

// envelope is one delivery on its way. hub.mu guards it.
type envelope struct {
	d        Delivery
	accepts  bool
	conn     *conn
	queued   time.Time
	deadline time.Time
	finished bool
	done     chan struct{}
	// onAck applies an ack in time and returns what the person sees if it
	// cannot; onFail informs the person that no ack came. Both run without
	// hub.mu.
	onAck  func(payload json.RawMessage) (failure, detail string, errs map[string]string)
	onFail func(d Delivery)
}

// Pending is a delivery on its way.
type Pending struct {
	s *Server
	e *envelope
	// EnvelopeID is the id that the app will ack.
	EnvelopeID string
}

// Wait returns the delivery when its envelope was acked or has failed. The
// error is the context's when that ends first, or ErrClosed.
func (p *Pending) Wait(ctx context.Context) (Delivery, error) {
	select {
	case <-p.e.done:
		return p.s.hub.delivery(p.e), nil
	case <-ctx.Done():
		return p.s.hub.delivery(p.e), fmt.Errorf("slackd: waiting for the ack of %s: %w", p.EnvelopeID, ctx.Err())
	case <-p.s.feed.done:
		return p.s.hub.delivery(p.e), ErrClosed
	}
}

// post describes what to deliver.
type post struct {
	typ, kind, user, channel, text string
	payload                        any
	accepts                        bool
	responseURL, triggerID         string
	confirm                        json.RawMessage
	attempt                        int
	reason                         string
	onAck                          func(json.RawMessage) (string, string, map[string]string)
	onFail                         func(Delivery)
}

// frame encodes an envelope. The payload is JSON already, and typ is a name
// that an app could know.
func frame(id, typ string, payload []byte, accepts bool, attempt int, reason string) []byte {
	b := make([]byte, 0, len(payload)+160)
	b = append(b, `{"envelope_id":"`...)
	b = append(b, id...)
	b = append(b, `","payload":`...)
	b = append(b, payload...)
	b = append(b, `,"type":`...)
	b = strconv.AppendQuote(b, typ)
	b = append(b, `,"accepts_response_payload":`...)
	b = strconv.AppendBool(b, accepts)
	if typ == "events_api" {
		b = append(b, `,"retry_attempt":`...)
		b = strconv.AppendInt(b, int64(attempt), 10)
		b = append(b, `,"retry_reason":`...)
		b = strconv.AppendQuote(b, reason)
	}
	return append(b, '}')
}

// deliver sends a payload over one connection chosen at random. It never
// blocks.
func (s *Server) deliver(p post) *Pending {
	payload := rawJSON(p.payload)
	id := uuid.NewString()
	e := &envelope{
		d: Delivery{
			EnvelopeID: id, Type: p.typ, Kind: p.kind, User: p.user, Channel: p.channel, Text: p.text,
			ResponseURL: p.responseURL, TriggerID: p.triggerID, Attempt: p.attempt, Confirm: p.confirm, Payload: payload,
		},
		accepts: p.accepts, done: make(chan struct{}), onAck: p.onAck, onFail: p.onFail,
	}
	s.hub.send(e, frame(id, p.typ, payload, p.accepts, p.attempt, p.reason))
	return &Pending{s: s, e: e, EnvelopeID: id}
}

// send registers the envelope and queues its frame.
func (h *hub) send(e *envelope, frame []byte) {
	h.mu.Lock()
	now := time.Now()
	e.queued, e.d.SentAt, e.deadline = now, now, now.Add(h.s.cfg.Timing.Ack)
	h.remember(e)
	c := h.choose()
	if c == nil {
		e.d.Failure, e.d.Detail = FailDispatch, "no connection is open"
		h.finish(e)
		h.mu.Unlock()
		h.failed(e)
		return
	}
	e.conn, e.d.Connection = c, c.info.ID
	h.pending[e.d.EnvelopeID] = e
	h.due = append(h.due, e)
	c.info.Sent++
	c.queue(outgoing{data: frame, envelope: e})
	first := len(h.due) == 1
	h.mu.Unlock()
	if first { // a later one is handled when the watcher reaches it
		h.wakeDeadlines()
	}
}

// remember stores the delivery for inspection and drops the payload of an old
// one.
func (h *hub) remember(e *envelope) {
	h.deliveries.add(e)
	if old, ok := h.deliveries.back(payloadsKept); ok {
		old.d.Payload = nil
	}
}

// finish marks an envelope as done. Callers hold h.mu.
func (h *hub) finish(e *envelope) {
	e.finished = true
	delete(h.pending, e.d.EnvelopeID)
}

// failed informs the person and the subscribers. Callers do not hold h.mu.
func (h *hub) failed(e *envelope) {
	d := h.delivery(e)
	if e.onFail != nil {
		e.onFail(d)
	}
	h.conclude(e)
}

func (h *hub) conclude(e *envelope) {
	d := h.delivery(e)
	close(e.done)
	h.s.feed.publish(Change{Kind: Delivered, At: h.s.now(), Delivery: &d})
}

func (h *hub) delivery(e *envelope) Delivery {
	h.mu.Lock()
	defer h.mu.Unlock()
	return e.d
}

// ack handles one text frame of the app.
func (h *hub) ack(c *conn, raw []byte, pieces int) {
	var in struct {
		ID      string          `json:"envelope_id"`
		Payload json.RawMessage `json:"payload"`
	}
	record := Ack{Connection: c.info.ID, At: time.Now(), Bytes: len(raw)}
	if json.Unmarshal(raw, &in) != nil || in.ID == "" {
		record.Ignored = "not_json"
		h.mu.Lock()
		h.acks.add(record)
		h.mu.Unlock()
		return
	}
	record.EnvelopeID, record.Payload = in.ID, emptyToNil(in.Payload)
	h.mu.Lock()
	e := h.pending[in.ID]
	switch {
	case pieces > 1:
		record.Ignored = "fragmented"
	case len(raw) >= h.s.cfg.Limits.AckBytes:
		record.Ignored = "too_large"
	case e == nil:
		record.Ignored = h.why(in.ID)
	case e.conn != c && !h.s.cfg.Limits.AckAnywhere:
		record.Ignored = "other_connection"
	case !record.At.Before(e.deadline):
		record.Ignored = "late"
	}
	if record.Ignored != "" {
		h.acks.add(record)
		h.mu.Unlock()
		return
	}
	if record.Payload != nil && !e.accepts {
		record.PayloadIgnored = true
	}
	h.acks.add(record)
	c.info.Acked++
	e.d.Acked, e.d.AckedAfter = true, record.At.Sub(e.d.SentAt)
	if e.accepts {
		e.d.AckPayload = record.Payload
	}
	h.finish(e)
	payload := e.d.AckPayload
	h.mu.Unlock()
	if e.onAck != nil {
		failure, detail, errs := e.onAck(payload)
		h.mu.Lock()
		e.d.Failure, e.d.Detail, e.d.Errors = failure, detail, errs
		h.mu.Unlock()
	}
	h.conclude(e)
}

// why returns what happened to an envelope that is not waiting for an ack.
func (h *hub) why(id string) string {
	for i := len(h.deliveries.items) - 1; i >= 0; i-- {
		if e := h.deliveries.items[i]; e.d.EnvelopeID == id {
			if e.d.Acked {
				return "repeated"
			}
			return "late"
		}
	}
	return "unknown_envelope"
}

// emptyToNil treats {} as no payload: Slack's Node client always sends one.
func emptyToNil(raw json.RawMessage) json.RawMessage {
	switch string(raw) {
	case "", "null", "{}", `""`:
		return nil
	}
	return raw
}

func (h *hub) wakeDeadlines() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// watchDeadlines fails what was not acked in time. All envelopes have the same
// patience, so the queue of them is in order.
func (h *hub) watchDeadlines() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		h.mu.Lock()
		var late []*envelope
		now := time.Now()
		for len(h.due) > 0 && (h.due[0].finished || !h.due[0].deadline.After(now)) {
			e := h.due[0]
			h.due[0] = nil
			h.due = h.due[1:]
			if !e.finished {
				e.d.Failure, e.d.Detail = FailTimeout, fmt.Sprintf("no ack within %s", h.s.cfg.Timing.Ack)
				h.finish(e)
				late = append(late, e)
			}
		}
		next := time.Hour
		if len(h.due) > 0 {
			next = h.due[0].deadline.Sub(now)
		}
		h.mu.Unlock()
		for _, e := range late {
			h.failed(e)
		}
		timer.Reset(next)
		select {
		case <-h.s.ctx.Done():
			return
		case <-timer.C:
		case <-h.wake:
		}
	}
}

// Deliveries returns what was sent to the app, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	out := make([]Delivery, 0, len(s.hub.deliveries.items))
	for _, e := range s.hub.deliveries.items {
		out = append(out, e.d)
	}
	return out
}

// Acks returns what the app sent for envelopes, oldest first, ignored ones
// included.
func (s *Server) Acks() []Ack {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return append([]Ack(nil), s.hub.acks.items...)
}
