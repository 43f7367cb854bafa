package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"bouncer/moderation"
)

// headFile is the file beside the database, and its content.
type headFile struct {
	mu   sync.Mutex
	path string
	// before is where earlier versions kept it: beside a symbolic link.
	before string
	last   moderation.PublishedHead
	read   bool
	// rows is the PostgreSQL store that keeps the head in a row; nil for a file. A file beside
	// one replica would be unknown to the others.
	rows *Store
}

// SavedPublishedHead returns the content of the file beside the database; the zero PublishedHead
// when there is none. An unreadable file is an error.
func (s *Store) SavedPublishedHead(ctx context.Context) (moderation.PublishedHead, error) {
	s.headFile.mu.Lock()
	defer s.headFile.mu.Unlock()
	err := s.headFile.load(ctx)
	return s.headFile.last, err
}

// PublishedHeadPath returns where it is kept, for messages: the path of that file, or the row.
func (s *Store) PublishedHeadPath() string {
	if s.lite == nil {
		return "its row of the table meta"
	}
	return s.headFile.path
}

func (w *headFile) load(ctx context.Context) error {
	if w.rows != nil {
		return w.loadRow(ctx)
	}
	if w.read {
		return nil
	}
	raw, err := readUpTo(w.path, maxHeadFile)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = readUpTo(w.before, maxHeadFile)
	}
	if errors.Is(err, fs.ErrNotExist) {
		w.read = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("the file %s (beside the database) cannot be read: %w", w.path, err)
	}
	if err := json.Unmarshal(raw, &w.last); err != nil || w.last.Database == "" || w.last.Number < 0 || w.last.Number == 0 && w.last.Cases <= 0 {
		w.last = moderation.PublishedHead{}
		return fmt.Errorf("the file %s (beside the database), which records the last published head of the audit log, is not valid: compare the log with the audit channel, then run bouncer audit -accept", w.path)
	}
	w.read = true
	return nil
}

// maxHeadFile bounds what is read of the file.
const maxHeadFile = 64 << 10

// readUpTo reads a file of at most a number of bytes.
func readUpTo(path string, most int64) (raw []byte, err error) {
	f, err := os.Open(path) //nolint:gosec // beside the database, which the operator named
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if raw, err = io.ReadAll(io.LimitReader(f, most+1)); err == nil && int64(len(raw)) > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	return raw, err
}

// SavePublishedHead records outside the database, as durably as the database itself, that a head
// was published. A head lower than the last is ignored. Its error is that of the file or the
// database; the head counts as not saved.
func (s *Store) SavePublishedHead(ctx context.Context, h moderation.LogHead) error {
	s.headFile.mu.Lock()
	defer s.headFile.mu.Unlock()
	if s.headFile.rows != nil {
		return s.saveHeadRow(ctx, h)
	}
	if err := s.headFile.load(ctx); err != nil {
		return err
	}
	if h.Number == 0 || s.headFile.last.Database == s.id && s.headFile.last.Number >= h.Number {
		return nil
	}
	return s.headFile.put(ctx, moderation.PublishedHead{Database: s.id, Number: h.Number, Hash: h.Hash, At: s.now().UTC(), Cases: s.headFile.last.Cases})
}

// AcceptHead makes the present log the one that later starts are compared with, and returns its
// head, whatever was published before. Case numbers continue above the ones used until then, as far
// as the file knows them. Its error is that of the file or the database.
func (s *Store) AcceptHead(ctx context.Context) (moderation.PublishedHead, error) {
	before, err := s.SavedPublishedHead(ctx)
	if err != nil {
		before = moderation.PublishedHead{}
	}
	if err := s.RaiseNextCase(ctx, before.Cases); err != nil {
		return moderation.PublishedHead{}, err
	}
	h, err := s.Seal(ctx)
	if err != nil {
		return moderation.PublishedHead{}, err
	}
	s.headFile.mu.Lock()
	defer s.headFile.mu.Unlock()
	s.headFile.read = true
	err = s.headFile.put(ctx, moderation.PublishedHead{Database: s.id, Number: h.Number, Hash: h.Hash, At: s.now().UTC(), Cases: before.Cases})
	return s.headFile.last, err
}

// put replaces the file atomically: after a crash either the old or the new file exists, whole.
func (w *headFile) put(ctx context.Context, next moderation.PublishedHead) (err error) {
	raw, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if w.rows != nil {
		return w.putRow(ctx, next, string(raw))
	}
	temp := w.path + ".new"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // beside the database, which the operator named
	if err != nil {
		return fmt.Errorf("the file %s (beside the database) cannot be written: %w", w.path, err)
	}
	_, err = f.Write(append(raw, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("the file %s (beside the database) cannot be written: %w", w.path, err)
	}
	if err := os.Rename(temp, w.path); err != nil {
		return fmt.Errorf("the file %s (beside the database) cannot be written: %w", w.path, err)
	}
	w.last = next
	return syncFolder(filepath.Dir(w.path))
}

// headRow is the name of the row of meta that keeps the published head.
const headRow = "published head"

// loadRow reads the row each time: another replica may have published a newer head.
func (w *headFile) loadRow(ctx context.Context) error {
	w.last = moderation.PublishedHead{}
	err := w.rows.read(ctx).one(`SELECT value FROM meta WHERE name = ?`, headRow)(asJSON(&w.last))
	if errors.Is(err, moderation.ErrNotFound) {
		return nil
	}
	return err
}

// saveHeadRow compares and writes in one transaction: another replica may publish a head at the
// same time.
func (s *Store) saveHeadRow(ctx context.Context, h moderation.LogHead) error {
	if h.Number == 0 {
		return nil
	}
	return s.write(ctx, func(t *tx) error {
		var last moderation.PublishedHead
		err := t.one(`SELECT value FROM meta WHERE name = ?`, headRow)(asJSON(&last))
		if err != nil && !errors.Is(err, moderation.ErrNotFound) {
			return err
		}
		if last.Database == s.id && last.Number >= h.Number {
			return nil
		}
		text, err := json.Marshal(moderation.PublishedHead{Database: s.id, Number: h.Number, Hash: h.Hash, At: t.clock.UTC(), Cases: last.Cases})
		if err != nil {
			return err
		}
		return t.putHead(string(text))
	})
}

func (t *tx) putHead(text string) error {
	err := t.run(`INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, headRow, text)
	return err
}

func (w *headFile) putRow(ctx context.Context, next moderation.PublishedHead, text string) error {
	err := w.rows.write(ctx, func(t *tx) error { return t.putHead(text) })
	if err == nil {
		w.last = next
	}
	return err
}

// HashOf returns the hash of a sealed entry, or of the anchor of a pruned log; ErrNotFound when
// there is none.
func (s *Store) HashOf(ctx context.Context, number int64) (string, error) {
	q := s.read(ctx)
	anchor, err := anchorOf(q)
	if err != nil {
		return "", err
	}
	return s.hashAt(q, anchor, number)
}
