package storetest

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// lifecycle runs the real service on the store: cases are requested in time and late, confirmed,
// abandoned and ignored, calls are answered, refused and lost, rights are lost, and the process
// ends at any point.
type lifecycle struct {
	*bench
	s           *moderation.Service
	answer      moderation.Answer // of the next calls
	gone        bool              // the requester has lost the right
	dies        bool              // the process ends after the next call, before its answer is recorded
	lands       bool              // calls without an answer take effect
	room        moderation.Room
	muted       map[string]bool // at the vendor
	unannounced int             // calls made without an entry that announces them
	calls       int
	states      map[int64]moderation.State
	began       map[int64]bool
	cases       []int64
	n           int
}

var errDied = errors.New("the process ended here")

// lifecycleTest is the property of the case's states: each changes only as documented, no call is
// made while a case awaits confirmation, and in the end all of them are done.
func lifecycleTest(t *testing.T, open Database) {
	b := newBench(t, open)
	n := open.rounds(8)
	n.check(t, func(rt *rapid.T) {
		l := &lifecycle{bench: b, room: room, states: map[int64]moderation.State{}, began: map[int64]bool{}, muted: map[string]bool{}, answer: yes}
		l.serve()
		rt.Repeat(map[string]func(*rapid.T){
			"":         l.checkCases,
			"asks":     func(rt *rapid.T) { l.asks(rt, 0) },
			"asksLate": func(rt *rapid.T) { l.asks(rt, 3*time.Minute) },
			"works":    l.works1,
			"presses":  l.presses,
			"waits": func(rt *rapid.T) {
				l.clock.Add(time.Duration(rapid.IntRange(1, 200).Draw(rt, "seconds")) * time.Second)
			},
			"answers": func(rt *rapid.T) {
				l.answer = rapid.SampledFrom([]moderation.Answer{yes, no, silent, {Class: moderation.VendorRetry, Err: no.Err}}).Draw(rt, "answer")
			},
			"lands":  func(rt *rapid.T) { l.lands = rapid.Bool().Draw(rt, "lands") },
			"rights": func(rt *rapid.T) { l.gone = rapid.Bool().Draw(rt, "gone") },
			"dies":   func(rt *rapid.T) { l.dies = true },
			"restarts": func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "rarely") == 3 {
					l.restart()
					l.serve()
				}
			},
		})
		l.settle(rt)
	})
}

func (l *lifecycle) serve() {
	l.s = l.service(l.t, l)
}

// Plan implements moderation.Vendor.
func (l *lifecycle) Plan(a moderation.Action) (moderation.Plan, error) {
	plan := moderation.Plan{API: "api." + string(a.Verb), ChunkSize: 1}
	if a.Verb == moderation.Kick {
		plan.ChunkSize = 2
	}
	return plan, nil
}

// Do implements moderation.Vendor and counts calls that were not announced.
func (l *lifecycle) Do(_ context.Context, r moderation.Request) moderation.Answer {
	l.calls++
	announced := 0
	for _, no := range l.cases {
		for _, k := range l.kinds(no) {
			if k == moderation.EntryCall {
				announced++
			}
		}
	}
	if announced < l.calls {
		l.unannounced++
	}
	if r.Verb != moderation.Kick && (l.answer.Class == moderation.VendorAccepted || l.lands && (l.dies || l.answer.Class == moderation.VendorNoAnswer)) {
		l.muted[r.Targets[0]] = r.IsMute != moderation.MuteNone
	}
	if l.dies {
		l.dies = false
		panic(errDied)
	}
	return l.answer
}

// Read implements moderation.Vendor.
func (l *lifecycle) Read(context.Context, moderation.Action, func(context.Context, string) error) moderation.Reading {
	return moderation.Reading{}
}

// RoomInfo implements moderation.Vendor.
func (l *lifecycle) RoomInfo(context.Context, moderation.Room, func(context.Context, string) error) moderation.RoomInfo {
	return moderation.RoomInfo{People: -1}
}

// Recheck implements moderation.Authorizer.
func (l *lifecycle) Recheck(context.Context, moderation.Case, moderation.Actor) error {
	if l.gone {
		return moderation.NewError(moderation.RefuseNoRole)
	}
	return nil
}

func (l *lifecycle) asks(rt *rapid.T, late time.Duration) {
	job := l.command()
	l.clock.Add(late)
	l.n++
	action := moderation.Action{
		Verb:     rapid.SampledFrom([]moderation.Verb{moderation.Mute, moderation.Unmute, moderation.Kick}).Draw(rt, "verb"),
		Room:     l.room,
		Targets:  rapid.SampledFrom([][]string{{"a"}, {"b"}, {"a", "b", "c"}}).Draw(rt, "targets"),
		Duration: time.Hour,
	}
	if action.Effect() != moderation.EffectRestrict {
		action.Duration = 0
	}
	c, err := l.s.OpenCase(l.ctx, job, moderation.CaseRequest{
		Action: action, Actor: moderation.Actor{Kind: moderation.ActorPerson, User: "U1"}, Evaluate: func(moderation.Facts) moderation.Decision { return moderation.Decision{Allowed: true} },
		Origin: moderation.Origin{Channel: here}, Team: team, At: job.Queued, CardChannel: here,
	})
	require.NoError(rt, err)
	require.Equal(rt, late > moderation.StartWithin, c.State == moderation.AwaitingConfirmation)
	l.cases = append(l.cases, c.No)
}

// works1 does the jobs that are due in one queue.
func (l *lifecycle) works1(rt *rapid.T) {
	l.work(rt, rapid.SampledFrom(queues).Draw(rt, "queue"))
}

