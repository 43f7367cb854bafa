package store

import (
	"context"
	"encoding/json"
	"fmt"

	"bouncer/moderation"
)

// note keeps a remark about a target. Its text stands in its entry too, where
// it is chained.
func (t *tx) note(n moderation.Note) error {
	actor, err := json.Marshal(n.By)
	if err != nil {
		return fmt.Errorf("a note that cannot be kept: %w", err)
	}
	entry, err := t.entry(0, moderation.EntryNote, moderation.Body{
		Actor: &n.By, Targets: []string{n.Target}, Detail: n.Text,
	}, n.By.Team)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO notes (id, app, team, target, actor, at, text, erased, entry_id) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		t.next(seqNotes), t.s.app, t.s.cfg.Team, n.Target, string(actor), t.now, n.Text, entry)
	return err
}

// Notes gives the notes about a target, newest first, at most NotesMost.
func (s *Store) Notes(ctx context.Context, target string) ([]moderation.Note, error) {
	var out []moderation.Note
	err := s.read(ctx).each(`SELECT id, actor, at, text, erased FROM notes WHERE app = ? AND target = ? ORDER BY id DESC`+limited,
		[]any{s.app, target, moderation.NotesMost}, func(scan func(...any) error) error {
			n := moderation.Note{Target: target}
			var actor string
			var at, erased int64
			if err := scan(&n.ID, &actor, &at, &n.Text, &erased); err != nil {
				return err
			}
			n.At, n.Erased = moment(at), erased != 0
			out = append(out, n)
			return unmarshal(actor, &out[len(out)-1].By)
		})
	return out, err
}

// keepEnquiry stores a question for its pages.
func (t *tx) keepEnquiry(q moderation.Enquiry) error {
	found, err := json.Marshal(q.Found)
	if err != nil {
		return fmt.Errorf("an enquiry that cannot be kept: %w", err)
	}
	_, err = t.exec(`INSERT INTO enquiries (token, app, team, user_id, action, found, at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (token) DO NOTHING`,
		q.Token, t.s.app, q.Team, q.User, string(q.Action.JSON()), string(found), millis(q.At), millis(q.Expires))
	return err
}

// Enquiry gives a stored question; ErrNotFound also when it is too old.
func (s *Store) Enquiry(ctx context.Context, token string) (moderation.Enquiry, error) {
	q := moderation.Enquiry{Token: token}
	var action, found string
	var at, expires int64
	err := s.read(ctx).one(`SELECT team, user_id, action, found, at, expires_at FROM enquiries WHERE token = ?`, token)(
		&q.Team, &q.User, &action, &found, &at, &expires)
	if err != nil {
		return moderation.Enquiry{}, err
	}
	q.At, q.Expires = moment(at), moment(expires)
	if over(q.Expires, s.cfg.Now()) {
		return moderation.Enquiry{}, moderation.ErrNotFound
	}
	if err := unmarshal(action, &q.Action); err != nil {
		return moderation.Enquiry{}, err
	}
	return q, unmarshal(found, &q.Found)
}

func unmarshal(text string, into any) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("a row that cannot be read: %w", err)
	}
	return nil
}
