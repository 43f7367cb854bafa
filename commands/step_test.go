package commands

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

const (
	hexID  = "0123456789abcdef0123456789abcdef"
	uuidID = "0199f3a2-7c1e-7b44-9d0a-5be1c09a61c0"
)

func TestStepsReadBack(t *testing.T) {
	for _, kind := range []StepKind{StepDraft, StepCase, StepList, StepSearch, StepLine, StepReport} {
		for _, step := range []string{StepRun, StepApprove, StepShow, StepPage} {
			all := []Step{{Kind: kind, ID: hexID, Step: step}, {Kind: kind, ID: uuidID, Step: step}}
			switch {
			case step == StepPage:
				all = append(all, Step{Kind: kind, ID: uuidID, Step: step, Page: MaxPage})
			case kind == StepList || kind == StepSearch:
				for _, row := range []string{"0", "17", "999999999999999999", "412-0", "412-99999"} {
					all = append(all, Step{Kind: kind, ID: uuidID, Step: StepHistory, Row: row})
				}
			case kind == StepReport && step == StepShow:
				all = append(all, Step{Kind: kind, ID: hexID, Step: step, Row: "29"})
			case kind == StepCase:
				all = append(all, Step{Kind: kind, ID: uuidID, Step: step, Digest: hexID}, Step{Kind: kind, ID: hexID, Step: step, Digest: moderation.Case{}.ContentDigest()})
			}
			for _, s := range all {
				got, err := ParseStep(s.ActionID(), s.Value())
				require.NoError(t, err)
				require.Equal(t, s, got)
				require.LessOrEqual(t, len(s.ActionID()), 255)
				require.LessOrEqual(t, len(s.Value()), 150, "options of a menu and checkboxes take no more")
			}
		}
	}
	require.NotEqual(t, Step{Kind: StepList, ID: hexID, Step: StepPage, Page: 1}.ActionID(),
		Step{Kind: StepList, ID: hexID, Step: StepPage, Page: 2}.ActionID(), "buttons side by side must differ")
	require.NotEqual(t, Step{Kind: StepCase, ID: hexID, Step: StepApprove, Digest: hexID}.Value(),
		Step{Kind: StepCase, ID: hexID, Step: StepApprove}.Value(), "a click says what was seen")
}

func TestForgedSteps(t *testing.T) {
	for _, f := range [][2]string{
		{"", ""},
		{"", "/" + hexID},
		{"draft.run", ""},
		{"draft.run", hexID},
		{"draft.run", "draft.run/"},
		{"draft.run", "case.run/" + hexID},
		{"case.approve", "case.deny/" + hexID + "/" + hexID},
		{"case.approve", "case.approve//" + hexID},
		{"case.approve", "case.approve/" + hexID + "/"},
		{"case.approve", "case.approve/" + hexID + "//" + hexID},
		{"case.approve", "case.approve/" + hexID + "/" + hexID + "/"},
		{"case.approve", "case.approve/" + hexID + "/" + hexID + "/" + hexID},
		{"case.approve", "case.approve/" + hexID + "/" + uuidID},
		{"case.approve", "case.approve/" + hexID + "/" + strings.ToUpper(hexID)},
		{"case.approve", "case.approve/" + hexID + "/" + hexID[1:]},
		{"case.approve", "case.approve/" + hexID + "/" + hexID + "\n"},
		{"case.approve", "case.approve/" + hexID + "/" + strings.Repeat("g", 32)},
		{"draft.run", "draft.run/" + hexID + "/" + hexID},
		{"list.csv", "list.csv/" + hexID + "/" + hexID},
		{"line.reviews", "line.reviews/" + hexID + "/" + hexID},
		{"case", "case/" + hexID},
		{"case.Run", "case.Run/" + hexID},
		{"Case.run", "Case.run/" + hexID},
		{".run", ".run/" + hexID},
		{"case.run", "case.run/" + strings.ToUpper(hexID)},
		{"case.run", "case.run/" + hexID + "0"},
		{"case.run", "case.run/" + hexID[1:]},
		{"case.run", "case.run/" + strings.Repeat("-", 32)},
		{"case.run", "case.run/" + strings.Repeat("a", 36)},
		{"case.run", "case.run/" + hexID[:31] + "\n"},
		{"case.run", "case.run/../../etc/passwd/aaaaaaaaaaaaaaa"},
		{"case.run", "case.run/ban live:x troll7 1d ............"},
		{"case.run.1", "case.run.1/" + hexID},
		{"case.run.", "case.run./" + hexID},
		{"case.undo.1", "case.undo.1/" + hexID},
		{"list.act.", "list.act./" + hexID},
		{"list.act.01", "list.act.01/" + hexID},
		{"list.act.-1", "list.act.-1/" + hexID},
		{"list.act.1-", "list.act.1-/" + hexID},
		{"list.act.1.2", "list.act.1.2/" + hexID},
		{"list.act.x", "list.act.x/" + hexID},
		{"list.act.1", "list.act.2/" + hexID},
		{"report.ban.1", "report.ban.1/" + hexID},
		{"line.show.1", "line.show.1/" + hexID},
		{"list.act.1234567890123456789", "list.act.1234567890123456789/" + hexID},
		{"list.page", "list.page/" + hexID},
		{"list.page.", "list.page./" + hexID},
		{"list.page.-1", "list.page.-1/" + hexID},
		{"list.page.+1", "list.page.+1/" + hexID},
		{"list.page.01", "list.page.01/" + hexID},
		{"list.page.10000", "list.page.10000/" + hexID},
		{"list.page.1.2", "list.page.1.2/" + hexID},
		{"list.csv.1", "list.csv.1/" + hexID},
		{"case.run", "case.run/" + strings.Repeat(hexID, 100)},
	} {
		s, err := ParseStep(f[0], f[1])
		require.Error(t, err, "%q", f)
		require.Zero(t, s, "%q", f)
		if f[1] != "" {
			require.NotContains(t, err.Error(), f[1])
		}
	}
}

