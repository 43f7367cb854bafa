package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// A person with the right breaks the glass on their own case, with a reason:
// it is prominent in the audit channel, and on the review list for another
// person.
func TestBreakGlass(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	card := s.request(lead, "close strroom:lobby something forbidden")
	for _, who := range []string{mod, noRole} {
		s.press(who, card, "Break glass…")
		s.modal(who, "You can’t run this without approval: your roles don’t allow it.")
		s.refused(who, "refuse-no-glass")
	}
	s.message(auditRoom, "may not break glass")
	require.Zero(t, s.called("DismissRoomByStrRoomId"))
	s.press(lead, card, "Break glass…")
	v := s.modal(lead, "Break glass: #1", "Why can’t it wait for approval?", "something forbidden")
	d := s.submit(lead, v, withReason("nobody else is awake"))
	s.private(lead, "#1 runs without approval")
	done := s.message(live, "#1 ", "BREAK GLASS by", lead, "nobody else is awake", "Accepted by Tencent")
	s.thread(done, "BREAK GLASS by", "it runs without approval: nobody else is awake")
	s.message(auditRoom, "🔥", "#1 close", "BREAK GLASS by", "nobody else is awake", "not reviewed")
	require.Equal(t, 1, s.called("DismissRoomByStrRoomId"))
	// The modal's submission delivered twice does it once.
	again, err := s.slack.Again(t.Context(), d)
	require.NoError(t, err)
	require.True(t, again.Acked)
	s.idle(patience)
	require.Equal(t, 1, s.entries(moderation.EntryOverride))
	require.Equal(t, 1, s.called("DismissRoomByStrRoomId"))
	s.say(lead2, "review")
	s.private(lead2, "#1")
}

// The mark after the verb, in either width, with a reason.
func TestBreakGlassByTyping(t *testing.T) {
	t.Parallel()
	s := withLeads(t)
	s.begin()
	s.say(mod, "ban! live:show1 troll7 30d cannot wait")
	s.private(mod, "You can’t run this without approval")
	s.refused(mod, "refuse-no-glass")
	require.Zero(t, s.asked())
	s.say(lead, "ban! live:show1 troll7 30d cannot wait")
	s.message(live, "#1 ", "BREAK GLASS by", "Accepted by Tencent")
	s.say(lead, "ban！ live:show1 alice 30d 等不及了")
	s.message(live, "#2 ", "BREAK GLASS by", "Accepted by Tencent")
	s.message(auditRoom, "🔥", "#1 ban", "cannot wait", "not reviewed")
	s.message(auditRoom, "🔥", "#2 ban", "等不及了", "not reviewed")
	require.Equal(t, 2, s.called("live_engine_http_srv/ban_member"))
	require.Zero(t, s.entries(moderation.EntryApproved))
	// A command that needs no approval is not an override.
	s.say(lead, "silence! live:show1 alice 5m too loud")
	s.message(live, "#3 ", "Accepted by Tencent")
	s.idle(patience)
	require.Nil(t, s.caseNo(3).Override)
}
