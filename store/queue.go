package store

import (
	"context"
	"errors"
	"time"

	"bouncer/moderation"
)

// inQueue compares with a CAST, because SQLite prepares a statement again at each use whose parameter
// it compared with a partial index's condition: jobs_ends has one about the queue.
const inQueue = `queue = CAST(? AS TEXT)`

// Claim takes and returns up to n due jobs of a queue, oldest run_at first; it increases their
// attempt and moves run_at by LeaseTime. Its error is the database's.
func (s *Store) Claim(ctx context.Context, q moderation.Queue, n int) ([]moderation.Job, error) {
	// The lease counts from before it was taken, so it is never trusted too long.
	began := time.Now()
	var jobs []moderation.Job
	err := s.write(ctx, func(t *tx) error {
		if may, err := t.mayWork(); err != nil || !may {
			jobs = nil
			return err
		}
		all, err := rows(t, `SELECT id, queue, key, kind, case_no, payload, reply_url, attempt + 1, queued_at, due_at FROM jobs
			WHERE `+inQueue+` AND run_at <= ? AND done_at IS NULL ORDER BY run_at, id`+limited,
			[]any{string(q), t.now, n}, func(j *moderation.Job) []any {
				return []any{&j.ID, &j.Queue, &j.Key, &j.Kind, &j.Case, &j.Payload, &j.ReplyURL, &j.Attempt, asTime(&j.Queued), asTime(&j.Due)}
			})
		if err != nil {
			return err
		}
		jobs = all
		for i, j := range jobs {
			jobs[i].Claimed, jobs[i].ReplyURL = began, t.replyURL(j)
			if err := t.run(`UPDATE jobs SET attempt = attempt + 1, leased = 1, run_at = ? WHERE id = ?`,
				t.now+moderation.LeaseTime.Milliseconds(), j.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

// ServeJobs makes the store hand over jobs of a queue to this process's workers, already claimed,
// when they become due as they are committed and a slot is free; nil ends it.
func (s *Store) ServeJobs(q moderation.Queue, slots *moderation.Slots) {
	s.slotsMu.Lock()
	defer s.slotsMu.Unlock()
	s.slots[q] = slots
}

// slotsOf returns the workers' slots of a queue; nil for none.
func (s *Store) slotsOf(q moderation.Queue) *moderation.Slots {
	s.slotsMu.Lock()
	defer s.slotsMu.Unlock()
	return s.slots[q]
}

// JobsWake returns a channel that gets a token whenever other work of that queue was committed,
// also work that is due in a few seconds, so that a waiting worker reads the next due time again. It
// never blocks the committer and is never closed.
func (s *Store) JobsWake(q moderation.Queue) <-chan struct{} { return s.wake[q] }

// NextDue returns the time at which the queue's earliest job can be claimed, a claimed one at the
// end of its lease; ok is false when there is none, or when a newer version works. Its error is the
// database's.
func (s *Store) NextDue(ctx context.Context, q moderation.Queue) (time.Time, bool, error) {
	if s.superseded() {
		return time.Time{}, false, nil
	}
	var at time.Time
	err := s.read(ctx).one(`SELECT run_at FROM jobs WHERE `+inQueue+` AND done_at IS NULL ORDER BY run_at, id LIMIT 1`, string(q))(asTime(&at))
	if errors.Is(err, moderation.ErrNotFound) {
		return time.Time{}, false, nil
	}
	return at, err == nil, err
}

// Renew extends a job's lease by another LeaseTime; ErrLeaseLost when it is no longer leased.
func (s *Store) Renew(ctx context.Context, j moderation.Job) error {
	return s.write(ctx, func(t *tx) error { return t.renew(j) })
}

// Retry releases a job, due again after the wait; ErrLeaseLost when it is no longer leased.
func (s *Store) Retry(ctx context.Context, j moderation.Job, wait time.Duration) error {
	return s.write(ctx, func(t *tx) error { return t.retry(j, wait) })
}

// MoveJob moves a job to another queue, due at once; ErrLeaseLost when it is no longer leased.
func (s *Store) MoveJob(ctx context.Context, j moderation.Job, q moderation.Queue) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE jobs SET leased = 0, run_at = ?, queue = ?`+whileClaimed, t.now, string(q), j.ID, j.Attempt)
		if err == nil && n == 0 {
			return moderation.ErrLeaseLost
		}
		t.wakes(q)
		return err
	})
}

// Finish ends a job together with what follows from it; ErrLeaseLost when it is no longer leased.
func (s *Store) Finish(ctx context.Context, j moderation.Job, c moderation.Change) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.finish(j); err != nil {
			return err
		}
		return t.change(c)
	})
}

// Append writes a change that belongs to no job. Its error is the database's.
func (s *Store) Append(ctx context.Context, c moderation.Change) error {
	return s.write(ctx, func(t *tx) error { return t.change(c) })
}

// AppendFirst writes a change unless the log has an entry already. Its error is the database's.
func (s *Store) AppendFirst(ctx context.Context, c moderation.Change) error {
	return s.write(ctx, func(t *tx) error {
		empty, err := t.logEmpty()
		if err != nil || !empty {
			return err
		}
		return t.change(c)
	})
}

func (t *tx) logEmpty() (bool, error) {
	var entries int
	err := t.one(`SELECT COUNT(*) FROM (SELECT id FROM entries LIMIT 1) AS x`)(&entries)
	return entries == 0, err
}

// whileClaimed is SQL for a job while its claim is valid: not after it was released or finished.
const whileClaimed = ` WHERE id = ? AND attempt = ? AND leased = 1`

func (t *tx) renew(j moderation.Job) error {
	return t.fenced(j, `run_at = ?`, t.now+moderation.LeaseTime.Milliseconds())
}

func (t *tx) retry(j moderation.Job, wait time.Duration) error {
	t.wakes(j.Queue)
	return t.fenced(j, `leased = 0, run_at = ?`, t.now+ceilMillis(wait))
}

// finish keeps the key for seven days, so that a repeated delivery is recognized.
func (t *tx) finish(j moderation.Job) error {
	return t.fenced(j, `done_at = ?, leased = 0, payload = '', reply_url = ''`, t.now)
}

// checkClaim checks a claim without changing anything.
func (t *tx) checkClaim(j moderation.Job) error {
	var id int64
	err := t.one(`SELECT id FROM jobs`+whileClaimed, j.ID, j.Attempt)(&id)
	if errors.Is(err, moderation.ErrNotFound) {
		return moderation.ErrLeaseLost
	}
	return err
}

// fenced sets something of the job while its claim is valid.
func (t *tx) fenced(j moderation.Job, set string, arg any) error {
	n, err := t.exec(`UPDATE jobs SET `+set+whileClaimed, arg, j.ID, j.Attempt)
	if err == nil && n == 0 {
		return moderation.ErrLeaseLost
	}
	return err
}

func ceilMillis(d time.Duration) int64 {
	return (max(d, 0) + time.Millisecond - 1).Milliseconds()
}

// TakeTurn takes a turn of a shared rate limit and returns how long to wait until it may be used: 0
// for now. When the wait is longer than Turn.Ahead no turn was taken. Its error is the database's.
func (s *Store) TakeTurn(ctx context.Context, turn moderation.Turn) (wait time.Duration, err error) {
	err = s.write(ctx, func(t *tx) error {
		wait, err = t.takeTurn(turn)
		return err
	})
	return wait, err
}

// takeTurn is GCRA: a turn is free when the theoretical arrival time of the next one is at most
// the burst ahead of now. A time further ahead than turns could have moved it comes from a clock
// that was set back, and is ignored.
func (t *tx) takeTurn(turn moderation.Turn) (time.Duration, error) {
	if turn.Key == "" || turn.PerSecond <= 0 {
		return 0, nil
	}
	now := t.clock.UnixMicro()
	interval := int64(float64(time.Second.Microseconds())/turn.PerSecond + 0.5)
	ahead := now + interval*int64(max(turn.Burst, 1)-1)
	reach := ahead + turn.Ahead.Microseconds()
	absurd := reach + interval + time.Second.Microseconds()
	var tat int64
	err := t.one(`INSERT INTO limits (key, tat) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET tat = ? + CASE WHEN limits.tat > ? AND limits.tat <= ? THEN limits.tat ELSE ? END
		WHERE limits.tat <= ? OR limits.tat > ? RETURNING tat`,
		turn.Key, now+interval, interval, now, reach, now, reach, absurd)(&tat)
	switch {
	case err == nil:
		tat -= interval // the time of this turn; the row has the next one
	case errors.Is(err, moderation.ErrNotFound): // none is free
		err = t.one(`SELECT tat FROM limits WHERE key = ?`, turn.Key)(&tat)
	}
	if err != nil {
		return 0, err
	}
	return max(0, time.Duration(tat-ahead)*time.Microsecond), nil
}
