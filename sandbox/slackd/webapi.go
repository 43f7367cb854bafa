package slackd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bodyLimit is more than any request of an app needs and less than what would hurt.
const bodyLimit = 4 << 20

// method is one row of the Web API's table.
type method struct {
	tier   tier
	token  tokenKind
	scopes []string
	// json is true if the method accepts JSON bodies; others ignore them, as
	// Slack does.
	json bool
	// required are the arguments without which Slack answers invalid_arguments.
	required []string
	run      func(s *Server, a args) (object, *apiError)
}

func methodTable() map[string]method {
	return map[string]method{
		"api.test":  {token: tokenNone, json: true, run: apiTest},
		"auth.test": {json: true, run: authTest},

		"apps.connections.open": {tier: tierOpen, token: tokenApp, scopes: []string{"connections:write"}, json: true, run: connectionsOpen},

		"chat.postMessage":   {tier: tierPost, scopes: []string{"chat:write"}, json: true, required: []string{"channel"}, run: postMessage},
		"chat.postEphemeral": {tier: tier4, scopes: []string{"chat:write"}, json: true, required: []string{"channel", "user"}, run: postEphemeral},
		"chat.update":        {tier: tier3, scopes: []string{"chat:write"}, json: true, required: []string{"channel", "ts"}, run: updateMessage},
		"chat.delete":        {tier: tier3, scopes: []string{"chat:write"}, json: true, required: []string{"channel", "ts"}, run: deleteMessage},
		"chat.getPermalink":  {required: []string{"channel", "message_ts"}, run: getPermalink},

		"views.open":    {tier: tier4, json: true, required: []string{"view"}, run: viewsOpen},
		"views.push":    {tier: tier4, json: true, required: []string{"view"}, run: viewsPush},
		"views.update":  {tier: tier4, json: true, required: []string{"view"}, run: viewsUpdate},
		"views.publish": {tier: tier4, json: true, required: []string{"user_id", "view"}, run: viewsPublish},

		"conversations.info":    {tier: tier3, required: []string{"channel"}, run: conversationsInfo},
		"conversations.members": {tier: tier4, required: []string{"channel"}, run: conversationsMembers},
		"conversations.list":    {tier: tier2, run: conversationsList},
		"conversations.open":    {tier: tier3, scopes: []string{"im:write"}, json: true, run: conversationsOpen},
		"conversations.history": {tier: tier3, required: []string{"channel"}, run: conversationsHistory},
		"conversations.replies": {tier: tier3, required: []string{"channel", "ts"}, run: conversationsReplies},

		"users.info":            {tier: tier4, scopes: []string{"users:read"}, required: []string{"user"}, run: usersInfo},
		"users.list":            {tier: tier2, scopes: []string{"users:read"}, run: usersList},
		"usergroups.list":       {tier: tier2, scopes: []string{"usergroups:read"}, run: usergroupsList},
		"usergroups.users.list": {tier: tier2, scopes: []string{"usergroups:read"}, required: []string{"usergroup"}, run: usergroupsUsersList},
		"team.info":             {tier: tier3, scopes: []string{"team:read"}, run: teamInfo},
		"bots.info":             {tier: tier3, scopes: []string{"users:read"}, run: botsInfo},

		"files.info":                   {tier: tier4, scopes: []string{"files:read"}, required: []string{"file"}, run: filesInfo},
		"files.getUploadURLExternal":   {tier: tier4, scopes: []string{"files:write"}, required: []string{"filename", "length"}, run: getUploadURL},
		"files.completeUploadExternal": {tier: tier4, scopes: []string{"files:write"}, json: true, required: []string{"files"}, run: completeUpload},
	}
}

// apiError is an answer with ok:false.
type apiError struct {
	code       string
	messages   []string // response_metadata.messages
	extra      object
	retryAfter time.Duration // answers 429
}

func fail(code string, messages ...string) *apiError {
	return &apiError{code: code, messages: messages}
}

// answer is the error as the body of an answer.
func (e *apiError) answer() object {
	o := object{"ok": false, "error": e.code}
	maps.Copy(o, e.extra)
	if len(e.messages) > 0 {
		o["response_metadata"] = object{"messages": e.messages}
	}
	return o
}

// args are the arguments of a call; values that were JSON are kept as JSON
// text.
type args struct {
	values  map[string]string
	token   string
	json    bool
	warning string
}

func (a args) str(name string) string { return a.values[name] }

func (a args) has(name string) bool { _, ok := a.values[name]; return ok }

func (a args) yes(name string) bool {
	v := a.values[name]
	return v == "true" || v == "1"
}

func (a args) number(name string, def int) int {
	if n, err := strconv.Atoi(a.values[name]); err == nil {
		return n
	}
	return def
}

