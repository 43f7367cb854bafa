package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"bouncer/moderation"
)

// setOutcome sets the final outcome of pending targets. What certainly did not happen had no
// effect; a call that may have landed keeps its move under a newer case, which may have no effect.
func (t *tx) setOutcome(c *storedCase, targets []target, outcome moderation.Outcome, code moderation.Code, values map[string]string) error {
	raw, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("encode the values: %w", err)
	}
	if err := t.writeOutcome(c, targets, string(outcome), string(code), string(raw)); err != nil {
		return err
	}
	c.moveCount(moderation.Pending, outcome, len(targets))
	switch outcome {
	case moderation.Failed, moderation.Dropped:
		return t.recordNoEffect(c, targets)
	case moderation.Superseded:
		landed, err := t.mayHaveLanded(c)
		if err != nil {
			return err
		}
		unsent, unclear := splitByLanded(targets, landed)
		for _, g := range unclear { // its own call is over, and the newer case's may be too
			if err := t.resync(c, g); err != nil {
				return err
			}
		}
		return t.recordNoEffect(c, unsent)
	case moderation.Unknown:
		return t.resyncTargets(c, targets)
	}
	return nil
}

// writeOutcome writes the same outcome to targets. Those that have not begun, of which there may be
// very many, get it all together.
func (t *tx) writeOutcome(c *storedCase, targets []target, outcome, code, values string) error {
	args := []any{outcome, code, values, c.No}
	begun := slices.DeleteFunc(slices.Clone(targets), func(g target) bool { return g.Chunk == 0 })
	if waiting := len(targets) - len(begun); waiting > 0 {
		n, err := t.exec(`UPDATE targets SET outcome = ?, code = ?, vals = ? WHERE case_no = ? AND chunk = 0 AND outcome = 'pending'`, args...)
		if err == nil && n != int64(waiting) {
			err = fmt.Errorf("case %d: %d targets have not begun, not %d", c.No, n, waiting)
		}
		if err != nil {
			return err
		}
	}
	for part := range slices.Chunk(begun, idsAtOnce) {
		if err := t.updateTargets(c.No, `outcome = ?, code = ?, vals = ?, call_id = 0, call_ends = 0`, args[:3:3], seqsOf(part)); err != nil {
			return err
		}
	}
	return nil
}

// recordNoEffect appends that a case's moves for targets never took effect. The applied state may
// then differ from the desired one.
func (t *tx) recordNoEffect(c *storedCase, targets []target) error {
	if ok, _ := c.moves(); !ok {
		return nil
	}
	for _, g := range targets {
		if g.Chunk == 0 { // it has not begun
			continue
		}
		p, err := t.targetRecord(g.key())
		if err != nil {
			return err
		}
		for _, medium := range p.media() {
			m, ok := p.timeline(medium).MoveOf(c.No)
			if !ok {
				continue
			}
			if err := t.appendMove(c, g.Seq, g.key(), medium, moderation.Move{Job: m.Job, Kind: moderation.MoveNoEffect}); err != nil {
				return err
			}
		}
		if err := t.resync(c, g); err != nil {
			return err
		}
	}
	return nil
}

