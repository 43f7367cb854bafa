package script

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A script with every step, as String writes it, is unchanged after parsing.
func TestReadAndWrite(t *testing.T) {
	const tidy = `# What happens.
setting approval_ttl 3s
setting digest "09:00 Asia/Singapore"
mei #live: /mod mute room:10006 29376 30m loud "music"
press mei "Run it now"
dismiss raj "Approve"
stale raj "Approve"
fill raj "Why" "be\"cause"
pick raj "Whom" "troll7"
pick raj "Whom" "troll7","us,er","b\"c"
shortcut mei "Add to case" "you are all"
submit raj
expect #live card "accepted"
expect #live "hello"
expect thread "SetUserBlocked"
expect private mei "#1"
expect modal mei "Sure?"
expect room room:10006 29376 muted
wait room "chat:a b" "user two" unsilenced
wait room gala frozen
expect call SetUserBlocked OK
expect connections 2
expect notified raj "#1"
wait notified lin "#1"
expect quiet raj
expect no button "Approve"
wait #live no button "Approve"
tencent fail SetUserBlocked* FailedOperation.RoomNotExist once
tencent heal
slack fail chat.postMessage 429 3
slack heal
slack refresh
slack cut
slack group leads add raj-2
slack group leads remove raj
slack group leads delete
slack delete "#1"
tencent recreate gala
join room:10006 ivy
leave room:10006 ivy
rejoin room:10006 ivy
`
	s, err := Read("x.txt", strings.NewReader(tidy))
	require.NoError(t, err)
	require.Equal(t, tidy, s.String())
}

func TestSettings(t *testing.T) {
	s, err := Read("x.txt", strings.NewReader("# Short times.\nsetting approval_ttl 3s\nsetting digest \"09:00 Asia/Singapore\"\nslack heal"))
	require.NoError(t, err)
	want := map[string]string{"approval_ttl": "3s", "digest": "09:00 Asia/Singapore"}
	require.Equal(t, want, s.Settings())
	var none *Script
	require.Empty(t, none.Settings())
}

func TestStringIsTidy(t *testing.T) {
	for typed, want := range map[string]string{
		"\n\nslack heal":                 "slack heal\n",
		"slack heal\n\nslack cut":        "slack heal\nslack cut\n",
		"#   What happens.\nslack heal":  "# What happens.\nslack heal\n",
		`mei #live:   /mod mute "music"`: `mei #live: /mod mute "music"` + "\n",
		`press  mei "Run it now"`:        `press mei "Run it now"` + "\n",
	} {
		s, err := Read("x.txt", strings.NewReader(typed))
		require.NoError(t, err, typed)
		require.Equal(t, want, s.String())
	}
}

func TestMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"":                                           "x.txt: the script has no steps",
		"mei says hello":                             `x.txt:1: "mei says hello" is not a step`,
		"Mei #live: hello":                           "is not a step",
		"mei #live:":                                 "is not a step",
		"press mei":                                  "is none of: press NAME TEXT",
		"press mei Run":                              "is none of",
		`press mei "Run`:                             "does not end",
		`press mei ""`:                               "is none of",
		"expect room room:10006 29376 sad":           "expect room ROOM USER PERSONSTATE",
		"expect room gala muted":                     "is none of",
		`expect "#live" "x"`:                         "is none of",
		"expect connections many":                    "is none of",
		"tencent fail SetUserBlocked lost":           "is none of",
		"tencent fail SetUserBlocked lost 0":         "is none of",
		"tencent fail SetUserBlocked lost never":     "is none of",
		"slack explode":                              "is none of: slack group HANDLE add NAME; slack group HANDLE remove NAME; slack group HANDLE delete; slack delete TEXT; slack fail API HOW TIMES; slack heal; slack refresh; slack cut",
		"wait quiet raj":                             "is none of",
		`pick raj "Whom"`:                            "is none of: pick NAME TEXT TEXTS",
		`pick raj "Whom" "a" "b"`:                    "is none of",
		`pick raj "Whom","a"`:                        "is none of",
		`pick raj "Whom" "a",""`:                     "is none of",
		`pick raj "Whom" "a",b`:                      "is none of",
		`fill raj "Why","x"`:                         "is none of",
		"setting approval_ttl":                       "is none of: setting KEY VALUE",
		"setting Approval 3s":                        "is none of",
		"slack heal\nsetting approval_ttl 3s":        "x.txt:2: \"setting approval_ttl 3s\" comes after the first step",
		"setting a 1\n# x\nsetting a 2":              "x.txt:3: a is set twice",
		"wait 5s":                                    "is none of",
		"# fine\nfoo":                                "x.txt:2: ",
		"mei #live: " + strings.Repeat("x", maxLine): "too long",
		strings.Repeat("slack heal\n", maxSteps+1):   "more than",
	} {
		_, err := Read("x.txt", strings.NewReader(line))
		require.ErrorContains(t, err, want, line[:min(len(line), 50)])
		require.NotContains(t, err.Error(), "\n")
	}
}

