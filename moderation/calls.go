package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"bouncer/trace"
)

// callTimeout bounds one call to the vendor, whose backend times out after 3 s. It is shorter
// than tencent.DefaultTimeout, which bounds all other calls. callReservation is how long no other
// call on its targets may begin.
const (
	callTimeout     = 8 * time.Second
	callReservation = callTimeout + time.Second
)

// liftStuckAfter is how late a lift that waits for another call on its target may be before it is
// reported: no call takes that long.
const liftStuckAfter = time.Minute

// shortWait is the longest wait that occupies a worker. For longer ones the job goes back to its
// queue.
const shortWait = 2 * time.Second

// Handlers returns the handler of each kind of job that the domain queues.
func (s *Service) Handlers() map[JobKind]Handler {
	return map[JobKind]Handler{
		JobChunk:          s.chunk,
		JobSync:           s.sync,
		JobPortion:        s.portion,
		JobConfirmTimeout: s.expireConfirmation,

		JobApprovalTimeout: s.expireApproval,
		JobRemind:          s.remind(EntryReminded),
		JobEscalate:        s.remind(EntryEscalated),
		JobRoomInfo:        s.lookupRoom,
		JobReadBack:        s.readBack,
		JobShowEnd:         s.showEnd,
		JobEndSuspension:   s.endSuspension,
		JobCancelSuspended: s.cancelSuspended,
	}
}

// chunk sends one chunk of a case, once. A retry is a later run of the same job.
func (s *Service) chunk(ctx context.Context, h *LeasedJob) error {
	w, err := syncWork(h)
	if err != nil {
		return err
	}
	return s.sendChunk(ctx, h, w)
}

// portion begins the next targets of a case of many.
func (s *Service) portion(ctx context.Context, h *LeasedJob) error {
	var w PortionWork
	if err := json.Unmarshal(h.Payload, &w); err != nil {
		return fmt.Errorf("%s job %d: %w", h.Kind, h.ID, err)
	}
	return s.cfg.Store.BeginPortion(ctx, h.Job, w)
}

func syncWork(h *LeasedJob) (w SyncWork, err error) {
	if err = json.Unmarshal(h.Payload, &w); err != nil {
		err = fmt.Errorf("%s job %d: %w", h.Kind, h.ID, err)
	}
	return w, err
}

func (s *Service) sendChunk(ctx context.Context, h *LeasedJob, w SyncWork) error {
	c, done, err := s.cleared(ctx, h, w)
	if done || err != nil {
		return err
	}
	room := c.Action.RoomOf(w.Room)
	here := c.Action.In(room)
	var inside map[string]Inside
	if c.State == Open && needsPresence(here) {
		if inside, err = s.presenceOf(ctx, c, room); err != nil {
			return err
		}
	}
	if len(here.Targets) > 1 { // all were checked before the case was opened, and have the same API
		here.Targets = here.Targets[:1]
	}
	plan, err := s.cfg.Vendor.Plan(here)
	if err != nil {
		return err
	}
	return s.send(ctx, h, plan.API, w.Bulk, CallInput{
		Case: c.No, Work: w, Reason: s.ReasonSent(c.Action, strconv.FormatInt(c.No, 10)), Inside: inside,
	}, c.Action.Effect())
}

// startCountsFrom returns the time from which StartWithin counts: when the command was
// acknowledged, or the requester's later confirmation, or the last approval. Both move OpenAt.
func startCountsFrom(c Case) time.Time {
	if c.OpenAt.After(c.AskedAt.Add(StartWithin)) || c.Approval.State == ApprovalApproved || c.Approval.State == ApprovalOverridden {
		return c.OpenAt
	}
	return c.AskedAt
}

// recheck authorizes the requester again. Without the right, everything still pending is dropped
// and done is true.
func (s *Service) recheck(ctx context.Context, h *LeasedJob, c Case, w SyncWork) (done bool, err error) {
	by := c.Actor
	if w.By != nil {
		by = *w.By
	}
	err = s.cfg.Authorizer.Recheck(ctx, c, by)
	var asks *ApprovalRequiredError
	if errors.As(err, &asks) {
		return true, s.requireApproval(ctx, h, c, asks.Decision)
	}
	var no *Error
	if !errors.As(err, &no) {
		return false, err // allowed, or the lookup failed: then the job runs again
	}
	body := Body{Code: CodeRightLost, Values: map[string]string{"why": string(no.Code)}}
	for k, v := range no.Values {
		body.Values[k] = v
	}
	if no.Code == CodeApproverLostRight { // the requester has the right, but an approver lost theirs
		body.Code, body.Values = no.Code, no.Values
	}
	_, err = s.cfg.Store.AbandonPending(ctx, h.Job, c.No, EntryDropped, body)
	if errors.Is(err, ErrStale) {
		// The rest is in flight, from before a restart or in another worker: check again when that
		// must have ended.
		return true, s.cfg.Store.Retry(ctx, h.Job, time.Second)
	}
	return true, err
}

