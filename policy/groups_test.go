package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

const withGroup = "rooms: {gala: live:show1, gala-all: [gala, 'chat:@TGS#abc'], alone: ['room:7']}"

func TestRoomGroups(t *testing.T) {
	p := load(t, withGroup)
	want := map[string][]moderation.Room{
		"gala-all": {{Kind: "live", ID: "show1", Name: "gala"}, {Kind: "chat", ID: "@TGS#abc"}},
		"alone":    {{Kind: "room", ID: "7"}},
	}
	require.Equal(t, want, p.RoomGroups())
	require.Equal(t, map[string]moderation.Room{"gala": {Kind: "live", ID: "show1", Name: "gala"}}, p.Rooms(), "a group is no room")
	p.RoomGroups()["gala-all"][0].ID = "other"
	delete(p.RoomGroups(), "alone")
	require.Equal(t, want, p.RoomGroups())
	require.Empty(t, (&Policy{}).RoomGroups())
}

func TestAGroupBeforeItsMembers(t *testing.T) {
	p := load(t, "rooms: {show: [late], late: live:x}")
	require.Equal(t, "late", p.RoomGroups()["show"][0].Name)
}

// A rule with a group allows its rooms and no other.
func TestRulesWithGroups(t *testing.T) {
	p, err := Load("p.yaml", []byte(`
roles: {mods: [UMOD]}
rooms: {gala: live:show1, gala-all: [gala, "chat:@TGS#abc"], garden: live:garden}
rules:
  - {name: all, roles: [mods], verbs: [freeze], rooms: [gala-all]}
  - {name: stars, roles: [mods], verbs: [silence], rooms: ["gala*"]}
`), Options{})
	require.NoError(t, err)
	for room, may := range map[string]bool{"live:show1": true, "chat:@TGS#abc": true, "live:garden": false, "live:gala-all": false, "chat:x": false} {
		require.Equal(t, may, evaluate(p, action("freeze", room, time.Hour)).Allowed, room)
	}
	require.True(t, evaluate(p, in(action("freeze", "live:show1", time.Hour), "chat:@TGS#abc")).Allowed)
	require.True(t, evaluate(p, action("silence", "live:show1", time.Hour, "a")).Allowed)
	require.False(t, evaluate(p, action("silence", "chat:@TGS#abc", time.Hour, "a")).Allowed, "a pattern matches names of rooms, not of groups")
}

func TestWrongGroups(t *testing.T) {
	var many []string
	for i := range moderation.MaxRooms + 1 {
		many = append(many, fmt.Sprintf("'live:r%d'", i))
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"rooms: {show: []}", "5:15: group show is an empty list"},
		"unknown member":    {"rooms: {show: [gala]}", `5:16: "gala" is neither a name from rooms nor kind:id`},
		"wrong member":      {"rooms: {show: ['room:x']}", `5:16: "room:x": a room of kind room has a number`},
		"unknown kind":      {"rooms: {show: ['tv:x']}", "no such kind of room"},
		"a group in it":     {"rooms: {show: ['live:x'], more: [show]}", "show is a group; a group has rooms only"},
		"itself":            {"rooms: {show: [show]}", "show is a group; a group has rooms only"},
		"member twice":      {"rooms: {show: ['live:x', 'live:x']}", `"live:x" is twice in group show`},
		"the same room":     {"rooms: {gala: live:x, show: [gala, 'live:x']}", "gala and live:x are the same room"},
		"too many":          {"rooms: {show: [" + strings.Join(many, ", ") + "]}", "group show has 21 rooms; at most 20"},
		"name of a verb":    {"rooms: {ban: ['live:x']}", `5:9: room name "ban" is a verb`},
		"name of all":       {"rooms: {all: ['live:x']}", `room name "all" has its own meaning in a command`},
		"without quotes":    {"rooms: {show: [live:x]}", "each of group show must be a single value; put a text with a colon in quotes"},
		"in capitals":       {"rooms: {gala: live:x, Gala: ['live:y']}", "differ only in capitals"},
		"a channel's room":  {"rooms: {show: ['live:x']}\nchannel_rooms: {C1: show}", "6:21: show is a group of rooms; a channel has one room"},
		"a mapping":         {"rooms: {show: {a: b}}", "room show must be a single value"},
		"a list in a group": {"rooms: {show: [[a]]}", "each of group show must be a single value"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load("p.yaml", []byte(head+c.text+"\n"), Options{})
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := Load("p.yaml", []byte(head+withGroup+"\n"), Options{})
	require.NoError(t, err)
}
