package store

import (
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// announceSync finds the targets whose applied state differs from the desired one, and prepares
// the call that makes them equal. Where they are equal already, an expired restriction has ended.
func (t *tx) announceSync(b *callDraft) error {
	if !slices.ContainsFunc(b.c.Action.Rooms(), func(r moderation.Room) bool { return r.String() == b.Work.Room }) {
		return fmt.Errorf("case %d is about %s, not about %s", b.c.No, b.c.room(), b.Work.Room)
	}
	b.at = t.clock.Add(t.s.cfg.Timing.LiftLead)
	groups := make(map[syncGroup][]target)
	var first *syncGroup
	wrote := false
	for _, id := range b.Work.Targets {
		g, err := t.oneTarget(b.c, targetKey{b.Work.Room, id})
		if err != nil {
			return err
		}
		if g.Outcome == moderation.Pending && b.c.State == moderation.Open {
			if len(b.Work.Targets) == 1 { // its own call is still to come
				b.began.Wait, b.began.TargetBusy = actWait, true
				return nil
			}
			if err := t.syncAlone(b, g, "end:"); err != nil {
				return err
			}
			continue
		}
		p, err := t.settledRecord(b, g)
		if err != nil {
			return err
		}
		to, by := b.compare(g, p)
		switch {
		case by.Case != 0: // another case has to set it
			if err := t.queueSync(by.Case, "sync:"+itoa(by.Seq)+":for:"+itoa(b.job.ID), t.clock, p.room, id); err != nil {
				return err
			}
		case to == syncGroup{}:
			wrote = true
			if err := t.recordEnded(b, g, p); err != nil {
				return err
			}
		default:
			groups[to] = append(groups[to], g)
			if first == nil {
				first = &to
			}
		}
	}
	if wrote {
		if err := t.caseChanged(b.c); err != nil {
			return err
		}
	}
	if first == nil {
		b.began.Done = true
		return nil
	}
	for to, targets := range groups {
		if to == *first {
			continue
		}
		key := "sync:"
		if to.purpose == moderation.PurposeLift {
			key = "end:"
		}
		for _, g := range targets {
			if err := t.syncAlone(b, g, key); err != nil {
				return err
			}
		}
	}
	b.targets, b.want, b.began.Purpose = groups[*first], first.want, first.purpose
	if b.began.Purpose == moderation.PurposeLift {
		b.Reason = ""
	}
	b.seq = b.targets[0].Seq
	b.began.Due = b.due()
	// Before unanswered calls count as lost: one may belong to another job and be in flight.
	if wait, err := t.busyFor(b); err != nil || wait > 0 {
		b.began.Wait, b.began.TargetBusy = wait, wait > 0
		return err
	}
	if _, _, err := t.earlierCalls(b); err != nil {
		return err
	}
	if err := t.lastEntryDue(b.c); err != nil {
		return err
	}
	verb := moderation.LiftingVerb(b.c.Action.Verb)
	if b.want.any() && (b.began.Purpose == moderation.PurposeResync || !carriesMute(b.c.Action.Verb)) {
		verb = moderation.RestrictingVerb(allMedia(b.c.Action.Verb)[0])
	}
	return t.announce(b, verb)
}

// due returns when the first of the restrictions that the call ends was to end; zero when none
// expired.
func (b *callDraft) due() (first time.Time) {
	for _, g := range b.targets {
		for _, m := range allMedia(b.c.Action.Verb) {
			for _, o := range b.records[g.Seq].timeline(m).DueLifts(b.at) {
				if !o.Until.IsZero() && !o.Until.After(b.at) && (first.IsZero() || o.Until.Before(first)) {
					first = o.Until
				}
			}
		}
	}
	return first
}

// syncAlone queues a sync of a single target of a job.
func (t *tx) syncAlone(b *callDraft, g target, key string) error {
	return t.queueSync(b.c.No, key+itoa(g.Seq)+":of:"+itoa(b.job.ID), t.clock, g.Room.String(), g.ID)
}

// syncGroup are targets that one call can bring to their desired state: at most a chunk of their
// case.
type syncGroup struct {
	chunk   int
	purpose moderation.Purpose
	want    callWant
}

// compare returns which call a target needs; none where the applied state is the desired one, or
// another call will set it. by is the case that has to make the call when it is not this one.
func (b *callDraft) compare(g target, p *targetRecord) (to syncGroup, by moderation.Move) {
	differs, mine, owes := false, false, false
	for _, m := range allMedia(b.c.Action.Verb) {
		row := p.timeline(m)
		st, over := row.Desired(b.at), row.DueLifts(b.at)
		for _, o := range over {
			owes = owes || o.Case == b.c.No
		}
		if p.applied.media[m].Matches(st, botEnds(p.room, m), b.at) || row.NotYetSent(b.at) {
			continue
		}
		differs = true
		mine = mine || st.Case == b.c.No || st.Case == 0
		switch {
		case len(over) > 0:
			by = over[len(over)-1]
		case by.Case == 0:
			by = moderation.Move{Case: st.Case, Seq: st.Seq}
		}
	}
	switch {
	case !differs:
		return to, moderation.Move{}
	case owes:
		return syncGroup{g.Chunk, moderation.PurposeLift, wantOf(p, b.c.Action.Verb, b.at)}, moderation.Move{}
	case mine:
		return syncGroup{g.Chunk, moderation.PurposeResync, wantOf(p, b.c.Action.Verb, b.at)}, moderation.Move{}
	}
	return to, by
}

// recordEnded records what has expired of a case where no call is needed.
func (t *tx) recordEnded(b *callDraft, g target, p *targetRecord) error {
	ended, quiet, how := false, true, moderation.Lifted
	for _, m := range allMedia(b.c.Action.Verb) {
		row := p.timeline(m)
		mv, ok := row.MoveOf(b.c.No)
		if over := ok && mv.Restricts && mv.Ended.IsZero() && (mv.Denied || !mv.Until.IsZero() && !mv.Until.After(b.at)); !over {
			continue
		}
		if err := t.reportLate(b.c, g.key(), row, mv); err != nil {
			return err
		}
		st := row.InForce(t.clock)
		holds := st.Restricts && st.Case == b.c.No
		last := !botEnds(p.room, m) && !mv.Until.IsZero() && row.Desired(mv.Until.Add(-time.Millisecond)).Case == b.c.No
		if !holds && !last && !mv.Denied {
			continue
		}
		if err := t.recordMoveEnd(b.c, g.key(), m, mv, moderation.MoveLifted); err != nil {
			return err
		}
		if mv.Denied {
			how = liftUndone
		}
		if ended, quiet = true, quiet && !holds; !holds {
			continue
		}
		after, err := t.targetRecord(g.key())
		if err != nil {
			return err
		}
		if err := t.endExpired(b.c, g, after, m); err != nil {
			return err
		}
	}
	if ended && !quiet {
		if err := t.endEntry(b.c, []target{g}, how, moderation.Verdict{}); err != nil {
			return err
		}
	}
	return t.resyncAt(b.c, g, b.c.No)
}

// endEntry records that a case's restriction of targets has ended.
func (t *tx) endEntry(c *storedCase, on []target, how string, v moderation.Verdict) error {
	return t.targetEntry(c, moderation.EntryLifted, on, moderation.Body{
		Outcome: how, Code: codeOf(moderation.Answer{}, v), Values: valuesOf(moderation.Answer{}, v), Until: c.Until,
	})
}

// oneTarget returns a target of a case.
func (t *tx) oneTarget(c *storedCase, at targetKey) (target, error) {
	found, err := t.targetsWhere(c, `target = ? AND room = ?`, at.target, c.storedRoom(at.room))
	if err != nil {
		return target{}, err
	}
	if len(found) == 0 {
		return target{}, fmt.Errorf("case %d has no target %q in %s: %w", c.No, at.target, at.room, moderation.ErrNotFound)
	}
	return found[0], nil
}

// settledRecord reads the record of a target, after recording an unanswered call of this job as
// lost.
func (t *tx) settledRecord(b *callDraft, g target) (*targetRecord, error) {
	p, err := t.targetRecord(g.key())
	if err == nil && p.applied.call != 0 && p.applied.job == b.job.ID {
		if err = t.recordLost(b.c, p.applied.call); err == nil {
			p, err = t.targetRecord(g.key())
		}
	}
	if b.records == nil {
		b.records = make(map[int]*targetRecord)
	}
	b.records[g.Seq] = p
	return p, err
}
