package commands

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestUsers(t *testing.T) {
	check(t, plainContext(), []row{
		ok("kick room:1 a,b,c", "kick room:1 a,b,c"),
		ok("kick room:1 a, b ,c x", "kick room:1 a,b,c x"),
		ok("kick room:1 b,a,b,a", "kick room:1 b,a"),
		ok("kick room:1 a\nb\r\nc", "kick room:1 a,b,c"),
		ok("kick room:1 a,\nb,\nc spam", "kick room:1 a,b,c spam"),
		wrong("kick room:1\na\n\nb", CodeUserColumn, "b", "kick room:1 a,b", `kick room:1 a "b"`),
		ok("kick room:1 a,,b,", "kick room:1 a,b"),
		ok("mute room:1 a\nb\n30m spam", "mute room:1 a,b 30m spam"),
		ok("mute room:1 a\nb\naudio\n30 min", "mute room:1 a,b audio 30m"),
		ok(`kick room:1 "bad guy",b x`, `kick room:1 "bad guy",b x`),
		ok("kick room:1 “bad guy”，b x", `kick room:1 "bad guy",b x`),
		ok(`kick room:1 “bad guy" x`, `kick room:1 "bad guy" x`),
		ok("kick room:1 ＂bad guy＂ x", `kick room:1 "bad guy" x`),
		ok(`kick room:1 "a,b"`, `kick room:1 "a,b"`),
		ok(`kick room:1 "say ""hi"""`, `kick room:1 "say ""hi"""`),
		wrong("kick room:1 o'neil it's loud", CodeUserUnusual, "o'neil", `kick room:1 "o'neil" it's loud`),
		ok("kick room:1 Troll,troll", "kick room:1 Troll,troll"),
		wrong("kick room:1 user:5", CodeUserUnusual, "user:5", "kick room:1 5", `kick room:1 "user:5"`),
		wrong("kick room:1 #$%_.~|a", CodeUserUnusual, "#$%_.~|a", `kick room:1 "#$%_.~|a"`),
		wrong("kick room:1 <mailto:a@b.c|a@b.c> spam", CodeUserUnusual, "a@b.c", `kick room:1 "a@b.c" spam`),
		wrong("kick room:1 <mailto:a@b.c|A@b.c>", CodeUserUnusual, "A@b.c", `kick room:1 "A@b.c"`),
		ok("kick room:1 <http://x.y|x.y>,<tel:123|123>", "kick room:1 x.y,123"),
		ok("kick room:1 <http://x.y/|x.y>", "kick room:1 x.y"),
		wrong("kick room:1 <http://x.y>", CodeUserUnusual, "http://x.y", `kick room:1 "http://x.y"`),
		wrong("kick room:1 <http://x.y|good>", CodeUserUnusual, "http://x.y", `kick room:1 "http://x.y"`),
		wrong("kick room:1 a&lt;b", CodeUserUnusual, "a<b", `kick room:1 "a<b"`),
		wrong("kick room:1 &lt;@U1&gt;", CodeSlackPerson, "<@U1>"),
		wrong("kick room:1 a<b", CodeUserUnusual, "a<b", `kick room:1 "a<b"`),
		ok(`kick room:1 "30m"`, `kick room:1 "30m"`),
		ok("ban live:x audio 1d", `ban live:x "audio" 24h`),
		ok("kick room:1 29376", "kick room:1 29376"),
		ok("kick room:1 "+strings.Repeat("x", 32), "kick room:1 "+strings.Repeat("x", 32)),
		wrong("kick room:1", CodeUsersMissing, ""),
		wrong("kick room:1 ,", CodeUsersMissing, ""),
		wrong("kick room:1 "+strings.Repeat("x", 33), CodeUserLength, strings.Repeat("x", 33)),
		wrong(`kick room:1 ""`, CodeUserEmpty, `""`),
		wrong(`kick room:1 "",b`, CodeUserEmpty, `""`, "kick room:1 b"),
		wrong("kick room:1 a—b", CodeUserCharacter, "a—b", "kick room:1 a--b", "kick room:1 a-b"),
		wrong("kick room:1 a–b", CodeUserCharacter, "a–b", "kick room:1 a-b", "kick room:1 a--b"),
		wrong("kick room:1 wait…", CodeUserCharacter, "wait…", "kick room:1 wait", `kick room:1 "wait..."`),
		wrong("kick room:1 a—b,c…d x", CodeUserCharacter, "a—b", "kick room:1 a--b,c...d x", "kick room:1 a-b,c.d x"),
		wrong("kick room:1 o’neil", CodeUserCharacter, "o’neil", `kick room:1 "o'neil"`),
		wrong("kick room:1 a‑b", CodeUserCharacter, "a‑b", "kick room:1 a-b"),
		wrong("kick room:1 \u200ba", CodeUserCharacter, "U+200Ba", "kick room:1 a"),
		wrong("kick room:1 a\u202eb", CodeUserCharacter, "aU+202Eb", "kick room:1 ab"),
		wrong("kick room:1 a\ufeff,b", CodeUserCharacter, "aU+FEFF", "kick room:1 a,b"),
		wrong("kick room:1 a,\u200b,b", CodeUserCharacter, "U+200B", "kick room:1 a,b"),
		wrong("kick room:1 a\x00b", CodeUserCharacter, "aU+0000b", "kick room:1 ab"),
		wrong("kick room:1 ｕｓｅｒ１", CodeUserCharacter, "ｕｓｅｒ１", "kick room:1 user1"),
		wrong("kick room:1 ＠a！", CodeUserCharacter, "＠a！", "kick room:1 a", `kick room:1 "@a!"`),
		wrong("kick room:1 “a，b”", CodeUserCharacter, "“a，b”", `kick room:1 "a,b"`),
		wrong("kick room:1 \"a\u00a0b\"", CodeUserCharacter, `"aU+00A0b"`, `kick room:1 "a b"`),
		wrong("kick room:1 张三", CodeUserCharacter, "张三"),
		wrong("kick room:1 trоll7", CodeUserCharacter, "trоll7"), // a Cyrillic о
		wrong("kick room:1 café", CodeUserCharacter, "café"),
		wrong("ban live:x <@U123> 1d", CodeSlackPerson, "<@U123>"),
		wrong("ban live:x a,<@U123|mei lin> 1d", CodeSlackPerson, "<@U123|mei lin>"),
		wrong("kick room:1 <!here>", CodeSlackPerson, "<!here>"),
		wrong("kick room:1 <!subteam^S12|@mods>", CodeSlackPerson, "<!subteam^S12|@mods>"),
		wrong("kick room:1 <#C1|x>", CodeSlackChannel, "<#C1|x>"),
		wrong("mute room:1 30m loud", CodeDurationFirst, "30m", "mute room:1 loud 30m"),
		wrong("mute room:1 30 min", CodeUserOption, "30 min"),
		wrong("mute room:1 audio", CodeUserOption, "audio", `mute room:1 "audio" 1h`),
		ok("mute room:1 a, 30m x", "mute room:1 a 30m x"),
		wrong("ban live:x perm", CodeUserOption, "perm"),
		wrong("kick room:1 room:2 a", CodeUserRoom, "room:2", "kick room:1,room:2 a", `kick room:1 "room:2" a`),
		wrong(`kick room:1 "a`, CodeQuoteOpen, `"a`, "kick room:1 a"),
		wrong(`kick room:1 "bad guy`, CodeQuoteOpen, `"bad guy`, `kick room:1 "bad guy"`, "kick room:1 bad guy"),
		wrong(`ban live:x "bad guy 24h spam`, CodeQuoteOpen, `"bad guy 24h spam`, `ban live:x "bad guy" 24h spam`),
		wrong(`kick room:1 "bad guy, b x`, CodeQuoteOpen, `"bad guy, b x`, `kick room:1 "bad guy",b x`),
		wrong(`kick room:1 a" x`, CodeQuoteOpen, `a"`, "kick room:1 a x"),
		wrong(`kick room:1 "a b"c x`, CodeQuoteFollowed, `"a b"c`, `kick room:1 "a b" c x`),
	})
}

