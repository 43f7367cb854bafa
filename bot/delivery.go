package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"bouncer/bot/say"
	"bouncer/moderation"
)

// The kinds of jobs that deliveries from Slack become.
const (
	jobCommand moderation.JobKind = "command"
	jobPress   moderation.JobKind = "press"
	jobSubmit  moderation.JobKind = "submit"  // a modal that was submitted
	jobMessage moderation.JobKind = "message" // a shortcut on a message
	jobForm    moderation.JobKind = "form"    // a request for the form
)

// asker is the sender of a delivery and where it was sent, as Slack reports
// it. The directory must confirm it before it is trusted.
type asker struct {
	App        string `json:"app"`
	Team       string `json:"team"`
	Enterprise string `json:"enterprise,omitempty"`
	Channel    string `json:"channel"`
	User       string `json:"user"`
	Envelope   string `json:"envelope"`
	// trigger is Slack's trigger_id, the same in every envelope of the same
	// command or click. It can open a modal for 3 s and is never stored.
	trigger string
	// form is the form that was submitted, and a digest of its command; empty for none.
	form string
}

// key maps all envelopes of one delivery to the same job.
func (a asker) key() string {
	if a.form != "" {
		return "slack:form-" + a.form
	}
	if a.trigger == "" {
		return "slack:" + a.Envelope
	}
	sum := sha256.Sum256([]byte(a.trigger))
	return "slack:trigger-" + hex.EncodeToString(sum[:16])
}

// typed is a stored slash command, without the payload's token and
// response_url.
type typed struct {
	asker
	Text string `json:"text"`
	// Action is the parsed Text, if the sender was known well enough at
	// intake to parse it.
	Action *moderation.Action `json:"action,omitempty"`
	// Source is what built the command, if it was not typed.
	Source string `json:"source,omitempty"`
	// Fields says that Text was made of the fields of a form: no word in it is in doubt.
	Fields bool `json:"fields,omitempty"`
	// Quote is the token of the message that becomes evidence of the case; empty for none.
	Quote string `json:"quote,omitempty"`
	// Report is the token of the report that the case comes of; empty for none.
	Report string `json:"report,omitempty"`
	// File is Slack's id of the file that has the people of Action; empty for none.
	File string `json:"file,omitempty"`
	// filed is the file that the people of Action came from, which is never stored; nil for none.
	filed *moderation.FiledPeople
}

// setForm sets the text of a form that was submitted. Submitted twice it is one command, unless it was
// changed between: Slack shows a person whose answer was lost the form again.
func (t *typed) setForm(id, text string) {
	sum := sha256.Sum256([]byte(text))
	t.Text, t.form = text, id+"-"+hex.EncodeToString(sum[:16])
}

// pressed is a stored button press.
type pressed struct {
	asker
	ActionID string `json:"action_id"`
	Value    string `json:"value"`
	// View is the external id of the modal that was opened for it, still empty
	// of anything; "" for none.
	View string `json:"view,omitempty"`
	// Within is the metadata of the modal View that contains the button and
	// must be updated; "" for a message.
	Within string `json:"within,omitempty"`
	// Home says that the button is in the Home tab, which has no channel.
	Home bool `json:"home,omitempty"`
	// Rows are the chosen rows of the list that the button is in.
	Rows []string `json:"rows,omitempty"`
}

// submitted is a stored modal submission.
type submitted struct {
	asker
	Callback string `json:"callback"`
	Metadata string `json:"metadata"`
	// Inputs are what was entered or chosen, by block id; several for a choice
	// of several.
	Inputs map[string][]string `json:"inputs,omitempty"`
}

