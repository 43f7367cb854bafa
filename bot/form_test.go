package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// submittedAs is the view as Slack sends it back when nothing was changed in it.
func submittedAs(t *testing.T, m say.Modal) viewPayload {
	t.Helper()
	raw, err := json.Marshal(m.View.Blocks)
	require.NoError(t, err)
	var blocks []struct {
		Type    string `json:"type"`
		Block   string `json:"block_id"`
		Element struct {
			Action  string            `json:"action_id"`
			Value   string            `json:"initial_value"`
			Option  json.RawMessage   `json:"initial_option"`
			Options []json.RawMessage `json:"initial_options"`
		} `json:"element"`
	}
	require.NoError(t, json.Unmarshal(raw, &blocks))
	values := map[string]map[string]any{}
	for _, b := range blocks {
		if b.Type == "input" {
			values[b.Block] = map[string]any{b.Element.Action: map[string]any{"value": b.Element.Value, "selected_option": b.Element.Option, "selected_options": b.Element.Options}}
		}
	}
	raw, err = json.Marshal(map[string]any{"private_metadata": m.View.PrivateMetadata, "callback_id": m.View.CallbackID, "state": map[string]any{"values": values}})
	require.NoError(t, err)
	var v viewPayload
	require.NoError(t, json.Unmarshal(raw, &v))
	return v
}

// TestAnUnchangedFormSubmitsWhatItWasFilledInWith: nothing that the verb takes is lost between the
// text, the view and the submission.
func TestAnUnchangedFormSubmitsWhatItWasFilledInWith(t *testing.T) {
	s := say.New(say.Config{Lang: say.EN, Command: "/mod"})
	set := commands.ParseContext{
		Rooms:  map[string]moderation.Room{"gala": {Kind: moderation.KindLive, ID: "show1", Name: "gala"}},
		Groups: map[string][]moderation.Room{"gala-all": {{Kind: moderation.KindLive, ID: "show1", Name: "gala"}, {Kind: moderation.KindChat, ID: "@TGS#abc"}}},
	}
	for _, text := range []string{
		"ban gala,live:show2 troll7 24h", "freeze gala-all raid", `kick room:1,strroom:"a, b" troll7`, "close live:a,live:b,room:1,room:2,strroom:x over",
		`mute room:10006 29376,"a b" audio 45m loud music`, "unmute strroom:lobby x video", "kick chat:@TGS#abc troll7 spam", `ban! gala "30m" 90d "24h of slurs"`,
		"dry-run ban live:show1 a,b 30d x", "unban gala a sorry", "silence gala a", "unsilence gala a", "freeze gala 10m x", "unfreeze gala", "close room:99 over", "bans gala", "silenced gala", "who gala",
	} {
		want, m := commands.Parse(text, set)
		require.Nil(t, m, text)
		state, ok := commands.ReadForm(text, set)
		require.True(t, ok, text)
		for _, p := range []moderation.Proposal{{}, {Code: "hate.x", Step: 2, Length: moderation.Length{Duration: time.Hour}}} {
			view := s.FormModal(say.Form{State: state, Rooms: choicesOf(state, set), Flags: true, Proposal: p, Meta: formMeta(typed{asker: asker{Channel: "C0LIVE"}})}, say.EN)
			in, ok := readFormView(submittedAs(t, view))
			require.True(t, ok)
			got, wrong := in.state.Action(set)
			require.Empty(t, wrong, text)
			require.Equal(t, want, got, text)
			require.True(t, in.shown(say.Form{State: in.state}), text)
		}
	}
	_, ok := readFormView(viewPayload{Metadata: "case.undo/" + moderation.NewToken() + "\nC0LIVE"})
	require.False(t, ok, "another view")
}

// choicesOf are a form's rooms with what they mean.
func choicesOf(state commands.FormState, set commands.ParseContext) (out []say.RoomChoice) {
	for _, text := range state.Rooms {
		rooms, _ := commands.ParseRooms(text, set)
		out = append(out, say.RoomChoice{Text: text, Rooms: rooms})
	}
	return out
}