func TestDurationsAndReasons(t *testing.T) {
	check(t, plainContext(), []row{
		ok("mute room:1 a 30s", "mute room:1 a 30s"),
		ok("mute room:1 a 2w", "mute room:1 a 14d"),
		ok("mute room:1 a 1h30m x", "mute room:1 a 1h30m x"),
		ok("mute room:1 a 1d 12h x", "mute room:1 a 36h x"),
		ok("mute room:1 a 2 days 3 hours x", "mute room:1 a 2d3h x"),
		wrong("mute room:1 a 1d 3 hours of spam", CodeDurationOrReason, "1d 3 hours", `mute room:1 a 27h "1d 3 hours of spam"`, `mute room:1 a 24h "3 hours of spam"`),
		wrong("mute room:1 a 30m 2h lag", CodeDurationOrReason, "30m", `mute room:1 a 30m "2h lag"`, `mute room:1 a 1h "30m 2h lag"`),
		ok("mute room:1 a 30 min", "mute room:1 a 30m"),
		ok("mute room:1 a 24hours", "mute room:1 a 24h"),
		ok("mute room:1 a 1 hr", "mute room:1 a 1h"),
		ok("mute room:1 a 1 HR x", "mute room:1 a 1h x"),
		ok("mute room:1 a 30M", "mute room:1 a 30m"),
		ok("mute room:1 a ３０ｍ", "mute room:1 a 30m"),
		ok("mute room:1 a ３０分钟 x", "mute room:1 a 30m x"),
		ok("mute room:1 a 1小时30分钟 吵", "mute room:1 a 1h30m 吵"),
		ok("mute room:1 a 2个小时", "mute room:1 a 2h"),
		ok("mute room:1 a 10分钟，刷屏", "mute room:1 a 10m 刷屏"),
		ok("mute room:1 a 30m, spam", "mute room:1 a 30m spam"),
		ok("mute room:1 a 30m: spam", "mute room:1 a 30m spam"),
		ok("mute room:1 a 1.5h", "mute room:1 a 1h30m"),
		ok("mute room:1 a 24h 3 times", `mute room:1 a 24h "3 times"`),
		ok("ban live:x a 365d", "ban live:x a 365d"),
		ok("ban live:x a 1周 广告", "ban live:x a 7d 广告"),
		ok("silence chat:x a 永久 广告", "silence chat:x a perm 广告"),
		ok("mute room:1 a forever", "mute room:1 a perm"),
		ok("mute room:1 a PERMANENT x", "mute room:1 a perm x"),
		ok("freeze live:x perm", "freeze live:x perm"),
		ok("freeze live:x 5m riot", "freeze live:x 5m riot"),
		ok("freeze live:x riot", "freeze live:x 10m riot"),
		ok("mute room:1 a audio 30m x", "mute room:1 a audio 30m x"),
		ok("mute room:1 a VIDEO", "mute room:1 a video 1h"),
		ok("mute room:1 a 视频 5分钟", "mute room:1 a video 5m"),
		ok("mute room:1 a audio,video 5m", "mute room:1 a 5m"),
		ok("mute room:1 a audio video 5m", "mute room:1 a 5m"),
		ok("mute room:1 a 30m video", "mute room:1 a video 30m"),
		ok("mute room:1 a 30m video spam", `mute room:1 a 30m "video spam"`),
		ok("unmute room:1 a video", "unmute room:1 a video"),
		ok("mute room:1 a video video", `mute room:1 a video 1h "video"`),
		ok(`mute room:1 a "30m"`, "mute room:1 a 30m"),
		ok(`kick room:1 a "3 times warned"`, `kick room:1 a "3 times warned"`),
		ok(`kick room:1 a said "boo" twice`, `kick room:1 a said "boo" twice`),
		ok(`kick room:1 a "boo" twice`, `kick room:1 a """boo"" twice"`),
		ok("kick room:1 a “仇恨言论”", "kick room:1 a 仇恨言论"),
		ok("kick room:1 a one\ttwo  three\u00a0four", "kick room:1 a one two three four"),
		ok("kick room:1 a one two\nthree", "kick room:1 a one two three"),
		ok("kick room:1 a x\u202ey\x07z\u200b", "kick room:1 a xyz"),
		ok("kick room:1 a bad 👨‍👩‍👧 ❤️", "kick room:1 a bad 👨‍👩‍👧 ❤️"),
		ok("kick room:1 a see <http://x.y/z|x.y/z> and <https://e.f|click>", "kick room:1 a see x.y/z and https://e.f"),
		ok("kick room:1 a rude to <@U12|mei> in <#C1|gen> <!here>", "kick room:1 a rude to @mei in #gen @here"),
		ok("kick room:1 a rude to <@U12> in <#C1|>", "kick room:1 a rude to @U12 in #C1"),
		ok("kick room:1 a x &lt;b&gt; &amp; y", "kick room:1 a x <b> & y"),
		ok("kick room:1 a x &amp;lt;", "kick room:1 a x &amp;lt;"),
		ok("kick room:1 a since <!date^1^{date}|monday>", "kick room:1 a since monday"),
		ok(`unban live:x 30 "D，""he said"""`, `unban live:x 30 "D，""he said"""`),
		ok("kick room:1 a - rude", `kick room:1 a "- rude"`),
		ok("kick room:1 a -5 karma", `kick room:1 a "-5 karma"`),
		ok("kick room:1 a -5m late", `kick room:1 a "-5m late"`),
		wrong("mute room:10006 29376 30 loud", CodeNumberBare, "30", "mute room:10006 29376 30m loud"),
		wrong("mute room:1 a 30", CodeNumberBare, "30", "mute room:1 a 30m"),
		wrong("mute room:1 a ３０", CodeNumberBare, "３０", "mute room:1 a 30m"),
		wrong("ban live:x a 7", CodeNumberBare, "7", "ban live:x a 7m"),
		wrong("freeze live:x 10", CodeNumberBare, "10", "freeze live:x 10m"),
		wrong("mute room:1 test1 29377 30m", CodeUserOrReason, "29377", "mute room:1 test1,29377 30m", `mute room:1 test1 1h "29377 30m"`),
		wrong("mute room:1 test1 29377", CodeUserOrReason, "29377", "mute room:1 test1,29377 1h", `mute room:1 test1 1h "29377"`),
		wrong("mute room:1 a 2880 x", CodeNumberBare, "2880", "mute room:1 a 2d x"),
		ok("kick room:1 a 3 times", `kick room:1 a "3 times"`),
		wrong("kick room:1 test1 29377", CodeUserOrReason, "29377", "kick room:1 test1,29377", `kick room:1 test1 "29377"`),
		wrong("mute room:1 a 10 minuts x", CodeDurationUnknown, "10 minuts", "mute room:1 a 10m x", `mute room:1 a 1h "10 minuts x"`),
		wrong("mute room:1 a 1 month", CodeDurationCalendar, "1 month", "mute room:1 a 30d"),
		wrong("mute room:1 a 2个月", CodeDurationCalendar, "2个月", "mute room:1 a 60d"),
		wrong("mute room:1 a 30mn", CodeDurationUnknown, "30mn", "mute room:1 a 30m", `mute room:1 a 1h "30mn"`),
		ok("mute room:1 a 1h30 x", "mute room:1 a 1h30m x"),
		wrong("mute room:1 a 10分钟刷屏", CodeDurationUnknown, "10分钟刷屏", "mute room:1 a 10m 刷屏", `mute room:1 a 1h "10分钟刷屏"`),
		ok("mute room:1 a 2nd offence", `mute room:1 a 1h "2nd offence"`),
		ok("mute room:1 a 24/7 spam", `mute room:1 a 1h "24/7 spam"`),
		wrong("mute room:1 a 0m", CodeDurationZero, "0m", "unmute room:1 a"),
		wrong("silence live:x a 0s sorry", CodeDurationZero, "0s", "unsilence live:x a sorry"),
		wrong("ban live:x a 0d", CodeDurationZero, "0d", "unban live:x a"),
		wrong("mute room:1 a 0", CodeDurationZero, "0", "unmute room:1 a"),
		wrong("ban live:x a 0 sorry", CodeDurationZero, "0", "unban live:x a sorry"),
		wrong("mute room:1 a -5m", CodeDurationZero, "-5m", "mute room:1 a 5m"),
		wrong("mute room:1 a −5m", CodeDurationZero, "−5m", "mute room:1 a 5m"),
		wrong("mute room:1 a 366d", CodeDurationTooLong, "366d", "mute room:1 a 365d"),
		wrong("mute room:1 a 53w", CodeDurationTooLong, "53w", "mute room:1 a 365d"),
		wrong("mute room:1 a 999999999999w", CodeDurationTooLong, "999999999999w", "mute room:1 a 365d"),
		wrong("mute room:1 a 99999999999999999999w", CodeDurationTooLong, "99999999999999999999w", "mute room:1 a 365d"),
		wrong("ban live:x a", CodeDurationMissing, "", "ban live:x a 24h"),
		wrong("ban live:x a spam", CodeDurationMissing, "", "ban live:x a 24h spam"),
		wrong("ban live:x a spam 2d", CodeDurationPlace, "2d", "ban live:x a 2d spam"),
		ok(`ban live:x a "2d"`, "ban live:x a 2d"),
		wrong("ban live:x a perm spam", CodePermNotPossible, "perm", "ban live:x a 365d spam"),
		wrong("silence live:x a 永久", CodePermNotPossible, "永久", "silence live:x a 365d"),
		wrong("kick room:1 a 10m spam", CodeDurationNotTaken, "10m", "kick room:1 a spam", `kick room:1 a "10m spam"`),
		wrong("kick chat:x a 10m spam", CodeDurationNotTaken, "10m", "ban chat:x a 10m spam", "kick chat:x a spam"),
		wrong("kick chat:x a perm", CodeDurationNotTaken, "perm", "kick chat:x a", `kick chat:x a "perm"`),
		wrong("unmute room:1 a 30m", CodeDurationNotTaken, "30m", "unmute room:1 a", `unmute room:1 a "30m"`),
		wrong("close room:1 5m", CodeDurationNotTaken, "5m", "close room:1", `close room:1 "5m"`),
		wrong("freeze live:x troll7 10m rude", CodeUsersNotTaken, "troll7", "silence live:x troll7 10m rude", `freeze live:x 10m "troll7 rude"`),
		wrong(`ban live:x a 1d "hate speech`, CodeQuoteOpen, `"hate speech`, "ban live:x a 24h hate speech"),
		wrong("ban live:x a 1d “hate", CodeQuoteOpen, "“hate", "ban live:x a 24h hate"),
		wrong("kick room:1 a "+strings.Repeat("长", 1001), CodeReasonTooLong, strings.Repeat("长", 100)+"…"),
		ok("kick room:1 a "+strings.Repeat("长", 1000), "kick room:1 a "+strings.Repeat("长", 1000)),
	})
}