// requireApproval makes a running case wait for the approval that the policy now requires.
func (s *Service) requireApproval(ctx context.Context, h *LeasedJob, c Case, d Decision) error {
	now := s.cfg.Now()
	// The card was posted long ago, so approvers are mentioned in its thread.
	called := NewJob{
		Key: "called:" + strconv.FormatInt(now.UnixMilli(), 10), Queue: QueueTimer, Kind: JobRemind, RunAt: now, Payload: []byte("{}"),
	}
	_, err := s.cfg.Store.RequireApproval(ctx, h.Job, c.No, d, now, called)
	if errors.Is(err, ErrStale) { // a call is in flight: check again when that must have ended
		return s.cfg.Store.Retry(ctx, h.Job, time.Second)
	}
	return err
}

// sync makes the applied state of some targets equal to the desired one: it sends a chunk of its
// case, ends what has expired, or sends again what a late call may have overwritten. Ending is
// retried until it succeeds. A local failure of it, also a panic, raises the same alarm as a
// refusal by the vendor.
func (s *Service) sync(ctx context.Context, h *LeasedJob) (err error) {
	w, err := syncWork(h)
	if err == nil && w.Chunk > 0 {
		return s.sendChunk(ctx, h, w)
	}
	defer func() {
		p := recover()
		if p != nil {
			err = RecoveredPanic(p)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, ErrLeaseLost) && !errors.Is(err, ErrStalled) {
			s.recordLiftFault(ctx, h)
		}
		if p != nil {
			panic(err)
		}
	}()
	if err != nil {
		return err
	}
	return s.syncTargets(ctx, h, w)
}

// recordLiftFault reports once that a lift is late because of a local error. The error itself is
// in the process log.
func (s *Service) recordLiftFault(ctx context.Context, h *LeasedJob) {
	if s.cfg.Now().Sub(h.Due) <= OverdueAfter {
		return
	}
	body := Body{Until: h.Due, Code: CodeLiftFault}
	if w, err := syncWork(h); err == nil { // else the payload is what cannot be read
		body.Detail, body.Targets = w.Room, w.Targets
	}
	err := s.cfg.Store.RecordLiftFault(ctx, h.Job, Line{
		Key: "overdue:" + strconv.FormatInt(h.Case, 10) + ":fault:" + strconv.FormatInt(h.ID, 10), Channel: s.cfg.AuditChannel,
		Due: s.cfg.Now(), Kind: EntryOverdue, Case: h.Case, Body: body.JSON(), Count: 1,
	}, body)
	if err != nil {
		s.cfg.Logger.Error("an overdue lift cannot be reported", "case", h.Case, "job", h.ID, "err", err)
	}
}

func (s *Service) syncTargets(ctx context.Context, h *LeasedJob, w SyncWork) error {
	c, err := s.cfg.Store.Case(ctx, h.Case)
	if err != nil {
		return err
	}
	room, ok := RoomFromKey(w.Room)
	if !ok {
		return fmt.Errorf("%s job %d: no room in %q", h.Kind, h.ID, w.Room)
	}
	plan, err := s.cfg.Vendor.Plan(Action{
		Verb: LiftingVerb(c.Action.Verb), Room: room, Targets: w.Targets, Media: c.Action.Media,
	})
	if err != nil {
		return err
	}
	return s.send(ctx, h, plan.API, false, CallInput{Case: h.Case, Work: w, Reason: s.ReasonSent(c.Action, strconv.FormatInt(c.No, 10))}, c.Action.Effect())
}

// showEnd updates the card of a restriction that the vendor ended.
func (s *Service) showEnd(ctx context.Context, h *LeasedJob) error {
	return s.cfg.Store.ShowEnd(ctx, h.Job)
}

// expireConfirmation ends a case whose requester did not confirm it.
func (s *Service) expireConfirmation(ctx context.Context, h *LeasedJob) error {
	c, err := s.cfg.Store.Case(ctx, h.Case)
	if err != nil {
		return err
	}
	if c.State == AwaitingConfirmation {
		_, err = s.cfg.Store.AbandonPending(ctx, h.Job, c.No, EntryDropped, Body{Code: CodeDropped, Actor: &Actor{Kind: ActorSystem}})
		if !errors.Is(err, ErrStale) {
			return err
		}
	}
	return s.cfg.Store.Finish(ctx, h.Job, Change{})
}

