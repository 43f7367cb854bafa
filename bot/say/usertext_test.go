package say

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/commands"
	"bouncer/moderation"
)

func TestClean(t *testing.T) {
	tests := []struct {
		in    string
		how   cleaning
		want  string
		about string
	}{
		{"plain", prose, "plain", ""},
		{"two\nlines\r\n and\ttabs", prose, "two lines and tabs", "a reason cannot begin a field on its own line"},
		{"a\u202Eb\u200Bc\u2066d", prose, "abcd", "bidi and zero width"},
		{"a\u202Eb", exact, "a[U+202E]b", "an id that differs looks different"},
		{"a\u00A0b\u3000c", exact, "a[U+00A0]b[U+3000]c", "blanks that are none"},
		{"\U000E0041tag\uFE0F\u3164\u2800", prose, "tag", "tags, selectors, fillers"},
		{"x · 14:00Z · 9f3a61c0", prose, "x - 14:00Z - 9f3a61c0", "no forged fields"},
		{"x • y‧ z ∙w", prose, "x - y z w", "nor with lookalikes"},
		{"迈克尔·杰克逊", prose, "迈克尔·杰克逊", "a dot inside a name stays"},
		{"Z̷̡̢̛a", prose, "Z̷̡a", "two marks are enough"},
		{"bad\xff\xfe", prose, "bad\uFFFD", "not UTF-8"},
		{"a  b", exact, "a  b", "two blanks in an id are two"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, clean(tt.in, tt.how), tt.about)
	}
}

// What is cut is what would be left of the whole.
func TestALongTextIsCleanedAsFarAsItIsShown(t *testing.T) {
	dots := strings.Repeat("·", 900)
	for _, s := range []string{"x" + dots + " y", "x " + dots + "y", dots + " y", strings.Repeat("\u200b", 3000) + "x y z", strings.Repeat("a\u0301\u0301\u0301", 900)} {
		for _, how := range []cleaning{prose, alone, exact} {
			require.Equal(t, clip(clean(s, how), 10), brief(s, how, 10))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.StringOfN(rapid.SampledFrom([]rune("a ·•\u200b字\n")), 0, 3, -1)
		s := few.Draw(t, "a") + strings.Repeat(few.Draw(t, "b"), rapid.IntRange(1, 900).Draw(t, "times")) + few.Draw(t, "c")
		how, most := rapid.SampledFrom([]cleaning{prose, alone, exact}).Draw(t, "how"), rapid.IntRange(1, 60).Draw(t, "most")
		require.Equal(t, clip(clean(s, how), most), brief(s, how, most))
	})
}

func TestRightToLeftLettersAreFound(t *testing.T) {
	for _, table := range []*unicode.RangeTable{unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam} {
		for _, x := range table.R16 {
			require.True(t, rtl(string(rune(x.Lo))) && rtl(string(rune(x.Hi))), "%x", x)
		}
		for _, x := range table.R32 {
			require.True(t, rtl(string(rune(x.Lo))) && rtl(string(rune(x.Hi))), "%x", x)
		}
	}
	require.False(t, rtl("a字🔥é…"))
}

func TestIDsAndNamesCannotPassForOurs(t *testing.T) {
	require.Equal(t, `troll7`, exactID("troll7"))
	require.Equal(t, `"a, b"`, exactID("a, b"))
	require.Equal(t, `"x (live:show1)"`, exactID("x (live:show1)"))
	require.Equal(t, `"say \"hi\""`, exactID(`say "hi"`))
	require.Equal(t, "Mei [U07BOSS]", personName("Mei (U07BOSS)"))
	require.Equal(t, "Mei[U07BOSS]", personName("Mei（U07BOSS）"))
}

func TestDressIsSafeAndCopyable(t *testing.T) {
	tests := map[string]string{
		"plain words": "plain words", "<!channel>": "`&lt;!channel&gt;`", "a & b": "a &amp; b", "*bold*": "`*bold*`",
		"_x_": "`_x_`", "see evil.com": "`see evil.com`", ":fire:": "`:fire:`", "https://a": "`https://a`",
		"tick`tick": "`tick'tick`", "the end. Next": "the end. Next", "@here": "`@here`",
	}
	for in, want := range tests {
		require.Equal(t, want, escaped(in))
	}
}

