package intake

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"bouncer/moderation"
	_ "bouncer/tencent" // registers the kinds of rooms
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret, older = "new-secret-of-at-least-32-characters", "old-secret-of-at-least-32-characters"

var now = time.Unix(1_900_000_000, 0)

// bench is a handler with the reports that it passed on.
type bench struct {
	*Handler
	mu      sync.Mutex
	groups  [][]moderation.NewReport
	results map[Result]int
	fail    error
	reused  bool
}

func (b *bench) accept(_ context.Context, reports []moderation.NewReport) ([]bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return nil, b.fail
	}
	b.groups = append(b.groups, reports)
	return slices.Repeat([]bool{b.reused}, len(reports)), nil
}

func newBench(t *testing.T) *bench {
	b := &bench{results: map[Result]int{}}
	h, err := New(Config{
		Secrets: []string{secret, older}, Accept: b.accept, Now: func() time.Time { return now },
		UserID: func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9<>!*]+$`) },
		Result: func(r Result) { b.mu.Lock(); b.results[r]++; b.mu.Unlock() },
		Tencent: &Tencent{Path: "a-path-that-cannot-be-guessed", Token: "token", SDKAppID: 1400000001,
			Room: func(g string) moderation.Room { return moderation.Room{Kind: moderation.KindChat, ID: g} }},
	})
	require.NoError(t, err)
	b.Handler = h
	return b
}

func sign(key string, at time.Time, body string) http.Header {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return http.Header{headerTime: {fmt.Sprint(at.Unix())}, headerSignature: {"v1=" + hex.EncodeToString(mac.Sum(nil))}}
}

func (b *bench) post(path string, head http.Header, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(body))
	r.Header = head
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func (b *bench) passed() (all []moderation.NewReport) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.groups {
		all = append(all, g...)
	}
	return all
}

const valid = `{"id":"r-1","reporter":"kim","target":"troll7","room":"live:show1","reason":"hate","text":"go away","links":["https://example.com/1"],"at":1899999990}`

func TestReportIsAccepted(t *testing.T) {
	for _, key := range []string{secret, older} {
		b := newBench(t)
		w := b.post("/v1/reports", sign(key, now, valid), valid)
		require.Equal(t, http.StatusAccepted, w.Code)
		require.JSONEq(t, `{"status":"accepted"}`, w.Body.String())
		require.Equal(t, []moderation.NewReport{{
			ID: "r-1", Reporter: "kim", Target: "troll7", Room: moderation.Room{Kind: moderation.KindLive, ID: "show1"}, Reason: "hate",
			Text: "go away", Links: []string{"https://example.com/1"}, At: time.Unix(1899999990, 0),
		}}, b.passed())
		require.Equal(t, map[Result]int{Accepted: 1}, b.results)
	}
}

func TestSignatures(t *testing.T) {
	signed := sign(secret, now, valid)
	for name, head := range map[string]http.Header{
		"none":           {},
		"another secret": sign("x", now, valid),
		"another body":   sign(secret, now, valid+" "),
		"another time":   {headerTime: {fmt.Sprint(now.Unix() + 1)}, headerSignature: signed[headerSignature]},
		"old":            sign(secret, now.Add(-signedWithin-time.Second), valid),
		"future":         sign(secret, now.Add(signedWithin+time.Second), valid),
		"no version":     {headerTime: signed[headerTime], headerSignature: {strings.TrimPrefix(signed.Get(headerSignature), "v1=")}},
		"not hex":        {headerTime: signed[headerTime], headerSignature: {"v1=zz"}},
		"empty":          {headerTime: signed[headerTime], headerSignature: {"v1="}},
		"no time":        {headerTime: {"soon"}, headerSignature: signed[headerSignature]},
	} {
		b := newBench(t)
		w := b.post("/v1/reports", head, valid)
		require.Equal(t, http.StatusUnauthorized, w.Code, name)
		require.Contains(t, w.Body.String(), `{"error":"The `, name)
		require.NotContains(t, w.Body.String(), secret, name)
		require.Empty(t, b.passed(), name)
		require.Equal(t, map[Result]int{Unsigned: 1}, b.results, name)
	}
	for _, at := range []time.Time{now.Add(-signedWithin), now.Add(signedWithin)} {
		require.Equal(t, http.StatusAccepted, newBench(t).post("/v1/reports", sign(secret, at, valid), valid).Code)
	}
}

func TestWrongReports(t *testing.T) {
	with := func(old, anew string) string { return strings.Replace(valid, old, anew, 1) }
	for body, says := range map[string]string{
		"":                                      "not a JSON object",
		"hello":                                 "not a JSON object",
		"null x":                                "one JSON object",
		valid + valid:                           "one JSON object",
		valid + "]":                             "one JSON object",
		"\xff" + valid:                          "not UTF-8",
		with(`"id":"r-1",`, ""):                 "id must have",
		with(`"r-1"`, `"a b"`):                  "id must have",
		with(`"r-1"`, `7`):                      "id must not be a JSON number",
		with(`"live:show1"`, `"show1"`):         "room is not a room",
		with(`live:show1`, `disco:show1`):       "room is not a room",
		with(`live:show1`, `room:0`):            "room is not a room",
		with(`troll7`, ``):                      "target is not a UserID",
		with(`troll7`, `TROLL 7`):               "target is not a UserID",
		with(`troll7`, strings.Repeat("a", 33)): "target is not a UserID",
		with(`"kim"`, `"Kim"`):                  "reporter is not a UserID",
		with(`"hate"`, `"so much hate"`):        "reason must be a code",
		with(`"hate"`, `""`):                    "reason must be a code",
		with(`"go away"`, `"`+strings.Repeat("ü", 3001)+`"`):                                 "text has more than 3000",
		with(`https://example.com/1`, `http://example.com/1`):                                "links must be https",
		with(`https://example.com/1`, `javascript:alert(1)`):                                 "links must be https",
		with(`https://example.com/1`, `https://user:word@example.com/`):                      "links must be https",
		with(`1899999990`, `-1`):                                                             "at must be Unix seconds that are not in the future",
		with(`"https://example.com/1"`, strings.Repeat(`"https://a.b",`, 5)+`"https://a.b"`): "links has more than 5",
		with(`1899999990`, `1900000400`):                                                     "at must be Unix seconds that are not in the future",
		with(`"at"`, `"verb"`):                                                               "documented keys",
	} {
		b := newBench(t)
		w := b.post("/v1/reports", sign(secret, now, body), body)
		require.Equal(t, http.StatusBadRequest, w.Code, body)
		require.Contains(t, w.Body.String(), says, body)
		require.Empty(t, b.passed(), body)
	}
	long := with(`go away`, strings.Repeat("x", maxBody))
	require.Equal(t, http.StatusRequestEntityTooLarge, newBench(t).post("/v1/reports", sign(secret, now, long), long).Code)
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		w := httptest.NewRecorder()
		newBench(t).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/v1/reports", nil))
		require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	}
}

