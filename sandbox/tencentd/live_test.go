package tencentd

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLiveBansEndByTheClock(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "Gala", "host"))
	require.NoError(t, a.Join(KindLive, "show1", "troll7", "fan"))

	ans := a.live("ban_member", `{"RoomId":"show1","MemberList_Account":["troll7","absent"],"Duration":600,"Reason":"case 1"}`)
	require.Equal(t, 0, ans.ErrorCode)
	require.Regexp(t, `^Id-[0-9a-f]{32}-O-Seq-\d+$`, ans.RequestID)
	require.Equal(t, []string{"fan"}, a.room(KindLive, "show1").Users(), "a ban removes")
	require.ErrorIs(t, a.Join(KindLive, "show1", "troll7"), ErrBanned)
	require.ErrorIs(t, a.Rejoin(KindLive, "show1", "absent"), ErrBanned)

	list := a.live("get_banned_member_list", `{"RoomId":"show1"}`)
	require.Equal(t, []any{
		map[string]any{"Member_Account": "troll7", "BannedUntil": 1700000600.0},
		map[string]any{"Member_Account": "absent", "BannedUntil": 1700000600.0},
	}, list.Response["BannedAccountList"])
	require.NotContains(t, list.whole, "BannedAccountList", "Live's data lie under Response")

	a.clock.add(599 * time.Second)
	require.ErrorIs(t, a.Join(KindLive, "show1", "troll7"), ErrBanned)
	a.clock.add(time.Second)
	require.Empty(t, a.live("get_banned_member_list", `{"RoomId":"show1"}`).Response["BannedAccountList"])
	require.NoError(t, a.Join(KindLive, "show1", "troll7"))

	require.Equal(t, 0, a.live("ban_member", `{"RoomId":"show1","MemberList_Account":["troll7"],"Duration":600}`).ErrorCode)
	require.Equal(t, 0, a.live("unban_member", `{"RoomId":"show1","MemberList_Account":["troll7","never"]}`).ErrorCode)
	require.NoError(t, a.Join(KindLive, "show1", "troll7"))
}

// Undocumented, and assumed: the end of the newest ban applies, later or
// earlier.
func TestABanReplacesABan(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "Gala", "host"))
	require.NoError(t, a.CreateGroup("av", GroupAVChatRoom, ""))
	for _, secs := range []int{600, 3600, 60} {
		require.Equal(t, 0, a.live("ban_member", fmt.Sprintf(`{"RoomId":"show1","MemberList_Account":["troll7"],"Duration":%d}`, secs)).ErrorCode)
		require.Equal(t, []any{map[string]any{"Member_Account": "troll7", "BannedUntil": 1700000000.0 + float64(secs)}},
			a.live("get_banned_member_list", `{"RoomId":"show1"}`).Response["BannedAccountList"])
		require.Equal(t, 0, a.chat("ban_group_member", fmt.Sprintf(`{"GroupId":"av","Members_Account":["troll7"],"Duration":%d}`, secs)).ErrorCode)
		require.Equal(t, []any{map[string]any{"Member_Account": "troll7", "BannedUntil": 1700000000.0 + float64(secs)}},
			a.chat("get_group_ban_member", `{"GroupId":"av","Offset":0}`).whole["BannedAccountList"])
	}
	a.clock.add(time.Minute)
	require.NoError(t, a.Join(KindLive, "show1", "troll7"), "the shorter one ended it")
}

// A room that was created anew is another room, and CreateTime shows it even
// if the clock has not moved.
func TestRecreate(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "Gala", "host"))
	require.NoError(t, a.Join(KindLive, "show1", "troll7", "fan"))
	require.Equal(t, 0, a.live("ban_member", `{"RoomId":"show1","MemberList_Account":["troll7"],"Duration":600}`).ErrorCode)
	look := func() (created, count float64) {
		info := a.live("get_room_info", `{"RoomId":"show1"}`).Response["RoomInfo"].(map[string]any)
		require.Equal(t, "Gala", info["RoomName"])
		require.Equal(t, "host", info["Owner_Account"])
		return info["CreateTime"].(float64), a.live("get_member_list", `{"RoomId":"show1","Next":""}`).Response["MemberCount"].(float64)
	}
	created, count := look()
	require.Equal(t, 1.0, count)
	changes := a.Subscribe(t.Context())
	require.NoError(t, a.Recreate(KindLive, "show1"))
	require.Equal(t, "closed", (<-changes).What)
	require.Equal(t, "created", (<-changes).What)
	again, count := look()
	require.Greater(t, again, created)
	require.Zero(t, count)
	require.Empty(t, a.live("get_banned_member_list", `{"RoomId":"show1"}`).Response["BannedAccountList"])
	require.NoError(t, a.Join(KindLive, "show1", "troll7"))

	require.Equal(t, 0, a.live("destroy_room", `{"RoomId":"show1"}`).ErrorCode)
	require.ErrorIs(t, a.Recreate(KindLive, "show1"), ErrNoRoom)
	require.NoError(t, a.CreateLive("show1", "Gala", "host"))
	third, _ := look()
	require.Greater(t, third, again)
}

