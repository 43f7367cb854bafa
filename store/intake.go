package store

import (
	"encoding/json"
	"fmt"
	"time"

	"bouncer/moderation"
)

// Accept queues a delivery in QueueCommand, due at once, as of the time at which it was received.
// It is rejected with ErrTooLate when that is more than moderation.AckWithin ago by the time it
// would be durable, and with ErrNewerMissing when nothing would carry it out. done is called once; fresh is false for a repeated delivery.
func (s *Store) Accept(in moderation.Delivery, done func(fresh bool, err error)) {
	if err := s.newerPresent(); err != nil {
		done(false, err)
		return
	}
	var fresh bool // also when it is run again after a commit whose answer was lost
	// written are the rows of all runs. Which of them was committed may be unknown: a connection can be
	// lost before any answer to a group comes.
	var written []writtenJob
	arrived := s.now().Add(-in.Waited)
	o := &op{arrived: arrived, size: len(in.Key) + len(in.Payload) + len(in.ReplyURL)}
	o.run = func(t *tx) error {
		row, err := t.insertJob(moderation.NewJob{
			Key: in.Key, Queue: moderation.QueueCommand, Kind: in.Kind, Payload: in.Payload, ReplyURL: in.ReplyURL, Queued: arrived,
		}, t.now, func() { fresh = true })
		written = append(written, row)
		return err
	}
	o.retract = func(t *tx) error { // not an earlier delivery of it, which was acknowledged
		for _, row := range written {
			if err := t.run(`DELETE FROM jobs WHERE key = ? AND id = ? AND queued_at = ? AND attempt = ?`, in.Key, row.id, row.queued, row.attempt); err != nil {
				return err
			}
		}
		return nil
	}
	o.done = s.inTime(o, in.Waited, func(err error) { done(err == nil && fresh, err) })
	if err := s.w.submit(o, true); err != nil {
		o.done(err)
	}
}

// inTime returns what answers a delivery once. On PostgreSQL, where a connection may be silent for
// longer than its sender waits, it answers ErrTooLate by itself then; what is committed all the
// same is retracted.
func (s *Store) inTime(o *op, waited time.Duration, done func(error)) func(error) {
	if s.lite != nil || s.cfg.Now != nil {
		return done
	}
	clock := time.AfterFunc(max(0, moderation.AckWithin-waited), func() {
		if o.answer.CompareAndSwap(unanswered, answeredByClock) {
			done(ErrTooLate)
		}
	})
	return func(err error) {
		clock.Stop()
		o.answer.CompareAndSwap(unanswered, answeredByWriter)
		if o.answer.Load() == answeredByWriter {
			done(err)
		}
	}
}

// SaveDrafts stores corrected commands that can be run with a button: all of them or none.
func (s *Store) SaveDrafts(drafts []moderation.Draft, done func(err error)) {
	o := &op{}
	o.done = s.inTime(o, 0, done)
	for _, d := range drafts {
		o.size += len(d.Text)
	}
	o.run = func(t *tx) error {
		for _, d := range drafts {
			if err := t.saveDraft(d); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.w.submit(o, true); err != nil {
		o.done(err)
	}
}

// saveDraft stores a draft, unless its token is known.
func (t *tx) saveDraft(d moderation.Draft) error {
	filed := ""
	if d.Filed != nil {
		raw, err := json.Marshal(d.Filed)
		if err != nil {
			return fmt.Errorf("encode the draft: %w", err)
		}
		filed = string(raw)
	}
	return t.run(`INSERT INTO drafts (token, app, team, user_id, channel, text, quote, report, filed, expires_at, case_no)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (token) DO NOTHING`,
		d.Token, t.s.app, d.Team, d.User, d.Channel, d.Text, d.Quote, d.Report, filed, millis(d.Expires))
}
