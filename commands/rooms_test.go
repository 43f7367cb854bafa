package commands

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestSeveralRooms(t *testing.T) {
	both := "ban live:a,live:b troll7 1h"
	check(t, plainContext(), []row{
		ok("ban live:a,live:b troll7 1h", both),
		ok("ban live:a, live:b troll7 1h", both),
		ok("ban live:a , live:b  troll7 1h", both),
		ok("ban live:a，live:b troll7 1h", both),
		ok("ban live:a、LIVE：b troll7 1h", both),
		ok("ban live:a,,live:b troll7 1h", both),
		ok("ban live:a,\nlive:b\ntroll7 1h", both),
		ok("ban live:a,live:b,live:a troll7 1h", both),
		ok(`ban "live:a",live:b troll7 1h`, both),
		ok(`ban live:"a",live:"b" troll7 1h`, both),
		ok(`封禁 live:a,live:b troll7 1小时`, both),
		ok("ban live:show1,chat:@TGS#abc troll7 24h hate", "ban live:show1,chat:@TGS#abc troll7 24h hate"),
		ok("ban gala,live:b troll7 1h", "ban live:show1,live:b troll7 1h"),
		ok("ban gala,live:show1 troll7 1h", "ban gala troll7 1h"),
		ok("ban live:show1,live:show1 troll7 1h", "ban live:show1 troll7 1h"),
		ok("freeze live:a, live:b", "freeze live:a,live:b 10m"),
		ok("close live:a,room:5 over", "close live:a,room:5 over"),
		ok("mute room:10,room:１１ 29376 30m", "mute room:10,room:11 29376 30m"),
		ok(`kick strroom:"a b",strroom:"c,d" x`, `kick strroom:"a b",strroom:"c,d" x`),
		ok(`ban "live:a,live:b" troll7 1h`, `ban live:"a,live:b" troll7 1h`),
		ok(`kick strroom:"a;room:5" x`, `kick strroom:"a;room:5" x`),
		ok("dry-run unban! live:a,live:b troll7 x", "dry-run unban! live:a,live:b troll7 x"),
		ok(`ban live:a,live:b "live:c" 1h`, `ban live:a,live:b "live:c" 1h`),
		ok("kick room:1 gala", "kick room:1 gala"),
		ok("freeze live:a gala", "freeze live:a 10m gala"),

		ok("freeze gala-all raid", "freeze live:show1,chat:@TGS#hall 10m raid"),
		ok("freeze ＧＡＬＡ-all raid", "freeze live:show1,chat:@TGS#hall 10m raid"),
		ok("ban gala-all,live:b x 1d", "ban live:show1,chat:@TGS#hall,live:b x 24h"),
		ok("ban single x 1d", "ban live:solo x 24h"),
		ok("bans single", "bans live:solo"),
	})
}

