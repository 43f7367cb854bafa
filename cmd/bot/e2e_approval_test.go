package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// With only the two lists: closing, long bans, bans of more than five people,
// and more than fifty of anything else need an approver, counted across
// commands; anything less runs at once.
func TestWhatNeedsAnApprover(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before []string // runs at once
		ask    string
		why    string
	}{
		"close":            {ask: "close strroom:lobby over", why: "close always needs approval here"},
		"a long ban":       {before: []string{"ban live:show1 troll7 7d"}, ask: "ban live:show1 alice 8d", why: "up to 7 days needs no approval"},
		"six bans":         {before: []string{"ban live:show1 " + several("u", 0, 5) + " 1d"}, ask: "ban live:show1 u5 1d", why: "acts on 6 people in 10 minutes; up to 5"},
		"six at once":      {ask: "unban live:show1 " + several("u", 0, 6), why: "acts on 6 people in 10 minutes; up to 5"},
		"fifty-one kicks":  {before: []string{"kick room:1234 " + several("u", 0, 50)}, ask: "kick room:1234 u50", why: "acts on 51 people in 10 minutes; up to 50"},
		"mute then kick":   {before: []string{"silence live:show1 " + several("u", 0, 25) + " 1h", "kick room:1234 " + several("u", 25, 50)}, ask: "kick room:1234 u50", why: "acts on 51 people in 10 minutes; up to 50"},
		"the opposite too": {before: []string{"silence live:show1 " + several("u", 0, 50) + " 1h"}, ask: "unsilence live:show1 " + several("v", 0, 1), why: "acts on 51 people in 10 minutes; up to 50"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withLeads(t)
			s.begin()
			for i, text := range c.before {
				s.say(mod, text)
				s.await("run at once: "+text, patience, func() bool { return s.in(moderation.Done) == i+1 })
				s.message(live, fmt.Sprintf("#%d ", i+1)) // cards that wait together fold into a list: the request is to have its own
			}
			require.Zero(t, s.rows(storetest.ApprovalRequests))
			card := s.request(mod, c.ask)
			require.True(t, shows(card, c.why, "needs 1 approval from @approvers"), shownIn(card))
			s.press(lead, card, approving(card))
			if v, modal := s.reading(lead, card, len(c.before)+1); modal {
				s.submit(lead, v)
			}
			s.await("all done", patience, func() bool { return s.pending() == 0 })
			require.Equal(t, 1, s.entries(moderation.EntryApproved))
		})
	}
}

// several lists users by number.
func several(prefix string, from, to int) string {
	var ids []string
	for i := from; i < to; i++ {
		ids = append(ids, fmt.Sprintf("%s%d", prefix, i))
	}
	return strings.Join(ids, ",")
}

// approving is the label of the button that approves a card.
func approving(card slackd.Message) string {
	if _, action, _ := button(card, "Approve"); action != "" {
		return "Approve"
	}
	return "Review and approve…"
}

// reading returns the modal that shows a card's case before approval.
func (s *stage) reading(user string, card slackd.Message, no int) (slackd.View, bool) {
	s.tb.Helper()
	if approving(card) == "Approve" {
		return slackd.View{}, false
	}
	return s.modal(user, fmt.Sprintf("Approve #%d", no)), true
}

// Without approvers a warning is logged at start, and what needs one is
// refused.
func TestNoApprovers(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	delete(s.env, "APPROVERS")
	s.begin()
	require.Contains(t, s.proc.log.String(), "APPROVERS")
	s.say(mod, "close strroom:lobby over")
	s.private(mod, "This needs approval, and nobody else could approve it. Nothing was done.")
	s.message(auditRoom, "no approver is set up")
	s.refused(mod, "refuse-no-approvers")
	require.Zero(t, s.asked())
}

// The card names the approvers, a dialog repeats what will run, and
// afterwards card, thread and both people show it.
func TestAnApprovalFromTheCard(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	card := s.request(mod, "ban live:show1 troll7 30d selling accounts")
	_, held := s.banned("troll7")
	require.False(t, held)
	require.Zero(t, s.called("live_engine_http_srv/ban_member"))
	d := s.press(lead, card, "Approve")
	for _, part := range []string{"troll7", "30 d", "live:show1", "selling accounts"} {
		require.Contains(t, string(d.Confirm), part, "the dialog repeats what runs")
	}
	done := s.message(live, "#1 ", "approved by", "U07RAJ", "Accepted by Tencent")
	require.Equal(t, card.TS, done.TS)
	for _, label := range []string{"Approve", "Deny…", "Withdraw", "Break glass…"} {
		_, action, _ := button(done, label)
		require.Empty(t, action, label)
	}
	s.private(lead, "You approved #1. It runs now")
	s.thread(done, "approved, 1 of 1. The case runs", "ban_member")
	s.message(auditRoom, "#1 ban", "troll7")
	until, held := s.banned("troll7")
	require.True(t, held)
	require.WithinDuration(t, time.Now().Add(30*24*time.Hour), until, time.Minute)
	require.Equal(t, 1, s.called("live_engine_http_srv/ban_member"))
	s.idle(patience)
	require.NoError(t, s.stop())
	require.Contains(t, s.audit(), "the chain is intact")
}

