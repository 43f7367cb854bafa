package commands

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/moderation"
	"bouncer/tencent"
)

const printableASCII = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

func text(alphabet string, least, most int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), least, most, -1)
}

// awkward are ids that read like something else.
var awkward = []string{"30", "30m", "perm", "audio", "a,b", `"`, `""`, "a b", "room:1", "gala", "&amp;", "<@U1>", "<", "1h", "-5m", "min", "@a", "ban", "2d", "1.5h", "a", "half", "an", "hour", "two", "mic", "all", "ALL", "bad guy", "@U1", "gala-all", "live:a"}

func userID() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(awkward), text(printableASCII, 1, 32), text("abc0123456789", 1, 8))
}

func roomOf(t *rapid.T, kind moderation.Kind) moderation.Room {
	switch kind {
	case moderation.KindRoom:
		n := rapid.Uint64Range(1, tencent.MaxRoomNumber).Draw(t, "number")
		return moderation.Room{Kind: kind, ID: decimal(n)}
	case moderation.KindStrRoom:
		const strRoom = "abcXYZ0189 !#$%&()+-:;<=.>?@[]^_{}|~,"
		return moderation.Room{Kind: kind, ID: text(strRoom, 1, 64).Draw(t, "id")}
	case moderation.KindLive:
		if rapid.Bool().Draw(t, "named") {
			return moderation.Room{Kind: kind, ID: "show1", Name: "gala"}
		}
	}
	return moderation.Room{Kind: kind, ID: text(printableASCII, 1, 48).Draw(t, "id")}
}

// decimal writes a number without what the parser reads it with.
func decimal(n uint64) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

// anyAction draws an action that Parse could return.
func anyAction(t *rapid.T) moderation.Action {
	spec := rapid.SampledFrom(moderation.Verbs()).Draw(t, "verb")
	a := moderation.Action{}
	if spec.Takes.Command {
		a.Dry = true
		spec = rapid.SampledFrom(actingVerbs()).Draw(t, "what")
	}
	a.Verb = spec.Verb
	takes := spec.Takes
	if takes.Number {
		a.Number = rapid.Int64Range(1, 1<<62).Draw(t, "number")
	}
	if takes.Verb && rapid.Bool().Draw(t, "topical") {
		a.Topic = rapid.SampledFrom(moderation.Verbs()).Draw(t, "topic").Verb
	}
	if takes.Room || takes.RoomOrUser && rapid.Bool().Draw(t, "roomy") {
		kinds := slices.DeleteFunc(moderation.Kinds(), func(k moderation.Kind) bool { return !moderation.Supports(spec.Verb, k).Supported })
		a.Room = roomOf(t, rapid.SampledFrom(kinds).Draw(t, "kind"))
		if actsInRooms(spec) && rapid.Bool().Draw(t, "several") {
			a.Room.Name = ""
			for range rapid.IntRange(1, moderation.MaxRooms-1).Draw(t, "more") {
				r := roomOf(t, rapid.SampledFrom(kinds).Draw(t, "kind"))
				if r.Name = ""; !slices.Contains(a.Rooms(), r) {
					a.MoreRooms = append(a.MoreRooms, r)
				}
			}
		}
	}
	switch {
	case takes.Users:
		a.Targets = rapid.SliceOfNDistinct(userID(), 1, 20, rapid.ID[string]).Draw(t, "targets")
	case takes.TargetsOptional && rapid.Bool().Draw(t, "some"):
		a.Targets = rapid.SliceOfNDistinct(userID(), 1, 3, rapid.ID[string]).Draw(t, "targets")
	case takes.OneTarget, takes.RoomOrUser && a.Room.Kind == "":
		a.Targets = []string{userID().Draw(t, "target")}
	}
	if takes.Person {
		a.Person = slackPerson().Draw(t, "person")
	}
	if takes.Search {
		a.Search = anyFind(t)
	}
	if takes.Statistics {
		f := anyFind(t)
		a.Search = moderation.SearchQuery{Actor: f.Actor, Room: f.Room, Within: max(f.Within, time.Second)}
	}
	if takes.Media {
		a.Media = rapid.SampledFrom([][]moderation.Medium{nil, {moderation.Audio}, {moderation.Video}}).Draw(t, "media")
	}
	if takes.Duration {
		a.Permanent = rapid.Bool().Draw(t, "perm") && moderation.Supports(spec.Verb, a.Room.Kind).Permanent &&
			!slices.ContainsFunc(a.MoreRooms, func(r moderation.Room) bool { return !moderation.Supports(spec.Verb, r.Kind).Permanent })
		if !a.Permanent {
			a.Duration = time.Duration(rapid.Int64Range(1, int64(moderation.MaxDuration/time.Second)).Draw(t, "seconds")) * time.Second
		}
	}
	if !takes.Reason {
		return a
	}
	a.Reason = cleanReason(anyReason().Draw(t, "reason"))
	a.Override = spec.Verb.Acts() && rapid.Bool().Draw(t, "alone")
	if (a.Override || takes.ReasonRequired) && a.Reason == "" {
		a.Reason = "x"
	}
	return a
}

