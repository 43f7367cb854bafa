package main

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// If the bot cannot post, the card goes to CASE_CHANNEL together with its
// thread, and the requester learns where it is.
func TestCardsOfChannelsThatTakeNoMessage(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.env["CHANNELS"] = "C0LIVE,C0NEWS,C0RANDOM"
	s.start()
	s.message(auditRoom, "no earlier cases")
	s.posted()
	elsewhere := func(no int, user, where string) {
		t.Helper()
		title := fmt.Sprintf("#%d ", no)
		s.message(cas, title, user, "Accepted by Tencent")
		s.thread(s.message(cas, title), title, "accepted after")
		s.private(lead, fmt.Sprintf("The card of #%d is in <#%s>", no, cas))
		s.message(auditRoom, title, user)
		require.Zero(t, holding(s.slack.Messages(where), title))
		s.idle(patience)
		s.posted()
	}
	// Slack refuses the first post of a case, its card: the call is delayed
	// until then, and nothing else is due.
	codes := []string{"not_in_channel", "is_archived", "restricted_action"}
	for i, code := range codes {
		user := fmt.Sprintf("quiet%d", i)
		hold := make(chan struct{})
		require.NoError(t, s.tencent.Fail("live_engine_http_srv/mute_member", tencentd.Fault{Times: 1, HoldAnswer: hold}))
		s.slack.Fail("chat.postMessage", slackd.Fault{Times: 1, Error: code})
		s.say(lead, "silence live:show1 "+user+" 10m")
		s.await(code+" counted", patience, func() bool { return s.metric("bouncer_cards_moved_total") == strconv.Itoa(i+1) })
		close(hold)
		elsewhere(i+1, user, live)
	}
	// A channel in which only admins post, refused by Slack of itself.
	s.sayIn(lead, "C0NEWS", "silence live:show1 alice 10m")
	elsewhere(4, "alice", "C0NEWS")
	require.Equal(t, "4", s.metric("bouncer_cards_moved_total"))
	// A channel without the bot: no attempt is made.
	s.sayIn(lead, "C0RANDOM", "silence live:show1 troll7 10m")
	elsewhere(5, "troll7", "C0RANDOM")
	require.Equal(t, "4", s.metric("bouncer_cards_moved_total"))
	for _, c := range s.slack.Calls("chat.postMessage") {
		require.NotEqual(t, "C0RANDOM", c.Args["channel"])
	}
}

// A channel that becomes shared after the card was posted gets nothing more
// of the case: card and audit thread continue in the case channel, complete.
func TestAThreadThatCannotBePostedTakesItsCardAlong(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("live_engine_http_srv/mute_member", tencentd.Fault{Times: 1, HoldAnswer: hold}))
	s.say(mod, "silence live:show1 troll7 10m")
	s.message(live, "#1 ", "troll7")
	c, _ := s.slack.Channel(live)
	c.ExtShared = true
	s.slack.SetChannel(c)
	s.await("the event read", patience, func() bool {
		n := s.slack.Deliveries()
		return len(n) > 0 && n[len(n)-1].Acked
	})
	before := len(s.slack.Messages(live))
	close(hold)
	card := s.message(cas, "#1 ", "troll7", "Accepted by Tencent")
	s.thread(card, "silence live:show1 troll7 10m", "accepted after")
	s.private(mod, "#1 ", "C0CASES")
	require.Len(t, s.slack.Messages(live), before)
	s.posted()
}
