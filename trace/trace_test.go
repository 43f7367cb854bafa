package trace

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector is an OTLP receiver. It decodes with the collector's own code.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	traces   []ptrace.Traces
	requests []*http.Request
	status   []int // of the next answers; then 200
	got      chan struct{}
}

func newCollector(t *testing.T) *collector {
	c := &collector{got: make(chan struct{}, 1000)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.requests = append(c.requests, r)
		status := http.StatusOK
		if len(c.status) > 0 {
			status, c.status = c.status[0], c.status[1:]
		}
		if status == http.StatusOK {
			body, _ := io.ReadAll(r.Body)
			var u ptrace.JSONUnmarshaler
			got, err := u.UnmarshalTraces(body)
			if err != nil {
				status = http.StatusBadRequest
			} else {
				c.traces = append(c.traces, got)
			}
		}
		w.WriteHeader(status)
		c.got <- struct{}{}
	}))
	t.Cleanup(c.Close)
	return c
}

// spans returns what was received, by name.
func (c *collector) spans() map[string]ptrace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]ptrace.Span{}
	for _, tr := range c.traces {
		for _, r := range tr.ResourceSpans().All() {
			for _, sc := range r.ScopeSpans().All() {
				for _, s := range sc.Spans().All() {
					found[s.Name()] = s
				}
			}
		}
	}
	return found
}

func (c *collector) config() Config {
	return Config{Endpoint: c.URL + "/", Service: "mods", Resource: "env=live%20show,service.name=other", Version: "1.2", Instance: "a", Headers: "authorization=Bearer%20hush, x-y=z"}
}

func value(t *testing.T, m pcommon.Map, name string) string {
	t.Helper()
	v, ok := m.Get(name)
	require.True(t, ok, name)
	return v.AsString()
}

// What is sent is what the collector reads: the ids, the tree of spans, their
// times, attributes and links.
func TestTheCollectorReadsTheSpans(t *testing.T) {
	c := newCollector(t)
	tr, err := New(c.config())
	require.NoError(t, err)
	end := tr.Begin(t.Context())
	id := NewID("database", "envelope")
	began := time.Unix(1700000000, 123456789)
	first := tr.First(id, "acknowledge", Server, began)
	first.Set("envelope", "e1")
	first.Set("empty", "")
	first.EndAt(began.Add(time.Second), nil)
	ctx, job := tr.Join(t.Context(), id, "job", Internal, began)
	ctx, call := Start(ctx, "call", Client)
	require.Same(t, call, FromContext(ctx))
	call.SetInt("case", 12345678901)
	call.End(errors.New("hush"))
	job.Link(NewID("other"))
	job.Link(id) // itself: no link
	job.End(nil)
	end()

	spans := c.spans()
	require.Len(t, spans, 3)
	a, j, k := spans["acknowledge"], spans["job"], spans["call"]
	require.Equal(t, id.String(), a.TraceID().String())
	require.Equal(t, a.TraceID(), j.TraceID())
	require.Equal(t, a.TraceID(), k.TraceID())
	require.True(t, a.ParentSpanID().IsEmpty())
	require.Equal(t, a.SpanID(), j.ParentSpanID())
	require.Equal(t, j.SpanID(), k.ParentSpanID())
	require.Equal(t, []ptrace.SpanKind{ptrace.SpanKindServer, ptrace.SpanKindInternal, ptrace.SpanKindClient}, []ptrace.SpanKind{a.Kind(), j.Kind(), k.Kind()})
	require.Equal(t, began.UTC(), a.StartTimestamp().AsTime())
	require.Equal(t, began.Add(time.Second).UTC(), a.EndTimestamp().AsTime())
	require.Equal(t, "e1", value(t, a.Attributes(), "envelope"))
	require.Equal(t, 1, a.Attributes().Len())
	n, _ := k.Attributes().Get("case")
	require.Equal(t, int64(12345678901), n.Int())
	require.Equal(t, ptrace.StatusCodeError, k.Status().Code())
	require.Empty(t, k.Status().Message())
	require.Equal(t, ptrace.StatusCodeUnset, j.Status().Code())
	require.Equal(t, 1, j.Links().Len())
	require.Equal(t, NewID("other").String(), j.Links().At(0).TraceID().String())
	require.False(t, j.Links().At(0).SpanID().IsEmpty())

	resource := c.traces[0].ResourceSpans().At(0).Resource().Attributes()
	for name, want := range map[string]string{"service.name": "mods", "service.version": "1.2", "service.instance.id": "a", "env": "live show"} {
		require.Equal(t, want, value(t, resource, name))
	}
	require.Equal(t, "/v1/traces", c.requests[0].URL.Path)
	require.Equal(t, "application/json", c.requests[0].Header.Get("Content-Type"))
	require.Equal(t, "Bearer hush", c.requests[0].Header.Get("Authorization"))
	require.Equal(t, "z", c.requests[0].Header.Get("X-Y"))
}

