package tencentd

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

func TestSetUserBlockedSetsBothMedia(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateRoom(KindRoom, "10006"))
	require.NoError(t, a.CreateRoom(KindStrRoom, "10006"))
	require.NoError(t, a.Join(KindRoom, "10006", "29376"))
	require.NoError(t, a.Join(KindStrRoom, "10006", "29376"))

	for _, tc := range []struct {
		mode         int
		audio, video bool
	}{{1, false, false}, {2, false, true}, {3, true, false}, {0, true, true}} {
		body := fmt.Sprintf(`{"SdkAppId":1400188366,"RoomId":10006,"UserId":"29376","IsMute":%d}`, tc.mode)
		require.Empty(t, a.do("SetUserBlocked", body))
		m, _ := a.room(KindRoom, "10006").Member("29376")
		require.Equal(t, []bool{tc.audio, tc.video, !tc.audio, !tc.video}, []bool{m.Audio, m.Video, m.AudioBlocked, m.VideoBlocked})

		other, _ := a.room(KindStrRoom, "10006").Member("29376")
		require.True(t, other.Audio && other.Video, "the string room of the same digits is another room")
	}

	require.Empty(t, a.do("SetUserBlockedByStrRoomId", `{"SdkAppId":1400188366,"StrRoomId":"10006","UserId":"29376","IsMute":1}`))
	m, _ := a.room(KindStrRoom, "10006").Member("29376")
	require.False(t, m.Audio || m.Video)
	m, _ = a.room(KindRoom, "10006").Member("29376")
	require.True(t, m.Audio && m.Video)
}

