package tencent

import (
	"strings"
	"time"

	"bouncer/moderation"
)

// Hints are Values["hint"] of an answer's error: what the operator or moderator should check.
// Package bot/say has the sentences.
const (
	HintOtherKind   = "other-kind"     // a room of the other kind may be meant: other
	HintNotOnSite   = "not-on-site"    // the action does not exist on this site: site
	HintSwitch      = "console-switch" // a console switch is off, the edition too low, or no administrator
	HintPlan        = "plan"           // the plan expired or does not include it
	HintNoKick      = "no-kick-in-av"  // AVChatRoom has no kick; a ban does the same
	HintGroupType   = "group-type"     // this type of group does not support it
	HintClock       = "clock"          // our clock is wrong: skew, theirs minus ours, where measured
	HintHost        = "chat-host"      // the application may be in another data centre
	HintAdmin       = "chat-admin"     // the account is not an administrator
	HintChatKey     = "chat-key"       // key, administrator and application do not belong together
	HintCloudKey    = "cloud-key"      // the cloud credentials are wrong
	HintPermission  = "permission"     // the cloud credentials lack this permission
	HintApp         = "app"            // the application does not exist, is disabled, or is another account's
	HintRegion      = "region"         // the region does not have it
	HintAddress     = "caller-address" // the console allows only other addresses
	HintEndpoint    = "endpoint"       // the answer is not from Tencent's API
	HintNotLiveRoom = "not-live"       // the room is not a Live room
	HintWait        = "wait"           // blocked for a while after many bad calls
	HintUserAccount = "user-account"   // no such account
)

// meaning is what follows from one code of the vendor.
type meaning struct {
	class moderation.VendorClass
	code  moderation.Code
	hint  string
	after time.Duration
}

func passing() meaning {
	return meaning{class: moderation.VendorRetry, code: moderation.CodeVendorRetry}
}
func limited() meaning {
	return meaning{class: moderation.VendorRetry, code: moderation.CodeVendorLimit}
}
func refused() meaning {
	return meaning{class: moderation.VendorRefused, code: moderation.CodeVendorInput}
}
func roomGone(hint string) meaning {
	return meaning{class: moderation.VendorGone, code: moderation.CodeVendorRoomGone, hint: hint}
}
func userGone(hint string) meaning {
	return meaning{class: moderation.VendorGone, code: moderation.CodeVendorUserGone, hint: hint}
}
func setup(hint string) meaning {
	return meaning{class: moderation.VendorConfig, code: moderation.CodeVendorConfig, hint: hint}
}

// unlisted is an undocumented refusal: certainly refused, for an unknown reason.
func unlisted() meaning {
	return meaning{class: moderation.VendorRefused, code: moderation.CodeVendorUnexpected}
}

// cloudCodes has one row per code of the cloud API; a row that ends in ".*" covers the rest of its
// family.
var cloudCodes = map[string]meaning{
	"RequestLimitExceeded":                  limited(),
	"RequestLimitExceeded.*":                limited(),
	"OperationDenied.FreqOverLimit":         limited(),
	"FailedOperation.RestrictedFrequency":   limited(),
	"InternalError":                         passing(),
	"InternalError.*":                       passing(),
	"ResourceUnavailable":                   passing(),
	"ResourceUnavailable.*":                 passing(),
	"AuthFailure.SecretIdNotFound":          setup(HintCloudKey),
	"AuthFailure.InvalidSecretId":           setup(HintCloudKey),
	"AuthFailure.SignatureFailure":          setup(HintCloudKey),
	"AuthFailure.TokenFailure":              setup(HintCloudKey),
	"AuthFailure.SignatureExpire":           setup(HintClock),
	"AuthFailure.MFAFailure":                setup(HintPermission),
	"AuthFailure.UnauthorizedOperation":     setup(HintPermission),
	"AuthFailure.UnRealNameAuthenticated":   setup(HintPermission),
	"AuthFailure.*":                         setup(HintCloudKey),
	"UnauthorizedOperation":                 setup(HintPermission),
	"UnauthorizedOperation.SdkAppId":        setup(HintApp),
	"UnauthorizedOperation.*":               setup(HintPermission),
	"FailedOperation.SdkAppIdNotExist":      setup(HintApp),
	"FailedOperation.SdkAppIdNotUnderAppId": setup(HintApp),
	"FailedOperation.NotAbility":            setup(HintPlan),
	"InvalidParameter.SdkAppId":             setup(HintApp),
	"InvalidAction":                         setup(HintNotOnSite),
	"NoSuchVersion":                         setup(HintNotOnSite),
	"UnsupportedRegion":                     setup(HintRegion),
	"UnsupportedProtocol":                   setup(HintEndpoint),
	"UnsupportedOperation":                  setup(HintPermission),
	"UnsupportedOperation.*":                setup(HintPermission),
	"FailedOperation.RoomNotExist":          roomGone(HintOtherKind),
	"FailedOperation.UserNotExist":          userGone(HintOtherKind),
	"InternalError.UserNotExist":            userGone(HintOtherKind),
	"InvalidParameter":                      refused(),
	"InvalidParameter.*":                    refused(),
	"InvalidParameterValue":                 refused(),
	"InvalidParameterValue.*":               refused(),
	"MissingParameter":                      refused(),
	"MissingParameter.*":                    refused(),
	"UnknownParameter":                      refused(),
	"UnknownParameter.*":                    refused(),
}

