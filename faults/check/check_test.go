package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

var began = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }

// scene builds a history in which nothing is wrong: case 1 mutes until it ends on time, case 2 is a
// kick that was called again after its answer was lost, case 3 a ban that a lead approved; a fourth
// command was answered as not taken, and a fifth one refused.
type scene struct {
	History
	entries int64
}

func (s *scene) entry(no int64, kind moderation.EntryKind, when time.Time, b moderation.Body) {
	s.entries++
	s.Entries = append(s.Entries, moderation.Entry{ID: s.entries, Case: no, Kind: kind, At: when, Body: b.JSON()})
}

func (s *scene) command(n int, text, answer string) moderation.Case {
	m := fmt.Sprintf("n%07d", n)
	s.Commands = append(s.Commands, Command{Marker: m, Text: text + " " + m, Deliveries: []Delivery{{At: at(0), Acked: true, Answer: answer}}})
	return moderation.Case{
		No: int64(n), Typed: text + " " + m, State: moderation.Done, AskedAt: at(0), OpenAt: at(0), Actor: moderation.Actor{User: "U0MOD1"},
		Card: moderation.Posted{Channel: "C0LIVE", TS: fmt.Sprint(n)},
	}
}

// call is an announced call, its arrival at Tencent and its answer.
func (s *scene) call(no int64, when time.Time, api, body string, class moderation.VendorClass, targets ...string) {
	s.entry(no, moderation.EntryCall, when, moderation.Body{API: "trtc." + api, Request: json.RawMessage(body), Purpose: moderation.PurposeAct, Targets: targets})
	s.Calls = append(s.Calls, tencentd.Call{Seq: len(s.Calls) + 1, At: when, API: api, Body: body, Effect: len(s.Calls) + 1, EffectAt: when})
	s.entry(no, moderation.EntryAnswer, when, moderation.Body{API: "trtc." + api, Outcome: string(class), Targets: targets})
}

func (s *scene) message(channel, ts, key, text string) {
	s.Messages = append(s.Messages, slackd.Message{
		Channel: channel, TS: ts, Text: text, Metadata: json.RawMessage(`{"event_type":"bouncer_post","event_payload":{"key":"` + key + `"}}`),
	})
}

func good() *scene {
	s := &scene{History: History{AuditChannel: "C0AUDIT", At: at(600), Pressed: map[int64]bool{3: true}}}
	mute := s.command(1, "mute room:10006 alice 1m", "")
	mute.Action = moderation.Action{Verb: moderation.Mute, Room: moderation.Room{Kind: "room", ID: "10006"}, Targets: []string{"alice"}, Media: []moderation.Medium{moderation.Audio}}
	mute.Until = at(60)
	s.entry(1, moderation.EntryOpened, at(0), moderation.Body{})
	s.call(1, at(0), "SetUserBlocked", `{"RoomId":10006,"UserId":"alice","IsMute":2}`, moderation.VendorAccepted, "alice")
	s.call(1, at(60), "SetUserBlocked", `{"RoomId":10006,"UserId":"alice","IsMute":0}`, moderation.VendorAccepted, "alice")
	kick := s.command(2, "kick room:1234 bob", "")
	kick.Action = moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: "room", ID: "1234"}, Targets: []string{"bob"}}
	for range 2 {
		class := moderation.VendorNoAnswer
		if len(s.Calls) == 3 {
			class = moderation.VendorAccepted
		}
		s.call(2, at(1), "RemoveUser", `{"RoomId":1234,"UserIds":["bob"]}`, class, "bob")
	}
	ban := s.command(3, "ban live:show1 troll 1h", "")
	s.Commands[2].NeedsApproval = true
	s.entry(3, moderation.EntryOpened, at(0), moderation.Body{})
	s.entry(3, moderation.EntryApproved, at(1), moderation.Body{Actor: &moderation.Actor{User: "U0LEAD1"}})
	s.entry(3, moderation.EntryCall, at(2), moderation.Body{API: "live.ban_member", Request: json.RawMessage(`{"a":1}`), Purpose: moderation.PurposeAct})
	s.Calls = append(s.Calls, tencentd.Call{Seq: 5, At: at(2), API: "live_engine_http_srv/ban_member", Body: `{"a": 1}`, Effect: 5, EffectAt: at(2)})
	s.Rooms = []tencentd.Room{{Kind: "live", ID: "show1", Banned: []tencentd.Term{{User: "troll", Until: at(3600)}}}}
	s.InForce = []moderation.RestrictionInForce{{
		Room: moderation.Room{Kind: "live", ID: "show1"}, Target: "troll", Medium: moderation.RoomEntry, Case: 3, Until: at(3600),
	}}
	s.Cases = []moderation.Case{mute, kick, ban}
	s.command(4, "mute room:10006 carol 1m", "nothing was done")
	s.command(5, "undo 1 all", "")
	s.entry(0, moderation.EntryRefused, at(5), moderation.Body{Typed: "undo 1 all n0000005"})
	for _, c := range s.Cases {
		no := fmt.Sprint(c.No)
		s.message("C0LIVE", no, "card:"+no, "✅ #"+no+" something")
	}
	s.message("C0AUDIT", "9", "line:1+abc", "✅ #1 mute\n✅ #2 kick\n✅ #3 ban\n⏰ #1 is late")
	return s
}

