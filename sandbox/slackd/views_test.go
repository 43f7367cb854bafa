package slackd

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func modal(more m) m {
	v := m{
		"type": "modal", "title": plainText("Title"), "submit": plainText("Send"), "callback_id": "cb",
		"blocks": l{m{"type": "input", "block_id": "why", "label": plainText("Why"), "element": m{"type": "plain_text_input", "action_id": "reason", "min_length": 3}}},
	}
	for k, x := range more {
		if x == nil {
			delete(v, k)
		} else {
			v[k] = x
		}
	}
	return v
}

// triggerOf makes a trigger as a slash command does.
func triggerOf(t *testing.T, s *Server) string {
	t.Helper()
	p, err := s.CommandAsync("U07MEI", "C0LIVE", "modal")
	require.NoError(t, err)
	d, err := p.Wait(within(t))
	require.NoError(t, err)
	return d.TriggerID
}

func open(t *testing.T, s *Server, view m) View {
	t.Helper()
	a := call(t, s, "views.open", m{"trigger_id": triggerOf(t, s), "view": view})
	require.Empty(t, a.err(), a.Raw)
	v, ok := s.View(a.str("view", "id"))
	require.True(t, ok)
	return v
}

func TestTriggers(t *testing.T) {
	clock := newClock()
	s := start(t, Config{Limits: free, Clock: clock.Now})
	trigger := triggerOf(t, s)
	require.Equal(t, "invalid_arguments", call(t, s, "views.open", m{"trigger_id": trigger, "view": m{"type": "modal"}}).err())
	require.Empty(t, call(t, s, "views.open", m{"trigger_id": trigger, "view": modal(nil)}).err(), "a refused view leaves the trigger")
	require.Equal(t, "exchanged_trigger_id", call(t, s, "views.open", m{"trigger_id": trigger, "view": modal(nil)}).err())
	require.Equal(t, "invalid_trigger_id", call(t, s, "views.open", m{"trigger_id": "1.2.x", "view": modal(nil)}).err())
	require.Equal(t, "invalid_arguments", call(t, s, "views.open", m{"view": modal(nil)}).err())
	trigger = triggerOf(t, s)
	clock.add(3*time.Second + time.Millisecond)
	require.Equal(t, "expired_trigger_id", call(t, s, "views.open", m{"trigger_id": trigger, "view": modal(nil)}).err())
	clock.add(2 * time.Minute)
	triggerOf(t, s)
	require.Equal(t, "invalid_trigger_id", call(t, s, "views.open", m{"trigger_id": trigger, "view": modal(nil)}).err(), "forgotten")
}

func TestViewRules(t *testing.T) {
	x := strings.Repeat
	s := start(t, Config{Limits: free})
	for _, tc := range []struct {
		name string
		view any
		want string // error, then part of a message
		part string
	}{
		{"fine", modal(nil), "", ""},
		{"nulls are left out", modal(m{"close": json.RawMessage("null")}), "", ""},
		{"no object", "[]", "invalid_arguments", "valid view object"},
		{"home", modal(m{"type": "home"}), "invalid_arguments", "type must be modal"},
		{"title 24", modal(m{"title": plainText(x("é", 24))}), "", ""},
		{"title 25", modal(m{"title": plainText(x("é", 25))}), "invalid_arguments", "must be less than 25 characters [json-pointer:/view/title/text]"},
		{"no title", modal(m{"title": nil}), "invalid_arguments", "missing required field: title"},
		{"submit 25", modal(m{"submit": plainText(x("x", 25))}), "invalid_arguments", "/view/submit/text"},
		{"close 25", modal(m{"close": plainText(x("x", 25))}), "invalid_arguments", "/view/close/text"},
		{"no submit", modal(m{"submit": nil}), "invalid_arguments", "missing required field: submit"},
		{"private_metadata 3000", modal(m{"private_metadata": x("x", 3000)}), "", ""},
		{"private_metadata 3001", modal(m{"private_metadata": x("x", 3001)}), "invalid_arguments", "/view/private_metadata"},
		{"callback_id 256", modal(m{"callback_id": x("x", 256)}), "invalid_arguments", "/view/callback_id"},
		{"external_id 256", modal(m{"external_id": x("x", 256)}), "invalid_arguments", "/view/external_id"},
		{"100 blocks", modal(m{"blocks": repeat(100, func(int) any { return m{"type": "divider"} })}), "", ""},
		{"101 blocks", modal(m{"blocks": repeat(101, func(int) any { return m{"type": "divider"} })}), "invalid_arguments", "no more than 100 items"},
		{"unknown field", modal(m{"colour": "red"}), "invalid_arguments", "invalid additional property: colour"},
		{"markdown block", modal(m{"blocks": l{m{"type": "markdown", "text": "x"}}}), "invalid_arguments", "unsupported type: markdown"},
		{"same action_id", modal(m{"blocks": l{actionsBlock("a", button("b"), button("b"))}}), "invalid_arguments", "action_id already exists: b [json-pointer:/view/blocks/0/elements/1/action_id]"},
		{"250 KB", modal(m{"private_metadata": x("x", 250_001)}), "view_too_large", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := call(t, s, "views.open", m{"trigger_id": triggerOf(t, s), "view": tc.view})
			require.Equal(t, tc.want, a.err(), a.Raw)
			require.Contains(t, a.Raw, tc.part)
		})
	}
}

