package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/tencentd"
)

// Everyone who may not decide gets the reason in a sentence of its own, and
// an entry; the case still waits.
func TestRefusedDecisions(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	require.NoError(t, s.slack.SetGroupMembers("S2LEADS", lead, lead2, lead3, leadAgain))
	s.begin()
	card := s.request(lead, "close live:test over")
	_, action, value := button(card, "Approve")
	gone := map[string]any{"team": map[string]any{"id": "T9OTHER", "domain": "other"}, "user": map[string]any{"id": outsider, "team_id": "T9OTHER"}}
	for _, c := range []struct {
		who            string
		code           moderation.Code
		sentence, line string
		do             func()
	}{
		{lead, "refuse-own-case", "You can’t decide about your own case #1. @approvers can", "own case", func() { s.press(lead, card, "Approve") }},
		{leadAgain, "refuse-own-case", "You can’t decide about your own case #1.", "own case", func() { s.press(leadAgain, card, "Approve") }},
		{mod, "refuse-not-approver", "You can’t decide about #1. @approvers can", "not an approver", func() { s.press(mod, card, "Approve") }},
		{noRole, "refuse-not-approver", "You can’t decide about #1.", "", func() { s.press(noRole, card, "Approve") }},
		{guest, "refuse-guest", "You can’t do this as a guest", "", func() { s.press(guest, card, "Approve") }},
		{"U07OUT", "refuse-deactivated", "", "deactivated account", func() { s.click("U07OUT", live, action, value, nil) }},
		{"U07BOT", "refuse-bot", "", "bot", func() { s.click("U07BOT", live, action, value, nil) }},
		{outsider, "refuse-foreign-app", "", "another app or workspace", func() { s.click(outsider, live, action, value, gone) }},
		{outsider, "refuse-stranger", "", "from another organization", func() { s.click(outsider, cas, action, value, nil) }},
		{lead2, "refuse-outsiders", "", "external people can read this channel", func() { s.click(lead2, shared, action, value, nil) }},
		{lead2, "refuse-not-requester", "Only the person who requested #1 can withdraw it.", "not the requester", func() { s.press(lead2, card, "Withdraw") }},
	} {
		c.do()
		if c.line != "" { // curious clicks are counted for one line, ten minutes later
			s.message(auditRoom, c.line)
		}
		s.refused(c.who, c.code)
		if c.sentence != "" {
			s.private(c.who, c.sentence)
		}
	}
	require.Empty(t, s.slack.Messages(shared))
	// A person who has lost the role, with Slack's event.
	require.NoError(t, s.slack.SetGroupMembers("S2LEADS", lead, lead2))
	s.message(auditRoom, "leads (S2LEADS)")
	s.press(lead3, card, "Approve")
	s.private(lead3, "You can’t decide about #1. @approvers can")
	s.refused(lead3, "refuse-not-approver")
	// The requester is a guest by now: that is not one of the clicks that are only counted.
	me, _ := s.slack.User(lead)
	me.Guest = true
	s.slack.SetUser(me)
	s.await("the event read", patience, func() bool {
		list := s.slack.Deliveries()
		return list[len(list)-1].Type == "events_api" && list[len(list)-1].Acked
	})
	s.press(lead, card, "Approve")
	s.message(auditRoom, " · guest · ")
	s.refused(lead, "refuse-guest")
	// A guest by now.
	u, _ := s.slack.User(lead2)
	u.Guest = true
	s.slack.SetUser(u)
	s.await("the event read", patience, func() bool {
		list := s.slack.Deliveries()
		return list[len(list)-1].Type == "events_api" && list[len(list)-1].Acked
	})
	s.press(lead2, card, "Deny…")
	s.modal(lead2, "You can’t do this as a guest")
	s.refused(lead2, "refuse-guest")
	require.Equal(t, 1, s.in(moderation.AwaitingApproval))
	require.Zero(t, s.called("live_engine_http_srv/destroy_room"))
	me.Guest, u.Guest = false, false
	s.slack.SetUser(me)
	s.slack.SetUser(u)
	s.await("and no guest any more", patience, func() bool {
		list := s.slack.Deliveries()
		return list[len(list)-1].Type == "events_api" && list[len(list)-1].Acked
	})
	s.press(lead2, card, "Approve")
	s.message(live, "#1 ", "approved by", "Accepted by Tencent")
}

