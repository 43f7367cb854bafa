package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// step is one expected call and its answer.
type step struct{ path, body, answer string }

// serveSteps serves the answers of the steps in order.
func serveSteps(t *testing.T, steps []step) (*vendor, *Client) {
	t.Helper()
	next := make(chan step, len(steps))
	for _, s := range steps {
		next <- s
	}
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		select {
		case s := <-next:
			_, _ = io.WriteString(w, s.answer)
		default:
			t.Error("one call too many")
		}
	})
	return v, newTestClient(t, testConfig(v.URL))
}

func readAll(t *testing.T, steps []step, a moderation.Action) moderation.Reading {
	t.Helper()
	v, c := serveSteps(t, steps)
	var turns []string
	got := c.Read(t.Context(), a, func(_ context.Context, api string) error {
		turns = append(turns, api)
		return nil
	})
	requests := v.requests()
	require.Len(t, requests, len(steps))
	require.Len(t, turns, len(steps), "one turn a page")
	for i, r := range requests {
		require.Equal(t, "/v4/"+steps[i].path, r.path)
		require.JSONEq(t, steps[i].body, string(r.body))
		_, call, _ := strings.Cut(turns[i], ".")
		require.True(t, strings.HasSuffix(r.path, "/"+call))
	}
	return got
}

const (
	pathLive  = "live_engine_http_srv/"
	pathGroup = "group_open_http_svc/"
)

