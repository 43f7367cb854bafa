package commands

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestWholeActionsAboutCases(t *testing.T) {
	live := moderation.Room{Kind: moderation.KindLive, ID: "show1"}
	for in, want := range map[string]moderation.Action{
		"undo 12":                      {Verb: moderation.Undo, Number: 12},
		"undo 12 all sorry":            {Verb: moderation.Undo, Number: 12, Reason: "sorry"},
		"undo 12 troll7,troll8 sorry":  {Verb: moderation.Undo, Number: 12, Targets: []string{"troll7", "troll8"}, Reason: "sorry"},
		`undo 12 "appeal accepted"`:    {Verb: moderation.Undo, Number: 12, Reason: "appeal accepted"},
		`undo 12 "bad guy" sorry`:      {Verb: moderation.Undo, Number: 12, Targets: []string{"bad guy"}, Reason: "sorry"},
		`undo 12 "all"`:                {Verb: moderation.Undo, Number: 12, Targets: []string{"all"}},
		"extend 12 2d again":           {Verb: moderation.Extend, Number: 12, Duration: 48 * time.Hour, Reason: "again"},
		"extend 12 perm":               {Verb: moderation.Extend, Number: 12, Permanent: true},
		"reason 12 30m was too short":  {Verb: moderation.SetReason, Number: 12, Reason: "30m was too short"},
		"why 12":                       {Verb: moderation.Why, Number: 12},
		"history troll7":               {Verb: moderation.History, Targets: []string{"troll7"}},
		"note troll7 knows the staff":  {Verb: moderation.AddNote, Targets: []string{"troll7"}, Reason: "knows the staff"},
		"active gala":                  {Verb: moderation.Active, Room: moderation.Room{Kind: moderation.KindLive, ID: "show1", Name: "gala"}},
		"active live:show1":            {Verb: moderation.Active, Room: live},
		`active "gala"`:                {Verb: moderation.Active, Targets: []string{"gala"}},
		"active troll7":                {Verb: moderation.Active, Targets: []string{"troll7"}},
		"dry-run ban gala a 1d x":      {Verb: moderation.Ban, Dry: true, Room: moderation.Room{Kind: moderation.KindLive, ID: "show1", Name: "gala"}, Targets: []string{"a"}, Duration: 24 * time.Hour, Reason: "x"},
		"dry-run undo! 12 all sorry":   {Verb: moderation.Undo, Dry: true, Override: true, Number: 12, Reason: "sorry"},
		"suspend <@U123|mei> 2h rogue": {Verb: moderation.Suspend, Person: "U123", Duration: 2 * time.Hour, Reason: "rogue"},
		"suspend <@W123>":              {Verb: moderation.Suspend, Person: "W123", Permanent: true},
		"suspend <@U123> forever":      {Verb: moderation.Suspend, Person: "U123", Permanent: true},
		"unsuspend <@U123> talked":     {Verb: moderation.Unsuspend, Person: "U123", Reason: "talked"},
		"ban! live:show1 a 1d raid":    {Verb: moderation.Ban, Override: true, Room: live, Targets: []string{"a"}, Duration: 24 * time.Hour, Reason: "raid"},
		"review":                       {Verb: moderation.ReviewAll},
		"status":                       {Verb: moderation.Status},
	} {
		a, m := Parse(in, plainContext())
		require.Nil(t, m, in)
		require.Equal(t, want, a, in)
	}
}

func TestUndo(t *testing.T) {
	check(t, plainContext(), []row{
		ok("撤销 12 全部 误封", "undo 12 all 误封"),
		wrong("undo #12, troll7", CodeCaseNumber, "#12,", "undo 12 troll7"),
		ok("undo 12 ALL", "undo 12"),
		ok("undo 12 all: sorry", "undo 12 all sorry"),
		ok("undo 12 all,", "undo 12"),
		ok("undo 12 ,", "undo 12"),
		ok("undo １２ a，b", "undo 12 a,b"),
		ok("undo 12 a, b was wrong", "undo 12 a,b was wrong"),
		ok(`undo 12 "bad guy",`, `undo 12 "bad guy",`),
		ok("undo 12 “申诉 通过”", "undo 12 all 申诉 通过"),
		ok(`undo 12 "troll7"`, "undo 12 troll7"),
		ok("undo 12 all see <https://x.y/z|x.y/z> and <https://e.f|here>", "undo 12 all see x.y/z and https://e.f"),
		wrong("undo", CodeCaseNumber, ""),
		wrong("undo troll7", CodeCaseNumber, "troll7"),
		wrong("undo -1", CodeCaseNumber, "-1"),
		wrong("undo 0", CodeCaseNumber, "0"),
		wrong("undo 12.", CodeCaseNumber, "12.", "undo 12"),
		wrong("undo 第12号", CodeCaseNumber, "第12号", "undo 12"),
		wrong("undo case 12 a", CodeCaseNumber, "case", "undo 12 a"),
		wrong("撤销 案件 #12", CodeCaseNumber, "案件", "undo 12"),
		wrong("undo 12 all, a x", CodeAllAndUsers, "all,", "undo 12 all a x", "undo 12 a x"),
		wrong("undo 12 a 30m", CodeDurationNotTaken, "30m", "undo 12 a", `undo 12 a "30m"`),
		ok("undo 12 a 3 times", `undo 12 a "3 times"`),
		wrong("undo 12 30m", CodeUserOption, "30m", `undo 12 "30m"`),
		wrong("undo 12 <@U1>", CodeSlackPerson, "<@U1>"),
		wrong("undo 12 live:x", CodeUserRoom, "live:x", `undo 12 "live:x"`),
		wrong(`undo 12 "open`, CodeQuoteOpen, `"open`, "undo 12 open"),
	})
}

