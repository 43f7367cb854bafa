package slackd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SubmitView fills in and submits the person's visible view. Slack's client
// refuses a missing or malformed input: the error wraps ErrRefused and the
// app receives nothing. When SubmitView returns, the app's response_action
// has been applied.
func (s *Server) SubmitView(ctx context.Context, userID, viewID string, inputs ...Input) (Delivery, error) {
	p, err := s.submission(userID, viewID, inputs)
	if err != nil {
		return Delivery{}, err
	}
	return s.deliver(p).Wait(ctx)
}

func (s *Server) submission(userID, viewID string, inputs []Input) (post, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp, err := s.at(userID, Ref{View: viewID})
	if err != nil {
		return post{}, err
	}
	v := sp.view
	switch {
	case v.Type != "modal":
		return post{}, fmt.Errorf("%w: a home is not submitted", ErrRefused)
	case v.body["submit"] == nil:
		return post{}, fmt.Errorf("%w: view %s has no submit button", ErrRefused, viewID)
	case v.body["submit_disabled"] == true:
		return post{}, fmt.Errorf("%w: the submit button is off", ErrRefused)
	}
	if err := s.enterInputs(sp, inputs); err != nil {
		return post{}, err
	}
	responseURLs := []object{}
	for _, f := range elements(sp.blocks) {
		if f.block["type"] != "input" {
			continue
		}
		blockID, _ := f.block["block_id"].(string)
		value := v.state[blockID][f.str("action_id")]
		if wrong := f.complaint(value); wrong != "" {
			return post{}, fmt.Errorf("%w: block %s: %s", ErrRefused, blockID, wrong)
		}
		key, _ := valueKey(f.kind())
		if channel, ok := value[key].(string); ok && f.element["response_url_enabled"] == true {
			responseURLs = append(responseURLs, object{
				"block_id": blockID, "action_id": f.str("action_id"), "channel_id": channel,
				"response_url": s.responseURL("app", origin{channel: channel, user: userID}),
			})
		}
	}
	v.Errors = nil
	v.JSON = rawJSON(s.viewObject(v))
	p := post{typ: "interactive", kind: "view_submission", user: userID, accepts: true}
	p.triggerID = s.triggerID(userID, v.ID)
	o := s.base("view_submission", sp.user, p.triggerID)
	o["view"], o["response_urls"] = s.viewObject(v), responseURLs
	p.payload = o
	p.onAck = func(answer json.RawMessage) (string, string, map[string]string) { return s.submitted(v, answer) }
	return p, nil
}

// EnterInputs enters values into inputs of an open view without informing the app: they are in the
// state of the view that later payloads have. It returns ErrRefused for an input that is not there.
func (s *Server) EnterInputs(userID, viewID string, inputs ...Input) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp, err := s.at(userID, Ref{View: viewID})
	if err != nil {
		return err
	}
	if err := s.enterInputs(sp, inputs); err != nil {
		return err
	}
	sp.view.JSON = rawJSON(s.viewObject(sp.view))
	return nil
}

// enterInputs is EnterInputs for a known view. Callers hold mu.
func (s *Server) enterInputs(sp spot, inputs []Input) error {
	for _, in := range inputs {
		f, ok := locate(sp.blocks, in.Block, in.Action)
		if !ok {
			return fmt.Errorf("%w: no element %s in block %q", ErrRefused, in.Action, in.Block)
		}
		value, err := f.enter(in.Values, s.offeredTo(sp.user.ID, Ref{View: sp.view.ID}, f))
		if err != nil {
			return err
		}
		sp.view.state.set(f, value)
	}
	return nil
}

// submitted does what the ack of a submission asks for.
func (s *Server) submitted(v *view, answer json.RawMessage) (failure, detail string, errs map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !v.Open {
		return "", "", nil // closed meanwhile
	}
	if answer == nil {
		s.closeTop(v)
		return "", "", nil
	}
	var in struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if err := json.Unmarshal(answer, &in); err != nil {
		return FailResponse, "the payload is no response_action object", nil
	}
	switch in.Action {
	case "":
		s.closeTop(v)
	case "clear":
		s.clearStack(v.User)
	case "errors":
		if len(in.Errors) == 0 {
			return FailResponse, "errors is empty", nil
		}
		for _, key := range sortedKeys(in.Errors) {
			if !inputBlock(v.body["blocks"], key) {
				return FailResponse, "errors: " + key + " is not the block_id of an input block", nil
			}
		}
		v.Errors = maps.Clone(in.Errors)
		s.publishView(ViewUpdated, v)
		return "", "", maps.Clone(in.Errors)
	case "update", "push":
		body, err := s.checkView(string(in.View), "modal")
		if err != nil {
			return FailResponse, strings.Join(append([]string{err.code}, err.messages...), " "), nil
		}
		same := v
		if in.Action == "push" {
			same = nil
		}
		if s.externalTaken(body, same) {
			return FailResponse, "duplicate_external_id", nil
		}
		if in.Action == "update" {
			s.fill(v, body)
			s.publishView(ViewUpdated, v)
			return "", "", nil
		}
		below := s.views.stacks[v.User]
		if len(below) >= viewStack {
			return FailResponse, "push_limit_reached", nil
		}
		s.openOn(v.User, below, body)
	default:
		return FailResponse, "unknown response_action " + in.Action, nil
	}
	return "", "", nil
}

// closeTop closes a modal and shows the one below it.
func (s *Server) closeTop(v *view) {
	stack := s.views.stacks[v.User]
	i := slices.Index(stack, v)
	if i < 0 {
		return
	}
	if v.body["clear_on_close"] == true {
		i = 0
	}
	s.views.stacks[v.User] = stack[:i:i]
	for _, x := range slices.Backward(stack[i:]) {
		s.shut(x)
	}
}

func (s *Server) clearStack(userID string) {
	stack := s.views.stacks[userID]
	delete(s.views.stacks, userID)
	for _, v := range slices.Backward(stack) {
		s.shut(v)
	}
}

// CloseView closes the view on top by its Cancel button, or with all the whole
// stack by the X. The app is informed (view_closed) if the view has
// notify_on_close; otherwise the Delivery is empty. With all, the payload
// contains the root view and is_cleared. It returns the delivery. The error is
// ErrRefused when Slack would not allow it, and the context's when that ends
// first.
func (s *Server) CloseView(ctx context.Context, userID, viewID string, all bool) (Delivery, error) {
	s.mu.Lock()
	sp, err := s.at(userID, Ref{View: viewID})
	if err != nil {
		s.mu.Unlock()
		return Delivery{}, err
	}
	if sp.view.Type != "modal" {
		s.mu.Unlock()
		return Delivery{}, fmt.Errorf("%w: a home is not closed", ErrRefused)
	}
	reported := sp.view
	if all {
		reported = s.views.stacks[userID][0]
		s.clearStack(userID)
	} else {
		s.closeTop(sp.view)
	}
	notify := reported.body["notify_on_close"] == true
	p := post{typ: "interactive", kind: "view_closed", user: userID}
	o := s.base("view_closed", sp.user, "")
	o["view"], o["is_cleared"] = s.viewObject(reported), all
	p.payload = o
	s.mu.Unlock()
	if !notify {
		return Delivery{}, nil
	}
	return s.deliver(p).Wait(ctx)
}
