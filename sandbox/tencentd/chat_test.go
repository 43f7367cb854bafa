package tencentd

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const avGroup = "@TGS#aJRGC4MH6"

func TestGroupBans(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateGroup(avGroup, GroupAVChatRoom, ""))
	require.NoError(t, a.Join(KindChat, avGroup, "brennanli1", "fan"))
	ans := a.chat("ban_group_member", `{"GroupId":"@TGS#aJRGC4MH6","Members_Account":["brennanli1"],"Duration":3600,"Description":"case 9"}`)
	require.Equal(t, 0, ans.ErrorCode)
	require.NotContains(t, ans.whole, "RequestId", "Chat's answers have none")
	require.Equal(t, []string{"fan"}, a.room(KindChat, avGroup).Users())
	require.ErrorIs(t, a.Join(KindChat, avGroup, "brennanli1"), ErrBanned)

	list := a.chat("get_group_ban_member", `{"GroupId":"@TGS#aJRGC4MH6","Offset":0,"Limit":100}`)
	require.Equal(t, []any{map[string]any{"Member_Account": "brennanli1", "BannedUntil": 1700003600.0}}, list.whole["BannedAccountList"])
	require.Equal(t, 0.0, list.whole["NextOffset"])
	require.NotContains(t, list.whole, "Response", "Chat's data lie at the top")

	require.Equal(t, 0, a.chat("unban_group_member", `{"GroupId":"@TGS#aJRGC4MH6","Members_Account":["brennanli1"]}`).ErrorCode)
	require.NoError(t, a.Join(KindChat, avGroup, "brennanli1"))

	a.SetGroupBans(false)
	for _, c := range []string{"ban_group_member", "unban_group_member", "get_group_ban_member"} {
		body := map[string]string{
			"ban_group_member":     `{"GroupId":"@TGS#aJRGC4MH6","Members_Account":["u"],"Duration":1}`,
			"unban_group_member":   `{"GroupId":"@TGS#aJRGC4MH6","Members_Account":["u"]}`,
			"get_group_ban_member": `{"GroupId":"@TGS#aJRGC4MH6","Offset":0}`,
		}[c]
		require.Equal(t, 10007, a.chat(c, body).ErrorCode, c)
	}
}

func TestGroupSilence(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateGroup("pub", GroupPublic, ""))
	require.NoError(t, a.Join(KindChat, "pub", "a", "b"))
	forbid := func(users string, secs int) int {
		return a.chat("forbid_send_msg", fmt.Sprintf(`{"GroupId":"pub","Members_Account":%s,"MuteTime":%d}`, users, secs)).ErrorCode
	}
	require.Equal(t, 0, forbid(`["a"]`, 60))
	require.Equal(t, 0, forbid(`["b"]`, 4294967295))
	require.Equal(t, []any{
		map[string]any{"Member_Account": "a", "MutedUntil": 1700000060.0},
		map[string]any{"Member_Account": "b", "MutedUntil": 4294967295.0},
	}, a.chat("get_group_muted_account", `{"GroupId":"pub"}`).whole["MutedAccountList"])
	a.clock.add(time.Minute)
	require.Equal(t, []string{"b"}, accountsOf(a.chat("get_group_muted_account", `{"GroupId":"pub"}`).whole["MutedAccountList"]))
	info := a.chat("get_group_member_info", `{"GroupId":"pub"}`).whole["MemberList"].([]any)[1].(map[string]any)
	require.Equal(t, 4294967295.0, info["ShutUpUntil"])
	require.Equal(t, 0, forbid(`["b"]`, 0))
	require.Empty(t, a.chat("get_group_muted_account", `{"GroupId":"pub"}`).whole["MutedAccountList"])

	require.Equal(t, 0, forbid(quoted(names("u", 500)), 1))
	require.Equal(t, 10005, forbid(quoted(names("u", 501)), 1))

	require.Equal(t, 0, a.chat("modify_group_base_info", `{"GroupId":"pub","MuteAllMember":"On"}`).ErrorCode)
	require.True(t, a.room(KindChat, "pub").Frozen)
	require.Equal(t, 0, a.chat("modify_group_base_info", `{"GroupId":"pub","Name":"n"}`).ErrorCode)
	require.True(t, a.room(KindChat, "pub").Frozen)
	require.Equal(t, 10004, a.chat("modify_group_base_info", `{"GroupId":"pub","MuteAllMember":"on"}`).ErrorCode)
	require.Equal(t, 0, a.chat("modify_group_base_info", `{"GroupId":"pub","MuteAllMember":"Off"}`).ErrorCode)
	require.False(t, a.room(KindChat, "pub").Frozen)
}

