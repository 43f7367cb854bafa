package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/policy"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// vendorState is the vendor's state of one target: a mute's value, or the end of a ban; zero for
// permanent.
type vendorState struct {
	mute   int
	banned bool
	until  time.Time
}

// faultyRoom is a room with its vendor, who loses answers, accepts calls late or not at all, while
// moderators and leads act at random.
type faultyRoom struct {
	*evasion
	held    map[string]vendorState
	faults  []string
	late    []lateCall
	recheck []error
	called  time.Time
	bans    int // calls that restricted a person
	// rejected are the act-nows whose requests were denied or withdrawn.
	rejected map[int64]bool
}

type lateCall struct {
	at time.Time
	r  moderation.Request
}

// Do accepts a request, or loses its answer.
func (r *faultyRoom) Do(_ context.Context, req moderation.Request) moderation.Answer {
	fault := ""
	r.called = r.clock.Now()
	if len(r.faults) > 0 {
		fault, r.faults = r.faults[0], r.faults[1:]
	}
	switch fault {
	case "retry":
		return moderation.Answer{Class: moderation.VendorRetry, Err: moderation.NewError(moderation.CodeVendorRetry)}
	case "refused":
		return no
	case "lost":
		return silent
	case "dies":
		panic(errDied)
	case "diesLate":
		r.late = append(r.late, lateCall{r.clock.Now().Add(7 * time.Second), req})
		panic(errDied)
	case "diesTaken":
		r.lands(req)
		panic(errDied)
	case "late":
		r.late = append(r.late, lateCall{r.clock.Now().Add(7 * time.Second), req})
		return silent
	}
	r.lands(req)
	if fault == "taken" {
		return silent
	}
	return yes
}

// Recheck returns lost rights, or that the policy now requires approval.
func (r *faultyRoom) Recheck(_ context.Context, c moderation.Case, by moderation.Actor) (err error) {
	if len(r.recheck) > 0 && by.Kind == moderation.ActorPerson {
		err, r.recheck = r.recheck[0], r.recheck[1:]
	}
	var asks *moderation.ApprovalRequiredError
	if c.Action.Relation == moderation.RelActNow && errors.As(err, &asks) {
		return moderation.NewError(moderation.RefuseNoActNow)
	}
	return err
}

// do runs one job; a process that ends is errDied.
func (r *faultyRoom) do(j moderation.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if err, _ = p.(error); !errors.Is(err, errDied) {
				panic(p)
			}
		}
	}()
	return r.s.Handlers()[j.Kind](r.ctx, moderation.NewLeasedJob(j))
}

// runDue does all that is due, until the process ends.
func (r *faultyRoom) runDue(rt require.TestingT) {
	for {
		done := 0
		for _, q := range queues {
			jobs, err := r.bench.s.Claim(r.ctx, q, 100)
			require.NoError(rt, err)
			for _, j := range jobs {
				done++
				err := r.do(j)
				if errors.Is(err, errDied) {
					r.restart()
					r.serve(rt)
					return
				}
				if !errors.Is(err, moderation.ErrLeaseLost) { // deleted by a job before it
					require.NoError(rt, err, j.Key)
				}
			}
		}
		if done == 0 {
			return
		}
	}
}

func (r *faultyRoom) lands(req moderation.Request) {
	if req.Verb == moderation.Ban || req.IsMute != moderation.MuteNone {
		r.bans++
	}
	for _, id := range req.Targets {
		k := r.held[id]
		switch req.Verb {
		case moderation.Ban:
			k.banned, k.until = true, time.Time{}
			if !req.Permanent {
				k.until = r.clock.Now().Add(req.Left)
			}
		case moderation.Unban:
			k.banned = false
		default:
			k.mute = req.IsMute
		}
		r.held[id] = k
	}
}

func newFaultyRoom(rt require.TestingT, b *bench, p *policy.Policy, mutes bool) *faultyRoom {
	r := &faultyRoom{evasion: &evasion{bench: b, policy: p, verb: moderation.Ban, room: live}, held: make(map[string]vendorState), rejected: make(map[int64]bool)}
	if mutes {
		r.verb, r.room = moderation.Mute, room
	}
	r.serve(rt)
	return r
}

