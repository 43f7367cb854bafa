package slackd

import (
	"net"
	"sync"
)

// tapListener returns connections that can be frozen and that see WebSocket
// frames pass.
type tapListener struct{ net.Listener }

func (l tapListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tap{Conn: c, change: make(chan struct{}), closed: make(chan struct{})}, nil
}

// tap is a TCP connection that can fall silent like a dead link: it stays
// open, but nothing is read from it or written to it. It also records which
// messages came in fragments, which the WebSocket library hides and Slack
// ignores.
type tap struct {
	net.Conn
	once   sync.Once
	closed chan struct{}

	mu     sync.Mutex
	frozen bool
	change chan struct{} // closed when frozen changes
	frames *frameSpy
}

func (t *tap) freeze(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.frozen != on {
		t.frozen = on
		close(t.change)
		t.change = make(chan struct{})
	}
}

func (t *tap) wait() error {
	for {
		t.mu.Lock()
		frozen, change := t.frozen, t.change
		t.mu.Unlock()
		if !frozen {
			return nil
		}
		select {
		case <-change:
		case <-t.closed:
			return net.ErrClosed
		}
	}
}

func (t *tap) Read(p []byte) (int, error) {
	if err := t.wait(); err != nil {
		return 0, err
	}
	n, err := t.Conn.Read(p)
	// A read that was waiting when the freeze began holds its bytes back.
	if waitErr := t.wait(); waitErr != nil {
		return 0, waitErr
	}
	t.mu.Lock()
	spy := t.frames
	t.mu.Unlock()
	if spy != nil {
		spy.see(p[:n])
	}
	return n, err
}

func (t *tap) Write(p []byte) (int, error) {
	if err := t.wait(); err != nil {
		return 0, err
	}
	return t.Conn.Write(p)
}

func (t *tap) Close() error {
	t.once.Do(func() { close(t.closed) })
	return t.Conn.Close()
}

// cut ends the connection with a reset instead of a proper close.
func (t *tap) cut() {
	if tcp, ok := t.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the cut is a FIN, which is still a cut
	}
	_ = t.Close()
}

// spy starts to watch frames; called right after the upgrade, before the
// first frame.
func (t *tap) spy() *frameSpy {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.frames = &frameSpy{}
	return t.frames
}

// frameSpy follows the frame headers (RFC 6455, 5.2) of a byte stream.
type frameSpy struct {
	mu       sync.Mutex
	head     []byte // the header that is being gathered
	skip     uint64 // bytes of mask and payload to go
	pieces   int    // frames of the message that is being gathered
	messages []int  // frames of each complete data message
}

func (f *frameSpy) see(p []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(p) > 0 {
		if f.skip > 0 {
			n := min(f.skip, uint64(len(p)))
			f.skip -= n
			p = p[n:]
			continue
		}
		f.head = append(f.head, p[0])
		p = p[1:]
		f.header()
	}
}

// header reads the gathered header if it is complete.
func (f *frameSpy) header() {
	if len(f.head) < 2 {
		return
	}
	length := uint64(f.head[1] & 0x7f)
	extended := 0
	switch length {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	if len(f.head) < 2+extended {
		return
	}
	if extended > 0 {
		length = 0
		for _, b := range f.head[2:] {
			length = length<<8 | uint64(b)
		}
	}
	if f.head[1]&0x80 != 0 {
		length += 4
	}
	fin, opcode := f.head[0]&0x80 != 0, f.head[0]&0x0f
	if opcode < 8 {
		f.pieces++
		if fin {
			f.messages = append(f.messages, f.pieces)
			f.pieces = 0
		}
	}
	f.skip = length
	f.head = f.head[:0]
}

// next is how many frames the oldest message that was not asked for had.
func (f *frameSpy) next() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.messages) == 0 {
		return 1
	}
	n := f.messages[0]
	f.messages = f.messages[1:]
	return n
}
