package commands

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// demoSetting is the setting of a channel with a room, and two more rooms.
func demoSetting() ParseContext {
	s := ParseContext{Rooms: map[string]moderation.Room{
		"gala":      {Kind: moderation.KindLive, ID: "show1", Name: "gala"},
		"gala-chat": {Kind: moderation.KindChat, ID: "@TGS#aJRGC4MH6", Name: "gala-chat"},
		"lobby":     {Kind: moderation.KindStrRoom, ID: "lobby", Name: "lobby"},
	}}
	room := s.Rooms["gala"]
	s.ChannelRoom = &room
	return s
}

// Asking stays rare: of more than a hundred commands as moderators write them,
// at most three are asked about, and none is a mistake in a channel with a room
// only.
func TestOrdinaryCommandsNeedNoQuestion(t *testing.T) {
	text, err := os.ReadFile("testdata/ordinary.commands")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.GreaterOrEqual(t, len(lines), 100)
	for _, room := range []bool{true, false} {
		s := demoSetting()
		if !room {
			s.ChannelRoom = nil
		}
		var asked []string
		for _, line := range lines {
			if _, m := Parse(line, s); m != nil {
				asked = append(asked, line+"\n\t"+m.Error())
			}
		}
		t.Logf("asked about %d of %d:\n%s", len(asked), len(lines), strings.Join(asked, "\n"))
		require.LessOrEqual(t, len(asked), 3, strings.Join(asked, "\n"))
	}
}
