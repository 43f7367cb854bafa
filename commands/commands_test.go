package commands

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// plainContext returns the context of a channel without a room.
func plainContext() ParseContext {
	return ParseContext{Rooms: map[string]moderation.Room{
		"gala":  {Kind: moderation.KindLive, ID: "show1", Name: "gala"},
		"stage": {Kind: moderation.KindRoom, ID: "10006", Name: "stage"},
		"大厅":    {Kind: moderation.KindChat, ID: "@TGS#hall", Name: "大厅"},
	}, Groups: map[string][]moderation.Room{
		"gala-all": {{Kind: moderation.KindLive, ID: "show1", Name: "gala"}, {Kind: moderation.KindChat, ID: "@TGS#hall", Name: "大厅"}},
		"floors":   {{Kind: moderation.KindRoom, ID: "10006", Name: "stage"}, {Kind: moderation.KindStrRoom, ID: "lobby"}},
		"single":   {{Kind: moderation.KindLive, ID: "solo"}},
	}}
}

// channelContext returns the context of a channel whose room is live:chan.
func channelContext() ParseContext {
	s := plainContext()
	s.ChannelRoom = &moderation.Room{Kind: moderation.KindLive, ID: "chan"}
	return s
}

// row is a typed text with its meaning, written canonically, or its mistake
// with the piece and the suggestions.
type row struct {
	in      string
	means   string
	code    Code
	piece   string
	suggest []string
}

func ok(in, means string) row { return row{in: in, means: means} }

func wrong(in string, code Code, piece string, suggest ...string) row {
	return row{in: in, code: code, piece: piece, suggest: suggest}
}

// offered are the commands that a mistake offers.
func offered(m *Mistake) []string {
	var out []string
	for _, o := range m.Offers {
		out = append(out, o.Command)
	}
	return out
}

func check(t *testing.T, s ParseContext, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.in, func(t *testing.T) {
			a, m := Parse(r.in, s)
			if r.code == "" {
				require.Nil(t, m, "%v", m)
				require.Equal(t, r.means, Format(a))
				return
			}
			require.NotNil(t, m, "taken as %s", Format(a))
			require.Equal(t, r.code, m.Code, "%v", m)
			require.Equal(t, r.piece, m.Text, "%v", m)
			require.Equal(t, r.suggest, offered(m), "%v", m)
			require.Zero(t, a.Verb, "a mistake comes with no action")
			for _, again := range offered(m) {
				_, m := Parse(again, s)
				require.Nil(t, m, "offered: %s", again)
			}
		})
	}
}

func TestWholeActions(t *testing.T) {
	for in, want := range map[string]moderation.Action{
		"mute room:10006 29376 30m loud music": {Verb: moderation.Mute, Room: moderation.Room{Kind: moderation.KindRoom, ID: "10006"},
			Targets: []string{"29376"}, Duration: 30 * time.Minute, Reason: "loud music"},
		"kick room:1234 test1,test2 flooding": {Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1234"},
			Targets: []string{"test1", "test2"}, Reason: "flooding"},
		"unban live:test user1,user2 appeal accepted": {Verb: moderation.Unban, Room: moderation.Room{Kind: moderation.KindLive, ID: "test"},
			Targets: []string{"user1", "user2"}, Reason: "appeal accepted"},
		"bans chat:@TGS#aJRGC4MH6": {Verb: moderation.Bans, Room: moderation.Room{Kind: moderation.KindChat, ID: "@TGS#aJRGC4MH6"}},
		`ban live:show1 troll7 24h "hate speech"`: {Verb: moderation.Ban, Room: moderation.Room{Kind: moderation.KindLive, ID: "show1"},
			Targets: []string{"troll7"}, Duration: 24 * time.Hour, Reason: "hate speech"},
		"ban gala troll7 1d spam": {Verb: moderation.Ban, Room: moderation.Room{Kind: moderation.KindLive, ID: "show1", Name: "gala"},
			Targets: []string{"troll7"}, Duration: 24 * time.Hour, Reason: "spam"},
		"case 12":  {Verb: moderation.ShowCase, Number: 12},
		"rooms":    {Verb: moderation.Rooms},
		"help":     {Verb: moderation.Help},
		"help ban": {Verb: moderation.Help, Topic: moderation.Ban},
		"":         {Verb: moderation.Help},
		"mute room:1 a audio": {Verb: moderation.Mute, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"a"},
			Media: []moderation.Medium{moderation.Audio}, Duration: time.Hour},
		"mute room:1 a perm":      {Verb: moderation.Mute, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"a"}, Permanent: true},
		"silence live:x a":        {Verb: moderation.Silence, Room: moderation.Room{Kind: moderation.KindLive, ID: "x"}, Targets: []string{"a"}, Duration: time.Hour},
		"freeze live:x":           {Verb: moderation.Freeze, Room: moderation.Room{Kind: moderation.KindLive, ID: "x"}, Duration: 10 * time.Minute},
		"close strroom:lobby bye": {Verb: moderation.Close, Room: moderation.Room{Kind: moderation.KindStrRoom, ID: "lobby"}, Reason: "bye"},
	} {
		a, m := Parse(in, plainContext())
		require.Nil(t, m, in)
		require.Equal(t, want, a, in)
	}
}

