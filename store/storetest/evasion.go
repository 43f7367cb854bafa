package storetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/policy"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// longestAlone is the longest restriction without approval, actNowFor how long an act-now lasts.
const (
	longestAlone = time.Hour
	actNowFor    = 10 * time.Minute
)

const evasionPolicy = `
roles: {leads: [U7, U8], mods: [U1, U2, leads]}
approvers: [leads]
approval_ttl: 30m
people_limit: off
rules:
  - {name: short, roles: [mods], verbs: [ban, unban, mute, unmute], max_duration: 1h, max_targets: 1}
  - {name: tried, roles: [mods], verbs: [ban, mute], max_duration: 10h, approvals: 1, act_now: 10m}
  - {name: long, roles: [mods], verbs: [ban, unban, mute, unmute], approvals: 1}
`

// evasion lets moderators request anything without approval: the policy decides, in the
// transaction that opens each case.
type evasion struct {
	*bench
	policy *policy.Policy
	s      *moderation.Service
	verb   moderation.Verb // a ban, which the vendor ends, or a mute, which the bot ends
	room   moderation.Room
	cases  []int64
	// approvedEnd is until when "a" is restricted by what leads approved at first.
	approved    bool
	approvedEnd time.Time // zero for permanent
	// served is how long "a" was restricted without approval, since the last time that everything
	// planned had ended, which is planned; seen is until when it was counted.
	served  time.Duration
	planned time.Time
	seen    time.Time
	tried   time.Time // the end of the time in which no second act-now may run
}

// Plan, Do, Read and RoomInfo implement moderation.Vendor; Recheck implements Authorizer.
func (l *evasion) Plan(a moderation.Action) (moderation.Plan, error) {
	plan := moderation.Plan{API: "api." + string(a.Verb), ChunkSize: 20}
	if l.verb == moderation.Mute {
		plan.ChunkSize = 1
	}
	return plan, nil
}

func (l *evasion) Do(context.Context, moderation.Request) moderation.Answer { return yes }

func (l *evasion) Read(context.Context, moderation.Action, func(context.Context, string) error) moderation.Reading {
	return moderation.Reading{}
}

func (l *evasion) RoomInfo(context.Context, moderation.Room, func(context.Context, string) error) moderation.RoomInfo {
	return moderation.RoomInfo{People: -1}
}

func (l *evasion) Recheck(context.Context, moderation.Case, moderation.Actor) error { return nil }

// evasionTest: no sequence of unapproved cases reaches a state that would have needed an approval
// directly, no matter who requests it and in any order.
func evasionTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	b := newBench(t, open)
	n := open.rounds(8)
	n.check(t, func(rt *rapid.T) {
		l := &evasion{bench: b, policy: p, room: moderation.Room{Kind: moderation.KindLive, ID: "laundry" + strconv.Itoa(n.done)}}
		l.s, l.seen, l.verb = b.service(rt, l), b.clock.Now(), moderation.Ban
		if rapid.Bool().Draw(rt, "mutes") {
			l.verb, l.room.Kind, l.room.ID = moderation.Mute, moderation.KindRoom, strconv.Itoa(30000+n.done)
		}
		if rapid.Bool().Draw(rt, "approved before") {
			l.approves(rt)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":          l.checkLimits,
			"restricts": func(rt *rapid.T) { l.asks(rt, moderation.Action{Verb: l.verb}) },
			"lifts":     func(rt *rapid.T) { l.asks(rt, moderation.Action{Verb: moderation.LiftingVerb(l.verb)}) },
			"startsAnew": func(rt *rapid.T) { // a new count?
				l.asks(rt, moderation.Action{Verb: l.verb, Targets: []string{"a"}})
				l.letPass(rt, time.Duration(rapid.IntRange(1, 59).Draw(rt, "minutes"))*time.Minute)
				l.asks(rt, moderation.Action{Verb: moderation.LiftingVerb(l.verb), Targets: []string{"a"}})
				l.asks(rt, moderation.Action{Verb: l.verb, Targets: []string{"a"}})
			},
			"undoes":    func(rt *rapid.T) { l.requestsChange(rt, moderation.RelUndo) },
			"extends":   func(rt *rapid.T) { l.requestsChange(rt, moderation.RelExtend) },
			"denies":    func(rt *rapid.T) { l.rejects(rt, moderation.ApprovalDenied) },
			"withdraws": func(rt *rapid.T) { l.rejects(rt, moderation.ApprovalWithdrawn) },
			"waits": func(rt *rapid.T) {
				l.letPass(rt, time.Duration(rapid.SampledFrom([]int{1, 9, 10, 31, 59, 60, 61, 125}).Draw(rt, "minutes"))*time.Minute)
			},
		})
	})
}

