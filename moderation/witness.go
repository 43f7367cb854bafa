package moderation

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Told is a head of the chain that was told to people, as something outside the
// database remembers it: a log that was cut short, or put back to an earlier
// day, does not reach it any more.
type Told struct {
	Database string    `json:"database"` // its id; empty when it was not said
	Number   int64     `json:"number"`
	Hash     string    `json:"hash"`
	At       time.Time `json:"at"`
	// Cases is a number that no case had come to when it was told, or the
	// highest that a message told of; 0 when that is not known.
	Cases int64 `json:"cases,omitempty"`
}

// Chain is what a head is held against.
type Chain interface {
	Head(ctx context.Context) (Head, error)
	HashOf(ctx context.Context, number int64) (string, error)
	Database() (id string, fresh bool)
}

// BehindError says that a head that was told does not stand in the log.
type BehindError struct {
	Told Told
	why  string
}

// Error is one sentence.
func (e *BehindError) Error() string { return e.why }

// HoldAgainst is nil when a head that was told stands in the log, or nothing was
// told, and a *BehindError when it does not.
func HoldAgainst(ctx context.Context, log Chain, t Told) error {
	if t.Number == 0 {
		return nil
	}
	head, err := log.Head(ctx)
	if err != nil {
		return err
	}
	behind := func(format string, args ...any) error {
		return &BehindError{Told: t, why: fmt.Sprintf(format, args...)}
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
