package commands

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bouncer/moderation"
)

// oddities are what people write where they mean something else than the grammar
// reads.
var oddities = []string{
	"troll7", "user1", "test1", "test2,dave", "test1:", "`test1`", "@test1", "test1/test2", "(test1)", "and", "&", "/", "in lobby", "gala", "lobby", "for",
	"10 minutes", "for 10 minutes", "2 hours of", "one month", "一个月", "10分鐘", "indefinitely", "until midnight", "tomorrow", "1h30", "0m", "-5m", "1,5h", "a few days",
	"room:10,006", "room 10006", "live:show1", "live:shwo1", "all", "everyone", "spam", "flooding", "29377", "3 strikes", "3rd warning", "\"spam\"", "\n", "user_id\n", "raid from sheet",
	"10m", "7d)", "30mn", "10 minuts", "30", "400d", "perm", "audio", "x5", "came back",
}

func oddLine() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		verb := rapid.SampledFrom([]string{"kick", "ban", "silence", "mute", "freeze", "unban", "undo 12", "extend 12", "note", "history", "kik", "unmute", "close", "suspend", "ban!"}).Draw(t, "verb")
		room := rapid.SampledFrom([]string{"", "gala", "gala-chat", "lobby", "room:1234"}).Draw(t, "room")
		words := rapid.SliceOfN(rapid.SampledFrom(oddities), 0, 6).Draw(t, "words")
		return verb + " " + room + " " + strings.Join(words, rapid.SampledFrom([]string{" ", " ", ",", "\t"}).Draw(t, "between"))
	})
}

// An offer acts only on words that were typed as people, in the room and for
// the length that were typed.
func TestOffersDoWhatWasTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := oddLine().Draw(t, "line")
		s := demoSetting()
		_, m := Parse(line, s)
		if problem := audit(line, s); problem != "" {
			t.Fatalf("%q: %s", line, problem)
		}
		if m == nil {
			return
		}
		for _, o := range m.Offers {
			if problem := addedByOffer(line, s, m, o.Action); problem != "" {
				t.Fatalf("%q (%s) offers %q: %s", line, m.Code, o.Command, problem)
			}
		}
	})
}

// bare returns only the letters, digits and "_" of a text, in lower case.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r = narrow(r); isLetter(r) || isDigit(r) || r == '_' {
			return r
		}
		return -1
	}, fold(s))
}

// addedByOffer returns what an offered action does that was not typed, or "".
func addedByOffer(line string, s ParseContext, m *Mistake, a moderation.Action) string {
	words := strings.FieldsFunc(fold(line), func(r rune) bool {
		return !isLetter(r) && !isDigit(r) && r != '_' && r != '.' && r != '-'
	})
	for _, id := range a.Targets {
		if neverUsers[fold(id)] || everyoneWords[fold(id)] || joiners[fold(id)] {
			return "acts on " + id
		}
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, bare(id)) }) && !strings.Contains(bare(line), bare(id)) {
			return "not typed: " + id
		}
	}
	typed := strings.Contains(bare(line), bare(a.Room.ID)) || a.Room.Name != "" && strings.Contains(line, a.Room.Name)
	if a.Room.Kind != "" && !typed && a.Room != *s.ChannelRoom && m.Code != CodeRoomKind {
		return "not typed: the room " + a.Room.String()
	}
	if a.Duration == 0 && !a.Permanent {
		return ""
	}
	if !lengths(line, a)[a.Duration] && m.Code != CodeDurationMissing && m.Code != CodeNoKickInLive && m.Code != CodeNoMuteHere {
		return "not typed: " + FormatDuration(a.Duration)
	}
	return ""
}

// lengths returns all lengths that a line may contain, and the verb's
// default.
func lengths(line string, a moderation.Action) map[time.Duration]bool {
	spec, _ := a.Verb.Spec()
	all := map[time.Duration]bool{spec.Default: true, offerDuration: spec.Default == 0, moderation.MaxDuration: true}
	if a.Permanent {
		all[0] = true
	}
	for i := range line {
		r := reader{s: line}
		sp := r.timeAt(i)
		all[sp.d], all[sp.also], all[sp.head] = true, true, true
		if n, _, digits := readNumber(line, skipSpaces(line, sp.to)); digits > 0 && sp.d >= time.Hour {
			all[sp.d+time.Duration(n)*time.Minute] = true // 2h 30
		}
		if n, at, digits := readNumber(line, i); digits > 0 {
			all[time.Duration(n)*time.Minute] = true
			if next := skipSpaces(line, at); next < len(line) {
				if guess, _, m := ParseDuration(guessDuration(n, line[next:r.itemEnd(next)])); m == nil {
					all[guess] = true
				}
			}
		}
	}
	return all
}

// Whatever is typed, the work of reading it grows no faster than its length.
func TestReadingIsLinear(t *testing.T) {
	for name, piece := range map[string]string{
		"opening quotes":        `"a `,
		"curly quotes":          "“a ",
		"mixed quotes":          "“a \"b „c ＂d ",
		"closing quotes":        `a" `,
		"doubled quotes":        `"" `,
		"quotes in a row":       `"`,
		"brackets":              "(",
		"lengths":               "1h ",
		"falling lengths":       "1w1d1h1m1s ",
		"lengths in Chinese":    "三天刷屏",
		"numbers in Chinese":    "十百千",
		"digits":                "7",
		"leads":                 "for ",
		"until":                 "until the ",
		"commas":                ",",
		"people":                "user1,",
		"people without commas": "user1 ",
		"people in a column":    "user1\n",
		"people and people":     "user1 and ",
		"lines of words":        "some words\n",
		"mentions":              "<@U024BE7LH> ",
		"mentions with commas":  "<@U024BE7LH|mei>,",
		"odd ids":               "user1:,",
		"dashes":                "a—b,",
		"slashes":               "a/",
		"keys of a search":      "user:",
		"links":                 "<https://x.y|x> ",
		"full-width":            "３０ｍ ",
		"moments in Chinese":    "明天",
		"ranges":                "1-2h ",
		"rows of a table":       "user1\tMei\n",
		"bullets":               "- user1\n",
		"ends of the show":      "rest of the ",
		"numbers":               "1001 ",
		"dots":                  ".",
		"one more":              "１",
		"rooms":                 "live:a,",
		"named rooms":           "gala,",
		"quoted rooms":          `"live:a",`,
		"joined rooms":          "live:a;",
	} {
		for _, head := range []string{"kick room:1 ", "mute room:1 a ", "search ", "undo 12 ", "ban live:x a spam ", "note a ", "silence ", "freeze live:x,", ""} {
			count := func(n int) int {
				text := head + strings.Repeat(piece, n/len(piece))
				if _, p, _ := read(text, demoSetting()); p != nil {
					return p.steps
				}
				return 0
			}
			const small, large = 2000, 8000
			one, four := count(small), count(large)
			if four > 120*large {
				t.Errorf("%s behind %q: %d steps for %d bytes", name, head, four, large)
			}
			if one > 0 && four > 6*one+10*large {
				t.Errorf("%s behind %q: %d steps for %d bytes, but %d for %d", name, head, one, small, four, large)
			}
		}
	}
}
