package commands

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestSearch(t *testing.T) {
	for in, want := range map[string]moderation.SearchQuery{
		"user:troll7":                  {Target: "troll7"},
		`user:"bad guy" spam`:          {Target: "bad guy", Words: []string{"spam"}},
		"by:<@U123|mei lin>":           {Actor: "U123"},
		"<@U123|mei lin> spam":         {Actor: "U123", Words: []string{"spam"}},
		"verb:BAN":                     {Verb: moderation.Ban},
		"操作：封禁 用户：troll7":              {Verb: moderation.Ban, Target: "troll7"},
		"room:live:show1":              {Room: "live:show1"},
		"room:gala":                    {Room: "live:show1"},
		"room:大厅":                      {Room: "chat:@TGS#hall"},
		"room:10006":                   {Room: "room:10006"},
		"room:room:10006":              {Room: "room:10006"},
		"room:１０００６":                   {Room: "room:10006"},
		"live:show1 spam":              {Room: "live:show1", Words: []string{"spam"}},
		`room:strroom:"my room"`:       {Room: "strroom:my room"},
		`strroom:"my room"`:            {Room: "strroom:my room"},
		"in:30d":                       {Within: 30 * 24 * time.Hour},
		"in:1d 12h spam":               {Within: 36 * time.Hour, Words: []string{"spam"}},
		"last 7d":                      {Within: 7 * 24 * time.Hour},
		"last:7d":                      {Within: 7 * 24 * time.Hour},
		"spam in 2 weeks":              {Within: 14 * 24 * time.Hour, Words: []string{"spam"}},
		"最近7天 刷屏":                      {Within: 7 * 24 * time.Hour, Words: []string{"刷屏"}},
		"最近 7天":                        {Within: 7 * 24 * time.Hour},
		"Hate Speech":                  {Words: []string{"hate", "speech"}},
		`"Hate  Speech" hate, HATE`:    {Words: []string{"hate speech", "hate"}},
		"last call in the room":        {Words: []string{"last", "call", "in", "the", "room"}},
		"user:a, verb:kick, spam，scam": {Target: "a", Verb: moderation.Kick, Words: []string{"spam", "scam"}},
		`"user:a"`:                     {Words: []string{"user:a"}},
		"a &lt;b&gt; &amp;amp;":        {Words: []string{"a", "<b>", "&amp;"}},
		"12:30":                        {Words: []string{"12:30"}},
		"user:a by:<@W9> verb:unban room:gala in:1d x": {Target: "a", Actor: "W9", Verb: moderation.Unban, Room: "live:show1", Within: 24 * time.Hour, Words: []string{"x"}},
	} {
		for _, s := range []ParseContext{plainContext(), channelContext()} {
			a, m := Parse("search "+in, s)
			require.Nil(t, m, in)
			require.Equal(t, moderation.Action{Verb: moderation.Search, Search: want}, a, in)
		}
	}
	words := "w1"
	for i := 2; i <= MaxSearchWords; i++ {
		words += fmt.Sprintf(" w%d", i)
	}
	check(t, plainContext(), []row{
		ok("find spam", "search spam"),
		ok("搜索 用户：a", "search user:a"),
		ok("search "+words, "search "+words),
		ok("search by:<@U1> &lt;b&gt;", `search by:<@U1> "&lt;b&gt;"`),
		wrong("search", CodeSearchEmpty, ""),
		wrong("search ,", CodeSearchEmpty, ""),
		wrong(`search ""`, CodeSearchEmpty, ""),
		wrong("search "+words+" more", CodeSearchWords, ""),
		wrong("search usr:a", CodeSearchKey, "usr:a", "search user:a", `search "usr:a"`),
		wrong("search foo:bar", CodeSearchKey, "foo:bar", `search "foo:bar"`),
		wrong("search http://x.y", CodeSearchKey, "http://x.y", `search "http://x.y"`),
		wrong("search user:", CodeSearchValueEmpty, "user:"),
		wrong("search user: troll7 spam", CodeSearchValueEmpty, "user:", "search user:troll7 spam"),
		wrong("search in: 30d", CodeSearchValueEmpty, "in:", "search in:30d"),
		wrong("search live:", CodeRoomEmpty, "live:"),
		wrong("search user:a user:b", CodeSearchKeyTwice, "user:b", "search user:a"),
		wrong("search in:1d last 7d", CodeSearchKeyTwice, "last 7d", "search in:24h"),
		wrong(`search room:gala strroom:"my room" x`, CodeSearchKeyTwice, `strroom:"my room"`, "search room:live:show1 x"),
		wrong("search user:a,b", CodeUserOne, "b", "search user:a b"),
		wrong("search user:<@U1>", CodeSlackPerson, "<@U1>"),
		wrong("search user:a—b", CodeUserCharacter, "a—b", "search user:a--b", "search user:a-b"),
		wrong("search by:mei", CodePersonNeeded, "mei"),
		wrong("search by:@mei", CodePersonNeeded, "@mei"),
		wrong("search verb:bann", CodeVerbUnknown, "bann", "search verb:ban"),
		wrong("search verb:who", CodeSearchVerb, "who"),
		wrong("search verb:undo", CodeSearchVerb, "undo"),
		wrong("search room:gaal", CodeRoomUnknown, "gaal", "search room:live:show1"),
		wrong("search room:abc", CodeRoomUnknown, "abc"),
		wrong("search room:live:", CodeRoomEmpty, "live:"),
		wrong("search room:strroom:a/b", CodeRoomCharacter, "strroom:a/b"),
		wrong("search in:30", CodeNumberBare, "30", "search in:30d"),
		wrong("search in:soon", CodeDurationUnknown, "soon"),
		wrong("search in:0d", CodeDurationUnknown, "0d"),
		wrong("search in:perm", CodeDurationUnknown, "perm"),
		wrong("search in:400d", CodeDurationTooLong, "400d", "search in:365d"),
		wrong("search spam 7d", CodeSearchTime, "7d", "search in:7d spam", `search spam "7d"`),
		wrong(`search "open`, CodeQuoteOpen, `"open`, "search open"),
	})
	_, m := Parse("search", plainContext())
	_, bad := Parse(m.Values["example"], plainContext())
	require.Nil(t, bad)
}

