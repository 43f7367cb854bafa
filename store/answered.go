package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// RecordAnswer records the answer to a call that AnnounceCall announced, and what follows for its
// targets. The answer is recorded even when the lease was lost; then the targets are not changed
// and ErrLeaseLost is returned.
func (s *Store) RecordAnswer(ctx context.Context, j moderation.Job, call int64, a moderation.Answer, v moderation.Verdict) error {
	lost := false
	err := s.write(ctx, func(t *tx) error {
		lost = false
		ac, err := t.call(call)
		if err != nil {
			return err
		}
		c, err := loadCase(t, ac.Case)
		if err != nil {
			return err
		}
		if err := t.recordAnswer(c, &ac, a, codeOf(a, v), valuesOf(a, v)); err != nil {
			return err
		}
		if err := t.checkClaim(j); err != nil {
			if lost = errors.Is(err, moderation.ErrLeaseLost); !lost {
				return err
			}
			return t.lastEntryDue(c) // the answer is recorded, the targets are not changed
		}
		if ac.Purpose == moderation.PurposeAct {
			return t.answeredAct(c, j, ac, v)
		}
		return t.answeredSync(c, j, ac, a, v)
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

// sentCall is a call whose answer has come.
type sentCall struct {
	moderation.Call
	id        int64
	states    []callState
	uncertain bool     // another call may change what it set
	on        []target // of an answer that was just recorded
}

func (t *tx) call(id int64) (sentCall, error) {
	return row(t, `SELECT k.id, k.says, `+callColumns+` FROM calls k WHERE k.id = ?`, []any{id}, func(ac *sentCall) []any {
		return append([]any{&ac.id, asJSON(&ac.states)}, callFields(&ac.Call)...)
	})
}

// room returns the key of the room of a call of a case.
func (ac sentCall) room(c *storedCase) string {
	if len(ac.states) == 0 || ac.states[0].Room == "" {
		return c.room()
	}
	return ac.states[0].Room
}

// only returns the part of a call that concerns one target.
func (ac sentCall) only(id string) sentCall {
	ac.states = slices.DeleteFunc(slices.Clone(ac.states), func(s callState) bool { return s.Target != id })
	return ac
}

// recordLost records that a call's answer never came: the process ended during it.
func (t *tx) recordLost(c *storedCase, call int64) error {
	ac, err := t.call(call)
	if err != nil {
		return err
	}
	a := moderation.Answer{Class: moderation.VendorNoAnswer, Err: moderation.NewError(moderation.CodeVendorNoAnswer)}
	return t.recordAnswer(c, &ac, a, moderation.CodeVendorNoAnswer, nil)
}

// recordAnswer writes an answer and its entry, and what the vendor has applied, and adds the call's
// targets to it. A second answer to one call is not recorded.
func (t *tx) recordAnswer(c *storedCase, ac *sentCall, a moderation.Answer, code moderation.Code, values map[string]string) error {
	if !ac.Answered.IsZero() {
		return nil
	}
	if err := t.run(`UPDATE calls SET answered_at = ?, class = ?, code = ?, message = ?, request_id = ? WHERE id = ?`,
		t.now, string(a.Class), a.Code, a.Message, a.RequestID, ac.id); err != nil {
		return err
	}
	var err error
	yes := a.Class == moderation.VendorAccepted || a.Class == moderation.VendorGone && ac.Purpose != moderation.PurposeAct
	if len(ac.states) > 0 && (yes || a.Class.MayHaveLanded()) {
		ac.uncertain, err = t.recordLanded(ac.room(c), *ac, yes, t.clock.Add(moderation.UncertainFor))
	} else { // it had no effect, or it was an event
		err = t.run(`UPDATE applied SET flying_job = 0, flying_call = 0, flying_until = 0
			WHERE flying_call = ? AND flying_call > 0`, ac.id)
	}
	if err != nil {
		return err
	}
	if ac.on, err = t.targetsOf(c, *ac); err != nil {
		return err
	}
	body := moderation.Body{
		Purpose: ac.Purpose, Chunk: ac.Chunk, Attempt: ac.Attempt, API: ac.API, Outcome: string(a.Class),
		Code: code, Values: values, TookMS: a.Took.Milliseconds(),
		Vendor: &moderation.VendorResponse{Code: a.Code, Message: a.Message, RequestID: a.RequestID},
	}
	if len(ac.on) == 0 { // a newer call on them exists
		return t.caseEntry(c, moderation.EntryAnswer, body)
	}
	return t.targetEntry(c, moderation.EntryAnswer, ac.on, body)
}

// targetsOf returns the targets of a call, unless a newer call on them exists.
func (t *tx) targetsOf(c *storedCase, ac sentCall) (on []target, err error) {
	if ac.Purpose == moderation.PurposeAct {
		return t.targetsWhere(c, `chunk = ? AND call_id = ?`, ac.Chunk, ac.id)
	}
	for _, s := range ac.states {
		g, err := t.oneTarget(c, targetKey{ac.room(c), s.Target})
		if err != nil {
			return nil, err
		}
		on = append(on, g)
	}
	return on, nil
}

func (t *tx) answeredAct(c *storedCase, j moderation.Job, ac sentCall, v moderation.Verdict) error {
	on, err := ac.on, error(nil)
	if on == nil {
		if on, err = t.targetsOf(c, ac); err != nil {
			return err
		}
	}
	on = slices.DeleteFunc(slices.Clone(on), func(g target) bool { return g.Outcome != moderation.Pending })
	if v.Outcome == moderation.Pending {
		if err := t.run(`UPDATE targets SET call_ends = 0 WHERE case_no = ? AND chunk = ? AND call_id = ?`, c.No, ac.Chunk, ac.id); err != nil {
			return err
		}
		if err := t.lastEntryDue(c); err != nil {
			return err
		}
		return t.retry(j, v.Wait)
	}
	if !v.Outcome.Final() {
		return fmt.Errorf("call %d: %q is not a valid outcome", ac.id, v.Outcome)
	}
	if v.Split && len(on) > 1 {
		if err := t.run(`UPDATE targets SET call_ends = 0 WHERE case_no = ? AND chunk = ? AND call_id = ?`, c.No, ac.Chunk, ac.id); err != nil {
			return err
		}
		for _, g := range on {
			if err := t.ownChunk(c, j, g); err != nil {
				return err
			}
		}
		return errors.Join(t.caseChanged(c), t.finish(j))
	}
	var code moderation.Code
	var values map[string]string
	if v.Err != nil && v.Outcome != moderation.Accepted {
		code, values = v.Err.Code, v.Err.Values
	}
	if len(on) > 0 {
		if err := t.setOutcome(c, on, v.Outcome, code, values); err != nil {
			return err
		}
	}
	if v.Outcome == moderation.Accepted {
		if err := t.recordAllAccepted(c, ac, on); err != nil {
			return err
		}
		if err := t.scheduleReadBack(c, ac, on); err != nil {
			return err
		}
	}
	if err := t.caseChanged(c); err != nil {
		return err
	}
	return t.finish(j)
}

// recordAllAccepted follows an accepted call: an undo ends what had expired before, a lift that was sent
// after the planned end is reported, and what an older call may still change is synced again.
func (t *tx) recordAllAccepted(c *storedCase, ac sentCall, on []target) error {
	moves, restricts := c.moves()
	if !moves || len(on) == 0 {
		return nil
	}
	if !restricts && c.Action.Relation == "" {
		records, err := t.targetRecords(on)
		if err != nil {
			return err
		}
		for _, g := range on {
			if err := t.reportLifted(c, g, records[g.Seq]); err != nil {
				return err
			}
		}
	}
	if c.Action.Relation != moderation.RelUndo && !ac.uncertain {
		moved, err := t.movedSince(c, ac, on)
		if err != nil {
			return err
		}
		on = slices.DeleteFunc(slices.Clone(on), func(g target) bool { return !moved[g.Seq] }) // the others have the desired state
	}
	for _, g := range on {
		if err := t.recordAccepted(c, g); err != nil {
			return err
		}
	}
	return nil
}

// movedSince returns which targets of a call, by their seq, another case has moved since this one did.
func (t *tx) movedSince(c *storedCase, ac sentCall, on []target) (map[int]bool, error) {
	seqs, err := column[int](t, `SELECT g.seq FROM targets g WHERE g.case_no = ? AND g.chunk = ? AND EXISTS (
			SELECT 1 FROM moves m WHERE m.app = g.app AND m.room = ? AND m.target = g.target AND m.case_no <> g.case_no
				AND m.generation > (SELECT MIN(generation) FROM moves WHERE case_no = g.case_no AND seq = g.seq)`+perRow+`)`,
		c.No, ac.Chunk, on[0].Room.String())
	moved := make(map[int]bool, len(seqs))
	for _, seq := range seqs {
		moved[seq] = true
	}
	return moved, err
}

// recordAccepted follows an accepted call for a target whose desired state may be another one.
func (t *tx) recordAccepted(c *storedCase, g target) error {
	if c.Action.Relation == moderation.RelUndo {
		p, err := t.targetRecord(g.key())
		if err != nil {
			return err
		}
		for _, m := range p.media() {
			if mine, moved := p.timeline(m).MoveOf(c.No); moved && !p.timeline(m).HasNewer(mine.Job) {
				if err := t.endExpired(c, g, p, m); err != nil {
					return err
				}
			}
		}
	}
	return t.resync(c, g)
}

// reportLifted reports restrictions that were still in force after their planned end, until the call of
// c lifted them.
func (t *tx) reportLifted(c *storedCase, g target, p *targetRecord) error {
	for _, m := range c.Action.AffectedMedia() {
		row := p.timeline(m)
		for _, mv := range row.Cases() {
			if mv.Ended.IsZero() {
				if err := t.reportLate(c, g.key(), row, mv); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// endExpired records the end of expired restrictions in a timeline: a call that sets another state
// ended them all.
func (t *tx) endExpired(c *storedCase, g target, p *targetRecord, m moderation.Medium) error {
	for _, mv := range p.timeline(m).Moves() {
		if !mv.Restricts || !mv.Ended.IsZero() || !mv.Denied && (mv.Until.IsZero() || mv.Until.After(t.clock)) {
			continue
		}
		if err := t.recordMoveEnd(c, g.key(), m, mv, moderation.MoveExpired); err != nil {
			return err
		}
		if err := t.reportLate(c, g.key(), p.timeline(m), mv); err != nil {
			return err
		}
	}
	return nil
}

// reportLate reports the end of a restriction that no call of its own ended, if it was late. c is the
// case whose call ended it, or that ends.
func (t *tx) reportLate(c *storedCase, at targetKey, row moderation.Timeline, m moderation.Move) error {
	if row.EndedLate(m, t.clock, c.No) <= moderation.OverdueAfter {
		return nil
	}
	of := c
	if m.Case != c.No {
		var err error
		if of, err = loadCase(t, m.Case); err != nil {
			return err
		}
	}
	on, err := t.targetsWhere(of, `seq = ?`, m.Seq)
	if err != nil || len(on) == 0 || on[0].overdue {
		return err
	}
	body := moderation.Body{Until: m.Until, Detail: at.room, Outcome: moderation.Lifted}
	return t.overdue(of, on[0], moderation.Line{
		Key: "overdue:" + itoa(of.No) + ":ended", Channel: of.auditChannel, Due: t.clock, Kind: moderation.EntryOverdue, Case: of.No, Body: body.JSON(), Count: 1,
	}, moderation.Lifted)
}

// overdue reports once per case and target that its lift is late, and how it ended if it has.
func (t *tx) overdue(c *storedCase, g target, l moderation.Line, ended string) error {
	if err := t.run(`UPDATE targets SET overdue = 1 WHERE case_no = ? AND seq = ?`, c.No, g.Seq); err != nil {
		return err
	}
	if err := t.targetEntry(c, moderation.EntryOverdue, []target{g}, moderation.Body{Until: c.Until, Outcome: ended}); err != nil {
		return err
	}
	if l.Case == 0 {
		l.Case = c.No
	}
	if l.Channel != "" {
		if err := t.line(l); err != nil {
			return err
		}
	}
	return t.caseChanged(c)
}

// RecordLiftFault writes, once per line key, that a lift is late because of a local error:
// EntryOverdue with the body, and the line. It reads no row of the case, as that may be what
// cannot be read.
func (s *Store) RecordLiftFault(ctx context.Context, j moderation.Job, l moderation.Line, body moderation.Body) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.checkClaim(j); err != nil {
			return err
		}
		var written int
		if err := t.one(`SELECT COUNT(*) FROM entries e JOIN bodies b ON b.entry_id = e.id WHERE e.case_no = ? AND e.kind = 'overdue' AND b.body = ?`,
			j.Case, string(body.JSON()))(&written); err != nil || written > 0 {
			return err
		}
		if _, err := t.entry(j.Case, moderation.EntryOverdue, body, ""); err != nil || l.Channel == "" {
			return err
		}
		return t.line(l)
	})
}

// readBackAfter is how long the vendor's lists may take to show an accepted change.
const readBackAfter = 2 * time.Second

// scheduleReadBack queues a read of the vendor's list after the end of a restriction that the
// vendor ends was changed.
func (t *tx) scheduleReadBack(c *storedCase, ac sentCall, on []target) error {
	if media := c.Action.AffectedMedia(); c.Action.Relation != moderation.RelExtend || len(media) == 0 || len(on) == 0 || on[0].Room.Kind.BotEnds(media[0]) {
		return nil
	}
	payload, err := json.Marshal(moderation.ReadBack{Chunk: ac.Chunk})
	if err != nil {
		return fmt.Errorf("encode the job: %w", err)
	}
	return t.queue(c.No, moderation.NewJob{
		Key:   "readback:" + itoa(ac.id),
		Queue: moderation.QueueTimer, Kind: moderation.JobReadBack, RunAt: t.clock.Add(readBackAfter), Payload: payload,
	})
}
