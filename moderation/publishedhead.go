package moderation

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// PublishedHead is a head of the log that was posted where people can see it, as recorded outside
// the database. A log that was truncated, or restored to an earlier day, no longer contains it.
type PublishedHead struct {
	Database string    `json:"database"` // its id; empty when unknown
	Number   int64     `json:"number"`
	Hash     string    `json:"hash"`
	At       time.Time `json:"at"`
	// Cases is a number above every case at that time, or the highest case number that was posted;
	// 0 when unknown.
	Cases int64 `json:"cases,omitempty"`
}

// SealedLog is the log that a published head is compared with. Package store documents its methods.
type SealedLog interface {
	Head(ctx context.Context) (LogHead, error)
	HashOf(ctx context.Context, number int64) (string, error)
	Database() (id string, fresh bool)
}

// LogBehindError means that the log does not contain a published head.
type LogBehindError struct {
	Published PublishedHead
	why       string
}

// Error returns one sentence.
func (e *LogBehindError) Error() string { return e.why }

// CheckPublishedHead returns nil when the log contains the published head, or when none was
// published, and a *LogBehindError when it does not.
func CheckPublishedHead(ctx context.Context, log SealedLog, t PublishedHead) error {
	if t.Number == 0 {
		return nil
	}
	head, err := log.Head(ctx)
	if err != nil {
		return err
	}
	behind := func(format string, args ...any) error {
		return &LogBehindError{Published: t, why: fmt.Sprintf(format, args...)}
	}
	if id, _ := log.Database(); t.Database != "" && t.Database != id {
		return behind("the audit log belongs to another database: entry %d of database %s was published, and this is database %s", t.Number, t.Database, id)
	}
	if head.Number < t.Number {
		return behind("the audit log is older than its last published head: it ends with entry %d, and entry %d was published", head.Number, t.Number)
	}
	hash, err := log.HashOf(ctx, t.Number)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if hash != t.Hash {
		return behind("the audit log differs from its last published head: entry %d has the hash %s, and %s was published", t.Number, hash, t.Hash)
	}
	return nil
}
