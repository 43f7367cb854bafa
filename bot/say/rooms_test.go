package say

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/moderation"
)

// button returns the button of a step on a message; nil for none.
func button(m Message, step string) *slack.ButtonBlockElement {
	for _, block := range m.Blocks {
		actions, ok := block.(*slack.ActionBlock)
		if !ok {
			continue
		}
		for _, e := range actions.Elements.ElementSet {
			if b, ok := e.(*slack.ButtonBlockElement); ok && strings.HasSuffix(b.ActionID, step) {
				return b
			}
		}
	}
	return nil
}

// What is approved is exactly what runs: the card and the view that approves it name every room.
func TestEveryRoomOfAWaitingCaseIsNamed(t *testing.T) {
	for lang, s := range speakers() {
		v := calm().roomsWaiting(moderation.MaxRooms)
		v.Case.Approval.RoomInfo = moderation.RoomInfo{} // nothing was looked up yet
		card, view := rawText(s.Card(v)), jsonOf(s.StepModal(commands.StepApprove, v, lang, "").View)
		for _, r := range v.Case.Action.Rooms() {
			require.Contains(t, card, r.String())
			require.Contains(t, view, r.String())
		}
	}
}

// "case N" and "why N" name every room at any time.
func TestEveryRoomOfACaseCanBeRead(t *testing.T) {
	s, w := New(Config{}), calm()
	for _, state := range []moderation.State{moderation.AwaitingApproval, moderation.Done} {
		v := w.roomsWaiting(moderation.MaxRooms)
		v.Case.State = state
		for name, m := range map[string]Message{"case": s.ShowCase(v, EN), "why": s.Why(v, nil, EN)} {
			for _, r := range v.Case.Action.Rooms() {
				require.Contains(t, rawText(m), r.String(), name)
			}
		}
	}
}

// A dialog asks for approval only where it names all that runs.
func TestCaseInSeveralRoomsIsApprovedInADialogOnlyIfItNamesAll(t *testing.T) {
	s, w := New(Config{}), calm()
	few := button(s.Card(w.roomsWaiting(titleRooms)), commands.StepApprove)
	require.NotNil(t, few)
	for _, r := range w.roomsWaiting(titleRooms).Case.Action.Rooms() {
		require.Contains(t, few.Confirm.Text.Text, r.String())
	}
	require.Nil(t, button(s.Card(w.roomsWaiting(titleRooms+1)), commands.StepApprove))
	require.NotNil(t, button(s.Card(w.roomsWaiting(titleRooms+1)), commands.StepShowAll))
}

func TestUndoInSeveralRoomsAsksWhom(t *testing.T) {
	s, w := New(Config{}), calm()
	v := w.roomsDone()
	v.Targets, v.Case.Action.Targets = []moderation.Target{v.Targets[0], v.Targets[2]}, v.Case.Action.Targets[:1]
	v.Case.Counts = map[moderation.Outcome]int{moderation.Accepted: 2}
	undo := button(s.Card(v), commands.StepUndo)
	require.NotNil(t, undo)
	require.Nil(t, undo.Confirm)
	whole := s.UndoModal(v, v.Targets, EN, "")
	require.Equal(t, 1, strings.Count(jsonOf(whole.View), `"value":"troll7"`)-1, "one person is one choice, chosen at first")
	require.NotContains(t, jsonOf(whole.View), "still restricts")
	frozen := w.roomsFrozen()
	rooms := jsonOf(s.UndoModal(frozen, []moderation.Target{frozen.Targets[0], frozen.Targets[2]}, EN, "").View)
	require.Contains(t, rooms, "This case still restricts 2 of 3")
	require.NotContains(t, rooms, "the room")
}

// Counts are of people in rooms, and mentions of people.
func TestCountsOfSeveralRoomsAreTrue(t *testing.T) {
	s, w := New(Config{}), calm()
	require.Contains(t, rawText(s.Card(w.roomsDone())), "4 of 4: 2 people in 2 rooms")
	v := w.roomsPartly()
	v.Case.Counts[moderation.Unknown], v.Targets[3].Outcome = 0, moderation.Accepted
	v.Case.Counts[moderation.Accepted]++
	card := rawText(s.Card(v))
	require.Contains(t, card, "accepted 4 · failed 4 (2 people in 4 rooms)")
	require.Contains(t, s.Card(v).Text, "failed for 2 people, see above.")
	require.Contains(t, s.Card(w.roomsFrozen()).Text, "failed for 1 room, see above.")
	frozen := w.roomsFrozen()
	frozen.Case.Counts = map[moderation.Outcome]int{moderation.Accepted: 3}
	require.Contains(t, rawText(s.Card(frozen)), "3 of 3: 3 rooms")
	for i := range frozen.Targets {
		frozen.Targets[i].Outcome, frozen.Targets[i].Code = moderation.Dropped, moderation.CodeRightLost
	}
	frozen.Targets[0].Outcome = moderation.Accepted
	frozen.Case.Counts = map[moderation.Outcome]int{moderation.Accepted: 1, moderation.Dropped: 2}
	require.Contains(t, s.Card(frozen).Text, "not sent for 2 rooms, see above.")
	part := w.roomsDone()
	require.Contains(t, rawText(s.Card(part)), "#444 would undo it and waits for approval (1 person in 2 rooms)")
	part.Related[0].Targets = 2
	require.NotContains(t, rawText(s.Card(part)), "2 rooms)")
	part.Related[0].Rooms = 1
	require.Contains(t, rawText(s.Card(part)), "waits for approval (2 people in 1 room)")
}

