package moderation

import (
	"context"
	"time"
)

// Store is what the Service keeps cases and their jobs in. Each method is one transaction; package
// store documents what it returns and which errors.
type Store interface {
	TryAgain(ctx context.Context, j Job, cf Confirmation) (Case, error)
	RecordAnswer(ctx context.Context, j Job, call int64, a Answer, v Verdict) error
	Append(ctx context.Context, c Change) error
	RequestConfirmation(ctx context.Context, j Job, no int64, jobs []NewJob) (Case, error)
	AnnounceCall(ctx context.Context, j Job, in CallInput) (AnnouncedCall, error)
	BeginPortion(ctx context.Context, j Job, w PortionWork) error
	Case(ctx context.Context, no int64) (Case, error)
	Confirm(ctx context.Context, j Job, cf Confirmation) (Case, error)
	Finish(ctx context.Context, j Job, c Change) error
	InsideKnown(ctx context.Context, no int64, room Room) (bool, error)
	AbandonPending(ctx context.Context, j Job, no int64, kind EntryKind, body Body) (Case, error)
	RecordLiftFault(ctx context.Context, j Job, l Line, body Body) error
	SetRoomInfo(ctx context.Context, j Job, no int64, look RoomInfo, inside map[string]map[string]Inside) error
	OpenCase(ctx context.Context, j Job, o NewCase) (Case, error)
	RemindApprovers(ctx context.Context, j Job, no int64, kind EntryKind) error
	RequireApproval(ctx context.Context, j Job, no int64, d Decision, at time.Time, jobs ...NewJob) (Case, error)
	EndSuspension(ctx context.Context, j Job, w SuspensionWork, channel string) error
	Retry(ctx context.Context, j Job, wait time.Duration) error
	Override(ctx context.Context, j Job, v ApprovalInput) (Case, error)
	ShowEnd(ctx context.Context, j Job) error
	Stop(ctx context.Context, j Job, no int64, body Body, jobs []NewJob) (Case, error)
	CancelSuspended(ctx context.Context, j Job, w SuspensionWork) error
	TakeTurn(ctx context.Context, turn Turn) (wait time.Duration, err error)
	Reject(ctx context.Context, j Job, no int64, to ApprovalState, body Body, jobs ...NewJob) (Case, error)
	CaseView(ctx context.Context, no int64) (CaseView, error)
	Approve(ctx context.Context, j Job, v ApprovalInput) (Case, error)
}

// JobQueue is what Workers claim jobs from.
type JobQueue interface {
	Claim(ctx context.Context, q Queue, n int) ([]Job, error)
	ServeJobs(q Queue, slots *Slots)
	JobsWake(q Queue) <-chan struct{}
	NextDue(ctx context.Context, q Queue) (time.Time, bool, error)
	Renew(ctx context.Context, j Job) error
	Retry(ctx context.Context, j Job, wait time.Duration) error
}
