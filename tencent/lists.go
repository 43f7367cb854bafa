package tencent

import (
	"context"
	"encoding/json"
	"slices"

	"bouncer/moderation"
)

// pageSize is the largest page of bans, and the recommended one of members: 200 are allowed there,
// but an answer above 1 MB is refused as 10018.
const pageSize = 100

// Lengths at which the vendor's member lists end, however many members there are: 1,000
// (647/66908, 1071/78156, 1047/50293), and 30 for an audio-video group below Chat's Pro edition
// (1047/50293). A list of exactly that length may be cut.
const (
	memberCap  = 1000
	onlineLess = 30
)

// page is the data of any list's answer.
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

// memberList is a list in an answer. A missing list is not an empty one: it says nothing about
// anybody.
type memberList struct {
	present bool
	members []member
}

// UnmarshalJSON implements json.Unmarshaler; null is an empty list.
func (l *memberList) UnmarshalJSON(raw []byte) error {
	l.present = true
	return json.Unmarshal(raw, &l.members)
}

// or returns the list that is present; both, when both are.
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
	// next returns the cursor of the next page, "" at the end; at is how many members were read so
	// far, including this page.
	next func(p page, at int) string
	// total returns the number that the vendor reports; 0 where it reports none.
	total func(page) int64
	// caps are the lengths at which the vendor's list may be cut.
	caps []int
	// of reads which list a room has, where that depends on more than its kind.
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
