package slackd

import (
	"log/slog"
	"time"
)

// Config configures the workspace and the app. The zero Config is a workspace
// with the people of [Demo] and random tokens.
type Config struct {
	// Addr is the host:port to listen on; it must be a loopback address. Empty means 127.0.0.1:0.
	Addr string

	// AppID, TeamID, BotUserID and BotID identify the app; empty ones are made at random.
	AppID, TeamID, BotUserID, BotID string
	// BotName is the bot's user name. Empty means "bouncer".
	BotName string
	// TeamName and TeamDomain describe the workspace. Empty means "Acme" and "acme".
	TeamName, TeamDomain string
	// EnterpriseID makes the workspace a part of an Enterprise Grid. Empty means that it is none.
	EnterpriseID string
	// OrgInstall makes the installation org-wide: payloads have
	// is_enterprise_install and methods that need a team require team_id.
	// Needs EnterpriseID.
	OrgInstall bool

	// BotToken (xoxb-) and AppToken (xapp-) are what the app must send. Empty ones are made at random.
	BotToken, AppToken string
	// Scopes are the bot token's. Nil means [DefaultScopes].
	Scopes []string
	// AppScopes are the app token's. Nil means connections:write.
	AppScopes []string

	// Command is the slash command. Empty means "/mod".
	Command string
	// PlainText turns the command's should_escape off: mentions arrive as they were typed.
	PlainText bool
	// MentionNames makes mentions in commands arrive as <@U1|name> instead of
	// <@U1>; both forms exist in the wild.
	MentionNames bool
	// Events are the bot events that the app subscribed to. Nil means [DefaultEvents].
	Events []string
	// Shortcuts are what the app's manifest declares. Nil means [DefaultShortcuts].
	Shortcuts []Shortcut
	// AppHome is what the app's manifest says about its home. Nil means
	// [DefaultAppHome].
	AppHome *AppHome
	// NoCharts makes the workspace refuse data_visualization blocks with
	// invalid_blocks, as one did before they were generally available (June 2026).
	NoCharts bool
	// NoTables makes the workspace refuse data_table blocks with invalid_blocks, which it did
	// before May 2026.
	NoTables bool

	// Seed is the initial content. Nil means [Demo].
	Seed *Seed

	// Limits are Slack's limits; zero fields mean the documented or strict value.
	Limits Limits
	// Timing is how long things last; zero fields mean Slack's.
	Timing Timing

	// Clock is the time for everything that depends on the time of day: ts,
	// rate limits, the life of trigger ids and response URLs. Nil means
	// time.Now. Waits (ack deadline, pings, refresh) use real timers of the
	// lengths in Timing.
	Clock func() time.Time
	// Logger gets what the server does, at Debug. Nil means nothing is logged.
	Logger *slog.Logger
}

// Limits are the bounds that Slack sets. A zero field means the default named
// beside it; a negative one turns the limit off.
type Limits struct {
	// MessageBurst is how many messages a channel accepts at once before the
	// limit of one a second. Slack documents "one a second, short bursts are
	// tolerated"; 3 is the strict guess.
	MessageBurst int
	// MessagesPerMinute is the workspace's limit of chat.postMessage: 300
	// ("several hundred a minute").
	MessagesPerMinute int
	// Tier1, Tier2, Tier3 and Tier4 are the calls a minute and method: 1, 20, 50, 100.
	// Slack promises "at least" those.
	Tier1, Tier2, Tier3, Tier4 int
	// ConnectionsOpenPerMinute bounds apps.connections.open: 10, above its
	// tier 1 so that a start with four connections and one refresh of all works.
	ConnectionsOpenPerMinute int
	// Connections is how many WebSockets may be open: 10.
	Connections int
	// AckBytes is the size from which an ack is silently ignored: 20,000.
	AckBytes int
	// BlockChars is the sum of characters in the blocks of one message: 13,200.
	BlockChars int
	// MetadataBytes bounds a message's metadata: 8,192. Slack has a limit and
	// does not document it.
	MetadataBytes int
	// UpdateWindow is the maximum age of a message for chat.update. Zero
	// means no limit.
	UpdateWindow time.Duration
	// ResponseURLUses is how often a response URL may be used: 5.
	ResponseURLUses int
	// DedupClientMsgID makes a second chat.postMessage with the same
	// client_msg_id in a channel answer the first one's message. Slack does
	// not document it, so false posts twice.
	DedupClientMsgID bool
	// AckAnywhere accepts an ack on another connection than the one that
	// carried the envelope. Slack does not document it, so false ignores it.
	AckAnywhere bool
	// Keep is how many deliveries, acks and calls are stored for inspection:
	// 50,000 each.
	Keep int
}

// Timing is how long things last at Slack. A zero field means the default named beside it.
type Timing struct {
	// Ack is how long Slack waits for an ack: 3 s from when the person acted.
	Ack time.Duration
	// Trigger is the life of a trigger id: 3 s.
	Trigger time.Duration
	// ResponseURL is the life of a response URL: 30 min.
	ResponseURL time.Duration
	// Ticket is the life of a WebSocket URL before it is used: 30 s.
	Ticket time.Duration
	// Warning is the time between disconnect "warning" and the close: 10 s.
	Warning time.Duration
	// Grace is the time between disconnect "refresh_requested" and the close: 100 ms.
	Grace time.Duration
	// Life is how long a connection lasts before Slack refreshes it: 1 h; 360
	// s with debug_reconnects=true. The warning comes Warning before its end.
	Life time.Duration
	// Ping is the time between the server's pings: 5 s.
	Ping time.Duration
	// Silence is how long a connection may be silent before Slack drops it:
	// 60 s.
	Silence time.Duration
	// EventRetries are the waits before an unacked event is sent again, counted
	// from when its ack was due: at once, 1 min, 5 min. An empty, non-nil slice
	// means no retries.
	EventRetries []time.Duration
}

// AppHome is features.app_home of a manifest. A manifest without it makes an app
// that has neither tab.
type AppHome struct {
	// HomeTab and MessagesTab say which tabs exist. Without MessagesTab the
	// app cannot send direct messages: messages_tab_disabled.
	HomeTab, MessagesTab bool
	// ReadOnly keeps people from writing to the app.
	ReadOnly bool
}

// DefaultAppHome returns the home of a Config that names none: that of Bouncer's manifest.
func DefaultAppHome() AppHome { return AppHome{HomeTab: true, MessagesTab: true, ReadOnly: true} }

// DefaultScopes returns the bot scopes of a Config that names none: those of Bouncer's manifest.
func DefaultScopes() []string {
	return []string{
		"commands", "chat:write", "users:read", "usergroups:read", "channels:read", "groups:read", "files:write", "files:read", "im:write",
	}
}

// DefaultEvents returns the bot events of a Config that names none: those of Bouncer's manifest.
func DefaultEvents() []string {
	return []string{
		"app_home_opened", "user_change", "subteam_members_changed", "subteam_updated", "channel_shared", "channel_unshared",
		"channel_archive", "channel_unarchive", "channel_left", "group_archive", "group_unarchive", "group_left",
		"member_joined_channel",
	}
}