func TestClipEndsBetweenRunes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("a<&>*`\"🔥字"))).Draw(t, "s")
		n := rapid.IntRange(2, 60).Draw(t, "n")
		got := clip(s, n)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, weight(got), n)
		require.True(t, got == s || strings.HasSuffix(got, "…"))
		two := clip("#1 "+isolate("שלום"+s)+" · "+isolate(s+"עולם"), n)
		require.LessOrEqual(t, weight(two), n)
		require.Equal(t, strings.Count(two, string(isolates)), strings.Count(two, string(isolated)))
		text := fallback([]phrase{{{kind: userText, text: s}}, {{kind: userText, text: s}}}, n)
		require.LessOrEqual(t, weight(text), n)
		require.Empty(t, marked("text", text, "", ""))
	})
}

func TestRandomWorlds(t *testing.T) {
	t.Parallel()
	hostile := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("<>&*_~`|!@#:/.()[]\"\\ ·\n\u202e\u200b\u2066عربيab1字🔥")), 0, 400, -1),
		rapid.SampledFrom(hostiles()), rapid.String(),
	)
	said := speakers()
	rapid.Check(t, func(t *rapid.T) {
		w := world{
			reason: hostile.Draw(t, "reason"), name: hostile.Draw(t, "name"), room: hostile.Draw(t, "room"), roomName: hostile.Draw(t, "roomName"),
			user: hostile.Draw(t, "user"), typed: hostile.Draw(t, "typed"), vendor: hostile.Draw(t, "vendor"), code: hostile.Draw(t, "code"),
			reqID: hostile.Draw(t, "reqID"), rule: hostile.Draw(t, "rule"), note: hostile.Draw(t, "note"),
			targets: rapid.SampledFrom([]int{1, 3, 30}).Draw(t, "targets"), link: "https://acme.slack.com/archives/C0LIVE/p1",
			made: map[string]moderation.CaseView{},
		}
		lang := rapid.SampledFrom(Langs()).Draw(t, "lang")
		few := w.few(said[lang], lang)
		for _, name := range slices.Sorted(maps.Keys(few)) {
			if rapid.Bool().Draw(t, name) { // half of them: it is the texts that vary
				require.Empty(t, faults(few[name](), "", "U07MEI", w.link), name)
			}
		}
		waiting := w.waitingMany()
		for i, m := range []Modal{said[lang].StepModal(commands.StepApprove, waiting, lang, ""), said[lang].StepModal(commands.StepOverride, waiting, lang, ""), said[lang].UndoModal(w.undone(), w.undone().Targets, lang, "")} {
			require.Empty(t, viewFaults(m, "", w.link), "modal %d", i)
		}
	})
}

func hostiles() []string {
	return []string{
		"<!channel> <@U07BOSS> <#C1|x> <!subteam^S1> <https://evil.example|Approve>", "&lt;!here&gt; &amp;lt;@U1&amp;gt;", "*bold* _it_ ~no~ `code` ```block```",
		":rotating_light: :white_check_mark:", "https://evil.example/x evil.example www.evil.example mailto:a@b.example", "\u202Egnp.exe\u202C \u2066x\u2069",
		"x\n✅ #999 ban · gala · everyone\nAccepted by Tencent, 1 of 1", "`unclosed", "> quote", "&", "&am", "<!date^1^{date}|x>", strings.Repeat("<", 3000), strings.Repeat("🔥", 3000),
		"Mei (U07BOSS) · approved", "\x00\x07\x1b[31m", "مرحبا <!here>", "\xff\xfe\xfd", "“quoted” ‘text’", "{person} {reason} {n}",
	}
}

