package moderation

import (
	"time"
)

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
