package store

import (
	"context"
	"fmt"
)

// OnCommit lets a test stand in for a failing disk.
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

// Write runs something as a background transaction.
func (s *Store) Write(ctx context.Context, run func() error) error {
	return s.write(ctx, func(*tx) error { return run() })
}

// Waiting counts background work that waits.
func (s *Store) Waiting() int {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return len(s.w.background)
}
