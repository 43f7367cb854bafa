package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// JobCancelSuspended withdraws and stops what a suspended person had in progress; JobEndSuspension
// ends a suspension at its time.
const (
	JobCancelSuspended JobKind = "sweep"
	JobEndSuspension   JobKind = "restore"
)

// NewSuspension is a suspension to be imposed.
type NewSuspension struct {
	Who    Actor // whose rights; User at least
	By     Actor
	Reason string
	Until  time.Time // zero for no end
	Body   Body      // of the entry: what was typed, where, by which rule
	// Channel gets the line.
	Channel string
	// Jobs are queued with it.
	Jobs []NewJob
}

// Unsuspension ends a person's suspension.
type Unsuspension struct {
	Who     Actor
	Body    Body
	Channel string
	Jobs    []NewJob
}

// SuspensionWork is the payload of JobEndSuspension and JobCancelSuspended.
type SuspensionWork struct {
	ID int64 `json:"id"`
	// After is the last case that was handled.
	After int64 `json:"after,omitempty"`
}

// endSuspension ends a suspension at its time.
func (s *Service) endSuspension(ctx context.Context, h *LeasedJob) error {
	w, err := suspensionWork(h)
	if err != nil {
		return err
	}
	return s.cfg.Store.EndSuspension(ctx, h.Job, w, s.cfg.AuditChannel)
}

// cancelSuspended ends what a suspended person has in progress.
func (s *Service) cancelSuspended(ctx context.Context, h *LeasedJob) error {
	w, err := suspensionWork(h)
	if err != nil {
		return err
	}
	return s.cfg.Store.CancelSuspended(ctx, h.Job, w)
}

func suspensionWork(h *LeasedJob) (w SuspensionWork, err error) {
	if err = json.Unmarshal(h.Payload, &w); err != nil {
		return w, fmt.Errorf("%s job %d: %w", h.Kind, h.ID, err)
	}
	return w, nil
}

// Stop keeps a running case from sending more: unsent targets are Dropped with CodeStopped, and
// calls in flight get their answer and are not repeated. It returns ErrStale, with the case as it
// is, when nothing is left to send.
func (s *Service) Stop(ctx context.Context, j Job, c Case, by Body, also ...NewJob) (Case, error) {
	if c.State != Open {
		return c, ErrStale
	}
	by.Code = CodeStopped
	if by.Actor == nil {
		return c, errors.New("moderation: a stop without an actor")
	}
	by.Values = map[string]string{"by": by.Actor.Label()}
	return s.cfg.Store.Stop(ctx, j, c.No, by, also)
}

// Label returns a person's name with the id, for values of codes and lists of people. No name can
// be mistaken for an id, or for two people.
func (a Actor) Label() string {
	name := strings.TrimSpace(labelCleaner.Replace(a.Name))
	if name == "" {
		return a.User
	}
	return name + " (" + a.User + ")"
}

var labelCleaner = strings.NewReplacer("(", "[", ")", "]", "（", "[", "）", "]", ",", " ", "，", " ", "、", " ")
