package tencentd

import "slices"

// Bounds of the Chat lists.
const (
	onlinePage   = 250  // members in one answer of get_members
	onlineMax    = 1000 // members that get_members knows at all: the latest
	avMembersMax = 300  // limit of members in get_group_member_info for an audio-video group
)

var groupID = field{Name: "GroupId", Type: "string", Required: true}

// groupCommands is the table of group_open_http_svc.
func groupCommands() map[string]*restCommand {
	users := field{Name: "Members_Account", Type: "users", Required: true, Max: 20}
	return map[string]*restCommand{
		"ban_group_member": {
			fields: []field{
				groupID, users,
				{Name: "Duration", Type: "uint64", Required: true, Min: 1, Max: forever},
				{Name: "Description", Type: "string", Max: 1000},
			},
			do: withBans(func(s *Server, r *room, p params) (result, *refusal) {
				s.world.ban(r, p.list("Members_Account"), p.num("Duration", 0))
				return nil, nil
			}),
		},
		"unban_group_member": {
			fields: []field{groupID, users},
			do: withBans(func(s *Server, r *room, p params) (result, *refusal) {
				s.world.unban(r, p.list("Members_Account"))
				return nil, nil
			}),
		},
		"get_group_ban_member": {
			fields: []field{
				groupID, {Name: "Offset", Type: "uint64", Required: true},
				{Name: "Limit", Type: "uint64", Min: 1, Max: 100},
			},
			do: withBans(func(s *Server, r *room, p params) (result, *refusal) {
				return s.world.bannedPage(r, p), nil
			}),
		},
		"forbid_send_msg": {
			fields: []field{
				groupID, {Name: "Members_Account", Type: "users", Required: true, Max: 500},
				{Name: "MuteTime", Type: "uint64", Required: true, Max: forever},
			},
			do: inGroup(func(s *Server, r *room, p params) (result, *refusal) {
				if r.groupType == GroupWork {
					return nil, unsupported(r)
				}
				s.world.silence(r, p.list("Members_Account"), p.num("MuteTime", 0))
				return nil, nil
			}),
		},
		"get_group_muted_account": {
			fields: []field{groupID},
			do: inGroup(func(s *Server, r *room, _ params) (result, *refusal) {
				return result{
					"GroupId":          r.id,
					"MutedAccountList": accounts(r.mutes.current(s.world.now()), "MutedUntil"),
				}, nil
			}),
		},
		"delete_group_member": {
			fields: []field{
				groupID, {Name: "MemberToDel_Account", Type: "users", Required: true, Max: 100},
				{Name: "Silence", Type: "uint64", Max: 1}, {Name: "Reason", Type: "string"},
			},
			do: inGroup(func(s *Server, r *room, p params) (result, *refusal) {
				if r.groupType == GroupAVChatRoom {
					return nil, unsupported(r)
				}
				for _, u := range p.list("MemberToDel_Account") {
					s.world.remove(r, u, "kicked")
				}
				return nil, nil
			}),
		},
		"get_group_member_info": {
			fields: []field{
				groupID, {Name: "Offset", Type: "uint64"}, {Name: "Limit", Type: "uint64", Min: 1, Max: 6000},
				{Name: "MemberInfoFilter", Type: "strings"}, {Name: "MemberRoleFilter", Type: "strings"},
			},
			do: inGroup(groupMembers),
		},
		"modify_group_base_info": {
			fields: []field{
				groupID, {Name: "MuteAllMember", Type: "string"}, {Name: "Name", Type: "string", Max: 100},
				{Name: "Introduction", Type: "string", Max: 400}, {Name: "Notification", Type: "string", Max: 400},
				{Name: "FaceUrl", Type: "string", Max: 500}, {Name: "MaxMemberNum", Type: "uint64"},
				{Name: "ApplyJoinOption", Type: "string"},
			},
			do: inGroup(modifyGroup),
		},
		"get_group_info": {
			fields: []field{
				{Name: "GroupIdList", Type: "strings", Required: true, Max: 50},
				// The filters narrow the answer; here it is always complete.
				{Name: "ResponseFilter", Type: "object", Fields: []field{
					{Name: "GroupBaseInfoFilter", Type: "strings"}, {Name: "MemberInfoFilter", Type: "strings"},
					{Name: "AppDefinedDataFilter_Group", Type: "strings"}, {Name: "AppDefinedDataFilter_GroupMember", Type: "strings"},
				}},
			},
			do: groupInfos,
		},
		"get_online_member_num": {
			fields: []field{groupID},
			do: inGroup(func(_ *Server, r *room, _ params) (result, *refusal) {
				return result{"OnlineMemberNum": len(r.members)}, nil
			}),
		},
	}
}

