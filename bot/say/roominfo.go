package say

import (
	"cmp"
	"slices"

	"bouncer/moderation"
)

// roomInfo is what was seen of the room.
func (s *speech) roomInfo(l moderation.RoomInfo) phrase {
	switch {
	case l.At.IsZero():
		return nil
	case l.Gone:
		return s.say("roominfo.gone", nil)
	case l.Failed != "":
		return s.say("roominfo.failed", nil)
	case l.People < 0:
		return nil
	}
	return s.say("roominfo.people", vals{"n": l.People})
}

// inside is how many people are in the rooms of a case, as far as Tencent says.
func (s *speech) inside(c moderation.Case) phrase {
	if !several(c.Action) || c.Approval.RoomInfo.At.IsZero() {
		return s.roomInfo(c.Approval.RoomInfo)
	}
	total, counted, key := 0, 0, "roominfo.total"
	for _, l := range roomInfos(c) {
		switch {
		case l.Gone:
		case l.Failed != "" || l.People < 0:
			key = "roominfo.least"
		default:
			total, counted = total+l.People, counted+1
		}
	}
	if counted == 0 {
		return nil
	}
	return s.say(key, vals{"n": total})
}

// roomInfos are what was seen of each room of a case; nothing was looked up of one that has no place
// in RoomInfo.More.
func roomInfos(c moderation.Case) []moderation.RoomInfo {
	out := append([]moderation.RoomInfo{c.Approval.RoomInfo}, c.Approval.RoomInfo.More...)
	for len(out) <= len(c.Action.MoreRooms) {
		out = append(out, moderation.RoomInfo{People: -1})
	}
	return out[:len(c.Action.MoreRooms)+1]
}

// roomFaults name the rooms of a case that do not exist, and those of which Tencent did not answer.
func (s *speech) roomFaults(c moderation.Case) (lines []phrase) {
	if !several(c.Action) || c.Approval.RoomInfo.At.IsZero() {
		return nil
	}
	all := c.Action.Rooms()
	var gone, failed []moderation.Room
	for i, l := range roomInfos(c) {
		switch {
		case l.Gone:
			gone = append(gone, all[i])
		case l.Failed != "":
			failed = append(failed, all[i])
		}
	}
	if len(gone) > 0 {
		lines = append(lines, cat(own("⚠️ "), s.say("roominfo.gone.in", vals{"rooms": s.roomList(gone, moderation.MaxRooms)})))
	}
	if len(failed) > 0 {
		lines = append(lines, s.say("roominfo.failed.in", vals{"rooms": s.roomList(failed, moderation.MaxRooms)}))
	}
	return lines
}

// roomLines are what was seen of the rooms of a case, for its approvers: a line each.
func (s *speech) roomLines(c moderation.Case) []phrase {
	all := append([]moderation.Room{c.Action.Room}, c.Action.MoreRooms...)
	lines := make([]phrase, len(all))
	for i, l := range roomInfos(c) {
		l.At = c.Approval.RoomInfo.At
		seen := []phrase{s.roomInfo(l)}
		if l.Owner != "" {
			seen = append(seen, s.say("roominfo.owned", vals{"user": id(l.Owner)}))
		}
		if !l.Created.IsZero() {
			seen = append(seen, s.say("roominfo.created", vals{"at": moment(l.Created)}))
		}
		what := s.clauses(append(seen, supplied(l.Title, 120))...)
		switch {
		case len(what) == 0:
		case several(c.Action):
			lines[i] = cat(s.room(all[i]), own(s.colon), what)
		default:
			lines[i] = s.label("label.room", what)
		}
	}
	return lines
}

// owned returns the rooms of a case by their owner.
func owned(c moderation.Case) map[string][]moderation.Room {
	rooms := map[string][]moderation.Room{}
	all := append([]moderation.Room{c.Action.Room}, c.Action.MoreRooms...)
	for i, l := range roomInfos(c) {
		if l.Owner != "" {
			rooms[l.Owner] = append(rooms[l.Owner], all[i])
		}
	}
	return rooms
}

// owner warns of targets that a room belongs to.
func (s *speech) owner(c moderation.Case) phrase {
	rooms := owned(c)
	var owners []phrase
	for _, o := range c.Action.Targets {
		switch of := rooms[o]; {
		case len(of) == 0:
		case several(c.Action):
			owners = append(owners, s.say("roominfo.owner.in", vals{"user": id(o), "rooms": s.roomList(of, titleRooms)}))
		default:
			owners = append(owners, s.say("roominfo.owner", vals{"user": id(o)}))
		}
	}
	if len(owners) == 0 {
		return nil
	}
	return cat(own("⚠️ "), s.clauses(owners...))
}

// known are up to most of a case's targets, first those that are protected, owners of a room
// and those with earlier cases, the most of them first; what is said of them,
// and of those never seen, is put behind them.
func (s *speech) known(v moderation.CaseView, most int, neverSeen ...string) []phrase {
	ids := slices.Clone(v.Case.Action.Targets)
	owned := owned(v.Case)
	protected := make(map[string]bool)
	for _, x := range v.Case.Decision.Protected {
		protected[x] = true
	}
	rank := func(x string) int {
		switch {
		case protected[x]:
			return 1<<30 + 1
		case len(owned[x]) > 0:
			return 1 << 30
		}
		return v.CasesBefore[x]
	}
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(rank(b), rank(a)) })
	unseen := make(map[string]bool)
	for _, x := range neverSeen {
		unseen[x] = true
	}
	ids = ids[:min(len(ids), most)]
	out := make([]phrase, len(ids))
	for i, x := range ids {
		note := phrase(nil)
		if protected[x] {
			note = s.say("roominfo.protected", nil)
		}
		switch of := owned[x]; {
		case len(of) == 0:
		case several(v.Case.Action):
			note = s.clauses(note, s.say("roominfo.owns.in", vals{"rooms": s.roomList(of, titleRooms)}))
		default:
			note = s.clauses(note, s.say("roominfo.owns", nil))
		}
		if n := v.CasesBefore[x]; n > 0 {
			note = s.clauses(note, s.say("unit.cases", vals{"n": n}))
		}
		marked := len(note) > 0
		if unseen[x] {
			note = s.clauses(note, s.say("roominfo.unseen", nil))
		}
		if out[i] = id(x); len(note) > 0 {
			out[i] = cat(out[i], s.brackets(note))
		}
		if marked {
			out[i] = out[i].strong()
		}
	}
	return out
}
