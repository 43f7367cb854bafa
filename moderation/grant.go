package moderation

import "time"

// Grant is what one rule of the policy allows a person.
type Grant struct {
	Rule     string
	Verbs    []Verb   // in the order of the table
	Rooms    []string // as written; empty for all rooms of Kinds
	Kinds    []Kind   // empty for all
	Channels []string // where it may be typed; empty for every channel of the policy
	// Longest is the longest duration, 0 for no limit; MostTargets how many people in ten minutes,
	// 0 for no limit.
	Longest     time.Duration
	MostTargets int
	// Approvals is how many of Approvers, which are roles, must approve.
	Approvals int
	Approvers []string
	ActNow    time.Duration
}

// Rights are what a person may do, in all channels.
type Rights struct {
	Roles, Via []string
	Grants     []Grant // in the order of the policy: the first that matches decides
	// Approve, Override and Review are rights about other people's cases; Suspend is about
	// moderators.
	Approve, Override, Review, Suspend bool
}
