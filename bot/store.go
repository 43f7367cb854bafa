package bot

import (
	"context"
	"time"

	"bouncer/moderation"
)

// Store is what the Bot stores itself, in addition to its Service and
// Workers. Each method is one transaction; package store documents what it
// returns and which errors.
type Store interface {
	moderation.Store
	moderation.JobQueue
	moderation.SealedLog

	AppendFirst(ctx context.Context, c moderation.Change) error
	AcceptReports(ctx context.Context, reports []moderation.NewReport, remind time.Duration) (reused []bool, err error)
	Report(ctx context.Context, token string) (moderation.Report, error)
	Reports(ctx context.Context, tokens []string) ([]moderation.Report, error)
	WaitingReports(ctx context.Context, channel string, n int) (reports []moderation.Report, all int, err error)
	DismissReport(ctx context.Context, j moderation.Job, token string, body moderation.Body, c moderation.Change) error
	RemindReports(ctx context.Context, j moderation.Job, channel string, after time.Duration) error
	Accept(in moderation.Delivery, done func(fresh bool, err error))
	Backlog(ctx context.Context) (moderation.Backlog, error)
	ActiveRestrictions(ctx context.Context, f moderation.SearchQuery, skip, n int) ([]moderation.CaseRestrictions, int, error)
	CaseByToken(ctx context.Context, token string) (moderation.Case, error)
	CasesBy(ctx context.Context, who moderation.Actor, since time.Time, most int) (cases []moderation.Case, all int, err error)
	Database() (id string, fresh bool)
	Digest(ctx context.Context, from, until time.Time) (moderation.Digest, error)
	CardView(ctx context.Context, no, since int64) (moderation.CaseView, error)
	KnownTargets(ctx context.Context, ids []string) (int, error)
	Draft(ctx context.Context, token string, at time.Time) (moderation.Draft, error)
	DueChannels(ctx context.Context, skip map[string]bool) ([]moderation.ChannelBacklog, error)
	DuePosts(ctx context.Context, channel string, kind moderation.PostKind, n int) ([]moderation.Post, error)
	SetPolicyInForce(ctx context.Context, p moderation.PolicyText, c moderation.PolicyChange) (out moderation.PolicyInForce, err error)
	SavedSearch(ctx context.Context, token string) (moderation.SavedSearch, error)
	Entries(ctx context.Context, no, after int64) ([]moderation.Entry, error)
	Cases(ctx context.Context, nos []int64) ([]moderation.Case, error)
	NewestHashes(ctx context.Context, cases []int64) (map[int64]string, error)
	SearchCases(ctx context.Context, f moderation.SearchQuery, before int64, n int) ([]moderation.Case, int, error)
	SaveRoleGroup(ctx context.Context, before *moderation.RoleGroup, now moderation.RoleGroup, c moderation.Change) error
	PolicyInForce(ctx context.Context) (moderation.PolicyInForce, error)
	SaveDrafts(drafts []moderation.Draft, done func(err error))
	DeleteOtherRoleGroups(ctx context.Context, ids []string) error
	SaveLineCases(ctx context.Context, token string, cases []int64) error
	LastDigest(ctx context.Context) (time.Time, error)
	LineCases(ctx context.Context, token string) (cases []int64, err error)
	PostLinesSeparately(ctx context.Context, posts ...moderation.Post) error
	List(ctx context.Context, token string) (moderation.List, error)
	SetListPosted(ctx context.Context, no int64) error
	UnfinishedCases(ctx context.Context, state moderation.State, n int) ([]moderation.Case, int, error)
	MoveJob(ctx context.Context, j moderation.Job, q moderation.Queue) error
	MoveCard(ctx context.Context, no int64, channel string, c moderation.Change) error
	NewestChoice(ctx context.Context, view string, at int64) (newest bool, hash string, err error)
	Notes(ctx context.Context, target string) ([]moderation.Note, error)
	RaiseNextCase(ctx context.Context, no int64) error
	SearchCaseNumbers(ctx context.Context, f moderation.SearchQuery, before int64) ([]int64, error)
	OverdueLifts(ctx context.Context, n int) ([]moderation.OverdueLift, int, error)
	PolicyText(ctx context.Context, hash string) (moderation.PolicyText, error)
	RenewPosts(ctx context.Context, within time.Duration, posts ...moderation.Post) error
	RetryPosts(ctx context.Context, wait time.Duration, failed bool, posts ...moderation.Post) error
	MarkPosted(ctx context.Context, at moderation.Posted, folded bool, posts ...moderation.Post) error
	PostsIn(ctx context.Context, at moderation.Posted) ([]moderation.Post, error)
	SaveDigest(ctx context.Context, j moderation.Job, day string, d moderation.Digest, c moderation.Change) error
	EvidenceDraft(ctx context.Context, token string) (moderation.EvidenceDraft, error)
	FormUpdated(ctx context.Context, view, hash string) error
	FindDuplicate(ctx context.Context, in moderation.Case) (moderation.Case, error)
	Review(ctx context.Context, j moderation.Job, r moderation.ReviewInput) (moderation.Case, error)
	PendingReviews(ctx context.Context, from, n int) (page []moderation.ReviewItem, all int, err error)
	RoleGroups(ctx context.Context) (map[string]moderation.RoleGroup, error)
	Seal(ctx context.Context) (moderation.LogHead, error)
	Statistics(ctx context.Context, of moderation.SearchQuery, from, until time.Time) (moderation.Statistics, error)
	Append(ctx context.Context, c moderation.Change) error
	GroupHandles(ctx context.Context) (map[string]string, error)
	SetReason(ctx context.Context, j moderation.Job, no int64, reason, code string, ch moderation.Change, body moderation.Body) (moderation.Case, error)
	Suspend(ctx context.Context, j moderation.Job, n moderation.NewSuspension) (out moderation.Suspension, err error)
	ActiveSuspension(ctx context.Context, who moderation.Actor) (*moderation.Suspension, error)
	ActiveSuspensions(ctx context.Context) ([]moderation.Suspension, error)
	UndoableTargets(ctx context.Context, no int64) (still []moderation.Target, newer int64, err error)
	MarkPostGone(ctx context.Context, posts ...moderation.Post) error
	Unsuspend(ctx context.Context, j moderation.Job, u moderation.Unsuspension) (out moderation.Suspension, err error)
	PostsWake() <-chan struct{}
	Facts(ctx context.Context, by moderation.Actor, a moderation.Action, lookback time.Duration) (moderation.Facts, error)
	SavePublishedHead(ctx context.Context, h moderation.LogHead) error
}

// turns takes turns of a rate limit.
type turns interface {
	TakeTurn(ctx context.Context, turn moderation.Turn) (wait time.Duration, err error)
}

// backlogs is what counts what waits.
type backlogs interface {
	Backlog(ctx context.Context) (moderation.Backlog, error)
}
