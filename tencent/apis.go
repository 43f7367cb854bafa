package tencent

import "slices"

// side tells the two APIs apart, and on the v4 side the two families whose
// answers differ in shape.
type side int

const (
	cloud side = iota + 1 // cloud API 3.0, TC3 signature
	live                  // v4, Live engine: lists stand under "Response", a RequestId comes along
	chat                  // v4, Chat: lists stand at the top, no RequestId
)

// What the vendor documents, in calls a second.
const (
	cloudRate    = 20
	v4Rate       = 200
	roomListRate = 10
)

// api is one row of the table of calls.
type api struct {
	name string // as it stands in plans, entries and limits: "trtc.RemoveUser"
	side side
	call string // cloud: the action; v4: the path below /v4/
	rate float64
}

const (
	liveService   = "live_engine_http_srv/"
	groupService  = "group_open_http_svc/"
	onlineService = "group_open_avchatroom_http_svc/"
)

// Names of the calls.
const (
	apiSetUserBlocked    = "trtc.SetUserBlocked"
	apiSetUserBlockedStr = "trtc.SetUserBlockedByStrRoomId"
	apiRemoveUser        = "trtc.RemoveUser"
	apiRemoveUserStr     = "trtc.RemoveUserByStrRoomId"
	apiDismissRoom       = "trtc.DismissRoom"
	apiDismissRoomStr    = "trtc.DismissRoomByStrRoomId"

	apiLiveBan    = "live.ban_member"
	apiLiveUnban  = "live.unban_member"
	apiLiveBans   = "live.get_banned_member_list"
	apiLiveMute   = "live.mute_member"
	apiLiveMutes  = "live.get_muted_member_list"
	apiLiveWho    = "live.get_member_list"
	apiLiveUpdate = "live.update_room_info"
	apiLiveClose  = "live.destroy_room"
	apiLiveRooms  = "live.get_room_list"
	apiLiveInfo   = "live.get_room_info"

	apiChatBan     = "chat.ban_group_member"
	apiChatUnban   = "chat.unban_group_member"
	apiChatBans    = "chat.get_group_ban_member"
	apiChatForbid  = "chat.forbid_send_msg"
	apiChatMutes   = "chat.get_group_muted_account"
	apiChatDelete  = "chat.delete_group_member"
	apiChatModify  = "chat.modify_group_base_info"
	apiChatInfo    = "chat.get_group_info"
	apiChatMembers = "chat.get_group_member_info"
	apiChatOnline  = "chat.get_members"
)

var apiTable = []api{
	{apiSetUserBlocked, cloud, "SetUserBlocked", cloudRate},
	{apiSetUserBlockedStr, cloud, "SetUserBlockedByStrRoomId", cloudRate},
	{apiRemoveUser, cloud, "RemoveUser", cloudRate},
	{apiRemoveUserStr, cloud, "RemoveUserByStrRoomId", cloudRate},
	{apiDismissRoom, cloud, "DismissRoom", cloudRate},
	{apiDismissRoomStr, cloud, "DismissRoomByStrRoomId", cloudRate},

	{apiLiveBan, live, liveService + "ban_member", v4Rate},
	{apiLiveUnban, live, liveService + "unban_member", v4Rate},
	{apiLiveBans, live, liveService + "get_banned_member_list", v4Rate},
	{apiLiveMute, live, liveService + "mute_member", v4Rate},
	{apiLiveMutes, live, liveService + "get_muted_member_list", v4Rate},
	{apiLiveWho, live, liveService + "get_member_list", v4Rate},
	{apiLiveUpdate, live, liveService + "update_room_info", v4Rate},
	{apiLiveClose, live, liveService + "destroy_room", v4Rate},
	{apiLiveRooms, live, liveService + "get_room_list", roomListRate},
	{apiLiveInfo, live, liveService + "get_room_info", v4Rate},

	{apiChatBan, chat, groupService + "ban_group_member", v4Rate},
	{apiChatUnban, chat, groupService + "unban_group_member", v4Rate},
	{apiChatBans, chat, groupService + "get_group_ban_member", v4Rate},
	{apiChatForbid, chat, groupService + "forbid_send_msg", v4Rate},
	{apiChatMutes, chat, groupService + "get_group_muted_account", v4Rate},
	{apiChatDelete, chat, groupService + "delete_group_member", v4Rate},
	{apiChatModify, chat, groupService + "modify_group_base_info", v4Rate},
	{apiChatInfo, chat, groupService + "get_group_info", v4Rate},
	{apiChatMembers, chat, groupService + "get_group_member_info", v4Rate},
	{apiChatOnline, chat, onlineService + "get_members", v4Rate},
}

// apiNamed finds a row. The names come from this package's own tables, so one
// that is missing is a mistake in the program.
func apiNamed(name string) api {
	for _, a := range apiTable {
		if a.name == name {
			return a
		}
	}
	panic("tencent: no call is named " + name)
}

// Rate says how often a second an API may be called, and 0 for what is none.
// quota is our share of the vendor's limits, such as 0.95: the customer's own
// backend uses the same ones.
func Rate(quota float64) func(api string) float64 {
	return func(name string) float64 {
		i := slices.IndexFunc(apiTable, func(a api) bool { return a.name == name })
		if i < 0 {
			return 0
		}
		return apiTable[i].rate * quota
	}
}
