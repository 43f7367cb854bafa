package policy

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/moderation"
)

func actsInRooms(s moderation.VerbSpec) bool {
	return s.Takes.Room && (s.Effect == moderation.EffectRestrict || s.Effect == moderation.EffectLift || s.Effect == moderation.EffectEvent)
}

// in returns an action in more rooms.
func in(a moderation.Action, rooms ...string) moderation.Action {
	for _, key := range rooms {
		r, _ := moderation.RoomFromKey(key)
		a.MoreRooms = append(a.MoreRooms, r)
	}
	return a
}

const severalPolicy = `
roles:
  chiefs: [UCHIEF]
  leads: [ULEAD, chiefs]
  music: [UMUSIC]
  mods: [UMOD]
approvers: [leads]
rooms:
  gala: live:show1
rules:
  - {name: free, roles: [mods], verbs: [ban, unban, freeze, close], rooms: [gala, "room:*"], max_duration: 1d}
  - {name: quick, roles: [mods], verbs: [ban], rooms: ["live:quick*"], approvals: 1, act_now: 10m}
  - {name: quicker, roles: [mods], verbs: [ban], rooms: ["live:sooner*"], approvals: 1, act_now: 5m}
  - {name: vip, roles: [mods], verbs: [ban, unban, freeze], rooms: ["live:vip*"], approvals: 2}
  - {name: chief, roles: [mods], verbs: [ban], rooms: ["live:chief*"], approvals: 1, approvers: [chiefs]}
  - {name: music, roles: [mods], verbs: [ban], rooms: ["live:music*"], approvals: 1, approvers: [music]}
  - {name: small, roles: [mods], verbs: [ban], rooms: ["live:small*"], max_targets: 1}
people_limit:
  - {people: 3, within: 10m}
break_glass: [chiefs]
`

func severalRooms(t *testing.T) *Policy {
	t.Helper()
	p, err := Load("several.yaml", []byte(severalPolicy), Options{})
	require.NoError(t, err)
	return p
}

func evaluate(p *Policy, a moderation.Action, existing ...moderation.ExistingRestriction) moderation.Decision {
	return p.Evaluate(moderation.PolicyInput{
		Person: person("UMOD"), Channel: moderation.Channel{ID: "C1", Member: true}, Action: a,
		Facts: moderation.Facts{At: now, Recent: []moderation.PastAction{}, Existing: existing},
	})
}

func TestEveryRoomMustAllowIt(t *testing.T) {
	p := severalRooms(t)
	one := action("ban", "live:show1", time.Hour, "a")
	d := evaluate(p, in(one, "live:vip1", "live:other", "live:elsewhere"))
	require.False(t, d.Allowed)
	require.Equal(t, moderation.RefuseNoRule, d.Refusal.Code)
	require.Equal(t, "live:other", d.Refusal.Values["in"], "the first room that refuses")
	require.Equal(t, "live:other", d.Room)
	require.Equal(t, "room", d.Verdicts[0].Verdict, "the verdicts are those of that room")
	require.False(t, evaluate(p, in(action("ban", "live:other", time.Hour, "a"), "live:show1")).Allowed, "the first room counts too")

	d = evaluate(p, in(action("ban", "live:show1", 48*time.Hour, "a"), "live:vip1"))
	require.Equal(t, moderation.RefuseTooLong, d.Refusal.Code)
	require.Equal(t, "live:show1", d.Refusal.Values["in"])

	d = evaluate(p, in(action("ban", "live:show1", time.Hour, "a", "b"), "live:small1"))
	require.Equal(t, map[string]string{"most": "1", "got": "2", "in": "live:small1"}, d.Refusal.Values)

	d = evaluate(p, in(action("close", "live:show1", 0), "room:1"))
	require.True(t, d.Allowed)
	require.Equal(t, "free", d.Rule)
	require.Equal(t, "live:show1", d.Room)
	require.Empty(t, evaluate(p, one).Room, "one room is not said twice")
	require.NotContains(t, evaluate(p, action("ban", "live:other", time.Hour, "a")).Refusal.Values, "in")
}