func TestReadings(t *testing.T) {
	until := time.Unix(1660875916, 0).UTC()
	for name, row := range map[string]struct {
		verb  moderation.Verb
		room  string
		steps []step
		rows  []moderation.ReadingRow
		total int
	}{
		"seed get_group_ban_member, two pages": {
			moderation.Bans, "chat:@TGS#aJRGC4MH6", []step{
				{pathGroup + "get_group_ban_member", `{"GroupId":"@TGS#aJRGC4MH6","Limit":100,"Offset":0}`,
					`{"ActionStatus":"OK","BannedAccountList":[{"BannedUntil":1660875916,"Member_Account":"brennanli1"},{"BannedUntil":1660875916,"Member_Account":"brennanli12"}],"ErrorCode":0,"ErrorInfo":"","NextOffset":2}`},
				{pathGroup + "get_group_ban_member", `{"GroupId":"@TGS#aJRGC4MH6","Limit":100,"Offset":2}`,
					`{"ActionStatus":"OK","BannedAccountList":[{"BannedUntil":"1660875916","Member_Account":144115216631667826}],"ErrorCode":0,"ErrorInfo":"","NextOffset":0}`},
			},
			[]moderation.ReadingRow{{ID: "brennanli1", Until: until}, {ID: "brennanli12", Until: until}, {ID: "144115216631667826", Until: until}}, 3,
		},
		"bans of a Live room": {
			moderation.Bans, "live:test", []step{
				{pathLive + "get_banned_member_list", `{"RoomId":"test","Limit":100,"Offset":0}`,
					`{"ActionStatus":"OK","ErrorCode":0,"RequestId":"r","Response":{"BannedAccountList":[{"Member_Account":"user1","BannedUntil":1660875916,"Reason":"spam"}],"NextOffset":0}}`},
			},
			[]moderation.ReadingRow{{ID: "user1", Until: until, Note: "spam"}}, 1,
		},
		"an empty list of bans": {
			moderation.Bans, "live:test", []step{
				{pathLive + "get_banned_member_list", `{"RoomId":"test","Limit":100,"Offset":0}`, `{"ActionStatus":"OK","ErrorCode":0,"RequestId":"r","Response":{"BannedAccountList":[],"NextOffset":0}}`},
			}, nil, 0,
		},
		"bans of a Live room at the top level": {
			moderation.Bans, "live:test", []step{
				{pathLive + "get_banned_member_list", `{"RoomId":"test","Limit":100,"Offset":0}`,
					`{"ErrorCode":0,"RequestId":"r","BannedAccountList":[{"Member_Account":"user1","BannedUntil":1660875916}],"NextOffset":1,"Response":{}}`},
				{pathLive + "get_banned_member_list", `{"RoomId":"test","Limit":100,"Offset":1}`,
					`{"ErrorCode":0,"RequestId":"r","BannedAccountList":null,"Response":null}`},
			},
			[]moderation.ReadingRow{{ID: "user1", Until: until}}, 1,
		},
		"silenced in a Live room": {
			moderation.Silenced, "live:test", []step{
				{pathLive + "get_muted_member_list", `{"RoomId":"test"}`,
					`{"ErrorCode":0,"Response":{"MutedAccountList":[{"Member_Account":"u","MutedUntil":1660875916}]}}`},
			},
			[]moderation.ReadingRow{{ID: "u", Until: until}}, 1,
		},
		"silenced in a group, one permanently": {
			moderation.Silenced, "chat:g", []step{
				{pathGroup + "get_group_muted_account", `{"GroupId":"g"}`,
					`{"ErrorCode":0,"GroupId":"g","MutedAccountList":[{"Member_Account":"u","MutedUntil":1660875916},{"Member_Account":"w","MutedUntil":4294967295}]}`},
			},
			[]moderation.ReadingRow{{ID: "u", Until: until}, {ID: "w"}}, 2,
		},
		"silenced by the older name": {
			moderation.Silenced, "chat:g", []step{
				{pathGroup + "get_group_muted_account", `{"GroupId":"g"}`,
					`{"ErrorCode":0,"GroupId":"g","ShuttedUinList":[{"Member_Account":"u","ShuttedUntil":1660875916}]}`},
			},
			[]moderation.ReadingRow{{ID: "u", Until: until}}, 1,
		},
		"who is in a Live room": {
			moderation.Who, "live:test", []step{
				{pathLive + "get_member_list", `{"RoomId":"test","Next":""}`,
					`{"ErrorCode":0,"Response":{"Next":"t1","MemberCount":3,"MemberList":[{"Member_Account":"a"},{"Member_Account":"b"}]}}`},
				{pathLive + "get_member_list", `{"RoomId":"test","Next":"t1"}`,
					`{"ErrorCode":0,"Response":{"Next":"","MemberCount":3,"MemberList":[{"Member_Account":"b"},{"Member_Account":"c"}]}}`},
			},
			[]moderation.ReadingRow{{ID: "a"}, {ID: "b"}, {ID: "c"}}, 3,
		},
		"who is online in an AVChatRoom": {
			moderation.Who, "chat:g", []step{
				{pathGroup + "get_group_info", `{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`,
					`{"ActionStatus":"OK","ErrorCode":0,"GroupInfo":[{"GroupId":"g","ErrorCode":0,"Type":"AVChatRoom"}]}`},
				{"group_open_avchatroom_http_svc/get_members", `{"GroupId":"g","Timestamp":0}`,
					`{"ErrorCode":0,"MemberList":[{"Member_Account":"a","JoinTime":1657773110,"NickName":"A"}],"NextTimestamp":1657773110}`},
				{"group_open_avchatroom_http_svc/get_members", `{"GroupId":"g","Timestamp":1657773110}`,
					`{"ErrorCode":0,"MemberList":[{"Member_Account":"b"}],"NextTimestamp":0}`},
			},
			[]moderation.ReadingRow{{ID: "a"}, {ID: "b"}}, 2,
		},
		"who belongs to a public group": {
			moderation.Who, "chat:g", []step{
				{pathGroup + "get_group_info", `{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`,
					`{"ErrorCode":0,"GroupInfo":[{"GroupId":"g","ErrorCode":0,"Type":"Public"}]}`},
				{pathGroup + "get_group_member_info", `{"GroupId":"g","Limit":100,"Offset":0}`,
					`{"ErrorCode":0,"MemberNum":3,"MemberList":[{"Member_Account":"a","Role":"Owner"},{"Member_Account":"b","Role":"Member"}]}`},
				{pathGroup + "get_group_member_info", `{"GroupId":"g","Limit":100,"Offset":2}`,
					`{"ErrorCode":0,"MemberNum":3,"MemberList":[{"Member_Account":"c","Role":"Member"}]}`},
			},
			[]moderation.ReadingRow{{ID: "a", Note: "Owner"}, {ID: "b", Note: "Member"}, {ID: "c", Note: "Member"}}, 3,
		},
		"who belongs to a community": {
			moderation.Who, "chat:g", []step{
				{pathGroup + "get_group_info", `{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`,
					`{"ErrorCode":0,"GroupInfo":[{"GroupId":"g","ErrorCode":0,"Type":"Community"}]}`},
				{pathGroup + "get_group_member_info", `{"GroupId":"g","Limit":100,"Next":""}`,
					`{"ErrorCode":0,"MemberNum":2,"MemberList":[{"Member_Account":"a"}],"Next":"n"}`},
				{pathGroup + "get_group_member_info", `{"GroupId":"g","Limit":100,"Next":"n"}`,
					`{"ErrorCode":0,"MemberNum":2,"MemberList":[{"Member_Account":"b"}],"Next":""}`},
			},
			[]moderation.ReadingRow{{ID: "a"}, {ID: "b"}}, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := readAll(t, row.steps, moderation.Action{Verb: row.verb, Room: room(row.room)})
			require.Nil(t, got.Answer.Err)
			require.Equal(t, moderation.VendorAccepted, got.Answer.Class)
			require.Equal(t, row.rows, got.Rows)
			require.Equal(t, row.total, got.Total)
			require.False(t, got.Cut)
		})
	}
}