func FuzzParseStep(f *testing.F) {
	f.Add("draft.run", "draft.run/"+hexID)
	f.Add("case.again", "case.again/"+uuidID)
	f.Add("list.page.3", "list.page.3/"+hexID)
	f.Add("list.csv", "list.csv/"+hexID)
	f.Add("case.approve", "case.approve/"+uuidID+"/"+hexID)
	f.Add("line.reviews", "line.reviews/"+uuidID)
	f.Fuzz(func(t *testing.T, actionID, value string) {
		s, err := ParseStep(actionID, value)
		if err != nil {
			require.Zero(t, s)
			return
		}
		require.Equal(t, actionID, s.ActionID())
		require.Equal(t, value, s.Value())
		require.NotEmpty(t, s.Step)
		require.Contains(t, []int{32, 36}, len(s.ID))
		require.Contains(t, []int{0, 32}, len(s.Digest))
	})
}

func TestUsage(t *testing.T) {
	require.Equal(t, "ban ROOM[,ROOM…] USER[,USER…] DURATION [REASON…]", Usage(moderation.Ban).Line)
	require.Equal(t, "mute ROOM[,ROOM…] USER[,USER…] [audio|video] [DURATION] [REASON…]", Usage(moderation.Mute).Line)
	require.Equal(t, "kick ROOM[,ROOM…] USER[,USER…] [REASON…]", Usage(moderation.Kick).Line)
	require.Equal(t, "freeze ROOM[,ROOM…] [DURATION] [REASON…]", Usage(moderation.Freeze).Line)
	require.Equal(t, "case NUMBER", Usage(moderation.ShowCase).Line)
	require.Equal(t, "help [VERB]", Usage(moderation.Help).Line)
	require.Equal(t, "rooms", Usage(moderation.Rooms).Line)
	require.Equal(t, "undo NUMBER [all|USER[,USER…]] [REASON…]", Usage(moderation.Undo).Line)
	require.Equal(t, "extend NUMBER DURATION [REASON…]", Usage(moderation.Extend).Line)
	require.Equal(t, "note USER TEXT…", Usage(moderation.AddNote).Line)
	require.Equal(t, "suspend @MODERATOR [DURATION] [REASON…]", Usage(moderation.Suspend).Line)
	require.Equal(t, "suspend @moderator 24h misuse", Usage(moderation.Suspend).Typed)
	require.Equal(t, "ban! live:show1 test1,test2 24h flooding", Usage(moderation.Ban).Override)
	require.Empty(t, Usage(moderation.Search).Override)
	require.Zero(t, Usage("explode"))
	for _, spec := range moderation.Verbs() {
		u := Usage(spec.Verb)
		a, m := Parse(u.Example, ParseContext{})
		require.Nil(t, m, u.Example)
		if spec.Takes.Command {
			require.True(t, a.Dry)
			continue
		}
		require.Equal(t, spec.Verb, a.Verb)
	}
}

