package socket

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// writer is the one goroutine that writes to a connection: acks, pings, pongs
// and our close frame.
type writer struct {
	ws *websocket.Conn

	mu       sync.Mutex
	queue    []*delivery
	refusing bool // accepts no more acks
	closing  bool // a close frame shall follow what is queued
	pong     []byte
	pongDue  bool

	wake chan struct{} // buffers one signal: there is something to do
}

func newWriter(ws *websocket.Conn) *writer {
	return &writer{ws: ws, wake: make(chan struct{}, 1)}
}

// enqueue queues an ack; it returns false if the connection is ending.
func (w *writer) enqueue(d *delivery) bool {
	w.mu.Lock()
	if w.refusing {
		w.mu.Unlock()
		return false
	}
	w.queue = append(w.queue, d)
	w.mu.Unlock()
	poke(w.wake)
	return true
}

// answer queues a pong. Only the latest ping needs one.
func (w *writer) answer(ping string) {
	w.mu.Lock()
	w.pong, w.pongDue = []byte(ping), true
	w.mu.Unlock()
	poke(w.wake)
}

// refuse rejects further acks; queued ones are still written.
func (w *writer) refuse() {
	w.mu.Lock()
	w.refusing = true
	w.mu.Unlock()
}

// close has a close frame written behind what is queued.
func (w *writer) close() {
	w.mu.Lock()
	w.refusing, w.closing = true, true
	w.mu.Unlock()
	poke(w.wake)
}

// run writes until ctx ends or a write fails, and calls acked after each ack.
// It returns the acks that were not written and the error.
//
// While reading is stalled, Slack's pings are not seen, so each own ping is
// followed by another pong to the last one. An unsolicited pong is allowed
// (RFC 6455, 5.5.3) and shows that the client is alive.
func (w *writer) run(ctx context.Context, every time.Duration, stalled func() bool, acked func(*delivery)) ([]*delivery, error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		ping := false
		select {
		case <-ctx.Done():
			return w.leftover(nil), nil
		case <-tick.C:
			ping = true
		case <-w.wake:
		}
		w.mu.Lock()
		batch := w.queue
		w.queue = nil
		var pong []byte
		if w.pongDue || ping && w.pong != nil && stalled() {
			pong, w.pongDue = slices.Clone(w.pong), false
		}
		closing := w.closing
		w.mu.Unlock()

		err := w.control(ping, pong)
		for err == nil && len(batch) > 0 {
			if err = w.ack(batch[0]); err == nil {
				acked(batch[0])
				batch = batch[1:]
			}
		}
		if err == nil && closing {
			err = w.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Time{})
			if err == nil { // nothing may follow
				<-ctx.Done()
			}
		}
		if err != nil {
			return w.leftover(batch), err
		}
	}
}

// control writes pings and pongs. The link sets the deadlines of all writes.
func (w *writer) control(ping bool, pong []byte) error {
	if pong != nil {
		if err := w.ws.WriteControl(websocket.PongMessage, pong, time.Time{}); err != nil {
			return err
		}
	}
	if ping {
		return w.ws.WriteControl(websocket.PingMessage, []byte("bouncer"), time.Time{})
	}
	return nil
}

func (w *writer) ack(d *delivery) error {
	frame, err := ackFrame(nil, d.env.ID, d.payload)
	if err != nil {
		return err
	}
	return w.ws.WriteMessage(websocket.TextMessage, frame)
}

// leftover ends the queue and returns what was in it, behind batch.
func (w *writer) leftover(batch []*delivery) []*delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refusing = true
	left := append(batch, w.queue...)
	w.queue = nil
	return left
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
