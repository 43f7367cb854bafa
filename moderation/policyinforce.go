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
	OnReplace func(before string) Change
	OnFirst   func() Change
}

// PolicyInForce says which policy is in force.
type PolicyInForce struct {
	Hash  string
	Since time.Time
	// Sequence rises with each policy that comes into force: a process that knows an
	// older one has to load this one.
	Sequence int64
	// Previous is the hash of the one whose place it took, where Enforce has just
	// put it into force; empty when nothing changed.
	Previous string
}
