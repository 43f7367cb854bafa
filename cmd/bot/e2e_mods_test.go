package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store"
	"bouncer/store/storetest"
)

// plainPolicy lets moderators do everything without approval, and leads
// approve.
const plainPolicy = `roles:
  leads: [S2LEADS]
  mods: [S1MODS, leads]
approvers: [leads]
people_limit: off
rules:
  - name: all
    roles: [mods]
    verbs: [all]
`

// raid begins a kick of a hundred people at one call in 2.5 seconds, and
// returns its card after the first call.
func raid(t *testing.T) (*stage, slackd.Message) {
	t.Helper()
	s := newStage(t, unlimited)
	s.policy(plainPolicy)
	s.env["TENCENT_QUOTA"] = "2%"
	users := make([]string, 100)
	for i := range users {
		users[i] = fmt.Sprintf("raider%d", i)
	}
	require.NoError(t, s.tencent.Join(tencentd.KindRoom, "1234", users...))
	s.start()
	s.connected(2)
	s.say(mod, "kick room:1234 "+strings.Join(users, ",")+" raid")
	s.await("the first call", patience, func() bool { return s.called("RemoveUser") >= 1 })
	return s, s.message(live, "#1 kick", "100")
}

// A suspension takes effect at once: running work stops after the current
// chunk, commands are refused, and the person who suspended gets a list of
// recent actions. Rights return when it ends.
func TestSuspendWhileALargeKickRuns(t *testing.T) {
	t.Parallel()
	s, _ := raid(t)
	s.say(mod, "suspend @raj")
	s.private(mod, "You can’t suspend a moderator")
	s.say(lead, "suspend @raj 1h")
	s.private(lead, "You can’t suspend yourself")
	s.say(lead, "suspend @sam 1h gone rogue")
	s.private(lead, "has no rights until", "#1 kick")
	s.message(auditRoom, "🔒", "is suspended until", "gone rogue")
	s.await("stopped", patience, func() bool { return s.outcomes(moderation.Pending) == 0 })
	calls := s.called("RemoveUser")
	require.Less(t, calls, 10)
	require.Positive(t, s.outcomes(moderation.Dropped))
	require.Equal(t, 100, s.outcomes(moderation.Dropped)+s.outcomes(moderation.Accepted))

	for _, text := range []string{"kick room:10006 alice", "case 1", "rooms", "kick room:nonsense"} {
		before := len(s.slack.Ephemerals(mod, ""))
		s.say(mod, text)
		s.await(text+" is refused", patience, func() bool {
			list := s.slack.Ephemerals(mod, "")
			return len(list) > before && shows(list[len(list)-1], "suspended")
		})
	}
	s.say(mod, "help")
	s.private(mod, "mute ROOM")
	s.idle(patience)
	require.Equal(t, calls, s.called("RemoveUser"))

	s.say(lead, "unsuspend @sam talked")
	s.private(lead, "has their rights again")
	s.message(auditRoom, "🔓", "is no longer suspended", "talked")
	s.say(mod, "kick room:10006 alice")
	s.await("kicked", patience, func() bool { return s.called("RemoveUser") == calls+1 })
	s.say(lead, "unsuspend @sam")
	s.private(lead, "is not suspended")
	require.NoError(t, s.stop())
	require.Contains(t, s.audit(), "the chain is intact")
}

// A suspension outlasts a restart and ends by itself.
func TestASuspensionEndsByItself(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(lead, "suspend @sam 3s")
	s.message(auditRoom, "🔒", "is suspended until")
	require.NoError(t, s.stop())
	s.start()
	s.connected(2)
	s.message(auditRoom, "🔓", "The suspension of", "has ended")
	s.say(mod, "kick room:10006 alice")
	s.await("kicked", patience, func() bool { return s.called("RemoveUser") == 1 })
}

// Stop ends the unsent part of a large case, but only if an approver presses
// it.
func TestStopALargeKick(t *testing.T) {
	t.Parallel()
	s, card := raid(t)
	s.press(mod2, card, "Stop")
	s.private(mod2, "你不能审批")
	require.Positive(t, s.outcomes(moderation.Pending))
	s.press(lead, card, "Stop")
	s.await("stopped", patience, func() bool { return s.outcomes(moderation.Pending) == 0 })
	require.Positive(t, s.outcomes(moderation.Dropped))
	require.Less(t, s.called("RemoveUser"), 10)
	s.thread(card, "stopped it")
	s.idle(patience)
	require.Less(t, s.called("RemoveUser"), 10)
}

