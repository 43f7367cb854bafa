package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// choose chooses rows of a list by their numbers.
func (s *stage) choose(user string, m slackd.Message, rows ...string) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.SelectOption(ctx, user, slackd.Ref{Channel: m.Channel, TS: m.TS}, "", "value", rows...)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
}

// crowd are people with names that would speak in Slack, in a form or in a command.
func crowd(n int) []string {
	out := []string{"<!channel>", "<@U07ANA>", "*b*_i_", "`x`", "a,b", "30m", "all", `"quoted"`, "=1+1", "&amp;", strings.Repeat("W", 32)}
	for i := len(out); i < n; i++ {
		out = append(out, fmt.Sprintf("guest%03d", i))
	}
	return out
}

// Rows of a list of 130 people with odd names fill in the form exactly, and a choice on one page does
// not count on another.
func TestRowsOfManyPeople(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	people := crowd(130)
	require.NoError(t, s.tencent.CreateLive("odd", "Odd", "host"))
	require.NoError(t, s.tencent.Join(tencentd.KindLive, "odd", people...))
	s.say(lead, "who live:odd")
	m := s.private(lead, "Inside live:odd: 130 people", "page 1 of 7")
	s.choose(lead, m, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
	s.press(lead, m, "Silence…")
	v := s.modal(lead, "It would run at once")
	s.submit(lead, v)
	s.await("eleven are silenced", patience, func() bool {
		r, _ := s.tencent.Room(tencentd.KindLive, "odd")
		return len(r.Silenced) == 11
	})
	r, _ := s.tencent.Room(tencentd.KindLive, "odd")
	for _, id := range people[:11] {
		require.True(t, among(r.Silenced, id), id)
	}
	s.press(lead, m, "Next")
	m = s.private(lead, "page 2 of 7")
	s.press(lead, m, "Silence…")
	v = s.modal(lead, "Fill in the fields to see")
	require.NotContains(t, string(v.JSON), "guest", "the choice was on another page")
	_, err := s.slack.CloseView(t.Context(), lead, v.ID, true)
	require.NoError(t, err)
	s.choose(lead, m, "20", "39")
	s.press(lead, m, "Silence…")
	v = s.modal(lead, "guest020", "guest039")
	require.NotContains(t, everyText(v.JSON), "guest021")
	s.idle(patience)
	s.injected()
	_, err = s.slack.CloseView(t.Context(), lead, v.ID, true)
	require.NoError(t, err)
	long := make([]string, 101)
	for i := range long {
		long[i] = strings.Repeat("W", 28) + fmt.Sprintf("%03d", i)
	}
	s.say(mod, "silence live:odd "+strings.Join(long, ",")+" 1h")
	s.message(live, "#2 silence")
	s.say(lead, "search in:1h")
	m = s.private(lead, "2 cases: in the last 1 h")
	s.press(lead, m, "Act…")
	s.modal(lead, "more people than the form takes")
}

// Buttons of rows that are not there, of another list, of another person, or too old do nothing.
func TestForgedAndOldRows(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(lead, "who live:show1")
	m := s.private(lead, "Inside live:show1")
	_, action, value := button(m, "Act…")
	require.Equal(t, "list.act.0", action)
	token := strings.TrimPrefix(value, action+"/")
	s.say(lead, "silence live:show1 alice 10m")
	s.message(live, "#1 silence")
	s.say(lead, "active live:show1")
	restrictions := s.private(lead, "1 restriction in force")
	_, lift, value := button(restrictions, "Unsilence")
	require.Equal(t, "find.lift.1-0", lift)
	found := strings.TrimPrefix(value, lift+"/")
	s.click(mod, live, action, action+"/"+token, nil)
	s.message(auditRoom, "another person’s button")
	s.click(mod, live, lift, lift+"/"+found, nil)
	refused := 0
	for _, forged := range []string{
		"list.act.2/" + token, "list.act.0-0/" + token, "list.lift.0/" + token, "list.close.0/" + token, "list.history.99/" + token,
		"find.act.1/" + found, "find.act.1-1/" + found, "find.act.2-0/" + found, "find.show.1/" + found, "find.lift.1/" + found, "find.ban.1-0/" + found,
	} {
		action, _, _ := strings.Cut(forged, "/")
		s.click(lead, live, action, forged, nil)
		refused++
	}
	chosen := func(values ...string) map[string]any {
		options := make([]any, len(values))
		for i, v := range values {
			options[i] = map[string]any{"value": v}
		}
		return map[string]any{"state": map[string]any{"values": map[string]any{"pick.0": map[string]any{"value": map[string]any{"type": "multi_static_select", "selected_options": options}}}}}
	}
	for _, rows := range [][]string{{"0", "99"}, {"<!channel>"}, {"1-0"}, {""}, {"-1"}} {
		s.click(lead, live, "list.ban", "list.ban/"+token, chosen(rows...))
		refused++
	}
	s.await("the refusals", patience, func() bool { return s.metric(`bouncer_refusals_total{code="refuse-forged"}`) == strconv.Itoa(refused) })
	require.True(t, s.silenced("alice"))
	require.Equal(t, 1, s.asked())
	require.NoError(t, s.stop())
	storetest.ExpireLists(t, s.env["DATABASE_URL"])
	s.start()
	s.connected(2)
	s.press(lead, m, "Act…")
	s.modal(lead, "This list has expired")
	s.press(lead, restrictions, "Unsilence")
	s.private(lead, "These results have expired")
	s.idle(patience)
	require.Equal(t, 1, s.asked())
	s.injected()
}

// Where Slack has no tables, a list is columns of text with the same buttons; that is tried once.
func TestListsWithoutTables(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) { sc.NoTables = true })
	s.say(lead, "who live:show1")
	m := s.private(lead, "Inside live:show1", "troll7")
	require.Contains(t, string(m.Blocks), `"accessory"`)
	s.press(lead, m, "Act…")
	v := s.modal(lead, "Fill in the fields to see")
	_, err := s.slack.CloseView(t.Context(), lead, v.ID, true)
	require.NoError(t, err)
	s.choose(lead, m, "1")
	s.press(lead, m, "Silence…")
	s.submit(lead, s.modal(lead, "It would run at once"))
	s.message(live, "#1 silence")
	s.say(lead, "active live:show1")
	m = s.private(lead, "1 restriction in force")
	s.press(lead, m, "Unsilence")
	s.message(live, "#2 unsilence")
	s.idle(patience)
	refused := 0
	for _, c := range s.slack.Calls("response_url") {
		if strings.Contains(c.Args["blocks"], "data_table") {
			refused++
		}
	}
	require.Equal(t, 1, refused)
}
