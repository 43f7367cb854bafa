package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"bouncer/moderation"
)

// Live gives up to n cases in a state that is no end, oldest first, and how
// many there are.
func (s *Store) Live(ctx context.Context, state moderation.State, n int) ([]moderation.Case, int, error) {
	var total int
	q := s.read(ctx)
	if err := q.one(`SELECT COUNT(*) FROM cases WHERE state = ? AND state <> 'done'`, string(state))(&total); err != nil || total == 0 {
		return nil, 0, err
	}
	var nos []int64
	if err := q.each(`SELECT no FROM cases WHERE state = ? AND state <> 'done' ORDER BY no`+limited, []any{string(state), n}, numbers(&nos)); err != nil {
		return nil, 0, err
	}
	cases, err := s.casesOf(ctx, nos)
	return cases, total, err
}

func numbers(into *[]int64) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var no int64
		err := scan(&no)
		*into = append(*into, no)
		return err
	}
}

func (s *Store) casesOf(ctx context.Context, nos []int64) ([]moderation.Case, error) {
	out := make([]moderation.Case, len(nos))
	for i, no := range nos {
		var err error
		if out[i], err = s.Case(ctx, no); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Overdue gives up to n lifts whose time has passed, the longest ago first, and
// how many there are.
func (s *Store) Overdue(ctx context.Context, n int) ([]moderation.LateLift, int, error) {
	const late = ` FROM jobs WHERE ` + isEnd + ` AND due_at < ?`
	args := []any{s.cfg.Now().Add(-s.cfg.Timing.LiftLead).UnixMilli()}
	var total int
	q := s.read(ctx)
	if err := q.one(`SELECT COUNT(*)`+late, args...)(&total); err != nil || total == 0 {
		return nil, 0, err
	}
	var out []moderation.LateLift
	if err := q.each(`SELECT case_no, payload, due_at, attempt`+late+` ORDER BY due_at, id`+limited, append(args, n), func(scan func(...any) error) error {
		var l moderation.LateLift
		var payload string
		var due int64
		if err := scan(&l.Case, &payload, &due, &l.Attempt); err != nil {
			return err
		}
		var w moderation.SyncWork
		if err := json.Unmarshal([]byte(payload), &w); err != nil {
			return fmt.Errorf("the lift of case %d cannot be read: %w", l.Case, err)
		}
		l.Room, _ = moderation.RoomFromKey(w.Room)
		l.Target, l.Due = strings.Join(w.Targets, ", "), moment(due).Add(s.cfg.Timing.LiftLead)
		out = append(out, l)
		return nil
	}); err != nil {
		return nil, 0, err
	}
	for i := range out {
		if err := lastLift(q, &out[i]); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// lastLift finds what was answered to the newest call of a lift.
func lastLift(q querier, l *moderation.LateLift) error {
	var at, answered int64
	var class string
	c := moderation.Call{Case: l.Case, Purpose: moderation.Lift}
	err := q.one(`SELECT k.attempt, k.api, k.at, k.answered_at, k.class, k.code, k.message, k.request_id, k.entry_id
		FROM targets g JOIN calls k ON k.case_no = g.case_no AND k.purpose = 'lift' AND k.seq = g.seq
		WHERE g.case_no = ? AND g.target = ? ORDER BY k.id DESC LIMIT 1`, l.Case, l.Target)(
		&c.Attempt, &c.API, &at, &answered, &class, &c.Code, &c.Message, &c.RequestID, &c.Entry)
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	c.At, c.Answered, c.Outcome = moment(at), moment(answered), moderation.VendorClass(class)
	l.Last = c
	return err
}
