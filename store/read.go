package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"bouncer/moderation"
)

// Case gives a case by its number.
func (s *Store) Case(ctx context.Context, no int64) (moderation.Case, error) {
	return s.caseWhere(ctx, `no = ?`, no)
}

// CaseByToken gives the case that a button carries.
func (s *Store) CaseByToken(ctx context.Context, token string) (moderation.Case, error) {
	return s.caseWhere(ctx, `token = ?`, token)
}

func (s *Store) caseWhere(ctx context.Context, cond string, arg any) (moderation.Case, error) {
	q := s.read(ctx)
	c, err := caseRowOf(q.one(`SELECT `+caseColumns+` FROM cases WHERE `+cond, arg))
	if err != nil {
		return moderation.Case{}, err
	}
	return c.full(q)
}

// View gives everything that is known of a case. Each part is as new as its
// own read: a part that came later only knows more.
func (s *Store) View(ctx context.Context, no int64) (moderation.View, error) {
	var v moderation.View
	q := s.read(ctx)
	c, err := loadCase(q, no)
	if err != nil {
		return v, err
	}
	if v.Case, err = c.full(q); err != nil {
		return v, err
	}
	if v.Targets, err = targetsOfCase(q, no); err != nil {
		return v, err
	}
	if v.Calls, err = callsOfCase(q, no); err != nil {
		return v, err
	}
	if v.Entries, err = entriesOf(q, no, 0); err != nil {
		return v, err
	}
	if v.Unknown, err = unknownTo(q, c); err != nil {
		return v, err
	}
	if v.Earlier, err = earlierOf(q, c); err != nil {
		return v, err
	}
	if v.Related, err = relatedTo(q, c); err != nil {
		return v, err
	}
	if v.Again, err = standAgain(q, c, v.Targets, s.cfg.Now()); err != nil {
		return v, err
	}
	still, _, err := undoable(q, c, v.Targets, s.cfg.Now())
	if v.Undoable = len(still); err != nil {
		return v, err
	}
	return v, besides(q, c, &v)
}

func targetsOfCase(q querier, no int64) (out []moderation.Target, err error) {
	err = q.each(`SELECT seq, chunk, target, outcome, code, vals, lift, inside FROM targets WHERE case_no = ? ORDER BY seq`, []any{no},
		func(scan func(...any) error) error {
			var g moderation.Target
			var outcome, code, values, inside string
			if err := scan(&g.Seq, &g.Chunk, &g.ID, &outcome, &code, &values, &g.Lift, &inside); err != nil {
				return err
			}
			g.Outcome, g.Code, g.Inside = moderation.Outcome(outcome), moderation.Code(code), moderation.Inside(inside)
			if err := json.Unmarshal([]byte(values), &g.Values); err != nil {
				return fmt.Errorf("case %d, target %d cannot be read: %w", no, g.Seq, err)
			}
			out = append(out, g)
			return nil
		})
	return out, err
}

func callsOfCase(q querier, no int64) (out []moderation.Call, err error) {
	err = q.each(`SELECT chunk, attempt, purpose, api, request, at, answered_at, class, code, message, request_id, entry_id
		FROM calls WHERE case_no = ? ORDER BY id`, []any{no}, func(scan func(...any) error) error {
		c := moderation.Call{Case: no}
		var purpose, class string
		var at, answered int64
		if err := scan(&c.Chunk, &c.Attempt, &purpose, &c.API, &c.Request, &at, &answered, &class, &c.Code, &c.Message, &c.RequestID, &c.Entry); err != nil {
			return err
		}
		c.Purpose, c.Outcome, c.At, c.Answered = moderation.Purpose(purpose), moderation.VendorClass(class), moment(at), moment(answered)
		out = append(out, c)
		return nil
	})
	return out, err
}