func TestLiveBanListPages(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "", "host"))
	users := names("u", 105)
	for i := 0; i < len(users); i += 20 {
		chunk := users[i:min(i+20, len(users))]
		require.Equal(t, 0, a.live("ban_member", `{"RoomId":"show1","Duration":60,"MemberList_Account":`+quoted(chunk)+`}`).ErrorCode)
	}
	var got []string
	offset, pages := 0.0, 0
	for {
		ans := a.live("get_banned_member_list", fmt.Sprintf(`{"RoomId":"show1","Offset":%.0f,"Limit":100}`, offset))
		got = append(got, accountsOf(ans.Response["BannedAccountList"])...)
		pages++
		if offset = ans.Response["NextOffset"].(float64); offset == 0 {
			break
		}
	}
	require.Equal(t, users, got)
	require.Equal(t, 2, pages)
	require.Equal(t, 100002, a.live("get_banned_member_list", `{"RoomId":"show1","Limit":101}`).ErrorCode)
	require.Empty(t, a.live("get_banned_member_list", `{"RoomId":"show1","Offset":1000}`).Response["BannedAccountList"])
	exact := a.live("get_banned_member_list", `{"RoomId":"show1","Offset":5,"Limit":100}`)
	require.Equal(t, 0.0, exact.Response["NextOffset"], "a full last page is the last")
}

func TestLiveSilence(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "", "host"))
	require.NoError(t, a.Join(KindLive, "show1", "a", "b"))
	mute := func(users string, secs int) int {
		return a.live("mute_member", fmt.Sprintf(`{"RoomId":"show1","MemberList_Account":%s,"MuteTime":%d}`, users, secs)).ErrorCode
	}
	require.Equal(t, 0, mute(`["a","b"]`, 60))
	require.Equal(t, 0, mute(`["b"]`, 0))
	require.Equal(t, 0, mute(`["nobody"]`, 0), "lifting what was not there")
	require.Equal(t, []any{map[string]any{"Member_Account": "a", "MutedUntil": 1700000060.0}},
		a.live("get_muted_member_list", `{"RoomId":"show1"}`).Response["MutedAccountList"])
	require.NoError(t, a.Rejoin(KindLive, "show1", "a"))
	m, _ := a.room(KindLive, "show1").Member("a")
	require.True(t, m.Silenced, "silence survives coming back")
	a.clock.add(time.Minute)
	require.Empty(t, a.live("get_muted_member_list", `{"RoomId":"show1"}`).Response["MutedAccountList"])
	m, _ = a.room(KindLive, "show1").Member("a")
	require.False(t, m.Silenced)

	require.Equal(t, 0, a.live("update_room_info", `{"RoomInfo":{"RoomId":"show1","IsMessageDisabled":true,"IsUnlimitedRoomEnabled":true}}`).ErrorCode)
	require.True(t, a.room(KindLive, "show1").Frozen)
	info := a.live("get_room_info", `{"RoomId":"show1"}`).Response["RoomInfo"].(map[string]any)
	require.Equal(t, true, info["IsMessageDisabled"])
	require.Equal(t, "Live", info["RoomType"])
	require.Equal(t, 0, a.live("update_room_info", `{"RoomInfo":{"RoomId":"show1","RoomName":"x"}}`).ErrorCode)
	require.True(t, a.room(KindLive, "show1").Frozen, "what is not named stays")
	require.Equal(t, 0, a.live("update_room_info", `{"RoomInfo":{"RoomId":"show1","IsMessageDisabled":false}}`).ErrorCode)
	require.False(t, a.room(KindLive, "show1").Frozen)
}

func TestLiveMembersPageByArrival(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "", "host"))
	users := names("u", 250)
	require.NoError(t, a.Join(KindLive, "show1", users...))
	var got []string
	next := ""
	for page := 0; page == 0 || next != ""; page++ {
		ans := a.live("get_member_list", fmt.Sprintf(`{"RoomId":"show1","Next":%q}`, next))
		got = append(got, accountsOf(ans.Response["MemberList"])...)
		next = ans.Response["Next"].(string)
		if page == 0 {
			require.Equal(t, 250.0, ans.Response["MemberCount"])
			require.NoError(t, a.Leave(KindLive, "show1", "u0", "u1"))
		}
	}
	require.Equal(t, users, got, "who leaves between pages shifts nobody")
	require.Equal(t, 100002, a.live("get_member_list", `{"RoomId":"show1","Next":"x"}`).ErrorCode)
}

