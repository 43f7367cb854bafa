package slackd

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ticking is a clock that tests move.
type ticking struct {
	mu  sync.Mutex
	now time.Time
}

func (c *ticking) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *ticking) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newClock() *ticking { return &ticking{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

// free turns off rate limits, for tests of other things.
var free = Limits{MessageBurst: -1, MessagesPerMinute: -1, Tier1: -1, Tier2: -1, Tier3: -1, Tier4: -1, ConnectionsOpenPerMinute: -1}

func start(t testing.TB, cfg Config) *Server {
	t.Helper()
	// Slack's three seconds are for tests of them: nothing else fails because
	// the machine is slow.
	if cfg.Timing.Ack == 0 {
		cfg.Timing.Ack = time.Minute
	}
	if cfg.Timing.Trigger == 0 && cfg.Clock == nil {
		cfg.Timing.Trigger = time.Minute
	}
	s, err := New(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// answer is a Web API answer.
type answer struct {
	Status int
	Header http.Header
	Body   map[string]any
	Raw    string
}

func (a answer) err() string {
	e, _ := a.Body["error"].(string)
	return e
}

// get walks the answer by keys.
func (a answer) get(keys ...string) any {
	var v any = a.Body
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

func (a answer) str(keys ...string) string {
	s, _ := a.get(keys...).(string)
	return s
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func send(t testing.TB, method, target, token, contentType string, body []byte) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(within(t), method, target, bytes.NewReader(body))
	require.NoError(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { require.NoError(t, resp.Body.Close()) }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	a := answer{Status: resp.StatusCode, Header: resp.Header, Raw: string(raw)}
	if strings.HasPrefix(a.Raw, "{") {
		require.NoError(t, json.Unmarshal(raw, &a.Body))
	}
	return a, nil
}

// form calls a method with the bot token; pairs are names and values.
func form(t testing.TB, s *Server, method string, pairs ...string) answer {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	a, err := send(t, http.MethodPost, s.URL()+method, s.BotToken(), "application/x-www-form-urlencoded", []byte(v.Encode()))
	require.NoError(t, err)
	return a
}

// call calls a method with a JSON body and the bot token.
func call(t testing.TB, s *Server, method string, body any) answer {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	a, err := send(t, http.MethodPost, s.URL()+method, s.BotToken(), "application/json; charset=utf-8", raw)
	require.NoError(t, err)
	return a
}

func post1(t testing.TB, s *Server, pairs ...string) string {
	t.Helper()
	a := form(t, s, "chat.postMessage", pairs...)
	require.Equal(t, true, a.get("ok"), a.Raw)
	return a.str("ts")
}

// wire is an envelope as the app reads it.
type wire struct {
	ID      string         `json:"envelope_id"`
	Type    string         `json:"type"`
	Reason  string         `json:"reason"`
	Num     int            `json:"num_connections"`
	Accepts bool           `json:"accepts_response_payload"`
	Attempt *int           `json:"retry_attempt"`
	Retry   *string        `json:"retry_reason"`
	Payload map[string]any `json:"payload"`
}

// app is one Socket Mode connection of a small client.
type app struct {
	t      testing.TB
	ws     *websocket.Conn
	mu     sync.Mutex // guards writes
	frames chan wire
	ended  chan struct{}
	err    error // after ended
}

func ticketURL(t testing.TB, s *Server) string {
	t.Helper()
	a, err := send(t, http.MethodPost, s.URL()+"apps.connections.open", s.AppToken(), "application/x-www-form-urlencoded", nil)
	require.NoError(t, err)
	require.Equal(t, true, a.get("ok"), a.Raw)
	return a.str("url")
}

func dial(t testing.TB, target string) (*websocket.Conn, int) {
	t.Helper()
	dialer := websocket.Dialer{WriteBufferSize: 32 << 10} // a smaller one makes fragments of large acks
	ws, resp, err := dialer.DialContext(within(t), target, nil)
	status := 0
	if resp != nil {
		status = resp.StatusCode
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, status
	}
	return ws, status
}

// connect opens a connection and reads its hello. handle answers each further
// frame; nil leaves them to read.
func connect(t testing.TB, s *Server, handle func(a *app, w wire)) *app {
	t.Helper()
	ws, status := dial(t, ticketURL(t, s))
	require.NotNil(t, ws, "status %d", status)
	a := &app{t: t, ws: ws, frames: make(chan wire, 20_000), ended: make(chan struct{})}
	go func() {
		defer close(a.ended)
		for {
			_, raw, err := ws.ReadMessage()
			if err != nil {
				a.err = err
				return
			}
			var w wire
			if json.Unmarshal(raw, &w) != nil {
				w.Type = "undecodable"
			}
			if handle != nil && w.Type != "hello" {
				handle(a, w)
				continue
			}
			a.frames <- w
		}
	}()
	t.Cleanup(func() {
		_ = ws.Close()
		<-a.ended
	})
	hello := a.next()
	require.Contains(t, []string{"hello", "disconnect"}, hello.Type)
	return a
}

func (a *app) next() wire {
	a.t.Helper()
	select {
	case w := <-a.frames:
		return w
	case <-within(a.t).Done():
		require.Fail(a.t, "no frame came")
		return wire{}
	}
}

func (a *app) write(v any) {
	raw, err := json.Marshal(v)
	if err == nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		_ = a.ws.WriteMessage(websocket.TextMessage, raw) // tests see what did not arrive
	}
}

func (a *app) ack(id string, payload any) {
	if payload == nil {
		a.write(map[string]any{"envelope_id": id})
		return
	}
	a.write(map[string]any{"envelope_id": id, "payload": payload})
}

// acking connects a client that acks everything with the payload.
func acking(t testing.TB, s *Server, payload any) *app {
	t.Helper()
	return connect(t, s, func(a *app, w wire) {
		if w.ID != "" {
			a.ack(w.ID, payload)
		}
	})
}

// keeping connects a client that acknowledges everything and stores the
// frames.
func keeping(t testing.TB, s *Server) *app {
	t.Helper()
	return connect(t, s, func(a *app, w wire) {
		a.frames <- w
		if w.ID != "" {
			a.ack(w.ID, nil)
		}
	})
}

func j(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

type m = map[string]any
type l = []any

func button(id string) m {
	return m{"type": "button", "action_id": id, "text": m{"type": "plain_text", "text": "Press"}, "value": "v-" + id}
}

func actionsBlock(blockID string, elements ...any) m {
	return m{"type": "actions", "block_id": blockID, "elements": elements}
}

func section(text string) m {
	return m{"type": "section", "text": m{"type": "mrkdwn", "text": text}}
}
