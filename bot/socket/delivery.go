package socket

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync/atomic"
)

// maxAck is the size at which Slack ignores an ack. It is meant as 20 KiB, but
// stated as 20 KB: the smaller one is safe.
const maxAck = 20_000

// MaxPayload is how many bytes of JSON the payload of an ack may have so that Slack does not ignore
// the ack.
const MaxPayload = maxAck - maxEnvelopeID - 64

// delivery is one envelope on its way through the client.
type delivery struct {
	env     Envelope // without its payload once the handler has it
	kind    string   // for hooks: the type, "undecodable" or "unknown"
	conn    *conn
	payload json.RawMessage // of the ack; set before it is queued

	called   atomic.Bool // the ack was called
	released atomic.Bool // its slot is free
}

// ack implements Ack.
func (d *delivery) ack(payload any) error {
	if !d.called.CompareAndSwap(false, true) {
		return ErrAckedTwice
	}
	if _, ok := payload.(NoAck); ok {
		d.release()
		return nil
	}
	var refused error
	d.payload, refused = d.marshal(payload)
	return errors.Join(refused, d.send())
}

// send queues the ack on the connection that delivered the envelope. Slack
// does not document that it accepts an ack on another one.
func (d *delivery) send() error {
	if d.conn.out.enqueue(d) {
		return nil
	}
	d.reportLost(ErrConnectionLost)
	return ErrConnectionLost
}

// reportLost reports an ack that is not written.
func (d *delivery) reportLost(err error) {
	d.conn.log.Warn("socket mode ack lost", "envelope", shortID(d.env.ID), "type", d.kind, "err", err)
	d.conn.client.cfg.Hooks.OnAckLost(d.env.ID, err)
	d.release()
}

// marshal returns what may go along with the ack, nil for a bare one, and why
// the payload may not.
func (d *delivery) marshal(payload any) (json.RawMessage, error) {
	if payload == nil {
		return nil, nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // as \u003c each < would cost six of the 20 KB
	if err := enc.Encode(payload); err != nil {
		return nil, ErrPayloadInvalid // err could quote the payload
	}
	raw := bytes.TrimSpace(buf.Bytes())
	switch {
	case string(raw) == "null":
		return nil, nil
	case raw[0] != '{':
		return nil, ErrPayloadInvalid
	case !d.env.AcceptsResponse:
		return nil, ErrPayloadNotAccepted
	}
	whole, err := ackFrame(nil, d.env.ID, raw)
	if err != nil {
		return nil, ErrPayloadInvalid
	}
	if len(whole) >= maxAck {
		return nil, ErrPayloadTooLarge
	}
	return raw, nil
}

// release frees the envelope's place.
func (d *delivery) release() {
	if d.released.CompareAndSwap(false, true) {
		d.conn.places.Release(1)
		poke(d.conn.released)
	}
}
