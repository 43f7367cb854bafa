package tencent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func sides() []string { return []string{"cloud", "live", "chat"} }

// An answer that is not the API's is never a success; it is a failure only where the call
// certainly did not get through.
func TestOddAnswers(t *testing.T) {
	const html = "<html><body>502 Bad Gateway</body></html>"
	status := func(code int, header, value, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set(header, value)
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, row := range map[string]struct {
		handler http.HandlerFunc
		class   moderation.VendorClass
		code    moderation.Code
		after   time.Duration
	}{
		"200 and nothing":             {respond(""), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200 and an empty object":     {respond("{}"), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200 and an empty Response":   {respond(`{"Response":{}}`), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200 and an empty RequestId":  {respond(`{"Response":{"RequestId":""}}`), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200 and null":                {respond("null"), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200 and a list":              {respond("[]"), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200 and a page":              {respond(html), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200 and half an answer":      {respond(`{"Response":{"RequestId":"eac6b3`), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200 and half a v4 answer":    {respond(`{"ActionStatus":"OK","ErrorCode":0,"Err`), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"200, no code, no yes":        {respond(`{"Response":{"Error":{"Code":""},"RequestId":"r"}}`), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"packed in an unknown way":    {status(200, "Content-Encoding", "br", "xxxx"), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"an event stream":             {status(200, "Content-Type", "text/event-stream", "data: {}\n\n"), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"500 and a page":              {status(500, "", "", html), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"502 and a page":              {status(502, "", "", html), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"502 and a cloud yes":         {status(502, "", "", cloudYes), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"502 and a v4 yes":            {status(502, "", "", liveYes), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"504 and nothing":             {status(504, "", "", ""), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"303 see elsewhere":           {status(303, "Location", "/", ""), moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"429 with a time to wait":     {status(429, "Retry-After", "7", html), moderation.VendorRetry, moderation.CodeVendorLimit, 7 * time.Second},
		"429 without":                 {status(429, "", "", ""), moderation.VendorRetry, moderation.CodeVendorLimit, 0},
		"404: not the API":            {status(404, "", "", html), moderation.VendorConfig, moderation.CodeVendorConfig, 0},
		"403: a proxy in between":     {status(403, "", "", html), moderation.VendorConfig, moderation.CodeVendorConfig, 0},
		"302: a portal in between":    {status(302, "Location", "https://portal.example/", ""), moderation.VendorConfig, moderation.CodeVendorConfig, 0},
		"an answer that is too large": {respond(strings.Repeat(" ", maxAnswer+1)), moderation.VendorNoAnswer, moderation.CodeVendorNoAnswer, 0},
	} {
		for _, side := range sides() {
			v := newVendor(t, row.handler)
			ans := newTestClient(t, testConfig(v.URL)).Do(t.Context(), one(side))
			require.Equal(t, row.class, ans.Class, "%s, %s", name, side)
			require.NotNil(t, ans.Err, name)
			require.Equal(t, row.code, ans.Err.Code, "%s, %s", name, side)
			require.Equal(t, row.after, ans.RetryAfter, name)
			require.NotEmpty(t, ans.Err.Values["detail"], name)
			require.Len(t, v.requests(), 1, "%s is sent once", name)
			if side != "cloud" {
				require.NotEmpty(t, ans.RequestID, "an odd answer can be looked up too")
			}
		}
	}
}

// A redirect is not followed: it would leak the token or the UserSig.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := newVendor(t, respond(liveYes))
	for _, code := range []int{301, 302, 303, 307, 308} {
		v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/?"+r.URL.RawQuery, code)
		})
		for _, side := range sides() {
			ans := newTestClient(t, testConfig(v.URL)).Do(t.Context(), one(side))
			require.NotEqual(t, moderation.VendorAccepted, ans.Class)
			require.Equal(t, fmt.Sprint("http ", code), ans.Code)
		}
	}
	require.Empty(t, elsewhere.requests())
}

// A request that was not sent certainly did not happen.
func TestNotSent(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancelLate()
	v := newVendor(t, respond(liveYes))
	for name, row := range map[string]struct {
		ctx    context.Context
		url    string
		detail string
	}{
		"no listener":           {t.Context(), "http://127.0.0.1:1", "connection refused"},
		"cancelled before":      {cancelled, v.URL, "it was cancelled before an answer came"},
		"too late before":       {late, v.URL, "no answer in time"},
		"no such host (.local)": {t.Context(), "https://nowhere.invalid", "the host name could not be looked up"},
	} {
		for _, side := range sides() {
			c := newTestClient(t, testConfig(row.url))
			if name == "no such host (.local)" {
				c.wire.base.Proxy = nil
				c.wire.base.DialContext = func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "nowhere.invalid", IsNotFound: true}}
				}
			}
			ans := c.Do(row.ctx, one(side))
			require.Equal(t, moderation.VendorRetry, ans.Class, "%s, %s", name, side)
			require.Equal(t, moderation.CodeVendorRetry, ans.Err.Code)
			require.Equal(t, row.detail, ans.Err.Values["detail"], "%s, %s", name, side)
		}
	}
	require.Empty(t, v.requests())
}

