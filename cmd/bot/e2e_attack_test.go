package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// waits requests what needs a lead, as case no, and returns its card.
func (s *stage) waits(no int, text string) slackd.Message {
	s.tb.Helper()
	s.say(mod, text)
	return s.message(live, fmt.Sprintf("#%d ", no), "Approve")
}

// value returns what a button of a case carries, with a digest if it has one.
func (s *stage) value(step string, no int, seal string) (action, value string) {
	action = "case." + step
	value = action + "/" + s.token(no)
	if seal != "" {
		value += "/" + seal
	}
	return action, value
}

// seal returns what the approve button of a card carries.
func seal(m slackd.Message) string {
	_, _, v := button(m, "Approve")
	parts := strings.Split(v, "/")
	return parts[len(parts)-1]
}

// submits sends a modal's submission as Slack would, with this metadata.
func (s *stage) submits(user, metadata string, inputs map[string]string) slackd.Delivery {
	s.tb.Helper()
	values := map[string]any{}
	for block, text := range inputs {
		values[block] = map[string]any{"value": map[string]any{"type": "plain_text_input", "value": text}}
	}
	p := map[string]any{
		"type": "view_submission", "token": "x", "api_app_id": s.slack.AppID(),
		"team": map[string]any{"id": s.slack.TeamID()}, "user": map[string]any{"id": user},
		"view": map[string]any{
			"id": "V0FORGED", "type": "modal", "callback_id": "x", "private_metadata": metadata,
			"state": map[string]any{"values": values},
		},
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.SendEnvelope(ctx, "interactive", p, true)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
	return d
}

// answers returns all private messages to a person.
func (s *stage) answers(user string) []slackd.Message {
	list := s.slack.Ephemerals(user, "")
	for _, c := range s.slack.Channels() {
		if c.IM {
			for _, m := range s.slack.Messages(c.ID) {
				for _, u := range c.Members {
					if u == user {
						list = append(list, m)
					}
				}
			}
		}
	}
	return list
}

// answerTo runs do and returns the next private answer to a person.
func (s *stage) answerTo(user string, do func()) string {
	s.tb.Helper()
	before := len(s.answers(user))
	do()
	var text string
	s.await("an answer to "+user, patience, func() bool {
		list := s.answers(user)
		if len(list) <= before {
			return false
		}
		text = shownIn(list[len(list)-1])
		return true
	})
	return text
}

// A waiting case cannot be reviewed: its reviewer could override the approval
// afterwards, and would have reviewed their own override.
func TestWhatWaitsIsNotReviewed(t *testing.T) {
	t.Parallel()
	s := twoLeads(t, unlimited)
	s.start()
	s.connected(2)
	card := s.waits(1, "ban live:show1 troll7 30d spam")
	a, v := s.value("reviewed", 1, "")
	require.Contains(t, s.answerTo(lead, func() { s.click(lead, live, a, v, nil) }), "#1 still needs approval")
	s.press(lead, card, "Break glass…")
	s.enter(lead, s.modal(lead, "#1"), map[string]string{"reason": "nobody is awake"})
	s.await("banned", patience, func() bool { return s.isBanned("troll7") })
	s.private(lead, "#1 runs without approval")
	s.say(lead, "review")
	s.private(lead, "1 case needs a review", "#1 ban")
}

// enter fills in and submits the modal that a person sees.
func (s *stage) enter(user string, v slackd.View, inputs map[string]string) slackd.Delivery {
	s.tb.Helper()
	var in []slackd.Input
	for block, text := range inputs {
		in = append(in, slackd.Input{Block: block, Action: "value", Values: []string{text}})
	}
	return s.submit(user, v, in...)
}

// A person without a role cannot read restrictions in force through a button
// either.
func TestRestrictionsAreHiddenWithoutARole(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "ban live:show1 troll7 1d spam")
	s.await("banned", patience, func() bool { return s.isBanned("troll7") })
	s.say(mod, "unban live:show1 troll7")
	s.await("unbanned", patience, func() bool { return !s.isBanned("troll7") })
	for _, step := range []string{"undo", "extend"} {
		_, v := s.value(step, 1, "")
		require.Contains(t, s.answerTo(noRole, func() {
			s.submits(noRole, v+"\n"+live, map[string]string{"length": "1d"})
		}), "not a moderator")
		require.Contains(t, s.answerTo(mod2, func() {
			s.submits(mod2, v+"\n"+live, map[string]string{"length": "1d"})
		}), "#1")
	}
}

