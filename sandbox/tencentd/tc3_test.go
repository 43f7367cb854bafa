package tencentd

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type tc3Vector struct {
	URL, Payload, ContentType, Auth, SecretID, SecretKey string
	TS                                                   int64
}

func vectorRequest(t *testing.T, v tc3Vector) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, v.URL, strings.NewReader(v.Payload))
	r.Header.Set("Content-Type", v.ContentType)
	r.Header.Set("X-TC-Timestamp", strconv.FormatInt(v.TS, 10))
	r.Header.Set("Authorization", v.Auth)
	return r
}

func TestTC3AcceptsTheVectors(t *testing.T) {
	for _, v := range vectors[tc3Vector](t, "tc3.json") {
		c := &credentials{id: v.SecretID, key: v.SecretKey}
		now := time.Unix(v.TS, 0)
		require.Nil(t, verifyTC3(vectorRequest(t, v), []byte(v.Payload), c, now))

		r := vectorRequest(t, v)
		require.Equal(t, "AuthFailure.SignatureFailure", verifyTC3(r, []byte(v.Payload+" "), c, now).code, "another body")
		r.Host = "trtc.tencentcloudapi.com"
		require.Equal(t, "AuthFailure.SignatureFailure", verifyTC3(r, []byte(v.Payload), c, now).code, "another host")
		r = vectorRequest(t, v)
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		require.Equal(t, "AuthFailure.SignatureFailure", verifyTC3(r, []byte(v.Payload), c, now).code, "another type")
		r = vectorRequest(t, v)
		r.URL.RawQuery = "x=1"
		require.Equal(t, "AuthFailure.SignatureFailure", verifyTC3(r, []byte(v.Payload), c, now).code, "another query")
	}
}