func (r *faultyRoom) serve(rt require.TestingT) {
	s, err := moderation.New(moderation.Config{
		Store: r.bench.s, Vendor: r, Authorizer: r, App: app, Rates: map[string]float64{},
		AuditChannel: audit, Now: r.clock.Now, Jitter: func() float64 { return 0 },
	})
	require.NoError(rt, err)
	r.s = s
}

// roomsTest: whatever is requested, approved, denied, undone and extended in any order, and
// whatever the network does, the room's state is the one of the cases, and what has an end ends.
func roomsTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	n := rounds{most: 8}
	rapid.Check(t, func(rt *rapid.T) {
		if n.over() {
			return
		}
		defer n.end(rt)
		b := newBench(t, open)
		r := newFaultyRoom(rt, b, p, rapid.Bool().Draw(rt, "mutes"))
		rt.Repeat(map[string]func(*rapid.T){
			"":          func(*rapid.T) {},
			"restricts": func(rt *rapid.T) { r.asksFor(rt, moderation.Action{Verb: r.verb}) },
			"again":     func(rt *rapid.T) { r.asksFor(rt, moderation.Action{Verb: r.verb}) },
			"lifts":     func(rt *rapid.T) { r.asksFor(rt, moderation.Action{Verb: moderation.LiftingVerb(r.verb)}) },
			"undoes":    func(rt *rapid.T) { r.goesOn(rt, moderation.RelUndo) },
			"extends":   func(rt *rapid.T) { r.goesOn(rt, moderation.RelExtend) },
			"approves":  r.approves,
			"denies":    func(rt *rapid.T) { r.refuses(rt, moderation.ApprovalDenied) },
			"withdraws": func(rt *rapid.T) { r.refuses(rt, moderation.ApprovalWithdrawn) },
			"fails": func(rt *rapid.T) {
				r.recheck = nil
				r.faults = rapid.SliceOfN(rapid.SampledFrom([]string{"retry", "lost", "late", "taken", "", "dies", "diesLate", "diesTaken"}), 1, 3).Draw(rt, "faults")
			},
			// Not beside lost answers: what is dropped then ends unknown.
			"loses": func(rt *rapid.T) {
				r.settleAll(rt)
				r.faults = nil
				r.recheck = []error{moderation.NewError(moderation.RefuseNoRole)}
			},
			"asks": func(rt *rapid.T) {
				r.settleAll(rt)
				r.faults = nil
				r.recheck = []error{&moderation.ApprovalRequiredError{Decision: moderation.Decision{
					Allowed: true, Rule: "long", Requirement: moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}, TTL: 30 * time.Minute},
				}}}
			},
			"waits": func(rt *rapid.T) {
				r.settleAll(rt) // otherwise calls without an answer end unknown
				r.faults = nil
				for n := rapid.SampledFrom([]int{1, 9, 10, 31, 59, 60, 61, 125}).Draw(rt, "minutes"); n > 0; n-- {
					r.ticks(rt, time.Minute)
				}
				r.settleAll(rt)
			},
			"settles": func(rt *rapid.T) { r.settleAll(rt) },
		})
		r.faults = nil
		for range 40 {
			r.ticks(rt, 20*time.Minute)
		}
		r.settleAll(rt)
		all, err := b.s.RestrictionsInForce(b.ctx, r.room)
		require.NoError(rt, err)
		for _, s := range all {
			require.True(rt, s.Until.IsZero(), "%s by case %d has never ended, its end was %s", s.Target, s.Case, s.Until)
		}
	})
}

// uncertainTest: an older call without an answer takes effect after a newer one, whose own first
// answer was also lost. The newer state is sent again after both.
func uncertainTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, mutes := range []bool{false, true} {
		r := newFaultyRoom(t, newBench(t, open), p, mutes)
		r.faults = []string{"late", "taken"}
		r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: time.Hour}, "U1")
		r.runDue(t)
		r.open(t, moderation.Action{Verb: moderation.LiftingVerb(r.verb), Room: r.room, Targets: []string{"a"}}, "U1")
		r.runDue(t)
		r.settleAll(t)
		require.Empty(t, r.inForce(r.room))
	}
}

