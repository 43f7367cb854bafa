package moderation

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// Authorizer checks again, just before a call, whether the requester may still do what the case
// does, with an answer of Slack that is at most five seconds old.
type Authorizer interface {
	// Recheck returns nil for yes, an *Error for no, and an *ApprovalRequiredError when the policy
	// now requires an approval that the case does not have. Any other error means that Slack could
	// not answer: do not act, retry later. by is who started this run: the requester, or who
	// pressed "again".
	Recheck(ctx context.Context, c Case, by Actor) error
}

// ApprovalRequiredError says that a running case needs an approval that it does not have.
type ApprovalRequiredError struct{ Decision Decision }

// Error returns a sentence that names the rule that requires it.
func (u *ApprovalRequiredError) Error() string {
	return "moderation: rule " + u.Decision.Rule + " asks for an approval by now"
}

// Config is what a Service needs. Every field is required unless it says otherwise.
type Config struct {
	Store      Store
	Vendor     Vendor
	Authorizer Authorizer
	App        uint32 // SDKAppID
	// Rates are our shares of the APIs' limits in calls a second, by API.
	Rates map[string]float64
	// SendReason sends the typed reason to the vendor, who may show it to the target; otherwise it
	// gets "case N".
	SendReason bool
	// AuditChannel gets the audit lines: how cases end, and which lifts are late.
	AuditChannel string
	Timing       Timing // zero for the defaults
	// Now is the wall clock; nil for time.Now.
	Now func() time.Time
	// Jitter returns numbers from 0 to 1; nil for a random source.
	Jitter  func() float64
	Logger  *slog.Logger // nil for none
	Metrics Metrics      // nil for none
}

// Metrics receives what the metrics count.
type Metrics interface {
	CaseOpened(verb Verb)
	// TargetsDone is called when a chunk of targets got its outcome.
	TargetsDone(api string, outcome Outcome)
	Called(api string, class VendorClass, took time.Duration)
	Lifted(late time.Duration)
}

// Service moves cases through their life cycle. It is safe for concurrent use.
type Service struct {
	cfg   Config
	gate  priorityLimiter
	turns map[string]Turn // of calls, by API
	// presence reads the list of a room once for all chunks of a case.
	presence singleflight.Group
	lastList atomic.Pointer[cachedList] // the list that was read last
	// clearances are the cases of many that were checked last.
	clearances clearances
}

// New returns a Service. Its error names what the config lacks.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Vendor == nil || cfg.Authorizer == nil || cfg.Rates == nil {
		return nil, errors.New("moderation: Store, Vendor, Authorizer and Rates are required")
	}
	cfg.Timing = cfg.Timing.Filled()
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Jitter == nil {
		cfg.Jitter = randomFraction
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = noMetrics{}
	}
	turns := make(map[string]Turn, len(cfg.Rates))
	for api := range cfg.Rates {
		turns[api] = cfg.turn(api, turnAhead)
	}
	return &Service{cfg: cfg, gate: newPriorityLimiter(), turns: turns}, nil
}

// CaseRequest is an allowed command that is to become a case.
type CaseRequest struct {
	Action Action
	Actor  Actor
	// Evaluate returns the policy's decision for what the store knows. Lookback is how far back it
	// counts people, ReviewShare the share of cases to review.
	Evaluate    func(Facts) Decision
	Lookback    time.Duration
	ReviewShare float64
	Typed       string
	Origin      Origin
	Team        string
	// At is when it was accepted, before its acknowledgement.
	At time.Time
	// CardChannel is the channel of its card.
	CardChannel string
	// Draft is the token of the draft it came from; empty for none.
	Draft string
	// Report is the token of the report that it comes of; empty for none.
	Report string
	// OnDuplicate is queued instead when a case already does the same; nil always opens a new
	// case.
	OnDuplicate []NewJob
	// ExtraJobs are queued with it and with its number, such as the private answer.
	ExtraJobs []NewJob
}

