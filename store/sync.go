package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// want is what a call has to say of a target: which media are taken away, and
// until when, 0 for no end. Targets of which the same is wanted share a call.
type want struct {
	restricts [2]bool
	until     int64
}

// wanted is what a call of a verb's kind says of a place.
func wanted(p *place, v moderation.Verb, at time.Time) (w want) {
	for i, m := range allMedia(v) {
		st := p.row(m).Desired(at)
		w.restricts[i] = st.Restricts
		if st.Restricts && !carriesMute(v) {
			w.until = millis(st.Until)
		}
	}
	return w
}

func (w want) some() bool { return w.restricts[0] || w.restricts[1] }

func carriesMute(v moderation.Verb) bool { return slices.Contains(allMedia(v), moderation.Audio) }

// resync queues what makes the vendor's state of a target of a case what is
// desired, after something was appended. What a call of its own is to say is
// left to that.
func (t *tx) resync(c *caseRow, g target) error { return t.resyncAt(c, g, 0) }

// resyncAt is resync at the end of a case.
func (t *tx) resyncAt(c *caseRow, g target, endOf int64) error {
	p, err := t.refresh(c, g, endOf)
	if err != nil {
		return err
	}
	if err := t.endBehind(c, p); err != nil {
		return err
	}
	var by moderation.Move // whose call it will be
	var at, sure time.Time
	key := "sync:"
	for _, m := range allMedia(c.verb) {
		row := p.row(m)
		st, owes := row.Desired(t.clock), row.Owes(t.clock)
		differs, until := p.applied.media[m].Differs(st, botEnds(m), t.clock)
		if until.After(sure) {
			sure = until
		}
		switch {
		case !differs || row.Waits(t.clock):
		case len(owes) > 0:
			by, at, key = owes[len(owes)-1], t.clock, "end:"
			if !by.Until.IsZero() && by.Until.Before(at) {
				at = by.Until.Add(-t.s.cfg.Timing.LiftLead)
			}
		case st.Outcome == moderation.Unknown: // people were told, and may try again
		case by.Case == 0 && st.Case == 0:
			by, at = moderation.Move{Case: c.no, Seq: g.seq}, t.clock
		case by.Case == 0:
			by, at = moderation.Move{Case: st.Case, Seq: st.Seq}, t.clock
		}
	}
	if by.Case != 0 {
		generation, err := t.count("generation", 1)
		if err != nil {
			return err
		}
		if err := t.queueSync(by.Case, key+itoa(by.Seq)+":"+itoa(generation), at, p.room, g.id); err != nil {
			return err
		}
	}
	if sure.IsZero() {
		return nil
	}
	// Whoever decides then is known then.
	return t.queueSync(c.no, "sure:"+itoa(g.seq)+":"+itoa(millis(sure)), sure, p.room, g.id)
}

// queueSync queues a comparison of what is desired of targets with what was
// applied. Queued twice, it finds nothing to do the second time.
func (t *tx) queueSync(no int64, key string, at time.Time, room string, targets ...string) error {
	payload, err := json.Marshal(moderation.SyncWork{Room: room, Targets: targets})
	if err != nil {
		return fmt.Errorf("a job that cannot be kept: %w", err)
	}
	return t.queue(no, moderation.NewJob{Key: key, Queue: moderation.QueueLift, Kind: moderation.JobSync, RunAt: at, Payload: payload})
}

// isEnd is SQL for jobs that end a restriction, or take it back: others only say
// again what is desired.
const isEnd = `queue = 'lift' AND kind = 'sync' AND key LIKE '%:end:%' AND done_at IS NULL`

func endKey(seq, until int64) string { return "end:" + itoa(seq) + ":" + itoa(until) }

// endLater queues the end of a target's restriction.
func (t *tx) endLater(no, seq int64, until time.Time, at spot) error {
	return t.queueSync(no, endKey(seq, millis(until)), until.Add(-t.s.cfg.Timing.LiftLead), at.room, at.target)
}

