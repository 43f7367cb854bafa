package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

const reportKey = "0123456789abcdef0123456789abcdef"

// takesReports makes the stage's bot take reports.
func (s *stage) takesReports() {
	s.tb.Helper()
	s.env["INTAKE_ADDR"], s.env["INTAKE_SECRET"] = freeAddr(s.tb), reportKey
}

// sends sends a body to the listener, signed with a key, and returns the status and the answer.
func (s *stage) sends(key, body string) (status int, answer string) {
	at := fmt.Sprint(time.Now().Unix())
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = io.WriteString(mac, at+"."+body) // a hash returns no error
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+s.env["INTAKE_ADDR"]+"/v1/reports", strings.NewReader(body))
	require.NoError(s.tb, err)
	req.Header.Set("X-Bouncer-Time", at)
	req.Header.Set("X-Bouncer-Signature", "v1="+hex.EncodeToString(mac.Sum(nil)))
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.tb, err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	require.NoError(s.tb, err)
	return res.StatusCode, string(text)
}

// reports sends a report about a person and requires that it is accepted.
func (s *stage) reports(id, target string) {
	s.tb.Helper()
	status, answer := s.sends(reportKey, fmt.Sprintf(`{"id":%q,"reporter":"kim","target":%q,"room":"live:show1","reason":"hate","text":"go away"}`, id, target))
	require.Equal(s.tb, http.StatusAccepted, status, answer)
}

// The example of the docs is a client: nothing else is known to it.
func TestReportsByTheExampleOfTheDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/intake.md")
	require.NoError(t, err)
	_, code, _ := bytes.Cut(page, []byte("```sh\n"))
	code, _, found := bytes.Cut(code, []byte("```"))
	require.True(t, found)
	s := newStage(t, unlimited)
	s.takesReports()
	s.start()
	send := func(secret string) string {
		cmd := exec.CommandContext(context.Background(), "sh", "-euc", string(code))
		cmd.Env = append(os.Environ(), "INTAKE_URL=http://"+s.env["INTAKE_ADDR"], "INTAKE_SECRET="+secret)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	require.JSONEq(t, `{"status":"accepted"}`, send(reportKey))
	require.JSONEq(t, `{"status":"accepted"}`, send(reportKey))
	require.Contains(t, send("another"), "The signature is wrong")
	s.message(cas, "Report: hate", "troll7", "live:show1", "go away", "Reported once by kim")
	require.Equal(t, "2", s.metric(`bouncer_reports_total{result="accepted"}`))
	require.Equal(t, "1", s.metric(`bouncer_reports_total{result="unsigned"}`))
	require.Equal(t, 1, s.entries(moderation.EntryReport))
	require.NotContains(t, s.proc.log.String(), reportKey)
}

// However many press at once, a report becomes one case, and the others read whose it is.
func TestTwoPeopleActOnAReportAtOnce(t *testing.T) {
	t.Parallel()
	const times = 6
	s := newStage(t, unlimited)
	s.asksNobody()
	s.takesReports()
	s.start()
	for no := 1; no <= times; no++ {
		target := fmt.Sprint("pair", no)
		s.reports(fmt.Sprint("r", no), target)
		card := s.message(cas, "Report: hate", target)
		var both sync.WaitGroup
		both.Go(func() { s.press(mod, card, "Ban 24 h") })
		both.Go(func() { s.press(lead, card, "Silence 1 h") })
		both.Wait()
	}
	s.await("all answered", patience, func() bool {
		return s.pending() == 0 && holding(s.slack.Ephemerals(mod, ""), "acted on this report with #")+holding(s.slack.Ephemerals(lead, ""), "acted on this report with #") == times
	})
	require.Equal(t, times, s.asked())
	require.Equal(t, times, s.called("live_engine_http_srv/ban_member")+s.called("live_engine_http_srv/mute_member"))
	require.Equal(t, times, s.entries(moderation.EntryReportDecided))
}

// A flood is one report, one card and one entry, and keeps no command from running.
func TestAFloodOfReports(t *testing.T) {
	t.Parallel()
	const reports, clients, commands = 1500, 20, 20
	s := newStage(t, unlimited, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1 })
	s.asksNobody()
	s.takesReports()
	s.start()
	var sent, refused atomic.Int64
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for {
				n := sent.Add(1)
				if n > reports {
					return
				}
				for {
					status, answer := s.sends(reportKey, fmt.Sprintf(`{"id":"flood-%d","reporter":"u%d","target":"troll7","room":"live:show1","reason":"hate"}`, n, n))
					if status == http.StatusAccepted {
						break
					}
					if status != http.StatusTooManyRequests {
						t.Errorf("answered with %d: %s", status, answer)
						return
					}
					refused.Add(1)
					time.Sleep(100 * time.Millisecond) // as the answer asks
				}
			}
		})
	}
	for i := range commands {
		all.Go(func() { s.say(mod, fmt.Sprintf("silence live:show1 person%d 1h", i)) })
	}
	all.Wait()
	s.await("all commands run", patience, func() bool { return len(s.cases(storetest.Cases{State: moderation.Done})) == commands })
	s.message(cas, "Report: hate", "Reported 1,500 times by")
	require.Equal(t, 1, holding(s.slack.Messages(cas), "Report: hate"))
	require.Equal(t, 1, s.entries(moderation.EntryReport))
	require.Equal(t, commands, s.called("live_engine_http_srv/mute_member"))
	t.Logf("%d reports, %d refused for the rate", reports, refused.Load())
}

// A button does what it says or nothing: after a change of the policy it asks to press the new one.
func TestAReportAfterThePolicyChanged(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	const rules = "roles: {moderators: [S1MODS]}\nrules:\n  - {name: everything, roles: [moderators], verbs: [all]}\n"
	s.policy(rules)
	s.takesReports()
	s.start()
	status, answer := s.sends(reportKey, `{"id":"r1","target":"troll7","room":"live:show1","reason":"hate","links":["https://example.com/clip"]}`)
	require.Equal(t, http.StatusAccepted, status, answer)
	card := s.message(cas, "Reported once by an automatic check", "Evidence: https://example.com/clip")
	s.policy(rules + "report_actions: [ban 7d]\n")
	s.hangup()
	s.message(auditRoom, "The policy changed")
	s.press(mod, card, "Ban 24 h")
	s.private(mod, "The policy has changed since this report was shown")
	s.press(mod, s.message(cas, "Report: hate", "Ban 7 days"), "Ban 7 days")
	done := s.message(cas, "acted on this report with #1")
	require.False(t, shows(done, "Earlier: "), "the case of a report is none that was before it")
	s.await("banned", patience, func() bool { return s.isBanned("troll7") })
	require.Equal(t, 7*24*time.Hour, s.caseNo(1).Action.Duration)

	const gone = "0123456789abcdef0123456789abcdef"
	s.click(mod, cas, "report.dismiss", "report.dismiss/"+gone, nil)
	s.private(mod, "This report is no longer stored")
	s.click(mod, cas, "report.close", "report.close/"+gone, nil)
	s.private(mod, "was not made by")
}