func TestVerbTableIsReadable(t *testing.T) {
	seen := map[string]moderation.Verb{}
	for _, spec := range moderation.Verbs() {
		for _, name := range append([]string{string(spec.Verb)}, spec.Aliases...) {
			require.Empty(t, seen[name], "%s means two verbs", name)
			seen[name] = spec.Verb
			require.Equal(t, name, fold(name), "a name that folding changes is never found")
			got, ok := verbNamed(name)
			require.True(t, ok)
			require.Equal(t, spec.Verb, got.Verb)
		}
	}
}

func TestCodesAreListedOnce(t *testing.T) {
	seen := map[Code]bool{}
	for _, c := range Codes() {
		require.False(t, seen[c], c)
		seen[c] = true
	}
	for _, v := range moderation.Verbs() {
		for _, k := range moderation.Kinds() {
			if s := moderation.Supports(v.Verb, k); !s.Supported {
				require.True(t, seen[Code(s.Why)], "%s on %s: %s", v.Verb, k, s.Why)
			}
		}
	}
}

// For each verb that a kind does not support, the nearest alternative is
// offered, if there is one.
func TestUnsupportedVerbsOfferAlternatives(t *testing.T) {
	for _, v := range moderation.Verbs() {
		for _, k := range moderation.Kinds() {
			sup := moderation.Supports(v.Verb, k)
			if sup.Supported {
				continue
			}
			room := moderation.Room{Kind: k, ID: exampleID(k)}
			line := string(v.Verb) + " " + writeRoom(room)
			if v.Takes.Users {
				line += " test1,test2"
			}
			if v.Takes.Reason {
				line += " flooding again"
			}
			_, m := Parse(line, ParseContext{})
			require.NotNil(t, m, line)
			require.Equal(t, Code(sup.Why), m.Code, line)
			require.Equal(t, v.Verb, m.Verb, line)
			if sup.Instead == "" {
				require.Empty(t, offered(m), line)
				continue
			}
			require.Len(t, offered(m), 1, line)
			a, m := Parse(offered(m)[0], ParseContext{})
			require.Nil(t, m, line)
			require.Equal(t, sup.Instead, a.Verb)
			require.Equal(t, room, a.Room)
			require.Equal(t, "flooding again", a.Reason)
			if sup.InsteadFor > 0 {
				require.Equal(t, sup.InsteadFor, a.Duration)
			}
		}
	}
}

func words(hints []Hint) []string {
	var out []string
	for _, h := range hints {
		out = append(out, h.Word)
	}
	return out
}

func TestHints(t *testing.T) {
	s := plainContext()
	for typed, want := range map[string][]string{
		"un":                     {"unmute", "unban", "unsilence", "unfreeze", "undo", "unsuspend", "unblock", "untimeout"},
		"BA":                     {"ban", "bans", "banned", "banlist"},
		"解":                      {"解除静音", "解除靜音", "解封", "解除封禁", "解除禁言", "解言", "解除全员禁言", "解冻", "解散", "解散房间"},
		"kick ":                  {"floors", "stage", "大厅", "room:", "strroom:", "chat:"},
		"kick s":                 {"stage", "strroom:"},
		"ban ":                   {"gala", "gala-all", "single", "大厅", "live:", "chat:"},
		"ban ga":                 {"gala", "gala-all"},
		"ban live:a,li":          {"live:"},
		"ban gala，":              {"live:", "chat:"},
		"ban gala,g":             nil,
		"ban gala,troll7,l":      nil,
		"who live:a,":            nil,
		"ban live:a,live:b x ":   {"10m", "30m", "1h", "24h", "7d"},
		"ban gala tro":           nil,
		"ban gala troll7 ":       {"10m", "30m", "1h", "24h", "7d"},
		"ban gala troll7 2":      {"24h"},
		"ban gala a, ":           nil,
		"mute room:1 a ":         {"audio", "video", "10m", "30m", "1h", "24h", "7d", "perm"},
		"mute room:1 a v":        {"video"},
		"mute room:1 a audio ":   {"10m", "30m", "1h", "24h", "7d", "perm"},
		"mute room:1 a audio 3":  {"30m"},
		"freeze gala ":           {"10m", "30m", "1h", "24h", "7d", "perm"},
		"kick stage a ":          nil,
		"help fr":                {"freeze"},
		"nothing at":             nil,
		"dry-run ki":             {"kick"},
		"dry-run ban ga":         {"gala", "gala-all"},
		"dry-run who ga":         nil,
		"ban! ga":                {"gala", "gala-all"},
		"active ga":              {"gala"},
		"active gala ":           nil,
		"search spam ro":         {"room:"},
		"search spam\u3000b":     {"by:"},
		"undo 1":                 nil,
		"suspend ":               nil,
		"case 1":                 nil,
		"ban gala troll7 1d bec": nil,
	} {
		require.Equal(t, want, words(Hints(typed, s)), "%q", typed)
	}
	require.Len(t, Hints("", s), len(moderation.Verbs()))
	h := Hints("ban ga", s)[0]
	require.Equal(t, Hint{Word: "gala", Text: "ban gala ", Detail: "live:show1"}, h)
	require.Equal(t, Usage(moderation.Ban).Line, Hints("ban", s)[0].Detail)
	require.Equal(t, []string{"10m", "30m", "1h", "24h", "7d"}, words(Hints("ban troll7 ", channelContext())))
}

