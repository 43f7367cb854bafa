package store

import (
	"context"

	"bouncer/moderation"
)

// evidence puts something to a case. Its text stands in its entry too, where it
// is chained. What the case has already, by its link, is not put to it again.
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

// linksIn keeps the links of a reason, and of the words that it was typed with,
// as evidence that nobody has read.
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
	_, err = t.exec(`INSERT INTO evidence (id, app, team, case_no, actor, at, author, sent_at, text, link, note, erased, entry_id)
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

// saveEvidenceDraft keeps a message until somebody says to which case it is put.
func (t *tx) saveEvidenceDraft(q moderation.EvidenceDraft) error {
	_, err := t.exec(`INSERT INTO quotes (token, app, team, user_id, channel, author, sent_at, text, link, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO NOTHING`,
		q.Token, t.s.app, q.Team, q.User, q.Channel, q.Author, millis(q.Sent), q.Text, q.Link, millis(q.Expires))
	return err
}

// EvidenceDraft gives a message that is about to be put to a case; ErrNotFound also
// when it is too old.
func (s *Store) EvidenceDraft(ctx context.Context, token string) (moderation.EvidenceDraft, error) {
	q := moderation.EvidenceDraft{Token: token}
	err := s.read(ctx).one(`SELECT team, user_id, channel, author, sent_at, text, link, expires_at FROM quotes WHERE token = ?`, token)(
		&q.Team, &q.User, &q.Channel, &q.Author, asTime(&q.Sent), &q.Text, &q.Link, asTime(&q.Expires))
	if err == nil && over(q.Expires, s.cfg.Now()) {
		err = moderation.ErrNotFound
	}
	if err != nil {
		return moderation.EvidenceDraft{}, err
	}
	return q, nil
}

// loadExtras adds to a view what lies beside its case: evidence, how many notes
// there are about its targets, and, while somebody has to agree to it, which of
// them were seen before.
func loadExtras(q querier, c *storedCase, v *moderation.CaseView) (err error) {
	if v.Evidence, err = rows(q, `SELECT case_no, id, actor, at, author, sent_at, text, link, note, erased FROM evidence WHERE case_no = ? ORDER BY id`,
		[]any{c.No}, func(e *moderation.Evidence) []any {
			return []any{&e.Case, &e.ID, asJSON(&e.By), asTime(&e.At), &e.Author, asTime(&e.Sent), &e.Text, &e.Link, &e.Note, &e.Erased}
		}); err != nil {
		return err
	}
	if err := q.one(`SELECT COUNT(*) FROM targets g JOIN notes n ON n.app = g.app AND n.target = g.target
		WHERE g.case_no = ? AND g.target <> ''`, c.No)(&v.Notes); err != nil || c.State != moderation.AwaitingApproval {
		return err
	}
	v.CasesBefore, err = countBy[string](q, `SELECT g.target, COUNT(DISTINCT o.case_no) AS n
		FROM targets g JOIN targets o ON o.app = g.app AND o.target = g.target AND o.case_no < g.case_no
		WHERE g.case_no = ? AND g.target <> '' GROUP BY g.target ORDER BY n DESC, g.target`+limited, c.No, moderation.MaxSeen)
	return err
}
