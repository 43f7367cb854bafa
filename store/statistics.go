package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bouncer/moderation"
)

// Statistics returns the numbers of the cases of a period, of a moderator (of.Actor) or a room
// (of.Room) where they are named, read in one snapshot. Its error is the database's.
func (s *Store) Statistics(ctx context.Context, of moderation.SearchQuery, from, until time.Time) (moderation.Statistics, error) {
	conn, err := s.reads.BeginTx(ctx, s.dialect.snapshot())
	if err != nil {
		return moderation.Statistics{}, s.explain(err)
	}
	defer func() { _ = conn.Rollback() }() // nothing was written
	d := newDigestBuilder(from, until, of)
	q := snapshot{ctx: ctx, s: s, tx: conn}
	for _, read := range []func(snapshot) error{d.cases, d.approvals} {
		if err := read(q); err != nil {
			return moderation.Statistics{}, s.explain(err)
		}
	}
	only, args := d.only()
	flagged, err := column[int](q, `SELECT COUNT(*) FROM reviews r JOIN cases c ON c.no = r.case_no
		WHERE r.why = ? AND c.app = ? AND c.asked_at > ? AND c.asked_at <= ?`+only,
		append([]any{moderation.ReviewFlag, s.app, from.UnixMilli(), until.UnixMilli()}, args...)...)
	if err != nil {
		return moderation.Statistics{}, s.explain(err)
	}
	st := moderation.Statistics{
		ByVerb: d.verbs.all(), ByReason: d.reasons.all(), ByRoom: d.rooms.all(), ByActor: d.actors.all(),
		Digest: d.done(), Restrictions: d.restrictions, Undone: d.undone, Flagged: flagged[0],
	}
	if err := d.reports(q, &st); err != nil {
		return moderation.Statistics{}, s.explain(err)
	}
	return st, nil
}

// reports reads how long the reports waited that were decided in the period.
func (d *digestBuilder) reports(q snapshot, st *moderation.Statistics) error {
	type decided struct {
		state     moderation.ReportState
		first, at time.Time
		by        *moderation.Actor
	}
	cond, args := "", []any{q.s.app, d.From.UnixMilli(), d.Until.UnixMilli()}
	if d.of.Room != "" {
		cond, args = ` AND room = ?`, append(args, d.of.Room)
	}
	var took []time.Duration
	err := forEach(q, `SELECT state, first_at, decided_at, NULLIF(person, '') FROM reports WHERE app = ? AND decided_at > ? AND decided_at <= ?`+cond, args,
		func(r *decided) []any { return []any{&r.state, asTime(&r.first), asTime(&r.at), asJSON(&r.by)} }, func(r *decided) error {
			if d.of.Actor != "" && (r.by == nil || r.by.User != d.of.Actor) {
				return nil
			}
			if r.state == moderation.ReportDismissed {
				st.Dismissed++
			}
			took = append(took, r.at.Sub(r.first))
			return nil
		})
	if n := len(took); err == nil && n > 0 {
		slices.Sort(took)
		st.Decided, st.DecidedMedian, st.DecidedLongest = n, (took[(n-1)/2]+took[n/2])/2, took[n-1]
	}
	return err
}

// approvals reads how the requests of these cases were decided, and how long it took.
func (d *digestBuilder) approvals(q snapshot) error {
	type decided struct {
		no        int64
		state     moderation.ApprovalState
		at, asked time.Time
	}
	only, args := d.only()
	return forEach(q, `SELECT c.no, c.approval, a.decided_at, c.asked_at FROM approvals a JOIN cases c ON c.no = a.case_no
		WHERE c.app = ? AND c.asked_at > ? AND c.asked_at <= ? AND a.decided_at > 0`+only,
		append([]any{q.s.app, d.From.UnixMilli(), d.Until.UnixMilli()}, args...), func(r *decided) []any {
			return []any{&r.no, &r.state, asTime(&r.at), asTime(&r.asked)}
		}, func(r *decided) error {
			d.Approvals[string(r.state)]++
			if r.state == moderation.ApprovalApproved {
				d.waits = append(d.waits, waited{r.no, r.at.Sub(r.asked)})
			}
			return nil
		})
}

// all returns every row, the largest first.
func (t tallies) all() []moderation.Tally {
	rows := make([]moderation.Tally, 0, len(t))
	for _, row := range t {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b moderation.Tally) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key)) })
	return rows
}
