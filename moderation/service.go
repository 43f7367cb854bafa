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
	"time"
)

// Rights asks again, just before a call, whether the requester may still do
// what the case does, by an answer of Slack that is at most five seconds old.
// A nil error means yes. An *Error means no. Any other error means that Slack
// could not tell: do not act, ask again later.
type Rights interface {
	// by is who asked for this run of it: the requester, or who pressed "again".
	Recheck(ctx context.Context, c Case, by Actor) error
}

// Config is what a Service needs. Every field is required unless said.
type Config struct {
	Store  Store
	Vendor Vendor
	Rights Rights
	App    uint32 // SDKAppID
	// Rate gives our share of an API's limit in calls a second.
	Rate func(api string) float64
	// SendReason sends the typed reason to the vendor, who may show it to the
	// target; otherwise it gets "case N".
	SendReason bool
	// AuditChannel is where lines go: how cases end, and which lifts are late.
	AuditChannel string
	// Now is the wall clock; nil for time.Now.
	Now func() time.Time
	// Jitter gives numbers from 0 to 1; nil for a random source.
	Jitter func() float64
	Logger *slog.Logger // nil for none
	Meter  Meter        // nil for none
}

// Meter is told what happens, for metrics.
type Meter interface {
	CaseOpened(verb Verb)
	// Settled: a chunk of targets got its outcome.
	Settled(api string, outcome Outcome)
	Called(api string, class VendorClass, took time.Duration)
	Lifted(late time.Duration)
}

// Service moves cases through their lives. It is safe for concurrent use.
type Service struct {
	cfg  Config
	gate turnstile
}

// New checks the config and makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Vendor == nil || cfg.Rights == nil || cfg.Rate == nil {
		return nil, errors.New("moderation: Store, Vendor, Rights and Rate are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Jitter == nil {
		cfg.Jitter = randomFraction
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Meter == nil {
		cfg.Meter = noMeter{}
	}
	return &Service{cfg: cfg, gate: newTurnstile()}, nil
}

// Asked is a command that was allowed and is to become a case.
type Asked struct {
	Action   Action
	Actor    Actor
	Decision Decision
	Typed    string
	Origin   Origin
	Team     string
	// At is when it was accepted, before its ack.
	At time.Time
	// Card is the channel its card goes to.
	Card string
	// Draft is the token of the draft it came from; empty for none.
	Draft string
	// Also is queued with it, such as the private answer. "{case}" in keys and
	// payloads is replaced by the number.
	Also []NewJob
}

// Open makes a case of a command. An action that has not begun within
// BeginWithin of its ack opens as a question to its requester. ErrStale, with
// the case that it became, tells that its draft was used already.
func (s *Service) Open(ctx context.Context, j Job, a Asked) (Case, error) {
	plan, err := s.cfg.Vendor.Plan(a.Action)
	if err != nil {
		return Case{}, err
	}
	now := s.cfg.Now()
	c := Case{
		Token: NewToken(), App: s.cfg.App, Team: a.Team,
		Action: a.Action, Actor: a.Actor, Decision: a.Decision,
		State: Open, Typed: a.Typed, Origin: a.Origin,
		AskedAt: a.At, Until: until(a.Action, a.At),
	}
	spec, _ := a.Action.Verb.Spec()
	o := Opening{
		Case: c, Targets: chunked(a.Action, plan), Jobs: a.Also, BotEnds: spec.BotEnds,
		Draft: a.Draft, CardChannel: a.Card, AuditChannel: s.cfg.AuditChannel,
	}
	if now.Sub(a.At) > BeginWithin {
		o.Case.State, o.Case.Until = Asking, time.Time{}
		o.Jobs = append(o.Jobs, expiry(now))
	} else {
		o.Jobs = append(o.Jobs, chunkJobs(o.Targets, now, 0, nil)...)
	}
	opened, err := s.cfg.Store.Open(ctx, j, o)
	if err == nil {
		s.cfg.Meter.CaseOpened(a.Action.Verb)
	}
	return opened, err
}

