package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// logLine is what all lines of the log have, and what those of a case add.
type logLine struct {
	Time      time.Time `json:"time"`
	Level     string    `json:"level"`
	Msg       string    `json:"msg"`
	Case      int64     `json:"case"`
	Job       int64     `json:"job"`
	RequestID string    `json:"request_id"`
	Purpose   string    `json:"purpose"`
	Class     string    `json:"class"`
}

// logged reads the log of the running bot.
func (s *stage) logged() (list []logLine) {
	s.tb.Helper()
	for line := range strings.Lines(s.proc.log.String()) {
		if !strings.HasSuffix(line, "\n") {
			break // being written
		}
		var l logLine
		require.NoError(s.tb, json.Unmarshal([]byte(line), &l), line)
		require.False(s.tb, l.Time.IsZero() || l.Level == "" || l.Msg == "", line)
		list = append(list, l)
	}
	return list
}

// The log can be followed by the number of a case: its opening, each call for
// it, the failed, the lost and the lifting ones too, and each click on it have
// the case and the job, and each of Tencent's answers its request id.
func TestTheLogTellsCaseAndJob(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 1, Code: "InternalError"}))
	s.say(mod, "mute room:10006 alice 15s") // long enough for its second try, also on a slow machine
	s.await("lifted", 2*patience, func() bool { return s.lifted() == 1 })
	require.NoError(t, s.tencent.Fail("RemoveUser", tencentd.Fault{Times: 1, DropAnswer: true}))
	s.say(mod, "kick room:1234 test1")
	s.await("kicked", patience, func() bool { return s.in(moderation.Done) == 2 })
	s.idle(patience)
	calls := s.tencent.Calls()
	var seen []logLine
	s.await("all calls logged", patience, func() bool {
		seen = nil
		for _, l := range s.logged() {
			if l.Msg != "called the vendor" {
				continue
			}
			require.Positive(t, l.Case, "%+v", l)
			require.Positive(t, l.Job, "%+v", l)
			if l.Class != "retry" || l.RequestID != "" { // otherwise it was not sent: the process was stopped
				seen = append(seen, l)
			}
		}
		return len(seen) == len(calls)
	})
	require.Len(t, seen, 5) // mute, mute, lift; kick, kick
	byID := map[string]logLine{}
	perCase := map[int64]map[string]int{1: {}, 2: {}}
	for _, l := range seen {
		require.Equal(t, 1, s.countJobs(storetest.Jobs{ID: l.Job, Case: l.Case}), "%+v", l)
		perCase[l.Case][l.Purpose]++
		byID[l.RequestID] = l
	}
	require.Equal(t, map[int64]map[string]int{1: {"act": 2, "lift": 1}, 2: {"act": 2}}, perCase)
	for _, c := range calls {
		if c.Code != tencentd.CodeDropped {
			require.Contains(t, byID, c.RequestID)
		}
	}
	opened := map[int64]bool{}
	s.await("both openings logged", patience, func() bool {
		for _, l := range s.logged() {
			if l.Msg == "case opened" {
				require.Positive(t, l.Job)
				opened[l.Case] = true
			}
		}
		return len(opened) == 2
	})
	require.Equal(t, map[int64]bool{1: true, 2: true}, opened)
}
