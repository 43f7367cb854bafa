package moderation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

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
