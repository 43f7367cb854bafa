package store

import (
	"context"
	"strings"

	"bouncer/moderation"
)

// target is a row of a case as transactions work on it.
type target struct {
	seq, chunk int64
	id         string
	outcome    moderation.Outcome
	lift       string
	overdue    bool
	call       int64
	callEnds   int64
}

// targetsWhere reads targets of a case. cond is SQL of our own, never text
// from outside.
func (t *tx) targetsWhere(c *caseRow, cond string, args ...any) ([]target, error) {
	var out []target
	err := t.each(`SELECT seq, chunk, target, outcome, lift, overdue, call_id, call_ends FROM targets WHERE case_no = ? AND `+cond+` ORDER BY seq`,
		append([]any{c.no}, args...), func(scan func(...any) error) error {
			var g target
			var outcome string
			var overdue int64
			if err := scan(&g.seq, &g.chunk, &g.id, &outcome, &g.lift, &overdue, &g.call, &g.callEnds); err != nil {
				return err
			}
			g.outcome, g.overdue = moderation.Outcome(outcome), overdue != 0
			out = append(out, g)
			return nil
		})
	return out, err
}

// move moves the standing of the case's pending targets: every row gets a
// generation of its own. Where a delivery that was accepted later has moved it
// already, that one stands on, and this case is superseded from its birth:
// deliveries are decided side by side, but are meant in the order in which they
// were accepted.
func (t *tx) move(c *caseRow, j moderation.Job) error {
	media, err := c.media()
	if err != nil {
		return err
	}
	_, bound := c.moves()
	ahead, err := t.ranAhead(c)
	if err != nil {
		return err
	}
	kind := moderation.MoveOwn
	if ahead != 0 {
		kind = moderation.MoveFollow
	}
	var top int
	if err := t.one(`SELECT COALESCE(MAX(seq), 0) FROM targets WHERE case_no = ?`, c.no)(&top); err != nil {
		return err
	}
	for _, m := range media {
		last, err := t.count("generation", top)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO moves (generation, app, team, room, target, medium, case_no, seq, job_id, bound, until_at, at, void, ended_at, kind, replaces)
			SELECT ? + seq, app, team, ?, target, ?, case_no, seq, ?, ?, ?, ?, 0, 0, ?, ? FROM targets WHERE case_no = ? AND outcome = 'pending'`,
			last-int64(top), c.room, string(m), j.ID, flag(bound), c.until, t.now, string(kind), ahead, c.no); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO standing (app, team, room, target, medium, bound, case_no, generation, until_at,
				flying_job, flying_call, flying_until, doubt_case, doubt_purpose, doubt_until)
			SELECT app, team, ?, target, ?, ?, case_no, ? + seq, ?, 0, 0, 0, 0, '', 0 FROM targets g WHERE case_no = ? AND outcome = 'pending'
				AND NOT EXISTS (SELECT 1 FROM moves v WHERE v.app = g.app AND v.room = ? AND v.target = g.target AND v.medium = ? AND v.void = 0 AND v.job_id > ?)
			ON CONFLICT (app, room, target, medium) DO UPDATE SET
				team = excluded.team, bound = excluded.bound, case_no = excluded.case_no, generation = excluded.generation, until_at = excluded.until_at`,
			c.room, string(m), flag(bound), last-int64(top), c.until, c.no, c.room, string(m), j.ID); err != nil {
			return err
		}
	}
	return nil
}

// standingRow is what stands for one medium, with what is under way.
type standingRow struct {
	medium      moderation.Medium
	bound       bool
	no          int64
	generation  int64
	until       int64
	flyingJob   int64
	flyingUntil int64
	doubtCase   int64
	doubtBy     moderation.Purpose
	doubtUntil  int64
}

// holds tells whether the medium is taken away now.
func (r standingRow) holds(now int64) bool {
	return r.bound && (r.until == 0 || r.until > now || botEnds(r.medium))
}

func (t *tx) standingOf(app int64, room, id string) ([]standingRow, error) {
	return standingOf(t, app, room, id)
}

func standingOf(q querier, app int64, room, id string) ([]standingRow, error) {
	var rows []standingRow
	err := q.each(`SELECT medium, bound, case_no, generation, until_at, flying_job, flying_until, doubt_case, doubt_purpose, doubt_until
		FROM standing WHERE app = ? AND room = ? AND target = ?`, []any{app, room, id}, func(scan func(...any) error) error {
		var r standingRow
		var medium, by string
		var bound int64
		if err := scan(&medium, &bound, &r.no, &r.generation, &r.until, &r.flyingJob, &r.flyingUntil, &r.doubtCase, &by, &r.doubtUntil); err != nil {
			return err
		}
		r.medium, r.bound, r.doubtBy = moderation.Medium(medium), bound != 0, moderation.Purpose(by)
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

// botEnds tells whether what is taken away in a medium ends by the bot's call.
func botEnds(m moderation.Medium) bool {
	for _, s := range moderation.Verbs() {
		if s.Effect != moderation.EffectBind {
			continue
		}
		for _, own := range s.Media {
			if own == m {
				return s.BotEnds
			}
		}
	}
	return false
}

// Standings gives what is bound in a room now.
func (s *Store) Standings(ctx context.Context, room moderation.Room) ([]moderation.Standing, error) {
	now := s.cfg.Now()
	var out []moderation.Standing
	err := s.read(ctx).each(`SELECT target, medium, case_no, generation, until_at FROM standing
		WHERE app = ? AND room = ? AND bound = 1 ORDER BY target, medium`, []any{s.app, room.String()}, func(scan func(...any) error) error {
		st := moderation.Standing{Room: room, Bound: true}
		var medium string
		var until int64
		if err := scan(&st.Target, &medium, &st.Case, &st.Generation, &until); err != nil {
			return err
		}
		st.Medium, st.Until = moderation.Medium(medium), moment(until)
		if st.Holds(now, botEnds(st.Medium)) {
			out = append(out, st)
		}
		return nil
	})
	return out, err
}

func mediaText(media []moderation.Medium) string {
	parts := make([]string, len(media))
	for i, m := range media {
		parts[i] = string(m)
	}
	return strings.Join(parts, ",")
}
