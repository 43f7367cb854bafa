package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store"
)

// timed is a policy in which a close waits for a lead, and later for a manager.
const timed = `roles:
  leads: [S2LEADS]
  managers: [U07ANA]
  moderators: [S1MODS, leads]
approvers: [leads]
approval_ttl: 8s
remind_after: 1s
escalate_after: 2s
rules:
  - {name: ends, roles: [moderators], verbs: [close], approvals: 1, escalate_to: [managers]}
  - {name: raid, roles: [moderators], verbs: [silence], approvals: 1, act_now: 8s, approval_ttl: 10m, remind_after: 2m}
`

// calls counts the notifications of a person by messages with a text.
func (s *stage) calls(user, part string) int {
	n := 0
	for _, x := range s.slack.Notifications(user) {
		n += btoi(shows(x.Message, part))
	}
	return n
}

// Approvers are mentioned once and reminded once; then the next group is
// asked and may decide. At the end the card loses its buttons and the
// requester is notified. Each step is an entry.
func TestARequestExpires(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.policy(timed)
	s.begin()
	card := s.request(mod, "close strroom:lobby over")
	s.await("the leads called", patience, func() bool { return s.calls(lead2, "please decide about #1") == 1 })
	s.press(noRole, card, "Approve")
	s.private(noRole, "You can’t decide about #1. @leads can")
	s.await("reminded", patience, func() bool { return s.calls(lead2, "#1 still needs a decision") == 1 })
	s.await("the next group called", patience, func() bool { return s.calls(noRole, "#1 still needs a decision") == 1 })
	over := s.message(live, "#1 ", "Nobody decided by")
	require.Equal(t, card.TS, over.TS)
	for _, label := range []string{"Approve", "Deny…", "Withdraw", "Break glass…"} {
		_, action, _ := button(over, label)
		require.Empty(t, action, label)
	}
	s.thread(over, "Reminded @leads", "Also asked @managers", "Nobody decided in time. Nothing was done")
	s.await("the requester called", patience, func() bool { return s.calls(mod, "#1 was not approved, so nothing was done") == 1 })
	s.message(auditRoom, "#1 close", "nobody decided in time, nothing done")
	s.stale(lead, card, "Approve")
	s.private(lead, "#1 expired, ", "nobody decided in time. Nothing was done. Type the command again")
	s.idle(patience)
	for _, who := range []string{lead, lead2, lead3} {
		require.Equal(t, 1, s.calls(who, "please decide about #1"), "called once")
		require.Equal(t, 1, s.calls(who, "#1 still needs a decision"), "reminded once")
	}
	require.Equal(t, 1, s.calls(noRole, "#1"))
	for kind, n := range map[moderation.EntryKind]int{
		moderation.EntryReminded: 1, moderation.EntryEscalated: 1, moderation.EntryExpired: 1, moderation.EntryApproved: 0,
	} {
		require.Equal(t, n, s.entries(kind), kind)
	}
	require.Zero(t, s.called("DismissRoomByStrRoomId"))
	require.NoError(t, s.stop())
	require.Contains(t, s.audit(), "the chain is intact")
}

// The next group can decide.
func TestTheNextGroupDecides(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.policy(timed)
	s.begin()
	card := s.request(mod, "close strroom:lobby over")
	s.await("the next group asked", patience, func() bool { return s.entries(moderation.EntryEscalated) == 1 })
	s.stale(noRole, card, "Approve") // its update may be on its way
	s.message(live, "#1 ", "approved by", noRole, "Accepted by Tencent")
	require.Equal(t, 1, s.called("DismissRoomByStrRoomId"))
}

// After a restart an overdue request ends at once, and another one continues:
// its time counts from the request.
func TestARequestExpiresDuringDowntime(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.policy(timed)
	s.begin()
	card := s.request(mod, "close strroom:lobby over")
	require.NoError(t, s.stop())
	ends := time.Now().Add(8 * time.Second)
	s.await("its time over while no bot runs", patience, func() bool { return time.Now().After(ends) })
	s.begin()
	s.message(live, "#1 ", "Nobody decided by")
	s.stale(lead, card, "Approve")
	s.private(lead, "#1 expired, ")
	s.idle(patience)
	require.Equal(t, 1, s.entries(moderation.EntryExpired))
	require.Zero(t, s.called("DismissRoomByStrRoomId"))
}

// Act now: sixty people are silenced at once for a short time. An approval
// makes it last; without one it ends by itself.
func TestActNow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		decide func(s *stage, card slackd.Message)
		lasts  bool
	}{
		"approved": {func(s *stage, card slackd.Message) {
			s.press(lead, card, "Review and approve…")
			v := s.modal(lead, "Approve #1", "u0", "u59", "60 people", "raid")
			s.submit(lead, v)
			s.message(live, "#1 ", "approved by", "Accepted by Tencent")
		}, true},
		"denied": {func(s *stage, card slackd.Message) {
			s.press(lead, card, "Deny…")
			s.submit(lead, s.modal(lead, "Why not?"), withReason("they were singing"))
			s.message(live, "#1 ", "Denied by", "they were singing")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withLeads(t)
			s.policy(timed)
			s.begin()
			s.say(mod, "silence live:show1 "+several("u", 0, 60)+" 1h raid")
			s.await("silenced at once", patience, func() bool { return s.outcomes(moderation.Accepted) == 60 })
			card := s.readable(1)
			s.message(live, "#2 ", "applies at once, before #1 is approved", "Accepted by Tencent")
			c.decide(s, card)
			ends := time.Now().Add(9 * time.Second)
			if !c.lasts {
				s.await("ended by itself", patience, func() bool { return !s.silenced("u0") && !s.silenced("u59") })
				return
			}
			s.await("its short time over", patience, func() bool { return time.Now().After(ends) })
			r, _ := s.tencent.Room(tencentd.KindLive, "show1")
			require.Len(t, r.Silenced, 60)
			for _, term := range r.Silenced {
				require.WithinDuration(t, time.Now().Add(time.Hour), term.Until, time.Minute, term.User)
			}
			inForce := kept(s, func(st *store.Store, ctx context.Context) ([]moderation.RestrictionInForce, error) {
				return st.RestrictionsInForce(ctx, moderation.Room{Kind: moderation.KindLive, ID: "show1"})
			})
			require.Len(t, inForce, 60)
			for _, r := range inForce {
				require.EqualValues(t, 1, r.Case)
			}
		})
	}
}
