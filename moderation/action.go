package moderation

import (
	"encoding/json"
	"time"
)

// Medium is one thing that can be taken from a target in a room. Standing is
// kept per medium.
type Medium string

// The media.
const (
	Audio     Medium = "audio"
	Video     Medium = "video"
	Text      Medium = "text"     // one person may not write
	RoomEntry Medium = "entrance" // one person may not come in (ban)
	Everyone  Medium = "everyone" // nobody may write (freeze); its target is ""
)

// Action is what somebody asked for, parsed: verb, room, targets, options. It
// is what the policy judges and what runs.
type Action struct {
	Verb    Verb     `json:"verb"`
	Room    Room     `json:"room,omitzero"`
	Targets []string `json:"targets,omitempty"` // UserIDs in the order typed, no doubles
	// Media narrows mute and unmute; empty means both audio and video.
	Media []Medium `json:"media,omitempty"`
	// Duration is how long the effect lasts; 0 together with Perm false means
	// that the verb has no duration.
	Duration time.Duration `json:"duration,omitempty"`
	// Permanent says that it was asked for without an end.
	Permanent bool `json:"perm,omitempty"`
	// CountFrom says from when an extension's Duration counts, where it was said.
	CountFrom CountFrom `json:"count,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	// ReasonSent is the reason with which it began to run, where it was changed
	// since; nil for Reason. What was approved is what the vendor gets.
	ReasonSent *string `json:"reason_sent,omitempty"`
	// Number is the case that ShowCase, Why, Undo, Extend and SetReason are about.
	Number int64 `json:"number,omitempty"`
	// Topic is the verb that Help asks about; empty for all.
	Topic Verb `json:"topic,omitempty"`
	// RelatedCase is the case that this one undoes, extends or runs ahead of, as Rel says.
	RelatedCase int64    `json:"of,omitempty"`
	Relation    Relation `json:"rel,omitempty"`
	// Override says that it was asked to run without approval ("ban!").
	Override bool `json:"alone,omitempty"`
	// Dry says that nothing is to run: only what would happen is told.
	Dry bool `json:"dry,omitempty"`
	// Person is the Slack user whom suspend and unsuspend are about.
	Person string `json:"person,omitempty"`
	// Search is what search asks for.
	Search SearchQuery `json:"find,omitzero"`
}

// CountFrom says from when the length of an extension counts.
type CountFrom string

// The ways to count; empty is from now, unless that would be sooner than the
// present end: then it is asked.
const (
	FromPresentEnd CountFrom = "add"      // from the present end
	FromNow        CountFrom = "from-now" // from now, whatever the present end is
)

// SearchQuery is a question about cases. Empty fields do not narrow it.
type SearchQuery struct {
	Target string        `json:"target,omitempty"` // Tencent UserID
	Actor  string        `json:"actor,omitempty"`  // Slack user who asked
	Verb   Verb          `json:"verb,omitempty"`
	Room   string        `json:"room,omitempty"`   // Room.String
	Words  []string      `json:"words,omitempty"`  // all must be in the reason, in any case of letters
	Within time.Duration `json:"within,omitempty"` // asked no longer ago than this
}

// AffectedMedia gives the media that the action restricts or lifts.
func (a Action) AffectedMedia() []Medium {
	spec, _ := a.Verb.Spec()
	if len(a.Media) > 0 && spec.Takes.Media {
		return a.Media
	}
	return spec.Media
}

// Effect is the verb's effect.
func (a Action) Effect() Effect {
	spec, _ := a.Verb.Spec()
	return spec.Effect
}

// TargetRows gives the targets that rows are made for: the people, or one empty
// target when the action is about the whole room.
func (a Action) TargetRows() []string {
	if len(a.Targets) > 0 {
		return a.Targets
	}
	return []string{""}
}

// ActNowCooldown is for how long an act-now of the action, which nobody has
// approved, keeps its targets from another one: the time that was asked for, an
// hour at least.
func (a Action) ActNowCooldown() time.Duration {
	if a.Permanent || a.Duration <= 0 {
		return MaxDuration
	}
	return max(a.Duration, time.Hour)
}

// BulkChunks is the number of chunks from which an action is bulk work, which
// steps aside for single actions and lifts.
const BulkChunks = 3

// JSON gives the action as it is kept in entries and shown as "meant".
func (a Action) JSON() json.RawMessage {
	b, err := json.Marshal(a)
	if err != nil { // strings, numbers and slices of them only: cannot fail
		panic("moderation: an action that is no JSON: " + err.Error())
	}
	return b
}
