package tencent

import (
	"context"

	"bouncer/moderation"
)

// roomPage is what the vendor reports about one room.
type roomPage struct {
	RoomName     text
	OwnerAccount text `json:"Owner_Account"`
	CreateTime   text
}

// RoomInfo returns what is known of a room now. A room that was ended and created again with its
// id has another CreateTime, in whole seconds. Nothing is known of TRTC rooms; of a Chat group its
// members are, but not who is online.
func (c *Client) RoomInfo(ctx context.Context, room moderation.Room, turn func(context.Context, string) error) moderation.RoomInfo {
	if look := kindOf(room.Kind).roomInfo; look != nil {
		return look(c, ctx, room, turn)
	}
	return moderation.RoomInfo{People: -1}
}

// failedRoomInfo returns the result of a failed lookup.
func failedRoomInfo(ans moderation.Answer) moderation.RoomInfo {
	look := moderation.RoomInfo{People: -1}
	if ans.Class == moderation.VendorGone {
		look.Gone = true
		return look
	}
	look.Failed = moderation.CodeVendorUnexpected
	if ans.Err != nil {
		look.Failed = ans.Err.Code
	}
	return look
}
