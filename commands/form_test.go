package commands

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/moderation"
)

func formContext() ParseContext {
	s := channelContext()
	s.Reasons = moderation.ReasonRules{
		Presets: []moderation.PresetReason{
			{Code: "hate", Texts: map[string]string{"en": "Hate speech", "zh": "仇恨言论"}, Ladder: []moderation.Length{{Duration: 24 * time.Hour}}},
			{Code: "spam", Verbs: map[moderation.Verb]bool{moderation.Kick: true}},
		},
		Required: map[moderation.Verb]bool{moderation.Ban: true},
	}
	return s
}

func anyForm(t *rapid.T) FormState {
	f := FormState{
		Verb: rapid.SampledFrom(FormVerbs()).Draw(t, "verb").Verb,
		Rooms: rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]string{"", "gala", "stage", "大厅", "live:x", "live:y,chat:z", "GALA-ALL", "gala,stage", "nowhere", "foo:x", "30m"}), rapid.Custom(func(t *rapid.T) string {
			return RoomText(roomOf(t, rapid.SampledFrom(moderation.Kinds()).Draw(t, "kind")))
		})), 0, 3).Draw(t, "rooms"),
		People: rapid.SliceOfN(userID(), 0, 5).Draw(t, "people"),
		Typed:  rapid.OneOf(rapid.SampledFrom([]string{"", "a,b", "a b", "troll7\ntroll8", `"a b", c`, "x 30m"}), text(printableASCII, 0, 40)).Draw(t, "typed"),
		Medium: rapid.SampledFrom([]moderation.Medium{"", moderation.Audio, moderation.Video}).Draw(t, "medium"),
		Length: rapid.SampledFrom([]string{"", "1h", "7d", "perm"}).Draw(t, "length"), LengthTyped: rapid.SampledFrom([]string{"", "", "30", "30m", "2 days", "永久", "soon"}).Draw(t, "length typed"),
		Preset: rapid.SampledFrom([]string{"", "hate", "spam"}).Draw(t, "preset"), Reason: anyReason().Draw(t, "reason"),
		Override: rapid.Bool().Draw(t, "override"), Dry: rapid.Bool().Draw(t, "dry"),
	}
	return f
}

// TestWhatAFormSubmitsCanBeTyped is the promise of the form: whatever it submits is a typed command
// of the same action, with what was entered and nothing else.
func TestWhatAFormSubmitsCanBeTyped(t *testing.T) {
	submitted := 0
	rapid.Check(t, func(t *rapid.T) {
		s := formContext()
		f := anyForm(t)
		a, wrong := f.Action(s)
		if len(wrong) > 0 {
			if !reflect.DeepEqual(a, moderation.Action{}) {
				t.Fatalf("a mistake with an action: %#v", a)
			}
			for field, m := range wrong {
				if len(m.Offers) > 0 || !slices.Contains(Codes(), m.Code) && !strings.HasPrefix(string(m.Code), "no-") {
					t.Fatalf("%s: %v", field, m)
				}
			}
			return
		}
		submitted++
		line := FormText(a, s)
		back, m := Parse(line, s)
		if m != nil {
			t.Fatalf("%#v is written %q: %v", f, line, m)
		}
		a.Room.Name, back.Room.Name = "", "" // a name that is a person's too is written as kind:id
		if !reflect.DeepEqual(a, back) {
			t.Fatalf("%q:\nform  %#v\ntyped %#v", line, a, back)
		}
		takes := mustSpec(f.Verb).Takes
		switch {
		case a.Verb != f.Verb, a.Override != (f.Override && f.Verb.Acts()), a.Dry != (f.Dry && f.Verb.Acts()):
			t.Fatalf("%#v became %#v", f, a)
		case !takes.Users && len(a.Targets) > 0, takes.Users && len(a.Targets) == 0, !takes.Media && len(a.Media) > 0, !takes.Duration && (a.Duration > 0 || a.Permanent):
			t.Fatalf("what the verb does not take: %#v", a)
		}
		for _, id := range f.People {
			if takes.Users && !slices.Contains(a.Targets, id) {
				t.Fatalf("%q was chosen: %v", id, a.Targets)
			}
		}
	})
	require.NotZero(t, submitted, "some of them can be submitted")
}

func mustSpec(v moderation.Verb) moderation.VerbSpec {
	spec, _ := v.Spec()
	return spec
}

// TestAFormOfAnActionDescribesIt: what is typed fills in a form that submits the same.
func TestAFormOfAnActionDescribesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := channelContext()
		want := anyAction(t)
		if !mustSpec(want.Verb).Takes.Room {
			return
		}
		f, ok := ReadForm(Format(want), s)
		require.True(t, ok)
		got, wrong := f.Action(s)
		require.Empty(t, wrong, "%#v", f)
		require.Equal(t, want, got)
	})
}

