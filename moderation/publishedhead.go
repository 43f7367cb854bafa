package moderation

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// PublishedHead is a head of the chain that was told to people, as something outside the
// database remembers it: a log that was cut short, or put back to an earlier
// day, does not reach it any more.
type PublishedHead struct {
	Database string    `json:"database"` // its id; empty when it was not said
	Number   int64     `json:"number"`
	Hash     string    `json:"hash"`
	At       time.Time `json:"at"`
	// Cases is a number that no case had come to when it was told, or the
	// highest that a message told of; 0 when that is not known.
	Cases int64 `json:"cases,omitempty"`
}

// SealedLog is what a head is held against.
type SealedLog interface {
	Head(ctx context.Context) (LogHead, error)
	HashOf(ctx context.Context, number int64) (string, error)
	Database() (id string, fresh bool)
}

// LogBehindError says that a head that was told does not stand in the log.
type LogBehindError struct {
	Published PublishedHead
	why       string
}

// Error is one sentence.
func (e *LogBehindError) Error() string { return e.why }

// CheckPublishedHead is nil when a head that was told stands in the log, or nothing was
// told, and a *LogBehindError when it does not.
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
		return behind("the audit log is another one: entry %d of database %s was told to people, and this is database %s", t.Number, t.Database, id)
	}
	if head.Number < t.Number {
		return behind("the audit log ends before what was told to people: it ends with entry %d, and entry %d was told", head.Number, t.Number)
	}
	hash, err := log.HashOf(ctx, t.Number)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if hash != t.Hash {
		return behind("the audit log is not the one that was told to people: entry %d has the hash %s, and %s was told", t.Number, hash, t.Hash)
	}
	return nil
}
