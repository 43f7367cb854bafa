package moderation

import (
	"strconv"
	"time"
)

// keepTrying is how long an action that sets or frees a state is repeated when
// the vendor does not take it; a lift is repeated for ever.
const keepTrying = 2 * time.Minute

// overdueAfter is how late a lift may be before it is told.
const overdueAfter = 5 * time.Second

// judgeAct says what follows from the answer to a chunk. A try that surely did
// not happen, after one whose answer was lost, leaves the outcome unknown: what
// the earlier one may have set must still be lifted.
func (s *Service) judgeAct(e Effect, b Began, a Answer) Verdict {
	v := s.judgeAnswer(e, b, a)
	if v.Outcome == Failed && b.Silent && a.Class != VendorGone {
		v.Outcome, v.Doubt = Unknown, true
	}
	return v
}

func (s *Service) judgeAnswer(e Effect, b Began, a Answer) Verdict {
	limit := keepTrying
	if e == EffectEvent {
		limit = EventRepeat
	}
	wait := s.backoff(b.Attempt, a, 5*time.Second)
	over := s.cfg.Now().Add(wait).Sub(b.First) > limit
	switch a.Class {
	case VendorYes:
		return Verdict{Outcome: Accepted}
	case VendorRetry:
		if over {
			return Verdict{Outcome: Failed, Err: a.Err}
		}
		return Verdict{Outcome: Pending, Err: a.Err, Wait: wait}
	case VendorSilent:
		if over {
			return Verdict{Outcome: Unknown, Err: a.Err, Doubt: true}
		}
		return Verdict{Outcome: Pending, Err: a.Err, Wait: wait, Doubt: true}
	case VendorGone:
		if b.Request.Verb == Close && b.Attempt > 1 {
			return Verdict{Outcome: Accepted} // an earlier try, whose answer was lost, has closed it
		}
		return Verdict{Outcome: Failed, Err: a.Err}
	case VendorConfig, VendorRefused:
		return Verdict{Outcome: Failed, Err: a.Err}
	}
	return Verdict{Outcome: Unknown, Err: a.Err, Doubt: true}
}

// judgeLift never gives up; a room or user that is gone counts as lifted.
func (s *Service) judgeLift(h *Held, w LiftWork, b Began, a Answer) Verdict {
	late := s.cfg.Now().Sub(h.Due)
	switch a.Class {
	case VendorYes:
		s.cfg.Meter.Lifted(late)
		return Verdict{Outcome: Accepted}
	case VendorGone:
		s.cfg.Meter.Lifted(late)
		return Verdict{Outcome: Accepted, Gone: true}
	}
	v := Verdict{Outcome: Pending, Err: a.Err, Wait: s.backoff(b.Attempt, a, 30*time.Second), Doubt: a.Class == VendorSilent}
	if late > overdueAfter {
		body := Body{
			Code: a.Err.Code, Values: a.Err.Values, Targets: []string{w.Target}, Until: h.Due,
			Detail: w.Room, Vendor: &VendorWords{Code: a.Code, Message: a.Message, RequestID: a.RequestID},
		}
		v.Overdue = &Line{
			Key:     "overdue:" + strconv.FormatInt(h.Case, 10) + ":" + w.Target,
			Channel: s.cfg.AuditChannel, Due: s.cfg.Now(), Kind: EntryOverdue, Case: h.Case,
			Body: body.JSON(), Count: 1,
		}
	}
	return v
}

// judgeSettle repeats what stands until it is taken, or refused for good.
func (s *Service) judgeSettle(h *Held, a Answer) Verdict {
	if a.Class == VendorRetry || a.Class == VendorSilent {
		if s.cfg.Now().Sub(h.Queued) < DoubtFor+keepTrying {
			return Verdict{Outcome: Pending, Err: a.Err, Wait: s.backoff(h.Attempt, a, 5*time.Second)}
		}
	}
	return Verdict{Outcome: Accepted}
}

// backoff doubles from a quarter of a second up to most, spread by half.
func (s *Service) backoff(attempt int, a Answer, most time.Duration) time.Duration {
	d := most
	if attempt < 8 {
		d = min(most, 250*time.Millisecond<<max(attempt-1, 0))
	}
	d = d/2 + time.Duration(s.cfg.Jitter()*float64(d))
	return max(d, a.After)
}
