package moderation

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testService has a fixed clock and jitter 0.5.
func testService(now time.Time) *Service {
	return &Service{cfg: Config{
		Now: func() time.Time { return now }, Jitter: func() float64 { return 0.5 }, Metrics: noMetrics{}, AuditChannel: "C0AUDIT", Timing: Timing{}.Filled(),
	}}
}

func TestVerdictOfAnAct(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	no := NewError(CodeVendorRetry)
	for _, c := range []struct {
		name   string
		effect Effect
		class  VendorClass
		first  time.Duration // time since the first attempt
		want   Outcome
		landed bool // it may have taken effect
	}{
		{"yes", EffectRestrict, VendorAccepted, 0, Accepted, true},
		{"a passing fault is tried again", EffectRestrict, VendorRetry, time.Minute, Pending, false},
		{"not for ever", EffectRestrict, VendorRetry, 2 * time.Minute, Failed, false},
		{"silence is repeated while it is meant", EffectRestrict, VendorNoAnswer, time.Minute, Pending, true},
		{"silence for long is unknown", EffectLift, VendorNoAnswer, 2 * time.Minute, Unknown, true},
		{"an event is repeated", EffectEvent, VendorNoAnswer, 20 * time.Second, Pending, true},
		{"an event is not repeated after 30 s", EffectEvent, VendorNoAnswer, 30 * time.Second, Unknown, true},
		{"an event that surely did not happen has failed", EffectEvent, VendorRetry, 30 * time.Second, Failed, false},
		{"gone", EffectRestrict, VendorGone, 0, Failed, false},
		{"configuration", EffectRestrict, VendorConfig, 0, Failed, false},
		{"bad input", EffectEvent, VendorRefused, 0, Failed, false},
		{"an unknown class is not a success", EffectRestrict, "odd", 0, Unknown, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := testService(now)
			v := s.evaluateAct(c.effect, AnnouncedCall{Attempt: 1, First: now.Add(-c.first)}, Answer{Class: c.class, Err: no})
			require.Equal(t, c.want, v.Outcome)
			require.Equal(t, c.landed, c.class.MayHaveLanded())
			if v.Outcome == Pending {
				require.Positive(t, v.Wait)
			}
		})
	}
}

// When the answer may be about one of several people, each is sent alone; not when it is about the
// room, or when the call may have landed.
func TestWhenTargetsAreSplit(t *testing.T) {
	three := Request{Targets: []string{"a", "b", "c"}}
	for name, c := range map[string]struct {
		began AnnouncedCall
		code  Code
		class VendorClass
		apart bool
	}{
		"a user is not there":             {AnnouncedCall{Request: three}, CodeVendorUserGone, VendorGone, true},
		"an id is refused":                {AnnouncedCall{Request: three}, CodeVendorInput, VendorRefused, true},
		"there is only one":               {AnnouncedCall{Request: Request{Targets: []string{"a"}}}, CodeVendorUserGone, VendorGone, false},
		"the room is gone":                {AnnouncedCall{Request: three}, CodeVendorRoomGone, VendorGone, false},
		"the key is wrong":                {AnnouncedCall{Request: three}, CodeVendorConfig, VendorConfig, false},
		"an earlier try may have landed":  {AnnouncedCall{Request: three, EarlierUncertain: true}, CodeVendorUserGone, VendorGone, false},
		"it is tried again as it is":      {AnnouncedCall{Request: three}, CodeVendorRetry, VendorRetry, false},
		"an unexpected answer":            {AnnouncedCall{Request: three}, CodeVendorUnexpected, VendorRefused, false},
		"the one that fails of itself, 2": {AnnouncedCall{Request: Request{}}, CodeVendorInput, VendorRefused, false},
	} {
		now := time.UnixMilli(1_700_000_000_000)
		c.began.First = now
		v := testService(now).evaluateAct(EffectRestrict, c.began, Answer{Class: c.class, Err: NewError(c.code)})
		require.Equal(t, c.apart, v.Split, name)
	}
}

