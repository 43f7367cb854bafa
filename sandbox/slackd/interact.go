package slackd

import (
	"context"
	"fmt"
)

// spot is the place of an element that a person acts on.
type spot struct {
	user   *User
	msg    *Message
	ch     *Channel
	view   *view
	blocks any
}

// at finds what a person can act on. Callers hold mu.
func (s *Server) at(userID string, ref Ref) (spot, error) {
	u, err := s.actor(userID)
	if err != nil {
		return spot{}, err
	}
	if ref.View != "" {
		v := s.views.byID[ref.View]
		if v == nil || v.User != userID || !s.seen(v).Top {
			return spot{}, fmt.Errorf("%w: %s does not see view %s", ErrRefused, userID, ref.View)
		}
		return spot{user: u, view: v, blocks: v.body["blocks"]}, nil
	}
	c := s.people.channels[ref.Channel]
	if c == nil {
		return spot{}, fmt.Errorf("%w: no channel %s", ErrRefused, ref.Channel)
	}
	m := s.conversation(ref.Channel).byTS[ref.TS]
	switch {
	case m == nil || m.Deleted || m.Replaced:
		return spot{}, fmt.Errorf("%w: no message %s in #%s", ErrRefused, ref.TS, c.Name)
	case m.Ephemeral && m.To != userID:
		return spot{}, fmt.Errorf("%w: message %s is private to %s", ErrRefused, ref.TS, m.To)
	case !m.Ephemeral && !s.canSee(u, c):
		return spot{}, fmt.Errorf("%w: %s cannot see #%s", ErrRefused, userID, c.Name)
	}
	var blocks any
	if m.Blocks != nil {
		blocks, _ = decode(string(m.Blocks)) // it was encoded from what was decoded
	}
	return spot{user: u, msg: m, ch: c, blocks: blocks}, nil
}

// base returns the fields common to all interactive payloads. Those of
// shortcuts name no app, and less about the person. Callers hold mu.
func (s *Server) base(kind string, u *User, triggerID string) object {
	team := object{"id": s.cfg.TeamID, "domain": s.cfg.TeamDomain}
	o := object{
		"type": kind, "token": s.verify, "team": team, "enterprise": nil,
		"is_enterprise_install": s.cfg.OrgInstall,
	}
	switch kind {
	case "shortcut":
		o["user"] = object{"id": u.ID, "username": u.Name, "team_id": u.TeamID}
	case "message_action":
		o["user"] = object{"id": u.ID, "name": u.Name}
	default:
		o["api_app_id"] = s.cfg.AppID
		o["user"] = object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID}
	}
	if s.cfg.EnterpriseID != "" {
		o["enterprise"] = object{"id": s.cfg.EnterpriseID, "name": s.cfg.TeamName}
		team["enterprise_id"], team["enterprise_name"] = s.cfg.EnterpriseID, s.cfg.TeamName
	}
	if triggerID != "" {
		o["trigger_id"] = triggerID
	}
	return o
}

// failNotice returns a function that informs a person that a click failed.
func (s *Server) failNotice(channelID, userID string) func(Delivery) {
	if channelID == "" {
		return nil
	}
	return func(d Delivery) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.notice(channelID, userID, "This app is not responding ("+d.Failure+")")
	}
}

// SelectOption chooses values in a select, overflow menu, radio buttons, checkboxes or a picker, or
// ends typing in an input that has dispatch_action. An element in an input block without
// dispatch_action only remembers the values; the Delivery is empty then. It returns the delivery.
// The error is ErrRefused when Slack would not allow it, and the context's when that ends first.
func (s *Server) SelectOption(ctx context.Context, userID string, at Ref, blockID, actionID string, values ...string) (Delivery, error) {
	p, err := s.act(userID, at, blockID, actionID, func(f found, action object) error {
		v, err := f.enter(values, s.offeredTo(userID, at, f))
		if err != nil {
			return err
		}
		for k, x := range v {
			action[k] = x
		}
		return nil
	})
	if err != nil {
		return Delivery{}, err
	}
	if p.payload == nil {
		return Delivery{}, nil
	}
	return s.deliver(p).Wait(ctx)
}

// act builds a block_actions delivery; its payload is nil when Slack would not send one.
func (s *Server) act(userID string, ref Ref, blockID, actionID string, fill func(found, object) error) (post, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp, err := s.at(userID, ref)
	if err != nil {
		return post{}, err
	}
	return s.actIn(sp, blockID, actionID, fill)
}

// actIn is act for a known place. Callers hold mu.
func (s *Server) actIn(sp spot, blockID, actionID string, fill func(found, object) error) (post, error) {
	userID := sp.user.ID
	f, ok := locate(sp.blocks, blockID, actionID)
	if !ok {
		return post{}, fmt.Errorf("%w: no element %s in block %q there", ErrRefused, actionID, blockID)
	}
	action := object{"type": f.kind(), "action_id": actionID, "block_id": f.block["block_id"], "action_ts": s.nextTS()}
	if err := fill(f, action); err != nil {
		return post{}, err
	}
	state := s.enterState(sp, f, action)
	if f.block["type"] == "input" && f.block["dispatch_action"] != true {
		return post{}, nil
	}
	p := post{typ: "interactive", kind: "block_actions", user: userID}
	if confirm, ok := f.element["confirm"]; ok {
		p.confirm = rawJSON(confirm)
		action["confirm"] = confirm
	}
	viewID := ""
	if sp.view != nil {
		viewID = sp.view.ID
	}
	p.triggerID = s.triggerID(userID, viewID)
	o := s.base("block_actions", sp.user, p.triggerID)
	o["actions"] = []object{action}
	if sp.view != nil {
		o["container"] = object{"type": "view", "view_id": sp.view.ID}
		o["view"] = s.viewObject(sp.view)
	} else {
		m := sp.msg
		p.channel = m.Channel
		p.accepts = true
		container := object{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.Ephemeral}
		if m.ThreadTS != "" {
			container["thread_ts"] = m.ThreadTS
		}
		p.responseURL = s.responseURL("actions", origin{channel: m.Channel, user: userID, ts: m.TS, thread: m.ThreadTS})
		o["container"], o["response_url"] = container, p.responseURL
		o["channel"] = object{"id": m.Channel, "name": wireName(sp.ch)}
		o["state"] = object{"values": state}
		if !m.Ephemeral {
			o["message"] = s.messageObject(m)
		}
	}
	p.payload = o
	p.onFail = s.failNotice(p.channel, userID)
	return p, nil
}

// enterState remembers what was chosen, for the state of this and later payloads.
func (s *Server) enterState(sp spot, f found, action object) stateValues {
	key, _ := valueKey(f.kind())
	stateful := key != "" && f.kind() != "overflow"
	if sp.view != nil {
		if stateful {
			sp.view.state.set(f, object{"type": f.kind(), key: action[key]})
			sp.view.JSON = rawJSON(s.viewObject(sp.view))
		}
		return sp.view.state
	}
	at := sp.msg.Channel + " " + sp.msg.TS + " " + sp.user.ID
	state := initialState(sp.blocks)
	for b, actions := range s.typed[at] {
		for a, v := range actions {
			if _, there := state[b][a]; there {
				state[b][a] = v
			}
		}
	}
	if stateful {
		state.set(f, object{"type": f.kind(), key: action[key]})
	}
	s.typed[at] = state
	return state
}
