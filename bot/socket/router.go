package socket

import "time"

// admit takes an envelope, or reports that it came too late.
func (c *Client) admit(d *delivery) bool {
	if !c.open.begin() {
		c.cfg.Hooks.OnAckLost(d.env.ID, ErrClosed)
		return false
	}
	d.conn.open.begin()
	return true
}

// send queues an ack on the connection of its envelope, or on another.
func (c *Client) send(d *delivery) error {
	if d.conn.out.enqueue(d) {
		return nil
	}
	return c.reroute(d)
}

// reroute queues an ack on whichever connection stands, best on one that stays;
// else it waits for the next one.
func (c *Client) reroute(d *delivery) error {
	c.mu.Lock()
	if c.enqueueAny(d) {
		c.mu.Unlock()
		return nil
	}
	if c.final {
		c.mu.Unlock()
		c.lose(d, ErrClosed)
		return ErrClosed
	}
	d.expires = time.Now().Add(c.cfg.AckWait)
	c.stranded = append(c.stranded, d)
	if len(c.stranded) == 1 {
		c.expiry = time.AfterFunc(c.cfg.AckWait, c.expire)
	}
	c.mu.Unlock()
	return nil
}

// enqueueAny wants c.mu held.
func (c *Client) enqueueAny(d *delivery) bool {
	for _, leaving := range []bool{false, true} {
		for i := len(c.conns) - 1; i >= 0; i-- {
			conn := c.conns[i]
			if conn.standing() && closed(conn.leaving) == leaving && conn.out.enqueue(d) {
				return true
			}
		}
	}
	return false
}

// expire gives up the stranded acks whose time is over, or all of them when no
// connection will come.
func (c *Client) expire() {
	now := time.Now()
	c.mu.Lock()
	n := 0
	for n < len(c.stranded) && (c.final || !c.stranded[n].expires.After(now)) {
		n++
	}
	lost, final := c.stranded[:n:n], c.final
	c.stranded = c.stranded[n:]
	if c.expiry != nil {
		c.expiry.Stop()
	}
	if len(c.stranded) > 0 {
		c.expiry = time.AfterFunc(c.stranded[0].expires.Sub(now), c.expire)
	}
	if final {
		// One of the connections may still stand: better late than lost.
		kept := lost[:0]
		for _, d := range lost {
			if !c.enqueueAny(d) {
				kept = append(kept, d)
			}
		}
		lost = kept
	}
	c.mu.Unlock()
	for _, d := range lost {
		if final {
			c.lose(d, ErrClosed)
		} else {
			c.lose(d, ErrNoConnection)
		}
	}
}

// lose reports an ack that will not be written.
func (c *Client) lose(d *delivery, err error) {
	c.log.Warn("socket mode ack is lost", "envelope", shortID(d.env.ID), "type", d.kind, "err", err)
	c.cfg.Hooks.OnAckLost(d.env.ID, err)
	d.settle()
}
