package commands

import "testing"

// What was typed as a length never becomes a reason in silence.
func TestDurationsInReasons(t *testing.T) {
	check(t, plainContext(), []row{
		wrong("mute room:10006 alice bob 30m", CodeDurationPlace, "30m", "mute room:10006 alice 30m bob", "mute room:10006 alice 1h bob 30m"),
		wrong("mute room:10006 29376 loud 30m", CodeDurationPlace, "30m", "mute room:10006 29376 30m loud", "mute room:10006 29376 1h loud 30m"),
		wrong("mute room:1 alice bob,carol 30m rude", CodeDurationPlace, "30m", "mute room:1 alice 30m bob,carol rude", "mute room:1 alice 1h bob,carol 30m rude"),
		wrong("mute room:1 alice audio bob 30m", CodeDurationPlace, "30m", "mute room:1 alice audio 30m bob", "mute room:1 alice audio 1h bob 30m"),
		wrong("mute room:1 alice bob perm", CodeDurationPlace, "perm", "mute room:1 alice perm bob", "mute room:1 alice 1h bob perm"),
		wrong("silence live:x alice bob forever", CodeDurationPlace, "forever", "silence live:x alice 365d bob", "silence live:x alice 1h bob forever"),
		wrong("mute room:1 alice loud: 400d", CodeDurationPlace, "400d", "mute room:1 alice 365d loud:", "mute room:1 alice 1h loud: 400d"),
		wrong("mute room:1 alice spamming the chat for 10 minutes", CodeDurationPlace, "10 minutes", "mute room:1 alice 10m spamming the chat", "mute room:1 alice 1h spamming the chat for 10 minutes"),
		ok("mute room:1 alice for 30m", "mute room:1 alice 30m"),
		ok("mute room:1 alice for half an hour", "mute room:1 alice 30m"),
		wrong("mute room:1 alice 太吵，30分钟", CodeDurationPlace, "30分钟", "mute room:1 alice 30m 太吵", "mute room:1 alice 1h 太吵，30分钟"),
		wrong("静音 room:1 alice 太吵 半小时", CodeDurationPlace, "半小时", "mute room:1 alice 30m 太吵", "mute room:1 alice 1h 太吵 半小时"),
		wrong(`mute room:1 a "too loud" 30m`, CodeDurationPlace, "30m", `mute room:1 a 30m """too loud"""`, `mute room:1 a 1h """too loud"" 30m"`),
		wrong("freeze live:x riot again 5m", CodeDurationPlace, "5m", "freeze live:x 5m riot again", "freeze live:x 10m riot again 5m"),
		wrong("ban live:x a was rude to us for 2 days", CodeDurationPlace, "2 days", "ban live:x a 2d was rude to us"),
		wrong("mute room:1 alice <@U12|mei> 30m", CodeDurationPlace, "30m", `mute room:1 alice 30m "@mei"`, `mute room:1 alice 1h "@mei 30m"`),
		wrong("mute room:1 a until 18:00 loud", CodeDurationClock, "until 18:00", `mute room:1 a 1h "until 18:00 loud"`),
		wrong("mute room:1 a 到18点", CodeDurationClock, "到18点", `mute room:1 a 1h "到18点"`),
		wrong("ban live:x a until 6pm", CodeDurationClock, "until 6pm"),
		wrong("mute room:1 a until 30m", CodeDurationOrReason, "30m", "mute room:1 a 30m", `mute room:1 a 1h "until 30m"`),
		wrong("mute room:1 a 半小时刷屏", CodeDurationUnknown, "半小时刷屏", "mute room:1 a 30m 刷屏", `mute room:1 a 1h "半小时刷屏"`),
		wrong(`mute room:1 a "loud for 5m`, CodeQuoteOpen, `"loud for 5m`, "mute room:1 a 1h loud for 5m"),

		ok(`mute room:1 a "was loud for 5m"`, "mute room:1 a 1h was loud for 5m"),
		ok(`mute room:1 a said "5m more" twice`, `mute room:1 a 1h said "5m more" twice`),
		ok("mute room:1 a 10m was loud for 5m", "mute room:1 a 10m was loud for 5m"),
		wrong("mute room:1 a until he calms down", CodeDurationClock, "until", `mute room:1 a 1h "until he calms down"`),
		ok("mute room:1 a 30m until 18:00", `mute room:1 a 30m "until 18:00"`),
		ok("mute room:1 a 十分吵", "mute room:1 a 1h 十分吵"),
		wrong("mute room:1 a 24h 三分钟热度", CodeDurationUnknown, "24h 三分钟热度", "mute room:1 a 24h3m 热度", `mute room:1 a 24h "三分钟热度"`),
		ok("kick room:1 a rude for 5m", "kick room:1 a rude for 5m"),
		ok("封禁 live:show1 troll7 半小时", "ban live:show1 troll7 30m"),
		ok("封禁 live:show1 troll7 三天 广告", "ban live:show1 troll7 3d 广告"),
		ok("mute room:10006 29376 半小时 吵闹", "mute room:10006 29376 30m 吵闹"),
		ok("mute room:10006 29376 half an hour noise", "mute room:10006 29376 30m noise"),
		ok("mute room:1 a half", "mute room:1 a 1h half"),
		ok("mute room:1 x\nan hour", "mute room:1 x 1h"),
		wrong("kick room:1 x an hour", CodeDurationNotTaken, "an hour", "kick room:1 x", `kick room:1 x "an hour"`),
	})
}

func TestMediaByOtherNames(t *testing.T) {
	check(t, plainContext(), []row{
		ok("mute room:10006 29376 mic 5m", "mute room:10006 29376 audio 5m"),
		ok("mute room:10006 29376 5m mic", "mute room:10006 29376 audio 5m"),
		ok("mute room:1 a Microphone", "mute room:1 a audio 1h"),
		ok("mute room:1 a cam 5m x", "mute room:1 a video 5m x"),
		ok("mute room:1 a mic+camera 5m", "mute room:1 a 5m"),
		ok("静音 room:1 a 麦克风 5分钟", "mute room:1 a audio 5m"),
		ok("静音 room:1 a 摄像头、麦克风 5分钟", "mute room:1 a 5m"),
		ok("mute room:1 a 5m mic feedback", `mute room:1 a 5m "mic feedback"`),
		ok("mute room:1 a mic+mic", "mute room:1 a 1h mic+mic"),
		wrong("mute room:1 cam 5m", CodeUserOption, "cam", `mute room:1 "cam" 5m`),
	})
}

func TestVerbPrefixes(t *testing.T) {
	check(t, plainContext(), []row{
		wrong("help 封", CodeVerbUnknown, "封", "help ban", "help silence"),
		wrong("封 live:x a 1d", CodeVerbUnknown, "封", "ban live:x a 24h", "silence live:x a 24h"),
		wrong("help 禁", CodeVerbUnknown, "禁"), // three begin so
		wrong("help di", CodeVerbUnknown, "di"),
		wrong("help dismi", CodeVerbUnknown, "dismi", "help close"),
	})
}
