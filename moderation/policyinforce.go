package moderation

import (
	"time"
)

// PolicyText is the stored text of a policy.
type PolicyText struct {
	Hash string
	Text string
	// At is when it first came into force, by the store's clock.
	At time.Time
}

// PolicyChange is what to write when a policy comes into force. before is the hash of the
// policy that it replaces.
type PolicyChange struct {
	OnReplace func(before string) Change
	OnFirst   func() Change
}

// PolicyInForce identifies the policy in force.
type PolicyInForce struct {
	Hash  string
	Since time.Time
	// Sequence increases with each policy that comes into force: a process that knows an older
	// number has to load this policy.
	Sequence int64
	// Previous is the hash of the policy that SetPolicyInForce just replaced; empty when nothing
	// changed.
	Previous string
}
