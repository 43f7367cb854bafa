package moderation

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"bouncer/backoff"
	"bouncer/trace"
)

// ErrStalled means that the process stalled for longer than StallLimit: its jobs are released and
// run again.
var ErrStalled = errors.New("moderation: the process stalled")

// Handler does one job. It ends the job itself, in the transaction that records its result
// (Finish, Retry and everything that takes the Job). An error means that the job was not ended: it
// is released and runs again.
type Handler func(ctx context.Context, h *LeasedJob) error

// LeasedJob is a claimed job whose lease is renewed while its handler runs.
type LeasedJob struct {
	Job
	mu      sync.Mutex
	renewed time.Time
}

// NewLeasedJob returns a leased job for a claimed one.
func NewLeasedJob(j Job) *LeasedJob { return &LeasedJob{Job: j, renewed: j.Claimed} }

// Fresh reports whether the lease can be trusted by the monotonic clock.
func (h *LeasedJob) Fresh(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return now.Sub(h.renewed) < StallLimit
}

func (h *LeasedJob) touch(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.renewed = now
}

// WorkersConfig is what Workers need.
type WorkersConfig struct {
	Store    JobQueue
	Handlers map[JobKind]Handler
	// Sizes is how many jobs of a queue run at once; a queue without one is not served.
	Sizes  map[Queue]int
	Drain  time.Duration // how long running jobs may continue after shutdown began; zero: 8 s
	Logger *slog.Logger  // nil for none
	// Trace begins the span of a job, which its handler finds in the context; nil for none.
	Trace func(context.Context, Job) (context.Context, *trace.Span)
	// Panicked is called after a handler's panic; may be nil.
	Panicked func(JobKind)
}

// Workers run jobs until their context ends. No job is claimed by two at once, none is lost, and a
// failed one runs again.
type Workers struct{ cfg WorkersConfig }

// NewWorkers returns Workers. Its error names what the config lacks.
func NewWorkers(cfg WorkersConfig) (*Workers, error) {
	if cfg.Store == nil || len(cfg.Handlers) == 0 || len(cfg.Sizes) == 0 {
		return nil, errors.New("moderation: Store, Handlers and Sizes are required")
	}
	if cfg.Drain == 0 {
		cfg.Drain = 8 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Workers{cfg: cfg}, nil
}

// Run serves all queues. When ctx ends it claims no more jobs, lets running ones continue for
// Drain, and returns. Its error is always nil, which suits errgroup.Group.
func (w *Workers) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var queues, jobs sync.WaitGroup
	for q, size := range w.cfg.Sizes {
		queues.Go(func() { w.serve(ctx, work, q, size, &jobs) })
	}
	queues.Wait()
	drained := make(chan struct{})
	go func() { jobs.Wait(); close(drained) }()
	select {
	case <-drained:
	case <-time.After(w.cfg.Drain):
		stop()
		<-drained
	}
	return nil
}

// pollEvery bounds how long a queue is not checked when no wake-up comes.
const pollEvery = time.Second

