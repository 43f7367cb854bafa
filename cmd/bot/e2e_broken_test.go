package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// Each test here plays one way in which a promise was once broken.

// A lift that comes due while its own action is still being retried must not
// delay the mutes and lifts of others.
func TestAWaitingLiftDelaysNoOthers(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.start()
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, HoldAnswer: hold}))
	s.say(mod, "mute room:10006 alice 6s") // its call must begin within five of them, and is abandoned after eight
	s.await("its end waits for its act", patience, func() bool {
		ends := s.jobs(storetest.Jobs{Queues: []moderation.Queue{moderation.QueueLift}, Open: true})
		return len(ends) == 1 && ends[0].RunAt.After(ends[0].Due)
	})
	s.say(mod, "mute room:10006 bob 1h")
	s.await("bob muted", patience, func() bool { return s.muted("10006", "bob") })
	require.True(t, s.muted("10006", "alice"), "her end should still wait here")
	close(hold)
	s.await("alice free", patience, func() bool { return !s.muted("10006", "alice") })
	s.idle(patience)
	require.NoError(t, s.stop())
	require.False(t, s.muted("10006", "alice"))
}

// A call without an answer may have taken effect: if a retry fails, its end
// must still come.
func TestAMuteWithoutAnAnswerIsLifted(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.start()
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, DropAnswer: true}))
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, Code: "AuthFailure.SecretIdNotFound"}))
	s.say(mod, "mute room:10006 alice 10s")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	s.await("lifted", patience, func() bool { return !s.muted("10006", "alice") })
	require.NoError(t, s.stop())
	require.Equal(t, 1, s.outcomes(moderation.Unknown))
}

// Killed under the call, and down until after the end.
func TestAMuteIsLiftedAfterALongAbsence(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.apart()
	s.start()
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, HoldAnswer: hold}))
	s.say(mod, "mute room:10006 alice 10s")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	s.kill()
	close(hold)
	end := s.caseNo(1).Until
	s.await("the end has come while the bot is away", patience, func() bool { return time.Now().After(end) })
	s.start()
	s.await("lifted", patience, func() bool { return !s.muted("10006", "alice") })
	require.NoError(t, s.stop())
}

// With a history scope a lost post is looked up; lines that came due
// meanwhile were not in it, and must still be posted.
func TestLinesThatCameAfterALostPostArePosted(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) {
		sc.Scopes = append(slackd.DefaultScopes(), "channels:history", "groups:history")
	})
	s.start()
	s.await("the first line", patience, func() bool { return len(s.slack.Messages(auditRoom)) > 0 })
	s.slack.Fail("chat.postMessage", slackd.Fault{Times: 1, DropAnswer: true})
	s.say(noRole, "mute room:10006 alice 1h")
	s.await("the lost post", patience, func() bool { return len(s.slack.Messages(auditRoom)) > 1 })
	s.say(mod, "ban live:show1 troll7 1h")
	s.await("the line of the case", patience, func() bool {
		for _, m := range s.slack.Messages(auditRoom) {
			if containsAll(m.Text, "#1", "troll7") {
				return true
			}
		}
		return false
	})
	require.NoError(t, s.stop())
}

// Cards and lines were posted one by one, and their answers were lost. They are due together when
// Slack is back, and none is posted a second time.
func TestLostAnswersDoubleNoMessage(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) {
		sc.Scopes = append(slackd.DefaultScopes(), "channels:history", "groups:history")
	})
	s.start()
	s.say(mod, "help")
	s.idle(patience)
	s.posted()
	s.slack.Fail("chat.postMessage", slackd.Fault{DropAnswer: true})
	s.slack.Fail("conversations.history", slackd.Fault{Status: 500})
	for i := range 5 {
		s.say(mod, fmt.Sprintf("silence live:show1 p%d 1h", i))
	}
	began := time.Now()
	cards := func() int { return len(s.slack.Messages(live)) }
	// A card whose lease ended first is looked up before it is posted, and the others wait for it.
	s.await("a lost card", patience, func() bool { return cards() >= 1 })
	s.await("so far behind that cards fold", patience, func() bool { return time.Since(began) > 7*time.Second })
	s.say(mod, "silence live:show1 p5 1h") // its card was not lost
	s.idle(patience)
	s.slack.Heal("")
	s.idle(patience)
	s.posted()
	for i := range 6 {
		no := fmt.Sprintf("#%d ", i+1)
		require.Equal(t, 1, holding(s.slack.Messages(live), no), "card %s", no)
		require.Equal(t, 1, holding(s.slack.Messages(auditRoom), no), "line %s", no)
	}
	require.NoError(t, s.stop())
}

// A failed first start leaves a file behind; the next one still announces a
// new database.
func TestTheFirstWorkingStartAnnouncesTheDatabase(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	good := s.env["SLACK_BOT_TOKEN"]
	s.env["SLACK_BOT_TOKEN"] = "xoxb-wrong"
	require.Error(t, s.command("run").Run())
	s.env["SLACK_BOT_TOKEN"] = good
	s.start()
	s.await("the line", patience, func() bool {
		for _, m := range s.slack.Messages(auditRoom) {
			if containsAll(m.Text, "no earlier cases") {
				return true
			}
		}
		return false
	})
	require.NoError(t, s.stop())
}

// A card that an admin deleted is posted again while its thread continues.
func TestADeletedCardComesBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.start()
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, HoldBefore: hold, Code: "InternalError"}))
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 3, Code: "InternalError"}))
	s.say(mod, "mute room:10006 alice 1h")
	s.await("the card", patience, func() bool { return len(s.slack.Messages(live)) > 0 })
	first := s.slack.Messages(live)[0].TS
	s.remove(live, first)
	close(hold) // the next thread message comes after it is gone
	s.await("a new card", patience, func() bool {
		for _, m := range s.slack.Messages(live) {
			if m.TS != first && !m.Deleted && containsAll(m.Text, "#1", "alice") {
				return true
			}
		}
		return false
	})
	s.idle(patience)
	require.NoError(t, s.stop())
}

func containsAll(text string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// remove deletes a message as an admin would, with the bot's own right to it.
func (s *stage) remove(channel, ts string) {
	s.tb.Helper()
	api := slack.New(s.slack.BotToken(), slack.OptionAPIURL(s.slack.URL()))
	_, _, err := api.DeleteMessageContext(s.tb.Context(), channel, ts)
	require.NoError(s.tb, err)
}