func actingVerbs() []moderation.VerbSpec {
	return slices.DeleteFunc(moderation.Verbs(), func(s moderation.VerbSpec) bool { return !s.Verb.Acts() })
}

func slackPerson() *rapid.Generator[string] {
	return rapid.StringMatching("[UW][A-Z0-9]{1,10}")
}

func anyReason() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringN(0, 60, -1),
		text(printableASCII+"“”，、：分钟天永久视频＂…—", 0, 40),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(append(slices.Clone(awkward), "m", "x", "分钟", "音频", "半小时", "三分钟热度", "an hour", "for", "all", "全部")), 0, 5).Draw(t, "words"), " ")
		}),
	)
}

// anyFind draws a question that asks for something.
func anyFind(t *rapid.T) moderation.SearchQuery {
	var f moderation.SearchQuery
	if rapid.Bool().Draw(t, "about") {
		f.Target = userID().Draw(t, "target")
	}
	if rapid.Bool().Draw(t, "asked") {
		f.Actor = slackPerson().Draw(t, "actor")
	}
	if rapid.Bool().Draw(t, "done") {
		verbs := slices.DeleteFunc(actingVerbs(), func(s moderation.VerbSpec) bool { return s.Effect == moderation.EffectLocal })
		f.Verb = rapid.SampledFrom(verbs).Draw(t, "of").Verb
	}
	if rapid.Bool().Draw(t, "there") {
		f.Room = roomOf(t, rapid.SampledFrom(moderation.Kinds()).Draw(t, "kind")).String()
	}
	if rapid.Bool().Draw(t, "then") {
		f.Within = time.Duration(rapid.Int64Range(1, int64(moderation.MaxDuration/time.Second)).Draw(t, "within")) * time.Second
	}
	word := rapid.OneOf(anyReason(), rapid.SampledFrom([]string{"in", "last", "user:a", "live:x", "最近7天", "最近", "by", "x"}))
	for range rapid.IntRange(0, 4).Draw(t, "words") {
		addWord(&f, word.Draw(t, "word"))
	}
	if reflect.DeepEqual(f, moderation.SearchQuery{}) {
		f.Words = []string{"spam"}
	}
	return f
}

func TestFormatReadsBackAsTheSameAction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyAction(t)
		line := Format(want)
		for _, s := range []ParseContext{plainContext(), channelContext()} {
			got, m := Parse(line, s)
			if m != nil {
				t.Fatalf("%q: %v", line, m)
			}
			if !reflect.DeepEqual(want, got) {
				t.Fatalf("%q:\nwant %#v\ngot  %#v", line, want, got)
			}
			if again := Format(got); again != line {
				t.Fatalf("%q became %q", line, again)
			}
		}
	})
}

// fragments of commands, good and bad, in any order.
var fragments = []string{
	"mute", "kick", "ban", "unban", "freeze", "help", "case", "bans", "kik", "封禁", "BAN!", "close",
	"room:1", "strroom:\"a b\"", "live:x", "chat:＠TGS＃a", "gala", "stage", "room:abc", "foo:x", "live:", "大厅", "live:x,", "live:x,live:y", ",live:z", "live:a，chat:b、room:1", "live:a;live:b", "gala,stage", "gala-all", "GALA-ALL,", "floors", "strroom:\"a,b\",live:c", "\"live:a\",",
	"a", "a,b", "a—b,c", "“b c”", "\"open", "x…", "<@U1>", "<mailto:a@b.c|a@b.c>", "\u200b", "张三", ",", "，", "\n",
	"30m", "30", "1h30", "1d 12h", "7天", "永久", "perm", "0m", "-5m", "400d", "audio", "video", "2nd", "10分钟刷屏",
	"spam", "x &amp; y", "<!here>", "\"", "”", "12", "\u00a0", "\u202e", "\x00",
	"undo", "撤销", "extend", "reason", "why", "history", "search", "active", "note", "dry-run", "试运行", "suspend", "unsuspend", "停权",
	"review", "status", "!", "！", "ban!", "封禁！", "undo!", "all", "全部", "all,", "#12", "12号", "<@U123|mei>", "<@W9>", "@mei",
	"user:a", "user:", "by:<@U1>", "by:@mei", "verb:ban", "verb:bann", "verb:who", "room:live:x", "room:gala", "room:10006", "in:30d", "in:30", "last", "last:7d", "最近7天", "foo:bar", "用户：a",
	"半小时", "三天热", "half an", "hour", "an hour", "mic", "麦克风", "for", "until 18:00", "loud,", "bob",
}

