package commands

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever speaks of time beside a verb with a length of its own is read where it
// is one length, and asked about where it is not.
func TestTimeIsNeverSilentlyTheReason(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom = nil
	read := func(typed, length string) row {
		return ok("silence gala-chat troll7 "+typed, "silence gala-chat troll7 "+length)
	}
	asked := func(typed string, code Code, piece string, offers ...string) row {
		for i := range offers {
			offers[i] = "silence gala-chat troll7 " + offers[i]
		}
		return wrong("silence gala-chat troll7 "+typed, code, piece, offers...)
	}
	moment := func(typed, piece string) row {
		return asked(typed, CodeDurationClock, piece, `1h "`+typed+`"`)
	}
	check(t, s, []row{
		// Ranges offer both ends.
		asked("10-20m spam", CodeDurationUnknown, "10-20m", "10m spam", "20m spam"),
		asked("5m-10m spam", CodeDurationUnknown, "5m-10m", "5m spam", "10m spam"),
		asked("5–10 min spam", CodeDurationUnknown, "5–10 min", "5m spam", "10m spam"),
		asked("5 to 10 min spam", CodeDurationUnknown, "5 to 10 min", "5m spam", "10m spam"),
		asked("5m to 10m", CodeDurationUnknown, "5m to 10m", "5m", "10m"),
		asked("1 or 2 hours spam", CodeDurationUnknown, "1 or 2 hours", "1h spam", "2h spam"),
		asked("a day or two", CodeDurationUnknown, "a day or two", "24h", "2d"),
		asked("10~20分钟 刷屏", CodeDurationUnknown, "10~20分钟", "10m 刷屏", "20m 刷屏"),
		asked("1到2小时", CodeDurationUnknown, "1到2小时", "1h", "2h"),
		asked("一到两天", CodeDurationUnknown, "一到两天", "24h", "2d"),
		asked("spam 5-10m", CodeDurationPlace, "5-10m", "5m spam", "1h spam 5-10m"),
		// Numbers as people write them.
		read(".5h spam", "30m spam"),
		read("1 1/2 hours spam", "1h30m spam"),
		read("half of an hour spam", "30m spam"),
		read("a quarter of an hour spam", "15m spam"),
		read("half a dozen hours spam", "6h spam"),
		asked("1,000 minutes spam", CodeDurationOrReason, "1,000 minutes", "16h40m spam", `1h "1,000 minutes spam"`),
		asked("1.000m spam", CodeDurationOrReason, "1.000m", "16h40m spam", `1h "1.000m spam"`),
		asked("10多分钟", CodeDurationClock, "10多分钟", "10m", `1h "10多分钟"`),
		asked("十来分钟", CodeDurationClock, "十来分钟", "10m", `1h "十来分钟"`),
		asked("两三天 刷屏", CodeDurationClock, "两三天", "2d 刷屏", `1h "两三天 刷屏"`),
		asked("几十分钟", CodeDurationClock, "几十分钟", `1h "几十分钟"`),
		read("一小时三十分", "1h30m"),
		read("廿四小时", "24h"),
		read("1時間", "1h"),
		// What may surround a length.
		read("— 10m spam", "10m spam"),
		read("- 10m", "10m"),
		read("just 10m", "10m"),
		read("at least 10m spam", "10m spam"),
		read("up to 1h spam", "1h spam"),
		read("先10分钟 刷屏", "10m 刷屏"),
		read("大概10分钟", "10m"),
		read("24小时封禁 广告", "24h 广告"),
		read("10分钟左右 刷屏", "10m 刷屏"),
		read("永久封号 广告", "perm 广告"),
		asked("spam -10m", CodeDurationPlace, "-10m", "10m spam", "1h spam -10m"),
		asked("spam - 10m", CodeDurationPlace, "10m", "10m spam", "1h spam - 10m"),
		// No end.
		read("perma-ban", "perm"),
		read("perma-mute spam", "perm spam"),
		read("permban", "perm"),
		read("inf", "perm"),
		read("4eva", "perm"),
		read("不限时 广告", "perm 广告"),
		read("一辈子", "perm"),
		moment("always", "always"),
		asked("endless spam", CodeDurationOrReason, "endless", "perm spam", `1h "endless spam"`),
		asked("eternal spam", CodeDurationOrReason, "eternal", "perm spam", `1h "eternal spam"`),
		asked("unlimited spam", CodeDurationOrReason, "unlimited", "perm spam", `1h "unlimited spam"`),
		read("unlimited ban", "perm ban"),
		read("unlimited, spam", "perm spam"),
		read("permanent spam", "perm spam"),
		read("|15m| spam", "15m spam"),
		read("5 msgs/min", `1h "5 msgs/min"`),
		read("1 msg every 2s", `1h "1 msg every 2s"`),
		read("50 msg per min", `1h "50 msg per min"`),
		moment("none", "none"),
		// Moments, and lengths that cannot be computed.
		moment("till tmrw", "till tmrw"),
		moment("tmrw", "tmrw"),
		asked("spam till tmrw", CodeDurationClock, "till tmrw", "1h spam till tmrw"),
		asked("spam until show ends", CodeDurationClock, "until show", "1h spam until show ends"),
		asked("spam rest of the day", CodeDurationClock, "rest of the day", "1h spam rest of the day"),
		asked("spam, rest of show", CodeDurationClock, "rest of show", "1h spam, rest of show"),
		asked("spam end of stream", CodeDurationClock, "end of stream", "1h spam end of stream"),
		asked("spam for now", CodeDurationClock, "now", "1h spam for now"),
		moment("end of show", "end of show"),
		moment("whole show", "whole show"),
		moment("the whole show", "the whole show"),
		moment("all day", "all day"),
		moment("next hour", "next hour"),
		asked("for the hour", CodeDurationClock, "the hour", `1h "for the hour"`),
		moment("this show only", "this show"),
		moment("today only", "today"),
		moment("hours", "hours"),
		moment("3 nights", "3 nights"),
		moment("a century", "a century"),
		moment("a long time", "a long time"),
		moment("eod spam", "eod"),
		moment("Friday", "Friday"),
		moment("monday 8pm", "monday 8pm"),
		moment("1 Dec", "1 Dec"),
		moment("1st of December", "1st of December"),
		moment("12/01/2026", "12/01/2026"),
		moment("1.12.2026 spam", "1.12.2026"),
		moment("8 o'clock", "8 o'clock"),
		moment("12月1日", "12月1日"),
		moment("3号", "3号"),
		moment("晚上8点", "晚上8点"),
		moment("今晚8点", "今晚8点"),
		moment("今天 刷屏", "今天"),
		moment("直到他道歉", "直到他道歉"),
		moment("本场直播", "本场直播"),
		moment("整晚", "整晚"),
		moment("下周一", "下周一"),
		moment("暂时禁言", "暂时禁言"),
		asked("after 10m", CodeDurationPlace, "10m", "10m after", "1h after 10m"),
		moment("when the show ends", "when the show"),
		moment("once the show is over", "once the show"),
		moment("while the show runs", "while the show"),
		moment("throughout the show", "throughout the show"),
		moment("over night", "over night"),
		moment("no time limit", "no time limit"),
		read("no time for this", "1h no time for this"),
		moment("八点", "八点"),
		moment("到八点", "到八点"),
		moment("等直播结束", "等直播结束"),
		moment("直播结束再放", "直播结束再放"),
		read("w/o end", "perm"),
		read("a hundred and twenty minutes", "2h"),
		asked("2,5 days spam", CodeDurationOrReason, "2,5 days", "2d12h spam", `1h "2,5 days spam"`),
		asked("spam (until 8pm)", CodeDurationClock, "(until 8pm", "1h spam (until 8pm)"),
		asked("spam;10m", CodeDurationPlace, "10m", "10m spam;", "1h spam;10m"),
		read("when the show started he shouted", "1h when the show started he shouted"),
		read("during the interview he shouted", "1h during the interview he shouted"),
		read("the night was quiet", "1h the night was quiet"),
		// How old or how late something is, or what else went on.
		read("12 years old", `1h "12 years old"`),
		read("3 day old account", `1h "3 day old account"`),
		read("12 y/o", `1h "12 y/o"`),
		read("30 mins late", `1h "30 mins late"`),
		read("整晚刷屏", "1h 整晚刷屏"),
		read("长期发广告", "1h 长期发广告"),
		read("直播期间骂人", "1h 直播期间骂人"),
		read("this stream is bad he says", "1h this stream is bad he says"),
		read("9/11 jokes", `1h "9/11 jokes"`),
		read("spoiled the end of the show again", "1h spoiled the end of the show again"),
		read("sun is shining", "1h sun is shining"),
		read("max is his name", "1h max is his name"),
	})
}

