package slackd

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func card(t *testing.T, s *Server, channel string) Ref {
	t.Helper()
	approve := set(button("approve"), "confirm", m{"title": plainText("Sure?"), "text": plainText("Really?"), "confirm": plainText("Yes"), "deny": plainText("No")})
	blocks := l{section("card"), actionsBlock("b", approve, button("deny"), set(sel(2), "action_id", "pick"))}
	return Ref{Channel: channel, TS: post1(t, s, "channel", channel, "text", "card", "blocks", j(blocks))}
}

func TestPress(t *testing.T) {
	s := start(t, Config{Limits: free})
	a := keeping(t, s)
	at := card(t, s, "C0SHARED")
	d, err := s.Press(within(t), "U0EVE", at, "b", "approve")
	require.NoError(t, err, "outsiders can press buttons")
	require.True(t, d.Acked)
	require.Contains(t, string(d.Confirm), "Sure?")
	w := a.next()
	require.Equal(t, "interactive", w.Type)
	require.True(t, w.Accepts)
	require.Equal(t, m{"id": "U0EVE", "username": "eve", "name": "eve", "team_id": "T9OTHER"}, w.Payload["user"])
	require.Equal(t, m{"id": "T0ACME", "domain": "acme"}, w.Payload["team"])
	require.Nil(t, w.Payload["enterprise"])
	require.Equal(t, m{"type": "message", "message_ts": at.TS, "channel_id": "C0SHARED", "is_ephemeral": false}, w.Payload["container"])
	require.Equal(t, m{"id": "C0SHARED", "name": "partners"}, w.Payload["channel"])
	action := w.Payload["actions"].([]any)[0].(m)
	require.Equal(t, "v-approve", action["value"])
	require.Equal(t, "b", action["block_id"])
	require.Equal(t, "button", action["type"])
	require.Equal(t, at.TS, w.Payload["message"].(m)["ts"])
	require.Contains(t, w.Payload, "state")

	for name, try := range map[string]func() error{
		"no such element": func() error { _, err := s.Press(within(t), "U07MEI", at, "b", "nope"); return err },
		"no such message": func() error {
			_, err := s.Press(within(t), "U07MEI", Ref{Channel: "C0SHARED", TS: "1.1"}, "b", "deny")
			return err
		},
		"a select":           func() error { _, err := s.Press(within(t), "U07MEI", at, "b", "pick"); return err },
		"someone gone":       func() error { _, err := s.Press(within(t), "U07OUT", at, "b", "deny"); return err },
		"cannot see it":      func() error { _, err := s.Press(within(t), "U0EVE", card(t, s, "C0AUDIT"), "b", "deny"); return err },
		"no option of it":    func() error { _, err := s.SelectOption(within(t), "U07MEI", at, "b", "pick", "7"); return err },
		"a button's options": func() error { _, err := s.SelectOption(within(t), "U07MEI", at, "b", "deny", "1"); return err },
	} {
		require.ErrorIs(t, try(), ErrRefused, name)
	}

	_, err = s.SelectOption(within(t), "U07MEI", at, "b", "pick", "1")
	require.NoError(t, err)
	w = a.next()
	require.Equal(t, "1", w.Payload["actions"].([]any)[0].(m)["selected_option"].(m)["value"])
	// What was chosen stays in the state of the next click, for that person.
	_, err = s.Press(within(t), "U07MEI", at, "", "deny")
	require.NoError(t, err)
	w = a.next()
	require.Equal(t, "1", w.Payload["state"].(m)["values"].(m)["b"].(m)["pick"].(m)["selected_option"].(m)["value"])
}