func TestVerbsAndSyntax(t *testing.T) {
	check(t, plainContext(), []row{
		ok("   ", "help"),
		ok("?", "help"),
		ok("？", "help"),
		ok("帮助", "help"),
		ok("HELP Kick", "help kick"),
		ok("help 踢", "help kick"),
		ok("/mod rooms", "rooms"),
		ok("/MOD", "help"),
		ok("房间", "rooms"),
		ok("ROOMS", "rooms"),
		ok("case #12", "case 12"),
		ok("case ＃１２", "case 12"),
		ok("案件 12", "case 12"),
		ok("Kick room:1 a", "kick room:1 a"),
		ok("ＫＩＣＫ room:1 a", "kick room:1 a"),
		ok("ki\u200bck room:1 a", "kick room:1 a"),
		ok("kick  room:1   a    x", "kick room:1 a x"),
		ok("kick\u00a0room:1\u00a0a\u00a0x", "kick room:1 a x"),
		ok("kick\u3000room:1\u3000a", "kick room:1 a"),
		ok("\u2003kick room:1\u202fa", "kick room:1 a"),
		ok("kick ROOM:1 a", "kick room:1 a"),
		ok("kick room：1 a", "kick room:1 a"),
		ok("kick ｒｏｏｍ：１２３ a", "kick room:123 a"),
		ok("踢 room:1 a 刷屏", "kick room:1 a 刷屏"),
		ok("踢出 room:1 a，b、c 刷屏", "kick room:1 a,b,c 刷屏"),
		ok("静音 room:1 a 30分钟 太吵", "mute room:1 a 30m 太吵"),
		ok("禁麦 room:1 a 音频", "mute room:1 a audio 1h"),
		ok("解除静音 room:1 a", "unmute room:1 a"),
		ok("封禁 live：show1 troll7，troll8 7天 广告", "ban live:show1 troll7,troll8 7d 广告"),
		ok("解封 live:show1 troll7 申诉通过", "unban live:show1 troll7 申诉通过"),
		ok("黑名单 live:show1", "bans live:show1"),
		ok("禁言 chat:@TGS#a u1 1周", "silence chat:@TGS#a u1 7d"),
		ok("全员禁言 大厅 10分钟", "freeze 大厅 10m"),
		ok("解散 room:5", "close room:5"),
		ok("谁在 live:show1", "who live:show1"),
		ok("BLOCK room:1 a", "mute room:1 a 1h"),
		wrong("kik room:1234 test1", CodeVerbUnknown, "kik", "kick room:1234 test1"),
		wrong("bna live:x a 1d", CodeVerbUnknown, "bna", "ban live:x a 24h"),
		wrong("ban! live:x a 1d", CodeOverrideReason, "ban!", "ban live:x a 24h"),
		wrong("ban！ live:x a 1d", CodeOverrideReason, "ban！", "ban live:x a 24h"),
		wrong("unmut room:1 a", CodeVerbUnknown, "unmut", "unmute room:1 a"),
		wrong("slience live:x a", CodeVerbUnknown, "slience", "silence live:x a 1h"),
		wrong("解除静因 room:1 a", CodeVerbUnknown, "解除静因", "unmute room:1 a"),
		wrong("禁止 live:x a", CodeVerbUnknown, "禁止", "silence live:x a 1h"),
		wrong("destroy everything", CodeVerbUnknown, "destroy"),
		wrong("kik live:x a", CodeVerbUnknown, "kik"), // kick is impossible there: another mistake
		wrong("kik", CodeVerbUnknown, "kik"),
		wrong("12", CodeVerbUnknown, "12", "case 12"),
		wrong("#12", CodeVerbUnknown, "#12", "case 12"),
		wrong("help bann", CodeVerbUnknown, "bann", "help ban", "help bans"),
		wrong("help ban now", CodeTooMuch, "now", "help ban"),
		wrong("rooms please", CodeTooMuch, "please", "rooms"),
		wrong("case", CodeCaseNumber, ""),
		wrong("case twelve", CodeCaseNumber, "twelve"),
		wrong("case 0", CodeCaseNumber, "0"),
		wrong("case -3", CodeCaseNumber, "-3"),
		wrong("case 12.", CodeCaseNumber, "12.", "case 12"),
		wrong("case 99999999999999999999", CodeCaseNumber, "99999999999999999999"),
		wrong("case 12 13", CodeTooMuch, "13", "case 12"),
		wrong("bans live:x troll7", CodeTooMuch, "troll7", "bans live:x"),
		wrong("bans live:x,", CodeTooMuch, ",", "bans live:x"),
		wrong("who gala now", CodeTooMuch, "now", "who gala"),
		wrong("kick room:1 a\xff", CodeTextNotUTF8, "kick room:1 aU+FFFD"),
	})
}