func TestTheStrictestRoomDecides(t *testing.T) {
	p := severalRooms(t)
	ban := func(room string) moderation.Action { return action("ban", room, time.Hour, "a") }
	for name, c := range map[string]struct {
		action    moderation.Action
		rule      string
		room      string
		approvals int
		approvers []string
		actNow    time.Duration
	}{
		"none":                       {in(ban("live:show1"), "live:show1x"), "", "", 0, nil, 0},
		"the second requires":        {in(ban("live:show1"), "live:vip1"), "vip", "live:vip1", 2, []string{"leads"}, 0},
		"the first requires":         {in(ban("live:vip1"), "live:show1"), "vip", "live:vip1", 2, []string{"leads"}, 0},
		"most approvals":             {in(ban("live:quick1"), "live:vip1", "live:sooner1"), "vip", "live:vip1", 2, []string{"leads"}, 0},
		"at once, as one needs none": {in(ban("live:show1"), "live:quick1"), "quick", "live:quick1", 1, []string{"leads"}, 10 * time.Minute},
		"at once, for the shortest":  {in(ban("live:quick1"), "live:sooner1", "live:quick2"), "quick", "live:quick1", 1, []string{"leads"}, 5 * time.Minute},
		"not at once in every room":  {in(ban("live:quick1"), "live:chief1"), "quick", "live:quick1", 1, []string{"chiefs"}, 0},
		"approvers of every room":    {in(ban("live:chief1"), "live:vip1"), "vip", "live:vip1", 2, []string{"chiefs"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := evaluate(p, c.action)
			if c.rule == "" {
				require.Equal(t, moderation.RefuseNoRule, d.Refusal.Code)
				return
			}
			if len(c.approvers) == 1 && c.approvers[0] == "chiefs" && c.approvals > 1 {
				require.Equal(t, moderation.RefuseNoApprovers, d.Refusal.Code, "there is one chief only")
				return
			}
			require.True(t, d.Allowed, d.Refusal)
			require.Equal(t, c.rule, d.Rule)
			require.Equal(t, c.room, d.Room)
			require.Equal(t, c.approvals, d.Requirement.Approvals)
			require.Equal(t, c.approvers, d.Requirement.Approvers)
			require.Equal(t, c.actNow, d.Requirement.ActNow)
			require.Equal(t, d.Rule, d.Requirement.Rule)
			require.Contains(t, d.Verdicts, moderation.RuleResult{Rule: c.rule, Verdict: "allows"})
		})
	}
}

// No role may approve it in both rooms: neither room's approvers decide about the other's.
func TestRoomsWithDifferentApprovers(t *testing.T) {
	p := severalRooms(t)
	a := in(action("ban", "live:quick1", time.Hour, "a"), "live:music1")
	d := evaluate(p, a)
	require.Equal(t, moderation.RefuseRoomApprovers, d.Refusal.Code)
	require.Equal(t, "live:music1", d.Refusal.Values["in"])
	a.Override = true
	require.Equal(t, moderation.RefuseRoomApprovers, evaluate(p, a).Refusal.Code)
	p.role("chiefs").ids["UMOD"] = true // who may override anything
	d = evaluate(p, a)
	require.True(t, d.Allowed)
	require.True(t, d.Override)
}

// The next group may approve when it may in every room.
func TestRoomsWithDifferentEscalation(t *testing.T) {
	p, err := Load("several.yaml", []byte(`
roles: {leads: [ULEAD], admins: [UADMIN], mods: [UMOD]}
approvers: [leads]
rules:
  - {name: soon, roles: [mods], verbs: [ban], rooms: ["live:soon*"], approvals: 1, escalate_to: [admins], escalate_after: 1m}
  - {name: late, roles: [mods], verbs: [ban], rooms: ["live:late*"], approvals: 1, escalate_to: [admins], escalate_after: 8m}
  - {name: both, roles: [mods], verbs: [ban], rooms: ["live:both*"], approvals: 1, approvers: [leads, admins]}
`), Options{})
	require.NoError(t, err)
	for _, rooms := range [][]string{{"live:soon1", "live:late1"}, {"live:late1", "live:soon1"}, {"live:soon1", "live:soon2", "live:late1"}, {"live:both1", "live:late1"}, {"live:late1", "live:both1"}} {
		d := evaluate(p, in(action("ban", rooms[0], time.Hour, "a"), rooms[1:]...))
		require.True(t, d.Allowed)
		require.Equal(t, []string{"admins"}, d.Requirement.EscalateTo)
		require.Equal(t, 8*time.Minute, d.Requirement.EscalateAfter, rooms)
	}
}