func TestSuggestionsAreBoundedAndClean(t *testing.T) {
	hostile := []string{"<!channel>", "*bold*", strings.Repeat("x", 32), strings.Repeat("字", 10), "\u202egnp", ""}
	var cases []moderation.Case
	for i := range 300 {
		cases = append(cases, moderation.Case{Action: moderation.Action{Room: moderation.Room{Kind: moderation.KindLive, ID: fmt.Sprint("r", i)}, Targets: append([]string{fmt.Sprint("p", i)}, hostile...)}})
	}
	cases = append(cases, moderation.Case{Action: moderation.Action{Room: moderation.Room{Kind: moderation.KindStrRoom, ID: strings.Repeat(`"`, 64)}}})
	set := commands.ParseContext{Rooms: map[string]moderation.Room{strings.Repeat("g", 90): {Kind: moderation.KindLive, ID: "show1", Name: strings.Repeat("g", 90)}}, Groups: map[string][]moderation.Room{
		"many": slices.Repeat([]moderation.Room{{Kind: moderation.KindStrRoom, ID: strings.Repeat("*", 64)}}, moderation.MaxRooms),
	}}
	s := say.New(say.Config{Lang: say.EN, Command: "/mod"})
	rooms := s.RoomOptions(matchingRooms("", set, "", nil, cases), say.EN)
	people := s.PeopleOptions(matchingPeople("", set, moderation.Room{}, nil, cases), say.EN)
	require.NotEmpty(t, rooms)
	require.Len(t, people, suggestMost)
	for _, o := range append(rooms, people...) {
		require.Equal(t, "plain_text", o.Text.Type)
		require.LessOrEqual(t, len([]rune(o.Text.Text)), 75)
		require.LessOrEqual(t, len([]rune(o.Value)), 75)
		require.NotEmpty(t, o.Value)
		require.NotContains(t, o.Text.Text, "\u202e")
	}
}

func TestMatchingRoomsAndPeople(t *testing.T) {
	gala := moderation.Room{Kind: moderation.KindLive, ID: "show1", Name: "gala"}
	set := commands.ParseContext{Rooms: map[string]moderation.Room{"gala": gala, "stage": {Kind: moderation.KindRoom, ID: "10006", Name: "stage"}}}
	late := moderation.Room{Kind: moderation.KindChat, ID: "@TGS#abc"}
	cases := []moderation.Case{
		{Action: moderation.Action{Room: late, Targets: []string{"Troll7", "user1"}}}, {Action: moderation.Action{Room: gala, Targets: []string{"troll8"}}},
	}
	matching := func(query string, verb moderation.Verb) (out []string) {
		for _, c := range matchingRooms(query, set, verb, nil, cases) {
			out = append(out, c.Text)
		}
		return out
	}
	require.Equal(t, []string{"gala", "stage", "chat:@TGS#abc"}, matching("", ""), "named first, then used lately")
	require.Equal(t, []string{"gala", "chat:@TGS#abc"}, matching("", moderation.Ban), "where the verb works")
	require.Equal(t, []string{"live:new"}, matching(" live:new ", ""), "typed")
	require.Equal(t, []string{"gala"}, matching("GAL", ""))
	set.Groups = map[string][]moderation.Room{"gala-all": {gala, late}, "stages": {set.Rooms["stage"], {Kind: moderation.KindStrRoom, ID: "x"}}}
	require.Equal(t, []string{"gala", "stage", "gala-all", "stages", "chat:@TGS#abc"}, matching("", ""), "rooms, then groups")
	require.Equal(t, []string{"gala", "gala-all", "chat:@TGS#abc"}, matching("", moderation.Ban), "where the verb works in all rooms")
	require.Equal(t, []string{"gala", "chat:@TGS#abc"}, matching("", moderation.Bans), "a list is of one room")
	require.Equal(t, []string{"gala-all"}, matching("GALA-ALL", ""))
	require.Equal(t, []string{"live:new,room:5"}, matching("live:new, room:5", ""), "a list")
	require.Equal(t, []string{"live:show1,room:5"}, matching("gala, room:5", ""), "with names")
	require.Empty(t, matching("live:new, room:5", moderation.Ban))
	require.Empty(t, matching("live:new,live:other", moderation.Who))
	require.Equal(t, []moderation.Room{gala, late}, matchingRooms("gala-all", set, "", nil, cases)[0].Rooms)
	late2 := moderation.Case{Action: moderation.Action{Room: gala, MoreRooms: []moderation.Room{{Kind: moderation.KindLive, ID: "second"}}}}
	require.Equal(t, "live:second", matchingRooms("second", set, "", nil, []moderation.Case{late2})[0].Text, "each room of a case")
	require.Equal(t, []string{"troll", "troll8", "Troll7"}, matchingPeople("troll", set, gala, nil, cases), "typed, in this room, elsewhere")
	require.Equal(t, []string{"a", "b"}, matchingPeople("a, b", set, gala, nil, nil), "several at once")
}