// FuzzForeign puts hostile text into every user-supplied field of every message: no
// mrkdwn object may contain it, and nothing in fallback text may come alive.
func FuzzForeign(f *testing.F) {
	for _, h := range hostiles() {
		if len(h) > 200 { // long ones are TestRandomWorlds'; here they only make minimizing slow
			continue
		}
		f.Add(h, "Mei Lin")
		f.Add("reason", h)
	}
	said := speakers()
	f.Fuzz(func(t *testing.T, a, b string) {
		const mark = "ZQXJ"
		a, b = mark+a, mark+b
		w := world{reason: a, name: b, room: b, roomName: a, user: a, typed: b, vendor: a, code: b, reqID: a, rule: b, note: a, targets: 2,
			link: "https://acme.slack.com/archives/C0LIVE/p1"}
		lang := Langs()[len(a)%2]
		s := said[lang]
		v := w.view(7, w.action(moderation.Kick, moderation.KindStrRoom, time.Hour), moderation.Done, w.failed)
		w.log(&v)
		lived := w.lived(w.waitingMany())
		for i, m := range []Modal{
			s.StepModal(commands.StepApprove, lived, lang, ""), s.StepModal(commands.StepDeny, lived, lang, ""), s.UndoModal(w.undone(), w.undone().Targets, lang, ""), s.EvidenceModal(a, w.link, []moderation.Case{lived.Case}, lang, ""),
		} {
			require.Empty(t, viewFaults(m, mark, w.link), "modal %d in %s", i, lang)
		}
		for i, m := range []Message{ // in order: a map's would look like new coverage
			s.Card(v), s.CardList([]moderation.CaseView{v, v}), s.Thread(v, v.Entries), s.ShowCase(v, lang),
			s.AuditLines([]LineItem{{Subject: &v.Case}, {Kind: moderation.EntryRefused, Body: moderation.Body{Actor: &v.Case.Actor, Action: &v.Case.Action}}}, 0, byToken)[0].Message,
			s.ListPage(w.list(2, moderation.Bans), 0, lang), s.Mistake(w.mistakes()["dash"], lang, []string{opaque}),
			s.Refusal(moderation.NewError(moderation.RefuseUnknownPerson, "detail", a), lang),
			s.Card(w.waitingMany()), s.Card(w.decided(moderation.ApprovalDenied)), s.Card(w.undone()), s.Thread(lived, lived.Entries),
			s.CaseAnswer(w.waitingMany(), lang, w.link), s.Stale(w.decided(moderation.ApprovalDenied), lang), s.AuditLines(w.lifeLines(), 0, byToken)[0].Message,
		} {
			require.Empty(t, faults(m, mark, "U07MEI", w.link), "message %d in %s", i, lang)
		}
		requireHarmless(t, s.CSV(w.list(2, moderation.Bans)))
		requireHarmless(t, s.OutcomesCSV(v))
	})
}

// few make messages of every kind, without the very many ones.
func (w world) few(s *Speaker, lang Lang) map[string]func() Message {
	done, partly, waiting := w.done(), w.partly(), w.lived(w.waitingMany())
	card := func(v moderation.CaseView) func() Message { return func() Message { return s.Card(v) } }
	thread := func(v moderation.CaseView) func() Message { return func() Message { return s.Thread(v, v.Entries) } }
	shown := func(v moderation.CaseView) func() Message { return func() Message { return s.ShowCase(v, lang) } }
	cards := func(vs ...moderation.CaseView) func() Message { return func() Message { return s.CardList(vs) } }
	answer := func(v moderation.CaseView) func() Message {
		return func() Message { return s.CaseAnswer(v, lang, w.link) }
	}
	list := func(verb moderation.Verb) func() Message {
		return func() Message { return s.ListPage(w.list(7, verb), 0, lang) }
	}
	refusal := func(c moderation.Code, pairs ...string) func() Message {
		return func() Message { return s.Refusal(moderation.NewError(c, pairs...), lang) }
	}
	out := map[string]func() Message{
		"card": card(done), "partly": card(partly), "asking": card(w.asking()), "waiting": card(waiting),
		"thread": thread(partly), "waiting-thread": thread(waiting), "shown": shown(partly), "waiting-shown": shown(waiting),
		"cards": cards(done, partly, w.asking()), "waiting-cards": cards(waiting, w.waiting()), "answer": answer(partly), "waiting-answer": answer(waiting),
		"list": list(moderation.Bans), "who": list(moderation.Who),
		"rooms": func() Message {
			return s.RoomsList(map[string]moderation.Room{w.roomName: {Kind: moderation.KindLive, ID: w.room}}, map[string][]moderation.Room{w.roomName: {{Kind: moderation.KindLive, ID: w.room}}}, lang)
		},
		"refusal": refusal(moderation.RefuseUnknownPerson, "detail", w.reason), "unknown": refusal(moderation.Code(w.reason), "x", w.name),
	}
	for name, m := range w.mistakes() {
		if !strings.HasPrefix(name, "code-") { // TestEveryMessageKeepsTheLimits has them
			out["mistake-"+name] = func() Message { return s.Mistake(m, lang, slices.Repeat([]string{opaque}, len(m.Offers)+1)) }
		}
	}
	for _, state := range decisions() {
		out["decided-"+string(state)] = card(w.decided(state))
		out["stale-"+string(state)] = func() Message { return s.Stale(w.decided(state), lang) }
	}
	for name, items := range map[string][]LineItem{"life": w.lifeLines(), "lines": w.lines(4)} {
		for i, m := range s.AuditLines(items, 0, byToken) {
			out[name+string(rune('0'+i))] = func() Message { return m.Message }
		}
	}
	return out
}

