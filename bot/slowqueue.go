package bot

import (
	"context"
	"sync"
	"time"

	"bouncer/moderation"
)

// Reads wait for a vendor that may need a minute for a long list. They have
// workers of their own, and one person has so many under way that others get
// theirs.
const (
	readsAtOnce = 2
	readAgain   = 300 * time.Millisecond
)

// readSlots counts what each person has under way.
type readSlots struct {
	mu sync.Mutex
	by map[string]int
}

// begin reserves one of a person's slots; false if none is free.
func (r *readSlots) begin(person string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by[person] >= readsAtOnce {
		return false
	}
	if r.by == nil {
		r.by = make(map[string]int)
	}
	r.by[person]++
	return true
}

func (r *readSlots) end(person string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by[person]--; r.by[person] <= 0 {
		delete(r.by, person)
	}
}

// runOnSlowQueue runs slow work on workers of its own: the job moves to their
// queue and is authorized again there. A person's third job waits for a slot
// without occupying a worker.
func (b *Bot) runOnSlowQueue(ctx context.Context, h *moderation.LeasedJob, by moderation.Actor, do func() error) error {
	if h.Queue != moderation.QueueRead {
		return b.cfg.Store.MoveJob(ctx, h.Job, moderation.QueueRead)
	}
	if !b.reads.begin(by.Key()) {
		return b.cfg.Store.Retry(ctx, h.Job, readAgain)
	}
	defer b.reads.end(by.Key())
	return do()
}
