package moderation

// PolicyInput is what the policy decides on: who, where, and what.
type PolicyInput struct {
	Person  Person
	Channel Channel
	Action  Action
	Facts   Facts
}

// Decision is the policy's answer. The zero value refuses.
type Decision struct {
	Allowed bool
	// Rule names the rule that decided; empty when none matched.
	Rule string
	// Room is the room that Rule and Verdicts are about, of an action in several: the one that was
	// refused, or the one that requires most. Room.String of it; empty for an action in one room.
	Room string `json:",omitempty"`
	// Policy is the hash of the policy's text.
	Policy string
	// Roles and Via are the person's roles at that time, and what granted them.
	Roles []string
	Via   []string
	// Requirement is the approval that the action needs.
	Requirement ApprovalRequirement `json:"Need,omitzero"`
	// Override means that it runs without the required approval, requested by a person with that
	// right.
	Override bool `json:"Alone,omitempty"`
	// Reviewers are the users and groups to mention when it runs without approval.
	Reviewers []string `json:",omitempty"`
	// Protected are the protected targets that the person may act on all the same; at most
	// MaxSeen.
	Protected []string `json:",omitempty"`
	// Verdicts are the results of the rules, in the policy's order.
	Verdicts []RuleResult `json:",omitempty"`
	// Refusal is why it was refused; nil when allowed.
	Refusal *Error
}

// RuleResult is one rule's result for an action.
type RuleResult struct {
	Rule string
	// Verdict is "allows", or the first condition that does not match: "role", "verb", "room",
	// "channel", "duration", "targets".
	Verdict string
	// Detail is the limit that was exceeded, such as "24h"; may be empty.
	Detail string `json:",omitempty"`
}
