package moderation

import "time"

// ActorKind says what sort of being asked.
type ActorKind string

// The kinds of actors.
const (
	ActorPerson  ActorKind = "person"
	ActorSystem  ActorKind = "system"
	ActorCommand ActorKind = "command line"
)

// Actor is who asked, as it was read when it was decided: kept in the case and
// in entries, so that it can be told months later.
type Actor struct {
	Kind       ActorKind `json:"kind"`
	Enterprise string    `json:"enterprise,omitempty"`
	// EnterpriseUser is the person's id across the enterprise; empty outside one.
	EnterpriseUser string `json:"enterprise_user,omitempty"`
	Team           string `json:"team,omitempty"`
	User           string `json:"user,omitempty"`
	Name           string `json:"name,omitempty"`
	// Roles are the policy's roles that the person held.
	Roles []string `json:"roles,omitempty"`
	// Via names what gave the roles: user or user-group ids.
	Via []string `json:"via,omitempty"`
	// ReadAt is when Slack said so.
	ReadAt time.Time `json:"read_at,omitzero"`
	Locale string    `json:"locale,omitempty"`
}

// Person is what Slack says about somebody, with what the bot needs to judge.
type Person struct {
	User           string
	Team           string
	Enterprise     string
	EnterpriseUser string
	// EnterpriseTeams are the teams of the enterprise that the person is in.
	EnterpriseTeams []string
	Name            string // display name, foreign text
	Locale          string // such as zh-CN; empty when unknown
	TZ              string
	Guest           bool // restricted or ultra restricted
	Bot             bool // bot, workflow bot, connector bot or Slackbot
	Deactivated     bool
	Invited         bool // invited, not yet joined
	External        bool
	// Groups are the user groups (S…) that the policy names and the person is in.
	Groups []string
	// ReadAt is the age of the oldest answer that this was built from.
	ReadAt time.Time
}

// Channel is what Slack says about a conversation.
type Channel struct {
	ID       string
	Name     string
	Member   bool // the bot is in it
	Archived bool
	Private  bool
	// Shared and PendingShared tell that outsiders read along, or are about to.
	Shared        bool
	PendingShared bool
	ReadAt        time.Time
}

// HasExternalPeople reports whether people from elsewhere read along or soon will.
func (c Channel) HasExternalPeople() bool { return c.Shared || c.PendingShared }