func TestStoreThatFails(t *testing.T) {
	b := newBench(t)
	b.fail = errors.New("disk full at /var/lib")
	w := b.post("/v1/reports", sign(secret, now, valid), valid)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.NotContains(t, w.Body.String(), "disk")
}

func TestAnIDOfAnotherReport(t *testing.T) {
	b := newBench(t)
	b.reused = true
	w := b.post("/v1/reports", sign(secret, now, valid), valid)
	require.Equal(t, http.StatusConflict, w.Code)
	require.Contains(t, w.Body.String(), "an id of its own")
	require.Equal(t, map[Result]int{Reused: 1}, b.results)
}

func TestTooManyReports(t *testing.T) {
	b := newBench(t)
	head := sign(secret, now, valid)
	for range burst {
		require.Equal(t, http.StatusAccepted, b.post("/v1/reports", head, valid).Code)
	}
	w := b.post("/v1/reports", head, valid)
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.Equal(t, http.StatusUnauthorized, b.post("/v1/reports", http.Header{}, valid).Code, "who has no secret uses no turn")
}

// A flood becomes few groups, of which one at a time is with the store.
func TestFloodIsStoredInGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 950
		gate := make(chan struct{})
		var at, most, groups int
		g := &grouper{accept: func(_ context.Context, reports []moderation.NewReport) ([]bool, error) {
			at++
			most, groups = max(most, at), groups+1
			require.LessOrEqual(t, len(reports), groupSize)
			<-gate
			at--
			return make([]bool, len(reports)), nil
		}}
		done := make(chan error, n)
		for range n {
			go func() { done <- g.add(context.Background(), moderation.NewReport{}) }()
		}
		synctest.Wait()
		require.Equal(t, 1, at, "the others wait here")
		close(gate)
		for range n {
			require.NoError(t, <-done)
		}
		require.Equal(t, 1, most)
		require.LessOrEqual(t, groups, 1+n/groupSize+1)
	})
}

