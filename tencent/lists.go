package tencent

import (
	"context"
	"encoding/json"
	"slices"

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
	Room    roomPage   `json:"RoomInfo"`

	NextOffset    text
	NextTimestamp text
	Next          text
	MemberCount   text
	MemberNum     text
}

// memberList is a list that the vendor told, be it empty. One that was not told
// says nothing about anybody.
type memberList struct {
	present    bool
	members []member
}

// UnmarshalJSON implements json.Unmarshaler; null is an empty list.
func (l *memberList) UnmarshalJSON(raw []byte) error {
	l.present = true
	return json.Unmarshal(raw, &l.members)
}

// or returns the list that was told; both, when both were.
func (l memberList) or(other memberList) memberList {
	return memberList{present: l.present || other.present, members: slices.Concat(l.members, other.members)}
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

// list says how a list is read.
type list struct {
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
	// of asks for a room's own list first, where that hangs on more than its kind.
	of func(*Client, context.Context, moderation.Room, func(context.Context, string) error) (list, moderation.Answer)
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
