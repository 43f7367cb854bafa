package moderation

import (
	"context"
	"time"
)

// Policies keeps the texts of all policies that were ever in force, by their
// hash, and which one is: the same for all processes on the database.
type Policies interface {
	// Enforce puts a policy into force and keeps its text. When another one was,
	// Change.Another is written in the same transaction; when this text was never
	// in force before, Change.First is.
	Enforce(ctx context.Context, p PolicyText, c PolicyChange) (InForce, error)
	// InForce tells which policy is; ErrNotFound when none ever was.
	InForce(ctx context.Context) (InForce, error)
	// PolicyText gives the text that has a hash; ErrNotFound for none.
	PolicyText(ctx context.Context, hash string) (PolicyText, error)
}

// PolicyText is a policy as it is kept.
type PolicyText struct {
	Hash string
	Text string
	// At is when it first came into force; the store's.
	At time.Time
}

// PolicyChange is what is written when a policy comes into force. before is the
// hash of the one that it takes the place of.
type PolicyChange struct {
	Another func(before string) Change
	First   func() Change
}

// InForce says which policy is in force.
type InForce struct {
	Hash  string
	Since time.Time
	// Turn rises with each policy that comes into force: a process that knows an
	// older one has to load this one.
	Turn int64
	// Before is the hash of the one whose place it took, where Enforce has just
	// put it into force; empty when nothing changed.
	Before string
}
