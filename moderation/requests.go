package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ApprovalInput is somebody agreeing to a case that waits, or running it alone.
type ApprovalInput struct {
	Confirmation
	By Actor
	ShownCase
	// Reason is why it is run alone.
	Reason string
}

// ShownCase is what somebody saw of a case when he agreed to it.
type ShownCase struct {
	// Digest is Case.Seal of what was shown to him.
	Digest string
	// Complete says that everybody whom the case is about was shown with it; else
	// they must be readable in its thread.
	Complete bool
}

// ApprovalJobs watch over a request: its reminder, the next group, its end, and a
// look at the room that it is about.
func ApprovalJobs(n ApprovalRequirement, now time.Time) []NewJob {
	job := func(kind JobKind, after time.Duration) NewJob {
		at := now.Add(after)
		return NewJob{
			Key:   string(kind) + ":" + strconv.FormatInt(at.UnixMilli(), 10),
			Queue: QueueTimer, Kind: kind, RunAt: at, Payload: []byte("{}"),
		}
	}
	look := job(JobRoomInfo, 0)
	look.Queue = QueueCall
	jobs := []NewJob{look, job(JobApprovalTimeout, n.TTL)}
	if n.RemindAfter > 0 && n.RemindAfter < n.TTL {
		jobs = append(jobs, job(JobRemind, n.RemindAfter))
	}
	if len(n.EscalateTo) > 0 && n.EscalateAfter > 0 && n.EscalateAfter < n.TTL {
		jobs = append(jobs, job(JobEscalate, n.EscalateAfter))
	}
	return jobs
}

// Approve records that somebody agrees to a case, by what he saw of it. The
// last agreement that was needed runs it, counted from now.
func (s *Service) Approve(ctx context.Context, j Job, c Case, saw ShownCase, by Body, also ...NewJob) (Case, error) {
	v, err := s.approvalInput(ctx, c, saw, by, also)
	if err != nil {
		return c, err
	}
	return s.cfg.Store.Approve(ctx, j, v)
}

// Override runs a waiting case without its approvals.
func (s *Service) Override(ctx context.Context, j Job, c Case, saw ShownCase, reason string, by Body, also ...NewJob) (Case, error) {
	v, err := s.approvalInput(ctx, c, saw, by, also)
	if err != nil {
		return c, err
	}
	v.Reason = reason
	return s.cfg.Store.Override(ctx, j, v)
}

func (s *Service) approvalInput(ctx context.Context, c Case, saw ShownCase, by Body, also []NewJob) (ApprovalInput, error) {
	if c.State != AwaitingApproval {
		return ApprovalInput{}, ErrStale
	}
	if by.Actor == nil {
		return ApprovalInput{}, errors.New("moderation: a vote of nobody")
	}
	cf, err := s.confirmation(c, Body{}, also)
	if err != nil {
		return ApprovalInput{}, err
	}
	cf.Body = by // but it is the requester who runs it, by their leave
	v := ApprovalInput{Confirmation: cf, By: *by.Actor, ShownCase: saw}
	v.Look, err = s.currentRoom(ctx, c)
	return v, err
}

// currentRoom looks at the room of a case that is to run later than it was asked. What
// cannot be seen does not run: it may be another room by now.
func (s *Service) currentRoom(ctx context.Context, c Case) (RoomInfo, error) {
	if spec, _ := c.Action.Room.Kind.Spec(); !spec.ReportsCreation {
		return RoomInfo{}, nil
	}
	look := s.cfg.Vendor.RoomInfo(ctx, c.Action.Room, s.TakeTurn)
	if look.Failed != "" {
		return look, NewError(CodeRoomInfoFailed, "case", strconv.FormatInt(c.No, 10), "room", c.Action.Room.String())
	}
	return look, nil
}

// SameRoom refuses what goes on with a case whose room was made anew since it was
// asked, or cannot be seen now.
func (s *Service) SameRoom(ctx context.Context, c Case) error {
	look, err := s.currentRoom(ctx, c)
	if err == nil && c.Recreated(look) {
		return NewError(RefuseRecreated, "case", strconv.FormatInt(c.No, 10), "room", c.Action.Room.String())
	}
	return err
}

// Reject ends a waiting case without a run.
func (s *Service) Reject(ctx context.Context, j Job, c Case, to ApprovalState, by Body, also ...NewJob) (Case, error) {
	if c.State != AwaitingApproval {
		return c, ErrStale
	}
	by.Code = map[ApprovalState]Code{
		ApprovalDenied: CodeDenied, ApprovalWithdrawn: CodeWithdrawn, ApprovalExpired: CodeExpired,
	}[to]
	return s.cfg.Store.Reject(ctx, j, c.No, to, by, also...)
}

