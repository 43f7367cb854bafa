package tencent

import (
	"strconv"

	"bouncer/moderation"
)

// Names of the calls.
const (
	apiSetUserBlocked    = "trtc.SetUserBlocked"
	apiSetUserBlockedStr = "trtc.SetUserBlockedByStrRoomId"
	apiRemoveUser        = "trtc.RemoveUser"
	apiRemoveUserStr     = "trtc.RemoveUserByStrRoomId"
	apiDismissRoom       = "trtc.DismissRoom"
	apiDismissRoomStr    = "trtc.DismissRoomByStrRoomId"
)

var trtcCalls = []api{
	{apiSetUserBlocked, cloud, "SetUserBlocked", cloudRate},
	{apiSetUserBlockedStr, cloud, "SetUserBlockedByStrRoomId", cloudRate},
	{apiRemoveUser, cloud, "RemoveUser", cloudRate},
	{apiRemoveUserStr, cloud, "RemoveUserByStrRoomId", cloudRate},
	{apiDismissRoom, cloud, "DismissRoom", cloudRate},
	{apiDismissRoomStr, cloud, "DismissRoomByStrRoomId", cloudRate},
}

// MaxRoomNumber is the highest id of a numbered TRTC room.
const MaxRoomNumber = 4294967294

const (
	maxRoomString = 64 // bytes of a string room id
	removeChunk   = 10 // users that a RemoveUser call takes
)

// stringRoomChars is the documented character set of a TRTC string room id.
const stringRoomChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" +
	" !#$%&()+-:;<=.>?@[]^_{}|~,"

// trtcNumber is the kind of TRTC rooms with a numeric id.
var trtcNumber = kind{
	KindSpec: moderation.KindSpec{
		Kind: moderation.KindRoom, Check: checkNumber, Numeric: true, LookalikeKind: moderation.KindStrRoom, Example: "10006",
	},
	cells: trtcCells(apiSetUserBlocked, apiRemoveUser, apiDismissRoom,
		func(o order) fields { return fields{"RoomId": number(o.Room)} }, "RoomId"),
}

// trtcString is the kind of TRTC rooms with a string id, which are different rooms. Only
// SetUserBlockedByStrRoomId calls its room StrRoomId.
var trtcString = kind{
	KindSpec: moderation.KindSpec{
		Kind: moderation.KindStrRoom, Check: checkText(maxRoomString, oneOf(stringRoomChars)), LookalikeKind: moderation.KindRoom, Example: "lobby",
	},
	cells: trtcCells(apiSetUserBlockedStr, apiRemoveUserStr, apiDismissRoomStr,
		func(o order) fields { return fields{"RoomId": o.Room.ID} }, "StrRoomId"),
}

// trtcCells returns what both kinds of TRTC rooms support. room returns the body that names the
// room; block is a mute's name for that field.
func trtcCells(mute, remove, dismiss string, room func(order) fields, block string) map[moderation.Verb]cell {
	app := func(o order) fields {
		f := room(o)
		f["SdkAppId"] = uint64(o.app)
		return f
	}
	blocked := func(o order) fields {
		f := fields{"SdkAppId": uint64(o.app), "UserId": o.Targets[0], "IsMute": o.IsMute}
		f[block] = room(o)["RoomId"]
		return f
	}
	return map[moderation.Verb]cell{
		moderation.Mute:   {api: mute, chunk: 1, perm: true, body: blocked},
		moderation.Unmute: {api: mute, chunk: 1, body: blocked},
		moderation.Kick: {api: remove, chunk: removeChunk, body: func(o order) fields {
			f := app(o)
			f["UserIds"] = o.Targets
			return f
		}},
		moderation.Close: {api: dismiss, body: app},

		moderation.Ban:       {why: moderation.CodeNoBanInRoom, instead: moderation.Kick},
		moderation.Unban:     {why: moderation.CodeNoBanInRoom},
		moderation.Bans:      {why: moderation.CodeNoBanInRoom},
		moderation.Silence:   {why: moderation.CodeNoTextInRoom, instead: moderation.Mute},
		moderation.Unsilence: {why: moderation.CodeNoTextInRoom, instead: moderation.Unmute},
		moderation.Silenced:  {why: moderation.CodeNoTextInRoom},
		moderation.Freeze:    {why: moderation.CodeNoTextInRoom},
		moderation.Unfreeze:  {why: moderation.CodeNoTextInRoom},
		moderation.Who:       {why: moderation.CodeNoWhoInRoom},
	}
}

// checkNumber accepts ids only as they are sent: 010 would be sent as another text.
func checkNumber(r moderation.Room) error {
	if n := number(r); n < 1 || n > MaxRoomNumber || strconv.FormatUint(n, 10) != r.ID {
		return moderation.NewError(moderation.CodeRoomNumber, "room", r.String(), "id", r.ID, "most", strconv.Itoa(MaxRoomNumber))
	}
	return nil
}

// number returns the RoomId of a numbered room; 0 when it is invalid.
func number(r moderation.Room) uint64 {
	n, err := strconv.ParseUint(r.ID, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
