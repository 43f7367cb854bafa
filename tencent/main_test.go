package tencent

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"bouncer/moderation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Secrets of every client of these tests.
const (
	plantedID    = "AKIDplantedSecretId000000"
	plantedKey   = "plantedSecretKey111111111"
	plantedToken = "plantedToken2222222222222"
	plantedChat  = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
)

const testApp = 1400188366

// seen is one request as the server received it.
type seen struct {
	method, path, host string
	query              map[string][]string
	header             http.Header
	body               []byte
}

// vendor is a server on loopback that serves both APIs by a handler and records requests.
type vendor struct {
	*httptest.Server
	mu   sync.Mutex
	got  []seen
	wake chan struct{} // closed when the test ends: releases stuck handlers
}

func newVendor(t *testing.T, handler http.HandlerFunc) *vendor {
	t.Helper()
	v := &vendor{wake: make(chan struct{})}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		v.mu.Lock()
		v.got = append(v.got, seen{r.Method, r.URL.Path, r.Host, r.URL.Query(), r.Header.Clone(), body})
		v.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(func() {
		close(v.wake)
		v.Close()
	})
	return v
}

func (v *vendor) requests() []seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]seen(nil), v.got...)
}

// respond answers every request with the same text.
func respond(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func testConfig(url string) Config {
	return Config{
		SecretID: plantedID, SecretKey: plantedKey, Token: plantedToken, ChatSecretKey: plantedChat,
		SDKAppID: testApp, CloudEndpoint: url, ChatEndpoint: url, Timeout: 30 * time.Second,
	}
}

func newTestClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func room(key string) moderation.Room {
	r, ok := moderation.RoomFromKey(key)
	if !ok {
		panic("no room: " + key)
	}
	return r
}

// Answers in the vendor's shapes.
const (
	cloudYes = `{"Response":{"RequestId":"eac6b301-a322-493a-8e36-83b295459397"}}`
	liveYes  = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"RequestId":"Id-8c98-O-Seq-52720"}`
	chatYes  = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`
)

func yesOf(kind moderation.Kind) string {
	switch kind {
	case moderation.KindLive:
		return liveYes
	case moderation.KindChat:
		return chatYes
	}
	return cloudYes
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, into))
}

// one returns a request of each side, for tests of the wire.
func one(side string) moderation.Request {
	switch side {
	case "cloud":
		return moderation.Request{Verb: moderation.Kick, Room: room("room:1234"), Targets: []string{"test1"}}
	case "live":
		return moderation.Request{Verb: moderation.Unban, Room: room("live:test"), Targets: []string{"user1"}}
	}
	return moderation.Request{Verb: moderation.Kick, Room: room("chat:@TGS#1"), Targets: []string{"user1"}}
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
