package socket

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// silenceGrace is the last chance of a silent link: data that arrived while
// the process was not reading is read in it.
const silenceGrace = 500 * time.Millisecond

var errSilent = errors.New("nothing was received")

// link is the byte stream under a WebSocket that detects silence.
//
// Silence is measured only while a read waits for data: if reading paused,
// because the handlers could not keep up or the process was stopped, the peer
// is not to blame.
type link struct {
	net.Conn
	silent atomic.Int64 // nanoseconds; zero during the handshake, when the dialer's deadlines apply
}

// watch ends the handshake's rules and begins the link's own.
func (l *link) watch(silent time.Duration) { l.silent.Store(int64(silent)) }

// Read reads, or returns errSilent if nothing arrived for the link's time.
func (l *link) Read(p []byte) (int, error) {
	limit := time.Duration(l.silent.Load())
	if limit == 0 {
		return l.Conn.Read(p)
	}
	last := false
	for wait := limit; ; {
		armed := time.Now()
		if err := l.SetReadDeadline(armed.Add(wait)); err != nil {
			return 0, err
		}
		n, err := l.Conn.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if last {
			return 0, errSilent
		}
		// A deadline that fired far too late means that this process slept.
		// The peer has received no ping from it, so it gets the whole time
		// again.
		if overslept := time.Since(armed) > wait+time.Second; !overslept {
			wait, last = silenceGrace, true
		}
	}
}

// Write implements net.Conn.
func (l *link) Write(p []byte) (int, error) {
	l.setWriteDeadline()
	return l.Conn.Write(p)
}

// setWriteDeadline limits a write to the time that the link may be silent: a
// peer that accepts nothing for so long is gone. An error shows in the write.
func (l *link) setWriteDeadline() {
	if limit := l.silent.Load(); limit != 0 {
		_ = l.Conn.SetWriteDeadline(time.Now().Add(time.Duration(limit))) // a closed link fails the write that follows
	}
}

// limitWrites limits the current and all later writes to d, because the link
// is about to close.
func (l *link) limitWrites(d time.Duration) {
	l.silent.Store(int64(d))
	_ = l.Conn.SetWriteDeadline(time.Now().Add(d)) // a closed link needs no hurry
}

// SetWriteDeadline is left to arm once the handshake is over.
func (l *link) SetWriteDeadline(t time.Time) error {
	if l.silent.Load() != 0 {
		return nil
	}
	return l.Conn.SetWriteDeadline(t)
}
