package commands

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// More lengths: dates, clock times, brackets, traditional characters, sums,
// and words that only look like a length.
func TestMoreLengths(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom = nil
	check(t, s, []row{
		wrong("silence gala-chat troll7 2026-12-24 20:00 spam", CodeDurationClock, "2026-12-24", `silence gala-chat troll7 1h "2026-12-24 20:00 spam"`),
		wrong("silence gala-chat troll7 dec 24 spam", CodeDurationClock, "dec 24", `silence gala-chat troll7 1h "dec 24 spam"`),
		wrong("silence gala-chat troll7 spam until he apologizes", CodeDurationClock, "until", "silence gala-chat troll7 1h spam until he apologizes"),
		ok("silence gala-chat troll7 wait until I ask the host", "silence gala-chat troll7 1h wait until I ask the host"),
		ok("silence gala-chat troll7 2h spam until he apologizes", "silence gala-chat troll7 2h spam until he apologizes"),
		wrong("silence gala-chat troll7 spam overnight", CodeDurationClock, "overnight", "silence gala-chat troll7 1h spam overnight"),
		wrong("silence gala-chat troll7 spam (tonight)", CodeDurationClock, "(tonight)", "silence gala-chat troll7 1h spam (tonight)"),
		wrong("silence gala-chat troll7 刷屏 今晚", CodeDurationClock, "今晚", "silence gala-chat troll7 1h 刷屏 今晚"),
		ok("silence gala-chat troll7 spammed tonight again and again", "silence gala-chat troll7 1h spammed tonight again and again"),
		wrong("silence gala-chat troll7 1 day 1/2 spam", CodeDurationOrReason, "1 day 1/2", "silence gala-chat troll7 36h spam", `silence gala-chat troll7 1h "1 day 1/2 spam"`),
		wrong("silence gala-chat troll7 1 hour ½ spam", CodeDurationOrReason, "1 hour ½", "silence gala-chat troll7 1h30m spam", `silence gala-chat troll7 1h "1 hour ½ spam"`),
		wrong("silence gala-chat * 10m raid", CodeUserReserved, "*"),
		wrong("kick room:1234 * raid", CodeUserReserved, "*"),
		wrong("silence gala-chat troll7 till friday", CodeDurationClock, "till friday", `silence gala-chat troll7 1h "till friday"`),
		wrong("silence gala-chat troll7 'til 8pm spam", CodeDurationClock, "'til 8pm", `silence gala-chat troll7 1h "'til 8pm spam"`),
		wrong("silence gala-chat troll7 untill 8pm", CodeDurationClock, "untill 8pm", `silence gala-chat troll7 1h "untill 8pm"`), //nolint:misspell // as people type it
		wrong("silence gala-chat troll7 spam till 8pm", CodeDurationClock, "till 8pm", "silence gala-chat troll7 1h spam till 8pm"),
		wrong("silence gala-chat troll7 spam, until further notice", CodeDurationClock, "until further notice", "silence gala-chat troll7 1h spam, until further notice"),
		ok("silence gala-chat troll7 for good", "silence gala-chat troll7 perm"),
		ok("silence gala-chat troll7 permanently, spam", "silence gala-chat troll7 perm spam"),
		ok("silence gala-chat troll7 (permanent) spam", "silence gala-chat troll7 perm spam"),
		ok("silence gala-chat troll7 [perm] spam", "silence gala-chat troll7 perm spam"),
		ok("silence gala-chat troll7 PERMA. spam", "silence gala-chat troll7 perm spam"),
		wrong("silence gala-chat troll7 spam (permanent)", CodeDurationPlace, "permanent", "silence gala-chat troll7 perm spam", "silence gala-chat troll7 1h spam (permanent)"),
		wrong("silence gala-chat troll7 spam - forever", CodeDurationPlace, "forever", "silence gala-chat troll7 perm spam", "silence gala-chat troll7 1h spam - forever"),
		ok("silence gala-chat troll7 永久 ", "silence gala-chat troll7 perm"),
		ok("silence gala-chat troll7 永久禁言 广告", "silence gala-chat troll7 perm 广告"),
		wrong("silence gala-chat troll7 永久！广告", CodeDurationUnknown, "永久！广告", "silence gala-chat troll7 perm 广告", `silence gala-chat troll7 1h "永久！广告"`),
		ok("silence gala-chat troll7 終身 广告", "silence gala-chat troll7 perm 广告"),
		wrong("silence gala-chat troll7 长期", CodeDurationClock, "长期", `silence gala-chat troll7 1h "长期"`),
		wrong("silence gala-chat troll7 到明天 广告", CodeDurationClock, "到明天", `silence gala-chat troll7 1h "到明天 广告"`),
		wrong("silence gala-chat troll7 禁言到明天", CodeDurationClock, "到明天", "silence gala-chat troll7 1h 禁言到明天"),
		ok("silence gala-chat troll7 禁言三天", "silence gala-chat troll7 3d"),
		wrong("silence gala-chat troll7 禁言 三天 广告", CodeDurationPlace, "三天", "silence gala-chat troll7 3d 禁言 广告", "silence gala-chat troll7 1h 禁言 三天 广告"),
		ok("silence gala-chat troll7 禁3天，广告", "silence gala-chat troll7 3d 广告"),
		ok("silence gala-chat troll7 3天，广告", "silence gala-chat troll7 3d 广告"),
		ok("silence gala-chat troll7 3 天 广告", "silence gala-chat troll7 3d 广告"),
		ok("silence gala-chat troll7 三 天 广告", "silence gala-chat troll7 3d 广告"),
		ok("silence gala-chat troll7 十二個小時 刷屏", "silence gala-chat troll7 12h 刷屏"),
		ok("silence gala-chat troll7 一個半小時 刷屏", "silence gala-chat troll7 1h30m 刷屏"),
		ok("silence gala-chat troll7 两个半小时 刷屏", "silence gala-chat troll7 2h30m 刷屏"),
		ok("silence gala-chat troll7 半天 刷屏", "silence gala-chat troll7 12h 刷屏"),
		ok("silence gala-chat troll7 一刻钟 刷屏", "silence gala-chat troll7 15m 刷屏"),
		ok("silence gala-chat troll7 一个钟头 刷屏", "silence gala-chat troll7 1h 刷屏"),
		ok("silence gala-chat troll7 两周 刷屏", "silence gala-chat troll7 14d 刷屏"),
		ok("silence gala-chat troll7 兩個禮拜 刷屏", "silence gala-chat troll7 14d 刷屏"),
		wrong("silence gala-chat troll7 几天 刷屏", CodeDurationClock, "几天", `silence gala-chat troll7 1h "几天 刷屏"`),
		wrong("silence gala-chat troll7 几个小时 刷屏", CodeDurationClock, "几个小时", `silence gala-chat troll7 1h "几个小时 刷屏"`),
		ok("silence gala-chat troll7 24小时 刷屏", "silence gala-chat troll7 24h 刷屏"),
		wrong("silence gala-chat troll7 24小時刷屏", CodeDurationUnknown, "24小時刷屏", "silence gala-chat troll7 24h 刷屏", `silence gala-chat troll7 1h "24小時刷屏"`),
		ok("silence gala-chat troll7 １２小时 刷屏", "silence gala-chat troll7 12h 刷屏"),
		ok("silence gala-chat troll7 1天零6小时 刷屏", "silence gala-chat troll7 30h 刷屏"),
		ok("silence gala-chat troll7 1天又6小时 刷屏", "silence gala-chat troll7 30h 刷屏"),
		ok("silence gala-chat troll7 1天6小时 刷屏", "silence gala-chat troll7 30h 刷屏"),
		ok("silence gala-chat troll7 1天 和 6小时 刷屏", "silence gala-chat troll7 30h 刷屏"),
		wrong("silence gala-chat troll7 2個月 刷屏", CodeDurationCalendar, "2個月", "silence gala-chat troll7 60d 刷屏"),
		wrong("silence gala-chat troll7 一千天 刷屏", CodeDurationTooLong, "一千天", "silence gala-chat troll7 365d 刷屏"),
		ok("silence gala-chat troll7 1 day, 2 hours and 3 minutes spam", "silence gala-chat troll7 26h3m spam"),
		ok("silence gala-chat troll7 1 day 2 hours 3 minutes spam", "silence gala-chat troll7 26h3m spam"),
		ok("silence gala-chat troll7 1d2h3m spam", "silence gala-chat troll7 26h3m spam"),
		ok("silence gala-chat troll7 1h, 30m: spam", "silence gala-chat troll7 1h30m spam"),
		ok("silence gala-chat troll7 30m & 15s spam", "silence gala-chat troll7 30m15s spam"),
		ok("silence gala-chat troll7 1 week + 1 day spam", "silence gala-chat troll7 8d spam"),
		wrong("silence gala-chat troll7 2h 30 spam", CodeDurationOrReason, "2h 30", "silence gala-chat troll7 2h30m spam", `silence gala-chat troll7 2h "30 spam"`),
		wrong("silence gala-chat troll7 2h 30", CodeDurationOrReason, "2h 30", "silence gala-chat troll7 2h30m", `silence gala-chat troll7 2h "30"`),
		ok("silence gala-chat troll7 2h30min spam", "silence gala-chat troll7 2h30m spam"),
		ok("silence gala-chat troll7 2 h 30 min spam", "silence gala-chat troll7 2h30m spam"),
		ok("silence gala-chat troll7 an hour and a half spam", "silence gala-chat troll7 1h30m spam"),
		wrong("silence gala-chat troll7 an hour or two", CodeDurationUnknown, "an hour or two", "silence gala-chat troll7 1h", "silence gala-chat troll7 2h"),
		wrong("silence gala-chat troll7 a day or so", CodeDurationOrReason, "a day", `silence gala-chat troll7 24h "a day or so"`, `silence gala-chat troll7 1h "a day or so"`),
		ok("silence gala-chat troll7 quarter of an hour spam", "silence gala-chat troll7 15m spam"),
		ok("silence gala-chat troll7 three quarters of an hour", "silence gala-chat troll7 45m"),
		ok("silence gala-chat troll7 one hundred days spam", "silence gala-chat troll7 100d spam"),
		wrong("silence gala-chat troll7 a week's time", CodeDurationUnknown, "a week's", `silence gala-chat troll7 7d "s time"`, `silence gala-chat troll7 1h "a week's time"`),
		wrong("silence gala-chat troll7 1 hour's silence", CodeDurationUnknown, "1 hour's", `silence gala-chat troll7 1h "s silence"`, `silence gala-chat troll7 1h "1 hour's silence"`),
		wrong("silence gala-chat troll7 5 mins of fame", CodeDurationOrReason, "5 mins", `silence gala-chat troll7 5m "5 mins of fame"`, `silence gala-chat troll7 1h "5 mins of fame"`),
		ok("silence gala-chat troll7 2 day ban", "silence gala-chat troll7 2d ban"),
		wrong("silence gala-chat troll7 2-day ban", CodeDurationOrReason, "2-day", "silence gala-chat troll7 2d ban", `silence gala-chat troll7 1h "2-day ban"`),
		ok("silence gala-chat troll7 24 hour ban for spam", "silence gala-chat troll7 24h ban for spam"),
		ok("silence gala-chat troll7 24hr ban", "silence gala-chat troll7 24h ban"),
		ok("silence gala-chat troll7 1hr.", "silence gala-chat troll7 1h"),
		ok("silence gala-chat troll7 1 hr, spam", "silence gala-chat troll7 1h spam"),
		ok("silence gala-chat troll7 1 Hour spam", "silence gala-chat troll7 1h spam"),
		ok("silence gala-chat troll7 1H spam", "silence gala-chat troll7 1h spam"),
		ok("silence gala-chat troll7 10 m spam", "silence gala-chat troll7 10m spam"),
		wrong("silence gala-chat troll7 10 M spam", CodeDurationUnknown, "10 M", "silence gala-chat troll7 10m spam", "silence gala-chat troll7 300d spam"),
		wrong("silence gala-chat troll7 10M spam", CodeDurationUnknown, "10M", "silence gala-chat troll7 10m spam", "silence gala-chat troll7 300d spam"),
		ok("silence gala-chat troll7 7D spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 <7d> spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 {7d} spam", "silence gala-chat troll7 7d spam"),
		ok(`silence gala-chat troll7 "7d spam"`, `silence gala-chat troll7 1h "7d spam"`),
		wrong("silence gala-chat troll7 'spam' 7d", CodeDurationPlace, "7d", `silence gala-chat troll7 7d "'spam'"`, `silence gala-chat troll7 1h "'spam' 7d"`),
		ok(`silence gala-chat troll7 7d "spam"`, "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 ⏱7d spam", "silence gala-chat troll7 7d spam"),
		wrong("silence gala-chat troll7 spam ⏰ 7d", CodeDurationPlace, "7d", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam ⏰ 7d"),
		ok("silence gala-chat troll7 >7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 @7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 #7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 7d! spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 7d? spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 7d... spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 7d… spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 7d — spam", `silence gala-chat troll7 7d "— spam"`),
		ok("silence gala-chat troll7 7d - spam", `silence gala-chat troll7 7d "- spam"`),
		ok("silence gala-chat troll7 length 7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 time 7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 only 7d spam", "silence gala-chat troll7 7d spam"),
		wrong("silence gala-chat troll7 max 7d spam", CodeDurationPlace, "7d", "silence gala-chat troll7 7d max spam", "silence gala-chat troll7 1h max 7d spam"),
		wrong("silence gala-chat troll7 ca. 7d spam", CodeDurationPlace, "7d", "silence gala-chat troll7 7d ca. spam", "silence gala-chat troll7 1h ca. 7d spam"),
		wrong("silence gala-chat troll7 spam, 1d, second time", CodeDurationPlace, "1d", "silence gala-chat troll7 24h spam second time", "silence gala-chat troll7 1h spam, 1d, second time"),
		wrong("silence gala-chat troll7 second time, 1d", CodeDurationPlace, "1d", `silence gala-chat troll7 24h "second time"`, `silence gala-chat troll7 1h "second time, 1d"`),
		wrong("silence gala-chat troll7 10 minuten spam", CodeDurationUnknown, "10 minuten", "silence gala-chat troll7 10m spam", `silence gala-chat troll7 1h "10 minuten spam"`),
		wrong("silence gala-chat troll7 86400 spam", CodeUserOrReason, "86400", "silence gala-chat troll7,86400 1h spam", `silence gala-chat troll7 1h "86400 spam"`),
		ok("silence gala-chat troll7 3600s spam", "silence gala-chat troll7 1h spam"),
		wrong("silence gala-chat troll7 1e3s spam", CodeUserOrReason, "1e3s", "silence gala-chat troll7,1e3s 1h spam", `silence gala-chat troll7 1h "1e3s spam"`),
		wrong("silence gala-chat troll7 PT1H spam", CodeUserOrReason, "PT1H", "silence gala-chat troll7,PT1H 1h spam", `silence gala-chat troll7 1h "PT1H spam"`),
		wrong("silence gala-chat troll7 00:30:00 spam", CodeDurationClock, "00:30:00", `silence gala-chat troll7 1h "00:30:00 spam"`),
		wrong("silence gala-chat troll7 1/2 hour spam", CodeDurationOrReason, "1/2 hour", "silence gala-chat troll7 30m spam", `silence gala-chat troll7 1h "1/2 hour spam"`),
		ok("silence gala-chat troll7 half day spam", "silence gala-chat troll7 12h spam"),
		ok("silence gala-chat troll7 half a week", "silence gala-chat troll7 3d12h"),
		wrong("silence gala-chat troll7 rest of the day", CodeDurationClock, "rest of the day", `silence gala-chat troll7 1h "rest of the day"`),
		wrong("silence gala-chat troll7 for today", CodeDurationClock, "today", `silence gala-chat troll7 1h "for today"`),
		wrong("silence gala-chat troll7 today", CodeDurationClock, "today", `silence gala-chat troll7 1h "today"`),
		wrong("silence gala-chat troll7 tonight", CodeDurationClock, "tonight", `silence gala-chat troll7 1h "tonight"`),
		wrong("silence gala-chat troll7 this evening", CodeDurationClock, "this evening", `silence gala-chat troll7 1h "this evening"`),
		wrong("silence gala-chat troll7 for the weekend", CodeDurationClock, "the weekend", `silence gala-chat troll7 1h "for the weekend"`),
		wrong("silence gala-chat troll7 over the weekend", CodeDurationClock, "the weekend", `silence gala-chat troll7 1h "over the weekend"`),
		wrong("silence gala-chat troll7 next week", CodeDurationClock, "next week", `silence gala-chat troll7 1h "next week"`),
		wrong("silence gala-chat troll7 temporarily", CodeDurationClock, "temporarily", `silence gala-chat troll7 1h "temporarily"`),
		wrong("silence gala-chat troll7 for a while", CodeDurationClock, "a while", `silence gala-chat troll7 1h "for a while"`),
		wrong("silence gala-chat troll7 for a bit", CodeDurationClock, "a bit", `silence gala-chat troll7 1h "for a bit"`),
		wrong("silence gala-chat troll7 a while", CodeDurationClock, "a while", `silence gala-chat troll7 1h "a while"`),
		wrong("silence gala-chat troll7 as long as possible", CodeDurationClock, "as long", `silence gala-chat troll7 1h "as long as possible"`),
		ok("silence gala-chat troll7 max", "silence gala-chat troll7 1h max"),
		wrong("silence gala-chat troll7 0m", CodeDurationZero, "0m", "unsilence gala-chat troll7"),
		ok("silence gala-chat troll7 zero", "silence gala-chat troll7 1h zero"),
		ok("silence gala-chat troll7 -1", "silence gala-chat troll7 perm"),
		ok("silence gala-chat troll7 ∞", "silence gala-chat troll7 perm"),
	})
}

// A length next to "later" or "before" is a future or a past time, and never
// silently ignored in favour of the default.
func TestLaterTimesAreNotReplacedByTheDefault(t *testing.T) {
	for _, text := range []string{
		"mute room:10006 alice video 30m later", "mute room:10006 alice 30 min later", "mute room:10006 alice audio 30m before the show",
		"freeze live:show1 5m later", "freeze live:show1 5m before the show",
	} {
		_, m := Parse(text, ParseContext{})
		require.NotNil(t, m, text)
	}
	for text, reason := range map[string]string{
		"kick room:10006 alice spammed 5 minutes before":           "spammed 5 minutes before",
		"mute room:10006 alice 1h warned, 10 minutes later again":  "warned, 10 minutes later again",
		"ban live:show1 alice 1d an account that is 3 day old now": "an account that is 3 day old now",
	} {
		a, m := Parse(text, ParseContext{})
		require.Nil(t, m, text)
		require.Equal(t, reason, a.Reason)
	}
}

// A vague time is asked about in both languages: the default length in its
// place would be far from what was meant.
func TestVagueTimesAreNotReplacedByTheDefault(t *testing.T) {
	for said, piece := range map[string]string{
		"for ages": "ages", "ages": "ages", "for a long while": "a long while", "for an eternity": "an eternity", "an eternity": "an eternity",
		"for a good while": "a good while", "a good while": "a good while", "for a very long time": "a very long time", "for quite a while": "quite a while",
		"for quite some time": "quite some time", "for some time": "some time", "for eons": "eons", "for long": "long", "for so long": "so long",
		"for a short time": "a short time", "for a little while": "a little while", "for ages spamming": "ages",
		"好久": "好久", "很久": "很久", "很长时间": "很长时间", "很長時間": "很長時間", "好一会儿": "好一会儿", "好几天": "好几天", "久一点": "久一点", "很久 刷屏": "很久", "几分钟": "几分钟", "幾個小時": "幾個小時",
	} {
		_, m := Parse("mute room:10006 29376 "+said, ParseContext{})
		require.NotNil(t, m, said)
		require.Equal(t, CodeDurationClock, m.Code, said)
		require.Equal(t, piece, m.Text, said)
	}
	for _, reason := range []string{
		"spamming for ages", "time wasting", "long story", "so rude", "a bit rude", "good grief", "some time waster", "quite loud", "very long messages",
		"shouting for a long time", "ages ago he did the same", "for underage talk", "刷屏很久", "好久没见这么吵",
	} {
		a, m := Parse("mute room:10006 29376 "+reason, ParseContext{})
		require.Nil(t, m, reason)
		require.Equal(t, reason, a.Reason)
	}
}
