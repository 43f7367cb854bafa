package moderation

import (
	"context"
	"time"
)

// Store is what the Service keeps cases and their work in. Each method is one
// transaction.
type Store interface {
	Again(ctx context.Context, j Job, cf Confirmation) (Case, error)
	Answered(ctx context.Context, j Job, call int64, a Answer, v Verdict) error
	Append(ctx context.Context, c Change) error
	Ask(ctx context.Context, j Job, no int64, jobs []NewJob) (Case, error)
	Begin(ctx context.Context, j Job, in Beginning) (Began, error)
	Case(ctx context.Context, no int64) (Case, error)
	Confirm(ctx context.Context, j Job, cf Confirmation) (Case, error)
	Finish(ctx context.Context, j Job, c Change) error
	InsideAsked(ctx context.Context, no int64) (bool, error)
	Let(ctx context.Context, j Job, no int64, kind EntryKind, body Body) (Case, error)
	LiftFault(ctx context.Context, j Job, l Line, body Body) error
	Looked(ctx context.Context, j Job, no int64, look RoomLook, inside map[string]Inside) error
	Open(ctx context.Context, j Job, o Opening) (Case, error)
	Prod(ctx context.Context, j Job, no int64, kind EntryKind) error
	Reask(ctx context.Context, j Job, no int64, d Decision, at time.Time, jobs ...NewJob) (Case, error)
	Restore(ctx context.Context, j Job, w SuspensionWork, channel string) error
	Retry(ctx context.Context, j Job, wait time.Duration) error
	RunAlone(ctx context.Context, j Job, v Voting) (Case, error)
	ShowEnd(ctx context.Context, j Job) error
	Stop(ctx context.Context, j Job, no int64, body Body, jobs []NewJob) (Case, error)
	Sweep(ctx context.Context, j Job, w SuspensionWork) error
	Turn(ctx context.Context, turn Turn) (wait time.Duration, err error)
	TurnDown(ctx context.Context, j Job, no int64, to ApprovalState, body Body, jobs ...NewJob) (Case, error)
	View(ctx context.Context, no int64) (View, error)
	Vote(ctx context.Context, j Job, v Voting) (Case, error)
}

// Queueing is what Workers claim jobs from.
type Queueing interface {
	Claim(ctx context.Context, q Queue, n int) ([]Job, error)
	Serve(q Queue, slots *Slots)
	Wake(q Queue) <-chan struct{}
	NextDue(ctx context.Context, q Queue) (time.Time, bool, error)
	Renew(ctx context.Context, j Job) error
	Retry(ctx context.Context, j Job, wait time.Duration) error
}
