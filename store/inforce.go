package store

import (
	"errors"
	"time"

	"bouncer/moderation"
)

// errEnough ends a walk through rows early.
var errEnough = errors.New("store: enough was read")

// moves walks what was ever said of one target in one room and medium, and took
// effect, newest first, until see has seen enough.
func moves(q querier, app int64, room, target, medium string, see func(moderation.Move) bool) error {
	err := q.each(`SELECT m.case_no, m.seq, m.kind, m.replaces, m.bound, m.at, m.until_at, m.ended_at, c.approval, c.rel, c.of_no, COALESCE(r.approval, '')
		FROM moves m JOIN cases c ON c.no = m.case_no LEFT JOIN cases r ON r.no = c.of_no
		WHERE m.app = ? AND m.room = ? AND m.target = ? AND m.medium = ? AND m.void = 0 ORDER BY m.job_id DESC, m.generation DESC`,
		[]any{app, room, target, medium}, func(scan func(...any) error) error {
			var m moderation.Move
			var kind, approval, rel, request string
			var bound, at, until, ended, of int64
			if err := scan(&m.Case, &m.Seq, &kind, &m.Replaces, &bound, &at, &until, &ended, &approval, &rel, &of, &request); err != nil {
				return err
			}
			m.Kind, m.Restricts = moderation.MoveKind(kind), bound != 0
			m.At, m.Until, m.Ended = moment(at), moment(until), moment(ended)
			m.Approved = approval == string(moderation.ApprovalApproved) || approval == string(moderation.ApprovalGlass)
			if m.ActNow = rel == string(moderation.RelActNow); m.ActNow {
				m.ActNowOf = of
				m.Denied = request == string(moderation.ApprovalDenied) || request == string(moderation.ApprovalWithdrawn)
			}
			if !see(m) {
				return errEnough
			}
			return nil
		})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// inForce is the move that decides what stands in one row.
type inForce struct {
	no, seq int64
	bound   bool
	until   int64
}

// inForce gives what moderation.Desired says of one row. With owed, what the bot
// has yet to end, or to take back, still holds.
func (t *tx) inForce(app int64, room, target, medium string, except int64, owed bool) (inForce, error) {
	return desired(t, t.clock, app, room, target, medium, except, owed)
}

func desired(q querier, now time.Time, app int64, room, target, medium string, except int64, owed bool) (inForce, error) {
	var err error
	m := moderation.Desired(func(see func(moderation.Move) bool) {
		err = moves(q, app, room, target, medium, func(m moderation.Move) bool {
			return m.Denied && !owed || see(m)
		})
	}, except, owed && botEnds(moderation.Medium(medium)), now)
	return inForce{no: m.Case, seq: m.Seq, bound: m.Restricts, until: millis(m.Until)}, err
}

// outlasted tells whether an older case on the same target and media still
// holds when a new one ends, also one that others cover by now.
func (t *tx) outlasted(c *caseRow, g target, media []moderation.Medium) (bool, error) {
	for _, m := range media {
		then, err := desired(t, moment(c.until), c.app, c.room, g.id, string(m), c.no, false)
		if err != nil || then.bound {
			return then.bound, err
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
