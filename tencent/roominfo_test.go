package tencent

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// A room created again with its id has another CreateTime; what the vendor does not report is not
// guessed.
func TestRoomInfo(t *testing.T) {
	answers := map[string]string{
		"get_room_info":   `{"ActionStatus":"OK","ErrorCode":0,"RequestId":"r1","Response":{"RoomInfo":{"RoomName":"Gala","Owner_Account":123456,"CreateTime":1700000000}}}`,
		"get_member_list": `{"ActionStatus":"OK","ErrorCode":0,"RequestId":"r2","Response":{"MemberList":[{"Member_Account":"a"}],"MemberCount":214,"Next":""}}`,
		"get_group_info":  `{"ActionStatus":"OK","ErrorCode":0,"GroupInfo":[{"ErrorCode":0,"Type":"Public","Name":"Staff","Owner_Account":"carol","MemberNum":7}]}`,
	}
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		_, _ = io.WriteString(w, answers[name])
	})
	c := newTestClient(t, testConfig(v.URL))
	var turns []string
	turn := func(_ context.Context, api string) error { turns = append(turns, api); return nil }
	require.Equal(t, moderation.RoomInfo{Title: "Gala", Owner: "123456", People: 214, Created: time.Unix(1700000000, 0).UTC()},
		c.RoomInfo(t.Context(), room("live:show1"), turn))
	require.Equal(t, []string{apiLiveInfo, apiLiveWho}, turns)
	require.Equal(t, moderation.RoomInfo{Title: "Staff", Owner: "carol", People: 7}, c.RoomInfo(t.Context(), room("chat:g1"), nil))
	require.Equal(t, moderation.RoomInfo{People: -1}, c.RoomInfo(t.Context(), room("room:1"), nil))

	answers["get_room_info"] = `{"ActionStatus":"FAIL","ErrorCode":100004,"ErrorInfo":"no room","RequestId":"r3"}`
	require.True(t, c.RoomInfo(t.Context(), room("live:show1"), nil).Gone)
	answers["get_room_info"] = `{"ActionStatus":"FAIL","ErrorCode":60017,"ErrorInfo":"off","RequestId":"r4"}`
	require.Equal(t, moderation.CodeVendorConfig, c.RoomInfo(t.Context(), room("live:show1"), nil).Failed)
}