// A verb that acts at once and has no length does not ignore a later time.
func TestLaterTimesAreNotIgnored(t *testing.T) {
	check(t, demoSetting(), []row{
		wrong("close lobby in 5 min", CodeNotLater, "in 5 min", `close lobby "in 5 min"`),
		wrong("close lobby at 20:00", CodeNotLater, "at 20:00", `close lobby "at 20:00"`),
		wrong("close lobby tomorrow", CodeDurationNotTaken, "tomorrow", `close lobby "tomorrow"`),
		wrong("unban troll7 in 10 minutes", CodeNotLater, "in 10 minutes", `unban gala troll7 "in 10 minutes"`),
		wrong("unban troll7 after the show", CodeNotLater, "after the show", `unban gala troll7 "after the show"`),
		ok("kick lobby troll7 in chat", `kick lobby troll7 "in chat"`),
		ok("kick lobby troll7 after 2 hours of spam", "kick lobby troll7 after 2 hours of spam"),
		ok("kick lobby troll7 after 3 warnings", "kick lobby troll7 after 3 warnings"),
		ok("close lobby the show is over", "close lobby the show is over"),
		wrong("close test1", CodeUsersNotTaken, "test1", `close gala "test1"`),
		wrong("close lobby test1", CodeUsersNotTaken, "test1", "kick lobby test1", `close lobby "test1"`),
		wrong("unfreeze test1", CodeUsersNotTaken, "test1", "unsilence gala test1", `unfreeze gala "test1"`),
		wrong("permaban troll7", CodePermNotPossible, "permaban", "ban gala troll7 365d"),
		ok("permaban troll7 7d spam", "ban gala troll7 7d spam"),
		ok("extend 12 加2小时", "extend 12 +2h"),
		ok("extend 12 再加2小时", "extend 12 +2h"),
		ok("undo 12 误操作", "undo 12 all 误操作"),
		ok("undo 12 by mistake", "undo 12 all by mistake"),
		ok("undo 12 - wrong person", "undo 12 all wrong person"),
		wrong("undo 12 ｔｅｓｔ１", CodeUserCharacter, "ｔｅｓｔ１", "undo 12 test1"),
	})
}

