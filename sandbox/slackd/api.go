package slackd

import (
	"encoding/json"
	"time"
)

// Seed is the people, user groups and channels of a workspace.
type Seed struct {
	Users    []User
	Groups   []Group
	Channels []Channel
}

// User is a person or bot as Slack sees it. The zero flags are a full member.
type User struct {
	// ID (U…) is required.
	ID string
	// TeamID is the home workspace. Empty means this one; another one makes
	// the user an external person of Slack Connect.
	TeamID string
	// EnterpriseID and EnterpriseUserID are set for people of a Grid. An empty
	// EnterpriseID means ours, if there is one and the person's team is ours.
	EnterpriseID, EnterpriseUserID string
	// Name is the handle without @; RealName and DisplayName are for people. Empty ones follow from ID and Name.
	Name, RealName, DisplayName string
	Email                       string
	// Locale (BCP 47, empty means en-US) and TZ (IANA, empty means UTC).
	Locale, TZ string
	// Guest is a multi-channel guest (is_restricted), SingleChannelGuest also is_ultra_restricted.
	Guest, SingleChannelGuest bool
	Admin, Owner              bool
	Bot                       bool
	WorkflowBot               bool
	Deactivated               bool
	// Invited has not accepted the invitation yet.
	Invited bool
	// Stranger shares no channel with the app. Slack does not call external
	// people strangers if they share one.
	Stranger bool
}

// Group is a user group (subteam).
type Group struct {
	// ID (S…) is required, Handle is the mention without @.
	ID, Handle, Name string
	Members          []string
	Disabled         bool
	External         bool
}

// Channel is a conversation as Slack sees it.
type Channel struct {
	// ID (C…, G…, D…) is required; Name without #.
	ID, Name string
	Private  bool
	// IM is a direct message of the bot with Members[0]. The server creates
	// it when a message is sent to a U… id.
	IM bool
	// BotIn says whether the bot is a member.
	BotIn bool
	// Members are people; the bot is not listed here.
	Members []string
	// ExtShared, PendingExtShared and OrgShared: external people can read,
	// soon can, or the Grid can.
	ExtShared, PendingExtShared, OrgShared bool
	Archived                               bool
	// ReadOnly lets only admins post: restricted_action_read_only_channel.
	ReadOnly bool
	Topic    string
}

// Message is one message as a person reads it, public or ephemeral.
type Message struct {
	Channel string
	// TS identifies the message in its channel, ThreadTS its thread (empty:
	// none).
	TS, ThreadTS string
	// User wrote it; BotID and AppID are set when an app did.
	User, BotID, AppID string
	Text               string
	// Blocks, Attachments and Metadata are as Slack stores them (ids filled in); nil when there are none.
	Blocks, Attachments, Metadata json.RawMessage
	ClientMsgID                   string
	Files                         []File
	// Source is how it was sent: chat.postMessage, chat.postEphemeral,
	// files.completeUploadExternal, ack, response_url, person, or slackbot
	// (Slack's own notices such as operation_timeout).
	Source string
	// Ephemeral messages are visible only to To.
	Ephemeral bool
	To        string
	// Replaced and Deleted mark messages that are no longer visible; Edits
	// counts updates.
	Replaced, Deleted bool
	Edits             int
	// PostedAt and ChangedAt are times of the server's clock.
	PostedAt, ChangedAt time.Time
	// Link is the permalink.
	Link string
}

// File is an uploaded file.
type File struct {
	ID, Name, Title, Mimetype string
	// AltText is what a screen reader reads for a picture.
	AltText string
	Size    int
	Content []byte
	User    string
	// Channels are where it was shared; empty until the upload was completed.
	Channels []string
	Created  time.Time
}

// View is a modal, or a person's App Home.
type View struct {
	ID, User string
	// Type is modal or home.
	Type                                          string
	CallbackID, ExternalID, PrivateMetadata, Hash string
	RootID, PreviousID                            string
	// JSON is the view object as Slack answers it, with blocks and state.
	JSON json.RawMessage
	// Open is false once it was closed, submitted or replaced by none.
	Open bool
	// Top says that this is the visible view (the last of the stack).
	Top bool
	// Errors are what the last submission was refused with, by block_id.
	Errors map[string]string
}

// Ref refers to the place of an element: a message (Channel and TS) or a
// view.
type Ref struct {
	Channel, TS string
	View        string
}

// Input is what a person entered into one element of a view.
type Input struct {
	Block, Action string
	// Values is one value, or several for elements that accept several: text
	// as typed, an option's value, a user or channel id, a date (2006-01-02),
	// a time (15:04). Empty clears the element.
	Values []string
}

// Failures of a delivery, as the person sees them.
const (
	// FailTimeout is an ack that did not arrive within Timing.Ack.
	FailTimeout = "operation_timeout"
	// FailDispatch is an envelope for which no connection was open.
	FailDispatch = "dispatch_failed"
	// FailResponse is an ack whose payload Slack could not use ("trouble
	// connecting").
	FailResponse = "invalid_response"
)

