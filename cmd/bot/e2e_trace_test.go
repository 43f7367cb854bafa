package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"bouncer/moderation"
	"bouncer/sandbox/tencentd"
)

// span is a received span, and the replica that sent it.
type span struct {
	ptrace.Span
	replica string
}

// spanCollector is an OTLP receiver.
type spanCollector struct {
	*httptest.Server
	mu     sync.Mutex
	bodies strings.Builder
	spans  []span
}

func newSpanCollector(t *testing.T) *spanCollector {
	t.Helper()
	c := &spanCollector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		var u ptrace.JSONUnmarshaler
		got, err := u.UnmarshalTraces(body)
		if err != nil {
			t.Errorf("%v: %s", err, body)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bodies.Write(body)
		for _, rs := range got.ResourceSpans().All() {
			replica, _ := rs.Resource().Attributes().AsRaw()["replica"].(string)
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					c.spans = append(c.spans, span{s, replica})
				}
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// named returns the spans with a name.
func (c *spanCollector) named(name string) (found []span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	return found
}

// One replica takes a command and opens its case, another one runs it after its
// approval: their spans are one trace, from the envelope to the audit line. No
// span contains what people typed, who they are, or a secret.
func TestOneTraceAcrossReplicas(t *testing.T) {
	t.Parallel()
	c := newSpanCollector(t)
	all := replicated(t, 2)
	for i, r := range all {
		r.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = c.URL
		r.env["OTEL_RESOURCE_ATTRIBUTES"] = fmt.Sprintf("replica=%d", i)
	}
	first, second := all[0], all[1]
	first.start()
	first.say(mod, "close room:10006 hushreason")
	first.await("the request", patience, func() bool { return first.in(moderation.AwaitingApproval) == 1 })
	first.posted()
	card := first.message(live, "#1 ")
	require.NoError(t, first.stop())

	second.start()
	second.press(lead, card, "Approve")
	second.await("closed", patience, func() bool { return second.in(moderation.Done) == 1 })
	second.idle(patience)
	second.posted()
	require.NoError(t, second.stop())

	root := c.named("acknowledge command")
	require.Len(t, root, 1)
	id, click := root[0].TraceID(), c.named("job press")[0]
	require.NotEqual(t, id, click.TraceID())
	require.Equal(t, id, click.Links().At(0).TraceID(), "a click links to the trace of its case")
	require.Equal(t, root[0].SpanID(), click.Links().At(0).SpanID())
	for name, replica := range map[string]string{
		"acknowledge command": "0", "job command": "0", "open case": "0",
		"announce call": "1", "call trtc.DismissRoom": "1", "record answer": "1", "post line": "1",
	} {
		found := c.named(name)
		require.NotEmpty(t, found, name)
		for _, s := range found {
			require.Equal(t, id, s.TraceID(), name)
			require.Equal(t, replica, s.replica, name)
			require.Equal(t, ptrace.StatusCodeUnset, s.Status().Code(), name)
			require.False(t, s.EndTimestamp() < s.StartTimestamp(), name)
		}
	}
	require.Equal(t, root[0].SpanID(), c.named("job command")[0].ParentSpanID())
	require.Equal(t, c.named("job command")[0].SpanID(), c.named("open case")[0].ParentSpanID())
	call, _ := c.named("call trtc.DismissRoom")[0].Attributes().Get("request_id")
	require.NotEmpty(t, call.AsString())
	posted := map[string]bool{}
	for _, s := range c.named("post card") {
		require.Equal(t, id, s.TraceID())
		posted[s.replica] = true
	}
	require.Equal(t, map[string]bool{"0": true, "1": true}, posted)

	sent := c.bodies.String()
	for _, no := range []string{"hush", mod, lead, "10006", "hooks", "response_url", "xoxb-", "xapp-", "SECRETSTAGE", stageKey, "postgres:"} {
		require.NotContains(t, sent, no)
	}
}

// A call that fails is a span with an error, without its message.
func TestTracesShowFailures(t *testing.T) {
	t.Parallel()
	c := newSpanCollector(t)
	s := newStage(t, unlimited)
	s.env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = c.URL
	s.start()
	require.NoError(t, s.tencent.Fail("RemoveUser", tencentd.Fault{Times: 1, Code: "InternalError"}))
	s.say(mod, "kick room:10006 alice")
	s.idle(patience)
	s.posted()
	require.NoError(t, s.stop())
	call := c.named("call trtc.RemoveUser")
	require.NotEmpty(t, call)
	require.Equal(t, ptrace.StatusCodeError, call[0].Status().Code())
	require.Empty(t, call[0].Status().Message())
	class, _ := call[0].Attributes().Get("class")
	require.NotEqual(t, "accepted", class.AsString())
	require.NotContains(t, c.bodies.String(), "alice")
}
