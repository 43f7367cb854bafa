package sandbox

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// Trouble is one way in which a vendor can fail, by a name that pages and
// scripts share.
type Trouble struct {
	// Name is what is written, About what it means.
	Name, About string
	// Cloud, Live and Chat are the vendor's codes for it on each of its sides;
	// empty where the trouble is no code.
	Cloud, Live, Chat string
}

// slow is how long a slow answer takes: longer than a person's patience,
// shorter than the bot's.
const slow = 4 * time.Second

// TencentTroubles are the classes of failures that a call can meet.
func TencentTroubles() []Trouble {
	return []Trouble{
		{Name: "room-gone", About: "the room does not exist", Cloud: "FailedOperation.RoomNotExist", Live: "100004", Chat: "10010"},
		{Name: "user-gone", About: "nobody of that name is in the room", Cloud: "FailedOperation.UserNotExist", Live: "100005", Chat: "10019"},
		{Name: "busy", About: "passing trouble at Tencent", Cloud: "InternalError", Live: "100001", Chat: "10002"},
		{Name: "limit", About: "too many calls", Cloud: "RequestLimitExceeded", Live: "60011", Chat: "10023"},
		{Name: "wrong-key", About: "the credentials are wrong", Cloud: "AuthFailure.SignatureFailure", Live: "70009", Chat: "70009"},
		{Name: "no-rights", About: "the credentials lack the right", Cloud: "AuthFailure.UnauthorizedOperation", Live: "60010", Chat: "10007"},
		{Name: "bad-input", About: "a parameter is refused", Cloud: "InvalidParameter", Live: "100002", Chat: "10004"},
		{Name: "lost", About: "the call is done and its answer lost"},
		{Name: "cut", About: "the connection is cut, nothing is done"},
		{Name: "slow", About: "the answer takes 4 s"},
		{Name: "gateway", About: "a gateway answers 502 in its place"},
		{Name: "empty", About: "200 with an empty body, nothing is done"},
	}
}

// FailTencent makes the next calls of the APIs that match the pattern fail:
// by one of the names of TencentTroubles, or by a code of the vendor's. times
// 0 lasts until Tencent.ClearFaults.
func (w *World) FailTencent(pattern, name string, times int) error {
	f := tencentd.Fault{Times: times}
	switch name {
	case "":
		return errors.New("which failure is missing")
	case "lost":
		f.DropAnswer = true
	case "cut":
		f.DropRequest = true
	case "slow":
		f.DelayAnswer = slow
	case "gateway":
		f.HTTPStatus, f.Body = 502, "<html><body>Bad Gateway</body></html>"
	case "empty":
		f.EmptyBody = true
	default:
		f.Code = name
		for _, t := range TencentTroubles() {
			if t.Name == name {
				f.Code = t.code(pattern)
			}
		}
	}
	return w.Tencent.Fail(pattern, f)
}

// code is what the trouble is called on the side that the API belongs to.
func (t Trouble) code(api string) string {
	switch {
	case strings.HasPrefix(api, "live"):
		return t.Live
	case strings.Contains(api, "/"):
		return t.Chat
	}
	return t.Cloud
}

// SlackTroubles are the failures that a method of Slack's can meet.
func SlackTroubles() []Trouble {
	return []Trouble{
		{Name: "429", About: "too many calls, try again in a second"},
		{Name: "500", About: "an error inside Slack"},
		{Name: "lost", About: "the call is done and its answer lost"},
		{Name: "cut", About: "the connection is cut, nothing is done"},
		{Name: "slow", About: "the answer takes 4 s"},
	}
}

// FailSlack makes the next calls of a method ("*" for all) fail: by one of the
// names of SlackTroubles, another HTTP status, or an error code such as
// channel_not_found. times 0 lasts until Slack.Heal.
func (w *World) FailSlack(method, name string, times int) error {
	if times < 0 {
		return fmt.Errorf("a failure cannot come %d times", times)
	}
	f := slackd.Fault{Times: times}
	status, err := strconv.Atoi(name)
	switch {
	case method == "" || name == "":
		return errors.New("a method and a failure are needed")
	case err == nil && (status < 400 || status > 599):
		return fmt.Errorf("%d is no HTTP status of an error", status)
	case err == nil:
		f.Status = status
	case name == "lost":
		f.DropAnswer = true
	case name == "cut":
		f.DropRequest = true
	case name == "slow":
		f.Delay = slow
	default:
		f.Error = name
	}
	w.Slack.Fail(method, f)
	return nil
}

// splitRoom reads kind:id.
func splitRoom(word string) (tencentd.Kind, string, bool) {
	kind, id, ok := strings.Cut(word, ":")
	switch k := tencentd.Kind(kind); k {
	case tencentd.KindRoom, tencentd.KindStrRoom, tencentd.KindLive, tencentd.KindChat:
		return k, id, ok && id != ""
	}
	return "", "", false
}

// RoomOf reads kind:id, or a name of the demo's policy.
func RoomOf(word string) (tencentd.Kind, string, error) {
	if r, ok := namedRooms()[word]; ok {
		return tencentd.Kind(r.Kind), r.ID, nil
	}
	if kind, id, ok := splitRoom(word); ok {
		return kind, id, nil
	}
	return "", "", fmt.Errorf("%q is no room: write kind:id, such as room:10006", word)
}
