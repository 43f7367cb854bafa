package tencentd

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCallsTellWhatCame(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	body := `{"SdkAppId":1400188366, "RoomId":1}`
	id := a.sendCloud(a.cloudRequest("DismissRoom", body)).Response.RequestID
	a.do("DismissRoom", body)
	a.chat("get_group_info", `{"GroupIdList":["x"]}`)

	calls := a.Calls()
	require.Len(t, calls, 3)
	require.Equal(t, Call{
		Seq: 1, At: a.clock.now(), API: "DismissRoom", Body: body, RequestID: id, Code: CodeOK, Effect: 1, EffectAt: a.clock.now(),
	}, calls[0])
	require.Equal(t, "FailedOperation.RoomNotExist", calls[1].Code)
	require.Zero(t, calls[1].Effect)
	require.Equal(t, Call{
		Seq: 3, At: a.clock.now(), API: "group_open_http_svc/get_group_info", Body: `{"GroupIdList":["x"]}`,
		Identifier: "administrator", Random: "4294967295", Code: CodeOK, Effect: 2, EffectAt: a.clock.now(),
	}, calls[2])
	require.Equal(t, Counters{
		Total:  3,
		ByAPI:  map[string]int{"DismissRoom": 2, "group_open_http_svc/get_group_info": 1},
		ByCode: map[string]int{CodeOK: 2, "FailedOperation.RoomNotExist": 1},
	}, a.Counters())

	a.ResetCalls()
	require.Empty(t, a.Calls())
	require.Zero(t, a.Counters().Total)
	a.do("DismissRoom", body)
	require.Equal(t, 4, a.Calls()[0].Seq, "numbers go on")
}

func TestCallsAreForgottenAndCountersAreNot(t *testing.T) {
	a := start(t, func(c *Config) { c.KeepCalls = 5 })
	for range 33 {
		a.do("DismissRoom", `{"SdkAppId":1400188366,"RoomId":1}`)
	}
	calls := a.Calls()
	require.GreaterOrEqual(t, len(calls), 5)
	require.LessOrEqual(t, len(calls), 10)
	require.Equal(t, 33, calls[len(calls)-1].Seq)
	require.Equal(t, 33, a.Counters().Total)
	require.Equal(t, 33, a.Counters().ByCode["FailedOperation.RoomNotExist"])
}

func TestSubscribeTellsChanges(t *testing.T) {
	a := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	changes := a.Subscribe(ctx)
	expect := func(kind Kind, room, what string, users ...string) {
		t.Helper()
		c := <-changes
		require.Equal(t, []any{kind, room, what, strings.Join(users, " ")}, []any{c.Kind, c.Room, c.What, strings.Join(c.Users, " ")})
	}
	call := func(api, code string) {
		t.Helper()
		c := <-changes
		require.Equal(t, []string{"call", api, code}, []string{c.What, c.API, c.Code})
	}
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	expect(KindRoom, "1", "created")
	require.NoError(t, a.Join(KindRoom, "1", "u", "v"))
	expect(KindRoom, "1", "joined", "u")
	expect(KindRoom, "1", "joined", "v")
	a.do("SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":1}`)
	expect(KindRoom, "1", "blocked", "u")
	call("SetUserBlocked", CodeOK)
	a.do("SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":0}`)
	expect(KindRoom, "1", "unblocked", "u")
	call("SetUserBlocked", CodeOK)
	a.do("RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":["u","nobody"]}`)
	expect(KindRoom, "1", "kicked", "u")
	call("RemoveUser", CodeOK)
	require.NoError(t, a.Leave(KindRoom, "1", "v"))
	expect(KindRoom, "1", "left", "v")
	a.do("DismissRoom", `{"SdkAppId":1400188366,"RoomId":1}`)
	expect(KindRoom, "1", "closed")
	call("DismissRoom", CodeOK)
	a.do("DismissRoom", `{"SdkAppId":1400188366,"RoomId":1}`)
	call("DismissRoom", "FailedOperation.RoomNotExist")

	cancel()
	for range changes {
		t.Log("a last change, then the channel is closed")
	}
}

// A subscriber that sleeps delays no one and learns how much it missed.
func TestSubscribeCountsWhatWasMissed(t *testing.T) {
	a := start(t)
	changes := a.Subscribe(t.Context())
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	require.NoError(t, a.Join(KindRoom, "1", names("u", subscriberBuffer+9)...))
	for range subscriberBuffer {
		<-changes
	}
	require.NoError(t, a.Leave(KindRoom, "1", "u0"))
	require.Equal(t, 10, (<-changes).Missed)
	require.NoError(t, a.Close())
	_, open := <-changes
	require.False(t, open, "the server's end ends it")
	_, open = <-a.Subscribe(t.Context())
	require.False(t, open)
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := New(t.Context(), Config{SDKAppID: 1, SecretID: "x"})
	require.ErrorContains(t, err, "SecretKey, ChatKey")
	_, err = New(t.Context(), Config{SDKAppID: 1, SecretID: "x", SecretKey: "x", ChatKey: "x", Site: "eu"})
	require.ErrorContains(t, err, "eu")
	a := start(t)
	_, err = New(t.Context(), Config{
		SDKAppID: 1, SecretID: "x", SecretKey: "x", ChatKey: "x", Addr: strings.TrimPrefix(a.CloudURL(), "http://"),
	})
	require.ErrorContains(t, err, "listen")
}

func TestTheServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := New(ctx, Config{SDKAppID: 1, SecretID: "x", SecretKey: "x", ChatKey: "x"})
	require.NoError(t, err)
	changes := s.Subscribe(context.Background())
	cancel()
	select {
	case _, open := <-changes:
		require.False(t, open)
	case <-time.After(10 * time.Second):
		t.Fatal("still running")
	}
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
}

func TestRoomsRefuseWhatCannotBe(t *testing.T) {
	a := start(t)
	for _, id := range []string{"0", "4294967295", "x", "01", "-1", ""} {
		require.ErrorIs(t, a.CreateRoom(KindRoom, id), ErrInvalid, id)
	}
	require.ErrorIs(t, a.CreateRoom(KindStrRoom, strings.Repeat("x", 65)), ErrInvalid)
	require.ErrorIs(t, a.CreateRoom(KindLive, "x"), ErrInvalid)
	require.ErrorIs(t, a.CreateLive("é", "", "host"), ErrInvalid)
	require.ErrorIs(t, a.CreateGroup("g", "Private", ""), ErrInvalid)
	require.NoError(t, a.CreateRoom(KindRoom, "4294967294"))
	require.ErrorIs(t, a.CreateRoom(KindRoom, "4294967294"), ErrExists)
	require.NoError(t, a.Join(KindRoom, "4294967294", "u"))
	require.ErrorIs(t, a.Join(KindRoom, "4294967294", "u"), ErrInside)
	require.ErrorIs(t, a.Leave(KindRoom, "4294967294", "v"), ErrNotThere)
	require.ErrorIs(t, a.SetMedia(KindRoom, "4294967294", "v", true, true), ErrNotThere)
	require.ErrorIs(t, a.Join(KindRoom, "4294967294", strings.Repeat("x", 33)), ErrInvalid)
	require.ErrorIs(t, a.Leave(KindRoom, "5", "v"), ErrNoRoom)
	_, there := a.Room(KindRoom, "5")
	require.False(t, there)

	require.NoError(t, a.CreateGroup("g", GroupWork, ""))
	require.Equal(t, []Kind{KindChat, KindRoom}, []Kind{a.Rooms()[0].Kind, a.Rooms()[1].Kind})
}