func TestChannelsRoom(t *testing.T) {
	check(t, channelContext(), []row{
		ok("ban troll7 1d spam", "ban live:chan troll7 24h spam"),
		ok("ban troll7，troll8 7天", "ban live:chan troll7,troll8 7d"),
		ok("bans", "bans live:chan"),
		ok("who", "who live:chan"),
		ok("freeze", "freeze live:chan 10m"),
		ok("freeze 5m riot", "freeze live:chan 5m riot"),
		ok("freeze gala", "freeze gala 10m"),
		ok("close the show is over", "close live:chan the show is over"),
		ok("unban live:show1 a", "unban live:show1 a"),
		ok("unban gala a", "unban gala a"),
		ok(`unban "gala" a`, "unban live:chan gala a"),
		ok(`unban "live:show1" a`, "unban live:show1 a"),
		ok(`unban "bad guy",b`, `unban live:chan "bad guy",b`),
		wrong("unban <mailto:a@b.c|a@b.c>", CodeUserUnusual, "a@b.c", `unban live:chan "a@b.c"`),
		ok("unban 10006", "unban live:chan 10006"),
		wrong("unban a:b", CodeRoomKind, "a:b", `unban live:chan "a:b"`),
		wrong("unban 1:b", CodeUserUnusual, "1:b", `unban live:chan "1:b"`),
		wrong("unban gala", CodeUsersMissing, "", "unban live:chan gala"),
		wrong("unban Gala", CodeUsersMissing, "", "unban live:chan Gala"),
		wrong("unban gala,b", CodeRoomComma, "gala,b", "unban gala b", "unban live:chan gala,b"),
		wrong("unban foo:x", CodeRoomKind, "foo:x", `unban live:chan "foo:x"`),
		wrong("unban lvie:x a", CodeRoomKind, "lvie:x", "unban live:x a", `unban live:chan "lvie:x" a`),
		wrong("unban troll7 live:other sorry", CodeRoomPlace, "live:other", "unban live:other troll7 sorry", `unban live:chan troll7 "live:other sorry"`),
		wrong("ban troll7 30 spam", CodeNumberBare, "30", "ban live:chan troll7 30m spam"),
		wrong("ban 30m", CodeUserOption, "30m"),
		wrong("ban troll7", CodeDurationMissing, "", "ban live:chan troll7 24h"),
		wrong("kick troll7 rude", CodeNoKickInLive, "kick", "ban live:chan troll7 10m rude"),
		wrong("unban", CodeUsersMissing, ""),
		wrong("unban <@U1>", CodeSlackPerson, "<@U1>"),
		wrong("freeze 10", CodeNumberBare, "10", "freeze live:chan 10m"),
		wrong("bans troll7", CodeTooMuch, "troll7", "bans live:chan"),
	})
}

