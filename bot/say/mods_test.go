package say

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// The lines about moderators name who, until when and by whom, in both languages.
func TestLinesAboutModerators(t *testing.T) {
	raj := &moderation.Actor{Kind: moderation.ActorPerson, User: "U07RAJ", Name: "Raj"}
	system := &moderation.Actor{Kind: moderation.ActorSystem}
	sam := map[string]string{"person": "Sam (U07SAM)"}
	until := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		kind  moderation.EntryKind
		body  moderation.Body
		en    []string
		count int
	}{
		{moderation.EntrySuspended, moderation.Body{Actor: raj, Values: sam, Until: until, Detail: "a raid"},
			[]string{"🔒 Sam (U07SAM) is suspended until", "14:00", "Raj (U07RAJ)", "a raid"}, 1},
		{moderation.EntrySuspended, moderation.Body{Actor: raj, Values: sam}, []string{"until their rights are restored"}, 1},
		{moderation.EntrySuspensionEnded, moderation.Body{Actor: system, Values: sam}, []string{"🔓 The suspension of Sam (U07SAM) has ended"}, 1},
		{moderation.EntrySuspensionEnded, moderation.Body{Actor: raj, Values: sam}, []string{"Sam (U07SAM) is no longer suspended", "Raj"}, 1},
		{moderation.EntryLimitReached, moderation.Body{Actor: raj, Values: map[string]string{"most": "60", "got": "75", "within": "10m"}},
			[]string{"🛑 Raj (U07RAJ) reached the limit: 75 people in 10 min; 60 are allowed without approval", "3 times"}, 3},
		{moderation.EntryGroup, moderation.Body{Outcome: GroupChanged, Count: 2, Values: map[string]string{"group": "mods (S1MODS)", "came": "Mei (U07MEI)", "went": "Sam (U07SAM)"}},
			[]string{"👥 Role group mods (S1MODS): 2 people changed", "joined: Mei (U07MEI)", "left: Sam (U07SAM)"}, 1},
		{moderation.EntryGroup, moderation.Body{Outcome: GroupGone, Values: map[string]string{"group": "S1MODS"}}, []string{"grants no rights any more"}, 1},
		{moderation.EntryGroup, moderation.Body{Outcome: GroupBack, Values: map[string]string{"group": "S1MODS"}}, []string{"grants rights again"}, 1},
		{moderation.EntryPolicy, moderation.Body{Outcome: PolicyReplaced, Policy: "aaaaaaaaaaaa", Before: "bbbbbbbbbbbb"},
			[]string{"📜 The policy changed: aaaaaaa replaces bbbbbbb"}, 1},
		{moderation.EntryPolicy, moderation.Body{Outcome: PolicyRefused, Detail: "policy.yaml:3:1: nobody defined a role"},
			[]string{"⚠️ A changed policy file was refused; the old policy stays in force", "policy.yaml:3:1"}, 1},
		{moderation.EntryPolicy, moderation.Body{Outcome: PolicyWarned, Policy: "aaaaaaaaaaaa", Detail: "APPROVERS is empty"}, []string{"APPROVERS is empty"}, 1},
	} {
		for lang, s := range speakers() {
			out := s.AuditLines([]LineItem{{Kind: c.kind, Body: c.body, Count: c.count}}, 0, byToken)
			require.Len(t, out, 1)
			require.NotContains(t, out[0].Text, "mods.", lang)
			if lang == EN {
				for _, want := range c.en {
					require.Contains(t, out[0].Text, want)
				}
			}
		}
	}
}

// Who suspends sees the last hour's cases, those that can be undone with
// a button each, within what Slack takes.
func TestTheAnswerToASuspension(t *testing.T) {
	var views []moderation.CaseView
	for no := int64(60); no > 0; no-- {
		views = append(views, moderation.CaseView{Undoable: int(no % 2), Case: moderation.Case{
			No: no, Token: strings.Repeat("a", 30) + strconv.FormatInt(10+no, 10), State: moderation.Done,
			Counts: map[moderation.Outcome]int{moderation.Accepted: 1},
			Action: moderation.Action{Verb: moderation.Ban, Room: moderation.Room{Kind: moderation.KindLive, ID: "show1"}, Targets: []string{"troll"}},
		}})
	}
	who := moderation.Suspension{Who: moderation.Actor{User: "U07SAM", Name: "Sam"}}
	for lang, s := range speakers() {
		m := s.Suspended(who, views, 75, lang)
		require.LessOrEqual(t, len(m.Blocks), maxBlocks)
		blocks, err := json.Marshal(m.Blocks)
		require.NoError(t, err)
		require.Equal(t, suspendedCases/2, strings.Count(string(blocks), "case.undo/"))
		require.Contains(t, m.Text, "35")
		require.Contains(t, s.Suspended(who, nil, 0, lang).Text, "Sam (U07SAM)")
	}
}
