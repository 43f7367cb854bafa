package moderation

import (
	"encoding/json"
	"time"
)

// Medium is one thing that can be taken from a target in a room. Restrictions are kept per medium.
type Medium string

// The media.
const (
	Audio     Medium = "audio"
	Video     Medium = "video"
	Text      Medium = "text"     // one person may not write
	RoomEntry Medium = "entrance" // one person may not enter (ban)
	Everyone  Medium = "everyone" // only owner and administrators may write (freeze); its target is ""
)

// Action is a parsed request: verb, room, targets and options. The policy evaluates it, and it is
// what runs.
type Action struct {
	Verb Verb `json:"verb"`
	Room Room `json:"room,omitzero"`
	// MoreRooms are further rooms in which the same is done, in the order typed, without
	// duplicates; empty for an action in one room. At most MaxRooms with Room.
	MoreRooms []Room   `json:"rooms,omitempty"`
	Targets   []string `json:"targets,omitempty"` // UserIDs in the order typed, without duplicates
	// Media narrows mute and unmute; empty means both audio and video.
	Media []Medium `json:"media,omitempty"`
	// Duration is how long the effect lasts. 0 without Permanent means that the verb has no
	// duration.
	Duration time.Duration `json:"duration,omitempty"`
	// Permanent means that the effect was requested as permanent.
	Permanent bool `json:"perm,omitempty"`
	// CountFrom is the time from which an extension's Duration counts, if it was typed.
	CountFrom CountFrom `json:"count,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	// ReasonCode is the preset reason of the policy that Reason was when it was typed; empty for
	// none.
	ReasonCode string `json:"reason_code,omitempty"`
	// ReasonSent is the reason with which the case started to run, when Reason was changed since;
	// nil otherwise. The vendor gets the reason that was approved.
	ReasonSent *string `json:"reason_sent,omitempty"`
	// Number is the case that ShowCase, Why, Undo, Extend and SetReason refer to.
	Number int64 `json:"number,omitempty"`
	// Topic is the verb that Help explains; empty for all.
	Topic Verb `json:"topic,omitempty"`
	// RelatedCase is the case that this one undoes, extends or runs ahead of, as Relation says.
	RelatedCase int64    `json:"of,omitempty"`
	Relation    Relation `json:"rel,omitempty"`
	// Override requests to run without approval ("ban!").
	Override bool `json:"alone,omitempty"`
	// Dry requests a preview: nothing runs.
	Dry bool `json:"dry,omitempty"`
	// Person is the Slack user to suspend or unsuspend.
	Person string `json:"person,omitempty"`
	// Search is the query of a search.
	Search SearchQuery `json:"find,omitzero"`
}

// CountFrom is the time from which the duration of an extension counts.
type CountFrom string

// Values of CountFrom. Empty counts from now, unless that ends sooner than the present end: then
// the requester is asked.
const (
	FromPresentEnd CountFrom = "add"      // from the present end
	FromNow        CountFrom = "from-now" // from now, wherever the present end is
)

// SearchQuery selects cases. Empty fields do not narrow it.
type SearchQuery struct {
	Target string `json:"target,omitempty"` // Tencent UserID
	// TookEffect leaves out cases whose action on Target certainly had no effect.
	TookEffect bool   `json:"-"`
	Actor      string `json:"actor,omitempty"` // Slack user who requested the case
	// ActorName is the name of Actor, to be shown where it is known. It is not stored.
	ActorName string        `json:"-"`
	Verb      Verb          `json:"verb,omitempty"`
	Room      string        `json:"room,omitempty"`   // Room.String
	Words     []string      `json:"words,omitempty"`  // all must occur in the reason, ignoring case
	Within    time.Duration `json:"within,omitempty"` // requested within this time
}

// MaxRooms is how many rooms one action may have.
const MaxRooms = 20

// Rooms returns all rooms of the action, Room first; none when it has no room.
func (a Action) Rooms() []Room {
	if a.Room.Kind == "" {
		return nil
	}
	return append([]Room{a.Room}, a.MoreRooms...)
}

// In returns the part of the action in one of its rooms.
func (a Action) In(r Room) Action {
	a.Room, a.MoreRooms = r, nil
	return a
}

// RoomOf returns the action's room with a key, which is Room.String of it; Room for the empty key,
// and the room without a name where the action has no such room.
func (a Action) RoomOf(key string) Room {
	if key == "" || key == a.Room.String() {
		return a.Room
	}
	for _, r := range a.MoreRooms {
		if r.String() == key {
			return r
		}
	}
	r, _ := RoomFromKey(key)
	return r
}

// AffectedMedia returns the media that the action restricts or lifts.
func (a Action) AffectedMedia() []Medium {
	spec, _ := a.Verb.Spec()
	if len(a.Media) > 0 && spec.Takes.Media {
		return a.Media
	}
	return spec.Media
}

// Effect returns the verb's effect.
func (a Action) Effect() Effect {
	spec, _ := a.Verb.Spec()
	return spec.Effect
}

// TargetRows returns the targets that get a row: the people, or one empty target when the action
// concerns the whole room.
func (a Action) TargetRows() []string {
	if len(a.Targets) > 0 {
		return a.Targets
	}
	return []string{""}
}

// ActNowCooldown returns how long a target of an unapproved act-now is exempt from another one:
// the requested duration, at least an hour.
func (a Action) ActNowCooldown() time.Duration {
	if a.Permanent || a.Duration <= 0 {
		return MaxDuration
	}
	return max(a.Duration, time.Hour)
}

// BulkChunks is the number of chunks from which an action is bulk work, which yields to single
// actions and lifts.
const BulkChunks = 3

// JSON returns the action as entries store it.
func (a Action) JSON() json.RawMessage {
	b, err := json.Marshal(a)
	if err != nil { // strings, numbers and slices of them only: cannot fail
		panic("moderation: an action that is no JSON: " + err.Error())
	}
	return b
}
