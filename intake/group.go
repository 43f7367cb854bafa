package intake

import (
	"context"
	"errors"
	"sync"
	"time"

	"bouncer/moderation"
)

// Bounds of the reports that wait to be stored.
const (
	groupSize   = 100
	maxWaiting  = 2000
	storeWithin = 10 * time.Second
)

var (
	errBusy   = errors.New("too many reports wait to be stored")
	errReused = errors.New("another report has this id")
)

// grouper stores reports in groups, one at a time: however many arrive, they wait here and not
// among the other writes of the database.
type grouper struct {
	accept func(context.Context, []moderation.NewReport) ([]bool, error)

	mu      sync.Mutex
	waiting []waitingReport
	running bool
}

type waitingReport struct {
	report moderation.NewReport
	done   chan error
}

// add returns when the report is durable, or why it is not. When ctx ends before, the report may
// be stored all the same.
func (g *grouper) add(ctx context.Context, r moderation.NewReport) error {
	done := make(chan error, 1)
	g.mu.Lock()
	if len(g.waiting) >= maxWaiting {
		g.mu.Unlock()
		return errBusy
	}
	g.waiting = append(g.waiting, waitingReport{r, done})
	if !g.running {
		g.running = true
		go g.run(context.WithoutCancel(ctx))
	}
	g.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run stores groups until nothing waits.
func (g *grouper) run(ctx context.Context) {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), groupSize)
		part := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.running = n > 0
		g.mu.Unlock()
		if n == 0 {
			return
		}
		reports := make([]moderation.NewReport, n)
		for i, w := range part {
			reports[i] = w.report
		}
		reused, err := g.store(ctx, reports)
		for i, w := range part {
			if err == nil && reused[i] {
				w.done <- errReused
			} else {
				w.done <- err
			}
		}
	}
}

func (g *grouper) store(ctx context.Context, reports []moderation.NewReport) ([]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	return g.accept(ctx, reports)
}
