package moderation

import (
	"time"
)

// JobDigest posts a day's digest in the audit channel.
const JobDigest JobKind = "digest"

// DigestGroups is how many moderators, rooms and verbs a digest names; the others are summed up.
const DigestGroups = 8

// Digest is what happened in a period, from one snapshot of the store.
type Digest struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Cases int       `json:"cases"`
	// Outcomes counts the targets of these cases.
	Outcomes map[Outcome]int `json:"outcomes,omitempty"`
	// Undecided are the targets of cases that wait for an approval or an answer; Outcomes has none
	// of them.
	Undecided int     `json:"undecided,omitempty"`
	Verbs     []Tally `json:"verbs,omitempty"`
	Actors    []Tally `json:"actors,omitempty"`
	Reasons   []Tally `json:"reasons,omitempty"` // by the code of the preset reason
	Rooms     []Tally `json:"rooms,omitempty"`
	// Bars are the cases by time of request, in steps of equal length.
	Bars []Bar `json:"bars,omitempty"`

	Refusals int     `json:"refusals"`
	Refused  []Tally `json:"refused,omitempty"` // by code; refusals that were only counted have none

	// Approvals counts the decided requests by result (approved, denied, withdrawn, expired,
	// glass). Median and Longest are the waits of the approved ones.
	Approvals map[string]int `json:"approvals,omitempty"`
	Median    time.Duration  `json:"median,omitempty"`
	Longest   time.Duration  `json:"longest,omitempty"`
	LongestOf int64          `json:"longest_of,omitempty"` // the case that waited longest

	// Reports counts the reports that came in, equal ones as one; ReportsOpen those that nobody has
	// acted on now.
	Reports     int `json:"reports,omitempty"`
	ReportsOpen int `json:"reports_open,omitempty"`

	Late    int `json:"late"`    // restrictions that ended late
	Overdue int `json:"overdue"` // ends that are overdue now

	Reviewed int `json:"reviewed"` // in that period
	// Unreviewed are cases that have waited for review for more than a day, flagged and overridden
	// ones first; at most DigestGroups of UnreviewedAll.
	Unreviewed    []int64        `json:"unreviewed,omitempty"`
	UnreviewedAll int            `json:"unreviewed_all,omitempty"`
	Waiting       map[string]int `json:"waiting,omitempty"` // now, by reason: glass, flag, sample
}

// Tally is one row of a digest. The last row has an empty key when it sums up the others.
type Tally struct {
	Key  string `json:"key,omitempty"`  // verb, room, Slack user or code
	Name string `json:"name,omitempty"` // of a person or a room, user-supplied
	N    int    `json:"n"`
}

// Bar is one bar of the digest's chart: the cases by verb of the period that begins at At.
type Bar struct {
	At    time.Time    `json:"at"`
	Verbs map[Verb]int `json:"verbs,omitempty"`
}

// Statistics are the numbers of a period, of all cases or of those of one moderator or room.
type Statistics struct {
	Digest
	// Restrictions is how many of the cases restricted people; Undone how many of those were
	// taken back. Flagged is how many cases a reviewer flagged.
	Restrictions int
	Undone       int
	Flagged      int
	// Decided are the reports that were decided or dismissed in the period, Dismissed those of them that
	// were dismissed; DecidedMedian and DecidedLongest how long they had waited.
	Decided, Dismissed            int
	DecidedMedian, DecidedLongest time.Duration
	// ByReason, ByVerb, ByRoom and ByActor are all rows, for a file.
	ByVerb, ByReason, ByRoom, ByActor []Tally
}
