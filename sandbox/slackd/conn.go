package slackd

import (
	"errors"
	"time"

	"github.com/gorilla/websocket"
)

// write sends what is queued, and pings.
func (c *conn) write() {
	ping := time.NewTicker(c.h.s.cfg.Timing.Ping)
	defer ping.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-ping.C:
			if c.ws.WriteControl(websocket.PingMessage, []byte("Ping from applink"), time.Now().Add(time.Second)) != nil {
				continue // the reader notices a dead connection
			}
		case <-c.has:
			c.mu.Lock()
			batch := c.out
			c.out = nil
			c.mu.Unlock()
			for _, o := range batch {
				if !c.writeOne(o) {
					return
				}
			}
		}
	}
}

func (c *conn) writeOne(o outgoing) bool {
	if o.close {
		deadline := time.Now().Add(time.Second)
		err := c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline)
		if err == nil {
			err = c.ws.SetReadDeadline(deadline) // how long Slack waits for the app's close
		}
		if err != nil {
			c.hangUp()
		}
		return true
	}
	if e := o.envelope; e != nil {
		c.h.mu.Lock()
		e.d.SentAt = time.Now()
		c.h.mu.Unlock()
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, o.data); err != nil {
		c.h.s.log.Debug("write socket", "err", err)
		c.hangUp() // the reader ends and drops the connection
		return false
	}
	return true
}

// read reads acks until the connection ends.
func (c *conn) read(spy *frameSpy) {
	silence := c.h.s.cfg.Timing.Silence
	heard := func() {
		c.h.mu.Lock()
		c.info.LastHeard = time.Now()
		closing := c.info.State == stateClosing
		c.h.mu.Unlock()
		if !closing {
			_ = c.ws.SetReadDeadline(time.Now().Add(silence)) // fails only on a closed connection, which the read reports
		}
	}
	c.ws.SetReadLimit(bodyLimit)
	c.ws.SetPongHandler(func(string) error { heard(); return nil })
	c.ws.SetPingHandler(func(data string) error {
		heard()
		c.h.mu.Lock()
		c.info.Pings++
		c.h.mu.Unlock()
		err := c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		if errors.Is(err, websocket.ErrCloseSent) {
			return nil
		}
		return err
	})
	heard()
	for {
		kind, data, err := c.ws.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure {
				c.h.mu.Lock()
				c.info.CloseCode = closed.Code
				c.h.mu.Unlock()
			}
			return
		}
		heard()
		pieces := spy.next()
		if kind == websocket.TextMessage {
			c.h.ack(c, data, pieces)
		}
	}
}