func TestPressInEphemeralAndDM(t *testing.T) {
	s := start(t, Config{Limits: free, EnterpriseID: "E1"})
	a := keeping(t, s)
	r := form(t, s, "chat.postEphemeral", "channel", "C0LIVE", "user", "U07MEI", "text", "x", "blocks", j(l{actionsBlock("b", button("run"))}))
	at := Ref{Channel: "C0LIVE", TS: r.str("message_ts")}
	_, err := s.Press(within(t), "U07RAJ", at, "b", "run")
	require.ErrorIs(t, err, ErrRefused)
	_, err = s.Press(within(t), "U07MEI", at, "b", "run")
	require.NoError(t, err)
	w := a.next()
	require.Equal(t, true, w.Payload["container"].(m)["is_ephemeral"])
	require.NotContains(t, w.Payload, "message")
	require.Equal(t, "E1", w.Payload["enterprise"].(m)["id"])
	require.Equal(t, "E1", w.Payload["team"].(m)["enterprise_id"])

	dm := form(t, s, "conversations.open", "users", "U07MEI").str("channel", "id")
	ts := post1(t, s, "channel", dm, "text", "x", "blocks", j(l{actionsBlock("b", button("run"))}))
	_, err = s.Press(within(t), "U07MEI", Ref{Channel: dm, TS: ts}, "b", "run")
	require.NoError(t, err)
	require.Equal(t, "directmessage", a.next().Payload["channel"].(m)["name"])
}

func TestLostClickIsNotSentAgain(t *testing.T) {
	s := start(t, Config{Limits: free, Timing: Timing{Ack: 20 * time.Millisecond}})
	connect(t, s, func(*app, wire) {})
	d, err := s.Press(within(t), "U07MEI", card(t, s, "C0LIVE"), "b", "deny")
	require.NoError(t, err)
	require.Equal(t, FailTimeout, d.Failure)
	require.Len(t, s.Deliveries(), 1)
	require.Len(t, s.Ephemerals("U07MEI", "C0LIVE"), 1, "the person sees it")
}

func TestSuggest(t *testing.T) {
	s := start(t, Config{Limits: free})
	var reply any
	var last wire
	connect(t, s, func(a *app, w wire) {
		last = w
		a.ack(w.ID, reply)
	})
	ts := post1(t, s, "channel", "C0LIVE", "text", "x", "blocks", j(l{actionsBlock("b", m{"type": "external_select", "action_id": "who", "min_query_length": 2})}))
	at := Ref{Channel: "C0LIVE", TS: ts}
	ask := func(answer any) Delivery {
		reply = answer
		d, err := s.Suggest(within(t), "U07MEI", at, "b", "who", "tr")
		require.NoError(t, err)
		return d
	}
	_, err := s.Suggest(within(t), "U07MEI", at, "b", "who", "t")
	require.ErrorIs(t, err, ErrRefused, "too short")
	_, err = s.SelectOption(within(t), "U07MEI", at, "b", "who", "troll7")
	require.ErrorIs(t, err, ErrRefused, "not offered")
	require.Equal(t, FailResponse, ask(nil).Failure, "no options is no answer")
	require.Equal(t, FailResponse, ask(m{"options": repeat(101, func(int) any { return opt("x") })}).Failure)
	require.Empty(t, ask(m{"options": l{}}).Failure)
	require.Empty(t, ask(m{"options": l{opt("troll7")}}).Failure)
	require.Equal(t, "block_suggestion", last.Payload["type"])
	require.Equal(t, "tr", last.Payload["value"])
	require.Empty(t, ask(m{"options": l{opt("visitor3")}}).Failure, "answered later, though it may have been asked first")
	reply = nil
	_, err = s.SelectOption(within(t), "U07MEI", at, "b", "who", "troll7")
	require.NoError(t, err)
}