func TestNothingIsWrong(t *testing.T) {
	r := Check(good().History)
	require.Zero(t, r.Total(), r.Markdown())
	require.Equal(t, []int{5, 4, 1, 3, 5, 4}, []int{r.Sent, r.Acked, r.Refused, r.Cases, r.Calls, r.Messages})
	require.Equal(t, 1, r.Repeated)
}

// Each violation that is planted into a good history is counted once, and nothing else is.
func TestEachViolationIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		kind  Kind
		plant func(*scene)
	}{
		"no case":                     {Lost, func(s *scene) { s.command(6, "mute room:10006 eve 1m", "") }},
		"no recorded refusal":         {Lost, func(s *scene) { s.Entries[len(s.Entries)-1].Body = moderation.Body{Typed: "undo 1"}.JSON() }},
		"two cases":                   {Lost, func(s *scene) { s.second(1) }},
		"two cases, none acked":       {Lost, func(s *scene) { s.second(1); s.Commands[0].Deliveries[0].Acked = false }},
		"a case that does not end":    {Lost, func(s *scene) { s.Cases[0].State = moderation.Open }},
		"not taken, and done":         {RefusedAndDone, func(s *scene) { s.Commands[0].Deliveries[0].Answer = "nothing was done" }},
		"no entry":                    {NoEntry, func(s *scene) { s.Calls = append(s.Calls, tencentd.Call{API: "DismissRoom", Body: "{}"}) }},
		"another body":                {NoEntry, func(s *scene) { s.Calls[4].Body = `{"a": 2}` }},
		"called twice for one entry":  {NoEntry, func(s *scene) { s.Calls = append(s.Calls, s.Calls[4]) }},
		"before its entry":            {NoEntry, func(s *scene) { s.Calls[4].At = at(1) }},
		"not approved":                {NoApproval, func(s *scene) { s.without(3, moderation.EntryApproved) }},
		"nobody pressed the button":   {NoApproval, func(s *scene) { s.Pressed = nil }},
		"approved by the requester":   {NoApproval, func(s *scene) { s.Cases[2].Actor.User = "U0LEAD1" }},
		"the log requires it":         {NoApproval, func(s *scene) { s.Commands[2].NeedsApproval = false; s.required(3); s.Pressed = nil }},
		"called again after a yes":    {Doubled, func(s *scene) { s.answers(2, moderation.VendorAccepted) }},
		"more kicks than the log has": {Doubled, func(s *scene) { s.lookalike() }},
		"late":                        {Late, func(s *scene) { s.Calls[1].EffectAt = at(75); s.Calls[1].At = at(75) }},
		"never ended":                 {Late, func(s *scene) { s.Calls[1].Effect = 0 }},
		"blocked again by nobody":     {Late, func(s *scene) { s.Calls[1].Effect, s.Calls[0].Effect = 1, 2; s.Calls[0].EffectAt = at(61) }},
		"Tencent restricts more":      {Differs, func(s *scene) { s.InForce = nil }},
		"Tencent restricts less":      {Differs, func(s *scene) { s.Rooms[0].Banned = nil }},
		"another end":                 {Differs, func(s *scene) { s.Rooms[0].Banned[0].Until = at(7200) }},
		"muted by nobody": {Differs, func(s *scene) {
			s.Rooms = append(s.Rooms, tencentd.Room{Kind: "room", ID: "10006", Members: []tencentd.Member{{User: "dan", AudioBlocked: true}}})
		}},
		"no card":             {Message, func(s *scene) { s.Messages = s.Messages[1:] }},
		"two cards":           {Message, func(s *scene) { s.message("C0LIVE", "10", "card:1", "✅ #1 mute") }},
		"a card and a list":   {Message, func(s *scene) { s.message("C0LIVE", "10", "card:1+x", "✅ #1 mute\n✅ #99 ban") }},
		"its card is another": {Message, func(s *scene) { s.Cases[0].Card.TS = "77" }},
		"no audit line":       {Message, func(s *scene) { s.Messages[3].Text = "✅ #1 mute\n✅ #2 kick" }},
		"two audit lines":     {Message, func(s *scene) { s.message("C0AUDIT", "10", "line:1", "✅ #1 mute") }},
		"the chain":           {Chain, func(s *scene) { s.Chain = errors.New("entry 3 does not match its hash") }},
		"a broken body":       {Chain, func(s *scene) { s.Entries = append(s.Entries, moderation.Entry{Body: json.RawMessage("{")}) }},
		"not quiet":           {Unfinished, func(s *scene) { s.Restless = []string{"3 jobs"} }},
	} {
		t.Run(name, func(t *testing.T) {
			s := good()
			c.plant(s)
			r := Check(s.History)
			require.Equal(t, 1, r.Total(), r.Markdown())
			require.Len(t, r.Violations[c.kind], 1, r.Markdown())
		})
	}
}

