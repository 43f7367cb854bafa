package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"bouncer/moderation"
)

// LogRange selects sealed entries: the numbers from the first to the last entry of a time. Entries
// are numbered in order of commit, so others are among them only where the clock was wrong.
type LogRange struct {
	Since, Until time.Time // zero for no bound; Until is excluded
	// ByCase orders them by case, entries without a case first; otherwise by number.
	ByCase bool
}

// LogExcerpt is what an export contains, and where it belongs in the chain.
type LogExcerpt struct {
	Database string
	App      uint32
	// First and Last are the numbers of its first and last entry; Last is lower than First when it
	// has none.
	First, Last int64
	// Previous is the hash that its first entry is chained to, Hash that of its last entry.
	Previous, Hash string
	// Head is the newest entry of the log, and Unsealed how many are not yet chained.
	Head     moderation.LogHead
	Unsealed int64
}

// LoggedEntry is a sealed entry with what its hash is made of.
type LoggedEntry struct {
	moderation.Entry // its Body is as it is stored
	App              int64
	Team             string
	Salt, Inner      string
}

// Export passes on the sealed entries of a range, and before them what they are, all from one
// snapshot. It keeps no more than one entry in memory. The callbacks must not use the store. Its
// error is the first one of a callback, or the database's.
func (s *Store) Export(ctx context.Context, r LogRange, begin func(LogExcerpt) error, entry func(*LoggedEntry) error) error {
	conn, err := s.reads.BeginTx(ctx, s.dialect.snapshot())
	if err != nil {
		return s.explain(err)
	}
	defer func() { _ = conn.Rollback() }() // nothing was written
	q := plainSQL{ctx, conn, s.dialect}
	x, err := s.excerpt(q, r)
	if err != nil {
		return s.explain(err)
	}
	if err := begin(x); err != nil {
		return err
	}
	number, order := `e.number`, `e.number`
	if r.ByCase {
		number, order = `+e.number`, `e.case_no, e.id` // +: found by the index of the order, so that nothing is sorted
	}
	return s.explain(forEach(q, `SELECT e.id, e.number, e.app, e.team, e.case_no, e.kind, e.at, e.inner_hash, e.hash, b.salt, b.body
		FROM entries e JOIN bodies b ON b.entry_id = e.id WHERE `+number+` BETWEEN ? AND ? ORDER BY `+order, []any{x.First, x.Last},
		func(e *LoggedEntry) []any {
			return []any{&e.ID, &e.Number, &e.App, &e.Team, &e.Case, &e.Kind, asTime(&e.At), &e.Inner, &e.Hash, &e.Salt, (*[]byte)(&e.Body)}
		}, entry))
}

// excerpt finds the entries of a range.
func (s *Store) excerpt(q querier, r LogRange) (x LogExcerpt, err error) {
	anchor, err := anchorOf(q)
	if err != nil {
		return x, err
	}
	x = LogExcerpt{Database: s.id, App: s.cfg.App, First: anchor.Number + 1}
	if x.Head, err = headOf(q); err != nil {
		return x, err
	}
	if err := q.one(`SELECT COUNT(*) FROM entries WHERE number IS NULL`)(&x.Unsealed); err != nil {
		return x, err
	}
	x.Last = x.Head.Number
	if !r.Since.IsZero() {
		x.First, err = numberOr(q, x.Head.Number+1, `at >= ? ORDER BY number`, anchor.Number, millis(r.Since))
		if err != nil {
			return x, err
		}
	}
	if !r.Until.IsZero() {
		if x.Last, err = numberOr(q, anchor.Number, `at < ? ORDER BY number DESC`, anchor.Number, millis(r.Until)); err != nil {
			return x, err
		}
	}
	if x.Previous, err = s.hashAt(q, anchor, x.First-1); err != nil {
		return x, err
	}
	x.Hash = x.Previous
	if x.Last >= x.First {
		x.Hash, err = s.hashAt(q, anchor, x.Last)
	}
	return x, err
}

