package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"bouncer/moderation"
)

// UnfinishedCases returns up to n cases in a state other than Done, oldest first, and how many
// there are. Its error is the database's.
func (s *Store) UnfinishedCases(ctx context.Context, state moderation.State, n int) ([]moderation.Case, int, error) {
	var total int
	q := s.read(ctx)
	if err := q.one(`SELECT COUNT(*) FROM cases WHERE state = ? AND state <> 'done'`, string(state))(&total); err != nil || total == 0 {
		return nil, 0, err
	}
	nos, err := column[int64](q, `SELECT no FROM cases WHERE state = ? AND state <> 'done' ORDER BY no`+limited, string(state), n)
	if err != nil {
		return nil, 0, err
	}
	cases, err := s.Cases(ctx, nos)
	return cases, total, err
}

// Cases returns the cases with these numbers, in this order. Its errors are ErrNotFound, when there
// is no such case, and the database's.
func (s *Store) Cases(ctx context.Context, nos []int64) ([]moderation.Case, error) {
	q, out := s.read(ctx), make([]moderation.Case, 0, len(nos))
	for part := range slices.Chunk(nos, idsAtOnce) {
		found, err := casesAtOnce(q, part)
		if err != nil {
			return nil, err
		}
		for _, no := range part {
			c, ok := found[no]
			if !ok {
				return nil, moderation.ErrNotFound
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// casesAtOnce reads up to idsAtOnce cases as full does, with few statements.
func casesAtOnce(q querier, nos []int64) (map[int64]moderation.Case, error) {
	in, args := inList(nos)
	stored, err := rows(q, `SELECT `+caseColumns+` FROM cases WHERE no IN `+in, args, (*storedCase).fields)
	if err != nil {
		return nil, err
	}
	targets := make(map[int64][]string, len(stored))
	if err := q.each(`SELECT case_no, target FROM targets WHERE case_no IN `+in+` AND room = '' AND target <> '' ORDER BY case_no, seq`, args,
		func(scan func(...any) error) error {
			var no int64
			var target string
			err := scan(&no, &target)
			targets[no] = append(targets[no], target)
			return err
		}); err != nil {
		return nil, err
	}
	reviews := make(map[int64]moderation.Review)
	if err := q.each(`SELECT case_no, `+reviewColumns+` FROM reviews WHERE case_no IN `+in, args, func(scan func(...any) error) error {
		var no int64
		var r moderation.Review
		err := scan(append([]any{&no}, reviewFields(&r)...)...)
		reviews[no] = r
		return err
	}); err != nil {
		return nil, err
	}
	found := make(map[int64]moderation.Case, len(stored))
	for i := range stored {
		c := &stored[i]
		c.Action.Targets, c.Review = targets[c.No], reviews[c.No]
		if c.Approval.State != "" {
			if c.Approval, err = approvalOf(q, c); err != nil {
				return nil, err
			}
		}
		found[c.No] = c.Case
	}
	return found, nil
}

// OverdueLifts returns up to n lifts whose time has passed, the oldest first, and how many there
// are. Its error is the database's.
func (s *Store) OverdueLifts(ctx context.Context, n int) ([]moderation.OverdueLift, int, error) {
	const late = ` FROM jobs WHERE ` + isEnd + ` AND due_at < ?`
	args := []any{s.now().Add(-s.cfg.Timing.LiftLead).UnixMilli()}
	var total int
	q := s.read(ctx)
	if err := q.one(`SELECT COUNT(*)`+late, args...)(&total); err != nil || total == 0 {
		return nil, 0, err
	}
	type lift struct {
		moderation.OverdueLift
		work moderation.SyncWork
	}
	lifts, err := rows(q, `SELECT case_no, payload, due_at, attempt`+late+` ORDER BY due_at, id`+limited, append(args, n), func(l *lift) []any {
		return []any{&l.Case, asJSON(&l.work), asTime(&l.Due), &l.Attempt}
	})
	if err != nil {
		return nil, 0, err
	}
	out := make([]moderation.OverdueLift, len(lifts))
	for i, l := range lifts {
		l.Room, _ = moderation.RoomFromKey(l.work.Room)
		l.Target, l.Due = strings.Join(l.work.Targets, ", "), l.Due.Add(s.cfg.Timing.LiftLead)
		if err := lastLift(q, &l.OverdueLift); err != nil {
			return nil, 0, err
		}
		out[i] = l.OverdueLift
	}
	return out, total, nil
}

// lastLift reads the newest call of a lift and its answer.
func lastLift(q querier, l *moderation.OverdueLift) error {
	last, err := row(q, `SELECT `+callColumns+`
		FROM targets g JOIN cases c ON c.no = g.case_no JOIN calls k ON k.case_no = g.case_no AND k.purpose = 'lift' AND k.seq = g.seq
		WHERE g.case_no = ? AND g.target = ? AND CASE WHEN g.room = '' THEN c.room ELSE g.room END = ? ORDER BY k.id DESC LIMIT 1`,
		[]any{l.Case, l.Target, l.Room.String()}, callFields)
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	l.Last = last
	return err
}