// A room that cannot be read prevents every approval: the click can be
// repeated, and then it counts.
func TestAnApprovalThatCannotSeeTheRoom(t *testing.T) {
	t.Parallel()
	s := twoLeads(t, unlimited)
	s.start()
	s.connected(2)
	card := s.waits(1, "ban live:show1 troll7 30d spam")
	const info = "live_engine_http_srv/get_room_info"
	for _, f := range []tencentd.Fault{{Code: "100001"}, {DropRequest: true}, {HTTPStatus: 502, Body: "<html>"}} {
		require.NoError(t, s.tencent.Fail(info, f))
		require.Contains(t, s.answerTo(lead, func() { s.press(lead, card, "Approve") }), "could not say whether live:show1 is still the room that #1 is about")
		_, v := s.value("glass", 1, seal(card))
		require.Contains(t, s.answerTo(lead, func() { s.submits(lead, v+"\n"+live, map[string]string{"reason": "now"}) }), "othing was done")
		s.tencent.ClearFaults()
	}
	require.False(t, s.isBanned("troll7"))
	s.press(lead, card, "Approve")
	s.await("banned", patience, func() bool { return s.isBanned("troll7") })
}

// overtaken is a policy whose long bans have other approvers than its
// permanent ones.
const overtaken = `roles:
  chiefs: [U07MEI]
  leads: [S2LEADS]
  mods: [S1MODS, S2LEADS]
approvers: [leads]
break_glass: [chiefs]
people_limit: off
rules:
  - {name: short, roles: [mods], verbs: [all], max_duration: 1d}
  - {name: long, roles: [mods], verbs: [ban], max_duration: 30d, approvals: 1}
  - {name: endless, roles: [mods], verbs: [ban], approvals: 1, approvers: [chiefs]}
`

// A ban of a week is requested; before its approval, a chief allows a
// permanent one. Approving the week cannot shorten that.
func TestAnOlderRequestCannotShortenANewerCase(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.policy(overtaken)
	s.start()
	s.connected(2)
	week := s.waits(1, "ban live:show1 troll7 7d spam")
	s.say(lead, "ban live:show1 troll7 60d worse")
	s.press(mod2, s.message(live, "#2 ", "Approve"), "Approve")
	s.await("banned", patience, func() bool { return s.isBanned("troll7") })
	s.press(lead, week, "Approve")
	s.private(lead, "would end #2 sooner")
	s.refused(lead, "refuse-overtaken")
	until, _ := s.banned("troll7")
	require.Greater(t, time.Until(until), 50*24*time.Hour)
	s.press(mod, week, "Withdraw")
	s.message(live, "#1 ", "Withdrawn by")
}

// The process is killed at any point after two people pressed: each
// acknowledged click has an answer, together they have one effect, and the
// log is intact.
func TestKilledBetweenTwoClicks(t *testing.T) {
	t.Parallel()
	s := twoLeads(t, unlimited)
	s.apart()
	s.start()
	s.connected(2)
	const rounds = 6
	for i := 1; i <= rounds; i++ {
		who := fmt.Sprintf("x%d", i)
		card := s.waits(i, "ban live:show1 "+who+" 30d spam")
		before := map[string]int{lead: len(s.answers(lead)), mod2: len(s.answers(mod2))}
		approve, approved := s.value("approve", i, seal(card))
		_, denied := s.value("deny", i, "")
		clicks := make(chan struct{}, 2)
		go func() { s.click(lead, live, approve, approved, nil); clicks <- struct{}{} }()
		go func() {
			s.submits(mod2, denied+"\n"+live, map[string]string{"reason": "no"})
			clicks <- struct{}{}
		}()
		<-clicks
		<-clicks
		time.Sleep(time.Duration(i-1) * 4 * time.Millisecond) // where it is by then is what differs
		s.kill()
		s.start()
		s.connected(2)
		for user, n := range before {
			s.await("an answer to "+user, patience, func() bool { return len(s.answers(user)) > n })
		}
		s.await("an end", patience, func() bool { return s.in(moderation.Done) == i })
		require.Equal(t, s.isBanned(who), s.caseNo(i).Counts[moderation.Accepted] == 1)
		require.Equal(t, 1, s.entriesOf(i, moderation.EntryApproved, moderation.EntryDenied))
	}
	require.NoError(t, s.stop())
	require.Contains(t, s.audit(), "the chain is intact")
}
