package moderation

import "time"

// RestrictionInForce is a restriction that is in force, and the case that restricts.
type RestrictionInForce struct {
	Room   Room
	Target string // "" for the whole room
	Medium Medium
	Case   int64
	// Until is when it ends; zero for no end.
	Until time.Time
}