// An incomplete list, and one that is as long as the vendor's lists ever are, is reported as cut.
func TestACutListIsReported(t *testing.T) {
	people := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"Member_Account":"u%d"}`, i))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	live := func(n, total int) []step {
		return []step{{pathLive + "get_member_list", `{"RoomId":"test","Next":""}`,
			fmt.Sprintf(`{"ErrorCode":0,"Response":{"Next":"","MemberCount":%d,"MemberList":%s}}`, total, people(n))}}
	}
	online := func(n int) []step {
		return []step{
			{pathGroup + "get_group_info", `{"GroupIdList":["test"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`,
				`{"ErrorCode":0,"GroupInfo":[{"GroupId":"test","ErrorCode":0,"Type":"AVChatRoom"}]}`},
			{"group_open_avchatroom_http_svc/get_members", `{"GroupId":"test","Timestamp":0}`,
				fmt.Sprintf(`{"ErrorCode":0,"MemberList":%s,"NextTimestamp":0}`, people(n))},
		}
	}
	for name, row := range map[string]struct {
		room  string
		steps []step
		total int
		cut   bool
	}{
		"all of a Live room":               {"live:test", live(5, 5), 5, false},
		"fewer than Tencent counts":        {"live:test", live(5, 7), 7, true},
		"as many as a Live list can":       {"live:test", live(1000, 0), 1000, true},
		"all of an audio-video group":      {"chat:test", online(29), 29, false},
		"as many as a low edition returns": {"chat:test", online(30), 30, true},
		"as many as any edition returns":   {"chat:test", online(1000), 1000, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := readAll(t, row.steps, moderation.Action{Verb: moderation.Who, Room: room(row.room)})
			require.Nil(t, got.Answer.Err)
			require.Equal(t, row.total, got.Total)
			require.Equal(t, row.cut, got.Cut)
		})
	}
}

// A success without a list says nothing about anybody.
func TestAnAnswerWithoutAListIsNotEmpty(t *testing.T) {
	for name, row := range map[string]struct {
		verb moderation.Verb
		room string
		step step
	}{
		"live":        {moderation.Bans, "live:test", step{pathLive + "get_banned_member_list", `{"RoomId":"test","Limit":100,"Offset":0}`, `{"ErrorCode":0,"Response":{}}`}},
		"live, other": {moderation.Silenced, "live:test", step{pathLive + "get_muted_member_list", `{"RoomId":"test"}`, `{"ErrorCode":0,"Response":{"MemberList":[]}}`}},
		"chat":        {moderation.Bans, "chat:test", step{pathGroup + "get_group_ban_member", `{"GroupId":"test","Limit":100,"Offset":0}`, `{"ErrorCode":0}`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := readAll(t, []step{row.step}, moderation.Action{Verb: row.verb, Room: room(row.room)})
			require.NotEqual(t, moderation.VendorAccepted, got.Answer.Class)
			require.ErrorContains(t, got.Answer.Err, "vendor-odd")
		})
	}
}

func TestReadingFailures(t *testing.T) {
	info := func(groups string) step {
		return step{pathGroup + "get_group_info", `{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`,
			`{"ActionStatus":"OK","ErrorCode":0,"GroupInfo":` + groups + `}`}
	}
	bansAt := func(offset int, answer string) step {
		return step{pathLive + "get_banned_member_list", fmt.Sprintf(`{"RoomId":"g","Limit":100,"Offset":%d}`, offset), answer}
	}
	const u1 = `"BannedAccountList":[{"Member_Account":"u1"}]`
	for name, row := range map[string]struct {
		verb  moderation.Verb
		room  string
		steps []step
		class moderation.VendorClass
		code  moderation.Code
		rows  int
	}{
		"no such group": {moderation.Who, "chat:g", []step{info(`[{"GroupId":"g","ErrorCode":10010,"ErrorInfo":"gone"}]`)},
			moderation.VendorGone, moderation.CodeVendorRoomGone, 0},
		"no word of the group":   {moderation.Who, "chat:g", []step{info(`[]`)}, moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"a group without a type": {moderation.Who, "chat:g", []step{info(`[{"GroupId":"g"}]`)}, moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"a list that is none": {moderation.Bans, "live:g", []step{bansAt(0, `{"ErrorCode":0,"Response":{"BannedAccountList":"all"}}`)},
			moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 0},
		"the second page fails": {moderation.Bans, "live:g", []step{
			bansAt(0, `{"ErrorCode":0,"Response":{`+u1+`,"NextOffset":1}}`), bansAt(1, `{"ErrorCode":100004,"ErrorInfo":"gone"}`),
		}, moderation.VendorGone, moderation.CodeVendorRoomGone, 1},
		"an offset that does not increase": {moderation.Bans, "live:g", []step{
			bansAt(0, `{"ErrorCode":0,"Response":{`+u1+`,"NextOffset":1}}`), bansAt(1, `{"ErrorCode":0,"Response":{`+u1+`,"NextOffset":1}}`),
		}, moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 1},
		"an offset that goes back": {moderation.Bans, "live:g", []step{
			bansAt(0, `{"ErrorCode":0,"Response":{`+u1+`,"NextOffset":9}}`), bansAt(9, `{"ErrorCode":0,"Response":{`+u1+`,"NextOffset":5}}`),
		}, moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 1},
		"a cursor that comes back": {moderation.Who, "live:g", []step{
			{pathLive + "get_member_list", `{"RoomId":"g","Next":""}`, `{"ErrorCode":0,"Response":{"Next":"x","MemberList":[{"Member_Account":"a"}]}}`},
			{pathLive + "get_member_list", `{"RoomId":"g","Next":"x"}`, `{"ErrorCode":0,"Response":{"Next":"y","MemberList":[]}}`},
			{pathLive + "get_member_list", `{"RoomId":"g","Next":"y"}`, `{"ErrorCode":0,"Response":{"Next":"x","MemberList":[]}}`},
		}, moderation.VendorNoAnswer, moderation.CodeVendorUnexpected, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := readAll(t, row.steps, moderation.Action{Verb: row.verb, Room: room(row.room)})
			require.Equal(t, row.class, got.Answer.Class)
			require.NotNil(t, got.Answer.Err)
			require.Equal(t, row.code, got.Answer.Err.Code)
			require.Len(t, got.Rows, row.rows, "what was read stays")
		})
	}
}

// An endless list of empty pages ends with an error.
func TestEndlessEmptyPages(t *testing.T) {
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		n := r.Header.Get("Content-Length")
		_, _ = fmt.Fprintf(w, `{"ErrorCode":0,"Response":{"Next":"%s-%d","MemberList":[]}}`, n, time.Now().UnixNano())
	})
	got := newTestClient(t, testConfig(v.URL)).Read(t.Context(), moderation.Action{Verb: moderation.Who, Room: room("live:g")}, nil)
	require.Equal(t, moderation.VendorNoAnswer, got.Answer.Class)
	require.Equal(t, "the list does not come to an end", got.Answer.Err.Values["detail"])
	require.Len(t, v.requests(), maxPages)
}

func TestLongListsAreCut(t *testing.T) {
	const big = 25_000
	v := newVendor(t, nil)
	v.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Offset, Limit int }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		var list []map[string]any
		for i := body.Offset; i < min(body.Offset+body.Limit, big); i++ {
			list = append(list, map[string]any{"Member_Account": fmt.Sprint("user", i), "BannedUntil": 1})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"ErrorCode": 0, "BannedAccountList": list, "NextOffset": body.Offset + len(list)})
	})
	turns := 0
	got := newTestClient(t, testConfig(v.URL)).Read(t.Context(), moderation.Action{Verb: moderation.Bans, Room: room("chat:g")},
		func(context.Context, string) error { turns++; return nil })
	require.Nil(t, got.Answer.Err)
	require.True(t, got.Cut)
	require.Len(t, got.Rows, 10_000)
	require.Equal(t, 10_000, got.Total)
	require.Equal(t, 100, turns)
	require.Equal(t, "user9999", got.Rows[9999].ID)
}

// A single long page is cut as well.
func TestLongPagesAreCut(t *testing.T) {
	list := make([]map[string]string, maxRows+1)
	for i := range list {
		list[i] = map[string]string{"Member_Account": fmt.Sprint("u", i)}
	}
	raw, err := json.Marshal(map[string]any{"ErrorCode": 0, "MutedAccountList": list})
	require.NoError(t, err)
	v := newVendor(t, respond(string(raw)))
	got := newTestClient(t, testConfig(v.URL)).Read(t.Context(), moderation.Action{Verb: moderation.Silenced, Room: room("chat:g")}, nil)
	require.Nil(t, got.Answer.Err)
	require.True(t, got.Cut)
	require.Len(t, got.Rows, maxRows)
	require.Equal(t, maxRows+1, got.Total)
}

func TestReadEndsWithoutATurn(t *testing.T) {
	v := newVendor(t, respond(`{"ErrorCode":0,"Response":{"BannedAccountList":[{"Member_Account":"u1"}],"NextOffset":1}}`))
	c := newTestClient(t, testConfig(v.URL))
	stop := errors.New("the house is on fire")
	turns := 0
	got := c.Read(t.Context(), moderation.Action{Verb: moderation.Bans, Room: room("live:g")}, func(context.Context, string) error {
		if turns++; turns > 1 {
			return stop
		}
		return nil
	})
	require.Equal(t, moderation.VendorRetry, got.Answer.Class)
	require.ErrorIs(t, got.Answer.Err, stop)
	require.Len(t, got.Rows, 1)
	require.Len(t, v.requests(), 1)
}

func TestReadRefuses(t *testing.T) {
	c := newTestClient(t, testConfig("http://127.0.0.1:9"))
	for code, a := range map[moderation.Code]moderation.Action{
		moderation.CodeNoWhoInRoom: {Verb: moderation.Who, Room: room("room:1")},
		moderation.CodeRoomLength:  {Verb: moderation.Who, Room: room("live:" + strings.Repeat("x", 49))},
		moderation.CodeVendorInput: {Verb: moderation.Kick, Room: room("chat:g"), Targets: []string{"u"}},
	} {
		got := c.Read(t.Context(), a, nil)
		require.Equal(t, moderation.VendorRefused, got.Answer.Class)
		require.Equal(t, code, got.Answer.Err.Code)
	}
}

// The vendor reports at most the 1,000 latest people of an AVChatRoom.
func TestAFullWindowIsCut(t *testing.T) {
	for n, cut := range map[int]bool{999: false, 1000: true} {
		var list []map[string]string
		for i := range n {
			list = append(list, map[string]string{"Member_Account": fmt.Sprint("u", i)})
		}
		raw, err := json.Marshal(map[string]any{
			"ErrorCode": 0, "MemberList": list, "NextTimestamp": 0,
			"GroupInfo": []map[string]any{{"GroupId": "g", "ErrorCode": 0, "Type": "AVChatRoom"}},
		})
		require.NoError(t, err)
		v := newVendor(t, respond(string(raw)))
		got := newTestClient(t, testConfig(v.URL)).Read(t.Context(), moderation.Action{Verb: moderation.Who, Room: room("chat:g")}, nil)
		require.Nil(t, got.Answer.Err)
		require.Len(t, got.Rows, n)
		require.Equal(t, cut, got.Cut)
	}
}
