package moderation

import (
	"context"
	"strconv"
	"time"
)

// Inside is whether a target was in the room just before the first call.
type Inside string

// The values of Inside. The zero value means that the list was not read.
const (
	InsideYes     Inside = "in"
	InsideNo      Inside = "out"
	InsideUnknown Inside = "unknown" // no list, or an incomplete one
)

// insideBeforeApproval bounds how long a case that awaits approval waits for the room's list.
// Timing.InsideWithin bounds it for an action.
const insideBeforeApproval = 30 * time.Second

// needsPresence reports whether the room's list is read for an action: it acts on people, in a
// room that has a list.
func needsPresence(a Action) bool {
	spec, _ := a.Verb.Spec()
	return spec.Takes.Users && (spec.Effect == EffectRestrict || spec.Effect == EffectEvent) && Supports(Who, a.Room.Kind).Supported
}

// NeverSeen returns the targets that neither the store nor a room knows, each once. It asks the
// rooms that have a list: a target that is in one of them was seen, and where the list of one was
// not conclusive the target is not returned. Where no room has a list, the store decides alone.
func (v CaseView) NeverSeen() []string {
	seen := make(map[string]bool, len(v.UnknownTargets)) // or may have been
	for _, t := range v.Targets {
		if !v.UnknownTargets[t.ID] {
			continue
		}
		if t.Inside == InsideYes || t.Inside != InsideNo && Supports(Who, v.RoomOf(t).Kind).Supported {
			seen[t.ID] = true
		}
	}
	var out []string
	for _, t := range v.Targets {
		if v.UnknownTargets[t.ID] && !seen[t.ID] {
			out, seen[t.ID] = append(out, t.ID), true
		}
	}
	return out
}

// Absent returns the targets that were not in their room just before the first call.
func (v CaseView) Absent() (out []Target) {
	for _, t := range v.Targets {
		if t.Inside == InsideNo {
			out = append(out, t)
		}
	}
	return out
}

// RoomOf returns the room of a target, with its name: that of the case where the target does not
// say which.
func (v CaseView) RoomOf(t Target) Room {
	a := v.Case.Action
	if t.Room.Kind == "" || t.Room.Kind == a.Room.Kind && t.Room.ID == a.Room.ID {
		return a.Room
	}
	for _, r := range a.MoreRooms {
		if r.Kind == t.Room.Kind && r.ID == t.Room.ID {
			return r
		}
	}
	return t.Room
}

// presenceOf returns who of a case's targets is in one of its rooms, to be stored with the first
// call there. It returns nil once stored: after that call the answer would be wrong.
func (s *Service) presenceOf(ctx context.Context, c Case, room Room) (map[string]Inside, error) {
	// The chunks of a large case begin together; one of them reads for all.
	found, err, _ := s.presence.Do(strconv.FormatInt(c.No, 10)+" "+room.String(), func() (any, error) {
		asked, err := s.cfg.Store.InsideKnown(ctx, c.No, room)
		if err != nil || asked {
			return map[string]Inside(nil), err
		}
		return s.lookupPresence(ctx, c, room, s.cfg.Timing.InsideWithin)
	})
	return found.(map[string]Inside), err //nolint:forcetypeassert // what Do's function returns
}

// lookupPresence returns who of a case's targets is in a room's list.
func (s *Service) lookupPresence(ctx context.Context, c Case, room Room, within time.Duration) (map[string]Inside, error) {
	var list Reading
	if Supports(Who, room.Kind).Supported {
		var err error
		if list, err = s.roomMembers(ctx, c, room, within); err != nil {
			return nil, err
		}
	}
	return presenceIn(c.Action.Targets, list), nil
}

// listMaxAge is how long cases of one room share a list. It is too short for a person to enter, be
// seen and be acted on.
const listMaxAge = 200 * time.Millisecond

// roomMembers reads the list of one of a case's rooms, after committing an entry. Cases of one room
// that begin together share it.
func (s *Service) roomMembers(ctx context.Context, c Case, room Room, within time.Duration) (Reading, error) {
	list, err, _ := s.presence.Do("room "+room.String(), func() (any, error) {
		if last := s.lastList.Load(); last != nil && last.room == room && time.Since(last.at) < listMaxAge {
			return last.list, nil
		}
		a := Action{Verb: Who, Room: room}
		body := Body{Actor: &Actor{Kind: ActorSystem}, Action: &a, Detail: "#" + strconv.FormatInt(c.No, 10)}
		if err := s.cfg.Store.Append(ctx, Change{Entries: []NewEntry{{Kind: EntryRead, Body: body}}}); err != nil {
			return nil, err
		}
		bounded, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		began := time.Now()
		list := s.cfg.Vendor.Read(bounded, a, s.TakeTurn)
		if list.Answer.Class == VendorAccepted {
			s.lastList.Store(&cachedList{room: room, at: began, list: list})
		}
		return list, nil
	})
	if err != nil {
		return Reading{}, err
	}
	return list.(Reading), nil //nolint:forcetypeassert // what Do's function returns
}

// cachedList is a room's list and when it was read.
type cachedList struct {
	room Room
	at   time.Time
	list Reading
}

// presenceIn looks targets up in a room's list. From an incomplete list it never concludes that a
// target is out.
func presenceIn(targets []string, r Reading) map[string]Inside {
	out := make(map[string]Inside, len(targets))
	for _, id := range targets {
		out[id] = InsideUnknown
	}
	if r.Answer.Class != VendorAccepted {
		return out
	}
	if !r.Cut {
		for id := range out {
			out[id] = InsideNo
		}
	}
	for _, row := range r.Rows {
		if _, ours := out[row.ID]; ours {
			out[row.ID] = InsideYes
		}
	}
	return out
}