func TestReadFormKeepsWhatWasTyped(t *testing.T) {
	s := formContext()
	s.ChannelRoom = nil
	for text, want := range map[string]FormState{
		"ban":                              {Verb: moderation.Ban},
		"kick":                             {Verb: moderation.Kick},
		"封禁 gala":                          {Verb: moderation.Ban, Rooms: []string{"gala"}},
		"ban gala troll7":                  {Verb: moderation.Ban, Rooms: []string{"gala"}, People: []string{"troll7"}},
		"ban gala troll7 hate":             {Verb: moderation.Ban, Rooms: []string{"gala"}, People: []string{"troll7"}, Preset: "hate"},
		"ban gala troll7 24h hate: a slur": {Verb: moderation.Ban, Rooms: []string{"gala"}, People: []string{"troll7"}, Length: "24h", Preset: "hate", Reason: "a slur"},
		"mute stage troll7 audio 30 loud":  {Verb: moderation.Mute, Rooms: []string{"stage"}, People: []string{"troll7"}, Medium: moderation.Audio, LengthTyped: "30", Reason: "loud"},
		"kick gaal troll7 spam":            {Verb: moderation.Kick, Rooms: []string{"gaal"}, People: []string{"troll7"}, Preset: "spam"},
		"ban 24h gala troll7":              {Verb: moderation.Ban, Rooms: []string{"gala"}, People: []string{"troll7"}, Length: "24h"},
		"kick stage a,@all spam":           {Verb: moderation.Kick, Rooms: []string{"stage"}, Typed: "a,@all", Preset: "spam"},
		"ban! gala troll7 24h":             {Verb: moderation.Ban, Rooms: []string{"gala"}, People: []string{"troll7"}, Length: "24h", Override: true},
		"ban gala,live:x troll7 24h hate":  {Verb: moderation.Ban, Rooms: []string{"gala", "live:x"}, People: []string{"troll7"}, Length: "24h", Preset: "hate"},
		"ban gala,大厅 troll7 24h hate":      {Verb: moderation.Ban, Rooms: []string{"gala", "大厅"}, People: []string{"troll7"}, Length: "24h", Preset: "hate"},
		`ban live:x, strroom:"a b",troll7`: {Verb: moderation.Ban, Rooms: []string{"live:x", `strroom:"a b"`}, People: []string{"troll7"}},
		"close gala-all raid":              {Verb: moderation.Close, Rooms: []string{"gala", "大厅"}, Reason: "raid"},
		"freeze gala-all 1h raid":          {Verb: moderation.Freeze, Rooms: []string{"gala", "大厅"}, Length: "1h", Reason: "raid"},
		"dry-run ban gala troll7":          {Verb: moderation.Ban, Rooms: []string{"gala"}, People: []string{"troll7"}, Dry: true},
	} {
		f, ok := ReadForm(text, s)
		require.True(t, ok, text)
		require.Equal(t, want, f, text)
	}
	for _, text := range []string{"", "krk xx", "undo", "help", "search x", "dry-run", "dry-run undo 12"} {
		f, ok := ReadForm(text, s)
		require.False(t, ok, text)
		require.Equal(t, FormState{}, f, text)
	}
}

// TestRoomsOfAForm: its field is for rooms only, so that a name in a list is a room, and what is in it
// was not escaped by Slack.
func TestRoomsOfAForm(t *testing.T) {
	s := plainContext()
	for text, want := range map[string]string{
		"live:a, gala":             "live:a,live:show1",
		"gala,大厅,live:b":           "live:show1,chat:@TGS#hall,live:b",
		"GALA-ALL，gala":            "live:show1,chat:@TGS#hall",
		`live:a,"live:b"`:          "live:a,live:b",
		"live:&amp;,live:<! >":     "", // two words
		`live:&amp;,live:"<! >"`:   `live:&amp;,live:"<! >"`,
		"live:a b":                 "",
		"live:a,b":                 "",
		"live:a,nowhere":           "",
		"live:a,live:":             "",
		"":                         "",
		`live:"<@U024BE7LH>",gala`: `live:<@U024BE7LH>,live:show1`,
	} {
		a, wrong := FormState{Verb: moderation.Freeze, Rooms: []string{text}}.Action(s)
		if want == "" {
			require.NotNil(t, wrong[FieldRoom], text)
			continue
		}
		require.Empty(t, wrong, text)
		require.Equal(t, want, RoomsText(a.Rooms()), text)
	}
	for verb, code := range map[moderation.Verb]Code{moderation.Ban: CodeNoBanInRoom, moderation.Mute: CodeNoMuteHere} {
		_, wrong := FormState{Verb: verb, Rooms: []string{"live:a", "room:5"}, People: []string{"x"}, Length: "1h"}.Action(s)
		require.Equal(t, code, wrong[FieldRoom].Code)
	}
	_, wrong := FormState{Verb: moderation.Silence, Rooms: []string{"live:a", "chat:b"}, People: []string{"x"}, Length: "perm"}.Action(s)
	require.NotEmpty(t, wrong, "permanent must be possible in each room")
}

// TestReadFormLosesNoWord: each word of a text whose verb is known is somewhere in the form.
func TestReadFormLosesNoWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z]{3,6}[0-9]?|30|24h|room:1|gala|live:show1|"ab cd"`), 0, 6).Draw(t, "words")
		f, ok := ReadForm("ban "+strings.Join(words, rapid.SampledFrom([]string{" ", ",", ", "}).Draw(t, "between")), plainContext())
		require.True(t, ok)
		all := strings.ToLower(strings.Join(append(append(slices.Clone(f.People), f.Rooms...), f.Typed, f.Length, f.LengthTyped, f.Reason), " "))
		if slices.Contains(f.Rooms, "gala") {
			all += " live:show1" // the same room
		}
		for _, w := range words {
			for _, part := range strings.Fields(strings.Trim(w, `"`)) {
				require.True(t, strings.Contains(all, part) || f.Length == "24h" && w == "24h", "%q of %q is not in %#v", part, words, f)
			}
		}
	})
}
