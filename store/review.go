package store

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"bouncer/moderation"
)

// Ranks on the review list.
const (
	rankFirst = 0 // flagged, or run without approval
	rankLater = 1
)

// sampleForReview marks a case for review when it is in the share that its hash selects: the inner
// hash of its EntryOpened, whose salt is random. That hash stays in the log, so the selection can
// be verified later.
func (t *tx) sampleForReview(c *storedCase, share float64) error {
	if share <= 0 || c.lastEntry == 0 {
		return nil
	}
	var inner string
	if err := t.one(`SELECT inner_hash FROM entries WHERE id = ?`, c.lastEntry)(&inner); err != nil {
		return err
	}
	if !inShare(inner, share) {
		return nil
	}
	return t.requireReview(c, moderation.ReviewSample)
}

// inShare reports whether a hash, read as a fraction, is below a share.
func inShare(hash string, share float64) bool {
	raw, err := hex.DecodeString(hash)
	if err != nil || len(raw) < 8 {
		return false
	}
	return float64(binary.BigEndian.Uint64(raw)) < share*(1<<64)
}

// requireReview marks a case for review by another person. An overridden case keeps that reason,
// even if it had been sampled before.
func (t *tx) requireReview(c *storedCase, why string) error {
	rank := rankLater
	if why != moderation.ReviewSample {
		rank = rankFirst
	}
	err := t.run(`INSERT INTO reviews (case_no, app, team, state, why, rank, person, at, note) VALUES (?, ?, ?, 'due', ?, ?, '{}', ?, '')
		ON CONFLICT (case_no) DO UPDATE SET why = excluded.why, rank = excluded.rank WHERE reviews.state = 'due' AND reviews.rank > excluded.rank`,
		c.No, c.App, c.Team, why, rank, t.now)
	return err
}

// dropSampledReview removes a sampled case from the review list when it ended without a call:
// there is nothing to review.
func (t *tx) dropSampledReview(c *storedCase) error {
	if c.Counts[moderation.Accepted]+c.Counts[moderation.Failed]+c.Counts[moderation.Unknown] > 0 {
		return nil
	}
	err := t.run(`DELETE FROM reviews WHERE case_no = ? AND state = 'due' AND why = ?`, c.No, moderation.ReviewSample)
	return err
}

// reviewOf returns the state of a case's review.
func reviewOf(q querier, no int64) (moderation.Review, error) {
	r, err := row(q, `SELECT `+reviewColumns+` FROM reviews WHERE case_no = ?`, []any{no}, reviewFields)
	if errors.Is(err, moderation.ErrNotFound) {
		return moderation.Review{}, nil
	}
	return r, err
}

const reviewColumns = `state, why, person, at, note`

func reviewFields(r *moderation.Review) []any {
	return []any{&r.State, &r.Why, asJSON(&r.By), asTime(&r.At), &r.Note}
}

// Review records that a case was reviewed or flagged, in one transaction with its entry, and makes
// card, thread and line due. Case.MayReview is checked on the case as it is then: its *Error is
// returned, and nothing is changed. When the review was already done, or the case still waits to
// run, it returns ErrStale with the case as it is. On success the job is finished.
func (s *Store) Review(ctx context.Context, j moderation.Job, r moderation.ReviewInput) (moderation.Case, error) {
	return s.onCase(ctx, func(t *tx) (*storedCase, error) {
		c, err := t.finishAndLoad(j, r.No)
		if err != nil {
			return nil, err
		}
		as, err := c.full(t)
		if err != nil {
			return nil, err
		}
		if as.Review.State == r.State || !as.Reviewable() {
			return c, moderation.ErrStale
		}
		if r.Body.Actor == nil {
			return nil, fmt.Errorf("a review of case %d without an actor", r.No)
		}
		if no := as.MayReview(*r.Body.Actor); no != nil {
			return nil, no
		}
		if err := t.review(c, as.Review, r); err != nil {
			return nil, err
		}
		if err := t.change(r.Change); err != nil {
			return nil, err
		}
		if err := t.caseChanged(c); err != nil {
			return nil, err
		}
		return c, t.refreshLines(c, r.State)
	})
}

