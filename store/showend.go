package store

import (
	"context"
	"strconv"

	"bouncer/moderation"
)

// showEndLater has a card say that its restriction ended, at the time at which
// the vendor ends it. What the bot ends says so by its lift.
func (t *tx) showEndLater(c *caseRow) error {
	media, err := c.media()
	if err != nil || len(media) == 0 || botEnds(media[0]) || c.until <= t.now ||
		c.counts[moderation.Accepted]+c.counts[moderation.Unknown] == 0 {
		return err
	}
	if _, restricts := c.moves(); !restricts {
		return nil
	}
	return t.queue(c.no, moderation.NewJob{
		Key:   "showend:" + strconv.FormatInt(c.no, 10) + ":" + strconv.FormatInt(c.until, 10),
		Queue: moderation.QueueTimer, Kind: moderation.JobShowEnd, RunAt: moment(c.until), Payload: []byte("{}"),
	})
}

// ShowEnd marks a case as ended whose time is over and that nothing has ended
// before. One that another case goes on with was superseded by it.
func (s *Store) ShowEnd(ctx context.Context, j moderation.Job) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.finish(j); err != nil {
			return err
		}
		c, err := loadCase(t, j.Case)
		if err != nil {
			return err
		}
		if c.state != moderation.Done || c.ended != "" || c.until == 0 || c.until > t.now {
			return nil
		}
		var extended int
		if err := t.one(`SELECT COUNT(*) FROM cases WHERE of_no = ? AND of_no > 0 AND rel = ? AND accepted > 0 AND ended <> 'undone'`,
			c.no, string(moderation.RelExtend))(&extended); err != nil {
			return err
		}
		c.ended, c.endedAt = moderation.Lifted, c.until
		if extended > 0 {
			c.ended = string(moderation.Superseded)
		}
		return t.changed(c)
	})
}
