package slackd

import (
	"time"
)

// trigger is a trigger_id: 3 s, one use.
type trigger struct {
	user  string
	view  string // the modal in which the person acted, if any
	until time.Time
	used  bool
}

type triggerTable struct {
	byID  map[string]*trigger
	order []string // oldest first, to forget them
}

func newTriggerTable() triggerTable { return triggerTable{byID: map[string]*trigger{}} }

// triggerID makes a trigger for what a person did.
func (s *Server) triggerID(userID, viewID string) string {
	t := &s.triggers
	now := s.now()
	// Old ones stay for a while so that they answer "expired" and not "invalid".
	for len(t.order) > 0 && now.Sub(t.byID[t.order[0]].until) > time.Minute {
		delete(t.byID, t.order[0])
		t.order = t.order[1:]
	}
	id := s.serial() + digits(10) + "." + digits(10) + "." + secret(16)
	t.byID[id] = &trigger{user: userID, view: viewID, until: now.Add(s.cfg.Timing.Trigger)}
	t.order = append(t.order, id)
	return id
}

// unusedTrigger is the trigger that a call names, if something can still be
// opened with it.
func (s *Server) unusedTrigger(a args) (*trigger, *apiError) {
	id := a.str("trigger_id")
	if id == "" {
		id = a.str("interactivity_pointer")
	}
	if id == "" {
		return nil, fail("invalid_arguments", "[ERROR] missing required field: trigger_id")
	}
	t := s.triggers.byID[id]
	switch {
	case t == nil:
		return nil, fail("invalid_trigger_id")
	case t.used:
		return nil, fail("exchanged_trigger_id")
	case s.now().After(t.until):
		return nil, fail("expired_trigger_id")
	}
	return t, nil
}
