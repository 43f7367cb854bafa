package store

import "bouncer/moderation"

// Accept queues a delivery in QueueCommand, due at once, as of the time at which it was received.
// It is rejected with ErrTooLate when that is more than moderation.AckWithin ago by the time it
// would be durable. done is called once; fresh is false for a repeated delivery.
func (s *Store) Accept(in moderation.Delivery, done func(fresh bool, err error)) {
	var fresh bool
	var attempt int // 1 where it was claimed as it was written
	arrived := s.now().Add(-in.Waited)
	o := &op{arrived: arrived, size: len(in.Key) + len(in.Payload) + len(in.ReplyURL)}
	o.run = func(t *tx) (err error) {
		fresh, err = t.insertJob(moderation.NewJob{
			Key: in.Key, Queue: moderation.QueueCommand, Kind: in.Kind, Payload: in.Payload, ReplyURL: in.ReplyURL, Queued: arrived,
		}, t.now)
		attempt = len(t.handed)
		return err
	}
	o.retract = func(t *tx) error {
		if !fresh { // an earlier delivery of it was acknowledged
			return nil
		}
		_, err := t.exec(`DELETE FROM jobs WHERE key = ? AND attempt = ?`, in.Key, attempt)
		return err
	}
	o.done = func(err error) { done(fresh && err == nil, err) }
	if err := s.w.submit(o, true); err != nil {
		done(false, err)
	}
}

// SaveDrafts stores corrected commands that can be run with a button: all of them or none.
func (s *Store) SaveDrafts(drafts []moderation.Draft, done func(err error)) {
	o := &op{done: done}
	for _, d := range drafts {
		o.size += len(d.Text)
	}
	o.run = func(t *tx) error {
		for _, d := range drafts {
			if _, err := t.exec(`INSERT INTO drafts (token, app, team, user_id, channel, text, expires_at, case_no)
				VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (token) DO NOTHING`,
				d.Token, s.app, d.Team, d.User, d.Channel, d.Text, millis(d.Expires)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.w.submit(o, true); err != nil {
		done(err)
	}
}
