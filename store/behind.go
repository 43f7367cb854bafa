package store

import (
	"maps"
	"slices"

	"bouncer/moderation"
)

// Undos and extensions are about another case's binding. They move only what
// that case still holds when they run: what became of the rest meanwhile stands.

// ofStands tells whether the case that another is about still binds a row, and
// nothing was asked since the other was.
func (t *tx) ofStands(c *caseRow, j moderation.Job, g target, r standingRow) (bool, error) {
	if r.no != c.of || !r.holds(t.now) {
		return false, nil
	}
	var later int
	err := t.one(`SELECT COUNT(*) FROM moves WHERE app = ? AND room = ? AND target = ? AND medium = ? AND void = 0 AND job_id > ?`,
		c.app, c.room, g.id, string(r.medium), j.ID)(&later)
	return later == 0, err
}

// dropBehind ends the targets that a case found passed when it began, by the
// case that stands on them. Where none does, the binding was over.
func (t *tx) dropBehind(c *caseRow, passed map[int64][]target) error {
	for _, newer := range slices.Sorted(maps.Keys(passed)) {
		body := moderation.Body{Code: moderation.CodeSuperseded, Values: map[string]string{"case": itoa(newer)}}
		if newer == 0 || newer == c.of {
			body.Code, body.Values = moderation.CodeLate, nil
		}
		if err := t.drop(c, passed[newer], moderation.Superseded, moderation.EntryDropped, body); err != nil {
			return err
		}
	}
	return nil
}

// extend gives the bindings of another case the end of this one.
func (t *tx) extend(c *caseRow, j moderation.Job) error {
	media, err := c.media()
	if err != nil {
		return err
	}
	pending, err := t.targetsWhere(c, `outcome = 'pending'`)
	if err != nil {
		return err
	}
	passed := make(map[int64][]target)
	for _, g := range pending {
		rows, err := t.standingOf(c.app, c.room, g.id)
		if err != nil {
			return err
		}
		var newer int64
		moved := false
		for _, r := range rows {
			if !slices.Contains(media, r.medium) {
				continue
			}
			mine, err := t.ofStands(c, j, g, r)
			if err != nil {
				return err
			}
			if !mine {
				newer = max(newer, r.no)
				continue
			}
			generation, err := t.count("generation", 1)
			if err != nil {
				return err
			}
			if err := t.replace(c, j, g, r.medium, generation, true, moderation.MoveExtend); err != nil {
				return err
			}
			if _, err := t.exec(`UPDATE standing SET case_no = ?, generation = ?, until_at = ?
				WHERE app = ? AND room = ? AND target = ? AND medium = ?`,
				c.no, generation, c.until, c.app, c.room, g.id, string(r.medium)); err != nil {
				return err
			}
			moved = true
		}
		if !moved {
			passed[newer] = append(passed[newer], g)
		}
	}
	return t.dropBehind(c, passed)
}

// replace writes a move that does something to the one of the case that this one
// is about.
func (t *tx) replace(c *caseRow, j moderation.Job, g target, m moderation.Medium, generation int64, bound bool, kind moderation.MoveKind) error {
	_, err := t.exec(`INSERT INTO moves (generation, app, team, room, target, medium, case_no, seq, job_id, bound, until_at, at, void, ended_at, kind, replaces)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?)`,
		generation, c.app, c.team, c.room, g.id, string(m), c.no, g.seq, j.ID, flag(bound), c.until*flag(bound), t.now, string(kind), c.of)
	return err
}

// ranAhead gives the case that ran while this one waited for its approval; 0
// for none.
func (t *tx) ranAhead(c *caseRow) (no int64, err error) {
	err = t.one(`SELECT COALESCE(MAX(no), 0) FROM cases WHERE of_no = ? AND of_no > 0 AND rel = 'act-now'`, c.no)(&no)
	return no, err
}

// untouched gives the media of a target in which nothing was asked since a case
// moved them.
func (t *tx) untouched(no, seq int64) (media []moderation.Medium, err error) {
	err = t.each(`SELECT m.medium FROM moves m WHERE m.case_no = ? AND m.seq = ? AND m.void = 0 AND NOT EXISTS (
			SELECT 1 FROM moves v WHERE v.app = m.app AND v.room = m.room AND v.target = m.target AND v.medium = m.medium
				AND v.void = 0 AND v.job_id > m.job_id) ORDER BY m.medium`, []any{no, seq}, func(scan func(...any) error) error {
		var m string
		err := scan(&m)
		media = append(media, moderation.Medium(m))
		return err
	})
	return media, err
}
