package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/store"
)

// fetch returns the status and the body of a path.
func (s *stage) fetch(path string) (int, string) {
	s.tb.Helper()
	req, err := http.NewRequestWithContext(s.tb.Context(), http.MethodGet, "http://"+s.env["HTTP_ADDR"]+path, nil)
	require.NoError(s.tb, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.tb, err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	require.NoError(s.tb, err)
	return res.StatusCode, string(body)
}

// healthy runs bouncer health beside the bot.
func (s *stage) healthy() (status int, said string) {
	cmd := s.command("health")
	out, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(out)
}

// Before the bot is built it is healthy and not ready; then it waits for a
// connection; then it is ready, until Slack is down, and again afterwards.
func TestReadiness(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	status, said := s.healthy()
	require.Equal(t, 1, status)
	require.Contains(t, said, "no answer")

	s.slack.Fail("auth.test", slackd.Fault{Status: http.StatusInternalServerError})
	s.slack.Fail("apps.connections.open", slackd.Fault{Error: "internal_error"})
	s.launch()
	s.await("health", patience, func() bool { return s.get("/healthz") == http.StatusOK })
	for _, path := range []string{"/readyz", "/metrics"} {
		code, body := s.fetch(path)
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Equal(t, "starting\n", body)
	}
	s.await("bouncer health", patience, func() bool { // which asks for two seconds only
		status, said = s.healthy()
		return status == 0
	})
	require.Equal(t, "ok\n", said)

	s.slack.Heal("auth.test")
	s.await("metrics", patience, func() bool { return s.get("/metrics") == http.StatusOK })
	code, body := s.fetch("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "no connection to Slack is open\n", body)
	_, metrics := s.fetch("/metrics")
	require.Contains(t, metrics, "\nbouncer_slack_connections 0\n")

	s.slack.Heal("apps.connections.open")
	s.await("ready", patience, func() bool { return s.get("/readyz") == http.StatusOK })
	_, body = s.fetch("/readyz")
	require.Equal(t, "ready\n", body)
	// The second connection too: one that is being opened now would outlive the cut.
	s.connected(2)

	s.slack.Fail("apps.connections.open", slackd.Fault{DropRequest: true})
	s.slack.DropConnections()
	s.await("not ready while Slack is away", patience, func() bool { return s.get("/readyz") == http.StatusServiceUnavailable })
	code, _ = s.fetch("/healthz")
	require.Equal(t, http.StatusOK, code, "a restart would not bring Slack back")
	s.slack.Heal("")
	s.await("ready again", 2*patience, func() bool { return s.get("/readyz") == http.StatusOK })
	require.NoError(t, s.stop())
}

// If the database does not respond the bot is not ready, and the answer does
// not show the cause.
func TestReadinessNeedsTheStore(t *testing.T) {
	st, err := store.New(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "x.db"), App: stageApp})
	require.NoError(t, err)
	require.NoError(t, st.Close())
	var current atomic.Pointer[app]
	current.Store(&app{store: st})
	var log bytes.Buffer
	server := httptest.NewServer(handler(&current, slog.New(slog.NewTextHandler(&log, nil))))
	defer server.Close()
	s := &stage{tb: t, env: map[string]string{"HTTP_ADDR": strings.TrimPrefix(server.URL, "http://")}}
	code, body := s.fetch("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "the database does not respond\n", body)
	require.Contains(t, log.String(), "closed")
	code, _ = s.fetch("/nothing")
	require.Equal(t, http.StatusNotFound, code)
}

var metricName = regexp.MustCompile(`\bbouncer_[a-z_]+[a-z]`)

// The metrics that README names are exported from the start; one with labels is
// exported with its first use.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	names := metricName.FindAllString(string(readme), -1)
	require.NotEmpty(t, names)
	_, metrics := s.fetch("/metrics")
	for _, name := range names {
		require.Regexp(t, `(?m)^`+name+`(\{[^}]*\})? [0-9.e+-]+$`, metrics)
	}
	require.Contains(t, metrics, "\ngo_goroutines ")

	s.say(mod, "kick room:10006 29376 flooding")
	s.say(noRole, "kick room:10006 alice")
	s.idle(patience)
	for _, line := range []string{ // some are counted just after their transaction
		"bouncer_slack_connections 2",
		`bouncer_cases_total{verb="kick"} 1`, `bouncer_chunks_total{api="trtc.RemoveUser",outcome="accepted"} 1`,
		`bouncer_refusals_total{code="refuse-no-role"} 1`, `bouncer_vendor_calls_total{api="trtc.RemoveUser",class="accepted"} 1`,
		`bouncer_lifts_overdue 0`, `bouncer_ack_seconds_count 2`,
	} {
		s.await(line, patience, func() bool {
			_, metrics = s.fetch("/metrics")
			return strings.Contains(metrics, "\n"+line+"\n")
		})
	}
	for _, secret := range []string{"xoxb-", "xapp-", "SECRETSTAGE", stageKey} {
		require.NotContains(t, metrics, secret)
	}
	require.NoError(t, s.stop())
}

// bouncer health asks the bot that HTTP_ADDR names, also when that names every
// address of the machine.
func TestHealthAsks(t *testing.T) {
	var status atomic.Int32
	status.Store(http.StatusOK)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			w.WriteHeader(int(status.Load()))
		}
	}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	ask := func(addr string) (int, string) {
		t.Setenv("HTTP_ADDR", addr)
		var out, errs bytes.Buffer
		code := Main(context.Background(), []string{"health"}, &out, &errs)
		return code, out.String() + errs.String()
	}
	for _, addr := range []string{"127.0.0.1:" + port, ":" + port, "0.0.0.0:" + port, "[::]:" + port, "localhost:" + port} {
		code, said := ask(addr)
		require.Zero(t, code, "%s: %s", addr, said)
		require.Equal(t, "ok\n", said)
	}
	status.Store(http.StatusServiceUnavailable)
	code, said := ask("127.0.0.1:" + port)
	require.Equal(t, 1, code)
	require.Contains(t, said, "status 503")
	code, said = ask("8081")
	require.Equal(t, 1, code)
	require.Contains(t, said, "HTTP_ADDR")
	code, said = ask(freeAddr(t))
	require.Equal(t, 1, code)
	require.Contains(t, said, "no answer")
	require.Equal(t, 1, strings.Count(said, "\n"))
}
