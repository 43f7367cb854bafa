package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"bouncer/moderation"
)

// A case of many targets begins in portions: one writing transaction is open at a time, and those
// who wait for an acknowledgement must not wait for a hundred thousand rows. A target that has not
// begun has chunk 0, no moves and no job. What newer deliveries decide about it counts when it
// begins, because moves count in the order of their deliveries.

// span is the targets of a case whose seq is between two numbers, both included.
type span struct{ from, to int }

// wholeCase is all targets of a case.
var wholeCase = span{1, math.MaxInt32}

// most returns up to how many targets of a case begin together.
func (c *storedCase) most() int {
	if c.Action.Relation == moderation.RelUndo || c.Action.Relation == moderation.RelExtend {
		return moderation.PortionSize
	}
	return moderation.ManyTargets
}

// startInPortions begins the first portion of a case, and queues the others.
func (t *tx) startInPortions(c *storedCase, w moderation.PortionWork) error {
	// It may have begun before, and waited since.
	if err := t.run(`UPDATE targets SET chunk = 0 WHERE case_no = ? AND chunk > 0 AND outcome = 'pending'`, c.No); err != nil {
		return err
	}
	w.Left, w.Card, w.Thread = c.Counts[moderation.Pending], t.now, t.now
	return t.beginNext(c, w)
}

// beginNext begins the next portion of a case, and queues the job for the one after it.
func (t *tx) beginNext(c *storedCase, w moderation.PortionWork) error {
	const size = moderation.PortionSize
	seqs, err := column[int](t, `SELECT seq FROM targets WHERE case_no = ? AND chunk = 0 AND outcome = 'pending' ORDER BY seq`+limited, c.No, size+1)
	if err != nil || len(seqs) == 0 {
		return err
	}
	var last int // of the room of the first: the targets of a chunk are in one room
	if err := t.one(`SELECT COALESCE(MAX(g.seq), 0) FROM targets f JOIN targets g ON g.case_no = f.case_no AND g.room = f.room
		WHERE f.case_no = ? AND f.seq = ? AND g.seq BETWEEN ? AND ?`, c.No, seqs[0], seqs[0], seqs[min(len(seqs), size)-1])(&last); err != nil {
		return err
	}
	n := slices.Index(seqs, last) + 1
	more := len(seqs) > n
	in := span{seqs[0], last}
	w.Left -= n
	var base int
	if err := t.one(`SELECT MAX(chunk) FROM targets WHERE case_no = ?`, c.No)(&base); err != nil {
		return err
	}
	if err := t.run(`UPDATE targets SET chunk = ? + (seq - ?) / ? WHERE case_no = ? AND chunk = 0 AND outcome = 'pending' AND seq BETWEEN ? AND ?`,
		base+1, in.from, max(w.ChunkSize, 1), c.No, in.from, in.to); err != nil {
		return err
	}
	plan := moderation.SendPlan{ChunkSize: w.ChunkSize, Kind: w.Kind, Round: w.Round, By: w.By, Bulk: true}
	if err := t.startPart(c, w.Job, plan, in); err != nil || !more {
		return err
	}
	payload, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("encode the job: %w", err)
	}
	return t.queue(c.No, moderation.NewJob{
		Key: "portion:" + itoa(in.to) + ":" + itoa(w.Round), Queue: moderation.QueueCall, Kind: moderation.JobPortion, Payload: payload,
	})
}

// BeginPortion begins the next targets of a case, at most a portion, once most of those before
// them have their outcome; until then the job waits. The job is finished also when the case does not
// run any more. Its error is the database's.
func (s *Store) BeginPortion(ctx context.Context, j moderation.Job, w moderation.PortionWork) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.checkClaim(j); err != nil {
			return err
		}
		c, err := loadCase(t, j.Case)
		if err != nil {
			return err
		}
		if c.State != moderation.Open {
			return t.finish(j)
		}
		if c.Counts[moderation.Pending]-w.Left > moderation.PortionAhead {
			return t.retry(j, moderation.PortionWait)
		}
		if err := t.finish(j); err != nil {
			return err
		}
		if err := t.showProgress(c, &w); err != nil {
			return err
		}
		if err := t.beginNext(c, w); err != nil || c.lastEntry == 0 {
			return err
		}
		return t.caseChanged(c)
	})
}