// v4Codes has one row per code of Live and Chat.
var v4Codes = map[string]meaning{
	"10002": passing(), "60008": passing(), "60014": passing(), "70169": passing(),
	"70202": passing(), "70500": passing(), "100001": passing(), "130014": passing(),

	"10006": limited(), "10023": limited(), "60007": limited(), "60011": limited(),
	"60018": limited(), "60019": limited(), "100422": limited(),

	// A UserSig that is too old even after its renewal: the clock.
	"20002": setup(HintClock), "70001": setup(HintClock), "70052": setup(HintClock),

	"60004": setup(HintChatKey), "60005": setup(HintChatKey), "70002": setup(HintChatKey),
	"70003": setup(HintChatKey), "70005": setup(HintChatKey), "70009": setup(HintChatKey),
	"70013": setup(HintChatKey), "70014": setup(HintChatKey), "70016": setup(HintChatKey),
	"60006": setup(HintHost), "70020": setup(HintHost),
	"60010": setup(HintAdmin), "70403": setup(HintAdmin),
	"60012": setup(HintApp), "60016": setup(HintApp), "60017": setup(HintApp), "70051": setup(HintApp),
	"60020": setup(HintPlan), "100007": setup(HintPlan),
	"60021": setup(HintAddress),
	"10007": setup(HintSwitch), "10008": setup(HintSwitch), "10026": setup(HintSwitch),
	"100006": setup(HintNotLiveRoom),
	"70050":  {moderation.VendorConfig, moderation.CodeVendorConfig, HintWait, time.Minute},

	"10003": refused(), "10004": refused(), "10005": refused(), "10011": refused(), "10015": refused(),
	"60002": refused(), "60003": refused(), "60009": refused(), "60015": refused(),
	"70206": refused(), "70402": refused(), "100002": refused(),
	"130001": refused(), "130002": refused(), "130003": refused(), "130004": refused(),
	"130005": refused(), "130006": refused(), "130007": refused(), "130008": refused(),

	"10010": roomGone(""), "100004": roomGone(""),
	"10019": userGone(HintUserAccount), "70107": userGone(HintUserAccount), "100005": userGone(""),
}

// apiHints are more specific hints from one call's documentation.
var apiHints = map[[2]string]string{
	{apiChatDelete, "10004"}:  HintNoKick,
	{apiChatBan, "10004"}:     HintGroupType,
	{apiChatUnban, "10004"}:   HintGroupType,
	{apiChatBans, "10004"}:    HintGroupType,
	{apiChatForbid, "10004"}:  HintGroupType,
	{apiChatMembers, "10004"}: HintGroupType,
	{apiChatOnline, "10004"}:  HintGroupType,
}

// renewing reports whether a code requires a new UserSig.
func renewing(code string) bool { return code == "70001" || code == "70052" || code == "20002" }

// meaningOf returns the meaning of a vendor's code.
func meaningOf(a api, code string) meaning {
	table := v4Codes
	if a.side == cloud {
		table = cloudCodes
	}
	m, ok := table[code]
	if !ok {
		family, _, _ := strings.Cut(code, ".")
		if m, ok = table[family+".*"]; !ok {
			m = unlisted()
		}
	}
	if hint, ok := apiHints[[2]string{a.name, code}]; ok {
		m.hint = hint
	}
	return m
}
