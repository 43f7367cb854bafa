package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// Reading a case is recorded, also if it does not exist: who, when, what.
func TestReadingACaseIsAnEntry(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "kick room:1234 test1 flooding")
	s.message(live, "#1 ", "Accepted by Tencent")
	for _, typed := range []string{"case 1", "case 99"} {
		require.Zero(t, s.reads(lead, typed))
		s.say(lead, typed)
		s.await("an entry of "+typed, patience, func() bool { return s.reads(lead, typed) == 1 })
	}
	s.private(lead, "#1 ", "flooding")
	s.private(lead, "There is no case #99.")
}

// A change of a case that is refused is recorded with the words that were typed.
func TestARefusedUndoIsRecordedAsTyped(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "silence live:show1 troll7 1h spam")
	s.await("silenced", patience, func() bool { return s.silenced("troll7") })
	s.idle(patience)
	s.say(mod, "undo 1")
	s.await("undone", patience, func() bool { return !s.silenced("troll7") })
	s.idle(patience)
	s.say(mod, "undo 1 all a mistake")
	s.refused(mod, moderation.RefuseNothingToUndo)
	require.Equal(t, "undo 1 all a mistake", s.bodies(moderation.EntryRefused)[0].Typed)
}

// announced is one entry about a call that is about to be made.
type announced struct {
	moderation.Body
	at time.Time
}

// announcements are the entries of calls, in the order in which they were written.
func (s *stage) announcements() (list []announced) {
	s.tb.Helper()
	for _, e := range s.logs(moderation.EntryCall) {
		a := announced{at: e.At}
		require.NoError(s.tb, json.Unmarshal(e.Body, &a.Body))
		list = append(list, a)
	}
	return list
}

// apiNames are the names in the log of what Tencent calls otherwise.
var apiNames = map[string]string{"live.mute_member": "live_engine_http_srv/mute_member", "trtc.SetUserBlocked": "SetUserBlocked"}

// allAnnounced requires that each call that Tencent received has an entry of
// its own, written before, for the same API and body, with the targets.
func (s *stage) allAnnounced() {
	s.tb.Helper()
	open := map[string][]announced{}
	for _, a := range s.announcements() {
		key := apiNames[a.API] + " " + canonical(s.tb, string(a.Request))
		open[key] = append(open[key], a)
	}
	calls := s.tencent.Calls()
	require.Equal(s.tb, s.tencent.Counters().Total, len(calls), "the stage has forgotten calls")
	lists := 0
	for _, c := range calls {
		if c.API == "live_engine_http_srv/get_member_list" { // one entry is for all pages
			lists++
			continue
		}
		key := c.API + " " + canonical(s.tb, c.Body)
		require.NotEmpty(s.tb, open[key], "call %d has no entry: %s", c.Seq, key)
		a := open[key][0]
		open[key] = open[key][1:]
		require.LessOrEqual(s.tb, a.at.UnixMilli(), c.At.UnixMilli(), "call %d came before its entry: %s", c.Seq, key)
		require.NotEmpty(s.tb, a.Targets)
		for _, id := range a.Targets {
			require.Contains(s.tb, c.Body, `"`+id+`"`)
		}
	}
	require.GreaterOrEqual(s.tb, s.entries(moderation.EntryRead), lists, "a list was read without an entry")
}

// A list that is read to understand a command, or to record who was inside,
// has an entry before it is read, like every call.
func TestListsThatTheBotReadsHaveEntries(t *testing.T) {
	t.Parallel()
	s := began(t, unlimited)
	s.say(mod, "silence live:show1 troll7 alice")
	s.private(mod, "alice") // one more person, or the reason?
	s.idle(patience)
	require.Equal(t, 1, s.called("live_engine_http_srv/get_member_list"))
	require.Equal(t, 1, s.entries(moderation.EntryRead))
	s.say(mod, "silence live:show1 troll7 10m spam")
	s.await("silenced", patience, func() bool { return s.silenced("troll7") })
	s.idle(patience)
	require.Equal(t, 2, s.called("live_engine_http_srv/get_member_list"))
	require.Equal(t, 2, s.entries(moderation.EntryRead))
}

// canonical writes JSON so that equal values have equal text.
func canonical(tb testing.TB, text string) string {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	require.NoError(tb, d.Decode(&v), text)
	raw, err := json.Marshal(v)
	require.NoError(tb, err)
	return string(raw)
}

// No entry, no act: after kills at random points under load, with answers that
// fail and are lost, each single call that Tencent saw has its own entry.
func TestEachCallHasItsEntry(t *testing.T) {
	t.Parallel()
	s := newStage(t, unlimited, func(_ *slackd.Config, tc *tencentd.Config) { tc.Limits.Rest = -1; tc.Limits.Cloud = -1 })
	s.shipped()
	s.asksNobody()
	s.env["TENCENT_QUOTA"] = "100%"
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 2))
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = fmt.Sprintf("victim%d", i)
	}
	require.NoError(t, s.tencent.Join(tencentd.KindRoom, "10006", ids...))
	for round := range 4 {
		require.NoError(t, s.tencent.Fail("live_engine_http_srv/mute_member", tencentd.Fault{Times: 3, DropAnswer: true}))
		require.NoError(t, s.tencent.Fail("SetUserBlocked", tencentd.Fault{Times: 3, Code: "InternalError"}))
		s.start()
		calls := s.tencent.Counters().Total
		point := 1 + dice.IntN(25)
		for _, id := range ids[25*round : 25*round+25] {
			for _, text := range []string{"silence live:show1 %s 1h", "mute room:10006 %s 1h"} {
				_, err := s.slack.CommandAsync(mod, live, fmt.Sprintf(text, id))
				require.NoError(t, err)
			}
		}
		s.await("the point of the kill", patience, func() bool { return s.tencent.Counters().Total-calls >= point })
		s.kill()
	}
	s.tencent.ClearFaults()
	s.start()
	s.idle(time.Minute)
	require.NoError(t, s.stop())
	s.allAnnounced()
	require.Contains(t, s.audit(), "the chain is intact")
}