// Delivery is one envelope and its result.
type Delivery struct {
	EnvelopeID string
	// Type is the envelope's: slash_commands, interactive or events_api. Kind is the payload's: block_actions, view_submission, the event's type, or the slash command.
	Type, Kind    string
	User, Channel string
	// Text is a command's text as the app received it.
	Text string
	// ResponseURL and TriggerID are what the payload carried; empty when it had none.
	ResponseURL, TriggerID string
	// Connection is the number of the connection that carried it, 0 for none.
	Connection int
	SentAt     time.Time
	// Acked is true for an ack in time; AckedAfter runs from the frame's write to the ack's read.
	Acked      bool
	AckedAfter time.Duration
	// AckPayload is the payload that Slack honoured, nil for none.
	AckPayload json.RawMessage
	// Failure is what the person sees instead: one of the Fail constants, empty for none.
	Failure string
	// Detail explains a Failure.
	Detail string
	// Attempt counts redeliveries of an event, 0 for the first.
	Attempt int
	// Confirm is the dialog that the person had to confirm, nil for none.
	Confirm json.RawMessage
	// Errors are a refused submission's, by block_id.
	Errors map[string]string
	// Payload is the envelope's payload; stored for the newest 512
	// deliveries.
	Payload json.RawMessage
}

// Ack is one frame that the app sent for an envelope.
type Ack struct {
	EnvelopeID string
	Connection int
	At         time.Time
	Bytes      int
	Payload    json.RawMessage
	// Ignored says why Slack ignored the ack: unknown_envelope, too_large,
	// fragmented, late, repeated, other_connection, not_json. Empty for an
	// ack that counted.
	Ignored string
	// PayloadIgnored is true when there was a payload and accepts_response_payload was false.
	PayloadIgnored bool
}

// Call is one request of the app: a Web API method, "response_url" or "upload".
type Call struct {
	Method string
	// Args are the arguments without the token; JSON values as JSON text.
	Args map[string]string
	At   time.Time
	Took time.Duration
	// Status is the HTTP status, 0 when the connection was cut; Error the "error" of the answer.
	Status int
	Error  string
	// Answer is the answer's body, stored for the newest 512 calls.
	Answer json.RawMessage
}

// Connection is one WebSocket of the app.
type Connection struct {
	// ID counts from 1 and is never used again.
	ID       int
	OpenAt   time.Time
	ClosedAt time.Time
	// State is open, warned, closing or closed.
	State string
	// Sent and Acked count envelopes.
	Sent, Acked int
	// Pings counts what the app sent, LastHeard is when it last sent anything.
	Pings     int
	LastHeard time.Time
	// CloseCode is the WebSocket close code that the app sent, 0 for none.
	CloseCode int
	Frozen    bool
	Ghost     bool
}

// ChangeKind names what changed.
type ChangeKind string

// The kinds of changes and the field of Change that each sets.
const (
	MessagePosted    ChangeKind = "message_posted"    // Message
	MessageUpdated   ChangeKind = "message_updated"   // Message
	MessageDeleted   ChangeKind = "message_deleted"   // Message
	EphemeralPosted  ChangeKind = "ephemeral_posted"  // Message
	EphemeralChanged ChangeKind = "ephemeral_changed" // Message: marked Replaced (its successor is posted next) or Deleted
	ViewOpened       ChangeKind = "view_opened"       // View
	ViewUpdated      ChangeKind = "view_updated"      // View
	ViewClosed       ChangeKind = "view_closed"       // View
	ConnectionUp     ChangeKind = "connection_up"     // Connection
	ConnectionDown   ChangeKind = "connection_down"   // Connection
	ConnectionWarned ChangeKind = "connection_warned" // Connection
	Delivered        ChangeKind = "delivered"         // Delivery: acked or failed
	Called           ChangeKind = "called"            // Call
	Notified         ChangeKind = "notified"          // Notification
	PeopleChanged    ChangeKind = "people_changed"    // nothing: users, groups or channels changed; read them again
	Resync           ChangeKind = "resync"            // nothing: the reader was too slow and changes were dropped; read everything again
)

// Change is one thing that happened. Exactly the field of its kind is set.
type Change struct {
	Kind         ChangeKind
	At           time.Time
	Message      *Message
	View         *View
	Connection   *Connection
	Delivery     *Delivery
	Call         *Call
	Notification *Notification
}

// Fault makes calls of a method go wrong. Fields combine: first Delay, then
// the failure, if one is named.
type Fault struct {
	// Times is how many calls it hits; 0 means until Heal.
	Times int
	// Delay delays the call before anything is done.
	Delay time.Duration
	// Reached receives a value for each call that the fault hits, before
	// anything else; nil for nothing.
	Reached chan<- struct{}
	// Hold is the same as Delay until a channel is closed, for tests that must
	// not depend on time.
	Hold <-chan struct{}
	// Status answers with this HTTP status (and Body) and does nothing. 429 adds Retry-After.
	Status int
	// Error answers ok:false with this code and does nothing.
	Error string
	// RetryAfter is sent with status 429; zero means 1 s.
	RetryAfter time.Duration
	// Body is the answer of a Status; empty means Slack's usual text.
	Body string
	// DropRequest cuts the connection and does nothing.
	DropRequest bool
	// DropAnswer does what was asked, then cuts the connection.
	DropAnswer bool
}
