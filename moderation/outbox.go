package moderation

import (
	"context"
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
	// updates, 2 threads, 3 lines, RankOwn lines that were told already.
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

// RankOwn is the rank of a line that was told among others, and is told once
// more by itself for its buttons.
const RankOwn = 4

// ChannelDue sums up what is due in one channel.
type ChannelDue struct {
	Channel    string
	Posts      int
	Lines      int
	Oldest     time.Time // due time of the oldest
	OldestLine time.Time // zero for none
}

// Outbox is what should stand in Slack.
type Outbox interface {
	// DueChannels lists the channels in which something is due.
	DueChannels(ctx context.Context) ([]ChannelDue, error)
	// DuePosts gives up to n due posts of a kind in a channel by rank, then
	// due; kind "" for all. Threads whose card stands nowhere yet are left
	// out. They are leased for Lease: not given again within it.
	DuePosts(ctx context.Context, channel string, kind PostKind, n int) ([]Post, error)
	// Posted records that posts stand in a message as of their Wanted. When
	// one of them was moved on since, it is due again. A card's place is
	// written to its case.
	Posted(ctx context.Context, at Posted, folded bool, posts ...Post) error
	// PostLater makes posts due again after the wait; attempt is raised when
	// failed is true.
	PostLater(ctx context.Context, wait time.Duration, failed bool, posts ...Post) error
	// Unpost tells that the message that showed these posts is gone: they have
	// no message any more (nor has their case, nor its thread) and are due.
	Unpost(ctx context.Context, posts ...Post) error
	// MoveCard sends a case's card and thread to another channel, and queues a
	// job with it (to tell the requester).
	MoveCard(ctx context.Context, no int64, channel string, c Change) error
	// PostsIn gives the posts that share one message (folded cards).
	PostsIn(ctx context.Context, at Posted) ([]Post, error)
	// LinesLater has lines that are told among others told once more by
	// themselves, with rank RankOwn. The same twice is one.
	LinesLater(ctx context.Context, posts ...Post) error
	// WakePosts gets a token whenever a post became due at once. Never closed.
	WakePosts() <-chan struct{}
}
