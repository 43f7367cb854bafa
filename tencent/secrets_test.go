package tencent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// nothingSecret fails when text contains a test secret or a UserSig.
func nothingSecret(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{plantedID, plantedKey, plantedToken, plantedChat, "usersig=", "hunter2"} {
		require.NotContains(t, text, secret, what)
		require.NotContains(t, text, url.QueryEscape(secret), what)
	}
	require.NotRegexp(t, `eJ[0-9A-Za-z*_%+/=-]{30,}`, text, what)
}

// printed returns everything that can be printed of an answer.
func printed(t *testing.T, ans moderation.Answer) string {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("answer", "err", ans.Err, "answer", ans)
	raw, err := json.Marshal(ans)
	require.NoError(t, err)
	text := fmt.Sprintf("%v %+v %#v %s %s", ans, ans, ans, raw, log.String())
	if ans.Err != nil {
		text += ans.Err.Error() + fmt.Sprintf("%+v %#v", ans.Err, *ans.Err)
		for err := error(ans.Err); err != nil; {
			text += err.Error() + fmt.Sprintf(" %+v %#v", err, err)
			u, ok := err.(interface{ Unwrap() error })
			if !ok {
				break
			}
			err = u.Unwrap()
		}
	}
	return text
}

func TestNoSecretInAnyAnswer(t *testing.T) {
	// echo repeats the whole request, as failing servers sometimes do.
	echo := func(r *http.Request) string {
		sig := r.URL.Query().Get("usersig")
		return strings.Join([]string{
			r.Header.Get("X-TC-Token"), plantedID, plantedKey, plantedChat, sig, url.QueryEscape(sig), "usersig is hidden: " + r.URL.Query().Get("identifier"),
		}, " ")
	}
	quoted := func(s string) string {
		raw, err := json.Marshal(s)
		require.NoError(t, err)
		return string(raw)
	}
	handlers := map[string]http.HandlerFunc{
		"an error that repeats the request": func(w http.ResponseWriter, r *http.Request) {
			text := quoted(echo(r))
			_, _ = io.WriteString(w, `{"Response":{"Error":{"Code":`+text+`,"Message":`+text+`},"RequestId":`+text+`},`+
				`"ErrorCode":`+text+`,"ErrorInfo":`+text+`,"RequestId":`+text+`}`)
		},
		"a secret across the end of what is kept": func(w http.ResponseWriter, r *http.Request) {
			text := quoted(strings.Repeat("x", 490) + r.URL.Query().Get("usersig") + plantedKey)
			_, _ = io.WriteString(w, `{"Response":{"Error":{"Code":"InternalError","Message":`+text+`},"RequestId":"r"},"ErrorCode":10002,"ErrorInfo":`+text+`}`)
		},
		"a page that repeats the request": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>"+echo(r)+"</html>")
		},
		"a redirect to a place with the request in it": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
		},
		"a redirect that cannot be read": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://%zz/?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
		},
		"a yes that repeats the request": func(w http.ResponseWriter, r *http.Request) {
			text := quoted(echo(r))
			_, _ = io.WriteString(w, `{"Response":{"RequestId":`+text+`},"ErrorCode":0,"RequestId":`+text+`}`)
		},
		"broken off": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		},
		"no HTTP": func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, echo(r)+"\r\n\r\n")
				_ = conn.Close()
			}
		},
	}
	for name, handler := range handlers {
		v := newVendor(t, handler)
		var log bytes.Buffer
		cfg := testConfig(v.URL)
		cfg.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c := newTestClient(t, cfg)
		for _, side := range sides() {
			nothingSecret(t, name+", "+side, printed(t, c.Do(t.Context(), one(side))))
		}
		nothingSecret(t, name+", read", fmt.Sprintf("%+v", c.Read(t.Context(), moderation.Action{Verb: moderation.Who, Room: room("chat:g")}, nil)))
		nothingSecret(t, name+", check", fmt.Sprintf("%+v", c.Check(t.Context())))
		nothingSecret(t, name+", log", log.String())
	}
}

func TestNoSecretInErrorsOfTheNetwork(t *testing.T) {
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"an error that repeats everything": func(context.Context, string, string) (net.Conn, error) {
			return nil, fmt.Errorf("proxy http://user:hunter2@proxy: %s %s usersig=eJ%s", plantedKey, plantedChat, strings.Repeat("x", 100))
		},
		"refused": (&net.Dialer{}).DialContext,
	} {
		c := newTestClient(t, testConfig("http://127.0.0.1:1"))
		c.wire.base.DialContext = dial
		for _, side := range sides() {
			ans := c.Do(t.Context(), one(side))
			require.Equal(t, moderation.VendorRetry, ans.Class)
			nothingSecret(t, name+", "+side, printed(t, ans))
		}
	}
	c := newTestClient(t, testConfig("http://127.0.0.1:1"))
	c.wire.base.Proxy = func(*http.Request) (*url.URL, error) {
		return nil, fmt.Errorf("invalid proxy address %q", "http://user:hunter2@proxy")
	}
	for _, side := range sides() {
		nothingSecret(t, side, printed(t, c.Do(t.Context(), one(side))))
	}
}

func TestNoSecretWhenPrinted(t *testing.T) {
	cfg := testConfig("http://127.0.0.1:1")
	c := newTestClient(t, cfg)
	_, err := c.sigs.get()
	require.NoError(t, err)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "client", c, "config", cfg)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "client", c, "config", cfg)
	raw, err := json.Marshal(struct{ Config Config }{cfg})
	require.NoError(t, err)
	log.Write(raw)
	nothingSecret(t, "printed", fmt.Sprintf("%v %+v %#v %s %v %+v %#v %s", c, c, c, c, cfg, cfg, cfg, cfg)+log.String())

	// A description contains no credential.
	name, body, err := c.Describe(moderation.Request{Verb: moderation.Ban, Room: room("live:a"), Targets: []string{"u"}, Left: time.Hour, Reason: "case 1"})
	require.NoError(t, err)
	nothingSecret(t, "described", name+body)
}
