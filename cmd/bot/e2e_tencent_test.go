package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// trouble is one way in which a call fails, and what people must read of it.
type trouble struct {
	name    string
	fault   tencentd.Fault
	calls   int                // how often the API must have been called in the end
	outcome moderation.Outcome // of the case
	card    []string
	thread  []string
}

// passes are the troubles that pass by themselves; on both sides alike.
func passes(busy, limit string) []trouble {
	return []trouble{
		{"passing", tencentd.Fault{Times: 2, Code: busy}, 3, "accepted", []string{"· 1 of 1"}, []string{"temporary error", busy, "attempt 3"}},
		{"limit", tencentd.Fault{Times: 1, Code: limit}, 2, "accepted", []string{"Accepted by Tencent"}, []string{limit, "attempt 2"}},
		{"lost answer", tencentd.Fault{Times: 1, DropAnswer: true}, 2, "accepted", []string{"Accepted by Tencent"}, []string{"no answer", "attempt 2"}},
		{"cut request", tencentd.Fault{Times: 1, DropRequest: true}, 2, "accepted", []string{"Accepted by Tencent"}, []string{"no answer", "attempt 2"}},
		{"gateway", tencentd.Fault{Times: 1, HTTPStatus: 502, Body: "<html><body>Bad Gateway</body></html>"}, 2, "accepted", []string{"Accepted by Tencent"}, []string{"http 502", "attempt 2"}},
		{"empty answer", tencentd.Fault{Times: 1, EmptyBody: true}, 2, "accepted", []string{"Accepted by Tencent"}, []string{"no answer", "attempt 2"}},
		{"truncated answer", tencentd.Fault{Times: 1, Body: `{"Response":{"Requ`}, 2, "accepted", []string{"Accepted by Tencent"}, []string{"no answer", "attempt 2"}},
		{"no answer in time", tencentd.Fault{Times: 1, DelayAnswer: 12 * time.Second}, 2, "accepted", []string{"Accepted by Tencent"}, []string{"no answer", "attempt 2"}},
	}
}

// lasting are those that no repetition mends: one call, and the sentence.
func lasting(config, gone, user, input string) []trouble {
	return []trouble{
		{"config", tencentd.Fault{Times: 1, Code: config}, 1, "failed", []string{"Tencent does not let Bouncer do this", config}, []string{config}},
		{"gone room", tencentd.Fault{Times: 1, Code: gone}, 1, "failed", []string{"Tencent doesn’t know", gone}, []string{gone, "request "}},
		{"gone user", tencentd.Fault{Times: 1, Code: user}, 1, "failed", []string{"this person is not there", user}, []string{user}},
		{"bad input", tencentd.Fault{Times: 1, Code: input}, 1, "failed", []string{"rejected the request", input}, []string{input}},
	}
}

// Every class of Tencent's errors on the cloud side: the card, the thread and
// the entries say what happened, and the number of calls is right.
func TestTencentTroublesCloud(t *testing.T) {
	t.Parallel()
	troubles(t, "SetUserBlocked", "mute room:10006 %s 10m", append(passes("InternalError", "RequestLimitExceeded"),
		lasting("AuthFailure.SignatureFailure", "FailedOperation.RoomNotExist", "FailedOperation.UserNotExist", "InvalidParameter")...),
		func(s *stage, user string) bool { return s.muted("10006", user) })
}

// The same on the v4 side.
func TestTencentTroublesV4(t *testing.T) {
	t.Parallel()
	troubles(t, "live_engine_http_srv/mute_member", "silence live:show1 %s 10m", append(passes("100001", "60011"),
		lasting("60010", "100004", "100005", "100002")...),
		func(s *stage, user string) bool { return s.silenced(user) })
}

func troubles(t *testing.T, api, command string, list []trouble, holds func(*stage, string) bool) {
	s := began(t, unlimited)
	for i, tr := range list {
		user := fmt.Sprintf("victim%d", i)
		require.NoError(t, s.tencent.Join(tencentd.KindRoom, "10006", user))
		before := s.called(api)
		require.NoError(t, s.tencent.Fail(api, tr.fault))
		s.say(mod, fmt.Sprintf(command, user))
		title := fmt.Sprintf("#%d ", i+1)
		card := s.message(live, append([]string{title, user}, tr.card...)...)
		s.thread(card, append([]string{title}, tr.thread...)...)
		require.Equal(t, tr.outcome == "accepted", holds(s, user), tr.name)
		require.Equal(t, tr.calls, s.called(api)-before, tr.name)
		if tr.outcome == "failed" { // the person who must act is mentioned once
			s.message(live, title, "<@"+mod+">")
		}
		s.message(auditRoom, title, user)
	}
	s.idle(patience)
	require.NoError(t, s.stop())
	require.Zero(t, s.pending())
	for i, tr := range list {
		require.Equal(t, 1, s.targets(storetest.Targets{Case: i + 1, Outcome: tr.outcome}), tr.name)
		require.Equal(t, tr.calls, s.entriesOf(i+1, moderation.EntryCall), tr.name)
		require.Equal(t, tr.calls, s.entriesOf(i+1, moderation.EntryAnswer), tr.name)
	}
	require.Contains(t, s.audit(), "the chain is intact")
}

