package commands

import (
	"regexp"

	"bouncer/moderation"
)

// Bounds of a command where the ParseContext names none, and of a reason.
const (
	DefaultMaxText    = 8000 // characters
	DefaultMaxTargets = 1000 // users
	MaxReason         = 1000 // characters: what a card can show
)

// defaultCommand is the slash command where the ParseContext names none.
const defaultCommand = "/mod"

// ParseContext is what the parser may know: nothing else.
type ParseContext struct {
	// Command is the slash command; empty means /mod. A command pasted with it
	// is read as if it were not there.
	Command string
	// Rooms are the policy's rooms by name, each with its Name filled; nil
	// means none.
	Rooms map[string]moderation.Room
	// Groups are the policy's groups of rooms by name; nil means none. A name is
	// not also one of Rooms.
	Groups map[string][]moderation.Room
	// ChannelRoom is the room that the policy assigns to this channel; nil
	// for none.
	ChannelRoom *moderation.Room
	// UserID is what UserIDs of this application look like, anchored at both
	// ends; nil if not configured.
	UserID *regexp.Regexp
	// Reasons are the policy's preset reasons, and which verbs need a reason.
	Reasons moderation.ReasonRules
	// MaxText is the longest text, in characters; 0 means 8000.
	MaxText int
	// MaxTargets is how many users one command may name; 0 means 1000.
	MaxTargets int
}

// setDefaults replaces zero values by the defaults.
func (s *ParseContext) setDefaults() {
	if s.Command == "" {
		s.Command = defaultCommand
	}
	if s.MaxText == 0 {
		s.MaxText = DefaultMaxText
	}
	if s.MaxTargets == 0 {
		s.MaxTargets = DefaultMaxTargets
	}
}