// The vendor's published example is of another service, with a header more
// signed than its SDKs sign.
func TestTC3MakesThePublishedSignature(t *testing.T) {
	body := `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://cvm.tencentcloudapi.com/", nil)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("X-TC-Action", "DescribeInstances")
	auth, ok := parseTC3("TC3-HMAC-SHA256 Credential=AKID/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=x")
	require.True(t, ok)
	sig, ok := signTC3(r, []byte(body), auth, 1551113065, strings.Repeat("*", 32), r.Host)
	require.True(t, ok)
	require.Equal(t, "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f", sig)
}

func TestTC3Refuses(t *testing.T) {
	a := start(t, func(c *Config) { c.Token = "session" })
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	for name, tc := range map[string]struct {
		spoil func(*cloudRequest)
		code  string
	}{
		"nothing":                  {func(*cloudRequest) {}, ""},
		"host without its port":    {func(q *cloudRequest) { q.host = "127.0.0.1" }, ""},
		"another host":             {func(q *cloudRequest) { q.host = "trtc.tencentcloudapi.com" }, "AuthFailure.SignatureFailure"},
		"another key":              {func(q *cloudRequest) { q.key = "other" }, "AuthFailure.SignatureFailure"},
		"another id":               {func(q *cloudRequest) { q.id = "AKIDOTHER" }, "AuthFailure.SecretIdNotFound"},
		"no token":                 {func(q *cloudRequest) { q.token = "" }, "AuthFailure.TokenFailure"},
		"another token":            {func(q *cloudRequest) { q.token = "other" }, "AuthFailure.TokenFailure"},
		"another day in the scope": {func(q *cloudRequest) { q.date = "2023-11-13" }, "AuthFailure.SignatureFailure"},
		"another service":          {func(q *cloudRequest) { q.service = "cvm" }, "AuthFailure.SignatureFailure"},
		"300 s late":               {func(q *cloudRequest) { q.ts -= 300 }, ""},
		"301 s late":               {func(q *cloudRequest) { q.ts -= 301 }, "AuthFailure.SignatureExpire"},
		"300 s early":              {func(q *cloudRequest) { q.ts += 300 }, ""},
		"301 s early":              {func(q *cloudRequest) { q.ts += 301 }, "AuthFailure.SignatureExpire"},
		"one header more signed": {func(q *cloudRequest) {
			q.headers = []string{"content-type", "host", "x-tc-action"}
		}, ""},
		"that header changed": {func(q *cloudRequest) {
			q.headers = []string{"content-type", "host", "x-tc-action"}
			q.after = func(r *http.Request) { r.Header.Set("X-TC-Action", "RemoveUser") }
		}, "AuthFailure.SignatureFailure"},
		"that header gone": {func(q *cloudRequest) {
			q.headers = []string{"content-type", "host", "x-tc-action"}
			q.after = func(r *http.Request) { r.Header.Del("X-TC-Action") }
		}, "AuthFailure.SignatureFailure"},
		"host not signed": {func(q *cloudRequest) { q.headers = []string{"content-type"} }, "AuthFailure.InvalidAuthorization"},
		"type not signed": {func(q *cloudRequest) { q.headers = []string{"host"} }, "AuthFailure.InvalidAuthorization"},
		"headers unsorted": {func(q *cloudRequest) {
			q.headers = []string{"host", "content-type"}
		}, "AuthFailure.InvalidAuthorization"},
		"no authorization": {func(q *cloudRequest) {
			q.after = func(r *http.Request) { r.Header.Del("Authorization") }
		}, "AuthFailure.InvalidAuthorization"},
		"another algorithm": {func(q *cloudRequest) {
			q.after = func(r *http.Request) {
				r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SHA256", "SHA1", 1))
			}
		}, "AuthFailure.InvalidAuthorization"},
		"no timestamp": {func(q *cloudRequest) {
			q.after = func(r *http.Request) { r.Header.Del("X-TC-Timestamp") }
		}, "MissingParameter"},
	} {
		t.Run(name, func(t *testing.T) {
			q := a.cloudRequest("DismissRoom", `{"SdkAppId":1400188366,"RoomId":1}`)
			q.token = "session"
			tc.spoil(&q)
			code := a.sendCloud(q).Response.Error.Code
			require.Equal(t, tc.code, code)
			_, exists := a.Room(KindRoom, "1")
			require.Equal(t, code != "", exists, "only what was accepted has an effect")
			if !exists {
				require.NoError(t, a.CreateRoom(KindRoom, "1"))
			}
		})
	}
}

func TestKeysRotateAndClocksDrift(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	call := func() string { return a.do("RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":["u"]}`) }
	require.Empty(t, call())

	a.SetSkew(301 * time.Second)
	require.Equal(t, "AuthFailure.SignatureExpire", call())
	require.Equal(t, 0, a.live("get_room_list", `{"Next":""}`).ErrorCode, "a UserSig lives longer than that")
	a.SetSkew(3601 * time.Second)
	require.Equal(t, 70001, a.live("get_room_list", `{"Next":""}`).ErrorCode)
	a.SetSkew(0)

	a.SetKey("AKIDEXAMPLE", "ROTATED", "")
	require.Equal(t, "AuthFailure.SignatureFailure", call())
	a.SetKey("AKIDOTHER", "SECRETEXAMPLE", "")
	require.Equal(t, "AuthFailure.SecretIdNotFound", call())
	a.SetKey("AKIDEXAMPLE", "SECRETEXAMPLE", "")
	require.Empty(t, call())

	q := a.cloudRequest("RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":["u"]}`)
	q.token = "session"
	require.Equal(t, "AuthFailure.TokenFailure", a.sendCloud(q).Response.Error.Code, "a permanent key has no token")

	a.SetChatKey("rotated")
	require.Equal(t, 70009, a.live("get_room_list", `{"Next":""}`).ErrorCode)
	a.SetChatKey("")
	require.Equal(t, 70016, a.live("get_room_list", `{"Next":""}`).ErrorCode)
}