// A UserSig that Tencent calls expired is renewed once, without any message;
// if the new one is refused too, the operator's clock is reported.
func TestUserSigRenewed(t *testing.T) {
	t.Parallel()
	const api = "live_engine_http_srv/mute_member"
	s := began(t, unlimited)
	require.NoError(t, s.tencent.Fail(api, tencentd.Fault{Times: 1, Code: "70001"}))
	s.say(mod, "silence live:show1 troll7 10m")
	s.message(live, "#1 ", "Accepted by Tencent")
	require.Equal(t, 2, s.called(api))
	require.True(t, s.silenced("troll7"))
	require.NoError(t, s.tencent.Fail(api, tencentd.Fault{Times: 2, Code: "70001"}))
	s.say(mod, "silence live:show1 alice 10m")
	s.message(live, "#2 ", "70001", "clock")
	require.Equal(t, 4, s.called(api))
	require.False(t, s.silenced("alice"))
}

// An event whose answers are lost is not repeated late: the outcome is
// unknown, the requester is mentioned, and "Try again" works, once.
func TestEventsAreNotRepeatedLate(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.asksNobody()
	s.start()
	s.connected(2)
	require.NoError(t, s.tencent.Fail("RemoveUser", tencentd.Fault{DropRequest: true}))
	require.NoError(t, s.tencent.Fail("DismissRoomByStrRoomId", tencentd.Fault{DropRequest: true}))
	s.say(mod, "kick room:1234 test1 flooding")
	s.await("the first case", patience, func() bool { return s.asked() == 1 })
	s.say(lead, "close strroom:lobby over")
	s.await("both unknown", time.Minute, func() bool { return s.outcomes(moderation.Unknown) == 2 })
	calls := s.tencent.Calls()
	seen := len(calls)
	for no, api := range map[int]string{1: "RemoveUser", 2: "DismissRoomByStrRoomId"} { // each from its own first try
		announced := s.callsFor(no)
		require.LessOrEqual(t, announced[len(announced)-1].At.Sub(announced[0].At), s.timing.EventRepeat, api)
		its := slices.DeleteFunc(slices.Clone(calls), func(c tencentd.Call) bool { return c.API != api })
		require.NotEmpty(t, its, api)
		// A retry may be delayed, as the machine may be busy.
		require.Less(t, its[len(its)-1].At.Sub(its[0].At), s.timing.EventRepeat+5*time.Second, api)
	}
	card := s.message(live, "#1 ", "may or may not have worked", "<@"+mod+">")
	closing := s.message(live, "#2 ", "may or may not have worked", "<@"+lead+">")
	require.Len(t, s.tencent.Calls(), seen, "repeated without anybody's wish")
	s.tencent.ClearFaults()
	s.press(mod, card, "Try again")
	s.message(live, "#1 ", "Accepted by Tencent")
	s.press(lead, closing, "Try again")
	s.message(live, "#2 ", "Accepted by Tencent")
	require.Len(t, s.tencent.Calls(), seen+2)
	room, ok := s.tencent.Room(tencentd.KindRoom, "1234")
	require.True(t, ok)
	require.NotContains(t, room.Users(), "test1")
	_, ok = s.tencent.Room(tencentd.KindStrRoom, "lobby")
	require.False(t, ok)
	s.click(mod, live, "case.again", "case.again/"+strings.Repeat("0", 32), nil) // a case that never was
	s.private(mod, "This button was not made by Bouncer")
	s.thread(card, "pressed “Try again”")
	require.NoError(t, s.stop())
	require.Contains(t, s.audit(), "the chain is intact")
}

// A call that returns late, after a newer case, changes nothing: mute late,
// then unmute, ends unmuted, and the desired state is sent once more.
func TestLateCallAfterNewerCase(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	hold := make(chan struct{})
	// The mute reaches Tencent and takes effect only when released; its
	// answer never comes.
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, HoldBefore: hold}))
	s.say(mod, "mute room:10006 alice 1h")
	s.await("the mute on its way", patience, func() bool { return s.called("SetUserBlocked") == 1 })
	s.say(mod, "unmute room:10006 alice")
	s.await("the unmute taken", patience, func() bool {
		return s.targets(storetest.Targets{Case: 2, Outcome: moderation.Accepted}) == 1
	})
	close(hold)
	s.await("the mute landed", patience, func() bool { return s.tencent.Counters().Open == 0 })
	s.await("the desired state is sent again", time.Minute, func() bool {
		return slices.ContainsFunc(s.callsFor(0), func(c storetest.Call) bool {
			return c.Purpose == moderation.PurposeResync && c.Class == moderation.VendorAccepted
		}) && !s.muted("10006", "alice")
	})
	s.idle(time.Minute)
	require.NoError(t, s.stop())
	m := s.member(tencentd.KindRoom, "10006", "alice")
	require.False(t, m.AudioBlocked || m.VideoBlocked)
	require.Equal(t, 1, s.targets(storetest.Targets{Case: 1, Outcome: moderation.Superseded}))
}