// one returns the only value of an input, or "".
func (s submitted) one(block string) string {
	if v := s.Inputs[block]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// messaged is a shortcut on a message, with what is needed of it.
type messaged struct {
	asker
	Callback string `json:"callback"`
	View     string `json:"view"`
	TS       string `json:"ts"`
	Thread   string `json:"thread,omitempty"`
	Author   string `json:"author"`
	Text     string `json:"text"`
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
	Trigger     string `json:"trigger_id"`
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
	Trigger     string `json:"trigger_id"`
	Callback    string `json:"callback_id"` // of a shortcut
	Actions     []struct {
		Type     string `json:"type"`
		ActionID string `json:"action_id"`
		Value    string `json:"value"`
		At       string `json:"action_ts"`
	} `json:"actions"`
	State   enteredState    `json:"state"` // of a message's selects
	View    *viewPayload    `json:"view"`
	Message *messagePayload `json:"message"`
	BlockID string          `json:"block_id"` // of a search in a select
	Value   string          `json:"value"`
}

// madeAt is when Slack was informed of the action, in microseconds; now where it does not say.
func (p interactivePayload) madeAt(now time.Time) int64 {
	if len(p.Actions) == 1 {
		if at, err := strconv.ParseInt(strings.Replace(p.Actions[0].At, ".", "", 1), 10, 64); err == nil { // with six decimals
			return at
		}
	}
	return now.UnixMicro()
}

// choosesRow reports whether rows of a list are chosen: that does nothing yet.
func (p interactivePayload) choosesRow() bool {
	return p.Type == "block_actions" && p.View == nil && len(p.Actions) == 1 && strings.HasSuffix(p.Actions[0].Type, "_select")
}

// rows are the chosen rows of a list.
func (p interactivePayload) rows() []string {
	for block, values := range p.State.inputs() {
		if p.View == nil && strings.HasPrefix(block, say.InputPick+".") {
			return values[:min(len(values), say.PageSize)]
		}
	}
	return nil
}

// pressed reports whether it is a press of the button in the Home tab with that action id.
func (p interactivePayload) pressed(actionID string) bool {
	return p.Type == "block_actions" && p.View != nil && p.View.Type == "home" && len(p.Actions) == 1 && p.Actions[0].ActionID == actionID
}

// messagePayload is the message that a shortcut was used on.
type messagePayload struct {
	TS       string `json:"ts"`
	Thread   string `json:"thread_ts"`
	User     string `json:"user"`
	Bot      string `json:"bot_id"`
	Username string `json:"username"`
	Text     string `json:"text"`
}

// viewPayload is a submitted modal, or the view whose button was pressed.
type viewPayload struct {
	Type     string `json:"type"`
	ID       string `json:"id"`
	Hash     string `json:"hash"`
	Callback string `json:"callback_id"`
	External string `json:"external_id"`
	Metadata string `json:"private_metadata"`

	State enteredState `json:"state"`
}

// enteredState is what was entered or chosen, by block id and action id.
type enteredState struct {
	Values map[string]map[string]inputPayload `json:"values"`
}

// isModal reports whether it is a modal; the other view is a Home tab.
func (v *viewPayload) isModal() bool { return v != nil && v.Type != "home" }

// inputPayload is one input of a modal, of whichever kind.
type inputPayload struct {
	Value   string          `json:"value"`
	Option  *optionPayload  `json:"selected_option"`
	Options []optionPayload `json:"selected_options"`
	User    string          `json:"selected_user"`
	Files   []idOnly        `json:"files"`
}

type optionPayload struct {
	Value string `json:"value"`
}

// inputs returns the entered values by block id.
func (v viewPayload) inputs() map[string][]string { return v.State.inputs() }

func (s enteredState) inputs() map[string][]string {
	out := make(map[string][]string, len(s.Values))
	for block, elements := range s.Values {
		for _, in := range elements { // a block has one element here
			switch {
			case in.Value != "":
				out[block] = append(out[block], in.Value)
			case in.Option != nil:
				out[block] = append(out[block], in.Option.Value)
			case in.User != "":
				out[block] = append(out[block], in.User)
			}
			for _, o := range in.Options {
				out[block] = append(out[block], o.Value)
			}
			for _, f := range in.Files {
				out[block] = append(out[block], f.ID)
			}
		}
	}
	return out
}

// eventPayload is what Slack sends for an event.
type eventPayload struct {
	// Type is event_callback, or app_rate_limited, which has no event.
	Type       string `json:"type"`
	Limited    int64  `json:"minute_rate_limited"` // Unix seconds
	App        string `json:"api_app_id"`
	Team       string `json:"team_id"`
	Enterprise string `json:"enterprise_id"`
	// Authorizations are the installations that may see the event; Slack names
	// one of them.
	Authorizations []struct {
		Team       string `json:"team_id"`
		Enterprise string `json:"enterprise_id"`
	} `json:"authorizations"`
	Event slackEvent `json:"event"`
}

// slackEvent is what the bot reads of an event.
type slackEvent struct {
	Type      string `json:"type"`
	Tab       string `json:"tab"` // of app_home_opened
	Subteam   string `json:"subteam_id"`
	SubteamIn *struct {
		ID string `json:"id"`
	} `json:"subteam"`
	// User is an object in user_change and an id elsewhere.
	User    userField `json:"user"`
	Channel chanField `json:"channel"`
}

// userField reads "U1" and {"id":"U1"} alike.
type userField string

// UnmarshalJSON implements json.Unmarshaler.
func (f *userField) UnmarshalJSON(b []byte) error { return idOf((*string)(f), b) }

// chanField reads "C1" and {"id":"C1"} alike.
type chanField string

// UnmarshalJSON implements json.Unmarshaler.
func (f *chanField) UnmarshalJSON(b []byte) error { return idOf((*string)(f), b) }