// A request that was sent and not answered may have happened, however the answer was lost.
func TestLostAnswers(t *testing.T) {
	hijack := func(t *testing.T, w http.ResponseWriter, first string) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, first)
		_ = conn.Close()
	}
	for name, handler := range map[string]func(*testing.T) http.HandlerFunc{
		"the connection breaks off before the answer": func(t *testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { hijack(t, w, "") }
		},
		"the connection breaks off in the answer": func(t *testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				hijack(t, w, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"Resp")
			}
		},
		"the answer is no HTTP": func(t *testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { hijack(t, w, "SSH-2.0-OpenSSH\r\n\r\n") }
		},
		"headers without end": func(t *testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				hijack(t, w, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n")
			}
		},
	} {
		for _, side := range sides() {
			v := newVendor(t, handler(t))
			ans := newTestClient(t, testConfig(v.URL)).Do(t.Context(), one(side))
			require.Equal(t, moderation.VendorNoAnswer, ans.Class, "%s, %s", name, side)
			require.Equal(t, moderation.CodeVendorNoAnswer, ans.Err.Code, "%s, %s", name, side)
			require.Len(t, v.requests(), 1, "%s is sent once", name)
		}
	}
}

// lateContext is a context whose deadline passes when the test closes done.
type lateContext struct {
	context.Context
	done chan struct{}
}

func (l *lateContext) Done() <-chan struct{} { return l.done }
func (l *lateContext) Err() error {
	select {
	case <-l.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// A call that is cancelled, or times out, after it was sent is unknown: both before and during the
// answer.
func TestCancelledInFlight(t *testing.T) {
	for _, side := range sides() {
		for _, drip := range []bool{false, true} {
			arrived := make(chan struct{}, 1)
			var v *vendor
			v = newVendor(t, func(w http.ResponseWriter, r *http.Request) {
				if drip {
					_, _ = io.WriteString(w, `{"Resp`)
					_ = http.NewResponseController(w).Flush()
				}
				arrived <- struct{}{}
				select {
				case <-v.wake:
				case <-r.Context().Done():
				}
			})
			c := newTestClient(t, testConfig(v.URL))
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-arrived
				cancel()
			}()
			ans := c.Do(ctx, one(side))
			require.Equal(t, moderation.VendorNoAnswer, ans.Class, "%s drip=%v", side, drip)
			require.ErrorIs(t, ans.Err, context.Canceled)

			tooLate := &lateContext{Context: t.Context(), done: make(chan struct{})}
			go func() {
				<-arrived
				close(tooLate.done)
			}()
			ans = c.Do(tooLate, one(side))
			require.Equal(t, moderation.VendorNoAnswer, ans.Class, "%s drip=%v", side, drip)
			require.ErrorIs(t, ans.Err, context.DeadlineExceeded)
			require.Equal(t, "no answer in time", ans.Err.Values["detail"])
		}
	}
}

// A call that is cancelled while it waits for a connection was not sent.
func TestStoppedWhileDialling(t *testing.T) {
	for _, side := range sides() {
		c := newTestClient(t, testConfig("http://127.0.0.1:9"))
		dialling := make(chan struct{})
		c.wire.base.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			close(dialling)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-dialling
			cancel()
		}()
		ans := c.Do(ctx, one(side))
		require.Equal(t, moderation.VendorRetry, ans.Class, side)
	}
}