// SIGHUP loads the changed policy file; a broken one is reported in the audit
// channel and the old one stays in force.
func TestSIGHUP(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.policy(plainPolicy)
	path := s.env["POLICY_FILE"]
	s.start()
	s.connected(2)
	hup := func(text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		s.hangup()
	}
	hup(plainPolicy + "    colour: red\n")
	s.message(auditRoom, "⚠️", "was refused; the old policy stays in force", `unknown key "colour"`)
	s.say(mod, "kick room:10006 alice")
	s.await("the old policy lets it", patience, func() bool { return s.called("RemoveUser") == 1 })

	hup(strings.Replace(plainPolicy, "verbs: [all]", "verbs: [mute]", 1))
	s.message(auditRoom, "📜", "The policy changed:")
	s.say(mod, "kick room:10006 bob")
	s.private(mod, "does not allow you to use kick here")
	require.Equal(t, 1, s.called("RemoveUser"))
	require.Equal(t, 1, holding(s.slack.Messages(auditRoom), "The policy changed:"))

	// It is also in force after a restart, and not reported again.
	require.NoError(t, s.stop())
	s.start()
	s.idle(patience)
	require.Equal(t, 2, s.rows(storetest.Policies))
	require.Equal(t, 2, s.entries(moderation.EntryPolicy), "one refused, one in force")
}

// A policy that newly requires an approval applies to running work too: it
// waits, and continues after the approval.
func TestANewRequirementStopsRunningWork(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.policy(plainPolicy)
	s.start()
	s.connected(2)
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Code: "InternalError"}))
	s.say(mod, "mute room:10006 alice 1h loud")
	s.await("tried", patience, func() bool { return s.called("SetUserBlocked") > 0 })
	require.NoError(t, os.WriteFile(s.env["POLICY_FILE"], []byte(plainPolicy+"    approvals: 1\n"), 0o600))
	s.hangup()
	card := s.message(live, "#1 ", "needs 1 approval from", "Approve")
	s.message(live, "please decide about #1")
	s.tencent.ClearFaults()
	s.idle(patience)
	require.False(t, s.muted("10006", "alice"), "nothing is sent while it waits")
	s.press(lead, card, "Approve")
	s.await("muted", patience, func() bool { return s.muted("10006", "alice") })
	s.thread(card, "The policy now requires approval for this. Nothing more is sent until it is approved.")
}

// With the two settings there is no file to reload, and the signal does not
// end the bot.
func TestSIGHUPWithoutAPolicyFile(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.hangup()
	s.await("it says so", patience, func() bool { return strings.Contains(s.proc.log.String(), "there is no policy file to reload") })
	require.NoError(t, s.stop())
}

// People who join or leave a role group are reported in the audit channel,
// once; also if it happened while the bot was down.
func TestRoleGroupChangesAreReported(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.await("the groups were seen", patience, func() bool { return len(kept(s, (*store.Store).RoleGroups)) == 2 })
	g, _ := s.slackGroup("S1MODS")
	require.NoError(t, s.slack.SetGroupMembers("S1MODS", append([]string{noRole}, g.Members...)...))
	s.message(auditRoom, "👥", "1 person changed", "joined: ", noRole)
	require.NoError(t, s.stop())
	require.NoError(t, s.slack.SetGroupMembers("S1MODS", g.Members...))
	s.start()
	s.message(auditRoom, "👥", "1 person changed", "left: ", noRole)
	s.slack.SetGroup(slackd.Group{ID: "S1MODS", Handle: g.Handle, Name: g.Name, Members: g.Members, Disabled: true})
	s.message(auditRoom, "👥", "grants no rights any more")
	s.idle(patience)
	require.Equal(t, 3, s.entries(moderation.EntryGroup))
}

func (s *stage) slackGroup(id string) (slackd.Group, bool) {
	for _, g := range s.slack.Groups() {
		if g.ID == id {
			return g, true
		}
	}
	return slackd.Group{}, false
}

// A moderator who reaches the people limit is reported in the audit channel,
// once, and what exceeds it needs an approver; the person who suspends that
// moderator gets the recent actions with an Undo button.
func TestThePeopleLimitIsReported(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.env["PEOPLE_LIMIT"] = "3"
	s.start()
	s.connected(2)
	for i := range 3 {
		s.say(mod, fmt.Sprintf("silence live:show1 troll%d 1h", i))
		s.await("it ran", patience, func() bool { return s.outcomes(moderation.Accepted) == i+1 }) // so that the first is #1
	}
	require.Zero(t, holding(s.slack.Messages(auditRoom), "reached the limit"))
	for i := range 2 {
		s.say(mod, fmt.Sprintf("silence live:show1 late%d 1h", i))
	}
	s.message(auditRoom, "🛑", mod, "reached the limit: 4 people in 10 min; 3 are allowed without approval")
	s.await("both wait", patience, func() bool { return s.in(moderation.AwaitingApproval) == 2 })
	require.Equal(t, 1, s.entries(moderation.EntryLimitReached))

	s.say(lead, "suspend @sam raid")
	m := s.private(lead, "until they are restored", "#1 ", "#5 ")
	s.await("withdrawn", patience, func() bool { return s.approved(moderation.ApprovalWithdrawn) == 2 })
	require.Equal(t, 3, strings.Count(shownIn(m), "Undo #"))
	s.press(lead, m, "Undo #1")
	s.modal(lead, "Undo #1", "troll0")
}