// approves restricts two people with an approval.
func (l *evasion) approves(rt *rapid.T) {
	a := moderation.Action{Verb: l.verb, Room: l.room, Targets: []string{"a", "b"}}
	l.lasts(rt, &a)
	c := l.open(rt, a, "U1")
	require.Equal(rt, moderation.AwaitingApproval, c.State)
	by := actor("U7")
	by.Roles = []string{"leads", "mods"}
	c, err := l.s.Approve(l.ctx, l.command(), c, moderation.ShownCase{Digest: c.ContentDigest()}, moderation.Body{Actor: &by})
	require.NoError(rt, err)
	require.Equal(rt, moderation.Open, c.State)
	l.approved, l.approvedEnd, l.tried = true, c.Until, time.Time{}
	l.runDue(rt)
}

func (l *evasion) lasts(rt *rapid.T, a *moderation.Action) {
	if a.Effect() != moderation.EffectRestrict {
		return
	}
	minutes := rapid.SampledFrom([]int{0, 1, 10, 30, 59, 60, 61, 90, 180}).Draw(rt, "length")
	a.Permanent, a.Duration = minutes == 0, time.Duration(minutes)*time.Minute
}

// asks opens a case about "a", alone or with others, by one of two moderators.
func (l *evasion) asks(rt *rapid.T, a moderation.Action) {
	a.Room = l.room
	if len(a.Targets) == 0 {
		a.Targets = rapid.SampledFrom([][]string{{"a"}, {"a"}, {"a", "b"}, {"b"}}).Draw(rt, "targets")
	}
	l.lasts(rt, &a)
	c := l.open(rt, a, rapid.SampledFrom([]string{"U1", "U2"}).Draw(rt, "by"))
	if c.No != 0 {
		l.runDue(rt)
	}
}

// requestsChange requests an undo or an extension of a case that affects "a".
func (l *evasion) requestsChange(rt *rapid.T, rel moderation.Relation) {
	a := l.changeOfAny(rt, rel)
	if rapid.Bool().Draw(rt, "one of them") {
		a.Targets = a.Targets[:1]
	}
	l.asks(rt, a)
}

// changeOfAny returns an undo or an extension of a case that still restricts a person.
func (l *evasion) changeOfAny(rt *rapid.T, rel moderation.Relation) moderation.Action {
	if len(l.cases) == 0 {
		rt.Skip("no case")
	}
	c := l.caseNo(rapid.SampledFrom(l.cases).Draw(rt, "case"))
	still, _, err := l.bench.s.UndoableTargets(l.ctx, c.No)
	require.NoError(rt, err)
	if c.Action.Verb != l.verb || len(still) == 0 {
		rt.Skip("nothing of it is in force")
	}
	a := moderation.Action{Verb: l.verb, Targets: idsOf(still), Media: c.Action.Media, RelatedCase: c.No, Relation: rel}
	for _, t := range still {
		switch {
		case a.Room.Kind == "":
			a.Room = t.Room
		case a.Room != t.Room && !slices.Contains(a.MoreRooms, t.Room):
			a.MoreRooms = append(a.MoreRooms, t.Room)
		}
	}
	if rel == moderation.RelUndo {
		a.Verb = moderation.LiftingVerb(l.verb)
	}
	return a
}

// request returns a person's request, to be decided by the policy.
func (l *evasion) request(a moderation.Action, user string) moderation.CaseRequest {
	return moderation.CaseRequest{
		Action: a, Actor: actor(user), Origin: moderation.Origin{Channel: here}, Team: team, At: l.clock.Now(), CardChannel: here, Lookback: l.policy.Lookback(),
		Evaluate: func(f moderation.Facts) moderation.Decision {
			return l.policy.Evaluate(moderation.PolicyInput{
				Person: moderation.Person{User: user}, Channel: moderation.Channel{ID: here, Member: true}, Action: a, Facts: f,
			})
		},
	}
}