func TestExtendAndReason(t *testing.T) {
	check(t, plainContext(), []row{
		ok("延长 12 7天 又来了", "extend 12 7d 又来了"),
		ok("extend 12 1d 12h", "extend 12 36h"),
		ok("理由 12 看这里 <http://x.y/z>", "reason 12 看这里 http://x.y/z"),
		ok("reason 12 “spam” and worse", `reason 12 "“spam” and worse"`),
		ok("reason 12 “spam, worse”", "reason 12 spam, worse"),
		ok("reason 12 5", `reason 12 "5"`),
		wrong("extend 12", CodeDurationMissing, "", "extend 12 24h"),
		wrong("extend 12 because", CodeDurationMissing, "", "extend 12 24h because"),
		wrong("extend 12 30", CodeNumberBare, "30", "extend 12 30m"),
		ok("extend 12 by 2d", "extend 12 +2d"),
		ok("extend 12 +2d", "extend 12 +2d"),
		ok("extend 12 + 2d again", "extend 12 +2d again"),
		ok("extend 12 2d more", "extend 12 +2d"),
		ok("延长 12 +2小时", "extend 12 +2h"),
		ok("extend 12 2d from now again", "extend 12 2d from now again"),
		wrong("extend 12 +1 month", CodeDurationCalendar, "+1 month", "extend 12 +30d"),
		wrong("extend 12 2h 30", CodeDurationOrReason, "2h 30", "extend 12 2h30m", `extend 12 2h "30"`),
		wrong("extend 12 spam 2d", CodeDurationPlace, "2d", "extend 12 2d spam"),
		wrong("extend 12 until 18:00", CodeDurationClock, "until 18:00"),
		wrong("extend 12 400d", CodeDurationTooLong, "400d", "extend 12 365d"),
		wrong("extend 12 0m sorry", CodeDurationZero, "0m", "undo 12 all sorry"),
		wrong("extend 12 -2d", CodeDurationZero, "-2d", "extend 12 2d"),
		wrong("extend 2d", CodeCaseNumber, "2d"),
		wrong("extend", CodeCaseNumber, ""),
		wrong("reason 12", CodeReasonMissing, ""),
		wrong(`reason 12 ""`, CodeReasonMissing, ""),
		wrong("reason 12 \u200b", CodeReasonMissing, ""),
		wrong("reason twelve spam", CodeCaseNumber, "twelve"),
		wrong(`reason 12 "open`, CodeQuoteOpen, `"open`, "reason 12 open"),
		wrong("why", CodeCaseNumber, ""),
		wrong("why 12 13", CodeTooMuch, "13", "why 12"),
		wrong("为什么 案件 12", CodeCaseNumber, "案件", "why 12"),
	})
}