// serve runs the jobs that the store hands over, and claims others, as many as there are free
// places: at a wake-up, at the next due time, or when a place becomes free while there may be
// more.
func (w *Workers) serve(ctx, work context.Context, q Queue, size int, jobs *sync.WaitGroup) {
	slots := NewSlots(size)
	w.cfg.Store.ServeJobs(q, slots)
	defer w.close(work, q, slots)
	run := func(j Job) {
		jobs.Go(func() {
			defer slots.putBack(1)
			w.do(work, j)
		})
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for more := true; ctx.Err() == nil; {
		if more {
			if wait := w.nextDueIn(ctx, q); wait > 0 {
				more = false
				timer.Reset(wait)
			} else if n := slots.takeAll(); n > 0 {
				claimed, err := w.cfg.Store.Claim(ctx, q, n)
				slots.putBack(n - len(claimed))
				for _, j := range claimed {
					run(j)
				}
				wait := pollEvery // a failing store is not polled a thousand times a second
				if err != nil && ctx.Err() == nil {
					w.cfg.Logger.Error("claim jobs", "queue", q, "err", err)
				}
				if more = len(claimed) == n; !more {
					if err == nil {
						wait = max(w.nextDueIn(ctx, q), time.Millisecond)
					}
					timer.Reset(wait)
				}
			}
		}
		var free chan struct{}
		if more {
			free = slots.free
		}
		select {
		case <-ctx.Done():
		case j := <-slots.Jobs():
			run(j)
		case <-free:
			slots.putBack(1)
		case <-w.cfg.Store.JobsWake(q):
			more = true
		case <-timer.C:
			more = true
		}
	}
}

// close accepts no more jobs from the store, and releases what it hands over meanwhile.
func (w *Workers) close(ctx context.Context, q Queue, slots *Slots) {
	slots.closed.Store(true)
	w.cfg.Store.ServeJobs(q, nil)
	for slots.reserved.Load() > 0 || len(slots.handedOver) > 0 {
		select {
		case j := <-slots.Jobs():
			w.giveBack(ctx, NewLeasedJob(j), w.cfg.Logger.With("job", j.ID, "kind", j.Kind, "case", j.Case), 0)
		case <-slots.idle: // what was being committed is
		}
	}
}

// nextDueIn returns how long no job of a queue is due, at most pollEvery; 0 when one is.
func (w *Workers) nextDueIn(ctx context.Context, q Queue) time.Duration {
	at, ok, err := w.cfg.Store.NextDue(ctx, q)
	if err != nil && ctx.Err() == nil {
		w.cfg.Logger.Error("read the next due job", "queue", q, "err", err)
	}
	if err != nil || !ok {
		return pollEvery
	}
	return min(max(time.Until(at), 0), pollEvery)
}

// do runs one job, renews its lease, and releases it when it failed.
func (w *Workers) do(ctx context.Context, j Job) {
	h := NewLeasedJob(j)
	log := w.cfg.Logger.With("job", j.ID, "kind", j.Kind, "case", j.Case)
	handler, ok := w.cfg.Handlers[j.Kind]
	if !ok {
		log.Error("unknown job kind; left for a version that knows it")
		w.giveBack(ctx, h, log, time.Minute)
		return
	}
	var span *trace.Span
	if w.cfg.Trace != nil {
		ctx, span = w.cfg.Trace(ctx, j)
	}
	renewing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { w.renew(renewing, h, log) })
	err := w.guard(ctx, handler, h)
	span.End(err)
	stop()
	wg.Wait()
	switch {
	case err == nil:
	case errors.Is(err, ErrLeaseLost):
		log.Warn("the job's lease was lost, or the job was deleted")
	case errors.Is(err, ErrStalled):
		log.Warn("the process stalled; job released")
		w.giveBack(ctx, h, log, 0)
	case ctx.Err() != nil:
		w.giveBack(ctx, h, log, 0)
	default:
		log.Error("job failed, will run again", "attempt", j.Attempt, "err", err)
		w.giveBack(ctx, h, log, backoff.Policy{First: 400 * time.Millisecond, Max: 30 * time.Second}.Wait(j.Attempt))
	}
}

// guard turns a panic into an error, so that one job cannot end the process.
func (w *Workers) guard(ctx context.Context, handler Handler, h *LeasedJob) (err error) {
	defer func() {
		if p := recover(); p != nil { // reported, and the job runs again
			err = RecoveredPanic(p)
			if w.cfg.Panicked != nil {
				w.cfg.Panicked(h.Kind)
			}
		}
	}()
	return handler(ctx, h)
}

func (w *Workers) renew(ctx context.Context, h *LeasedJob, log *slog.Logger) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			at := time.Now()
			if !h.Fresh(at) {
				return // too late to trust: the handler will notice
			}
			err := w.cfg.Store.Renew(ctx, h.Job)
			if err == nil {
				h.touch(at)
			} else if ctx.Err() == nil {
				log.Warn("lease not renewed", "err", err)
			}
		}
	}
}

// giveBack makes the job due again, also at shutdown: a lease that runs out makes the next process
// wait.
func (w *Workers) giveBack(ctx context.Context, h *LeasedJob, log *slog.Logger, wait time.Duration) {
	if err := w.cfg.Store.Retry(context.WithoutCancel(ctx), h.Job, wait); err != nil && !errors.Is(err, ErrLeaseLost) {
		log.Error("job not released; its lease will expire", "err", err)
	}
}
