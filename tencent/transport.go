package tencent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// maxAnswer bounds what is read of one answer. The largest real one is a page of members, well
// below 1 MB.
const maxAnswer = 4 << 20

// exchange is the result of one HTTP request, recorded by the wire and not by the client above it,
// whose errors contain the URL and with it the UserSig.
type exchange struct {
	written atomic.Bool // the request may have reached the other side
	status  int         // 0: no answer
	retry   string      // the Retry-After header
	body    []byte      // whole, decompressed
	err     error       // why there is no whole answer; contains no secret
}

type exchangeKey struct{}

// withExchange returns a context that records its one request.
func withExchange(ctx context.Context) (context.Context, *exchange) {
	ex := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, ex), ex
}

// wire is the http.RoundTripper of both APIs. It hides redirects, reads the whole answer within
// bounds, records whether anything was written, and measures the difference between the vendor's
// clock and ours.
type wire struct {
	base *http.Transport
	now  func() time.Time

	mu       sync.Mutex
	measured bool
	skew     time.Duration // theirs minus ours
}

func newWire(now func() time.Time) *wire {
	// HTTP/1.1 only: it is certain there what was written when a call ends, and one stuck
	// connection costs one call.
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}
	return &wire{now: now, base: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		Protocols:              protocols,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}}
}

// RoundTrip sends the request once. Its error contains no secret.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	ex, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		ex = &exchange{}
	}
	trace := &httptrace.ClientTrace{
		// The transport tries another connection only when nothing could be written to the last
		// one, such as a kept one that was closed.
		GetConn:      func(string) { ex.written.Store(false) },
		WroteHeaders: func() { ex.written.Store(true) },
	}
	before := w.now()
	resp, err := w.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		ex.err = wireFault(req.Context(), err)
		return nil, ex.err
	}
	defer func() { _ = resp.Body.Close() }() // closing a body that was read cannot lose anything
	w.measure(resp.Header.Get("Date"), before)
	ex.status, ex.retry = resp.StatusCode, resp.Header.Get("Retry-After")
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		ex.err = wireFault(req.Context(), err)
	case len(body) > maxAnswer:
		ex.err = fmt.Errorf("an answer of more than %d bytes", maxAnswer)
	}
	if ex.err != nil {
		return nil, ex.err
	}
	ex.body = body
	// The clients above get an empty answer: the SDK panics on a body of null and misreads unusual
	// ones, and both would follow a redirect with the token or UserSig of the request. The real
	// answer is in the exchange.
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: resp.Proto, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), ContentLength: 2, Request: req,
	}, nil
}

func (w *wire) measure(date string, before time.Time) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return // no Date, no measure
	}
	after := w.now()
	middle := before.Add(after.Sub(before) / 2)
	w.mu.Lock()
	defer w.mu.Unlock()
	// The header has whole seconds, so half of one is added.
	w.measured, w.skew = true, theirs.Add(time.Second/2).Sub(middle).Round(time.Second)
}

// clock returns how far the vendor's clock was ahead of ours at the last answer, to the second;
// false before the first.
func (w *wire) clock() (time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.skew, w.measured
}

// fault is a failure of the wire in our own words. It wraps only errors of contexts: other texts
// may contain URLs and proxy passwords.
type fault struct {
	text string
	is   error
	// setup means that a retry does not help: the endpoint or its certificate is wrong.
	setup bool
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.is }

// wireFault describes a failure of the wire without repeating any text of others.
func wireFault(ctx context.Context, err error) *fault {
	var (
		dns     *net.DNSError
		cert    *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		timeout net.Error
	)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return &fault{text: "no answer in time", is: context.DeadlineExceeded}
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, context.Canceled):
		return &fault{text: "it was cancelled before an answer came", is: context.Canceled}
	case errors.As(err, &dns):
		return &fault{text: "the host name could not be looked up"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &fault{text: "connection refused"}
	case errors.As(err, &cert):
		return &fault{text: "the certificate of the other side is not trusted", setup: true}
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return &fault{text: "the other side does not speak TLS", setup: true}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &fault{text: "the connection was closed"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &fault{text: "no answer in time", is: context.DeadlineExceeded}
	}
	return &fault{text: "the network failed"}
}