func entriesOf(q querier, no, after int64) (out []moderation.Entry, err error) {
	err = q.each(`SELECT e.id, COALESCE(e.number, 0), e.hash, e.kind, e.at, COALESCE(b.body, '')
		FROM entries e LEFT JOIN bodies b ON b.entry_id = e.id WHERE e.case_no = ? AND e.id > ? ORDER BY e.id`,
		[]any{no, after}, func(scan func(...any) error) error {
			e := moderation.Entry{Case: no}
			var kind, body string
			var at int64
			if err := scan(&e.ID, &e.Number, &e.Hash, &kind, &at, &body); err != nil {
				return err
			}
			e.Kind, e.At = moderation.EntryKind(kind), moment(at)
			if body != "" {
				e.Body = json.RawMessage(body)
			}
			out = append(out, e)
			return nil
		})
	return out, err
}

// earlierOf sums up the earlier cases on the same targets: people in any room,
// or the room itself where the case is about all of it. Only what took effect
// counts: not what was asked for and denied, nor what nobody knows of, nor the
// request that a case runs ahead of.
func earlierOf(q querier, c *caseRow) (moderation.Earlier, error) {
	var e moderation.Earlier
	var ahead int64
	if c.rel == moderation.RelActNow {
		ahead = c.of
	}
	if err := q.one(`SELECT COUNT(DISTINCT o.case_no), COALESCE(MAX(o.case_no), 0)
		FROM targets g JOIN targets o ON o.app = g.app AND o.target = g.target AND o.case_no < g.case_no AND o.case_no <> ?
			AND o.outcome = 'accepted'
		JOIN cases oc ON oc.no = o.case_no AND (g.target <> '' OR oc.room = ?)
		WHERE g.case_no = ?`, ahead, c.room, c.no)(&e.Cases, &e.LastNo); err != nil || e.Cases == 0 {
		return e, err
	}
	last, err := loadCase(q, e.LastNo)
	if err != nil {
		return e, err
	}
	a, err := last.asked()
	e.LastVerb, e.LastFor, e.LastAt = last.verb, a.Duration, moment(last.openAt)
	return e, err
}

// Draft gives a draft that could be run at the time given, which is when its
// button was pressed, or that was used already; else ErrNotFound.
func (s *Store) Draft(ctx context.Context, token string, at time.Time) (moderation.Draft, error) {
	d := moderation.Draft{Token: token}
	var expires int64
	err := s.read(ctx).one(`SELECT team, user_id, channel, text, expires_at, case_no FROM drafts WHERE token = ?`, token)(
		&d.Team, &d.User, &d.Channel, &d.Text, &expires, &d.Case)
	if err != nil {
		return moderation.Draft{}, err
	}
	d.Expires = moment(expires)
	if d.Case == 0 && over(d.Expires, at) {
		return moderation.Draft{}, moderation.ErrNotFound
	}
	return d, nil
}

// List gives what a read found, while it can be paged through.
func (s *Store) List(ctx context.Context, token string) (moderation.List, error) {
	l := moderation.List{Token: token}
	var action, reading string
	var at, expires int64
	err := s.read(ctx).one(`SELECT team, user_id, action, reading, at, expires_at FROM lists WHERE token = ?`, token)(
		&l.Team, &l.User, &action, &reading, &at, &expires)
	if err != nil {
		return moderation.List{}, err
	}
	l.At, l.Expires = moment(at), moment(expires)
	if over(l.Expires, s.cfg.Now()) {
		return moderation.List{}, moderation.ErrNotFound
	}
	if err := json.Unmarshal([]byte(action), &l.Action); err != nil {
		return moderation.List{}, fmt.Errorf("a list that cannot be read: %w", err)
	}
	if err := json.Unmarshal([]byte(reading), &l.Reading); err != nil {
		return moderation.List{}, fmt.Errorf("a list that cannot be read: %w", err)
	}
	return l, nil
}

func over(expires, at time.Time) bool { return !expires.IsZero() && !at.Before(expires) }
