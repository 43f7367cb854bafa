package socket

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// wire is Slack over real sockets: the API and the WebSocket on one server.
type wire struct {
	*httptest.Server
	socket func(ws *websocket.Conn)
}

func newWire(t testing.TB, secure bool, socket func(ws *websocket.Conn)) *wire {
	w := &wire{socket: socket}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/apps.connections.open", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(rw, `{"ok":true,"url":"ws%s/link/?ticket=secret-ticket"}`, strings.TrimPrefix(w.URL, "http"))
	})
	mux.HandleFunc("/link/", func(rw http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{ReadBufferSize: 64 << 10, WriteBufferSize: 64 << 10, EnableCompression: true}
		if ws, err := up.Upgrade(rw, r, nil); err == nil {
			defer func() { _ = ws.Close() }()
			w.socket(ws)
		}
	})
	w.Server = httptest.NewUnstartedServer(mux)
	w.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if secure {
		w.StartTLS()
	} else {
		w.Start()
	}
	t.Cleanup(w.Close)
	return w
}

func run(t testing.TB, cfg Config) (*Client, func()) {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c, err := New(t.Context(), cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return c, func() {
		cancel()
		require.NoError(t, <-done)
	}
}

func TestOverRealSockets(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls %v", secure), func(t *testing.T) {
			acked := make(chan ackSeen, 10)
			code := make(chan int, 1)
			w := newWire(t, secure, func(ws *websocket.Conn) {
				_ = ws.WriteMessage(websocket.TextMessage, []byte(helloFrame(1, 3600)))
				_ = ws.WriteMessage(websocket.TextMessage, []byte(command("e")))
				for {
					var a ackSeen
					if err := ws.ReadJSON(&a); err != nil {
						if closed, ok := err.(*websocket.CloseError); ok { //nolint:errorlint // gorilla returns it bare
							code <- closed.Code
						}
						return
					}
					acked <- a
				}
			})
			dialer := &websocket.Dialer{}
			if secure {
				dialer.TLSClientConfig = w.Client().Transport.(*http.Transport).TLSClientConfig
				dialer.TLSClientConfig.NextProtos = nil
			}
			payload := map[string]string{"text": strings.Repeat("x", 19_000)}
			_, stop := run(t, Config{
				Opener: NewOpener(w.Client(), w.URL+"/api/", testToken), Connections: 1, Dialer: dialer,
				Handler: func(_ context.Context, _ Envelope, ack Ack) { _ = ack(payload) },
			})
			got := <-acked
			require.Equal(t, "e", got.EnvelopeID)
			require.Len(t, got.Payload, 19_000+len(`{"text":""}`))
			stop()
			require.Equal(t, 1000, <-code)
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	w := newWire(t, true, func(*websocket.Conn) {})
	w.TLS.MaxVersion = tls.VersionTLS11
	w.TLS.MinVersion = tls.VersionTLS10
	dialer := &websocket.Dialer{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS10, InsecureSkipVerify: true}}
	_, _, err := dial(t.Context(), dialer, "wss"+strings.TrimPrefix(w.URL, "https")+"/link/?ticket=secret-ticket")
	require.ErrorContains(t, err, "protocol version")
	require.Equal(t, uint16(tls.VersionTLS10), dialer.TLSClientConfig.MinVersion, "the caller's dialer is left alone")
}

func TestURLsThatAreNotDialled(t *testing.T) {
	for url, want := range map[string]string{
		"ws://slack.example/link/?ticket=secret": "only wss:// is safe",
		"http://127.0.0.1/?ticket=secret":        "not wss://",
		"wss://user:secret@slack.com/":           "malformed",
		"wss://":                                 "malformed",
		":secret\x00":                            "malformed",
	} {
		_, _, err := dial(t.Context(), nil, url)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		c, err := listener.Accept() // accepts, and sends nothing
		if err == nil {
			cancel()
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}
	})
	_, _, err = dial(ctx, nil, "ws://"+listener.Addr().String()+"/link/?ticket=secret")
	require.ErrorIs(t, err, context.Canceled)
	group.Wait()
}

// tap records what is written to a connection.
type tap struct {
	net.Conn
	mu     sync.Mutex
	writes [][]byte
}

func (p *tap) Write(b []byte) (int, error) {
	p.mu.Lock()
	p.writes = append(p.writes, append([]byte(nil), b...))
	p.mu.Unlock()
	return p.Conn.Write(b)
}

func TestAcksGoOutAsWholeFrames(t *testing.T) {
	const n = 100
	acked := make(chan string, n)
	w := newWire(t, false, func(ws *websocket.Conn) {
		for i := range n {
			_ = ws.WriteMessage(websocket.TextMessage, []byte(command(fmt.Sprint(i))))
		}
		_ = ws.WriteMessage(websocket.TextMessage, []byte(helloFrame(1, 3600)))
		for {
			_, data, err := ws.ReadMessage()
			if err != nil {
				return
			}
			var a ackSeen
			_ = json.Unmarshal(data, &a)
			acked <- a.EnvelopeID
		}
	})
	var line *tap
	held := make(chan Ack, n)
	c, stop := run(t, Config{
		Opener: NewOpener(nil, w.URL+"/api/", testToken), Connections: 1,
		Handler: func(_ context.Context, _ Envelope, ack Ack) { held <- ack },
		Dialer: &websocket.Dialer{NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			line = &tap{Conn: conn}
			return line, err
		}},
	})
	<-c.Ready()
	line.mu.Lock()
	line.writes = nil
	line.mu.Unlock()
	acks := make([]Ack, 0, n)
	for range n {
		acks = append(acks, <-held)
	}
	for i, ack := range acks {
		payload := map[string]string{}
		if i == n-1 {
			payload["text"] = strings.Repeat("x", 19_000)
		}
		require.NoError(t, ack(payload))
	}
	for range n {
		<-acked
	}
	line.mu.Lock()
	var whole []byte
	for _, b := range line.writes {
		whole = append(whole, b...)
	}
	line.mu.Unlock()
	frames := 0
	for len(whole) > 0 {
		require.Contains(t, []byte{0x81, 0x89}, whole[0], "text or ping, final, not fragmented")
		size, head := int(whole[1]&0x7f), 2
		if size == 126 {
			size, head = int(whole[2])<<8|int(whole[3]), 4
		}
		if whole[0] == 0x81 {
			frames++
		}
		whole = whole[head+4+size:]
	}
	require.Equal(t, n, frames)
	stop()
}

// sleepy is a connection whose deadline passes unnoticed for a while, as if
// the process was stopped, and then has data.
type sleepy struct {
	net.Conn
	reads int
}

func TestSleepingProcessIsNotSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // else a slow machine may write later than the grace
		a, b := net.Pipe()
		defer func() { _ = a.Close(); _ = b.Close() }()
		l := &link{Conn: &sleepy{Conn: a}}
		l.watch(20 * time.Millisecond)
		go func() { _, _ = b.Write([]byte("x")) }()
		n, err := l.Read(make([]byte, 1))
		require.NoError(t, err, "the first timeout came while we slept; the data was there")
		require.Equal(t, 1, n)
	})
}

// Read times out at once the first time, though data waits.
func (s *sleepy) Read(p []byte) (int, error) {
	s.reads++
	if s.reads == 1 {
		if err := s.SetReadDeadline(time.Unix(1, 0)); err != nil {
			return 0, err
		}
	}
	return s.Conn.Read(p)
}
