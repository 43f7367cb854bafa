package store

import (
	"context"

	"bouncer/moderation"
)

// saveNote stores a note about a target. Its text is also in its entry, where it is chained.
func (t *tx) saveNote(n moderation.Note) error {
	entry, err := t.entry(0, moderation.EntryNote, moderation.Body{
		Actor: &n.By, Targets: []string{n.Target}, Detail: n.Text,
	}, n.By.Team)
	if err != nil {
		return err
	}
	err = t.run(`INSERT INTO notes (id, app, team, target, actor, at, text, erased, entry_id) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		t.next(seqNotes), t.s.app, t.s.cfg.Team, n.Target, asJSON(n.By), t.now, n.Text, entry)
	return err
}

// Notes returns the notes about a target, newest first, at most MaxNotes. Its error is the
// database's.
func (s *Store) Notes(ctx context.Context, target string) ([]moderation.Note, error) {
	return rows(s.read(ctx), `SELECT target, id, actor, at, text, erased FROM notes WHERE app = ? AND target = ? ORDER BY id DESC`+limited,
		[]any{s.app, target, moderation.MaxNotes}, func(n *moderation.Note) []any {
			return []any{&n.Target, &n.ID, asJSON(&n.By), asTime(&n.At), &n.Text, &n.Erased}
		})
}

// saveSearch stores a search for its pages.
func (t *tx) saveSearch(q moderation.SavedSearch) error {
	err := t.run(`INSERT INTO enquiries (token, app, team, user_id, action, found, at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (token) DO NOTHING`,
		q.Token, t.s.app, q.Team, q.User, string(q.Action.JSON()), asJSON(q.Results), millis(q.At), millis(q.Expires))
	return err
}

// SavedSearch returns a stored search; ErrNotFound also when it is too old.
func (s *Store) SavedSearch(ctx context.Context, token string) (moderation.SavedSearch, error) {
	q := moderation.SavedSearch{Token: token}
	err := s.read(ctx).one(`SELECT team, user_id, action, found, at, expires_at FROM enquiries WHERE token = ?`, token)(
		&q.Team, &q.User, asJSON(&q.Action), asJSON(&q.Results), asTime(&q.At), asTime(&q.Expires))
	if err == nil && over(q.Expires, s.now()) {
		err = moderation.ErrNotFound
	}
	if err != nil {
		return moderation.SavedSearch{}, err
	}
	return q, nil
}
