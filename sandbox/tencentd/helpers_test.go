package tencentd

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appID   = 1400188366
	chatKey = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
)

// clock is a time that does not move by itself.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Unix(1700000000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// app is a server with a client of the test's own.
type app struct {
	*Server
	t     *testing.T
	clock *clock
	http  *http.Client
}

func start(t *testing.T, change ...func(*Config)) *app {
	t.Helper()
	c := newClock()
	cfg := Config{
		SDKAppID: appID, SecretID: "AKIDEXAMPLE", SecretKey: "SECRETEXAMPLE", ChatKey: chatKey,
		Now: c.now,
		// The rates have tests of their own.
		Limits: Limits{Cloud: -1, Rest: -1, RoomList: -1},
	}
	for _, f := range change {
		f(&cfg)
	}
	s, err := New(context.Background(), cfg)
	require.NoError(t, err)
	a := &app{Server: s, t: t, clock: c, http: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(func() {
		a.http.CloseIdleConnections()
		require.NoError(t, s.Close())
	})
	return a
}

// cloudRequest is a request that is right; each test spoils one thing.
type cloudRequest struct {
	method, action, version, region, contentType, token string
	ts                                                  int64
	body                                                string
	// Of the signature:
	id, key, date, service, host string
	headers                      []string
	after                        func(*http.Request) // once signed
}

func (a *app) cloudRequest(action, body string) cloudRequest {
	return cloudRequest{
		method: http.MethodPost, action: action, version: "2019-07-22", region: "ap-singapore",
		contentType: "application/json", ts: a.clock.now().Unix(), body: body,
		id: "AKIDEXAMPLE", key: "SECRETEXAMPLE", service: "trtc",
		date: a.clock.now().UTC().Format(time.DateOnly), headers: []string{"content-type", "host"},
	}
}

func (a *app) build(q cloudRequest) *http.Request {
	r, err := http.NewRequestWithContext(a.t.Context(), q.method, a.CloudURL()+"/", strings.NewReader(q.body))
	require.NoError(a.t, err)
	for k, v := range map[string]string{
		"Content-Type": q.contentType, "X-TC-Action": q.action, "X-TC-Version": q.version,
		"X-TC-Region": q.region, "X-TC-Token": q.token, "X-TC-Timestamp": strconv.FormatInt(q.ts, 10),
	} {
		if v != "" {
			r.Header.Set(k, v)
		}
	}
	host := q.host
	if host == "" {
		host = r.Host
	}
	sig, ok := signTC3(r, []byte(q.body), tc3{date: q.date, service: q.service, headers: q.headers}, q.ts, q.key, host)
	require.True(a.t, ok)
	r.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential="+q.id+"/"+q.date+"/"+q.service+
		"/tc3_request, SignedHeaders="+strings.Join(q.headers, ";")+", Signature="+sig)
	if q.after != nil {
		q.after(r)
	}
	return r
}

// cloudAnswer is an answer of the cloud API.
type cloudAnswer struct {
	Response struct {
		Error     struct{ Code, Message string }
		RequestID string `json:"RequestId"`
		Total     int
		RoomList  []struct {
			CommID     string `json:"CommId"`
			RoomString string
			IsFinished bool
		}
	}
}

func (a *app) sendCloud(q cloudRequest) cloudAnswer {
	a.t.Helper()
	var ans cloudAnswer
	a.send(a.build(q), &ans)
	require.NotEmpty(a.t, ans.Response.RequestID)
	return ans
}

// do calls an action and returns the error code, empty for success.
func (a *app) do(action, body string) string {
	a.t.Helper()
	return a.sendCloud(a.cloudRequest(action, body)).Response.Error.Code
}

func (a *app) send(r *http.Request, into any) {
	a.t.Helper()
	res, err := a.http.Do(r)
	require.NoError(a.t, err)
	defer func() { require.NoError(a.t, res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	require.NoError(a.t, err)
	require.Equal(a.t, http.StatusOK, res.StatusCode, "%s", body)
	require.NoError(a.t, json.Unmarshal(body, into), "%s", body)
}

// userSig makes a UserSig of any claims.
func userSig(t *testing.T, c claims, key string) string {
	t.Helper()
	c.Version, c.Sig = "2.0", c.sign(key)
	text, err := json.Marshal(c)
	require.NoError(t, err)
	return packed(t, string(text))
}

// packed is text in the three layers of a UserSig.
func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return strings.NewReplacer("+", "*", "/", "-", "=", "_").Replace(base64.StdEncoding.EncodeToString(b.Bytes()))
}

func (a *app) claims() claims {
	return claims{Identifier: "administrator", SDKAppID: appID, Time: a.clock.now().Unix(), Expire: 3600}
}

// query is a v4 URL's query that is right.
func (a *app) query() url.Values {
	return url.Values{
		"sdkappid": {strconv.Itoa(appID)}, "identifier": {"administrator"},
		"usersig": {userSig(a.t, a.claims(), chatKey)}, "random": {"4294967295"}, "contenttype": {"json"},
	}
}

// restAnswer is an answer of the v4 APIs.
type restAnswer struct {
	ActionStatus string
	ErrorCode    int
	ErrorInfo    string
	RequestID    string `json:"RequestId"`
	Response     map[string]any
	whole        map[string]any
}

func (a *app) sendRest(api string, q url.Values, body string) restAnswer {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.ChatURL()+"/v4/"+api+"?"+q.Encode(), strings.NewReader(body))
	require.NoError(a.t, err)
	var raw json.RawMessage
	a.send(r, &raw)
	var ans restAnswer
	require.NoError(a.t, json.Unmarshal(raw, &ans))
	require.NoError(a.t, json.Unmarshal(raw, &ans.whole))
	if ans.ErrorCode == 0 {
		require.Equal(a.t, "OK", ans.ActionStatus)
	} else {
		require.Equal(a.t, "FAIL", ans.ActionStatus)
		require.NotEmpty(a.t, ans.ErrorInfo)
	}
	return ans
}

func (a *app) rest(api, body string) restAnswer {
	a.t.Helper()
	return a.sendRest(api, a.query(), body)
}

func (a *app) live(command, body string) restAnswer {
	a.t.Helper()
	return a.rest("live_engine_http_srv/"+command, body)
}

func (a *app) chat(command, body string) restAnswer {
	a.t.Helper()
	return a.rest("group_open_http_svc/"+command, body)
}

// room finds a room that must be there.
func (a *app) room(kind Kind, id string) Room {
	a.t.Helper()
	r, ok := a.Room(kind, id)
	require.True(a.t, ok, "%s:%s", kind, id)
	return r
}

// accountsOf are the Member_Accounts of a list in an answer.
func accountsOf(list any) []string {
	users := []string{}
	items, _ := list.([]any)
	for _, i := range items {
		users = append(users, i.(map[string]any)["Member_Account"].(string))
	}
	return users
}

func names(prefix string, n int) []string {
	users := make([]string, n)
	for i := range users {
		users[i] = prefix + strconv.Itoa(i)
	}
	return users
}

func quoted(users []string) string {
	b, err := json.Marshal(users)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// vectors reads the known answers of a file in testdata/vectors.
func vectors[T any](t *testing.T, file string) []T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "vectors", file))
	require.NoError(t, err)
	var in struct{ Vectors []T }
	require.NoError(t, json.Unmarshal(raw, &in))
	require.NotEmpty(t, in.Vectors)
	return in.Vectors
}
