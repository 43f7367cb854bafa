package tencent

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// Every documented code, sent by a server, becomes the documented class and code, with everything
// needed to act on it.
func TestEveryCode(t *testing.T) {
	groups := map[string]struct {
		class moderation.VendorClass
		code  moderation.Code
	}{
		"limit":     {moderation.VendorRetry, moderation.CodeVendorLimit},
		"retry":     {moderation.VendorRetry, moderation.CodeVendorRetry},
		"config":    {moderation.VendorConfig, moderation.CodeVendorConfig},
		"room-gone": {moderation.VendorGone, moderation.CodeVendorRoomGone},
		"user-gone": {moderation.VendorGone, moderation.CodeVendorUserGone},
		"input":     {moderation.VendorRefused, moderation.CodeVendorInput},
		"odd":       {moderation.VendorRefused, moderation.CodeVendorUnexpected},
	}
	var file map[string]map[string][]string
	readJSON(t, "testdata/codes.json", &file)
	listed := map[string]bool{}
	for _, side := range []string{"cloud", "v4"} {
		require.NotEmpty(t, file[side])
		var now atomic.Value
		v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			code, _ := now.Load().(string)
			if side == "cloud" {
				_, _ = fmt.Fprintf(w, `{"Response":{"Error":{"Code":%q,"Message":"no"},"RequestId":"req-1"}}`, code)
				return
			}
			_, _ = fmt.Fprintf(w, `{"ActionStatus":"FAIL","ErrorCode":%s,"ErrorInfo":"no","RequestId":"req-1"}`, code)
		})
		c := newTestClient(t, testConfig(v.URL))
		r := one("cloud")
		if side == "v4" {
			r = one("live")
		}
		for name, codes := range file[side] {
			for _, code := range codes {
				now.Store(code)
				listed[code] = true
				ans := c.Do(t.Context(), r)
				want := groups[name]
				require.Equal(t, want.class, ans.Class, code)
				require.NotNil(t, ans.Err, code)
				require.Equal(t, want.code, ans.Err.Code, code)
				require.Equal(t, code, ans.Code)
				require.Equal(t, "no", ans.Message)
				require.Equal(t, "req-1", ans.RequestID)
				for value, is := range map[string]string{
					"code": code, "message": "no", "request": "req-1", "room": r.Room.String(), "user": r.Targets[0],
				} {
					require.Equal(t, is, ans.Err.Values[value], "%s of %s", value, code)
				}
				if want.class == moderation.VendorConfig {
					require.NotEmpty(t, ans.Err.Values["hint"], "the operator must get a hint: %s", code)
				}
			}
		}
	}
	for code := range cloudCodes {
		require.True(t, listed[code] || strings.HasSuffix(code, ".*"), "no expectation for %s", code)
	}
	for code := range v4Codes {
		require.True(t, listed[code], "no expectation for %s", code)
	}
}

func TestHints(t *testing.T) {
	cloudErr := func(code string) string {
		return fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":"m"},"RequestId":"r"}}`, code)
	}
	v4Err := func(code int) string {
		return fmt.Sprintf(`{"ActionStatus":"FAIL","ErrorCode":%d,"ErrorInfo":"m"}`, code)
	}
	user := []string{"u"}
	for name, row := range map[string]struct {
		site   Site
		r      moderation.Request
		answer string
		want   map[string]string
		after  time.Duration
	}{
		"the named room of that number": {"", moderation.Request{Verb: moderation.Kick, Room: room("room:123"), Targets: user},
			cloudErr("FailedOperation.RoomNotExist"), map[string]string{"hint": HintOtherKind, "other": "strroom:123"}, 0},
		"the numbered room of that name": {"", moderation.Request{Verb: moderation.Kick, Room: room("strroom:123"), Targets: user},
			cloudErr("FailedOperation.RoomNotExist"), map[string]string{"hint": HintOtherKind, "other": "room:123"}, 0},
		"a name that is no number": {"", moderation.Request{Verb: moderation.Kick, Room: room("strroom:lobby"), Targets: user},
			cloudErr("FailedOperation.RoomNotExist"), map[string]string{"hint": "", "other": ""}, 0},
		"mute on the Chinese site": {SiteCN, moderation.Request{Verb: moderation.Mute, Room: room("room:1"), Targets: user, IsMute: 1},
			cloudErr("InvalidAction"), map[string]string{"hint": HintNotOnSite, "site": "cn"}, 0},
		"a console switch": {"", moderation.Request{Verb: moderation.Ban, Room: room("chat:g"), Targets: user, Left: time.Hour},
			v4Err(10007), map[string]string{"hint": HintSwitch}, 0},
		"kick in an AVChatRoom": {"", moderation.Request{Verb: moderation.Kick, Room: room("chat:g"), Targets: user},
			v4Err(10004), map[string]string{"hint": HintNoKick}, 0},
		"silence in a work group": {"", moderation.Request{Verb: moderation.Silence, Room: room("chat:g"), Targets: user, Left: time.Hour},
			v4Err(10004), map[string]string{"hint": HintGroupType}, 0},
		"too many bad signatures": {"", moderation.Request{Verb: moderation.Kick, Room: room("chat:g"), Targets: user},
			v4Err(70050), map[string]string{"hint": HintWait}, time.Minute},
	} {
		v := newVendor(t, respond(row.answer))
		cfg := testConfig(v.URL)
		cfg.Site = row.site
		ans := newTestClient(t, cfg).Do(t.Context(), row.r)
		require.NotNil(t, ans.Err, name)
		require.Equal(t, row.after, ans.RetryAfter, name)
		for key, want := range row.want {
			require.Equal(t, want, ans.Err.Values[key], "%s: %s", name, key)
		}
	}
}

