package slackd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Press presses a button in a message, an ephemeral message or the view on top.
// blockID may be empty if one block has the action. A confirm dialog is
// confirmed and returned in Delivery.Confirm; [Server.Cancel] cancels it. It
// returns the delivery. The error is ErrRefused when Slack would not allow it,
// and the context's when that ends first.
func (s *Server) Press(ctx context.Context, userID string, at Ref, blockID, actionID string) (Delivery, error) {
	p, err := s.act(userID, at, blockID, actionID, pressed)
	if err != nil {
		return Delivery{}, err
	}
	return s.deliver(p).Wait(ctx)
}

// pressed fills in the action of a button.
func pressed(f found, action object) error {
	if f.kind() != "button" && f.kind() != "icon_button" {
		return fmt.Errorf("%w: %s is a %s, not a button", ErrRefused, f.str("action_id"), f.kind())
	}
	action["text"] = f.element["text"]
	for _, k := range []string{"value", "style", "url"} {
		if v, ok := f.element[k]; ok {
			action[k] = v
		}
	}
	return nil
}

// Cancel presses a button with a confirm dialog and cancels the dialog, so
// that the app receives nothing. It returns the dialog, or an error for a
// button without one.
func (s *Server) Cancel(userID string, at Ref, blockID, actionID string) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp, err := s.at(userID, at)
	if err != nil {
		return nil, err
	}
	f, ok := locate(sp.blocks, blockID, actionID)
	if !ok {
		return nil, fmt.Errorf("%w: no element %s in block %q there", ErrRefused, actionID, blockID)
	}
	confirm, asks := f.element["confirm"]
	if !asks {
		return nil, fmt.Errorf("%w: %s has no confirm dialog", ErrRefused, actionID)
	}
	return rawJSON(confirm), nil
}

// PressSeen presses a button in a message as a person saw it earlier: an open
// screen may still show a changed or deleted message. It returns the delivery.
// The error is ErrRefused when Slack would not allow it, and the context's when
// that ends first.
func (s *Server) PressSeen(ctx context.Context, userID string, seen Message, blockID, actionID string) (Delivery, error) {
	p, err := s.actSeen(userID, seen, blockID, actionID)
	if err != nil {
		return Delivery{}, err
	}
	return s.deliver(p).Wait(ctx)
}

func (s *Server) actSeen(userID string, seen Message, blockID, actionID string) (post, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.actor(userID)
	if err != nil {
		return post{}, err
	}
	c := s.people.channels[seen.Channel]
	switch {
	case c == nil || s.conversation(seen.Channel).byTS[seen.TS] == nil:
		return post{}, fmt.Errorf("%w: there never was a message %s in %s", ErrRefused, seen.TS, seen.Channel)
	case seen.Ephemeral && seen.To != userID, !seen.Ephemeral && !s.canSee(u, c):
		return post{}, fmt.Errorf("%w: %s cannot have seen message %s", ErrRefused, userID, seen.TS)
	}
	var blocks any
	if seen.Blocks != nil {
		var ok bool
		if blocks, ok = decode(string(seen.Blocks)); !ok {
			return post{}, errors.New("slackd: the message that was seen has no readable blocks")
		}
	}
	msg := seen.copy()
	return s.actIn(spot{user: u, msg: &msg, ch: c, blocks: blocks}, blockID, actionID, pressed)
}

// ForgePress presses a button with another value than its own. No client allows
// this; it simulates another app or a bug. It returns the delivery. The error
// is ErrRefused when Slack would not allow it, and the context's when that ends
// first.
func (s *Server) ForgePress(ctx context.Context, userID string, at Ref, blockID, actionID, value string) (Delivery, error) {
	p, err := s.act(userID, at, blockID, actionID, func(f found, action object) error {
		err := pressed(f, action)
		action["value"] = value
		return err
	})
	if err != nil {
		return Delivery{}, err
	}
	return s.deliver(p).Wait(ctx)
}

// Again sends an interaction or command that was delivered before once more, in
// a new envelope: a double click, or a modal that is submitted twice before it
// closes. What its ack asks for is not done again. It returns the delivery. The
// error is ErrRefused when Slack would not allow it, and the context's when
// that ends first.
func (s *Server) Again(ctx context.Context, d Delivery) (Delivery, error) {
	if d.Payload == nil {
		return Delivery{}, fmt.Errorf("slackd: the payload of %s is not kept any more", d.EnvelopeID)
	}
	return s.deliver(post{
		typ: d.Type, kind: d.Kind, user: d.User, channel: d.Channel, text: d.Text, payload: d.Payload,
		accepts:     d.Type == "slash_commands" || d.Kind == "view_submission" || d.Kind == "block_actions" && d.Channel != "",
		responseURL: d.ResponseURL, triggerID: d.TriggerID, confirm: d.Confirm,
	}).Wait(ctx)
}