func TestBlocksAndTheUsersOwnSwitches(t *testing.T) {
	for _, forget := range []bool{false, true} {
		a := start(t, func(c *Config) { c.ForgetBlocks = forget })
		require.NoError(t, a.CreateRoom(KindRoom, "1"))
		require.NoError(t, a.Join(KindRoom, "1", "u"))
		require.NoError(t, a.SetMedia(KindRoom, "1", "u", true, false))
		require.Empty(t, a.do("SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":1}`))
		require.NoError(t, a.SetMedia(KindRoom, "1", "u", true, true))
		m, _ := a.room(KindRoom, "1").Member("u")
		require.False(t, m.Audio || m.Video, "a blocked user cannot switch on")

		require.NoError(t, a.Rejoin(KindRoom, "1", "u"))
		m, _ = a.room(KindRoom, "1").Member("u")
		require.Equal(t, !forget, m.AudioBlocked)
		require.Equal(t, forget, m.Audio)
	}
}

func TestRemoveUserEjectsWithoutKeepingOut(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateRoom(KindRoom, "1234"))
	require.NoError(t, a.CreateRoom(KindStrRoom, "1234"))
	for _, k := range []Kind{KindRoom, KindStrRoom} {
		require.NoError(t, a.Join(k, "1234", "test1", "test2", "test3"))
	}
	require.Empty(t, a.do("RemoveUser", `{"SdkAppId":1400188366,"RoomId":1234,"UserIds":["test1","nobody"]}`), "who is not there is no error")
	require.Equal(t, []string{"test2", "test3"}, a.room(KindRoom, "1234").Users())
	require.Len(t, a.room(KindStrRoom, "1234").Members, 3)
	require.Empty(t, a.do("RemoveUserByStrRoomId", `{"SdkAppId":1400188366,"RoomId":"1234","UserIds":["test3","test2"]}`))
	require.Equal(t, []string{"test1"}, a.room(KindStrRoom, "1234").Users())

	require.NoError(t, a.Rejoin(KindRoom, "1234", "test1"))
	require.Equal(t, []string{"test2", "test3", "test1"}, a.room(KindRoom, "1234").Users())
}

func TestDismissRoomEndsIt(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateRoom(KindRoom, "7"))
	require.NoError(t, a.CreateRoom(KindStrRoom, "7"))
	require.Empty(t, a.do("DismissRoom", `{"SdkAppId":1400188366,"RoomId":7}`))
	require.Equal(t, "FailedOperation.RoomNotExist", a.do("DismissRoom", `{"SdkAppId":1400188366,"RoomId":7}`))
	_, gone := a.Room(KindRoom, "7")
	require.False(t, gone)
	require.ErrorIs(t, a.Join(KindRoom, "7", "u"), ErrNoRoom)
	require.Empty(t, a.do("DismissRoomByStrRoomId", `{"SdkAppId":1400188366,"RoomId":"7"}`))
	require.Empty(t, a.Rooms())
}

func TestCloudRefusals(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	require.NoError(t, a.CreateRoom(KindStrRoom, "lobby"))
	require.NoError(t, a.Join(KindRoom, "1", "u"))
	eleven := quoted(names("u", 11))
	ten := quoted(names("u", 10))
	for _, tc := range []struct{ action, body, code string }{
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":1}`, ""},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":2,"UserId":"u","IsMute":1}`, "FailedOperation.RoomNotExist"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"U","IsMute":1}`, "FailedOperation.UserNotExist"},
		{"SetUserBlocked", `{"SdkAppId":1400188367,"RoomId":1,"UserId":"u","IsMute":1}`, "FailedOperation.SdkAppIdNotExist"},
		{"SetUserBlocked", `{"SdkAppId":0,"RoomId":1,"UserId":"u","IsMute":1}`, "InvalidParameter.SdkAppId"},
		{"SetUserBlocked", `{"SdkAppId":"1400188366","RoomId":1,"UserId":"u","IsMute":1}`, "InvalidParameter.SdkAppId"},
		{"SetUserBlocked", `{"RoomId":1,"UserId":"u","IsMute":1}`, "MissingParameter.SdkAppId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"UserId":"u","IsMute":1}`, "MissingParameter.RoomId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":null,"UserId":"u","IsMute":1}`, "MissingParameter.RoomId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"IsMute":1}`, "MissingParameter"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u"}`, "MissingParameter"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":"1","UserId":"u","IsMute":1}`, "InvalidParameter.RoomId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":0,"UserId":"u","IsMute":1}`, "InvalidParameter.RoomId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":4294967295,"UserId":"u","IsMute":1}`, "InvalidParameter.RoomId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":4294967294,"UserId":"u","IsMute":1}`, "FailedOperation.RoomNotExist"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1.0,"UserId":"u","IsMute":1}`, "InvalidParameter.RoomId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":29376,"IsMute":1}`, "InvalidParameter.UserId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"","IsMute":1}`, "InvalidParameter.UserId"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":4}`, "InvalidParameter"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":true}`, "InvalidParameter"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":1,"Duration":5}`, "UnknownParameter"},
		{"SetUserBlocked", `{"SdkAppId":1400188366,"roomid":1,"UserId":"u","IsMute":1}`, "MissingParameter.RoomId"},
		{"SetUserBlockedByStrRoomId", `{"SdkAppId":1400188366,"RoomId":"lobby","UserId":"u","IsMute":1}`, "MissingParameter.RoomId"},
		{"SetUserBlockedByStrRoomId", `{"SdkAppId":1400188366,"StrRoomId":"lobby","IsMute":1}`, "MissingParameter.UserId"},
		{"SetUserBlockedByStrRoomId", `{"SdkAppId":1400188366,"StrRoomId":"1","UserId":"u","IsMute":1}`, "FailedOperation.RoomNotExist"},
		{"SetUserBlockedByStrRoomId", `{"SdkAppId":1400188366,"StrRoomId":"é","UserId":"u","IsMute":1}`, "InvalidParameter.RoomId"},
		{"RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":` + ten + `}`, ""},
		{"RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":` + eleven + `}`, "InvalidParameter.UserIds"},
		{"RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":[]}`, "InvalidParameter.UserIds"},
		{"RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":"u"}`, "InvalidParameter.UserIds"},
		{"RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":[1]}`, "InvalidParameter.UserIds"},
		{"RemoveUser", `{"SdkAppId":1400188366,"RoomId":1}`, "MissingParameter.UserIds"},
		{"RemoveUser", `{"SdkAppId":1400188367,"RoomId":1,"UserIds":["u"]}`, "UnauthorizedOperation.SdkAppId"},
		{"RemoveUser", `{"SdkAppId":1400188366,"RoomId":"1","UserIds":["u"]}`, "InvalidParameter.RoomId"},
		{"RemoveUserByStrRoomId", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":["u"]}`, "InvalidParameter.RoomId"},
		{"RemoveUserByStrRoomId", `{"SdkAppId":1400188366,"StrRoomId":"lobby","UserIds":["u"]}`, "MissingParameter.RoomId"},
		{"RemoveUserByStrRoomId", `{"SdkAppId":1400188366,"RoomId":"Lobby","UserIds":["u"]}`, "FailedOperation.RoomNotExist"},
		{"DismissRoomByStrRoomId", `{"SdkAppId":1400188366,"RoomId":"lobby","UserIds":["u"]}`, "UnknownParameter"},
		{"DismissRoom", ``, "InvalidParameter"},
		{"DismissRoom", `[]`, "InvalidParameter"},
		{"DismissRoom", `null`, "InvalidParameter"},
		{"DismissRoom", `{"SdkAppId":1400188366,"RoomId":1} {}`, "InvalidParameter"},
		{"dismissroom", `{}`, "InvalidAction"},
		{"KickUser", `{}`, "InvalidAction"},
	} {
		t.Run(tc.action+" "+tc.code, func(t *testing.T) {
			require.Equal(t, tc.code, a.do(tc.action, tc.body), "%s", tc.body)
		})
	}
	require.Len(t, a.Rooms(), 2, "no refusal ended a room")
}

