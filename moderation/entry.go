package moderation

import (
	"encoding/json"
	"time"
)

// EntryKind says what an entry of the audit log tells.
type EntryKind string

// The kinds of entries.
const (
	EntryStart        EntryKind = "start"   // a new, empty database
	EntryOpened       EntryKind = "asked"   // a case was opened
	EntryRefused      EntryKind = "refused" // somebody was refused; has a number, no case
	EntryFolded       EntryKind = "folded"  // refusals that were only counted
	EntryRead         EntryKind = "read"    // somebody read a list or a case
	EntryCall         EntryKind = "call"    // a call is about to leave
	EntryAnswer       EntryKind = "answer"  // its answer, or that none came
	EntryDropped      EntryKind = "dropped" // targets that were not sent, and why
	EntryConfirmation EntryKind = "again"   // the requester is asked again, said yes, or tried again
	EntryDone         EntryKind = "done"    // the case came to an end
	EntryLifted       EntryKind = "lifted"  // a timed action ended
	EntryOverdue      EntryKind = "overdue" // a lift is late
	EntryNotice       EntryKind = "notice"  // what the operator should know: undecodable envelope, ghost connections…

	EntryApprovalGiven   EntryKind = "voted"     // somebody agreed to a case that waits
	EntryApproved        EntryKind = "approved"  // enough agreed: it runs
	EntryDenied          EntryKind = "denied"    // an approver said no
	EntryWithdrawn       EntryKind = "withdrawn" // its requester took it back
	EntryExpired         EntryKind = "expired"   // nobody decided in time
	EntryReminded        EntryKind = "reminded"  // the approvers were reminded
	EntryEscalated       EntryKind = "escalated" // the next group was asked
	EntryOverride        EntryKind = "glass"     // somebody ran it alone
	EntryStopped         EntryKind = "stopped"   // somebody stopped it while it ran
	EntryReason          EntryKind = "reason"    // its reason was changed
	EntryEvidence        EntryKind = "evidence"  // something was put to it
	EntryNote            EntryKind = "note"      // a private remark about a target
	EntryReviewed        EntryKind = "reviewed"  // somebody looked at it
	EntryFlagged         EntryKind = "flagged"   // somebody flagged it
	EntrySuspended       EntryKind = "suspended" // a moderator's rights were suspended
	EntrySuspensionEnded EntryKind = "restored"  // a suspension was ended
	EntryGroup           EntryKind = "group"     // a role group gained or lost people
	EntryPolicy          EntryKind = "policy"    // another policy came into force, or was refused
	EntryReported        EntryKind = "held"      // what the vendor says it holds, read back
	EntryErased          EntryKind = "erased"    // somebody's data was erased
	EntryForged          EntryKind = "forged"    // an entry that said it was an erasure, and that none wrote
	EntryDigest          EntryKind = "digest"    // a day was summed up
	EntryLimitReached    EntryKind = "braked"    // a moderator came to the brake
)

// Entry is one line of the audit log. ID is its place in the store; Number and
// Hash are given by the sealer, at most a second later.
type Entry struct {
	ID     int64
	Number int64  // 0 until sealed
	Hash   string // hex, empty until sealed
	Case   int64  // 0 for entries without a case
	Kind   EntryKind
	At     time.Time
	Body   json.RawMessage // one JSON object, never a secret
}

// Body is what an entry's body holds. Every kind fills what it knows.
type Body struct {
	Actor    *Actor            `json:"actor,omitempty"`
	Typed    string            `json:"typed,omitempty"`
	Action   *Action           `json:"action,omitempty"`
	Origin   *Origin           `json:"origin,omitempty"`
	Rule     string            `json:"rule,omitempty"`
	Policy   string            `json:"policy,omitempty"`
	Refusal  int64             `json:"refusal,omitempty"` // a refusal's number
	Code     Code              `json:"code,omitempty"`
	Values   map[string]string `json:"values,omitempty"`
	Targets  []string          `json:"targets,omitempty"`
	Chunk    int               `json:"chunk,omitempty"`
	Attempt  int               `json:"attempt,omitempty"`
	Purpose  Purpose           `json:"purpose,omitempty"`
	API      string            `json:"api,omitempty"`
	Request  json.RawMessage   `json:"request,omitempty"`
	Outcome  string            `json:"outcome,omitempty"`
	Vendor   *VendorResponse   `json:"vendor,omitempty"`
	TookMS   int64             `json:"took_ms,omitempty"`
	Counts   map[Outcome]int   `json:"counts,omitempty"`
	Until    time.Time         `json:"until,omitzero"`
	Count    int               `json:"count,omitempty"`
	Database string            `json:"database,omitempty"`
	Detail   string            `json:"detail,omitempty"`

	// Requirement is what an asked case needed; Facts in short what it was decided under.
	Requirement *ApprovalRequirement `json:"need,omitempty"`
	Verdicts    []RuleResult         `json:"verdicts,omitempty"`
	Look        *RoomInfo            `json:"look,omitempty"`
	// Person is the Slack user, or the target, that an entry is about.
	Person string `json:"person,omitempty"`
	Before string `json:"before,omitempty"` // what stood before a change
	Link   string `json:"link,omitempty"`
	// Erased are the bodies that an erasure rewrote.
	Erased []ErasedBody `json:"erased,omitempty"`
	// Digest is what an EntryDigest tells.
	Digest *Digest `json:"digest,omitempty"`
}

// VendorResponse is what the vendor answered.
type VendorResponse struct {
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// JSON gives the body as it is stored.
func (b Body) JSON() json.RawMessage {
	raw, err := json.Marshal(b)
	if err != nil { // only strings, numbers and valid raw JSON: cannot fail
		panic("moderation: a body that is no JSON: " + err.Error())
	}
	return raw
}

// LogHead is the newest sealed entry: what the chain stands at.
type LogHead struct {
	Number int64
	Hash   string // hex
}
