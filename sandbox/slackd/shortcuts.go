package slackd

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Suggest types into an external select; the options that the app offered
// stand in Delivery.AckPayload and may be chosen then.
func (s *Server) Suggest(ctx context.Context, userID string, at Ref, blockID, actionID, typed string) (Delivery, error) {
	s.mu.Lock()
	sp, err := s.at(userID, at)
	if err != nil {
		s.mu.Unlock()
		return Delivery{}, err
	}
	f, ok := locate(sp.blocks, blockID, actionID)
	if !ok || !strings.HasSuffix(f.kind(), "external_select") {
		s.mu.Unlock()
		return Delivery{}, fmt.Errorf("%w: no external select %s in block %q there", ErrRefused, actionID, blockID)
	}
	least := int64(3) // Slack's default
	if n, ok := number(f.element["min_query_length"]); ok {
		least = n
	}
	if int64(len([]rune(typed))) < least {
		s.mu.Unlock()
		return Delivery{}, fmt.Errorf("%w: the select asks the app from %d characters on", ErrRefused, least)
	}
	o := s.base("block_suggestion", sp.user, "")
	o["action_id"], o["block_id"], o["value"] = actionID, f.block["block_id"], typed
	p := post{typ: "interactive", kind: "block_suggestion", user: userID, accepts: true}
	if sp.view != nil {
		o["container"] = object{"type": "view", "view_id": sp.view.ID}
		o["view"] = s.viewObject(sp.view)
	} else {
		p.channel = sp.msg.Channel
		o["container"] = object{"type": "message", "message_ts": sp.msg.TS, "channel_id": sp.msg.Channel, "is_ephemeral": sp.msg.Ephemeral}
		o["channel"] = object{"id": sp.ch.ID, "name": wireName(sp.ch)}
	}
	p.payload = o
	p.onAck = func(answer json.RawMessage) (string, string, map[string]string) {
		return s.suggestion(userID+" "+actionID, answer)
	}
	s.mu.Unlock()
	return s.deliver(p).Wait(ctx)
}

func (s *Server) suggestion(key string, answer json.RawMessage) (string, string, map[string]string) {
	v, ok := decode(string(answer))
	o, isObject := v.(object)
	if !ok || !isObject || (o["options"] == nil) == (o["option_groups"] == nil) {
		return FailResponse, "neither options nor option_groups", nil
	}
	c := &checker{kit: s.kit, limits: s.cfg.Limits}
	shape{fields: map[string]rule{
		"options": list(0, 100, option(false)), "option_groups": list(0, 100, optionGroup),
	}}.check(c, "", o)
	if len(c.problems) > 0 {
		return FailResponse, strings.Join(c.problems, " "), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offered[key] = found{element: o}.options()
	return "", "", nil
}

// MessageAction runs a message shortcut. Only members of the installing
// workspace can.
func (s *Server) MessageAction(ctx context.Context, userID, channelID, ts, callbackID string) (Delivery, error) {
	s.mu.Lock()
	sp, err := s.at(userID, Ref{Channel: channelID, TS: ts})
	switch {
	case err != nil:
	case sp.user.TeamID != s.cfg.TeamID:
		err = fmt.Errorf("%w: %s is of another workspace", ErrRefused, userID)
	case sp.msg.Ephemeral:
		err = fmt.Errorf("%w: an ephemeral message has no shortcuts", ErrRefused)
	case !slices.Contains(sp.ch.Members, userID):
		err = fmt.Errorf("%w: %s is not in #%s", ErrRefused, userID, sp.ch.Name)
	}
	if err != nil {
		s.mu.Unlock()
		return Delivery{}, err
	}
	p := post{typ: "interactive", kind: "message_action", user: userID, channel: channelID}
	p.triggerID = s.triggerID(userID, "")
	p.responseURL = s.responseURL("app", origin{channel: channelID, user: userID})
	o := s.base("message_action", sp.user, p.triggerID)
	o["callback_id"], o["action_ts"], o["message_ts"], o["response_url"] = callbackID, s.nextTS(), ts, p.responseURL
	o["channel"] = object{"id": channelID, "name": wireName(sp.ch)}
	o["message"] = s.messageObject(sp.msg)
	p.payload = o
	p.onFail = s.failNotice(channelID, userID)
	s.mu.Unlock()
	return s.deliver(p).Wait(ctx)
}

// Shortcut runs a global shortcut.
func (s *Server) Shortcut(ctx context.Context, userID, callbackID string) (Delivery, error) {
	s.mu.Lock()
	u := s.people.users[userID]
	if u == nil || u.Deactivated || u.TeamID != s.cfg.TeamID {
		s.mu.Unlock()
		return Delivery{}, fmt.Errorf("%w: %s has no shortcuts here", ErrRefused, userID)
	}
	p := post{typ: "interactive", kind: "shortcut", user: userID}
	p.triggerID = s.triggerID(userID, "")
	o := s.base("shortcut", u, p.triggerID)
	o["callback_id"], o["action_ts"] = callbackID, s.nextTS()
	p.payload = o
	s.mu.Unlock()
	return s.deliver(p).Wait(ctx)
}