func TestCloudHeaders(t *testing.T) {
	a := start(t)
	for name, tc := range map[string]struct {
		spoil func(*cloudRequest)
		code  string
	}{
		"no action":       {func(q *cloudRequest) { q.action = "" }, "MissingParameter"},
		"no version":      {func(q *cloudRequest) { q.version = "" }, "MissingParameter"},
		"another version": {func(q *cloudRequest) { q.version = "2017-03-12" }, "NoSuchVersion"},
		"no region":       {func(q *cloudRequest) { q.region = "" }, "MissingParameter"},
		"another region":  {func(q *cloudRequest) { q.region = "eu-frankfurt" }, "UnsupportedRegion"},
		"beijing":         {func(q *cloudRequest) { q.region = "ap-beijing" }, "FailedOperation.RoomNotExist"},
		"guangzhou":       {func(q *cloudRequest) { q.region = "ap-guangzhou" }, "FailedOperation.RoomNotExist"},
		"another type":    {func(q *cloudRequest) { q.contentType = "text/plain" }, "InvalidParameter"},
		"a charset":       {func(q *cloudRequest) { q.contentType = "application/json; charset=utf-8" }, "FailedOperation.RoomNotExist"},
		"GET":             {func(q *cloudRequest) { q.method = http.MethodGet }, "UnsupportedProtocol"},
		"too large":       {func(q *cloudRequest) { q.body = strings.Repeat(" ", maxBody+1) }, "RequestSizeLimitExceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			q := a.cloudRequest("DismissRoom", `{"SdkAppId":1400188366,"RoomId":7}`)
			tc.spoil(&q)
			require.Equal(t, tc.code, a.sendCloud(q).Response.Error.Code)
		})
	}
}

func TestTheChinaSiteHasNoSetUserBlocked(t *testing.T) {
	a := start(t, func(c *Config) { c.Site = SiteCN })
	require.NoError(t, a.CreateRoom(KindRoom, "1"))
	require.Equal(t, "InvalidAction", a.do("SetUserBlocked", `{"SdkAppId":1400188366,"RoomId":1,"UserId":"u","IsMute":1}`))
	require.Equal(t, "InvalidAction", a.do("SetUserBlockedByStrRoomId", `{"SdkAppId":1400188366,"StrRoomId":"1","UserId":"u","IsMute":1}`))
	require.Empty(t, a.do("RemoveUser", `{"SdkAppId":1400188366,"RoomId":1,"UserIds":["u"]}`))
}

