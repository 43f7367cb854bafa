package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bouncer/moderation"
)

// Answered records what became of a call, and what follows for its targets.
func (s *Store) Answered(ctx context.Context, j moderation.Job, call int64, a moderation.Answer, v moderation.Verdict) error {
	lost := false
	err := s.write(ctx, func(t *tx) error {
		lost = false
		var no int64
		if err := t.one(`SELECT case_no FROM calls WHERE id = ?`, call)(&no); err != nil {
			return err
		}
		c, err := loadCase(t, no)
		if err != nil {
			return err
		}
		ac, err := t.record(c, call, a, codeOf(a, v), valuesOf(a, v))
		if err != nil {
			return err
		}
		if v.Doubt {
			if err := t.doubt(c, call); err != nil {
				return err
			}
		}
		if err := t.held(j); err != nil {
			if lost = errors.Is(err, moderation.ErrLeaseLost); !lost {
				return err
			}
			return t.told(c) // what was answered is kept, the targets are left alone
		}
		switch ac.purpose {
		case moderation.Act:
			return t.answeredAct(c, j, ac, v)
		case moderation.Lift:
			return t.answeredLift(c, j, ac, v)
		}
		if err := t.told(c); err != nil {
			return err
		}
		if v.Outcome == moderation.Pending {
			return t.retry(j, v.Wait)
		}
		return t.finish(j)
	})
	if err == nil && lost {
		return moderation.ErrLeaseLost
	}
	return err
}

func codeOf(a moderation.Answer, v moderation.Verdict) moderation.Code {
	if e := errOf(a, v); e != nil {
		return e.Code
	}
	return ""
}

func valuesOf(a moderation.Answer, v moderation.Verdict) map[string]string {
	if e := errOf(a, v); e != nil {
		return e.Values
	}
	return nil
}

func errOf(a moderation.Answer, v moderation.Verdict) *moderation.Error {
	if v.Err != nil {
		return v.Err
	}
	return a.Err
}

// answeredCall is a call as its answer finds it.
type answeredCall struct {
	id, chunk, seq int64
	attempt        int
	purpose        moderation.Purpose
	verb           moderation.Verb
	media          []moderation.Medium
	api            string
	answered       bool
}

// record writes an answer and its entry, and notes that the call has landed.
// A second answer to one call is not recorded.
func (t *tx) record(c *caseRow, call int64, a moderation.Answer, code moderation.Code, values map[string]string) (answeredCall, error) {
	ac := answeredCall{id: call}
	var purpose, verb, media string
	var answered int64
	if err := t.one(`SELECT chunk, seq, attempt, purpose, verb, media, api, answered_at FROM calls WHERE id = ?`, call)(
		&ac.chunk, &ac.seq, &ac.attempt, &purpose, &verb, &media, &ac.api, &answered); err != nil {
		return ac, err
	}
	ac.purpose, ac.verb, ac.answered = moderation.Purpose(purpose), moderation.Verb(verb), answered != 0
	for _, m := range strings.Split(media, ",") {
		if m != "" {
			ac.media = append(ac.media, moderation.Medium(m))
		}
	}
	if ac.answered {
		return ac, nil
	}
	if _, err := t.exec(`UPDATE calls SET answered_at = ?, class = ?, code = ?, message = ?, request_id = ? WHERE id = ?`,
		t.now, string(a.Class), a.Code, a.Message, a.RequestID, call); err != nil {
		return ac, err
	}
	if _, err := t.exec(`UPDATE standing SET flying_job = 0, flying_call = 0, flying_until = 0
		WHERE flying_call = ? AND flying_call > 0`, call); err != nil {
		return ac, err
	}
	on, err := t.targetsOf(c, ac)
	if err != nil {
		return ac, err
	}
	return ac, t.caseEntry(c, moderation.EntryAnswer, moderation.Body{
		Purpose: ac.purpose, Chunk: int(ac.chunk), Attempt: ac.attempt, API: ac.api, Outcome: string(a.Class),
		Code: code, Values: values, Targets: names(on), TookMS: a.Took.Milliseconds(),
		Vendor: &moderation.VendorWords{Code: a.Code, Message: a.Message, RequestID: a.RequestID},
	})
}

// targetsOf gives the targets that a call was about, as far as it is still the
// newest on them.
func (t *tx) targetsOf(c *caseRow, ac answeredCall) ([]target, error) {
	if ac.purpose == moderation.Act {
		return t.targetsWhere(c, `call_id = ?`, ac.id)
	}
	return t.targetsWhere(c, `seq = ?`, ac.seq)
}