func TestALiftIsRetriedAndReportedWhenOverdue(t *testing.T) {
	due := time.UnixMilli(1_700_000_000_000)
	h := &LeasedJob{Job: Job{Case: 7, Due: due}}
	no := NewError(CodeVendorConfig, "code", "AuthFailure")
	for _, class := range []VendorClass{VendorRetry, VendorNoAnswer, VendorConfig, VendorRefused, "odd"} {
		v := testService(due.Add(1000*time.Hour)).evaluateLift(h, AnnouncedCall{Attempt: 900}, Answer{Class: class, Err: no})
		require.Equal(t, Pending, v.Outcome, class)
		require.LessOrEqual(t, v.Wait, 45*time.Second)
		require.NotNil(t, v.Overdue)
		require.Equal(t, "C0AUDIT", v.Overdue.Channel)
	}
	v := testService(due.Add(time.Second)).evaluateLift(h, AnnouncedCall{Attempt: 1}, Answer{Class: VendorRetry, Err: no})
	require.Nil(t, v.Overdue, "a second late is no alarm")
	v = testService(due).evaluateLift(h, AnnouncedCall{Attempt: 1}, Answer{Class: VendorGone, Err: no})
	require.Equal(t, Accepted, v.Outcome)
	require.True(t, v.Gone)
	require.Nil(t, v.Overdue)
	for _, class := range []VendorClass{VendorAccepted, VendorGone} { // the first call after an outage works
		v = testService(due.Add(time.Minute)).evaluateLift(h, AnnouncedCall{Attempt: 1}, Answer{Class: class, Err: no})
		require.Equal(t, Accepted, v.Outcome)
		require.NotNil(t, v.Overdue, "it ended a minute late and that is reported")
		require.Contains(t, string(v.Overdue.Body), `"outcome":"lifted"`)
	}
}

func TestALiftIsLateByTheEndOfTheRestriction(t *testing.T) {
	end := time.UnixMilli(1_700_000_000_000)
	h := &LeasedJob{Job: Job{Case: 7, Due: end.Add(9 * time.Second)}} // queued late, for one of several
	b := AnnouncedCall{Attempt: 1, Due: end}
	v := testService(end.Add(9*time.Second)).evaluateLift(h, b, Answer{Class: VendorAccepted})
	require.NotNil(t, v.Overdue)
	b.Due = time.Time{}
	require.Nil(t, testService(end.Add(9*time.Second)).evaluateLift(h, b, Answer{Class: VendorAccepted}).Overdue)
}

func TestAResyncIsRepeatedUntilTheStateIsTheDesiredOne(t *testing.T) {
	queued := time.UnixMilli(1_700_000_000_000)
	h := &LeasedJob{Job: Job{Case: 7, Queued: queued, Due: queued}}
	no := NewError(CodeVendorConfig, "code", "AuthFailure.SignatureExpire")
	for _, c := range []struct {
		verb  Verb
		class VendorClass
		want  Outcome
	}{
		{Unmute, VendorRefused, Pending}, {Mute, VendorRefused, Accepted}, // given up
		{Unban, VendorGone, Accepted}, {Ban, VendorGone, Accepted},
		{Unmute, VendorConfig, Pending}, {Mute, VendorConfig, Pending},
		{Unmute, VendorRetry, Pending}, {Ban, VendorRetry, Pending},
		{Unmute, VendorNoAnswer, Pending}, {Ban, VendorNoAnswer, Pending},
		{Unmute, VendorAccepted, Accepted}, {Ban, VendorAccepted, Accepted},
	} {
		b := AnnouncedCall{Attempt: 900, Purpose: PurposeResync, Request: Request{Verb: c.verb, Targets: []string{"a"}}}
		v := testService(queued.Add(1000*time.Hour)).evaluate(h, EffectRestrict, b, Answer{Class: c.class, Err: no})
		require.Equal(t, c.want, v.Outcome, "%s %s", c.verb, c.class)
		spec, _ := c.verb.Spec()
		require.Equal(t, spec.Effect == EffectLift, v.Overdue != nil, "%s %s", c.verb, c.class)
	}
}

func TestBackoffDoublesWithinItsBounds(t *testing.T) {
	s := testService(time.Now())
	last := time.Duration(0)
	for attempt := 1; attempt < 60; attempt++ {
		d := s.backoff(attempt, Answer{}, 5*time.Second)
		require.GreaterOrEqual(t, d, last)
		require.LessOrEqual(t, d, 5*time.Second)
		last = d
	}
	require.Equal(t, time.Minute, s.backoff(1, Answer{RetryAfter: time.Minute}, 5*time.Second), "the vendor's own value counts")
}

