package store

import (
	"context"
	"time"

	"bouncer/moderation"
)

// Case returns a case by its number; ErrNotFound when there is none.
func (s *Store) Case(ctx context.Context, no int64) (moderation.Case, error) {
	return s.caseWhere(ctx, `no = ?`, no)
}

// CaseByToken returns the case whose token a button carries; ErrNotFound when there is none.
func (s *Store) CaseByToken(ctx context.Context, token string) (moderation.Case, error) {
	return s.caseWhere(ctx, `token = ?`, token)
}

func (s *Store) caseWhere(ctx context.Context, cond string, arg any) (moderation.Case, error) {
	q := s.read(ctx)
	c, err := caseWhere(q, cond, arg)
	if err != nil {
		return moderation.Case{}, err
	}
	return c.full(q)
}

// CaseView returns everything known about a case. Each part is read separately, so a later part
// may be newer. ErrNotFound when there is no such case.
func (s *Store) CaseView(ctx context.Context, no int64) (moderation.CaseView, error) {
	q := s.read(ctx)
	c, err := loadCase(q, no)
	if err != nil {
		return moderation.CaseView{}, err
	}
	return s.viewOf(q, c)
}

func (s *Store) viewOf(q querier, c *storedCase) (v moderation.CaseView, err error) {
	if v.Case, err = c.full(q); err != nil {
		return v, err
	}
	if v.Targets, err = targetsOfCase(q, c); err != nil {
		return v, err
	}
	if v.Calls, err = callsOfCase(q, c.No); err != nil {
		return v, err
	}
	if v.Entries, err = entriesOf(q, c.No, 0); err != nil {
		return v, err
	}
	if v.LogPruned, v.Entries, err = notPruned(q, c.No, v.Entries); err != nil {
		return v, err
	}
	if v.GroupHandles, err = s.groupHandles(q); err != nil {
		return v, err
	}
	if v.UnknownTargets, err = unknownTargets(q, c); err != nil {
		return v, err
	}
	if v.Earlier, err = earlierOf(q, c); err != nil {
		return v, err
	}
	if v.Related, err = relatedCases(q, c); err != nil {
		return v, err
	}
	if v.Restored, err = stillRestricted(q, c, v.Targets, s.now()); err != nil {
		return v, err
	}
	still, _, err := undoable(q, c, v.Targets, s.now())
	if v.Undoable = len(still); err != nil {
		return v, err
	}
	return v, loadExtras(q, c, &v)
}

func targetsOfCase(q querier, c *storedCase) ([]moderation.Target, error) {
	return rows(q, targetColumns+` ORDER BY seq`, []any{c.No}, c.targetFields)
}

// targetColumns reads targets of one case.
const targetColumns = `SELECT seq, chunk, room, target, outcome, code, vals, lift, inside FROM targets WHERE case_no = ?`

func (c *storedCase) targetFields(g *moderation.Target) []any {
	return []any{&g.Seq, &g.Chunk, roomOfCase{c, &g.Room}, &g.ID, &g.Outcome, &g.Code, asJSON(&g.Values), &g.Lift, &g.Inside}
}

func callsOfCase(q querier, no int64) ([]moderation.Call, error) {
	return rows(q, `SELECT `+callColumns+` FROM calls k WHERE k.case_no = ? ORDER BY k.id`, []any{no}, callFields)
}

const callColumns = `k.case_no, k.chunk, k.attempt, k.purpose, k.api, k.request, k.at, k.answered_at, k.class, k.code, k.message, k.request_id, k.entry_id`

func callFields(c *moderation.Call) []any {
	return []any{
		&c.Case, &c.Chunk, &c.Attempt, &c.Purpose, &c.API, &c.Request, asTime(&c.At), asTime(&c.Answered), &c.Outcome, &c.Code, &c.Message, &c.RequestID, &c.Entry,
	}
}

func entriesOf(q querier, no, after int64) ([]moderation.Entry, error) {
	return rows(q, `SELECT e.case_no, e.id, COALESCE(e.number, 0), e.hash, e.kind, e.at, b.body
		FROM entries e LEFT JOIN bodies b ON b.entry_id = e.id WHERE e.case_no = ? AND e.id > ? ORDER BY e.id`,
		[]any{no, after}, func(e *moderation.Entry) []any {
			return []any{&e.Case, &e.ID, &e.Number, &e.Hash, &e.Kind, asTime(&e.At), (*[]byte)(&e.Body)}
		})
}

// earlierOf sums up the earlier cases on the same targets: people in any room, or the room itself
// where the case concerns all of it. Only cases that took effect count: not denied requests, not
// unknown outcomes, and not the request that an act-now belongs to.
func earlierOf(q querier, c *storedCase) (moderation.EarlierCases, error) {
	var e moderation.EarlierCases
	var ahead int64
	if c.Action.Relation == moderation.RelActNow {
		ahead = c.Action.RelatedCase
	}
	if err := q.one(`SELECT COUNT(DISTINCT o.case_no), COALESCE(MAX(o.case_no), 0)
		FROM targets g JOIN targets o ON o.app = g.app AND o.target = g.target AND o.case_no < g.case_no AND o.case_no <> ?
			AND o.outcome = 'accepted'
		JOIN cases oc ON oc.no = o.case_no
			AND (g.target <> '' OR CASE WHEN o.room = '' THEN oc.room ELSE o.room END = CASE WHEN g.room = '' THEN ? ELSE g.room END)
		WHERE g.case_no = ?`, ahead, c.room(), c.No)(&e.Cases, &e.LastNo); err != nil || e.Cases == 0 {
		return e, err
	}
	last, err := loadCase(q, e.LastNo)
	if err != nil {
		return e, err
	}
	e.LastVerb, e.LastFor, e.LastAt = last.Action.Verb, last.Action.Duration, last.OpenAt
	return e, nil
}

// Draft returns a draft that could be run at the time given, which is when its button was pressed,
// or that was already used; else ErrNotFound.
func (s *Store) Draft(ctx context.Context, token string, at time.Time) (moderation.Draft, error) {
	d := moderation.Draft{Token: token}
	err := s.read(ctx).one(`SELECT team, user_id, channel, text, quote, report, NULLIF(filed, ''), expires_at, case_no FROM drafts WHERE token = ?`, token)(
		&d.Team, &d.User, &d.Channel, &d.Text, &d.Quote, &d.Report, asJSON(&d.Filed), asTime(&d.Expires), &d.Case)
	if err != nil {
		return moderation.Draft{}, err
	}
	if d.Case == 0 && over(d.Expires, at) {
		return moderation.Draft{}, moderation.ErrNotFound
	}
	return d, nil
}

// List returns a stored list, while it can be paged through; else ErrNotFound.
func (s *Store) List(ctx context.Context, token string) (moderation.List, error) {
	l := moderation.List{Token: token}
	err := s.read(ctx).one(`SELECT team, user_id, action, reading, at, expires_at FROM lists WHERE token = ?`, token)(
		&l.Team, &l.User, asJSON(&l.Action), asJSON(&l.Reading), asTime(&l.At), asTime(&l.Expires))
	if err == nil && over(l.Expires, s.now()) {
		err = moderation.ErrNotFound
	}
	if err != nil {
		return moderation.List{}, err
	}
	return l, nil
}

func over(expires, at time.Time) bool { return !expires.IsZero() && !at.Before(expires) }
