package tencentd

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const kickU = `{"SdkAppId":1400188366,"RoomId":1,"UserIds":["u"]}`

// kickable is an app with user u in room 1.
func kickable(t *testing.T) *app {
	t.Helper()
	a := start(t)
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	require.NoError(t, a.Join(KindRoom, "1", "u"))
	return a
}

func (a *app) inside() bool {
	_, ok := a.room(KindRoom, "1").Member("u")
	return ok
}

// kick sends RemoveUser and returns status and body, or the error of a
// connection that was cut.
func (a *app) kick(ctx context.Context) (int, string, error) {
	a.t.Helper()
	res, err := a.http.Do(a.build(a.cloudRequest("RemoveUser", kickU)).WithContext(ctx))
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), errors.Join(err, res.Body.Close())
}

// kickAndLeave sends RemoveUser and disconnects once the server has the call.
func (a *app) kickAndLeave() {
	a.t.Helper()
	ctx, cancel := context.WithCancel(a.t.Context())
	done := make(chan error, 1)
	go func() {
		_, _, err := a.kick(ctx)
		done <- err
	}()
	require.Eventually(a.t, func() bool { return a.Counters().Open == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(a.t, <-done, context.Canceled)
}

func TestFaultsThatAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  Fault
		status int
		body   string
		code   string
		effect bool
	}{
		"code":       {Fault{Code: "InternalError", Message: "m"}, 200, `"Error":{"Code":"InternalError","Message":"m"}`, "InternalError", false},
		"code, done": {Fault{Code: "InternalError", Done: true}, 200, `"Code":"InternalError"`, "InternalError", true},
		"gateway":    {Fault{HTTPStatus: 502, Body: "<html>Bad Gateway</html>"}, 502, "<html>Bad Gateway</html>", CodeRaw, false},
		"empty":      {Fault{EmptyBody: true}, 200, "", CodeRaw, false},
		"braces":     {Fault{Body: "{}", Done: true}, 200, "{}", CodeRaw, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := kickable(t)
			tc.fault.Times = 1
			require.NoError(t, a.Fail("RemoveUser*", tc.fault))
			status, body, err := a.kick(t.Context())
			require.NoError(t, err)
			require.Equal(t, tc.status, status)
			require.Contains(t, body, tc.body)
			if tc.body == "" {
				require.Empty(t, body)
			}
			require.Equal(t, !tc.effect, a.inside())
			calls := a.Calls()
			require.Len(t, calls, 1)
			require.Equal(t, tc.code, calls[0].Code)
			require.True(t, calls[0].Fault)
			require.Equal(t, tc.effect, calls[0].Effect == 1)

			_, body, err = a.kick(t.Context())
			require.NoError(t, err)
			require.NotContains(t, body, "Error", "once is once")
			require.False(t, a.inside())
		})
	}
}

func TestFaultsThatCut(t *testing.T) {
	for _, answer := range []bool{false, true} {
		a := kickable(t)
		require.NoError(t, a.Fail("RemoveUser", Fault{Times: 1, DropAnswer: answer, DropRequest: !answer}))
		_, _, err := a.kick(t.Context())
		require.Error(t, err)
		require.Equal(t, !answer, a.inside(), "a lost answer is of a call that was done")
		require.Equal(t, CodeDropped, a.Calls()[0].Code)
	}
}

