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

	"bouncer/commands"
	"bouncer/moderation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden holds every message in both languages to testdata, where a
// reviewer can read how it looks.
func TestGolden(t *testing.T) {
	seen := map[string]bool{}
	for lang, s := range speakers() {
		for name, m := range calm().messages(s, lang) {
			name, ok := strings.CutPrefix(name, "golden.")
			if !ok {
				continue
			}
			var pretty []byte
			var v any
			require.NoError(t, json.Unmarshal([]byte(jsonOf(map[string]any{"text": strings.Split(m.Text, "\n"), "blocks": m.Blocks})), &v))
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
		messages := s.Lines(items[:1000], time.Minute)
		require.LessOrEqual(t, len(messages), 8, lang)
		told := 0
		for _, m := range messages {
			require.Empty(t, faults(m.Message, "", "", w.link))
			require.Positive(t, m.Items)
			require.Equal(t, m.Items, strings.Count(rawText(m.Message), "9f3a61c0"), "each line has its chain head")
			require.Equal(t, m.Items, strings.Count(rawText(m.Message), "12:59:31Z"), "and its time")
			require.Equal(t, m.Items, strings.Count(rawText(m.Message), "U07MEI"), "and who")
			told += m.Items
		}
		require.Equal(t, 1000, told)
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
	})
	return b.String()
}

func TestFewLinesAreTold(t *testing.T) {
	s, w := New(Config{}), calm()
	require.Empty(t, s.Lines(nil, 0))
	m := s.Lines(w.lines(1)[:1], 0)
	require.Len(t, m, 1)
	require.Equal(t, 1, m[0].Items)
	require.Equal(t, "✅ #412 ban 24 h · `live:show1` · troll7 · Mei Lin (U07MEI) · hate - called the host slurs · 12:59:31Z · 9f3a61c0 · <https://acme.slack.com/archives/C0LIVE/p1763816371842000|card>", m[0].Text)
	late := s.Lines(w.lines(1)[:1], time.Minute)
	require.Contains(t, late[0].Text, "9f3a61c0")
	hostile := w.lines(1)[:1]
	hostile[0].Permalink = "https://evil.example/|x> <!channel>"
	require.NotContains(t, s.Lines(hostile, 0)[0].Text, "evil")
}

func TestAnswersInAnAckStayUnderSlacksLimit(t *testing.T) {
	w := calm()
	w.typed, w.reason, w.user = strings.Repeat("字<", 4000), strings.Repeat("字", 3000), strings.Repeat("字", 100)
	rooms := map[string]moderation.Room{}
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		rooms[strings.Repeat("字", 200)+string(c)] = moderation.Room{Kind: moderation.KindLive, ID: "x"}
	}
	for lang, s := range speakers() {
		messages := []Message{s.Help("", lang, rooms), s.NotKept(lang)}
		for _, v := range moderation.Verbs() {
			messages = append(messages, s.Help(v.Verb, lang, rooms))
		}
		for _, m := range w.mistakes() {
			messages = append(messages, s.Mistake(m, lang, []string{opaque, opaque}))
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
	require.Equal(t, "1–3, 6, 8–9", ranges([]int{1, 2, 3, 6, 9, 8}))
}

func TestSentencesAreThoseOfTheReference(t *testing.T) {
	s := New(Config{})
	text := func(m *commands.Mistake) string { return rawText(s.Mistake(m, EN, []string{opaque})) }
	require.Equal(t, "“kik” is no verb. /mod help lists them.\nDid you mean: /mod kick room:1234 test1Run",
		text(&commands.Mistake{Code: commands.CodeVerbUnknown, Piece: "kik", Suggest: []string{"kick room:1234 test1"}}))
	require.Equal(t, "room:abc: a numbered room needs a number from 1 to 4294967294. A room with a name is strroom:abc.",
		text(&commands.Mistake{Code: commands.CodeRoomNumber, Piece: "room:abc", Values: map[string]string{"room": "room:abc", "id": "abc"}}))
	require.Equal(t, "“30” is no duration. Write 30s, 30m or 30h.", text(&commands.Mistake{Code: commands.CodeNumberBare, Piece: "30"}))
	require.Equal(t, "live:test has no kick. A short ban does it.\nInstead: /mod ban live:test troll7 10mRun",
		text(&commands.Mistake{Code: commands.CodeNoKickInLive, Values: map[string]string{"room": "live:test"}, Suggest: []string{"ban live:test troll7 10m"}}))
	require.Equal(t, "Tencent does not know room:99 (FailedOperation.RoomNotExist, req-7f). It has ended, or it is a room with a name: strroom:99.",
		rawText(s.Refusal(moderation.NewError(moderation.CodeVendorRoomGone, "room", "room:99", "code", "FailedOperation.RoomNotExist", "request", "req-7f"), EN)))
	require.Equal(t, "Slack could not tell me who you are, so nothing ran. Try again in a minute; if it stays, tell the operator: users.info answers 500.",
		rawText(s.Refusal(moderation.NewError(moderation.RefuseUnknownPerson, "detail", "users.info answers 500"), EN)))
	require.Equal(t, "“a–b”: character 2 is “–” (en dash, U+2013), which no UserID has. UserIDs are never corrected for you.",
		text(&commands.Mistake{Code: commands.CodeUserCharacter, Piece: "a–b", Values: map[string]string{"at": "2", "char": "–", "point": "U+2013", "class": "dash", "name": "en dash"}}))
}
