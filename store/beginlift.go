package store

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// beginLift begins the end of one target's timed action.
func (t *tx) beginLift(b *beginning) error {
	if err := t.workTarget(b); err != nil {
		return err
	}
	g := b.targets[0]
	switch {
	case g.lift == liftUndone:
		// The undo has the last word once it is known to have been heard.
		pending, err := t.undoneUnsurely(b)
		if err != nil || pending || len(b.media) == 0 {
			b.began.Done = err == nil && !pending
			if pending {
				b.began.Wait, b.began.Busy = actWait, true
			}
			return err
		}
	case g.lift != "":
		b.began.Done = true
		return nil
	case g.outcome == moderation.Pending:
		b.began.Wait, b.began.Busy = actWait, true
		return nil
	}
	for _, r := range b.rows[g.seq] {
		if slices.Contains(b.Work.Media, r.medium) && r.no == b.c.no && r.bound {
			b.media = append(b.media, r.medium)
		}
	}
	if len(b.media) == 0 {
		if stood, err := t.stood(b.c, g); err != nil || !stood {
			b.began.Done = true
			return err
		}
		// A newer case that frees them has the last word only once it is known
		// to have been heard: else this lift is the only one that is left.
		pending, err := t.freedUnsurely(b)
		if err != nil {
			return err
		}
		if pending {
			b.began.Wait, b.began.Busy = actWait, true
			return nil
		}
	}
	if len(b.media) == 0 {
		b.began.Done = true
		return t.lifted(b.c, g, "superseded")
	}
	verb, free, err := t.sayLift(b, g)
	if err != nil {
		return err
	}
	if verb == "" { // the vendor has ended it by itself, and nothing is behind it
		b.began.Done = true
		return t.endMoves(b.c, g, b.media, moderation.Lifted)
	}
	if _, _, err := t.earlierCalls(b); err != nil {
		return err
	}
	if err := t.told(b.c); err != nil {
		return err
	}
	return t.announce(b, verb, free...)
}

// sayLift finds what the end of a binding has to say: where an older case still
// holds, it stays as that one wants it. No verb: nothing needs to be said.
func (t *tx) sayLift(b *beginning, g target) (moderation.Verb, []moderation.Medium, error) {
	var free []moderation.Medium
	for _, m := range b.media {
		under, err := t.inForce(b.c.app, b.c.room, g.id, string(m), b.c.no, false)
		if err != nil {
			return "", nil, err
		}
		switch {
		case !under.bound:
			free = append(free, m)
		case !carriesMute(b.Work.Verb):
			b.until = under.until
			return binder(m), nil, nil
		}
	}
	if len(free) > 0 && !botEnds(free[0]) {
		return "", nil, nil
	}
	return b.Work.Verb, free, nil
}

// endMoves notes that a case's binding of one target has ended. What an older
// case wants of it stands again.
func (t *tx) endMoves(c *caseRow, g target, media []moderation.Medium, how string) error {
	// The call has said what all its media are to be, those that another case
	// moved since too: nothing of this one is owed any more.
	if _, err := t.exec(`UPDATE moves SET ended_at = ? WHERE case_no = ? AND seq = ? AND void = 0 AND ended_at = 0`, t.now, c.no, g.seq); err != nil {
		return err
	}
	all, err := c.media()
	if err != nil {
		return err
	}
	rows, err := t.standingOf(c.app, c.room, g.id)
	if err != nil {
		return err
	}
	for _, r := range rows {
		m := r.medium
		if !slices.Contains(all, m) || r.bound && r.no != c.no {
			continue // it said what that case wants, which has an end of its own
		}
		if err := t.sweep(c, g, m); err != nil {
			return err
		}
		if r.no != c.no || !slices.Contains(media, m) {
			continue
		}
		under, err := t.inForce(c.app, c.room, g.id, string(m), c.no, false)
		if err != nil {
			return err
		}
		if !under.bound {
			under.no = c.no
		}
		generation, err := t.count("generation", 1)
		if err != nil {
			return err
		}
		if err := t.standsAgain(c, g, string(m), under, generation); err != nil {
			return err
		}
	}
	return t.lifted(c, g, how)
}

// freedUnsurely adds the media that a newer case may have set free or not, and
// tells whether one of them still waits for its outcome.
func (t *tx) freedUnsurely(b *beginning) (pending bool, err error) {
	for _, r := range b.rows[b.seq] {
		if !slices.Contains(b.Work.Media, r.medium) || r.bound || r.no == b.c.no || r.no == 0 {
			continue
		}
		var outcome string
		if err := t.one(`SELECT outcome FROM targets WHERE case_no = ? AND target = ?`, r.no, b.Work.Target)(&outcome); err != nil {
			return false, err
		}
		switch moderation.Outcome(outcome) {
		case moderation.Pending:
			pending = true
		case moderation.Accepted:
		default:
			b.media = append(b.media, r.medium)
		}
	}
	return pending, nil
}

