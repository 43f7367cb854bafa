package moderation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// ApprovalRequirement says who must approve an action before it runs. The zero value requires no
// approval.
type ApprovalRequirement struct {
	// Approvals is how many other people must approve; 0 for none.
	Approvals int `json:"approvals,omitempty"`
	// Rule names the policy rule that requires it.
	Rule string `json:"rule,omitempty"`
	// Approvers are the roles that may approve. EscalateTo may approve too when a request is
	// undecided after EscalateAfter.
	Approvers  []string `json:"approvers,omitempty"`
	EscalateTo []string `json:"escalate_to,omitempty"`
	// Mention and MentionNext are the users (U…) and groups (S…) of those roles. The card and
	// the escalation mention them once.
	Mention     []string `json:"mention,omitempty"`
	MentionNext []string `json:"mention_next,omitempty"`
	// OnDuty is who is mentioned first, instead of Mention: users and groups. Mention follows with
	// the reminder, unless Quiet, which is about its time: then it mentions OnDuty again. Empty for nobody.
	OnDuty []string `json:"on_duty,omitempty"`
	Quiet  bool     `json:"quiet,omitempty"`
	// OverrideRoles are the roles that may run the case without approval.
	OverrideRoles []string `json:"glass,omitempty"`
	// TTL is when the request expires. It, RemindAfter and EscalateAfter count from the request; 0
	// for never.
	TTL           time.Duration `json:"ttl,omitempty"`
	RemindAfter   time.Duration `json:"remind_after,omitempty"`
	EscalateAfter time.Duration `json:"escalate_after,omitempty"`
	// ActNow is how long the action applies at once, before approval; 0 for not at all.
	ActNow time.Duration `json:"act_now,omitempty"`
	// Why is the reason for the requirement, one of the RequireFor codes.
	Why    Code              `json:"why,omitempty"`
	Values map[string]string `json:"values,omitempty"`
}

// Reasons for an approval requirement, with the names of their values.
const (
	RequireForVerb     Code = "need-verb"  // the verb itself, or this room: verb
	RequireForDuration Code = "need-long"  // longer than allowed without approval: most, got
	RequireForPeople   Code = "need-many"  // more people than allowed without approval, across commands: most, got
	RequireForLimit    Code = "need-brake" // above the moderator's people limit: most, got, within
	RequireForLifting  Code = "need-freer" // it lifts or shortens a restriction that needed approval: case
)

// Required reports whether any approval is needed.
func (n ApprovalRequirement) Required() bool { return n.Approvals > 0 }

// ApprovalState is the state of an approval request.
type ApprovalState string

// The states of an approval request. "" is a case that needed none.
const (
	ApprovalWaiting    ApprovalState = "waiting"
	ApprovalApproved   ApprovalState = "approved"
	ApprovalDenied     ApprovalState = "denied"
	ApprovalWithdrawn  ApprovalState = "withdrawn" // by its requester, or because the requester was suspended
	ApprovalExpired    ApprovalState = "expired"
	ApprovalOverridden ApprovalState = "glass" // run without approval by a person with that right
)

// ApprovalRequest is a case's request for approval.
type ApprovalRequest struct {
	State       ApprovalState
	Requirement ApprovalRequirement
	Expires     time.Time
	Reminded    time.Time // zero: not yet
	Escalated   time.Time // zero: not yet
	// ListPosted is when the full list of targets was posted in the thread.
	ListPosted time.Time
	Approvals  []Approval
	// By decided it, at DecidedAt, for a Reason. For an approved request it is the last approver.
	By        Actor
	DecidedAt time.Time
	Reason    string
	// RoomInfo is what was read of the room since the request.
	RoomInfo RoomInfo
}

// Approval is one person's approval.
type Approval struct {
	By Actor
	At time.Time
}

