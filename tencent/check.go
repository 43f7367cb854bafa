package tencent

import (
	"context"
	"fmt"
	"time"

	"bouncer/moderation"
)

// CheckResult is one line of the output of `bouncer check` about Tencent.
type CheckResult struct {
	Name   string
	OK     bool
	Detail string // the result, with the vendor's code and RequestId
	Advice string // what to do; empty when OK
}

// maxSkew is how far the clocks may differ before it is reported. The cloud API refuses requests
// from 5 minutes on.
const maxSkew = time.Minute

// probeRoom is a room and group id that does not exist.
const probeRoom = "bouncer-check"

// Check calls both APIs, without changing anything, and returns whether the credentials, the
// application and the editions are sufficient. It makes six calls, one after the other.
func (c *Client) Check(ctx context.Context) []CheckResult {
	app := uint64(c.cfg.SDKAppID)
	// The two cloud actions name no user, so they cannot affect anybody; signature, permission and
	// application are checked before that.
	results := []CheckResult{
		c.probe(ctx, "cloud credentials", apiRemoveUser, fields{"SdkAppId": app, "RoomId": uint64(MaxRoomNumber)}),
		c.probe(ctx, "mute in rooms (SetUserBlocked)", apiSetUserBlocked,
			fields{"SdkAppId": app, "RoomId": uint64(MaxRoomNumber), "IsMute": 0}),
		c.probe(ctx, "chat credentials", apiChatInfo, fields{"GroupIdList": []string{probeRoom}}),
		c.probe(ctx, "bans in Chat groups (edition and console switch)", apiChatBans,
			fields{"GroupId": probeRoom, "Offset": 0, "Limit": 1}),
		c.probe(ctx, "Live rooms", apiLiveRooms, fields{"Next": "", "Count": 1}),
	}
	return append(results, c.checkClock())
}

// probe makes one harmless call. An answer that the room does not exist, or that a parameter is
// missing, is the expected success.
func (c *Client) probe(ctx context.Context, name, apiName string, content fields) CheckResult {
	a := apiNamed(apiName)
	ans := c.classify(a, subject{}, c.call(ctx, a, content))
	res := CheckResult{Name: name}
	switch ans.Class {
	case moderation.VendorAccepted, moderation.VendorGone:
		res.OK = true
	case moderation.VendorRefused:
		res.OK = ans.Err.Code == moderation.CodeVendorInput
	}
	if res.OK {
		res.Detail = fmt.Sprintf("%s answered (%s)", apiName, ans.RequestID)
		return res
	}
	res.Detail = apiName + ": " + ans.Code
	if ans.Code == "" {
		res.Detail = apiName + ": " + ans.Err.Values["detail"]
	}
	if ans.Message != "" {
		res.Detail += ": " + ans.Message
	}
	if ans.RequestID != "" {
		res.Detail += " (" + ans.RequestID + ")"
	}
	res.Advice = advice(ans)
	return res
}

// advice returns what the operator can do about an answer.
func advice(ans moderation.Answer) string {
	switch ans.Err.Values["hint"] {
	case HintCloudKey:
		return "check TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_TOKEN, and TENCENT_SITE: keys are valid only on the site where they were made"
	case HintPermission:
		return "grant the key's user this action in CAM"
	case HintApp:
		return "check SDK_APP_ID: it must belong to the account of the key and be enabled"
	case HintNotOnSite:
		return "this site does not offer the action; rooms of kind room and strroom cannot mute there"
	case HintRegion:
		return "set TRTC_REGION to ap-singapore, ap-guangzhou or ap-beijing"
	case HintClock:
		return "set this machine's clock (NTP)"
	case HintChatKey:
		return "CHAT_SECRET_KEY, CHAT_ADMIN and SDK_APP_ID must belong together; copy the key from the application's page again"
	case HintHost:
		return "check SDK_APP_ID, and set CHAT_ENDPOINT to the host of the application's data centre"
	case HintAdmin:
		return "make CHAT_ADMIN an administrator of the application in its console"
	case HintSwitch:
		return "turn the feature on in the Chat console (Group feature configuration); it needs the Pro edition or above"
	case HintPlan:
		return "the application's plan does not include this, or has expired"
	case HintAddress:
		return "allow this machine's address in the Chat console"
	case HintEndpoint:
		return "check TRTC_ENDPOINT and CHAT_ENDPOINT and any proxy between: the answer is not from Tencent's API"
	case HintWait:
		return "wait a minute: too many bad signatures"
	}
	switch ans.Class {
	case moderation.VendorRetry, moderation.VendorNoAnswer:
		return "check the network and try again"
	}
	return "look the code up in Tencent's documentation, or ask their support with the request id"
}

func (c *Client) checkClock() CheckResult {
	res := CheckResult{Name: "clock"}
	skew, ok := c.wire.clock()
	switch {
	case !ok:
		res.Detail = "no answer carried a date"
		res.Advice = "check the network and try again"
	case skew.Abs() > maxSkew:
		res.Detail = fmt.Sprintf("Tencent's clock is %s from ours", skew)
		res.Advice = "set this machine's clock (NTP): from 5 minutes on the cloud API refuses every call"
	default:
		res.OK = true
		res.Detail = fmt.Sprintf("within %s of Tencent's", max(skew.Abs(), time.Second))
	}
	return res
}
