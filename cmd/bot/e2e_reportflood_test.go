package main

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// reportRow returns the message that shows a person in a list of reports, and the id of the row's button.
func (s *stage) reportRow(target string) (m slackd.Message, action string) {
	row := regexp.MustCompile(`"` + target + `".*?"action_id":"(report\.show\.[0-9]+)"`)
	for _, m := range s.slack.Messages(cas) {
		if found := row.FindSubmatch(m.Blocks); found != nil {
			return m, string(found[1])
		}
	}
	return m, ""
}

// opensRow presses the button in the row of a person, and returns what only the presser sees.
func (s *stage) opensRow(user, target string, parts ...string) slackd.Message {
	s.tb.Helper()
	m, action := s.reportRow(target)
	require.NotEmpty(s.tb, action, target)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := s.slack.Press(ctx, user, slackd.Ref{Channel: m.Channel, TS: m.TS}, "", action)
	require.NoError(s.tb, err)
	return s.private(user, parts...)
}

// Two replicas post a flood of different reports while Slack loses answers: each report is in one
// message, once. Of a person who is erased nothing is shown again.
func TestADifferentReportIsInOneMessage(t *testing.T) {
	t.Parallel()
	const reports, lost = 150, 4
	all := replicated(t, 2, func(sc *slackd.Config, _ *tencentd.Config) {
		sc.Scopes = append(slackd.DefaultScopes(), "channels:history", "groups:history")
	})
	s := all[0]
	s.takesReports()
	for _, r := range all {
		r.timing.MessagePace, r.timing.FoldAfter = 250*time.Millisecond, time.Millisecond
		r.start()
	}
	s.slack.Fail("chat.postMessage", slackd.Fault{Times: lost, DropAnswer: true})
	var clients sync.WaitGroup
	for c := range 5 {
		clients.Go(func() {
			for i := c; i < reports; i += 5 {
				s.reports(fmt.Sprint("r", i), fmt.Sprintf("person%03d", i))
			}
		})
	}
	clients.Wait()
	s.posted()
	lists := holding(s.slack.Messages(cas), "reports in one message")
	require.NotZero(t, lists)
	for i := range reports {
		require.Equal(t, 1, holding(s.slack.Messages(cas), fmt.Sprintf("person%03d", i)), "person%03d", i)
	}
	t.Logf("%d reports in %d messages", reports, holding(s.slack.Messages(cas), "person"))

	var rows []string // of one list
	last, _ := s.reportRow("person100")
	for _, found := range regexp.MustCompile(`person[0-9]{3}`).FindAll(last.Blocks, 3) {
		rows = append(rows, string(found))
	}
	require.Len(t, rows, 3)
	s.press(mod, s.opensRow(mod, rows[0], "Report: hate", "go away", rows[0]), "Dismiss")
	s.message(cas, "dismissed by")
	out, err := s.command("erase", rows[1]).CombinedOutput()
	require.NoError(t, err, string(out))
	s.opensRow(mod, rows[1], "This report is no longer stored")
	s.press(mod, s.opensRow(mod, rows[2], "Report: hate", rows[2]), "Dismiss")
	s.await("the list without the erased person", patience, func() bool { return holding(s.slack.Messages(cas), rows[1]) == 0 })
	s.idle(patience)
	s.posted()
	for _, r := range all {
		require.NoError(t, r.stop())
	}
	s.audit()
}
