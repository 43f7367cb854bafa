package page

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"bouncer/sandbox"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// maxBody bounds a request: a form may have a file of 10 MB, in base64.
const maxBody = 16 << 20

// request is the body of every action; each uses the fields it needs.
type request struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	// Thread and TS are message timestamps: the thread to answer in, the message acted on.
	Thread string `json:"thread"`
	TS     string `json:"ts"`
	View   string `json:"view"`
	Block  string `json:"block"`
	Action string `json:"action"`
	// Callback is a message shortcut's.
	Callback string `json:"callback"`
	Text     string `json:"text"`
	// Values are what was chosen in an element.
	Values []string       `json:"values"`
	Inputs []slackd.Input `json:"inputs"`
	// Files are what was chosen in inputs for files.
	Files []chosenFile `json:"files"`
	All   bool         `json:"all"`
	// Room is kind:id or a name; Who a UserID in it.
	Room string `json:"room"`
	Who  string `json:"who"`
	// On names an API or method, Failure how it fails, Times how often (0: until healed).
	On      string `json:"on"`
	Failure string `json:"failure"`
	Times   int    `json:"times"`
}

// chosenFile is a file that was chosen in an input.
type chosenFile struct {
	Block   string `json:"block"`
	Action  string `json:"action"`
	Name    string `json:"name"`
	Content []byte `json:"content"` // base64 in JSON
}

// outcome is the answer to an action. Changes arrive through the event
// stream.
type outcome struct {
	OK bool `json:"ok"`
	// Error is a sentence for the person, set when OK is false.
	Error string `json:"error,omitempty"`
	// Errors are a refused submission's, by block_id.
	Errors map[string]string `json:"errors,omitempty"`
	// Armed are the failures that wait at Tencent after the action.
	Armed []armedJSON `json:"armed,omitempty"`
	// Offered is the app's answer to a search in a select.
	Offered json.RawMessage `json:"offered,omitempty"`
}

type act func(ctx context.Context, r request) (slackd.Delivery, error)

func (p *Page) actions() map[string]act {
	slack, tencent := p.world.Slack, p.world.Tencent
	none := func(err error) (slackd.Delivery, error) { return slackd.Delivery{}, err }
	at := func(r request) slackd.Ref {
		if r.View != "" {
			return slackd.Ref{View: r.View}
		}
		return slackd.Ref{Channel: r.Channel, TS: r.TS}
	}
	inRoom := func(r request, do func(tencentd.Kind, string, string) error) error {
		kind, id, err := sandbox.RoomOf(r.Room)
		if err != nil {
			return err
		}
		return do(kind, id, r.Who)
	}
	return map[string]act{
		"say": p.say,
		"press": func(ctx context.Context, r request) (slackd.Delivery, error) {
			return slack.Press(ctx, r.User, at(r), r.Block, r.Action)
		},
		"select": func(ctx context.Context, r request) (slackd.Delivery, error) {
			for _, in := range r.Inputs { // what was typed; an update of the view may have removed a field
				_ = slack.EnterInputs(r.User, r.View, in)
			}
			return slack.SelectOption(ctx, r.User, at(r), r.Block, r.Action, r.Values...)
		},
		"submit": func(ctx context.Context, r request) (slackd.Delivery, error) {
			for _, f := range r.Files {
				kept, err := slack.Attach(r.User, f.Name, f.Content)
				if err != nil {
					return none(err)
				}
				r.Inputs = append(r.Inputs, slackd.Input{Block: f.Block, Action: f.Action, Values: []string{kept.ID}})
			}
			return slack.SubmitView(ctx, r.User, r.View, r.Inputs...)
		},
		"suggest": func(ctx context.Context, r request) (slackd.Delivery, error) {
			return slack.Suggest(ctx, r.User, at(r), r.Block, r.Action, r.Text)
		},
		"shortcut": func(ctx context.Context, r request) (slackd.Delivery, error) {
			if r.TS == "" {
				return slack.GlobalShortcut(ctx, r.User, r.Callback)
			}
			return slack.MessageAction(ctx, r.User, r.Channel, r.TS, r.Callback)
		},
		"home": func(ctx context.Context, r request) (slackd.Delivery, error) {
			return slack.OpenHome(ctx, r.User)
		},
		"close": func(ctx context.Context, r request) (slackd.Delivery, error) {
			return slack.CloseView(ctx, r.User, r.View, r.All)
		},
		"dismiss": func(_ context.Context, r request) (slackd.Delivery, error) {
			return none(slack.Dismiss(r.User, r.Channel, r.TS))
		},
		"slack/refresh": func(context.Context, request) (slackd.Delivery, error) {
			slack.RefreshConnections("warning") // the close follows after 10 s, as when Slack renews its own
			return none(nil)
		},
		"slack/cut": func(context.Context, request) (slackd.Delivery, error) {
			slack.DropConnections()
			return none(nil)
		},
		"slack/fail": func(_ context.Context, r request) (slackd.Delivery, error) {
			return none(p.world.FailSlack(r.On, r.Failure, r.Times))
		},
		"slack/heal": func(context.Context, request) (slackd.Delivery, error) {
			slack.Heal("")
			return none(nil)
		},
		"tencent/fail": func(_ context.Context, r request) (slackd.Delivery, error) {
			return none(p.world.FailTencent(r.On, r.Failure, r.Times))
		},
		"tencent/heal": func(context.Context, request) (slackd.Delivery, error) {
			tencent.ClearFaults()
			return none(nil)
		},
		"reports": func(ctx context.Context, _ request) (slackd.Delivery, error) { return none(p.world.SendReports(ctx)) },
		"room/join": func(_ context.Context, r request) (slackd.Delivery, error) {
			return none(inRoom(r, func(k tencentd.Kind, id, who string) error { return tencent.Join(k, id, who) }))
		},
		"room/rejoin": func(_ context.Context, r request) (slackd.Delivery, error) {
			return none(inRoom(r, tencent.Rejoin))
		},
		"room/leave": func(_ context.Context, r request) (slackd.Delivery, error) {
			return none(inRoom(r, func(k tencentd.Kind, id, who string) error { return tencent.Leave(k, id, who) }))
		},
		"room/reopen": func(_ context.Context, r request) (slackd.Delivery, error) {
			return none(inRoom(r, func(k tencentd.Kind, id, _ string) error { return p.world.Reopen(k, id) }))
		},
	}
}

