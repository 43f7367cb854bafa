package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// blocksOf returns a modal's blocks as those of a message.
func blocksOf(v slackd.View) json.RawMessage {
	var o struct {
		Blocks json.RawMessage `json:"blocks"`
	}
	if json.Unmarshal(v.JSON, &o) != nil {
		return nil
	}
	return o.Blocks
}

// pressIn presses a button of a modal by its label.
func (s *stage) pressIn(user string, v slackd.View, label string) {
	s.tb.Helper()
	m := slackd.Message{Blocks: blocksOf(v)}
	block, action, _ := button(m, label)
	require.NotEmpty(s.tb, action, "no button %q in %s", label, shownIn(m))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.Press(ctx, user, slackd.Ref{View: v.ID}, block, action)
	if errors.Is(err, slackd.ErrRefused) { // rendered again since it was read: its blocks have new names
		v = s.modal(user, label)
		block, action, _ = button(slackd.Message{Blocks: blocksOf(v)}, label)
		d, err = s.slack.Press(ctx, user, slackd.Ref{View: v.ID}, block, action)
	}
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
}

// flag flags a case from one of its messages, with a note.
func (s *stage) flag(user string, m slackd.Message, note string) {
	s.tb.Helper()
	s.press(user, m, "Flag…")
	s.submit(user, s.modal(user, `note`), slackd.Input{Block: "note", Action: "value", Values: []string{note}})
}

// twoLeads makes mei, who reads Chinese, a second lead.
func twoLeads(t *testing.T, change ...func(*slackd.Config, *tencentd.Config)) *stage {
	t.Helper()
	s := newStage(t, change...)
	require.NoError(t, s.slack.SetGroupMembers("S2LEADS", lead, mod2))
	return s
}

// A separate line is reviewed by its own buttons: never by the requester,
// never without the right, once, and flagged with a note.
func TestALineIsReviewed(t *testing.T) {
	t.Parallel()
	s := twoLeads(t, unlimited)
	s.start()
	s.connected(2)
	s.message(auditRoom, "New database")
	s.say(mod, "mute room:10006 alice 10m loud")
	line := s.message(auditRoom, "#1 mute", "alice")
	s.press(mod, line, "Mark reviewed")
	s.private(mod, "your own case #1")
	s.click(noRole, live, "case.reviewed", "case.reviewed/"+s.token(1), nil)
	s.private(noRole, "can’t review")
	s.flag(lead, line, "alice was quiet")
	card := s.message(live, "#1 mute", "Flagged by", "alice was quiet")
	s.thread(card, "flagged it", "alice was quiet", "<@"+mod+">")
	line = s.message(auditRoom, "#1 mute", "🚩", "flagged by", "alice was quiet")
	_, flag, _ := button(line, "Flag…")
	require.Empty(t, flag, "flagged already")
	s.press(lead, line, "Mark reviewed")
	s.private(lead, "You flagged #1")
	s.say(lead, "review")
	s.private(lead, "1 case needs a review", "#1 mute")
	s.press(mod2, line, "Mark reviewed")
	line = s.message(auditRoom, "#1 mute", "👀", "reviewed by")
	_, action, _ := button(line, "Mark reviewed")
	require.Empty(t, action, "reviewed")
	s.thread(card, "reviewed it")
	s.click(lead, auditRoom, "case.reviewed", "case.reviewed/"+s.token(1), nil)
	s.private(lead, "#1 was already reviewed")
	s.say(lead, "review")
	s.private(lead, "No case needs a review")
	require.NoError(t, s.stop())
	require.Equal(t, 1, s.entries(moderation.EntryReviewed))
	require.Equal(t, 1, s.entries(moderation.EntryFlagged))
	require.Equal(t, 3, s.entries(moderation.EntryRefused))
	s.audit()
}

// headIn finds a log head in a digest.
var headIn = regexp.MustCompile(`([0-9]+:[0-9a-f]{64})`)