func typed() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		words := rapid.SliceOfN(rapid.SampledFrom(fragments), 1, 7).Draw(t, "words")
		return strings.Join(words, rapid.SampledFrom([]string{" ", "  ", " ", "\n"}).Draw(t, "between"))
	})
}

func TestAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := typed().Draw(t, "line")
		for _, s := range []ParseContext{{}, plainContext(), channelContext()} {
			if problem := audit(line, s); problem != "" {
				t.Fatalf("%q: %s", line, problem)
			}
		}
	})
}

// audit returns what is wrong with the result for a text, or "".
func audit(line string, s ParseContext) string {
	a, m := Parse(line, s)
	if m == nil {
		return invalidAction(a, s)
	}
	switch {
	case !reflect.DeepEqual(a, moderation.Action{}):
		return "a mistake with an action"
	case !slices.Contains(Codes(), m.Code):
		return "a code that is not listed: " + string(m.Code)
	case len(offered(m)) > 2:
		return "too many suggestions"
	case !shown(m.Text):
		return "the piece hides something: " + m.Text
	}
	for name, v := range m.Values {
		if v == "" || !shown(v) {
			return "the value " + name + " is empty or hides something"
		}
	}
	for i, line := range offered(m) {
		b, wrong := Parse(line, s)
		switch {
		case wrong != nil:
			return "suggested " + line + ": " + wrong.Error()
		case !reflect.DeepEqual(b, m.Offers[i].Action):
			return "offered " + line + ", which is another action than said"
		case i > 0 && line == offered(m)[0]:
			return "suggested twice"
		}
		if problem := invalidAction(b, s); problem != "" {
			return "suggested " + line + ": " + problem
		}
	}
	return ""
}

func shown(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, isHidden) && utf8.RuneCountInString(s) <= 8*(maxPiece+1)
}

// invalidAction returns what is wrong with an action, or "".
func invalidAction(a moderation.Action, s ParseContext) string {
	spec, ok := a.Verb.Spec()
	t := spec.Takes
	switch {
	case !ok:
		return "no verb"
	case !t.RoomOrUser && t.Room != (a.Room.Kind != ""), !t.RoomOrUser && !t.TargetsOptional && (t.Users || t.OneTarget) != (len(a.Targets) > 0), t.Number != (a.Number > 0):
		return "an argument too many or too few"
	case t.RoomOrUser && (a.Room.Kind != "") == (len(a.Targets) > 0), (t.OneTarget || t.RoomOrUser) && len(a.Targets) > 1:
		return "not one room or one user"
	case t.Person != slackUser(a.Person):
		return "not one Slack person"
	case t.Statistics && (a.Search.Within == 0 || a.Search.Target != "" || a.Search.Verb != "" || len(a.Search.Words) > 0):
		return "no time, or something that statistics do not take"
	case !t.Statistics && t.Search == reflect.DeepEqual(a.Search, moderation.SearchQuery{}), len(a.Search.Words) > MaxSearchWords:
		return "nothing to find, or too much"
	case (a.Override || a.Dry) && !a.Verb.Acts(), (a.Override || t.ReasonRequired) && a.Reason == "", t.Command:
		return "a mark, a missing reason, or a command that is none"
	case !t.Reason && a.Reason != "", !t.Media && a.Media != nil, !t.Verb && a.Topic != "":
		return "an argument that the verb does not take"
	case !moderation.Supports(a.Verb, a.Room.Kind).Supported:
		return "the kind cannot do this"
	case a.Room.Kind != "" && a.Room.Check() != nil:
		return a.Room.Check().Error()
	case len(a.MoreRooms) > 0 && (!actsInRooms(spec) || a.Room.Name != ""), len(a.MoreRooms) >= moderation.MaxRooms, len(a.Rooms())*len(a.Targets) > 1000:
		return "too many rooms"
	case !t.PermanentByDefault && t.Duration == (a.Duration == 0 && !a.Permanent), a.Permanent && a.Duration != 0, a.Duration < 0, a.Duration > moderation.MaxDuration, a.Duration%time.Second != 0:
		return "an odd duration " + a.Duration.String()
	case a.Permanent && !moderation.Supports(a.Verb, a.Room.Kind).Permanent:
		return "perm where it is not possible"
	case a.Reason != cleanReason(a.Reason), utf8.RuneCountInString(a.Reason) > MaxReason:
		return "a reason that is not clean"
	case len(a.Targets) > 1000, len(a.Media) > 1:
		return "too much"
	}
	rooms := map[string]bool{a.Room.String(): true}
	for _, r := range a.MoreRooms {
		if rooms[r.String()] || r.Name != "" || r.Check() != nil || !moderation.Supports(a.Verb, r.Kind).Supported || a.Permanent && !moderation.Supports(a.Verb, r.Kind).Permanent {
			return "a bad or doubled room " + r.String()
		}
		rooms[r.String()] = true
	}
	seen := map[string]bool{}
	for _, id := range a.Targets {
		if seen[id] || moderation.CheckUserID(id) != nil {
			return "a bad or doubled user " + id
		}
		seen[id] = true
	}
	if back, m := Parse(Format(a), s); m != nil || !reflect.DeepEqual(a, back) {
		return "does not read back: " + Format(a)
	}
	return ""
}