// Confirm runs a case that was asking, counted from now.
func (s *Service) Confirm(ctx context.Context, j Job, c Case, by Body, also ...NewJob) (Case, error) {
	now := s.cfg.Now()
	targets, err := s.targets(ctx, c, func(t Target) bool { return t.Outcome == Pending })
	if err != nil {
		return c, err
	}
	spec, _ := c.Action.Verb.Spec()
	return s.cfg.Store.Confirm(ctx, j, Confirmation{
		No: c.No, Body: by, Until: until(c.Action, now), BotEnds: spec.BotEnds,
		Jobs: append(chunkJobs(targets, now, round(c), by.Actor), also...),
	})
}

// Drop ends a case that was asking.
func (s *Service) Drop(ctx context.Context, j Job, c Case, by Body) (Case, error) {
	if c.State != Asking {
		return c, ErrStale
	}
	by.Code = CodeDropped
	return s.cfg.Store.Let(ctx, j, c.No, EntryAgain, by)
}

// Again sends once more what ended unknown.
func (s *Service) Again(ctx context.Context, j Job, c Case, by Body, also ...NewJob) (Case, error) {
	targets, err := s.targets(ctx, c, func(t Target) bool { return t.Outcome == Unknown })
	if err != nil {
		return c, err
	}
	if len(targets) == 0 || c.State != Done {
		return c, ErrStale
	}
	return s.cfg.Store.Again(ctx, j, Confirmation{
		No: c.No, Body: by, Jobs: append(chunkJobs(targets, s.cfg.Now(), round(c), by.Actor), also...),
	})
}

func (s *Service) targets(ctx context.Context, c Case, keep func(Target) bool) ([]Target, error) {
	v, err := s.cfg.Store.View(ctx, c.No)
	if err != nil {
		return nil, err
	}
	var kept []Target
	for _, t := range v.Targets {
		if keep(t) {
			kept = append(kept, t)
		}
	}
	return kept, nil
}

// Turn waits for a turn of an API's limit; reads use it before each page.
func (s *Service) Turn(ctx context.Context, api string) error {
	for {
		wait, err := s.cfg.Store.Turn(ctx, s.turn(api))
		if err != nil || wait == 0 {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// turnAhead is how far ahead a call's turn may be taken. It is longer than the
// pause between two calls of the slowest API, so that a line never loses pace.
const turnAhead = 60 * time.Millisecond

// turn allows no burst: then no window of a second holds more than our share.
func (s *Service) turn(api string) Turn {
	return Turn{Key: api, PerSecond: s.cfg.Rate(api), Burst: 1}
}

// NewToken makes an opaque token of 128 random bits, in hex.
func NewToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b[:])
}

// until is when an action's effect ends, counted from a time; zero for no end.
func until(a Action, from time.Time) time.Time {
	if a.Perm || a.Duration == 0 || a.Effect() != EffectBind {
		return time.Time{}
	}
	return from.Add(a.Duration)
}

func chunked(a Action, p Plan) []Target {
	subjects := a.Subjects()
	targets := make([]Target, len(subjects))
	for i, id := range subjects {
		targets[i] = Target{Seq: i + 1, Chunk: i/max(p.ChunkSize, 1) + 1, ID: id, Outcome: Pending}
	}
	return targets
}

// chunkJobs queues one job per chunk. A round tells the jobs of a case that
// was confirmed or tried again from the earlier ones; by is who did that.
func chunkJobs(targets []Target, at time.Time, round int64, by *Actor) []NewJob {
	var chunks []int
	for _, t := range targets {
		if n := len(chunks); n == 0 || chunks[n-1] != t.Chunk {
			chunks = append(chunks, t.Chunk)
		}
	}
	queue := QueueCall
	if len(chunks) >= BulkFrom {
		queue = QueueBulk
	}
	jobs := make([]NewJob, len(chunks))
	for i, chunk := range chunks {
		jobs[i] = NewJob{
			Key:   fmt.Sprintf("chunk:{case}:%d:%d", chunk, round),
			Queue: queue, Kind: JobChunk, RunAt: at,
			Payload: mustJSON(ChunkWork{Chunk: chunk, Bulk: queue == QueueBulk, By: by}),
		}
	}
	return jobs
}

func round(c Case) int64 { return c.Version + 1 }

func expiry(now time.Time) NewJob {
	at := now.Add(AskFor)
	return NewJob{
		Key: "expire:{case}:" + strconv.FormatInt(at.UnixMilli(), 10), Queue: QueueTimer,
		Kind: JobExpire, RunAt: at, Payload: []byte("{}"),
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
