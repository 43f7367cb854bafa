package store

import (
	"context"
	"time"

	"bouncer/moderation"
)

// How long rows are kept that are no longer needed.
const (
	jobKeyLife    = 7 * 24 * time.Hour  // finished jobs: to recognize a repeated delivery
	lineLife      = 7 * 24 * time.Hour  // posted lines that are no case's
	usedDraftLife = 24 * time.Hour      // used drafts: a second click finds the case
	actedLife     = 25 * time.Hour      // people acted on: no limit counts further back
	reportIDLife  = 7 * 24 * time.Hour  // ids of reports: to recognize a repeat
	reportLife    = 90 * 24 * time.Hour // decided and dismissed reports
	batch         = 200                 // rows that one transaction deletes
)

// tidy does what is due by the clock alone, in small transactions: entries of counted refusals
// whose minute is over, expired secrets, rows that are no longer needed. All of it is derived from
// rows, so it is never lost with a process. When nothing is due it costs one read each.
func (s *Store) tidy(ctx context.Context) error {
	now := s.now()
	var minutes int
	if err := s.read(ctx).one(`SELECT COUNT(*) FROM refusals WHERE minute < ?`, now.UnixMilli()/minute)(&minutes); err != nil {
		return err
	}
	if minutes > 0 {
		if err := s.write(ctx, (*tx).foldRefusals); err != nil {
			return err
		}
	}
	for _, d := range noLongerNeeded(now) {
		var due int
		if err := s.read(ctx).one(d.look, d.before)(&due); err != nil {
			return err
		}
		for n := int64(batch); due > 0 && n == batch; {
			if err := s.write(ctx, func(t *tx) (err error) {
				n, err = t.exec(d.do, d.before, batch)
				return err
			}); err != nil {
				return err
			}
		}
	}
	if err := s.deletePruned(ctx); err != nil {
		return err
	}
	return s.retain(ctx)
}

// unneeded are rows that are no longer needed: whether there are any, and how they go. before is the
// time that both take. Each look is ordered, so that a server that does not know that nothing is due
// uses the index and not the whole table.
type unneeded struct {
	look, do string
	before   int64
}

