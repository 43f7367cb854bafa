package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"bouncer/moderation"
)

// Backup writes a copy of a database to a new file, also while a bot runs on it: a snapshot of one
// moment, readable only by its owner. The chain and rows of the copy are verified on disk before
// the file gets its name; a failure leaves no file. It returns the head of the copy and how many
// entries its chain has.
func Backup(ctx context.Context, cfg Config, to string) (head moderation.LogHead, entries int64, err error) {
	if isPostgres(cfg.URL) {
		return head, 0, errors.New("a backup of PostgreSQL is made with its own programs, such as pg_dump; bouncer audit verifies the restored database")
	}
	from, err := OpenReadOnly(ctx, cfg)
	if err != nil {
		return head, 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if to, err = filepath.Abs(to); err != nil {
		return head, 0, fmt.Errorf("the backup: %w", err)
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return head, 0, fmt.Errorf("the backup %s: %w", to, notOverwritten(err))
	}
	part := to + ".part-" + rand.Text()
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the operator names the backup
	if err != nil {
		return head, 0, fmt.Errorf("the backup cannot be written: %w", err)
	}
	defer func() {
		for _, end := range []string{"", "-journal", "-wal", "-shm", ".lock"} {
			if rerr := os.Remove(part + end); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
				err = errors.Join(err, rerr)
			}
		}
	}()
	if err := f.Close(); err != nil {
		return head, 0, fmt.Errorf("the backup cannot be written: %w", err)
	}
	if err := from.copyTo(ctx, part); err != nil {
		return head, 0, fmt.Errorf("the backup cannot be written: %w", err)
	}
	if head, entries, err = verifyCopy(ctx, cfg, part); err != nil {
		return head, entries, fmt.Errorf("the backup is not valid: %w", err)
	}
	if err := syncFile(part); err != nil {
		return head, entries, fmt.Errorf("the backup cannot be written: %w", err)
	}
	if err := nameFile(part, to); err != nil {
		return head, entries, fmt.Errorf("the backup %s: %w", to, err)
	}
	return head, entries, nil
}

// copyTo writes everything that is committed into an empty file, and marks it as a copy.
func (s *Store) copyTo(ctx context.Context, path string) error {
	// query_only would forbid the copy as well; mode=ro alone protects the source.
	from, err := s.lite.pool(ctx, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "mmap_size(0)", "cache_size(-2048)"}}, false)
	if err != nil {
		return err
	}
	_, err = from.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err := errors.Join(err, from.Close()); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", fileURL(path)+"?_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		copyMark, s.now().UTC().Format(time.RFC3339))
	return errors.Join(err, db.Close())
}

// verifyCopy verifies the chain of a copy, all of its pages, and its rows.
func verifyCopy(ctx context.Context, cfg Config, path string) (head moderation.LogHead, n int64, err error) {
	cfg.URL = fileURL(path)
	c, err := OpenReadOnly(ctx, cfg)
	if err != nil {
		return head, 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	var said string
	if err := c.reads.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil || said != "ok" {
		return head, 0, errors.Join(err, c.lite.damaged(errors.New(said)))
	}
	if head, err = c.Head(ctx); err != nil {
		return head, 0, err
	}
	n, err = c.Verify(ctx)
	return head, n, err
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // made just before
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