func TestOneUserOrPlace(t *testing.T) {
	check(t, plainContext(), []row{
		ok(`历史 "bad guy"`, `history "bad guy"`),
		ok("history 29376", "history 29376"),
		ok("history a,", "history a"),
		ok("备注 troll7 和主播认识", "note troll7 和主播认识"),
		ok("note troll7\nwas rude", "note troll7 was rude"),
		ok("note troll7 30m is never enough", `note troll7 "30m is never enough"`),
		ok("note gala is a user here", "note gala is a user here"),
		ok("active 大厅", "active 大厅"),
		ok("active GALA", "active gala"),
		ok(`active strroom:"my room"`, `active strroom:"my room"`),
		ok("active 29376", `active "29376"`),
		wrong("history", CodeUserMissing, ""),
		wrong("history a,b", CodeUserOne, "b", "history a"),
		wrong("history a b", CodeTooMuch, "b", "history a"),
		wrong("history <@U1|mei>", CodeSlackPerson, "<@U1|mei>"),
		wrong("history a—b", CodeUserCharacter, "a—b", "history a--b", "history a-b"),
		wrong("history live:x", CodeUserRoom, "live:x", `history "live:x"`),
		wrong("history "+longID, CodeUserLength, longID),
		wrong("note troll7", CodeReasonMissing, ""),
		wrong("note", CodeUserMissing, ""),
		wrong("note troll7, was rude", CodeUserOne, "was", "note troll7 was rude"),
		wrong("active", CodePlaceMissing, ""),
		wrong("active gala now", CodeTooMuch, "now", "active gala"),
		wrong("active lvie:x", CodeRoomKind, "lvie:x", "active live:x", `active "lvie:x"`),
		wrong("active room 10006", CodeRoomUnknown, "room", "active room:10006"),
		wrong("active room:abc", CodeRoomNumber, "room:abc", "active strroom:abc"),
		wrong("active <#C1|x>", CodeSlackChannel, "<#C1|x>"),
		wrong("status now", CodeTooMuch, "now", "status"),
		wrong("review 12", CodeTooMuch, "12", "review"),
	})
	check(t, channelContext(), []row{
		ok("active", "active live:chan"),
		ok("active troll7", `active "troll7"`),
		ok("history gala", "history gala"),
	})
}

const longID = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

func TestSuspend(t *testing.T) {
	check(t, plainContext(), []row{
		ok("停权 <@U123|mei lin> 2小时 滥用", "suspend <@U123> 2h 滥用"),
		ok("suspend <@U123>: 2h rogue", "suspend <@U123> 2h rogue"),
		ok("suspend <@U123>, rogue", "suspend <@U123> perm rogue"),
		ok("suspend <@U123> 2h rude to <@U9|ada> &amp; co", "suspend <@U123> 2h rude to @ada &amp; co"),
		ok("恢复权限 <@W9> 已沟通", "unsuspend <@W9> 已沟通"),
		wrong("suspend", CodePersonNeeded, ""),
		wrong("suspend mei", CodePersonNeeded, "mei"),
		wrong("suspend @mei 2h", CodePersonNeeded, "@mei"),
		wrong("suspend U123", CodePersonNeeded, "U123"),
		wrong("suspend &lt;@U123&gt;", CodePersonNeeded, "<@U123>"),
		wrong("suspend <!subteam^S12|@mods>", CodePersonNeeded, "<!subteam^S12|@mods>"),
		wrong("suspend <@B123>", CodePersonNeeded, "<@B123>"),
		wrong("suspend <#C1|x>", CodePersonNeeded, "<#C1|x>"),
		wrong("suspend 2h <@U123>", CodePersonNeeded, "2h"),
		wrong("suspend <@U1> <@U2|bo> 2h", CodePersonOne, "<@U2|bo>", "suspend <@U1> 2h"),
		wrong("suspend <@U1>,<@U2>", CodePersonOne, "<@U2>", "suspend <@U1> perm"),
		wrong("suspend <@U1> 30", CodeNumberBare, "30", "suspend <@U1> 30m"),
		wrong("suspend <@U1> rogue 2h", CodeDurationPlace, "2h", "suspend <@U1> 2h rogue", "suspend <@U1> perm rogue 2h"),
		wrong("suspend <@U1> 0m", CodeDurationZero, "0m", "unsuspend <@U1>"),
		wrong("unsuspend <@U1> 2h", CodeDurationNotTaken, "2h", "unsuspend <@U1>", `unsuspend <@U1> "2h"`),
		wrong("unsuspend mei", CodePersonNeeded, "mei"),
	})
}