// threeAtOnce starts a bot and does three cases while its first line is still
// being posted, so that their lines share the next message.
func (s *stage) threeAtOnce() {
	s.tb.Helper()
	posted := make(chan struct{})
	s.slack.Fail("chat.postMessage", slackd.Fault{Times: 1, Hold: posted})
	s.start()
	s.connected(2)
	for _, user := range []string{"29376", "alice", "bob"} {
		s.say(mod, "mute room:10006 "+user+" 10m")
	}
	s.await("three cases done", patience, func() bool { return s.outcomes(moderation.Accepted) == 3 })
	close(posted)
}

// Lines in one message share a button; it opens the list of their cases,
// which is updated after each review.
func TestAFoldedMessageOpensItsList(t *testing.T) {
	t.Parallel()
	s := twoLeads(t, unlimited)
	s.threeAtOnce()
	line := s.message(auditRoom, "#1 mute", "#2 mute", "#3 mute")
	s.press(mod, line, "Review these")
	s.private(mod, "can’t review")
	s.press(lead, line, "Review these")
	v := s.modal(lead, "3 cases in this message", "#1 mute", "#3 mute")
	s.pressIn(lead, v, "Mark #2 reviewed")
	v = s.modal(lead, "reviewed by")
	line = s.message(auditRoom, "#1 mute", "👀", "#3 mute")
	s.pressIn(lead, v, "Mark #1 reviewed")
	s.await("two reviews", patience, func() bool { return len(s.cases(storetest.Cases{Reviewed: true})) == 2 })
	_, action, _ := button(line, "Review these")
	require.NotEmpty(t, action, "one is left")
	s.pressIn(lead, s.modal(lead, "3 cases in this message"), "Mark #3 reviewed")
	s.await("no button is left", patience, func() bool {
		_, action, _ := button(s.message(auditRoom, "#1 mute"), "Review these")
		return action == ""
	})
}

// An approver of a case cannot review it; another person can.
func TestAnApproverDoesNotReviewHisCase(t *testing.T) {
	t.Parallel()
	s := twoLeads(t, unlimited)
	s.start()
	s.connected(2)
	s.message(auditRoom, "New database")
	s.say(mod, "close room:1234 over")
	s.press(lead, s.message(live, "#1 close", "Approve"), "Approve")
	line := s.message(auditRoom, "#1 close")
	s.press(lead, line, "Mark reviewed")
	s.private(lead, "You approved #1")
	s.press(mod2, line, "Mark reviewed")
	s.message(auditRoom, "#1 close", "reviewed by")
}

// reviewPolicy writes the stage's policy: its groups with more lines of the caller's.
func (s *stage) reviewPolicy(more string) {
	s.tb.Helper()
	path := filepath.Join(s.tb.TempDir(), "policy.yaml")
	text := more + `
roles:
  mods: [S1MODS]
  leads: [S2LEADS]
rules:
  - name: all
    roles: [mods, leads]
    verbs: [mute, unmute, kick, ban, unban, silence]
reviewers: [leads]
`
	require.NoError(s.tb, os.WriteFile(path, []byte(text), 0o600))
	delete(s.env, "MODERATORS")
	delete(s.env, "APPROVERS")
	s.env["POLICY_FILE"] = path
}

// A sampled case keeps its own buttons when others fold, and is on the review
// list.
func TestChosenCasesWaitOnTheList(t *testing.T) {
	t.Parallel()
	s := twoLeads(t, unlimited)
	s.reviewPolicy("review_sample: 100%")
	s.threeAtOnce()
	line := s.message(auditRoom, "#1 mute", "selected for review", "#3 mute")
	s.press(lead, line, "Mark #2 reviewed")
	s.message(auditRoom, "#2 mute", "reviewed by", "#1 mute")
	s.say(lead, "review")
	list := s.private(lead, "2 cases need a review", "#1 mute", "#3 mute")
	s.say(mod, "review")
	s.private(mod, "can’t review")
	s.press(lead, list, "Mark #3 reviewed")
	s.await("the review of #3", patience, func() bool { return len(s.cases(storetest.Cases{Reviewed: true})) == 2 })
}

