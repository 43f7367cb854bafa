package bot

import (
	"bouncer/moderation"
)

// The kinds of jobs that come in from Slack.
const (
	jobCommand moderation.JobKind = "command"
	jobPress   moderation.JobKind = "press"
)

// asker is who sent a delivery, and from where, as Slack wrote it: nothing of
// it is believed before the directory has confirmed it.
type asker struct {
	App        string `json:"app"`
	Team       string `json:"team"`
	Enterprise string `json:"enterprise,omitempty"`
	Channel    string `json:"channel"`
	User       string `json:"user"`
	Envelope   string `json:"envelope"`
}

// typed is a slash command as its job keeps it. The payload's token and
// response_url are not in it.
type typed struct {
	asker
	Text string `json:"text"`
}

// pressed is a button as its job keeps it.
type pressed struct {
	asker
	ActionID string `json:"action_id"`
	Value    string `json:"value"`
}

// slashPayload is what Slack sends for a slash command; fields that are not
// needed are left out on purpose.
type slashPayload struct {
	Text        string `json:"text"`
	Team        string `json:"team_id"`
	Enterprise  string `json:"enterprise_id"`
	Channel     string `json:"channel_id"`
	User        string `json:"user_id"`
	App         string `json:"api_app_id"`
	ResponseURL string `json:"response_url"`
}

type idOnly struct {
	ID string `json:"id"`
}

// interactivePayload is what Slack sends when something was pressed.
type interactivePayload struct {
	Type string `json:"type"`
	App  string `json:"api_app_id"`
	Team *struct {
		ID         string `json:"id"`
		Enterprise string `json:"enterprise_id"`
	} `json:"team"`
	Enterprise *idOnly `json:"enterprise"`
	User       idOnly  `json:"user"`
	Channel    idOnly  `json:"channel"`
	Container  struct {
		Channel string `json:"channel_id"`
	} `json:"container"`
	ResponseURL string `json:"response_url"`
	Actions     []struct {
		ActionID string `json:"action_id"`
		Value    string `json:"value"`
	} `json:"actions"`
}

// eventPayload is what Slack sends for an event.
type eventPayload struct {
	App        string `json:"api_app_id"`
	Team       string `json:"team_id"`
	Enterprise string `json:"enterprise_id"`
	Event      struct {
		Type      string `json:"type"`
		Subteam   string `json:"subteam_id"`
		SubteamIn *struct {
			ID string `json:"id"`
		} `json:"subteam"`
		// User is an object in user_change and an id elsewhere.
		User    userField `json:"user"`
		Channel chanField `json:"channel"`
	} `json:"event"`
}

// userField reads "U1" and {"id":"U1"} alike.
type userField string

// UnmarshalJSON implements json.Unmarshaler.
func (f *userField) UnmarshalJSON(b []byte) error { return idOf((*string)(f), b) }

// chanField reads "C1" and {"id":"C1"} alike.
type chanField string

// UnmarshalJSON implements json.Unmarshaler.
func (f *chanField) UnmarshalJSON(b []byte) error { return idOf((*string)(f), b) }
