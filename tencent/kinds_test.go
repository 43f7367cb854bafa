package tencent

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// The matrix of the design: an unsupported verb names the nearest alternative, and that is
// supported.
func TestUnsupportedVerbsNameAnAlternative(t *testing.T) {
	want := map[moderation.Verb]map[moderation.Kind]bool{
		moderation.Mute: {moderation.KindRoom: true, moderation.KindStrRoom: true}, moderation.Unmute: {moderation.KindRoom: true, moderation.KindStrRoom: true},
		moderation.Kick: {moderation.KindRoom: true, moderation.KindStrRoom: true, moderation.KindChat: true},
		moderation.Ban:  {moderation.KindLive: true, moderation.KindChat: true}, moderation.Unban: {moderation.KindLive: true, moderation.KindChat: true}, moderation.Bans: {moderation.KindLive: true, moderation.KindChat: true},
		moderation.Silence: {moderation.KindLive: true, moderation.KindChat: true}, moderation.Unsilence: {moderation.KindLive: true, moderation.KindChat: true}, moderation.Silenced: {moderation.KindLive: true, moderation.KindChat: true},
		moderation.Freeze: {moderation.KindLive: true, moderation.KindChat: true}, moderation.Unfreeze: {moderation.KindLive: true, moderation.KindChat: true},
		moderation.Close: {moderation.KindRoom: true, moderation.KindStrRoom: true, moderation.KindLive: true},
		moderation.Who:   {moderation.KindLive: true, moderation.KindChat: true},
	}
	for v, kinds := range want {
		for _, k := range moderation.Kinds() {
			s := moderation.Supports(v, k)
			require.Equal(t, kinds[k], s.Supported, "%s %s", v, k)
			if s.Supported {
				continue
			}
			require.NotEmpty(t, s.Why, "%s %s", v, k)
			if s.Instead == "" {
				continue
			}
			require.True(t, moderation.Supports(s.Instead, k).Supported, "%s %s offers %s", v, k, s.Instead)
			spec, _ := s.Instead.Spec()
			if spec.Takes.Duration && spec.Default == 0 {
				require.NotZero(t, s.InsteadFor, "%s %s offers %s, which needs a duration", v, k, s.Instead)
			}
		}
	}
	require.False(t, moderation.Supports("nonsense", moderation.KindRoom).Supported)
}

func TestPermOnlyWhereItCanEndOrIsDocumented(t *testing.T) {
	require.True(t, moderation.Supports(moderation.Mute, moderation.KindRoom).Permanent)
	require.True(t, moderation.Supports(moderation.Freeze, moderation.KindLive).Permanent)
	require.True(t, moderation.Supports(moderation.Silence, moderation.KindChat).Permanent)
	require.False(t, moderation.Supports(moderation.Silence, moderation.KindLive).Permanent)
	require.False(t, moderation.Supports(moderation.Ban, moderation.KindLive).Permanent)
	require.False(t, moderation.Supports(moderation.Ban, moderation.KindChat).Permanent)
}

func TestRoomBounds(t *testing.T) {
	for _, c := range []struct {
		room moderation.Room
		want moderation.Code
	}{
		{moderation.Room{Kind: moderation.KindRoom, ID: "1"}, ""},
		{moderation.Room{Kind: moderation.KindRoom, ID: "4294967294"}, ""},
		{moderation.Room{Kind: moderation.KindRoom, ID: "4294967295"}, moderation.CodeRoomNumber},
		{moderation.Room{Kind: moderation.KindRoom, ID: "0"}, moderation.CodeRoomNumber},
		{moderation.Room{Kind: moderation.KindRoom, ID: "-1"}, moderation.CodeRoomNumber},
		{moderation.Room{Kind: moderation.KindRoom, ID: "010"}, moderation.CodeRoomNumber}, // would be sent as another text
		{moderation.Room{Kind: moderation.KindRoom, ID: "abc"}, moderation.CodeRoomNumber},
		{moderation.Room{Kind: moderation.KindRoom, ID: ""}, moderation.CodeRoomNumber},
		{moderation.Room{Kind: moderation.KindStrRoom, ID: strings.Repeat("a", 64)}, ""},
		{moderation.Room{Kind: moderation.KindStrRoom, ID: strings.Repeat("a", 65)}, moderation.CodeRoomLength},
		{moderation.Room{Kind: moderation.KindStrRoom, ID: "my room, no 1"}, ""},
		{moderation.Room{Kind: moderation.KindStrRoom, ID: "a/b"}, moderation.CodeRoomCharacter},
		{moderation.Room{Kind: moderation.KindStrRoom, ID: `a"b`}, moderation.CodeRoomCharacter},
		{moderation.Room{Kind: moderation.KindLive, ID: strings.Repeat("x", 48)}, ""},
		{moderation.Room{Kind: moderation.KindLive, ID: strings.Repeat("x", 49)}, moderation.CodeRoomLength},
		{moderation.Room{Kind: moderation.KindChat, ID: "@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_TestTopic"}, moderation.CodeRoomTopic},
		{moderation.Room{Kind: moderation.KindChat, ID: "@TGS#_my_own_community_group@TOPIC#_my_own_topic_number_one"}, moderation.CodeRoomTopic},
		{moderation.Room{Kind: moderation.KindLive, ID: "näh"}, moderation.CodeRoomCharacter},
		{moderation.Room{Kind: moderation.KindChat, ID: "@TGS#aJRGC4MH6"}, ""},
		{moderation.Room{Kind: "conf", ID: "x"}, moderation.CodeRoomKind},
	} {
		require.Equal(t, c.want, moderation.CodeOf(c.room.Check()), c.room.String())
	}
}

// Each kind has a cell for each verb that takes a room, and for no other verb.
func TestEveryKindCoversEveryVerb(t *testing.T) {
	for _, k := range kinds {
		for _, spec := range moderation.Verbs() {
			c, there := k.cells[spec.Verb]
			require.Equal(t, spec.Takes.Room, there, "%s %s", k.Kind, spec.Verb)
			if !there {
				continue
			}
			does := 0
			for _, is := range []bool{c.body != nil, c.list != nil, c.why != ""} {
				if is {
					does++
				}
			}
			require.Equal(t, 1, does, "%s %s acts, lists, or says why not", k.Kind, spec.Verb)
			require.Equal(t, spec.Effect == moderation.EffectRead, c.list != nil || c.why != "" && spec.Effect == moderation.EffectRead, "%s %s", k.Kind, spec.Verb)
			if c.body != nil {
				require.Equal(t, spec.Takes.Users, c.chunk > 0, "%s %s", k.Kind, spec.Verb)
			}
			endsThere := map[moderation.Verb]bool{moderation.Ban: true, moderation.Silence: true}
			ends := c.body != nil && endsThere[spec.Verb]
			require.Equal(t, ends, moderation.Supports(spec.Verb, k.Kind).VendorEnds, "%s %s", k.Kind, spec.Verb)
			if spec.Effect == moderation.EffectRestrict {
				for _, m := range spec.Media {
					require.Equal(t, !ends, k.Kind.BotEnds(m), "%s %s %s", k.Kind, spec.Verb, m)
				}
			}
		}
		require.NoError(t, moderation.Room{Kind: k.Kind, ID: k.Example}.Check(), k.Kind)
		require.Equal(t, k.Numeric, strings.Trim(k.Example, "0123456789") == "", k.Kind)
		if k.ReportsCreation {
			require.NotNil(t, k.roomInfo, "%s: no function reads when a room was created", k.Kind)
		}
	}
}