// People as they are pasted.
func TestPastedPeople(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom = nil
	check(t, s, []row{
		wrong("kick lobby test1\tMei\t2026-11-30\ntest2\tRaj\t2026-11-30", CodeUserColumn, "test1 Mei 2026-11-30", "kick lobby test1,test2"),
		wrong("kick lobby uid,name\n1001,mei\n1002,raj", CodeUserColumn, "uid,name", "kick lobby 1001,1002"),
		wrong("kick lobby - test1\n- test2", CodeUserColumn, "- test1", "kick lobby test1,test2"),
		wrong("kick lobby 1. test1\n2. test2", CodeUserColumn, "1. test1", "kick lobby test1,test2"),
		wrong("kick lobby - test1 spam", CodeUserColumn, "- test1 spam", "kick lobby test1 spam"),
		wrong("kick lobby user test1", CodeUserReserved, "user", "kick lobby test1"),
		wrong("kick lobby both test1 and test2", CodeUserReserved, "both", "kick lobby test1,test2"),
		wrong("kick lobby uid 1001 spam", CodeUserReserved, "uid", "kick lobby 1001 spam"),
		wrong("kick lobby UserID: test1", CodeUserUnusual, "UserID:", "kick lobby test1"),
		wrong("kick lobby id:test1 spam", CodeUserUnusual, "id:test1", "kick lobby test1 spam", `kick lobby "id:test1" spam`),
		ok("kick lobby guest spam", "kick lobby \"guest\" spam"),
		wrong("kick lobby 1001 1002 1003", CodeUserOrReason, "1002", "kick lobby 1001,1002,1003", `kick lobby 1001 "1002 1003"`),
		wrong("kick lobby 138 0013 8000", CodeUserOrReason, "0013", "kick lobby 138,0013,8000", `kick lobby 138 "0013 8000"`),
		ok("kick lobby 1001 3 strikes", `kick lobby 1001 "3 strikes"`),
		wrong("kick lobby him", CodeUserReserved, "him"),
		wrong("kick lobby none", CodeUserReserved, "none"),
		ok(`kick lobby "none"`, `kick lobby "none"`),
		wrong("kick lobby lobby test1", CodeUserRoom, "lobby", "kick lobby test1"),
		wrong("kick room:5 room:5 test1", CodeUserRoom, "room:5", "kick room:5 test1"),
		wrong("kick room:5 room:6 test1", CodeUserRoom, "room:6", "kick room:5,room:6 test1"),
		wrong("kick lobby test1, he is a bot", CodeUserOrReason, "he", `kick lobby test1 "he is a bot"`),
		ok("mute lobby max 10m", "mute lobby max 10m"),
		wrong("ban gala test1, spamming links 1d", CodeDurationPlace, "1d", "ban gala test1 24h spamming links", "ban gala test1,spamming 24h links"),
		wrong("ban gala test1, spam", CodeDurationMissing, "", `ban gala test1 24h "spam"`, "ban gala test1,spam 24h"),
		// Media in other places and words.
		ok("mute lobby test1 voice 10m", "mute lobby test1 audio 10m"),
		ok("mute lobby test1 声音", "mute lobby test1 audio 1h"),
		ok("mute lobby test1 only audio 10m", "mute lobby test1 audio 10m"),
		ok("mute lobby test1 audio only 10m", "mute lobby test1 audio 10m"),
		ok("mute lobby test1 his video", "mute lobby test1 video 1h"),
		ok("mute lobby test1 audio and video 10m", "mute lobby test1 10m"),
		ok("mute lobby test1 视频和音频 10m", "mute lobby test1 10m"),
		ok("mute lobby test1 both 10m", "mute lobby test1 10m"),
		ok("mute lobby test1 sound effects", `mute lobby test1 1h "sound effects"`),
		ok("mute lobby test1 a bit loud", "mute lobby test1 1h a bit loud"),
		wrong("mute lobby audio test1 10m", CodeUserOption, "audio", "mute lobby test1 audio 10m"),
		// What is offered never does the contrary.
		wrong("ipban gala test1", CodeVerbUnknown, "ipban"),
		wrong("unkick lobby test1", CodeVerbUnknown, "unkick"),
		wrong("unmut lobby test1", CodeVerbUnknown, "unmut", "unmute lobby test1"),
		wrong("bann gala test1 1d", CodeVerbUnknown, "bann", "ban gala test1 24h"),
		ok("tempmute lobby test1", "mute lobby test1 1h"),
	})
}

