package moderation

import (
	"strconv"
	"strings"
	"time"

	"bouncer/backoff"
)

// retryLimit is how long imposing or lifting is retried when the vendor does not accept it. A lift
// at the end of a restriction is retried until it succeeds.
const retryLimit = 2 * time.Minute

// Lifted is the outcome of a restriction whose end Tencent accepted.
const Lifted = "lifted"

// OverdueAfter is how late a lift may be before it is reported.
const OverdueAfter = 5 * time.Second

// evaluateAct returns what follows from the answer to a chunk. When an earlier attempt may have
// landed, a certain failure still leaves the outcome unknown: what the earlier attempt may have
// set must be lifted.
func (s *Service) evaluateAct(e Effect, b AnnouncedCall, a Answer) Verdict {
	v := s.evaluateActAnswer(e, b, a)
	if v.Outcome == Failed && b.EarlierUncertain && a.Class != VendorGone {
		v.Outcome = Unknown
	}
	v.Split = v.Outcome == Failed && !b.EarlierUncertain && len(b.Request.Targets) > 1 && concernsOneTarget(a)
	return v
}

// concernsOneTarget reports whether an answer may be about one of several people: an absent user,
// or an id that the vendor refuses. It does not mean that the others cannot be reached.
func concernsOneTarget(a Answer) bool {
	return a.Err != nil && (a.Err.Code == CodeVendorUserGone || a.Err.Code == CodeVendorInput)
}

func (s *Service) evaluateActAnswer(e Effect, b AnnouncedCall, a Answer) Verdict {
	limit := retryLimit
	if e == EffectEvent {
		limit = s.cfg.Timing.EventRepeat
	}
	wait := s.backoff(b.Attempt, a, 5*time.Second)
	over := s.cfg.Now().Add(wait).Sub(b.First) > limit
	switch a.Class {
	case VendorAccepted:
		return Verdict{Outcome: Accepted}
	case VendorRetry:
		if over {
			return Verdict{Outcome: Failed, Err: a.Err}
		}
		return Verdict{Outcome: Pending, Err: a.Err, Wait: wait}
	case VendorNoAnswer:
		if over {
			return Verdict{Outcome: Unknown, Err: a.Err}
		}
		return Verdict{Outcome: Pending, Err: a.Err, Wait: wait}
	case VendorGone:
		if spec, _ := b.Request.Verb.Spec(); spec.Effect == EffectEvent && !spec.Takes.Users && b.EarlierUncertain {
			return Verdict{Outcome: Accepted} // an earlier attempt, whose answer was lost, closed the room
		}
		return Verdict{Outcome: Failed, Err: a.Err}
	case VendorConfig, VendorRefused:
		return Verdict{Outcome: Failed, Err: a.Err}
	}
	return Verdict{Outcome: Unknown, Err: a.Err}
}

// evaluateLift never gives up; a missing room or user counts as lifted. A late lift is reported,
// also when it has succeeded by then.
func (s *Service) evaluateLift(h *LeasedJob, b AnnouncedCall, a Answer) Verdict {
	due := b.Due
	if due.IsZero() {
		due = h.Due
	}
	late := s.cfg.Now().Sub(due)
	key := "overdue:" + strconv.FormatInt(h.Case, 10)
	body := Body{Until: due, Detail: b.Request.Room.String()}
	var v Verdict
	switch a.Class {
	case VendorAccepted, VendorGone:
		s.cfg.Metrics.Lifted(late)
		v = Verdict{Outcome: Accepted, Gone: a.Class == VendorGone}
		// Lifts of one case that the rate limit delayed are one line.
		key += ":ended"
		body.Outcome = Lifted
	default:
		v = Verdict{Outcome: Pending, Err: a.Err, Wait: s.backoff(b.Attempt, a, 30*time.Second)}
		key += ":" + strings.Join(b.Request.Targets, ",")
		body.Targets = b.Request.Targets
		if a.Err != nil {
			body.Code, body.Values = a.Err.Code, a.Err.Values
		}
		body.Vendor = &VendorResponse{Code: a.Code, Message: a.Message, RequestID: a.RequestID}
	}
	if late > OverdueAfter {
		v.Overdue = &Line{
			Key: key, Channel: s.cfg.AuditChannel, Due: s.cfg.Now(), Kind: EntryOverdue, Case: h.Case, Body: body.JSON(), Count: 1,
		}
	}
	return v
}

// evaluateResync retries until the vendor has the desired state. A call that lifts is a lift: what
// has expired must not stay in force. Only a final refusal to restrict is not repeated.
func (s *Service) evaluateResync(h *LeasedJob, b AnnouncedCall, a Answer) Verdict {
	if spec, _ := b.Request.Verb.Spec(); spec.Effect == EffectLift {
		return s.evaluateLift(h, b, a)
	}
	switch a.Class {
	case VendorAccepted, VendorGone, VendorRefused:
		return Verdict{Outcome: Accepted, Gone: a.Class == VendorGone}
	}
	return Verdict{Outcome: Pending, Err: a.Err, Wait: s.backoff(b.Attempt, a, 30*time.Second)}
}

// backoff returns the wait after an attempt, at least as long as the vendor asks for.
func (s *Service) backoff(attempt int, a Answer, most time.Duration) time.Duration {
	wait := backoff.Policy{First: 250 * time.Millisecond, Max: most, Rand: s.cfg.Jitter}.Wait(attempt)
	return max(wait, a.RetryAfter)
}