// uncertainOlderTest: a call without an answer takes effect after it was sent again and accepted,
// and after the opposite was sent since: that is sent once more.
func uncertainOlderTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, mutes := range []bool{false, true} {
		for _, fault := range []string{"late", "diesLate"} {
			r := newFaultyRoom(t, newBench(t, open), p, mutes)
			r.faults = []string{fault}
			r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: time.Hour}, "U1")
			r.runDue(t)
			for range 3 {
				r.ticks(t, time.Second)
			}
			require.Len(t, r.held, 1, "it was sent again and accepted")
			r.open(t, moderation.Action{Verb: moderation.LiftingVerb(r.verb), Room: r.room, Targets: []string{"a"}}, "U1")
			r.runDue(t)
			require.Len(t, r.late, 1, "the first call is still to land")
			r.settleAll(t)
			require.Empty(t, r.inForce(r.room))
		}
	}
}

// stackTest: the oldest restriction applies again even when one between it and the newest ended
// before the newest.
func stackTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, mutes := range []bool{false, true} {
		r := newFaultyRoom(t, newBench(t, open), p, mutes)
		for _, minutes := range []int{50, 10, 20} {
			r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: time.Duration(minutes) * time.Minute}, "U1")
			r.runDue(t)
		}
		for range 30 {
			r.ticks(t, time.Minute)
		}
		r.settleAll(t)
		_, restricted := r.restrictedUntil()
		require.True(t, restricted)
		for range 20 {
			r.ticks(t, time.Minute)
		}
		r.settleAll(t)
		require.Empty(t, r.inForce(r.room))
	}
}

// lateUndoTest: an undo without effect, requested when the mute should have ended but had not,
// leaves its end to the bot; an act-now of a denied request is taken back, however late.
func lateUndoTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, denied := range []bool{false, true} {
		r := newFaultyRoom(t, newBench(t, open), p, true)
		mute := moderation.Action{Verb: moderation.Mute, Room: r.room, Targets: []string{"a"}, Duration: 10 * time.Minute}
		if denied {
			mute.Duration = 3 * time.Hour
		}
		c := r.open(t, mute, "U1")
		r.runDue(t)
		require.Equal(t, moderation.MuteBoth, r.held["a"].mute)
		if denied {
			r.clock.Add(time.Minute)
			by := actor("U7")
			_, err := r.s.Reject(r.ctx, r.command(), c, moderation.ApprovalDenied, moderation.Body{Actor: &by})
			require.NoError(t, err)
		} else {
			r.clock.Add(11 * time.Minute) // no worker runs
			r.open(t, moderation.Action{Verb: moderation.Unmute, Room: r.room, Targets: []string{"a"}, RelatedCase: c.No, Relation: moderation.RelUndo}, "U1")
		}
		r.clock.Add(moderation.StartWithin + time.Second) // still none
		r.runDue(t)
		if denied {
			require.Zero(t, r.held["a"].mute)
			require.Equal(t, "undone", r.caseNo(c.No+1).Ended, "no confirmation is requested")
			require.Equal(t, 1, r.count(c.No+1, moderation.EntryLifted))
		}
		for range 20 {
			r.ticks(t, time.Minute)
		}
		require.Zero(t, r.held["a"].mute, r.summary())
		require.Empty(t, r.inForce(r.room))
	}
}

// deniedTest: an act-now of a denied request no longer restricts, also when a newer case took
// precedence at that moment, and ends or has no effect.
func deniedTest(t *testing.T, open Database) {
	p, err := policy.Load("laundering.yaml", []byte(evasionPolicy), policy.Options{})
	require.NoError(t, err)
	for _, mutes := range []bool{false, true} {
		for _, fault := range []string{"", "refused"} {
			r := newFaultyRoom(t, newBench(t, open), p, mutes)
			request := r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: 3 * time.Hour}, "U1")
			require.Equal(t, moderation.AwaitingApproval, request.State)
			r.runDue(t)
			_, restricted := r.restrictedUntil()
			require.True(t, restricted, "it runs at once")
			above := r.open(t, moderation.Action{Verb: r.verb, Room: r.room, Targets: []string{"a"}, Duration: time.Minute}, "U2")
			require.Equal(t, moderation.Open, above.State)
			if fault == "" {
				r.runDue(t)
			}
			by := actor("U7")
			_, err := r.s.Reject(r.ctx, r.command(), request, moderation.ApprovalDenied, moderation.Body{Actor: &by})
			require.NoError(t, err)
			r.faults = []string{fault}
			bans := r.bans
			r.runDue(t)
			for range 9 {
				if fault == "" {
					r.ticks(t, time.Minute)
				} else {
					r.ticks(t, time.Second)
				}
			}
			_, restricted = r.restrictedUntil()
			require.False(t, restricted, "mutes %v, fault %q", mutes, fault)
			require.Equal(t, bans, r.bans, "no target is restricted again, not for a moment")
			k := r.held["a"]
			require.Zero(t, k.mute, "fault %q", fault)
			require.False(t, k.banned && k.until.After(r.clock.Now()), "fault %q", fault)
		}
	}
}

