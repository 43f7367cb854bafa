package moderation

import (
	"slices"
	"time"
)

// AppliedState is what one call sets for a target in one medium.
type AppliedState struct {
	Restricts bool `json:"restricts,omitempty"`
	// Until is when the vendor ends it by itself, in Unix milliseconds; 0 for never.
	Until int64 `json:"until,omitempty"`
	// Case is the case that decided this state.
	Case int64 `json:"case,omitempty"`
}

// AppliedState returns the state that a call for s sets.
func (s Restriction) AppliedState() AppliedState {
	out := AppliedState{Restricts: s.Restricts, Case: s.Case}
	if s.Restricts && !s.Until.IsZero() {
		out.Until = s.Until.UnixMilli()
	}
	return out
}

// sameEffect reports whether both states have the same effect on the target. Where the bot ends
// restrictions, the vendor knows no end and Until is ignored.
func (s AppliedState) sameEffect(o AppliedState, botEnds bool) bool {
	return s.Restricts == o.Restricts && (!s.Restricts || botEnds || s.Until == o.Until)
}

// UncertainCall is a call whose answer was lost: it has taken effect, or still may until
// LandsUntil.
type UncertainCall struct {
	AppliedState
	LandsUntil int64 `json:"lands"` // Unix milliseconds
}

// keeps reports whether the call leaves a desired state as it is, whenever it takes effect. What the
// vendor ends by itself counts from when a call takes effect, so such a call ends later than it
// says.
func (m UncertainCall) keeps(want AppliedState, botEnds bool) bool {
	return m.sameEffect(want, botEnds) && (botEnds || !m.Restricts || m.Until == 0)
}

// Applied is what the vendor last accepted for a target in one medium, and what calls without an
// answer may have set besides.
type Applied struct {
	AppliedState
	Uncertain []UncertainCall `json:"maybe,omitempty"`
}

// Matches reports whether the vendor certainly has the desired state.
func (a Applied) Matches(want Restriction, botEnds bool, now time.Time) bool {
	has, says := a.AppliedState, want.AppliedState()
	if !botEnds && has.Until != 0 && has.Until <= now.UnixMilli() {
		has = AppliedState{}
	}
	return has.sameEffect(says, botEnds) && !slices.ContainsFunc(a.Uncertain, func(m UncertainCall) bool { return !m.keeps(says, botEnds) })
}

// WithAccepted returns a after an accepted call that set said. Uncertain calls that could still
// land at that time are kept, even with the same state: another state may be set before they land.
func (a Applied) WithAccepted(said AppliedState, at time.Time) Applied {
	return Applied{AppliedState: said, Uncertain: slices.DeleteFunc(slices.Clone(a.Uncertain), func(m UncertainCall) bool {
		return m.LandsUntil <= at.UnixMilli()
	})}
}

// WithUncertain returns a after a call whose answer was lost, and which may take effect until
// lands. Of uncertain calls with the same state the latest counts.
func (a Applied) WithUncertain(said AppliedState, lands time.Time) Applied {
	m := UncertainCall{AppliedState: said, LandsUntil: lands.UnixMilli()}
	a.Uncertain = slices.DeleteFunc(slices.Clone(a.Uncertain), func(o UncertainCall) bool {
		if o.AppliedState == said {
			m.LandsUntil = max(m.LandsUntil, o.LandsUntil)
		}
		return o.AppliedState == said
	})
	a.Uncertain = append(a.Uncertain, m)
	return a
}

// Differs reports whether the vendor may have another state than the desired one, and until when
// an unanswered call may still change it.
func (a Applied) Differs(want Restriction, botEnds bool, now time.Time) (differs bool, until time.Time) {
	past := a
	past.Uncertain = nil
	for _, m := range a.Uncertain {
		lands := time.UnixMilli(m.LandsUntil)
		switch {
		case !lands.After(now):
			past.Uncertain = append(past.Uncertain, m)
		case !m.keeps(want.AppliedState(), botEnds) && lands.After(until):
			until = lands
		}
	}
	return !past.Matches(want, botEnds, now), until
}

// IsMute values of the vendor's SetUserBlocked.
const (
	MuteNone  = 0
	MuteBoth  = 1
	MuteAudio = 2
	MuteVideo = 3
)

// IsMute returns the IsMute value for the desired audio and video restrictions. It is never
// computed from one command alone.
func IsMute(audio, video bool) int {
	switch {
	case audio && video:
		return MuteBoth
	case audio:
		return MuteAudio
	case video:
		return MuteVideo
	}
	return MuteNone
}