// OpenCase opens a case for a command. An action that has not started within StartWithin of its
// acknowledgement opens as AwaitingConfirmation; one that needs approval as AwaitingApproval. It
// returns *RefusedError when the decision is no, and ErrStale, with the case that resulted, when
// its draft was already used.
func (s *Service) OpenCase(ctx context.Context, j Job, a CaseRequest) (Case, error) {
	plan, err := s.plan(a.Action)
	if err != nil {
		return Case{}, err
	}
	now := s.cfg.Now()
	o := s.opening(a, plan, now)
	o.Jobs, o.Draft, o.Report, o.OnDuplicate = a.ExtraJobs, a.Draft, a.Report, a.OnDuplicate
	if now.Sub(a.At) > StartWithin {
		o.Case.State, o.Case.Until = AwaitingConfirmation, time.Time{}
		o.Jobs = append(o.Jobs, expiry(now))
	}
	opened, err := s.cfg.Store.OpenCase(ctx, j, o)
	if err == nil && opened.Token == o.Case.Token {
		s.cfg.Metrics.CaseOpened(a.Action.Verb)
	}
	return opened, err
}

func (s *Service) opening(a CaseRequest, plan Plan, now time.Time) NewCase {
	return NewCase{
		Case: Case{
			Token: NewToken(), App: s.cfg.App, Team: a.Team, Action: a.Action, Actor: a.Actor,
			State: Open, Typed: a.Typed, Origin: a.Origin, AskedAt: a.At, Until: effectEnd(a.Action, a.At),
		},
		Targets: chunked(a.Action, plan), Evaluate: a.Evaluate, Lookback: a.Lookback, ReviewShare: a.ReviewShare,
		CardChannel: a.CardChannel, AuditChannel: s.cfg.AuditChannel,
		SendPlan: s.sending(a.Action, plan, now, 0, nil),
	}
}

// ActNow returns the case that runs at once, for as long as the requirement allows, while o's case
// waits for approval.
func (o NewCase) ActNow(n ApprovalRequirement) NewCase {
	c := o.Case
	a := c.Action
	a.Relation, a.Override = RelActNow, false
	if a.Permanent || a.Duration > n.ActNow {
		a.Duration, a.Permanent = n.ActNow, false
	}
	o.Case = Case{
		Token: NewToken(), App: c.App, Team: c.Team, Action: a, Actor: c.Actor,
		State: Open, Typed: c.Typed, Origin: c.Origin, AskedAt: c.AskedAt, Until: effectEnd(a, c.AskedAt),
	}
	o.Evaluate, o.Jobs, o.Draft, o.Report, o.OnDuplicate = nil, nil, "", "", nil
	return o
}

// sending returns how an action is sent.
func (s *Service) sending(a Action, plan Plan, now time.Time, round int64, by *Actor) SendPlan {
	spec, _ := a.Verb.Spec()
	kind := JobSync
	if spec.Effect == EffectEvent {
		kind = JobChunk
	}
	return SendPlan{ChunkSize: plan.ChunkSize, Kind: kind, At: now, Round: round, By: by}
}

// Confirm runs a case that awaited confirmation, counted from now. It returns the case as it is
// then. It is evaluated again with what the store knows now: *RefusedError when the decision is no,
// ErrStale when the case no longer waits.
func (s *Service) Confirm(ctx context.Context, j Job, c Case, by Body, w Reevaluation, also ...NewJob) (Case, error) {
	if c.State != AwaitingConfirmation {
		return c, ErrStale
	}
	cf, err := s.confirmation(c, by, also)
	if err != nil {
		return c, err
	}
	if cf.RoomInfo, err = s.currentRoom(ctx, c); err != nil {
		return c, err
	}
	cf.Reevaluation = w
	return s.cfg.Store.Confirm(ctx, j, cf)
}

// confirmation returns a case's run from now on.
func (s *Service) confirmation(c Case, by Body, also []NewJob) (Confirmation, error) {
	plan, err := s.plan(c.Action)
	if err != nil {
		return Confirmation{}, err
	}
	now := s.cfg.Now()
	return Confirmation{
		No: c.No, Body: by, Until: effectEnd(c.Action, now), Jobs: also,
		SendPlan: s.sending(c.Action, plan, now, round(c), by.Actor),
	}, nil
}

// Abandon ends a case that awaited confirmation and returns it as it is then. It returns ErrStale
// when the case no longer waits; other errors are those of the store.
func (s *Service) Abandon(ctx context.Context, j Job, c Case, by Body) (Case, error) {
	if c.State != AwaitingConfirmation {
		return c, ErrStale
	}
	by.Code = CodeDropped
	return s.cfg.Store.AbandonPending(ctx, j, c.No, EntryConfirmation, by)
}