// A word after a comma and a blank may be the reason: only a caller who knows
// the people can decide.
func TestUnknownPerson(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom = nil
	for text, want := range map[string]string{
		"kick lobby test1, spam": "spam", "kick lobby test1, flooding the chat": "flooding", "kick lobby test1, test2, dave": "dave",
		"kick lobby ada, spam": "spam", "kick lobby ada, flooding": "flooding", "kick lobby test1，spam": "", "ban gala test1, bot 1d": "bot",
		"kick lobby ada, bob": "", "kick lobby test1,spam": "", "kick lobby test1, test2": "", "kick lobby test1, dave, rosa": "",
		"kick lobby test1\tspam": "", "kick lobby test1\nspam": "", `kick lobby test1, "spam"`: "", "kick lobby test1 spam": "", "kick lobby test1, and dave": "",
	} {
		word, m := UnknownPerson(text, s)
		require.Equal(t, want, word, text)
		if want == "" {
			require.Nil(t, m, text)
			continue
		}
		require.Equal(t, CodeUserOrReason, m.Code)
		require.Len(t, m.Offers, 2, text)
		require.Contains(t, m.Offers[0].Action.Targets, want)
		require.NotContains(t, m.Offers[1].Action.Targets, want)
		for _, o := range m.Offers {
			again, _ := UnknownPerson(o.Command, s)
			require.Empty(t, again, "what was answered is not asked again: %s", o.Command)
		}
	}
}

// A word that names no one in the case may be the reason for the undo.
func TestNotInCase(t *testing.T) {
	people := []string{"user1", "frank"}
	for text, want := range map[string]string{
		"undo 12 wrong person":       "undo 12 all wrong person",
		"undo 12 typo":               "undo 12 all typo",
		"undo 12 USER1":              "undo 12 user1",
		"undo 12 USER1 sorry":        "undo 12 user1 sorry",
		"undo 12 user1,sorry":        "undo 12 user1 sorry",
		"undo! 12 wrong person":      "undo! 12 all wrong person",
		"undo 12 a1,b2,c3":           "",
		"dry-run undo 12 wrong room": "dry-run undo 12 all wrong room",
	} {
		a, m := Parse(text, ParseContext{})
		require.Nil(t, m, text)
		m = NotInCase(a, people)
		require.Equal(t, CodeNotInCase, m.Code)
		if want == "" {
			require.Empty(t, m.Offers, text)
			continue
		}
		require.Len(t, m.Offers, 1, text)
		require.Equal(t, want, m.Offers[0].Command)
		back, wrong := Parse(want, ParseContext{})
		require.Nil(t, wrong, want)
		require.Equal(t, m.Offers[0].Action, back)
	}
}

// PlainText undoes Slack's escaping once, and keeps what only looks like a form.
func TestPlainText(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"ban gala troll7":                    "ban gala troll7",
		"&lt;!channel&gt; &amp;amp; a&b":     "<!channel> &amp; a&b",
		"<@U07RAJ> <@U07RAJ|raj>":            "@U07RAJ @raj",
		"<#C0LIVE|live> <!subteam^S1|@mods>": "#live @mods",
		"<http://x.example|good.example>":    "http://x.example",
		"1 < 2":                              "1 < 2",
	} {
		require.Equal(t, want, PlainText(text), text)
	}
}
