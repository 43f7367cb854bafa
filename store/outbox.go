package store

import (
	"context"
	"errors"
	"time"

	"bouncer/moderation"
)

// Ranks of posts in a channel.
const (
	rankWaiting = -1 // cards of cases that wait for a person
	rankButtons = 0  // other cards that are new, or have active buttons
	rankUpdate  = 1
	rankThread  = 2
	rankLine    = 3
	// rankReport is of reports, new and grown: however many there are, what belongs to a case goes
	// before them. moderation.RankSeparate is before it, too.
	rankReport = 5
)

// DueChannels returns the channels in which something is due, without those in skip: a channel that
// waits for its turn may have thousands of posts, and a plain DISTINCT would read them all. There are
// none when a newer version works. Its error is the database's.
func (s *Store) DueChannels(ctx context.Context, skip map[string]bool) (due []moderation.ChannelBacklog, err error) {
	if s.superseded() {
		return nil, nil
	}
	q, now := s.read(ctx), s.now().UnixMilli()
	channels, err := column[string](q, `WITH RECURSIVE c(channel) AS (SELECT MIN(channel) FROM posts WHERE due_at IS NOT NULL
			UNION ALL SELECT (SELECT MIN(p.channel) FROM posts p WHERE p.due_at IS NOT NULL AND p.channel > c.channel) FROM c WHERE c.channel IS NOT NULL)
		SELECT channel FROM c WHERE channel IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	for _, channel := range channels {
		if skip[channel] {
			continue
		}
		d := moderation.ChannelBacklog{Channel: channel}
		if err := q.one(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN kind = 'line' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN kind = 'report' THEN 1 ELSE 0 END), 0),
				COALESCE(MIN(CASE WHEN kind <> 'report' THEN due_at END), 0), COALESCE(MIN(CASE WHEN kind = 'line' THEN due_at END), 0),
				COALESCE(MIN(CASE WHEN kind = 'report' THEN due_at END), 0)
			FROM posts WHERE channel = ? AND due_at IS NOT NULL AND due_at <= ? AND leased_until <= ?`, channel, now, now)(
			&d.Posts, &d.Lines, &d.Reports, asTime(&d.Oldest), asTime(&d.OldestLine), asTime(&d.OldestReport)); err != nil {
			return nil, err
		}
		if d.Posts > 0 {
			due = append(due, d)
		}
	}
	return due, nil
}

const postColumns = `p.id, p.key, p.kind, p.channel, p.case_no, p.rank, COALESCE(p.due_at, 0), p.wanted, p.posted, p.ts,
	p.folded, CASE WHEN p.kind = 'thread' THEN COALESCE(c.card_ts, '') ELSE '' END, p.attempt + p.sending, p.entry_kind, NULLIF(p.body, ''), p.count, p.at, p.generation, p.lease
	FROM posts p LEFT JOIN cases c ON c.no = p.case_no`

func postFields(p *moderation.Post) []any {
	return []any{
		&p.ID, &p.Key, &p.Kind, &p.Channel, &p.Case, &p.Rank, asTime(&p.Due), &p.Wanted, &p.Posted, &p.TS,
		&p.Folded, &p.Parent, &p.Attempt, &p.EntryKind, (*[]byte)(&p.Body), &p.Count, asTime(&p.At), &p.Generation, &p.Lease,
	}
}

