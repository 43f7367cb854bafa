package store

import (
	"context"

	"bouncer/moderation"
)

// InsideKnown reports whether the presence of a case's targets in one of its rooms was already
// read, also when that failed.
func (s *Store) InsideKnown(ctx context.Context, no int64, room moderation.Room) (bool, error) {
	q := s.read(ctx)
	var first string
	if err := q.one(`SELECT room FROM cases WHERE no = ?`, no)(&first); err != nil {
		return false, err
	}
	stored := room.String()
	if stored == first {
		stored = ""
	}
	return insideKnown(q, no, stored)
}

func insideKnown(q querier, no int64, stored string) (bool, error) {
	var n int
	err := q.one(`SELECT COUNT(*) FROM (SELECT 1 FROM targets WHERE case_no = ? AND room = ? AND inside <> ''`+limited+`) AS asked`, no, stored, 1)(&n)
	return n > 0, err
}

// saveFirstInside stores who of a case's targets is in a room, unless it is known: a list that was
// read for a later chunk may be from after the first call. The card shows it with the answer to the
// call.
func (t *tx) saveFirstInside(c *storedCase, room string, inside map[string]moderation.Inside) error {
	if len(inside) == 0 {
		return nil
	}
	if asked, err := insideKnown(t, c.No, c.storedRoom(room)); err != nil || asked {
		return err
	}
	return t.setInside(c, room, inside)
}

// setInside stores who of a case's targets is in a room. Targets that it does not name are not
// changed.
func (t *tx) setInside(c *storedCase, room string, inside map[string]moderation.Inside) error {
	no, stored := c.No, c.storedRoom(room)
	most, all := moderation.Inside(""), 0
	if len(inside) > insideOneByOne { // most of them are the same: nobody is in, or nothing is known
		if err := t.one(`SELECT COUNT(*) FROM targets WHERE case_no = ? AND room = ?`, no, stored)(&all); err != nil {
			return err
		}
	}
	if all > 0 && all == len(inside) {
		counts := map[moderation.Inside]int{}
		for _, is := range inside {
			if counts[is]++; counts[is] > counts[most] {
				most = is
			}
		}
		if err := t.run(`UPDATE targets SET inside = ? WHERE case_no = ? AND room = ?`, string(most), no, stored); err != nil {
			return err
		}
	}
	for id, is := range inside {
		if is == most {
			continue
		}
		if err := t.run(`UPDATE targets SET inside = ? WHERE app = ? AND target = ? AND case_no = ? AND room = ?`, string(is), t.s.app, id, no, stored); err != nil {
			return err
		}
	}
	return nil
}

// insideOneByOne is for how many targets presence is written one by one.
const insideOneByOne = 100

// unknownTargets returns the targets of a case without earlier cases and without notes.
func unknownTargets(q querier, c *storedCase) (map[string]bool, error) {
	out := make(map[string]bool)
	ids, err := column[string](q, `SELECT g.target FROM targets g WHERE g.case_no = ? AND g.room = '' AND g.target <> ''
			AND NOT EXISTS (SELECT 1 FROM targets o WHERE o.app = g.app AND o.target = g.target AND o.case_no < g.case_no
				AND o.outcome IN ('accepted', 'unknown', 'superseded')`+perRow+`)
			AND NOT EXISTS (SELECT 1 FROM notes n WHERE n.app = g.app AND n.target = g.target`+perRow+`)
		ORDER BY g.seq`+limited, c.No, moderation.MaxSeen)
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
