package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// Two approvers press at the same moment, many times: the case runs once, and
// both get an answer.
func TestTwoApproversAtOnce(t *testing.T) {
	t.Parallel()
	times := soak(40, 200)
	s := withLeads(t, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1 })
	s.env["TENCENT_QUOTA"] = "100%"
	s.begin()
	card := s.request(mod, "ban live:show1 pair1 30d")
	_, _, value := button(card, "Approve")
	require.Equal(t, value, s.approveValue(1, "pair1"), "what a card's button carries")
	for no := 2; no <= times+1; no++ { // one after the other, so that each has its number
		s.say(mod, fmt.Sprintf("ban live:show1 pair%d 30d", no))
		s.await("waiting", patience, func() bool { return s.in(moderation.AwaitingApproval) == no })
	}
	for no := 2; no <= times+1; no++ {
		value := s.approveValue(no, fmt.Sprintf("pair%d", no)) // cards come one a second: the first, which still waits, is used for all
		var both sync.WaitGroup
		for _, who := range []string{lead, lead2} {
			both.Go(func() { s.pressAs(who, card, "Approve", value) })
		}
		both.Wait()
	}
	// The answers to the requesters go out at Slack's pace, and are not
	// awaited.
	s.await("all decided and run", patience, func() bool {
		return s.countJobs(storetest.Jobs{Open: true, Queues: []moderation.Queue{moderation.QueueCommand, moderation.QueueCall, moderation.QueueBulk}}) == 0
	})
	require.Equal(t, times, s.called("live_engine_http_srv/ban_member"))
	require.Equal(t, times, s.entries(moderation.EntryApproved))
	require.Equal(t, times, s.rows(storetest.Approvals))
	require.Equal(t, times, len(s.cases(storetest.Cases{State: moderation.Done, Approval: moderation.ApprovalApproved})))
	room, _ := s.tencent.Room(tencentd.KindLive, "show1")
	require.Len(t, room.Banned, times)
	read := map[string]string{}
	s.await("both read what came of each", patience, func() bool {
		answers := 0
		for _, who := range []string{lead, lead2} {
			list := s.slack.Ephemerals(who, "")
			var all strings.Builder
			for _, m := range list {
				all.WriteString(shownIn(m) + "\n")
			}
			read[who] = all.String()
			answers += holding(list, "You approved #") + holding(list, " was already approved by")
		}
		return answers >= 2*times
	})
	for no := 2; no <= times+1; no++ {
		won, late := fmt.Sprintf("You approved #%d. It runs now", no), fmt.Sprintf("#%d was already approved by", no)
		first := strings.Contains(read[lead], won)
		require.True(t, first != strings.Contains(read[lead2], won), "who approved #%d", no)
		require.Equal(t, !first, strings.Contains(read[lead], late), "what the first read of #%d", no)
		require.Equal(t, first, strings.Contains(read[lead2], late), "what the second read of #%d", no)
	}
}

// approveValue is what the button Approve of a thirty-day ban carries.
func (s *stage) approveValue(no int, user string) string {
	s.tb.Helper()
	c := moderation.Case{No: int64(no), Action: moderation.Action{
		Verb: moderation.Ban, Room: moderation.Room{Kind: moderation.KindLive, ID: "show1"}, Targets: []string{user}, Duration: 30 * 24 * time.Hour,
	}}
	c.Token = s.token(no)
	return commands.Step{Kind: commands.StepCase, ID: c.Token, Step: commands.StepApprove, Digest: c.ContentDigest()}.Value()
}

// pressAs presses a button of a message with another value, from a goroutine
// of its own.
func (s *stage) pressAs(user string, m slackd.Message, label, value string) {
	block, action, _ := button(m, label)
	d, err := s.slack.ForgePress(context.Background(), user, slackd.Ref{Channel: m.Channel, TS: m.TS}, block, action, value)
	if err != nil || !d.Acked {
		s.tb.Errorf("%s: %v %s", user, err, d.Failure)
	}
}

// waitingMany creates many waiting requests and returns the first one's card.
// The bot has ended then.
func waitingMany(s *stage, many int) slackd.Message {
	s.tb.Helper()
	s.env["PEOPLE_LIMIT"] = "off"
	s.policy(`roles:
  leads: [S2LEADS]
  moderators: [S1MODS, leads]
approvers: [leads]
approval_ttl: 1h
remind_after: 50m
rules:
  - {name: two-people, roles: [moderators], verbs: [all], approvals: 1}
`)
	s.begin()
	first := s.request(mod, "kick room:1234 crowd1")
	require.NoError(s.tb, s.stop())
	// A separate program creates the others: asking Slack about each would
	// take a minute.
	out, err := exec.CommandContext(s.tb.Context(), built(s.tb, "./testdata/waiting"), s.env["DATABASE_URL"], fmt.Sprint(stageApp), fmt.Sprint(many)).CombinedOutput()
	require.NoError(s.tb, err, string(out))
	require.Equal(s.tb, many, s.in(moderation.AwaitingApproval))
	return first
}

// Many requests (ten thousand in make soak) wait through a restart: the bot
// is ready soon, and cards from before work like new ones.
func TestManyRequestsThroughARestart(t *testing.T) {
	t.Parallel()
	many := soak(1_000, 10_000)
	s := withLeads(t)
	first := waitingMany(s, many)
	began := time.Now()
	s.start()
	t.Logf("ready after %s", time.Since(began))
	s.connected(2)
	s.stale(lead, first, "Approve")
	s.await("the first one run", patience, func() bool { return s.called("RemoveUser") == 1 })
	for i, no := range []int{2, many / 2, many} {
		s.say(lead, fmt.Sprintf("case %d", no))
		shown := s.private(lead, fmt.Sprintf("#%d ", no), "Deny…")
		s.press(lead, shown, approving(shown))
		if v, modal := s.reading(lead, shown, no); modal {
			s.submit(lead, v)
		}
		s.await("a later one run", patience, func() bool { return s.called("RemoveUser") == i+2 })
		require.Equal(t, moderation.ApprovalApproved, s.caseNo(no).Approval.State)
	}
	require.Equal(t, many-4, s.in(moderation.AwaitingApproval))
}

// BenchmarkSpeedStartWaiting: from exec to ready with ten thousand requests
// that wait.
func BenchmarkSpeedStartWaiting(b *testing.B) {
	for range b.N {
		s := withLeads(b)
		s.shipped()
		s.env["LOG_LEVEL"] = "warn"
		waitingMany(s, 10_000)
		began := time.Now()
		s.start()
		b.ReportMetric(ms(time.Since(began)), "start-ms")
		s.kill()
	}
}