// stuckConn accepts nothing: a write waits until the connection is closed.
type stuckConn struct {
	net.Conn
	writing, closed chan struct{}
}

func (s stuckConn) Write([]byte) (int, error) {
	close(s.writing)
	<-s.closed
	return 0, errors.New("closed")
}
func (s stuckConn) Close() error {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return s.Conn.Close()
}

// A request that may have been partly sent counts as sent.
func TestStoppedWhileWriting(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _ = far.Close() }()
	c := newTestClient(t, testConfig("http://127.0.0.1:9"))
	writing := make(chan struct{})
	c.wire.base.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return stuckConn{near, writing, make(chan struct{})}, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-writing
		cancel()
	}()
	ans := c.Do(ctx, one("live"))
	require.Equal(t, moderation.VendorNoAnswer, ans.Class)
}

// deafConn works until deaf is set; then it accepts no bytes.
type deafConn struct {
	net.Conn
	deaf *atomic.Bool
}

func (d deafConn) Write(b []byte) (int, error) {
	if d.deaf.Load() {
		return 0, errors.New("broken pipe")
	}
	return d.Conn.Write(b)
}

// A kept connection that accepts nothing any more, and then no new one: nothing was sent, although
// the request was prepared.
func TestKeptConnectionThatDied(t *testing.T) {
	for _, side := range sides() {
		v := newVendor(t, respond(map[string]string{"cloud": cloudYes, "live": liveYes, "chat": chatYes}[side]))
		c := newTestClient(t, testConfig(v.URL))
		var deaf atomic.Bool
		c.wire.base.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if deaf.Load() {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return deafConn{conn, &deaf}, err
		}
		require.Nil(t, c.Do(t.Context(), one(side)).Err)
		deaf.Store(true)
		ans := c.Do(t.Context(), one(side))
		require.Equal(t, moderation.VendorRetry, ans.Class, "%s: %v", side, ans.Err)
		require.Len(t, v.requests(), 1)
	}
}

// An endpoint that cannot work is for the operator to fix, not a temporary error.
func TestWrongTLS(t *testing.T) {
	plain := newVendor(t, respond(liveYes))
	server := httptest.NewUnstartedServer(respond(liveYes))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	defer server.Close()
	for name, url := range map[string]string{
		"no TLS":                     "https://" + strings.TrimPrefix(plain.URL, "http://"),
		"a certificate of one's own": server.URL,
	} {
		for _, side := range sides() {
			ans := newTestClient(t, testConfig(url)).Do(t.Context(), one(side))
			require.Equal(t, moderation.VendorConfig, ans.Class, "%s, %s: %v", name, side, ans.Err)
			require.Equal(t, HintEndpoint, ans.Err.Values["hint"])
		}
	}
}

// Connections are kept, as the v4 documents require.
func TestConnectionsAreKept(t *testing.T) {
	for _, side := range sides() {
		remotes := make(chan string, 3)
		v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
			remotes <- r.RemoteAddr
			_, _ = io.WriteString(w, map[string]string{"cloud": cloudYes, "live": liveYes, "chat": chatYes}[side])
		})
		c := newTestClient(t, testConfig(v.URL))
		for range 3 {
			require.Nil(t, c.Do(t.Context(), one(side)).Err)
		}
		first := <-remotes
		require.Equal(t, first, <-remotes)
		require.Equal(t, first, <-remotes)
	}
}