func TestDeleteGroupMember(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateGroup("pub", GroupPublic, ""))
	require.NoError(t, a.CreateGroup("av", GroupAVChatRoom, ""))
	require.NoError(t, a.Join(KindChat, "pub", "a", "b"))
	require.Equal(t, 0, a.chat("delete_group_member", `{"GroupId":"pub","MemberToDel_Account":["a","nobody"],"Silence":1,"Reason":"x"}`).ErrorCode)
	require.Equal(t, []string{"b"}, a.room(KindChat, "pub").Users())
	require.NoError(t, a.Join(KindChat, "pub", "a"), "removed, not kept out")
	require.Equal(t, 10004, a.chat("delete_group_member", `{"GroupId":"av","MemberToDel_Account":["a"]}`).ErrorCode)
	require.Equal(t, 0, a.chat("delete_group_member", `{"GroupId":"pub","MemberToDel_Account":`+quoted(names("u", 100))+`}`).ErrorCode)
	require.Equal(t, 10005, a.chat("delete_group_member", `{"GroupId":"pub","MemberToDel_Account":`+quoted(names("u", 101))+`}`).ErrorCode)
}

func TestGroupLists(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateGroup("av", GroupAVChatRoom, ""))
	require.NoError(t, a.CreateGroup("pub", GroupPublic, "Pub"))
	users := names("u", 1100)
	require.NoError(t, a.Join(KindChat, "av", users...))
	require.NoError(t, a.Join(KindChat, "pub", users[:120]...))

	var got []string
	stamp, pages := 0.0, 0
	for {
		ans := a.rest("group_open_avchatroom_http_svc/get_members", fmt.Sprintf(`{"GroupId":"av","Timestamp":%.0f}`, stamp))
		require.Equal(t, 0, ans.ErrorCode)
		got = append(got, accountsOf(ans.whole["MemberList"])...)
		pages++
		if stamp = ans.whole["NextTimestamp"].(float64); stamp == 0 {
			break
		}
	}
	require.Equal(t, 4, pages)
	require.Len(t, got, 1000, "the latest thousand")
	require.Equal(t, "u1099", got[0])
	require.Equal(t, "u100", got[999])
	require.Equal(t, 10004, a.rest("group_open_avchatroom_http_svc/get_members", `{"GroupId":"pub","Timestamp":0}`).ErrorCode)
	require.Equal(t, 10010, a.rest("group_open_avchatroom_http_svc/get_members", `{"GroupId":"gone","Timestamp":0}`).ErrorCode)
	require.Equal(t, 10004, a.rest("group_open_avchatroom_http_svc/get_members", `{"GroupId":"av"}`).ErrorCode)

	page := a.chat("get_group_member_info", `{"GroupId":"pub","Offset":100,"Limit":50}`)
	require.Equal(t, users[100:120], accountsOf(page.whole["MemberList"]))
	require.Equal(t, 120.0, page.whole["MemberNum"])
	require.Len(t, a.chat("get_group_member_info", `{"GroupId":"av","Limit":6000}`).whole["MemberList"], 300)
	require.Equal(t, 1100.0, a.chat("get_online_member_num", `{"GroupId":"av"}`).whole["OnlineMemberNum"])

	infos := a.chat("get_group_info", `{"GroupIdList":["pub","gone"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`).whole["GroupInfo"].([]any)
	require.Equal(t, "Public", infos[0].(map[string]any)["Type"])
	require.Equal(t, "Off", infos[0].(map[string]any)["MuteAllMember"])
	require.Equal(t, 10010.0, infos[1].(map[string]any)["ErrorCode"])
}