// An expired signature's answer has the difference between the clocks, from its own Date header.
func TestSkewIsMeasured(t *testing.T) {
	now := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", now.Add(400*time.Second).Format(http.TimeFormat))
		_, _ = io.WriteString(w, `{"Response":{"Error":{"Code":"AuthFailure.SignatureExpire","Message":"m"},"RequestId":"r"}}`)
	})
	cfg := testConfig(v.URL)
	cfg.Now = func() time.Time { return now }
	ans := newTestClient(t, cfg).Do(t.Context(), one("cloud"))
	require.Equal(t, moderation.VendorConfig, ans.Class)
	require.Equal(t, HintClock, ans.Err.Values["hint"])
	skew, err := time.ParseDuration(ans.Err.Values["skew"])
	require.NoError(t, err)
	require.InDelta(t, 400, skew.Seconds(), 1)
}

// A UserSig that is called too old is renewed, and the call sent exactly once more.
func TestOneRenewalOfTheUserSig(t *testing.T) {
	for _, code := range []string{"70001", "70052", "20002"} {
		var clock, refuse atomic.Int64
		clock.Store(1_700_000_000)
		refuse.Store(1)
		v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			clock.Add(1)
			if refuse.Add(-1) >= 0 {
				_, _ = io.WriteString(w, `{"ActionStatus":"FAIL","ErrorCode":`+code+`,"ErrorInfo":"expired"}`)
				return
			}
			_, _ = io.WriteString(w, chatYes)
		})
		cfg := testConfig(v.URL)
		cfg.Now = func() time.Time { return time.Unix(clock.Load(), 0) }
		c := newTestClient(t, cfg)

		ans := c.Do(t.Context(), one("chat"))
		require.Equal(t, moderation.VendorAccepted, ans.Class, code)
		require.Contains(t, ans.Message, code, "the second attempt's message is returned")
		got := v.requests()
		require.Len(t, got, 2)
		require.NotEqual(t, got[0].query["usersig"], got[1].query["usersig"])
		require.Equal(t, got[0].body, got[1].body)

		refuse.Store(2)
		ans = c.Do(t.Context(), one("chat"))
		require.Equal(t, moderation.VendorConfig, ans.Class, code)
		require.Equal(t, code, ans.Err.Values["renewed"])
		require.Equal(t, HintClock, ans.Err.Values["hint"])
		require.Len(t, v.requests(), 4)
	}
}

// Chat answers have no RequestId: the number and the time by which the vendor can find the call
// are used instead.
func TestRequestIDs(t *testing.T) {
	v := newVendor(t, respond(chatYes))
	cfg := testConfig(v.URL)
	cfg.Now = func() time.Time { return time.Date(2026, 11, 22, 10, 4, 5, 678e6, time.FixedZone("", 8*3600)) }
	ans := newTestClient(t, cfg).Do(t.Context(), one("chat"))
	require.Equal(t, fmt.Sprintf("random %s at 2026-11-22T02:04:05.678Z", v.requests()[0].query["random"][0]), ans.RequestID)

	v = newVendor(t, respond(liveYes))
	ans = newTestClient(t, testConfig(v.URL)).Do(t.Context(), one("live"))
	require.Equal(t, "Id-8c98-O-Seq-52720", ans.RequestID)
	v = newVendor(t, respond(cloudYes))
	ans = newTestClient(t, testConfig(v.URL)).Do(t.Context(), one("cloud"))
	require.Equal(t, "eac6b301-a322-493a-8e36-83b295459397", ans.RequestID)
}

// The servers and the documents disagree about which fields are numbers.
func TestAnswersAreReadLeniently(t *testing.T) {
	for body, class := range map[string]moderation.VendorClass{
		`{"ActionStatus":"OK","ErrorCode":"0","ErrorInfo":null,"RequestId":12345678901234567890}`: moderation.VendorAccepted,
		`{"ErrorCode":0}`: moderation.VendorAccepted,
		`{"ErrorCode":0,"ActionStatus":"OK","Response":[],"Next":{}}`: moderation.VendorAccepted,
		`{"ErrorCode":"100004","ErrorInfo":7}`:                        moderation.VendorGone,
		`{"ErrorCode":0,"ActionStatus":"FAIL"}`:                       moderation.VendorNoAnswer,
		`{"ActionStatus":"OK"}`:                                       moderation.VendorNoAnswer,
		`{"ActionStatus":"OK","ErrorCode":null}`:                      moderation.VendorNoAnswer,
		`{"ActionStatus":"OK","ErrorCode":{}}`:                        moderation.VendorNoAnswer,
	} {
		v := newVendor(t, respond(body))
		ans := newTestClient(t, testConfig(v.URL)).Do(t.Context(), one("live"))
		require.Equal(t, class, ans.Class, body)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	long := strings.Repeat("错", 5000)
	for side, body := range map[string]string{
		"cloud": `{"Response":{"Error":{"Code":"InternalError","Message":"` + long + `"},"RequestId":"r"}}`,
		"live":  `{"ErrorCode":10002,"ErrorInfo":"` + long + `"}`,
	} {
		v := newVendor(t, respond(body))
		ans := newTestClient(t, testConfig(v.URL)).Do(t.Context(), one(side))
		require.Equal(t, 500, len([]rune(ans.Message)), side)
		require.Equal(t, ans.Message, ans.Err.Values["message"])
	}
}