// TestOnlyTheNewestChoiceIsShown: while a form is being updated, the choices that come meanwhile are
// one update, and the one that was made last is shown also where it arrived before another one.
func TestOnlyTheNewestChoiceIsShown(t *testing.T) {
	r := refreshes{of: map[string]*refresh{}}
	made := func(at int64) choice { return choice{view: viewPayload{ID: "V1"}, at: at} }
	require.True(t, r.begin(made(1)))
	c, ok := r.take("V1")
	require.True(t, ok)
	require.EqualValues(t, 1, c.at)
	require.False(t, r.begin(made(2)), "one is under way")
	require.False(t, r.begin(made(4)))
	require.False(t, r.begin(made(3)), "it was made before")
	c, ok = r.take("V1")
	require.True(t, ok)
	require.EqualValues(t, 4, c.at)
	_, ok = r.take("V1")
	require.False(t, ok)
	require.True(t, r.begin(made(5)), "it ended")
}

// TestWhenAChoiceWasMade: Slack's times have microseconds.
func TestWhenAChoiceWasMade(t *testing.T) {
	for ts, want := range map[string]int64{"1548426417.840180": 1548426417840180, "1796074774.000001": 1796074774000001, "": 5, "x": 5} {
		var p interactivePayload
		require.NoError(t, json.Unmarshal([]byte(`{"actions":[{"action_ts":"`+ts+`"}]}`), &p))
		require.Equal(t, want, p.madeAt(time.UnixMicro(5)), ts)
	}
}

// TestAFormIsOneCommandUntilItIsChanged: Slack shows a form again whose answer was lost. Sent again as
// it was, it is the same command; changed, it is another one that must not be ignored.
func TestAFormIsOneCommandUntilItIsChanged(t *testing.T) {
	key := func(id, text string) string {
		var x typed
		x.setForm(id, text)
		require.Equal(t, text, x.Text)
		return x.key()
	}
	first := key("f1", "ban gala troll7 24h")
	require.Equal(t, first, key("f1", "ban gala troll7 24h"))
	require.NotEqual(t, first, key("f1", "ban gala troll7 1h"))
	require.NotEqual(t, first, key("f2", "ban gala troll7 24h"))
}

// TestAFormKnowsWhatItWasOpenedFrom: its message or report comes back with the submission, and each
// opening has an id of its own.
func TestAFormKnowsWhatItWasOpenedFrom(t *testing.T) {
	from := asker{User: "U1", Channel: "C0LIVE"}
	origin := moderation.NewToken()
	for _, want := range []typed{{asker: from}, {asker: from, Quote: origin}, {asker: from, Report: origin}} {
		meta := formMeta(want)
		require.NotEqual(t, meta, formMeta(want))
		in, ok := readFormView(viewPayload{Metadata: meta})
		require.True(t, ok)
		want.Source = sourceForm
		require.Equal(t, want, in.typed(from))
	}
	for _, meta := range []string{"form.quote/" + origin + "\nC0LIVE", "form.send/" + origin + "/" + origin + "\nC0LIVE", "form.open/" + origin + "\nC0LIVE"} {
		_, ok := readFormView(viewPayload{Metadata: meta})
		require.False(t, ok, meta)
	}
}