// An outcome is shown with its rooms, once for those with the same.
func TestOutcomesAreGroupedByRoomAndReason(t *testing.T) {
	s, w := New(Config{}), calm()
	card := rawText(s.Card(w.roomsPartly()))
	require.Contains(t, card, "failed in gala3 (live:show13), chat:@TGS#show14 · troll7, troll8: Tencent doesn’t know this room")
	require.Contains(t, card, "unknown in chat:@TGS#show12 · troll8: ")
	require.Less(t, strings.Index(card, "failed in"), strings.Index(card, "unknown in"))
	one := w.roomsPartly()
	one.Targets[6].Outcome, one.Targets[7].Outcome = moderation.Accepted, moderation.Accepted
	require.Contains(t, rawText(s.Card(one)), "failed in gala3 (live:show13) · troll7, troll8: Tencent doesn’t know live:show12", "the room that the vendor was asked for")
	require.Contains(t, rawText(s.Card(w.roomsFrozen())), "failed in chat:@TGS#show12: Tencent doesn’t know chat:@TGS#show12")
}

func TestLinesOfSeveralRoomsAlwaysCountThem(t *testing.T) {
	s, w := New(Config{}), calm()
	w.roomName = strings.Repeat("a very long name ", 5)
	v := w.roomsWaiting(moderation.MaxRooms)
	for _, f := range folds {
		require.Contains(t, s.in(EN).caseLine(v.Case, LineItem{}, f).plain(), "20 rooms")
	}
}

func TestOutcomesCSVHasTheRoomOfEachRow(t *testing.T) {
	v := calm().roomsPartly()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(New(Config{}).OutcomesCSV(v)), "\uFEFF"))).ReadAll()
	require.NoError(t, err)
	last := len(rows[0]) - 1
	require.Equal(t, "room", rows[0][last])
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[1]+" "+row[last])
	}
	require.Equal(t, []string{
		"troll7 live:show1", "troll8 live:show1", "troll7 chat:@TGS#show12", "troll8 chat:@TGS#show12",
		"troll7 live:show13", "troll8 live:show13", "troll7 chat:@TGS#show14", "troll8 chat:@TGS#show14",
	}, got)
}

func TestCallsAndEntriesNameTheirRoom(t *testing.T) {
	s, w := New(Config{}), calm()
	v := w.roomsPartly()
	for name, text := range map[string]string{"thread": rawText(s.Thread(v, v.Entries)), "why": rawText(s.Why(v, nil, EN))} {
		for _, r := range v.Case.Action.Rooms() {
			require.Contains(t, text, "ban_member in "+s.in(EN).room(r).text(), name)
		}
	}
	lifts := func(answered string) string { // of one person in two rooms at a time
		var entries []moderation.Entry
		for i, b := range []moderation.Body{{Room: "live:show1"}, {Room: "chat:@TGS#show12"}, {Room: answered, Outcome: "accepted"}} {
			b.Purpose, b.API, b.Attempt, b.Targets = moderation.PurposeLift, "x.unban", 1, []string{"troll7"}
			kind := moderation.EntryCall
			if b.Outcome != "" {
				kind = moderation.EntryAnswer
			}
			entries = append(entries, moderation.Entry{ID: int64(i + 1), At: asked, Kind: kind, Body: b.JSON()})
		}
		return rawText(s.Thread(v, entries))
	}
	require.Contains(t, lifts("live:show1"), "in gala (live:show1): accepted after")
	require.Contains(t, lifts("live:show1"), "in chat:@TGS#show12: sent, no answer yet")
	for i := range v.Entries { // of a version that wrote no room: the chunk has it
		b := read(v, v.Entries[i:i+1])[0].body
		b.Room = ""
		v.Entries[i].Body = b.JSON()
	}
	require.Contains(t, rawText(s.Thread(v, v.Entries)), "ban_member in chat:@TGS#show12")
}

// Restrictions of one person by one case are distinguished by their rooms.
func TestChoicesOfACaseInSeveralRoomsNameTheRoom(t *testing.T) {
	c := calm().roomsDone().Case
	a := Active{Total: 1, Restrictions: []moderation.CaseRestrictions{{Room: c.Action.Room, Target: "troll7", Case: c}}}
	require.Contains(t, jsonOf(New(Config{}).Active(a, EN).Blocks), `"troll7 · live:show1 · #440 ban"`)
}

func TestHomeCountsACaseInEachOfItsRooms(t *testing.T) {
	c := calm().roomsDone().Case
	h := Home{}
	for _, r := range c.Action.Rooms() {
		h.Rooms = append(h.Rooms, HomeRoom{Room: r, Newest: c, Cases: 1})
	}
	view := jsonOf(New(Config{}).Home(h, EN))
	require.Contains(t, view, "live:show1")
	require.Contains(t, view, "chat:@TGS#show12")
}

func TestRoomKeys(t *testing.T) {
	a := calm().inRooms(moderation.Ban, 3, time.Hour, moderation.KindLive, moderation.KindChat)
	require.Equal(t, "live:show1,chat:@TGS#show12,live:show13", RoomKeys(a))
	require.Equal(t, "live:show1", RoomKeys(a.In(a.Room)))
}

// A refusal that names no room is about all of them.
func TestWhyNamesAllRooms(t *testing.T) {
	a := calm().inRooms(moderation.Ban, 2, time.Hour, moderation.KindLive, moderation.KindChat)
	said := New(Config{}).in(EN).why(string(moderation.CodeVendorRoomGone), nil, &a).plain()
	require.Contains(t, said, "live:show1")
	require.Contains(t, said, "chat:@TGS#show12")
	one := New(Config{}).in(EN).why(string(moderation.CodeVendorRoomGone), map[string]string{"room": "chat:@TGS#show12"}, &a).plain()
	require.NotContains(t, one, "live:show1", fmt.Sprint(one))
}