// The longest question there can be is answered without delay.
func TestSearchForEverything(t *testing.T) {
	_, m := Parse("search "+strings.Repeat("user: ", 1300), plainContext())
	require.NotNil(t, m)
	require.Equal(t, CodeSearchValueEmpty, m.Code)
}

// A name with one wrong letter still finds the verb that it found before
// shorter names were added.
func TestShortVerbsChangeNoSuggestion(t *testing.T) {
	for typed, want := range map[string]moderation.Verb{
		"kik": moderation.Kick, "kck": moderation.Kick, "bna": moderation.Ban, "bn": moderation.Ban, "wh": moderation.Who, "woh": moderation.Who,
		"mtue": moderation.Mute, "mte": moderation.Mute, "mut": moderation.Mute, "clsoe": moderation.Close, "lst": moderation.Who, "edn": moderation.Close,
		"csae": moderation.ShowCase, "romos": moderation.Rooms, "hlep": moderation.Help, "remov": moderation.Kick, "freez": moderation.Freeze,
		"unsilense": moderation.Unsilence, "unmut": moderation.Unmute, "unbn": moderation.Unban, "slience": moderation.Silence,
	} {
		near := nearestVerbs(typed)
		require.NotEmpty(t, near, typed)
		require.Equal(t, want, near[0], typed)
	}
	first := map[string]moderation.Verb{}
	for _, spec := range moderation.Verbs() {
		for _, name := range append([]string{string(spec.Verb)}, spec.Aliases...) {
			first[name] = spec.Verb
		}
	}
	for name, verb := range first {
		for i := range len(name) - 1 {
			typo := name[:i] + name[i+1:]
			if _, exact := first[typo]; exact || len(name) < 4 || name[0] > 'z' {
				continue
			}
			require.Contains(t, nearestVerbs(typo), verb, "%s for %s", typo, name)
		}
	}
}