func TestParseDuration(t *testing.T) {
	for words, want := range map[string]string{
		"30s": "30s", " 1h30m ": "1h30m", "2 days": "2d", "３０分钟": "30m", "1.5h": "1h30m", "90m": "1h30m", "1w": "7d", "48h": "2d", "36h": "36h",
		"半小时": "30m", "半天": "12h", "半个小时": "30m", "三天": "3d", "两小时": "2h", "十分钟": "10m", "十五分钟": "15m", "三十分钟": "30m",
		"一个半小时": "1h30m", "一小时半": "1h30m", "一天十二小时": "36h", "2个半小时": "2h30m", "九十九天": "99d",
		"half an hour": "30m", "Half a day": "12h", "half hour": "30m", "an hour": "1h", "a day": "24h", "one week": "7d",
		"ten minutes": "10m", "two days three hours": "2d3h", "thirty min": "30m",
	} {
		d, perm, m := ParseDuration(words)
		require.Nil(t, m, words)
		require.False(t, perm)
		require.Equal(t, want, FormatDuration(d))
	}
	d, _, m := ParseDuration("00000000000000010m")
	require.Nil(t, m)
	require.Equal(t, "10m", FormatDuration(d))
	_, perm, m := ParseDuration("永久")
	require.Nil(t, m)
	require.True(t, perm)
	for words, code := range map[string]Code{
		"": CodeDurationUnknown, "soon": CodeDurationUnknown, "30": CodeNumberBare, "0m": CodeDurationZero, "0": CodeDurationZero, "-1h": CodeDurationZero,
		"366d": CodeDurationTooLong, "99999999999999999999w": CodeDurationTooLong, "99999999999999999999w999999999999999d": CodeDurationTooLong, "1h x": CodeDurationUnknown, "0.5s": CodeDurationUnknown, "1 month": CodeDurationCalendar, "two years": CodeDurationCalendar, "10分刷屏": CodeDurationUnknown, "until 6pm": CodeDurationUnknown, "1.h": CodeDurationUnknown, "30m1h": CodeDurationUnknown,
		"十分": CodeDurationUnknown, "半秒": CodeDurationUnknown, "一天到晚": CodeDurationUnknown, "a m": CodeDurationUnknown, "anhour": CodeDurationUnknown, "half": CodeDurationUnknown, "hour": CodeDurationUnknown, "十": CodeDurationUnknown,
	} {
		_, _, m := ParseDuration(words)
		require.NotNil(t, m, words)
		require.Equal(t, code, m.Code, words)
	}
	require.Equal(t, "0s", FormatDuration(-5))
}

func TestReservedWords(t *testing.T) {
	for _, word := range []string{
		"ban", "BAN", "block", "黑名单", "help", "帮助", "live", "strroom", "Audio", "video", "音频", "视频", "音视频",
		"perm", "perm.", "permanent", "permanently", "Forever", "永久", "ｆｏｒｅｖｅｒ",
		"all", "ALL", "全部", "undo", "撤销", "ban!", "封禁！", "dry-run", "status",
	} {
		require.True(t, Reserved(word), word)
	}
	for _, word := range []string{"both", "gala", "audiophiles", "banquet", "永久展", "minutes", ""} {
		require.False(t, Reserved(word), word)
	}
}