func TestShortcuts(t *testing.T) {
	s := start(t, Config{Limits: free, Shortcuts: []Shortcut{
		{Name: "Act", CallbackID: "act_on", Description: "Act on someone"}, {Name: "Act", CallbackID: "act", Description: "Act", Global: true},
	}})
	a := keeping(t, s)
	said, err := s.Say("U07ANA", "C0LIVE", "", "you are all trolls")
	require.NoError(t, err)
	_, err = s.MessageAction(within(t), "U07MEI", "C0LIVE", said.TS, "act_on")
	require.NoError(t, err)
	w := a.next()
	require.Equal(t, "message_action", w.Payload["type"])
	require.Equal(t, "act_on", w.Payload["callback_id"])
	require.Equal(t, "U07ANA", w.Payload["message"].(m)["user"])
	require.NotEmpty(t, w.Payload["response_url"])
	_, err = s.GlobalShortcut(within(t), "U07MEI", "act")
	require.NoError(t, err)
	w = a.next()
	require.Equal(t, "shortcut", w.Payload["type"])
	require.False(t, w.Accepts)
	require.NotContains(t, w.Payload, "channel")
	require.NotContains(t, w.Payload, "response_url")
	_, err = s.GlobalShortcut(within(t), "U0EVE", "act")
	require.ErrorIs(t, err, ErrRefused)
	ts := post1(t, s, "channel", "C0SHARED", "text", "x")
	_, err = s.MessageAction(within(t), "U0EVE", "C0SHARED", ts, "act_on")
	require.ErrorIs(t, err, ErrRefused)
	for _, callback := range []string{"act", "evidence"} {
		_, err = s.MessageAction(within(t), "U07MEI", "C0LIVE", said.TS, callback)
		require.ErrorIs(t, err, ErrRefused, "the manifest declares no message shortcut %s", callback)
	}
	_, err = s.GlobalShortcut(within(t), "U07MEI", "act_on")
	require.ErrorIs(t, err, ErrRefused)
}

func TestManifestShortcuts(t *testing.T) {
	x := strings.Repeat
	one := Shortcut{Name: "Act", CallbackID: "a", Description: "Act"}
	for name, bad := range map[string][]Shortcut{
		"name":        {{Name: x("n", 25), CallbackID: "a", Description: "d"}},
		"description": {{Name: "n", CallbackID: "a", Description: x("d", 151)}},
		"callback id": {{Name: "n", CallbackID: x("c", 256), Description: "d"}},
		"empty":       {{Name: "n", CallbackID: "a"}},
		"twice":       {one, one},
		"six": {
			one, {Name: "n", CallbackID: "b", Description: "d"}, {Name: "n", CallbackID: "c", Description: "d"},
			{Name: "n", CallbackID: "d", Description: "d"}, {Name: "n", CallbackID: "e", Description: "d"}, {Name: "n", CallbackID: "f", Description: "d"},
		},
	} {
		_, err := New(t.Context(), Config{Shortcuts: bad})
		require.ErrorContains(t, err, "shortcut", name)
	}
	require.Equal(t, DefaultShortcuts(), start(t, Config{}).Shortcuts())
}

func respond(t *testing.T, target string, body any) answer {
	t.Helper()
	a, err := send(t, http.MethodPost, target, "", "application/json", []byte(j(body)))
	require.NoError(t, err)
	return a
}

