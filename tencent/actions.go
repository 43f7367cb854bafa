package tencent

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bouncer/moderation"
)

// Chunk sizes, as documented, except forbidChunk: 500 are allowed, but one
// lost answer would then leave 500 people in doubt, and at 200 calls a second
// the smaller chunk costs nothing.
const (
	removeChunk = 10
	banChunk    = 20
	forbidChunk = 100
	deleteChunk = 100
)

// How many bytes of a reason each API takes. For delete_group_member none is
// documented, so it gets the smallest that is.
const (
	liveReasonBytes = 200
	chatBanBytes    = 1000
	chatDeleteBytes = 200
)

const (
	forEver     = 1<<32 - 1 // 4294967295: forbid_send_msg's "permanent"
	mostSeconds = int64(moderation.MaxDuration / time.Second)
	// The values of MuteAllMember.
	muteEveryone      = "On"
	doNotMuteEveryone = "Off"
)

// order is one request with what its body is made from.
type order struct {
	moderation.Request
	app     uint32
	seconds int64 // what is left, in whole seconds; 0 where the verb has none
	reason  string
}

// row is one cell of the table of verbs and kinds: which API does it, how many
// targets a call takes (0: it is about the whole room), and its body.
type row struct {
	verb  moderation.Verb
	kind  moderation.Kind
	api   string
	chunk int
	// timed says that the vendor ends it: the body carries what is left.
	timed bool
	body  func(order) fields
}

var actionTable = []row{
	{moderation.Mute, moderation.KindRoom, apiSetUserBlocked, 1, false, blockNumber},
	{moderation.Unmute, moderation.KindRoom, apiSetUserBlocked, 1, false, blockNumber},
	{moderation.Kick, moderation.KindRoom, apiRemoveUser, removeChunk, false, removeNumber},
	{moderation.Close, moderation.KindRoom, apiDismissRoom, 0, false, dismissNumber},

	{moderation.Mute, moderation.KindStrRoom, apiSetUserBlockedStr, 1, false, blockText},
	{moderation.Unmute, moderation.KindStrRoom, apiSetUserBlockedStr, 1, false, blockText},
	{moderation.Kick, moderation.KindStrRoom, apiRemoveUserStr, removeChunk, false, removeText},
	{moderation.Close, moderation.KindStrRoom, apiDismissRoomStr, 0, false, dismissText},

	{moderation.Ban, moderation.KindLive, apiLiveBan, banChunk, true, liveBan},
	{moderation.Unban, moderation.KindLive, apiLiveUnban, banChunk, false, liveUnban},
	{moderation.Silence, moderation.KindLive, apiLiveMute, banChunk, true, liveSilence},
	{moderation.Unsilence, moderation.KindLive, apiLiveMute, banChunk, false, liveSilence},
	{moderation.Freeze, moderation.KindLive, apiLiveUpdate, 0, false, liveFreeze(true)},
	{moderation.Unfreeze, moderation.KindLive, apiLiveUpdate, 0, false, liveFreeze(false)},
	{moderation.Close, moderation.KindLive, apiLiveClose, 0, false, liveClose},

	{moderation.Kick, moderation.KindChat, apiChatDelete, deleteChunk, false, chatKick},
	{moderation.Ban, moderation.KindChat, apiChatBan, banChunk, true, chatBan},
	{moderation.Unban, moderation.KindChat, apiChatUnban, banChunk, false, chatUnban},
	{moderation.Silence, moderation.KindChat, apiChatForbid, forbidChunk, true, chatSilence},
	{moderation.Unsilence, moderation.KindChat, apiChatForbid, forbidChunk, false, chatSilence},
	{moderation.Freeze, moderation.KindChat, apiChatModify, 0, false, chatFreeze(muteEveryone)},
	{moderation.Unfreeze, moderation.KindChat, apiChatModify, 0, false, chatFreeze(doNotMuteEveryone)},
}

func findRow(v moderation.Verb, k moderation.Kind) (row, bool) {
	for _, r := range actionTable {
		if r.verb == v && r.kind == k {
			return r, true
		}
	}
	return row{}, false
}

// fields is a request body. Its numbers are uint64 and int64 and never pass
// through a float, which would bend large ones.
type fields = map[string]any

func blockNumber(o order) fields {
	return fields{"SdkAppId": uint64(o.app), "RoomId": o.Room.Number(), "UserId": o.Targets[0], "IsMute": o.IsMute}
}

// The string form calls its room StrRoomId here and RoomId everywhere else.
func blockText(o order) fields {
	return fields{"SdkAppId": uint64(o.app), "StrRoomId": o.Room.ID, "UserId": o.Targets[0], "IsMute": o.IsMute}
}

func removeNumber(o order) fields {
	return fields{"SdkAppId": uint64(o.app), "RoomId": o.Room.Number(), "UserIds": o.Targets}
}

func removeText(o order) fields {
	return fields{"SdkAppId": uint64(o.app), "RoomId": o.Room.ID, "UserIds": o.Targets}
}

func dismissNumber(o order) fields {
	return fields{"SdkAppId": uint64(o.app), "RoomId": o.Room.Number()}
}

func dismissText(o order) fields {
	return fields{"SdkAppId": uint64(o.app), "RoomId": o.Room.ID}
}