// undoneUnsurely adds the media that the undo of a case may have given back or
// not, and tells whether it still waits for its outcome.
func (t *tx) undoneUnsurely(b *beginning) (pending bool, err error) {
	var no, seq int64
	var outcome string
	err = t.one(`SELECT g.case_no, g.seq, g.outcome FROM cases k JOIN targets g ON g.case_no = k.no
		WHERE k.of_no = ? AND k.of_no > 0 AND k.rel = 'undo' AND g.target = ?
			AND EXISTS (SELECT 1 FROM moves m WHERE m.case_no = g.case_no AND m.seq = g.seq AND m.void = 0)
		ORDER BY k.no DESC LIMIT 1`, b.c.no, b.Work.Target)(&no, &seq, &outcome)
	if errors.Is(err, moderation.ErrNotFound) {
		return false, nil
	}
	if err != nil || outcome == string(moderation.Pending) {
		return err == nil, err
	}
	if outcome == string(moderation.Accepted) {
		return false, nil
	}
	still, err := t.untouched(no, seq)
	for _, m := range still {
		if slices.Contains(b.Work.Media, m) {
			b.media = append(b.media, m)
		}
	}
	return false, err
}

// beginSettle says again what stands, while it still stands.
func (t *tx) beginSettle(b *beginning) error {
	if err := t.workTarget(b); err != nil {
		return err
	}
	g := b.targets[0]
	spec, _ := b.Work.Verb.Spec()
	binds := spec.Effect == moderation.EffectBind
	for _, r := range b.rows[g.seq] {
		if slices.Contains(b.Work.Media, r.medium) && r.no == b.c.no && r.bound == binds {
			b.media = append(b.media, r.medium)
		}
	}
	over := binds && b.c.until != 0 && b.c.until-t.now < time.Second.Milliseconds()
	if len(b.media) == 0 || over {
		b.began.Done = true
		return nil
	}
	if _, _, err := t.earlierCalls(b); err != nil {
		return err
	}
	if err := t.told(b.c); err != nil {
		return err
	}
	return t.announce(b, b.Work.Verb)
}

// told lets the thread tell entries that this transaction wrote.
func (t *tx) told(c *caseRow) error {
	if c.lastEntry == 0 {
		return nil
	}
	return t.thread(c.no, c.lastEntry)
}

// lifted notes how a target's timed action ended, and saves the case.
func (t *tx) lifted(c *caseRow, g target, how string) error {
	if err := t.liftedAs(c, g, how); err != nil {
		return err
	}
	return t.changed(c)
}

// liftedAs notes how a target's timed action ended. With the last target the
// case's action has ended.
func (t *tx) liftedAs(c *caseRow, g target, how string) error {
	if _, err := t.exec(`UPDATE targets SET lift = ? WHERE case_no = ? AND seq = ?`, how, c.no, g.seq); err != nil {
		return err
	}
	counts := make(map[string]int)
	if err := t.each(`SELECT lift, COUNT(*) FROM targets g WHERE case_no = ?
			AND EXISTS (SELECT 1 FROM moves m WHERE m.case_no = g.case_no AND m.seq = g.seq AND m.void = 0) GROUP BY lift`,
		[]any{c.no}, func(scan func(...any) error) error {
			var lift string
			var n int
			err := scan(&lift, &n)
			counts[lift] = n
			return err
		}); err != nil {
		return err
	}
	if counts[""] == 0 {
		c.ended, c.endedAt = "superseded", t.now
		for _, how := range []string{"gone", liftUndone, moderation.Lifted} {
			if counts[how] > 0 {
				c.ended = how
			}
		}
	}
	return nil
}

// workTarget finds the one target of a lift or a settlement.
func (t *tx) workTarget(b *beginning) error {
	if key := b.Work.Room; key != b.c.room {
		return fmt.Errorf("case %d is about %s, not about %s", b.c.no, b.c.room, key)
	}
	found, err := t.targetsWhere(b.c, `target = ?`, b.Work.Target)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errors.Join(moderation.ErrNotFound, fmt.Errorf("case %d has no target %q", b.c.no, b.Work.Target))
	}
	b.targets, b.seq = found[:1], found[0].seq
	return t.standingFor(b)
}