// A call whose client disconnected still takes effect, after a newer one.
func TestCallTakesEffectLate(t *testing.T) {
	a := kickable(t)
	release := make(chan struct{})
	require.NoError(t, a.Fail("RemoveUser", Fault{Times: 1, HoldBefore: release}))
	a.kickAndLeave()
	require.True(t, a.inside(), "the effect is held back")
	require.Empty(t, a.do("SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":1}`))

	close(release)
	require.Eventually(t, func() bool { return !a.inside() }, 10*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { return a.Counters().Open == 0 }, 10*time.Second, time.Millisecond)
	calls := a.Calls()
	require.Equal(t, []int{2, 1}, []int{calls[0].Effect, calls[1].Effect}, "came first, took effect second")
}

func TestALateAnswerIsOfACallThatIsDone(t *testing.T) {
	a := kickable(t)
	release := make(chan struct{})
	require.NoError(t, a.Fail("RemoveUser", Fault{Times: 1, HoldAnswer: release}))
	done := make(chan string, 1)
	go func() {
		_, body, err := a.kick(context.Background())
		if err != nil {
			body = err.Error()
		}
		done <- body
	}()
	require.Eventually(t, func() bool { return !a.inside() }, 10*time.Second, time.Millisecond)
	select {
	case body := <-done:
		t.Fatalf("answered already: %s", body)
	default:
	}
	close(release)
	require.Contains(t, <-done, "RequestId")
}

func TestDelaysHold(t *testing.T) {
	a := kickable(t)
	require.NoError(t, a.Fail("RemoveUser", Fault{Times: 1, DelayBefore: time.Hour, DelayAnswer: time.Hour}))
	a.kickAndLeave()
	require.NoError(t, a.Close())
	require.Equal(t, CodeDropped, a.Calls()[0].Code, "closing lets nothing land any more")
	require.True(t, a.inside())
}

func TestRestFaults(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "", "host"))
	require.NoError(t, a.Fail("live_engine_http_srv/*", Fault{Times: 2, Code: "70052"}))
	require.Equal(t, 70052, a.live("get_room_info", `{"RoomId":"show1"}`).ErrorCode)
	require.Equal(t, 10010, a.chat("forbid_send_msg", `{"GroupId":"g","Members_Account":["u"],"MuteTime":1}`).ErrorCode)
	ans := a.live("get_muted_member_list", `{"RoomId":"show1"}`)
	require.Equal(t, 70052, ans.ErrorCode)
	require.NotEmpty(t, ans.RequestID)
	require.Equal(t, 0, a.live("get_room_info", `{"RoomId":"show1"}`).ErrorCode)

	require.NoError(t, a.Fail("*/get_room_info", Fault{Code: "100001"}))
	for range 3 {
		require.Equal(t, 100001, a.live("get_room_info", `{"RoomId":"show1"}`).ErrorCode)
	}
	a.ClearFaults()
	require.Equal(t, 0, a.live("get_room_info", `{"RoomId":"show1"}`).ErrorCode)
}

// Only what would have been served meets a fault.
func TestFaultsComeAfterSignatures(t *testing.T) {
	a := kickable(t)
	require.NoError(t, a.Fail("RemoveUser", Fault{Times: 1, Code: "InternalError"}))
	q := a.cloudRequest("RemoveUser", kickU)
	q.key = "other"
	require.Equal(t, "AuthFailure.SignatureFailure", a.sendCloud(q).Response.Error.Code)
	require.Equal(t, "InternalError", a.do("RemoveUser", kickU))
}

func TestFaultsQueue(t *testing.T) {
	a := kickable(t)
	require.NoError(t, a.Fail("RemoveUser", Fault{Times: 1, Code: "InternalError"}))
	require.NoError(t, a.Fail("*User", Fault{Times: 1, Code: "ResourceUnavailable"}))
	waiting := a.Faults()
	require.Len(t, waiting, 2)
	require.Equal(t, "*User", waiting[1].Pattern)
	require.Equal(t, 1, waiting[1].Left)
	require.Equal(t, "InternalError", a.do("RemoveUser", kickU))
	require.Len(t, a.Faults(), 1)
	require.Equal(t, "ResourceUnavailable", a.do("RemoveUser", kickU))
	require.Empty(t, a.do("RemoveUser", kickU))
}

func TestFailRefusesWhatCannotBe(t *testing.T) {
	a := start(t)
	require.ErrorContains(t, a.Fail("RemoveUsers", Fault{}), "no API")
	require.ErrorContains(t, a.Fail("RemoveUser", Fault{Code: "10002"}), "cloud")
	require.ErrorContains(t, a.Fail("*/ban_member", Fault{Code: "InternalError"}), "number")
	require.ErrorContains(t, a.Fail("*", Fault{Times: -1}), "times")
	require.NoError(t, a.Fail("*", Fault{HTTPStatus: http.StatusBadGateway}))
}

// Every API can be made to fail with a code of its kind, so each is in the
// tables as it is on the wire.
func TestEveryAPICanFail(t *testing.T) {
	a := start(t)
	require.Len(t, a.APIs(), 28)
	for _, api := range a.APIs() {
		if !strings.Contains(api, "/") {
			require.NoError(t, a.Fail(api, Fault{Times: 1, Code: "InternalError"}))
			require.Equal(t, "InternalError", a.do(api, `{}`))
			continue
		}
		require.NoError(t, a.Fail(api, Fault{Times: 1, Code: "60008"}))
		require.Equal(t, 60008, a.rest(api, `{}`).ErrorCode)
	}
	require.Empty(t, a.Faults())
}
