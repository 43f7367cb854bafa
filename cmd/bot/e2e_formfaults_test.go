package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
)

// An update of the form that fails, or whose answer is lost, is made again: the form ends with the
// fields of the last choice.
func TestAFormWhoseUpdateFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]slackd.Fault{
		"the answer is lost":          {DropAnswer: true, Times: 2},
		"the request is lost":         {DropRequest: true, Times: 2},
		"Slack is down":               {Status: 500, Times: 4},
		"Slack asks to wait":          {Status: 429, Times: 4},
		"Slack is silent":             {Hold: make(chan struct{}), Times: 1},
		"Slack names a passing error": {Error: "internal_error", Times: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := began(t, unlimited)
			s.slack.Fail("views.update", fault) // of the empty modal that was opened
			v := s.form(mod, "", "typed")
			s.slack.Fail("views.update", fault)
			s.picks(mod, v, "verb", "ban")
			v = s.shown(mod, "length")
			s.picks(mod, v, "verb", "freeze")
			v = s.without(mod, "typed")
			s.picks(mod, v, "verb", "kick")
			v = s.shown(mod, "typed")
			s.chooseRoom(mod, v, "room:1234")
			s.submit(mod, v, entered("typed", "test1"))
			s.message(live, "#1 ", "kick", "test1")
			require.NoError(t, s.stop())
		})
	}
}

// While no update of the form reaches Slack, what is submitted is what its fields show. Fields that the
// chosen verb takes, and that are missing, are shown first.
func TestAFormThatIsNotUpdated(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	v := s.form(mod, "ban", "length")
	s.slack.Fail("views.update", slackd.Fault{Status: 500})
	s.chooseRoom(mod, v, "live:show1")
	s.picks(mod, v, "verb", "silence")
	s.submit(mod, v, entered("typed", "troll7"), entered("length", "30m"))
	s.await("troll7 silenced", patience, func() bool { return s.silenced("troll7") })
	require.False(t, s.isBanned("troll7"))
	s.slack.Heal("")
	v = s.form(mod, "freeze", "reason")
	s.slack.Fail("views.update", slackd.Fault{Status: 500})
	s.chooseRoom(mod, v, "live:show1")
	s.picks(mod, v, "verb", "ban")
	s.submit(mod, v, entered("reason", "raid"))
	require.False(t, s.isBanned("troll7"), "nobody was named")
	s.submit(mod, s.shown(mod, "length"), entered("typed", "troll7"), entered("length", "30m"))
	s.await("troll7 banned", patience, func() bool { return s.isBanned("troll7") })
	s.message(live, "#2 ", "Reason: raid")
	require.NoError(t, s.stop())
}
