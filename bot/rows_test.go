package bot

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

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
		state, rooms, ok := formOfRows(moderation.Silence, list.Action.Rooms(), of)
		require.True(t, ok)
		require.Equal(t, want, state.People)
		state.Rooms, state.Length = []string{commands.RoomText(rooms[0])}, "10m"
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
	other := moderation.Room{Kind: moderation.KindLive, ID: "y"}
	_, _, ok := formOfRows("", nil, []subject{{list.Action.Rooms(), nil}, {[]moderation.Room{other}, nil}})
	require.False(t, ok, "two rooms")
	both := []moderation.Room{list.Action.Room, other}
	_, _, ok = formOfRows("", nil, []subject{{both, nil}, {both[:1], nil}})
	require.False(t, ok, "one of the rooms")
	_, rooms, ok := formOfRows("", nil, []subject{{both, nil}, {both, nil}})
	require.True(t, ok, "two cases in the same rooms")
	require.Equal(t, both, rooms)
}

// ofCases is a store that has one case.
type ofCases struct {
	Store
	c moderation.Case
}

func (s ofCases) Case(context.Context, int64) (moderation.Case, error) { return s.c, nil }

// A row of what is in force is one person in one room, also of a case in several.
func TestRowOfACaseInSeveralRooms(t *testing.T) {
	live, chat := moderation.Room{Kind: moderation.KindLive, ID: "x"}, moderation.Room{Kind: moderation.KindChat, ID: "y"}
	a := moderation.Action{Verb: moderation.Ban, Room: live, MoreRooms: []moderation.Room{chat}, Targets: []string{"a", "b"}}
	b := &Bot{cfg: Config{Store: ofCases{c: moderation.Case{No: 7, Action: a}}}}
	look := func(about moderation.Action, row string) ([]subject, bool) {
		about.Verb = moderation.Active
		of, ok, err := b.subjects(t.Context(), click{found: moderation.SavedSearch{Action: about}, step: commands.Step{Kind: commands.StepSearch}, rows: []string{row}})
		require.NoError(t, err)
		return of, ok
	}
	for row, want := range map[string]subject{
		"7-0": {[]moderation.Room{live}, []string{"a"}}, "7-1": {[]moderation.Room{live}, []string{"b"}},
		"7-2": {[]moderation.Room{chat}, []string{"a"}}, "7-3": {[]moderation.Room{chat}, []string{"b"}},
	} {
		of, ok := look(moderation.Action{Targets: want.people}, row)
		require.True(t, ok, row)
		require.Equal(t, []subject{want}, of, row)
		_, ok = look(moderation.Action{Room: want.rooms[0]}, row)
		require.True(t, ok, row)
	}
	_, ok := look(moderation.Action{Room: live}, "7-2")
	require.False(t, ok, "the row is of the other room")
	_, ok = look(moderation.Action{Targets: []string{"a"}}, "7-4")
	require.False(t, ok)
	found := click{found: moderation.SavedSearch{Action: moderation.Action{Verb: moderation.Search}, Results: []int64{7}}, step: commands.Step{Kind: commands.StepSearch}, rows: []string{"7"}}
	of, ok, err := b.subjects(t.Context(), found)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []subject{{[]moderation.Room{live, chat}, []string{"a", "b"}}}, of)
}

// A row of a case from a file: with a comparison of each person with each, this takes minutes.
func TestRowsOfLargeCases(t *testing.T) {
	done := make(chan int, 1)
	go func() {
		people := make([]string, commands.MaxFilePeople)
		for i := range people {
			people[i] = "raider" + strconv.Itoa(i)
		}
		state, _, ok := formOfRows(moderation.Ban, nil, []subject{{people: people}, {people: people}})
		if !ok {
			state.People = nil
		}
		done <- len(state.People)
	}()
	select {
	case n := <-done:
		require.Equal(t, commands.MaxFilePeople, n, "each once")
	case <-time.After(10 * time.Second):
		require.Fail(t, "the form of two cases of 100,000 people is not ready after 10 s")
	}
}
