package store

import (
	"context"
	"slices"

	"bouncer/moderation"
)

// Undoable gives the targets that a case binds now, and the case that stands on
// the first that it binds no more.
func (s *Store) Undoable(ctx context.Context, no int64) (still []string, newer int64, err error) {
	q := s.read(ctx)
	c, err := loadCase(q, no)
	if err != nil {
		return nil, 0, err
	}
	if still, err = undoableTargets(q, c, s.cfg.Now().UnixMilli()); err != nil {
		return nil, 0, err
	}
	err = q.each(`SELECT g.target, s.case_no FROM targets g JOIN standing s ON s.app = g.app AND s.room = ? AND s.target = g.target
		WHERE g.case_no = ? AND s.case_no > 0 AND s.case_no <> g.case_no ORDER BY g.seq`, []any{c.room, no}, func(scan func(...any) error) error {
		var id string
		var stands int64
		if err := scan(&id, &stands); err != nil {
			return err
		}
		if newer == 0 && !slices.Contains(still, id) {
			newer = stands
		}
		return nil
	})
	return still, newer, err
}

// relatedTo gives the case that this one belongs to, and those that belong to it.
func relatedTo(q querier, c *caseRow) (out []moderation.Related, err error) {
	var rows []*caseRow
	if c.of != 0 {
		of, err := loadCase(q, c.of)
		if err != nil {
			return nil, err
		}
		rows = append(rows, of)
	}
	var numbers []int64
	if err := q.each(`SELECT no FROM cases WHERE of_no = ? AND of_no > 0 ORDER BY no`, []any{c.no}, func(scan func(...any) error) error {
		var no int64
		err := scan(&no)
		numbers = append(numbers, no)
		return err
	}); err != nil {
		return nil, err
	}
	for _, no := range numbers {
		other, err := loadCase(q, no)
		if err != nil {
			return nil, err
		}
		rows = append(rows, other)
	}
	for _, r := range rows {
		full, err := r.full(q)
		if err != nil {
			return nil, err
		}
		rel := r.rel
		if r.no == c.of {
			rel = c.rel
		}
		out = append(out, moderation.Related{
			No: r.no, Rel: rel, State: r.state, Until: moment(r.until), Ended: r.ended, Outcome: moderation.OutcomeOf(r.counts),
			Targets: len(full.Action.Targets), Actor: full.Actor, At: full.AskedAt,
		})
	}
	return out, nil
}

// shownOn makes the card of the case that this one belongs to tell anew how far
// this one is.
func (t *tx) shownOn(c *caseRow) error {
	if c.of == 0 {
		return nil
	}
	return t.shownAnew(c.of)
}

// shownAnew makes a case's card tell anew how the case is.
func (t *tx) shownAnew(no int64) error {
	c, err := loadCase(t, no)
	if err != nil {
		return err
	}
	c.version++
	if _, err := t.exec(`UPDATE cases SET version = ? WHERE no = ?`, c.version, c.no); err != nil {
		return err
	}
	return t.card(c)
}

// overAhead takes the buttons from the card of the case that ran while this one
// waited, since this one goes on in its place.
func (t *tx) overAhead(c *caseRow) error {
	if c.approval == "" {
		return nil
	}
	no, err := t.ranAhead(c)
	if err != nil || no == 0 {
		return err
	}
	return t.shownAnew(no)
}

// undoable counts the targets that a case binds now and that an undo would free.
func undoable(q querier, c *caseRow, now int64) (int, error) {
	targets, err := undoableTargets(q, c, now)
	return len(targets), err
}

func undoableTargets(q querier, c *caseRow, now int64) ([]string, error) {
	if _, bound := c.moves(); !bound {
		return nil, nil
	}
	var out []string
	err := q.each(`SELECT s.target, s.medium, s.until_at FROM targets g JOIN standing s ON s.app = g.app AND s.room = ? AND s.target = g.target
		WHERE g.case_no = ? AND s.case_no = g.case_no AND s.bound = 1 ORDER BY g.seq`, []any{c.room, c.no}, func(scan func(...any) error) error {
		r := standingRow{bound: true}
		var id, medium string
		if err := scan(&id, &medium, &r.until); err != nil {
			return err
		}
		r.medium = moderation.Medium(medium)
		if r.holds(now) && (len(out) == 0 || out[len(out)-1] != id) {
			out = append(out, id)
		}
		return nil
	})
	return out, err
}

// standAgain gives what an undo brought back, and that still stands as it did.
func standAgain(q querier, c *caseRow) (out []moderation.Again, err error) {
	if c.rel != moderation.RelUndo {
		return nil, nil
	}
	err = q.each(`SELECT DISTINCT s.target, s.case_no, s.until_at FROM moves m JOIN standing s ON s.app = m.app AND s.room = m.room
			AND s.target = m.target AND s.medium = m.medium AND s.generation = m.generation
		WHERE m.case_no = ? AND m.void = 0 AND s.bound = 1 AND s.case_no <> m.case_no ORDER BY m.seq`, []any{c.no}, func(scan func(...any) error) error {
		var a moderation.Again
		var until int64
		err := scan(&a.Target, &a.Case, &until)
		a.Until = moment(until)
		out = append(out, a)
		return err
	})
	return out, err
}
