package tencent

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

type bodyCase struct {
	Name    string
	Verb    moderation.Verb
	Room    string
	Targets []string
	IsMute  int
	LeftMS  int64
	Perm    bool
	Reason  string
	API     string
	Body    json.RawMessage
}

func (b bodyCase) request() moderation.Request {
	return moderation.Request{
		Verb: b.Verb, Room: room(b.Room), Targets: b.Targets, IsMute: b.IsMute,
		Left: time.Duration(b.LeftMS) * time.Millisecond, Permanent: b.Perm, Reason: b.Reason,
	}
}

// For every verb and kind, Describe returns what Do sends, and both match the vendor's documents.
func TestBodies(t *testing.T) {
	var cases []bodyCase
	readJSON(t, "testdata/bodies.json", &cases)
	covered := map[string]bool{}
	for _, b := range cases {
		covered[string(b.Verb)+" "+string(room(b.Room).Kind)] = true
		t.Run(b.Name, func(t *testing.T) {
			v := newVendor(t, respond(yesOf(room(b.Room).Kind)))
			cfg := testConfig(v.URL)
			c := newTestClient(t, cfg)

			name, body, err := c.Describe(b.request())
			require.NoError(t, err)
			require.Equal(t, b.API, name)
			require.JSONEq(t, string(b.Body), body)

			ans := c.Do(t.Context(), b.request())
			require.Nil(t, ans.Err)
			require.Equal(t, moderation.VendorAccepted, ans.Class)
			got := v.requests()
			require.Len(t, got, 1)
			require.Equal(t, body, string(got[0].body), "what is sent is what was described")
			_, call, _ := strings.Cut(name, ".")
			if strings.HasPrefix(name, "trtc.") {
				require.Equal(t, call, got[0].header.Get("X-TC-Action"))
			} else {
				require.True(t, strings.HasSuffix(got[0].path, "/"+call), got[0].path)
			}
		})
	}
	for _, k := range kinds {
		for v, c := range k.cells {
			require.True(t, c.body == nil || covered[string(v)+" "+string(k.Kind)], "no body for %s in %s", v, k.Kind)
		}
	}
}

// JSONEq compares floats; here the digits are compared as written.
func TestRoomNumbersKeepTheirDigits(t *testing.T) {
	c := newTestClient(t, testConfig("http://127.0.0.1:9"))
	_, body, err := c.Describe(moderation.Request{Verb: moderation.Kick, Room: room("room:4294967294"), Targets: []string{"a"}})
	require.NoError(t, err)
	require.Equal(t, `{"RoomId":4294967294,"SdkAppId":1400188366,"UserIds":["a"]}`, body)
}

