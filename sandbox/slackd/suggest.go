package slackd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Suggest types into an external select; the options that the app offered are
// in Delivery.AckPayload and can then be chosen. It returns the delivery. The
// error is ErrRefused when Slack would not allow it, and the context's when
// that ends first.
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
		return s.suggestion(offerKey(userID, at, f), answer)
	}
	s.mu.Unlock()
	return s.deliver(p).Wait(ctx)
}

// offerKey names an external select that a person sees.
func offerKey(userID string, at Ref, f found) string {
	block, _ := f.block["block_id"].(string)
	return strings.Join([]string{userID, at.View, at.Channel, at.TS, block, f.str("action_id")}, " ")
}

// offeredTo are what a person can enter into a file_input, or the options of an external select that a person can choose: what the app offered for
// any search in it, because answers come in any order and Slack's client keeps them, and what is
// chosen already. Callers hold mu.
func (s *Server) offeredTo(userID string, at Ref, f found) map[string]any {
	if f.kind() == "file_input" {
		return s.attachedBy(userID)
	}
	out := map[string]any{}
	maps.Copy(out, s.offered[offerKey(userID, at, f)])
	keep := func(v any) {
		if o, ok := v.(object); ok {
			value, _ := o["value"].(string)
			out[value] = o
		}
	}
	chosen := f.element["initial_option"]
	some, _ := f.element["initial_options"].([]any)
	if v := s.views.byID[at.View]; v != nil {
		block, _ := f.block["block_id"].(string)
		now := v.state[block][f.str("action_id")]
		chosen = now["selected_option"]
		some, _ = now["selected_options"].([]any)
	}
	keep(chosen)
	for _, x := range some {
		keep(x)
	}
	return out
}

func (s *Server) suggestion(key string, answer json.RawMessage) (string, string, map[string]string) {
	v, _ := decode(string(answer))
	c := &checker{}
	if c.conform("", blockKit().suggestion, v); len(c.problems) > 0 {
		slices.Sort(c.problems)
		return FailResponse, strings.Join(c.problems, " "), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offered[key] == nil {
		s.offered[key] = map[string]any{}
	}
	maps.Copy(s.offered[key], found{element: v.(object)}.options())
	return "", "", nil
}
