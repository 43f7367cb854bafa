package moderation

import "time"

// ActorKind is the kind of an actor.
type ActorKind string

// The kinds of actors.
const (
	ActorPerson  ActorKind = "person"
	ActorSystem  ActorKind = "system"
	ActorCommand ActorKind = "command line"
)

// Actor is who requested something, as read when it was decided. It is stored in the case and in
// entries, so that it stays readable months later.
type Actor struct {
	Kind       ActorKind `json:"kind"`
	Enterprise string    `json:"enterprise,omitempty"`
	// EnterpriseUser is the person's id across the enterprise; empty outside one.
	EnterpriseUser string `json:"enterprise_user,omitempty"`
	Team           string `json:"team,omitempty"`
	User           string `json:"user,omitempty"`
	Name           string `json:"name,omitempty"`
	// Roles are the policy's roles that the person had.
	Roles []string `json:"roles,omitempty"`
	// Via are the user or user-group ids that granted the roles.
	Via []string `json:"via,omitempty"`
	// ReadAt is when this was read from Slack.
	ReadAt time.Time `json:"read_at,omitzero"`
	Locale string    `json:"locale,omitempty"`
}

// Person is a Slack user as authorization needs it.
type Person struct {
	User           string
	Team           string
	Enterprise     string
	EnterpriseUser string
	// EnterpriseTeams are the teams of the enterprise that the person is in.
	EnterpriseTeams []string
	Name            string // display name, user-supplied
	Locale          string // such as zh-CN; empty when unknown
	TZ              string
	Guest           bool // restricted or ultra restricted
	Bot             bool // bot, workflow bot, connector bot or Slackbot
	Deactivated     bool
	Invited         bool // invited, not yet joined
	External        bool
	// Groups are the user groups (S…) of the policy that the person is in.
	Groups []string
	// ReadAt is when the oldest of Slack's answers that this was built from was read.
	ReadAt time.Time
}

// Channel is a Slack conversation.
type Channel struct {
	ID       string
	Name     string
	Member   bool // the bot is in it
	Archived bool
	Private  bool
	// Shared and PendingShared mean that external people can read it, or soon will.
	Shared        bool
	PendingShared bool
	ReadAt        time.Time
}

// HasExternalPeople reports whether external people can read the channel or soon will.
func (c Channel) HasExternalPeople() bool { return c.Shared || c.PendingShared }
