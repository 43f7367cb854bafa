package tencent

import (
	"context"
	"strings"

	"bouncer/moderation"
)

// lookPage is what the vendor tells of one room.
type lookPage struct {
	RoomName     text
	OwnerAccount text `json:"Owner_Account"`
	CreateTime   text
}

// Look sees what is known of a room now. A room that was ended and made anew
// under its old id has another CreateTime, in whole seconds. TRTC rooms tell
// nothing of themselves; a Chat group tells its members, not who is online.
func (c *Client) Look(ctx context.Context, room moderation.Room, turn func(context.Context, string) error) moderation.RoomLook {
	switch room.Kind {
	case moderation.KindLive:
		return c.lookLive(ctx, room, turn)
	case moderation.KindChat:
		return c.lookChat(ctx, room, turn)
	}
	return moderation.RoomLook{People: -1}
}

func (c *Client) lookLive(ctx context.Context, room moderation.Room, turn func(context.Context, string) error) moderation.RoomLook {
	info, ans := c.readPage(ctx, room, apiLiveInfo, fields{"RoomId": room.ID}, turn)
	if ans.Class != moderation.VendorYes {
		return unseen(ans)
	}
	look := moderation.RoomLook{
		People: -1, Title: string(info.Room.RoomName), Owner: string(info.Room.OwnerAccount), Created: info.Room.CreateTime.time(),
	}
	if who, ans := c.readPage(ctx, room, apiLiveWho, fields{"RoomId": room.ID, "Next": ""}, turn); ans.Class == moderation.VendorYes {
		look.People = int(max(who.MemberCount.int(), int64(len(who.Members.members))))
	}
	return look
}

func (c *Client) lookChat(ctx context.Context, room moderation.Room, turn func(context.Context, string) error) moderation.RoomLook {
	p, ans := c.readPage(ctx, room, apiChatInfo, fields{
		"GroupIdList":    []string{room.ID},
		"ResponseFilter": fields{"GroupBaseInfoFilter": []string{"Type", "Name", "Owner_Account", "CreateTime", "MemberNum"}},
	}, turn)
	if ans.Class != moderation.VendorYes {
		return unseen(ans)
	}
	if len(p.Groups) != 1 {
		return moderation.RoomLook{People: -1, Failed: moderation.CodeVendorOdd}
	}
	g := p.Groups[0]
	if code := strings.TrimSpace(string(g.ErrorCode)); code != "" && code != "0" {
		rep := reply{ex: &exchange{status: 200}, requestID: ans.RequestID, took: ans.Took, code: code, message: string(g.ErrorInfo)}
		return unseen(c.judge(apiNamed(apiChatInfo), subject{room: room}, rep))
	}
	look := moderation.RoomLook{People: int(g.MemberNum.int()), Title: string(g.Name), Owner: string(g.OwnerAccount), Created: g.CreateTime.time()}
	if g.MemberNum == "" {
		look.People = -1
	}
	return look
}

// unseen is a look at a room that the vendor did not show.
func unseen(ans moderation.Answer) moderation.RoomLook {
	look := moderation.RoomLook{People: -1}
	if ans.Class == moderation.VendorGone {
		look.Gone = true
		return look
	}
	look.Failed = moderation.CodeVendorOdd
	if ans.Err != nil {
		look.Failed = ans.Err.Code
	}
	return look
}
