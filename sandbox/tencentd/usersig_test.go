package tencentd

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type userSigVector struct {
	SDKAppID   uint64
	Key        string
	Identifier string
	Expire     int64
	Time       int64
	UserSig    string
	Claims     claims
}

// Each vector opens a real call, to the last second of its life.
func TestUserSigAcceptsTheVectors(t *testing.T) {
	for _, v := range vectors[userSigVector](t, "usersig.json") {
		t.Run(v.Identifier, func(t *testing.T) {
			c, refused := parseUserSig(v.UserSig)
			require.Nil(t, refused)
			require.Equal(t, v.Claims, c)
			require.Equal(t, v.Claims.Sig, c.sign(v.Key))

			a := start(t, func(cfg *Config) {
				cfg.SDKAppID, cfg.ChatKey, cfg.ChatAdmins = v.SDKAppID, v.Key, []string{v.Identifier}
			})
			q := url.Values{
				"sdkappid": {strconv.FormatUint(v.SDKAppID, 10)}, "identifier": {v.Identifier},
				"usersig": {v.UserSig}, "random": {"0"}, "contenttype": {"json"},
			}
			api, body := "live_engine_http_srv/get_room_list", `{"Next":""}`
			require.Equal(t, 0, a.sendRest(api, q, body).ErrorCode)
			a.clock.add(time.Duration(v.Expire) * time.Second)
			require.Equal(t, 0, a.sendRest(api, q, body).ErrorCode)
			a.clock.add(time.Second)
			require.Equal(t, 70001, a.sendRest(api, q, body).ErrorCode)
		})
	}
}

func TestUserSigOfAUserBufIsVerifiedWithIt(t *testing.T) {
	a := start(t)
	c := a.claims()
	c.UserBuf = "AAAA"
	q := a.query()
	q.Set("usersig", userSig(t, c, chatKey))
	require.Equal(t, 0, a.sendRest("live_engine_http_srv/get_room_list", q, `{"Next":""}`).ErrorCode)

	c.Version, c.UserBuf = "2.0", ""
	c.Sig = c.sign(chatKey)
	c.UserBuf = "AAAA"
	text, err := json.Marshal(c)
	require.NoError(t, err)
	q.Set("usersig", packed(t, string(text)))
	require.Equal(t, 70009, a.sendRest("live_engine_http_srv/get_room_list", q, `{"Next":""}`).ErrorCode, "one that was added later")
}

// A UserSig is base64 in the vendor's alphabet; in the standard one it is
// another string, which the vendor does not know.
func TestUserSigHasItsOwnAlphabet(t *testing.T) {
	a := start(t)
	c := a.claims()
	sig := ""
	for !strings.Contains(sig, "*") {
		c.Expire++
		sig = userSig(t, c, chatKey)
	}
	_, refused := parseUserSig(sig)
	require.Nil(t, refused)
	_, refused = parseUserSig(strings.ReplaceAll(sig, "*", "+"))
	require.Equal(t, "70003", refused.code)
}

func TestRestURLRefusals(t *testing.T) {
	a := start(t, func(c *Config) { c.ChatAdmins = []string{"administrator", "second"} })
	sig := func(change func(*claims), key string) string {
		c := a.claims()
		change(&c)
		return userSig(t, c, key)
	}
	good := sig(func(*claims) {}, chatKey)
	const live = "live_engine_http_srv/get_room_list"
	for name, tc := range map[string]struct {
		api   string
		spoil func(url.Values)
		code  int
	}{
		"nothing": {live, func(url.Values) {}, 0},
		"another administrator": {live, func(q url.Values) {
			q.Set("identifier", "second")
			q.Set("usersig", sig(func(c *claims) { c.Identifier = "second" }, chatKey))
		}, 0},
		"no administrator": {live, func(q url.Values) {
			q.Set("identifier", "guest")
			q.Set("usersig", sig(func(c *claims) { c.Identifier = "guest" }, chatKey))
		}, 60010},
		"no contenttype":       {live, func(q url.Values) { q.Del("contenttype") }, 60002},
		"no random":            {live, func(q url.Values) { q.Del("random") }, 60002},
		"random of 33 bits":    {live, func(q url.Values) { q.Set("random", "4294967296") }, 60002},
		"no sdkappid":          {live, func(q url.Values) { q.Del("sdkappid") }, 60012},
		"sdkappid of letters":  {live, func(q url.Values) { q.Set("sdkappid", "x") }, 60006},
		"unknown sdkappid":     {live, func(q url.Values) { q.Set("sdkappid", "20000001") }, 70020},
		"no identifier":        {live, func(q url.Values) { q.Del("identifier") }, 60004},
		"no usersig":           {live, func(q url.Values) { q.Del("usersig") }, 70002},
		"usersig cut short":    {live, func(q url.Values) { q.Set("usersig", good[:len(good)/2]) }, 70003},
		"usersig not escaped":  {live, func(q url.Values) { q.Set("usersig", "+"+good[1:]) }, 70003},
		"usersig of no claims": {live, func(q url.Values) { q.Set("usersig", packed(t, "[]")) }, 70005},
		"usersig of version 1": {live, func(q url.Values) { q.Set("usersig", packed(t, `{"TLS.ver":"1.0","TLS.sig":"x"}`)) }, 70005},
		"another key":          {live, func(q url.Values) { q.Set("usersig", sig(func(*claims) {}, "other")) }, 70009},
		"another identifier":   {live, func(q url.Values) { q.Set("identifier", "second") }, 70013},
		"another application":  {live, func(q url.Values) { q.Set("usersig", sig(func(c *claims) { c.SDKAppID++ }, chatKey)) }, 70014},
		"expired":              {live, func(q url.Values) { q.Set("usersig", sig(func(c *claims) { c.Time -= 3601 }, chatKey)) }, 70001},
		"unknown command":      {"live_engine_http_srv/kick_member", func(url.Values) {}, 60009},
		"unknown service":      {"openim/sendmsg", func(url.Values) {}, 60009},
	} {
		t.Run(name, func(t *testing.T) {
			q := a.query()
			tc.spoil(q)
			ans := a.sendRest(tc.api, q, `{"Next":""}`)
			require.Equal(t, tc.code, ans.ErrorCode)
			require.Equal(t, strings.HasPrefix(tc.api, "live"), ans.RequestID != "", "refusals of Live carry a request id too")
		})
	}

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.ChatURL()+"/v4/"+live+"?"+a.query().Encode(), nil)
	require.NoError(t, err)
	var ans restAnswer
	a.send(r, &ans)
	require.Equal(t, 60002, ans.ErrorCode, "GET")
}

// The journal contains no signature.
func TestJournalHasNoSignature(t *testing.T) {
	a := start(t)
	q := a.query()
	a.sendRest("live_engine_http_srv/get_room_list", q, `{"Next":""}`)
	a.do("DismissRoom", `{"SdkAppId":1400188366,"RoomId":7}`)
	text, err := json.Marshal(a.Calls())
	require.NoError(t, err)
	require.Contains(t, string(text), "4294967295", "the random number of Chat's calls is kept")
	require.NotContains(t, string(text), q.Get("usersig"))
	require.NotContains(t, string(text), "Signature")
	require.NotContains(t, string(text), chatKey)
}
