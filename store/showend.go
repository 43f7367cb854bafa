package store

import (
	"context"
	"slices"

	"bouncer/moderation"
)

// showEndLater queues an update of a case's card for the time at which the vendor ends its
// restriction. Where the bot ends it, the lift updates the card.
func (t *tx) showEndLater(c *storedCase) error {
	media := c.Action.AffectedMedia()
	if len(media) == 0 || !c.Until.After(t.clock) ||
		!slices.ContainsFunc(c.Action.Rooms(), func(r moderation.Room) bool { return !r.Kind.BotEnds(media[0]) }) ||
		c.Counts[moderation.Accepted]+c.Counts[moderation.Unknown] == 0 {
		return nil
	}
	if _, restricts := c.moves(); !restricts {
		return nil
	}
	return t.queue(c.No, moderation.NewJob{
		Key:   "showend:" + itoa(c.No) + ":" + itoa(millis(c.Until)),
		Queue: moderation.QueueTimer, Kind: moderation.JobShowEnd, RunAt: c.Until, Payload: []byte("{}"),
	})
}

// ShowEnd records the end of a case: it marks an expired case as ended, unless it has ended before.
// One that another case continues was superseded by it. Its error is the database's.
func (s *Store) ShowEnd(ctx context.Context, j moderation.Job) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.finish(j); err != nil {
			return err
		}
		c, err := loadCase(t, j.Case)
		if err != nil {
			return err
		}
		if c.State != moderation.Done || c.Ended != "" || c.Until.IsZero() || c.Until.After(t.clock) {
			return nil
		}
		var extended int
		if err := t.one(`SELECT COUNT(*) FROM cases WHERE of_no = ? AND of_no > 0 AND rel = ? AND accepted > 0 AND ended <> 'undone'`,
			c.No, string(moderation.RelExtend))(&extended); err != nil {
			return err
		}
		c.Ended, c.EndedAt = moderation.Lifted, c.Until
		if extended > 0 {
			c.Ended = string(moderation.Superseded)
		}
		return t.caseChanged(c)
	})
}
