package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// OnCommit lets a test simulate a failing disk.
func (s *Store) OnCommit(hook func(members int) error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.commitHook = hook
}

// MaxPages bounds the file, as a full disk does.
func (s *Store) MaxPages(ctx context.Context, n int) error {
	return s.write(ctx, func(t *tx) error {
		var set int
		return t.one(fmt.Sprintf(`PRAGMA max_page_count = %d`, n))(&set)
	})
}

// Write runs a background transaction.
func (s *Store) Write(ctx context.Context, run func() error) error {
	return s.write(ctx, func(*tx) error { return run() })
}

// Submit submits a transaction like a delivery.
func (s *Store) Submit(run func() error, done func(error)) {
	if err := s.w.submit(&op{run: func(*tx) error { return run() }, done: done}, true); err != nil {
		done(err)
	}
}

// Waiting returns how much background work waits.
func (s *Store) Waiting() int {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return len(s.w.background)
}

// Plans returns the query plans of the statements used so far.
func (s *Store) Plans(ctx context.Context) (map[string][]string, error) {
	plans := make(map[string][]string)
	for _, known := range []*statements{s.w.stmts, s.readers} {
		known.mu.Lock()
		for query := range known.known {
			plans[query] = nil
		}
		known.mu.Unlock()
	}
	for query := range plans {
		if first, _, _ := strings.Cut(strings.TrimSpace(query), " "); !slices.Contains([]string{"SELECT", "UPDATE", "DELETE", "INSERT"}, first) {
			continue
		}
		var err error
		if plans[query], err = s.plan(ctx, query); err != nil {
			return nil, fmt.Errorf("%s: %w", query, err)
		}
	}
	return plans, nil
}

func (s *Store) plan(ctx context.Context, query string) (steps []string, err error) {
	rows, err := s.reads.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// Classified reports whether a column is in personal or impersonal.
func Classified(table, column string) bool {
	for _, k := range personal {
		if _, holds := k.holds[column]; k.table == table && (holds || slices.Contains(impersonal[table], column)) {
			return true
		}
	}
	return slices.Contains(impersonal[table], column)
}

// TextColumns returns all text columns, as table and column.
func (s *Store) TextColumns(ctx context.Context) (out [][2]string, err error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.type = 'TEXT' AND m.name <> 'migrations' ORDER BY m.name, c.cid`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var one [2]string
		if err := rows.Scan(&one[0], &one[1]); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, rows.Err()
}

// Checkpoint moves what was committed into the database's file.
func (s *Store) Checkpoint(ctx context.Context) error {
	_, err := s.checkpoint(ctx)
	return err
}

// InnerHash returns the hash of a body with its salt.
func InnerHash(salt, body string) string { return innerHash(salt, body) }

// MultiplyLog repeats all cases, with their targets, calls and entries, until the log has so many
// entries, and seals them.
func (s *Store) MultiplyLog(ctx context.Context, entries int64) error {
	return s.write(ctx, func(t *tx) error {
		var cases, ids, calls, rows int64
		if err := t.one(`SELECT MAX(no), (SELECT MAX(id) FROM entries), (SELECT MAX(id) FROM calls), (SELECT COUNT(*) FROM entries) FROM cases`)(&cases, &ids, &calls, &rows); err != nil {
			return err
		}
		for k := int64(1); (k+1)*rows <= entries; k++ {
			for _, q := range []string{
				`INSERT INTO cases SELECT no + %[1]d, token || '-%[1]d', app, team, verb, room, action, actor, origin, decision, typed, state, round, version,
					asked_at, open_at, done_at, until_at, card_channel, card_ts, audit_channel, pending, accepted, failed, unknown, superseded, dropped, ended, ended_at,
					actor_key, actor_user, reason, approval, of_no, rel, glass FROM cases WHERE no <= %[4]d`,
				`INSERT INTO targets SELECT case_no + %[1]d, seq, app, team, chunk, target, outcome, code, vals, lift, overdue, call_id, call_ends, inside FROM targets WHERE case_no <= %[4]d`,
				`INSERT INTO calls SELECT id + %[3]d, app, team, case_no + %[1]d, chunk, seq, round, attempt, purpose, verb, api, request, at, answered_at, class, code, message, request_id, entry_id + %[2]d, says
					FROM calls WHERE case_no <= %[4]d`,
				`INSERT INTO entries SELECT id + %[2]d, app, team, NULL, CASE WHEN case_no = 0 THEN 0 ELSE case_no + %[1]d END, kind, at, inner_hash, '' FROM entries WHERE id <= %[5]d`,
				`INSERT INTO bodies SELECT entry_id + %[2]d, app, team, salt, body FROM bodies WHERE entry_id <= %[5]d`,
			} {
				if _, err := t.w.conn.ExecContext(ctx, fmt.Sprintf(q, k*cases, k*ids, k*calls, cases, ids)); err != nil {
					return fmt.Errorf("%s: %w", q, err)
				}
			}
		}
		for n := sealBatch; n == sealBatch; {
			var err error
			if n, _, err = t.seal(false); err != nil {
				return err
			}
		}
		return nil
	})
}

// MigrateDown takes the tables back to the version before, and returns that.
func MigrateDown(ctx context.Context, cfg Config) (at int64, err error) {
	s, err := newUnopened(cfg)
	if err != nil {
		return 0, err
	}
	db, err := s.dialect.open(ctx, false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := migrator(s.dialect, db, s.now())
	if err != nil {
		return 0, err
	}
	if _, err := p.Down(ctx); err != nil {
		return 0, err
	}
	return p.GetDBVersion(ctx)
}

// IndexReasons adds some reasons to the index of words, and reports whether there were any.
func (s *Store) IndexReasons(ctx context.Context) (more bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		n, err := t.indexReasons()
		more = n > 0
		return err
	})
	return more, err
}

// IndexedWords returns the words of the index of reasons.
func (s *Store) IndexedWords(ctx context.Context) ([]string, error) {
	return column[string](s.read(ctx), `SELECT text FROM reason_words`)
}

// TidyLooks returns the queries by which the store looks for rows that are no longer needed.
func TidyLooks() (looks []string) {
	for _, u := range noLongerNeeded(time.Now()) {
		looks = append(looks, u.look)
	}
	return looks
}

// Pretend makes a store that of a program that knows another version of the tables, as in a rolling
// upgrade.
func (s *Store) Pretend(older int64) { s.version -= older }

// PersonalTexts returns the texts of all columns that may contain personal data, by column.
func (s *Store) PersonalTexts(ctx context.Context) (map[string][]string, error) {
	texts := make(map[string][]string)
	read := func(table, name string) error {
		of, err := column[string](s.read(ctx), `SELECT COALESCE(`+name+`, '') FROM `+table)
		texts[table+"."+name] = of
		return err
	}
	for _, k := range personal {
		for _, c := range k.columns() {
			if err := read(k.table, c); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range [][2]string{{"bodies", "body"}, {"notes", "text"}, {"evidence", "text"}, {"evidence", "note"}, {"evidence", "author"}, {"evidence", "link"}} {
		if err := read(c[0], c[1]); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// Names reports whether a text or JSON contains an id, however it is encoded.
func Names(text, id string) bool { return scrub{id: id}.isIn(text) }
