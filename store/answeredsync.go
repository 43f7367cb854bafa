package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"bouncer/moderation"
)

// answeredSync handles the answer to a call that ended restrictions or resynced the desired state.
func (t *tx) answeredSync(c *storedCase, j moderation.Job, ac sentCall, a moderation.Answer, v moderation.Verdict) error {
	on, err := t.targetsOf(c, ac)
	if err != nil {
		return err
	}
	if ac.Purpose == moderation.PurposeLift {
		return t.answeredLift(c, j, ac, on, v)
	}
	ended := c.Ended
	if a.Class == moderation.VendorAccepted { // a state that was finally refused is not sent again
		for _, g := range on {
			if err := t.resync(c, g); err != nil {
				return err
			}
		}
	}
	update := t.lastEntryDue
	switch {
	case v.Overdue != nil && len(on) > 0 && !on[0].overdue:
		how := ""
		if v.Outcome == moderation.Accepted {
			how = moderation.Lifted
		}
		update = func(c *storedCase) error { return t.overdue(c, on[0], *v.Overdue, how) }
	case c.Ended != ended:
		update = t.caseChanged
	}
	if err := update(c); err != nil {
		return err
	}
	if v.Outcome == moderation.Pending {
		return t.retry(j, v.Wait)
	}
	return t.finish(j)
}

// answeredLift ends restrictions, or schedules the next attempt.
func (t *tx) answeredLift(c *storedCase, j moderation.Job, ac sentCall, on []target, v moderation.Verdict) error {
	if len(on) == 0 {
		return fmt.Errorf("call %d has no target: %w", ac.id, moderation.ErrNotFound)
	}
	late := func(how string) error {
		if v.Overdue == nil || on[0].overdue {
			return t.lastEntryDue(c)
		}
		return t.overdue(c, on[0], *v.Overdue, how)
	}
	if v.Outcome != moderation.Accepted { // retried until it succeeds, whatever the verdict
		return errors.Join(late(""), t.retry(j, v.Wait))
	}
	how := moderation.MoveLifted
	if v.Gone {
		how = moderation.MoveTargetGone
	}
	ended := make(map[string][]target)
	for i, g := range on {
		end, err := t.recordEnd(c, g, ac.states[i], how)
		if err != nil {
			return err
		}
		if end != "" { // else it continues with what came back meanwhile
			ended[end] = append(ended[end], g)
		}
	}
	if len(ended) > 0 {
		if err := late(string(how)); err != nil {
			return err
		}
	}
	for _, end := range slices.Sorted(maps.Keys(ended)) {
		if err := t.endEntry(c, ended[end], end, v); err != nil {
			return err
		}
	}
	for _, g := range on {
		if err := t.resyncAt(c, g, c.No); err != nil {
			return err
		}
	}
	if err := t.caseChanged(c); err != nil {
		return err
	}
	return t.finish(j)
}

// recordEnd records that a call ended a case's restriction of one target, with what had expired
// besides. end is the reported end; "" when the case still restricts in a medium that the call
// lifted for a newer case, which had no effect after all.
func (t *tx) recordEnd(c *storedCase, g target, s callState, how moderation.MoveKind) (end string, err error) {
	p, err := t.targetRecord(g.key())
	if err != nil {
		return "", err
	}
	for m, said := range s.Media {
		row := p.timeline(m)
		if how != moderation.MoveTargetGone && g.Room.Kind.BotEnds(m) && said.Restricts && row.InForce(t.clock).Case == c.No && !row.Desired(t.clock.Add(t.s.cfg.Timing.LiftLead)).Restricts {
			return "", nil
		}
	}
	end = string(how)
	for _, m := range allMedia(c.Action.Verb) {
		row := p.timeline(m)
		st := row.InForce(t.clock)
		if mv, ok := row.MoveOf(c.No); ok && mv.Restricts && mv.Ended.IsZero() {
			if mv.Denied {
				end = liftUndone
			}
			if err := t.recordMoveEnd(c, g.key(), m, mv, how); err != nil {
				return "", err
			}
			if p, err = t.targetRecord(g.key()); err != nil {
				return "", err
			}
		}
		if st.Restricts && st.Case != c.No {
			continue // another case has its own end
		}
		if err := t.endExpired(c, g, p, m); err != nil {
			return "", err
		}
	}
	return end, nil
}