// The Chat commands reach the group that every Live room has.
func TestALiveRoomsGroup(t *testing.T) {
	a := start(t)
	require.NoError(t, a.CreateLive("show1", "", "host"))
	require.Equal(t, 0, a.chat("forbid_send_msg", `{"GroupId":"show1","Members_Account":["a"],"MuteTime":60}`).ErrorCode)
	require.Equal(t, []string{"a"}, accountsOf(a.live("get_muted_member_list", `{"RoomId":"show1"}`).Response["MutedAccountList"]))
	require.Equal(t, 10004, a.chat("delete_group_member", `{"GroupId":"show1","MemberToDel_Account":["a"]}`).ErrorCode)
}

func TestChatRefusals(t *testing.T) {
	a := start(t)
	for _, g := range []string{GroupAVChatRoom, GroupPublic, GroupWork, GroupMeeting, GroupCommunity} {
		require.NoError(t, a.CreateGroup(g, g, ""))
	}
	for _, tc := range []struct {
		command, body string
		code          int
	}{
		{"ban_group_member", ``, 60003},
		{"ban_group_member", `{}`, 10004},
		{"ban_group_member", `{"GroupId":"gone","Members_Account":["u"],"Duration":1}`, 10010},
		{"ban_group_member", `{"GroupId":"","Members_Account":["u"],"Duration":1}`, 10015},
		{"ban_group_member", `{"GroupId":"é","Members_Account":["u"],"Duration":1}`, 10015},
		{"ban_group_member", `{"GroupId":"Public","Members_Account":["u"],"Duration":1}`, 0},
		{"ban_group_member", `{"GroupId":"Work","Members_Account":["u"],"Duration":1}`, 0},
		{"ban_group_member", `{"GroupId":"Meeting","Members_Account":["u"],"Duration":1}`, 0},
		{"ban_group_member", `{"GroupId":"Community","Members_Account":["u"],"Duration":1}`, 0},
		{"ban_group_member", `{"GroupId":"AVChatRoom","Members_Account":["u"]}`, 10004},
		{"ban_group_member", `{"GroupId":"AVChatRoom","Members_Account":["u"],"Duration":0}`, 10004},
		{"ban_group_member", `{"GroupId":"AVChatRoom","Members_Account":["u"],"Duration":4294967296}`, 10004},
		{"ban_group_member", `{"GroupId":"AVChatRoom","Members_Account":[1],"Duration":1}`, 60015},
		{"ban_group_member", `{"GroupId":"AVChatRoom","Members_Account":` + quoted(names("u", 20)) + `,"Duration":1}`, 0},
		{"ban_group_member", `{"GroupId":"AVChatRoom","Members_Account":` + quoted(names("u", 21)) + `,"Duration":1}`, 10005},
		{"unban_group_member", `{"GroupId":"AVChatRoom","Members_Account":` + quoted(names("u", 21)) + `}`, 10005},
		{"unban_group_member", `{"GroupId":"Public","Members_Account":["u"]}`, 0},
		{"get_group_ban_member", `{"GroupId":"AVChatRoom"}`, 10004},
		{"get_group_ban_member", `{"GroupId":"AVChatRoom","Offset":0,"Limit":101}`, 10004},
		{"get_group_ban_member", `{"GroupId":"Public","Offset":0}`, 0},
		{"forbid_send_msg", `{"GroupId":"Work","Members_Account":["u"],"MuteTime":1}`, 10004},
		{"forbid_send_msg", `{"GroupId":"gone","Members_Account":["u"],"MuteTime":1}`, 10010},
		{"forbid_send_msg", `{"GroupId":"Public","Members_Account":["u"]}`, 10004},
		{"forbid_send_msg", `{"GroupId":"Public","Members_Account":["u"],"MuteTime":1}`, 0},
		{"get_group_muted_account", `{"GroupId":"gone"}`, 10010},
		{"get_group_member_info", `{"GroupId":"gone"}`, 10010},
		{"modify_group_base_info", `{"GroupId":"gone","MuteAllMember":"On"}`, 10010},
		{"modify_group_base_info", `{"GroupId":"Public","MuteAllMembers":"On"}`, 10004},
	} {
		require.Equal(t, tc.code, a.chat(tc.command, tc.body).ErrorCode, "%s %s", tc.command, tc.body)
	}
}