// doubt notes that a call may still take effect after newer ones.
func (t *tx) doubt(c *caseRow, call int64) error {
	ac := answeredCall{id: call}
	var purpose, verb string
	if err := t.one(`SELECT seq, purpose, verb FROM calls WHERE id = ?`, call)(&ac.seq, &purpose, &verb); err != nil {
		return err
	}
	ac.purpose = moderation.Purpose(purpose)
	on, err := t.targetsOf(c, ac)
	if err != nil {
		return err
	}
	spec, _ := moderation.Verb(verb).Spec()
	for _, g := range on {
		for _, m := range spec.Media {
			// Where another one's call is in doubt too, it is nobody's own doubt:
			// whichever is accepted next is said again after both.
			if _, err := t.exec(`UPDATE standing SET doubt_purpose = ?, doubt_until = ?,
					doubt_case = CASE WHEN doubt_until > ? AND (doubt_case <> ? OR doubt_purpose <> ?) THEN 0 ELSE ? END
				WHERE app = ? AND room = ? AND target = ? AND medium = ?`,
				purpose, t.now+moderation.DoubtFor.Milliseconds(), t.now, c.no, purpose, c.no, c.app, c.room, g.id, string(m)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) answeredAct(c *caseRow, j moderation.Job, ac answeredCall, v moderation.Verdict) error {
	on, err := t.targetsWhere(c, `call_id = ? AND outcome = 'pending'`, ac.id)
	if err != nil {
		return err
	}
	if v.Outcome == moderation.Pending {
		if _, err := t.exec(`UPDATE targets SET call_ends = 0 WHERE case_no = ? AND call_id = ?`, c.no, ac.id); err != nil {
			return err
		}
		if err := t.told(c); err != nil {
			return err
		}
		return t.retry(j, v.Wait)
	}
	if !v.Outcome.End() {
		return fmt.Errorf("call %d: %q is no outcome", ac.id, v.Outcome)
	}
	if v.Apart && len(on) > 1 {
		if _, err := t.exec(`UPDATE targets SET call_ends = 0 WHERE case_no = ? AND call_id = ?`, c.no, ac.id); err != nil {
			return err
		}
		for _, g := range on {
			if err := t.ownChunk(c, j, g); err != nil {
				return err
			}
		}
		return errors.Join(t.changed(c), t.finish(j))
	}
	var code moderation.Code
	var values map[string]string
	if v.Err != nil && v.Outcome != moderation.Accepted {
		code, values = v.Err.Code, v.Err.Values
	}
	if len(on) > 0 {
		if err := t.end(c, on, v.Outcome, code, values); err != nil {
			return err
		}
	}
	if v.Outcome == moderation.Accepted {
		for _, g := range on {
			if err := t.settleAfterDoubt(c, g, ac.purpose, c.verb); err != nil {
				return err
			}
			if err := t.undoTaken(c, g); err != nil {
				return err
			}
		}
		if err := t.readBack(c, ac); err != nil {
			return err
		}
	}
	if err := t.changed(c); err != nil {
		return err
	}
	return t.finish(j)
}

// undoTaken notes what has ended with an undo that the vendor took. Before that
// nothing has: where the undo comes to nothing, the bot still owes the end.
func (t *tx) undoTaken(c *caseRow, g target) error {
	if c.rel != moderation.RelUndo {
		return nil
	}
	media, err := t.untouched(c.no, g.seq)
	if err != nil {
		return err
	}
	for _, m := range media {
		if err := t.sweep(c, g, m); err != nil {
			return err
		}
	}
	return nil
}

// settleAfterDoubt queues that what was accepted is said again when an older
// call, whose answer was lost, cannot land any more.
func (t *tx) settleAfterDoubt(c *caseRow, g target, purpose moderation.Purpose, verb moderation.Verb) error {
	spec, _ := verb.Spec()
	if len(spec.Media) == 0 {
		return nil
	}
	rows, err := t.standingOf(c.app, c.room, g.id)
	if err != nil {
		return err
	}
	var at, generation int64
	var older *standingRow // what an older case wants, which stands again
	for i, r := range rows {
		if !slices.Contains(spec.Media, r.medium) {
			continue
		}
		if r.doubtUntil > t.now && (r.doubtCase != c.no || r.doubtBy != purpose) {
			at = max(at, r.doubtUntil)
		}
		if r.no == c.no {
			generation = max(generation, r.generation)
		} else if r.bound && r.no != 0 {
			older = &rows[i]
		}
	}
	switch {
	case at == 0:
		return nil
	case generation > 0:
		return t.settleLater(c, g.seq, verb, generation, at)
	case older != nil:
		return t.settleOlder(g, *older, at)
	}
	return nil
}

// settleOlder queues that an older case, which stands again, says so once more;
// one whose own call is still to come says so with that.
func (t *tx) settleOlder(g target, r standingRow, at int64) error {
	stands, err := loadCase(t, r.no)
	if err != nil {
		return err
	}
	on, err := t.targetsWhere(stands, `target = ?`, g.id)
	if err != nil || len(on) == 0 || on[0].outcome == moderation.Pending {
		return err
	}
	return t.settleLater(stands, on[0].seq, binder(r.medium), r.generation, at)
}

// answeredLift ends a timed action, or keeps at it.
func (t *tx) answeredLift(c *caseRow, j moderation.Job, ac answeredCall, v moderation.Verdict) error {
	on, err := t.targetsOf(c, ac)
	if err != nil {
		return err
	}
	if len(on) == 0 {
		return errors.Join(moderation.ErrNotFound, fmt.Errorf("call %d has no target", ac.id))
	}
	g := on[0]
	if v.Outcome != moderation.Accepted { // repeated for ever, whatever else was judged
		if v.Overdue != nil && !g.overdue {
			if err := t.overdue(c, g, *v.Overdue, ""); err != nil {
				return err
			}
		} else if err := t.told(c); err != nil {
			return err
		}
		return t.retry(j, v.Wait)
	}
	how := moderation.Lifted
	if v.Gone {
		how = "gone"
	} else if more, err := t.bindsBeyond(c, g, j, ac.media); err != nil || more {
		return errors.Join(err, t.retry(j, 0))
	}
	if v.Overdue != nil && !g.overdue {
		if err := t.overdue(c, g, *v.Overdue, how); err != nil {
			return err
		}
	}
	if err := t.caseEntry(c, moderation.EntryLifted, moderation.Body{
		Targets: names(on), Outcome: how, Code: codeOf(moderation.Answer{}, v), Values: valuesOf(moderation.Answer{}, v), Until: moment(c.until),
	}); err != nil {
		return err
	}
	if err := t.endMoves(c, g, ac.media, how); err != nil {
		return err
	}
	if err := t.settleAfterDoubt(c, g, ac.purpose, ac.verb); err != nil {
		return err
	}
	return t.finish(j)
}

// bindsBeyond reports whether a case binds one in a medium that is its lift's to
// end and that the call did not name: a newer case that held it was taken back
// while the call was under way. The lift goes on then, with that medium too.
func (t *tx) bindsBeyond(c *caseRow, g target, j moderation.Job, named []moderation.Medium) (bool, error) {
	var work moderation.LiftWork
	if err := json.Unmarshal(j.Payload, &work); err != nil {
		return false, fmt.Errorf("job %d: a lift that cannot be read: %w", j.ID, err)
	}
	rows, err := t.standingOf(c.app, c.room, g.id)
	return slices.ContainsFunc(rows, func(r standingRow) bool {
		return r.bound && r.no == c.no && slices.Contains(work.Media, r.medium) && !slices.Contains(named, r.medium)
	}), err
}

// overdue tells once for a case and target that its lift is late, and how it
// ended if it has.
func (t *tx) overdue(c *caseRow, g target, l moderation.Line, ended string) error {
	if _, err := t.exec(`UPDATE targets SET overdue = 1 WHERE case_no = ? AND seq = ?`, c.no, g.seq); err != nil {
		return err
	}
	if err := t.caseEntry(c, moderation.EntryOverdue, moderation.Body{Targets: names([]target{g}), Until: moment(c.until), Outcome: ended}); err != nil {
		return err
	}
	if l.Case == 0 {
		l.Case = c.no
	}
	if l.Channel != "" {
		if err := t.line(l); err != nil {
			return err
		}
	}
	return t.changed(c)
}

// LiftFault tells once that a lift is late for a reason of our own.
func (s *Store) LiftFault(ctx context.Context, j moderation.Job, l moderation.Line, body moderation.Body) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.held(j); err != nil {
			return err
		}
		var told int
		if err := t.one(`SELECT COUNT(*) FROM entries e JOIN bodies b ON b.entry_id = e.id WHERE e.case_no = ? AND e.kind = 'overdue' AND b.body = ?`,
			j.Case, string(body.JSON()))(&told); err != nil || told > 0 {
			return err
		}
		if _, err := t.entry(j.Case, moderation.EntryOverdue, body, ""); err != nil || l.Channel == "" {
			return err
		}
		return t.line(l)
	})
}

// readBackAfter is how long the vendor's lists may take to show what it took.
const readBackAfter = 2 * time.Second

// readBack has the vendor asked what it holds, after a binding that it ends
// itself was given another end.
func (t *tx) readBack(c *caseRow, ac answeredCall) error {
	media, err := c.media()
	if err != nil || c.rel != moderation.RelExtend || len(media) == 0 || botEnds(media[0]) {
		return err
	}
	payload, err := json.Marshal(moderation.ReadBack{Chunk: int(ac.chunk)})
	if err != nil {
		return fmt.Errorf("a job that cannot be kept: %w", err)
	}
	return t.queue(c.no, moderation.NewJob{
		Key:   "readback:" + itoa(ac.id),
		Queue: moderation.QueueTimer, Kind: moderation.JobReadBack, RunAt: t.clock.Add(readBackAfter), Payload: payload,
	})
}
