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

// clearance is one case that may be sent. Its checking is locked while it is checked.
type clearance struct {
	checking sync.Mutex

	mu   sync.Mutex
	at   time.Time // zero while it may not
	last Case
}

// newer returns the case when it was cleared less than a time ago.
func (c *clearance) newer(than time.Duration) (Case, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last, !c.at.IsZero() && time.Since(c.at) < than
}

func (c *clearance) set(at time.Time, last Case) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.last = at, last
}

// get returns the clearance of a case. Old ones are forgotten.
func (c *clearances) get(k clearanceKey) *clearance {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, old := range c.of {
		if key != k && old.checking.TryLock() {
			if _, valid := old.newer(BulkCheckEvery); !valid {
				delete(c.of, key)
			}
			old.checking.Unlock()
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
// because it may not. The chunks of a case of many share a result for BulkCheckEvery. From half of that
// on one of them checks again, and the others do not wait for it.
func (s *Service) cleared(ctx context.Context, h *LeasedJob, w SyncWork) (c Case, done bool, err error) {
	if !w.Many {
		return s.clear(ctx, h, w)
	}
	k := clearanceKey{no: h.Case}
	if w.By != nil {
		k.by = w.By.Key()
	}
	shared := s.clearances.get(k)
	if c, ok := shared.newer(BulkCheckEvery / 2); ok {
		return c, false, nil
	}
	if !shared.checking.TryLock() {
		if c, ok := shared.newer(BulkCheckEvery); ok {
			return c, false, nil
		}
		shared.checking.Lock()
	}
	defer shared.checking.Unlock()
	if c, ok := shared.newer(BulkCheckEvery / 2); ok { // by who checked before
		return c, false, nil
	}
	began := time.Now()
	c, done, err = s.clear(ctx, h, w)
	if err == nil && !done && c.State == Open {
		shared.set(began, c)
	} else {
		shared.set(time.Time{}, Case{})
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
