package store

import (
	"context"

	"bouncer/moderation"
)

// evidence attaches evidence to a case. Its text is also in its entry, where it is chained. A link
// that the case already has is not attached again.
func (t *tx) evidence(e moderation.Evidence) error {
	c, err := loadCase(t, e.Case)
	if err != nil {
		return err
	}
	fresh, err := t.addEvidence(c, e)
	if err != nil || !fresh {
		return err
	}
	return t.caseChanged(c)
}

// linksIn stores the links of a reason, and of the command as typed, as unverified evidence.
func (t *tx) linksIn(c *storedCase, by moderation.Actor, texts ...string) error {
	for _, link := range moderation.LinksIn(texts...) {
		if _, err := t.addEvidence(c, moderation.Evidence{Case: c.No, By: by, Link: link}); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) addEvidence(c *storedCase, e moderation.Evidence) (fresh bool, err error) {
	if e.Link != "" {
		var known int
		if err := t.one(`SELECT COUNT(*) FROM evidence WHERE case_no = ? AND link = ?`, c.No, e.Link)(&known); err != nil || known > 0 {
			return false, err
		}
	}
	if err := t.caseEntry(c, moderation.EntryEvidence, moderation.Body{
		Actor: &e.By, Person: e.Author, Detail: e.Text, Link: e.Link, Values: noteOf(e),
	}); err != nil {
		return false, err
	}
	err = t.run(`INSERT INTO evidence (id, app, team, case_no, actor, at, author, sent_at, text, link, note, erased, entry_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		t.next(seqEvidence), t.s.app, c.Team, c.No, asJSON(e.By), t.now, e.Author, millis(e.Sent), e.Text, e.Link, e.Note, c.lastEntry)
	return err == nil, err
}

func noteOf(e moderation.Evidence) map[string]string {
	if e.Note == "" {
		return nil
	}
	return map[string]string{"note": e.Note}
}

// saveEvidenceDraft stores a message until a case is chosen for it.
func (t *tx) saveEvidenceDraft(q moderation.EvidenceDraft) error {
	err := t.run(`INSERT INTO quotes (token, app, team, user_id, channel, author, sent_at, text, link, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO NOTHING`,
		q.Token, t.s.app, q.Team, q.User, q.Channel, q.Author, millis(q.Sent), q.Text, q.Link, millis(q.Expires))
	return err
}

// EvidenceDraft returns a message that is about to be attached to a case; ErrNotFound also when it
// is too old.
func (s *Store) EvidenceDraft(ctx context.Context, token string) (moderation.EvidenceDraft, error) {
	q := moderation.EvidenceDraft{Token: token}
	err := s.read(ctx).one(`SELECT team, user_id, channel, author, sent_at, text, link, expires_at FROM quotes WHERE token = ?`, token)(
		&q.Team, &q.User, &q.Channel, &q.Author, asTime(&q.Sent), &q.Text, &q.Link, asTime(&q.Expires))
	if err == nil && over(q.Expires, s.now()) {
		err = moderation.ErrNotFound
	}
	if err != nil {
		return moderation.EvidenceDraft{}, err
	}
	return q, nil
}

// loadExtras adds to a view what is stored beside its case: evidence, how many notes there are
// about its targets, and, while it awaits approval, which of them had cases before.
func loadExtras(q querier, c *storedCase, v *moderation.CaseView) (err error) {
	if v.Evidence, err = rows(q, `SELECT case_no, id, actor, at, author, sent_at, text, link, note, erased FROM evidence WHERE case_no = ? ORDER BY id`,
		[]any{c.No}, func(e *moderation.Evidence) []any {
			return []any{&e.Case, &e.ID, asJSON(&e.By), asTime(&e.At), &e.Author, asTime(&e.Sent), &e.Text, &e.Link, &e.Note, &e.Erased}
		}); err != nil {
		return err
	}
	if err := q.one(`SELECT COUNT(*) FROM targets g JOIN notes n ON n.app = g.app AND n.target = g.target
		WHERE g.case_no = ? AND g.room = '' AND g.target <> ''`, c.No)(&v.Notes); err != nil || c.State != moderation.AwaitingApproval {
		return err
	}
	v.CasesBefore, err = countBy[string](q, `SELECT g.target, COUNT(DISTINCT o.case_no) AS n
		FROM targets g JOIN targets o ON o.app = g.app AND o.target = g.target AND o.case_no < g.case_no
		WHERE g.case_no = ? AND g.target <> '' GROUP BY g.target ORDER BY n DESC, g.target`+limited, c.No, moderation.MaxSeen)
	return err
}