// Every process computes the same id for the same work, and another one for
// other work.
func TestIDsAreDerived(t *testing.T) {
	require.Equal(t, NewID("db", "e"), NewID("db", "e"))
	require.NotEqual(t, NewID("db", "e"), NewID("db", "f"))
	require.NotEqual(t, NewID("db", "e"), NewID("dbe", ""))
	require.NotEqual(t, NewID("a", "bc"), NewID("ab", "c"))
	require.Len(t, NewID("x").String(), 32)
}

// Without a collector there is no tracer, and every use of it and of its spans
// does nothing.
func TestWithoutACollectorNothingIsTraced(t *testing.T) {
	tr, err := New(Config{Protocol: "grpc", Headers: "broken"}) // settings of others, which mean nothing here
	require.NoError(t, err)
	require.Nil(t, tr)
	tr.Begin(t.Context())()
	s := tr.First(NewID("x"), "first", Server, time.Now())
	require.Nil(t, s)
	ctx, s := tr.Join(t.Context(), NewID("x"), "job", Internal, time.Now())
	require.Nil(t, s)
	require.Equal(t, t.Context(), ctx)
	_, s = Start(ctx, "child", Internal)
	require.Nil(t, s)
	s.Set("a", "b")
	s.SetInt("a", 1)
	s.Link(NewID("y"))
	s.Fail()
	s.End(errors.New("x"))
	require.Zero(t, testing.AllocsPerRun(100, func() { _, s := Start(ctx, "child", Internal); s.Set("a", "b"); s.End(nil) }))
}

// A collector that is busy gets the spans later; one that refuses them does not
// get them again. The log has neither the address nor a header.
func TestTroubleWithTheCollector(t *testing.T) {
	c := newCollector(t)
	c.status = []int{http.StatusServiceUnavailable, http.StatusOK, http.StatusBadRequest}
	var log strings.Builder
	cfg := c.config()
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	tr, err := New(cfg)
	require.NoError(t, err)
	span := func(name string) { tr.First(NewID(name), name, Server, time.Now()).End(nil) }
	span("later")
	tr.sendAll(t.Context())
	require.Contains(t, c.spans(), "later")
	span("refused")
	tr.sendAll(t.Context())
	require.NotContains(t, c.spans(), "refused")
	require.Contains(t, log.String(), "status 400")
	require.Empty(t, tr.waiting)

	for range maxWaiting + 3 {
		span("many")
	}
	tr.sendAll(t.Context())
	require.Contains(t, log.String(), `msg="spans dropped: more than the collector takes" count=3`)
	require.Empty(t, tr.waiting)

	c.Close()
	span("unreachable")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	tr.sendAll(ctx)
	require.Len(t, tr.waiting, 1, "the last attempt at the stop sends it")
	require.NotContains(t, log.String(), strings.TrimPrefix(c.URL, "http://"))
	require.NotContains(t, log.String(), "hush")
}

// A wrong setting is named, without its value.
func TestWrongSettings(t *testing.T) {
	for _, w := range []struct {
		cfg  Config
		says string
	}{
		{Config{Endpoint: "collector"}, "OTEL_EXPORTER_OTLP_ENDPOINT: not a URL"},
		{Config{Endpoint: "http://u:hush@localhost"}, "OTEL_EXPORTER_OTLP_ENDPOINT: a URL with a password"},
		{Config{TracesEndpoint: "ftp://hush"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: not a URL"},
		{Config{Endpoint: "http://collector:4318", Headers: "a=hush"}, "OTEL_EXPORTER_OTLP_ENDPOINT: with OTEL_EXPORTER_OTLP_HEADERS plain http"},
		{Config{Endpoint: "http://localhost", Headers: "hush"}, "OTEL_EXPORTER_OTLP_HEADERS: not name=value"},
		{Config{Endpoint: "http://localhost", Headers: "a=hush%0d%0ab"}, "OTEL_EXPORTER_OTLP_HEADERS: not name=value"},
		{Config{Endpoint: "http://localhost", Headers: "a b=hush"}, "OTEL_EXPORTER_OTLP_HEADERS: not name=value"},
		{Config{Endpoint: "http://localhost", Resource: "hush"}, "OTEL_RESOURCE_ATTRIBUTES: not name=value"},
		{Config{Endpoint: "http://localhost", Protocol: "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL: only http/json"},
	} {
		_, err := New(w.cfg)
		require.ErrorContains(t, err, w.says)
		require.NotContains(t, err.Error(), "hush")
		require.NotContains(t, err.Error(), "\n")
	}
	tr, err := New(Config{Endpoint: "http://ignored:1", TracesEndpoint: "https://collector/custom"})
	require.NoError(t, err)
	require.Equal(t, "https://collector/custom", tr.cfg.endpoint())
	tr, err = New(Config{Endpoint: "http://collector:4318"})
	require.NoError(t, err)
	require.Equal(t, "http://collector:4318/v1/traces", tr.cfg.endpoint())
}