// RoomInfo is what the vendor reports about a room at one time. The zero value means that it was
// not looked up.
type RoomInfo struct {
	At time.Time `json:"at,omitzero"`
	// Created distinguishes two rooms with one id; zero where the vendor does not report it.
	Created time.Time `json:"created,omitzero"`
	// People is how many are inside, -1 where the vendor does not report it.
	People int    `json:"people,omitempty"`
	Owner  string `json:"owner,omitempty"`
	Title  string `json:"title,omitempty"` // user-supplied text
	// Gone means that there is no such room.
	Gone bool `json:"gone,omitempty"`
	// Failed is the error code of the lookup; empty when it succeeded.
	Failed Code `json:"failed,omitempty"`
	// More is the same of each of Action.MoreRooms, in their order.
	More []RoomInfo `json:"more,omitempty"`
}

// of returns what was looked up of the room with this place in Action.Rooms; zero where it was not.
func (r RoomInfo) of(i int) RoomInfo {
	switch {
	case i == 0:
		r.More = nil
		return r
	case i <= len(r.More):
		return r.More[i-1]
	}
	return RoomInfo{}
}

// Relation is how a case relates to Action.RelatedCase.
type Relation string

// The relations.
const (
	RelUndo   Relation = "undo"    // takes it back
	RelExtend Relation = "extend"  // changes its end
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
	// Outcome sums up the result; Pending while it runs.
	Outcome Outcome
	Targets int // people
	Rooms   int
	Actor   Actor
	Reason  string
	At      time.Time
}

// Override records that a case was run without its approvals.
type Override struct {
	By     Actor     `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// ReadableTargets is how many people a card names. More are listed in its thread, completely,
// before the case can be approved.
const ReadableTargets = 5

// NeedsListInThread reports whether a case has more targets than its card names.
func (c Case) NeedsListInThread() bool { return len(c.Action.Targets) > ReadableTargets }

// ContentDigest returns a hash over everything that the case would run. An approver's click
// carries the digest of what the card showed, so a click on an outdated card is refused.
func (c Case) ContentDigest() string {
	h := sha256.New()
	for _, part := range []string{
		strconv.FormatInt(c.No, 10), c.Token, string(c.Action.Verb), c.Action.Room.String(),
		c.Action.Duration.String(), strconv.FormatBool(c.Action.Permanent), c.Action.Reason,
		string(c.Action.Relation), strconv.FormatInt(c.Action.RelatedCase, 10),
	} {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	lists := [][]string{c.Action.Targets, texts(c.Action.Media)}
	if more := c.Action.MoreRooms; len(more) > 0 {
		keys := make([]string, len(more))
		for i, r := range more {
			keys[i] = r.String()
		}
		lists = append(lists, keys)
	}
	for _, list := range lists {
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

// Key returns the id of the person across accounts: the enterprise user, or the user.
func (a Actor) Key() string {
	if a.EnterpriseUser != "" {
		return a.EnterpriseUser
	}
	return a.User
}

// Same reports whether two actors are one person, also through two accounts of one enterprise
// user.
func (a Actor) Same(b Actor) bool {
	if a.User == "" || b.User == "" {
		return false
	}
	return a.User == b.User || a.EnterpriseUser != "" && (a.EnterpriseUser == b.EnterpriseUser || a.EnterpriseUser == b.User) ||
		b.EnterpriseUser != "" && b.EnterpriseUser == a.User
}

// Involves reports whether a person requested or approved the case.
func (c Case) Involves(who Actor) bool {
	return c.Actor.Same(who) || c.Approval.ApprovedBy(who)
}

// ApprovedBy reports whether this person already approved.
func (r ApprovalRequest) ApprovedBy(by Actor) bool {
	return slices.ContainsFunc(r.Approvals, func(v Approval) bool { return v.By.Same(by) })
}

// FirstMention returns whom the request mentions.
func (r ApprovalRequirement) FirstMention() []string {
	if len(r.OnDuty) > 0 {
		return r.OnDuty
	}
	return r.Mention
}

// ReminderMention returns whom the reminder mentions.
func (r ApprovalRequirement) ReminderMention() []string {
	if r.Quiet && len(r.OnDuty) > 0 {
		return r.OnDuty
	}
	return r.Mention
}
