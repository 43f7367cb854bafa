package moderation

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeStore is a store with one open case and the job of its only chunk: enough of a Store to make
// a call. The workers claim the job from its queue.
type fakeStore struct {
	Store
	line  *fakeQueue
	c     Case
	begin func() // called while a call is announced; may be nil

	announced int
	turns     map[string]Turn
	answered  []Answer
	let       []Code
	asked     []NewJob
	reasked   []NewJob
}

func newFakeStore(by *Actor) *fakeStore {
	return &fakeStore{
		c: Case{
			No: 7, State: Open, Actor: Actor{Kind: ActorPerson, User: "U1ASKED"}, AskedAt: time.Now(), OpenAt: time.Now(),
			Action: Action{Verb: Mute, Room: Room{Kind: KindRoom, ID: "1"}, Targets: []string{"alice"}},
		},
		line: newFakeQueue(Job{ID: 1, Case: 7, Kind: JobChunk, Payload: mustJSON(SyncWork{Chunk: 1, By: by})}),
	}
}

func (d *fakeStore) Case(context.Context, int64) (Case, error) { return d.c, nil }

func (d *fakeStore) AnnounceCall(_ context.Context, _ Job, b CallInput) (AnnouncedCall, error) {
	d.turns = b.Turns
	d.announced++
	if d.begin != nil {
		d.begin()
	}
	return AnnouncedCall{Attempt: d.announced, Purpose: PurposeAct, First: time.Now(), Call: int64(d.announced)}, nil
}

func (d *fakeStore) RecordAnswer(ctx context.Context, j Job, _ int64, a Answer, v Verdict) error {
	d.answered = append(d.answered, a)
	if v.Outcome == Pending {
		return d.line.Retry(ctx, j, v.Wait)
	}
	return d.line.Finish(ctx, j, Change{})
}

func (d *fakeStore) AbandonPending(ctx context.Context, j Job, _ int64, _ EntryKind, body Body) (Case, error) {
	d.let = append(d.let, body.Code)
	return d.c, d.line.Finish(ctx, j, Change{})
}

// fakeVendor accepts every call and records when it was called.
type fakeVendor struct {
	Vendor
	calls []time.Time
}

func (w *fakeVendor) Plan(Action) (Plan, error) { return Plan{API: "api", ChunkSize: 1}, nil }

func (w *fakeVendor) Do(context.Context, Request) Answer {
	w.calls = append(w.calls, time.Now())
	return Answer{Class: VendorAccepted}
}

// fakeAuthorizer records whom it was asked about.
type fakeAuthorizer struct {
	say   func(by Actor) error
	asked []string
}

func (r *fakeAuthorizer) Recheck(_ context.Context, _ Case, by Actor) error {
	r.asked = append(r.asked, by.User)
	if r.say == nil {
		return nil
	}
	return r.say(by)
}

// serve runs the job with workers for a minute of the bubble's time.
func (d *fakeStore) serve(t *testing.T, w *fakeVendor, r *fakeAuthorizer) {
	t.Helper()
	s, err := New(Config{Store: d, Vendor: w, Authorizer: r, Rates: map[string]float64{"api": 20, "other": 200}})
	require.NoError(t, err)
	work(t, d.line, s.chunk, func() { time.Sleep(time.Minute) })
}

// RequestConfirmation records that the requester would be asked.
func (d *fakeStore) RequestConfirmation(ctx context.Context, j Job, _ int64, jobs []NewJob) (Case, error) {
	d.asked = append(d.asked, jobs...)
	return d.c, d.line.Finish(ctx, j, Change{})
}

func (d *fakeStore) RequireApproval(ctx context.Context, j Job, _ int64, dec Decision, at time.Time, jobs ...NewJob) (Case, error) {
	d.reasked = append(append(d.reasked, ApprovalJobs(dec.Requirement, at)...), jobs...)
	return d.c, d.line.Finish(ctx, j, Change{})
}

// AnnounceCall decides which API a call needs, so it gets the limits of all.
func TestACallBringsTheLimitsOfAllAPIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFakeStore(nil)
		d.serve(t, &fakeVendor{}, &fakeAuthorizer{})
		require.Equal(t, map[string]Turn{
			"api":   {Key: "api", PerSecond: 20, Burst: 1, Ahead: turnAhead},
			"other": {Key: "other", PerSecond: 200, Burst: 1, Ahead: turnAhead},
		}, d.turns)
	})
}

// A case that was opened in time, but not called within StartWithin of the acknowledgement, asks
// its requester to confirm.
func TestALateCaseAsksForConfirmation(t *testing.T) {
	const in, over = StartWithin - time.Second, StartWithin + time.Second
	for name, c := range map[string]struct {
		opened   time.Duration // after the acknowledgement
		approval ApprovalState
		called   time.Duration // after the acknowledgement
		asked    bool
	}{
		"in time":                           {0, "", in, false},
		"too late":                          {0, "", over, true},
		"too late after its ack":            {time.Minute, "", over, true},
		"a newer yes of the requester":      {StartWithin + time.Minute, "", StartWithin + time.Minute + in, false},
		"too late after that":               {StartWithin + time.Minute, "", StartWithin + time.Minute + over, true},
		"approved a minute after the ack":   {time.Minute, ApprovalApproved, time.Minute + in, false},
		"too late after the approval":       {time.Minute, ApprovalApproved, time.Minute + over, true},
		"overridden a minute after the ack": {time.Minute, ApprovalOverridden, time.Minute + in, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w := newFakeStore(nil), &fakeVendor{}
				d.c.OpenAt, d.c.Approval.State = d.c.AskedAt.Add(c.opened), c.approval
				time.Sleep(c.called)
				d.serve(t, w, &fakeAuthorizer{})
				require.Equal(t, c.asked, len(d.asked) == 1)
				require.Equal(t, c.asked, len(w.calls) == 0)
				if c.asked {
					require.Equal(t, JobConfirmTimeout, d.asked[0].Kind)
				}
			})
		})
	}
}