// The tables and moderation.Supports agree.
func TestPlanAgreesWithSupports(t *testing.T) {
	c := newTestClient(t, testConfig("http://127.0.0.1:9"))
	ids := map[moderation.Kind]string{
		moderation.KindRoom: "10006", moderation.KindStrRoom: "lobby", moderation.KindLive: "show1", moderation.KindChat: "@TGS#1",
	}
	chunks := map[string]int{
		apiSetUserBlocked: 1, apiSetUserBlockedStr: 1, apiRemoveUser: 10, apiRemoveUserStr: 10,
		apiDismissRoom: 1, apiDismissRoomStr: 1,
		apiLiveBan: 20, apiLiveUnban: 20, apiLiveMute: 20, apiLiveUpdate: 1, apiLiveClose: 1,
		apiChatDelete: 100, apiChatBan: 20, apiChatUnban: 20, apiChatForbid: 100, apiChatModify: 1,
	}
	for _, spec := range moderation.Verbs() {
		for _, kind := range moderation.Kinds() {
			name := fmt.Sprintf("%s %s", spec.Verb, kind)
			a := moderation.Action{Verb: spec.Verb, Room: moderation.Room{Kind: kind, ID: ids[kind]}, Duration: time.Hour}
			if spec.Takes.Users {
				a.Targets = []string{"29376"}
			}
			plan, err := c.Plan(a)
			support := moderation.Supports(spec.Verb, kind)
			switch {
			case spec.Effect == moderation.EffectLocal:
				require.Equal(t, moderation.CodeVendorInput, moderation.CodeOf(err), name)
			case !support.Supported:
				require.Equal(t, support.Why, moderation.CodeOf(err), name)
				_, _, err = c.Describe(moderation.Request{Verb: a.Verb, Room: a.Room, Targets: a.Targets, Left: time.Hour})
				require.Equal(t, support.Why, moderation.CodeOf(err), name)
			case spec.Effect == moderation.EffectRead:
				require.NoError(t, err, name)
				require.NotEmpty(t, plan.API, name)
			default:
				require.NoError(t, err, name)
				require.Equal(t, chunks[plan.API], plan.ChunkSize, name)
				a.Duration, a.Permanent = 0, true
				_, err = c.Plan(a)
				if spec.Effect == moderation.EffectRestrict {
					require.Equal(t, support.Permanent, err == nil, "%s perm: %v", name, err)
				}
			}
			if plan.API != "" {
				require.Positive(t, Rates(1)[plan.API], plan.API)
			}
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	c := newTestClient(t, testConfig("http://127.0.0.1:9"))
	for name, a := range map[string]moderation.Action{
		"room number 0":        {Verb: moderation.Kick, Room: room("room:0"), Targets: []string{"a"}},
		"room number too big":  {Verb: moderation.Kick, Room: room("room:4294967295"), Targets: []string{"a"}},
		"no kind":              {Verb: moderation.Kick, Targets: []string{"a"}},
		"no user":              {Verb: moderation.Kick, Room: room("room:1")},
		"an empty user":        {Verb: moderation.Kick, Room: room("room:1"), Targets: []string{"a", ""}},
		"user too long":        {Verb: moderation.Kick, Room: room("room:1"), Targets: []string{strings.Repeat("a", 33)}},
		"user on a whole room": {Verb: moderation.Close, Room: room("room:1"), Targets: []string{"a"}},
		"ban without end":      {Verb: moderation.Ban, Room: room("live:a"), Targets: []string{"a"}, Permanent: true},
		"ban without duration": {Verb: moderation.Ban, Room: room("live:a"), Targets: []string{"a"}},
		"ban for two years":    {Verb: moderation.Ban, Room: room("live:a"), Targets: []string{"a"}, Duration: 2 * moderation.MaxDuration},
	} {
		_, err := c.Plan(a)
		require.NotEmpty(t, moderation.CodeOf(err), name)
	}
}

// Invalid requests are never sent.
func TestDoRefusesBeforeTheWire(t *testing.T) {
	v := newVendor(t, respond(liveYes))
	c := newTestClient(t, testConfig(v.URL))
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprint("u", i)
	}
	for name, row := range map[string]struct {
		r    moderation.Request
		code moderation.Code
	}{
		"a binding call whose time is over": {moderation.Request{Verb: moderation.Ban, Room: room("live:a"), Targets: many[:1]}, moderation.CodeTooLate},
		"its time is long over":             {moderation.Request{Verb: moderation.Silence, Room: room("live:a"), Targets: many[:1], Left: -time.Hour}, moderation.CodeTooLate},
		"a live silence without end":        {moderation.Request{Verb: moderation.Silence, Room: room("live:a"), Targets: many[:1], Permanent: true}, moderation.CodeVendorInput},
		"a ban of more than a year":         {moderation.Request{Verb: moderation.Ban, Room: room("live:a"), Targets: many[:1], Left: moderation.MaxDuration + time.Second}, moderation.CodeVendorInput},
		"21 in a chunk of 20":               {moderation.Request{Verb: moderation.Unban, Room: room("live:a"), Targets: many}, moderation.CodeVendorInput},
		"two in a chunk of 1":               {moderation.Request{Verb: moderation.Mute, Room: room("room:1"), Targets: many[:2], IsMute: 1}, moderation.CodeVendorInput},
		"nobody":                            {moderation.Request{Verb: moderation.Unban, Room: room("live:a")}, moderation.CodeVendorInput},
		"an empty user":                     {moderation.Request{Verb: moderation.Unban, Room: room("live:a"), Targets: []string{""}}, moderation.CodeUserLength},
		"IsMute 4":                          {moderation.Request{Verb: moderation.Mute, Room: room("room:1"), Targets: many[:1], IsMute: 4}, moderation.CodeVendorInput},
		"a number that is none":             {moderation.Request{Verb: moderation.Kick, Room: room("room:01"), Targets: many[:1]}, moderation.CodeRoomNumber},
		"a user for a whole room":           {moderation.Request{Verb: moderation.Close, Room: room("live:a"), Targets: many[:1]}, moderation.CodeVendorInput},
		"a ban in a TRTC room":              {moderation.Request{Verb: moderation.Ban, Room: room("room:1"), Targets: many[:1], Left: time.Hour}, moderation.CodeNoBanInRoom},
		"a read":                            {moderation.Request{Verb: moderation.Who, Room: room("live:a")}, moderation.CodeVendorInput},
	} {
		ans := c.Do(t.Context(), row.r)
		require.NotNil(t, ans.Err, name)
		require.Equal(t, row.code, ans.Err.Code, name)
		require.Equal(t, moderation.VendorRefused, ans.Class, name)
	}
	require.Empty(t, v.requests())
}

func TestReasonsAreCutOnRunes(t *testing.T) {
	cfg := testConfig("http://127.0.0.1:9")
	c := newTestClient(t, cfg)
	long := strings.Repeat("刷屏", 400) // 2400 bytes, 3 a rune
	for _, row := range []struct {
		r     moderation.Request
		field string
		most  int
	}{
		{moderation.Request{Verb: moderation.Ban, Room: room("live:a"), Targets: []string{"u"}, Left: time.Hour}, "Reason", 200},
		{moderation.Request{Verb: moderation.Ban, Room: room("chat:a"), Targets: []string{"u"}, Left: time.Hour}, "Description", 1000},
		{moderation.Request{Verb: moderation.Kick, Room: room("chat:a"), Targets: []string{"u"}}, "Reason", 200},
	} {
		row.r.Reason = long
		_, body, err := c.Describe(row.r)
		require.NoError(t, err)
		var sent map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &sent))
		text, ok := sent[row.field].(string)
		require.True(t, ok)
		require.True(t, utf8.ValidString(text))
		require.NotContains(t, text, "\uFFFD")
		require.True(t, strings.HasPrefix(long, text))
		require.Greater(t, len(text), row.most-3)
		require.LessOrEqual(t, len(text), row.most)
	}
	require.Equal(t, "ab", cutBytes("a\xffb", 10))
}

func TestRates(t *testing.T) {
	rates := Rates(0.95)
	require.InDelta(t, 19, rates["trtc.SetUserBlocked"], 1e-9)
	require.InDelta(t, 190, rates["live.ban_member"], 1e-9)
	require.InDelta(t, 190, rates["chat.forbid_send_msg"], 1e-9)
	require.InDelta(t, 9.5, rates["live.get_room_list"], 1e-9)
	require.Len(t, rates, len(apiTable), "no call has two names")
	for _, a := range apiTable { // no call may exceed the vendor's rate limit for its side
		most := 190.0
		switch {
		case a.side == cloud:
			most = 19
		case a.name == "live.get_room_list":
			most = 9.5
		}
		require.InDelta(t, most, rates[a.name], 1e-9, a.name)
	}
	for _, k := range kinds {
		for v, c := range k.cells {
			require.True(t, c.why != "" || rates[c.api] > 0, "%s %s", k.Kind, v)
		}
	}
}
