package moderation

import (
	"slices"
	"time"
)

// AppliedState is what a call says of one target in one medium.
type AppliedState struct {
	Restricts bool `json:"restricts,omitempty"`
	// Until is when the vendor ends it by itself, in Unix milliseconds; 0 for never.
	Until int64 `json:"until,omitempty"`
	// Case is the one whose word it was.
	Case int64 `json:"case,omitempty"`
}

// AppliedState is what a call for a state says.
func (s Restriction) AppliedState() AppliedState {
	out := AppliedState{Restricts: s.Restricts, Case: s.Case}
	if s.Restricts && !s.Until.IsZero() {
		out.Until = s.Until.UnixMilli()
	}
	return out
}

// sameEffect reports whether both leave the target as each other. What the bot ends
// has no end at the vendor.
func (s AppliedState) sameEffect(o AppliedState, botEnds bool) bool {
	return s.Restricts == o.Restricts && (!s.Restricts || botEnds || s.Until == o.Until)
}

// UncertainCall is a call whose answer was lost: it may take effect until a time, or has.
type UncertainCall struct {
	AppliedState
	LandsUntil int64 `json:"lands"` // Unix milliseconds
}

// Applied is what the vendor was told last of one target in one medium, and
// what it may have been told besides.
type Applied struct {
	AppliedState
	Uncertain []UncertainCall `json:"maybe,omitempty"`
}

// Matches reports whether the vendor surely has a target as it is desired.
func (a Applied) Matches(want Restriction, botEnds bool, now time.Time) bool {
	has, says := a.AppliedState, want.AppliedState()
	if !botEnds && has.Until != 0 && has.Until <= now.UnixMilli() {
		has = AppliedState{}
	}
	return has.sameEffect(says, botEnds) && !slices.ContainsFunc(a.Uncertain, func(m UncertainCall) bool { return !m.sameEffect(says, botEnds) })
}

// WithAccepted is a call that was made at a time, and accepted: what may have landed
// before it is overtaken, what may land yet is not. That counts for what said the
// same, too: something else may be said before it lands.
func (a Applied) WithAccepted(said AppliedState, at time.Time) Applied {
	return Applied{AppliedState: said, Uncertain: slices.DeleteFunc(slices.Clone(a.Uncertain), func(m UncertainCall) bool {
		return m.LandsUntil <= at.UnixMilli()
	})}
}

// WithUncertain is a call whose answer was lost, which may take effect until a time. Of those
// that say the same the last one counts.
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

// Differs reports whether the vendor has something else than what is desired by
// all that can be known now, and until when a lost call may still bring it about.
func (a Applied) Differs(want Restriction, botEnds bool, now time.Time) (differs bool, until time.Time) {
	past := a
	past.Uncertain = nil
	for _, m := range a.Uncertain {
		lands := time.UnixMilli(m.LandsUntil)
		switch {
		case !lands.After(now):
			past.Uncertain = append(past.Uncertain, m)
		case !m.sameEffect(want.AppliedState(), botEnds) && lands.After(until):
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

// IsMute is computed from what is desired of audio and video, never from one
// command alone.
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