// A comma behind a room may part it from users, join a room, or belong to its id.
func TestRoomsThatAreAsked(t *testing.T) {
	check(t, plainContext(), []row{
		// A name may be a user.
		wrong("unban live:a,gala,troll7", CodeRoomComma, "live:a,gala", "unban live:a,live:show1 troll7", "unban live:a gala,troll7"),
		wrong("unban live:a, gala troll7", CodeRoomComma, "live:a, gala", "unban live:a,live:show1 troll7"),
		wrong("unban live:a, gala", CodeRoomComma, "live:a, gala", "unban live:a gala"),
		wrong("unban gala,大厅 x", CodeRoomComma, "gala,大厅", "unban live:show1,chat:@TGS#hall x"),
		wrong("unban live:a,gala-all,x", CodeRoomComma, "live:a,gala-all", "unban live:a,live:show1,chat:@TGS#hall x", "unban live:a gala-all,x"),
		wrong("unban live:a,gala,大厅,x", CodeRoomComma, "live:a,gala", "unban live:a,live:show1,chat:@TGS#hall x"),
		wrong("kick room:1,stage,floors,x", CodeRoomComma, "room:1,stage", "kick room:1,room:10006,strroom:lobby x", "kick room:1 stage,floors,x"),
		wrong("freeze live:a,gala", CodeRoomComma, "live:a,gala", "freeze live:a,live:show1 10m", "freeze live:a 10m gala"),
		// So may a quoted piece.
		wrong(`unban live:a,"live:b",x`, CodeRoomComma, `live:a,"live:b"`, "unban live:a,live:b x", `unban live:a "live:b",x`),
		// What was asked before is still asked.
		wrong("kick strroom:a,b x", CodeRoomComma, "strroom:a,b", `kick strroom:"a,b" x`, "kick strroom:a b x"),
		wrong("unban live:a,live:b,troll7", CodeRoomComma, "live:b,troll7", "unban live:a,live:b troll7"),
		wrong("kick strroom:a,b,room:5 x", CodeRoomComma, "strroom:a,b,room:5", `kick strroom:"a,b",room:5 x`),
		wrong("kick room:1,room:10,006 x", CodeRoomComma, "room:10,006"),
		wrong("unban live:a,live:b, troll7", CodeRoomComma, "live:b,", "unban live:a,live:b troll7"),
		// Characters that ids may have.
		wrong("unban live:a;live:b x", CodeRoomComma, "live:a;live:b", "unban live:a,live:b x", `unban live:"a;live:b" x`),
		wrong("unban live:a；live:b x", CodeRoomComma, "live:a；live:b", "unban live:a,live:b x"),
		wrong("kick room:1+room:2 x", CodeRoomComma, "room:1+room:2", "kick room:1,room:2 x"),
		wrong("unban live:a和live:b x", CodeRoomComma, "live:a和live:b", "unban live:a,live:b x"),
		// The people came first.
		wrong("unban x live:a,live:b", CodeRoomUnknown, "x", "unban live:a,live:b x"),
		// Words, and a comma that is missing.
		wrong("ban live:a and live:b troll7 1h", CodeUserRoom, "live:b", "ban live:a,live:b troll7 1h"),
		wrong("ban gala 和 大厅 troll7 1h", CodeUserRoom, "大厅", "ban live:show1,chat:@TGS#hall troll7 1h"),
		wrong("ban live:a live:b troll7 1h", CodeUserRoom, "live:b", "ban live:a,live:b troll7 1h"),
		wrong("ban live:a live:b live:c troll7 1h", CodeUserRoom, "live:b", "ban live:a,live:b,live:c troll7 1h"),
		wrong("ban live:a live:b,troll7 1h", CodeUserRoom, "live:b", `ban live:a "live:b",troll7 1h`),
		wrong("ban live:a troll7,live:b 1h", CodeUserRoom, "live:b", `ban live:a troll7,"live:b" 1h`),
		wrong("ban gala-all gala-all troll7 1h", CodeUserRoom, "gala-all", "ban live:show1,chat:@TGS#hall troll7 1h"),
		// Without people, what follows a room would be the reason.
		wrong("close live:a live:b", CodeRoomComma, "live:b", "close live:a,live:b", `close live:a "live:b"`),
		wrong("freeze live:a\nlive:b 10m", CodeRoomComma, "live:b", "freeze live:a,live:b 10m", `freeze live:a 10m "live:b 10m"`),
		wrong("freeze gala-all live:b live:c", CodeRoomComma, "live:b", "freeze live:show1,chat:@TGS#hall,live:b,live:c 10m", `freeze live:show1,chat:@TGS#hall 10m "live:b live:c"`),
		wrong("unfreeze gala live:b raid", CodeRoomComma, "live:b", "unfreeze live:show1,live:b raid", `unfreeze gala "live:b raid"`),
		ok(`close live:a "live:b"`, `close live:a "live:b"`),
		ok("close live:a room: flooded", `close live:a "room: flooded"`),
		ok("ban live:a x 1h live:b", `ban live:a x 1h "live:b"`),
		// Each room on its own is wrong in its own way.
		wrong("kick room:1,room:abc x", CodeRoomNumber, "room:abc", "kick room:1,strroom:abc x"),
		wrong("kick room:1,room: x", CodeRoomEmpty, "room:"),
		wrong("kick room:1,roam:2 x", CodeRoomComma, "room:1,roam:2"),
	})
}

func TestVerbsAboutOneRoom(t *testing.T) {
	check(t, plainContext(), []row{
		wrong("who live:a,live:b", CodeRoomsOne, "live:a,live:b", "who live:a", "who live:b"),
		wrong("bans gala, 大厅", CodeRoomsOne, "gala, 大厅", "bans gala", "bans 大厅"),
		wrong(`who live:a,"live:b"`, CodeRoomsOne, `live:a,"live:b"`, "who live:a", "who live:b"),
		wrong("silenced gala-all", CodeRoomsOne, "gala-all", "silenced gala", "silenced 大厅"),
		wrong("active gala-all", CodeRoomsOne, "gala-all", "active gala", "active 大厅"),
		wrong("search spam live:a,live:b", CodeRoomsOne, "live:a,live:b", "search room:live:a spam", "search room:live:b spam"),
		wrong("search live:a spam live:b", CodeSearchKeyTwice, "live:b", "search room:live:a spam"),
		wrong("search spam room:gala-all", CodeRoomsOne, "gala-all", "search room:live:show1 spam", "search room:chat:@TGS#hall spam"),
		wrong("stats gala-all", CodeRoomsOne, "gala-all", "stats room:live:show1 in:30d", "stats room:chat:@TGS#hall in:30d"),
		ok("search live:a spam", "search room:live:a spam"),
	})
}

