package moderation

import (
	"context"
	"errors"
	"sync"
	"time"
)

// BulkCheckEvery is how long the chunks of a case of many share one check of its rights: each check
// reads all targets. What Slack answered for it must be that much younger than a call allows.
const BulkCheckEvery = time.Second

// clearances are the cases of many that may be sent now.
type clearances struct {
	mu sync.Mutex
	of map[clearanceKey]*clearance
}

// clearanceKey is a case and who started its run.
type clearanceKey struct {
	no int64
	by string
}

// clearance is one case that may be sent. Its lock is held while it is checked.
type clearance struct {
	mu   sync.Mutex
	at   time.Time // zero while it may not
	last Case
}

// get returns the clearance of a case. Old ones are forgotten.
func (c *clearances) get(k clearanceKey) *clearance {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, old := range c.of {
		if key != k && old.mu.TryLock() {
			if time.Since(old.at) > BulkCheckEvery {
				delete(c.of, key)
			}
			old.mu.Unlock()
		}
	}
	if c.of == nil {
		c.of = make(map[clearanceKey]*clearance)
	}
	if c.of[k] == nil {
		c.of[k] = &clearance{}
	}
	return c.of[k]
}

// cleared returns the case of a chunk when it may be sent now, and done when the job is finished
// because it may not. The chunks of a case of many share a result for BulkCheckEvery.
func (s *Service) cleared(ctx context.Context, h *LeasedJob, w SyncWork) (c Case, done bool, err error) {
	if !w.Many {
		return s.clear(ctx, h, w)
	}
	k := clearanceKey{no: h.Case}
	if w.By != nil {
		k.by = w.By.Key()
	}
	shared := s.clearances.get(k)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.at.IsZero() && time.Since(shared.at) < BulkCheckEvery {
		return shared.last, false, nil
	}
	began := time.Now()
	c, done, err = s.clear(ctx, h, w)
	if shared.at = (time.Time{}); err == nil && !done && c.State == Open {
		shared.at, shared.last = began, c
	}
	return c, done, err
}

// clear reads a case and checks whether it may be sent now.
func (s *Service) clear(ctx context.Context, h *LeasedJob, w SyncWork) (c Case, done bool, err error) {
	if c, err = s.cfg.Store.Case(ctx, h.Case); err != nil {
		return c, false, err
	}
	called := c.Counts[Accepted]+c.Counts[Failed]+c.Counts[Unknown] > 0
	// The system has no requester to ask.
	if c.State == Open && !called && c.Actor.Kind != ActorSystem && s.cfg.Now().Sub(startCountsFrom(c)) > StartWithin {
		asked, err := s.cfg.Store.RequestConfirmation(ctx, h.Job, c.No, []NewJob{expiry(s.cfg.Now())})
		if err == nil || !errors.Is(err, ErrStale) {
			return c, true, err
		}
		c = asked // it has started: continue
	}
	if c.State == Open {
		done, err = s.recheck(ctx, h, c, w)
	}
	return c, done, err
}