// Each day has one digest, also if the process was down at the hour, with
// charts, or with their numbers as text where the workspace has none, and
// with the head that the log is compared with.
func TestADayIsSummedUp(t *testing.T) {
	t.Parallel()
	for name, charts := range map[string]bool{"charts": true, "no charts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := twoLeads(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) { sc.NoCharts = !charts })
			hour := time.Now().UTC().Add(-time.Minute)
			s.reviewPolicy(`digest: "` + hour.Format("15:04") + ` UTC"`)
			s.start()
			s.connected(2)
			s.say(mod, "mute room:10006 alice 10m")
			s.message(auditRoom, "#1 mute")
			s.say(noRole, "mute room:10006 alice 10m")
			s.private(noRole, "not a moderator")
			s.idle(patience)
			require.NoError(t, s.stop())
			require.Equal(t, 1, s.countJobs(storetest.Jobs{Kind: "digest", Open: true}))
			storetest.DigestDue(t, s.env["DATABASE_URL"], hour, 5*time.Minute)
			s.start()
			s.connected(2)
			m := s.message(auditRoom, "📊", "1 case", "mute 1", "Log hash")
			require.Equal(t, charts, strings.Contains(string(m.Blocks), "data_visualization"))
			require.Equal(t, charts, len(m.Blocks) > 0)
			require.Regexp(t, `Cases over time \(UTC\): \d\d:\d\d mute 1`, m.Text)
			s.idle(patience)
			require.NoError(t, s.stop())
			require.Equal(t, 1, s.entries(moderation.EntryDigest))
			require.Equal(t, 1, s.countJobs(storetest.Jobs{Kind: "digest", Open: true}), "the next day")
			head := headIn.FindStringSubmatch(shownIn(m))
			require.NotNil(t, head)
			out, err := s.audits("-head", head[1])
			require.NoError(t, err, out)
			require.Contains(t, out, "is in the log as it was published")
		})
	}
}

// The log is also compared with the audit channel, if it can be read:
// restoring the head file together with the database is noticed.
func TestTheAuditChannelIsComparedWithTheLog(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited, func(sc *slackd.Config, _ *tencentd.Config) {
		sc.Scopes = append(slackd.DefaultScopes(), "channels:history", "groups:history")
	})
	s.start()
	s.connected(2)
	s.turnedBack("-wal", "-shm", ".head")
	out, err := s.audits("-accept")
	require.NoError(t, err, out)
	s.start()
	require.NoError(t, s.stop())
}

// turnedBack restores the database of a running bot to before its last case,
// without some files beside it, and checks that the bot does not start with
// that.
func (s *stage) turnedBack(without ...string) {
	s.tb.Helper()
	s.say(mod, "mute room:10006 alice 10m")
	s.message(auditRoom, "#1 mute")
	s.idle(patience)
	require.NoError(s.tb, s.stop())
	path := s.env["DATABASE_URL"]
	backup, err := os.ReadFile(path)
	require.NoError(s.tb, err)
	s.start()
	s.connected(2)
	s.say(mod, "mute room:10006 bob 10m")
	s.message(auditRoom, "#2 mute")
	s.idle(patience)
	require.NoError(s.tb, s.stop())
	for _, end := range without {
		require.NoError(s.tb, os.RemoveAll(path+end))
	}
	require.NoError(s.tb, os.WriteFile(path, backup, 0o600))
	status, last := s.ends(patience)
	require.NotZero(s.tb, status)
	require.Contains(s.tb, last, "the audit log is older than its last published head")
	require.Contains(s.tb, last, "bouncer audit -accept")
}

// A restored or replaced database prevents the start with a sentence, until
// an operator accepts it.
func TestALogThatIsBehindStopsTheStart(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited)
	s.start()
	s.connected(2)
	s.turnedBack("-wal", "-shm")
	out, err := s.audits()
	require.Error(t, err)
	require.Contains(t, out, "the audit log is older than its last published head")
	out, err = s.audits("-accept")
	require.NoError(t, err, out)
	s.start()
	s.message(auditRoom, "accepted as it is")
	require.NoError(t, s.stop())
}