func TestVerbsThatARoomLacks(t *testing.T) {
	check(t, plainContext(), []row{
		wrong("ban live:a,room:5 x 1h", CodeNoBanInRoom, "ban", "ban live:a x 1h"),
		wrong("mute room:5,live:a x 1h", CodeNoMuteHere, "mute", "mute room:5 x 1h"),
		wrong("mute live:a,chat:b x 1h", CodeNoMuteHere, "mute", "silence live:a,chat:b x 1h"),
		wrong("close gala-all", CodeNoCloseInChat, "close", "freeze live:show1,chat:@TGS#hall 10m", "close live:show1"),
		wrong("kick floors,live:b x 1h", CodeNoKickInLive, "kick"),
		wrong("ban live:a,live:b x perm", CodePermNotPossible, "perm", "ban live:a,live:b x 365d"),
		wrong("kick live:a,live:b x 1h", CodeNoKickInLive, "kick", "ban live:a,live:b x 1h"),
	})
	_, m := Parse("mute room:5,live:a,chat:b x 1h", plainContext())
	require.Equal(t, "live:a", m.Values["room"], "the first room that lacks it")
	require.Equal(t, "live", m.Values["kind"])
	_, m = Parse("silence chat:b,live:a x perm", plainContext())
	for room, perm := range map[string]bool{"chat:b": moderation.Supports(moderation.Silence, moderation.KindChat).Permanent, "live:a": moderation.Supports(moderation.Silence, moderation.KindLive).Permanent} {
		if !perm {
			require.Equal(t, room, m.Values["room"], "permanent must be possible in each room")
			break
		}
	}
}

func TestRoomsOfAChannel(t *testing.T) {
	check(t, channelContext(), []row{
		ok("ban live:a,live:b troll7 1h", "ban live:a,live:b troll7 1h"),
		ok("ban gala,live:b troll7 1h", "ban live:show1,live:b troll7 1h"),
		ok("ban troll7 1h", "ban live:chan troll7 1h"),
		ok("freeze gala-all", "freeze live:show1,chat:@TGS#hall 10m"),
		wrong("unban gala-all,x", CodeRoomComma, "gala-all,x", "unban live:show1,chat:@TGS#hall x", "unban live:chan gala-all,x"),
		wrong("unban gala-all", CodeUsersMissing, "", `unban live:chan gala-all`),
		wrong("unban gala,single", CodeRoomComma, "gala,single", "unban gala single", "unban live:chan gala,single"),
		wrong("unban x live:a,live:b", CodeRoomPlace, "live:a,live:b", "unban live:a,live:b x", `unban live:chan x "live:a,live:b"`),
	})
}

func TestTooManyRooms(t *testing.T) {
	rooms := func(n int) string {
		words := make([]string, n)
		for i := range words {
			words[i] = fmt.Sprintf("live:r%d", i)
		}
		return strings.Join(words, ",")
	}
	a, m := Parse("ban "+rooms(moderation.MaxRooms)+" x 1h", plainContext())
	require.Nil(t, m)
	require.Len(t, a.Rooms(), moderation.MaxRooms)
	_, m = Parse("ban "+rooms(moderation.MaxRooms+1)+" x 1h", plainContext())
	require.Equal(t, CodeRoomsTooMany, m.Code)
	require.Equal(t, map[string]string{"most": "20", "got": "21"}, m.Values)

	s := plainContext()
	s.MaxTargets = 6
	_, m = Parse("ban "+rooms(2)+" u1,u2,u3 1h", s)
	require.Nil(t, m)
	for _, line := range []string{"ban " + rooms(3) + " u1,u2,u3 1h", "ban " + rooms(2) + " u1,u2,u3,u4 1h"} {
		_, m = Parse(line, s)
		require.Equal(t, CodePairsTooMany, m.Code, line)
		require.Equal(t, "6", m.Values["most"])
	}
	require.Equal(t, map[string]string{"most": "6", "got": "8", "rooms": "2", "people": "4"}, m.Values)
	_, wrong := FormState{Verb: moderation.Ban, Rooms: []string{rooms(3)}, People: []string{"a", "b", "c"}, Length: "1h"}.Action(s)
	require.Equal(t, CodePairsTooMany, wrong[FieldRoom].Code)
	_, wrong = FormState{Verb: moderation.Freeze, Rooms: []string{rooms(21)}}.Action(s)
	require.Equal(t, CodeRoomsTooMany, wrong[FieldRoom].Code)
	_, wrong = FormState{Verb: moderation.Bans, Rooms: []string{"live:a", "gala-all"}}.Action(s)
	require.Equal(t, CodeRoomsOne, wrong[FieldRoom].Code)
}

// Two commands that differ only in their rooms are two commands.
func TestRoomsMakeAnotherCommand(t *testing.T) {
	seen := map[string]string{}
	for _, line := range []string{
		"ban live:a x 1h", "ban live:b x 1h", "ban live:a,live:b x 1h", "ban live:b,live:a x 1h", "ban live:a,chat:b x 1h", `ban "live:a,live:b" x 1h`,
	} {
		a, m := Parse(line, plainContext())
		require.Nil(t, m, line)
		digest := ReportDigest(a)
		require.Empty(t, seen[digest], line)
		seen[digest] = line
	}
}
