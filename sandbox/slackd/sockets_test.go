package slackd

import (
	"context"
	"encoding/binary"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

func TestHelloAndTickets(t *testing.T) {
	clock := newClock()
	s := start(t, Config{Limits: free, Clock: clock.Now})
	a := connect(t, s, nil)
	b := connect(t, s, nil)
	_ = a
	require.NoError(t, s.WaitConnections(within(t), 2))
	target := ticketURL(t, s)
	require.True(t, strings.HasPrefix(target, "ws://127.0.0.1:"), target)
	require.Contains(t, target, "app_id="+s.AppID())
	ws, _ := dial(t, target)
	require.NotNil(t, ws)
	var hello struct {
		Type string `json:"type"`
		Num  int    `json:"num_connections"`
		Info struct {
			AppID string `json:"app_id"`
		} `json:"connection_info"`
		Debug struct {
			Host string `json:"host"`
			Life int    `json:"approximate_connection_time"`
		} `json:"debug_info"`
	}
	require.NoError(t, ws.ReadJSON(&hello))
	require.Equal(t, "hello", hello.Type)
	require.Equal(t, 3, hello.Num)
	require.Equal(t, s.AppID(), hello.Info.AppID)
	require.Equal(t, 3600, hello.Debug.Life)
	require.NotEmpty(t, hello.Debug.Host)
	require.NoError(t, ws.Close())

	_, status := dial(t, target)
	require.Equal(t, http.StatusForbidden, status, "a ticket is used once")
	old := ticketURL(t, s)
	clock.add(31 * time.Second)
	_, status = dial(t, old)
	require.Equal(t, http.StatusForbidden, status, "a ticket expires")
	ws, _ = dial(t, ticketURL(t, s)+"&debug_reconnects=true")
	require.NoError(t, ws.ReadJSON(&hello))
	require.Equal(t, 360, hello.Debug.Life)

	require.NoError(t, ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Minute)))
	require.NoError(t, s.WaitConnections(within(t), 2))
	require.NoError(t, ws.Close())
	require.NoError(t, b.ws.Close())
	require.NoError(t, s.WaitConnections(within(t), 1))
}

func TestPings(t *testing.T) {
	s := start(t, Config{Timing: Timing{Ping: 10 * time.Millisecond}})
	ws, _ := dial(t, ticketURL(t, s))
	t.Cleanup(func() { _ = ws.Close() })
	pinged, ponged := make(chan struct{}), make(chan string, 1)
	once := false
	ws.SetPingHandler(func(string) error {
		if !once {
			once = true
			close(pinged)
		}
		return nil
	})
	ws.SetPongHandler(func(data string) error { ponged <- data; return nil })
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	<-pinged
	require.NoError(t, ws.WriteControl(websocket.PingMessage, []byte("abc"), time.Now().Add(time.Minute)))
	require.Equal(t, "abc", <-ponged)
	require.Equal(t, 1, s.Connections()[0].Pings)
}

func TestSilentConnectionIsDropped(t *testing.T) {
	s := start(t, Config{Timing: Timing{Silence: 50 * time.Millisecond, Ping: time.Hour}})
	comesAndGoes(t, s, func() {})
}

// comesAndGoes opens a connection that ends by itself, on a slow machine even
// before its hello is written.
func comesAndGoes(t *testing.T, s *Server, up func()) {
	t.Helper()
	changes := s.Subscribe(within(t))
	ws, status := dial(t, ticketURL(t, s))
	require.NotNil(t, ws, "status %d", status)
	t.Cleanup(func() { _ = ws.Close() })
	await := func(kind ChangeKind) {
		t.Helper()
		for c := range changes {
			if c.Kind == kind {
				return
			}
		}
		require.Fail(t, "it never came", kind)
	}
	await(ConnectionUp)
	up()
	await(ConnectionDown)
	require.NoError(t, s.WaitConnections(within(t), 0))
}

func TestTooManyAndDisabled(t *testing.T) {
	s := start(t, Config{Limits: free})
	for range 10 {
		connect(t, s, nil)
	}
	refused := func(reason string) {
		ws, _ := dial(t, ticketURL(t, s))
		require.NotNil(t, ws)
		var w wire
		require.NoError(t, ws.ReadJSON(&w))
		require.Equal(t, "disconnect", w.Type)
		require.Equal(t, reason, w.Reason)
		require.Error(t, ws.ReadJSON(&w), "Slack closes")
		require.NoError(t, ws.Close())
	}
	refused("too_many_websockets")
	s.SetMaxConnections(12)
	last := connect(t, s, nil)
	s.SetLinkDisabled(true)
	require.Equal(t, "link_disabled", last.next().Reason)
	<-last.ended
	require.NoError(t, s.WaitConnections(within(t), 0))
	refused("link_disabled")
	s.SetLinkDisabled(false)
	connect(t, s, nil)
}