// A case that now requires approval is not called: it waits, and its approvers are mentioned.
func TestACaseThatNowNeedsApprovalWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newFakeStore(nil), &fakeVendor{}
		d.serve(t, w, &fakeAuthorizer{say: func(Actor) error {
			return &ApprovalRequiredError{Decision{Requirement: ApprovalRequirement{Approvals: 1, TTL: time.Minute}}}
		}})
		require.Empty(t, w.calls)
		var kinds []JobKind
		for _, j := range d.reasked {
			kinds = append(kinds, j.Kind)
		}
		require.ElementsMatch(t, []JobKind{JobRoomInfo, JobApprovalTimeout, JobRemind}, kinds)
	})
}

// stall lets four seconds pass without renewing the lease, as when the process is stopped.
func (d *fakeStore) stall() {
	d.line.steal(true)
	time.Sleep(4 * time.Second)
	d.line.steal(false)
}

func (l *fakeQueue) steal(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stolen = on
}

// After a stall between announcement and call, another process may have the job. The call is not
// sent, and is recorded as not sent.
func TestAnAnnouncedCallIsNotSentAfterAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newFakeStore(nil), &fakeVendor{}
		var woke time.Time
		d.begin = func() {
			if d.announced == 1 {
				d.stall()
				woke = time.Now()
			}
		}
		d.serve(t, w, &fakeAuthorizer{})
		require.Equal(t, 2, d.announced)
		require.Len(t, w.calls, 1, "only the newly announced call is sent")
		require.True(t, w.calls[0].After(woke), "it went out at once after the sleep")
		require.Len(t, d.answered, 2)
		require.Equal(t, VendorRetry, d.answered[0].Class)
		require.Equal(t, "not sent", d.answered[0].Err.Values["code"])
		require.Equal(t, VendorAccepted, d.answered[1].Class)
		require.Equal(t, 1, d.line.retried[1])
		require.Zero(t, d.line.left())
	})
}

// After a stall before the announcement nothing is announced, and the job is released.
func TestNothingIsAnnouncedAfterAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newFakeStore(nil), &fakeVendor{}
		r := &fakeAuthorizer{}
		r.say = func(Actor) error {
			if len(r.asked) == 1 {
				d.stall()
				require.Zero(t, d.announced)
			}
			return nil
		}
		d.serve(t, w, r)
		require.Len(t, r.asked, 2, "the right is checked again too")
		require.Equal(t, 1, d.announced)
		require.Len(t, w.calls, 1)
		require.Equal(t, 1, d.line.retried[1])
		require.Zero(t, d.line.left())
	})
}

// Before each call the person who started this run is authorized: the person who pressed Try again,
// otherwise the requester.
func TestThePersonWhoStartedTheRunIsAuthorized(t *testing.T) {
	again := &Actor{Kind: ActorPerson, User: "U2AGAIN"}
	lost := NewError(RefuseNoRole)
	for name, c := range map[string]struct {
		by    *Actor
		loses string
		asked []string
		calls int
		let   []Code
	}{
		"the requester":                   {nil, "", []string{"U1ASKED"}, 1, nil},
		"a requester without a role":      {nil, "U1ASKED", []string{"U1ASKED"}, 0, []Code{CodeRightLost}},
		"who pressed again":               {again, "", []string{"U2AGAIN"}, 1, nil},
		"who pressed again, without role": {again, "U2AGAIN", []string{"U2AGAIN"}, 0, []Code{CodeRightLost}},
		"only the requester lost it":      {again, "U1ASKED", []string{"U2AGAIN"}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, w := newFakeStore(c.by), &fakeVendor{}
				r := &fakeAuthorizer{say: func(by Actor) error {
					if by.User == c.loses {
						return lost
					}
					return nil
				}}
				d.serve(t, w, r)
				require.Equal(t, c.asked, r.asked)
				require.Len(t, w.calls, c.calls)
				require.Equal(t, c.calls, d.announced, "what is not sent is not announced")
				require.Equal(t, c.let, d.let)
			})
		})
	}
}

// A failed lookup of the person is not an approval: the job is retried until the lookup succeeds.
func TestNoCallWhileTheRightCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, w := newFakeStore(nil), &fakeVendor{}
		r := &fakeAuthorizer{}
		r.say = func(Actor) error {
			if len(r.asked) < 4 {
				return errors.New("slack is away")
			}
			return nil
		}
		d.serve(t, w, r)
		require.Len(t, r.asked, 4)
		require.Equal(t, 1, d.announced)
		require.Len(t, w.calls, 1)
		require.Empty(t, d.let, "no right was lost")
	})
}
