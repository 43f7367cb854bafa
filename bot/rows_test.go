package bot

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/commands"
	"bouncer/moderation"
	_ "bouncer/tencent" // the kinds of rooms
)

// Whatever rows of a list are chosen, the form that they fill in is a command that can be typed, with
// the same people and the same room.
func TestWhatRowsFillInCanBeTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := moderation.List{Action: moderation.Action{Verb: moderation.Who, Room: moderation.Room{Kind: moderation.KindLive, ID: rapid.StringMatching(`[a-z"',:<!@#]{1,20}`).Draw(t, "room")}}}
		people := rapid.SliceOfNDistinct(rapid.StringMatching(`[!-~]([ -~]{0,14}[!-~])?`), 1, 15, rapid.ID[string]).Draw(t, "people")
		for _, id := range people {
			list.Reading.Rows = append(list.Reading.Rows, moderation.ReadingRow{ID: id})
		}
		cl := click{list: list, step: commands.Step{Kind: commands.StepList, Step: string(moderation.Silence)}}
		var want []string
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(people)-1), 1, 15).Draw(t, "rows") {
			cl.rows = append(cl.rows, strconv.Itoa(i))
			if !slices.Contains(want, people[i]) {
				want = append(want, people[i])
			}
		}
		of, ok, err := (&Bot{}).subjects(t.Context(), cl)
		require.NoError(t, err)
		require.True(t, ok)
		state, room, ok := formOfRows(moderation.Silence, list.Action.Room, of)
		require.True(t, ok)
		require.Equal(t, want, state.People)
		state.Rooms, state.Length = []string{commands.RoomText(room)}, "10m"
		set := commands.ParseContext{}
		action, wrong := state.Action(set)
		require.Empty(t, wrong)
		typed, mistake := commands.Parse(commands.FormText(action, set), set)
		require.Nil(t, mistake)
		require.Equal(t, action, typed)
		require.Equal(t, want, typed.Targets)
		require.Equal(t, list.Action.Room, typed.Room)
	})
}

func TestRowsThatAreNotThere(t *testing.T) {
	list := moderation.List{Action: moderation.Action{Verb: moderation.Who, Room: moderation.Room{Kind: moderation.KindLive, ID: "x"}}}
	list.Reading.Rows = []moderation.ReadingRow{{ID: "a"}}
	for _, row := range []string{"1", "-1", "0-0", "00", "", "a", "999999999999999999"} {
		_, ok, err := (&Bot{}).subjects(t.Context(), click{list: list, step: commands.Step{Kind: commands.StepList}, rows: []string{row}})
		require.NoError(t, err)
		require.False(t, ok, row)
	}
	_, _, ok := formOfRows("", moderation.Room{}, []subject{{list.Action.Room, nil}, {moderation.Room{Kind: moderation.KindLive, ID: "y"}, nil}})
	require.False(t, ok, "two rooms")
}
