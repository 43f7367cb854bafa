package moderation

// Question is what the policy is asked: may this person do this, here?
type Question struct {
	Person  Person
	Channel Channel
	Action  Action
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
	// Refusal says why not; nil when allowed.
	Refusal *Error
}