func (t *tx) review(c *storedCase, before moderation.Review, r moderation.ReviewInput) error {
	kind, why, rank := moderation.EntryReviewed, before.Why, rankLater
	if r.State == moderation.ReviewFlagged {
		kind, why, rank = moderation.EntryFlagged, moderation.ReviewFlag, rankFirst
	}
	if err := t.run(`INSERT INTO reviews (case_no, app, team, state, why, rank, person, at, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (case_no) DO UPDATE SET state = excluded.state, why = excluded.why, rank = excluded.rank,
			person = excluded.person, at = excluded.at, note = excluded.note`,
		c.No, c.App, c.Team, string(r.State), why, rank, asJSON(r.Body.Actor), t.now, r.Note); err != nil {
		return err
	}
	return t.caseEntry(c, kind, r.Body)
}

// refreshLines makes a case's lines due. One that was flagged and is in a list gets a further line
// of its own.
func (t *tx) refreshLines(c *storedCase, state moderation.ReviewState) error {
	t.posts = true
	if err := t.run(`UPDATE posts SET wanted = wanted + 1, due_at = CASE WHEN ts <> '' THEN CAST(? AS BIGINT) ELSE due_at END
		WHERE case_no = ? AND kind = 'line' AND body = ''`, t.now, c.No); err != nil {
		return err
	}
	if state != moderation.ReviewFlagged || c.auditChannel == "" {
		return nil
	}
	var folded bool
	err := t.one(`SELECT folded FROM posts WHERE case_no = ? AND kind = 'line' AND body = '' ORDER BY id DESC LIMIT 1`, c.No)(&folded)
	if err != nil && !errors.Is(err, moderation.ErrNotFound) || err == nil && !folded {
		return err
	}
	return t.separateLine(c.No, c.Team, c.auditChannel, lineKey(c.No)+":flag:"+itoa(c.Version), moderation.EntryFlagged)
}

// PostLinesSeparately posts lines that are in a list once more on their own, with rank
// RankSeparate. The same line twice is one. Its error is the database's.
func (s *Store) PostLinesSeparately(ctx context.Context, posts ...moderation.Post) error {
	return s.write(ctx, func(t *tx) error {
		for _, p := range posts {
			if err := t.separateLine(p.Case, t.s.cfg.Team, p.Channel, p.Key+":own", p.EntryKind); err != nil {
				return err
			}
		}
		return nil
	})
}

// separateLine queues a further line that is rendered from its case.
func (t *tx) separateLine(no int64, team, channel, key string, kind moderation.EntryKind) error {
	t.posts = true
	err := t.run(insertPost+` ON CONFLICT (key) DO NOTHING`, t.next(seqPosts), t.s.app, team, key, string(moderation.PostLine), channel,
		no, moderation.RankSeparate, t.now, 1, string(kind), "", 1, t.now)
	return err
}

// PendingReviews returns a page of the cases that wait for review, and how many wait in total:
// flagged and overridden ones first, then the oldest.
func (s *Store) PendingReviews(ctx context.Context, from, n int) (page []moderation.ReviewItem, all int, err error) {
	const due = ` FROM reviews r JOIN cases c ON c.no = r.case_no
		WHERE r.app = ? AND r.state <> 'reviewed' AND (r.rank = 0 OR c.state = 'done')`
	q := s.read(ctx)
	if err := q.one(`SELECT COUNT(*)`+due, s.app)(&all); err != nil {
		return nil, 0, err
	}
	nos, err := column[int64](q, `SELECT r.case_no`+due+` ORDER BY r.rank, r.case_no`+limited+` OFFSET ? + 0`, s.app, n, from)
	if err != nil {
		return nil, 0, err
	}
	for _, no := range nos {
		c, err := s.Case(ctx, no)
		if err != nil {
			return nil, 0, err
		}
		page = append(page, moderation.ReviewItem{Case: c})
	}
	return page, all, nil
}

// SaveLineCases stores which cases an audit message covers, under an opaque token that its button
// carries. The same token twice is one. Its error is the database's.
func (s *Store) SaveLineCases(ctx context.Context, token string, cases []int64) error {
	return s.write(ctx, func(t *tx) error {
		err := t.run(`INSERT INTO line_cases (token, app, team, cases, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (token) DO NOTHING`,
			token, s.app, s.cfg.Team, asJSON(cases), t.now)
		return err
	})
}

// LineCases returns the cases of a token; ErrNotFound when it is unknown.
func (s *Store) LineCases(ctx context.Context, token string) (cases []int64, err error) {
	err = s.read(ctx).one(`SELECT cases FROM line_cases WHERE token = ?`, token)(asJSON(&cases))
	return cases, err
}
