package slackd

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	viewBytes = 250_000
	viewStack = 3
)

// view is a modal or home with what the person has entered.
type view struct {
	View
	body  object // type, title, blocks and so on, as the app sent it, ids filled in
	state stateValues
}

type viewTable struct {
	byID   map[string]*view
	stacks map[string][]*view // the open modals of a person, root first
	homes  map[string]*view
}

func newViewTable() viewTable {
	return viewTable{byID: map[string]*view{}, stacks: map[string][]*view{}, homes: map[string]*view{}}
}

// checkView validates a view argument and returns it decoded with ids filled in.
func (s *Server) checkView(raw string, types ...string) (object, *apiError) {
	if len(raw) > viewBytes {
		return nil, fail("view_too_large")
	}
	v, ok := decode(raw)
	o, isObject := v.(object)
	if !ok || !isObject {
		return nil, fail("invalid_arguments", "[ERROR] must be a valid view object [json-pointer:/view]")
	}
	kind, _ := o["type"].(string)
	if !slices.Contains(types, kind) {
		return nil, fail("invalid_arguments", fmt.Sprintf("[ERROR] type must be %s [json-pointer:/view/type]", strings.Join(types, " or ")))
	}
	for k, x := range o {
		if x == nil {
			delete(o, k)
		}
	}
	schema := blockKit().modal
	if kind == "home" {
		schema = blockKit().home
	}
	c := &checker{picture: s.picture}
	if c.conform("/view", schema, o); len(c.problems) == 0 {
		c.blocks("/view/blocks", o["blocks"].([]any))
	}
	if err := c.refused("invalid_arguments"); err != nil {
		return nil, err
	}
	if hasFileInput(o["blocks"]) {
		if err := s.need(tokenBot, "files:read"); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// newView makes a view of the app for a person. previous is the modal below it, nil for none.
func (s *Server) newView(userID string, body object, previous *view) *view {
	v := &view{View: View{ID: "V" + code(10), User: userID, Open: true}, body: body, state: stateValues{}}
	v.RootID = v.ID
	if previous != nil {
		v.RootID, v.PreviousID = previous.RootID, previous.ID
	}
	s.fill(v, body)
	s.views.byID[v.ID] = v
	return v
}

// fill replaces the body of a view. Entered values stay if block and action
// keep their ids, as in Slack's client.
func (s *Server) fill(v *view, body object) {
	old := v.state
	v.body = body
	v.Type, _ = body["type"].(string)
	v.CallbackID, _ = body["callback_id"].(string)
	v.ExternalID, _ = body["external_id"].(string)
	v.PrivateMetadata, _ = body["private_metadata"].(string)
	v.Errors = nil
	v.Hash = fmt.Sprintf("%d.%s", s.now().Unix(), code(8))
	v.state = initialState(body["blocks"])
	for b, actions := range v.state {
		for act := range actions {
			if was, ok := old[b][act]; ok && was["type"] == actions[act]["type"] {
				v.state[b][act] = was
			}
		}
	}
	v.JSON = rawJSON(s.viewObject(v))
}

// viewObject returns the view for answers and payloads. It is a copy, because
// these are written without the lock while people continue to enter.
func (s *Server) viewObject(v *view) object {
	o := object{
		"id": v.ID, "team_id": s.cfg.TeamID, "type": v.Type, "blocks": v.body["blocks"],
		"private_metadata": v.PrivateMetadata, "callback_id": v.CallbackID, "external_id": v.ExternalID,
		"state": object{"values": v.state.copied()}, "hash": v.Hash, "title": v.body["title"], "submit": v.body["submit"],
		"close": v.body["close"], "clear_on_close": v.body["clear_on_close"] == true,
		"notify_on_close": v.body["notify_on_close"] == true, "previous_view_id": nil, "root_view_id": v.RootID,
		"app_id": s.cfg.AppID, "app_installed_team_id": s.cfg.TeamID, "bot_id": s.cfg.BotID,
	}
	if v.PreviousID != "" {
		o["previous_view_id"] = v.PreviousID
	}
	return o
}

func (s *Server) externalTaken(body object, except *view) bool {
	ext, _ := body["external_id"].(string)
	if ext == "" {
		return false
	}
	for _, v := range s.views.byID {
		if v != except && v.Open && v.ExternalID == ext {
			return true
		}
	}
	return false
}

// openOn opens body on top of the person's modals, or as the only one.
func (s *Server) openOn(userID string, below []*view, body object) *view {
	var previous *view
	if len(below) > 0 {
		previous = below[len(below)-1]
	} else {
		for _, v := range s.views.stacks[userID] {
			s.shut(v)
		}
	}
	v := s.newView(userID, body, previous)
	s.views.stacks[userID] = append(slices.Clone(below), v)
	s.publishView(ViewOpened, v)
	return v
}

func (s *Server) shut(v *view) {
	v.Open = false
	s.publishView(ViewClosed, v)
}

func (s *Server) publishView(kind ChangeKind, v *view) {
	c := s.seen(v)
	s.feed.publish(Change{Kind: kind, At: s.now(), View: &c})
}

// seen is a copy of a view for readers.
func (s *Server) seen(v *view) View {
	out := v.View
	out.Errors = maps.Clone(v.Errors)
	stack := s.views.stacks[v.User]
	out.Top = v.Open && (v.Type == "home" || (len(stack) > 0 && stack[len(stack)-1] == v))
	return out
}

func viewsOpen(s *Server, a args) (object, *apiError) {
	return s.openByTrigger(a, func(t *trigger) ([]*view, *apiError) {
		if v := s.views.byID[t.view]; v != nil && v.Open && v.Type == "modal" {
			return s.views.stacks[t.user], nil
		}
		return nil, nil
	})
}

func viewsPush(s *Server, a args) (object, *apiError) {
	return s.openByTrigger(a, func(t *trigger) ([]*view, *apiError) {
		below := s.views.stacks[t.user]
		if v := s.views.byID[t.view]; v == nil || !v.Open || len(below) == 0 {
			return nil, fail("not_found") // a push needs a trigger from an open modal
		}
		return below, nil
	})
}

// openByTrigger opens a modal for the person who caused the trigger, on top
// of those that below finds.
func (s *Server) openByTrigger(a args, below func(*trigger) ([]*view, *apiError)) (object, *apiError) {
	body, err := s.checkView(a.str("view"), "modal")
	if err != nil {
		return nil, err
	}
	t, err := s.unusedTrigger(a)
	if err != nil {
		return nil, err
	}
	if s.externalTaken(body, nil) {
		return nil, fail("duplicate_external_id")
	}
	stack, err := below(t)
	if err != nil {
		return nil, err
	}
	if len(stack) >= viewStack {
		return nil, fail("push_limit_reached")
	}
	t.used = true
	return object{"view": s.viewObject(s.openOn(t.user, stack, body))}, nil
}

func viewsUpdate(s *Server, a args) (object, *apiError) {
	var v *view
	switch {
	case a.str("view_id") != "":
		v = s.views.byID[a.str("view_id")]
	case a.str("external_id") != "":
		for _, x := range s.views.byID {
			if x.Open && x.ExternalID == a.str("external_id") {
				v = x
			}
		}
	default:
		return nil, fail("invalid_arguments", "[ERROR] missing required field: view_id or external_id")
	}
	if v == nil || !v.Open {
		return nil, fail("not_found")
	}
	body, err := s.checkView(a.str("view"), v.Type)
	if err != nil {
		return nil, err
	}
	if h := a.str("hash"); h != "" && h != v.Hash {
		return nil, fail("hash_conflict")
	}
	if s.externalTaken(body, v) {
		return nil, fail("duplicate_external_id")
	}
	s.fill(v, body)
	s.publishView(ViewUpdated, v)
	return object{"view": s.viewObject(v)}, nil
}

func viewsPublish(s *Server, a args) (object, *apiError) {
	u := s.people.users[a.str("user_id")]
	if u == nil || u.Deactivated || u.Bot {
		return nil, fail("user_not_found")
	}
	if !s.cfg.AppHome.HomeTab {
		return nil, fail("not_enabled")
	}
	body, err := s.checkView(a.str("view"), "home")
	if err != nil {
		return nil, err
	}
	v := s.views.homes[u.ID]
	if h := a.str("hash"); h != "" && (v == nil || h != v.Hash) {
		return nil, fail("hash_conflict")
	}
	kind := ViewUpdated
	if v == nil {
		v = s.newView(u.ID, body, nil)
		s.views.homes[u.ID] = v
		kind = ViewOpened
	} else {
		s.fill(v, body)
	}
	s.publishView(kind, v)
	return object{"view": s.viewObject(v)}, nil
}

// Views returns those of a person that are open: the modal stack from the root up, then the home.
func (s *Server) Views(userID string) []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []View
	for _, v := range s.views.stacks[userID] {
		out = append(out, s.seen(v))
	}
	if v := s.views.homes[userID]; v != nil {
		out = append(out, s.seen(v))
	}
	return out
}

// View returns one view, also after it was closed.
func (s *Server) View(id string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.views.byID[id]; v != nil {
		return s.seen(v), true
	}
	return View{}, false
}

func eventType(metadata json.RawMessage) string {
	var m struct {
		Type string `json:"event_type"`
	}
	if json.Unmarshal(metadata, &m) != nil {
		return ""
	}
	return m.Type
}
