package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/sandbox/slackd"
)

// largestPolicy has as much as a policy may have of what a view shows, and each name as long as it may
// be.
func largestPolicy() string {
	var b strings.Builder
	name := func(what string, i int) string {
		return fmt.Sprintf("%s%03d%s", what, i, strings.Repeat("w", 61-len(what)))
	}
	b.WriteString("roles:\n")
	for i := range 200 {
		fmt.Fprintf(&b, "  %s: [S1MODS]\n", name("r", i))
	}
	b.WriteString("rooms:\n")
	for i := range 300 {
		fmt.Fprintf(&b, "  %s: \"live:%s%03d\"\n", name("n", i), strings.Repeat("y", 45), i)
	}
	b.WriteString("  " + name("g", 0) + ": [")
	for i := range 20 {
		fmt.Fprintf(&b, "%s, ", name("n", i))
	}
	b.WriteString("]\nreasons:\n")
	for i := range 99 {
		fmt.Fprintf(&b, "  code%02d: {en: \"%s\", zh: \"%s\", durations: [1h, 2h, 3h], within: 90d}\n", i, strings.Repeat("&", 70), strings.Repeat("恨", 70))
	}
	b.WriteString("durations: [")
	for i := range 20 {
		fmt.Fprintf(&b, "%dh%dm%ds, ", i+1, i+1, i+1)
	}
	b.WriteString("]\nrules:\n")
	for i := range 199 { // each reaches further than the one before
		fmt.Fprintf(&b, "  - {name: %s, roles: [%s], verbs: [restrict], max_duration: %dm}\n", name("rule", i), name("r", i), i+1)
	}
	fmt.Fprintf(&b, "  - {name: %s, roles: [%s], verbs: [all], approvals: 1, approvers: [%s", name("rule", 199), name("r", 0), name("r", 1))
	for i := range 198 {
		b.WriteString(", " + name("r", i+2))
	}
	b.WriteString("]}\n")
	return b.String()
}

// No view of the form or of the Home tab is refused, in either language: with the largest policy, the
// longest names, and as many people and rooms as one can enter.
func TestNoViewIsRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.policy(largestPolicy())
	s.start()
	s.connected(2)
	refused := func() {
		t.Helper()
		for _, c := range s.slack.Calls("") {
			if strings.HasPrefix(c.Method, "views.") {
				ok := []string{"", "not_found", "hash_conflict"} // another one was opened, or a choice was faster
				require.Contains(t, ok, c.Error, "%s: %s", c.Method, c.Answer)
			}
		}
	}
	ids := func(from, n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("<&>%s%03d", strings.Repeat("\"", 26), from+i))
		}
		return list
	}
	group := "g000" + strings.Repeat("w", 60)
	for _, user := range []string{mod, mod2} {
		s.opensHome(user)
		v := s.form(user, "", "typed")
		s.search(user, v, "room", "") // more rooms than an answer can have
		s.picks(user, v, "verb", "ban")
		v = s.shown(user, "length")
		s.search(user, v, "room", group)
		s.picks(user, v, "room", group)
		var people []string
		for from := 0; from < 125; from += 25 {
			list := ids(from, 25)
			s.search(user, v, "people", commands.UserList(list))
			people = append(people, list...)
		}
		_, err := s.slack.SelectOption(t.Context(), user, slackd.Ref{View: v.ID}, "people", "value", people...)
		require.ErrorIs(t, err, slackd.ErrRefused, "Slack's client takes no more than an update can show")
		require.NoError(t, s.slack.EnterInputs(user, v.ID,
			entered("typed", strings.Repeat("x", 3000)), entered("reason", strings.Repeat("恨", 3000)), entered("length", strings.Repeat("9", 40))))
		for _, verb := range []string{"silence", "ban"} {
			before, _ := s.slack.View(v.ID)
			s.picks(user, v, "people", people[:100]...)
			s.picks(user, v, "preset", "code98")
			s.picks(user, v, "verb", verb)
			s.await("the form updated", patience, func() bool {
				now, _ := s.slack.View(v.ID)
				return now.Hash != before.Hash
			})
		}
		d := s.submit(user, v)
		require.NotEmpty(t, d.Errors, "what is wrong is beside its field")
		// Hundreds of people are a typed list in the form.
		var short []string
		for i := range 590 {
			short = append(short, fmt.Sprintf("u%d", i+1))
		}
		s.say(user, "ban live:show1 "+strings.Join(short, ",")+" 400d")
		edit := map[string]string{mod: "Edit…", mod2: "修改…"}[user]
		s.press(user, s.private(user, edit), edit)
		s.shown(user, "length")
	}
	for i := range 15 { // more than the tab shows
		s.say(mod, fmt.Sprintf("silence n%03d%s %s 5m code%02d: %s", i, strings.Repeat("w", 60), commands.UserList(ids(10*i, 9)), i, strings.Repeat("<!channel>", 40)))
		s.say(mod, fmt.Sprintf("ban n%03d%s %s 5m code%02d: %s", i, strings.Repeat("w", 60), commands.UserList(ids(10*i, 9)), i, strings.Repeat("<!channel>", 40)))
		s.idle(patience)
	}
	for _, user := range []string{mod, mod2, lead} {
		s.opensHome(user)
	}
	s.home(mod, "restrictions in force")
	s.home(mod2, "15")
	refused()
	require.NoError(t, s.stop())
	refused()
}

// search types into a select of a form; what the bot offers can then be chosen.
func (s *stage) search(user string, v slackd.View, field, text string) {
	s.tb.Helper()
	d, err := s.slack.Suggest(s.tb.Context(), user, slackd.Ref{View: v.ID}, field, "value", text)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
	require.Empty(s.tb, d.Failure, d.Detail)
	require.Contains(s.tb, string(d.AckPayload), `"value"`, "something is offered")
}

// Where no update of the form reached Slack, its submission shows the fields that are missing, also where
// they are more than the answer to it may have.
func TestAFormThatIsTooLargeForAnAnswer(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.policy(largestPolicy())
	s.start()
	s.connected(2)
	for user, said := range map[string]string{mod: "The form did not show all fields of this action yet.", mod2: "表单还没有显示此操作的全部字段"} {
		v := s.form(user, "", "typed")
		s.slack.Fail("views.update", slackd.Fault{Status: 500})
		s.picks(user, v, "verb", "ban")
		s.search(user, v, "room", "g000")
		s.picks(user, v, "room", "g000"+strings.Repeat("w", 60))
		d := s.submit(user, v, entered("typed", "troll7"))
		require.Contains(t, d.Errors["verb"], said)
		s.slack.Heal("")
		s.submit(user, v)
		v = s.shown(user, "length")
		require.Contains(t, string(v.JSON), `"value":"troll7"`, "what was entered is kept")
	}
	require.Zero(t, s.asked())
	require.NoError(t, s.stop())
}
