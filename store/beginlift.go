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
	if _, _, err := t.earlierCalls(b); err != nil {
		return err
	}
	if err := t.told(b.c); err != nil {
		return err
	}
	return t.announce(b, b.Work.Verb, b.media...)
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

// lifted notes how a target's timed action ended. With the last target the
// case's action has ended.
func (t *tx) lifted(c *caseRow, g target, how string) error {
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
		for _, how := range []string{"gone", "lifted"} {
			if counts[how] > 0 {
				c.ended = how
			}
		}
	}
	return t.changed(c)
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
