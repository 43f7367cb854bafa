package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bouncer/moderation"
	"bouncer/policy"

	"github.com/stretchr/testify/require"
)

// vendorState is the vendor's state of one target: a mute's value, or the end of a ban; zero for
// permanent.
type vendorState struct {
	mute   int
	banned bool
	until  time.Time
}

// faultyRoom is two rooms with their vendor, who loses answers, accepts calls late or not at all, while
// moderators and leads act at random.
type faultyRoom struct {
	*evasion
	other   moderation.Room
	held    map[placed]vendorState
	faults  []string
	late    []lateCall
	recheck []error
	called  time.Time
	bans    int // calls that restricted a person
	// rejected are the act-nows whose requests were denied or withdrawn.
	rejected map[int64]bool
}

// placed is a person in a room.
type placed struct{ room, id string }

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
	case "config":
		return moderation.Answer{Class: moderation.VendorConfig, Err: moderation.NewError(moderation.CodeVendorConfig)}
	case "lost":
		return silent
	case "dies":
		panic(errDied)
	case "diesLate":
		r.late = append(r.late, lateCall{r.clock.Now().Add(moderation.UncertainFor - time.Second), req})
		panic(errDied)
	case "diesTaken":
		r.lands(req)
		panic(errDied)
	case "late":
		r.late = append(r.late, lateCall{r.clock.Now().Add(moderation.UncertainFor - time.Second), req})
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
		at := placed{req.Room.String(), id}
		k := r.held[at]
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
		r.held[at] = k
	}
}

func newFaultyRoom(rt require.TestingT, b *bench, p *policy.Policy, mutes bool) *faultyRoom {
	r := &faultyRoom{evasion: &evasion{bench: b, policy: p, verb: moderation.Ban, room: live}, held: make(map[placed]vendorState), rejected: make(map[int64]bool)}
	if mutes {
		r.verb, r.room = moderation.Mute, room
	}
	r.other = moderation.Room{Kind: r.room.Kind, ID: r.room.ID + "2"}
	r.serve(rt)
	return r
}

func (r *faultyRoom) serve(rt require.TestingT) {
	r.s = r.service(rt, r)
}

// ticks moves the clock forward step by step, as long as more returns true, and does what is due at
// each. Steps at which nothing is due cost no access to the database.
func (r *faultyRoom) ticks(rt require.TestingT, step time.Duration, more func(n int) bool) {
	next, some := time.Time{}, true
	for n := 0; more(n); n++ {
		r.clock.Add(step)
		for len(r.late) > 0 && !r.late[0].at.After(r.clock.Now()) {
			r.lands(r.late[0].r)
			r.late = r.late[1:]
		}
		if some && !next.After(r.clock.Now()) {
			r.runDue(rt)
			next, some = r.nextDue(rt)
		}
	}
}

// times is how often ticks moves the clock.
func times(most int) func(n int) bool { return func(n int) bool { return n < most } }

// laterSummary is the summary, made only when a failure is printed.
type laterSummary struct{ *faultyRoom }

// String implements fmt.Stringer.
func (l laterSummary) String() string { return l.summary() }

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
	r.ticks(rt, time.Second, func(n int) bool {
		return n < 60 || n < 300 && r.clock.Now().Sub(r.called) < 30*time.Second
	})
	for _, room := range []moderation.Room{r.room, r.other} {
		r.compare(rt, room)
	}
}

// compare compares what the vendor has in a room with the store's restrictions.
func (r *faultyRoom) compare(rt require.TestingT, room moderation.Room) {
	now := r.clock.Now()
	all, err := r.bench.s.RestrictionsInForce(r.ctx, room)
	require.NoError(rt, err)
	want := make(map[string]vendorState)
	var media [2]map[string]bool
	media[0], media[1] = make(map[string]bool), make(map[string]bool)
	for _, s := range all {
		require.False(rt, r.rejected[s.Case], "case %d restricts %s although its request was rejected", s.Case, s.Target)
		if !s.Until.IsZero() {
			require.Less(rt, now.Sub(s.Until), 45*time.Second, "case %d restricts %s after its end", s.Case, s.Target)
			if s.Until.Sub(now).Abs() < 2*time.Second {
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
		has, should := r.held[placed{room.String(), id}], want[id]
		if has.banned && !has.until.IsZero() && !has.until.After(now.Add(2*time.Second)) {
			if has.until.After(now.Add(-20 * time.Second)) {
				return // about to end
			}
			has.banned = false
		}
		require.Equal(rt, should.mute, has.mute, "%s is muted otherwise than the cases say", id)
		require.Equal(rt, should.banned, has.banned, "%s is banned otherwise than the cases say\n%s", id, laterSummary{r})
		if has.banned {
			require.Equal(rt, should.until.IsZero(), has.until.IsZero(), "%s: end %s, not %s\n%s", id, has.until, should.until, laterSummary{r})
			require.LessOrEqual(rt, has.until.Sub(should.until).Abs(), 2*time.Second, "%s: end %s, not %s", id, has.until, should.until)
		}
	}
}
