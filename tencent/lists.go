package tencent

import (
	"encoding/json"
	"slices"
	"strconv"

	"bouncer/moderation"
)

// pageSize is the largest page of bans, and the recommended one of members:
// 200 are allowed there, but an answer above 1 MB is refused as 10018.
const pageSize = 100

// memberCaps are where the vendor's lists of members end, however many there
// are: 1,000 (647/66908, 1071/78156, 1047/50293), and 30 of an audio-video group
// below Chat's Pro edition (1047/50293). A list that is as long as a cap may be cut.
const (
	memberCap  = 1000
	onlineLess = 30
)

// page holds the data of a list's answer, of whichever list it is.
type page struct {
	Banned  memberList `json:"BannedAccountList"`
	Muted   memberList `json:"MutedAccountList"`
	Shutted memberList `json:"ShuttedUinList"` // the older name of MutedAccountList
	Members memberList `json:"MemberList"`
	Groups  []group    `json:"GroupInfo"`
	Room    lookPage   `json:"RoomInfo"`

	NextOffset    text
	NextTimestamp text
	Next          text
	MemberCount   text
	MemberNum     text
}

// memberList is a list that the vendor told, be it empty. One that was not told
// says nothing about anybody.
type memberList struct {
	told    bool
	members []member
}

// UnmarshalJSON implements json.Unmarshaler; null is an empty list.
func (l *memberList) UnmarshalJSON(raw []byte) error {
	l.told = true
	return json.Unmarshal(raw, &l.members)
}

// or returns the list that was told; both, when both were.
func (l memberList) or(other memberList) memberList {
	return memberList{told: l.told || other.told, members: slices.Concat(l.members, other.members)}
}

type member struct {
	Account      text `json:"Member_Account"`
	BannedUntil  text
	MutedUntil   text
	ShuttedUntil text
	Reason       text
	Role         text
}

type group struct {
	ErrorCode text
	ErrorInfo text
	Type      text

	Name         text
	OwnerAccount text `json:"Owner_Account"`
	CreateTime   text
	MemberNum    text
}

// reading is one row of the table of lists.
type reading struct {
	verb  moderation.Verb
	kind  moderation.Kind
	api   string
	first string // the cursor of the first page
	body  func(id, cursor string) fields
	rows  func(page) memberList
	// next gives the cursor of the page after this one, "" at the end; at is
	// how many members were read so far, those of this page included.
	next func(p page, at int) string
	// total is what the vendor says is there; 0 where it does not say.
	total func(page) int64
	// caps are the lengths at which the vendor's list may end before its people do.
	caps []int
}

var readingTable = []reading{
	{
		moderation.Bans, moderation.KindLive, apiLiveBans, "0",
		func(id, cursor string) fields {
			return fields{"RoomId": id, "Offset": text(cursor).int(), "Limit": pageSize}
		},
		banned, nextOffset, unsaid, nil,
	},
	{
		moderation.Bans, moderation.KindChat, apiChatBans, "0",
		func(id, cursor string) fields {
			return fields{"GroupId": id, "Offset": text(cursor).int(), "Limit": pageSize}
		},
		banned, nextOffset, unsaid, nil,
	},
	{
		moderation.Silenced, moderation.KindLive, apiLiveMutes, "",
		func(id, _ string) fields { return fields{"RoomId": id} },
		muted, onePage, unsaid, nil,
	},
	{
		moderation.Silenced, moderation.KindChat, apiChatMutes, "",
		func(id, _ string) fields { return fields{"GroupId": id} },
		muted, onePage, unsaid, nil,
	},
	{
		moderation.Who, moderation.KindLive, apiLiveWho, "",
		func(id, cursor string) fields { return fields{"RoomId": id, "Next": cursor} },
		members, nextToken, func(p page) int64 { return p.MemberCount.int() }, []int{memberCap},
	},
	{
		// Which list a group has follows from its type; see chatWho.
		verb: moderation.Who, kind: moderation.KindChat, api: apiChatInfo,
	},
}

// chatWho gives the list of people for each type of group. The type is asked
// for first (get_group_info serves every type) because no code is documented
// by which get_members refuses the others, and guessing from an error could
// show a wrong list. AVChatRoom keeps no member profiles, so only its online
// list can be read; a Community is paged by Next, all others by Offset.
func chatWho(groupType string) reading {
	switch groupType {
	case "AVChatRoom":
		return reading{
			api: apiChatOnline, first: "0",
			body: func(id, cursor string) fields { return fields{"GroupId": id, "Timestamp": text(cursor).int()} },
			rows: members, next: func(p page, _ int) string { return unlessZero(p.NextTimestamp) },
			total: unsaid, caps: []int{onlineLess, memberCap},
		}
	case "Community":
		return reading{
			api: apiChatMembers,
			body: func(id, cursor string) fields {
				return fields{"GroupId": id, "Limit": pageSize, "Next": cursor}
			},
			rows: members, next: nextToken, total: memberNum,
		}
	}
	return reading{
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

func banned(p page) memberList        { return p.Banned }
func members(p page) memberList       { return p.Members }
func muted(p page) memberList         { return p.Muted.or(p.Shutted) }
func unsaid(page) int64               { return 0 }
func memberNum(p page) int64          { return p.MemberNum.int() }
func onePage(page, int) string        { return "" }
func nextToken(p page, _ int) string  { return unlessZero(p.Next) }
func nextOffset(p page, _ int) string { return unlessZero(p.NextOffset) }

func unlessZero(t text) string {
	if t == "0" {
		return ""
	}
	return string(t)
}

func findReading(v moderation.Verb, k moderation.Kind) (reading, bool) {
	for _, r := range readingTable {
		if r.verb == v && r.kind == k {
			return r, true
		}
	}
	return reading{}, false
}

func rowOf(m member) moderation.ReadingRow {
	row := moderation.ReadingRow{ID: string(m.Account), Note: string(m.Reason)}
	if m.Role != "" {
		row.Note = string(m.Role)
	}
	for _, t := range []text{m.BannedUntil, m.MutedUntil, m.ShuttedUntil} {
		if at := t.time(); !at.IsZero() {
			row.Until = at
		}
	}
	return row
}
