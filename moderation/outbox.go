package moderation

import (
	"encoding/json"
	"time"
)

// PostKind says what a message in Slack is.
type PostKind string

// The kinds of posts.
const (
	PostCard   PostKind = "card"   // the message that shows a case
	PostThread PostKind = "thread" // audit messages under the card
	PostLine   PostKind = "line"   // a line in the audit channel
)

// Post is something that should stand in Slack and does not yet, or no longer
// as it should. Cards and threads are read from the case when they are posted;
// a line carries its own body, or is read from its case (when Case is set and
// Body is empty).
type Post struct {
	ID      int64
	Key     string
	Kind    PostKind
	Channel string
	Case    int64
	// Rank orders posts in a channel: 0 cards with buttons to be pressed, 1
	// updates, 2 threads, 3 lines, RankSeparate lines that were told already.
	Rank int
	Due  time.Time
	// Wanted is what should stand (the case's version for a card, the newest
	// entry for a thread, the count for a line); Posted what stands.
	Wanted, Posted int64
	// Generation rises whenever another message must take the place of the one
	// that showed it, or was to.
	Generation int64
	// TS is the message that shows it, empty while there is none. Several
	// posts that were folded share one.
	TS     string
	Folded bool
	// Parent is the card's message, for a thread.
	Parent    string
	Attempt   int
	EntryKind EntryKind // of a line
	Body      json.RawMessage
	Count     int
	At        time.Time // when it was first queued
}

// RankSeparate is the rank of a line that was told among others, and is told once
// more by itself for its buttons.
const RankSeparate = 4

// ChannelBacklog sums up what is due in one channel.
type ChannelBacklog struct {
	Channel    string
	Posts      int
	Lines      int
	Oldest     time.Time // due time of the oldest
	OldestLine time.Time // zero for none
}