func TestRefresh(t *testing.T) {
	// The warned connection still gets envelopes, as long as it is open.
	open := start(t, Config{Limits: free, Timing: Timing{Warning: 30 * time.Minute}})
	a := keeping(t, open)
	open.RefreshConnections("warning")
	require.Equal(t, "warning", a.next().Reason)
	d, err := open.Command(within(t), "U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	require.True(t, d.Acked)

	s := start(t, Config{Limits: free, Timing: Timing{Warning: 10 * time.Millisecond, Grace: 10 * time.Millisecond}})
	a = keeping(t, s)
	s.RefreshConnections("warning")
	require.Equal(t, "warning", a.next().Reason)
	require.Equal(t, "refresh_requested", a.next().Reason)
	<-a.ended
	var closed *websocket.CloseError
	require.ErrorAs(t, a.err, &closed)
	require.Equal(t, websocket.CloseNormalClosure, closed.Code)

	b := connect(t, s, nil)
	s.RefreshConnections("refresh_requested")
	require.Equal(t, "refresh_requested", b.next().Reason)
	<-b.ended
	require.NoError(t, s.WaitConnections(within(t), 0))
}

func TestLifeEndsWithARefresh(t *testing.T) {
	s := start(t, Config{Timing: Timing{Life: 60 * time.Millisecond, Warning: 30 * time.Millisecond, Grace: time.Millisecond}})
	a := connect(t, s, nil)
	require.Equal(t, "warning", a.next().Reason)
	require.Equal(t, "refresh_requested", a.next().Reason)
	<-a.ended
}

// Everything that was sent before the close arrives, and its acks count;
// afterwards there is no connection.
func TestNothingIsLostAtTheClose(t *testing.T) {
	s := start(t, Config{Limits: free, Timing: Timing{Grace: 20 * time.Millisecond}})
	acking(t, s, nil)
	var all []*Pending
	for range 200 {
		p, err := s.CommandAsync("U07MEI", "C0LIVE", "help")
		require.NoError(t, err)
		all = append(all, p)
		if len(all) == 100 {
			s.RefreshConnections("refresh_requested")
		}
	}
	for _, p := range all {
		d, err := p.Wait(within(t))
		require.NoError(t, err)
		if d.Failure != FailDispatch {
			require.True(t, d.Acked, d.Failure)
		}
	}
	require.GreaterOrEqual(t, len(s.Acks()), 100)
}

func TestDropAndFreeze(t *testing.T) {
	s := start(t, Config{Limits: free, Timing: Timing{Ack: 50 * time.Millisecond}})
	a := acking(t, s, nil)
	s.DropConnections()
	<-a.ended
	require.Error(t, a.err)
	require.NoError(t, s.WaitConnections(within(t), 0))

	b := keeping(t, s)
	s.Freeze(0)
	require.True(t, s.Connections()[0].Frozen)
	d, err := s.Command(within(t), "U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	require.Equal(t, FailTimeout, d.Failure)
	require.Len(t, s.Connections(), 1, "a silent link stays up")
	require.Empty(t, b.frames, "nothing comes through")
	s.Thaw(0)
	require.Equal(t, d.EnvelopeID, b.next().ID, "what was held back does now")
	require.Eventually(t, func() bool {
		_, ok := find(s.Acks(), func(a Ack) bool { return a.EnvelopeID == d.EnvelopeID && a.Ignored == "late" })
		return ok
	}, 10*time.Second, time.Millisecond)
}

func TestDropOne(t *testing.T) {
	s := start(t, Config{Limits: free})
	a, b := connect(t, s, nil), connect(t, s, nil)
	s.DropConnection(1)
	<-a.ended
	require.NoError(t, s.WaitConnections(within(t), 1))
	require.Equal(t, 2, s.Connections()[0].ID)
	require.NoError(t, b.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Minute)))
}

func TestFrozenConnectionIsDroppedInTheEnd(t *testing.T) {
	s := start(t, Config{Limits: free, Timing: Timing{Silence: 40 * time.Millisecond}})
	comesAndGoes(t, s, func() { s.Freeze(0) })
}

