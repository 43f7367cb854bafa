package socket

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"

	"github.com/gorilla/websocket"

	"bouncer/hosts"
)

// wsBuffer is the minimum size of a WebSocket's buffers. Slack ignores
// messages that come in several frames, so the largest ack must fit into the
// write buffer; and a large read buffer receives many envelopes in one system
// call.
const wsBuffer = 32 << 10

// errDial is the cause of a connection that could not be dialled. Its text has
// neither the URL nor what the server answered.
type errDial struct{ err error }

func (e *errDial) Error() string { return "dial: " + e.err.Error() }
func (e *errDial) Unwrap() error { return e.err }

// dial opens the WebSocket at rawURL, which ctx bounds.
func dial(ctx context.Context, base *websocket.Dialer, rawURL string) (*websocket.Conn, *link, error) {
	if err := checkURL(rawURL); err != nil {
		return nil, nil, &errDial{err}
	}
	var (
		mu     sync.Mutex
		opened *link
	)
	d := prepare(base, func(c net.Conn) net.Conn {
		mu.Lock()
		defer mu.Unlock()
		opened = &link{Conn: c}
		if ctx.Err() != nil { // it ended while the link was made, and saw none to close
			_ = opened.Close()
		}
		return opened
	})
	// The dialer respects deadlines but not the cancellation of a context. A
	// stopping process must not wait for a slow handshake.
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		if opened != nil {
			_ = opened.Close() // the handshake then fails, which is what is wanted
		}
	})
	defer stop()
	ws, resp, err := d.DialContext(ctx, rawURL, nil)
	if resp != nil && resp.Body != nil {
		defer func() { _ = resp.Body.Close() }() // it buffers at most 1 KiB in memory
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, &errDial{ctx.Err()}
		}
		if errors.Is(err, websocket.ErrBadHandshake) && resp != nil {
			return nil, nil, &errDial{fmt.Errorf("handshake failed with status %d", resp.StatusCode)}
		}
		return nil, nil, &errDial{hosts.Unaddressed(err)}
	}
	mu.Lock()
	defer mu.Unlock()
	return ws, opened, nil
}

// prepare copies the dialer and has wrap see its byte stream. TLS, if there is
// any, runs on top of what wrap returns, except where the dialer brings its own
// TLS.
func prepare(base *websocket.Dialer, wrap func(net.Conn) net.Conn) *websocket.Dialer {
	d := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: defaultOpenTimeout}
	if base != nil {
		d = *base
	}
	d.ReadBufferSize = max(d.ReadBufferSize, wsBuffer)
	d.WriteBufferSize = max(d.WriteBufferSize, wsBuffer)
	d.WriteBufferPool = nil // its buffers could be smaller
	d.EnableCompression = false
	if d.TLSClientConfig != nil {
		d.TLSClientConfig = d.TLSClientConfig.Clone()
	} else {
		d.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	d.TLSClientConfig.MinVersion = max(d.TLSClientConfig.MinVersion, tls.VersionTLS12)

	type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)
	wrapped := func(f dialFunc) dialFunc {
		return func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := f(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return wrap(c), nil
		}
	}
	plain := d.NetDialContext
	if plain == nil && d.NetDial != nil {
		old := d.NetDial
		plain = func(_ context.Context, network, addr string) (net.Conn, error) { return old(network, addr) }
	}
	if plain == nil {
		plain = new(net.Dialer).DialContext
	}
	d.NetDialContext = wrapped(plain)
	if d.NetDialTLSContext != nil {
		d.NetDialTLSContext = wrapped(d.NetDialTLSContext)
	}
	return &d
}

func checkURL(rawURL string) error {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil:
		return errors.New("slack's url is malformed")
	case u.Scheme == "wss":
		return nil
	case u.Scheme == "ws" && hosts.Loopback(u.Hostname()):
		return nil
	case u.Scheme == "ws":
		return errors.New("slack's url is ws:// to another machine, only wss:// is safe")
	}
	return errors.New("slack's url is not wss://")
}
