package moderation

import "time"

// RestrictionInForce is a restriction that is in force, and its case.
type RestrictionInForce struct {
	Room   Room
	Target string // "" for the whole room
	Medium Medium
	Case   int64
	// Until is when it ends; zero for permanent.
	Until time.Time
}
