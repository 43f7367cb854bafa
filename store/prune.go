package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bouncer/moderation"
)

// A pruned log starts after an anchor: the number and hash of the last entry that was cut off. The
// entry that records the prune contains it, so the chain proves it like everything else. A row of
// meta repeats it for reads; Verify compares the two.

// Anchor is the last entry that was cut off the log; zero when none was.
type Anchor struct {
	moderation.PrunedLog
	At time.Time `json:"at"`
}

const anchorRow = "pruned"

// anchorOf reads the anchor.
func anchorOf(q querier) (a Anchor, err error) {
	err = q.one(`SELECT value FROM meta WHERE name = ?`, anchorRow)(asJSON(&a))
	if errors.Is(err, moderation.ErrNotFound) {
		err = nil
	}
	return a, err
}

// Anchor returns the last entry that was cut off the log; zero for none. Its error is the database's.
func (s *Store) Anchor(ctx context.Context) (Anchor, error) { return anchorOf(s.read(ctx)) }

// pruneBatch is how many entries one transaction deletes, or erases the bodies of.
const pruneBatch = 200

// Prune cuts off the sealed entries before a time, and returns the new anchor. The prune is an
// entry itself. Nothing is cut, and the error is one sentence, when an entry of that range was not
// exported, is not behind the published head, or belongs to a case that is not over: one that is
// open, that restricts people or did so before without a break, that has an end, other work or
// messages ahead, or that waits for a review.
func (s *Store) Prune(ctx context.Context, before time.Time, by moderation.Actor) (Anchor, error) {
	var anchor Anchor
	err := s.write(ctx, func(t *tx) (err error) {
		if err := t.sealAll(false); err != nil {
			return err
		}
		anchor, err = t.prune(before, by)
		return err
	})
	if err != nil {
		return Anchor{}, err
	}
	return anchor, s.deletePruned(ctx)
}

func (t *tx) prune(before time.Time, by moderation.Actor) (Anchor, error) {
	old, err := anchorOf(t)
	if err != nil {
		return old, err
	}
	head, err := headOf(t)
	if err != nil {
		return old, err
	}
	cut := moderation.PrunedLog{}
	if cut.Number, err = lastOlder(t, old.Number, head.Number, before, t.clock); err != nil {
		return old, err
	}
	if cut.Number == old.Number {
		return old, fmt.Errorf("nothing was pruned: no entry of the log is older than %s", before.Format(time.RFC3339))
	}
	if err := t.checkPrunable(cut.Number); err != nil {
		return old, err
	}
	if err := t.one(`SELECT id, hash FROM entries WHERE number = ?`, cut.Number)(&cut.Entry, &cut.Hash); err != nil {
		return old, err
	}
	if err := t.one(`SELECT COALESCE(MAX(case_no), 0) FROM entries WHERE number <= ?`, cut.Number)(&cut.Cases); err != nil {
		return old, err
	}
	cut.Cases = max(cut.Cases, old.Cases)
	anchor := Anchor{PrunedLog: cut, At: t.clock.UTC()}
	if err := t.recordPrune(cut, by, int(cut.Number-old.Number)); err != nil {
		return old, err
	}
	return anchor, t.setMeta(anchorRow, anchor)
}

// recordPrune writes the entry of a prune and seals it: an unsealed one that is found later is
// forged.
func (t *tx) recordPrune(p moderation.PrunedLog, by moderation.Actor, entries int) error {
	if _, err := t.entry(0, moderation.EntryPruned, moderation.Body{Actor: &by, Count: entries, Pruned: &p}, ""); err != nil {
		return err
	}
	return t.sealAll(true)
}