// DuePosts returns up to n due posts of a kind in a channel by rank, then due; kind "" for all.
// Threads whose card is not posted are left out. The posts are leased for LeaseTime: not returned
// again within it. One whose lease ended while it was sent counts as an attempt whose answer was
// lost. Its error is the database's.
func (s *Store) DuePosts(ctx context.Context, channel string, kind moderation.PostKind, n int) ([]moderation.Post, error) {
	var posts []moderation.Post
	err := s.write(ctx, func(t *tx) (err error) {
		if may, err := t.mayWork(); err != nil || !may {
			posts = nil
			return err
		}
		if posts, err = rows(t, `SELECT `+postColumns+` WHERE p.channel = ? AND p.due_at IS NOT NULL AND p.due_at <= ? AND p.leased_until <= ?
			AND (? = '' OR p.kind = ?) ORDER BY p.rank, p.due_at, p.id`+limited,
			[]any{channel, t.now, t.now, string(kind), string(kind), n}, postFields); err != nil {
			return err
		}
		for i, p := range posts {
			posts[i].Lease++
			if err := t.run(`UPDATE posts SET leased_until = ?, attempt = attempt + sending, sending = 1, lease = ? WHERE id = ?`,
				t.now+moderation.LeaseTime.Milliseconds(), posts[i].Lease, p.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return posts, nil
}

// RenewPosts keeps posts leased for another time, before they are sent. ErrLeaseLost means that
// another process may send one of them now, or that one was sent.
func (s *Store) RenewPosts(ctx context.Context, within time.Duration, posts ...moderation.Post) error {
	return s.write(ctx, func(t *tx) error {
		for _, p := range posts {
			n, err := t.exec(`UPDATE posts SET leased_until = ? WHERE id = ? AND channel = ? AND lease = ? AND sending = 1 AND due_at IS NOT NULL`,
				t.now+within.Milliseconds(), p.ID, p.Channel, p.Lease)
			if err != nil {
				return err
			}
			if n == 0 {
				return moderation.ErrLeaseLost
			}
		}
		return nil
	})
}

// MarkPosted records that a message shows posts as of their Wanted. A post that changed since is
// due again, a report that only grew after a delay. A card's place is written to its case. One that
// another process leased meanwhile is that one's; if the message may show an older version now, it is
// due again. Its error is the database's.
func (s *Store) MarkPosted(ctx context.Context, at moderation.Posted, folded bool, posts ...moderation.Post) error {
	return s.write(ctx, func(t *tx) error {
		for _, p := range posts {
			again, err := t.dueAgain(p)
			if err != nil {
				return err
			}
			// Only a message in the channel where the post still belongs: it may have been moved
			// while this one was sent.
			n, err := t.exec(`UPDATE posts SET ts = ?, folded = ?, posted = ?, leased_until = 0, sending = 0, attempt = 0,
					due_at = CASE WHEN wanted > ? THEN CAST(? AS BIGINT) END
				WHERE id = ? AND channel = ? AND lease = ?`, at.TS, flag(folded), p.Wanted, p.Wanted, again, p.ID, at.Channel, p.Lease)
			if err != nil {
				return err
			}
			t.posts = true
			if n == 0 {
				if err := t.showAgain(at, p); err != nil {
					return err
				}
			}
			if n == 0 || p.Kind != moderation.PostCard {
				continue
			}
			if err := t.cardPosted(p.Case, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// showAgain makes a post due whose message a late update may have changed to an older version.
func (t *tx) showAgain(at moderation.Posted, p moderation.Post) error {
	err := t.run(`UPDATE posts SET due_at = ? WHERE id = ? AND channel = ? AND ts = ? AND ts <> '' AND due_at IS NULL AND posted > ?`,
		t.now, p.ID, at.Channel, at.TS, p.Wanted)
	return err
}

// cardPosted writes a card's place to its case; its thread becomes due.
func (t *tx) cardPosted(no int64, at moderation.Posted) error {
	if err := t.run(`UPDATE cases SET card_channel = ?, card_ts = ? WHERE no = ?`, at.Channel, at.TS, no); err != nil {
		return err
	}
	err := t.run(`UPDATE posts SET channel = ?, due_at = ? WHERE key = ? AND wanted > posted AND due_at IS NULL`,
		at.Channel, t.now, threadKey(no))
	return err
}

// RetryPosts releases posts that the caller still leases, to be tried again after the wait. Their
// due time stays: it shows how far behind the queue is, and keeps their order. Its error is the
// database's.
func (s *Store) RetryPosts(ctx context.Context, wait time.Duration, failed bool, posts ...moderation.Post) error {
	return s.write(ctx, func(t *tx) error {
		for _, p := range posts {
			if err := t.run(`UPDATE posts SET leased_until = ?, sending = 0, attempt = attempt + ? WHERE id = ? AND lease = ? AND due_at IS NOT NULL`,
				t.now+ceilMillis(wait), flag(failed), p.ID, p.Lease); err != nil {
				return err
			}
		}
		t.posts = true
		return nil
	})
}

// MarkPostGone records that the message of these posts was deleted, or cannot be updated: they are
// due again, as a message of a new generation. With a card its thread is gone too, and is posted
// again with the card. Its error is the database's.
func (s *Store) MarkPostGone(ctx context.Context, posts ...moderation.Post) error {
	return s.write(ctx, func(t *tx) error {
		t.posts = true
		for _, p := range posts {
			rank, err := t.newRank(p)
			if err != nil {
				return err
			}
			n, err := t.exec(`UPDATE posts SET ts = '', folded = 0, posted = 0, attempt = 0, leased_until = 0, sending = 0, due_at = ?,
					rank = ?, generation = generation + 1
				WHERE id = ? AND channel = ? AND ts = ? AND lease = ?`, t.now, rank, p.ID, p.Channel, p.TS, p.Lease)
			if err != nil {
				return err
			}
			if n == 0 || p.Kind != moderation.PostCard {
				continue
			}
			if err := t.run(`UPDATE cases SET card_ts = '' WHERE no = ?`, p.Case); err != nil {
				return err
			}
			if err := t.deferThread(p.Case, p.Channel); err != nil {
				return err
			}
		}
		return nil
	})
}

// newRank returns the rank of a post that is posted again: a card that waits for a person goes
// first.
func (t *tx) newRank(p moderation.Post) (int, error) {
	if p.Kind != moderation.PostCard {
		return p.Rank, nil
	}
	c, err := loadCase(t, p.Case)
	if err != nil {
		return 0, err
	}
	return cardRank(c, rankButtons), nil
}

// deferThread makes a thread wait until its card is posted.
func (t *tx) deferThread(no int64, channel string) error {
	err := t.run(`UPDATE posts SET channel = ?, ts = '', folded = 0, posted = 0, attempt = 0, leased_until = 0, sending = 0, due_at = NULL,
		generation = generation + 1 WHERE key = ?`, channel, threadKey(no))
	return err
}

// MoveCard moves a case's card and thread to another channel, and writes a Change with it (to
// inform the requester). Its error is the database's.
func (s *Store) MoveCard(ctx context.Context, no int64, channel string, c moderation.Change) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE cases SET card_channel = ?, card_ts = '' WHERE no = ?`, channel, no)
		if err != nil {
			return err
		}
		if n == 0 {
			return moderation.ErrNotFound
		}
		rank, err := t.newRank(moderation.Post{Kind: moderation.PostCard, Case: no})
		if err != nil {
			return err
		}
		if err := t.run(`UPDATE posts SET channel = ?, ts = '', folded = 0, posted = 0, attempt = 0, leased_until = 0, sending = 0, rank = ?, due_at = ?,
			generation = generation + 1 WHERE key = ?`, channel, rank, t.now, cardKey(no)); err != nil {
			return err
		}
		if err := t.deferThread(no, channel); err != nil {
			return err
		}
		t.posts = true
		return t.change(c)
	})
}

// PostsIn returns the posts that share one message (folded cards). Its error is the database's.
func (s *Store) PostsIn(ctx context.Context, at moderation.Posted) ([]moderation.Post, error) {
	if at.TS == "" {
		return nil, nil
	}
	return rows(s.read(ctx), `SELECT `+postColumns+` WHERE p.channel = ? AND p.ts = ? AND p.ts <> '' ORDER BY p.id`, []any{at.Channel, at.TS}, postFields)
}

// PostsWake returns a channel that gets a token whenever a post became due at once. It is never
// closed.
func (s *Store) PostsWake() <-chan struct{} { return s.posts }

// newPosts queues the card and the thread of a case, for a channel.
func (t *tx) newPosts(c *storedCase, channel string) error {
	if channel == "" {
		return nil
	}
	t.posts = true
	due := any(t.now + t.s.cfg.Timing.CardDelay.Milliseconds())
	if err := t.run(insertPost, t.next(seqPosts), t.s.app, c.Team, cardKey(c.No), string(moderation.PostCard), channel,
		c.No, cardRank(c, rankButtons), due, c.Version, "", "", 0, t.now); err != nil {
		return err
	}
	err := t.run(insertPost, t.next(seqPosts), t.s.app, c.Team, threadKey(c.No), string(moderation.PostThread), channel,
		c.No, rankThread, nil, c.lastEntry, "", "", 0, t.now)
	return err
}

// cardDue makes a case's card due in its present state: at once when the case is done or the card
// is already posted, else when it was to be posted anyway.
func (t *tx) cardDue(c *storedCase) error {
	err := t.run(`UPDATE posts SET wanted = ?, rank = CASE WHEN ts = '' THEN CAST(? AS BIGINT) ELSE ? END,
			due_at = CASE WHEN ts <> '' OR ? = 1 THEN CAST(? AS BIGINT) ELSE due_at END
		WHERE key = ?`, c.Version, cardRank(c, rankButtons), cardRank(c, rankUpdate), flag(c.State == moderation.Done), t.now, cardKey(c.No))
	t.posts = true
	return err
}

// cardRank returns the rank of a case's card, or other where the card waits for no person and has
// no active buttons.
func cardRank(c *storedCase, other int) int {
	switch {
	case c.State == moderation.AwaitingConfirmation || c.State == moderation.AwaitingApproval:
		return rankWaiting
	case c.State == moderation.Done && c.Counts[moderation.Unknown] > 0:
		return rankButtons
	}
	return other
}

// threadDue makes the thread of a case due for its newest entry, once its card is posted.
func (t *tx) threadDue(no, entry int64) error {
	t.posts = true
	err := t.run(`UPDATE posts SET wanted = ?,
			due_at = CASE WHEN EXISTS (SELECT 1 FROM cases WHERE no = ? AND card_ts <> '') THEN CAST(? AS BIGINT) END
		WHERE key = ?`, entry, no, t.now, threadKey(no))
	return err
}

// caseLine queues the line for a case's end. A case that ends a second time, after "try again",
// gets a second one.
func (t *tx) caseLine(c *storedCase) error {
	if c.auditChannel == "" {
		return nil
	}
	kind := moderation.EntryDone
	if c.Override != nil {
		// A line that was to be posted at once is replaced by this one, if it was not posted yet.
		n, err := t.exec(`DELETE FROM posts WHERE key = ? AND ts = '' AND leased_until <= ?`, overrideKey(c.No), t.now)
		if err != nil {
			return err
		}
		if n > 0 {
			kind = moderation.EntryOverride
		}
	}
	key := lineKey(c.No)
	var ts string
	err := t.one(`SELECT ts FROM posts WHERE key = ?`, key)(&ts)
	switch {
	case err == nil && ts == "":
		return nil // it is rendered from the case when it is posted
	case err == nil:
		key += ":" + itoa(c.Version)
	case !errors.Is(err, moderation.ErrNotFound):
		return err
	}
	t.posts = true
	err = t.run(insertPost, t.next(seqPosts), t.s.app, c.Team, key, string(moderation.PostLine), c.auditChannel,
		c.No, rankLine, t.now, 1, string(kind), "", 1, t.now)
	return err
}

func cardKey(no int64) string     { return "card:" + itoa(no) }
func threadKey(no int64) string   { return "thread:" + itoa(no) }
func overrideKey(no int64) string { return "glass:" + itoa(no) }
func lineKey(no int64) string     { return "line:" + itoa(no) }
