package tencentd

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func TestLimiterIsAWindowThatSlides(t *testing.T) {
	c := newClock()
	l := newLimiter(c.now)
	for i := range 20 {
		require.True(t, l.take("a", 20), "request %d", i)
		c.add(10 * time.Millisecond)
	}
	require.False(t, l.take("a", 20), "200 ms later")
	require.True(t, l.take("b", 20), "each API by itself")
	c.add(799 * time.Millisecond)
	require.False(t, l.take("a", 20), "999 ms after the first")
	c.add(time.Millisecond)
	require.True(t, l.take("a", 20), "the first is a second old")
	require.False(t, l.take("a", 20), "the second is not")
	c.add(10 * time.Millisecond)
	require.True(t, l.take("a", 20), "refusals push nothing back")
	require.Equal(t, map[string]int{"a": 3}, l.hits)
}

// No second, whenever it begins, has more than the limit, even across the
// border of clock seconds.
func TestLimiterHoldsInEverySecond(t *testing.T) {
	c := newClock()
	l := newLimiter(c.now)
	var passed []time.Time
	for range 1000 {
		if l.take("a", 7) {
			passed = append(passed, c.now())
		}
		c.add(13 * time.Millisecond)
	}
	for i := 7; i < len(passed); i++ {
		require.GreaterOrEqual(t, passed[i].Sub(passed[i-7]), time.Second)
	}
	require.Len(t, passed, 91, "and it is used in full: 7 in each second of 13")
}

func TestLimitsOfTheAPIs(t *testing.T) {
	stop := time.Now()
	a := start(t, func(c *Config) { c.Limits = Limits{} })
	// The window does not move, so that a slow machine has the same result.
	a.limits.now = func() time.Time { return stop }
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	kick := `{"SdkAppId":1400188366,"RoomId":1,"UserIds":["u"]}`
	for range 20 {
		require.Empty(t, a.do("RemoveUser", kick))
	}
	require.Equal(t, "RequestLimitExceeded", a.do("RemoveUser", kick))
	require.Equal(t, "RequestLimitExceeded", a.do("RemoveUser", kick))
	require.Empty(t, a.do("DismissRoom", `{"SdkAppId":1400188366,"RoomId":1}`), "each action by itself")

	for range 10 {
		require.Equal(t, 0, a.live("get_room_list", `{"Next":""}`).ErrorCode)
	}
	require.Equal(t, 60007, a.live("get_room_list", `{"Next":""}`).ErrorCode)
	for range 200 {
		require.Equal(t, 100004, a.live("get_room_info", `{"RoomId":"x"}`).ErrorCode)
	}
	require.Equal(t, 60007, a.live("get_room_info", `{"RoomId":"x"}`).ErrorCode)

	require.Equal(t, map[string]int{
		"RemoveUser": 2, "live_engine_http_srv/get_room_list": 1, "live_engine_http_srv/get_room_info": 1,
	}, a.LimitHits())
	require.Equal(t, 2, a.Counters().ByCode["RequestLimitExceeded"])

	stop = stop.Add(time.Second)
	require.Equal(t, "FailedOperation.RoomNotExist", a.do("RemoveUser", kick))
	a.ResetCalls()
	require.Empty(t, a.LimitHits())
}

// Requests with a wrong signature use no one's rate up.
func TestLimitsCountWhatWasSigned(t *testing.T) {
	a := start(t, func(c *Config) { c.Limits = Limits{Cloud: 1} })
	q := a.cloudRequest("DismissRoom", `{"SdkAppId":1400188366,"RoomId":1}`)
	q.key = "other"
	for range 3 {
		require.Equal(t, "AuthFailure.SignatureFailure", a.sendCloud(q).Response.Error.Code)
	}
	require.Equal(t, "FailedOperation.RoomNotExist", a.do("DismissRoom", q.body))
	require.Empty(t, a.LimitHits())
}

// Of any number of simultaneous calls, as many as the limit pass and the
// others are counted.
func TestLimitsUnderABurst(t *testing.T) {
	stop := time.Now()
	a := start(t, func(c *Config) { c.Limits = Limits{} })
	a.limits.now = func() time.Time { return stop }
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	requests := make([]*http.Request, 100)
	for i := range requests {
		requests[i] = a.build(a.cloudRequest("RemoveUser", kickU))
	}
	var g errgroup.Group
	g.SetLimit(16)
	for i, r := range requests {
		g.Go(func() error {
			user := "u" + strconv.Itoa(i)
			if err := a.Join(KindRoom, "1", user); err != nil {
				return err
			}
			a.Rooms()
			res, err := a.http.Do(r)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, res.Body)
			return errors.Join(err, res.Body.Close(), a.Leave(KindRoom, "1", user))
		})
	}
	require.NoError(t, g.Wait())
	require.Equal(t, map[string]int{CodeOK: 20, "RequestLimitExceeded": 80}, a.Counters().ByCode)
	require.Equal(t, map[string]int{"RemoveUser": 80}, a.LimitHits())
}
