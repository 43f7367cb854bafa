package moderation

import "time"

// Lag is how Tencent's state of a target differs from the desired one; "" for not at all.
type Lag string

// The lags.
const (
	LagEnd    Lag = "end"    // it expired or is to be taken back, and Tencent has not ended it
	LagSet    Lag = "set"    // Tencent has not accepted it, or not its present end
	LagUnsure Lag = "unsure" // an answer was lost: Tencent may have it or not
	LagLift   Lag = "lift"   // it was lifted, and Tencent has not accepted that
)

// Behind is a restriction in force together with what was applied.
type Behind struct {
	Restriction
	Lag Lag
	// VendorUntil is when Tencent ends what it has now, with LagSet; zero for never, or when it has
	// nothing.
	VendorUntil time.Time
	// LiftedBy is the case that lifts it, with LagLift.
	LiftedBy int64
}

// Behind returns the restriction in force, with how far what was applied at Tencent is behind it. A
// lifted restriction is still included while the call for that is pending or its answer was lost.
func (r Timeline) Behind(a Applied, now time.Time) Behind {
	want, out := r.Desired(now), Behind{Restriction: r.InForce(now)}
	if a.Matches(want, r.botEnds, now) {
		return out
	}
	has, may := a.restricts(r.botEnds, now)
	switch word := r.Newest(); {
	case out.Restricts && !want.Restricts:
		out.Lag = LagEnd
	case out.Restricts && a.mayMatch(want, r.botEnds):
		out.Lag = LagUnsure
	case out.Restricts:
		out.Lag = LagSet
		if a.Restricts && !r.botEnds {
			out.VendorUntil = has.ends()
		}
	case may && !word.Restricts && (word.Outcome == Pending || word.Outcome == Unknown):
		out.Restriction = Restriction{Restricts: true, Case: has.Case, Until: has.ends()}
		out.Lag, out.LiftedBy = LagLift, word.Case
		if out.Case == 0 {
			out.Case = word.Case
		}
	}
	return out
}

// ends returns when the vendor ends it by itself; zero for never.
func (s AppliedState) ends() time.Time {
	if s.Until <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(s.Until).UTC()
}

// restricts reports whether the vendor may restrict the target at a time, and with which state.
func (a Applied) restricts(botEnds bool, now time.Time) (AppliedState, bool) {
	all := []AppliedState{a.AppliedState}
	for _, m := range a.Uncertain {
		all = append(all, m.AppliedState)
	}
	for _, s := range all {
		if s.Restricts && (botEnds || s.Until <= 0 || s.Until > now.UnixMilli()) {
			return s, true
		}
	}
	return AppliedState{}, false
}

// mayMatch reports whether a call whose answer was lost may have set the desired state, or may
// remove it.
func (a Applied) mayMatch(want Restriction, botEnds bool) bool {
	for _, m := range a.Uncertain {
		if m.sameEffect(want.AppliedState(), botEnds) {
			return true
		}
	}
	return len(a.Uncertain) > 0 && a.sameEffect(want.AppliedState(), botEnds)
}
