package store

import (
	"context"
	"time"
)

// formViewLife is how long the newest choice in a form is kept: longer than a form is open.
const formViewLife = 24 * time.Hour

// NewestChoice records a choice in the form with this external id, made at a time in microseconds. It
// returns whether no newer one is known, and the hash of the form's last update, "" for none. Its error
// is the database's.
func (s *Store) NewestChoice(ctx context.Context, view string, at int64) (newest bool, hash string, err error) {
	err = s.write(ctx, func(t *tx) error {
		if err := t.run(`DELETE FROM form_views WHERE app = ? AND at < ?`, s.app, t.now-formViewLife.Milliseconds()); err != nil {
			return err
		}
		if err := t.run(`INSERT INTO form_views (app, view, choice, hash, at) VALUES (?, ?, ?, '', ?)
			ON CONFLICT (app, view) DO UPDATE SET choice = excluded.choice, at = excluded.at WHERE excluded.choice > form_views.choice`,
			s.app, view, at, t.now); err != nil {
			return err
		}
		var choice int64
		err := t.one(`SELECT choice, hash FROM form_views WHERE app = ? AND view = ?`, s.app, view)(&choice, &hash)
		newest = choice == at
		return err
	})
	return newest, hash, err
}

// FormUpdated records the hash of a form after an update. Its error is the database's.
func (s *Store) FormUpdated(ctx context.Context, view, hash string) error {
	return s.write(ctx, func(t *tx) error {
		return t.run(`UPDATE form_views SET hash = ? WHERE app = ? AND view = ?`, hash, s.app, view)
	})
}