func requireHarmless(t testing.TB, file []byte) [][]string {
	t.Helper()
	require.True(t, strings.HasPrefix(string(file), "\uFEFF"))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file), "\uFEFF"))).ReadAll()
	require.NoError(t, err)
	for _, row := range rows {
		for _, cell := range row {
			cell = strings.TrimLeft(cell, " ")
			require.False(t, cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(cell)[0]), "%q", cell)
			require.Empty(t, unseen("cell", cell))
		}
	}
	return rows
}

func TestCSV(t *testing.T) {
	s := New(Config{})
	l := calm().list(2, moderation.Bans)
	l.Reading.Rows = append(l.Reading.Rows, moderation.ReadingRow{ID: `=HYPERLINK("x")`, Note: "a,b\r\n\"c\""}, moderation.ReadingRow{ID: "-1+2"}, moderation.ReadingRow{ID: "\t=1"})
	file := string(s.CSV(l))
	require.Equal(t, "\uFEFFuser_id,until_utc,note,room,list,read_at_utc,list_complete\r\n"+
		"troll0,2026-11-22T12:59:31Z,anchor,live:show1,bans,2026-11-22T12:59:31Z,yes\r\n"+
		"troll1,2026-11-22T13:59:31Z,anchor,live:show1,bans,2026-11-22T12:59:31Z,yes\r\n"+
		"\"'=HYPERLINK(\"\"x\"\")\",,\"a,b[U+000D][U+000A]\"\"c\"\"\",live:show1,bans,2026-11-22T12:59:31Z,yes\r\n"+
		"'-1+2,,,live:show1,bans,2026-11-22T12:59:31Z,yes\r\n"+
		"'[U+0009]=1,,,live:show1,bans,2026-11-22T12:59:31Z,yes\r\n", file)
	w := calm()
	w.targets = 100
	rows := requireHarmless(t, s.OutcomesCSV(w.partly()))
	require.Len(t, rows, 101)
	require.Equal(t, []string{"414", "troll8", "failed", "vendor-room-gone", "1", "live.ban_member", "", "", "Id-8c98-O-Seq-52720", "1", "2026-11-22T12:59:31Z", "212", "", "room:show1"}, rows[2])
	l.Reading.Cut = true
	require.Contains(t, string(s.CSV(l)), "troll0,2026-11-22T12:59:31Z,anchor,live:show1,bans,2026-11-22T12:59:31Z,no\r\n")
}

func TestOnlyWhoMustActIsMentioned(t *testing.T) {
	s, w := New(Config{}), calm()
	pings := func(m Message) int {
		return strings.Count(jsonOf(m.Blocks), "<@") + strings.Count(jsonOf(m.Blocks), `"user_id"`)
	}
	require.Zero(t, pings(s.Card(w.done())))
	require.Zero(t, pings(s.Card(w.open())))
	require.Zero(t, pings(s.Card(w.lifted())))
	require.Equal(t, 1, pings(s.Card(w.asking())))
	require.Equal(t, 1, pings(s.Card(w.partly())))
	require.Equal(t, 1, pings(s.Card(w.unknownRoom())))
	require.Zero(t, pings(s.Thread(w.partly(), w.partly().Entries)))
	require.Equal(t, 1, pings(s.CardList([]moderation.CaseView{w.done(), w.partly(), w.asking(), w.unknownRoom()})), "once for one person")
	for _, m := range s.AuditLines(w.lines(50), 0, byToken) {
		require.Zero(t, pings(m.Message))
	}
	dropped := func(code moderation.Code) moderation.CaseView {
		return w.view(9, w.action(moderation.Ban, moderation.KindLive, time.Hour), moderation.Done, func(int) moderation.Target {
			return moderation.Target{Outcome: moderation.Dropped, Code: code}
		})
	}
	require.Zero(t, pings(s.Card(dropped(moderation.CodeDropped))), "the requester dropped it")
	require.Equal(t, 1, pings(s.Card(dropped(moderation.CodeRightLost))))
	system := w.partly()
	system.Case.Actor.Kind = moderation.ActorSystem
	require.Zero(t, pings(s.Card(system)))
	forged := w.partly()
	forged.Case.Actor.User = "U1> <!channel"
	require.Zero(t, pings(s.Card(forged)))
}

