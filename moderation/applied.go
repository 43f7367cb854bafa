package moderation

import (
	"slices"
	"time"
)

// Said is what a call says of one target in one medium.
type Said struct {
	Restricts bool `json:"restricts,omitempty"`
	// Until is when the vendor ends it by itself, in Unix milliseconds; 0 for never.
	Until int64 `json:"until,omitempty"`
	// Case is the one whose word it was.
	Case int64 `json:"case,omitempty"`
}

// Says is what a call for a state says.
func (s Restriction) Says() Said {
	out := Said{Restricts: s.Restricts, Case: s.Case}
	if s.Restricts && !s.Until.IsZero() {
		out.Until = s.Until.UnixMilli()
	}
	return out
}

// same reports whether both leave the target as each other. What the bot ends
// has no end at the vendor.
func (s Said) same(o Said, botEnds bool) bool {
	return s.Restricts == o.Restricts && (!s.Restricts || botEnds || s.Until == o.Until)
}

// Maybe is a call whose answer was lost: it may take effect until a time, or has.
type Maybe struct {
	Said
	Lands int64 `json:"lands"` // Unix milliseconds
}

// Applied is what the vendor was told last of one target in one medium, and
// what it may have been told besides.
type Applied struct {
	Said
	Maybe []Maybe `json:"maybe,omitempty"`
}

// Is reports whether the vendor surely has a target as it is desired.
func (a Applied) Is(want Restriction, botEnds bool, now time.Time) bool {
	has, says := a.Said, want.Says()
	if !botEnds && has.Until != 0 && has.Until <= now.UnixMilli() {
		has = Said{}
	}
	return has.same(says, botEnds) && !slices.ContainsFunc(a.Maybe, func(m Maybe) bool { return !m.same(says, botEnds) })
}

// Took is a call that was made at a time, and accepted: what may have landed
// before it is overtaken, what may land yet is not. That counts for what said the
// same, too: something else may be said before it lands.
func (a Applied) Took(said Said, at time.Time) Applied {
	return Applied{Said: said, Maybe: slices.DeleteFunc(slices.Clone(a.Maybe), func(m Maybe) bool {
		return m.Lands <= at.UnixMilli()
	})}
}

// May is a call whose answer was lost, which may take effect until a time. Of those
// that say the same the last one counts.
func (a Applied) May(said Said, lands time.Time) Applied {
	m := Maybe{Said: said, Lands: lands.UnixMilli()}
	a.Maybe = slices.DeleteFunc(slices.Clone(a.Maybe), func(o Maybe) bool {
		if o.Said == said {
			m.Lands = max(m.Lands, o.Lands)
		}
		return o.Said == said
	})
	a.Maybe = append(a.Maybe, m)
	return a
}

// Differs reports whether the vendor has something else than what is desired by
// all that can be known now, and until when a lost call may still bring it about.
func (a Applied) Differs(want Restriction, botEnds bool, now time.Time) (differs bool, until time.Time) {
	past := a
	past.Maybe = nil
	for _, m := range a.Maybe {
		lands := time.UnixMilli(m.Lands)
		switch {
		case !lands.After(now):
			past.Maybe = append(past.Maybe, m)
		case !m.same(want.Says(), botEnds) && lands.After(until):
			until = lands
		}
	}
	return !past.Is(want, botEnds, now), until
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