// expireApproval ends a request that nobody decided in time.
func (s *Service) expireApproval(ctx context.Context, h *LeasedJob) error {
	_, err := s.cfg.Store.Reject(ctx, h.Job, h.Case, ApprovalExpired,
		Body{Code: CodeExpired, Actor: &Actor{Kind: ActorSystem}})
	if errors.Is(err, ErrStale) {
		return s.cfg.Store.Finish(ctx, h.Job, Change{})
	}
	return err
}

func (s *Service) remind(kind EntryKind) Handler {
	return func(ctx context.Context, h *LeasedJob) error {
		return s.cfg.Store.RemindApprovers(ctx, h.Job, h.Case, kind)
	}
}

// lookupRoom sees what the vendor says of a room that waits, so that approvers know
// it, and so that a room which is made anew meanwhile is told from it.
func (s *Service) lookupRoom(ctx context.Context, h *LeasedJob) error {
	c, err := s.cfg.Store.Case(ctx, h.Case)
	if err != nil {
		return err
	}
	if c.State != AwaitingApproval {
		return s.cfg.Store.Finish(ctx, h.Job, Change{})
	}
	look := s.cfg.Vendor.RoomInfo(ctx, c.Action.Room, s.TakeTurn)
	if look.Failed != "" && h.Attempt < maxRoomInfoTries {
		return s.cfg.Store.Retry(ctx, h.Job, s.backoff(h.Attempt, Answer{}, 5*time.Second))
	}
	look.At = s.cfg.Now()
	var inside map[string]Inside
	if len(c.Action.Targets) > 0 {
		if inside, err = s.lookupPresence(ctx, c, insideBeforeApproval); err != nil {
			return err
		}
	}
	return s.cfg.Store.SetRoomInfo(ctx, h.Job, c.No, look, inside)
}

// maxRoomInfoTries is how often a look at a room is tried before the card says that
// Tencent did not tell.
const maxRoomInfoTries = 5

// readBack sees what the vendor holds after a binding was given another end:
// that a second ban replaces the first is documented nowhere.
func (s *Service) readBack(ctx context.Context, h *LeasedJob) error {
	var w ReadBack
	if err := json.Unmarshal(h.Payload, &w); err != nil {
		return fmt.Errorf("readback job %d: %w", h.ID, err)
	}
	v, err := s.cfg.Store.CaseView(ctx, h.Case)
	if err != nil {
		return err
	}
	spec, _ := v.Case.Action.Verb.Spec()
	if spec.Lifts != "" {
		spec, _ = spec.Lifts.Spec()
	}
	if spec.List == "" {
		return s.cfg.Store.Finish(ctx, h.Job, Change{})
	}
	r := s.cfg.Vendor.Read(ctx, Action{Verb: spec.List, Room: v.Case.Action.Room}, s.TakeTurn)
	if r.Answer.Class != VendorAccepted {
		if h.Attempt < maxRoomInfoTries && r.Answer.Class != VendorGone {
			return s.cfg.Store.Retry(ctx, h.Job, s.backoff(h.Attempt, r.Answer, 10*time.Second))
		}
		body := Body{Outcome: string(r.Answer.Class), Chunk: w.Chunk}
		if r.Answer.Err != nil {
			body.Code, body.Values = r.Answer.Err.Code, r.Answer.Err.Values
		}
		return s.cfg.Store.Finish(ctx, h.Job, Change{Entries: []NewEntry{{Case: h.Case, Kind: EntryReported, Body: body}}})
	}
	return s.cfg.Store.Finish(ctx, h.Job, Change{Entries: []NewEntry{{Case: h.Case, Kind: EntryReported, Body: compareReported(v, w.Chunk, r)}}})
}

// reportedSlack is how far what the vendor holds may be from what was asked.
const reportedSlack = 5 * time.Second

// compareReported says whether the vendor's list has a chunk's targets as they were meant:
// Outcome "as asked", or "other" with the targets on which it differs and, in
// Values, until when the vendor holds them.
func compareReported(v CaseView, chunk int, r Reading) Body {
	rows := make(map[string]ReadingRow, len(r.Rows))
	for _, row := range r.Rows {
		rows[row.ID] = row
	}
	b := Body{Outcome: ReportedAsAsked, Chunk: chunk, Until: v.Case.Until, Values: map[string]string{}}
	for _, t := range v.Targets {
		if t.Chunk != chunk || t.Outcome != Accepted {
			continue
		}
		b.Count++
		row, bound := rows[t.ID]
		want := v.Case.Until
		if bound && !want.IsZero() && !row.Until.IsZero() && row.Until.Sub(want).Abs() <= reportedSlack || bound && want.IsZero() {
			continue
		}
		b.Outcome = ReportedOther
		b.Targets = append(b.Targets, t.ID)
		b.Values[t.ID] = ""
		if bound {
			b.Values[t.ID] = row.Until.UTC().Format(time.RFC3339)
		}
	}
	return b
}

// What the vendor holds, as EntryReported's Outcome.
const (
	ReportedAsAsked = "as asked"
	ReportedOther   = "other"
)