// An override runs only as it was typed: a suggestion never adds the mark,
// and removes it if it changes the verb.
func TestOverride(t *testing.T) {
	check(t, plainContext(), []row{
		ok("ban！ live:x a 1d raid", "ban! live:x a 24h raid"),
		ok("BAN! live:x a 1d raid", "ban! live:x a 24h raid"),
		ok("ban ! live:x a 1d raid", "ban! live:x a 24h raid"),
		ok("ban!! live:x a 1d raid", "ban! live:x a 24h raid"),
		ok("封禁！ live:x a 1天 炸房", "ban! live:x a 24h 炸房"),
		ok("封禁 ！ live:x a 1天 炸房", "ban! live:x a 24h 炸房"),
		ok("kick! room:1 a raid", "kick! room:1 a raid"),
		ok("freeze! live:x 5m raid", "freeze! live:x 5m raid"),
		ok("unban! live:x a mistake", "unban! live:x a mistake"),
		ok("undo! 12 all mistake", "undo! 12 all mistake"),
		ok("extend! 12 9d raid", "extend! 12 9d raid"),
		ok("dry-run ban! live:x a 1d raid", "dry-run ban! live:x a 24h raid"),
		ok("help ban!", "help ban"),
		wrong("ban!", CodeRoomMissing, ""),
		wrong("ban! live:x a 1d", CodeOverrideReason, "ban!", "ban live:x a 24h"),
		wrong("ban ！ live:x a 1d", CodeOverrideReason, "ban ！", "ban live:x a 24h"),
		wrong("undo! 12", CodeOverrideReason, "undo!", "undo 12"),
		wrong("mute! room:1 a", CodeOverrideReason, "mute!", "mute room:1 a 1h"),
		wrong("ban! live:x a 30 raid", CodeNumberBare, "30", "ban! live:x a 30m raid"),
		wrong("kik! room:1 a raid", CodeVerbUnknown, "kik!", "kick room:1 a raid"),
		wrong("解除静因！ room:1 a 误", CodeVerbUnknown, "解除静因！", "unmute room:1 a 误"),
		wrong("kick! live:x a raid", CodeNoKickInLive, "kick!", "ban live:x a 10m raid"),
		wrong("mute! room:1 a 0m sorry", CodeDurationZero, "0m", "unmute room:1 a sorry"),
		wrong("bna live:x a 1d raid", CodeVerbUnknown, "bna", "ban live:x a 24h raid"),
		wrong("who! live:x", CodeOverrideNeedless, "who!", "who live:x"),
		wrong("bans ! live:x", CodeOverrideNeedless, "bans !", "bans live:x"),
		wrong("search! user:a", CodeOverrideNeedless, "search!", "search user:a"),
		wrong("suspend! <@U1> rogue", CodeOverrideNeedless, "suspend!", "suspend <@U1> perm rogue"),
		wrong("dry-run! ban live:x a 1d", CodeOverrideNeedless, "dry-run!", "dry-run ban live:x a 24h"),
	})
	check(t, channelContext(), []row{
		wrong("ban !troll 1d raid", CodeUserUnusual, "!troll", "ban live:chan troll 24h raid", `ban live:chan "!troll" 24h raid`),
		ok("freeze! raid", "freeze! live:chan 10m raid"),
	})
	_, m := Parse("ban! live:x a 1d", plainContext())
	a, bad := Parse(m.Values["example"], plainContext())
	require.Nil(t, bad)
	require.True(t, a.Override)
	require.Equal(t, moderation.Ban, a.Verb)
}

func TestDryRun(t *testing.T) {
	check(t, plainContext(), []row{
		ok("试运行 封禁 gala a 1天", "dry-run ban gala a 24h"),
		ok("dryrun /mod close room:1", "dry-run close room:1"),
		ok("dry undo 12 a", "dry-run undo 12 a"),
		ok("dry-run extend 12 2d", "dry-run extend 12 2d"),
		ok("help dry", "help dry-run"),
		wrong("dry-run", CodeVerbUnknown, ""),
		wrong("dry-run kik room:1 a", CodeVerbUnknown, "kik", "dry-run kick room:1 a"),
		wrong("dry-run who live:x", CodeDryNeedless, "who", "who live:x"),
		wrong("dry-run note a b", CodeDryNeedless, "note", "note a b"),
		wrong("dry-run suspend <@U1>", CodeDryNeedless, "suspend", "suspend <@U1> perm"),
		wrong("dry-run dry-run kick room:1 a", CodeDryNeedless, "dry-run", "dry-run kick room:1 a"),
		wrong("dry-run kick live:x a", CodeNoKickInLive, "kick", "dry-run ban live:x a 10m"),
		wrong("dry-run ban live:x a", CodeDurationMissing, "", "dry-run ban live:x a 24h"),
		wrong("dry-run case 12", CodeDryNeedless, "case", "case 12"),
	})
	check(t, channelContext(), []row{
		ok("dry-run ban a 1d", "dry-run ban live:chan a 24h"),
		wrong("dry-run unban gala", CodeUsersMissing, "", "dry-run unban live:chan gala"),
		wrong("dry-run unban troll7 live:other sorry", CodeRoomPlace, "live:other", "dry-run unban live:other troll7 sorry", `dry-run unban live:chan troll7 "live:other sorry"`),
	})
}