// A card that showed another reason or length does not approve the changed
// case.
func TestAChangedCaseCannotBeApproved(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	card := s.request(mod, "close strroom:lobby over")
	s.say(mod, "reason 1 they asked for it")
	now := s.message(live, "#1 ", "they asked for it", "Approve")
	s.stale(lead, card, "Approve")
	s.private(lead, "#1 changed after you saw it, so your click did not count.")
	s.message(auditRoom, "the case had changed")
	s.refused(lead, "refuse-changed")
	require.Zero(t, s.called("DismissRoomByStrRoomId"))
	s.press(lead, now, "Approve")
	s.message(live, "#1 ", "approved by", "Accepted by Tencent")
}

// Nothing that waits is lost by a restart, and its old card works.
func TestCardsFromBeforeARestart(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	approve := s.request(mod, "ban live:show1 troll7 30d one")
	deny := s.request(mod, "ban live:show1 alice 30d two")
	withdraw := s.request(mod, "ban live:show1 carol 30d three")
	require.NoError(t, s.stop())
	s.begin()
	s.stale(lead, approve, "Approve")
	s.message(live, "#1 ", "approved by", "Accepted by Tencent")
	s.stale(lead2, deny, "Deny…")
	s.submit(lead2, s.modal(lead2, "Why not?", "alice"), withReason("no proof"))
	s.message(live, "#2 ", "Denied by", "no proof")
	s.stale(mod, withdraw, "Withdraw")
	s.message(live, "#3 ", "Withdrawn by")
	s.stale(lead2, approve, "Approve") // and again, when all is decided
	s.private(lead2, "#1 was already approved by", "U07RAJ", "Your click changed nothing.")
	s.stale(lead, deny, "Approve")
	s.private(lead, "#2 was already denied by", "U07LIN", "no proof")
	s.stale(lead, withdraw, "Approve")
	s.private(lead, "#3 was already withdrawn by", "U07SAM")
	s.idle(patience)
	require.Equal(t, 1, s.called("live_engine_http_srv/ban_member"))
}

// The process ends between the approval and the run: after the restart it runs,
// once.
func TestKilledBetweenApprovalAndRun(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.apart()
	s.begin()
	card := s.request(mod, "ban live:show1 troll7 30d")
	s.message(live, "#1 ", "people inside") // the first lookup of the room is done
	look, rights := make(chan struct{}), make(chan struct{})
	require.NoError(t, s.tencent.Fail("live_engine_http_srv/get_room_info", tencentd.Fault{Times: 1, HoldAnswer: look}))
	looks := s.called("live_engine_http_srv/get_room_info")
	s.press(lead, card, "Approve")
	s.await("the look before the approval", patience, func() bool { return s.called("live_engine_http_srv/get_room_info") > looks })
	// The lead's rights were read. The requester's are read again before the
	// call, and that is blocked here.
	s.slack.Fail("users.info", slackd.Fault{Hold: rights})
	u, _ := s.slack.User(mod)
	u.RealName = "Sam Weber-Lang"
	s.slack.SetUser(u)
	s.await("the event read", patience, func() bool {
		list := s.slack.Deliveries()
		return len(list) > 0 && list[len(list)-1].Type == "events_api" && list[len(list)-1].Acked
	})
	close(look)
	s.await("approved", patience, func() bool { return s.entries(moderation.EntryApproved) == 1 })
	s.kill()
	require.Zero(t, s.called("live_engine_http_srv/ban_member"))
	s.slack.Heal("users.info")
	close(rights)
	s.begin()
	s.message(live, "#1 ", "approved by", "Accepted by Tencent")
	s.idle(patience)
	require.Equal(t, 1, s.called("live_engine_http_srv/ban_member"))
	require.Equal(t, 1, s.entries(moderation.EntryApproved))
	_, held := s.banned("troll7")
	require.True(t, held)
}
