package tencent

import "slices"

// side distinguishes the two APIs, and within v4 the two families whose answers differ in shape.
type side int

const (
	cloud side = iota + 1 // cloud API 3.0, TC3 signature
	live                  // v4, Live engine: lists are under "Response", with a RequestId
	chat                  // v4, Chat: lists are at the top level, without a RequestId
)

// The vendor's documented limits, in calls a second.
const (
	cloudRate    = 20
	v4Rate       = 200
	roomListRate = 10
)

// api is one row of the table of calls.
type api struct {
	name string // the name in plans, entries and limits: "trtc.RemoveUser"
	side side
	call string // cloud: the action; v4: the path below /v4/
	rate float64
}

// apiTable are the calls of all kinds.
var apiTable = slices.Concat(trtcCalls, liveCalls, chatCalls)

// apiNamed returns a row. The names come from this package's own tables, so a missing one is a
// bug.
func apiNamed(name string) api {
	for _, a := range apiTable {
		if a.name == name {
			return a
		}
	}
	panic("tencent: no call is named " + name)
}

// Rates returns how often a second each API may be called. quota is our share of the vendor's
// limits, such as 0.95: the customer's own backend uses the same limits.
func Rates(quota float64) map[string]float64 {
	rates := make(map[string]float64, len(apiTable))
	for _, a := range apiTable {
		rates[a.name] = a.rate * quota
	}
	return rates
}