// say sends what was typed: a message, or the slash command.
func (p *Page) say(ctx context.Context, r request) (slackd.Delivery, error) {
	text := strings.TrimSpace(r.Text)
	word, rest, _ := strings.Cut(text, " ")
	if r.Thread == "" && word == p.world.Slack.CommandName() {
		return p.world.Slack.Command(ctx, r.User, r.Channel, rest)
	}
	switch {
	case text == "":
		return slackd.Delivery{}, errors.New("the message is empty")
	case strings.HasPrefix(text, "/") && r.Thread != "":
		return slackd.Delivery{}, errors.New("slash commands do not work in threads, as in Slack")
	case strings.HasPrefix(text, "/"):
		return slackd.Delivery{}, errors.New(word + " is not a valid command")
	}
	_, err := p.world.Slack.Say(r.User, r.Channel, r.Thread, text)
	return slackd.Delivery{}, err
}

// action runs one action and answers with its result.
func (p *Page) action(do act) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// A form of another page cannot send this type without being asked first.
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			refuse(w, http.StatusUnsupportedMediaType, "send JSON")
			return
		}
		var in request
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&in); err != nil {
			refuse(w, http.StatusBadRequest, "the request is invalid: "+err.Error())
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
		defer cancel()
		d, err := do(ctx, in)
		out := outcome{OK: err == nil && len(d.Errors) == 0, Errors: d.Errors, Armed: p.armed()}
		if d.Kind == "block_suggestion" {
			out.Offered = d.AckPayload
		}
		if err != nil {
			out.Error = plainError(err)
			p.log.Debug("action refused", "path", r.URL.Path, "err", err)
		}
		answer(w, http.StatusOK, out)
	}
}

// plainError is the error as the person reads it, without the simulators'
// prefixes.
func plainError(err error) string {
	text := strings.TrimPrefix(err.Error(), "tencentd: ")
	if errors.Is(err, slackd.ErrRefused) {
		text = "Slack would refuse: " + strings.TrimPrefix(text, slackd.ErrRefused.Error()+": ")
	}
	return text
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, outcome{Error: why})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	body, err := json.Marshal(v)
	if err != nil {
		body = []byte(`{"ok":false,"error":"the answer cannot be encoded"}`)
	}
	_, _ = w.Write(body) // the client has disconnected
}
