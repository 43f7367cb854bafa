package slackd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADialogThatIsDeniedSendsNothing(t *testing.T) {
	s := start(t, Config{Limits: free})
	acking(t, s, nil)
	at := card(t, s, "C0LIVE")
	shown, err := s.Cancel("U07MEI", at, "b", "approve")
	require.NoError(t, err)
	require.Contains(t, string(shown), "Really?")
	require.Empty(t, s.Deliveries())
	_, err = s.Cancel("U07MEI", at, "b", "deny")
	require.ErrorIs(t, err, ErrRefused, "it asks nothing")
	_, err = s.Cancel("U07MEI", at, "b", "nope")
	require.ErrorIs(t, err, ErrRefused)
	_, err = s.Cancel("U07OUT", at, "b", "approve")
	require.ErrorIs(t, err, ErrRefused)
}

// A screen that stayed open still has the buttons that the card lost.
func TestStaleButtons(t *testing.T) {
	s := start(t, Config{Limits: free})
	a := keeping(t, s)
	at := card(t, s, "C0LIVE")
	seen, ok := s.Message(at.Channel, at.TS)
	require.True(t, ok)
	require.Empty(t, form(t, s, "chat.update", "channel", at.Channel, "ts", at.TS, "text", "decided").err())
	_, err := s.Press(within(t), "U07RAJ", at, "b", "approve")
	require.ErrorIs(t, err, ErrRefused)
	d, err := s.PressSeen(within(t), "U07RAJ", seen, "b", "approve")
	require.NoError(t, err)
	require.True(t, d.Acked)
	require.NotEmpty(t, d.Confirm)
	require.Equal(t, "v-approve", a.next().Payload["actions"].([]any)[0].(m)["value"])

	require.NoError(t, s.Delete(at.Channel, at.TS))
	require.Empty(t, s.Messages("C0LIVE"))
	require.Equal(t, "message_not_found", form(t, s, "chat.update", "channel", at.Channel, "ts", at.TS, "text", "x").err())
	require.ErrorIs(t, s.Delete(at.Channel, at.TS), ErrRefused)
	d, err = s.PressSeen(within(t), "U07RAJ", seen, "b", "deny")
	require.NoError(t, err, "the message was deleted under his finger")
	require.True(t, d.Acked)

	hidden, ok := s.Message("C0AUDIT", card(t, s, "C0AUDIT").TS)
	require.True(t, ok)
	_, err = s.PressSeen(within(t), "U07GUS", hidden, "b", "deny")
	require.ErrorIs(t, err, ErrRefused, "he cannot have seen it")
	_, err = s.PressSeen(within(t), "U07RAJ", Message{Channel: "C0LIVE", TS: "1.1"}, "b", "deny")
	require.ErrorIs(t, err, ErrRefused)
}

func TestForgedAndDoubleClicks(t *testing.T) {
	s := start(t, Config{Limits: free})
	a := keeping(t, s)
	at := card(t, s, "C0LIVE")
	d, err := s.ForgePress(within(t), "U07MEI", at, "b", "deny", "case 99")
	require.NoError(t, err)
	first := a.next()
	require.Equal(t, "case 99", first.Payload["actions"].([]any)[0].(m)["value"])
	again, err := s.Again(within(t), d)
	require.NoError(t, err)
	second := a.next()
	require.NotEqual(t, d.EnvelopeID, again.EnvelopeID)
	require.Equal(t, first.Payload, second.Payload)
	require.Equal(t, first.Accepts, second.Accepts)
	_, err = s.Again(within(t), Delivery{EnvelopeID: "x"})
	require.Error(t, err)
}

// An id that Slack keeps unique is unique in every kind of view.
func TestExternalIDsInAcks(t *testing.T) {
	s := start(t, Config{Limits: free})
	var reply any
	connect(t, s, func(a *app, w wire) { a.ack(w.ID, reply) })
	other, err := s.CommandAsync("U07RAJ", "C0LIVE", "modal")
	require.NoError(t, err)
	d, err := other.Wait(within(t))
	require.NoError(t, err)
	require.Empty(t, call(t, s, "views.open", m{"trigger_id": d.TriggerID, "view": modal(m{"external_id": "raj"})}).err())
	mine := open(t, s, modal(m{"external_id": "mei"}))
	submit := func(action, external string) Delivery {
		reply = m{"response_action": action, "view": modal(m{"external_id": external})}
		d, err := s.SubmitView(within(t), "U07MEI", mine.ID, Input{Block: "why", Action: "reason", Values: []string{"because"}})
		require.NoError(t, err)
		return d
	}
	require.Equal(t, FailResponse, submit("update", "raj").Failure)
	require.Equal(t, FailResponse, submit("push", "mei").Failure, "its own id is taken, too")
	require.Empty(t, submit("update", "mei").Failure)
	require.Empty(t, submit("push", "above").Failure)
}

// Two accounts of one person, as users.info describes them on a Grid.
func TestTwoAccountsOfOnePerson(t *testing.T) {
	s := start(t, Config{Limits: free, EnterpriseID: "E1"})
	s.SetUser(User{ID: "U07RJ2", Name: "raj-2", EnterpriseUserID: "W07RAJ"})
	s.SetUser(User{ID: "U07RAJ", Name: "raj", EnterpriseUserID: "W07RAJ"})
	for _, id := range []string{"U07RAJ", "U07RJ2"} {
		u := form(t, s, "users.info", "user", id)
		require.Equal(t, id, u.str("user", "id"))
		require.Equal(t, "W07RAJ", u.str("user", "enterprise_user", "id"))
	}
	require.Equal(t, "U07MEI", form(t, s, "users.info", "user", "U07MEI").str("user", "enterprise_user", "id"))
}

func TestAGroupThatIsDeleted(t *testing.T) {
	s := start(t, Config{Limits: free, Events: []string{"subteam_updated"}})
	a := keeping(t, s)
	require.NoError(t, s.DeleteGroup("S2LEADS"))
	event := a.next().Payload["event"].(m)
	require.Equal(t, "subteam_updated", event["type"])
	require.NotZero(t, event["subteam"].(m)["date_delete"])
	require.Equal(t, "no_such_subteam", form(t, s, "usergroups.users.list", "usergroup", "S2LEADS").err())
	require.NotContains(t, form(t, s, "usergroups.list").Raw, "S2LEADS")
	list := form(t, s, "usergroups.list", "include_disabled", "true").get("usergroups").([]any)
	require.NotZero(t, list[1].(m)["date_delete"])
	require.Error(t, s.DeleteGroup("S404"))
}
