package slackd

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Shortcut is one entry of the manifest's features.shortcuts.
type Shortcut struct {
	// Name is what people read (24 characters), CallbackID what the app gets (255).
	Name, CallbackID string
	// Description is at most 150 characters.
	Description string
	// Global shortcuts are in the composer, the others in the menu of each
	// message.
	Global bool
}

// DefaultShortcuts returns the shortcuts of a Config that names none: those of
// Bouncer's manifest.
func DefaultShortcuts() []Shortcut {
	return []Shortcut{
		{Name: "Add to case", CallbackID: "evidence", Description: "Keep this message as evidence of a case"},
		{Name: "Moderate…", CallbackID: "moderate", Description: "Act on the people that this message names, and keep it as evidence"},
		{Name: "Moderate", CallbackID: "form", Description: "Act on people in a room, in a form", Global: true},
	}
}

// maxShortcuts is how many of a kind an app may have. The schema of manifests
// allows 10 in all, the text beside it 5 of each kind.
const maxShortcuts = 5

func checkShortcuts(list []Shortcut) error {
	kinds, ids := map[bool]int{}, map[string]bool{}
	for _, s := range list {
		within := func(text string, most int) bool { return text != "" && utf8.RuneCountInString(text) <= most }
		kinds[s.Global]++
		switch {
		case !within(s.Name, 24) || !within(s.CallbackID, 255) || !within(s.Description, 150):
			return fmt.Errorf("slackd: the manifest's shortcut %q has a field that is empty or too long", s.Name)
		case ids[s.CallbackID]:
			return fmt.Errorf("slackd: two shortcuts have the callback id %s", s.CallbackID)
		case kinds[s.Global] > maxShortcuts:
			return fmt.Errorf("slackd: more than %d shortcuts of one kind", maxShortcuts)
		}
		ids[s.CallbackID] = true
	}
	return nil
}

// Shortcuts returns what the manifest declares.
func (s *Server) Shortcuts() []Shortcut { return slices.Clone(s.cfg.Shortcuts) }

// declared refuses a shortcut that no menu shows.
func (s *Server) declared(callbackID string, global bool) error {
	for _, d := range s.cfg.Shortcuts {
		if d.CallbackID == callbackID && d.Global == global {
			return nil
		}
	}
	return fmt.Errorf("%w: the app has no such shortcut: %s", ErrRefused, callbackID)
}

// MessageAction runs a message shortcut that the manifest declares. Only
// members of the installing workspace can. It returns the delivery. The error
// is ErrRefused when Slack would not allow it, and the context's when that ends
// first.
func (s *Server) MessageAction(ctx context.Context, userID, channelID, ts, callbackID string) (Delivery, error) {
	s.mu.Lock()
	sp, err := s.at(userID, Ref{Channel: channelID, TS: ts})
	switch {
	case err != nil:
	case s.declared(callbackID, false) != nil:
		err = s.declared(callbackID, false)
	case sp.user.TeamID != s.cfg.TeamID:
		err = fmt.Errorf("%w: %s belongs to another workspace", ErrRefused, userID)
	case sp.user.Bot:
		err = fmt.Errorf("%w: %s is a bot", ErrRefused, userID)
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

// GlobalShortcut runs a global shortcut that the manifest declares. It returns
// the delivery. The error is ErrRefused when Slack would not allow it, and the
// context's when that ends first.
func (s *Server) GlobalShortcut(ctx context.Context, userID, callbackID string) (Delivery, error) {
	s.mu.Lock()
	u := s.people.users[userID]
	if u == nil || u.Deactivated || u.TeamID != s.cfg.TeamID {
		s.mu.Unlock()
		return Delivery{}, fmt.Errorf("%w: %s has no shortcuts here", ErrRefused, userID)
	}
	if err := s.declared(callbackID, true); err != nil {
		s.mu.Unlock()
		return Delivery{}, err
	}
	p := post{typ: "interactive", kind: "shortcut", user: userID}
	p.triggerID = s.triggerID(userID, "")
	o := s.base("shortcut", u, p.triggerID)
	o["callback_id"], o["action_ts"] = callbackID, s.nextTS()
	p.payload = o
	s.mu.Unlock()
	return s.deliver(p).Wait(ctx)
}
