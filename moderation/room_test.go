package moderation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoomBounds(t *testing.T) {
	for _, c := range []struct {
		room Room
		want Code
	}{
		{Room{Kind: KindRoom, ID: "1"}, ""},
		{Room{Kind: KindRoom, ID: "4294967294"}, ""},
		{Room{Kind: KindRoom, ID: "4294967295"}, CodeRoomNumber},
		{Room{Kind: KindRoom, ID: "0"}, CodeRoomNumber},
		{Room{Kind: KindRoom, ID: "-1"}, CodeRoomNumber},
		{Room{Kind: KindRoom, ID: "010"}, CodeRoomNumber}, // would be sent as another text than was typed
		{Room{Kind: KindRoom, ID: "abc"}, CodeRoomNumber},
		{Room{Kind: KindRoom, ID: ""}, CodeRoomNumber},
		{Room{Kind: KindStrRoom, ID: strings.Repeat("a", 64)}, ""},
		{Room{Kind: KindStrRoom, ID: strings.Repeat("a", 65)}, CodeRoomLength},
		{Room{Kind: KindStrRoom, ID: "my room, no 1"}, ""},
		{Room{Kind: KindStrRoom, ID: "a/b"}, CodeRoomCharacter},
		{Room{Kind: KindStrRoom, ID: `a"b`}, CodeRoomCharacter},
		{Room{Kind: KindLive, ID: strings.Repeat("x", 48)}, ""},
		{Room{Kind: KindLive, ID: strings.Repeat("x", 49)}, CodeRoomLength},
		{Room{Kind: KindChat, ID: "@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_TestTopic"}, CodeRoomTopic},
		{Room{Kind: KindChat, ID: "@TGS#_my_own_community_group@TOPIC#_my_own_topic_number_one"}, CodeRoomTopic},
		{Room{Kind: KindLive, ID: "näh"}, CodeRoomCharacter},
		{Room{Kind: KindChat, ID: "@TGS#aJRGC4MH6"}, ""},
		{Room{Kind: "conf", ID: "x"}, CodeRoomKind},
	} {
		require.Equal(t, c.want, CodeOf(c.room.Check()), c.room.String())
	}
}

func TestRoomKeyKeepsKindAndID(t *testing.T) {
	for _, r := range []Room{{Kind: KindRoom, ID: "10006"}, {Kind: KindStrRoom, ID: "a:b:c"}, {Kind: KindChat, ID: "@TGS#1"}} {
		back, ok := RoomFromKey(r.String())
		require.True(t, ok)
		require.Equal(t, r, back)
	}
	require.NotEqual(t, Room{Kind: KindRoom, ID: "1"}.String(), Room{Kind: KindStrRoom, ID: "1"}.String())
	for _, bad := range []string{"", "room", "room:", "zoom:1"} {
		_, ok := RoomFromKey(bad)
		require.False(t, ok, bad)
	}
}

func TestUserIDBounds(t *testing.T) {
	require.NoError(t, CheckUserID("a b~"))
	require.NoError(t, CheckUserID(strings.Repeat("u", 32)))
	require.Equal(t, CodeUserLength, CodeOf(CheckUserID(strings.Repeat("u", 33))))
	require.Equal(t, CodeUserLength, CodeOf(CheckUserID("")))
	require.Equal(t, CodeUserCharacter, CodeOf(CheckUserID("a\x7f")))
	require.Equal(t, CodeUserCharacter, CodeOf(CheckUserID("é")))
}