func TestBounds(t *testing.T) {
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = fmt.Sprintf("u%04d", i)
	}
	full := "kick room:1 " + strings.Join(ids, ",")
	a, m := Parse(full, ParseContext{})
	require.Nil(t, m)
	require.Equal(t, ids, a.Targets)

	_, m = Parse(full+",one", ParseContext{})
	require.Equal(t, CodeUsersTooMany, m.Code)
	require.Equal(t, map[string]string{"most": "1000", "got": "1001"}, m.Values)

	a, m = Parse(full+",u0000,u0999", ParseContext{})
	require.Nil(t, m, "doubled ones do not count")
	require.Equal(t, ids, a.Targets)

	_, m = Parse("kick room:1 a,b,c", ParseContext{MaxTargets: 2})
	require.Equal(t, CodeUsersTooMany, m.Code)

	long := "kick room:1 a " + strings.Repeat("好", 8000-14)
	_, m = Parse(long, ParseContext{})
	require.Equal(t, CodeReasonTooLong, m.Code)
	_, m = Parse(long+"!", ParseContext{})
	require.Equal(t, CodeTextTooLong, m.Code)
	require.Equal(t, map[string]string{"most": "8000", "got": "8001"}, m.Values)
	_, m = Parse("rooms 12", ParseContext{MaxText: 5})
	require.Equal(t, CodeTextTooLong, m.Code)
}