// parseArgs reads a call's arguments from query and body.
func parseArgs(w http.ResponseWriter, r *http.Request) (args, *apiError) {
	a := args{values: map[string]string{}}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		return a, fail("request_timeout")
	}
	for k, v := range r.URL.Query() {
		a.values[k] = v[0]
	}
	if r.Method == http.MethodPost && len(body) > 0 {
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			return a, fail("missing_post_type")
		}
		switch kind {
		case "application/json":
			a.json = true
			if params["charset"] == "" {
				a.warning = "missing_charset"
			}
			if e := a.readJSON(body); e != nil {
				return a, e
			}
		case "application/x-www-form-urlencoded", "multipart/form-data":
			r.Body = io.NopCloser(bytes.NewReader(body))
			if kind == "multipart/form-data" {
				err = r.ParseMultipartForm(bodyLimit) //nolint:gosec // the body was read whole, up to bodyLimit, above
			} else {
				err = r.ParseForm()
			}
			if err != nil {
				return a, fail("invalid_form_data")
			}
			for k, v := range r.PostForm {
				a.values[k] = v[0]
			}
		default:
			return a, fail("invalid_post_type")
		}
	}
	a.token = a.values["token"]
	delete(a.values, "token")
	return a, nil
}

func (a *args) readJSON(body []byte) *apiError {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		if json.Valid(body) {
			return fail("json_not_object")
		}
		return fail("invalid_json")
	}
	for k, v := range raw {
		var text string
		switch {
		case string(v) == "null":
		case json.Unmarshal(v, &text) == nil:
			a.values[k] = text
		default:
			a.values[k] = string(v)
		}
	}
	return nil
}

// serveMethod answers a Web API call.
func (s *Server) serveMethod(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	a, bad := parseArgs(w, r)
	logged := maps.Clone(a.values)
	w.Header().Set("X-Slack-Req-Id", secret(16))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	f, over := s.strike(w, r, name, logged, start)
	if over {
		return
	}
	answer, failed := s.call(w, r, name, a, bad, f)
	status := http.StatusOK
	if failed != nil {
		answer = failed.answer()
		if failed.retryAfter > 0 {
			status = http.StatusTooManyRequests
			w.Header().Set("Retry-After", seconds(failed.retryAfter))
		}
	} else {
		answer["ok"] = true
		if a.warning != "" {
			answer["warning"] = a.warning
		}
	}
	body := rawJSON(answer)
	code, _ := answer["error"].(string)
	if f.DropAnswer {
		s.record(name, logged, start, 0, code, body)
		panic(http.ErrAbortHandler)
	}
	s.record(name, logged, start, status, code, body)
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON with its content type; a client that went away is its own affair
}

// call runs a method: token, scopes, faults, limits, arguments, then the method itself.
func (s *Server) call(w http.ResponseWriter, r *http.Request, name string, a args, bad *apiError, f Fault) (object, *apiError) {
	m, known := s.methods[name]
	if !known {
		return nil, fail("unknown_method")
	}
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.token == tokenBot {
		w.Header().Set("X-OAuth-Scopes", strings.Join(s.scopes, ","))
		w.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
	if err := s.authorize(r, a, m); err != nil {
		if err.code != "missing_scope" {
			w.Header().Del("X-OAuth-Scopes")
		}
		return nil, err
	}
	if f.Error != "" {
		return nil, fail(f.Error)
	}
	if wait := s.limiter.call(name, m.tier, s.now()); wait > 0 {
		return nil, limited(wait)
	}
	if a.json && !m.json {
		a.values = map[string]string{} // form-only methods do not see JSON arguments
	}
	for _, name := range m.required {
		if a.str(name) == "" {
			return nil, fail("invalid_arguments", "[ERROR] missing required field: "+name)
		}
	}
	answer, failed := m.run(s, a)
	if failed == nil && answer == nil {
		answer = object{}
	}
	return answer, failed
}

func limited(wait time.Duration) *apiError {
	e := fail("ratelimited")
	e.retryAfter = wait
	return e
}

// seconds is a Retry-After value: whole seconds, rounded up, at least 1.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

func apiTest(_ *Server, a args) (object, *apiError) {
	if code := a.str("error"); code != "" {
		return nil, fail(code)
	}
	return object{"args": a.values}, nil
}

func authTest(s *Server, _ args) (object, *apiError) {
	o := object{
		"url": "https://" + s.cfg.TeamDomain + ".slack.com/", "team": s.cfg.TeamName, "team_id": s.cfg.TeamID,
		"user": s.cfg.BotName, "user_id": s.cfg.BotUserID, "bot_id": s.cfg.BotID,
		"is_enterprise_install": s.cfg.OrgInstall,
	}
	if s.cfg.EnterpriseID != "" {
		o["enterprise_id"] = s.cfg.EnterpriseID
	}
	return o, nil
}

func connectionsOpen(s *Server, _ args) (object, *apiError) {
	return object{"url": fmt.Sprintf("ws://%s/link/?ticket=%s&app_id=%s", s.listener.Addr(), s.hub.ticket(), s.cfg.AppID)}, nil
}
