package store

import (
	"context"
	"slices"
	"time"

	"bouncer/moderation"
)

// UndoableTargets returns the targets that a case restricts now (with the empty id for a whole
// room), in their order, and the case that decides the first one that it no longer restricts. Its error is the
// database's.
func (s *Store) UndoableTargets(ctx context.Context, no int64) (still []moderation.Target, newer int64, err error) {
	q := s.read(ctx)
	c, err := loadCase(q, no)
	if err != nil {
		return nil, 0, err
	}
	targets, err := targetsOfCase(q, c)
	if err != nil {
		return nil, 0, err
	}
	return undoable(q, c, targets, s.now())
}

// relatedCases returns the case that this one belongs to, and those that belong to it.
func relatedCases(q querier, c *storedCase) (out []moderation.Related, err error) {
	var rows []*storedCase
	if c.Action.RelatedCase != 0 {
		of, err := loadCase(q, c.Action.RelatedCase)
		if err != nil {
			return nil, err
		}
		rows = append(rows, of)
	}
	numbers, err := column[int64](q, `SELECT no FROM cases WHERE of_no = ? AND of_no > 0 ORDER BY no`, c.No)
	if err != nil {
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
		rel := r.Action.Relation
		if r.No == c.Action.RelatedCase {
			rel = c.Action.Relation
		}
		out = append(out, moderation.Related{
			No: r.No, Rel: rel, State: r.State, Until: r.Until, Ended: r.Ended, Outcome: moderation.OverallOutcome(r.Counts),
			Targets: len(full.Action.Targets), Rooms: len(full.Action.Rooms()), Actor: full.Actor, Reason: full.Action.Reason, At: full.AskedAt,
		})
	}
	return out, nil
}

// refreshRelatedCard makes the card of the related case due, as it shows this one's state.
func (t *tx) refreshRelatedCard(c *storedCase) error {
	if c.Action.RelatedCase == 0 {
		return nil
	}
	return t.refreshCard(c.Action.RelatedCase)
}

// refreshCard makes a case's card due in its present state.
func (t *tx) refreshCard(no int64) error {
	c, err := loadCase(t, no)
	if err != nil {
		return err
	}
	c.Version++
	if err := t.run(`UPDATE cases SET version = ? WHERE no = ?`, c.Version, c.No); err != nil {
		return err
	}
	return t.cardDue(c)
}

// closeActNowCard removes the buttons from the card of the act-now case, since this case continues
// it.
func (t *tx) closeActNowCard(c *storedCase) error {
	no, err := t.actNowCase(c)
	if err != nil || no == 0 {
		return err
	}
	return t.refreshCard(no)
}

func undoable(q querier, c *storedCase, targets []moderation.Target, now time.Time) (still []moderation.Target, newer int64, err error) {
	if _, restricts := c.moves(); !restricts {
		return nil, 0, nil
	}
	places, err := recordsOf(q, c)
	if err != nil {
		return nil, 0, err
	}
	for _, g := range targets {
		p := places[targetKey{g.Room.String(), g.ID}]
		if p == nil {
			continue
		}
		other, mine := int64(0), false
		for _, m := range c.Action.AffectedMedia() {
			st := p.timeline(m).InForce(now)
			mine = mine || st.Restricts && st.Case == c.No
			if st.Case != c.No {
				other = max(other, st.Case)
			}
		}
		if mine {
			still = append(still, g)
		} else if newer == 0 {
			newer = other
		}
	}
	return still, newer, nil
}

// stillRestricted returns what an undo brought back and is still in force.
func stillRestricted(q querier, c *storedCase, targets []moderation.Target, now time.Time) (out []moderation.StillRestricted, err error) {
	if c.Action.Relation != moderation.RelUndo {
		return nil, nil
	}
	places, err := recordsOf(q, c)
	if err != nil {
		return nil, err
	}
	for _, g := range targets {
		p := places[targetKey{g.Room.String(), g.ID}]
		if p == nil {
			continue
		}
		for _, m := range c.Action.AffectedMedia() {
			a := moderation.StillRestricted{Target: g.ID, Room: g.Room}
			if st := p.timeline(m).InForce(now); st.Restricts && p.timeline(m).Newest().Case == c.No && st.Case != c.No {
				if a.Case, a.Until = st.Case, st.Until; !slices.Contains(out, a) {
					out = append(out, a)
				}
			}
		}
	}
	return out, nil
}
