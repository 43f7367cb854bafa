package store

import "bouncer/moderation"

// Accept queues a delivery in QueueCommand, due at once.
func (s *Store) Accept(in moderation.Incoming, done func(fresh bool, err error)) {
	var fresh bool
	o := &op{}
	o.run = func(t *tx) (err error) {
		fresh, err = t.insertJob(moderation.NewJob{
			Key: in.Key, Queue: moderation.QueueCommand, Kind: in.Kind, Payload: in.Payload, ReplyURL: in.ReplyURL,
		}, t.now)
		return err
	}
	o.done = func(err error) { done(fresh && err == nil, err) }
	if !s.w.submit(o, true) {
		done(false, ErrClosed)
	}
}

// KeepDrafts stores corrected commands that can be run with a button: all of
// them or none.
func (s *Store) KeepDrafts(drafts []moderation.Draft, done func(err error)) {
	o := &op{done: done}
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
	if !s.w.submit(o, true) {
		done(ErrClosed)
	}
}
