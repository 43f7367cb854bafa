package moderation

import (
	"encoding/json"
	"strings"
	"time"
)

// PostKind is the kind of a message in Slack.
type PostKind string

// The kinds of posts.
const (
	PostCard   PostKind = "card"   // the message that shows a case
	PostThread PostKind = "thread" // audit messages under the card
	PostLine   PostKind = "line"   // a line in the audit channel
	PostReport PostKind = "report" // a report, or a reminder of those that wait: see Post.Report
)

// Post is a message that Slack does not show yet, or not in its wanted state. Cards and threads
// are rendered from the case when they are posted. A line has its own body, or is rendered from
// its case (when Case is set and Body is empty).
type Post struct {
	ID      int64
	Key     string
	Kind    PostKind
	Channel string
	Case    int64
	// Rank orders posts in a channel: 0 cards with active buttons, 1 updates, 2 threads, 3 lines,
	// RankSeparate lines that were already posted in a list, 5 reports.
	Rank int
	Due  time.Time
	// Wanted is the version to show (the case's version for a card, the newest entry for a thread,
	// the count for a line); Posted is the version that Slack shows.
	Wanted, Posted int64
	// Generation increases whenever another message must replace the one that showed it, or was to
	// show it.
	Generation int64
	// TS is the message that shows it, empty while there is none. Folded posts share one.
	TS     string
	Folded bool
	// Parent is the card's message, for a thread.
	Parent  string
	Attempt int
	// Lease is the number of the lease under which it is sent: what a process does under an earlier
	// one is not recorded.
	Lease     int64
	EntryKind EntryKind // of a line
	Body      json.RawMessage
	Count     int
	At        time.Time // when it was first queued
}

// Report returns the token of the report that a PostReport shows; false for a reminder.
func (p Post) Report() (token string, ok bool) { return strings.CutPrefix(p.Key, "report:") }

// RankSeparate is the rank of a line that was posted in a list and is posted again on its own, for
// its buttons.
const RankSeparate = 4

// ChannelBacklog sums up what is due in one channel.
type ChannelBacklog struct {
	Channel string
	Posts   int
	Lines   int // of the posts
	Reports int // of the posts
	// Due times of the oldest, zero for none: of all but reports, of the lines, and of the reports.
	Oldest, OldestLine, OldestReport time.Time
}
