package main

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/store/storetest"
)

// fileOf is a file of so many made-up people.
func fileOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "raider%04d\n", i)
	}
	return b.String()
}

var raider = regexp.MustCompile(`raider\d{4}`)

// previewed submits a file of people in the form and returns the preview.
func (s *stage) previewed(user string, people int) slackd.Message {
	s.tb.Helper()
	v := s.form(user, "silence", "file")
	s.chooseRoom(user, v, "live:show1")
	s.submit(user, v, s.attached(user, "raid.txt", fileOf(people)), entered("length", "1h"))
	return s.private(user, fmt.Sprintf("%d people from “raid.txt”", people), "Nothing has been done yet.")
}

// silencedOnce requires one case that silenced each of so many people. Calls whose answers the kill
// lost may have been made twice, and no others.
func (s *stage) silencedOnce(people, lost int) {
	s.tb.Helper()
	s.await("a case", patience, func() bool { return s.asked() > 0 })
	s.idle(patience)
	require.Equal(s.tb, 1, s.asked())
	require.Equal(s.tb, people, s.targets(storetest.Targets{Case: 1, Outcome: moderation.Accepted}))
	calls := map[string]int{}
	again := 0
	for _, c := range s.tencent.Calls() {
		twice := false
		for _, id := range raider.FindAllString(c.Body, -1) {
			calls[id]++
			twice = twice || calls[id] > 1
		}
		again += btoi(twice)
	}
	require.Len(s.tb, calls, people)
	require.LessOrEqual(s.tb, again, lost)
}

// shippedStage returns a stage on which the shipped program runs, which a test can kill.
func shippedStage(t *testing.T) *stage {
	s := newStage(t, unlimited)
	s.shipped()
	s.asksNobody()
	s.start()
	s.connected(2)
	return s
}

// A preview of a file survives a kill, and Run after it runs the file once, however often it is
// pressed.
func TestAKillBetweenAPreviewAndRun(t *testing.T) {
	t.Parallel()
	s := shippedStage(t)
	preview := s.previewed(mod, 300)
	s.kill()
	block, action, _ := button(preview, "Run")
	d, err := s.slack.Press(t.Context(), mod, slackd.Ref{Channel: preview.Channel, TS: preview.TS}, block, action)
	require.NoError(t, err)
	require.NotEmpty(t, d.Failure, "Slack says that it must be pressed again")
	s.start()
	s.connected(2)
	s.press(mod, preview, "Run")
	s.stale(mod, preview, "Run")
	s.silencedOnce(300, 0)
	s.private(mod, "This was already run: it is case #1.")
	require.NoError(t, s.stop())
	s.audit()
}

// Run is carried out once, whether the process is killed when it has acknowledged it, when the case is
// open, or in the middle of it.
func TestAKillAfterRun(t *testing.T) {
	t.Parallel()
	for _, point := range []struct {
		name string
		lost int // as many calls as can be under way
		come func(*stage) bool
	}{
		{"acknowledged", 0, func(*stage) bool { return true }},
		{"opened", 16, func(s *stage) bool { return s.asked() == 1 }},
		{"running", 16, func(s *stage) bool { return len(s.tencent.Calls()) > 0 }},
	} {
		t.Run(point.name, func(t *testing.T) {
			t.Parallel()
			s := shippedStage(t)
			preview := s.previewed(mod, 800)
			s.press(mod, preview, "Run")
			s.await(point.name, patience, func() bool { return point.come(s) })
			s.kill()
			s.start()
			s.connected(2)
			s.stale(mod, preview, "Run")
			s.silencedOnce(800, point.lost)
			s.private(mod, "This was already run: it is case #1.")
			require.NoError(t, s.stop())
			s.audit()
		})
	}
}

// A form whose submission was not answered stays open with what was entered. Submitted again it is the
// command, once: whether the process was killed before it stored the command, or after.
func TestAKillBeforeAFormIsAnswered(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]bool{"before it is stored": false, "after it is stored": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shippedStage(t)
			v := s.form(mod, "silence", "typed")
			s.chooseRoom(mod, v, "live:show1")
			checked, check := make(chan struct{}), make(chan struct{})
			s.slack.Fail("conversations.members", slackd.Fault{Reached: checked, Hold: check})
			answered := make(chan slackd.Delivery)
			go func() {
				d, err := s.slack.SubmitView(t.Context(), mod, v.ID, entered("typed", fileOf(3)), entered("length", "1h"))
				if err != nil {
					t.Error(err)
				}
				answered <- d
			}()
			<-checked
			if stored {
				s.slack.Freeze(0) // the answer does not arrive
				close(check)
				s.silencedOnce(3, 0)
			}
			s.kill()
			s.slack.DropConnections() // a frozen one does not notice it
			require.NotEmpty(t, (<-answered).Failure, "Slack says that the app did not answer")
			s.slack.Heal("")
			s.start()
			s.connected(2)
			s.submit(mod, s.shown(mod, "typed"))
			s.silencedOnce(3, 0)
			require.Equal(t, 1, s.countJobs(storetest.Jobs{Kind: "command"}), "one command")
			v, _ = s.slack.View(v.ID)
			require.False(t, v.Open)
			require.NoError(t, s.stop())
			s.audit()
		})
	}
}

// On PostgreSQL a preview that one replica made is run by another one, also when the first one has been
// killed, and a file that was being read is read by the other one.
func TestAPreviewIsRunByAnotherReplica(t *testing.T) {
	t.Parallel()
	all := replicated(t, 2)
	s, other := all[0], all[1]
	s.shipped()
	s.asksNobody()
	other.bin = s.bin
	other.env = maps.Clone(s.env)
	other.env["HTTP_ADDR"] = freeAddr(t)
	s.start()
	s.connected(2)
	preview := s.previewed(mod, 300)
	other.start()
	s.connected(4)
	s.kill()
	other.connected(2)
	other.press(mod, preview, "Run")
	other.silencedOnce(300, 0)
	require.NoError(t, other.stop())
	other.audit()
}
