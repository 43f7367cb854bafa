package commands

import "testing"

func TestStatistics(t *testing.T) {
	check(t, plainContext(), []row{
		ok("stats", "stats in:30d"),
		ok("stats 7d", "stats in:7d"),
		ok("stats last 2w <@U024BE7LH|mei>", "stats by:<@U024BE7LH> in:14d"),
		ok("stats gala 7d", "stats room:live:show1 in:7d"),
		ok("stats live:show1", "stats room:live:show1 in:30d"),
		ok("统计 最近7天 by:<@U024BE7LH>", "stats by:<@U024BE7LH> in:7d"),
		ok("stats room:gala in:1d", "stats room:live:show1 in:24h"),
		wrong("stats 7", CodeNumberBare, "7", "stats in:7d"),
		wrong("stats 7d in:8d", CodeSearchKeyTwice, "in:8d", "stats in:7d"),
		wrong("stats troll7", CodeRoomUnknown, "troll7"),
		wrong("stats @mei", CodePersonNeeded, "@mei"),
	})
}
