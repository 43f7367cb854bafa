package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// Sixty private answers at once and no response_url for any: they wait for
// their turns, and all of them arrive.
func TestPrivateAnswersWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	const answers = 60
	s := began(t, unlimited)
	for i := range answers {
		d, err := s.slack.ForgeCommand(t.Context(), mod, live, fmt.Sprintf("case %d", 100+i), map[string]any{"response_url": nil})
		require.NoError(t, err)
		require.True(t, d.Acked)
	}
	s.await("all answers", 2*patience, func() bool { return len(s.slack.Calls("chat.postEphemeral")) >= answers })
	s.idle(patience)
	var all strings.Builder
	for _, m := range s.slack.Ephemerals(mod, live) {
		all.WriteString(shownIn(m) + "\n")
	}
	for i := range answers {
		require.Contains(t, all.String(), fmt.Sprintf("There is no case #%d.", 100+i))
	}
	require.Len(t, s.slack.Calls("chat.postEphemeral"), answers)
	require.Equal(t, "0", s.metric("bouncer_answers_abandoned_total"))
	require.Equal(t, "0", s.metric("bouncer_rejected_reply_urls_total"), "none is not a foreign one")
}

// An answer that waited long for the card it links to has lost none of its
// tries: the response_url that fails then, and Slack that fails then, do not
// end it.
func TestALinkThatWaitedForItsCardArrives(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.env["CHANNELS"] = "C0RANDOM" // where the bot is not a member: the card goes to CASE_CHANNEL
	s.start()
	s.message(auditRoom, "no earlier cases")
	s.posted()
	// Its call is delayed until the card got the 429, so that no audit line
	// gets it.
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("live_engine_http_srv/mute_member", tencentd.Fault{Times: 1, HoldAnswer: hold}))
	s.slack.Fail("chat.postMessage", slackd.Fault{Times: 1, Status: 429, RetryAfter: 8 * time.Second})
	s.sayIn(mod, "C0RANDOM", "silence live:show1 troll7 10m")
	s.private(mod, "#1") // that it was asked
	s.await("the card put off", patience, func() bool { return s.metric(`bouncer_post_faults_total{kind="card"}`) == "1" })
	close(hold)
	s.slack.Fail("response_url", slackd.Fault{Status: 500})
	s.slack.Fail("conversations.open", slackd.Fault{Times: 2, Status: 503})
	s.message(cas, "#1 ", "troll7")
	s.private(mod, "The card of #1 is in", "C0CASES", "the bot is not a member of the channel")
	s.idle(patience)
	require.Equal(t, "0", s.metric("bouncer_answers_abandoned_total"))
}
