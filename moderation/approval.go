package moderation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// ApprovalRequirement is what must be agreed before an action runs. The zero Need asks nobody.
type ApprovalRequirement struct {
	// Approvals is how many other people must agree; 0 for none.
	Approvals int `json:"approvals,omitempty"`
	// Rule names the policy's rule that asks for it.
	Rule string `json:"rule,omitempty"`
	// Approvers are the roles whose holders may agree, EscalateTo those whose
	// holders may too once nobody has decided for EscalateAfter.
	Approvers  []string `json:"approvers,omitempty"`
	EscalateTo []string `json:"escalate_to,omitempty"`
	// Mention and MentionNext are the users (U…) and groups (S…) of those roles,
	// whom the card and the escalation call once.
	Mention     []string `json:"mention,omitempty"`
	MentionNext []string `json:"mention_next,omitempty"`
	// OverrideRoles are the roles whose holders may run it alone.
	OverrideRoles []string `json:"glass,omitempty"`
	// TTL is how long the request stands; RemindAfter and EscalateAfter count
	// from the asking, 0 for never.
	TTL           time.Duration `json:"ttl,omitempty"`
	RemindAfter   time.Duration `json:"remind_after,omitempty"`
	EscalateAfter time.Duration `json:"escalate_after,omitempty"`
	// ActNow is for how long it runs at once, before anybody agreed; 0 for not.
	ActNow time.Duration `json:"act_now,omitempty"`
	// Why says what asks for an approval, one of the Need codes.
	Why    Code              `json:"why,omitempty"`
	Values map[string]string `json:"values,omitempty"`
}

// Reasons why an approval is needed.
const (
	RequireForVerb     Code = "need-verb"  // the verb itself, or this room: verb
	RequireForDuration Code = "need-long"  // longer than what needs none: most, got
	RequireForPeople   Code = "need-many"  // more people than what needs none, across commands: most, got
	RequireForLimit    Code = "need-brake" // the moderator's brake: most, got, within
	RequireForLifting  Code = "need-freer" // it makes somebody freer whom a case binds that needed it: case
)

// Required reports whether somebody must agree.
func (n ApprovalRequirement) Required() bool { return n.Approvals > 0 }

// ApprovalState is where a request for approval stands.
type ApprovalState string

// The states of a request. "" is a case that needed none.
const (
	ApprovalWaiting    ApprovalState = "waiting"
	ApprovalApproved   ApprovalState = "approved"
	ApprovalDenied     ApprovalState = "denied"
	ApprovalWithdrawn  ApprovalState = "withdrawn" // by its requester, or because he was suspended
	ApprovalExpired    ApprovalState = "expired"
	ApprovalOverridden ApprovalState = "glass" // somebody with that right ran it alone
)

// ApprovalRequest is a case's request for approval.
type ApprovalRequest struct {
	State       ApprovalState
	Requirement ApprovalRequirement
	Expires     time.Time
	Reminded    time.Time // zero: not yet
	Escalated   time.Time // zero: not yet
	// ListPosted is when all people whom it is about could be read in its thread.
	ListPosted time.Time
	Approvals  []Approval
	// By decided it, at DecidedAt, for a Reason; the last vote of an approved one.
	By        Actor
	DecidedAt time.Time
	Reason    string
	// RoomInfo is what was seen of the room since it was asked.
	RoomInfo RoomInfo
}

// Approval is one person's yes.
type Approval struct {
	By Actor
	At time.Time
}

// RoomInfo is what the vendor says of a room at one moment. The zero value says
// that nobody has looked.
type RoomInfo struct {
	At time.Time `json:"at,omitzero"`
	// Created tells two rooms of one id apart; zero where the vendor does not say.
	Created time.Time `json:"created,omitzero"`
	// People is how many are inside, -1 where the vendor does not say.
	People int    `json:"people,omitempty"`
	Owner  string `json:"owner,omitempty"`
	Title  string `json:"title,omitempty"` // foreign text
	// Gone says that there is no such room.
	Gone bool `json:"gone,omitempty"`
	// Failed is the code of the vendor's refusal to say; empty when it said.
	Failed Code `json:"failed,omitempty"`
}

// Relation says what a case has to do with the one in Action.Of.
type Relation string

// The relations.
const (
	RelUndo   Relation = "undo"    // takes it back
	RelExtend Relation = "extend"  // gives it another end
	RelActNow Relation = "act-now" // runs for a short time while the other waits for approval
)

// Related is another case that belongs to one.
type Related struct {
	No    int64
	Rel   Relation
	State State
	Until time.Time
	// Ended is how its effect ended, as Case.Ended.
	Ended string
	// Outcome sums up how it ended; Pending before.
	Outcome Outcome
	Targets int
	Actor   Actor
	Reason  string
	At      time.Time
}

// Override is somebody having run a case alone.
type Override struct {
	By     Actor     `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// ReadableTargets is how many people are read on a card; more hang in its
// thread, all of them, before anybody can agree.
const ReadableTargets = 5

// NeedsListInThread reports whether a case is about more people than its card names.
func (c Case) NeedsListInThread() bool { return len(c.Action.Targets) > ReadableTargets }

// ContentDigest is what an approver's click is bound to: a digest over everything that
// would run. A click on a card that showed something else carries another one.
func (c Case) ContentDigest() string {
	h := sha256.New()
	for _, part := range []string{
		strconv.FormatInt(c.No, 10), c.Token, string(c.Action.Verb), c.Action.Room.String(),
		c.Action.Duration.String(), strconv.FormatBool(c.Action.Permanent), c.Action.Reason,
		string(c.Action.Relation), strconv.FormatInt(c.Action.RelatedCase, 10),
	} {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	for _, list := range [][]string{c.Action.Targets, texts(c.Action.Media)} {
		raw, err := json.Marshal(list)
		if err != nil { // strings only: cannot fail
			panic("moderation: " + err.Error())
		}
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, x := range in {
		out[i] = string(x)
	}
	return out
}

// Key is who somebody is across accounts: the enterprise user, or the user.
func (a Actor) Key() string {
	if a.EnterpriseUser != "" {
		return a.EnterpriseUser
	}
	return a.User
}

// Same reports whether two actors are one person, also through two accounts of
// one enterprise user.
func (a Actor) Same(b Actor) bool {
	if a.User == "" || b.User == "" {
		return false
	}
	return a.User == b.User || a.EnterpriseUser != "" && (a.EnterpriseUser == b.EnterpriseUser || a.EnterpriseUser == b.User) ||
		b.EnterpriseUser != "" && b.EnterpriseUser == a.User
}

// ApprovedBy reports whether somebody agreed already.
func (r ApprovalRequest) ApprovedBy(by Actor) bool {
	return slices.ContainsFunc(r.Approvals, func(v Approval) bool { return v.By.Same(by) })
}