// showProgress makes the card and the thread of a running case due, where they have not been for a
// while: an update reads all that is known of the case.
func (t *tx) showProgress(c *storedCase, w *moderation.PortionWork) error {
	if t.now-w.Card >= moderation.PortionCard.Milliseconds() {
		w.Card = t.now
		if err := t.cardDue(c); err != nil {
			return err
		}
	}
	if t.now-w.Thread < moderation.PortionThread.Milliseconds() {
		return nil
	}
	w.Thread = t.now
	var newest int64
	if err := t.one(`SELECT COALESCE(MAX(id), 0) FROM entries WHERE case_no = ?`, c.No)(&newest); err != nil {
		return err
	}
	return t.threadDue(c.No, newest)
}

// checkBegun refuses to undo or extend a case before all its targets have begun: those that had not
// would be restricted after the undo.
func (t *tx) checkBegun(a moderation.Action) error {
	if a.Relation != moderation.RelUndo && a.Relation != moderation.RelExtend {
		return nil
	}
	var left int
	err := t.one(`SELECT COUNT(*) FROM (SELECT 1 FROM targets g JOIN cases c ON c.no = g.case_no
		WHERE g.case_no = ? AND g.chunk = 0 AND g.outcome = 'pending' AND c.state = 'open'`+limited+`) AS waiting`, a.RelatedCase, 1)(&left)
	if err != nil || left == 0 {
		return err
	}
	return &moderation.RefusedError{Decision: moderation.Decision{Refusal: moderation.NewError(moderation.RefuseStillBegins, "case", itoa(a.RelatedCase))}}
}

// dropUnbegun ends the targets of a case that have not begun.
func (t *tx) dropUnbegun(c *storedCase, body moderation.Body) error {
	waiting, err := t.targetsWhere(c, `chunk = 0 AND outcome = 'pending'`)
	if err != nil || len(waiting) == 0 || c.State != moderation.Open {
		return err
	}
	if err := t.deleteJobs(c.No, moderation.JobPortion); err != nil {
		return err
	}
	if err := t.drop(c, waiting, moderation.Dropped, moderation.EntryDropped, body); err != nil {
		return err
	}
	return t.caseChanged(c)
}

// unbegunCases returns the running cases in a room that will restrict or lift these people, who have
// not begun: as what an action changes they count like those that have. They are few, and most people
// have none: their cases are read after them, since the planner of a new PostgreSQL database would read
// all running cases first.
func unbegunCases(q querier, app int64, room string, ids []string) (map[string][]int64, error) {
	type waiting struct {
		id, room string
		no       int64
	}
	const unbegun = `SELECT target, room, case_no FROM targets WHERE app = ? AND outcome = 'pending' AND chunk = 0 AND target `
	fields := func(w *waiting) []any { return []any{&w.id, &w.room, &w.no} }
	var found []waiting
	if len(ids) > fewIDs {
		in, args := inList(ids)
		var err error
		if found, err = rows(q, unbegun+`IN `+in+` ORDER BY case_no`, append([]any{app}, args...), fields); err != nil {
			return nil, err
		}
	} else {
		for _, id := range ids {
			of, err := rows(q, unbegun+`= ? ORDER BY case_no`, []any{app, id}, fields)
			if err != nil {
				return nil, err
			}
			found = append(found, of...)
		}
	}
	out, of := make(map[string][]int64), make(map[int64]string)
	for _, w := range found {
		in, known := of[w.no]
		if !known {
			if err := q.one(`SELECT CASE WHEN state = 'open' THEN room ELSE '' END FROM cases WHERE no = ?`, w.no)(&in); err != nil {
				return nil, err
			}
			of[w.no] = in
		}
		if in != "" && (w.room == room || w.room == "" && in == room) {
			out[w.id] = append(out[w.id], w.no)
		}
	}
	return out, nil
}
