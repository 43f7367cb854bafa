package moderation

import "time"

// ReviewState is whether other people must review a case.
type ReviewState string

// The states of a review. "" is a case that needs none, though reviewers may review it.
const (
	ReviewPending  ReviewState = "due"
	ReviewFlagged  ReviewState = "flagged"
	ReviewReviewed ReviewState = "reviewed"
)

// Reasons for a review.
const (
	ReviewOverride = "glass"  // it was run without approval
	ReviewSample   = "sample" // sampled by its hash
	ReviewFlag     = "flag"   // a reviewer flagged it
)

// Review is the state of a case's review.
type Review struct {
	State ReviewState
	Why   string
	By    Actor
	At    time.Time
	Note  string // of a flag
}

// ReviewItem is one row of the review list.
type ReviewItem struct {
	Case Case
}

// Evidence is a message or a link attached to a case. Its text can be erased.
type Evidence struct {
	ID     int64
	Case   int64
	By     Actor
	At     time.Time
	Author string // Slack user or name of the message's author; empty for a link
	Sent   time.Time
	Text   string // user-supplied, at most MaxEvidenceLength characters; empty for a link
	Link   string
	Note   string // comment of the person who attached it, user-supplied
	Erased bool
}

// EvidenceDraft is a message that a person is about to attach to a case.
type EvidenceDraft struct {
	Token   string // opaque
	Team    string
	User    string // who may attach it
	Channel string // the message's channel
	Author  string
	Sent    time.Time
	Text    string // at most MaxEvidenceLength characters
	Link    string
	Expires time.Time
}

// MaxEvidenceLength is how many characters of a message are kept.
const MaxEvidenceLength = 3000

// Note is a moderator's private remark about a target.
type Note struct {
	ID     int64
	Target string
	By     Actor
	At     time.Time
	Text   string // user-supplied
	Erased bool
}
