package tencentd

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// Pages of the Live lists. The vendor does not document how long a page of
// members is.
const (
	livePage     = 100
	liveRoomPage = 20
)

// liveCommands is the table of live_engine_http_srv. Neither the greatest
// number of members in one mute_member nor what a duration of zero means to
// ban_member is documented: the first is taken to be ban_member's 20, the
// second is refused.
func liveCommands() map[string]*restCommand {
	roomID := field{Name: "RoomId", Type: "string", Required: true, Max: 48}
	users := field{Name: "MemberList_Account", Type: "users", Required: true, Max: 20}
	return map[string]*restCommand{
		"ban_member": {
			fields: []field{
				roomID, users,
				{Name: "Duration", Type: "uint64", Required: true, Min: 1, Max: forever},
				{Name: "Reason", Type: "string", Max: 200},
			},
			do: inLive(func(s *Server, r *room, p params) (result, *refusal) {
				s.world.ban(r, p.list("MemberList_Account"), p.num("Duration", 0))
				return nil, nil
			}),
		},
		"unban_member": {
			fields: []field{roomID, users},
			do: inLive(func(s *Server, r *room, p params) (result, *refusal) {
				s.world.unban(r, p.list("MemberList_Account"))
				return nil, nil
			}),
		},
		"get_banned_member_list": {
			fields: []field{roomID, {Name: "Offset", Type: "uint64"}, {Name: "Limit", Type: "uint64", Min: 1, Max: 100}},
			do: inLive(func(s *Server, r *room, p params) (result, *refusal) {
				return s.world.bannedPage(r, p), nil
			}),
		},
		"mute_member": {
			fields: []field{roomID, users, {Name: "MuteTime", Type: "uint64", Required: true, Max: forever}},
			do: inLive(func(s *Server, r *room, p params) (result, *refusal) {
				s.world.silence(r, p.list("MemberList_Account"), p.num("MuteTime", 0))
				return nil, nil
			}),
		},
		"get_muted_member_list": {
			fields: []field{roomID},
			do: inLive(func(s *Server, r *room, _ params) (result, *refusal) {
				return result{"MutedAccountList": accounts(r.mutes.current(s.world.now()), "MutedUntil")}, nil
			}),
		},
		"get_member_list": {
			fields: []field{roomID, {Name: "Next", Type: "string", Required: true}},
			do:     inLive(liveMembers),
		},
		"get_room_list": {
			fields: []field{{Name: "Next", Type: "string", Required: true}, {Name: "Count", Type: "uint64", Min: 1, Max: liveRoomPage}},
			slow:   true,
			do:     liveRooms,
		},
		"get_room_info": {fields: []field{roomID}, do: inLive(liveRoomInfo)},
		"update_room_info": {fields: []field{{Name: "RoomInfo", Type: "object", Required: true, Fields: []field{
			roomID, {Name: "IsMessageDisabled", Type: "bool"}, {Name: "IsUnlimitedRoomEnabled", Type: "bool"},
			{Name: "RoomName", Type: "string", Max: 100}, {Name: "CoverURL", Type: "string"},
			{Name: "MaxMemberCount", Type: "uint64"},
		}}}, do: updateLiveRoom},
		"destroy_room": {
			fields: []field{roomID},
			do: inLive(func(s *Server, r *room, _ params) (result, *refusal) {
				s.world.close(r)
				return result{"Statistic": result{
					"TotalViewers": r.views, "TotalGiftsSent": 0, "TotalGiftCoins": 0,
					"TotalUniqueGiftSenders": 0, "TotalLikesReceived": 0,
				}}, nil
			}),
		},
	}
}

// inLive finds the room that RoomId names.
func inLive(do func(*Server, *room, params) (result, *refusal)) func(*Server, params) (result, *refusal) {
	return func(s *Server, p params) (result, *refusal) {
		r := s.world.rooms[roomKey{KindLive, p.str("RoomId")}]
		if r == nil {
			return nil, refuse("100004", "The room does not exist.")
		}
		return do(s, r, p)
	}
}

// liveMembers pages by the order of arrival, so that a user who leaves
// between two pages shifts no one.
func liveMembers(_ *Server, r *room, p params) (result, *refusal) {
	var after uint64
	if next := p.str("Next"); next != "" {
		var err error
		if after, err = strconv.ParseUint(next, 10, 64); err != nil {
			return nil, refuse("100002", "Next is none that this command returned.")
		}
	}
	list, next := []result{}, ""
	var last uint64
	for _, m := range r.arrivals() {
		if m.seq <= after {
			continue
		}
		if len(list) == livePage {
			next = strconv.FormatUint(last, 10)
			break
		}
		list, last = append(list, result{"Member_Account": m.user}), m.seq
	}
	return result{"MemberList": list, "Next": next, "MemberCount": len(r.members)}, nil
}

// liveRooms lists the rooms with the most views first. Next is an offset in
// that order.
func liveRooms(s *Server, p params) (result, *refusal) {
	var from int
	if next := p.str("Next"); next != "" {
		n, err := strconv.ParseUint(next, 10, 31)
		if err != nil {
			return nil, refuse("100002", "Next is none that this command returned.")
		}
		from = int(n)
	}
	rooms := slices.DeleteFunc(slices.Collect(maps.Values(s.world.rooms)), func(r *room) bool { return r.kind != KindLive })
	slices.SortFunc(rooms, func(a, b *room) int { return cmp.Or(cmp.Compare(b.views, a.views), cmp.Compare(a.id, b.id)) })
	from = min(from, len(rooms))
	to := min(from+int(p.num("Count", liveRoomPage)), len(rooms)) //nolint:gosec // at most 20
	list, next := []result{}, ""
	for _, r := range rooms[from:to] {
		list = append(list, result{
			"RoomId": r.id, "RoomName": r.name, "Owner_Account": r.owner, "CoverURL": "", "Category": []int{},
			"CreateTime": r.created.Unix(), "ActivityStatus": 0, "ViewCount": r.views,
		})
	}
	if to < len(rooms) {
		next = strconv.Itoa(to)
	}
	return result{"RoomList": list, "Next": next}, nil
}

// liveRoomInfo returns an owner of digits only as a number: the vendor's
// sample does, although its table says string.
func liveRoomInfo(_ *Server, r *room, _ params) (result, *refusal) {
	var owner any = r.owner
	if n, err := strconv.ParseUint(r.owner, 10, 53); err == nil && strconv.FormatUint(n, 10) == r.owner {
		owner = n
	}
	return result{"RoomInfo": result{
		"RoomId": r.id, "RoomName": r.name, "RoomType": "Live", "Owner_Account": owner,
		"IsMessageDisabled": r.frozen, "MaxMemberCount": 300, "CreateTime": r.created.Unix(), "ViewCount": r.views,
	}}, nil
}

func updateLiveRoom(s *Server, p params) (result, *refusal) {
	return inLive(func(s *Server, r *room, p params) (result, *refusal) {
		if p.has("RoomName") {
			r.name = p.str("RoomName")
		}
		if p.has("IsMessageDisabled") {
			s.world.freeze(r, p.flag("IsMessageDisabled"))
		}
		return nil, nil
	})(s, p.object("RoomInfo"))
}
