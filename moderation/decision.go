package moderation

// PolicyInput is what the policy is asked: may this person do this, here?
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
	// Policy is the hash of the policy's text.
	Policy string
	// Roles and Via are what the person held when it was decided.
	Roles []string
	Via   []string
	// Requirement is what must be agreed before it runs.
	Requirement ApprovalRequirement `json:"Need,omitzero"`
	// Override says that it runs without the approval that Need asks for: it was
	// asked so by somebody who holds that right.
	Override bool `json:"Alone,omitempty"`
	// Reviewers are the users and groups that are called to look at it when it is
	// run alone.
	Reviewers []string `json:",omitempty"`
	// Protected are those of the targets that are protected, whom the person may
	// touch all the same; at most MaxSeen.
	Protected []string `json:",omitempty"`
	// Verdicts are what each rule said, in the order of the policy.
	Verdicts []RuleResult `json:",omitempty"`
	// Refusal says why not; nil when allowed.
	Refusal *Error
}

// RuleResult is what one rule said of an action.
type RuleResult struct {
	Rule string
	// Verdict is "allows", or the first condition that does not fit: "role",
	// "verb", "room", "channel", "duration", "targets".
	Verdict string
	// Detail is the bound that was met, such as "24h"; may be empty.
	Detail string `json:",omitempty"`
}
