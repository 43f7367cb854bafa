package moderation

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeQueue is a queue in memory: enough of JobQueue for the workers.
type fakeQueue struct {
	JobQueue
	mu      sync.Mutex
	jobs    []Job
	runAt   map[int64]time.Time
	retried map[int64]int
	renewed int
	stolen  bool
	wake    chan struct{}
}

func newFakeQueue(jobs ...Job) *fakeQueue {
	l := &fakeQueue{runAt: map[int64]time.Time{}, retried: map[int64]int{}, wake: make(chan struct{}, 1)}
	for _, j := range jobs {
		j.Queue, j.Due = QueueCall, time.Now()
		l.jobs = append(l.jobs, j)
		l.runAt[j.ID] = time.Now()
	}
	return l
}

func (l *fakeQueue) Claim(_ context.Context, _ Queue, n int) ([]Job, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var got []Job
	for i := range l.jobs {
		if j := &l.jobs[i]; len(got) < n && !l.runAt[j.ID].After(time.Now()) {
			j.Attempt++
			j.Claimed = time.Now()
			l.runAt[j.ID] = time.Now().Add(LeaseTime)
			got = append(got, *j)
		}
	}
	return got, nil
}

func (l *fakeQueue) ServeJobs(Queue, *Slots) {}

func (l *fakeQueue) JobsWake(Queue) <-chan struct{} { return l.wake }

func (l *fakeQueue) NextDue(context.Context, Queue) (time.Time, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var next time.Time
	for _, at := range l.runAt {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, len(l.runAt) > 0, nil
}

func (l *fakeQueue) Renew(_ context.Context, j Job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stolen {
		return ErrLeaseLost
	}
	l.renewed++
	l.runAt[j.ID] = time.Now().Add(LeaseTime)
	return nil
}

func (l *fakeQueue) Retry(_ context.Context, j Job, wait time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retried[j.ID]++
	l.runAt[j.ID] = time.Now().Add(wait)
	return nil
}

func (l *fakeQueue) Finish(_ context.Context, j Job, _ Change) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.runAt, j.ID)
	l.jobs = slices.DeleteFunc(l.jobs, func(o Job) bool { return o.ID == j.ID })
	return nil
}

func (l *fakeQueue) left() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.jobs)
}

// work runs workers over a queue while body runs.
func work(t *testing.T, l JobQueue, h Handler, body func()) {
	t.Helper()
	w, err := NewWorkers(WorkersConfig{Store: l, Handlers: map[JobKind]Handler{JobChunk: h}, Sizes: map[Queue]int{QueueCall: 2}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	body()
	cancel()
	require.NoError(t, <-done)
}

func TestAJobThatFailsOrPanicsRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeQueue(Job{ID: 1, Kind: JobChunk}, Job{ID: 2, Kind: JobChunk})
		handler := func(ctx context.Context, h *LeasedJob) error {
			switch {
			case h.Attempt == 1 && h.ID == 1:
				return errors.New("not today")
			case h.Attempt == 1:
				panic("a bug")
			}
			return l.Finish(ctx, h.Job, Change{})
		}
		work(t, l, handler, func() { time.Sleep(time.Minute) }) // the bubble's clock, not ours
		require.Zero(t, l.left())
		require.Equal(t, map[int64]int{1: 1, 2: 1}, l.retried)
	})
}

// failingQueue cannot return jobs, as on a full disk.
type failingQueue struct {
	*fakeQueue
	asked int
}

func (b *failingQueue) Claim(context.Context, Queue, int) ([]Job, error) {
	b.asked++
	return nil, errors.New("the disk is full")
}

func TestAFailingStoreIsPolledWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &failingQueue{fakeQueue: newFakeQueue(Job{ID: 1, Kind: JobChunk})}
		w, err := NewWorkers(WorkersConfig{
			Store: b, Handlers: map[JobKind]Handler{JobChunk: func(context.Context, *LeasedJob) error { return nil }}, Sizes: map[Queue]int{QueueCall: 2},
		})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.NoError(t, w.Run(ctx))
		require.InDelta(t, 10, b.asked, 1)
	})
}

func TestALongJobKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeQueue(Job{ID: 1, Kind: JobChunk})
		runs := 0
		handler := func(ctx context.Context, h *LeasedJob) error {
			runs++
			time.Sleep(25 * time.Second)
			require.True(t, h.Fresh(time.Now()))
			return l.Finish(ctx, h.Job, Change{})
		}
		work(t, l, handler, func() { time.Sleep(time.Minute) })
		require.Equal(t, 1, runs)
		require.Greater(t, l.renewed, 20)
	})
}

func TestALostLeaseIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeQueue(Job{ID: 1, Kind: JobChunk})
		l.stolen = true
		handler := func(ctx context.Context, h *LeasedJob) error {
			if h.Attempt > 1 {
				return l.Finish(ctx, h.Job, Change{})
			}
			time.Sleep(4 * time.Second)
			require.False(t, h.Fresh(time.Now()), "a call would go out on a lease that was not renewed")
			return ErrStalled
		}
		work(t, l, handler, func() { time.Sleep(time.Minute) })
		require.Equal(t, 1, l.retried[1])
	})
}

func TestShutdownLetsRunningJobsFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeQueue(Job{ID: 1, Kind: JobChunk})
		handler := func(ctx context.Context, h *LeasedJob) error {
			time.Sleep(5 * time.Second)
			return l.Finish(context.WithoutCancel(ctx), h.Job, Change{})
		}
		work(t, l, handler, func() { time.Sleep(time.Second) })
		require.Zero(t, l.left())
	})
}

func TestShutdownDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeQueue(Job{ID: 1, Kind: JobChunk})
		handler := func(ctx context.Context, _ *LeasedJob) error {
			<-ctx.Done()
			return ctx.Err()
		}
		began := time.Now()
		work(t, l, handler, func() { time.Sleep(time.Second) })
		require.Equal(t, 9*time.Second, time.Since(began))
		require.Equal(t, 1, l.left())
		require.Equal(t, 1, l.retried[1], "released for the next start")
	})
}

// strict rejects writes whose context has ended.
type strict struct{ *fakeQueue }

func (s strict) Retry(ctx context.Context, j Job, wait time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.fakeQueue.Retry(ctx, j, wait)
}

func TestUnfinishedJobsAreReleasedAtShutdown(t *testing.T) {
	for name, err := range map[string]error{"stalled": ErrStalled, "failed": errors.New("not today"), "shut down": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newFakeQueue(Job{ID: 1, Kind: JobChunk})
				work(t, strict{l}, func(ctx context.Context, _ *LeasedJob) error {
					<-ctx.Done()
					if err == nil {
						return ctx.Err()
					}
					return err
				}, func() { time.Sleep(time.Second) })
				require.Equal(t, 1, l.retried[1])
			})
		})
	}
}

func TestAPanicIsLoggedWithoutPayloadText(t *testing.T) {
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		l := newFakeQueue(Job{ID: 1, Kind: JobChunk})
		w, err := NewWorkers(WorkersConfig{
			Store: l, Sizes: map[Queue]int{QueueCall: 1}, Logger: slog.New(slog.NewTextHandler(&out, nil)),
			Handlers: map[JobKind]Handler{JobChunk: func(ctx context.Context, h *LeasedJob) error {
				switch h.Attempt {
				case 1:
					panic("secret words")
				case 2:
					_ = h.Payload[7]
				}
				return l.Finish(ctx, h.Job, Change{})
			}},
		})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, w.Run(ctx))
		require.Zero(t, l.left())
	})
	require.NotContains(t, out.String(), "secret words")
	require.Contains(t, out.String(), "value of type string")
	require.Contains(t, out.String(), "index out of range [7]")
	require.Contains(t, out.String(), "TestAPanicIsLogged", "the place")
}

func TestARepanicKeepsItsStack(t *testing.T) {
	first := RecoveredPanic("odd")
	require.Same(t, first, RecoveredPanic(first))
	require.Equal(t, "odd", first.Value)
}

func TestAJobOfAnUnknownKindIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeQueue(Job{ID: 1, Kind: "of-tomorrow"})
		work(t, l, func(context.Context, *LeasedJob) error { return nil }, func() { time.Sleep(10 * time.Second) })
		require.Equal(t, 1, l.left())
	})
}