func TestButtonsAreWhatIsOpen(t *testing.T) {
	s, w := New(Config{}), calm()
	steps := func(m Message) []string {
		var raw []any
		if err := json.Unmarshal([]byte(jsonOf(m.Blocks)), &raw); err != nil {
			t.Fatal(err)
		}
		var out []string
		walk(raw, func(o map[string]any) {
			if o["type"] == "button" {
				step, err := commands.ParseStep(o["action_id"].(string), o["value"].(string))
				require.NoError(t, err)
				require.Equal(t, opaque, step.ID)
				out = append(out, string(step.Kind)+"."+step.Step)
			}
		})
		return out
	}
	require.Empty(t, steps(s.Card(w.done())))
	require.Empty(t, steps(s.Card(w.open())))
	require.ElementsMatch(t, []string{"case.run", "case.drop"}, steps(s.Card(w.asking())))
	require.Equal(t, []string{"case.again"}, steps(s.Card(w.unknownRoom())))
	require.ElementsMatch(t, []string{"case.run", "case.drop", "case.again"}, steps(s.CardList([]moderation.CaseView{w.asking(), w.unknownRoom(), w.done()})))
	require.ElementsMatch(t, []string{"case.run", "case.drop"}, steps(s.ShowCase(w.asking(), EN)))
	require.Equal(t, []string{"draft.run", "draft.run", "draft.edit"}, steps(s.Mistake(w.mistakes()["dash"], EN, []string{opaque, opaque, opaque})))
	require.Equal(t, []string{"draft.run"}, steps(s.Mistake(w.mistakes()["kik"], EN, []string{opaque})))
	require.Empty(t, steps(s.Mistake(w.mistakes()["kik"], EN, nil)))
	l := w.list(45, moderation.Bans)
	of := func(rows int, more ...string) []string {
		return append(slices.Repeat([]string{"list.act", "list.history"}, rows), append(more, "list.ban", "list.unban", "list.silence", "list.history", "list.csv")...)
	}
	require.ElementsMatch(t, of(PageSize, "list.page"), steps(s.ListPage(l, 0, EN)))
	require.ElementsMatch(t, of(PageSize, "list.page", "list.page"), steps(s.ListPage(l, 1, EN)))
	require.ElementsMatch(t, of(5, "list.page"), steps(s.ListPage(l, 2, EN)))
	require.Equal(t, s.ListPage(l, 2, EN), s.ListPage(l, 99, EN), "the nearest page")
	require.Equal(t, s.ListPage(l, 0, EN), s.ListPage(l, -1, EN))
	require.Empty(t, steps(s.ListPage(w.list(0, moderation.Bans), 0, EN)))
}

// A pasted column fills no screen: one line, with how many more there are. Why
// shows it exactly.
func TestTypedLinesAreOneLine(t *testing.T) {
	s, w := New(Config{}), calm()
	w.typed = "ban gala troll7 24h first\r\nsecond\tcolumn\nthird" + strings.Repeat("\nmore", 297)
	thread := rawText(s.Thread(w.done(), w.done().Entries))
	require.Contains(t, thread, "Typed: ban gala troll7 24h first ⏎ second ⇥ column ⏎ third … (300 lines)\n")
	require.NotContains(t, thread, "[U+")
	require.Contains(t, rawText(s.Why(w.done(), nil, EN)), "first[U+000D][U+000A]second[U+0009]column[U+000A]third[U+000A]more")
	require.Contains(t, rawText(s.ShowCase(w.done(), EN)), "⏎ third … (300 lines)")
	column := strings.Repeat("frank\n", 40)
	m := &commands.Mistake{Code: commands.CodeVerbUnknown, Text: column, Offers: []commands.Offer{{Command: "kick room:1 " + column}}}
	require.Equal(t, "Unknown command “frank ⏎ frank ⏎ frank … (40 lines)”. /mod help lists all commands.\n"+
		"Did you mean /mod kick room:1 frank ⏎ frank ⏎ frank … (40 lines)?", rawText(s.Mistake(m, EN, nil)))
}
