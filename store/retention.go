package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"bouncer/moderation"
)

// retainedBody replaces a body that Config.Retention erased. The entry stays in the chain with its
// number, time, case, kind and hashes.
const retainedBody = `{"content_erased":true}`

// retentionEvery is how often older bodies become due.
const retentionEvery = 24 * time.Hour

const retentionRow = "retention"

// retention is how far Config.Retention has come.
type retention struct {
	// Number is the entry up to which bodies are erased, Cursor up to which they were.
	Number int64     `json:"number"`
	Cursor int64     `json:"cursor"`
	At     time.Time `json:"at"`
}

func retentionOf(q querier) (r retention, err error) {
	err = q.one(`SELECT value FROM meta WHERE name = ?`, retentionRow)(asJSON(&r))
	if errors.Is(err, moderation.ErrNotFound) {
		err = nil
	}
	return r, err
}

// due reports whether it is time to look how far bodies are older. A last time in the future is that
// of a clock that was wrong.
func (r retention) due(now time.Time) bool {
	since := now.Sub(r.At)
	return since >= retentionEvery || since < 0
}

// retain erases the bodies of entries that are older than Config.Retention, a batch at a time. Once
// a day it looks how far: as Prune, no further than what was exported and published. An entry of
// the log says so before the first body is erased. Bodies of cases that are not over stay until
// they are.
func (s *Store) retain(ctx context.Context) error {
	if s.cfg.Retention <= 0 {
		return nil
	}
	r, err := retentionOf(s.read(ctx))
	if err != nil {
		return err
	}
	if r.due(s.now()) {
		if err := s.write(ctx, func(t *tx) (err error) {
			if r, err = retentionOf(t); err != nil || !r.due(t.clock) { // another replica may have done it
				return err
			}
			if err := t.extendRetention(&r); err != nil {
				return err
			}
			return t.setMeta(retentionRow, r)
		}); err != nil {
			return err
		}
	}
	if r.Cursor >= r.Number {
		return nil
	}
	return s.eraseBodies(ctx, r)
}

// extendRetention moves the entry up to which bodies are erased.
func (t *tx) extendRetention(r *retention) error {
	anchor, err := anchorOf(t)
	if err != nil {
		return err
	}
	head, err := headOf(t)
	if err != nil {
		return err
	}
	r.At, r.Cursor = t.clock.UTC(), anchor.Number
	due, err := lastOlder(t, max(r.Number, anchor.Number), head.Number, t.clock.Add(-t.s.cfg.Retention), t.clock)
	if err != nil || due <= r.Number {
		return err
	}
	exported, err := t.exported()
	if err != nil {
		return err
	}
	published, err := t.s.SavedPublishedHead(t.w.ctx)
	if err != nil {
		return err
	}
	upTo := min(due, exported, published.Number)
	if upTo < due {
		t.s.cfg.Logger.Warn("RETENTION: older entries keep their bodies until they are exported and published: run bouncer audit export -o FILE",
			"older", due, "exported", exported, "published", published.Number)
	}
	if upTo <= r.Number {
		return nil
	}
	if err := t.sealAll(false); err != nil {
		return err
	}
	n := int(upTo - max(r.Number, anchor.Number))
	r.Number = upTo
	return t.recordPrune(moderation.PrunedLog{Number: upTo, Bodies: true}, moderation.Actor{Kind: moderation.ActorSystem}, n)
}

// eraseBodies erases the next bodies. Which cases are over is read before the transaction: of many
// cases that takes longer than other writes should wait.
func (s *Store) eraseBodies(ctx context.Context, r retention) error {
	type old struct {
		number, id, no int64
		kind           moderation.EntryKind
		body           string
	}
	q := s.read(ctx)
	page, err := rows(q, `SELECT e.number, e.id, e.case_no, e.kind, b.body FROM entries e JOIN bodies b ON b.entry_id = e.id
		WHERE e.number > ? AND e.number <= ? ORDER BY e.number`+limited, []any{r.Cursor, r.Number, pruneBatch}, func(o *old) []any {
		return []any{&o.number, &o.id, &o.no, &o.kind, &o.body}
	})
	if err != nil {
		return err
	}
	next := r
	if next.Cursor = r.Number; len(page) == pruneBatch {
		next.Cursor = page[len(page)-1].number
	}
	page = slices.DeleteFunc(page, func(o old) bool { return o.body == retainedBody || provesOthers(o.kind) })
	if len(page) > 0 {
		live, err := s.liveCases(q)
		if err != nil {
			return err
		}
		page = slices.DeleteFunc(page, func(o old) bool { return live[o.no] != "" })
	}
	return s.write(ctx, func(t *tx) error {
		if now, err := retentionOf(t); err != nil || now.Number != r.Number || now.Cursor != r.Cursor { // another replica did it
			return err
		}
		for _, o := range page {
			if err := t.run(`UPDATE bodies SET salt = '', body = ? WHERE entry_id = ?`, retainedBody, o.id); err != nil {
				return err
			}
		}
		return t.setMeta(retentionRow, next)
	})
}

// provesOthers reports whether a body is needed to verify other entries.
func provesOthers(kind moderation.EntryKind) bool {
	return kind == moderation.EntryErased || kind == moderation.EntryPruned || kind == moderation.EntryForged
}
