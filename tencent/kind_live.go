package tencent

import (
	"context"
	"time"

	"bouncer/moderation"
)

const liveService = "live_engine_http_srv/"

// Names of the calls.
const (
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
)

var liveCalls = []api{
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
}

const (
	maxLiveID       = 48  // bytes of a Live room's id
	liveChunk       = 20  // users that ban_member, unban_member and mute_member take
	liveReasonBytes = 200 // bytes of ban_member's Reason
)

// liveRoom is the kind of Live rooms.
var liveRoom = kind{
	KindSpec: moderation.KindSpec{
		Kind: moderation.KindLive, Check: checkText(maxLiveID, printable), ReportsCreation: true, Example: "show1",
	},
	roomInfo: (*Client).liveRoomInfo,
	cells: map[moderation.Verb]cell{
		moderation.Ban:   {api: apiLiveBan, chunk: liveChunk, timed: true, body: liveBan},
		moderation.Unban: {api: apiLiveUnban, chunk: liveChunk, body: liveMembers},
		moderation.Bans:  {api: apiLiveBans, list: &liveBans},
		// mute_member documents no value for permanent. MuteTime 0 lifts: only the lifting verb
		// has 0 seconds.
		moderation.Silence:   {api: apiLiveMute, chunk: liveChunk, timed: true, body: liveSilence},
		moderation.Unsilence: {api: apiLiveMute, chunk: liveChunk, body: liveSilence},
		moderation.Silenced:  {api: apiLiveMutes, list: &liveMutes},
		moderation.Freeze:    {api: apiLiveUpdate, perm: true, body: liveFreeze(true)},
		moderation.Unfreeze:  {api: apiLiveUpdate, body: liveFreeze(false)},
		moderation.Close:     {api: apiLiveClose, body: func(o order) fields { return fields{"RoomId": o.Room.ID} }},
		moderation.Who:       {api: apiLiveWho, list: &liveWho},

		moderation.Mute:   {why: moderation.CodeNoMuteHere, instead: moderation.Silence},
		moderation.Unmute: {why: moderation.CodeNoMuteHere, instead: moderation.Unsilence},
		moderation.Kick:   {why: moderation.CodeNoKickInLive, instead: moderation.Ban, insteadFor: 10 * time.Minute},
	},
}

func liveMembers(o order) fields {
	return fields{"RoomId": o.Room.ID, "MemberList_Account": o.Targets}
}

func liveBan(o order) fields {
	f := liveMembers(o)
	f["Duration"] = o.seconds
	return withReason(f, "Reason", o.reason, liveReasonBytes)
}

func liveSilence(o order) fields {
	f := liveMembers(o)
	f["MuteTime"] = o.seconds
	return f
}

// IsUnlimitedRoomEnabled, which the vendor's own web console also sends, is chosen when a room is
// created and is not a documented field of update_room_info: a switch for messages must not change
// a room's type.
func liveFreeze(on bool) func(order) fields {
	return func(o order) fields {
		return fields{"RoomInfo": fields{"RoomId": o.Room.ID, "IsMessageDisabled": on}}
	}
}

var liveBans = list{
	api: apiLiveBans, first: "0",
	body: func(id, cursor string) fields {
		return fields{"RoomId": id, "Offset": text(cursor).int(), "Limit": pageSize}
	},
	rows: banned, next: nextOffset, total: unsaid,
}

var liveMutes = list{
	api:  apiLiveMutes,
	body: func(id, _ string) fields { return fields{"RoomId": id} },
	rows: muted, next: onePage, total: unsaid,
}

var liveWho = list{
	api:  apiLiveWho,
	body: func(id, cursor string) fields { return fields{"RoomId": id, "Next": cursor} },
	rows: members, next: nextToken, total: func(p page) int64 { return p.MemberCount.int() }, caps: []int{memberCap},
}

func (c *Client) liveRoomInfo(ctx context.Context, room moderation.Room, turn func(context.Context, string) error) moderation.RoomInfo {
	info, ans := c.readPage(ctx, room, apiLiveInfo, fields{"RoomId": room.ID}, turn)
	if ans.Class != moderation.VendorAccepted {
		return failedRoomInfo(ans)
	}
	look := moderation.RoomInfo{
		People: -1, Title: string(info.Room.RoomName), Owner: string(info.Room.OwnerAccount), Created: info.Room.CreateTime.time(),
	}
	if who, ans := c.readPage(ctx, room, apiLiveWho, fields{"RoomId": room.ID, "Next": ""}, turn); ans.Class == moderation.VendorAccepted {
		look.People = int(max(who.MemberCount.int(), int64(len(who.Members.members))))
	}
	return look
}
