package store

import "bouncer/moderation"

// inForce is the move that decides what stands in one row.
type inForce struct {
	no, seq int64
	bound   bool
	until   int64
	at      int64
}

// inForce walks a row's moves from the newest: the first that still holds
// decides. Passed over are moves that were taken back or have ended, undos (they
// only take another case's move away), what a newer undo or extension replaced,
// and bindings whose time is over. With owed, one whose time is over and that
// the bot has yet to end still holds: the vendor does. except is a case whose
// own moves are left out, since it ends: what it had replaced does not come back
// with that; 0 for none.
func (t *tx) inForce(app int64, room, target, medium string, except int64, owed bool) (inForce, error) {
	owed = owed && botEnds(moderation.Medium(medium))
	var found, newest inForce
	done := false
	undone, replaced := make(map[int64]bool), make(map[int64]bool)
	err := t.each(`SELECT case_no, seq, bound, until_at, ended_at, kind, replaces, at FROM moves
		WHERE app = ? AND room = ? AND target = ? AND medium = ? AND void = 0 ORDER BY job_id DESC, generation DESC LIMIT 200`,
		[]any{app, room, target, medium}, func(scan func(...any) error) error {
			var m inForce
			var bound, ended, replaces int64
			var kind string
			if err := scan(&m.no, &m.seq, &bound, &m.until, &ended, &kind, &replaces, &m.at); err != nil || done {
				return err
			}
			m.bound = bound != 0
			switch {
			case kind == moveUndo:
				undone[replaces] = true
			case kind == moveFollow || !undone[m.no]: // else what it replaced is back
				replaced[replaces] = true
			}
			if newest.no == 0 && kind != moveUndo && !undone[m.no] && m.no != except {
				newest = m
			}
			over := ended != 0 || m.until != 0 && m.until <= t.now && !owed
			if kind == moveUndo || undone[m.no] || replaced[m.no] || m.no == except || m.bound && over {
				return nil
			}
			found, done = m, true
			return nil
		})
	if !found.bound { // whatever set it free, or ended last, has the last word
		found.no, found.seq = newest.no, newest.seq
	}
	return found, err
}

// since gives when a binding began: through all older ones that held when the
// next one took over. A case that set free in between ends the chain.
func (t *tx) since(app int64, room, target, medium string, m inForce) (int64, error) {
	if !m.bound {
		return 0, nil
	}
	since, broken, below := m.at, false, false
	undone := make(map[int64]int64)
	err := t.each(`SELECT case_no, bound, until_at, ended_at, kind, replaces, at FROM moves
		WHERE app = ? AND room = ? AND target = ? AND medium = ? AND void = 0 ORDER BY job_id DESC, generation DESC LIMIT 200`,
		[]any{app, room, target, medium}, func(scan func(...any) error) error {
			var no, bound, until, ended, replaces, at int64
			var kind string
			if err := scan(&no, &bound, &until, &ended, &kind, &replaces, &at); err != nil || broken {
				return err
			}
			if kind == moveUndo {
				undone[replaces] = at
				return nil
			}
			if !below { // newer ones bound no earlier
				below = no == m.no
				return nil
			}
			if broken = bound == 0; broken {
				return nil
			}
			if ended == 0 {
				ended = undone[no]
			}
			if ended == 0 && !botEnds(moderation.Medium(medium)) {
				ended = until
			}
			if ended == 0 || ended >= since {
				since = min(since, at)
			}
			return nil
		})
	return since, err
}

// The kinds of moves that do something to those of another case, besides "".
const (
	// moveUndo only takes the other's away.
	moveUndo = "undo"
	// moveExtend stands in the other's place, and gives it back when undone.
	moveExtend = "extend"
	// moveFollow goes on with what the other began, which is over with it.
	moveFollow = "follow"
)

// outlasted tells whether an older case on the same target and media still
// holds when a new one ends.
func (t *tx) outlasted(c *caseRow, g target, media []moderation.Medium) (bool, error) {
	for _, m := range media {
		under, err := t.inForce(c.app, c.room, g.id, string(m), c.no, false)
		if err != nil {
			return false, err
		}
		if under.bound && (under.until == 0 || under.until > c.until) {
			return true, nil
		}
	}
	return false, nil
}

// binder gives the verb that takes a medium away.
func binder(m moderation.Medium) moderation.Verb {
	for _, s := range moderation.Verbs() {
		if s.Effect != moderation.EffectBind {
			continue
		}
		for _, own := range s.Media {
			if own == m {
				return s.Verb
			}
		}
	}
	return ""
}

// sweep notes that what is over in a row has ended: the call that ends the
// newest of them ended them all.
func (t *tx) sweep(c *caseRow, g target, m moderation.Medium) error {
	_, err := t.exec(`UPDATE moves SET ended_at = ? WHERE app = ? AND room = ? AND target = ? AND medium = ?
		AND void = 0 AND bound = 1 AND ended_at = 0 AND until_at > 0 AND until_at <= ?`,
		t.now, c.app, c.room, g.id, string(m), t.now)
	return err
}