func TestARepeatedCloseOfARoomThatIsGoneIsDone(t *testing.T) {
	s := testService(time.Now())
	gone := Answer{Class: VendorGone, Err: NewError(CodeVendorRoomGone)}
	b := AnnouncedCall{Attempt: 1, First: time.Now(), Request: Request{Verb: Close}}
	require.Equal(t, Failed, s.evaluateAct(EffectEvent, b, gone).Outcome)
	b.Attempt = 2
	require.Equal(t, Failed, s.evaluateAct(EffectEvent, b, gone).Outcome, "the first try surely did not close it")
	b.EarlierUncertain = true
	require.Equal(t, Accepted, s.evaluateAct(EffectEvent, b, gone).Outcome)
	b.Request.Verb = Kick
	require.Equal(t, Failed, s.evaluateAct(EffectEvent, b, gone).Outcome)
}

func TestAfterALostAnswerTheOutcomeIsUnknown(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	s := testService(now)
	no := NewError(CodeVendorConfig)
	for _, class := range []VendorClass{VendorConfig, VendorRefused} {
		b := AnnouncedCall{Attempt: 2, First: now, EarlierUncertain: true}
		require.Equal(t, Unknown, s.evaluateAct(EffectRestrict, b, Answer{Class: class, Err: no}).Outcome, class)
		b.EarlierUncertain = false
		require.Equal(t, Failed, s.evaluateAct(EffectRestrict, b, Answer{Class: class, Err: no}).Outcome, class)
	}
	b := AnnouncedCall{Attempt: 9, First: now.Add(-retryLimit), EarlierUncertain: true}
	require.Equal(t, Unknown, s.evaluateAct(EffectRestrict, b, Answer{Class: VendorRetry, Err: no}).Outcome)
	b = AnnouncedCall{Attempt: 2, First: now, EarlierUncertain: true}
	require.Equal(t, Failed, s.evaluateAct(EffectRestrict, b, Answer{Class: VendorGone, Err: no}).Outcome, "no user is there to be lifted")
}

// faulty is a store in which the lift of one case cannot be read.
type faulty struct {
	Store
	fail  func() error
	lines []Line
}

func (f *faulty) Case(context.Context, int64) (Case, error) {
	return Case{No: 7, Action: Action{Verb: Mute}}, nil
}

func (f *faulty) AnnounceCall(context.Context, Job, CallInput) (AnnouncedCall, error) {
	return AnnouncedCall{}, f.fail()
}

func (f *faulty) RecordLiftFault(_ context.Context, _ Job, l Line, _ Body) error {
	f.lines = append(f.lines, l)
	return nil
}

// A lift that fails because of a local error raises the same alarm as a refusal by the vendor. A
// lost lease, or a lift that is not late, does not.
func TestALiftThatFailsLocallyRaisesTheAlarm(t *testing.T) {
	due := time.UnixMilli(1_700_000_000_000)
	good := string(mustJSON(SyncWork{Room: "room:10006", Targets: []string{"alice"}}))
	for name, c := range map[string]struct {
		payload  string
		fail     func() error
		late     time.Duration
		reported bool
	}{
		"a row that cannot be read": {good, func() error { return errors.New("case 7 cannot be read") }, 6 * time.Second, true},
		"a panic":                   {good, func() error { panic("a bug") }, 6 * time.Second, true},
		"work that cannot be read":  {"{", nil, 6 * time.Second, true},
		"a room that is none":       {`{"room":"nowhere"}`, nil, 6 * time.Second, true},
		"not late yet":              {good, func() error { return errors.New("busy") }, 5 * time.Second, false},
		"with another worker":       {good, func() error { return ErrLeaseLost }, time.Minute, false},
		"stalled":                   {good, func() error { return ErrStalled }, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			st := &faulty{fail: c.fail}
			s, err := New(Config{
				Store: st, Vendor: &fakeVendor{}, Authorizer: &fakeAuthorizer{}, Rates: map[string]float64{}, AuditChannel: "C0AUDIT",
				Now: func() time.Time { return due.Add(c.late) },
			})
			require.NoError(t, err)
			h := NewLeasedJob(Job{ID: 3, Case: 7, Kind: JobSync, Due: due, Payload: []byte(c.payload), Claimed: time.Now()})
			if name == "a panic" {
				require.Panics(t, func() { _ = s.Handlers()[JobSync](t.Context(), h) }, "the workers count it")
			} else {
				require.Error(t, s.Handlers()[JobSync](t.Context(), h))
			}
			require.Equal(t, c.reported, len(st.lines) == 1)
			if c.reported {
				require.Equal(t, "C0AUDIT", st.lines[0].Channel)
				require.Equal(t, EntryOverdue, st.lines[0].Kind)
			}
		})
	}
}
