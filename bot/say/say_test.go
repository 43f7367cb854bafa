package say

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/commands"
	"bouncer/moderation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden holds every message in both languages to testdata, where a
// reviewer can read how it looks.
func TestGolden(t *testing.T) {
	seen := map[string]bool{}
	for lang, s := range speakers() {
		shown := calm().messages(s, lang)
		for name, m := range calm().modals(s, lang) {
			shown[name] = Message{Text: strings.Join(viewWords(m), "\n"), Blocks: m.View.Blocks.BlockSet}
		}
		for name, m := range shown {
			name, ok := strings.CutPrefix(name, "golden.")
			if !ok {
				continue
			}
			var pretty []byte
			var v any
			all := map[string]any{"text": strings.Split(m.Text, "\n"), "blocks": m.Blocks}
			if m.Plain != nil {
				all["plain"] = m.Plain
			}
			require.NoError(t, json.Unmarshal([]byte(jsonOf(all)), &v))
			pretty = []byte(indent(t, v))
			file := filepath.Join("testdata", name+"."+string(lang)+".golden.json")
			seen[file] = true
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(file, pretty, 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(pretty), file)
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.golden.json"))
	require.NoError(t, err)
	for _, f := range files {
		require.True(t, seen[f], "%s belongs to no message", f)
	}
}

// viewWords are what a view has beside its blocks.
func viewWords(m Modal) []string {
	v := m.View
	out := []string{"title: " + v.Title.Text, "close: " + v.Close.Text, "callback: " + v.CallbackID}
	if v.Submit != nil {
		out = append(out, "submit: "+v.Submit.Text)
	}
	return out
}

func indent(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(v))
	return b.String()
}

func TestThousandLinesFitIntoEightMessages(t *testing.T) {
	t.Parallel()
	for lang, s := range speakers() {
		w := calm()
		w.name, w.reason = "Konstantin Alexandrowitsch", strings.Repeat("long reason ", 50)
		w.targets = 40
		var items []LineItem
		for range 1000 {
			items = append(items, w.lines(4)[:4]...)
			if len(items) >= 1000 {
				break
			}
		}
		messages := s.AuditLines(items[:1000], time.Minute, byToken)
		require.LessOrEqual(t, len(messages), 8, lang)
		shown := 0
		for _, m := range messages {
			require.Empty(t, faults(m.Message, "", "", w.link))
			require.NotEmpty(t, m.Items)
			require.Equal(t, len(m.Items), strings.Count(rawText(m.Message), "9f3a61c0"), "each line has its chain head")
			require.Equal(t, len(m.Items), strings.Count(rawText(m.Message), "12:59 UTC"), "and its time")
			require.Equal(t, len(m.Items), strings.Count(rawText(m.Message), "U07MEI"), "and who")
			shown += len(m.Items)
		}
		require.Equal(t, 1000, shown)
	}
}

func rawText(m Message) string {
	var v any
	if err := json.Unmarshal([]byte(jsonOf(m.Blocks)), &v); err != nil {
		panic(err)
	}
	var b strings.Builder
	walk(v, func(o map[string]any) {
		if s, ok := o["text"].(string); ok {
			b.WriteString(s)
		}
		if s, ok := o["fallback"].(string); ok {
			b.WriteString(s)
		}
		if s, ok := o["channel_id"].(string); ok {
			b.WriteString(s)
		}
	})
	return b.String()
}

func TestFewLinesAreWritten(t *testing.T) {
	s, w := New(Config{}), calm()
	require.Empty(t, s.AuditLines(nil, 0, byToken))
	m := s.AuditLines(w.lines(1)[:1], 0, byToken)
	require.Len(t, m, 1)
	require.Equal(t, []int{0}, m[0].Items)
	require.Equal(t, "✅ #412 ban 24 h · gala (`live:show1`) · troll7 · Mei Lin (U07MEI) · hate - called the host slurs · 12:59 UTC · 9f3a61c0 · <https://acme.slack.com/archives/C0LIVE/p1763816371842000|card>", m[0].Text)
	late := s.AuditLines(w.lines(1)[:1], time.Minute, byToken)
	require.Contains(t, late[0].Text, "9f3a61c0")
	hostile := w.lines(1)[:1]
	hostile[0].Permalink = "https://evil.example/|x> <!channel>"
	require.NotContains(t, s.AuditLines(hostile, 0, byToken)[0].Text, "evil")
}

func TestAnswersInAnAckStayUnderSlacksLimit(t *testing.T) {
	w := calm()
	w.typed, w.reason, w.user = strings.Repeat("字<", 4000), strings.Repeat("字", 3000), strings.Repeat("字", 100)
	for lang, s := range speakers() {
		messages := []Message{s.Help("", lang), s.Fixed(NotStored, lang)}
		for _, v := range moderation.Verbs() {
			messages = append(messages, s.Help(v.Verb, lang))
		}
		for _, m := range w.mistakes() {
			messages = append(messages, s.Mistake(m, lang, []string{opaque, opaque, opaque}))
		}
		for _, m := range messages {
			raw, err := json.Marshal(map[string]any{"text": m.Text, "blocks": m.Blocks}) // as slack-go sends it, < as six bytes
			require.NoError(t, err)
			require.Less(t, len(raw), 18_000)
		}
	}
}

func TestLang(t *testing.T) {
	for locale, want := range map[string]Lang{"zh-CN": ZH, "zh-TW": ZH, "zh": ZH, "en-US": EN, "en_GB": EN, "fr-FR": ZH, "": ZH, "zhuang": ZH, "english": ZH} {
		require.Equal(t, want, LangOf(locale, ZH), locale)
	}
	require.Equal(t, EN, LangOf("", EN))
	_, err := ParseLang("fr")
	require.ErrorContains(t, err, "en, zh")
	l, err := ParseLang(" ZH_cn ")
	require.NoError(t, err)
	require.Equal(t, ZH, l)
	require.Equal(t, EN, New(Config{}).Lang())
}

func TestNumbersAndLengths(t *testing.T) {
	s := New(Config{})
	tests := []struct {
		d      time.Duration
		en, zh string
	}{
		{24 * time.Hour, "24 h", "24 小时"}, {7 * 24 * time.Hour, "7 days", "7 天"}, {90 * time.Minute, "1 h 30 min", "1 小时 30 分钟"},
		{30 * time.Second, "30 s", "30 秒"}, {36 * time.Hour, "36 h", "36 小时"}, {49 * time.Hour, "2 days 1 h", "2 天 1 小时"},
		{200 * time.Millisecond, "200 ms", "200 毫秒"}, {49*time.Hour + time.Minute + time.Second, "2 days 1 h 1 min 1 s", "2 天 1 小时 1 分钟 1 秒"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.en, s.in(EN).length(tt.d))
		require.Equal(t, tt.zh, s.in(ZH).length(tt.d))
	}
	require.Equal(t, "1 person", s.in(EN).people(1).plain())
	require.Equal(t, "1,000 people", s.in(EN).people(1000).plain())
	require.Equal(t, "1,000 人", s.in(ZH).people(1000).plain())
	require.Equal(t, "3 天前", s.in(ZH).ago(72*time.Hour))
	require.Equal(t, "2 h ago", s.in(EN).ago(2*time.Hour))
	require.Equal(t, "-1,234,567", number(-1234567))
}

func TestSentencesAreThoseOfTheReference(t *testing.T) {
	s := New(Config{})
	text := func(m *commands.Mistake) string {
		return rawText(s.Mistake(m, EN, []string{opaque, opaque}[:min(1, len(m.Offers))]))
	}
	require.Equal(t, "Unknown command “kik”. /mod help lists all commands.\nDid you mean /mod kick room:1234 test1?Run",
		text(&commands.Mistake{Code: commands.CodeVerbUnknown, Text: "kik", Offers: []commands.Offer{{Command: "kick room:1234 test1"}}}))
	require.Equal(t, "room:abc: a numbered room needs a number from 1 to 4294967294. A room with a name is written strroom:abc.",
		text(&commands.Mistake{Code: commands.CodeRoomNumber, Text: "room:abc", Values: map[string]string{"room": "room:abc", "id": "abc"}}))
	require.Equal(t, "“30” could be a duration or part of the reason. Write 30s, 30m or 30h.", text(&commands.Mistake{Code: commands.CodeNumberBare, Text: "30"}))
	require.Equal(t, "“30m” is a duration inside the reason. Write it before the reason, or put the reason in quotation marks.\n"+
		"Did you mean one of these?\n1. /mod mute room:10006 alice 30m bob (for 30 min)\n2. /mod mute room:10006 alice 1h bob 30m (for 1 h, the default)Run 1", text(wrong("mute room:10006 alice bob 30m")))
	require.Equal(t, "“until 18:00” is a time, not a length. mute needs a length, such as 30m, 2h or 7d. If it belongs to the reason, put the reason in quotation marks.\n"+
		"Did you mean /mod mute room:10006 alice 1h \"until 18:00\" (for 1 h, the default)?Run", text(wrong("mute room:10006 alice until 18:00")))
	require.Equal(t, "“0” is no time at all. To end a restriction use unmute, unban, unsilence or unfreeze.\n"+
		"Did you mean /mod unmute room:10006 alice?Run", text(wrong("mute room:10006 alice 0")))
	require.Equal(t, "“1 month”: months and years vary in length. Write days, such as 30 days.\n"+
		"Did you mean /mod mute room:10006 alice 30d?Run", text(wrong("mute room:10006 alice 1 month")))
	require.Equal(t, "live:test has no kick. A short ban removes a person.\nUse /mod ban live:test troll7 10mRun",
		text(&commands.Mistake{Code: commands.CodeNoKickInLive, Values: map[string]string{"room": "live:test"}, Offers: []commands.Offer{{Command: "ban live:test troll7 10m"}}}))
	require.Equal(t, "Tencent doesn’t know room:99 (FailedOperation.RoomNotExist, req-7f). It has ended, or it is a room with a name: strroom:99.",
		rawText(s.Refusal(moderation.NewError(moderation.CodeVendorRoomGone, "room", "room:99", "code", "FailedOperation.RoomNotExist", "request", "req-7f"), EN)))
	require.Equal(t, "Slack can’t say who you are right now, so nothing was done. Try again in a minute; if it happens again, tell the operator: users.info answers 500.",
		rawText(s.Refusal(moderation.NewError(moderation.RefuseUnknownPerson, "detail", "users.info answers 500"), EN)))
	require.Equal(t, "Not a UserID: “a–b”. Character 2 is “–” (en dash, U+2013). Copy the id from where you saw it.",
		text(&commands.Mistake{Code: commands.CodeUserCharacter, Text: "a–b", Values: map[string]string{"at": "2", "char": "–", "point": "U+2013", "class": "en-dash"}}))
}

// wrong is the mistake in what was typed.
func wrong(typed string) *commands.Mistake {
	_, m := commands.Parse(typed, commands.ParseContext{})
	return m
}

// What never came about has no end to wait for.
func TestTheEndIsShownOfWhatIsOrMayBeInForce(t *testing.T) {
	s, w := New(Config{}), calm()
	ends := func(state moderation.State, o moderation.Outcome) bool {
		v := w.view(412, w.action(moderation.Ban, moderation.KindLive, time.Hour), state, func(int) moderation.Target { return moderation.Target{Outcome: o} })
		card := strings.Contains(rawText(s.Card(v)), "ends 2026-")
		if state != moderation.AwaitingConfirmation {
			require.Equal(t, card, strings.Contains(rawText(s.CaseAnswer(v, EN, "")), "ends 2026-"))
		}
		return card
	}
	for _, o := range []moderation.Outcome{moderation.Accepted, moderation.Unknown} {
		require.True(t, ends(moderation.Done, o), o)
	}
	for _, o := range []moderation.Outcome{moderation.Failed, moderation.Superseded, moderation.Dropped} {
		require.False(t, ends(moderation.Done, o), o)
	}
	require.True(t, ends(moderation.Open, moderation.Pending))
	require.True(t, ends(moderation.AwaitingConfirmation, moderation.Pending))
}

// Help names each verb in Chinese by a name that can be typed.
func TestHelpNamesVerbsInChinese(t *testing.T) {
	s := New(Config{})
	zh, en := rawText(s.Help("", ZH)), rawText(s.Help("", EN))
	for _, v := range moderation.Verbs() {
		name := s.in(ZH).verb(v.Verb).plain()
		require.Contains(t, zh, "  "+name+"：")
		require.NotContains(t, en, name)
		a, m := commands.Parse("help "+name, commands.ParseContext{})
		require.Nil(t, m, name)
		require.Equal(t, v.Verb, a.Topic)
	}
}

func TestTheRequesterReadsWhyACardIsElsewhere(t *testing.T) {
	s, w := New(Config{}), calm()
	text := func(lang Lang, link, why string) string { return rawText(s.CardElsewhere(w.done(), lang, link, why)) }
	elsewhere := text(EN, w.link, "")
	require.Equal(t, "The card of #412 is in C0LIVE: ban · gala (live:show1) · troll7 · 24 h\nOpen the card", elsewhere)
	for why, want := range map[string][2]string{
		"outsiders":                           {"external people can read the channel, or soon will", "外部人员可以或即将可以看到该频道"},
		"is_archived":                         {"the channel is archived", "频道已归档"},
		"restricted_action_read_only_channel": {"only some people may post there, and the bot is not one of them", "该频道限制发言，机器人没有发言权限"},
		"code_of_tomorrow":                    {"Slack refuses it (code_of_tomorrow)", "被 Slack 拒绝（code_of_tomorrow）"},
	} {
		moved := "The card could not be posted in the channel where you typed the command: " + want[0] + "."
		require.Equal(t, strings.Replace(elsewhere, "Open the card", moved+"\nOpen the card", 1), text(EN, w.link, why))
		require.Contains(t, text(EN, "", why), "could not be posted anywhere yet")
		require.Contains(t, text(EN, "", why), moved)
		require.Contains(t, text(ZH, w.link, why), "未能发到你输入命令的频道："+want[1]+"。")
	}
}

func TestThreadsNameTheButtonThatWasPressed(t *testing.T) {
	s, person := New(Config{}), calm().actor()
	for step, want := range map[string]string{
		commands.StepRun: "pressed “Run it now”", commands.StepAbandon: "pressed “Don’t run it”", commands.StepTryAgain: "pressed “Try again”", "later": "pressed “later”",
	} {
		body := moderation.Body{Actor: &person, Detail: step, Typed: "mute room:1 a", Outcome: "dropped"}
		m := s.Thread(moderation.CaseView{}, []moderation.Entry{{ID: 1, At: asked, Kind: moderation.EntryConfirmation, Body: body.JSON()}})
		require.Contains(t, m.Text, want)
	}
}

// The log says what was not sent, what may have worked, and what ended late.
func TestWhatWasDroppedAndWhatEndedLate(t *testing.T) {
	at := time.UnixMilli(1_795_000_000_000).UTC()
	say := func(kind moderation.EntryKind, outcome moderation.Outcome) string {
		e := moderation.Entry{ID: 1, At: at, Kind: kind, Body: moderation.Body{
			Targets: []string{"alice"}, Outcome: string(outcome), Code: moderation.CodeEventOld, Until: at,
		}.JSON()}
		return New(Config{Lang: EN, Command: "/mod"}).ThreadList([]ThreadItem{{View: moderation.CaseView{}, Entries: []moderation.Entry{e}}}).Text
	}
	require.Contains(t, say(moderation.EntryDropped, moderation.Superseded), "Not sent: alice")
	require.Contains(t, say(moderation.EntryDropped, moderation.Unknown), "Outcome unknown: alice")
	require.NotContains(t, say(moderation.EntryDropped, moderation.Unknown), "Not sent: ")
	require.Contains(t, say(moderation.EntryDropped, moderation.Failed), "Given up: alice")
	require.Contains(t, say(moderation.EntryOverdue, ""), "retrying")
	require.Contains(t, say(moderation.EntryOverdue, moderation.Lifted), "ended now")
	lines := New(Config{Lang: EN, Command: "/mod"}).AuditLines([]LineItem{{
		Kind: moderation.EntryOverdue, At: at, Case: 7, Count: 12,
		Body: moderation.Body{Until: at, Detail: "room:10006", Outcome: moderation.Lifted},
	}}, 0, byToken)
	require.Contains(t, lines[0].Text, "12 restrictions should have ended at")
	require.Contains(t, lines[0].Text, "room:10006")
	require.Contains(t, lines[0].Text, "ended now")
}

// What people read as a length they may type as one.
func TestLengthsReadBack(t *testing.T) {
	t.Parallel()
	both := speakers()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, int64(moderation.MaxDuration/time.Second)).Draw(t, "s")) * time.Second
		for lang, s := range both {
			words := s.in(lang).length(d)
			got, perm, m := commands.ParseDuration(words)
			if m != nil || perm || got != d {
				t.Fatalf("%s -> %q -> %s %v", d, words, got, m)
			}
		}
	})
}
