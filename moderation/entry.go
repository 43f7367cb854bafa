package moderation

import (
	"encoding/json"
	"time"
)

// EntryKind is the kind of an audit log entry.
type EntryKind string

// The kinds of entries.
const (
	EntryStart        EntryKind = "start"   // a new, empty database
	EntryOpened       EntryKind = "asked"   // a case was opened
	EntryRefused      EntryKind = "refused" // a request was refused; has a number, no case
	EntryFolded       EntryKind = "folded"  // refusals that were only counted
	EntryRead         EntryKind = "read"    // a list or a case was read
	EntryCall         EntryKind = "call"    // a call is about to be made
	EntryAnswer       EntryKind = "answer"  // its answer, or that there is none
	EntryDropped      EntryKind = "dropped" // targets that were not sent, and why
	EntryConfirmation EntryKind = "again"   // the requester is asked to confirm, confirmed, or tried again
	EntryDone         EntryKind = "done"    // the case ended
	EntryLifted       EntryKind = "lifted"  // a restriction ended
	EntryOverdue      EntryKind = "overdue" // a lift is late
	EntryNotice       EntryKind = "notice"  // for the operator: undecodable envelope, delayed events…

	EntryApprovalGiven   EntryKind = "voted"     // a person approved a waiting case
	EntryApproved        EntryKind = "approved"  // all approvals were given: it runs
	EntryDenied          EntryKind = "denied"    // an approver denied it
	EntryWithdrawn       EntryKind = "withdrawn" // its requester withdrew it
	EntryExpired         EntryKind = "expired"   // it was not decided in time
	EntryReminded        EntryKind = "reminded"  // the approvers were reminded
	EntryEscalated       EntryKind = "escalated" // the next roles were asked
	EntryOverride        EntryKind = "glass"     // it was run without its approvals
	EntryStopped         EntryKind = "stopped"   // it was stopped while it ran
	EntryReason          EntryKind = "reason"    // its reason was changed
	EntryEvidence        EntryKind = "evidence"  // evidence was added to it
	EntryNote            EntryKind = "note"      // a private remark about a target
	EntryReviewed        EntryKind = "reviewed"  // it was reviewed
	EntryFlagged         EntryKind = "flagged"   // it was flagged
	EntrySuspended       EntryKind = "suspended" // a moderator's rights were suspended
	EntrySuspensionEnded EntryKind = "restored"  // a suspension was ended
	EntryGroup           EntryKind = "group"     // members of a role group changed
	EntryPolicy          EntryKind = "policy"    // another policy came into force, or was refused
	EntryReported        EntryKind = "held"      // what the vendor reports, read back
	EntryErased          EntryKind = "erased"    // a person's data was erased
	EntryPruned          EntryKind = "pruned"    // the beginning of the log was cut off, or its bodies erased
	EntryForged          EntryKind = "forged"    // an entry that claims to be an erasure or a prune, but is not
	EntryDigest          EntryKind = "digest"    // a daily digest was posted
	EntryLimitReached    EntryKind = "braked"    // a moderator reached the people limit

	EntryReport          EntryKind = "report"           // a report was received; further equal ones are folded into it
	EntryReportTaken     EntryKind = "report-taken"     // a case that waits came of it
	EntryReportDecided   EntryKind = "report-decided"   // a case that runs came of it
	EntryReportReopened  EntryKind = "report-reopened"  // its case came to nothing
	EntryReportDismissed EntryKind = "report-dismissed" // nothing has to be done
)

// Entry is one record of the audit log. ID is its place in the store. Number and Hash are set when
// it is sealed, at most a second later.
type Entry struct {
	ID     int64
	Number int64  // 0 until sealed
	Hash   string // hex, empty until sealed
	Case   int64  // 0 for entries without a case
	Kind   EntryKind
	At     time.Time
	Body   json.RawMessage // one JSON object, never a secret
}

// Body is the content of an entry. Each kind fills the fields it knows.
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
	Room     string            `json:"room,omitempty"` // where Targets are, of a case in several rooms
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
	// Involved says that the person of a refused click requested or approved the case.
	Involved bool `json:"involved,omitempty"`

	// Requirement is the approval that an opened case needed; Facts summarizes what it was decided
	// under.
	Requirement *ApprovalRequirement `json:"need,omitempty"`
	Verdicts    []RuleResult         `json:"verdicts,omitempty"`
	RoomInfo    *RoomInfo            `json:"look,omitempty"`
	// Person is the Slack user, or the target, that an entry concerns.
	Person string `json:"person,omitempty"`
	Before string `json:"before,omitempty"` // the value before a change
	Link   string `json:"link,omitempty"`
	// Erased are the bodies that an erasure rewrote.
	Erased []ErasedBody `json:"erased,omitempty"`
	// ContentErased says that everything else was erased because of its age.
	ContentErased bool `json:"content_erased,omitempty"`
	// Pruned is what an EntryPruned removed.
	Pruned *PrunedLog `json:"pruned,omitempty"`
	// Digest is the content of an EntryDigest.
	Digest *Digest `json:"digest,omitempty"`
}

// PrunedLog is what was removed from the beginning of the log.
type PrunedLog struct {
	Number int64 `json:"number"` // of the last entry
	// Bodies means that only bodies were erased: entries and hashes are still there, and the fields
	// below are empty.
	Bodies bool   `json:"bodies,omitempty"`
	Hash   string `json:"hash,omitempty"`  // of the last entry, which the next one is chained to
	Entry  int64  `json:"entry,omitempty"` // the id of the last entry
	Cases  int64  `json:"cases,omitempty"` // the highest case that was requested up to there
}

// VendorResponse is the vendor's answer.
type VendorResponse struct {
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// JSON returns the body as it is stored.
func (b Body) JSON() json.RawMessage {
	raw, err := json.Marshal(b)
	if err != nil { // only strings, numbers and valid raw JSON: cannot fail
		panic("moderation: a body that is no JSON: " + err.Error())
	}
	return raw
}

// LogHead is the newest sealed entry.
type LogHead struct {
	Number int64
	Hash   string // hex
}