// resyncTargets queues ends that no other call sends: the call of the newest move on the targets
// may not have been made.
func (t *tx) resyncTargets(c *storedCase, targets []target) error {
	if ok, _ := c.moves(); !ok {
		return nil
	}
	for _, g := range targets {
		p, err := t.targetRecord(g.key())
		if err != nil {
			return err
		}
		for _, medium := range allMedia(c.Action.Verb) {
			if len(p.timeline(medium).DueLifts(t.clock)) == 0 {
				continue
			}
			if err := t.resync(c, g); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// recordMoveEnd appends that a restriction has ended. One that is taken back because its request
// was denied is undone by its own case.
func (t *tx) recordMoveEnd(c *storedCase, at targetKey, medium moderation.Medium, m moderation.Move, how moderation.MoveKind) error {
	fact := moderation.Move{Job: m.Job, Kind: how}
	if m.Denied {
		fact.Kind, fact.Replaces = moderation.MoveUndo, m.Case
	}
	of := c
	if m.Case != c.No {
		var err error
		if of, err = loadCase(t, m.Case); err != nil {
			return err
		}
	}
	return t.appendMove(of, m.Seq, at, medium, fact)
}

// refresh reads a target again after a move was appended, and stores how its restrictions have
// ended. endOf is the case that is ending; 0 for none. Cases other than c are saved.
func (t *tx) refresh(c *storedCase, g target, endOf int64) (*targetRecord, error) {
	p, err := t.targetRecord(g.key())
	if err != nil {
		return nil, err
	}
	ends := make(map[int64]*endSummary)
	for _, medium := range p.media() {
		row := p.timeline(medium)
		st := row.InForce(t.clock)
		for _, m := range row.Cases() {
			e := ends[m.Case]
			if e == nil {
				e = &endSummary{was: p.lifts[m.Case]}
				ends[m.Case] = e
			}
			e.add(row, m, st, m.Case == endOf && !m.Until.IsZero() && !m.Until.After(t.clock.Add(t.s.cfg.Timing.LiftLead)))
		}
	}
	for no, was := range p.lifts { // those that had no effect have no end to report
		if ends[no] == nil && was != "" {
			ends[no] = &endSummary{was: was, open: true}
		}
	}
	for _, no := range slices.Sorted(maps.Keys(ends)) {
		e := ends[no]
		if is := e.result(); is != e.was {
			if err := t.setLift(c, no, g, is); err != nil {
				return nil, err
			}
		}
	}
	var matters time.Time
	for _, medium := range p.media() {
		m := p.timeline(medium).RestrictsUntil(t.clock)
		if p.timeline(medium).Behind(p.applied.media[medium], t.clock).Lag == moderation.LagLift {
			m = moderation.NeverEnds // people see that it is not lifted yet
		}
		if m.After(matters) {
			matters = m
		}
	}
	return p, t.setMattersUntil(c, p.targetKey, millis(matters))
}

// endSummary collects how a case's restriction of one target has ended, over its media.
type endSummary struct {
	was    string
	open   bool
	undone bool
	passed bool
	how    moderation.MoveKind
}

func (e *endSummary) add(row moderation.Timeline, m moderation.Move, st moderation.Restriction, ends bool) {
	e.open = e.open || st.Restricts && st.Case == m.Case
	e.undone = e.undone || row.Undone(m.Case)
	e.passed = e.passed || ends
	if m.EndedBy != "" && e.how != moderation.MoveLifted {
		e.how = m.EndedBy
	}
}

// result returns how it ended, as it is shown.
func (e *endSummary) result() string {
	switch {
	case e.open:
		return ""
	case e.undone:
		return liftUndone
	case e.how == moderation.MoveLifted || e.how == moderation.MoveTargetGone:
		return string(e.how)
	case e.how == moderation.MoveExpired || e.passed || e.was == "superseded":
		return "superseded"
	}
	return ""
}

// liftUndone is the end of a target's restriction that was taken back.
const liftUndone = moderation.EndedUndone

// setLift records how a case's restriction of a target ended. With the last target the case's
// action has ended.
func (t *tx) setLift(c *storedCase, no int64, g target, how string) error {
	of := c
	if no != c.No {
		var err error
		if of, err = loadCase(t, no); err != nil {
			return err
		}
	}
	if err := t.run(`UPDATE targets SET lift = ? WHERE case_no = ? AND target = ? AND room = ?`, how, no, g.ID, of.storedRoom(g.Room.String())); err != nil {
		return err
	}
	counts, err := countBy[string](t, `SELECT lift, COUNT(*) FROM targets g WHERE case_no = ? AND EXISTS (
			SELECT 1 FROM moves m WHERE m.case_no = g.case_no AND m.seq = g.seq AND m.bound = 1 AND NOT EXISTS (
				SELECT 1 FROM moves n WHERE n.case_no = m.case_no AND n.seq = m.seq AND n.medium = m.medium AND n.kind = 'nothing' AND n.generation > m.generation))
		GROUP BY lift`, no)
	if err != nil {
		return err
	}
	of.Ended, of.EndedAt = "", time.Time{}
	if counts[""] == 0 && len(counts) > 0 {
		of.EndedAt = moment(t.now)
		for _, how := range []string{"superseded", "gone", liftUndone, moderation.Lifted} {
			if counts[how] > 0 {
				of.Ended = how
			}
		}
	}
	if of == c {
		return nil // saved by its caller
	}
	return t.caseChanged(of)
}