// Every direction mark is named in ids and lost from reasons.
func TestDirectionMarks(t *testing.T) {
	for _, r := range []rune{0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069} {
		_, m := Parse("kick room:1 a"+string(r)+"b", ParseContext{})
		require.NotNil(t, m)
		require.Equal(t, fmt.Sprintf("aU+%04Xb", r), m.Text)
		require.Equal(t, "bidi", m.Values["class"])
		require.Equal(t, []string{"kick room:1 ab"}, offered(m))
		a, m := Parse("kick room:1 a x"+string(r)+"y", ParseContext{})
		require.Nil(t, m)
		require.Equal(t, "xy", a.Reason)
	}
}

// Of names that differ in case only the one as typed is meant, or none.
func TestNamesThatDifferInCase(t *testing.T) {
	s := ParseContext{Rooms: map[string]moderation.Room{
		"Gala": {Kind: moderation.KindLive, ID: "one", Name: "Gala"},
		"gala": {Kind: moderation.KindLive, ID: "two", Name: "gala"},
	}}
	a, m := Parse("bans Gala", s)
	require.Nil(t, m)
	require.Equal(t, "one", a.Room.ID)
	_, m = Parse("bans GALA", s)
	require.NotNil(t, m)
	require.Equal(t, CodeRoomUnknown, m.Code)
	require.Equal(t, []string{"bans Gala", "bans gala"}, offered(m))
}

func TestValuesNameTheCharacter(t *testing.T) {
	_, m := Parse("kick room:1 ok,ab\u200bc", ParseContext{})
	require.Equal(t, map[string]string{"user": "abU+200Bc", "at": "3", "point": "U+200B", "class": "invisible"}, m.Values)
	_, m = Parse("kick room:1 a＠", ParseContext{})
	require.Equal(t, map[string]string{"user": "a＠", "at": "2", "point": "U+FF20", "class": "fullwidth", "char": "＠"}, m.Values)
	_, m = Parse("kick strroom:a/b c", ParseContext{})
	require.Equal(t, "/", m.Values["char"])
	require.Equal(t, "10", m.Values["at"])
	_, m = Parse("kik", ParseContext{})
	require.Equal(t, "kick", m.Values["nearest"])
	_, m = Parse("kick live:a b", ParseContext{})
	require.Equal(t, map[string]string{"verb": "kick", "room": "live:a", "kind": "live", "instead": "ban"}, m.Values)
	require.Equal(t, `no-kick-in-live "kick" instead="ban" kind="live" room="live:a" verb="kick"`, m.Error())
}