func TestViewStackAndUpdate(t *testing.T) {
	s := start(t, Config{Limits: free})
	a := keeping(t, s)
	root := open(t, s, modal(m{"external_id": "ext", "blocks": l{actionsBlock("b", button("more"))}, "submit": nil}))
	require.Equal(t, "duplicate_external_id", call(t, s, "views.open", m{"trigger_id": triggerOf(t, s), "view": modal(m{"external_id": "ext"})}).err())
	require.Equal(t, "not_found", call(t, s, "views.push", m{"trigger_id": triggerOf(t, s), "view": modal(nil)}).err(), "a command's trigger pushes nothing")

	press := func(view string) string {
		d, err := s.Press(within(t), "U07MEI", Ref{View: view}, "b", "more")
		require.NoError(t, err)
		require.Empty(t, d.ResponseURL, "a view has no response_url")
		return d.TriggerID
	}
	last := root.ID
	for range 2 {
		r := call(t, s, "views.push", m{"trigger_id": press(last), "view": modal(m{"blocks": l{actionsBlock("b", button("more"))}, "submit": nil})})
		require.Empty(t, r.err(), r.Raw)
		require.Equal(t, root.ID, r.str("view", "root_view_id"))
		require.Equal(t, last, r.str("view", "previous_view_id"))
		last = r.str("view", "id")
	}
	_, err := s.Press(within(t), "U07MEI", Ref{View: root.ID}, "b", "more")
	require.ErrorIs(t, err, ErrRefused, "it lies under another")
	require.Equal(t, "push_limit_reached", call(t, s, "views.push", m{"trigger_id": press(last), "view": modal(nil)}).err())
	for w := a.next(); ; w = a.next() {
		if w.Type == "interactive" {
			require.False(t, w.Accepts)
			require.Equal(t, "view", w.Payload["container"].(m)["type"])
			break
		}
	}

	old, _ := s.View(root.ID)
	require.Empty(t, call(t, s, "views.update", m{"external_id": "ext", "hash": old.Hash, "view": modal(m{"external_id": "ext"})}).err())
	require.Equal(t, "hash_conflict", call(t, s, "views.update", m{"view_id": root.ID, "hash": old.Hash, "view": modal(nil)}).err())
	require.Empty(t, call(t, s, "views.update", m{"view_id": root.ID, "view": modal(nil)}).err())
	require.Equal(t, "not_found", call(t, s, "views.update", m{"view_id": "V404", "view": modal(nil)}).err())
	require.Equal(t, "invalid_arguments", call(t, s, "views.update", m{"view": modal(nil)}).err())

	require.Len(t, s.Views("U07MEI"), 3)
	_, err = s.CloseView(within(t), "U07MEI", last, false)
	require.NoError(t, err)
	require.Len(t, s.Views("U07MEI"), 2)
	require.Equal(t, "not_found", call(t, s, "views.update", m{"view_id": last, "view": modal(nil)}).err())
	_, err = s.CloseView(within(t), "U07MEI", s.Views("U07MEI")[1].ID, true)
	require.NoError(t, err)
	require.Empty(t, s.Views("U07MEI"))
}