func (l *lifecycle) work(rt *rapid.T, q moderation.Queue) {
	jobs, err := l.bench.s.Claim(l.ctx, q, 1000)
	require.NoError(rt, err)
	for _, j := range jobs {
		err := l.do(j)
		if errors.Is(err, moderation.ErrLeaseLost) && l.caseNo(j.Case).State == moderation.AwaitingConfirmation {
			continue // another chunk of the case asked for confirmation and deleted this one
		}
		if errors.Is(err, moderation.ErrStalled) { // a slow machine: released, as the workers do
			require.NoError(rt, l.bench.s.Retry(l.ctx, j, 0))
			continue
		}
		if err != nil {
			require.ErrorIs(rt, err, errDied, "job %s", j.Key)
			l.restart()
			l.serve()
			return
		}
	}
}

// do runs one job; a process that ends is errDied.
func (l *lifecycle) do(j moderation.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if err, _ = p.(error); !errors.Is(err, errDied) {
				panic(p)
			}
		}
	}()
	return l.s.Handlers()[j.Kind](l.ctx, moderation.NewLeasedJob(j))
}

// presses answers a card's question, in time or not.
func (l *lifecycle) presses(rt *rapid.T) {
	if len(l.cases) == 0 {
		rt.Skip("no case")
	}
	c := l.caseNo(rapid.SampledFrom(l.cases).Draw(rt, "case"))
	j := l.command()
	body := moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorPerson, User: "U1"}}
	step := rapid.SampledFrom([]string{"run", "drop", "again"}).Draw(rt, "step")
	var err error
	may := false
	switch step {
	case "run":
		_, err = l.s.Confirm(l.ctx, j, c, body, moderation.Reevaluation{})
		may = c.State == moderation.AwaitingConfirmation
	case "drop":
		_, err = l.s.Abandon(l.ctx, j, c, body)
		may = c.State == moderation.AwaitingConfirmation
	case "again":
		_, err = l.s.TryAgain(l.ctx, j, c, body, moderation.Reevaluation{})
		may = c.State == moderation.Done && c.Counts[moderation.Unknown] > 0
		if may && l.clock.Now().Sub(c.DoneAt) > moderation.RetryWithin {
			require.Equal(rt, moderation.RefuseTooOld, moderation.CodeOf(err))
			require.NoError(rt, l.bench.s.Finish(l.ctx, j, moderation.Change{}))
			return
		}
	}
	if may {
		require.NoError(rt, err, step)
		return
	}
	require.ErrorIs(rt, err, moderation.ErrStale, step)
	require.NoError(rt, l.bench.s.Finish(l.ctx, j, moderation.Change{}))
}

// checkCases checks what must always be true.
func (l *lifecycle) checkCases(rt *rapid.T) {
	require.Zero(rt, l.unannounced, "a call that no entry announced")
	for _, no := range l.cases {
		v := l.view(no)
		c := v.Case
		was := l.states[no]
		allowed := map[moderation.State][]moderation.State{
			"":                              {moderation.AwaitingConfirmation, moderation.Open, moderation.Done},
			moderation.AwaitingConfirmation: {moderation.AwaitingConfirmation, moderation.Open, moderation.Done},
			moderation.Open:                 {moderation.Open, moderation.Done},
			moderation.Done:                 {moderation.Done, moderation.Open}, // tried again
		}[was]
		if was == moderation.Open && !l.began[no] {
			allowed = append(allowed, moderation.AwaitingConfirmation) // it had not begun
		}
		require.Contains(rt, allowed, c.State, "case %d was %s", no, was)
		l.states[no] = c.State
		for _, call := range v.Calls {
			l.began[no] = l.began[no] || call.Purpose == moderation.PurposeAct
		}
		ended := 0
		for _, t := range v.Targets {
			if t.Outcome.Final() {
				ended++
			}
		}
		require.Equal(rt, c.State == moderation.Done, ended == len(v.Targets), "case %d is %s with %d of %d ended", no, c.State, ended, len(v.Targets))
	}
}

var queues = []moderation.Queue{moderation.QueueCall, moderation.QueueBulk, moderation.QueueLift, moderation.QueueTimer}

// nextDue returns when the next job is due; false when none is left.
func (b *bench) nextDue(t require.TestingT) (next time.Time, some bool) {
	for _, q := range queues {
		at, ok, err := b.s.NextDue(b.ctx, q)
		require.NoError(t, err)
		if ok && (!some || at.Before(next)) {
			next, some = at, true
		}
	}
	return next, some
}

// settle lets everything finish without clicks, from one due time to the next.
func (l *lifecycle) settle(rt *rapid.T) {
	l.answer, l.dies = yes, false
	for round := 0; ; round++ {
		require.Less(rt, round, 500, "it never comes to rest")
		next := time.Time{}
		for _, q := range queues {
			l.work(rt, q)
			at, ok, err := l.bench.s.NextDue(l.ctx, q)
			require.NoError(rt, err)
			if ok && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
		if next.IsZero() {
			break
		}
		l.clock.Add(max(next.Sub(l.clock.Now()), time.Millisecond))
	}
	l.checkCases(rt)
	for _, no := range l.cases {
		require.Equal(rt, moderation.Done, l.caseNo(no).State, "case %s never ended", strconv.FormatInt(no, 10))
	}
	require.Empty(rt, l.inForce(l.room), "a timed mute never ended")
	for target, muted := range l.muted {
		require.False(rt, muted, "the mute of %s was never ended at the vendor", target)
	}
	_, err := l.bench.s.Seal(l.ctx)
	require.NoError(rt, err)
	_, err = l.bench.s.Verify(l.ctx)
	require.NoError(rt, err)
}