// endBehind queues the end of what the vendor ends by itself, where something
// else is desired then.
func (t *tx) endBehind(c *caseRow, p *place) error {
	for _, m := range allMedia(c.verb) {
		row := p.row(m)
		if st := row.Desired(t.clock); !botEnds(m) && !st.Next.IsZero() && row.Desired(st.Next).Restricts {
			if err := t.endLater(st.Case, st.Seq, st.Next, p.spot); err != nil {
				return err
			}
		}
	}
	return nil
}

// endsLater queues the ends of a case that begins.
func (t *tx) endsLater(c *caseRow, botEnds bool) error {
	if _, bound := c.moves(); !bound || c.until == 0 {
		return nil
	}
	pending, err := t.targetsWhere(c, `outcome = 'pending'`)
	if err != nil {
		return err
	}
	for _, g := range pending {
		at := spot{c.room, g.id}
		if botEnds {
			err = t.endLater(c.no, g.seq, moment(c.until), at)
		} else {
			var p *place
			if p, err = placeOf(t, c.app, at); err == nil {
				err = t.endBehind(c, p)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takesBack has what ran ahead of a request that was denied or withdrawn taken
// back, a chunk at a time.
func (t *tx) takesBack(request *caseRow) error {
	no, err := t.ranAhead(request)
	if err != nil || no == 0 {
		return err
	}
	ahead, err := loadCase(t, no)
	if err != nil {
		return err
	}
	targets, err := t.targetsWhere(ahead, `outcome NOT IN ('failed', 'dropped')`)
	if err != nil {
		return err
	}
	chunks := make(map[int64][]string)
	for _, g := range targets {
		chunks[g.chunk] = append(chunks[g.chunk], g.id)
	}
	for chunk, ids := range chunks {
		if err := t.queueSync(no, "end:denied:"+itoa(chunk), t.clock, ahead.room, ids...); err != nil {
			return err
		}
	}
	return nil
}

// beginSync finds which of some targets differ from what is desired, and begins
// the call that makes them equal. What is equal already has ended, where it is over.
func (t *tx) beginSync(b *beginning) error {
	if b.Work.Room != b.c.room {
		return fmt.Errorf("case %d is about %s, not about %s", b.c.no, b.c.room, b.Work.Room)
	}
	b.at = t.clock.Add(t.s.cfg.Timing.LiftLead)
	groups := make(map[syncGroup][]target)
	var first *syncGroup
	wrote := false
	for _, id := range b.Work.Targets {
		g, err := t.oneTarget(b.c, id)
		if err != nil {
			return err
		}
		if g.outcome == moderation.Pending && b.c.state == moderation.Open {
			b.began.Wait, b.began.Busy = actWait, true // its own call is still to come
			return nil
		}
		p, err := t.found(b, g)
		if err != nil {
			return err
		}
		to, by, err := t.compares(b, g, p)
		switch {
		case err != nil:
			return err
		case by.Case != 0: // another case's word
			if err := t.queueSync(by.Case, "sync:"+itoa(by.Seq)+":for:"+itoa(b.job.ID), t.clock, p.room, id); err != nil {
				return err
			}
		case to == syncGroup{}:
			wrote = true
			if err := t.endsAlready(b, g, p); err != nil {
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
		if err := t.changed(b.c); err != nil {
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
		for _, g := range targets {
			if err := t.queueSync(b.c.no, "sync:"+itoa(g.seq)+":of:"+itoa(b.job.ID), t.clock, b.c.room, g.id); err != nil {
				return err
			}
		}
	}
	b.targets, b.want, b.began.Purpose = groups[*first], first.want, first.purpose
	if b.began.Purpose == moderation.Lift {
		b.Reason = ""
	}
	b.seq = b.targets[0].seq
	if _, _, err := t.earlierCalls(b); err != nil {
		return err
	}
	if err := t.told(b.c); err != nil {
		return err
	}
	verb := moderation.LiftingVerb(b.c.verb)
	if b.want.some() && (b.began.Purpose == moderation.Settle || !carriesMute(b.c.verb)) {
		verb = binder(allMedia(b.c.verb)[0])
	}
	return t.announce(b, verb)
}

// syncGroup are targets of which one call can say what is wanted: no more than a
// chunk of their case.
type syncGroup struct {
	chunk   int64
	purpose moderation.Purpose
	want    want
}

// compares finds what a call has to say of a target; nothing where the vendor has
// what is desired, or another call is to say it. by is the case that has to say
// it when it is not this one.
func (t *tx) compares(b *beginning, g target, p *place) (to syncGroup, by moderation.Move, err error) {
	differs, mine, owes := false, false, false
	for _, m := range allMedia(b.c.verb) {
		row := p.row(m)
		st, over := row.Desired(b.at), row.Owes(b.at)
		for _, o := range over {
			owes = owes || o.Case == b.c.no
		}
		if p.applied.media[m].Is(st, botEnds(m), b.at) || row.Waits(b.at) {
			continue
		}
		differs = true
		mine = mine || st.Case == b.c.no || st.Case == 0
		switch {
		case len(over) > 0:
			by = over[len(over)-1]
		case by.Case == 0:
			by = moderation.Move{Case: st.Case, Seq: st.Seq}
		}
	}
	switch {
	case !differs:
		return to, moderation.Move{}, nil
	case owes:
		return syncGroup{g.chunk, moderation.Lift, wanted(p, b.c.verb, b.at)}, moderation.Move{}, nil
	case mine:
		return syncGroup{g.chunk, moderation.Settle, wanted(p, b.c.verb, b.at)}, moderation.Move{}, nil
	}
	return to, by, nil
}

// endsAlready notes what is over of a case where nothing has to be said for it.
func (t *tx) endsAlready(b *beginning, g target, p *place) error {
	ended, quiet, how := false, true, moderation.Lifted
	for _, m := range allMedia(b.c.verb) {
		row := p.row(m)
		mv, ok := row.Of(b.c.no)
		if over := ok && mv.Restricts && mv.Ended.IsZero() && (mv.Denied || !mv.Until.IsZero() && !mv.Until.After(b.at)); !over {
			continue
		}
		st := row.InForce(t.clock)
		holds := st.Restricts && st.Case == b.c.no
		last := !botEnds(m) && !mv.Until.IsZero() && row.Desired(mv.Until.Add(-time.Millisecond)).Case == b.c.no
		if !holds && !last && !mv.Denied {
			continue
		}
		if err := t.over(b.c, g.id, m, mv, moderation.MoveLifted); err != nil {
			return err
		}
		if mv.Denied {
			how = liftUndone
		}
		if ended, quiet = true, quiet && !holds; !holds {
			continue
		}
		after, err := t.place(b.c, g.id)
		if err != nil {
			return err
		}
		if err := t.passes(b.c, g, after, m); err != nil {
			return err
		}
	}
	if ended && !quiet {
		if err := t.endEntry(b.c, []target{g}, how, moderation.Verdict{}); err != nil {
			return err
		}
	}
	return t.resyncAt(b.c, g, b.c.no)
}

// endEntry tells that a case's restriction of targets has ended.
func (t *tx) endEntry(c *caseRow, on []target, how string, v moderation.Verdict) error {
	return t.caseEntry(c, moderation.EntryLifted, moderation.Body{
		Targets: names(on), Outcome: how, Code: codeOf(moderation.Answer{}, v), Values: valuesOf(moderation.Answer{}, v), Until: moment(c.until),
	})
}

// oneTarget finds a target of a case.
func (t *tx) oneTarget(c *caseRow, id string) (target, error) {
	found, err := t.targetsWhere(c, `target = ?`, id)
	if err != nil {
		return target{}, err
	}
	if len(found) == 0 {
		return target{}, fmt.Errorf("case %d has no target %q: %w", c.no, id, moderation.ErrNotFound)
	}
	return found[0], nil
}

// found reads the place of a target, after a call of this job that it finds
// unanswered is written down as lost.
func (t *tx) found(b *beginning, g target) (*place, error) {
	p, err := t.place(b.c, g.id)
	if err == nil && p.applied.call != 0 && p.applied.job == b.job.ID {
		if err = t.lost(b.c, p.applied.call); err == nil {
			p, err = t.place(b.c, g.id)
		}
	}
	if b.places == nil {
		b.places = make(map[int64]*place)
	}
	b.places[g.seq] = p
	return p, err
}