func TestRooms(t *testing.T) {
	check(t, plainContext(), []row{
		ok("kick strroom:lobby a", "kick strroom:lobby a"),
		ok(`kick strroom:"my room" a`, `kick strroom:"my room" a`),
		ok(`kick "strroom:my room" a`, `kick strroom:"my room" a`),
		ok("kick strroom：“my room” a", `kick strroom:"my room" a`),
		ok(`kick strroom:"a,b" c`, `kick strroom:"a,b" c`),
		ok("unban live:<http://show.com|show.com> a", "unban live:show.com a"),
		ok("unban live:a&amp;b a", "unban live:a&b a"),
		ok("unban live:a&amp;amp;b a", "unban live:a&amp;amp;b a"),
		ok("unban GALA a", "unban gala a"),
		ok("unban ｇａｌａ a", "unban gala a"),
		ok("silence 大厅 a", "silence 大厅 a 1h"),
		ok("kick room:4294967294 a", "kick room:4294967294 a"),
		wrong("kick", CodeRoomMissing, ""),
		wrong("bans", CodeRoomMissing, ""),
		wrong("kick room:4294967295 a", CodeRoomNumber, "room:4294967295", "kick strroom:4294967295 a"),
		wrong("kick room:0 a", CodeRoomNumber, "room:0", "kick strroom:0 a"),
		wrong("kick room:abc a", CodeRoomNumber, "room:abc", "kick strroom:abc a"),
		wrong("mute room:abc", CodeRoomNumber, "room:abc"),
		wrong("kick room:007 a", CodeRoomNumber, "room:007", "kick room:7 a", "kick strroom:007 a"),
		wrong("kick room:#10006 a", CodeRoomNumber, "room:#10006", "kick room:10006 a", "kick strroom:#10006 a"),
		wrong("kick room:-5 a", CodeRoomNumber, "room:-5", "kick strroom:-5 a"),
		wrong("kick room: 10006 a", CodeRoomEmpty, "room:", "kick room:10006 a"),
		wrong("kick room:", CodeRoomEmpty, "room:"),
		wrong("kick room 10006 a", CodeRoomUnknown, "room", "kick room:10006 a"),
		wrong("kick 10006 a", CodeRoomUnknown, "10006", "kick room:10006 a", "kick strroom:10006 a"),
		wrong("unban @TGS#abc a", CodeRoomUnknown, "@TGS#abc", "unban chat:@TGS#abc a"),
		wrong("unban gaal a", CodeRoomUnknown, "gaal", "unban gala a"),
		wrong("kick stgae a", CodeRoomUnknown, "stgae", "kick stage a"),
		wrong("unban nowhere a", CodeRoomUnknown, "nowhere"),
		wrong("unban troll7 live:show1", CodeRoomUnknown, "troll7", "unban live:show1 troll7"),
		wrong("kick a stage", CodeRoomUnknown, "a", "kick stage a"),
		wrong(`unban "gala" a`, CodeRoomUnknown, `"gala"`, "unban gala a"),
		wrong("unban , a", CodeRoomUnknown, ","),
		wrong("kick roon:5 a", CodeRoomKind, "roon:5", "kick room:5 a"),
		wrong("unban lvie:x a", CodeRoomKind, "lvie:x", "unban live:x a"),
		wrong("kick conf:meeting a", CodeRoomKind, "conf:meeting"),
		wrong("unban http://x.y a", CodeRoomKind, "http://x.y"),
		wrong("kick room:1, a", CodeRoomComma, "room:1,", "kick room:1 a"),
		wrong("kick room:1,a", CodeRoomComma, "room:1,a", "kick room:1 a"),
		wrong("kick room:1，a", CodeRoomComma, "room:1，a", "kick room:1 a"),
		wrong("kick strroom:my,room a", CodeRoomComma, "strroom:my,room", `kick strroom:"my,room" a`, "kick strroom:my room a"),
		wrong("unban gala,troll7", CodeRoomComma, "gala,troll7", "unban gala troll7"),
		wrong(`kick strroom:"my room a`, CodeQuoteOpen, `strroom:"my room a`, "kick strroom:my room a"),
		wrong(`kick "room:1 a`, CodeQuoteOpen, `"room:1 a`, "kick room:1 a"),
		wrong(`kick strroom:my"room a`, CodeQuoteOpen, `strroom:my"room`, "kick strroom:myroom a"),
		wrong(`kick strroom:"my room"a b`, CodeQuoteFollowed, `strroom:"my room"a`, `kick strroom:"my room" a b`),
		wrong("kick strroom:a/b c", CodeRoomCharacter, "strroom:a/b"),
		wrong("kick chat:＠TGS＃abc u1", CodeRoomCharacter, "chat:＠TGS＃abc", "kick chat:@TGS#abc u1"),
		wrong("unban live：a：b u1", CodeRoomCharacter, "live：a：b", "unban live:a:b u1"),
		wrong("unban live:直播间 u1", CodeRoomCharacter, "live:直播间"),
		wrong("unban live:show\u200b1 u1", CodeRoomCharacter, "live:showU+200B1", "unban live:show1 u1"),
		wrong("unban live:show—1 u1", CodeRoomCharacter, "live:show—1", "unban live:show--1 u1", "unban live:show-1 u1"),
		wrong("unban live:abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklm u", CodeRoomLength, "live:abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklm"),
		wrong("kick <#C123|general> a", CodeSlackChannel, "<#C123|general>"),
		wrong("kick <@U123> a", CodeSlackPerson, "<@U123>"),
		wrong("kick live:<#C123|> a", CodeSlackChannel, "<#C123|>"),
	})
}