func TestResponseURLOfACommand(t *testing.T) {
	clock := newClock()
	s := start(t, Config{Limits: free, Clock: clock.Now})
	command := func(channel string) string {
		d, err := s.ForgeCommand(within(t), "U07MEI", channel, "help", nil)
		require.NoError(t, err)
		return d.ResponseURL
	}
	target := command("C0LIVE")
	require.Equal(t, "ok", respond(t, target, m{"text": "one", "blocks": nil, "metadata": m{"event_type": "", "event_payload": nil}}).Raw)
	require.Equal(t, http.StatusOK, respond(t, target, m{"text": "two", "response_type": "in_channel"}).Status)
	require.Equal(t, []string{"two"}, texts(s.Messages("C0LIVE")))
	require.Equal(t, http.StatusOK, respond(t, target, m{"text": "three", "replace_original": true}).Status, "there is no original: it is a new message")
	require.Equal(t, "message_not_found", respond(t, target, m{"delete_original": true}).err())
	require.Equal(t, "no_text", respond(t, target, m{}).err())
	used := respond(t, target, m{"text": "six"})
	require.Equal(t, http.StatusNotFound, used.Status)
	require.Equal(t, "used_url", used.err())
	uses, alive := s.ResponseURLUses(target)
	require.Equal(t, 5, uses)
	require.False(t, alive)
	require.NotContains(t, texts(s.Ephemerals("U07MEI", "")), "six")

	target = command("C0RANDOM") // the bot is not a member there
	require.Equal(t, http.StatusOK, respond(t, target, m{"text": "here too", "response_type": "in_channel"}).Status)
	require.Equal(t, []string{"here too"}, texts(s.Messages("C0RANDOM")))
	thread := s.Messages("C0RANDOM")[0].TS
	require.Equal(t, http.StatusOK, respond(t, target, m{"text": "in a thread", "response_type": "in_channel", "thread_ts": thread, "replace_original": false}).Status)
	require.Len(t, s.Thread("C0RANDOM", thread), 2)
	require.Equal(t, "invalid_blocks", respond(t, target, m{"text": "x", "blocks": l{m{"type": "nope"}}}).err())

	target = command("C0LIVE")
	clock.add(30*time.Minute + time.Second)
	require.Equal(t, "expired_url", respond(t, target, m{"text": "late"}).err())
	require.Equal(t, "invalid_url", respond(t, target[:len(target)-4]+"0000", m{"text": "x"}).err())
	target = command("C0LIVE")
	a, err := send(t, http.MethodPost, target, "", "application/x-www-form-urlencoded", []byte("payload="+url.QueryEscape(j(m{"text": "by form"}))))
	require.NoError(t, err)
	require.Equal(t, "ok", a.Raw)
	a, err = send(t, http.MethodPost, target, "", "application/json", []byte("{"))
	require.NoError(t, err)
	require.Equal(t, "invalid_payload", a.err())
	for _, c := range s.Calls("response_url") {
		require.NotContains(t, j(c), "/commands/")
	}
}

func TestResponseURLOfAClick(t *testing.T) {
	s := start(t, Config{Limits: free})
	acking(t, s, nil)
	press := func(at Ref) string {
		d, err := s.Press(within(t), "U07MEI", at, "b", "deny")
		require.NoError(t, err)
		return d.ResponseURL
	}
	public := card(t, s, "C0LIVE")
	require.Equal(t, http.StatusOK, respond(t, press(public), m{"text": "private", "replace_original": false}).Status)
	require.Equal(t, []string{"private"}, texts(s.Ephemerals("U07MEI", "C0LIVE")))
	target := press(public)
	require.Equal(t, http.StatusOK, respond(t, target, m{"text": "done", "replace_original": true}).Status)
	msg, _ := s.Message("C0LIVE", public.TS)
	require.Equal(t, "done", msg.Text)
	require.Nil(t, msg.Blocks)
	require.Equal(t, http.StatusOK, respond(t, target, m{"delete_original": true}).Status)
	require.Empty(t, s.Messages("C0LIVE"))

	r := form(t, s, "chat.postEphemeral", "channel", "C0LIVE", "user", "U07MEI", "text", "x", "blocks", j(l{actionsBlock("b", button("deny"))}))
	private := Ref{Channel: "C0LIVE", TS: r.str("message_ts")}
	target = press(private)
	for _, text := range []string{"first", "second"} {
		require.Equal(t, http.StatusOK, respond(t, target, m{"text": text, "replace_original": true, "response_type": "in_channel"}).Status)
	}
	require.Empty(t, s.Messages("C0LIVE"), "an ephemeral message never becomes public")
	seen := s.Ephemerals("U07MEI", "C0LIVE")
	require.Equal(t, []string{"private", "x", "first", "second"}, texts(seen))
	require.Equal(t, []bool{false, true, true, false}, []bool{seen[0].Replaced, seen[1].Replaced, seen[2].Replaced, seen[3].Replaced})
	_, err := s.Press(within(t), "U07MEI", private, "b", "deny")
	require.ErrorIs(t, err, ErrRefused, "it was replaced")
	require.Equal(t, http.StatusOK, respond(t, target, m{"delete_original": true}).Status)
	require.True(t, s.Ephemerals("U07MEI", "C0LIVE")[3].Deleted)
	require.True(t, strings.Contains(target, "/actions/"))
}