// open decides and opens a case; the zero Case when it was refused.
func (l *evasion) open(rt require.TestingT, a moderation.Action, user string) moderation.Case {
	j := l.command()
	c, err := l.s.OpenCase(l.ctx, j, l.request(a, user))
	if err != nil {
		require.NotEmpty(rt, moderation.CodeOf(err), "%v", err)
		require.NoError(rt, l.bench.s.Finish(l.ctx, j, moderation.Change{}))
		return moderation.Case{}
	}
	l.cases = append(l.cases, c.No)
	for _, r := range l.view(c.No).Related {
		if r.Rel == moderation.RelActNow && r.No != c.No {
			l.cases = append(l.cases, r.No)
			if now := l.caseNo(r.No); c.Action.Targets[0] == "a" {
				require.False(rt, l.clock.Now().Before(l.tried), "an act-now of case %d runs again", c.No)
				l.tried = l.clock.Now().Add(time.Hour)
				require.LessOrEqual(rt, now.Action.Duration, actNowFor)
			}
		}
	}
	return c
}

func (l *evasion) rejects(rt *rapid.T, to moderation.ApprovalState) {
	var waiting []moderation.Case
	for _, no := range l.cases {
		if c := l.caseNo(no); c.State == moderation.AwaitingApproval {
			waiting = append(waiting, c)
		}
	}
	if len(waiting) == 0 {
		rt.Skip("nothing waits")
	}
	c, by := waiting[rapid.IntRange(0, len(waiting)-1).Draw(rt, "waiting")], actor("U7")
	_, err := l.s.Reject(l.ctx, l.command(), c, to, moderation.Body{Actor: &by})
	require.NoError(rt, err)
	l.runDue(rt)
	for _, r := range l.view(c.No).Related {
		if r.Rel == moderation.RelActNow {
			still, _, err := l.bench.s.UndoableTargets(l.ctx, r.No)
			require.NoError(rt, err)
			require.Empty(rt, still, "the act-now ends at once")
		}
	}
}

// runDue does all that is due.
func (l *evasion) runDue(rt require.TestingT) {
	for {
		done := 0
		for _, q := range queues {
			jobs, err := l.bench.s.Claim(l.ctx, q, 100)
			require.NoError(rt, err)
			for _, j := range jobs {
				done++
				if err := l.s.Handlers()[j.Kind](l.ctx, moderation.NewLeasedJob(j)); !errors.Is(err, moderation.ErrLeaseLost) { // deleted by a job before it
					require.NoError(rt, err, j.Key)
				}
			}
		}
		if done == 0 {
			return
		}
	}
}

// letPass lets time pass, a minute at a time, and does what is due at each.
func (l *evasion) letPass(rt *rapid.T, d time.Duration) {
	next, some := time.Time{}, true
	l.countTime()
	for ; d > 0; d -= time.Minute {
		l.clock.Add(min(d, time.Minute))
		if some && !next.After(l.clock.Now()) {
			l.runDue(rt)
			next, some = l.nextDue(rt)
		}
		l.countTime()
		l.checkLimits(rt)
	}
}

// restrictedUntil returns until when "a" is restricted; zero and true for permanent.
func (l *evasion) restrictedUntil() (until time.Time, banned bool) {
	all, err := l.bench.s.RestrictionsInForce(l.ctx, l.room)
	l.ok(err)
	for _, s := range all {
		if s.Target == "a" {
			return s.Until, s.Until.IsZero() || s.Until.After(l.clock.Now())
		}
	}
	return time.Time{}, false
}

// countTime adds up how long "a" is restricted.
func (l *evasion) countTime() {
	now := l.clock.Now()
	until, banned := l.restrictedUntil()
	if banned {
		l.served += now.Sub(l.seen)
		if until.After(l.planned) {
			l.planned = until
		}
	}
	if l.seen = now; !now.Before(l.planned) {
		l.served = 0
	}
}

// checkLimits checks that what was approved lasts as long as approved, and that otherwise nobody
// is restricted for longer than one moderator may without approval.
func (l *evasion) checkLimits(rt *rapid.T) {
	now := l.clock.Now()
	until, banned := l.restrictedUntil()
	if l.approved {
		if l.approvedEnd.IsZero() || now.Before(l.approvedEnd) {
			require.True(rt, banned, "freed without an approval, which is needed until %s", l.approvedEnd)
			require.True(rt, until.IsZero() || !l.approvedEnd.IsZero() && !until.Before(l.approvedEnd), "it ends at %s, not at %s", until, l.approvedEnd)
		}
		return
	}
	l.countTime()
	if !banned {
		return
	}
	require.False(rt, until.IsZero(), "restricted for good without an approval")
	require.LessOrEqual(rt, l.served+until.Sub(now), longestAlone+actNowFor, "restricted for longer than allowed without approval")
}
