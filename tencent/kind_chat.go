package tencent

import (
	"context"
	"strconv"
	"strings"

	"bouncer/moderation"
)

const (
	groupService  = "group_open_http_svc/"
	onlineService = "group_open_avchatroom_http_svc/"
)

// Names of the calls.
const (
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

var chatCalls = []api{
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

// Limits of the calls. forbid_send_msg documents 500 users, but one lost answer would then leave
// 500 people uncertain, and at 200 calls a second the smaller chunk costs nothing. For
// delete_group_member no length of a reason is documented, so it gets the smallest one.
const (
	maxGroupID      = 48
	chatBanChunk    = 20
	forbidChunk     = 100
	deleteChunk     = 100
	chatBanBytes    = 1000
	chatDeleteBytes = 200
)

// permanent is forbid_send_msg's value for a permanent restriction: 4294967295.
const permanent = 1<<32 - 1

// topicMark separates a community's id from that of one of its topics.
const topicMark = "@TOPIC#"

// chatGroup is the kind of Chat groups.
var chatGroup = kind{
	KindSpec: moderation.KindSpec{Kind: moderation.KindChat, Check: checkGroup, Example: "@TGS#aJRGC4MH6"},
	roomInfo: (*Client).chatRoomInfo,
	cells: map[moderation.Verb]cell{
		moderation.Kick:      {api: apiChatDelete, chunk: deleteChunk, body: chatKick},
		moderation.Ban:       {api: apiChatBan, chunk: chatBanChunk, timed: true, body: chatBan},
		moderation.Unban:     {api: apiChatUnban, chunk: chatBanChunk, body: chatMembers},
		moderation.Bans:      {api: apiChatBans, list: &chatBans},
		moderation.Silence:   {api: apiChatForbid, chunk: forbidChunk, timed: true, perm: true, body: chatSilence},
		moderation.Unsilence: {api: apiChatForbid, chunk: forbidChunk, body: chatSilence},
		moderation.Silenced:  {api: apiChatMutes, list: &chatMutes},
		moderation.Freeze:    {api: apiChatModify, perm: true, body: chatFreeze("On")},
		moderation.Unfreeze:  {api: apiChatModify, body: chatFreeze("Off")},
		moderation.Who:       {api: apiChatInfo, list: &chatWho},

		moderation.Mute:   {why: moderation.CodeNoMuteHere, instead: moderation.Silence},
		moderation.Unmute: {why: moderation.CodeNoMuteHere, instead: moderation.Unsilence},
		moderation.Close:  {why: moderation.CodeNoCloseInChat, instead: moderation.Freeze},
	},
}

func checkGroup(r moderation.Room) error {
	if strings.Contains(r.ID, topicMark) {
		return moderation.NewError(moderation.CodeRoomTopic, "room", r.String())
	}
	return checkText(maxGroupID, printable)(r)
}

func chatKick(o order) fields {
	return withReason(fields{"GroupId": o.Room.ID, "MemberToDel_Account": o.Targets}, "Reason", o.reason, chatDeleteBytes)
}

func chatMembers(o order) fields {
	return fields{"GroupId": o.Room.ID, "Members_Account": o.Targets}
}

func chatBan(o order) fields {
	f := chatMembers(o)
	f["Duration"] = o.seconds
	return withReason(f, "Description", o.reason, chatBanBytes)
}

func chatSilence(o order) fields {
	f := chatMembers(o)
	f["MuteTime"] = o.seconds
	return f
}

func chatFreeze(muteAll string) func(order) fields {
	return func(o order) fields { return fields{"GroupId": o.Room.ID, "MuteAllMember": muteAll} }
}

var chatBans = list{
	api: apiChatBans, first: "0",
	body: func(id, cursor string) fields {
		return fields{"GroupId": id, "Offset": text(cursor).int(), "Limit": pageSize}
	},
	rows: banned, next: nextOffset, total: unsaid,
}

var chatMutes = list{
	api:  apiChatMutes,
	body: func(id, _ string) fields { return fields{"GroupId": id} },
	rows: muted, next: onePage, total: unsaid,
}

// chatWho depends on the group's type.
var chatWho = list{of: func(c *Client, ctx context.Context, room moderation.Room, turn func(context.Context, string) error) (list, moderation.Answer) {
	groupType, ans := c.groupType(ctx, room, turn)
	return chatWhoOf(groupType), ans
}}

// chatWhoOf returns the member list of each type of group. The type is read first (get_group_info
// serves every type) because no code is documented by which get_members refuses the others, and
// guessing from an error could show a wrong list. AVChatRoom keeps no member profiles, so only its
// online list can be read; a Community is paged by Next, all others by Offset.
func chatWhoOf(groupType string) list {
	switch groupType {
	case "AVChatRoom":
		return list{
			api: apiChatOnline, first: "0",
			body: func(id, cursor string) fields { return fields{"GroupId": id, "Timestamp": text(cursor).int()} },
			rows: members, next: func(p page, _ int) string { return unlessZero(p.NextTimestamp) },
			total: unsaid, caps: []int{onlineLess, memberCap},
		}
	case "Community":
		return list{
			api: apiChatMembers,
			body: func(id, cursor string) fields {
				return fields{"GroupId": id, "Limit": pageSize, "Next": cursor}
			},
			rows: members, next: nextToken, total: memberNum,
		}
	}
	return list{
		api: apiChatMembers, first: "0",
		body: func(id, cursor string) fields {
			return fields{"GroupId": id, "Limit": pageSize, "Offset": text(cursor).int()}
		},
		rows: members, total: memberNum,
		next: func(p page, at int) string {
			all := p.MemberNum.int()
			if len(p.Members.members) == 0 || (all > 0 && int64(at) >= all) || (all <= 0 && len(p.Members.members) < pageSize) {
				return ""
			}
			return strconv.Itoa(at)
		},
	}
}

// groupType reads the type of a Chat group.
func (c *Client) groupType(ctx context.Context, room moderation.Room, turn func(context.Context, string) error) (string, moderation.Answer) {
	p, ans := c.readPage(ctx, room, apiChatInfo, fields{
		"GroupIdList":    []string{room.ID},
		"ResponseFilter": fields{"GroupBaseInfoFilter": []string{"Type"}},
	}, turn)
	if ans.Class != moderation.VendorAccepted {
		return "", ans
	}
	a := apiNamed(apiChatInfo)
	rep := reply{ex: &exchange{status: 200}, requestID: ans.RequestID, took: ans.Took}
	if len(p.Groups) != 1 {
		return "", c.classify(a, subject{room: room}, rep)
	}
	// Each group of the answer has its own code.
	g := p.Groups[0]
	if code := strings.TrimSpace(string(g.ErrorCode)); code != "" && code != "0" {
		rep.code, rep.message = code, string(g.ErrorInfo)
		return "", c.classify(a, subject{room: room}, rep)
	}
	if g.Type == "" {
		return "", c.classify(a, subject{room: room}, rep)
	}
	return string(g.Type), ans
}

func (c *Client) chatRoomInfo(ctx context.Context, room moderation.Room, turn func(context.Context, string) error) moderation.RoomInfo {
	p, ans := c.readPage(ctx, room, apiChatInfo, fields{
		"GroupIdList":    []string{room.ID},
		"ResponseFilter": fields{"GroupBaseInfoFilter": []string{"Type", "Name", "Owner_Account", "CreateTime", "MemberNum"}},
	}, turn)
	if ans.Class != moderation.VendorAccepted {
		return failedRoomInfo(ans)
	}
	if len(p.Groups) != 1 {
		return moderation.RoomInfo{People: -1, Failed: moderation.CodeVendorUnexpected}
	}
	g := p.Groups[0]
	if code := strings.TrimSpace(string(g.ErrorCode)); code != "" && code != "0" {
		rep := reply{ex: &exchange{status: 200}, requestID: ans.RequestID, took: ans.Took, code: code, message: string(g.ErrorInfo)}
		return failedRoomInfo(c.classify(apiNamed(apiChatInfo), subject{room: room}, rep))
	}
	look := moderation.RoomInfo{People: int(g.MemberNum.int()), Title: string(g.Name), Owner: string(g.OwnerAccount), Created: g.CreateTime.time()}
	if g.MemberNum == "" {
		look.People = -1
	}
	return look
}