// Two approvals are required: one person has one vote, also with two
// accounts.
func TestOnePersonOneVote(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	require.NoError(t, s.slack.SetGroupMembers("S2LEADS", lead, lead2, lead3, leadAgain))
	s.policy(`roles:
  leads: [S2LEADS]
  moderators: [S1MODS, leads]
approvers: [leads]
rules:
  - {name: two, roles: [moderators], verbs: [all], approvals: 2}
`)
	s.begin()
	card := s.request(mod, "close strroom:lobby over")
	require.True(t, shows(card, "needs 2 approvals from @leads"), shownIn(card))
	s.press(lead, card, "Approve")
	s.private(lead, "You approved #1, 1 of 2. It needs another approval")
	one := s.message(live, "#1 ", "Approved so far, 1 of 2", lead)
	for _, who := range []string{lead, leadAgain} {
		s.press(who, one, "Approve")
		s.private(who, "You already approved #1. Another person must approve it too")
		s.refused(who, "refuse-voted-twice")
	}
	s.message(auditRoom, "already approved it")
	require.Zero(t, s.called("DismissRoomByStrRoomId"))
	s.press(lead2, one, "Approve")
	s.private(lead2, "You approved #1. It runs now")
	done := s.message(live, "#1 ", "approved by", lead, lead2, "Accepted by Tencent")
	s.thread(done, "approved, 1 of 2", "approved, 2 of 2. The case runs")
	require.Equal(t, 1, s.called("DismissRoomByStrRoomId"))
}

// An approver loses the role after approving: the approval no longer counts
// when the call is about to be made.
func TestApproverLosesTheRole(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	card := s.request(mod, "close strroom:lobby over")
	hold := make(chan struct{})
	require.NoError(t, s.tencent.Fail("DismissRoomByStrRoomId", tencentd.Fault{Times: 1, HoldBefore: hold, Code: "InternalError"}))
	s.press(lead, card, "Approve")
	s.await("the call", patience, func() bool { return s.called("DismissRoomByStrRoomId") == 1 })
	require.NoError(t, s.slack.SetGroupMembers("S2LEADS", lead2))
	s.message(auditRoom, "leads (S2LEADS)")
	close(hold)
	s.message(live, "#1 ", "An approver no longer has the right")
	s.idle(patience)
	require.Equal(t, 1, s.called("DismissRoomByStrRoomId"))
	_, open := s.tencent.Room(tencentd.KindStrRoom, "lobby")
	require.True(t, open)
}

// A Live room that was recreated since the request is another room, and
// cannot be acted on by approving.
func TestARecreatedRoomIsAnotherRoom(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	s.request(mod, "close live:test over")
	card := s.message(live, "#1 ", "people inside")
	require.NoError(t, s.tencent.Recreate(tencentd.KindLive, "test"))
	s.press(lead, card, "Approve")
	s.private(lead, "live:test was created again after #1 was requested, so it is another room now. Nothing was done.")
	s.message(auditRoom, "the room was created again")
	s.refused(lead, "refuse-recreated")
	s.press(lead2, card, "Break glass…")
	s.submit(lead2, s.modal(lead2, "Why can’t it wait for approval?"), withReason("at once"))
	s.private(lead2, "live:test was created again after #1 was requested")
	s.refused(lead2, "refuse-recreated")
	require.Zero(t, s.called("live_engine_http_srv/destroy_room"))
	require.Equal(t, 1, s.in(moderation.AwaitingApproval))
}