// sealAll seals all entries.
func (t *tx) sealAll(erasing bool) error {
	for n := sealBatch; n == sealBatch; {
		var err error
		if n, _, err = t.seal(erasing); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) setMeta(name string, v any) error {
	err := t.run(`INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, asJSON(v))
	return err
}

// checkPrunable returns why the entries up to a number cannot be cut.
func (t *tx) checkPrunable(upTo int64) error {
	exported, err := t.exported()
	switch {
	case err != nil:
		return err
	case exported == 0:
		return fmt.Errorf("nothing was pruned: entries up to %d would be cut, and none was exported: run bouncer audit export -o FILE first", upTo)
	case exported < upTo:
		return fmt.Errorf("nothing was pruned: entries up to %d would be cut, and only those up to %d were exported: run bouncer audit export -o FILE first", upTo, exported)
	}
	published, err := t.s.SavedPublishedHead(t.w.ctx)
	if err == nil {
		err = moderation.CheckPublishedHead(t.w.ctx, t.s, published)
	}
	switch {
	case err != nil:
		return fmt.Errorf("nothing was pruned: %w", err)
	case published.Number == 0:
		return fmt.Errorf("nothing was pruned: entries up to %d would be cut, and no head of the log was published yet: start the bot, which publishes it with each message in the audit channel", upTo)
	case published.Number <= upTo: // the published entry remains, so that a start can compare it
		return fmt.Errorf("nothing was pruned: entries up to %d would be cut, and the last published head is entry %d: name an earlier date", upTo, published.Number)
	}
	live, err := t.s.liveCases(t)
	if err != nil {
		return err
	}
	type first struct{ no, number int64 }
	of, err := rows(t, `SELECT case_no, MIN(number) FROM entries WHERE number > 0 AND number <= ? AND case_no > 0 GROUP BY case_no ORDER BY case_no`,
		[]any{upTo}, func(f *first) []any { return []any{&f.no, &f.number} })
	for _, f := range of {
		if why := live[f.no]; why != "" {
			return fmt.Errorf("nothing was pruned: entry %d belongs to case %d, which %s: let it end first, or name an earlier date", f.number, f.no, why)
		}
	}
	return err
}

// exported returns up to which entry of this log was exported; 0 for none.
func (t *tx) exported() (int64, error) {
	e, err := exportedOf(t)
	if err != nil || e.Number == 0 {
		return 0, err
	}
	anchor, err := anchorOf(t)
	if err != nil {
		return 0, err
	}
	hash, err := t.s.hashAt(t, anchor, e.Number)
	if errors.Is(err, moderation.ErrNotFound) || err == nil && hash != e.Hash { // of a log that was replaced since
		return 0, nil
	}
	return e.Number, err
}

// liveCases returns the cases whose entries must stay, with the reason.
func (s *Store) liveCases(q querier) (map[int64]string, error) {
	live := make(map[int64]string)
	for _, k := range []struct {
		why, query string
		args       []any
	}{
		{"waits for a review", `SELECT case_no FROM reviews WHERE app = ? AND state <> 'reviewed'`, []any{s.app}},
		{"has work ahead", `SELECT DISTINCT case_no FROM jobs WHERE done_at IS NULL AND case_no > 0`, nil},
		{"has messages that wait for Slack", `SELECT DISTINCT case_no FROM posts WHERE due_at IS NOT NULL AND case_no > 0`, nil},
		{"has not ended", `SELECT no FROM cases WHERE app = ? AND state <> 'done'`, []any{s.app}},
	} {
		nos, err := column[int64](q, k.query, k.args...)
		if err != nil {
			return nil, err
		}
		for _, no := range nos {
			live[no] = k.why
		}
	}
	places, err := s.recordsInForce(q, `a.app = ?`, s.app)
	for _, p := range places {
		for _, m := range p.media() {
			timeline := p.timeline(m)
			st := timeline.InForce(s.now())
			if !st.Restricts {
				continue
			}
			live[st.Case] = "restricts people"
			for _, part := range timeline.Term(s.now()).Parts { // also what it continues or covers
				live[part.Case] = "restricts people"
			}
		}
	}
	return live, err
}

// deletePruned deletes what is before the anchor, in small transactions. A prune that was
// interrupted is continued by the next Seal.
func (s *Store) deletePruned(ctx context.Context) error {
	anchor, err := anchorOf(s.read(ctx))
	if err != nil || anchor.Number == 0 {
		return err
	}
	for {
		var first int64
		if err := s.read(ctx).one(`SELECT COALESCE(MIN(number), 0) FROM entries`)(&first); err != nil || first == 0 || first > anchor.Number {
			return err
		}
		if err := s.write(ctx, func(t *tx) error {
			for _, q := range []string{
				`DELETE FROM bodies WHERE entry_id IN (SELECT id FROM entries WHERE number <= ? ORDER BY number LIMIT ?)`,
				`DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE number <= ? ORDER BY number LIMIT ?)`,
			} {
				if err := t.run(q, anchor.Number, pruneBatch); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
}

// notPruned returns those of a case's entries that still say something, and when others were cut
// off or erased because of their age; zero when none was.
func notPruned(q querier, no int64, entries []moderation.Entry) (at time.Time, rest []moderation.Entry, err error) {
	anchor, err := anchorOf(q)
	if err != nil {
		return at, entries, err
	}
	if no <= anchor.Cases && !slices.ContainsFunc(entries, func(e moderation.Entry) bool { return e.Kind == moderation.EntryOpened }) {
		at = anchor.At
	}
	rest = slices.DeleteFunc(entries, func(e moderation.Entry) bool { return string(e.Body) == retainedBody })
	if len(rest) == len(entries) || !at.IsZero() {
		return at, rest, nil
	}
	r, err := retentionOf(q)
	return r.At, rest, err
}
