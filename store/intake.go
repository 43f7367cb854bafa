package store

import "bouncer/moderation"

const insertDelivery = `INSERT INTO jobs
	(id, app, team, key, queue, kind, case_no, payload, reply_url, attempt, leased, queued_at, due_at, run_at)
	VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, 0, 0, ?, ?, ?) ON CONFLICT (key) DO NOTHING`

// Accept queues a delivery in QueueCommand, due at once.
func (s *Store) Accept(in moderation.Incoming, done func(fresh bool, err error)) {
	var fresh bool
	o := &op{}
	o.run = func(t *tx) error {
		n, err := t.exec(insertDelivery, t.next(seqJobs), s.app, s.cfg.Team, in.Key, string(moderation.QueueCommand),
			string(in.Kind), string(in.Payload), in.ReplyURL, t.now, t.now, t.now)
		if fresh = n == 1; fresh {
			t.wakes(moderation.QueueCommand)
		}
		return err
	}
	o.done = func(err error) { done(fresh && err == nil, err) }
	if !s.w.submit(o, true) {
		done(false, ErrClosed)
	}
}

// KeepDraft stores a corrected command that can be run with a button.
func (s *Store) KeepDraft(d moderation.Draft, done func(err error)) {
	o := &op{done: done}
	o.run = func(t *tx) error {
		_, err := t.exec(`INSERT INTO drafts (token, app, team, user_id, channel, text, expires_at, case_no)
			VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (token) DO NOTHING`,
			d.Token, s.app, d.Team, d.User, d.Channel, d.Text, millis(d.Expires))
		return err
	}
	if !s.w.submit(o, true) {
		done(ErrClosed)
	}
}