func TestLimitsCountPeopleNotRooms(t *testing.T) {
	p := severalRooms(t)
	d := evaluate(p, in(action("ban", "live:show1", time.Hour, "a", "b", "c"), "live:show1", "room:1")) // rooms have no bans
	require.False(t, d.Allowed)
	three := in(action("unban", "live:show1", 0, "a", "b", "c"), "live:vip1")
	d = evaluate(p, three)
	require.Equal(t, moderation.RequireForVerb, d.Requirement.Why, "three people in two rooms are three people")
	three.Targets = append(three.Targets, "d")
	d = evaluate(p, three)
	require.Equal(t, moderation.RequireForLimit, d.Requirement.Why)
	require.Equal(t, "4", d.Requirement.Values["got"])
}

// A restriction counts in its room: it is lifted, shortened or continued there only.
func TestRestrictionsCountInTheirRoom(t *testing.T) {
	p := severalRooms(t)
	place := func(s moderation.ExistingRestriction, room string) moderation.ExistingRestriction {
		s.Room, _ = moderation.RoomFromKey(room)
		return s
	}
	none := moderation.ApprovalRequirement{}
	// In a room with a limit of a day, 20 more hours are too many.
	long := existing(7, "ban", "live:vip1", 10*time.Hour, time.Hour, none)
	a := in(action("ban", "live:show1", 20*time.Hour, "a"), "live:vip1")
	require.True(t, evaluate(p, a, long).Allowed, "it began in the other room")
	d := evaluate(p, a, place(long, "live:show1"))
	require.False(t, d.Allowed, "it is in this room, as part of a case that is in both")
	require.Equal(t, moderation.RefuseTooLong, d.Refusal.Code)

	// A restriction of a case in several rooms is lifted by the rules of its room.
	lift := action("unban", "live:show1", 0, "a")
	s := existing(7, "ban", "live:show1", time.Hour, time.Hour, none)
	require.False(t, evaluate(p, lift, s).Requirement.Required())
	s.Action.MoreRooms = []moderation.Room{{Kind: moderation.KindLive, ID: "vip1"}}
	d = evaluate(p, in(lift, "live:vip1"), place(s, "live:show1"), place(s, "live:vip1"))
	require.Equal(t, 2, d.Requirement.Approvals)
	require.Equal(t, map[string]string{"case": "7"}, d.Requirement.Values)
	d = evaluate(p, action("unban", "live:vip1", 0, "a"), place(s, "live:vip1"))
	require.Equal(t, 2, d.Requirement.Approvals, "its room, not the first of its case")

	// What is in none of the rooms counts in each: it is not ignored.
	d = evaluate(p, in(lift, "live:vip1"), existing(7, "ban", "live:nowhere", time.Hour, time.Hour, none))
	require.Equal(t, moderation.RefuseLifting, d.Refusal.Code)
}

// At once means in every room: not where that would shorten a restriction in one of them, even in one
// that needs no approval.
func TestActNowShortensNothingInAnyRoom(t *testing.T) {
	p := severalRooms(t)
	a := in(action("ban", "live:show1", 20*time.Hour, "a"), "live:quick1")
	require.Equal(t, 10*time.Minute, evaluate(p, a).Requirement.ActNow)
	s := existing(7, "ban", "live:show1", 0, time.Hour, moderation.ApprovalRequirement{})
	require.Zero(t, evaluate(p, a, s).Requirement.ActNow, "ten minutes are shorter than an hour")
	s = existing(7, "ban", "live:show1", 0, 22*time.Hour, moderation.ApprovalRequirement{})
	d := evaluate(p, a, s)
	require.True(t, d.Allowed)
	require.Zero(t, d.Requirement.ActNow, "it shortens")
}

func TestActsInEveryRoom(t *testing.T) {
	p := severalRooms(t)
	require.True(t, p.ActsIn([]string{"mods"}, in(action("ban", "live:show1", 0), "live:vip1")))
	require.False(t, p.ActsIn([]string{"mods"}, in(action("ban", "live:show1", 0), "live:other")))
	require.False(t, p.ActsIn([]string{"mods"}, in(action("ban", "live:other", 0), "live:show1")))
}