func TestLiveRoomList(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateGroup("g", GroupPublic, ""))
	for i := range 25 {
		require.NoError(t, a.CreateLive(fmt.Sprintf("show%02d", i), "", "4711"))
	}
	require.NoError(t, a.Join(KindLive, "show07", "u"))
	first := a.live("get_room_list", `{"Next":""}`)
	require.Len(t, first.Response["RoomList"], 20)
	top := first.Response["RoomList"].([]any)[0].(map[string]any)
	require.Equal(t, "show07", top["RoomId"], "the most seen first")
	require.Equal(t, "4711", top["Owner_Account"])
	second := a.live("get_room_list", fmt.Sprintf(`{"Next":%q,"Count":20}`, first.Response["Next"]))
	require.Len(t, second.Response["RoomList"], 5)
	require.Empty(t, second.Response["Next"])
	require.Equal(t, 100002, a.live("get_room_list", `{"Next":"","Count":21}`).ErrorCode)

	info := a.live("get_room_info", `{"RoomId":"show07"}`).Response["RoomInfo"].(map[string]any)
	require.Equal(t, 4711.0, info["Owner_Account"], "a number, as in the vendor's sample")
}

func TestDestroyRoom(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "", "host"))
	require.NoError(t, a.Join(KindLive, "show1", "a", "b"))
	ans := a.live("destroy_room", `{"RoomId":"show1"}`)
	require.Equal(t, 2.0, ans.Response["Statistic"].(map[string]any)["TotalViewers"])
	require.Equal(t, 100004, a.live("destroy_room", `{"RoomId":"show1"}`).ErrorCode)
	require.Empty(t, a.Rooms())
}

func TestLiveRefusals(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "", "host"))
	long := fmt.Sprintf("%0201d", 0)
	for _, tc := range []struct {
		command, body string
		code          int
	}{
		{"ban_member", ``, 60003},
		{"ban_member", `[]`, 60003},
		{"ban_member", `{"RoomId":"show1"`, 60003},
		{"ban_member", `{}`, 100002},
		{"ban_member", `{"RoomId":"gone","MemberList_Account":["u"],"Duration":1}`, 100004},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":["u"]}`, 100002},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":["u"],"Duration":0}`, 100002},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":["u"],"Duration":-1}`, 100002},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":["u"],"Duration":"60"}`, 100002},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":[],"Duration":1}`, 100002},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":[5],"Duration":1}`, 60015},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":` + quoted(names("u", 20)) + `,"Duration":1}`, 0},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":` + quoted(names("u", 21)) + `,"Duration":1}`, 100002},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":["u"],"Duration":1,"Reason":"` + long + `"}`, 100002},
		{"ban_member", `{"RoomId":"show1","MemberList_Account":["u"],"Duration":1,"Reasn":"x"}`, 100002},
		{"unban_member", `{"RoomId":"show1","MemberList_Account":` + quoted(names("u", 21)) + `}`, 100002},
		{"unban_member", `{"RoomId":"gone","MemberList_Account":["u"]}`, 100004},
		{"mute_member", `{"RoomId":"show1","MemberList_Account":["u"]}`, 100002},
		{"mute_member", `{"RoomId":"gone","MemberList_Account":["u"],"MuteTime":1}`, 100004},
		{"get_member_list", `{"RoomId":"show1"}`, 100002},
		{"get_member_list", `{"RoomId":"gone","Next":""}`, 100004},
		{"get_muted_member_list", `{"RoomId":"gone"}`, 100004},
		{"get_banned_member_list", `{"RoomId":"gone"}`, 100004},
		{"get_room_info", `{"RoomId":"gone"}`, 100004},
		{"update_room_info", `{"RoomInfo":{"RoomId":"gone"}}`, 100004},
		{"update_room_info", `{"RoomId":"show1","IsMessageDisabled":true}`, 100002},
		{"update_room_info", `{"RoomInfo":{"RoomId":"show1","IsMessageDisabled":"true"}}`, 100002},
		{"update_room_info", `{"RoomInfo":{"IsMessageDisabled":true}}`, 100002},
	} {
		require.Equal(t, tc.code, a.live(tc.command, tc.body).ErrorCode, "%s %s", tc.command, tc.body)
	}
}