// findGroup finds a group by its id. An id that no group can have is refused
// with another code than one that no group has now.
func (w *world) findGroup(id string) (*room, *refusal) {
	if !validID(id) {
		return nil, refuse("10015", "The group id is not valid.")
	}
	if r := w.group(id); r != nil {
		return r, nil
	}
	return nil, refuse("10010", "The group does not exist, or was dismissed.")
}

// inGroup finds the group that GroupId names.
func inGroup(do func(*Server, *room, params) (result, *refusal)) func(*Server, params) (result, *refusal) {
	return func(s *Server, p params) (result, *refusal) {
		r, refused := s.world.findGroup(p.str("GroupId"))
		if refused != nil {
			return nil, refused
		}
		return do(s, r, p)
	}
}

// withBans is for the commands about bans: for every type of group
// (trtc.io/document/50297; older pages name only audio-video groups), if the
// console's switch is on.
func withBans(do func(*Server, *room, params) (result, *refusal)) func(*Server, params) (result, *refusal) {
	return inGroup(func(s *Server, r *room, p params) (result, *refusal) {
		if s.world.noBans {
			return nil, refuse("10007", "Bans in audio-video groups are not enabled in the console.")
		}
		return do(s, r, p)
	})
}

func unsupported(r *room) *refusal {
	return refuse("10004", "Groups of type %s do not support this command.", r.groupType)
}

// getOnlineMembers returns the latest members of an audio-video group, the
// newest first, in pages. The vendor's list may lag by seconds; this one does
// not.
func getOnlineMembers(s *Server, p params) (result, *refusal) {
	return inGroup(func(_ *Server, r *room, p params) (result, *refusal) {
		if r.groupType != GroupAVChatRoom && r.groupType != GroupCommunity {
			return nil, unsupported(r)
		}
		members := r.arrivals()
		slices.Reverse(members)
		members = members[:min(len(members), onlineMax)]
		before := p.num("Timestamp", 0)
		list, next := []result{}, uint64(0)
		var last uint64
		for _, m := range members {
			if before != 0 && m.seq >= before {
				continue
			}
			if len(list) == onlinePage {
				next = last
				break
			}
			list, last = append(list, result{"Member_Account": m.user, "JoinTime": m.joined.Unix()}), m.seq
		}
		return result{"MemberList": list, "NextTimestamp": next}, nil
	})(s, p)
}

// groupMembers pages by offset. Of an audio-video group it knows only the
// first members.
func groupMembers(s *Server, r *room, p params) (result, *refusal) {
	members := r.arrivals()
	if r.groupType == GroupAVChatRoom {
		members = members[:min(len(members), avMembersMax)]
	}
	total := uint64(len(members))
	from := min(p.num("Offset", 0), total)
	to := min(from+p.num("Limit", 100), total)
	list := []result{}
	for _, m := range members[from:to] {
		info := result{"Member_Account": m.user, "Role": "Member", "JoinTime": m.joined.Unix(), "ShutUpUntil": 0}
		if m.user == r.owner {
			info["Role"] = "Owner"
		}
		if until, muted := r.mutes.active(m.user, s.world.now()); muted {
			info["ShutUpUntil"] = until.Unix()
		}
		list = append(list, info)
	}
	return result{"MemberNum": len(r.members), "MemberList": list}, nil
}

func modifyGroup(s *Server, r *room, p params) (result, *refusal) {
	switch v := p.str("MuteAllMember"); {
	case !p.has("MuteAllMember"):
	case v == "On" || v == "Off":
		s.world.freeze(r, v == "On")
	default:
		return nil, refuse("10004", "MuteAllMember is On or Off.")
	}
	if p.has("Name") {
		r.name = p.str("Name")
	}
	return nil, nil
}

// groupInfos answers for each id separately: an unknown group is an entry
// with its own code, and the call is OK.
func groupInfos(s *Server, p params) (result, *refusal) {
	list := []result{}
	for _, id := range p.list("GroupIdList") {
		r, refused := s.world.findGroup(id)
		if refused != nil {
			list = append(list, result{"GroupId": id, "ErrorCode": refused.number(), "ErrorInfo": refused.message})
			continue
		}
		frozen := "Off"
		if r.frozen {
			frozen = "On"
		}
		list = append(list, result{
			"GroupId": id, "ErrorCode": 0, "ErrorInfo": "", "Type": r.groupType, "Name": r.name,
			"Owner_Account": r.owner, "CreateTime": r.created.Unix(), "MemberNum": len(r.members), "MuteAllMember": frozen,
		})
	}
	return result{"GroupInfo": list}, nil
}
