package pgtest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Proxy is a network between a program and its database that a test can cut.
type Proxy struct {
	// URL is the DATABASE_URL by which the program connects.
	URL string

	listener net.Listener
	group    sync.WaitGroup
	network  string // of the server
	address  string

	mu     sync.Mutex
	state  *sync.Cond
	silent bool // nothing gets through, and nobody notices
	lossy  bool // answers do not get through, and nobody notices
	away   bool // connections are refused and closed
	open   map[net.Conn]bool
}

// NewProxy returns a proxy to the database at a URL. It ends with the test.
func NewProxy(tb testing.TB, database string) *Proxy {
	tb.Helper()
	p, err := OpenProxy(database)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = p.Close() })
	return p
}

// OpenProxy returns a proxy to the database at a URL. It fails for what is no URL, and when no port
// can be had.
func OpenProxy(database string) (*Proxy, error) {
	u, err := url.Parse(database)
	if err != nil {
		return nil, err
	}
	p := &Proxy{network: "tcp", address: u.Host, open: make(map[net.Conn]bool)}
	p.state = sync.NewCond(&p.mu)
	query := u.Query()
	if dir := query.Get("host"); dir != "" {
		p.network, p.address = "unix", filepath.Join(dir, ".s.PGSQL.5432")
		query.Del("host")
	}
	if p.listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	query.Set("sslmode", "disable")
	u.Host, u.RawQuery = p.listener.Addr().String(), query.Encode()
	p.URL = u.String()
	p.group.Go(func() {
		for {
			c, err := p.listener.Accept()
			if err != nil {
				return
			}
			p.group.Go(func() { p.serve(c) })
		}
	})
	return p, nil
}

// Close ends the proxy and its connections. Its error is that of closing the listener.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.Away()
	p.group.Wait()
	return err
}

// Silence lets nothing through any more, without closing a connection.
func (p *Proxy) Silence() { p.set(true, false, false) }

// LoseAnswers lets requests through, and no answers, without closing a connection.
func (p *Proxy) LoseAnswers() { p.set(false, true, false) }

// Away closes all connections and refuses new ones.
func (p *Proxy) Away() { p.set(false, false, true) }

// Back ends Silence, LoseAnswers and Away; what was held back gets through.
func (p *Proxy) Back() { p.set(false, false, false) }

func (p *Proxy) set(silent, lossy, away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent, p.lossy, p.away = silent, lossy, away
	if away {
		for c := range p.open {
			_ = c.Close()
		}
	}
	p.state.Broadcast()
}

// serve passes on one connection's bytes both ways.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close() //nolint:errcheck // the test is over with it
	if !p.add(client) {
		return
	}
	defer p.remove(client)
	server, err := (&net.Dialer{}).DialContext(context.Background(), p.network, p.address)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // likewise
	if !p.add(server) {
		return
	}
	defer p.remove(server)
	var group sync.WaitGroup
	group.Go(func() { p.pass(server, client, false) })
	group.Go(func() { p.pass(client, server, true) })
	group.Wait()
}

func (p *Proxy) add(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		return false
	}
	p.open[c] = true
	return true
}

func (p *Proxy) remove(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}

func (p *Proxy) pass(to, from net.Conn, answers bool) {
	defer to.Close() //nolint:errcheck // the other direction ends with it
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		for p.silent || p.lossy && answers {
			p.state.Wait()
		}
		p.mu.Unlock()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				_ = from.Close()
			}
			return
		}
	}
}