// send takes a turn of the rate limit, announces the call, makes it and records the answer. Every
// call that changes something at the vendor goes through here.
func (s *Service) send(ctx context.Context, h *LeasedJob, api string, bulk bool, b CallInput, e Effect) error {
	b.Timeout, b.Turns = callReservation, s.turns
	announcing, span := trace.Start(ctx, "announce call", trace.Internal)
	began, err := s.announce(announcing, h, api, bulk, b)
	span.Set("api", api)
	span.SetInt("case", b.Case)
	span.End(err)
	if err != nil || began.Done {
		return err
	}
	if began.Wait > 0 {
		if b.Work.Chunk == 0 && began.TargetBusy && s.cfg.Now().Sub(h.Due) > liftStuckAfter {
			s.recordLiftFault(ctx, h)
		}
		return s.cfg.Store.Retry(ctx, h.Job, began.Wait)
	}
	waited := sleep(ctx, began.Delay)
	log := s.cfg.Logger.With("case", b.Case, "job", h.ID, "api", api, "attempt", began.Attempt, "purpose", began.Purpose)
	var a Answer
	if waited == nil && h.Fresh(time.Now()) {
		a = s.call(ctx, api, began)
	} else {
		// The process stalled after the announcement; another may have taken the job since, or
		// shutdown began. The call is not sent.
		a = Answer{Class: VendorRetry, Err: NewError(CodeVendorRetry, "code", "not sent", "message", "")}
	}
	s.cfg.Metrics.Called(api, a.Class, a.Took)
	v := s.evaluate(h, e, began, a)
	if began.Purpose == PurposeAct && v.Outcome.Final() {
		s.cfg.Metrics.TargetsDone(api, v.Outcome)
	}
	level := slog.LevelInfo
	if a.Class != VendorAccepted {
		level = slog.LevelWarn
	}
	log.Log(ctx, level, "called the vendor", "class", a.Class, "code", a.Code, "request_id", a.RequestID,
		"took_ms", a.Took.Milliseconds(), "outcome", v.Outcome)
	// The answer is recorded also during shutdown.
	recording, span := trace.Start(context.WithoutCancel(ctx), "record answer", trace.Internal)
	err = s.cfg.Store.RecordAnswer(recording, h.Job, began.Call, a, v)
	span.Set("outcome", string(v.Outcome))
	span.End(err)
	return err
}

// call makes an announced call.
func (s *Service) call(ctx context.Context, api string, began AnnouncedCall) Answer {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	ctx, span := trace.Start(ctx, "call "+api, trace.Client)
	a := s.cfg.Vendor.Do(ctx, began.Request)
	span.Set("api", api)
	span.Set("purpose", string(began.Purpose))
	span.Set("class", string(a.Class))
	span.Set("request_id", a.RequestID)
	span.SetInt("attempt", int64(began.Attempt))
	if a.Class != VendorAccepted {
		span.Fail()
	}
	span.End(nil)
	return a
}

// evaluate returns what follows from an answer.
func (s *Service) evaluate(h *LeasedJob, e Effect, b AnnouncedCall, a Answer) Verdict {
	switch b.Purpose {
	case PurposeLift:
		return s.evaluateLift(h, b, a)
	case PurposeResync:
		return s.evaluateResync(h, b, a)
	}
	return s.evaluateAct(e, b, a)
}

// announce waits for a turn and announces the call. Only short waits happen here; for longer ones
// the job goes back to its queue, so that one slow API cannot occupy every worker.
func (s *Service) announce(ctx context.Context, h *LeasedJob, api string, bulk bool, b CallInput) (AnnouncedCall, error) {
	inLine, cancel := context.WithTimeout(ctx, shortWait)
	leave, err := s.gate.enter(inLine, api, bulk)
	cancel()
	switch {
	case err != nil && ctx.Err() == nil:
		return AnnouncedCall{Wait: time.Duration((0.2 + 0.6*s.cfg.Jitter()) * float64(time.Second))}, nil
	case err != nil:
		return AnnouncedCall{}, err
	}
	defer leave()
	for {
		if !h.Fresh(time.Now()) {
			return AnnouncedCall{}, ErrStalled
		}
		began, err := s.cfg.Store.AnnounceCall(ctx, h.Job, b)
		if err != nil || began.Done || began.Wait == 0 || began.TargetBusy || began.Wait > shortWait {
			return began, err
		}
		if err := sleep(ctx, began.Wait-turnAhead/2); err != nil {
			return AnnouncedCall{}, err
		}
	}
}

// ReasonSent returns the reason that the vendor gets for an action and may show to its targets:
// the typed one if the operator chose so, else the case number.
func (s *Service) ReasonSent(a Action, number string) string {
	reason := a.Reason
	if a.ReasonSent != nil {
		reason = *a.ReasonSent
	}
	if s.cfg.SendReason && reason != "" {
		return reason
	}
	return "case " + number
}
