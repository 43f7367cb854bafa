package tencent

import (
	"context"
	"strconv"
	"strings"
	"time"

	"bouncer/moderation"
)

// kind is one kind of rooms: what it is and what it supports. Each has its own file.
type kind struct {
	moderation.KindSpec // without Verbs
	cells               map[moderation.Verb]cell
	// roomInfo reads what is known of a room; nil where the vendor reports nothing.
	roomInfo func(*Client, context.Context, moderation.Room, func(context.Context, string) error) moderation.RoomInfo
}

// cell is what a kind does with a verb: an action, a list, or the reason why it does nothing.
type cell struct {
	api string // the first call
	// chunk is how many targets a call takes; 0 for the whole room.
	chunk int
	// timed means that the vendor ends it: the body has the remaining time.
	timed bool
	// perm means that it may be permanent: the vendor documents a value for that, or the bot ends
	// it.
	perm bool
	body func(order) fields
	list *list

	why        moderation.Code
	instead    moderation.Verb
	insteadFor time.Duration
}

// kinds are all kinds, in the order in which help shows them.
var kinds = []kind{trtcNumber, trtcString, liveRoom, chatGroup}

func init() {
	for _, k := range kinds {
		k.Verbs = make(map[moderation.Verb]moderation.Support, len(k.cells))
		for v, c := range k.cells {
			k.Verbs[v] = moderation.Support{
				Supported: c.why == "", Why: c.why, Instead: c.instead, InsteadFor: c.insteadFor, Permanent: c.perm, VendorEnds: c.timed,
			}
		}
		moderation.RegisterKinds(k.KindSpec)
	}
}

func kindOf(k moderation.Kind) kind {
	for _, row := range kinds {
		if row.Kind == k {
			return row
		}
	}
	return kind{}
}

// cellOf returns a cell of the tables; the zero cell when there is none.
func cellOf(v moderation.Verb, k moderation.Kind) cell { return kindOf(k).cells[v] }

// checkText returns a check for ids of at most so many bytes, all of them allowed.
func checkText(most int, allowed func(byte) bool) func(moderation.Room) error {
	return func(r moderation.Room) error {
		if r.ID == "" || len(r.ID) > most {
			return moderation.NewError(moderation.CodeRoomLength, "room", r.String(), "most", strconv.Itoa(most))
		}
		for i := range len(r.ID) {
			if !allowed(r.ID[i]) {
				return moderation.NewError(moderation.CodeRoomCharacter, "room", r.String(), "at", strconv.Itoa(i+1))
			}
		}
		return nil
	}
}

func printable(c byte) bool { return c >= 0x20 && c <= 0x7e }

func oneOf(chars string) func(byte) bool {
	return func(c byte) bool { return strings.IndexByte(chars, c) >= 0 }
}
