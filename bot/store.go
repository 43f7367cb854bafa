package bot

import (
	"context"
	"time"

	"bouncer/moderation"
)

// Store is what the Bot keeps, beside what its Service and Workers do. Each method
// is one transaction.
type Store interface {
	moderation.Store
	moderation.Queueing
	moderation.Chain

	Accept(in moderation.Incoming, done func(fresh bool, err error))
	Backlog(ctx context.Context) (moderation.Backlog, error)
	Bound(ctx context.Context, f moderation.Find, skip, n int) ([]moderation.Bound, int, error)
	CaseByToken(ctx context.Context, token string) (moderation.Case, error)
	CasesOf(ctx context.Context, who moderation.Actor, since time.Time, most int) (cases []moderation.Case, all int, err error)
	Database() (id string, fresh bool)
	Digest(ctx context.Context, from, until time.Time) (moderation.Digest, error)
	Draft(ctx context.Context, token string, at time.Time) (moderation.Draft, error)
	DueChannels(ctx context.Context, skip map[string]bool) ([]moderation.ChannelDue, error)
	DuePosts(ctx context.Context, channel string, kind moderation.PostKind, n int) ([]moderation.Post, error)
	Enforce(ctx context.Context, p moderation.PolicyText, c moderation.PolicyChange) (out moderation.InForce, err error)
	Enquiry(ctx context.Context, token string) (moderation.Enquiry, error)
	Entries(ctx context.Context, no, after int64) ([]moderation.Entry, error)
	Find(ctx context.Context, f moderation.Find, before int64, n int) ([]moderation.Case, int, error)
	GroupSeen(ctx context.Context, before *moderation.RoleGroup, now moderation.RoleGroup, c moderation.Change) error
	InForce(ctx context.Context) (moderation.InForce, error)
	KeepDrafts(drafts []moderation.Draft, done func(err error))
	KeepGroups(ctx context.Context, ids []string) error
	KeepLine(ctx context.Context, token string, cases []int64) error
	LastDigest(ctx context.Context) (time.Time, error)
	LineCases(ctx context.Context, token string) (cases []int64, err error)
	LinesLater(ctx context.Context, posts ...moderation.Post) error
	List(ctx context.Context, token string) (moderation.List, error)
	Listed(ctx context.Context, no int64) error
	Live(ctx context.Context, state moderation.State, n int) ([]moderation.Case, int, error)
	Move(ctx context.Context, j moderation.Job, q moderation.Queue) error
	MoveCard(ctx context.Context, no int64, channel string, c moderation.Change) error
	Notes(ctx context.Context, target string) ([]moderation.Note, error)
	NumberAbove(ctx context.Context, no int64) error
	Numbers(ctx context.Context, f moderation.Find, before int64) ([]int64, error)
	Overdue(ctx context.Context, n int) ([]moderation.LateLift, int, error)
	PolicyText(ctx context.Context, hash string) (moderation.PolicyText, error)
	PostLater(ctx context.Context, wait time.Duration, failed bool, posts ...moderation.Post) error
	Posted(ctx context.Context, at moderation.Posted, folded bool, posts ...moderation.Post) error
	PostsIn(ctx context.Context, at moderation.Posted) ([]moderation.Post, error)
	PutDigest(ctx context.Context, j moderation.Job, day string, d moderation.Digest, c moderation.Change) error
	Quote(ctx context.Context, token string) (moderation.Quote, error)
	Repeats(ctx context.Context, in moderation.Case) (moderation.Case, error)
	Review(ctx context.Context, j moderation.Job, r moderation.Reviewing) (moderation.Case, error)
	ReviewsDue(ctx context.Context, from, n int) (page []moderation.ReviewItem, all int, err error)
	RoleGroups(ctx context.Context) (map[string]moderation.RoleGroup, error)
	Seal(ctx context.Context) (moderation.Head, error)
	SetReason(ctx context.Context, j moderation.Job, no int64, reason string, ch moderation.Change, body moderation.Body) (moderation.Case, error)
	Suspend(ctx context.Context, j moderation.Job, n moderation.NewSuspension) (out moderation.Suspension, err error)
	Suspended(ctx context.Context, who moderation.Actor) (*moderation.Suspension, error)
	Suspensions(ctx context.Context) ([]moderation.Suspension, error)
	Undoable(ctx context.Context, no int64) (still []string, newer int64, err error)
	Unpost(ctx context.Context, posts ...moderation.Post) error
	Unsuspend(ctx context.Context, j moderation.Job, u moderation.Unsuspension) (out moderation.Suspension, err error)
	WakePosts() <-chan struct{}
	Weigh(ctx context.Context, by moderation.Actor, a moderation.Action, lookback time.Duration) (moderation.Facts, error)
	Witness(ctx context.Context, h moderation.Head) error
}

// turns is what takes turns of a rate limit.
type turns interface {
	Turn(ctx context.Context, turn moderation.Turn) (wait time.Duration, err error)
}

// backlogs is what counts what waits.
type backlogs interface {
	Backlog(ctx context.Context) (moderation.Backlog, error)
}