func TestGhosts(t *testing.T) {
	s := start(t, Config{Limits: free, Timing: Timing{Ack: 30 * time.Millisecond}})
	s.AddGhosts(3)
	ws, _ := dial(t, ticketURL(t, s))
	t.Cleanup(func() { _ = ws.Close() })
	var hello wire
	require.NoError(t, ws.ReadJSON(&hello))
	require.Equal(t, 4, hello.Num)
	require.NoError(t, ws.Close())
	require.NoError(t, s.WaitConnections(within(t), 0))
	d, err := s.Command(within(t), "U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	require.Equal(t, FailTimeout, d.Failure, "a ghost swallows it")
	s.AddGhosts(-1)
	d, err = s.Command(within(t), "U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	require.Equal(t, FailDispatch, d.Failure)
}

// Each envelope is sent on one connection, and every connection is used.
func TestEnvelopesAreSpread(t *testing.T) {
	s := start(t, Config{Limits: free})
	for range 3 {
		acking(t, s, nil)
	}
	used := map[int]int{}
	for range 60 {
		d, err := s.Command(within(t), "U07MEI", "C0LIVE", "help")
		require.NoError(t, err)
		require.True(t, d.Acked)
		used[d.Connection]++
	}
	require.Len(t, used, 3)
	require.Len(t, s.Acks(), 60)
}

func TestAckRules(t *testing.T) {
	s := start(t, Config{Limits: free, Timing: Timing{Ack: 100 * time.Millisecond}})
	a := connect(t, s, nil)
	send := func() (wire, *Pending) {
		t.Helper()
		p, err := s.CommandAsync("U07MEI", "C0LIVE", "help")
		require.NoError(t, err)
		return a.next(), p
	}
	ignored := func(id, why string) {
		t.Helper()
		require.Eventually(t, func() bool {
			_, ok := find(s.Acks(), func(a Ack) bool { return a.EnvelopeID == id && a.Ignored == why })
			return ok
		}, 10*time.Second, time.Millisecond, why)
	}
	timedOut := func(p *Pending) {
		t.Helper()
		d, err := p.Wait(within(t))
		require.NoError(t, err)
		require.Equal(t, FailTimeout, d.Failure)
		require.False(t, d.Acked)
	}

	w, p := send()
	a.ack(w.ID, m{"text": strings.Repeat("x", 20_000)})
	ignored(w.ID, "too_large")
	timedOut(p)

	w, p = send()
	a.fragmented(j(m{"envelope_id": w.ID}))
	ignored(w.ID, "fragmented")
	timedOut(p)
	a.ack(w.ID, nil)
	ignored(w.ID, "late")

	a.ack("no-such-envelope", nil)
	ignored("no-such-envelope", "unknown_envelope")
	a.write("hello?")
	ignored("", "not_json")

	require.Contains(t, texts(s.Ephemerals("U07MEI", "C0LIVE")), `/mod failed with the error "operation_timeout"`)

	// Deadlines are a minute, however slow the machine is.
	s = start(t, Config{Limits: free})
	a = connect(t, s, nil)
	acked := func(p *Pending) Delivery {
		t.Helper()
		d, err := p.Wait(within(t))
		require.NoError(t, err)
		require.True(t, d.Acked)
		return d
	}
	w, p = send()
	a.ack(w.ID, nil)
	a.ack(w.ID, nil)
	ignored(w.ID, "repeated")
	acked(p)

	b := connect(t, s, nil)
	p, err := s.CommandAsync("U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	own, other := a, b
	var got wire
	select {
	case got = <-a.frames:
	case got = <-b.frames:
		own, other = b, a
	}
	other.ack(got.ID, m{"text": "of another connection"})
	ignored(got.ID, "other_connection")
	own.ack(got.ID, m{"text": "of its own"})
	require.JSONEq(t, `{"text":"of its own"}`, string(acked(p).AckPayload), "the other one settled nothing")
}

// fragmented writes one text message in two frames.
func (a *app) fragmented(text string) {
	half := len(text) / 2
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, part := range []string{text[:half], text[half:]} {
		head := []byte{0x01, 0}
		if i == 1 {
			head[0] = 0x80
		}
		head[1] = 0x80 | byte(len(part))
		mask := make([]byte, 4)
		binary.BigEndian.PutUint32(mask, 0) // a mask of zeros leaves the text as it is
		_, _ = a.ws.NetConn().Write(append(append(head, mask...), part...))
	}
}

func TestAckAnywhere(t *testing.T) {
	limits := free
	limits.AckAnywhere = true
	s := start(t, Config{Limits: limits})
	a, b := connect(t, s, nil), connect(t, s, nil)
	p, err := s.CommandAsync("U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	select {
	case w := <-a.frames:
		b.ack(w.ID, nil)
	case w := <-b.frames:
		a.ack(w.ID, nil)
	}
	d, err := p.Wait(within(t))
	require.NoError(t, err)
	require.True(t, d.Acked)
}

func TestCloseEndsWaiters(t *testing.T) {
	s, err := New(context.Background(), Config{Limits: free, Timing: Timing{Ack: time.Minute}})
	require.NoError(t, err)
	connect(t, s, nil)
	p, err := s.CommandAsync("U07MEI", "C0LIVE", "help")
	require.NoError(t, err)
	changes := s.Subscribe(context.Background())
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err = p.Wait(context.Background())
	require.ErrorIs(t, err, ErrClosed)
	_, err = s.WaitMessage(context.Background(), "C0LIVE", nil)
	require.ErrorIs(t, err, ErrClosed)
	for range changes { // it must end
		continue
	}
	_, open := <-s.Subscribe(context.Background())
	require.False(t, open)
}

func TestContextEndsTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s, err := New(ctx, Config{})
	require.NoError(t, err)
	a := connect(t, s, nil)
	cancel()
	<-a.ended
	require.NoError(t, s.Close())
}
