package moderation

import "time"

// ReviewState says whether a case must be looked at by somebody else.
type ReviewState string

// The states of a review. "" is a case that nobody has to review; anybody who
// may can do so all the same.
const (
	ReviewPending  ReviewState = "due"
	ReviewFlagged  ReviewState = "flagged"
	ReviewReviewed ReviewState = "reviewed"
)

// Why a case is to be reviewed.
const (
	ReviewOverride = "glass"  // it was run alone
	ReviewSample   = "sample" // chosen by its hash
	ReviewFlag     = "flag"   // a reviewer flagged it
)

// Review is where a case's review stands.
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

// Evidence is a message or a link that somebody put to a case. Its text can be
// erased.
type Evidence struct {
	ID     int64
	Case   int64
	By     Actor
	At     time.Time
	Author string // Slack user or name who wrote the message; empty for a link
	Sent   time.Time
	Text   string // foreign, at most MaxEvidenceLength characters; empty for a link
	Link   string
	Note   string // what the one who put it there says of it, foreign
	Erased bool
}

// EvidenceDraft is a message that somebody is about to put to a case.
type EvidenceDraft struct {
	Token   string // opaque
	Team    string
	User    string // who may put it to a case
	Channel string // where it stands
	Author  string
	Sent    time.Time
	Text    string // at most MaxEvidenceLength characters
	Link    string
	Expires time.Time
}

// MaxEvidenceLength is how many characters of a message are kept.
const MaxEvidenceLength = 3000

// Note is a private remark of a moderator about a target.
type Note struct {
	ID     int64
	Target string
	By     Actor
	At     time.Time
	Text   string // foreign
	Erased bool
}