// A late end that an entry reports is counted, and no violation.
func TestALateEndThatIsReported(t *testing.T) {
	s := good()
	s.Calls[1].EffectAt, s.Calls[1].At = at(75), at(75)
	s.entry(1, moderation.EntryOverdue, at(70), moderation.Body{})
	r := Check(s.History)
	require.Zero(t, r.Total(), r.Markdown())
	require.Equal(t, 1, r.LateEnds)
}

// A restriction whose case reports an unknown outcome may be missing, and no other may.
func TestAMissingRestrictionThatIsReportedAsUnknown(t *testing.T) {
	for no, violations := range map[int]int{3: 0, 1: 1} {
		s := good()
		s.Rooms[0].Banned = nil
		s.Cases[no-1].Counts = map[moderation.Outcome]int{moderation.Unknown: 1}
		r := Check(s.History)
		require.Equal(t, 1, r.Unknown)
		require.Len(t, r.Violations[Differs], violations, "case %d", no)
	}
}

// A refusal beyond a person's first ten in a minute is only counted: no other person's, none before
// the command, and no more than were counted.
func TestARefusalThatWasOnlyCounted(t *testing.T) {
	for name, c := range map[string]struct {
		user       string
		until      time.Time
		count      int
		violations int
	}{
		"counted":        {"U0MOD1", at(600), 2, 0},
		"of another":     {"U0MOD2", at(600), 2, 2},
		"before it":      {"U0MOD1", at(0), 2, 2},
		"fewer than two": {"U0MOD1", at(600), 1, 1},
	} {
		s := good()
		for n := range 2 {
			s.command(6+n, "undo 2 all", "")
			s.Commands[len(s.Commands)-1].User = "U0MOD1"
		}
		s.entry(0, moderation.EntryFolded, at(61), moderation.Body{Actor: &moderation.Actor{User: c.user}, Until: c.until, Count: c.count})
		require.Len(t, Check(s.History).Violations[Lost], c.violations, name)
	}
}

// A block whose call took effect after its end must be gone when no call can land any more.
func TestABlockThatLandedLate(t *testing.T) {
	for ended, violations := range map[int]int{61 + 30: 0, 61 + 60: 1} {
		s := good()
		s.Calls[1].Effect, s.Calls[0].Effect = 2, 1
		s.Calls[0].EffectAt, s.Calls[1].EffectAt, s.Calls[1].At = at(61), at(ended), at(60)
		require.Len(t, Check(s.History).Violations[Late], violations, ended)
	}
}

// second adds another case for the command of a case, with its messages.
func (s *scene) second(no int64) {
	c := s.Cases[no-1]
	c.No, c.Card.TS = 8, "8"
	s.Cases = append(s.Cases, c)
	s.message("C0LIVE", "8", "card:8", "✅ #8 mute")
	s.message("C0AUDIT", "11", "line:8", "✅ #8 mute")
}

// without removes a case's entries of a kind.
func (s *scene) without(no int64, kind moderation.EntryKind) {
	kept := s.Entries[:0]
	for _, e := range s.Entries {
		if e.Case != no || e.Kind != kind {
			kept = append(kept, e)
		}
	}
	s.Entries = kept
}

// required makes the entry of a case say that it needs an approval.
func (s *scene) required(no int64) {
	for i, e := range s.Entries {
		if e.Case == no && e.Kind == moderation.EntryOpened {
			s.Entries[i].Body = moderation.Body{Requirement: &moderation.ApprovalRequirement{Approvals: 1}}.JSON()
		}
	}
}

// answers sets the same answer for each call of a case.
func (s *scene) answers(no int64, class moderation.VendorClass) {
	for i, e := range s.Entries {
		if e.Case == no && e.Kind == moderation.EntryAnswer {
			s.Entries[i].Body = moderation.Body{Outcome: string(class)}.JSON()
		}
	}
}

// lookalike makes the two calls of the kick carry out three, with an entry of another case.
func (s *scene) lookalike() {
	s.call(1, at(3), "RemoveUser", `{"RoomId":1234,"UserIds":["bob"]}`, moderation.VendorAccepted, "bob")
}
