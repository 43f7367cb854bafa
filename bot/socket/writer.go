package socket

import (
	"context"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// maxQueuedAcks is how many acks may wait for a peer that does not take them
// before no more envelopes are read from it.
const maxQueuedAcks = 16 << 10

// writer is the one goroutine that writes to a connection: acks, pings, pongs
// and our close frame. What is queued when it wakes goes out in one write.
type writer struct {
	ws   *websocket.Conn
	link *link

	mu       sync.Mutex
	queue    []*delivery
	refusing bool // takes no more acks
	closing  bool // a close frame shall follow what is queued
	pong     []byte
	pongDue  bool

	wake chan struct{} // holds one: there is something to do
	room chan struct{} // holds one: the queue was emptied
}

func newWriter(ws *websocket.Conn, l *link) *writer {
	return &writer{ws: ws, link: l, wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// enqueue takes an ack, or refuses it because the connection ends.
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
	w.pong, w.pongDue = append(w.pong[:0], ping...), true
	w.mu.Unlock()
	poke(w.wake)
}

// refuse takes no more acks; what is queued is still written.
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

// waitRoom blocks while too many acks are queued and ctx lasts.
func (w *writer) waitRoom(ctx context.Context) {
	for {
		w.mu.Lock()
		full := len(w.queue) >= maxQueuedAcks
		w.mu.Unlock()
		if !full {
			return
		}
		select {
		case <-w.room:
		case <-ctx.Done():
			return
		}
	}
}

// run writes until ctx ends or a write fails. It returns the acks that were not
// written, or perhaps not, and the error.
//
// While the reading is stalled nothing can be heard of Slack's pings, so each
// of our own is followed by another pong to the last one: a pong that nobody
// asked for is allowed (RFC 6455, 5.5.3) and shows that we are there.
func (w *writer) run(ctx context.Context, every time.Duration, stalled func() bool, acked func(*delivery)) ([]*delivery, error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var batch []*delivery
	closed := false
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
		batch, w.queue = w.queue, batch[:0]
		pong := w.pongDue || (ping && len(w.pong) > 0 && stalled())
		w.pongDue = false
		data := w.pong
		if pong {
			data = append([]byte(nil), w.pong...)
		}
		closing := w.closing
		w.mu.Unlock()

		if !closed { // after a close frame nothing may follow
			if err := w.write(batch, ping, pong, data, closing); err != nil {
				return w.leftover(batch), err
			}
			closed = closing
		}
		for _, d := range batch {
			acked(d)
		}
		clear(batch) // so that the spare slice keeps no envelope alive
		poke(w.room)
	}
}

// write sends one batch. The link sets the deadline.
func (w *writer) write(batch []*delivery, ping, pong bool, pongData []byte, closing bool) error {
	w.link.cork()
	err := func() error {
		if pong {
			if err := w.ws.WriteControl(websocket.PongMessage, pongData, time.Time{}); err != nil {
				return err
			}
		}
		if ping {
			if err := w.ws.WriteControl(websocket.PingMessage, []byte("bouncer"), time.Time{}); err != nil {
				return err
			}
		}
		var buf []byte
		for _, d := range batch {
			var err error
			if buf, err = ackFrame(buf[:0], d.env.ID, d.payload); err != nil {
				return err
			}
			if err := w.ws.WriteMessage(websocket.TextMessage, buf); err != nil {
				return err
			}
		}
		if closing {
			return w.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Time{})
		}
		return nil
	}()
	if flushed := w.link.uncork(); err == nil {
		err = flushed
	}
	return err
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