func TestDescribeRoomInfoTellsTheHistory(t *testing.T) {
	a := start(t)
	for i := range 12 {
		require.NoError(t, a.CreateRoom(KindRoom, fmt.Sprint(i+1)))
	}
	require.NoError(t, a.CreateRoom(KindStrRoom, "lobby"))
	a.clock.add(time.Hour)
	require.Empty(t, a.do("DismissRoomByStrRoomId", `{"SdkAppId":1400188366,"RoomId":"lobby"}`))
	a.clock.add(time.Hour)

	ask := func(rest string) cloudAnswer {
		return a.sendCloud(a.cloudRequest("DescribeRoomInfo", `{"SdkAppId":1400188366,`+rest+`}`))
	}
	first := ask(`"StartTime":1700000000,"EndTime":1700007200`)
	require.Equal(t, 13, first.Response.Total)
	require.Len(t, first.Response.RoomList, 10)
	require.Equal(t, "1400188366_1_1700000000", first.Response.RoomList[0].CommID)
	require.Len(t, ask(`"StartTime":1700000000,"EndTime":1700007200,"PageNumber":1`).Response.RoomList, 3)
	require.Empty(t, ask(`"StartTime":1700000000,"EndTime":1700007200,"PageNumber":2`).Response.RoomList)
	one := ask(`"StartTime":1700000000,"EndTime":1700007200,"RoomId":"lobby"`)
	require.Equal(t, 1, one.Response.Total)
	require.True(t, one.Response.RoomList[0].IsFinished)
	require.Equal(t, 12, ask(`"StartTime":1700003601,"EndTime":1700007200`).Response.Total, "lobby had ended by then")

	for body, code := range map[string]string{
		`"StartTime":1700000000,"EndTime":1699999999`:              "InvalidParameter.EndTs",
		`"StartTime":1700000000,"EndTime":1700086401`:              "InvalidParameter.QueryScaleOversize",
		`"StartTime":1690000000,"EndTime":1690000001`:              "InvalidParameter.StartTsOversize",
		`"StartTime":1700000000,"EndTime":1700000000,"PageSize":0`: "InvalidParameter.PageSize",
		`"EndTime":1700000000`:                                     "MissingParameter.StartTs",
		`"StartTime":1700000000`:                                   "MissingParameter.EndTs",
	} {
		require.Equal(t, code, ask(body).Response.Error.Code, body)
	}
	require.Equal(t, "InvalidParameter.SdkAppId", a.do("DescribeRoomInfo", `{"SdkAppId":7,"StartTime":1700000000,"EndTime":1700000000}`))
}

// The vendor's own Go client, signature and all.
func TestTencentGoClient(t *testing.T) {
	a := start(t, func(c *Config) { c.Now, c.Token = time.Now, "session" })
	require.NoError(t, a.CreateRoom(KindRoom, "10006"))
	require.NoError(t, a.Join(KindRoom, "10006", "29376"))

	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint = strings.TrimPrefix(a.CloudURL(), "http://")
	p.HttpProfile.Scheme = "HTTP"
	c := common.NewCommonClient(common.NewTokenCredential("AKIDEXAMPLE", "SECRETEXAMPLE", "session"), "ap-singapore", p)
	c.WithHttpTransport(a.http.Transport)
	send := func(action string, body map[string]any) error {
		q := tchttp.NewCommonRequest("trtc", "2019-07-22", action)
		require.NoError(t, q.SetActionParameters(body))
		return c.Send(q, tchttp.NewCommonResponse())
	}
	require.NoError(t, send("SetUserBlocked", map[string]any{"SdkAppId": uint64(appID), "RoomId": 10006, "UserId": "29376", "IsMute": 2}))
	m, _ := a.room(KindRoom, "10006").Member("29376")
	require.True(t, m.AudioBlocked)
	require.ErrorContains(t, send("DismissRoom", map[string]any{"SdkAppId": uint64(appID), "RoomId": 1}), "FailedOperation.RoomNotExist")
}