func TestSubmission(t *testing.T) {
	s := start(t, Config{Limits: free})
	var reply any
	var last wire
	connect(t, s, func(a *app, w wire) {
		last = w
		if w.Type != "interactive" {
			a.ack(w.ID, nil)
			return
		}
		a.ack(w.ID, reply)
	})
	submit := func(v View, answer any, value string) (Delivery, error) {
		reply = answer
		return s.SubmitView(within(t), "U07MEI", v.ID, Input{Block: "why", Action: "reason", Values: []string{value}})
	}
	must := func(d Delivery, err error) Delivery {
		require.NoError(t, err)
		require.True(t, d.Acked)
		return d
	}

	v := open(t, s, modal(m{"private_metadata": "case 12"}))
	for _, bad := range []string{"", "ab"} {
		_, err := submit(v, nil, bad)
		require.ErrorIs(t, err, ErrRefused, "required, at least 3")
	}
	_, err := s.SubmitView(within(t), "U07RAJ", v.ID)
	require.ErrorIs(t, err, ErrRefused, "someone else's")

	d := must(submit(v, m{"response_action": "errors", "errors": m{"why": "more"}}, "abc"))
	require.Equal(t, map[string]string{"why": "more"}, d.Errors)
	seen, _ := s.View(v.ID)
	require.True(t, seen.Open)
	require.Equal(t, map[string]string{"why": "more"}, seen.Errors)
	require.Equal(t, "view_submission", last.Payload["type"])
	require.True(t, last.Accepts)
	require.NotContains(t, last.Payload, "channel")
	require.NotContains(t, last.Payload, "response_url")
	view := last.Payload["view"].(m)
	require.Equal(t, "case 12", view["private_metadata"])
	require.Equal(t, "abc", view["state"].(m)["values"].(m)["why"].(m)["reason"].(m)["value"])

	for name, bad := range map[string]any{
		"errors for an action_id": m{"response_action": "errors", "errors": m{"reason": "x"}},
		"no errors":               m{"response_action": "errors"},
		"unknown action":          m{"response_action": "explode"},
		"bad view":                m{"response_action": "update", "view": m{"type": "modal"}},
		"not an object":           "text",
	} {
		d := must(submit(v, bad, "abc"))
		require.Equal(t, FailResponse, d.Failure, name)
	}
	must(submit(v, m{"response_action": "update", "view": modal(m{"callback_id": "second"})}, "abc"))
	seen, _ = s.View(v.ID)
	require.Equal(t, "second", seen.CallbackID)
	must(submit(v, m{"response_action": "push", "view": modal(m{"callback_id": "third", "notify_on_close": true})}, "abc"))
	stack := s.Views("U07MEI")
	require.Len(t, stack, 2)
	require.True(t, stack[1].Top)
	d, err = s.CloseView(within(t), "U07MEI", stack[1].ID, false)
	require.NoError(t, err)
	require.True(t, d.Acked)
	require.Equal(t, "view_closed", last.Payload["type"])
	require.Equal(t, false, last.Payload["is_cleared"])
	must(submit(v, m{"response_action": "clear"}, "abc"))
	require.Empty(t, s.Views("U07MEI"))

	v = open(t, s, modal(nil))
	must(submit(v, nil, "abc"))
	require.Empty(t, s.Views("U07MEI"), "an empty ack closes it")
	_, err = submit(v, nil, "abc")
	require.ErrorIs(t, err, ErrRefused)
}