// What is written by String reads back as the same script, whatever was read.
func FuzzRead(f *testing.F) {
	f.Add("mei #live: /mod help\nexpect private mei \"help\"")
	f.Add("join room:1 \"a b\"\n# x\nwait room gala closed")
	f.Add(`fill mei "a\u2028b" "\x00"`)
	f.Add(`join "a\"b" "c\\d"`)
	f.Fuzz(func(t *testing.T, in string) {
		s, err := Read("f", strings.NewReader(in))
		if err != nil {
			return
		}
		again, err := Read("f", strings.NewReader(s.String()))
		require.NoError(t, err, "%q", s.String())
		require.Equal(t, s.String(), again.String())
	})
}

func TestPlain(t *testing.T) {
	named := func(id string) string { return map[string]string{"U1": "Mei", "S1": "mods", "C1": "live"}[id] }
	for in, want := range map[string]string{
		"*bold* and _it_ &lt;b&gt; &amp;":                "bold and it <b> &",
		"<@U1> <!subteam^S1> <#C1|x> <!here>":            "@Mei @mods #live @here",
		"<https://x.y|card> <https://x.y>":               "card https://x.y",
		"<!date^1700000000^{date}|2023-11-14 22:13 UTC>": "2023-11-14 22:13 UTC",
		"2*3*4 snake_case_name":                          "2*3*4 snake_case_name",
		"&amp;lt;":                                       "&lt;",
	} {
		require.Equal(t, want, plainMrkdwn(in, named), in)
	}
	const blocks = `[
	 {"type":"header","text":{"type":"plain_text","text":"Head *raw*"}},
	 {"type":"section","text":{"type":"mrkdwn","text":"*bold*"},"fields":[{"type":"mrkdwn","text":"f1"}],
	  "accessory":{"type":"button","action_id":"a0","text":{"type":"plain_text","text":"Side"}}},
	 {"type":"divider"},
	 {"type":"context","elements":[{"type":"mrkdwn","text":"by <@U1>"},{"type":"image","alt_text":"pic"}]},
	 {"type":"actions","block_id":"b1","elements":[{"type":"button","action_id":"a1","text":{"type":"plain_text","text":"Go"}}]},
	 {"type":"rich_text","elements":[
	  {"type":"rich_text_section","elements":[{"type":"text","text":"hi "},{"type":"user","user_id":"U1"},{"type":"link","url":"https://x"},{"type":"emoji","name":"wave"},{"type":"date","fallback":"now"}]},
	  {"type":"rich_text_list","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]}]}]}]`
	require.Equal(t, "Head *raw*\nbold\nf1\n[Side]\nby @Mei pic\n[Go]\nhi @Meihttps://x:wave:now\n• one", plainBlocks([]byte(blocks), named))
	block, action, ok := findButton([]byte(blocks), "Go")
	require.True(t, ok)
	require.Equal(t, []string{"b1", "a1"}, []string{block, action})
	_, action, ok = findButton([]byte(blocks), "Side")
	require.True(t, ok)
	require.Equal(t, "a0", action)
	_, _, ok = findButton([]byte(blocks), "Gone")
	require.False(t, ok)
}
