package moderation

import "time"

// Standing is what should hold now for a target in a room and a medium, and
// which case said so.
type Standing struct {
	Room   Room
	Target string // "" for the whole room
	Medium Medium
	// Bound says that the medium is taken away.
	Bound bool
	// Case is the one whose delivery was accepted last.
	Case int64
	// Generation rises with every change, across all rows of the store.
	Generation int64
	// Until is when it ends; zero for no end.
	Until time.Time
}

// Holds reports whether the medium is taken away at that time. What the vendor
// ends by itself is over when its time has come; what the bot must end holds
// until the lift was done.
func (s Standing) Holds(now time.Time, botEnds bool) bool {
	if !s.Bound {
		return false
	}
	return botEnds || s.Until.IsZero() || now.Before(s.Until)
}

// IsMute values of the vendor's SetUserBlocked.
const (
	MuteNone  = 0
	MuteBoth  = 1
	MuteAudio = 2
	MuteVideo = 3
)

// IsMute is computed from the standing of audio and video, never from one
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