func TestInputsOfAllKinds(t *testing.T) {
	s := start(t, Config{Limits: free})
	var last wire
	connect(t, s, func(a *app, w wire) {
		last = w
		a.ack(w.ID, nil)
	})
	in := func(id string, element m) m {
		return m{"type": "input", "block_id": id, "optional": true, "label": plainText("L"), "element": set(element, "action_id", "a")}
	}
	v := open(t, s, modal(m{"blocks": l{
		in("text", m{"type": "plain_text_input", "initial_value": "first"}),
		in("mail", m{"type": "email_text_input"}),
		in("link", m{"type": "url_text_input"}),
		in("number", m{"type": "number_input", "is_decimal_allowed": false, "min_value": "2", "max_value": "9"}),
		in("date", m{"type": "datepicker"}),
		in("time", m{"type": "timepicker"}),
		in("moment", m{"type": "datetimepicker"}),
		in("pick", sel(3)),
		in("many", set(set(sel(3), "type", "multi_static_select"), "max_selected_items", 2)),
		in("boxes", set(sel(3), "type", "checkboxes")),
		in("user", m{"type": "users_select"}),
		in("channel", m{"type": "conversations_select", "response_url_enabled": true}),
		in("rich", m{"type": "rich_text_input"}),
	}}))
	enter := func(block string, values ...string) error {
		_, err := s.SelectOption(within(t), "U07MEI", Ref{View: v.ID}, block, "a", values...)
		return err
	}
	for block, bad := range map[string][]string{
		"pick": {"9"}, "many": {"0", "1", "2"}, "date": {"tomorrow"}, "time": {"25:00"}, "moment": {"x"}, "text": {"a", "b"},
	} {
		require.ErrorIs(t, enter(block, bad...), ErrRefused, block)
	}
	for block, bad := range map[string]string{"mail": "x", "link": "x", "number": "1"} {
		_, err := s.SubmitView(within(t), "U07MEI", v.ID, Input{Block: block, Action: "a", Values: []string{bad}})
		require.ErrorIs(t, err, ErrRefused, block)
	}
	good := map[string][]string{
		"mail": {"a@b.example"}, "link": {"https://a.example"}, "number": {"3"}, "date": {"2026-11-22"}, "time": {"12:30"},
		"moment": {"1790000000"}, "pick": {"1"}, "many": {"0", "2"}, "boxes": {"1"}, "user": {"U07RAJ"}, "channel": {"C0LIVE"}, "rich": {"hello"},
	}
	inputs := []Input{}
	for block, values := range good {
		inputs = append(inputs, Input{Block: block, Action: "a", Values: values})
	}
	_, err := s.SubmitView(within(t), "U07MEI", v.ID, inputs...)
	require.NoError(t, err)
	values := last.Payload["view"].(m)["state"].(m)["values"].(m)
	at := func(block, key string) any { return values[block].(m)["a"].(m)[key] }
	require.Equal(t, "first", at("text", "value"))
	require.Equal(t, "2026-11-22", at("date", "selected_date"))
	require.EqualValues(t, 1790000000, at("moment", "selected_date_time"))
	require.Equal(t, "1", at("pick", "selected_option").(m)["value"])
	require.Len(t, at("many", "selected_options"), 2)
	require.Equal(t, "U07RAJ", at("user", "selected_user"))
	urls := last.Payload["response_urls"].([]any)
	require.Len(t, urls, 1)
	require.Equal(t, "C0LIVE", urls[0].(m)["channel_id"])
}

func TestHome(t *testing.T) {
	none := start(t, Config{Limits: free, AppHome: &AppHome{MessagesTab: true}})
	home := m{"type": "home", "blocks": l{section("hi"), actionsBlock("b", button("more"))}}
	require.Equal(t, "not_enabled", call(t, none, "views.publish", m{"user_id": "U07MEI", "view": home}).err())
	_, err := none.OpenHome(within(t), "U07MEI")
	require.ErrorIs(t, err, ErrRefused)

	s := start(t, Config{Limits: free, AppHome: &AppHome{HomeTab: true}, Events: []string{"app_home_opened"}})
	a := keeping(t, s)
	d, err := s.OpenHome(within(t), "U07MEI")
	require.NoError(t, err)
	require.True(t, d.Acked)
	w := a.next()
	require.Equal(t, "app_home_opened", w.Payload["event"].(m)["type"])
	r := call(t, s, "views.publish", m{"user_id": "U07MEI", "view": home})
	require.Empty(t, r.err(), r.Raw)
	require.Equal(t, "hash_conflict", call(t, s, "views.publish", m{"user_id": "U07MEI", "view": home, "hash": "x"}).err())
	require.Empty(t, call(t, s, "views.publish", m{"user_id": "U07MEI", "view": home, "hash": r.str("view", "hash")}).err())
	require.Equal(t, "user_not_found", call(t, s, "views.publish", m{"user_id": "U404", "view": home}).err())
	require.Equal(t, "invalid_arguments", call(t, s, "views.publish", m{"user_id": "U07MEI", "view": modal(nil)}).err())
	for field, v := range (m{"title": plainText("x"), "colour": "red", "private_metadata": strings.Repeat("x", 3001), "blocks": nil}) {
		require.Equal(t, "invalid_arguments", call(t, s, "views.publish", m{"user_id": "U07MEI", "view": set(home, field, v)}).err(), field)
	}
	views := s.Views("U07MEI")
	require.Len(t, views, 1)
	d, err = s.Press(within(t), "U07MEI", Ref{View: views[0].ID}, "b", "more")
	require.NoError(t, err)
	require.True(t, d.Acked)
	_, err = s.CloseView(within(t), "U07MEI", views[0].ID, false)
	require.ErrorIs(t, err, ErrRefused)
	_, err = s.SubmitView(within(t), "U07MEI", views[0].ID)
	require.ErrorIs(t, err, ErrRefused)
}