// asksFor opens a case, and sends it at once, or later together with others.
func (r *faultyRoom) asksFor(rt *rapid.T, a moderation.Action) {
	a.Room = r.room
	if len(a.Targets) == 0 {
		a.Targets = rapid.SampledFrom([][]string{{"a"}, {"a"}, {"a", "b"}}).Draw(rt, "targets")
	}
	if a.Relation == "" && r.verb == moderation.Mute {
		a.Media = rapid.SampledFrom([][]moderation.Medium{nil, nil, {moderation.Audio}, {moderation.Video}}).Draw(rt, "media")
	}
	r.lasts(rt, &a)
	j := r.command()
	c, err := r.s.OpenCase(r.ctx, j, moderation.CaseRequest{
		Action: a, Actor: actor("U1"), Origin: moderation.Origin{Channel: here}, Team: team, At: r.clock.Now(), CardChannel: here, Lookback: r.policy.Lookback(),
		Evaluate: func(f moderation.Facts) moderation.Decision {
			return r.policy.Evaluate(moderation.PolicyInput{
				Person: moderation.Person{User: "U1"}, Channel: moderation.Channel{ID: here, Member: true}, Action: a, Facts: f,
			})
		},
	})
	if err != nil {
		require.NotEmpty(rt, moderation.CodeOf(err), "%v", err)
		require.NoError(rt, r.bench.s.Finish(r.ctx, j, moderation.Change{}))
		return
	}
	r.cases = append(r.cases, c.No)
	for _, rel := range r.view(c.No).Related {
		if rel.Rel == moderation.RelActNow && rel.No != c.No {
			r.cases = append(r.cases, rel.No)
		}
	}
	r.mayWork(rt)
}

func (r *faultyRoom) mayWork(rt *rapid.T) {
	switch rapid.IntRange(0, 3).Draw(rt, "works") {
	case 0:
	case 1:
		r.runDue(rt)
	default:
		r.settleAll(rt)
	}
}

func (r *faultyRoom) goesOn(rt *rapid.T, rel moderation.Relation) {
	if len(r.cases) == 0 {
		rt.Skip("no case")
	}
	c := r.caseNo(rapid.SampledFrom(r.cases).Draw(rt, "case"))
	still, _, err := r.bench.s.UndoableTargets(r.ctx, c.No)
	require.NoError(rt, err)
	if c.Action.Verb != r.verb || len(still) == 0 {
		rt.Skip("nothing of it is in force")
	}
	a := moderation.Action{Verb: r.verb, Targets: still, Media: c.Action.Media, RelatedCase: c.No, Relation: rel}
	if rel == moderation.RelUndo {
		a.Verb = moderation.LiftingVerb(r.verb)
	}
	r.asksFor(rt, a)
}

