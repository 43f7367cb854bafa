package socket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slack is the other side: apps.connections.open and the sockets, over pipes in
// memory, so that it runs on a synctest clock.
type slack struct {
	t      *testing.T
	server *http.Server
	dials  chan net.Conn

	mu      sync.Mutex
	opens   []time.Time
	refuse  func(n int) error // of the n-th open, from 1
	noDial  bool              // the handshake is refused
	hello   func(n int) string
	peers   []*peer
	arrived chan *peer
}

// peer is one socket as Slack sees it.
type peer struct {
	slack *slack
	n     int
	ws    *websocket.Conn
	since time.Time
	wmu   sync.Mutex

	mute  atomic.Bool   // answers nothing any more
	deaf  atomic.Bool   // reads nothing any more but what is on its way
	freed chan struct{} // closed by cut
	pings atomic.Int32
	pongs chan string
	acks  chan ackSeen
	gone  chan struct{} // closed when reading ended
	code  int           // of the close frame, then
	ended time.Time
}

type ackSeen struct {
	EnvelopeID string          `json:"envelope_id"`
	Payload    json.RawMessage `json:"payload"`
}

func helloFrame(connections int, life int) string {
	return fmt.Sprintf(`{"type":"hello","num_connections":%d,"debug_info":{"host":"applink-1","approximate_connection_time":%d},"connection_info":{"app_id":"A111"}}`, connections, life)
}

func newSlack(t *testing.T) *slack {
	s := &slack{
		t: t, dials: make(chan net.Conn), arrived: make(chan *peer, 1000),
		hello: func(n int) string { return helloFrame(1, 3600) },
	}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(s) }()
	t.Cleanup(func() { _ = s.server.Close() })
	return s
}

func (s *slack) Accept() (net.Conn, error) {
	c, ok := <-s.dials
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (s *slack) Close() error {
	defer func() { _ = recover() }() // closed twice by http.Server
	close(s.dials)
	return nil
}

func (s *slack) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// Open implements Opener.
func (s *slack) Open(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opens = append(s.opens, time.Now())
	if s.refuse != nil {
		if err := s.refuse(len(s.opens)); err != nil {
			return "", err
		}
	}
	return "ws://127.0.0.1/link/?ticket=secret-ticket&app_id=A111", nil
}

func (s *slack) dialer() *websocket.Dialer {
	return &websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		select {
		case s.dials <- theirs:
			return ours, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

func (s *slack) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	refused := s.noDial
	s.mu.Unlock()
	if refused {
		http.Error(w, "no", http.StatusServiceUnavailable)
		return
	}
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s.mu.Lock()
	p := &peer{
		slack: s, n: len(s.peers) + 1, ws: ws, since: time.Now(),
		acks: make(chan ackSeen, 20000), pongs: make(chan string, 10000), gone: make(chan struct{}), freed: make(chan struct{}),
	}
	s.peers = append(s.peers, p)
	hello := s.hello(p.n)
	s.mu.Unlock()
	ws.SetPingHandler(func(data string) error {
		p.pings.Add(1)
		if !p.mute.Load() {
			_ = p.control(websocket.PongMessage, []byte(data)) // may find its writer busy with a client that does not read
		}
		return nil
	})
	ws.SetPongHandler(func(data string) error { p.pongs <- data; return nil })
	ws.SetCloseHandler(func(code int, _ string) error {
		p.code = code
		if !p.mute.Load() {
			_ = p.control(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""))
		}
		return nil
	})
	go p.read()
	if hello != "" {
		p.send(hello)
	}
	s.arrived <- p
}

func (p *peer) read() {
	defer close(p.gone)
	defer func() { p.ended = time.Now(); _ = p.ws.Close() }()
	for {
		_, data, err := p.ws.ReadMessage()
		if err != nil {
			return
		}
		var a ackSeen
		if json.Unmarshal(data, &a) == nil {
			p.acks <- a
		}
		if p.deaf.Load() {
			<-p.freed
			return
		}
	}
}

func (p *peer) send(text string) { p.message(websocket.TextMessage, []byte(text)) }

func (p *peer) message(kind int, data []byte) {
	p.wmu.Lock()
	defer p.wmu.Unlock()
	_ = p.ws.WriteMessage(kind, data) // a test that needs it sees it in the answers
}

func (p *peer) control(kind int, data []byte) error {
	return p.ws.WriteControl(kind, data, time.Now().Add(time.Second))
}

// close is Slack closing the socket properly.
func (p *peer) close() {
	_ = p.control(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
}

// cut is TCP breaking.
func (p *peer) cut() {
	_ = p.ws.NetConn().Close()
	if p.deaf.CompareAndSwap(true, false) {
		close(p.freed)
	}
}

// ack waits for the next ack, which a broken promise makes fail on the fake
// clock after a minute.
func (p *peer) ack() ackSeen {
	p.slack.t.Helper()
	select {
	case a := <-p.acks:
		return a
	case <-time.After(time.Minute):
		require.FailNow(p.slack.t, "no ack came")
		return ackSeen{}
	}
}

func (p *peer) isGone() bool { return closed(p.gone) }

// next waits for the next connection.
func (s *slack) next() *peer {
	s.t.Helper()
	select {
	case p := <-s.arrived:
		return p
	case <-time.After(10 * time.Minute):
		require.FailNow(s.t, "no connection came")
		return nil
	}
}

// gaps returns the times between the opens.
func (s *slack) gaps() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var gaps []time.Duration
	for i := 1; i < len(s.opens); i++ {
		gaps = append(gaps, s.opens[i].Sub(s.opens[i-1]))
	}
	return gaps
}

func (s *slack) standing() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, p := range s.peers {
		if !p.isGone() {
			n++
		}
	}
	return n
}

