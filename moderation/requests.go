package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ApprovalInput is a person's approval, or override, of a waiting case.
type ApprovalInput struct {
	Confirmation
	By Actor
	ShownCase
	// Reason is the reason for an override.
	Reason string
}

// ShownCase is what the person saw of the case before approving it.
type ShownCase struct {
	// Digest is the Case.ContentDigest of what was shown.
	Digest string
	// Complete means that all targets were shown; otherwise the list must be in the thread.
	Complete bool
}

// ApprovalJobs returns the jobs of a new approval request: reminder, escalation, expiry, and a
// lookup of the room.
func ApprovalJobs(n ApprovalRequirement, now time.Time) []NewJob {
	job := func(kind JobKind, after time.Duration) NewJob {
		at := now.Add(after)
		return NewJob{
			Key:   string(kind) + ":" + strconv.FormatInt(at.UnixMilli(), 10),
			Queue: QueueTimer, Kind: kind, RunAt: at, Payload: []byte("{}"),
		}
	}
	info := job(JobRoomInfo, 0)
	info.Queue = QueueCall
	jobs := []NewJob{info, job(JobApprovalTimeout, n.TTL)}
	if n.RemindAfter > 0 && n.RemindAfter < n.TTL {
		jobs = append(jobs, job(JobRemind, n.RemindAfter))
	}
	if len(n.EscalateTo) > 0 && n.EscalateAfter > 0 && n.EscalateAfter < n.TTL {
		jobs = append(jobs, job(JobEscalate, n.EscalateAfter))
	}
	return jobs
}

// Approve records a person's approval of what was shown. The last required approval starts the
// case, counted from now. It returns the case as it is then. Errors are those of Store.Approve.
func (s *Service) Approve(ctx context.Context, j Job, c Case, saw ShownCase, by Body, also ...NewJob) (Case, error) {
	v, err := s.approvalInput(ctx, c, saw, by, also)
	if err != nil {
		return c, err
	}
	return s.cfg.Store.Approve(ctx, j, v)
}

// Override runs a waiting case without its approvals. It returns the case as it is then. Errors are
// those of Store.Override.
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
		return ApprovalInput{}, errors.New("moderation: an approval without an actor")
	}
	cf, err := s.confirmation(c, Body{}, also)
	if err != nil {
		return ApprovalInput{}, err
	}
	cf.Body = by // the requester runs it, with the approvers' consent
	v := ApprovalInput{Confirmation: cf, By: *by.Actor, ShownCase: saw}
	v.RoomInfo, err = s.currentRoom(ctx, c)
	return v, err
}

// currentRoom looks up the rooms of a case that runs later than it was requested. When a lookup
// fails the case does not run: it may be another room by now.
func (s *Service) currentRoom(ctx context.Context, c Case) (RoomInfo, error) {
	return eachRoom(c.Action, func(r Room) (RoomInfo, error) {
		if spec, _ := r.Kind.Spec(); !spec.ReportsCreation {
			return RoomInfo{}, nil
		}
		info := s.cfg.Vendor.RoomInfo(ctx, r, s.TakeTurn)
		if info.Failed != "" {
			return info, NewError(CodeRoomInfoFailed, "case", strconv.FormatInt(c.No, 10), "room", r.String())
		}
		return info, nil
	})
}

// eachRoom looks up all rooms of an action. It returns the first error.
func eachRoom(a Action, lookup func(Room) (RoomInfo, error)) (all RoomInfo, err error) {
	for i, r := range a.Rooms() {
		info, err := lookup(r)
		if err != nil {
			return info, err
		}
		if i == 0 {
			all = info
		} else {
			all.More = append(all.More, info)
		}
	}
	return all, nil
}

// SameRoom returns an error when a room of the case was created again since the request
// (RefuseRecreated), or cannot be looked up now.
func (s *Service) SameRoom(ctx context.Context, c Case) error {
	info, err := s.currentRoom(ctx, c)
	if err != nil {
		return err
	}
	if room, recreated := c.Recreated(info); recreated {
		return NewError(RefuseRecreated, "case", strconv.FormatInt(c.No, 10), "room", room.String())
	}
	return nil
}

// Reject ends a waiting case without running it. It returns ErrStale when the case no longer
// waits.
func (s *Service) Reject(ctx context.Context, j Job, c Case, to ApprovalState, by Body, also ...NewJob) (Case, error) {
	if c.State != AwaitingApproval {
		return c, ErrStale
	}
	by.Code = map[ApprovalState]Code{
		ApprovalDenied: CodeDenied, ApprovalWithdrawn: CodeWithdrawn, ApprovalExpired: CodeExpired,
	}[to]
	return s.cfg.Store.Reject(ctx, j, c.No, to, by, also...)
}

// expireApproval ends a request that was not decided in time.
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

// lookupRoom reads the rooms of a case that waits, for its approvers, and to recognize a room that
// is created again meanwhile.
func (s *Service) lookupRoom(ctx context.Context, h *LeasedJob) error {
	c, err := s.cfg.Store.Case(ctx, h.Case)
	if err != nil {
		return err
	}
	if c.State != AwaitingApproval {
		return s.cfg.Store.Finish(ctx, h.Job, Change{})
	}
	failed := false
	info, err := eachRoom(c.Action, func(r Room) (RoomInfo, error) {
		info := s.cfg.Vendor.RoomInfo(ctx, r, s.TakeTurn)
		failed = failed || info.Failed != ""
		return info, nil
	})
	if err != nil {
		return err
	}
	if failed && h.Attempt < maxRoomInfoTries {
		return s.cfg.Store.Retry(ctx, h.Job, s.backoff(h.Attempt, Answer{}, 5*time.Second))
	}
	info.At = s.cfg.Now()
	inside := make(map[string]map[string]Inside)
	if len(c.Action.Targets) > 0 {
		for _, r := range c.Action.Rooms() {
			if inside[r.String()], err = s.lookupPresence(ctx, c, r, insideBeforeApproval); err != nil {
				return err
			}
		}
	}
	return s.cfg.Store.SetRoomInfo(ctx, h.Job, c.No, info, inside)
}

// maxRoomInfoTries is how often a room lookup is tried before the card says that Tencent did not
// answer.
const maxRoomInfoTries = 5

// readBack reads what the vendor has after the end of a restriction was changed: it is not
// documented that a second ban replaces the first.
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
	room := v.Case.Action.Room
	for _, t := range v.Targets {
		if t.Chunk == w.Chunk {
			room = t.Room
		}
	}
	r := s.cfg.Vendor.Read(ctx, Action{Verb: spec.List, Room: room}, s.TakeTurn)
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

// reportedSlack is how far the reported end may differ from the requested one.
const reportedSlack = 5 * time.Second

// compareReported compares the vendor's list with what was requested for a chunk. Outcome is "as
// asked", or "other" with the differing targets and, in Values, the ends that the vendor reports.
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
		row, found := rows[t.ID]
		want := v.Case.Until
		if found && !want.IsZero() && !row.Until.IsZero() && row.Until.Sub(want).Abs() <= reportedSlack || found && want.IsZero() {
			continue
		}
		b.Outcome = ReportedOther
		b.Targets = append(b.Targets, t.ID)
		b.Values[t.ID] = ""
		if found {
			b.Values[t.ID] = row.Until.UTC().Format(time.RFC3339)
		}
	}
	return b
}

// Outcomes of an EntryReported.
const (
	ReportedAsAsked = "as asked"
	ReportedOther   = "other"
)