// The ids of a suggestion are those typed unless the mistake is about one.
func TestSuggestionsKeepIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[abcXYZ019_][abcXYZ019._-]{1,10}[abcXYZ019_]`), 1, 5, rapid.ID[string]).Draw(t, "ids")
		list := strings.Join(ids, ",")
		line := rapid.SampledFrom([]string{
			"kik room:1 LIST", "ban! live:x LIST 1d", "kick live:x LIST rude", "mute live:x LIST 5m", "ban room:7 LIST 1d",
			"ban live:x LIST", "ban live:x LIST rude to everybody 1d", "mute room:1 LIST 30", "kick room:1 LIST 10m x", "ban live:x LIST perm",
			"mute room:1 LIST 0m", "mute room:1 LIST 900d", "mute room:1 LIST 5m \"x", "silence room:1 LIST", "kick room:1, LIST",
			"kick room:abc LIST", "unban gaal LIST",
		}).Draw(t, "line")
		for i, id := range ids { // an id that is a duration or a number is another mistake
			ids[i] = "u" + id
		}
		line = strings.ReplaceAll(line, "LIST", "u"+strings.Join(strings.Split(list, ","), ",u"))
		_, m := Parse(line, plainContext())
		if m == nil || len(offered(m)) == 0 {
			t.Fatalf("%q: %v without a suggestion", line, m)
		}
		for _, again := range offered(m) {
			b, _ := Parse(again, plainContext())
			if !slices.Equal(ids, b.Targets) {
				t.Fatalf("%q -> %q: %v", line, again, b.Targets)
			}
		}
	})
}

func TestDurationsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, int64(moderation.MaxDuration/time.Second)).Draw(t, "s")) * time.Second
		words := FormatDuration(d)
		got, perm, m := ParseDuration(words)
		if m != nil || perm || got != d {
			t.Fatalf("%s -> %q -> %s %v", d, words, got, m)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range fragments {
		f.Add("kick room:1 "+s, true)
		f.Add(s, false)
	}
	for _, spec := range moderation.Verbs() {
		f.Add(Usage(spec.Verb).Example, false)
	}
	f.Add(`search user:"a b" by:<@U1|mei> verb:封禁 room:strroom:"x y" last 7d "hate speech" &lt;x&gt;`, true)
	f.Add(`dry-run undo! 12 "bad guy", “appeal accepted”`, false)
	f.Add("mute room:10006 29376 30m loud music", false)
	f.Add(`ban live:show1 "a b",c 1d 12h “hate” &lt;x&gt;`, true)
	f.Fuzz(func(t *testing.T, line string, channel bool) {
		s := plainContext()
		if channel {
			s = channelContext()
		}
		if problem := audit(line, s); problem != "" {
			t.Fatalf("%q: %s", line, problem)
		}
		for _, h := range Hints(line, s) {
			require.Contains(t, h.Text, h.Word)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	list := make([]string, 1000)
	for i := range list {
		list[i] = "user" + decimal(uint64(i+1))
	}
	for name, line := range map[string]string{
		"simple":   "mute room:10006 29376 30m loud music",
		"chinese":  "封禁 live：show1 troll7，troll8 7天 广告",
		"thousand": "kick room:1 " + strings.Join(list, ","),
		"mistake":  "kik room:1234 test1",
	} {
		b.Run(name, func(b *testing.B) {
			s := plainContext()
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Parse(line, s)
			}
		})
	}
}