func TestTooManyWaitForTheStore(t *testing.T) {
	g := &grouper{waiting: make([]waitingReport, maxWaiting), running: true}
	require.ErrorIs(t, g.add(t.Context(), moderation.NewReport{}), errBusy)
}

const result = `{"Scene":"Group","SdkAppId":1400000001,"From_Account":"troll7","ContactItem":{"ContactType":2,"ToGroupId":"@TGS#abc"},"ContentType":"Text",
"TextContent":["go","away"],"MsgID":"7","CtxcbResult":1,"CtxcbRequestId":"241ed925","CtxcbSuggestion":"Review","CtxcbLabel":"Abuse!","NewKey":1}`

func callbackQuery(token string, at time.Time) url.Values {
	sum := sha256.Sum256([]byte(token + fmt.Sprint(at.Unix())))
	return url.Values{"SdkAppid": {"1400000001"}, "CallbackCommand": {callback}, "contenttype": {"json"},
		"Sign": {hex.EncodeToString(sum[:])}, "RequestTime": {fmt.Sprint(at.Unix())}}
}

func (b *bench) moderated(path string, q url.Values, body string) *httptest.ResponseRecorder {
	return b.post("/v1/tencent/"+path+"?"+q.Encode(), http.Header{}, body)
}

func TestTencentsResults(t *testing.T) {
	const path = "a-path-that-cannot-be-guessed"
	b := newBench(t)
	w := b.moderated(path, callbackQuery("token", now), result)
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`, w.Body.String())
	got := b.passed()
	require.Len(t, got, 1)
	require.Equal(t, "troll7 chat:@TGS#abc abuse go\naway", strings.Join([]string{got[0].Target, got[0].Room.String(), got[0].Reason, got[0].Text}, " "))
	require.Len(t, got[0].ID, len("tencent:")+32)

	for name, body := range map[string]string{
		"private": strings.Replace(result, `"ContactType":2`, `"ContactType":1`, 1),
		"passed":  strings.Replace(result, `"Review"`, `"Pass"`, 1),
	} {
		b := newBench(t)
		require.Equal(t, http.StatusOK, b.moderated(path, callbackQuery("token", now), body).Code, name)
		require.Empty(t, b.passed(), name)
		require.Equal(t, map[Result]int{Ignored: 1}, b.results, name)
	}
	one := strings.Replace(result, `["go","away"]`, `"go away"`, 1)
	require.Equal(t, http.StatusOK, b.moderated(path, callbackQuery("token", now), one).Code, "a text that is no list")

	changed := func(key, value string) url.Values {
		q := callbackQuery("token", now)
		q.Set(key, value)
		return q
	}
	for name, c := range map[string]struct {
		path   string
		q      url.Values
		body   string
		status int
	}{
		"another path":        {"a-path", callbackQuery("token", now), result, http.StatusNotFound},
		"another token":       {path, callbackQuery("x", now), result, http.StatusUnauthorized},
		"no signature":        {path, changed("Sign", ""), result, http.StatusUnauthorized},
		"another time":        {path, changed("RequestTime", "1"), result, http.StatusUnauthorized},
		"old":                 {path, callbackQuery("token", now.Add(-tencentWithin-time.Second)), result, http.StatusUnauthorized},
		"another application": {path, changed("SdkAppid", "1400000002"), result, http.StatusUnauthorized},
		"another command":     {path, changed("CallbackCommand", "C2C.CallbackAfterSendMsg"), result, http.StatusBadRequest},
		"not JSON":            {path, callbackQuery("token", now), "x", http.StatusBadRequest},
		"no group":            {path, callbackQuery("token", now), strings.Replace(result, "@TGS#abc", "", 1), http.StatusBadRequest},
		"no person":           {path, callbackQuery("token", now), strings.Replace(result, "troll7", "", 1), http.StatusBadRequest},
	} {
		b := newBench(t)
		require.Equal(t, c.status, b.moderated(c.path, c.q, c.body).Code, name)
		require.Empty(t, b.passed(), name)
	}
}

// TestUnsignedRequestsDoNotFillTheLog: a flood without a secret is counted, and logged now and then.
func TestUnsignedRequestsDoNotFillTheLog(t *testing.T) {
	b := newBench(t)
	var log bytes.Buffer
	b.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	for range 2000 {
		require.Equal(t, http.StatusUnauthorized, b.post("/v1/reports", http.Header{}, valid).Code)
	}
	require.Equal(t, 2000, b.results[Unsigned])
	require.Less(t, strings.Count(log.String(), "report refused"), 100)
}