// waiting draws one of the waiting cases.
func (r *faultyRoom) waiting(rt *rapid.T) moderation.Case {
	var all []moderation.Case
	for _, no := range r.cases {
		if c := r.caseNo(no); c.State == moderation.AwaitingApproval {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		rt.Skip("nothing waits")
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(rt, "waiting")]
}

func (r *faultyRoom) approves(rt *rapid.T) {
	c, by := r.waiting(rt), actor("U7")
	by.Roles = []string{"leads", "mods"}
	j := r.command()
	if _, err := r.s.Approve(r.ctx, j, c, moderation.ShownCase{Digest: c.ContentDigest()}, moderation.Body{Actor: &by}); err != nil {
		if moderation.CodeOf(err) == "" {
			require.ErrorIs(rt, err, moderation.ErrStale)
		}
		require.NoError(rt, r.bench.s.Finish(r.ctx, j, moderation.Change{}))
	}
	r.mayWork(rt)
}

func (r *faultyRoom) refuses(rt *rapid.T, to moderation.ApprovalState) {
	c, by := r.waiting(rt), actor("U7")
	_, err := r.s.Reject(r.ctx, r.command(), c, to, moderation.Body{Actor: &by})
	require.NoError(rt, err)
	for _, rel := range r.view(c.No).Related {
		if rel.Rel == moderation.RelActNow && rel.No != c.No {
			r.rejected[rel.No] = true
		}
	}
	r.mayWork(rt)
}

func (r *faultyRoom) ticks(rt require.TestingT, d time.Duration) {
	r.clock.Add(d)
	for len(r.late) > 0 && !r.late[0].at.After(r.clock.Now()) {
		r.lands(r.late[0].r)
		r.late = r.late[1:]
	}
	r.runDue(rt)
}

// summary returns a list of the cases, for a failure.
func (r *faultyRoom) summary() string {
	var b strings.Builder
	now := r.clock.Now()
	for _, no := range r.cases {
		v := r.view(no)
		c := v.Case
		fmt.Fprintf(&b, "#%d %s %s of %d, %s perm %v on %v: %s %s %s, asked %s, until %s, ended %s\n", no, c.Action.Verb, c.Action.Relation, c.Action.RelatedCase, c.Action.Duration, c.Action.Permanent,
			c.Action.Targets, c.State, c.Approval.State, moderation.OverallOutcome(c.Counts), c.AskedAt.Sub(now), c.Until.Sub(now), c.Ended)
		for _, k := range v.Calls {
			fmt.Fprintf(&b, "   %s %s %s at %s: %s\n", k.Purpose, k.API, k.Request, k.At.Sub(now), k.Outcome)
		}
	}
	return b.String()
}

// settleAll lets everything finish, and compares.
func (r *faultyRoom) settleAll(rt require.TestingT) {
	for n := 0; n < 60 || n < 300 && r.clock.Now().Sub(r.called) < 30*time.Second; n++ {
		r.ticks(rt, time.Second)
	}
	now := r.clock.Now()
	all, err := r.bench.s.RestrictionsInForce(r.ctx, r.room)
	require.NoError(rt, err)
	want := make(map[string]vendorState)
	var media [2]map[string]bool
	media[0], media[1] = make(map[string]bool), make(map[string]bool)
	for _, s := range all {
		require.False(rt, r.rejected[s.Case], "case %d restricts %s though its request was turned down", s.Case, s.Target)
		if !s.Until.IsZero() {
			require.Less(rt, now.Sub(s.Until), 45*time.Second, "case %d restricts %s after its end", s.Case, s.Target)
			if s.Until.Sub(now).Abs() < 20*time.Second {
				return // about to end
			}
		}
		k := want[s.Target]
		switch s.Medium {
		case moderation.Audio:
			media[0][s.Target] = true
		case moderation.Video:
			media[1][s.Target] = true
		default:
			k.banned, k.until = true, s.Until
		}
		k.mute = moderation.IsMute(media[0][s.Target], media[1][s.Target])
		want[s.Target] = k
	}
	for _, id := range []string{"a", "b"} {
		has, should := r.held[id], want[id]
		if has.banned && !has.until.IsZero() && !has.until.After(now.Add(20*time.Second)) {
			if has.until.After(now.Add(-20 * time.Second)) {
				return // about to end
			}
			has.banned = false
		}
		require.Equal(rt, should.mute, has.mute, "%s is muted otherwise than the cases say", id)
		require.Equal(rt, should.banned, has.banned, "%s is banned otherwise than the cases say\n%s", id, r.summary())
		if has.banned {
			require.Equal(rt, should.until.IsZero(), has.until.IsZero(), "%s: end %s, not %s\n%s", id, has.until, should.until, r.summary())
			require.LessOrEqual(rt, has.until.Sub(should.until).Abs(), 20*time.Second, "%s: end %s, not %s", id, has.until, should.until)
		}
	}
}
