package moderation

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Kinds for this package's tests; package tencent defines the real ones.
func init() {
	fine := func(Room) error { return nil }
	RegisterKinds(
		KindSpec{Kind: KindRoom, Check: fine, LookalikeKind: KindStrRoom, Verbs: map[Verb]Support{Mute: {Supported: true, Permanent: true}, Unmute: {Supported: true}}},
		KindSpec{Kind: KindStrRoom, Check: func(Room) error { return NewError(CodeRoomLength) }},
		KindSpec{Kind: KindLive, Check: fine, ReportsCreation: true, Verbs: map[Verb]Support{Who: {Supported: true}, Ban: {Supported: true, VendorEnds: true}}},
		KindSpec{Kind: KindChat, Check: fine, Verbs: map[Verb]Support{Who: {Supported: true}, Kick: {Why: CodeNoKickInLive, Instead: Ban}}},
	)
}

func TestUnlistedCapabilitiesAreDenied(t *testing.T) {
	for _, spec := range Verbs() {
		if spec.Takes.Room {
			require.Equal(t, Support{Why: CodeRoomKind}, Supports(spec.Verb, "conf"), "an unknown kind, %s", spec.Verb)
			require.Equal(t, Support{Why: CodeRoomKind}, Supports(spec.Verb, KindStrRoom), "a kind without cells, %s", spec.Verb)
		}
	}
	require.False(t, Supports("nonsense", KindRoom).Supported)
	require.True(t, Supports(Who, KindLive).Supported)
	require.Equal(t, Support{Why: CodeNoKickInLive, Instead: Ban}, Supports(Kick, KindChat))
	require.Equal(t, CodeRoomKind, CodeOf(Room{Kind: "conf", ID: "x"}.Check()))
	_, ok := RoomFromKey("conf:x")
	require.False(t, ok)
}

func TestTheBotEndsRestrictionsUnlessTheVendorDoes(t *testing.T) {
	require.False(t, KindLive.BotEnds(RoomEntry))
	require.True(t, KindRoom.BotEnds(Audio), "a cell that does not say that the vendor ends it")
	require.True(t, KindRoom.BotEnds(RoomEntry), "a verb that the kind does not have")
	require.True(t, KindStrRoom.BotEnds(Text), "a kind without cells")
	require.True(t, Kind("conf").BotEnds(RoomEntry), "an unknown kind")
	require.True(t, KindLive.BotEnds("smell"), "an unknown medium")
}

func TestAKindIsRegisteredOnce(t *testing.T) {
	require.Panics(t, func() { RegisterKinds(KindSpec{Kind: KindLive, Check: func(Room) error { return nil }}) })
	require.Panics(t, func() { RegisterKinds(KindSpec{Kind: "conf"}) })
}

func TestLookalikeRooms(t *testing.T) {
	_, ok := Room{Kind: KindRoom, ID: "1"}.Lookalike()
	require.False(t, ok, "it cannot exist")
	_, ok = Room{Kind: KindLive, ID: "1"}.Lookalike()
	require.False(t, ok)
}