func liveBan(o order) fields {
	return withReason(fields{"RoomId": o.Room.ID, "MemberList_Account": o.Targets, "Duration": o.seconds},
		"Reason", o.reason, liveReasonBytes)
}

func liveUnban(o order) fields {
	return fields{"RoomId": o.Room.ID, "MemberList_Account": o.Targets}
}

// MuteTime 0 lifts: only the lifting verb comes here with 0 seconds.
func liveSilence(o order) fields {
	return fields{"RoomId": o.Room.ID, "MemberList_Account": o.Targets, "MuteTime": o.seconds}
}

// IsUnlimitedRoomEnabled, which the vendor's own web console sends along, is
// chosen when a room is made and is not among the documented fields of
// update_room_info: a switch for messages must not change a room's type.
func liveFreeze(on bool) func(order) fields {
	return func(o order) fields {
		return fields{"RoomInfo": fields{"RoomId": o.Room.ID, "IsMessageDisabled": on}}
	}
}

func liveClose(o order) fields { return fields{"RoomId": o.Room.ID} }

func chatKick(o order) fields {
	return withReason(fields{"GroupId": o.Room.ID, "MemberToDel_Account": o.Targets}, "Reason", o.reason, chatDeleteBytes)
}

func chatBan(o order) fields {
	return withReason(fields{"GroupId": o.Room.ID, "Members_Account": o.Targets, "Duration": o.seconds},
		"Description", o.reason, chatBanBytes)
}

func chatUnban(o order) fields {
	return fields{"GroupId": o.Room.ID, "Members_Account": o.Targets}
}

func chatSilence(o order) fields {
	return fields{"GroupId": o.Room.ID, "Members_Account": o.Targets, "MuteTime": o.seconds}
}

func chatFreeze(value string) func(order) fields {
	return func(o order) fields { return fields{"GroupId": o.Room.ID, "MuteAllMember": value} }
}

func withReason(f fields, name, reason string, most int) fields {
	if cut := cutBytes(reason, most); cut != "" {
		f[name] = cut
	}
	return f
}

// cutBytes keeps at most so many bytes, whole runes only.
func cutBytes(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// caseOnly is the one reason that may always leave: the case's number says
// nothing to the target.
var caseOnly = regexp.MustCompile(`^case [0-9]{1,19}$`)

// prepare makes the API and the body of a request. Its error is an *Error, and
// then nothing must be sent.
func (c *Client) prepare(r moderation.Request) (api, fields, error) {
	line, ok := findRow(r.Verb, r.Room.Kind)
	if !ok {
		return api{}, nil, unsupported(r.Verb, r.Room)
	}
	o := order{Request: r, app: c.cfg.SDKAppID}
	if err := checkRequest(line, r); err != nil {
		return api{}, nil, err
	}
	if line.timed {
		seconds, err := secondsLeft(r)
		if err != nil {
			return api{}, nil, err
		}
		o.seconds = seconds
	}
	if c.cfg.SendReason || caseOnly.MatchString(r.Reason) {
		o.reason = r.Reason
	}
	return apiNamed(line.api), line.body(o), nil
}

// checkRequest is the last look before the wire: the commands' parser has said
// the same to people in better words.
func checkRequest(line row, r moderation.Request) error {
	if err := r.Room.Check(); err != nil {
		return err
	}
	targets := r.Targets
	if line.chunk == 0 {
		if len(targets) > 1 || (len(targets) == 1 && targets[0] != "") {
			return input(r.Room, "this call is about the whole room and takes no user")
		}
		return nil
	}
	if len(targets) == 0 || len(targets) > line.chunk {
		return input(r.Room, fmt.Sprintf("%s takes 1 to %d users a call, not %d", line.api, line.chunk, len(targets)))
	}
	for _, id := range targets {
		if err := moderation.CheckUserID(id); err != nil {
			return err
		}
	}
	if r.Verb == moderation.Mute || r.Verb == moderation.Unmute {
		if r.IsMute < moderation.MuteNone || r.IsMute > moderation.MuteVideo {
			return input(r.Room, "IsMute is 0 to 3, not "+strconv.Itoa(r.IsMute))
		}
	}
	return nil
}

// secondsLeft rounds up, so that nothing ends early and no binding call ever
// carries the 0 that lifts.
func secondsLeft(r moderation.Request) (int64, error) {
	if r.Perm {
		if !moderation.Supports(r.Verb, r.Room.Kind).Perm {
			return 0, input(r.Room, string(r.Verb)+" needs a duration here: the vendor documents no value for one without end")
		}
		return forEver, nil
	}
	seconds := int64((r.Left + time.Second - 1) / time.Second)
	switch {
	case r.Left <= 0:
		return 0, moderation.NewError(moderation.CodeLate, "room", r.Room.String())
	case seconds > mostSeconds:
		return 0, input(r.Room, "longer than 365 days")
	}
	return seconds, nil
}

// unsupported says why a kind has not got a verb.
func unsupported(v moderation.Verb, room moderation.Room) error {
	if why := moderation.Supports(v, room.Kind).Why; why != "" {
		return moderation.NewError(why, "room", room.String(), "verb", string(v))
	}
	return input(room, string(v)+" is not sent to the vendor")
}

func input(room moderation.Room, detail string) *moderation.Error {
	return moderation.NewError(moderation.CodeVendorInput, "room", room.String(), "detail", detail)
}
