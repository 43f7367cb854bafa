package socket

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// silenceGrace is the last chance of a silent link: what has come while we were
// not looking is read in it.
const silenceGrace = 500 * time.Millisecond

var errSilent = errors.New("nothing was heard")

// link is the byte stream under a WebSocket that notices silence.
//
// Silence is measured where the bytes come in and only while a read waits for
// them: when our own reading paused, because the handlers could not keep up or
// the process was stopped, the peer is not to blame.
type link struct {
	net.Conn
	silent atomic.Int64 // nanoseconds; zero during the handshake: the dialer's deadlines hold
}

// watch ends the handshake's rules and begins the link's own.
func (l *link) watch(silent time.Duration) { l.silent.Store(int64(silent)) }

// Read reads, or fails with errSilent when nothing came for the link's time.
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
		// A deadline that fired far too late says that we slept, not the peer:
		// it has got no ping from us, so it gets the whole time again.
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

// setWriteDeadline gives one write as long as the link may be silent: a peer that takes
// nothing in all that time is as good as gone. An error shows in the write.
func (l *link) setWriteDeadline() {
	if limit := l.silent.Load(); limit != 0 {
		_ = l.Conn.SetWriteDeadline(time.Now().Add(time.Duration(limit))) // a closed link fails the write that follows
	}
}

// limitWrites gives what is being written, and what is written from now on, no more
// than d: the link is at its end.
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