func noLongerNeeded(now time.Time) []unneeded {
	ago := func(d time.Duration) int64 { return now.Add(-d).UnixMilli() }
	return []unneeded{
		{`SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE reply_url <> '' AND queued_at < ? ORDER BY queued_at LIMIT 1) AS x`,
			`UPDATE jobs SET reply_url = '' WHERE id IN (SELECT id FROM jobs WHERE reply_url <> '' AND queued_at < ? ORDER BY queued_at LIMIT ?)`,
			ago(moderation.ReplyLifetime)},
		{`SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE done_at IS NOT NULL AND done_at < ? ORDER BY done_at LIMIT 1) AS x`,
			`DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE done_at IS NOT NULL AND done_at < ? ORDER BY done_at LIMIT ?)`, ago(jobKeyLife)},
		{`SELECT COUNT(*) FROM (SELECT id FROM posts WHERE kind = 'line' AND body <> '' AND folded = 0 AND due_at IS NULL AND at < ? ORDER BY at LIMIT 1) AS x`,
			`DELETE FROM posts WHERE id IN (SELECT id FROM posts WHERE kind = 'line' AND body <> '' AND folded = 0 AND due_at IS NULL AND at < ? ORDER BY at LIMIT ?)`, ago(lineLife)},
		{`SELECT COUNT(*) FROM (SELECT at FROM acted WHERE at < ? ORDER BY at LIMIT 1) AS x`,
			`DELETE FROM acted WHERE (app, person, verb, target) IN (SELECT app, person, verb, target FROM acted WHERE at < ? ORDER BY at LIMIT ?)`, ago(actedLife)},
		{`SELECT COUNT(*) FROM (SELECT token FROM drafts WHERE expires_at < ? ORDER BY expires_at LIMIT 1) AS x`,
			`DELETE FROM drafts WHERE token IN (SELECT token FROM drafts WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`, ago(usedDraftLife)},
		{`SELECT COUNT(*) FROM (SELECT token FROM lists WHERE expires_at < ? ORDER BY expires_at LIMIT 1) AS x`,
			`DELETE FROM lists WHERE token IN (SELECT token FROM lists WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`, ago(0)},
		{`SELECT COUNT(*) FROM (SELECT token FROM quotes WHERE expires_at < ? ORDER BY expires_at LIMIT 1) AS x`,
			`DELETE FROM quotes WHERE token IN (SELECT token FROM quotes WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`, ago(0)},
		{`SELECT COUNT(*) FROM (SELECT token FROM enquiries WHERE expires_at < ? ORDER BY expires_at LIMIT 1) AS x`,
			`DELETE FROM enquiries WHERE token IN (SELECT token FROM enquiries WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`, ago(0)},
		{`SELECT COUNT(*) FROM (SELECT at FROM report_ids WHERE at < ? ORDER BY at LIMIT 1) AS x`,
			`DELETE FROM report_ids WHERE (app, id) IN (SELECT app, id FROM report_ids WHERE at < ? ORDER BY at LIMIT ?)`, ago(reportIDLife)},
		{`SELECT COUNT(*) FROM (SELECT token FROM reports WHERE state IN ('decided', 'dismissed') AND last_at < ? ORDER BY last_at LIMIT 1) AS x`,
			`DELETE FROM reports WHERE token IN (SELECT token FROM reports WHERE state IN ('decided', 'dismissed') AND last_at < ? ORDER BY last_at LIMIT ?)`, ago(reportLife)},
		{`SELECT COUNT(*) FROM (SELECT id FROM posts p WHERE ` + reportPostOver + ` ORDER BY at LIMIT 1) AS x`,
			`DELETE FROM posts WHERE id IN (SELECT id FROM posts p WHERE ` + reportPostOver + ` ORDER BY at LIMIT ?)`, ago(reportLife)},
	}
}

// reportPostOver is SQL for the posts of reports that were deleted.
const reportPostOver = `p.kind = 'report' AND p.at < ? AND p.due_at IS NULL AND NOT EXISTS (SELECT 1 FROM reports r WHERE 'report:' || r.token = p.key)`

// Backlog returns how much waits, for metrics. Its error is the database's.
func (s *Store) Backlog(ctx context.Context) (moderation.Backlog, error) {
	b := moderation.Backlog{Jobs: make(map[moderation.Queue]int), Oldest: make(map[moderation.Queue]time.Duration)}
	now := s.now().UnixMilli()
	q := s.read(ctx)
	since := func(ms int64) time.Duration { return time.Duration(max(now-ms, 0)) * time.Millisecond }
	for _, of := range moderation.Queues() { // one by one: what is due later is not read
		var n int
		var oldest int64
		if err := q.one(`SELECT COUNT(*), COALESCE(MIN(run_at), 0) FROM jobs WHERE `+inQueue+` AND done_at IS NULL AND run_at <= ?`, string(of), now)(&n, &oldest); err != nil {
			return b, err
		}
		if n > 0 {
			b.Jobs[of], b.Oldest[of] = n, since(oldest)
		}
	}
	var oldest int64
	if err := q.one(`SELECT COUNT(*), COALESCE(MIN(due_at), ?) FROM posts WHERE due_at IS NOT NULL AND due_at <= ?`, now, now)(&b.Posts, &oldest); err != nil {
		return b, err
	}
	b.OldestPost = since(oldest)
	// A lift is overdue when the end itself has passed, not only its lead.
	if err := q.one(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN due_at < ? THEN 1 ELSE 0 END), 0) FROM jobs
		WHERE `+isEnd, now-s.cfg.Timing.LiftLead.Milliseconds())(&b.Lifts, &b.Overdue); err != nil {
		return b, err
	}
	err := q.one(`SELECT COUNT(*) FROM entries WHERE number IS NULL`)(&b.Unsealed)
	return b, err
}