func command(id string) string {
	return fmt.Sprintf(`{"envelope_id":%q,"payload":{"command":"/mod","text":"mute room:10006 29376"},"type":"slash_commands","accepts_response_payload":true}`, id)
}

func event(id string) string {
	return fmt.Sprintf(`{"envelope_id":%q,"payload":{"type":"event_callback"},"type":"events_api","accepts_response_payload":false,"retry_attempt":1,"retry_reason":"timeout"}`, id)
}

// hookEvents is what the hooks reported.
type hookEvents struct {
	acked       []string
	lost        map[string]error
	opened      []string
	ended       []string
	ghosts      []int
	undecodable map[string]error
	sizes       []int
	panics      []string
}

type seen struct {
	mu sync.Mutex
	hookEvents
}

// events returns what was reported so far.
func (b *bench) events() hookEvents {
	s := b.seen
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.hookEvents
	t.lost, t.undecodable = maps.Clone(t.lost), maps.Clone(t.undecodable)
	return t
}

func (s *seen) hooks() Hooks {
	s.lost, s.undecodable = map[string]error{}, map[string]error{}
	locked := func(f func()) { s.mu.Lock(); defer s.mu.Unlock(); f() }
	return Hooks{
		OnAcked:      func(kind string, _ time.Duration) { locked(func() { s.acked = append(s.acked, kind) }) },
		OnAckLost:    func(id string, err error) { locked(func() { s.lost[id] = err }) },
		OnOpen:       func(result string) { locked(func() { s.opened = append(s.opened, result) }) },
		OnDisconnect: func(reason string) { locked(func() { s.ended = append(s.ended, reason) }) },
		OnGhosts:     func(n int) { locked(func() { s.ghosts = append(s.ghosts, n) }) },
		OnUndecodable: func(id string, err error, size int) {
			locked(func() { s.undecodable[id] = err; s.sizes = append(s.sizes, size) })
		},
		OnPanic: func(id, _ string) { locked(func() { s.panics = append(s.panics, id) }) },
	}
}

// logbook gathers the log.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// bench is one client with one fake server.
type bench struct {
	*slack
	t      *testing.T
	client *Client
	seen   *seen
	log    *logbook
	cancel context.CancelFunc
	result chan error
	took   chan time.Duration
}

func ackAtOnce(_ context.Context, _ Envelope, ack Ack) { _ = ack(nil) }

// onClock runs a test on a synctest clock with a running client.
func onClock(t *testing.T, set func(*Config, *slack), test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSlack(t)
		b := &bench{slack: s, t: t, seen: &seen{}, log: &logbook{}, result: make(chan error, 1), took: make(chan time.Duration, 1)}
		cfg := Config{
			Opener: s, Handler: ackAtOnce, Dialer: s.dialer(), Hooks: b.seen.hooks(),
			Logger: slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Rand:   func() float64 { return 0.5 },
		}
		if set != nil {
			set(&cfg, s)
		}
		client, err := New(t.Context(), cfg)
		require.NoError(t, err)
		b.client = client
		ctx, cancel := context.WithCancel(context.Background())
		b.cancel = cancel
		go func() {
			err := client.Run(ctx)
			b.result <- err
		}()
		defer func() {
			cancel()
			_ = s.server.Close()
			for _, p := range s.peers {
				p.cut()
			}
			synctest.Wait()
			for _, gap := range s.gaps() {
				require.GreaterOrEqual(t, gap, time.Second, "two opens within one second")
			}
			logged := b.log.String()
			for _, secret := range []string{"secret-ticket", "29376"} {
				require.NotContains(t, logged, secret)
			}
		}()
		test(b)
	})
}

// stop ends the client and returns how long it took and Run's error.
func (b *bench) stop() (time.Duration, error) {
	b.t.Helper()
	began := time.Now()
	b.cancel()
	err := b.wait()
	return time.Since(began), err
}

func (b *bench) wait() error {
	b.t.Helper()
	select {
	case err := <-b.result:
		return err
	case <-time.After(time.Hour):
		require.FailNow(b.t, "run did not end")
		return errors.New("unreachable")
	}
}

// sleeps moves the fake clock.
func sleeps(d time.Duration) { <-time.After(d); synctest.Wait() }

func realEnvelopes(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/envelopes.jsonl")
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}
