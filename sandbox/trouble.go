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
	// Cloud, Live and Chat are the vendor's codes for it in each API; empty
	// if the failure has no code.
	Cloud, Live, Chat string
	// tencent or slack is what the simulator does; zero if the codes say it
	// all.
	tencent tencentd.Fault
	slack   slackd.Fault
}

// slow is the delay of a slow answer: longer than a person's patience,
// shorter than the bot's.
const slow = 4 * time.Second

// TencentTroubles returns the classes of failures that a call can meet.
func TencentTroubles() []Trouble {
	return []Trouble{
		{Name: "room-gone", About: "the room does not exist", Cloud: "FailedOperation.RoomNotExist", Live: "100004", Chat: "10010"},
		{Name: "user-gone", About: "no such user is in the room", Cloud: "FailedOperation.UserNotExist", Live: "100005", Chat: "10019"},
		{Name: "busy", About: "a transient error at Tencent", Cloud: "InternalError", Live: "100001", Chat: "10002"},
		{Name: "limit", About: "too many calls", Cloud: "RequestLimitExceeded", Live: "60011", Chat: "10023"},
		{Name: "wrong-key", About: "the credentials are wrong", Cloud: "AuthFailure.SignatureFailure", Live: "70009", Chat: "70009"},
		{Name: "no-rights", About: "the credentials lack permission", Cloud: "AuthFailure.UnauthorizedOperation", Live: "60010", Chat: "10007"},
		{Name: "bad-input", About: "a parameter is invalid", Cloud: "InvalidParameter", Live: "100002", Chat: "10004"},
		{Name: "lost", About: "the call succeeds, its answer is lost", tencent: tencentd.Fault{DropAnswer: true}},
		{Name: "cut", About: "the connection is cut before the call is done", tencent: tencentd.Fault{DropRequest: true}},
		{Name: "slow", About: "the answer takes 4 s", tencent: tencentd.Fault{DelayAnswer: slow}},
		{Name: "gateway", About: "a gateway answers 502", tencent: tencentd.Fault{HTTPStatus: 502, Body: "<html><body>Bad Gateway</body></html>"}},
		{Name: "empty", About: "200 with an empty body, the call is not done", tencent: tencentd.Fault{EmptyBody: true}},
	}
}

// FailTencent makes the next calls of the APIs that match the pattern fail:
// by one of the names of TencentTroubles, or by a code of the vendor's. times
// 0 lasts until Tencent.ClearFaults.
func (w *World) FailTencent(pattern, name string, times int) error {
	if name == "" {
		return errors.New("the failure is missing")
	}
	f := tencentd.Fault{Code: name}
	for _, t := range TencentTroubles() {
		if t.Name == name {
			f = t.tencent
			f.Code = t.code(pattern)
		}
	}
	f.Times = times
	return w.Tencent.Fail(pattern, f)
}

// TencentTrouble returns the name of a failure that waits at Tencent: by the
// vendor's code, or by one of the names of TencentTroubles. It is empty for a
// failure that FailTencent does not make.
func TencentTrouble(f tencentd.Fault) string {
	if f.Code != "" {
		return f.Code
	}
	f.Times = 0
	for _, t := range TencentTroubles() {
		if t.tencent == f {
			return t.Name
		}
	}
	return ""
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

// SlackTroubles returns the failures that a method of Slack's can meet.
func SlackTroubles() []Trouble {
	return []Trouble{
		{Name: "429", About: "too many calls, retry in a second", slack: slackd.Fault{Status: 429}},
		{Name: "500", About: "an error inside Slack", slack: slackd.Fault{Status: 500}},
		{Name: "lost", About: "the call succeeds, its answer is lost", slack: slackd.Fault{DropAnswer: true}},
		{Name: "cut", About: "the connection is cut before the call is done", slack: slackd.Fault{DropRequest: true}},
		{Name: "slow", About: "the answer takes 4 s", slack: slackd.Fault{Delay: slow}},
	}
}

// FailSlack makes the next calls of a method ("*" for all) fail: by one of the
// names of SlackTroubles, another HTTP status, or an error code such as
// channel_not_found. times 0 lasts until Slack.Heal.
func (w *World) FailSlack(method, name string, times int) error {
	if times < 0 {
		return fmt.Errorf("a failure cannot occur %d times", times)
	}
	if method == "" || name == "" {
		return errors.New("a method and a failure are required")
	}
	f := slackd.Fault{Error: name}
	if status, err := strconv.Atoi(name); err == nil {
		if status < 400 || status > 599 {
			return fmt.Errorf("%d is not an HTTP error status", status)
		}
		f = slackd.Fault{Status: status}
	}
	for _, t := range SlackTroubles() {
		if t.Name == name {
			f = t.slack
		}
	}
	f.Times = times
	w.Slack.Fail(method, f)
	return nil
}
