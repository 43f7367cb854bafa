package commands

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Text in the position of a length is used if it is clear, and is a question
// otherwise. The default never replaces it.
func TestLengthsAsPeopleWriteThem(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom = nil
	check(t, s, []row{
		wrong("silence gala troll7 indefinitely spam", CodePermNotPossible, "indefinitely", "silence gala troll7 365d spam"),
		wrong("silence gala-chat troll7 one month spam", CodeDurationCalendar, "one month", "silence gala-chat troll7 30d spam"),
		wrong("silence gala-chat troll7 spam for 1 month", CodeDurationCalendar, "1 month", "silence gala-chat troll7 30d spam", "silence gala-chat troll7 1h spam for 1 month"),
		ok("silence gala-chat troll7 (7d) spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 duration:7d spam", "silence gala-chat troll7 7d spam"),
		wrong("silence gala-chat troll7 until midnight", CodeDurationClock, "until midnight", `silence gala-chat troll7 1h "until midnight"`),
		wrong("silence gala-chat troll7 一个月 广告", CodeDurationCalendar, "一个月", "silence gala-chat troll7 30d 广告"),
		ok("silence gala-chat troll7 永远 广告", "silence gala-chat troll7 perm 广告"),
		ok("silence gala-chat troll7 一百天 刷屏", "silence gala-chat troll7 100d 刷屏"),
		ok("silence gala-chat troll7 兩小時 廣告", "silence gala-chat troll7 2h 廣告"),
		ok("silence gala-chat troll7 封3天 刷屏", "silence gala-chat troll7 3d 刷屏"),
		ok("ban gala troll7 1 hour and 30 minutes spam", "ban gala troll7 1h30m spam"),
		ok("ban gala troll7 1d, 12h spam", "ban gala troll7 36h spam"),
		ok("ban gala troll7 1 天 12小时 刷屏", "ban gala troll7 36h 刷屏"),
		ok("extend 12 1h and 30m", "extend 12 1h30m"),
		wrong("kick room:1234 test1 test2 flooding", CodeUserOrReason, "test2", "kick room:1234 test1,test2 flooding", `kick room:1234 test1 "test2 flooding"`),
		wrong("silence gala troll7 user1 user2", CodeUserOrReason, "user1", "silence gala troll7,user1,user2 1h", `silence gala troll7 1h "user1 user2"`),
		ok("kick room:1234 test1\ttest2\tdave\trosa\tpete", "kick room:1234 test1,test2,dave,rosa,pete"),
		wrong("kick room:1234 user_id\ntest1\ntest2\nraid from sheet", CodeUserColumn, "user_id", "kick room:1234 test1,test2 raid from sheet"),
		ok("kick room:1234 test1,test2,and dave", "kick room:1234 test1,test2,dave"),
		wrong("kick room:1234 test1: flooding", CodeUserUnusual, "test1:", "kick room:1234 test1 flooding", `kick room:1234 "test1:" flooding`),
		wrong("kick room:1234 `test1`", CodeUserUnusual, "`test1`", "kick room:1234 test1", "kick room:1234 \"`test1`\""),
		wrong("kick room:1234 @test1", CodeUserReserved, "@test1", "kick room:1234 test1", `kick room:1234 "@test1"`),
		wrong("kick room:1234 all", CodeUserReserved, "all"),
		wrong("note troll7: came back under another name", CodeUserUnusual, "troll7:", "note troll7 came back under another name", `note "troll7:" came back under another name`),
		ok("ban gala troll7 10分鐘 廣告", "ban gala troll7 10m 廣告"),
		wrong("kick room:10,006 bob", CodeRoomComma, "room:10,006"),
		wrong("silence chat:@TGS#_my_own_community_group@TOPIC#_my_own_topic_number_one troll7 10m spam", CodeRoomTopic, "chat:@TGS#_my_own_community_group@TOPIC#_my_own_topic_number_one"),
		ok("extend 1 +2h", "extend 1 +2h"),
		ok("extend 1 2h from now sorry", "extend 1 2h from now sorry"),
		wrong("silence gala-chat troll7 spam forever", CodeDurationPlace, "forever", "silence gala-chat troll7 perm spam", "silence gala-chat troll7 1h spam forever"),
		ok("silence gala-chat troll7 -1 spam", "silence gala-chat troll7 perm spam"),
		wrong("silence gala-chat troll7 spam, 7 days", CodeDurationPlace, "7 days", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam, 7 days"),
		ok("silence gala-chat troll7 [7d] spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 `7d` spam", "silence gala-chat troll7 7d spam"),
		ok(`silence gala-chat troll7 "7d" spam`, "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 “7d” spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 *7d* spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 ~7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 t:7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 time: 7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 for 7 days, spam", "silence gala-chat troll7 7d spam"),
		wrong("silence gala-chat troll7 （７天）广告", CodeDurationUnknown, "（７天）广告", "silence gala-chat troll7 7d 广告", `silence gala-chat troll7 1h "（７天）广告"`),
		ok("silence gala-chat troll7 7日 广告", "silence gala-chat troll7 7d 广告"),
		ok("silence gala-chat troll7 三个星期 广告", "silence gala-chat troll7 21d 广告"),
		wrong("silence gala-chat troll7 半個月 广告", CodeDurationCalendar, "半個月", "silence gala-chat troll7 15d 广告"),
		wrong("silence gala-chat troll7 一年 广告", CodeDurationCalendar, "一年", "silence gala-chat troll7 365d 广告"),
		ok("silence gala-chat troll7 無限期 广告", "silence gala-chat troll7 perm 广告"),
		wrong("silence gala-chat troll7 广告 永久", CodeDurationPlace, "永久", "silence gala-chat troll7 perm 广告", "silence gala-chat troll7 1h 广告 永久"),
		wrong("silence gala-chat troll7 广告，封3天", CodeDurationPlace, "3天", "silence gala-chat troll7 3d 广告", "silence gala-chat troll7 1h 广告，封3天"),
		wrong("silence gala-chat troll7 刷屏三十分钟", CodeDurationPlace, "三十分钟", "silence gala-chat troll7 30m 刷屏", "silence gala-chat troll7 1h 刷屏三十分钟"),
		wrong("silence gala-chat troll7 直到明天", CodeDurationClock, "直到明天", `silence gala-chat troll7 1h "直到明天"`),
		wrong("silence gala-chat troll7 until Friday 8pm", CodeDurationClock, "until Friday 8pm", `silence gala-chat troll7 1h "until Friday 8pm"`),
		wrong("silence gala-chat troll7 for the rest of the show", CodeDurationClock, "the rest of the show", `silence gala-chat troll7 1h "for the rest of the show"`),
		ok("silence gala-chat troll7 half an hour", "silence gala-chat troll7 30m"),
		ok("silence gala-chat troll7 an hour", "silence gala-chat troll7 1h"),
		wrong("silence gala-chat troll7 a couple of days", CodeDurationClock, "a couple of days", "silence gala-chat troll7 2d", `silence gala-chat troll7 1h "a couple of days"`),
		wrong("silence gala-chat troll7 a few days spam", CodeDurationClock, "a few days", "silence gala-chat troll7 2d spam", `silence gala-chat troll7 1h "a few days spam"`),
		ok("silence gala-chat troll7 fortnight spam", "silence gala-chat troll7 14d spam"),
		ok("silence gala-chat troll7 a fortnight spam", "silence gala-chat troll7 14d spam"),
		ok("silence gala-chat troll7 2hrs", "silence gala-chat troll7 2h"),
		ok("silence gala-chat troll7 1h30", "silence gala-chat troll7 1h30m"),
		ok("silence gala-chat troll7 90min. spam", "silence gala-chat troll7 1h30m spam"),
		wrong("silence gala-chat troll7 1:30h", CodeDurationOrReason, "1:30h", "silence gala-chat troll7 1h30m", `silence gala-chat troll7 1h "1:30h"`),
		ok("silence gala-chat troll7 24/7 spam", `silence gala-chat troll7 1h "24/7 spam"`),
		ok("silence gala-chat troll7 top 10", "silence gala-chat troll7 1h top 10"),
		ok("silence gala-chat troll7 5 times", `silence gala-chat troll7 1h "5 times"`),
		ok("silence gala-chat troll7 3 strikes", `silence gala-chat troll7 1h "3 strikes"`),
		ok("silence gala-chat troll7 1st offence", `silence gala-chat troll7 1h "1st offence"`),
		wrong("silence gala-chat troll7 tomorrow", CodeDurationClock, "tomorrow", `silence gala-chat troll7 1h "tomorrow"`),
		wrong("silence gala-chat troll7 till tomorrow", CodeDurationClock, "till tomorrow", `silence gala-chat troll7 1h "till tomorrow"`),
		wrong("silence gala-chat troll7 spam until tomorrow", CodeDurationClock, "until tomorrow", "silence gala-chat troll7 1h spam until tomorrow"),
		ok("silence gala-chat troll7 perma", "silence gala-chat troll7 perm"),
		ok("silence gala-chat troll7 permaban spam", "silence gala-chat troll7 perm spam"),
		ok("silence gala-chat troll7 for ever", "silence gala-chat troll7 perm"),
		ok("silence gala-chat troll7 for life", "silence gala-chat troll7 perm"),
		wrong("silence gala-chat troll7 1y", CodeDurationCalendar, "1y", "silence gala-chat troll7 365d"),
		wrong("silence gala-chat troll7 6 months spam", CodeDurationCalendar, "6 months", "silence gala-chat troll7 180d spam"),
		wrong("silence gala-chat troll7 2 years spam", CodeDurationCalendar, "2 years", "silence gala-chat troll7 365d spam"),
		ok("silence gala-chat troll7 1.5 days spam", "silence gala-chat troll7 36h spam"),
		wrong("silence gala-chat troll7 1,5h spam", CodeDurationOrReason, "1,5h", "silence gala-chat troll7 1h30m spam", `silence gala-chat troll7 1h "1,5h spam"`),
		ok("silence gala-chat troll7 ½h spam", "silence gala-chat troll7 30m spam"),
		ok("silence gala-chat troll7 30 minutes spam", "silence gala-chat troll7 30m spam"),
		wrong("silence gala-chat troll7 30-minutes spam", CodeDurationOrReason, "30-minutes", "silence gala-chat troll7 30m spam", `silence gala-chat troll7 1h "30-minutes spam"`),
		ok("silence gala-chat troll7 30minutes spam", "silence gala-chat troll7 30m spam"),
		ok("silence gala-chat troll7 30 Min spam", "silence gala-chat troll7 30m spam"),
		ok("silence gala-chat troll7 1h+30m spam", "silence gala-chat troll7 1h30m spam"),
		ok("silence gala-chat troll7 1h & 30m spam", "silence gala-chat troll7 1h30m spam"),
		ok("silence gala-chat troll7 1小时、30分钟 刷屏", "silence gala-chat troll7 1h30m 刷屏"),
		ok("silence gala-chat troll7 1 day and a half spam", "silence gala-chat troll7 36h spam"),
		ok("silence gala-chat troll7 one and a half hours spam", "silence gala-chat troll7 1h30m spam"),
		ok("silence gala-chat troll7 two weeks spam", "silence gala-chat troll7 14d spam"),
		ok("silence gala-chat troll7 twenty four hours spam", "silence gala-chat troll7 24h spam"),
		ok("silence gala-chat troll7 twenty-four hours spam", "silence gala-chat troll7 24h spam"),
		ok("silence gala-chat troll7 3 d spam", "silence gala-chat troll7 3d spam"),
		wrong("silence gala-chat troll7 -7d spam", CodeDurationZero, "-7d", "silence gala-chat troll7 7d spam"),
		wrong("silence gala-chat troll7 0 spam", CodeDurationZero, "0", "unsilence gala-chat troll7 spam"),
		wrong("silence gala-chat troll7 2026-12-01 spam", CodeDurationClock, "2026-12-01", `silence gala-chat troll7 1h "2026-12-01 spam"`),
		wrong("silence gala-chat troll7 18:00 spam", CodeDurationClock, "18:00", `silence gala-chat troll7 1h "18:00 spam"`),
		wrong("silence gala-chat troll7 8pm spam", CodeDurationClock, "8pm", `silence gala-chat troll7 1h "8pm spam"`),
		wrong("silence gala-chat troll7 10m 10m spam", CodeDurationOrReason, "10m", `silence gala-chat troll7 10m "10m spam"`, `silence gala-chat troll7 1h "10m 10m spam"`),
		wrong("silence gala-chat troll7 1d 3 hours of spam", CodeDurationOrReason, "1d 3 hours", `silence gala-chat troll7 27h "1d 3 hours of spam"`, `silence gala-chat troll7 24h "3 hours of spam"`),
		wrong("silence gala-chat troll7 2 hours of flooding", CodeDurationOrReason, "2 hours", `silence gala-chat troll7 2h "2 hours of flooding"`, `silence gala-chat troll7 1h "2 hours of flooding"`),
		ok("silence gala-chat troll7 30 min break", "silence gala-chat troll7 30m break"),
		wrong("silence gala-chat troll7 7d:spam", CodeDurationUnknown, "7d:spam", "silence gala-chat troll7 7d spam", `silence gala-chat troll7 1h "7d:spam"`),
		wrong("silence gala-chat troll7 7d-spam", CodeDurationUnknown, "7d-spam", `silence gala-chat troll7 7d "-spam"`, `silence gala-chat troll7 1h "7d-spam"`),
		wrong("silence gala-chat troll7 7d/spam", CodeDurationUnknown, "7d/spam", `silence gala-chat troll7 7d "/spam"`, `silence gala-chat troll7 1h "7d/spam"`),
		wrong("silence gala-chat troll7 7d(spam)", CodeDurationUnknown, "7d(spam)", `silence gala-chat troll7 7d "(spam)"`, `silence gala-chat troll7 1h "7d(spam)"`),
		wrong("silence gala-chat troll7 spam(7d)", CodeDurationPlace, "7d", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam(7d)"),
		wrong("silence gala-chat troll7 spam (7d)", CodeDurationPlace, "7d", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam (7d)"),
		wrong("silence gala-chat troll7 spam 7d.", CodeDurationPlace, "7d", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam 7d."),
		wrong("silence gala-chat troll7 spam [for 7d]", CodeDurationPlace, "7d", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam [for 7d]"),
		wrong("silence gala-chat troll7 spam duration=7d", CodeDurationPlace, "7d", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam duration=7d"),
		ok("silence gala-chat troll7 duration=7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 d=7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 --duration 7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 -d 7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 /7d spam", "silence gala-chat troll7 7d spam"),
		wrong("silence gala-chat troll7 30'", CodeNumberBare, "30", "silence gala-chat troll7 30m"),
		ok("silence gala-chat troll7 1d12", "silence gala-chat troll7 36h"),
	})
}

// Text in the position of people, attempted verbs, and lengths before the
// people.
func TestPeopleAsPeopleWriteThem(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom = nil
	check(t, s, []row{
		ok("silence gala-chat troll7 fortnight spam", "silence gala-chat troll7 14d spam"),
		ok("silence gala-chat troll7 for ever", "silence gala-chat troll7 perm"),
		wrong("silence gala-chat troll7 spam for life", CodeDurationPlace, "for life", "silence gala-chat troll7 perm spam", "silence gala-chat troll7 1h spam for life"),
		wrong("silence gala-chat troll7 1,5h spam", CodeDurationOrReason, "1,5h", "silence gala-chat troll7 1h30m spam", `silence gala-chat troll7 1h "1,5h spam"`),
		wrong("silence gala-chat troll7 7d/spam", CodeDurationUnknown, "7d/spam", `silence gala-chat troll7 7d "/spam"`, `silence gala-chat troll7 1h "7d/spam"`),
		wrong("silence gala-chat troll7 7d(spam)", CodeDurationUnknown, "7d(spam)", `silence gala-chat troll7 7d "(spam)"`, `silence gala-chat troll7 1h "7d(spam)"`),
		wrong("silence gala-chat troll7 spam(7d)", CodeDurationPlace, "7d", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam(7d)"),
		ok("silence gala-chat troll7 duration=7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 --duration 7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 -d 7d spam", "silence gala-chat troll7 7d spam"),
		ok("silence gala-chat troll7 /7d spam", "silence gala-chat troll7 7d spam"),
		wrong("silence gala-chat troll7 30'", CodeNumberBare, "30", "silence gala-chat troll7 30m"),
		wrong("silence gala-chat troll7 week", CodeDurationClock, "week", "silence gala-chat troll7 7d", `silence gala-chat troll7 1h "week"`),
		ok("silence gala-chat troll7 for a week spam", "silence gala-chat troll7 7d spam"),
		wrong("silence gala-chat troll7 this week", CodeDurationClock, "this week", `silence gala-chat troll7 1h "this week"`),
		ok("silence gala-chat troll7 see https://youtu.be/x?t=30s", "silence gala-chat troll7 1h see https://youtu.be/x?t=30s"),
		wrong("silence gala-chat troll7 spam [for 7d]", CodeDurationPlace, "7d", "silence gala-chat troll7 7d spam", "silence gala-chat troll7 1h spam [for 7d]"),
		wrong("silence gala-chat troll7 （７天）广告", CodeDurationUnknown, "（７天）广告", "silence gala-chat troll7 7d 广告", `silence gala-chat troll7 1h "（７天）广告"`),
		wrong("kick room:1234 user_id\ntest1\ntest2\nraid from sheet", CodeUserColumn, "user_id", "kick room:1234 test1,test2 raid from sheet"),
		wrong("kick room:1234 UserID\ttest1\ttest2", CodeUserColumn, "UserID", "kick room:1234 test1,test2"),
		wrong("kick room:1234 User ID\ntest1\ntest2", CodeUserColumn, "User ID", "kick room:1234 test1,test2"),
		wrong("kick room:1234 test1\n\ntest2", CodeUserColumn, "test2", "kick room:1234 test1,test2", `kick room:1234 test1 "test2"`),
		ok("kick room:1234 test1\ntest2\n", "kick room:1234 test1,test2"),
		wrong("kick room:1234 test1\ntest2\n\nraid", CodeUserColumn, "raid", "kick room:1234 test1,test2,raid", `kick room:1234 test1,test2 "raid"`),
		wrong("kick room:1234 test1 spam\ntest2 spam", CodeUserColumn, "test2", `kick room:1234 test1 "spam test2 spam"`),
		ok("kick room:1234 test1;test2;dave", "kick room:1234 test1,test2,dave"),
		ok("kick room:1234 test1; test2; dave spam", "kick room:1234 test1,test2,dave spam"),
		ok("kick room:1234 test1；test2", "kick room:1234 test1,test2"),
		ok("kick room:1234 test1 and test2", "kick room:1234 test1,test2"),
		ok("kick room:1234 test1 & test2 flooding", "kick room:1234 test1,test2 flooding"),
		ok("kick room:1234 test1 + test2", "kick room:1234 test1,test2"),
		ok("kick room:1234 test1 / test2", "kick room:1234 test1,test2"),
		wrong("kick room:1234 test1/test2", CodeUserUnusual, "test1/test2", "kick room:1234 test1,test2", `kick room:1234 "test1/test2"`),
		wrong("kick room:1234 test1+test2 spam", CodeUserUnusual, "test1+test2", "kick room:1234 test1,test2 spam", `kick room:1234 "test1+test2" spam`),
		wrong("kick room:1234 test1&amp;test2", CodeUserUnusual, "test1&test2", "kick room:1234 test1,test2", `kick room:1234 "test1&test2"`),
		wrong("kick room:1234 test1|test2", CodeUserUnusual, "test1|test2", "kick room:1234 test1,test2", `kick room:1234 "test1|test2"`),
		ok("kick room:1234 test1 和 test2", "kick room:1234 test1,test2"),
		wrong("kick room:1234 test1和test2", CodeUserUnusual, "test1和test2", "kick room:1234 test1,test2"),
		wrong("kick room:1234 test1 and dave", CodeUserOrReason, "dave", "kick room:1234 test1,dave", `kick room:1234 test1 "and dave"`),
		ok("kick room:1234 test1 and his friends", `kick room:1234 test1 "and his friends"`),
		ok("kick room:1234 test1, and dave spam", "kick room:1234 test1,dave spam"),
		wrong("kick room:1234 test1 29377 12345678", CodeUserOrReason, "29377", "kick room:1234 test1,29377,12345678", `kick room:1234 test1 "29377 12345678"`),
		wrong("kick room:1234 test1 user_two", CodeUserOrReason, "user_two", "kick room:1234 test1,user_two", `kick room:1234 test1 "user_two"`),
		ok("kick room:1234 test1 dave", "kick room:1234 test1 dave"),
		ok("kick room:1234 test1 insulted host1", "kick room:1234 test1 insulted host1"),
		ok("kick room:1234 test1 3rd warning", `kick room:1234 test1 "3rd warning"`),
		wrong("kick room:1234 test1 @test2", CodeUserOrReason, "@test2", "kick room:1234 test1,test2", `kick room:1234 test1 "@test2"`),
		wrong("kick room:1234 test1 (test2)", CodeUserOrReason, "(test2)", "kick room:1234 test1,test2", `kick room:1234 test1 "(test2)"`),
		wrong("kick room:1234 test1,test2 dave2", CodeUserOrReason, "dave2", "kick room:1234 test1,test2,dave2", `kick room:1234 test1,test2 "dave2"`),
		ok("kick room:1234 test1 , test2", "kick room:1234 test1,test2"),
		wrong("kick room:1234 [test1, test2]", CodeUserUnusual, "[test1", "kick room:1234 test1,test2", `kick room:1234 "[test1","test2]"`),
		wrong("kick room:1234 (test1)", CodeUserUnusual, "(test1)", "kick room:1234 test1", `kick room:1234 "(test1)"`),
		wrong("kick room:1234 'test1'", CodeUserUnusual, "'test1'", "kick room:1234 test1", `kick room:1234 "'test1'"`),
		wrong("kick room:1234 test1.", CodeUserUnusual, "test1.", "kick room:1234 test1", `kick room:1234 "test1."`),
		wrong("kick room:1234 test1!", CodeUserUnusual, "test1!", "kick room:1234 test1", `kick room:1234 "test1!"`),
		wrong("kick room:1234 test1？", CodeUserCharacter, "test1？", "kick room:1234 test1", `kick room:1234 "test1?"`),
		wrong("kick room:1234 test1：刷屏", CodeUserCharacter, "test1：刷屏", "kick room:1234 test1 刷屏"),
		wrong("kick room:1234 test1：", CodeUserCharacter, "test1：", "kick room:1234 test1", `kick room:1234 "test1:"`),
		wrong("kick room:1234 *", CodeUserReserved, "*"),
		wrong("kick room:1234 everyone", CodeUserReserved, "everyone"),
		wrong("kick room:1234 @here", CodeUserReserved, "@here"),
		wrong("kick room:1234 <!here> spam", CodeSlackPerson, "<!here>"),
		wrong("kick room:1234 here spam", CodeUserReserved, "here"),
		wrong("kick room:1234 所有人 刷屏", CodeUserReserved, "所有人"),
		wrong("kick room:1234 @everyone", CodeUserReserved, "@everyone"),
		wrong("kick room:1234 <@U024BE7LH> spam", CodeSlackPerson, "<@U024BE7LH>"),
		ok("kick room:1234 test1 <@U024BE7LH> spam", `kick room:1234 test1 "@U024BE7LH spam"`),
		wrong("kick room:1234 test1,all", CodeUserReserved, "all"),
		ok("kick room:1234 test1 all", "kick room:1234 test1 all"),
		wrong("history test1:", CodeUserUnusual, "test1:", "history test1", `history "test1:"`),
		wrong("history @test1", CodeUserReserved, "@test1", "history test1", `history "@test1"`),
		wrong("history all", CodeUserReserved, "all"),
		wrong("active test1:", CodeUserUnusual, "test1:", `active "test1"`, `active "test1:"`),
		wrong("active all", CodeUserReserved, "all"),
		wrong("active @test1", CodeUserReserved, "@test1", `active "test1"`, `active "@test1"`),
		wrong("search user:test1:", CodeUserUnusual, "test1:", "search user:test1", `search user:"test1:"`),
		wrong("search user:@test1", CodeUserReserved, "@test1", "search user:test1", `search user:"@test1"`),
		wrong("search user:all", CodeUserReserved, "all"),
		ok("search test1:", `search "test1:"`),
		wrong("note all be careful", CodeUserReserved, "all"),
		wrong("note `troll7` hello", CodeUserUnusual, "`troll7`", "note troll7 hello", "note \"`troll7`\" hello"),
		wrong("note troll7， 又来了", CodeUserOne, "又来了", "note troll7 又来了"),
		ok("note troll7 and bob came back", `note troll7 "and bob came back"`),
		wrong("undo 12 test1 test2", CodeUserOrReason, "test2", "undo 12 test1,test2", `undo 12 test1 "test2"`),
		wrong("undo 12 test1: sorry", CodeUserUnusual, "test1:", "undo 12 test1 sorry", `undo 12 "test1:" sorry`),
		ok("timeout gala-chat troll7 10m", "silence gala-chat troll7 10m"),
		ok("tempban gala troll7 10m", "ban gala troll7 10m"),
		ok("封号 gala troll7 3天", "ban gala troll7 3d"),
		wrong("解禁 gala troll7", CodeVerbUnknown, "解禁", "unban gala troll7", "unsilence gala troll7"),
		ok("踢掉 lobby test1", "kick lobby test1"),
		ok("靜音 lobby test1", "mute lobby test1 1h"),
		wrong("lock gala-chat", CodeVerbUnknown, "lock", "freeze gala-chat 10m"),
		wrong("mute gala 24h troll7 spam", CodeNoMuteHere, "mute"),
		wrong("ban gala 24h troll7 hate", CodeDurationFirst, "24h", "ban gala troll7 24h hate"),
		wrong("ban 24h gala troll7", CodeDurationFirst, "24h", "ban gala troll7 24h"),
		wrong("ban gala 30minutes troll7 spam", CodeDurationFirst, "30minutes", "ban gala troll7 30m spam"),
		wrong("ban gala troll7 30minutesspam", CodeUserOrReason, "30minutesspam"),
		wrong("ban gala for 24h troll7", CodeDurationFirst, "for 24h", "ban gala troll7 24h"),
		wrong("kick lobby 10m test1", CodeUserOption, "10m"),
		wrong("mute lobby test1 10m user2", CodeUserOrReason, "user2", "mute lobby test1,user2 10m", `mute lobby test1 10m "user2"`),
		ok("mute lobby test1 10m user2 spam", `mute lobby test1 10m "user2 spam"`),
		wrong("mute lobby test1 10m,user2", CodeUserOrReason, "user2", "mute lobby test1,user2 10m", `mute lobby test1 10m "user2"`),
		ok("mute lobby test1,10m,spam", "mute lobby test1 10m spam"),
		ok("mute lobby test1\t10m\tspam", "mute lobby test1 10m spam"),
		ok("mute lobby test1\n10m\nspam", "mute lobby test1 10m spam"),
	})
}

// In a channel that has a room, a room may still be named elsewhere.
func TestRoomsBehindPeople(t *testing.T) {
	check(t, demoSetting(), []row{
		ok("freeze for 10 minutes", "freeze gala 10m"),
		wrong("silence troll7 in lobby 10m", CodeRoomPlace, "lobby"),
		wrong("silence troll7 in gala-chat 10m", CodeRoomPlace, "gala-chat", "silence gala-chat troll7 10m"),
		wrong("kick troll7 from lobby", CodeRoomPlace, "lobby", "kick lobby troll7"),
		wrong("ban troll7 24h in lobby", CodeRoomPlace, "lobby"),
		wrong("ban troll7 24h in gala-chat", CodeRoomPlace, "gala-chat", "ban gala-chat troll7 24h"),
		ok("ban troll7 24h gala night", "ban gala troll7 24h gala night"),
		ok("silence troll7 10m", "silence gala troll7 10m"),
		wrong("silence troll7 user2", CodeUserOrReason, "user2", "silence gala troll7,user2 1h", `silence gala troll7 1h "user2"`),
		wrong("ban 24h troll7 hate", CodeDurationFirst, "24h", "ban gala troll7 24h hate"),
		ok("freeze gala-chat", "freeze gala-chat 10m"),
		ok(`unban "gala"`, `unban gala "gala"`),
		wrong("silence troll7 gala-chat spam", CodeRoomPlace, "gala-chat", "silence gala-chat troll7 1h spam", "silence gala troll7 1h gala-chat spam"),
		ok("silence gala night was over", "silence gala night 1h was over"),
		wrong("ban troll7 live:other 1d", CodeRoomPlace, "live:other", "ban live:other troll7 24h"),
		wrong("mute troll7 spam", CodeNoMuteHere, "mute", "silence gala troll7 1h spam"),
		ok("timeout troll7", "silence gala troll7 1h"),
		wrong("freeze troll7", CodeUsersNotTaken, "troll7", "silence gala troll7 1h", `freeze gala 10m "troll7"`),
		wrong("freeze until the host is back", CodeDurationClock, "until the host", `freeze gala 10m "until the host is back"`),
		ok("freeze 10分钟", "freeze gala 10m"),
		wrong("close in 5 minutes", CodeNotLater, "in 5 minutes", `close gala "in 5 minutes"`),
		ok("silence troll7 half an hour spam", "silence gala troll7 30m spam"),
	})
}

// Words that are nearly, and what Slack draws.
func TestNearly(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom = nil
	check(t, s, []row{
		wrong("silence gala-chat troll7 permenant spam", CodeDurationOrReason, "permenant", "silence gala-chat troll7 perm spam", `silence gala-chat troll7 1h "permenant spam"`),  //nolint:misspell // as people type it
		wrong("silence gala-chat troll7 spam indefinitly", CodeDurationPlace, "indefinitly", "silence gala-chat troll7 perm spam", "silence gala-chat troll7 1h spam indefinitly"), //nolint:misspell // as people type it
		wrong("silence gala-chat troll7 for the whole show", CodeDurationClock, "the whole show", `silence gala-chat troll7 1h "for the whole show"`),
		wrong("kick lobby _test1_", CodeUserUnusual, "_test1_", "kick lobby test1", `kick lobby "_test1_"`),
		wrong("kick lobby *test1*", CodeUserUnusual, "*test1*", "kick lobby test1", `kick lobby "*test1*"`),
		wrong("kick lobby ~test1~ spam", CodeUserUnusual, "~test1~", "kick lobby test1 spam", `kick lobby "~test1~" spam`),
		wrong("kick lobby &lt;test1&gt;", CodeUserUnusual, "<test1>", "kick lobby test1", `kick lobby "<test1>"`),
		ok("kick lobby test1 3-strike rule", `kick lobby test1 "3-strike rule"`),
		ok("silence gala-chat troll7 performs badly", "silence gala-chat troll7 1h performs badly"),
		ok("silence gala-chat troll7 permission revoked", "silence gala-chat troll7 1h permission revoked"),
		ok("silence gala-chat troll7 forces links on others", "silence gala-chat troll7 1h forces links on others"),
		ok("silence gala-chat troll7 indecent", "silence gala-chat troll7 1h indecent"),
	})
}

// With a pattern of UserIDs, other ids are refused, quoted or not, and a word
// that matches it is never silently a reason.
func TestPatternOfUserIDs(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom, s.UserID = nil, regexp.MustCompile(`^(?:u[0-9]+|guest:[a-z]+)$`)
	check(t, s, []row{
		ok("kick lobby u1,u2 spam", "kick lobby u1,u2 spam"),
		ok("kick lobby guest:ada spam", `kick lobby "guest:ada" spam`),
		ok(`kick lobby "u1" spam`, "kick lobby u1 spam"),
		ok("kick lobby u1 test2 did it", `kick lobby u1 "test2 did it"`),
		wrong("kick lobby u1 and host1 left", CodeUserOrReason, "host1", `kick lobby u1 "and host1 left"`),
		wrong("kick lobby u1 u2 spam", CodeUserOrReason, "u2", "kick lobby u1,u2 spam", `kick lobby u1 "u2 spam"`),
		wrong("kick lobby troll7", CodeUserPattern, "troll7"),
		wrong(`kick lobby "troll7"`, CodeUserPattern, `"troll7"`),
		wrong("kick lobby u1: spam", CodeUserPattern, "u1:", "kick lobby u1 spam"),
		wrong("kick lobby @u1", CodeUserPattern, "@u1", "kick lobby u1"),
		wrong("kick lobby u1/u2", CodeUserPattern, "u1/u2", "kick lobby u1,u2"),
		wrong("kick lobby all", CodeUserReserved, "all"),
		wrong("kick lobby u1,troll7", CodeUserPattern, "troll7"),
		wrong("note troll7 spam", CodeUserPattern, "troll7"),
		wrong("history troll7", CodeUserPattern, "troll7"),
		wrong("active troll7", CodeUserPattern, "troll7"),
		wrong("search user:troll7", CodeUserPattern, "troll7"),
		wrong("undo 12 troll7", CodeUserPattern, "troll7"),
	})
	// A pattern that also matches ordinary words proves nothing.
	s.UserID = regexp.MustCompile(`^(?:[a-z0-9_]+)$`)
	check(t, s, []row{
		ok("kick lobby u1 spam", "kick lobby u1 spam"),
		wrong("kick lobby u1 u2", CodeUserOrReason, "u2", "kick lobby u1,u2", `kick lobby u1 "u2"`),
		wrong("kick lobby U1", CodeUserPattern, "U1"),
	})
	word, _ := Ambiguous("kick lobby u1 dave", s)
	require.Equal(t, "dave", word)
	s.UserID = regexp.MustCompile(`^(?:u[0-9]+)$`)
	word, _ = Ambiguous("kick lobby u1 dave", s)
	require.Empty(t, word, "no person is called dave")
}

// A word that only a caller who knows the people can decide is returned with
// its question.
func TestAmbiguous(t *testing.T) {
	s := demoSetting()
	s.ChannelRoom = nil
	for text, want := range map[string]string{
		"kick lobby test1 dave": "dave", "kick lobby test1 dave spam": "dave", "kick lobby test1 dave, spam": "dave", "undo 12 test1 dave": "dave",
		`kick lobby test1 "dave"`: "", "kick lobby test1 3 strikes": "", "kick lobby test1 in chat": "", "kick lobby test1 刷屏": "",
		"ban gala test1 1d dave": "", "mute lobby test1 audio dave": "", "kick lobby test1": "", "kick lobby test1 test2": "", "note test1 dave": "", "close lobby dave": "",
	} {
		word, m := Ambiguous(text, s)
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
			again, _ := Ambiguous(o.Command, s)
			require.NotEqual(t, word, again, "what was answered is not asked again: %s", o.Command)
		}
	}
}
