// Package check compares what people asked for, what the simulated Slack and Tencent saw, and what
// the database recorded, after a run with faults. It shares no code with what it checks but the
// types of the domain.
package check

import (
	"regexp"
	"time"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// History is everything that is known after a run.
type History struct {
	Commands []Command
	// Pressed are the cases that an approver approved with the button, by number.
	Pressed map[int64]bool
	// Cases and Entries are the whole database's, in their order.
	Cases   []moderation.Case
	Entries []moderation.Entry
	// InForce is what the log says is in force in Rooms.
	InForce []moderation.RestrictionInForce
	// Calls are all that Tencent received, and Rooms its state, at At.
	Calls []tencentd.Call
	Rooms []tencentd.Room
	At    time.Time
	// Messages are those of the bot in channels, without replies.
	Messages []slackd.Message
	// AuditChannel is where the audit lines are.
	AuditChannel string
	// Chain is the error of verifying the log; nil when it is intact.
	Chain error
	// Restless is what had not ended when the wait for it did.
	Restless []string
}

// Command is one command that a person typed, with all its deliveries. Its text contains a marker
// that no other command's has: see Marker.
type Command struct {
	Marker     string
	Text       string
	User       string
	Channel    string
	Deliveries []Delivery
	// NeedsApproval says that the policy requires another person's approval for it.
	NeedsApproval bool
}

// Delivery is one envelope of a command.
type Delivery struct {
	At    time.Time
	Acked bool
	// Answer is what the acknowledgement answered: that the command was not taken. Empty for one that
	// was.
	Answer string
}

// taken reports whether a delivery was acknowledged as one that will be carried out.
func (d Delivery) taken() bool { return d.Acked && d.Answer == "" }

var marker = regexp.MustCompile(`\bn[0-9]{7}\b`)

// Marker returns the marker in a text; empty for none.
func Marker(text string) string { return marker.FindString(text) }