func TestWhatAKindCannotDo(t *testing.T) {
	check(t, plainContext(), []row{
		wrong("kick live:test troll7", CodeNoKickInLive, "kick", "ban live:test troll7 10m"),
		wrong("kick live:test troll7 flooding again", CodeNoKickInLive, "kick", "ban live:test troll7 10m flooding again"),
		wrong("kick gala a,b 2h spam", CodeNoKickInLive, "kick", "ban gala a,b 2h spam"),
		wrong("踢 live:test troll7", CodeNoKickInLive, "踢", "ban live:test troll7 10m"),
		wrong("kick live:test", CodeNoKickInLive, "kick"),
		wrong("ban room:1 a 24h spam", CodeNoBanInRoom, "ban", "kick room:1 a spam"),
		wrong("ban stage a spam", CodeNoBanInRoom, "ban", "kick stage a spam"),
		wrong("unban room:1 a", CodeNoBanInRoom, "unban"),
		wrong("bans strroom:x", CodeNoBanInRoom, "bans"),
		wrong("mute live:x a audio 30m hey", CodeNoMuteHere, "mute", "silence live:x a 30m hey"),
		wrong("mute live:x a perm", CodeNoMuteHere, "mute", "silence live:x a 365d"),
		wrong("mute chat:x a perm", CodeNoMuteHere, "mute", "silence chat:x a perm"),
		wrong("unmute live:x a sorry", CodeNoMuteHere, "unmute", "unsilence live:x a sorry"),
		wrong("silence room:1 a 30m rude", CodeNoTextInRoom, "silence", "mute room:1 a 30m rude"),
		wrong("unsilence room:1 a", CodeNoTextInRoom, "unsilence", "unmute room:1 a"),
		wrong("silenced room:1", CodeNoTextInRoom, "silenced"),
		wrong("freeze room:1 5m", CodeNoTextInRoom, "freeze"),
		wrong("close chat:x riot", CodeNoCloseInChat, "close", "freeze chat:x 10m riot"),
		wrong("who room:1", CodeNoWhoInRoom, "who"),
	})
}
