package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