// A call whose answer is lost before a newer case comes is not repeated after
// it.
func TestLostCallBeforeNewerCase(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, DropAnswer: true}))
	s.say(mod, "mute room:10006 alice 1h")
	s.await("the mute landed", patience, func() bool { return s.muted("10006", "alice") })
	s.say(mod, "unmute room:10006 alice")
	s.await("unmuted", time.Minute, func() bool {
		return s.targets(storetest.Targets{Case: 2, Outcome: moderation.Accepted}) == 1
	})
	s.idle(time.Minute)
	require.NoError(t, s.stop())
	require.False(t, s.muted("10006", "alice"))
	require.Equal(t, 0, s.outcomes(moderation.Pending))
}

// A mute of a few seconds is lifted on time, a freeze too; a mute that a newer
// one has replaced is not lifted by the older end.
func TestShortTermsEnd(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "mute room:10006 alice 12s") // long enough for all of them to be muted at once
	s.say(mod, "mute room:10006 bob 12s")
	s.say(mod, "freeze live:show1 12s")
	frozen := func() bool { r, _ := s.tencent.Room(tencentd.KindLive, "show1"); return r.Frozen }
	s.await("all bound", patience, func() bool { return s.muted("10006", "alice") && s.muted("10006", "bob") && frozen() })
	s.say(mod, "mute room:10006 bob 1h")
	s.await("both ended", patience, func() bool { return !s.muted("10006", "alice") && !frozen() })
	s.await("written down", patience, func() bool {
		return s.lifted() == 2
	})
	s.message(live, "alice", "ended")
	s.await("the older end is over", patience, func() bool {
		return len(s.cases(storetest.Cases{Ended: "superseded"})) == 1
	})
	require.True(t, s.muted("10006", "bob"), "an older end lifted a newer mute")
	require.Equal(t, 4, s.called("SetUserBlocked")) // three mutes and one lift
}

// A lift that Tencent refuses is retried and reported as overdue, and is done
// when Tencent recovers.
func TestOverdueLift(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1})) // the mute, which nothing is wrong with
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Code: "InternalError"}))
	s.say(mod, "mute room:10006 alice 10s")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	s.message(auditRoom, "should have ended at", "InternalError")
	require.True(t, s.muted("10006", "alice"))
	s.tencent.ClearFaults()
	s.await("lifted", 2*patience, func() bool { return !s.muted("10006", "alice") })
	s.await("written down", patience, func() bool { return s.lifted() == 1 })
	s.idle(patience)
}

// A restart between mute and lift: the mute ends on time, also if its end
// came while the bot was down.
func TestLiftAfterRestart(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "mute room:10006 alice 10s")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") && s.outcomes(moderation.Accepted) == 1 })
	require.NoError(t, s.stop())
	due := s.caseNo(1).Until
	s.await("the end passes", patience, func() bool { return time.Now().After(due) })
	require.True(t, s.muted("10006", "alice"))
	s.start()
	s.await("lifted", patience, func() bool { return !s.muted("10006", "alice") })
	s.idle(patience)
	require.NoError(t, s.stop())
	require.Equal(t, 2, s.called("SetUserBlocked"))
	require.Equal(t, 1, s.entries(moderation.EntryLifted))
}

// Kicking 1,000 people, a hundred calls, some of which fail: the card counts,
// the thread has every outcome as CSV.
func TestBulk(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Cloud = -1 })
	s.asksNobody()
	s.env["TENCENT_QUOTA"] = "100%"
	users := make([]string, 1000)
	for i := range users {
		users[i] = fmt.Sprintf("u%d", i)
	}
	require.NoError(t, s.tencent.Join(tencentd.KindRoom, "1234", users...))
	require.NoError(t, s.tencent.Fail("RemoveUser", tencentd.Fault{Times: 3, Code: "FailedOperation.RoomNotExist", Message: "=cmd|' /C calc'!A0 <!channel>"}))
	s.start()
	s.say(mod, "kick room:1234 "+strings.Join(users, ",")+" raid")
	s.await("the end", time.Minute, func() bool { return s.in(moderation.Done) == 1 })
	card := s.message(live, "#1 ", "accepted 970", "failed 30", "1,000 people")
	s.await("the CSV in the thread", patience, func() bool { return len(s.slack.Files()) == 1 })
	file := string(s.slack.Files()[0].Content)
	require.Equal(t, 1001, strings.Count(file, "\r\n"))
	require.Equal(t, 970, strings.Count(file, ",accepted,"))
	require.Equal(t, 30, strings.Count(file, ",failed,"))
	require.NotRegexp(t, `(^|,|\n)"?[=+@]`, file, "a formula")
	require.Contains(t, s.slack.Files()[0].Channels, live)
	s.thread(card, "calls of RemoveUser")
	require.Equal(t, 100, s.called("RemoveUser"))
	room, _ := s.tencent.Room(tencentd.KindRoom, "1234")
	require.Len(t, room.Members, 32, "the 30 that failed and the two that were not meant")
	s.injected()
}