// numberOr returns the number of the first entry after another that a condition selects, in the
// order that it names; none where there is no such entry.
func numberOr(q querier, none int64, cond string, after int64, args ...any) (n int64, err error) {
	err = q.one(`SELECT number FROM entries WHERE number > ? AND `+cond+` LIMIT 1`, append([]any{after}, args...)...)(&n)
	if errors.Is(err, moderation.ErrNotFound) {
		return none, nil
	}
	return n, err
}

// lastOlder returns the number of the last entry after another, up to a number, that is older than
// t, as all before it are; after where there is none. Where the clock was set back, old times are
// among younger ones, which are not passed. A time after now says nothing about an age.
func lastOlder(q querier, after, upTo int64, t, now time.Time) (int64, error) {
	young, err := numberOr(q, upTo+1, `at >= ? AND at <= ? ORDER BY number`, after, millis(t), millis(now))
	if err != nil {
		return 0, err
	}
	return numberOr(q, after, `number < ? AND at < ? ORDER BY number DESC`, after, young, millis(t))
}

// hashAt returns the hash of an entry, of the anchor, or what the first entry is chained to.
func (s *Store) hashAt(q querier, anchor Anchor, number int64) (hash string, err error) {
	switch number {
	case 0:
		return hex.EncodeToString(s.genesis[:]), nil
	case anchor.Number:
		return anchor.Hash, nil
	}
	err = q.one(`SELECT hash FROM entries WHERE number = ?`, number)(&hash)
	return hash, err
}

// exportedRow is the name of the row of meta that says up to which entry the log was exported.
const exportedRow = "exported"

// Exported is up to which entry the log was exported completely.
type Exported struct {
	Number int64     `json:"number"`
	Hash   string    `json:"hash"`
	At     time.Time `json:"at"`
}

func exportedOf(q querier) (e Exported, err error) {
	err = q.one(`SELECT value FROM meta WHERE name = ?`, exportedRow)(asJSON(&e))
	if errors.Is(err, moderation.ErrNotFound) {
		err = nil
	}
	return e, err
}

// RecordExport records that the entries of an excerpt, with their bodies and salts, are durable
// outside of the database, and returns up to which entry the log was exported completely. An
// excerpt that leaves a gap behind the ones before it does not count. It also works beside a
// running bot, on a store that only reads. Its error is the database's.
func (s *Store) RecordExport(ctx context.Context, x LogExcerpt) (done Exported, err error) {
	db, err := s.dialect.open(ctx, false)
	if err != nil {
		return done, s.explain(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return done, s.explain(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, begin := range s.dialect.beginWrite() {
		if _, err := conn.ExecContext(ctx, begin); err != nil {
			return done, s.explain(err)
		}
	}
	done, err = s.recordExport(ctx, conn, x)
	end := `COMMIT`
	if err != nil {
		end = `ROLLBACK`
	}
	_, eerr := conn.ExecContext(context.WithoutCancel(ctx), end)
	return done, s.explain(errors.Join(err, eerr))
}

func (s *Store) recordExport(ctx context.Context, conn *sql.Conn, x LogExcerpt) (Exported, error) {
	q := plainSQL{ctx, conn, s.dialect}
	done, err := exportedOf(q)
	if err != nil {
		return done, err
	}
	anchor, err := anchorOf(q)
	if err != nil {
		return done, err
	}
	if done.Number > 0 {
		hash, err := s.hashAt(q, anchor, done.Number)
		if err != nil && !errors.Is(err, moderation.ErrNotFound) {
			return done, err
		}
		if hash != done.Hash { // of a log that was replaced since
			done = Exported{}
		}
	}
	if x.First > max(done.Number, anchor.Number)+1 || x.Last <= done.Number {
		return done, nil
	}
	done = Exported{Number: x.Last, Hash: x.Hash, At: s.now().UTC()}
	raw, err := json.Marshal(done)
	if err != nil {
		return done, err
	}
	_, err = conn.ExecContext(ctx, s.dialect.rebind(`INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`),
		exportedRow, string(raw))
	return done, err
}