// TryAgain sends targets that ended unknown once more, when the person who asks could request it
// now without approval. It returns the case as it is then, and ErrStale when nothing of it is
// unknown. Other errors are those of Store.TryAgain.
func (s *Service) TryAgain(ctx context.Context, j Job, c Case, by Body, w Reevaluation, also ...NewJob) (Case, error) {
	if c.Counts[Unknown] == 0 || c.State != Done {
		return c, ErrStale
	}
	cf, err := s.confirmation(c, by, also)
	if err != nil {
		return c, err
	}
	if cf.RoomInfo, err = s.currentRoom(ctx, c); err != nil {
		return c, err
	}
	cf.Reevaluation = w
	return s.cfg.Store.TryAgain(ctx, j, cf)
}

// TakeTurn returns when a turn of an API's rate limit has come; reads use it before each page. It
// returns the context's error when that ends first, or the store's.
func (s *Service) TakeTurn(ctx context.Context, api string) error {
	for {
		wait, err := s.cfg.Store.TakeTurn(ctx, s.cfg.turn(api, 0))
		if err != nil || wait == 0 {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// turnAhead is how far ahead a call's turn may be taken. It is longer than the pause between two
// calls of the slowest API, so that no turn is lost.
const turnAhead = 60 * time.Millisecond

// turn allows no burst: then no window of a second exceeds our share.
func (c Config) turn(api string, ahead time.Duration) Turn {
	return Turn{Key: api, PerSecond: c.Rates[api], Burst: 1, Ahead: ahead}
}

// NewToken returns an opaque token of 128 random bits, in hex.
func NewToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b[:])
}

// effectEnd returns when an action's effect ends, counted from a time; zero for no end.
func effectEnd(a Action, from time.Time) time.Time {
	if a.Permanent || a.Duration == 0 || a.Effect() != EffectRestrict {
		return time.Time{}
	}
	return from.Add(a.Duration)
}

// plan returns how an action is sent in all of its rooms: with the smallest chunks. Its error is
// that of the first room where it cannot be sent.
func (s *Service) plan(a Action) (plan Plan, err error) {
	rooms := a.Rooms()
	if len(rooms) == 0 {
		return s.cfg.Vendor.Plan(a)
	}
	for i, r := range rooms {
		p, err := s.cfg.Vendor.Plan(a.In(r))
		if err != nil {
			return Plan{}, err
		}
		if i == 0 || p.ChunkSize < plan.ChunkSize {
			plan = p
		}
	}
	return plan, nil
}

// chunked returns the targets of an action, room by room.
func chunked(a Action, p Plan) []Target {
	subjects, size := a.TargetRows(), max(p.ChunkSize, 1)
	var targets []Target
	for n, r := range a.Rooms() {
		first := n*((len(subjects)+size-1)/size) + 1
		for i, id := range subjects {
			targets = append(targets, Target{Seq: len(targets) + 1, Chunk: first + i/size, Room: r, ID: id, Outcome: Pending})
		}
	}
	return targets
}

// Chunks returns the jobs that send targets, one per chunk.
func (s SendPlan) Chunks(targets []Target) []NewJob {
	if s.Kind == "" {
		return nil
	}
	var chunks []Target // the first target of each
	seen := make(map[int]bool)
	for _, t := range targets {
		if !seen[t.Chunk] {
			chunks, seen[t.Chunk] = append(chunks, t), true
		}
	}
	queue := QueueCall
	if s.Bulk || len(chunks) >= BulkChunks {
		queue = QueueBulk
	}
	jobs := make([]NewJob, len(chunks))
	for i, t := range chunks {
		jobs[i] = NewJob{
			Key:   fmt.Sprintf("chunk:%d:%d", t.Chunk, s.Round),
			Queue: queue, Kind: s.Kind, RunAt: s.At,
			Payload: mustJSON(SyncWork{Chunk: t.Chunk, Bulk: queue == QueueBulk, Many: s.Bulk, By: s.By, Room: t.Room.String()}),
		}
	}
	return jobs
}

func round(c Case) int64 { return c.Version + 1 }

func expiry(now time.Time) NewJob {
	at := now.Add(ConfirmWithin)
	return NewJob{
		Key: "expire:" + strconv.FormatInt(at.UnixMilli(), 10), Queue: QueueTimer,
		Kind: JobConfirmTimeout, RunAt: at, Payload: []byte("{}"),
	}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // our own structs of strings and numbers: cannot fail
		panic("moderation: " + err.Error())
	}
	return b
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
