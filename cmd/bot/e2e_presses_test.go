package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// late returns a stage with two commands of mod that were acknowledged
// minutes ago and have not begun: #1 mutes alice and #2 mutes bob, each with
// its card in a channel of its own. The bot was killed before it had
// identified the author, and its database is set back in time.
func late(t *testing.T) (s *stage, first, second slackd.Message) {
	t.Helper()
	s = newStage(t, unlimited)
	s.apart()
	s.begin()
	s.slack.Fail("users.info", slackd.Fault{Delay: time.Minute})
	s.sayIn(mod, live, "mute room:10006 alice 10m")
	s.sayIn(mod, cas, "mute room:10006 bob 10m")
	s.kill()
	s.slack.Heal("users.info")
	require.Equal(t, 2, s.countJobs(storetest.Jobs{Kind: "command", Open: true}))
	back := 2*time.Minute + 30*time.Second
	storetest.AgeCommands(t, s.env["DATABASE_URL"], back)
	s.start()
	s.connected(2)
	first = s.message(live, "Not started", "alice", "<@"+mod+">: should it still run?")
	second = s.message(cas, "Not started", "bob", "<@"+mod+">: should it still run?")
	require.Zero(t, s.called("SetUserBlocked"), "it ran late without a question")
	return s, first, second
}

// An action that has not begun two minutes after its ack asks its requester
// again: Run it now runs it, with its whole duration from now on, Drop it
// drops it for good.
func TestALateActionAsksAgain(t *testing.T) {
	t.Parallel()
	s, first, second := late(t)
	s.press(mod, second, "Don’t run it")
	s.message(cas, "bob", "not sent")
	s.press(mod, first, "Run it now")
	s.message(live, "alice", "Accepted by Tencent")
	s.thread(first, "pressed “Run it now”")
	s.thread(second, "pressed “Don’t run it”")
	s.idle(patience)
	require.True(t, s.muted("10006", "alice"))
	require.False(t, s.muted("10006", "bob"))
	require.Equal(t, 1, s.called("SetUserBlocked"))
	require.NoError(t, s.stop())
	for user, outcome := range map[string]moderation.Outcome{"alice": moderation.Accepted, "bob": moderation.Dropped} {
		require.Equal(t, 1, s.targets(storetest.Targets{ID: user, Outcome: outcome}), user)
	}
	muted := s.caseNo(1)
	if !strings.Contains(muted.Typed, "alice") {
		muted = s.caseNo(2)
	}
	require.GreaterOrEqual(t, muted.Until.Sub(muted.AskedAt), 12*time.Minute,
		"the minutes in which it waited were taken off the mute")
}

// Only the requester can answer the question; another moderator is refused
// with a sentence and an entry.
func TestOnlyTheRequesterAnswersTheLateQuestion(t *testing.T) {
	t.Parallel()
	s, first, second := late(t)
	refusals := func() int { return s.refusals(lead, moderation.RefuseNotYours) }
	s.press(lead, first, "Run it now")
	s.private(lead, "Only the person who typed the command can press this. Nothing was done.")
	s.await("an entry", patience, func() bool { return refusals() == 1 })
	s.message(auditRoom, "another person’s button")
	s.press(lead, second, "Don’t run it")
	s.await("an entry", patience, func() bool { return refusals() == 2 })
	s.idle(patience)
	require.Equal(t, 2, s.in(moderation.AwaitingConfirmation))
	require.Zero(t, s.called("SetUserBlocked"))
	s.press(mod, first, "Run it now") // the question is still open
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
}

// The person who presses Try again is authorized before the call, not the
// original requester: here the role is lost between the click and the call.
func TestTryAgainIsAuthorizedBeforeTheCall(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	card := s.unknownKick()
	before := s.called("RemoveUser")
	// The first call of the new round fails in passing; the role is lost before the second.
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("RemoveUser", tencentd.Fault{Times: 1, HoldBefore: hold, Code: "InternalError"}))
	s.press(lead, card, "Try again")
	s.await("the call", patience, func() bool { return s.called("RemoveUser") == before+1 })
	require.NoError(t, s.slack.SetGroupMembers("S2LEADS", noRole))
	s.await("the event read", patience, func() bool {
		d := s.slack.Deliveries()
		return len(d) > 0 && d[len(d)-1].Type == "events_api" && d[len(d)-1].Acked
	})
	close(hold)
	s.await("ended", patience, func() bool { return s.in(moderation.Done) == 1 })
	s.idle(patience)
	require.Equal(t, before+1, s.called("RemoveUser"), "the call was made for a person without the right")
	room, ok := s.tencent.Room(tencentd.KindRoom, "1234")
	require.True(t, ok)
	require.Contains(t, room.Users(), "test1")
	require.NotZero(t, s.coded(moderation.EntryDropped, moderation.CodeRightLost, ""))
}