func TestReplayOfSeveralRooms(t *testing.T) {
	p := severalRooms(t)
	var l log
	l.asked("UMOD", 0, in(action("ban", "live:show1", 20*time.Hour, "a"), "live:vip1"))
	l.asked("UMOD", time.Hour, action("unban", "live:vip1", 0, "a"))
	l.asked("UMOD", time.Hour, action("ban", "live:show1", 23*time.Hour, "a")) // 25 hours in total
	sum, err := p.Replay(l.all())
	require.NoError(t, err)
	require.Len(t, sum.Differences, 3)
	require.Equal(t, moderation.RequireForLifting, sum.Differences[1].Decision.Requirement.Why)
	require.Equal(t, moderation.RefuseTooLong, sum.Differences[2].Decision.Refusal.Code)

	// What a case in several rooms did is lifted by the rules of its room: 30 hours are too many in
	// the first.
	l = log{}
	l.asked("UMOD", 0, in(action("ban", "live:show1", 20*time.Hour, "a"), "live:vip1"))
	l.asked("UMOD", 10*time.Hour, in(action("ban", "live:show1", 20*time.Hour, "a"), "live:vip1"))
	l.asked("UMOD", time.Hour, action("unban", "live:vip1", 0, "a"))
	l.asked("UMOD", time.Hour, action("unban", "live:show1", 0, "a"))
	sum, err = p.Replay(l.all())
	require.NoError(t, err)
	require.Len(t, sum.Differences, 4)
	require.True(t, sum.Differences[2].Decision.Allowed)
	require.Equal(t, moderation.RefuseLifting, sum.Differences[3].Decision.Refusal.Code)
}

// Several rooms are never easier than each of them.
func TestSeveralRoomsAreNoLaxerThanOne(t *testing.T) {
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawApprovalPolicy(t)
		for range 10 {
			if noLaxer(t, p, drawSeveral(t)) {
				decided++
			}
		}
	})
	require.NotZero(t, decided, "some are allowed")
}

// drawSeveral draws an action in several rooms that have its verb, and restrictions in some of them.
func drawSeveral(t *rapid.T) moderation.PolicyInput {
	q := drawInput(t)
	q.Facts.At, q.Person.Groups = now, []string{"S1", "S2", "S3"}
	q.Action.Verb = moderation.Verb(rapid.SampledFrom([]string{"mute", "ban", "silence", "freeze", "unban"}).Draw(t, "acting verb"))
	q.Action.Targets = rapid.SampledFrom([][]string{{"a"}, {"a", "b"}}).Draw(t, "people")
	rooms := slices.DeleteFunc(slices.Clone(drawnRooms), func(key string) bool {
		r, _ := moderation.RoomFromKey(key)
		return !moderation.Supports(q.Action.Verb, r.Kind).Supported
	})
	rooms = rapid.SliceOfNDistinct(rapid.SampledFrom(rooms), 2, 3, rapid.ID).Draw(t, "rooms")
	q.Action.Room, _ = moderation.RoomFromKey(rooms[0])
	q.Action = in(q.Action, rooms[1:]...)
	for _, r := range q.Action.Rooms() {
		if rapid.Bool().Draw(t, "restricted there") {
			s := drawExisting(t, q.Action.In(r))
			s.Room = r
			q.Facts.Existing = append(q.Facts.Existing, s)
		}
	}
	return q
}

// noLaxer compares a decision with those in each room, and reports whether it was allowed.
func noLaxer(t *rapid.T, p *Policy, q moderation.PolicyInput) bool {
	d := p.Evaluate(q)
	refused := false
	for _, r := range q.Action.Rooms() {
		one := q
		one.Action = q.Action.In(r)
		one.Facts.Existing = slices.DeleteFunc(slices.Clone(q.Facts.Existing), func(s moderation.ExistingRestriction) bool { return s.Room != r })
		alone := p.Evaluate(one)
		refused = refused || !alone.Allowed
		if !d.Allowed {
			continue
		}
		require.True(t, alone.Allowed, p.Text())
		require.GreaterOrEqual(t, d.Requirement.Approvals, alone.Requirement.Approvals, p.Text())
		if alone.Requirement.Required() {
			require.LessOrEqual(t, d.Requirement.ActNow, alone.Requirement.ActNow, p.Text())
			for _, id := range d.Requirement.Mention {
				require.Contains(t, alone.Requirement.Mention, id, "an approver of every room: %s", p.Text())
			}
		}
	}
	if !d.Allowed && !refused {
		require.Contains(t, []moderation.Code{moderation.RefuseRoomApprovers, moderation.RefuseNoApprovers}, d.Refusal.Code, p.Text())
	}
	return d.Allowed
}
