package tencent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// verifyTC3 computes the Authorization header that a request must have, from the published
// description of TC3-HMAC-SHA256 and without the SDK.
func verifyTC3(id, key, contentType, host, body string, at time.Time) string {
	sum := func(s string) string {
		h := sha256.Sum256([]byte(s))
		return hex.EncodeToString(h[:])
	}
	mac := func(key []byte, s string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(s))
		return h.Sum(nil)
	}
	canonical := strings.Join([]string{
		"POST", "/", "", "content-type:" + contentType + "\nhost:" + host + "\n", "content-type;host", sum(body),
	}, "\n")
	date := at.UTC().Format("2006-01-02")
	scope := date + "/trtc/tc3_request"
	toSign := strings.Join([]string{"TC3-HMAC-SHA256", strconv.FormatInt(at.Unix(), 10), scope, sum(canonical)}, "\n")
	signing := mac(mac(mac([]byte("TC3"+key), date), "trtc"), "tc3_request")
	return "TC3-HMAC-SHA256 Credential=" + id + "/" + scope +
		", SignedHeaders=content-type;host, Signature=" + hex.EncodeToString(mac(signing, toSign))
}

func TestVerifierMatchesTheVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			URL, Payload, ContentType, Auth, SecretID, SecretKey string
			TS                                                   int64
		}
	}
	readJSON(t, "testdata/tc3.json", &file)
	require.Len(t, file.Vectors, 2)
	for _, v := range file.Vectors {
		u, err := url.Parse(v.URL)
		require.NoError(t, err)
		require.Equal(t, v.Auth, verifyTC3(v.SecretID, v.SecretKey, v.ContentType, u.Host, v.Payload, time.Unix(v.TS, 0)))
	}
}

func TestCloudCallsAreSigned(t *testing.T) {
	v := newVendor(t, respond(cloudYes))
	c := newTestClient(t, testConfig(v.URL))
	ans := c.Do(t.Context(), one("cloud"))
	require.Nil(t, ans.Err)

	got := v.requests()
	require.Len(t, got, 1)
	r := got[0]
	ts, err := strconv.ParseInt(r.header.Get("X-TC-Timestamp"), 10, 64)
	require.NoError(t, err)
	require.Equal(t, verifyTC3(plantedID, plantedKey, "application/json", r.host, string(r.body), time.Unix(ts, 0)),
		r.header.Get("Authorization"))
	require.Equal(t, strings.TrimPrefix(v.URL, "http://"), r.host)
	require.Equal(t, http.MethodPost, r.method)
	for name, want := range map[string]string{
		"X-TC-Action": "RemoveUser", "X-TC-Version": "2019-07-22", "X-TC-Region": "ap-singapore",
		"X-TC-Language": "en-US", "X-TC-Token": plantedToken, "Content-Type": "application/json",
	} {
		require.Equal(t, want, r.header.Get(name), name)
	}
}

func TestV4CallsCarryAValidUserSig(t *testing.T) {
	v := newVendor(t, respond(liveYes))
	cfg := testConfig(v.URL + "/prefix/")
	cfg.ChatAdmin = "root admin"
	c := newTestClient(t, cfg)
	before := time.Now().Unix()
	require.Nil(t, c.Do(t.Context(), one("live")).Err)
	require.Nil(t, c.Do(t.Context(), one("live")).Err)

	got := v.requests()
	require.Len(t, got, 2)
	r := got[0]
	require.Equal(t, http.MethodPost, r.method)
	require.Equal(t, "/prefix/v4/live_engine_http_srv/unban_member", r.path)
	require.Equal(t, []string{"1400188366"}, r.query["sdkappid"])
	require.Equal(t, []string{"root admin"}, r.query["identifier"])
	require.Equal(t, []string{"json"}, r.query["contenttype"])
	n, err := strconv.ParseUint(r.query["random"][0], 10, 32)
	require.NoError(t, err)
	require.NotEqual(t, r.query["random"], got[1].query["random"], "random %d twice", n)
	require.Equal(t, r.query["usersig"], got[1].query["usersig"], "a UserSig is kept")

	sent := unpack(t, r.query["usersig"][0])
	require.GreaterOrEqual(t, sent.Time, before)
	want, err := makeUserSig(testApp, plantedChat, "root admin", time.Unix(sent.Time, 0), sigLife)
	require.NoError(t, err)
	require.Equal(t, unpack(t, want), sent)
}
