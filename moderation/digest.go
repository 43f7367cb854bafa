package moderation

import (
	"time"
)

// JobDigest sums up a day for the audit channel.
const JobDigest JobKind = "digest"

// DigestGroups is how many moderators, rooms and verbs a digest names; the
// others are counted together.
const DigestGroups = 8

// Digest is what happened in a time, by one read of the store.
type Digest struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Cases int       `json:"cases"`
	// Outcomes counts the targets of these cases.
	Outcomes map[Outcome]int `json:"outcomes,omitempty"`
	Verbs    []Tally         `json:"verbs,omitempty"`
	Actors   []Tally         `json:"actors,omitempty"`
	Rooms    []Tally         `json:"rooms,omitempty"`
	// Bars are the cases by when they were asked, in steps of equal length.
	Bars []Bar `json:"bars,omitempty"`

	Refusals int     `json:"refusals"`
	Refused  []Tally `json:"refused,omitempty"` // by code; what was only counted has none

	// Approvals are the requests that were decided, by how (approved, denied,
	// withdrawn, expired, glass). Waits are those of the approved ones.
	Approvals map[string]int `json:"approvals,omitempty"`
	Median    time.Duration  `json:"median,omitempty"`
	Longest   time.Duration  `json:"longest,omitempty"`
	LongestOf int64          `json:"longest_of,omitempty"` // the case that waited longest

	Late    int `json:"late"`    // timed actions whose end came late
	Overdue int `json:"overdue"` // ends that are late now

	Reviewed int `json:"reviewed"` // in that time
	// Unreviewed are cases that wait for a look for more than a day, those first
	// that were flagged or run alone; at most DigestGroups, of UnreviewedAll.
	Unreviewed    []int64        `json:"unreviewed,omitempty"`
	UnreviewedAll int            `json:"unreviewed_all,omitempty"`
	Waiting       map[string]int `json:"waiting,omitempty"` // now, by why: glass, flag, sample
}

// Tally is one row of a digest. The last row of a list has the empty key when
// others were counted together.
type Tally struct {
	Key  string `json:"key,omitempty"`  // verb, room, Slack user or code
	Name string `json:"name,omitempty"` // of a person or a room, foreign text
	N    int    `json:"n"`
}

// Bar is one step of time: its cases by verb.
type Bar struct {
	At    time.Time    `json:"at"`
	Verbs map[Verb]int `json:"verbs,omitempty"`
}
